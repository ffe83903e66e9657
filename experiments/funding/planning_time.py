"""How long plans take, and what is asked about them on the surrogate, all in this process: said beforehand."""

from __future__ import annotations

import time

from experiments.funding.asked import Asked
from experiments.funding.baseline import make_baseline
from experiments.funding.fit import unfitted
from experiments.funding.planned import ADAPTIVE, EQUIPMENT_ONLY, JOINT_OWN, NATIONAL
from experiments.funding.rules import adaptive
from experiments.funding.simulated import Outcomes
from experiments.funding.uncertainty import most_searches

_SOUGHT = (ADAPTIVE, EQUIPMENT_ONLY, JOINT_OWN, NATIONAL)
"""Rules whose plans take long; the others are made at once."""


def searches(asked: Asked) -> tuple[int, int]:
    """Return how many plans are sought, and how many at most near a plan that is known, to see what would change it."""
    budgets = sum(cents > 0 for cents in asked.question.budgets_cents)
    simulated = len(asked.options.simulated_budgets)
    near = simulated * most_searches(asked.question, asked.options.draws)
    return budgets * len(_SOUGHT) + simulated * asked.options.refinements, near


def planning_seconds(asked: Asked, found: Outcomes) -> float:
    """Return about how long plans, draws, scenarios and thresholds take: one search of each kind is made and timed.

    Args:
        asked: the question, and how many draws are made.
        found: runs without a grant.
    """
    question, budget = asked.question, max(asked.question.budgets_cents)
    surrogate = unfitted(question, make_baseline(question, found))
    start = time.perf_counter()
    units = adaptive(question, surrogate, budget)
    between = time.perf_counter()
    adaptive(question, surrogate, budget, [units], quick=True)
    end = time.perf_counter()
    plans, near = searches(asked)
    return plans * (between - start) + near * (end - between)
