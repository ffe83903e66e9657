"""The statistics of each pattern: formulas that take figures, of the record or of a run alike."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.patterns.figures import (
    ANTWERP,
    OTHERS,
    ROTTERDAM,
    WEST_AFRICA,
    Figure,
    Figures,
    tonnes,
    tonnes_from,
    tonnes_not_from,
)

Formula = Callable[[Figures], float]
Change = tuple[int, int]

JUMP_FROM_T, JUMP_TO_T = 0.1, 0.5
"""A jump from near zero: from less than the first to at least the second in the next year."""
FIRST_YEAR = 2018
"""First year of the hindcast; port-years before it are used only where a pattern needs them."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """A measurable part of a pattern."""

    pattern: int
    name: str
    unit: str
    formula: Formula
    source: str
    """File of the reference data."""
    about: str = ""
    """What it is, or what moved it."""
    is_factor: bool = False
    """Whether distances are measured on its logarithm."""
    is_in_words: bool = False
    """Whether the record says it in words, without an error."""

    @property
    def is_change(self) -> bool:
        """Return whether it compares two years, so that zero on its scale means no change."""
        return self.unit == "points" or (self.unit == "times" and " / " in self.name)

    def value(self, figures: Figures) -> float:
        """Return the statistic, its logarithm if it is a factor; NaN where figures are missing or nothing is seized."""
        try:
            found = self.formula(figures)
            return math.log(found) if self.is_factor else found
        except (KeyError, ZeroDivisionError, ValueError):
            return math.nan

    def natural(self, value: float) -> float:
        """Return a value as it is shown."""
        return math.exp(value) if self.is_factor else value


def change(quantity: str, place: str, years: Change) -> Formula:
    """Return the formula of the factor by which a figure changes from the first year to the second."""
    return lambda figures: figures[Figure(quantity, place, years[1])] / figures[Figure(quantity, place, years[0])]


def level(quantity: str, place: str, year: int) -> Formula:
    """Return the formula of a single figure."""
    return lambda figures: figures[Figure(quantity, place, year)]


def eu_tonnes(figures: Figures, year: int) -> float:
    """Return what the Union seized in a year."""
    return figures[tonnes(ANTWERP, year)] + figures[tonnes(ROTTERDAM, year)] + figures[tonnes(OTHERS, year)]


def pair_share(year: int) -> Formula:
    """Return the formula of the share of Antwerp and Rotterdam in what the Union seized (%)."""
    return lambda figures: 100 * (1 - figures[tonnes(OTHERS, year)] / eu_tonnes(figures, year))


def fallen(ports: Sequence[str], years: Change) -> Formula:
    """Return the formula of how many ports seized less in the second year than in the first."""
    before, after = years
    return lambda figures: float(sum(figures[tonnes(port, after)] < figures[tonnes(port, before)] for port in ports))


def jump(before: float, after: float) -> float:
    """Return the factor between two values, up or down: 1 for equal ones, infinite where only one is zero."""
    low, high = sorted((before, after))
    return high / low if low > 0 else (math.inf if high > 0 else 1.0)


def typical_jump(pairs: Collection[tuple[str, Change]]) -> Formula:
    """Return the formula of the median factor, up or down, between the two years of each pair."""

    def formula(figures: Figures) -> float:
        tonnes_of = [(figures[tonnes(port, first)], figures[tonnes(port, last)]) for port, (first, last) in pairs]
        return float(np.median([jump(before, after) for before, after in tonnes_of]))

    return formula


def jumping_ports(known: Collection[str]) -> Formula:
    """Return the formula of the share (%) of ports beside the known ones that jump from near zero at least once."""

    def formula(figures: Figures) -> float:
        series: dict[str, dict[int, float]] = {}
        for figure, value in figures.items():
            if figure.quantity == "tonnes" and len(figure.place) == 5 and figure.place not in known:
                series.setdefault(figure.place, {})[figure.year] = value
        jumps = [
            any(was < JUMP_FROM_T and by_year.get(year + 1, 0.0) >= JUMP_TO_T for year, was in by_year.items())
            for by_year in series.values()
        ]
        return 100 * sum(jumps) / len(jumps)

    return formula


def largest_share(port_years: Collection[tuple[str, int]]) -> Formula:
    """Return the formula of the median share (%) of the largest find in what a port seized in a year."""

    def formula(figures: Figures) -> float:
        shares = []
        for port, year in port_years:
            largest, other = figures[Figure("largest t", port, year)], figures[Figure("other t", port, year)]
            shares.append(100 * largest / (largest + other))
        return float(np.median(shares))

    return formula


def small_share(year: int) -> Formula:
    """Return the formula of the share (%) of finds in Rotterdam under 100 kg."""

    def formula(figures: Figures) -> float:
        small = figures[Figure("finds under 100 kg", ROTTERDAM, year)]
        return 100 * small / (small + figures[Figure("finds from 100 kg", ROTTERDAM, year)])

    return formula


def origin_share(origin: str, years: Sequence[int]) -> Formula:
    """Return the formula of the share (%) of an origin in what Antwerp seized over some years."""

    def formula(figures: Figures) -> float:
        own = sum(figures[tonnes_from(origin, ANTWERP, year)] for year in years)
        return 100 * own / (own + sum(figures[tonnes_not_from(origin, ANTWERP, year)] for year in years))

    return formula


def leader(figures: Figures, year: int) -> str:
    """Return the departure country with most tonnes at Antwerp; of equals the first in the alphabet.

    Raises:
        KeyError: no country is known.
    """
    prefix = "tonnes from "
    known = {
        figure.quantity.removeprefix(prefix): value
        for figure, value in figures.items()
        if figure.place == ANTWERP and figure.year == year and figure.quantity.startswith(prefix)
    }
    countries = sorted(origin for origin, value in known.items() if origin != WEST_AFRICA and value > 0)
    if not countries:
        raise KeyError(year)
    return max(countries, key=known.__getitem__)


def leader_changes(years: Sequence[int]) -> Formula:
    """Return the formula of how often the leading departure country changes from one of these years to the next."""

    def formula(figures: Figures) -> float:
        leaders = [leader(figures, year) for year in years]
        return float(sum(a != b for a, b in itertools.pairwise(leaders)))

    return formula


def leader_share(year: int) -> Formula:
    """Return the formula of the share (%) of the leading departure country in what Antwerp seized."""
    return lambda figures: origin_share(leader(figures, year), [year])(figures)


# ---- which port-years the record has -------------------------------------------------------------------------------


def ports_in(record: Collection[Figure], *years: int) -> list[str]:
    """Return the ports (or groups) whose seizures are published for each of the years."""
    places = {figure.place for figure in record if figure.quantity == "tonnes" and figure.place != OTHERS}
    return sorted(place for place in places if all(tonnes(place, year) in record for year in years))


def smaller_pairs(record: Collection[Figure]) -> list[tuple[str, Change]]:
    """Return consecutive published years of ports other than Antwerp and Rotterdam."""
    return sorted(
        (figure.place, (figure.year, figure.year + 1))
        for figure in record
        if figure.quantity == "tonnes" and figure.place not in (ANTWERP, ROTTERDAM, OTHERS)
        and figure.year >= FIRST_YEAR and tonnes(figure.place, figure.year + 1) in record
    )  # fmt: skip


def largest_port_years(record: Collection[Figure], *, is_rotterdam: bool) -> list[tuple[str, int]]:
    """Return the port-years whose largest find is published, of Rotterdam or of the others."""
    return sorted(
        (figure.place, figure.year)
        for figure in record
        if figure.quantity == "largest t" and (figure.place == ROTTERDAM) == is_rotterdam and figure.year >= FIRST_YEAR
    )


def origin_years(record: Collection[Figure]) -> list[int]:
    """Return the years for which departure countries at Antwerp are published."""
    quantities = {figure.year for figure in record if figure.quantity.startswith("tonnes from ")
                  and not figure.quantity.endswith(WEST_AFRICA)}  # fmt: skip
    return sorted(quantities)


def known_ports(record: Collection[Figure]) -> set[str]:
    """Return the ports whose seizures are published for whole years, the members of groups among them."""
    return {code for figure in record if figure.quantity == "tonnes" for code in figure.place.split("+")}
