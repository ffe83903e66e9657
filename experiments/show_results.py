"""waterbed show FOLDER: what a results folder holds, read from its files alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console

from experiments.contrasts import half_width
from experiments.screen import (
    ABOUT_SEEDS,
    arm_label,
    contrast_label,
    number,
    place_label,
    print_good,
    print_price_warning,
    print_table,
    supply_label,
    with_interval,
    with_spread,
)
from experiments.store import read_facts, read_table
from experiments.sweep.layout import QUESTION
from experiments.sweep.show import show_sweep
from scenarios.case import GoodSpec
from sim.tables import ALL_TABLES


def show_results(folder: Path, out: Console) -> None:
    """Print arms, contrasts and identities of a results folder, or how far a sweep is, and the command that made it.

    Raises:
        InputError: the folder holds no results, or a file is damaged.
    """
    if (folder / QUESTION).is_file():
        show_sweep(folder, out)
        return
    held = [name for name in ALL_TABLES if (folder / f"{name}.parquet").is_file()]
    first = read_table(folder, held[0] if held else "runs")
    facts = read_facts(first, folder)
    cases = json.loads(facts["cases"])
    case = next(iter(cases.values()))
    years = int(case["horizon_years"])
    # Results of the versions that knew no other good are of cocaine, and say so nowhere.
    good = GoodSpec(**case["good"]) if "good" in case else GoodSpec("cocaine", "cocaine", False, "home_regions.csv")
    supply = supply_label(str(case["scenario"]["name"]), good)
    end = f"{int(case['start'][:4]) + years}-01-01"
    span = f"{case['start']} to {end}, seed {facts['seed']}"
    out.print(f"World {case['world']['name']}, {good.label}, {span}", style="bold")
    print_good(good, out)
    out.print(f"Supply scenario {case['scenario']['name']}: {case['scenario']['about']}.")
    if "runs" in held:
        _print_arms(first, years, supply, out)
    else:
        rows = [[name, f"{read_table(folder, name).num_rows:,}"] for name in held]
        print_table(out, f"Tables {supply}", ["table", "rows"], rows)
    if (folder / "contrasts.parquet").is_file():
        _print_contrasts(folder, years, supply, out)
        _print_identities(folder, supply, out)
    out.print("\nMade by", style="bold")
    out.print(facts["command"], soft_wrap=True)
    libraries = ", ".join(f"{name} {version}" for name, version in json.loads(facts["libraries"]).items())
    out.print(
        f"waterbed {facts['version']}, commit {facts['commit']}; reference data {facts['data_hash']}; "
        f"Python {facts['python']}, {libraries}. The complete case of every arm is in the metadata of each "
        "file, under waterbed.cases (results/README.md)."
    )


def _print_arms(runs: pa.Table, years: int, supply: str, out: Console) -> None:
    by_arm: dict[str, list[dict[str, float]]] = {}
    for row in runs.to_pylist():
        by_arm.setdefault(row["arm"], []).append(row)
    rows = []
    for arm, members in by_arm.items():
        cells = [arm_label(arm), str(len(members))]
        for column in ("landed_g", "seized_entry_g", "dispatched_g"):
            tonnes = np.array([row[column] for row in members]) / 1e6 / years
            cells.append(with_spread(float(tonnes.mean()), half_width(tonnes), 0))
        rows.append(cells)
    columns = ["", "runs", "landed t/yr", "seized t/yr", "dispatched t/yr"]
    print_table(out, f"Arms, mean +- 95 % half-width {supply}", columns, rows)
    days = {arm: [int(row["days_at_price_bound"]) for row in members] for arm, members in by_arm.items()}
    print_price_warning(days, out)


def _print_contrasts(folder: Path, years: int, supply: str, out: Console) -> None:
    rows = []
    for row in read_table(folder, "contrasts").to_pylist():
        if row["outcome"] == "landed":
            kept_off, low, high = (-row[end] / years for end in ("difference", "high", "low"))
            rows.append([
                contrast_label(*row["contrast"].split(" - ")), with_interval(kept_off, low, high),
                number(row["variance_ratio"]), "resolved" if row["is_resolved"] else "not resolved",
            ])  # fmt: skip
    columns = ["", "kept off, t/yr [95 %]", "x\nseeds", ""]
    print_table(out, f"Paired contrasts: net kept off the market {supply}", columns, rows, gap=1)
    out.print(ABOUT_SEEDS)


def _print_identities(folder: Path, supply: str, out: Console) -> None:
    table = read_table(folder, "identities").to_pylist()
    if not table:
        return
    headline = table[0]["contrast"]
    name = contrast_label(*headline.split(" - "))
    for which, title in (("I1", "I1, how net kilograms were kept off"), ("I2", "I2, where the flow went")):
        rows = [
            [place_label(row["cell"]), with_interval(row["difference_t"], row["low_t"], row["high_t"], 1)]
            for row in table
            if row["contrast"] == headline and row["identity"] == which
        ]
        print_table(out, f"{title}, t over the window {supply}", [name, "t [95 %]"], rows)
