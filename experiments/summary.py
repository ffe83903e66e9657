"""The few numbers of a run that comparisons work with, counted from its tables in whole grams."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.cohort import COAST, CohortParcels, cohort_parcels
from experiments.kpis import window_kpis
from experiments.treated import Treated
from scenarios.world import World

UNSHIPPED = "not shipped"
NON_EU = "ports outside the EU"
OUTCOMES: tuple[tuple[str, str], ...] = (
    ("landed", "t"),
    ("seized at entry", "t"),
    ("seized at EU container ports", "t"),
    ("seized at departure", "t"),
    ("abandoned", "t"),
    ("dispatched", "t"),
    ("not offered or diverted", "t"),
    ("open", "t"),
    ("interception share", "1"),
    ("price", "EUR/kg"),
    ("trade delay", "days"),
    ("trade cost", "EUR"),
)
"""Outcomes of a run and their units. Supply is what landed, was seized at entry or departure, was abandoned, was not
offered or diverted, or is open; where nothing is open it is also what was dispatched, not offered or diverted."""
RATIOS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "interception share": (("seized at entry",), ("seized at entry", "landed")),
}
"""Outcomes that are ratios: over several runs, the sum of the first outcomes over the sum of the second."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers: outcomes, cohort grams by fate, and cohort flow in grams by cell."""

    outcomes: dict[str, float]
    fates_g: dict[str, int]
    flow_g: dict[str, int]
    places: dict[str, tuple[float, ...]]
    """By port range or coast, whole window: flow, seized, landed (t), finds, controls (boxes), delay (days)."""
    days_at_price_bound: int = 0
    kpis: dict[str, float] = field(default_factory=dict)
    """Sums over the window (experiments.kpis); none where the tables for it are missing."""


def eu_ports(world: World) -> frozenset[str]:
    """Return the UN/LOCODEs of the world's ports in the EU."""
    return frozenset(code for code, is_eu in zip(world.entry.code, world.entry.is_eu, strict=True) if is_eu)


def summarise(
    tables: dict[str, pa.Table], known_ports: frozenset[str], window: tuple[int, int], treated: Treated | None = None
) -> Summary:
    """Return the summary of a run.

    Args:
        tables: the tables of one run.
        known_ports: UN/LOCODEs of EU ports.
        window: first and last month of the analysis, yyyymm.
        treated: whose flow is a cell of its own; None for no such place.
    """
    row = tables["runs"].to_pylist()[0]
    landed, seized = row["landed_g"], row["seized_entry_g"]
    outcomes = {
        "landed": landed / 1e6,
        "seized at entry": seized / 1e6,
        "seized at EU container ports": row["seized_eu_ports_g"] / 1e6,
        "seized at departure": row["seized_departure_g"] / 1e6,
        "abandoned": row["abandoned_g"] / 1e6,
        "dispatched": row["dispatched_g"] / 1e6,
        "not offered or diverted": (row["not_offered_g"] + row["diverted_g"]) / 1e6,
        "open": row["open_g"] / 1e6,
        "interception share": seized / (seized + landed) if seized + landed else float("nan"),
        "price": row["price_eur_per_kg"],
        "trade delay": row["trade_delay_days"],
        "trade cost": row["trade_cost_eur"],
    }
    cohort = cohort_parcels(tables)
    fates = _sums(pa.array(cohort.fate, pa.string()), pa.array(cohort.mass_g))
    flow, places = _flow(cohort, known_ports, treated), _places(tables, window, known_ports)
    return Summary(outcomes, fates, flow, places, row["days_at_price_bound"], window_kpis(tables, window))


def _flow(cohort: CohortParcels, known_ports: frozenset[str], treated: Treated | None) -> dict[str, int]:
    """Return grams by cell of first dispatch, those that were not shipped among them."""
    where = zip(cohort.place.tolist(), cohort.port_range.tolist(), strict=True)
    cells = np.array([cell_of(place, port_range, known_ports) if place else UNSHIPPED for place, port_range in where])
    flow = {UNSHIPPED: 0}
    if treated is not None:
        cells = np.where(treated.contains(cohort), treated.label, cells)
        flow[treated.label] = 0
    return flow | _sums(pa.array(cells, pa.string()), pa.array(cohort.mass_g))


def cell_of(place: str, port_range: str, known_ports: frozenset[str]) -> str:
    """Return the cell of a place: its coast, the range of an EU port, or that of all ports outside the EU."""
    if place.startswith(COAST):
        return place
    return port_range if place in known_ports else NON_EU


def _decoded(column: pa.ChunkedArray) -> list[str]:
    names: list[str] = pc.cast(column, pa.string()).to_pylist()
    return names


def _sums(keys: pa.Array, grams: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    summed = pa.table({"key": keys, "g": grams}).group_by("key").aggregate([("g", "sum")])
    return dict(zip(summed["key"].to_pylist(), summed["g_sum"].to_pylist(), strict=True))


def _places(
    tables: dict[str, pa.Table], window: tuple[int, int], known_ports: frozenset[str]
) -> dict[str, tuple[float, ...]]:
    """Return sums over the months of the window by port range, coasts apart."""
    sums: dict[str, list[float]] = {}
    columns = (("port_month", ("dispatched_g", "seized_g", "landed_g", "finds"), 0),
               ("line_month", ("controlled_boxes", "delay_min"), 4))  # fmt: skip
    for name, values, first in columns:
        table = tables[name]
        inside = pc.and_(pc.greater_equal(table["month"], window[0]), pc.less_equal(table["month"], window[1]))
        table = table.filter(inside)
        keys = [
            cell_of(place, port_range, known_ports)
            for place, port_range in zip(_decoded(table["place"]), _decoded(table["port_range"]), strict=True)
        ]
        for offset, column in enumerate(values):
            for key, total in _sums(pa.array(keys, pa.string()), table[column]).items():
                sums.setdefault(key, [0.0] * 6)[first + offset] += total
    scale = (1e6, 1e6, 1e6, 1.0, 1.0, 1440.0)
    return {key: tuple(v / s for v, s in zip(row, scale, strict=True)) for key, row in sums.items()}
