"""What is not known: parameters and scenarios, on the surrogate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from experiments.contrasts import CONFIDENCE
from experiments.funding.asked import million
from experiments.funding.draws import (
    SECOND_LOOKS_PRIOR,
    Drawn,
    draw_surrogates,
    has_second_looks,
    reoptimised,
    share_chosen,
    values_of,
)
from experiments.funding.fit import Fit
from experiments.funding.planned import ADAPTIVE, EQUIPMENT_ONLY, ROTATING, question_of
from experiments.funding.question import Plan, Question
from experiments.funding.rules import adaptive
from experiments.funding.sensitivity import (
    MOVED_SEARCHES,
    THRESHOLD_SEARCHES,
    detection_thresholds,
    looks_thresholds,
    most_uncertain,
    moved_by,
)
from experiments.funding.states import Scenario, scenario_count, scenarios
from experiments.funding.surrogate import Surrogate, yearly_cost_t
from experiments.funding.value_of_information import evpi, evppi
from experiments.stress_tables import Row
from scenarios.world import Floats, Ints


class Interval(NamedTuple):
    """Ends of an interval; NaN where there is none."""

    low: float
    high: float


NO_INTERVAL = Interval(math.nan, math.nan)
TEN_MILLION_CENTS = 1_000_000_000
_LEAST_IN_A_BIN = 8
"""Draws; with fewer in a part the maximum of its means is mostly luck."""
_MOST_BINS = 10
_EVERYTHING = "all"


def interval_of(values: Floats) -> Interval:
    """Return the range that holds 95 % of draws; none without any."""
    if not values.size:
        return NO_INTERVAL
    low, high = np.quantile(values, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    return Interval(float(low), float(high))


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """Draws of parameters with the surrogate of each, and what they and scenarios say; nothing of it is simulated."""

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
    off: Floats = field(default_factory=lambda: np.ones(1))
    """Factor by which the surrogate itself may be off in each draw, shape (draws,), or (1,) for all."""
    _known: dict[int, Floats] = field(default_factory=dict, repr=False)

    def kept_off_draws(self, plan: Plan) -> Floats:
        """Return tonnes a year that a plan keeps off, by draw, the error of the surrogate drawn too."""
        if id(plan) not in self._known:
            asked = [one.asked(question_of(one.question, plan.rule)) for one in self.surrogates]
            values = [float(one.kept_off_t(plan.units)) for one in asked]
            self._known[id(plan)] = np.array(values, np.float64) * self.off
        return self._known[id(plan)]

    def kept_off(self, plan: Plan) -> Interval:
        """Return what parameters and the error of the surrogate leave open in what a plan keeps off."""
        return interval_of(self.kept_off_draws(plan))

    def marginal(self, low_cents: int, high_cents: int) -> Interval:
        """Return the same of what each further EUR 10 million keeps off, from one budget to the next."""
        high, low = (self.kept_off_draws(self.plans[ADAPTIVE, cents]) for cents in (high_cents, low_cents))
        return interval_of((high - low) / (high_cents - low_cents) * TEN_MILLION_CENTS)

    def step(self, more: Plan, less: Plan) -> Interval:
        """Return the same of what one plan is worth more than another, kept off less staff and running cost.

        Posts of a unit are drawn, so that each draw has its own cost.
        """
        cost_t = np.array([yearly_cost_t(one.question) for one in self.surrogates])
        cost = (cost_t @ (more.units - less.units).sum(axis=0)) if len(cost_t) else np.zeros(0)
        return interval_of(self.kept_off_draws(more) - self.kept_off_draws(less) - cost)


def chosen_share_at(known: Uncertainty, plan: Plan) -> Floats:
    """Return in which share of draws the units of a plan are chosen, shape (sites, offers); NaN where not known.

    It is known where the best portfolio was sought in every draw: at the budgets that are simulated.
    """
    chosen = known.chosen.get(plan.budget_cents)
    return np.full(plan.units.shape, math.nan) if chosen is None else share_chosen(chosen, plan.units)


def most_searches(question: Question, draws: int) -> int:
    """Return how many searches for the best plan near a known one a budget takes at most.

    One for each draw, each scenario, both ends of the most uncertain inputs, and those for thresholds.
    """
    return draws + scenario_count(question) + MOVED_SEARCHES + _threshold_searches(question)


def _threshold_searches(question: Question) -> int:
    return THRESHOLD_SEARCHES * (2 if has_second_looks(question) else 1)


def uncertainty(
    fitted: Fit, plans: dict[tuple[str, int], Plan], recommended: dict[int, Plan], draws: int, seed: int,
    note: Callable[[int, int], None] = lambda done, planned: None,
) -> Uncertainty:  # fmt: skip
    """Return what is not known.

    Args:
        fitted: the surrogate, with how sure its factors are.
        plans: of all rules, by rule and budget.
        recommended: by budget in cents, those of which more is asked.
        draws: from the priors.
        seed: of the experiment.
        note: called with steps done and planned; a step is the search for a best portfolio.
    """
    surrogate = fitted.surrogate
    drawn = draw_surrogates(fitted, draws, seed)
    chosen, done, planned = {}, 0, len(recommended) * most_searches(surrogate.question, draws)
    for cents, plan in recommended.items():

        def each(searched: int, before: int = done) -> None:
            note(before + searched, planned)

        chosen[cents] = reoptimised(drawn.surrogates, cents, plan.units, each)
        done += draws
    states = scenarios(surrogate)
    regrets: list[Row] = []
    for cents, plan in recommended.items():
        regrets += _regret(states, [p for p in plans.values() if p.budget_cents == cents], plan)
        done += len(states)
        note(done, planned)
    information = [
        row
        for cents in recommended
        for row in _information(drawn, [p for p in plans.values() if p.budget_cents == cents], chosen[cents], seed)
    ]
    # What would be better is asked of the plan that is best on the surrogate, whatever the simulations prefer.
    sensitivity: list[Row] = []
    detection: list[Row] = []
    for plan in (plans[ADAPTIVE, cents] for cents in recommended):
        sensitivity += _sensitivity(surrogate, drawn, plan)
        done += MOVED_SEARCHES
        note(done, planned)
        detection += _detection(surrogate, plan)
        done += _threshold_searches(surrogate.question)
        note(done, planned)
    return Uncertainty(
        plans,
        drawn.surrogates,
        chosen,
        tuple(regrets),
        tuple(information),
        tuple(sensitivity),
        tuple(detection),
        drawn.off,
    )


def _competing(plans: list[Plan]) -> list[Plan]:
    """Return plans with the staff that is asked about; rotation has the units of the adaptive plan."""
    return [plan for plan in plans if plan.rule not in (EQUIPMENT_ONLY, ROTATING)]


def _regret(states: list[Scenario], plans: list[Plan], recommended: Plan) -> Iterator[Row]:
    competing, cents = _competing(plans), recommended.budget_cents
    units = np.array([plan.units for plan in competing])
    for state in states:
        own = adaptive(state.surrogate.question, state.surrogate, cents, [recommended.units], quick=True)
        values = state.values(np.concatenate([units, own[None]]))
        best = float(values.max())
        for plan, value in zip(competing, values[:-1].tolist(), strict=True):
            yield million(cents), state.name, state.about, plan.rule, value, best, best - value


def _information(drawn: Drawn, plans: list[Plan], chosen: Ints, seed: int) -> Iterator[Row]:
    """Yield what knowing everything, and each parameter, is worth; candidates are all plans and what draws chose."""
    budget, draws = million(plans[0].budget_cents), len(drawn.surrogates)
    units = np.unique(np.concatenate([np.array([plan.units for plan in _competing(plans)]), chosen]), axis=0)
    values = values_of(drawn.surrogates, units)
    yield budget, _EVERYTHING, evpi(values), draws
    bins = min(_MOST_BINS, draws // _LEAST_IN_A_BIN)
    if bins > 1:
        for name in drawn.names:
            yield budget, name, evppi(values, drawn.column(name), seed, bins), draws


def _sensitivity(surrogate: Surrogate, drawn: Drawn, plan: Plan) -> Iterator[Row]:
    values = values_of(drawn.surrogates, plan.units[None])[:, 0]
    explained = dict(most_uncertain(drawn, values))
    for one in moved_by(surrogate, plan.units, plan.budget_cents, drawn, list(explained)):
        yield (
            million(plan.budget_cents), one.name, explained[one.name], one.value, one.kept_off_t, one.lost_t,
            one.units_changed, int(plan.units.sum()), one.refusal,
        )  # fmt: skip


def _detection(surrogate: Surrogate, plan: Plan) -> Iterator[Row]:
    found = detection_thresholds(surrogate, plan.units, plan.budget_cents)
    ends = {"another plan is better, below": (found.below, found.looked_from),
            "another plan is better, above": (found.above, found.looked_to),
            "not worth its yearly cost, below": (found.break_even, found.looked_from)}  # fmt: skip
    for what, (at, looked_to) in ends.items():
        yield million(plan.budget_cents), what, found.usual, math.nan if at is None else at, looked_to
    if not has_second_looks(surrogate.question):
        return
    looks, (low, high) = looks_thresholds(surrogate, plan.units, plan.budget_cents), SECOND_LOOKS_PRIOR.support
    for what, at, looked_to in (
        ("another plan is better, below", looks.below, low),
        ("another plan is better, above", looks.above, high),
        ("not worth its yearly cost, below", looks.break_even, low),
    ):
        about = f"second looks, times what is assumed: {what}"
        yield million(plan.budget_cents), about, 1.0, math.nan if at is None else at, looked_to
