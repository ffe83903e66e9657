"""Rules that make a portfolio of a budget: nothing, by habit, by states alone, against flows that stay, and at best.

Each returns whole units, shape (sites, offers), within the limits of the question to the cent.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from experiments.funding.choice_of_ways import best_choice
from experiments.funding.direct import efficient_ways
from experiments.funding.limits import Limits, limits_of
from experiments.funding.optimise import Task, kicked, linear_gains, optimise
from experiments.funding.question import Plan, Question
from experiments.funding.surrogate import Goal, Surrogate
from scenarios.equipment import MOBILE
from scenarios.world import Floats, Ints

RULES = (
    "nothing", "national", "traffic", "seizures", "threat", "joint_own", "adaptive", "rotating", "equipment_only",
)  # fmt: skip
_LESS_FREE = {"joint_own": ("national",), "adaptive": ("joint_own",), "rotating": ("adaptive",)}
MOST_ROUNDS = 20
"""Rounds in which states answer each other before the search for a fixed point is given up."""
_MOST_LINEAR = 2
_NEAR = 1e-4
"""Share of the gain that a start may miss."""


def nothing(question: Question) -> Ints:
    """Return the portfolio without a unit."""
    return np.zeros(question.shape, np.int64)


def traffic(question: Question, surrogate: Surrogate, budget_cents: int) -> Ints:
    """Return mobile units in proportion to at-risk boxes."""
    return _in_proportion(question, np.array([site.traffic for site in question.sites]), budget_cents)


def seizures(question: Question, surrogate: Surrogate, budget_cents: int) -> Ints:
    """Return mobile units in proportion to kilograms seized in the published record; none where there is none."""
    return _in_proportion(question, np.array([site.seizures_kg for site in question.sites]), budget_cents)


def _in_proportion(question: Question, weights: Floats, budget_cents: int) -> Ints:
    """Return units of one type in proportion to weights, one after the other where most is missing to proportion.

    While nothing binds this is the method of the largest remainder. A port or country that is full takes no more.
    """
    units, limits = nothing(question), Limits.of(question, budget_cents)
    offer = _usual_offer(question)
    if offer is None or not (weights > 0).any():
        return units
    grant = limits.grant_cents[offer]
    most = int(limits.most[:, offer].sum())
    wanted = weights / weights.sum() * (min(budget_cents // grant, most) if grant > 0 else most)
    while True:
        is_open = limits.affords(limits.spent(units), limits.country, np.full(len(units), grant))
        is_open &= (units[:, offer] < limits.most[:, offer]) & (weights > 0)
        if not is_open.any():
            return units
        units[int(np.argmax(np.where(is_open, wanted - units[:, offer], -np.inf))), offer] += 1


def _usual_offer(question: Question) -> int | None:
    """Return the type that rules of thumb buy: mobile X-ray units, or else the scanner that comes first."""
    names = [offer.terms.name for offer in question.offers]
    scanners = [row for row, offer in enumerate(question.offers) if offer.terms.kind.endswith("_scanner")]
    return names.index(MOBILE) if MOBILE in names else next(iter(scanners), None)


def threat(question: Question, surrogate: Surrogate, budget_cents: int) -> Ints:
    """Return what would be best if flows stayed where they are: exact, by a mixed-integer program."""
    return best_choice(efficient_ways(surrogate.asked(question)), Limits.of(question, budget_cents))


def adaptive(
    question: Question, surrogate: Surrogate, budget_cents: int, starts: Iterable[Ints] = (), *, quick: bool = False
) -> Ints:
    """Return the best portfolio found, displacement seen.

    Args:
        question: sites, offers, staffing.
        surrogate: what lands.
        budget_cents: EU money.
        starts: portfolios to start from beside nothing; those of smaller budgets see to it that more money never
            lowers the objective.
        quick: whether only these starts and nothing are tried.
    """
    return _best(question, surrogate, Limits.of(question, budget_cents), starts, quick=quick)


def joint_own(question: Question, surrogate: Surrogate, budget_cents: int, starts: Iterable[Ints] = ()) -> Ints:
    """Return the best portfolio for all if every state has its own envelope and nothing else."""
    return _best(question, surrogate, limits_of(question, "joint_own", budget_cents), starts)


def equipment_only(question: Question, surrogate: Surrogate, budget_cents: int, starts: Iterable[Ints] = ()) -> Ints:
    """Return the best portfolio if no post is added."""
    return adaptive(dc.replace(question, staffing="fixed"), surrogate, budget_cents, starts)


def _best(
    question: Question, surrogate: Surrogate, limits: Limits, starts: Iterable[Ints], *, quick: bool = False
) -> Ints:  # fmt: skip
    asked = surrogate.asked(question)
    task = Task.of(question, asked, limits)
    usable = [start for start in starts if limits.is_affordable(start)]
    if quick:
        return optimise(task, [nothing(question), *usable])
    ways = efficient_ways(asked)
    best = optimise(task, [nothing(question), best_choice(ways, limits, _NEAR), *usable])
    for _ in range(_MOST_LINEAR):
        further = optimise(task, [best, best_choice(linear_gains(task, best, ways), limits, _NEAR)])
        if (further == best).all():
            break
        best = further
    return kicked(task, best)


def national(
    question: Question, surrogate: Surrogate, budget_cents: int, starts: Sequence[Ints] = ()
) -> Plan:  # fmt: skip
    """Return what states buy, each from its own envelope for what lands through its own ports, the others as they buy.

    They answer each other in turn until none would change anything, or for `MOST_ROUNDS` rounds; the plan says which.

    Args:
        question: sites, offers, envelopes.
        surrogate: what all states believe.
        budget_cents: sum of the envelopes.
        starts: what they bought of a smaller budget; the last one is where they begin.
    """
    asked, limits = surrogate.asked(question), limits_of(question, "national", budget_cents)
    units = nothing(question)
    for start in starts:
        units = start.copy() if limits.is_affordable(start) else units
    tasks = []
    for row, country in enumerate(question.countries):
        own = np.array([one == country for one in asked.baseline.country], np.float64)
        goal = Goal(own, np.zeros_like(asked.goal.coasts))
        tasks.append(Task.of(question, asked, limits, goal, np.flatnonzero(limits.country == row)))
    is_settled = False
    for _ in range(MOST_ROUNDS):
        before = units
        for task in tasks:
            alone = units.copy()
            alone[task.free] = 0
            answer = optimise(task, [units, alone])
            if float(task.value(answer)) > float(task.value(units)) + task.least_gain:
                units = answer
        is_settled = bool((units == before).all())
        if is_settled:
            break
    return Plan("national", budget_cents, units, is_settled)


def make_plans(
    question: Question, surrogate: Surrogate, budgets_cents: Sequence[int] | None = None, rules: Sequence[str] = RULES
) -> list[Plan]:
    """Return the plans of all rules at all budgets, smaller budgets first.

    Args:
        question: what is asked.
        surrogate: what lands.
        budgets_cents: None for those of the question.
        rules: names, in the order wanted.
    """
    budgets = sorted(question.budgets_cents if budgets_cents is None else budgets_cents)
    so_far: dict[str, list[Ints]] = {rule: [] for rule in rules}
    plans = []
    for budget in budgets:
        for rule in rules:
            plans.append(make_plan(rule, question, surrogate, budget, so_far))
            so_far[rule].append(plans[-1].units)
    return plans


def make_plan(
    rule: str, question: Question, surrogate: Surrogate, budget_cents: int, so_far: dict[str, list[Ints]]
) -> Plan:  # fmt: skip
    """Return the plan of a rule, which also starts from its own portfolios of smaller budgets."""
    if rule not in RULES:
        raise ValueError(f"rule is {rule}; allowed: {', '.join(RULES)}")
    smaller = so_far.get(rule, [])
    # What others bought of as much money is a start too: whoever may do more is then never worse.
    others = [so_far[other][-1] for other in _LESS_FREE.get(rule, ()) if len(so_far.get(other, ())) > len(smaller)]
    if rule == "national":
        return national(question, surrogate, budget_cents, smaller)
    make: dict[str, Callable[[Question, Surrogate, int], Ints]] = {
        "nothing": lambda question, *_: nothing(question),
        "traffic": traffic,
        "seizures": seizures,
        "threat": threat,
        "adaptive": partial(adaptive, starts=[*smaller, *others]),
        "joint_own": partial(joint_own, starts=[*smaller, *others]),
        # The same units; that mobile ones move is the business of the regime.
        "rotating": partial(adaptive, starts=[*smaller, *others]),
        "equipment_only": partial(equipment_only, starts=smaller),
    }
    is_made = rule == "rotating" and bool(others)
    return Plan(rule, budget_cents, others[-1] if is_made else make[rule](question, surrogate, budget_cents))
