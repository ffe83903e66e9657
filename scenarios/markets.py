"""Destination countries, weighted by population times prevalence; a missing prevalence is imputed and marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scenarios.assumptions import Assumptions
from scenarios.errors import InputError
from scenarios.imputation import REFERENCE_YEAR
from scenarios.reference import Reference
from scenarios.world import Bools, Floats

_POPULATION = "population"
_PREVALENCE = "cocaine_last_year_prevalence_15_64"


@dataclass(frozen=True, slots=True)
class MarketTable:
    """One element a country: weight (they sum to 1), prevalence (%), whether it is imputed, position in degrees.

    Without prevalences (NaN) where the good gives the weights itself.
    """

    country: tuple[str, ...]
    weight: Floats
    prevalence_pct: Floats
    prevalence_is_imputed: Bools
    latitude: Floats
    longitude: Floats


def market_table(reference: Reference, assumptions: Assumptions) -> MarketTable:
    """Return the markets: the countries of country_positions.csv (EU, EEA, United Kingdom, Switzerland).

    The prevalence is the last published one among adults; figures of low confidence are left out (Belgium 2004). A
    country without one gets the median of the others. Population is that of the year nearest 2023. A good may give
    the weights itself; then its countries are the markets.

    Raises:
        InputError: a country has no population.
    """
    if assumptions.market_shares is not None:
        return _given(assumptions, assumptions.market_shares)
    rows = assumptions.countries
    population = _latest(reference, _POPULATION)
    prevalence = _latest(reference, _PREVALENCE)
    for row in rows:
        if row.country_iso2 not in population:
            raise InputError(
                f"inland.csv, column country_iso2: no population of '{row.country_iso2}'; allowed: one row."
            )
    known = [prevalence[row.country_iso2] for row in rows if row.country_iso2 in prevalence]
    usual = float(np.median(known))
    shares = np.array([prevalence.get(row.country_iso2, usual) for row in rows])
    users = np.array([population[row.country_iso2] for row in rows]) * shares
    return MarketTable(
        tuple(row.country_iso2 for row in rows),
        users / users.sum(),
        shares,
        np.array([row.country_iso2 not in prevalence for row in rows]),
        np.array([row.lat for row in rows]),
        np.array([row.lon for row in rows]),
    )


def _given(assumptions: Assumptions, shares: Mapping[str, float]) -> MarketTable:
    rows = [row for row in assumptions.countries if row.country_iso2 in shares]
    return MarketTable(
        tuple(row.country_iso2 for row in rows),
        np.array([shares[row.country_iso2] for row in rows]),
        np.full(len(rows), np.nan),
        np.zeros(len(rows), dtype=np.bool_),
        np.array([row.lat for row in rows]),
        np.array([row.lon for row in rows]),
    )


def _latest(reference: Reference, metric: str) -> dict[str, float]:
    best: dict[str, tuple[int, float]] = {}
    for figure in reference.inland:
        if figure.metric != metric or figure.city or figure.confidence == "low":
            continue
        distance = abs(int(figure.year) - REFERENCE_YEAR)
        if figure.country_iso2 not in best or distance < best[figure.country_iso2][0]:
            best[figure.country_iso2] = distance, figure.value
    return {country: value for country, (_, value) in best.items()}
