"""What is not known: parameters and scenarios, on the surrogate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from experiments.contrasts import CONFIDENCE
from experiments.funding.answers import chosen_share
from experiments.funding.planned import ADAPTIVE, question_of
from experiments.funding.question import Plan, Question
from experiments.funding.surrogate import Surrogate
from experiments.stress_tables import Row
from scenarios.world import Floats, Ints


class Interval(NamedTuple):
    """Ends of an interval; NaN where there is none."""

    low: float
    high: float


NO_INTERVAL = Interval(math.nan, math.nan)


def interval_of(values: Floats) -> Interval:
    """Return the range that holds 95 % of draws; none without any."""
    if not values.size:
        return NO_INTERVAL
    low, high = np.quantile(values, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    return Interval(float(low), float(high))


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """Draws of parameters with the surrogate of each, and what they and scenarios say; nothing of it is simulated."""

    question: Question
    plans: dict[tuple[str, int], Plan]
    """By rule and budget in cents."""
    surrogates: tuple[Surrogate, ...]
    """One a draw."""
    chosen: dict[int, Ints]
    """By budget in cents, what is best in each draw, shape (draws, sites, offers)."""
    regret: tuple[Row, ...] = ()
    """Rows of the table funding_regret; so with the others."""
    information: tuple[Row, ...] = ()
    sensitivity: tuple[Row, ...] = ()
    detection: tuple[Row, ...] = ()
    _known: dict[int, Floats] = field(default_factory=dict, repr=False)

    def kept_off_draws(self, plan: Plan) -> Floats:
        """Return tonnes a year that a plan keeps off, by draw."""
        if id(plan) not in self._known:
            asked = question_of(self.question, plan.rule)
            values = [float(one.asked(asked).kept_off_t(plan.units)) for one in self.surrogates]
            self._known[id(plan)] = np.array(values, np.float64)
        return self._known[id(plan)]

    def kept_off(self, plan: Plan) -> Interval:
        """Return what parameters leave open in what a plan keeps off."""
        return interval_of(self.kept_off_draws(plan))

    def marginal(self, low_cents: int, high_cents: int) -> Interval:
        """Return the same of what each further EUR 10 million keeps off, from one budget to the next."""
        high, low = (self.kept_off_draws(self.plans[ADAPTIVE, cents]) for cents in (high_cents, low_cents))
        return interval_of((high - low) / (high_cents - low_cents) * TEN_MILLION_CENTS)

    def step(self, more: Plan, less: Plan) -> Interval:
        """Return the same of the difference of two plans."""
        return interval_of(self.kept_off_draws(more) - self.kept_off_draws(less))


TEN_MILLION_CENTS = 1_000_000_000


def chosen_share_at(known: Uncertainty, plan: Plan) -> Floats:
    """Return in which share of draws the units of a plan are chosen, shape (sites, offers); NaN where not known.

    It is known where the best portfolio was sought in every draw: at the budgets that are simulated.
    """
    nobody = np.zeros((0, *plan.units.shape), np.int64)
    return chosen_share(plan.units, known.chosen.get(plan.budget_cents, nobody))
