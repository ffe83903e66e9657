"""Which portfolios to simulate so that the surrogate can be fitted: spread over sizes, ranges and types."""

from __future__ import annotations

import numpy as np

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.limits import Limits
from experiments.funding.question import Question
from scenarios.errors import InputError
from scenarios.world import Bools, Floats, Ints
from sim.streams import Stream, Streams

SIZES = (0.25, 1.0, 0.5, 0.125)
"""Shares of the largest budget, in turn."""
LOOKS_SHARE = 0.1
"""Share of the money for second looks where both are bought: they cost a hundredth of a scanner."""
_WEIGHT_LOG_SD = 1.0
LEAST_COVERED = 0.2
"""Share of what is scanned for drugs that sets of a type look at again at a port, at least; at most all of it."""
LOOKS_EUR_MILLION = (5.0, 60.0)
"""Spent on second looks alone, at most: more of them have nothing left to look at."""


def fit_design(question: Question, plans: int, seed: int) -> list[Ints]:
    """Return portfolios to simulate, none of them empty, each within the largest budget.

    In turn they are of four sizes, of scanners alone, of second looks alone or of both, and everywhere or in a single
    range; within that ports are taken by traffic times a random factor. Sets for second looks look at a random share
    of what a port scans for drugs. Caps and floors play no part: it is the response that is to be learned.

    Args:
        question: sites, offers, largest budget.
        plans: how many.
        seed: of the experiment.

    Raises:
        InputError: no budget buys a unit.
    """
    limits = Limits.of(question, max(question.budgets_cents), dict.fromkeys(question.countries, 1.0))
    if not (limits.grant_cents <= limits.budget_cents).any() or not limits.most.any():
        raise InputError(
            f"budget: {limits.budget_cents / 100:,.0f} EUR buys no unit of any type; allowed: a budget that does."
        )
    draw = Streams(seed, 0).generator(Stream.DESIGN)
    traffic = np.array([max(site.traffic, 1.0) for site in question.sites])
    range_of = np.array([site.port_range for site in question.sites])
    places: list[str | None] = [None, *sorted(set(range_of.tolist()))]
    is_look = np.array([offer.terms.kind == SECOND_LOOK for offer in question.offers])
    kinds = [kind for kind in (~is_look, is_look, np.ones(is_look.size, np.bool_)) if kind.any()]
    kinds = kinds if is_look.any() and (~is_look).any() else kinds[:1]
    designed: list[Ints] = []
    for turn in range(plans):
        place, kind = places[turn % len(places)], kinds[(turn // len(places) + turn) % len(kinds)]
        here = np.ones(traffic.size, np.bool_) if place is None else range_of == place
        weights = np.where(here, traffic * np.exp(draw.normal(0.0, _WEIGHT_LOG_SD, traffic.size)), 0.0)
        money = max(SIZES[turn % len(SIZES)] * limits.budget_cents, float(limits.grant_cents[kind].min()))
        if not (kind & ~is_look).any():
            cheap = 1e8 * float(np.exp(draw.uniform(*np.log(LOOKS_EUR_MILLION))))
            money = max(min(cheap, float(limits.budget_cents)), float(limits.grant_cents[kind].min()))
        covered = draw.uniform(LEAST_COVERED, 1.0, question.shape)
        shares = _shares(kind, is_look, draw.uniform(0.2, 1.0, is_look.size))
        units = np.zeros(question.shape, np.int64)
        for offer in np.argsort(-limits.grant_cents, kind="stable").tolist():
            if shares[offer] > 0:
                count = int(min(money * shares[offer], limits.budget_cents) // max(limits.grant_cents[offer], 1))
                most = limits.most[:, offer]
                if is_look[offer]:
                    most = np.minimum(most, _sets(question, units, offer, covered[:, offer]))
                units[:, offer] = _spread(weights, max(count, 1), most)
        designed.append(_within(units, limits))
    return designed


def _shares(kind: Bools, is_look: Bools, luck: Floats) -> Floats:
    """Return shares of the money by offer."""
    luck = np.where(kind, luck, 0.0)
    if (kind & is_look).any() and (kind & ~is_look).any():
        luck[is_look] *= LOOKS_SHARE / luck[is_look].sum()
        luck[~is_look] *= (1 - LOOKS_SHARE) / luck[~is_look].sum()
        return luck
    shares: Floats = luck / luck.sum()
    return shares


def _sets(question: Question, units: Ints, offer: int, covered: Floats) -> Ints:
    """Return sets of a type that look again at a share of what each site scans for drugs, one at least."""
    control, terms = question.base.parameters.control, [one.terms for one in question.offers]
    checks = np.array([0.0 if one.kind == SECOND_LOOK else one.checks_per_year for one in terms])
    scans = np.array([site.scans_per_year for site in question.sites]) + units @ checks
    tasked = scans * control.utilisation * control.drug_tasked_share
    sets = np.rint(covered * tasked / (terms[offer].checks_per_year * terms[offer].availability))
    needed: Ints = np.maximum(sets, 1).astype(np.int64)
    return needed


def _spread(weights: Floats, units: int, most: Ints) -> Ints:
    """Return whole units nearest to the proportions of weights, no more than there is room for at each site."""
    placed = np.zeros(weights.size, np.int64)
    wanted = weights / weights.sum() * units
    for _ in range(units):
        is_open = (placed < most) & (weights > 0)
        if not is_open.any():
            break
        placed[int(np.argmax(np.where(is_open, wanted - placed, -np.inf)))] += 1
    return placed


def _within(units: Ints, limits: Limits) -> Ints:
    """Return the portfolio without the dearest units that the budget does not pay for."""
    while int((units @ limits.grant_cents).sum()) > limits.budget_cents:
        dearest = int(np.argmax(np.where(units.any(axis=0), limits.grant_cents, -1)))
        units[int(np.argmax(units[:, dearest])), dearest] -= 1
    return units
