"""Three small cases whose results are kept in baseline.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from experiments.run import run
from scenarios.load_case import load_case
from tests.model_cases import NO_FEEDBACK

FILE = Path(__file__).with_name("baseline.json")
CASES: dict[str, tuple[str, ...]] = {
    "three ports, frozen": ("world=three_ports", "regime=frozen"),
    "three ports, alliance rule, without feedback": (
        "world=three_ports", "regime=alliance_rule", *NO_FEEDBACK,
    ),
    "north range, national rule, Antwerp surge": (
        "world=north_range", "regime=national_rule", "scenario=antwerp_surge",
    ),
}  # fmt: skip
COMMON = ("horizon_years=1", "burn_in_start=2023-10-01", "closing_days=90")

Numbers = dict[str, dict[str, float]]


def summary(overrides: tuple[str, ...]) -> dict[str, float]:
    """Return the numbers of a case that are kept."""
    tables = run(load_case([*COMMON, *overrides]), 1, 0)
    row: dict[str, Any] = tables["runs"].to_pylist()[0]
    names = (
        "days", "supply_g", "not_offered_g", "diverted_g", "dispatched_g", "seized_departure_g", "seized_entry_g",
        "abandoned_g", "landed_g", "open_g", "trade_delay_days", "price_eur_per_kg",
    )  # fmt: skip
    kept = {name: row[name] for name in names}
    consignments = tables["consignments"]["step"].to_pylist()
    kept["consignments"] = len(consignments)
    for step in ("search", "arrest", "importer"):
        kept[f"finds by {step}"] = consignments.count(step)
    kept["boxes controlled"] = sum(tables["line_month"]["controlled_boxes"].to_pylist())
    kept["committed, cents and minutes"] = sum(tables["accounts"]["committed"].to_pylist())
    return kept


def current() -> Numbers:
    """Return the numbers of all cases as the code gives them now."""
    return {name: summary(overrides) for name, overrides in CASES.items()}


def kept() -> Numbers:
    """Return the numbers of the file, or none."""
    numbers: Numbers = json.loads(FILE.read_text()) if FILE.exists() else {}
    return numbers


def differences(old: Numbers, new: Numbers, tolerance: float = 1e-9) -> list[str]:
    """Return a line for every number that differs by more than the relative tolerance."""
    lines = []
    for case in sorted({*old, *new}):
        before, after = old.get(case, {}), new.get(case, {})
        for name in sorted({*before, *after}):
            a, b = before.get(name), after.get(name)
            if a is None or b is None or abs(a - b) > tolerance * max(abs(a), abs(b)):
                change = f" ({b / a - 1:+.2%})" if a and b else ""
                lines.append(f"{case}: {name}: {a} -> {b}{change}")
    return lines
