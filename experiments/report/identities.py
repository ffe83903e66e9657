"""The two identities of a contrast as waterfalls: how net kilograms were kept off, and where the flow went."""

from __future__ import annotations

import math
from typing import Any

from experiments.cohort import COAST
from experiments.report.page import Column, Figure, Section, Table
from experiments.report.place_names import fate_name, place_name
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.report.waterfall import Step, waterfall
from experiments.screen import contrast_label, number, with_interval
from experiments.summary import NON_EU, UNSHIPPED, cell_of, eu_ports
from experiments.treated import find_treated
from scenarios.assumptions import PORT_RANGES
from scenarios.build_world import build_world

_FATES = (
    "seized_departure", "seized_hub", "seized_sea", "seized_entry", "seized_extraction", "found_downstream",
    "abandoned", "diverted", "not_offered", "held", "in_transit", "awaiting_extraction",
)  # fmt: skip
"""In the order of a journey; what was never sent, and what is open, at the end."""
_CELLS = (*PORT_RANGES, *(f"{COAST}{name}" for name in PORT_RANGES), NON_EU, UNSHIPPED)


def identity_section(source: Source, texts: Texts, contrast: str, identity: str) -> Section:
    """Return a section with an identity of a contrast, I1 or I2.

    Raises:
        InputError: the table is missing or damaged.
    """
    rows = identity_rows(source, contrast, identity)
    name = contrast_label(*contrast.split(" - "))
    key = identity.lower()
    shared = frozenset[str]() if identity == "I1" else _shared_cells(source)
    steps = []
    for row in rows:
        cell = row["cell"]
        place = fate_name(texts, cell) if identity == "I1" else place_name(texts, cell)
        if row["difference_t"] or row["low_t"]:
            named = texts("place.rest", place=place) if cell in shared else place
            steps.append(Step(named, row["difference_t"], row["low_t"], row["high_t"]))
        if identity == "I2" and row is _last_of_ports(rows):
            so_far = sum(step.value for step in steps)
            steps.append(Step(texts("i2.ports_together"), so_far, math.nan, math.nan, is_total=True))
    total = sum(row["difference_t"] for row in rows)
    steps.append(Step(texts(f"{key}.total"), total, math.nan, math.nan, is_total=True))
    cells = tuple((step.name, _value(step)) for step in steps)
    title = f"{texts(f'{key}.title')}, {name} {source.supply}"
    figure = Figure(
        key,
        title,
        texts(f"{key}.about", contrast=name, total=number(total, 1, sign=True), seen=_seen(texts, steps)),
        waterfall(steps, texts(f"{key}.axis")),
        Table(title, (Column(name, is_number=False), Column(texts("cells.change"), "t")), cells),
        f"{texts(f'{key}.note')} {texts('cells.open_parts')}",
    )
    return Section(key, texts(f"{key}.heading"), (texts(f"{key}.intro"), figure))


def identity_rows(source: Source, contrast: str, identity: str) -> list[dict[str, Any]]:
    """Return the rows of an identity in the order in which they are read; cells of other questions first."""
    rows: list[dict[str, Any]] = [
        row
        for row in source.table("identities").to_pylist()
        if row["contrast"] == contrast and row["identity"] == identity
    ]
    order = _FATES if identity == "I1" else _CELLS
    return sorted(rows, key=lambda row: order.index(row["cell"]) if row["cell"] in order else -1)


def _seen(texts: Texts, steps: list[Step]) -> str:
    """Return the largest of the parts that are resolved; of others not even the sign is known."""
    resolved = [step for step in steps if step.is_resolved and not step.is_total]
    parts = sorted(resolved, key=lambda step: -abs(step.value))[:3]
    if not parts:
        return texts("cells.none_resolved")
    return texts("cells.largest", parts="; ".join(f"{step.name} {_value(step)} t" for step in parts))


def _shared_cells(source: Source) -> frozenset[str]:
    """Return the cells of which a treated place is a part that stands apart from the rest; none without one."""
    name = source.facts["settings"].get("treated")
    if not name:
        return frozenset()
    case = source.case
    world = build_world(case.world, case.parameters, case.good)
    treated, known_ports = find_treated(name, world), eu_ports(world)
    ranges = dict(zip(world.entry.code, world.entry.port_range, strict=True))
    places = treated.places or {*ranges, *(f"{COAST}{coast}" for coast in world.coasts.name)}
    return frozenset(cell_of(place, ranges.get(place, ""), known_ports) for place in places)


def _last_of_ports(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the row after which a subtotal of EU container ports stands; none where a treated place stands apart."""
    if any(row["cell"] not in _CELLS for row in rows):
        return None
    return next((row for row in reversed(rows) if row["cell"] in PORT_RANGES), None)


def _value(step: Step) -> str:
    if step.is_total:
        return number(step.value, 1, sign=True)
    return with_interval(step.value, step.low, step.high, 1)
