"""waterbed worlds: ports, regions, anchors, assumed totals, markets and the pipeline of a world."""

from __future__ import annotations

import re

import numpy as np
from rich.console import Console
from rich.padding import Padding

from experiments.screen import console, number, print_good, print_table
from experiments.settings import load
from scenarios.build_world import build_world
from scenarios.case import Case, GoodSpec
from scenarios.plain_conf import group_names
from scenarios.world import World
from scenarios.world_summary import anchor_rows, market_rows, region_rows, world_rows

_YEAR = re.compile(r"published for \d{4}")


def show_worlds(overrides: list[str]) -> None:
    """Print the world that the overrides describe, with what is imputed or assumed."""
    case, _ = load(overrides)
    world = build_world(case.world, case.parameters, case.good)
    out = console()
    _print_head(world, case.good, out)
    _print_ports(world, out)
    _print_regions(world, out)
    _print_anchors(case, out)
    _print_totals(world, out)
    _print_markets(case, out)
    _print_pipeline(world, out)
    out.print("\nRules, sources and what is not published: docs/worlds.md", style="bold")


def _print_head(world: World, good: GoodSpec, out: Console) -> None:
    entry, departure = world.entry, world.departure
    for group, name in (("world", world.name), ("good", good.label)):
        out.print(f"{group.capitalize()} {name} (of {', '.join(group_names(group))})", style="bold")
    print_good(good, out)
    out.print(
        f"{len(entry.code)} entry ports ({int(entry.is_eu.sum())} in the EU), {len(departure.code)} departure ports, "
        f"{world.lanes.entry.size:,} lanes on {len(world.strings.region)} strings, {len(world.coasts.name)} coasts "
        f"outside the container terminals; {number(world.lanes.boxes_per_year.sum(), 0)} at-risk boxes a year, "
        f"{number(100 * world.supply_share)} % of supply."
    )


def _print_ports(world: World, out: Console) -> None:
    rows = [
        [
            row.code,
            short_name(row.name),
            row.port_range.replace("_", " "),
            _marked(row.throughput_teu / 1e3, row.throughput_is_imputed),
            number(row.at_risk_boxes, 0),
            _marked(row.scans_per_year, row.scans_are_imputed),
        ]
        for row in world_rows(world)
    ]
    columns = ["", "entry port", "range", "1,000 TEU/yr", "at-risk boxes", "scans/yr"]
    print_table(out, "Entry ports (* imputed or derived)", columns, rows, text=3, gap=1)
    teu, scans = int(world.entry.throughput_is_imputed.sum()), int(world.entry.scans_are_imputed.sum())
    share = int(world.entry.transhipment_is_imputed.sum())
    out.print(
        f"Of {len(world.entry.code)} ports imputed: TEU {teu}, scans {scans}, transhipment share {share}. "
        f"Departure ports with imputed TEU: {int(world.departure.export_is_imputed.sum())} of "
        f"{len(world.departure.code)}. Lanes via a hub, where neither port lists the other's country: "
        f"{int(world.lanes.is_via_hub.sum())}."
    )


def _print_regions(world: World, out: Console) -> None:
    rows = [[row.region, str(row.ports), str(row.lanes), number(row.boxes_per_year, 0)] for row in region_rows(world)]
    total = number(float(world.lanes.boxes_per_year.sum()), 0)
    rows.append(["total", str(len(world.departure.code)), str(world.lanes.entry.size), total])
    columns = ["departure region", "ports", "lanes", "at-risk boxes/yr"]
    print_table(out, "Departure regions", columns, rows)


def _print_anchors(case: Case, out: Console) -> None:
    rows = [
        [row.anchor, row.use.replace("_", " "), number(row.published_boxes, 0), number(row.fitted_boxes, 0)]
        for row in anchor_rows(case.parameters, case.good)
    ]
    if not rows:
        out.print("\nNo volume is published for these departure ports: the lanes share out what the good assumes.")
        return
    columns = ["boxes a year, full network", "use", "published", "fitted"]
    print_table(out, "Published volumes against the fit", columns, rows, text=2)
    out.print("Fitted and row total are met exactly; about and at least were not used in the fit.")


def _print_totals(world: World, out: Console) -> None:
    by_reason: dict[str, list[str]] = {}
    for what, boxes, why in world.assumed_totals:
        total = f"{what.partition(' ')[2]} {number(boxes, 0)}"
        by_reason.setdefault(f"{what.partition(' ')[0]}: {_YEAR.sub('published', why)}", []).append(total)
    count = len(world.assumed_totals)
    out.print(f"\nBoxes a year from and to ports: {count} totals assumed or imputed in part", style="bold")
    for reason, totals in by_reason.items():
        out.print(reason)
        out.print(Padding(", ".join(totals), (0, 0, 0, 2)))


def _print_markets(case: Case, out: Console) -> None:
    rows = market_rows(case.parameters, case.good)
    weights = np.array([row.weight for row in rows])
    shares = weights / weights.sum()
    listed = ", ".join(
        f"{row.country} {number(100 * share)}{'*' * row.prevalence_is_imputed}"
        for row, share in zip(rows, shares, strict=True)
    )
    imputed = sum(row.prevalence_is_imputed for row in rows)
    how = f"{imputed} of {len(rows)} with imputed prevalence, *"
    out.print()
    out.print(f"Markets, % of consumption ({how if case.good.markets is None else 'as the good says'})", style="bold")
    out.print(listed)


def _print_pipeline(world: World, out: Console) -> None:
    rows = [
        [
            delivery.date,
            world.entry.code[delivery.entry],
            short_name(world.entry.name[delivery.entry]),
            str(delivery.units),
        ]
        for delivery in world.pipeline
    ]
    units = sum(delivery.units for delivery in world.pipeline)
    title = f"Pipeline: {units} mobile units ordered before 2024, the same in every arm"
    print_table(out, title, ["date", "", "port", "units"], rows, text=3)


def _marked(value: float, is_imputed: bool) -> str:
    return f"{number(value, 0)}{'*' if is_imputed else ' '}"


def short_name(name: str) -> str:
    """Return the name of a port without what stands in brackets or after a stroke."""
    return name.partition(" (")[0].partition(" / ")[0]
