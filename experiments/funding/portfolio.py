"""What a portfolio costs, what its staff let it achieve, when it is bought, and the case that has it.

A portfolio is an array of whole units, shape (sites, offers). Grants are counted in cents: a budget is a hard line.
"""

from __future__ import annotations

import dataclasses as dc
import datetime
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.crew import checks_by_unit, crewed
from experiments.funding.limits import limits_of
from experiments.funding.question import Plan, Question, part_cents
from scenarios.case import Case, Purchase
from scenarios.equipment import capital_recovery_factor
from scenarios.world import Bools, Floats, Ints

_LEAST_CREW = 1e-9
"""Below this part of a unit it has no crew; sums of posts are no rounder."""

UnitOrder = Sequence[tuple[int, int]]
"""Site and offer of every unit of a portfolio, the first to be bought first."""
Batch = tuple[int, int, int, int]
"""Units bought together: year, site, offer, units."""


# ---- money ---------------------------------------------------------------------------------------------------------


def grant_cents(question: Question, units: Ints) -> int:
    """Return what the Commission pays of a portfolio, in cents."""
    return int((units @ _grants(question)).sum())


def capital_cents(question: Question, units: Ints) -> int:
    """Return price and works of a portfolio, whoever pays, in cents."""
    return int((units @ np.array([offer.capital_cents for offer in question.offers], np.int64)).sum())


def is_affordable(question: Question, units: Ints, budget_cents: int, rule: str = "") -> bool:
    """Return whether a budget pays for a portfolio, within caps and beside what floors set aside, to the cent.

    A floor sets its share of the budget aside for a country, whether that is used or not: others share the rest.
    Where a rule gives every state an envelope of its own, these take the place of floors.

    Args:
        question: offers, sites, co-financing share, caps, floors and envelopes.
        units: shape (sites, offers).
        budget_cents: EU money.
        rule: that made it; any other than those with own envelopes has the budget in common.
    """
    return limits_of(question, rule, budget_cents).is_affordable(units)


def is_at_most(question: Question, units: Ints) -> Bools:
    """Return where a portfolio has as many units as a port may get, so that the limit shapes it; shape as units."""
    at_most: Bools = (units > 0) & (units >= np.array([offer.most_per_port for offer in question.offers]))
    return at_most


class YearlyCost(NamedTuple):
    """What a portfolio costs in a year of its life, in euros."""

    capital_eur: float
    """Price and works as annuities, of grants and of what states add."""
    running_eur: float
    staff_eur: float
    """Of further posts; none where staff is fixed."""


def yearly_costs(question: Question, units: Ints) -> YearlyCost:
    """Return the yearly cost of a portfolio by kind: capital is spread over the life of each type.

    Args:
        question: offers, discount rate, cost of a post, staffing.
        units: shape (sites, offers).
    """
    terms, count = [offer.terms for offer in question.offers], units.sum(axis=0).tolist()
    rate = question.discount_rate
    posts = sum(n * one.posts for n, one in zip(count, terms, strict=True))
    return YearlyCost(
        math.fsum(
            n * one.capital_eur * capital_recovery_factor(rate, one.life_years)
            for n, one in zip(count, terms, strict=True)
        ),
        math.fsum(n * one.running_eur_per_year for n, one in zip(count, terms, strict=True)),
        posts * question.post_eur_per_year if question.staffing == "matching" else 0.0,
    )


def yearly_cost_eur(question: Question, units: Ints) -> float:
    """Return capital as annuities, running cost and further posts of a portfolio, in euros a year."""
    return sum(yearly_costs(question, units))


def _grants(question: Question) -> Ints:
    return np.array([offer.grant_cents(question.cofinancing_share) for offer in question.offers], np.int64)


# ---- what it achieves ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Achieved:
    """What stands at the sites once everything has come, by the least of beam and staff.

    Moves from the yard and search teams follow the scans, as in the simulation (sim/staffing.py).
    """

    checks: Floats
    """Checks a year that each type adds at each site, shape (sites, offers): scans, less those that its crew did
    before with older equipment; and second looks, at most at all boxes that are scanned for drugs."""
    idle: Ints
    """Units that were bought and have no crew, shape (sites, offers)."""
    posts: Floats
    """Control posts, shape (sites,)."""
    staffed_scans: Floats
    """Scans a year of older and new equipment, shape (sites,)."""


def achieved(question: Question, units: Ints) -> Achieved:
    """Return what a portfolio achieves with the staff that it has.

    Args:
        question: sites, offers and staffing.
        units: shape (sites, offers).
    """
    sites, terms = question.sites, [offer.terms for offer in question.offers]
    older, checks = crewed(question, np.arange(len(sites)), units)
    scans = np.array([site.scans_per_year for site in sites])
    posts = np.array([site.posts for site in sites])
    is_look = np.array([one.kind == SECOND_LOOK for one in terms])
    posts_by_unit = np.array([one.posts for one in terms], np.float64)
    crews: Floats = checks / checks_by_unit(question)
    idle = units - np.ceil(crews - _LEAST_CREW).astype(np.int64)
    staffed = older + checks[:, ~is_look].sum(axis=1)
    if question.staffing == "matching":
        net, posts = checks, posts + units @ posts_by_unit
    else:
        rate = np.divide(scans, posts, out=np.zeros_like(scans), where=posts > 0)
        net = np.where(is_look, checks, checks - crews * posts_by_unit * rate[:, None])
    control = question.base.parameters.control
    has_scanner = (scans >= control.manual_search_below_scans) | (crews[:, ~is_look] > _LEAST_CREW).any(axis=1)
    tasked = np.where(has_scanner, staffed, 0.0) * control.utilisation * control.drug_tasked_share
    net = np.where(is_look, np.minimum(net, tasked[:, None]), net)
    return Achieved(net, idle, posts, staffed)


# ---- when it is bought ---------------------------------------------------------------------------------------------


def usual_order(question: Question, units: Ints) -> list[tuple[int, int]]:
    """Return an order without a surrogate: the first unit of each pair, then the second; large traffic first."""
    pairs = sorted(
        zip(*(axis.tolist() for axis in units.nonzero()), strict=True),
        key=lambda pair: (-question.sites[pair[0]].traffic, pair),
    )
    return [pair for rank in range(int(units.max(initial=0))) for pair in pairs if units[pair] > rank]


def phased(question: Question, plan: Plan, order: UnitOrder) -> list[Batch]:
    """Return when the units of a plan are bought: one after another, as soon as the money that is free pays for one.

    What is free on a first of January is the shares of the budget so far, less what was spent.

    Args:
        question: phasing and start of the analysis.
        plan: what is bought.
        order: site and offer of each unit, the most gain per euro first.

    Raises:
        ValueError: an order of other units than those of the plan, or a plan that the shares do not pay for.
    """
    if Counter(order) != {pair: int(plan.units[pair]) for pair in zip(*plan.units.nonzero(), strict=True)}:
        raise ValueError("the order is not one of the units of the plan; allowed: each unit once.")
    grants = _grants(question).tolist()
    waiting, spent, batches = list(order), 0, []
    for year, share in enumerate(accumulate(question.phasing), question.base.start.year):
        free, bought = part_cents(plan.budget_cents, share), Counter[tuple[int, int]]()
        while waiting and spent + grants[waiting[0][1]] <= free:
            pair = waiting.pop(0)
            spent += grants[pair[1]]
            bought[pair] += 1
        batches += [(year, *pair, count) for pair, count in sorted(bought.items())]
    if waiting:
        raise ValueError(f"{len(waiting)} units of the plan are not paid for; allowed: an affordable plan.")
    return batches


def with_plan(question: Question, plan: Plan, order: UnitOrder | None = None) -> Case:
    """Return the base case with the purchases of a plan; the base case itself if nothing is bought.

    Each unit adds the mean of what the units of its type add at its site in the whole portfolio. What has no crew
    adds nothing and is left out.

    Args:
        question: the base case, and all terms.
        plan: what is bought.
        order: as for `phased`; None for the usual one.

    Raises:
        ValueError: a plan that its budget does not pay for, or an order of other units.
    """
    if not plan.units.any():
        return question.base
    if not is_affordable(question, plan.units, plan.budget_cents, plan.rule):
        raise ValueError(
            f"the plan {plan.rule} costs more than its budget, or breaks a cap, a floor, an envelope or a limit."
        )
    added = achieved(question, plan.units).checks / np.maximum(plan.units, 1)
    batches = phased(question, plan, usual_order(question, plan.units) if order is None else order)
    purchases = tuple(
        _purchase(question, batch, float(added[batch[1], batch[2]]))
        for batch in batches
        if added[batch[1], batch[2]] > 0
    )
    return dc.replace(question.base, purchases=purchases) if purchases else question.base


def _purchase(question: Question, batch: Batch, checks_per_year: float) -> Purchase:
    year, site, offer, units = batch
    terms = question.offers[offer].terms
    bought = Purchase(
        port=question.sites[site].code,
        equipment=terms.name,
        units=units,
        ordered=datetime.date(year, 1, 1),
        checks_per_year=checks_per_year,
        delivery_months=terms.delivery_months,
        life_years=terms.life_years,
    )
    if terms.kind != SECOND_LOOK:
        return bought
    return dc.replace(
        bought,
        checks_per_year=checks_per_year / terms.availability,  # the simulation takes what is out of use off
        availability=terms.availability,
        detection=terms.detection,
        false_alarm=terms.false_alarm,
    )
