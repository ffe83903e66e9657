"""The published record as figures, each with the sampling error that chance alone gives it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from experiments.patterns.figures import (
    ANTWERP,
    DUTCH_PORTS,
    HAMBURG,
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
from scenarios.assumptions import load_sampling_errors
from scenarios.reference import DATA
from scenarios.reference_tables import (
    ConsignmentSize,
    PriceFigure,
    load_consignment_sizes,
    load_country_seizures,
    load_insiders,
    load_modus_operandi,
    load_origin_shares,
    load_port_seizures,
    load_prices,
)
from sim.supply import capped_lognormal_mean

FIRST_YEAR, LAST_YEAR = 2016, 2023
"""The record from 2024 on is kept for validation."""
_HARC = "Rotterdam (HARC)"
_SIZE_YEAR = 2023
_PORT_OF = {
    "Vlissingen": "NLVLI", "Valencia": "ESVLC", "Hamburg": "DEHAM", _HARC: ROTTERDAM, "Spain": "ESALG",
}  # fmt: skip
"""Port of a largest find; the three of Spain are all of Algeciras, as their notes say."""
_GERMAN_GROUPS = ("German North/Baltic Sea container ports (ZFA Hamburg)", "Hamburg + Bremerhaven (HZA Hamburg)")
_COUNTS = ("n_seizures", "n_investigations_from_finds", "n_batches_all_drugs")
_MEANS = ("mean_kg_per_seizure", "mean_kg_per_investigation", "mean_kg_per_batch")


@dataclass(frozen=True, slots=True)
class Published:
    """A published value and the coefficient of variation of its sampling error; NaN for a rank given in words."""

    value: float
    cv: float


Record = dict[Figure, Published]


@lru_cache(maxsize=2)
def published_record(data: Path = DATA) -> Record:
    """Return every figure of the record that a statistic may need, from the rows of the reference data."""
    errors = {row.name: row.value for row in load_sampling_errors(data)}
    sizes = load_consignment_sizes(data)
    finds = dict(_finds(sizes))
    size_cv = rotterdam_size_cv(sizes)
    record: Record = {}
    for (place, year), mass_t in port_years(data).items():
        cv = errors["cv_large_port_year" if place in (ANTWERP, ROTTERDAM) else "cv_port_year"]
        if place == ROTTERDAM and year in finds:
            cv = compound_poisson_cv(finds[year], size_cv)
        record[tonnes(place, year)] = Published(mass_t, cv)
    record |= _other_places(record, errors["cv_other_places"], data)
    record |= _sizes(sizes, record, finds, size_cv)
    record |= _origins(record, data)
    record |= _arrests(errors["cv_arrests"], data)
    record |= _ranks(data)
    record |= _prices(data)
    return record


def port_years(data: Path = DATA) -> dict[tuple[str, int], float]:
    """Return tonnes by port and year, from the preferred rows of a full year; Hamburg also with Bremerhaven."""
    found: dict[tuple[str, int], float] = {}
    for row in load_port_seizures(data):
        if not row.preferred or row.period != "year" or row.year is None or "(departure)" in row.port_name:
            continue
        place = HAMBURG if row.port_name in _GERMAN_GROUPS else row.unlocode
        if place and row.year <= LAST_YEAR:
            found[place, int(row.year)] = row.cocaine_seized_t
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        members = [found.get((code, year)) for code in HAMBURG.split("+")]
        if (HAMBURG, year) not in found and all(mass is not None for mass in members):
            found[HAMBURG, year] = sum(mass for mass in members if mass is not None)
    return found


def eu_years(data: Path = DATA) -> dict[int, float]:
    """Return tonnes seized in the Union in all modes by year, from the preferred rows."""
    rows = load_country_seizures(data)
    return {
        int(row.year): row.cocaine_seized_t
        for row in rows
        if row.country_iso2 == "EU" and row.preferred and row.year <= LAST_YEAR
    }


def _other_places(record: Record, cv: float, data: Path) -> Record:
    """Return what the Union seized elsewhere than in Antwerp and Rotterdam, whose chance is its own."""
    other: Record = {}
    for year, mass_t in eu_years(data).items():
        pair = [record[tonnes(place, year)].value for place in (ANTWERP, ROTTERDAM)]
        other[tonnes(OTHERS, year)] = Published(mass_t - sum(pair), cv)
    return other


# ---- sizes of finds ------------------------------------------------------------------------------------------------


def compound_poisson_cv(finds: float, size_cv: float) -> float:
    """Return the coefficient of variation of a compound Poisson sum: sqrt((1 + cv^2) / n) (Wald's equations)."""
    return math.sqrt((1 + size_cv**2) / finds)


def lognormal_through(low_kg: float, share_below: float, high_kg: float, share_above: float) -> tuple[float, float]:
    """Return median and log sd of the lognormal with these two shares in its tails."""
    low, high = float(ndtri(share_below)), float(ndtri(1 - share_above))
    log_sd = math.log(high_kg / low_kg) / (high - low)
    return low_kg * math.exp(-low * log_sd), log_sd


def capped_lognormal_cv(median: float, log_sd: float, cap: float) -> float:
    """Return the coefficient of variation of min(X, cap) for X lognormal (partial moments, as for the mean)."""
    mean = capped_lognormal_mean(median, log_sd, cap)
    z = (math.log(cap) - math.log(median)) / log_sd
    square = median**2 * math.exp(2 * log_sd**2) * float(ndtr(z - 2 * log_sd)) + cap**2 * float(ndtr(-z))
    return math.sqrt(square / mean**2 - 1)


def largest_cv(finds: float, log_sd: float) -> float:
    """Return the log sd of the largest of n lognormal finds: Gumbel's pi / sqrt(6) times sd / sqrt(2 ln n)."""
    return math.pi / math.sqrt(6) * log_sd / math.sqrt(2 * math.log(finds))


def rotterdam_sizes(sizes: tuple[ConsignmentSize, ...]) -> tuple[float, float]:
    """Return median (kg) and log sd of a find in Rotterdam in 2023, from those under 100 kg and over 1 t."""
    at = {row.metric: float(row.value) for row in sizes if (row.place, row.period) == (_HARC, str(_SIZE_YEAR))}
    everything = at["n_batches_all_drugs"]
    below, above = at["n_seizures_under_100kg"] / everything, at["n_seizures_over_1000kg"] / everything
    return lognormal_through(100, below, 1000, above)


def rotterdam_size_cv(sizes: tuple[ConsignmentSize, ...]) -> float:
    """Return the coefficient of variation of a find, capped at the largest that the record has."""
    cap = max(float(row.value) for row in sizes if row.metric == "max_kg")
    return capped_lognormal_cv(*rotterdam_sizes(sizes), cap)


def _finds(sizes: tuple[ConsignmentSize, ...]) -> Iterator[tuple[int, float]]:
    for row in sizes:
        if row.place in ("Rotterdam", _HARC) and row.metric in _COUNTS:
            yield int(row.period), float(row.value)


def _sizes(sizes: tuple[ConsignmentSize, ...], record: Record, finds: dict[int, float], size_cv: float) -> Record:
    _, log_sd = rotterdam_sizes(sizes)
    of_rotterdam = float(np.mean(list(finds.values())))
    elsewhere = float(np.median([float(row.value) for row in sizes if row.metric == "n_containers"]))
    found: Record = {}
    for row in sizes:
        if row.place in ("Rotterdam", _HARC) and row.metric in _MEANS:
            year = int(row.period)
            found[Figure("mean kg", ROTTERDAM, year)] = Published(float(row.value), size_cv / math.sqrt(finds[year]))
        elif row.place == _HARC and row.metric == "n_seizures_under_100kg":
            year, count = int(row.period), float(row.value)
            found[Figure("finds under 100 kg", ROTTERDAM, year)] = Published(count, 1 / math.sqrt(count))
            if year in finds:
                more = finds[year] - count
                found[Figure("finds from 100 kg", ROTTERDAM, year)] = Published(more, 1 / math.sqrt(more))
        elif row.metric == "max_kg" and row.place in _PORT_OF:
            place, year, largest_t = _PORT_OF[row.place], int(row.period), float(row.value) / 1000
            whole = record.get(tonnes(place, year))
            if whole is not None:
                cv = largest_cv(of_rotterdam if place == ROTTERDAM else elsewhere, log_sd)
                found[Figure("largest t", place, year)] = Published(largest_t, cv)
                found[Figure("other t", place, year)] = Published(whole.value - largest_t, whole.cv)
    return found


# ---- departure countries, arrests, methods, prices -------------------------------------------------------------------


def _origins(record: Record, data: Path) -> Record:
    """Return tonnes at Antwerp by departure country; the error of a part is that of the whole / sqrt(its share)."""
    found: Record = {}
    for row in load_origin_shares(data):
        if row.destination != "Antwerp" or row.share_pct is None or "(port)" in row.origin:
            continue
        share, first, last = row.share_pct / 100, row.period[:4], row.period.partition("-")[2]
        through = int(last) if last.isdigit() and len(last) == 4 else int(first)
        origin = WEST_AFRICA if row.origin.startswith("West Africa") else row.origin_iso2
        for year in range(int(first), through + 1):
            whole = record[tonnes(ANTWERP, year)]
            found[tonnes_from(origin, ANTWERP, year)] = Published(share * whole.value, whole.cv / math.sqrt(share))
            rest = Published((1 - share) * whole.value, whole.cv / math.sqrt(1 - share))
            found[tonnes_not_from(origin, ANTWERP, year)] = rest
    return found


def _arrests(cv: float, data: Path) -> Record:
    return {
        Figure("arrests", ROTTERDAM, int(row.year)): Published(float(row.value), cv)
        for row in load_insiders(data)
        if (row.topic, row.port_or_country, row.unit) == ("extractors", "Rotterdam", "arrests per year")
        and row.year <= LAST_YEAR
    }


def _ranks(data: Path) -> Record:
    """Return the two ranks of methods that the record has in words."""
    found: Record = {}
    for row in load_modus_operandi(data):
        if row.place == "Rotterdam" and row.modus_operandi.startswith("rip-on") and row.value == "most used method":
            found[rank_of("rip_on", ROTTERDAM, int(row.period))] = Published(1, math.nan)
        if row.place == "Netherlands" and row.modus_operandi.startswith("most frequent hiding place: reefer cooling"):
            found[rank_of("cooling_unit", DUTCH_PORTS, int(row.period))] = Published(1, math.nan)
    return found


def published_prices(data: Path = DATA) -> tuple[PriceFigure, ...]:
    """Return the wholesale prices in EUR/kg of single years of the record, those of low confidence left out."""
    return tuple(
        row
        for row in load_prices(data)
        if row.category == "wholesale_price" and row.unit == "EUR/kg" and row.confidence != "low"
        and row.period.isdigit() and FIRST_YEAR <= int(row.period) <= LAST_YEAR
    )  # fmt: skip


def is_dutch(row: PriceFigure) -> bool:
    """Return whether a price belongs to the one series that is compared with the model."""
    return row.place.startswith("Netherlands")


def price_cv(prices: tuple[PriceFigure, ...]) -> float:
    """Return how far prices of the same year lie apart between places: the pooled standard deviation of their logs."""
    by_year: dict[str, list[float]] = {}
    for row in prices:
        by_year.setdefault(row.period, []).append(math.log((row.value_low + row.value_high) / 2))
    several = [np.array(logs) for logs in by_year.values() if len(logs) > 1]
    squares = sum(float(((logs - logs.mean()) ** 2).sum()) for logs in several)
    return math.sqrt(squares / sum(logs.size - 1 for logs in several))


def _prices(data: Path) -> Record:
    prices = published_prices(data)
    cv = price_cv(prices)
    return {
        Figure("price", MARKET, int(row.period)): Published((row.value_low + row.value_high) / 2, cv)
        for row in prices
        if is_dutch(row)
    }


def world_production(data: Path = DATA) -> dict[int, float]:
    """Return world production by year (t pure)."""
    rows = load_prices(data)
    return {int(r.period): r.value_low for r in rows if (r.category, r.place) == ("world_production_t", "World")}
