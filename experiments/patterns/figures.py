"""Figures: the one form in which the published record and a run say the same things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

ANTWERP, ROTTERDAM, VLISSINGEN, GIOIA_TAURO = "BEANR", "NLRTM", "NLVLI", "ITGIT"
HAMBURG = "DEHAM+DEBRV"
"""Hamburg with Bremerhaven: published together in 2020 to 2022."""
DUTCH_PORTS = "NLRTM+NLVLI+NLMOE+NLAMS"
OTHERS = "EU without Antwerp and Rotterdam"
MARKET = "wholesale market"
GROUPS = (HAMBURG, DUTCH_PORTS)
"""Ports counted as one; the members are joined by a plus sign."""
WEST_AFRICA = "WAF"


class Figure(NamedTuple):
    """The address of a number: what it counts, where, in which year."""

    quantity: str
    place: str
    year: int


Figures = Mapping[Figure, float]
"""Values; what is not known is not there."""


def tonnes(place: str, year: int) -> Figure:
    """Return the address of the tonnes seized at a place in a year."""
    return Figure("tonnes", place, year)


def tonnes_from(origin: str, place: str, year: int) -> Figure:
    """Return the address of the tonnes seized at a place that came from a departure country or region."""
    return Figure(f"tonnes from {origin}", place, year)


def tonnes_not_from(origin: str, place: str, year: int) -> Figure:
    """Return the address of the other tonnes seized at a place."""
    return Figure(f"tonnes not from {origin}", place, year)


def rank_of(method: str, place: str, year: int) -> Figure:
    """Return the address of the rank of a concealment method by number of finds: 1 is the most frequent."""
    return Figure(f"rank of {method}", place, year)
