"""Who works with what: equipment at many ports at once, as far as its posts go round."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.question import Question
from scenarios.world import Floats, Ints


class Crewed(NamedTuple):
    """What works at a port; rows are ports with equipment, a port may come more than once."""

    older: Floats
    """Scans a year of what stood there before; shape (rows,)."""
    checks: Floats
    """Checks a year of what was bought, of the posts that it has; shape (rows, offers)."""


def crewed(question: Question, site: Ints, units: Ints) -> Crewed:
    """Return what equipment at ports achieves.

    With matching staff everything works. With fixed staff posts go to what scans most with one, the older equipment
    first of equals; sets for second looks get what scanners leave.

    Args:
        question: offers, sites and staffing.
        site: positions of the ports, shape (rows,).
        units: bought there, shape (rows, offers).
    """
    each = checks_by_unit(question)
    older = np.array([one.scans_per_year for one in question.sites])[site]
    if question.staffing == "matching":
        return Crewed(older, units * each)
    staff = np.array([one.posts for one in question.sites])[site]
    posts = np.array([float(offer.terms.posts) for offer in question.offers])
    is_scanner = np.array([offer.terms.kind != SECOND_LOOK for offer in question.offers])
    with np.errstate(divide="ignore"):
        by_post = np.where(posts > 0, each / posts, np.inf)
    order = sorted(range(posts.size), key=lambda offer: (not is_scanner[offer], -by_post[offer], offer))
    older_by_post = np.divide(older, staff, out=np.zeros_like(older), where=staff > 0)
    left, older_has_had = staff.copy(), np.zeros(site.size, np.bool_)
    older_works, checks = np.zeros(site.size), np.zeros(units.shape)
    for offer in order:
        is_turn = ~older_has_had & ((older_by_post >= by_post[offer]) | (not is_scanner[offer]))
        older_works = np.where(is_turn, np.minimum(older, left * older_by_post), older_works)
        left = np.where(is_turn, np.maximum(left - staff, 0.0), left)
        older_has_had |= is_turn
        wanted = units[:, offer] * posts[offer]
        has = np.minimum(wanted, left)
        share = np.divide(has, wanted, out=np.ones(site.size), where=wanted > 0)
        checks[:, offer] = units[:, offer] * each[offer] * share
        left = left - has
    older_works = np.where(older_has_had, older_works, np.minimum(older, left * older_by_post))
    return Crewed(older_works, checks)


def checks_by_unit(question: Question) -> Floats:
    """Return checks a year of a staffed unit of each offer, shape (offers,)."""
    terms = [offer.terms for offer in question.offers]
    # Scanners that break down are in the slots of a port already, as in the simulation.
    return np.array([one.checks_per_year * (one.availability if one.kind == SECOND_LOOK else 1.0) for one in terms])
