"""The few numbers of a run that comparisons work with, counted from its tables in whole grams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

UNSHIPPED = "not shipped"
NON_EU = "ports outside the EU"
OUTCOMES: tuple[tuple[str, str], ...] = (
    ("landed", "t"),
    ("seized at entry", "t"),
    ("seized at EU container ports", "t"),
    ("seized at departure", "t"),
    ("dispatched", "t"),
    ("not offered", "t"),
    ("interception share", "1"),
    ("price", "EUR/kg"),
    ("trade delay", "days"),
    ("trade cost", "EUR"),
)
"""Outcomes of a run and their units."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers: outcomes, cohort grams by fate, and cohort flow in grams by cell."""

    outcomes: dict[str, float]
    fates_g: dict[str, int]
    flow_g: dict[str, int]
    places: dict[str, tuple[float, ...]]
    """By port range or coast, whole window: flow, seized, landed (t), finds, controls (boxes), delay (days)."""


def summarise(tables: dict[str, pa.Table], eu_ports: frozenset[str], window: tuple[int, int]) -> Summary:
    """Return the summary of a run.

    Args:
        tables: the tables of one run.
        eu_ports: UN/LOCODEs of EU ports.
        window: first and last month of the analysis, yyyymm.
    """
    row = tables["runs"].to_pylist()[0]
    landed, seized = row["landed_g"], row["seized_entry_g"]
    outcomes = {
        "landed": landed / 1e6,
        "seized at entry": seized / 1e6,
        "seized at EU container ports": row["seized_eu_ports_g"] / 1e6,
        "seized at departure": row["seized_departure_g"] / 1e6,
        "dispatched": row["dispatched_g"] / 1e6,
        "not offered": row["not_offered_g"] / 1e6,
        "interception share": seized / (seized + landed) if seized + landed else float("nan"),
        "price": row["price_eur_per_kg"],
        "trade delay": row["trade_delay_days"],
        "trade cost": row["trade_cost_eur"],
    }
    fates, flow = _cohort(tables, eu_ports)
    return Summary(outcomes, fates, flow, _places(tables, window, eu_ports))


def _cohort(tables: dict[str, pa.Table], eu_ports: frozenset[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Return cohort grams by fate and by cell of first dispatch."""
    lots, parcels, consignments = tables["lots"], tables["parcels"], tables["consignments"]
    cohort = lots.filter(lots["is_in_cohort"])["lot"]
    chosen = parcels.filter(pc.is_in(parcels["lot"], value_set=cohort.combine_chunks()))
    fates = _sums(chosen["fate"], chosen["mass_g"])
    shipped = chosen.filter(pc.greater_equal(chosen["consignment"], 0))
    ids = consignments["consignment"].to_numpy()
    order = np.argsort(ids)
    at = order[np.searchsorted(ids, shipped["consignment"].to_numpy(), sorter=order)]
    places = _decoded(consignments["place"])
    ranges = _decoded(consignments["port_range"])
    cells = [_cell(places[i], ranges[i], eu_ports) for i in at.tolist()]
    flow = _sums(pa.array(cells, pa.string()), shipped["mass_g"])
    unshipped = chosen.filter(pc.less(chosen["consignment"], 0))
    flow[UNSHIPPED] = int(pc.sum(unshipped["mass_g"]).as_py() or 0)
    return fates, flow


def _cell(place: str, port_range: str, eu_ports: frozenset[str]) -> str:
    """Return the cell of a place: its coast, the range of an EU port, or that of all ports outside the EU."""
    if place.startswith("coast:"):
        return place
    return port_range if place in eu_ports else NON_EU


def _decoded(column: pa.ChunkedArray) -> list[str]:
    names: list[str] = pc.cast(column, pa.string()).to_pylist()
    return names


def _sums(keys: pa.Array | pa.ChunkedArray, grams: pa.ChunkedArray) -> dict[str, int]:
    if pa.types.is_dictionary(keys.type):
        keys = pc.cast(keys, pa.string())
    summed = pa.table({"key": keys, "g": grams}).group_by("key").aggregate([("g", "sum")])
    return dict(zip(summed["key"].to_pylist(), summed["g_sum"].to_pylist(), strict=True))


def _places(
    tables: dict[str, pa.Table], window: tuple[int, int], eu_ports: frozenset[str]
) -> dict[str, tuple[float, ...]]:
    """Return sums over the months of the window by port range, coasts apart."""
    sums: dict[str, list[float]] = {}
    columns = (("port_month", ("dispatched_g", "seized_g", "landed_g", "finds"), 0),
               ("control_month", ("controlled_boxes", "delay_min"), 4))  # fmt: skip
    for name, values, first in columns:
        table = tables[name]
        inside = pc.and_(pc.greater_equal(table["month"], window[0]), pc.less_equal(table["month"], window[1]))
        table = table.filter(inside)
        keys = [
            _cell(place, port_range, eu_ports)
            for place, port_range in zip(_decoded(table["place"]), _decoded(table["port_range"]), strict=True)
        ]
        for offset, column in enumerate(values):
            for key, total in _sums(pa.array(keys, pa.string()), table[column]).items():
                sums.setdefault(key, [0.0] * 6)[first + offset] += total
    scale = (1e6, 1e6, 1e6, 1.0, 1.0, 1440.0)
    return {key: tuple(v / s for v, s in zip(row, scale, strict=True)) for key, row in sums.items()}
