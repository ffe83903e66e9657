"""What the answer to a funding question consists of, put together from plans, runs and the surrogate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from experiments.contrasts import CONFIDENCE, Contrast, half_width, paired_contrast
from experiments.funding.planned import ADAPTIVE, EQUIPMENT_ONLY, JOINT_OWN, NATIONAL, ROTATING, Planned
from experiments.funding.portfolio import yearly_cost_eur
from experiments.funding.shortlist import Selection, left_after, select
from experiments.funding.simulated import LEVER_COST, LEVER_POSTS, Outcomes
from experiments.funding.surrogate import yearly_cost_t
from scenarios.world import Bools, Floats
from sim.streams import Floats as Values

_KG_PER_T = 1000.0
COORDINATION, POOLING = "coordination", "pooled envelopes"
STEPS = {COORDINATION: (JOINT_OWN, NATIONAL), POOLING: (ADAPTIVE, JOINT_OWN)}
"""What each adds: the first rule less the second."""
ROTATED_GRANT = "grant, units rotate"
"""What the grant adds where units rotate anyway: rotating with a grant, less rotating alone."""
NEVER_LEFT = (NATIONAL, JOINT_OWN, ADAPTIVE)
"""Rules whose plans are run to the end, since their differences are answers themselves."""
_ROUNDING_T = 1e-6


@dataclass(frozen=True, slots=True)
class EurPerKg:
    """Yearly cost over kilograms kept off in a year; NaN where the interval of kilograms holds 0."""

    mean: float
    low: float
    high: float

    @property
    def is_resolved(self) -> bool:
        """Return whether there is a number at all."""
        return math.isfinite(self.mean)


NOT_RESOLVED = EurPerKg(math.nan, math.nan, math.nan)


def eur_per_kg(cost_eur: float, kept_off: Contrast) -> EurPerKg:
    """Return what a kilogram costs, with the interval of Fieller.

    Yearly cost is known, so that Fieller's interval of the ratio is cost over the ends of the interval of kilograms,
    and is not bounded where this holds 0 (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x).

    Args:
        cost_eur: capital as annuities, running cost and posts of a year.
        kept_off: tonnes a year.
    """
    if not kept_off.is_resolved or kept_off.low <= 0 or cost_eur <= 0:
        return NOT_RESOLVED
    ends = (kept_off.high, kept_off.low)
    low, high = (cost_eur / (end * _KG_PER_T) for end in ends)
    return EurPerKg(cost_eur / (kept_off.difference * _KG_PER_T), low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A plan with its runs, and the runs without a grant that have the same luck."""

    planned: Planned
    found: Outcomes
    baseline: Outcomes
    """The same replications."""

    @property
    def kept_off(self) -> Contrast:
        """Return tonnes a year less landed."""
        return paired_contrast(self.baseline.landed_t, self.found.landed_t)

    @property
    def kept_off_t(self) -> Values:
        """Return the same by replication."""
        return self.baseline.landed_t - self.found.landed_t

    @property
    def value_t(self) -> Values:
        """Return that less what staff and running cost are worth, as the optimiser counts, by replication.

        What levers take of the accounts of states more than without the plan counts too: drives of units that rotate.
        """
        own = self.planned.question
        units_t = float((self.planned.plan.units @ yearly_cost_t(own)).sum())
        return self.kept_off_t - units_t - self.levers_eur / (own.worth_eur_per_kg * _KG_PER_T)

    @property
    def levers_eur(self) -> Values:
        """Return what levers and coordination cost in a year more than without the plan, by replication.

        Posts that they take count with matching staff; with fixed staff they are paid anyway.
        """
        own, found, without = self.planned.question, self.found.facts, self.baseline.facts
        post_eur = own.post_eur_per_year if own.staffing == "matching" else 0.0
        return found[LEVER_COST] - without[LEVER_COST] + post_eur * (found[LEVER_POSTS] - without[LEVER_POSTS])

    @property
    def yearly_cost_eur(self) -> float:
        """Return capital as annuities, running cost, posts, and the mean of what levers cost more."""
        return yearly_cost_eur(self.planned.question, self.planned.plan.units) + float(self.levers_eur.mean())

    @property
    def eur_per_kg(self) -> EurPerKg:
        """Return what a kilogram less landed costs."""
        return eur_per_kg(self.yearly_cost_eur, self.kept_off)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The simulated plans of a budget."""

    budget_cents: int
    plans: tuple[Simulated, ...]
    selection: Selection | None
    """Of those that compete, in their order; None where there is none."""

    @property
    def competing(self) -> list[Simulated]:
        """Return the plans among which the best is sought: all but equipment without staff."""
        return [one for one in self.plans if competes(one.planned)]

    @property
    def best(self) -> Simulated:
        """Return the plan with the greatest mean of those that were run to the end."""
        assert self.selection is not None
        return self.competing[self.selection.best]

    @property
    def recommended(self) -> Simulated:
        """Return the adaptive plan if nothing simulated is better for certain, else the best."""
        assert self.selection is not None
        for one, is_tied in zip(self.competing, self.selection.is_tied.tolist(), strict=True):
            if one.planned.rule == ADAPTIVE and is_tied:
                return one
        return self.best

    def of(self, rule: str) -> Simulated | None:
        """Return the plan of a rule, if it was simulated."""
        return next((one for one in self.plans if one.planned.rule == rule), None)

    def standing(self, one: Simulated) -> str:
        """Return in words how a plan came out."""
        if self.selection is None or not competes(one.planned):
            return "other staff"
        row = next(i for i, other in enumerate(self.competing) if other is one)
        if row == self.selection.best:
            return "best"
        if self.selection.is_tied[row]:
            return "tied"
        is_run_on = one.found.replications == self.best.found.replications
        return "behind" if is_run_on or not self.selection.is_left_early[row] else "left early"


def competes(planned: Planned) -> bool:
    """Return whether a plan has the staff that is asked about."""
    return planned.rule != EQUIPMENT_ONLY


def goes_on(plans: Sequence[Simulated]) -> Bools:
    """Return which plans are run on after the first replications.

    Args:
        plans: of a budget, with the first replications.
    """
    stays = np.array([one.planned.rule in NEVER_LEFT or not competes(one.planned) for one in plans], np.bool_)
    rows = [i for i, one in enumerate(plans) if competes(one.planned)]
    if rows:
        is_left = left_after(np.stack([plans[i].value_t for i in rows]))
        stays[[row for row, left in zip(rows, is_left.tolist(), strict=True) if not left]] = True
    return stays


def compare_plans(budget_cents: int, plans: Sequence[Simulated], first: int, replications: int) -> Compared:
    """Return the plans of a budget with the best of them.

    Args:
        budget_cents: of all of them.
        plans: with the replications that each has.
        first: replications of the first stage.
        replications: of those that went on.
    """
    values = np.full((len(plans), replications), np.nan)
    for row, one in enumerate(plans):
        values[row, : one.found.replications] = one.value_t
    rows = [i for i, one in enumerate(plans) if competes(one.planned)]
    return Compared(budget_cents, tuple(plans), select(values[rows], first) if rows else None)


@dataclass(frozen=True, slots=True)
class Gap:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def is_resolved(self) -> bool:
        """Return whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, eq=False)
class Curse:
    """What a plan promised, gave in the simulations in which it was chosen, and gave on fresh luck."""

    first: Simulated
    promised_t: float
    fresh: Simulated

    @property
    def gap_first(self) -> Gap:
        """Return first less fresh: two samples of their own luck, with their own variances (Welch 1947)."""
        one, other = self.first.kept_off_t, self.fresh.kept_off_t
        return welch(one, other)

    @property
    def gap_promised(self) -> Gap:
        """Return promised less fresh."""
        values = self.fresh.kept_off_t
        mean, width = self.promised_t - float(values.mean()), half_width(values)
        return Gap(mean, mean - width, mean + width)


def welch(one: Values, other: Values) -> Gap:
    """Return the difference of the means of two independent samples (Welch 1947, doi:10.1093/biomet/34.1-2.28)."""
    variances = np.array([values.var(ddof=1) / values.size for values in (one, other)])
    mean, total = float(one.mean() - other.mean()), float(variances.sum())
    if total == 0:
        return Gap(mean, mean, mean)
    freedom = total**2 / float((variances**2 / np.array([one.size - 1, other.size - 1])).sum())
    width = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2)) * math.sqrt(total)
    return Gap(mean, mean - width, mean + width)


class Step(NamedTuple):
    """One simulated plan less another: what plans are made for, and beside it what is kept off and what it costs.

    What they are made for is kept off less what staff and running cost are worth; kept off alone may be less where the
    better plan saves staff.
    """

    value: Contrast
    """Tonnes a year."""
    kept_off: Contrast
    cost_eur: float
    """A year."""


def step(compared: Compared, what: str) -> Step | None:
    """Return what a step adds at a budget, simulated: coordination, or pooled envelopes.

    Args:
        compared: plans of the budget.
        what: one of `STEPS`.
    """
    more, less = (compared.of(rule) for rule in STEPS[what])
    return None if more is None or less is None else step_between(more, less)


def rotated_grant(compared: Compared, alone: Simulated | None) -> Step | None:
    """Return what a grant adds where units rotate anyway: rotating with it, less rotating alone."""
    more = compared.of(ROTATING)
    return None if more is None or alone is None else step_between(more, alone)


def step_between(more: Simulated, less: Simulated) -> Step:
    """Return one simulated plan less another, over the replications that both have."""
    n = min(more.found.replications, less.found.replications)
    return Step(
        paired_contrast(more.value_t[:n], less.value_t[:n]),
        paired_contrast(less.found.landed_t[:n], more.found.landed_t[:n]),
        more.yearly_cost_eur - less.yearly_cost_eur,
    )


def knee(budgets: Sequence[float], kept_off_t: Sequence[float]) -> int | None:
    """Return the position of the knee of a curve: where it is furthest above the line from its first to its last point.

    Kneedle (Satopaa, Albrecht, Irwin and Raghavan 2011, doi:10.1109/ICDCSW.2011.20) without smoothing; None where the
    curve is nowhere above the line, or there are fewer than three points.

    Args:
        budgets: rising.
        kept_off_t: at each of them.
    """
    if len(budgets) < 3:
        return None
    x, y = np.array(budgets, np.float64), np.array(kept_off_t, np.float64)
    line = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    above: Floats = y - line
    best = int(np.argmax(above))
    return best if above[best] > _ROUNDING_T * max(1.0, float(np.abs(y).max())) else None


def marginal_t(budgets: Sequence[float], kept_off_t: Sequence[float]) -> list[float]:
    """Return tonnes kept off more for each further EUR 10 million, one a step.

    Args:
        budgets: EUR million, rising.
        kept_off_t: at each of them.
    """
    steps = zip(budgets, budgets[1:], kept_off_t, kept_off_t[1:], strict=False)
    return [10 * (more - less) / (high - low) for low, high, less, more in steps]


def times_wider(replications: int, full: int) -> float:
    """Return how many times wider a t interval over few replications is than one over many, for the same spread."""

    def width(n: int) -> float:
        return float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) / math.sqrt(n)

    return width(replications) / width(full)
