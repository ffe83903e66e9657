"""The figures of a run: what its places of entry recorded, and beside it what was really dispatched."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.patterns.figures import (
    ANTWERP,
    DUTCH_PORTS,
    GROUPS,
    MARKET,
    OTHERS,
    ROTTERDAM,
    WEST_AFRICA,
    Figure,
    rank_of,
    tonnes,
    tonnes_from,
    tonnes_not_from,
)
from scenarios.case import Case
from scenarios.world import World
from sim.clock import DAY_MIN
from sim.codes import CONTAINER_METHODS, SEIZED_AT_ENTRY, Fate, Method
from sim.streams import Bools, Floats, Ints

SMALL_FIND_KG = 100
COAST = "coast:"
_SEIZED = [fate.name.lower() for fate in SEIZED_AT_ENTRY]
_METHODS = [Method(code).name.lower() for code in range(CONTAINER_METHODS)]


@dataclass(frozen=True, slots=True)
class Loads:
    """Consignments, one element each."""

    place: np.ndarray
    """Whose record counts it, of what was seized; where it was bound, of what was dispatched."""
    origin: np.ndarray
    """Departure port."""
    method: np.ndarray
    year: Ints
    kg: Floats
    is_extraction: Bools
    """Whether it was seized from a team at the terminal."""

    def where(self, chosen: Bools) -> Loads:
        """Return some of them."""
        return Loads(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What one run shows."""

    recorded: dict[Figure, float]
    """Seizures by the year in which they were made and the place whose record counts them, and prices."""
    flow: dict[Figure, float]
    """The same quantities of all that was dispatched, by year of dispatch and place of entry: nobody's record."""


def measured_years(case: Case) -> range:
    """Return the calendar years that are measured: those of the window, and before it those after a year of run-in."""
    end = case.start.year + case.horizon_years
    begin = case.burn_in_start
    first_whole = begin.year if (begin.month, begin.day) == (1, 1) else begin.year + 1
    return range(min(case.start.year, first_whole + 1), end)


def run_figures(tables: dict[str, pa.Table], case: Case, world: World) -> RunFigures:
    """Return the figures of a run; a port that the world does not have has none, nor has the Union without all of its.

    Args:
        tables: of the run.
        case: of the run.
        world: of the run.
    """
    years = measured_years(case)
    table = tables["consignments"]
    fate = _words(table, "fate")
    kg = table["mass_g"].to_numpy() / 1000
    columns = (_words(table, "departure"), _words(table, "method"))
    is_extraction = fate == Fate.SEIZED_EXTRACTION.name.lower()
    closed_year = _years(case.burn_in_start, table["closed_min"].to_numpy() // DAY_MIN)
    # A find at a hub is in the record of the hub, wherever the load was bound.
    closed = Loads(_words(table, "record_place"), *columns, closed_year, kg, is_extraction)
    sent_year = _years(case.burn_in_start, table["dispatch_day"].to_numpy())
    sent = Loads(_words(table, "place"), *columns, sent_year, kg, is_extraction)
    whole = case.world.entry_ports == ("all",)
    recorded = dict(_figures(closed.where(np.isin(fate, _SEIZED)), world, years, is_whole=whole))
    recorded |= dict(_prices(tables["market_month"], years))
    flow = dict(_figures(sent, world, years, is_whole=whole))
    # Who was caught is no flow.
    return RunFigures(recorded, {figure: value for figure, value in flow.items() if figure.quantity != "arrests"})


def _words(table: pa.Table, column: str) -> np.ndarray:
    return np.array(pc.cast(table[column], pa.string()).to_pylist(), np.str_)


def _years(first: datetime.date, days: Ints) -> Ints:
    """Return the calendar years of days since the first; one before it stays before it."""
    dates = np.datetime64(first) + days.astype("timedelta64[D]")
    years: Ints = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    return years


def _figures(loads: Loads, world: World, years: range, *, is_whole: bool) -> Iterator[tuple[Figure, float]]:
    for place in _places(world):
        here = loads.where(np.isin(loads.place, place.split("+")))
        for year in years:
            yield from _of_place(here.where(here.year == year), place, year)
    if is_whole:
        others = loads.where(np.isin(loads.place, _other_places(world)))
        for year in years:
            yield tonnes(OTHERS, year), float(others.kg[others.year == year].sum()) / 1000
    if ANTWERP in world.entry.code:
        yield from _origins(loads.where(loads.place == ANTWERP), world, years)
    for place in _places(world):
        if place in (ROTTERDAM, DUTCH_PORTS):
            yield from _ranks(loads.where(np.isin(loads.place, place.split("+"))), place, years)


def _places(world: World) -> list[str]:
    """Return the ports of the Union, and the groups of ports that the world has whole."""
    ports = [code for code, is_eu in zip(world.entry.code, world.entry.is_eu, strict=True) if is_eu]
    return [*ports, *(group for group in GROUPS if set(group.split("+")) <= set(ports))]


def _other_places(world: World) -> list[str]:
    """Return the places of entry of the Union, its coasts among them, without Antwerp and Rotterdam.

    A coast is the Union's if a port of its range is.
    """
    entry = world.entry
    ranges = {name for name, is_eu in zip(entry.port_range, entry.is_eu, strict=True) if is_eu}
    ports = [code for code in _places(world) if "+" not in code and code not in (ANTWERP, ROTTERDAM)]
    return [*ports, *(f"{COAST}{name}" for name in world.coasts.name if name in ranges)]


def _of_place(loads: Loads, place: str, year: int) -> Iterator[tuple[Figure, float]]:
    count, small = loads.kg.size, int((loads.kg < SMALL_FIND_KG).sum())
    mass_t = float(loads.kg.sum()) / 1000
    largest_t = float(loads.kg.max(initial=0)) / 1000
    yield tonnes(place, year), mass_t
    yield Figure("finds under 100 kg", place, year), small
    yield Figure("finds from 100 kg", place, year), count - small
    yield Figure("largest t", place, year), largest_t
    yield Figure("other t", place, year), mass_t - largest_t
    yield Figure("arrests", place, year), int(loads.is_extraction.sum())
    if count:
        yield Figure("mean kg", place, year), 1000 * mass_t / count


def _origins(loads: Loads, world: World, years: range) -> Iterator[tuple[Figure, float]]:
    departure = world.departure
    groups: dict[str, list[str]] = {origin: [] for origin in (*departure.country, WEST_AFRICA)}
    for code, country, region in zip(departure.code, departure.country, departure.region, strict=True):
        groups[country].append(code)
        if region == WEST_AFRICA:
            groups[WEST_AFRICA].append(code)
    for origin, ports in groups.items():
        is_from = np.isin(loads.origin, ports)
        for year in years:
            in_year = loads.year == year
            yield tonnes_from(origin, ANTWERP, year), float(loads.kg[in_year & is_from].sum()) / 1000
            yield tonnes_not_from(origin, ANTWERP, year), float(loads.kg[in_year & ~is_from].sum()) / 1000


def _ranks(loads: Loads, place: str, years: range) -> Iterator[tuple[Figure, float]]:
    """Yield the rank of each concealment method by number of finds; equals share the better rank."""
    for year in years:
        counts = [int(((loads.year == year) & (loads.method == method)).sum()) for method in _METHODS]
        if any(counts):
            for method, count in zip(_METHODS, counts, strict=True):
                yield rank_of(method, place, year), 1 + sum(other > count for other in counts)


def _prices(table: pa.Table, years: range) -> Iterator[tuple[Figure, float]]:
    year = table["month"].to_numpy() // 100
    price = table["price_eur_per_kg"].to_numpy()
    for one in years:
        if (year == one).any():
            yield Figure("price", MARKET, one), float(price[year == one].mean())
