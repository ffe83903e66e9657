"""The question of `waterbed size`: who may get which equipment, out of which budget, with which staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scenarios.case import Case
from scenarios.equipment import UnitTerms
from scenarios.world import Ints

CENTS = 100
_SHARE_STEPS = 1_000_000
"""Shares are counted in millionths, so that a part of an amount is an exact number of cents."""

Staffing = Literal["fixed", "matching"]


def part_cents(cents: int, share: float) -> int:
    """Return a share of an amount in whole cents, rounded down."""
    return cents * round(share * _SHARE_STEPS) // _SHARE_STEPS


@dataclass(frozen=True, slots=True)
class Offer:
    """A type of equipment that grants pay for."""

    terms: UnitTerms
    most_per_port: int
    """Units of it that one port may get."""

    @property
    def capital_cents(self) -> int:
        """Return price and works of a unit, in cents."""
        return round(self.terms.capital_eur * CENTS)

    def grant_cents(self, share: float) -> int:
        """Return what the Commission pays of a unit, in cents; a part of a cent counts as one.

        Args:
            share: co-financing share of the capital, 0 to 1.
        """
        return -part_cents(-self.capital_cents, share)

    @property
    def running_cents_per_year(self) -> int:
        """Return the yearly running cost of a unit, which the state bears, in cents."""
        return round(self.terms.running_eur_per_year * CENTS)


@dataclass(frozen=True, slots=True)
class Site:
    """A port that may get equipment, as it stands before any grant."""

    entry: int
    """Its position among the entry ports of the world."""
    code: str
    name: str
    country: str
    port_range: str
    scans_per_year: float
    """Achieved baseline capacity, with what was ordered before 2024."""
    posts: float
    """Control posts of that capacity."""
    traffic: float
    """At-risk boxes a year."""
    seizures_kg: float
    """Kilograms a year in the published record up to 2023; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: budgets, who may get what, on which terms, and how equipment is staffed.

    ``caps`` and ``floors`` are shares of a budget by country; ``envelopes`` has the share of a budget that each
    country has by itself where envelopes are not pooled. Countries not named have no cap, no floor, no envelope.
    """

    base: Case
    offers: tuple[Offer, ...]
    sites: tuple[Site, ...]
    budgets_cents: tuple[int, ...]
    """EU money for capital, in cents."""
    cofinancing_share: float
    """Share of capital that the EU pays; the state pays the rest."""
    phasing: tuple[float, ...]
    """Share of a budget that becomes available each first of January, from the start of the analysis on."""
    staffing: Staffing
    discount_rate: float
    post_eur_per_year: float
    worth_eur_per_kg: float
    """What a kilogram kept off the market is worth: turns yearly cost into tonnes."""
    caps: dict[str, float]
    floors: dict[str, float]
    envelopes: dict[str, float]

    @property
    def shape(self) -> tuple[int, int]:
        """Return sites and offers: the shape of a portfolio."""
        return len(self.sites), len(self.offers)

    @property
    def countries(self) -> tuple[str, ...]:
        """Return the countries of the sites, sorted."""
        return tuple(sorted({site.country for site in self.sites}))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A portfolio that a rule makes of a budget."""

    rule: str
    budget_cents: int
    units: Ints
    """Units bought, shape (sites, offers)."""
    is_settled: bool = True
    """Whether states that answer each other came to rest: only `national` may not."""
