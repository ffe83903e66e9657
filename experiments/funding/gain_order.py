"""In which order the units of a plan are bought: the most gain per euro first."""

from __future__ import annotations

import numpy as np

from experiments.funding.question import Question
from experiments.funding.surrogate import Surrogate, objective
from scenarios.world import Ints


def gain_order(question: Question, surrogate: Surrogate, units: Ints) -> list[tuple[int, int]]:
    """Return site and offer of every unit of a plan, each the one that then gains most per euro of grant.

    Args:
        question: offers, sites, staffing and co-financing.
        surrogate: what lands.
        units: the plan, shape (sites, offers).
    """
    bought, order = np.zeros_like(units), []
    cents = np.array([max(1, offer.grant_cents(question.cofinancing_share)) for offer in question.offers], np.float64)
    while (bought < units).any():
        pairs = np.argwhere(bought < units)
        rows = np.arange(len(pairs))
        tried = np.repeat(bought[None], len(pairs), axis=0)
        tried[rows, pairs[:, 0], pairs[:, 1]] += 1
        gains = objective(surrogate, question, tried) - objective(surrogate, question, bought)
        site, offer = pairs[int(np.argmax(gains / cents[pairs[:, 1]]))].tolist()
        bought[site, offer] += 1
        order.append((site, offer))
    return order
