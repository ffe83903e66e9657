"""Base rates: what the shipped defaults give for 2023, beside the ranges that published figures allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.compare import replications_in_order, window_months
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.world import World
from sim.clock import DAY_MIN, Clock

OVERRIDES = ("start='2023-01-01'", "horizon_years=1", "regime=frozen")
"""Supply of 2023 after a burn-in of one year, posture of 2023: before anything of the pipeline arrives."""
REPLICATIONS = 20
_LARGE_PORTS = ("BEANR", "NLRTM", "DEHAM")


@dataclass(frozen=True, slots=True)
class BaseRate:
    """A figure of the model beside its published range."""

    name: str
    unit: str
    mean: float
    spread: float
    """Standard deviation over replications."""
    low: float
    high: float

    @property
    def is_inside(self) -> bool:
        """Return whether the mean lies in the range."""
        return self.low <= self.mean <= self.high


def base_rates(case: Case, seed: int, workers: int, progress: Callable[[int, int], None]) -> list[BaseRate]:
    """Run the base case and return its figures beside their ranges.

    Args:
        case: composed with ``OVERRIDES``.
        seed: seed of the replications.
        workers: processes.
        progress: called with replications done and planned.
    """
    if case.horizon_years != 1 or case.regime.name != "frozen":
        raise InputError("show base-rates: the ranges are for one year of the regime frozen; allowed: other settings.")
    if case.good.has_own_parameters:
        raise InputError(
            f"show base-rates: the ranges are published figures on cocaine, not on {case.good.name}; allowed: goods "
            "with the parameters of the table."
        )
    world = build_world(case.world, case.parameters, case.good)
    rows = []
    for tables, _ in replications_in_order({"frozen": case}, seed, range(REPLICATIONS), workers):
        rows.append(_figures(tables, world, window_months(case), _window_min(case)))
        progress(len(rows), REPLICATIONS)
    rates = []
    for name, (unit, low, high) in RANGES.items():
        values = np.array([row[name] for row in rows if name in row])
        if values.size:
            rates.append(BaseRate(name, unit, float(values.mean()), float(values.std(ddof=1)), low, high))
    return rates


RANGES: dict[str, tuple[str, float, float]] = {
    **{f"scans / all import boxes, {port}": ("%", 0.4, 1.2) for port in _LARGE_PORTS},
    **{f"drug-tasked / at-risk boxes, {port}": ("%", 3.0, 12.0) for port in _LARGE_PORTS},
    "all finds / all scans, EU": ("%", 0.1, 0.4),
    "opened / scanned, EU": ("1", 0.10, 0.20),
    "dispatched to Europe": ("t/yr", 800, 1700),
    "consignments bound for EU container ports": ("1/yr", 900, 2500),
    "finds in EU container ports": ("1/yr", 350, 700),
    "seized in EU container ports": ("t/yr", 260, 380),
    "seized in the EU, all modes": ("t/yr", 340, 500),
    "interception share by mass, EU": ("1", 0.30, 0.55),
    "landed": ("t/yr", 300, 900),
    "Antwerp and Rotterdam / EU container-port seizures": ("1", 0.40, 0.65),
    "wholesale price": ("EUR/kg", 25000, 35000),
    "share of flow outside container terminals": ("1", 0.15, 0.35),
}
"""Unit and range of each figure; the sources are in docs/parameters.md."""


def _window_min(case: Case) -> tuple[int, int]:
    """Return the first minute of the analysis and the first after it."""
    clock = Clock(case.burn_in_start)
    end = case.start.replace(year=case.start.year + case.horizon_years)
    return clock.day(case.start) * DAY_MIN, clock.day(end) * DAY_MIN


def _seized_inland_g(consignments: pa.Table, places: list[str], window_min: tuple[int, int]) -> int:
    """Return grams seized inland in the window, of what landed at some places."""
    is_inside = pc.and_(
        pc.greater_equal(consignments["inland_min"], window_min[0]), pc.less(consignments["inland_min"], window_min[1])
    )
    is_here = pc.is_in(pc.cast(consignments["place"], pa.string()), value_set=pa.array(places))
    return int(pc.sum(consignments.filter(pc.and_(is_inside, is_here))["mass_g"]).as_py() or 0)


def _figures(
    tables: dict[str, pa.Table], world: World, window: tuple[int, int], window_min: tuple[int, int]
) -> dict[str, float]:
    ports = len(world.entry.code)
    flow = _by_place(
        tables["port_month"], window, ("dispatched_g", "dispatched_consignments", "seized_g", "finds", "landed_g")
    )
    control = _by_place(tables["line_month"], window, ("drug_tasked_boxes", "controlled_boxes", "searched_boxes"))
    codes = list(world.place_code)
    dispatched, consignments, seized, finds, landed = (np.array([flow[c][i] for c in codes]) for i in range(5))
    tasked, controlled, searched = (np.array([control[c][i] for c in world.entry.code]) for i in range(3))
    is_eu_port = np.zeros(len(codes), np.bool_)
    is_eu_port[:ports] = world.entry.is_eu
    eu_range = {r for r, is_eu in zip(world.entry.port_range, world.entry.is_eu, strict=True) if is_eu}
    is_eu = is_eu_port.copy()
    is_eu[ports:] = [name in eu_range for name in world.coasts.name]
    eu = world.entry.is_eu
    has_scans = eu & (world.entry.fixed_units + world.entry.mobile_units > 0)
    prices = pc.filter(tables["market_month"]["price_eur_per_kg"], _inside(tables["market_month"], window))
    inland = _seized_inland_g(
        tables["consignments"], [c for c, is_in in zip(codes, is_eu, strict=True) if is_in], window_min
    )
    figures = {
        "all finds / all scans, EU": 100 * finds[is_eu_port].sum() / controlled[eu].sum(),
        "opened / scanned, EU": searched[has_scans].sum() / controlled[has_scans].sum(),
        "dispatched to Europe": dispatched.sum() / 1e6,
        "consignments bound for EU container ports": consignments[is_eu_port].sum(),
        "finds in EU container ports": finds[is_eu_port].sum(),
        "seized in EU container ports": seized[is_eu_port].sum() / 1e6,
        "seized in the EU, all modes": (seized[is_eu].sum() + inland) / 1e6,
        "interception share by mass, EU": seized[is_eu].sum() / (seized[is_eu].sum() + landed[is_eu].sum()),
        "landed": landed.sum() / 1e6,
        "wholesale price": float(np.mean(prices.to_numpy())),
        "share of flow outside container terminals": dispatched[ports:].sum() / dispatched.sum(),
    }
    at = {code: i for i, code in enumerate(world.entry.code)}
    if {"BEANR", "NLRTM"} <= set(at):
        pair = seized[at["BEANR"]] + seized[at["NLRTM"]]
        figures["Antwerp and Rotterdam / EU container-port seizures"] = pair / seized[is_eu_port].sum()
    for port in _LARGE_PORTS:
        if port in at:
            i = at[port]
            figures[f"scans / all import boxes, {port}"] = 100 * controlled[i] / world.entry.import_boxes[i]
            figures[f"drug-tasked / at-risk boxes, {port}"] = 100 * tasked[i] / world.at_risk_boxes[i]
    return {name: float(value) for name, value in figures.items()}


def _inside(table: pa.Table, window: tuple[int, int]) -> pa.Array:
    return pc.and_(pc.greater_equal(table["month"], window[0]), pc.less_equal(table["month"], window[1]))


def _by_place(table: pa.Table, window: tuple[int, int], columns: tuple[str, ...]) -> dict[str, list[float]]:
    """Return sums over the window by place, in the order of the columns."""
    table = table.filter(_inside(table, window))
    keys = pa.table({"place": pc.cast(table["place"], pa.string()), **{c: table[c] for c in columns}})
    summed = keys.group_by("place").aggregate([(c, "sum") for c in columns])
    return {row["place"]: [row[f"{c}_sum"] for c in columns] for row in summed.to_pylist()}
