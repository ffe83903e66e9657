"""Plans of every rule at every budget, and the case that each of them is simulated as."""

from __future__ import annotations

import dataclasses as dc
from dataclasses import dataclass

from experiments.funding.gain_order import gain_order
from experiments.funding.portfolio import UnitOrder, grant_cents, with_plan
from experiments.funding.question import Plan, Question
from experiments.funding.surrogate import Surrogate
from scenarios.case import Case, LeverSpec
from scenarios.world import Ints

NATIONAL, ADAPTIVE, JOINT_OWN = "national", "adaptive", "joint_own"
ROTATING, EQUIPMENT_ONLY = "rotating", "equipment_only"
_ROTATION = {"rotation": LeverSpec("alliance")}


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A plan, what it is a plan for, and how it is simulated."""

    plan: Plan
    question: Question
    """That of the answer, but for the staff of `equipment_only`."""
    order: UnitOrder
    case: Case

    @property
    def rule(self) -> str:
        """Return by which rule it was made."""
        return self.plan.rule


def question_of(question: Question, rule: str) -> Question:
    """Return the question that a rule answers: equipment alone has the staff that is there."""
    is_other = rule == EQUIPMENT_ONLY and question.staffing != "fixed"
    return dc.replace(question, staffing="fixed") if is_other else question


def make_planned(question: Question, surrogate: Surrogate, plan: Plan) -> Planned:
    """Return a plan with the case that has its purchases.

    Nothing bought is the baseline itself, but under `rotating`, where the units that are there rotate.

    Args:
        question: of the answer.
        surrogate: says in which order units are bought.
        plan: made by one of the rules.
    """
    own = question_of(question, plan.rule)
    order = gain_order(own, surrogate.asked(own), plan.units)
    case = with_plan(own, plan, order)
    return Planned(plan, own, order, rotating(case) if plan.rule == ROTATING else case)


def rotating(case: Case) -> Case:
    """Return the case with mobile units that rotate, whoever owns them."""
    regime = dc.replace(case.regime, levers={**case.regime.levers, **_ROTATION})
    return dc.replace(case, regime=regime)


def trial_case(question: Question, units: Ints) -> Case:
    """Return the case of a portfolio that is simulated for the fit: budget, caps and floors play no part in it.

    Money for twice as much sees to it that all of it is bought by the time a half is free.
    """
    free = dc.replace(question, caps={}, floors={})
    return with_plan(free, Plan("trial", 2 * grant_cents(free, units), units))
