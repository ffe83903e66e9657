"""What would change the recommendation: image detection, and the inputs that are most uncertain."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from experiments.funding.draws import SECOND_LOOKS, SECOND_LOOKS_PRIOR, Drawn
from experiments.funding.rules import adaptive
from experiments.funding.states import image_range, with_image_detection, with_input
from experiments.funding.surrogate import Surrogate, objective
from experiments.interception_anchor import mean_image_detection
from scenarios.errors import InputError
from scenarios.world import Floats, Ints

TOLERANCE = 0.01
"""A recommendation changes where another plan is better by more than this share of what that one is worth."""
STEPS = 8
"""Steps to either side of the usual detection between which a change is looked for."""
_BISECTIONS = 7
MOST_UNCERTAIN = 5
"""Inputs of which the recommendation at both ends is looked for."""
MOVED_SEARCHES = 2 * MOST_UNCERTAIN
THRESHOLD_SEARCHES = 2 * (STEPS + _BISECTIONS)
"""Searches for the best plan at most, near the one that is known: for the ends of inputs, for a pair of thresholds."""


class Thresholds(NamedTuple):
    """Mean image detection beyond which the recommendation changes; None where it does not up to the end looked at."""

    usual: float
    below: float | None
    above: float | None
    break_even: float | None
    """Below it the recommended plan keeps off less than its staff and running cost are worth."""
    looked_from: float
    looked_to: float


class LooksThresholds(NamedTuple):
    """Factors on what second looks see below or above which the recommendation changes; None where nowhere."""

    below: float | None
    above: float | None
    break_even: float | None
    """Below it the recommended plan keeps off less than its staff and running cost are worth."""


class Moved(NamedTuple):
    """What the recommendation would be at one end of one input."""

    name: str
    value: float
    plan: Ints
    """The best portfolio there, shape (sites, offers)."""
    units_changed: int
    """Units of the recommended plan that it does not have."""
    kept_off_t: float
    """By the recommended plan there."""
    lost_t: float
    """What keeping to the recommended plan loses there, in the objective."""
    refusal: str
    """Why the surrogate could not be made there, or nothing."""


def regret_of(surrogate: Surrogate, plan: Ints, budget_cents: int) -> tuple[float, float, Ints]:
    """Return what a plan loses against the best under a surrogate, what that one is worth, and that one."""
    question = surrogate.question
    best = adaptive(question, surrogate, budget_cents, [plan], quick=True)
    worth, here = (float(objective(surrogate, question, units)) for units in (best, plan))
    return worth - here, worth, best


def detection_thresholds(
    surrogate: Surrogate, plan: Ints, budget_cents: int, low: float = 0.2, high: float = 0.9
) -> Thresholds:  # fmt: skip
    """Return the image detection at which the recommendation changes, by steps from the usual one and bisection.

    Through the interception anchor, as draws are: the way ends where it does not fit together any more.

    Args:
        surrogate: with the question.
        plan: recommended, shape (sites, offers).
        budget_cents: EU money.
        low, high: mean image detection up to which changes are looked for.
    """
    usual = mean_image_detection(surrogate.question.base.parameters)
    low, high = image_range(surrogate, low, high)

    def changes(mean: float) -> bool:
        lost, worth, _ = regret_of(with_image_detection(surrogate, mean), plan, budget_cents)
        return lost > TOLERANCE * abs(worth)

    def is_not_worth_it(mean: float) -> bool:
        there = with_image_detection(surrogate, mean)
        return float(objective(there, there.question, plan)) < 0

    return Thresholds(
        usual, first_change(changes, usual, low), first_change(changes, usual, high),
        first_change(is_not_worth_it, usual, low), low, high,
    )  # fmt: skip


def looks_thresholds(surrogate: Surrogate, plan: Ints, budget_cents: int) -> LooksThresholds:
    """Return the factor on what second looks see at which the recommendation changes, within its prior."""

    def changes(factor: float) -> bool:
        lost, worth, _ = regret_of(with_input(surrogate, SECOND_LOOKS, factor), plan, budget_cents)
        return lost > TOLERANCE * abs(worth)

    def is_not_worth_it(factor: float) -> bool:
        there = with_input(surrogate, SECOND_LOOKS, factor)
        return float(objective(there, there.question, plan)) < 0

    low, high = SECOND_LOOKS_PRIOR.support
    return LooksThresholds(
        first_change(changes, 1.0, low), first_change(changes, 1.0, high), first_change(is_not_worth_it, 1.0, low)
    )


def first_change(changes: Callable[[float], bool], start: float, end: float) -> float | None:
    """Return where something that does not hold at the start begins to hold on the way to the end; None if nowhere.

    The way is walked in `STEPS` steps, so that what holds between two of them only is overlooked; then bisected.

    Args:
        changes: whether it holds.
        start, end: of the way.
    """
    last = start
    for mean in np.linspace(start, end, STEPS + 1)[1:].tolist():
        if changes(mean):
            holds_not, holds = last, mean
            for _ in range(_BISECTIONS):
                middle = (holds_not + holds) / 2
                holds_not, holds = (holds_not, middle) if changes(middle) else (middle, holds)
            return float(holds_not + holds) / 2
        last = mean
    return None


def most_uncertain(drawn: Drawn, values: Floats, count: int = MOST_UNCERTAIN) -> list[tuple[str, float]]:
    """Return the inputs that move the value of a plan most, with the squared rank correlation, largest first.

    Args:
        drawn: draws.
        values: of the plan in each, shape (draws,).
        count: how many.
    """
    ranks = rankdata(values)
    squared = {}
    for name in drawn.names:
        column = rankdata(drawn.column(name))
        squared[name] = float(np.corrcoef(column, ranks)[0, 1] ** 2) if np.ptp(column) > 0 < np.ptp(ranks) else 0.0
    return sorted(squared.items(), key=lambda item: -item[1])[:count]


def moved_by(
    surrogate: Surrogate, plan: Ints, budget_cents: int, drawn: Drawn, names: list[str], level: float = 0.9
) -> list[Moved]:  # fmt: skip
    """Return the recommendation at both ends of some inputs, the others as they are.

    Args:
        surrogate: with the question.
        plan: recommended.
        budget_cents: EU money.
        drawn: draws, whose quantiles are the ends.
        names: of the inputs.
        level: share of the draws between the ends.
    """
    rows = []
    for name in names:
        for end in np.quantile(drawn.column(name), [(1 - level) / 2, (1 + level) / 2]).tolist():
            value = float(round(end)) if name.endswith("posts_per_unit") else end
            try:
                there = with_input(surrogate, name, value)
            except InputError as error:
                rows.append(Moved(name, value, np.zeros_like(plan), 0, np.nan, np.nan, str(error)))
                continue
            lost, _, best = regret_of(there, plan, budget_cents)
            changed = int(np.maximum(plan - best, 0).sum())
            rows.append(Moved(name, value, best, changed, float(there.kept_off_t(plan)), lost, ""))
    return rows
