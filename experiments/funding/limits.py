"""What may be bought: money by country and in all, and units by port, in cents and whole numbers."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.funding.question import Question, part_cents
from scenarios.world import Bools, Ints

OWN_ENVELOPES = ("national", "joint_own")
"""Rules by which every state spends its own share of a budget and nothing else."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Limits of a portfolio. A floor is money kept for a country, whether it is worth spending there or not."""

    grant_cents: Ints
    """Of a unit, by offer."""
    most: Ints
    """Units, shape (sites, offers)."""
    country: Ints
    """Row of the country of each site."""
    budget_cents: int
    caps_cents: Ints
    """By country."""
    floors_cents: Ints
    """By country; what is left of them is nobody else's."""

    @staticmethod
    def of(question: Question, budget_cents: int, caps: Mapping[str, float] | None = None) -> Limits:
        """Return the limits of a budget.

        Args:
            question: offers, sites, caps and floors.
            budget_cents: EU money.
            caps: share of the budget by country, nothing where a country is not named; None for the caps of the
                question, which leave the others free.
        """
        names = question.countries
        given = question.caps if caps is None else caps
        free = 1.0 if caps is None else 0.0
        most = np.array([offer.most_per_port for offer in question.offers], np.int64)
        return Limits(
            np.array([offer.grant_cents(question.cofinancing_share) for offer in question.offers], np.int64),
            np.tile(most, (len(question.sites), 1)),
            np.array([names.index(site.country) for site in question.sites], np.int64),
            budget_cents,
            np.array([part_cents(budget_cents, min(given.get(name, free), 1.0)) for name in names], np.int64),
            np.array([part_cents(budget_cents, question.floors.get(name, 0.0)) for name in names], np.int64),
        )

    @property
    def countries(self) -> int:
        """Return the number of countries."""
        return self.caps_cents.size

    def spent(self, units: Ints) -> Ints:
        """Return grants by country, in cents."""
        spent = np.zeros(self.countries, np.int64)
        np.add.at(spent, self.country, units @ self.grant_cents)
        return spent

    def is_affordable(self, units: Ints) -> bool:
        """Return whether a portfolio keeps all limits, to the cent."""
        spent = self.spent(units)
        is_within = (spent <= self.caps_cents).all() and np.maximum(spent, self.floors_cents).sum() <= self.budget_cents
        return bool(is_within and (units >= 0).all() and (units <= self.most).all())

    def affords(self, spent: Ints, country: Ints, cents: Ints) -> Bools:
        """Return whether money allows to spend further cents in a country, one answer a row.

        Args:
            spent: by country, now.
            country, cents: of each change; cents may be below zero.
        """
        then = spent[country] + cents
        more = self._claim(then, country) - self._claim(spent[country], country)
        claimed = np.maximum(spent, self.floors_cents).sum()
        affords: Bools = (then <= self.caps_cents[country]) & (claimed + more <= self.budget_cents)
        return affords

    def affords_both(self, spent: Ints, country: tuple[Ints, Ints], cents: tuple[Ints, Ints]) -> Bools:
        """Return whether money allows two changes together, one answer a row."""
        (first, second), (one, other) = country, cents
        is_same = first == second
        then_first = spent[first] + one + np.where(is_same, other, 0)
        then_second = spent[second] + other + np.where(is_same, one, 0)
        more_first = self._claim(then_first, first) - self._claim(spent[first], first)
        more_second = self._claim(then_second, second) - self._claim(spent[second], second)
        claimed = np.maximum(spent, self.floors_cents).sum() + more_first + np.where(is_same, 0, more_second)
        affords: Bools = (
            (then_first <= self.caps_cents[first])
            & (then_second <= self.caps_cents[second])
            & (claimed <= self.budget_cents)
        )
        return affords

    def _claim(self, spent: Ints, country: Ints) -> Ints:
        claim: Ints = np.maximum(spent, self.floors_cents[country])
        return claim


def limits_of(question: Question, rule: str, budget_cents: int) -> Limits:
    """Return the limits of a rule: where states have envelopes of their own, these take the place of floors.

    No state spends more than its envelope, or more than its cap.

    Args:
        question: offers, sites, caps, floors and envelopes.
        rule: one of those that make plans.
        budget_cents: EU money.
    """
    if rule not in OWN_ENVELOPES:
        return Limits.of(question, budget_cents)
    own = {
        country: min(question.envelopes.get(country, 0.0), question.caps.get(country, 1.0))
        for country in question.countries
    }
    return Limits.of(dc.replace(question, floors={}), budget_cents, own)
