"""The direct effect of equipment at a port, flows staying where they are, and the ways worth their grant."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.choice_of_ways import Ways, efficient
from experiments.funding.crew import crewed
from experiments.funding.limits import Limits
from experiments.funding.surrogate import Surrogate, yearly_cost_t
from scenarios.world import Bools, Floats, Ints


def direct_gain(surrogate: Surrogate, site: Ints, units: Ints) -> Floats:
    """Return tonnes a year more that do not land where it counts, if flows stay, less yearly cost in tonnes.

    Args:
        surrogate: what lands.
        site: positions of sites, shape (rows,).
        units: bought there, shape (rows, offers).
    """
    return _gain(surrogate, site, surrogate.loss_at(site, units), units)


def _gain(surrogate: Surrogate, site: Ints, loss: Floats, units: Ints) -> Floats:
    entry, baseline = surrogate.entry[site], surrogate.baseline
    kept_off = surrogate.flows.flow[entry] * surrogate.goal.ports[entry] * (loss - baseline.loss[entry])
    gain: Floats = kept_off - units @ yearly_cost_t(surrogate.question)
    return gain


@lru_cache(maxsize=4)
def efficient_ways(surrogate: Surrogate) -> Ways:
    """Return, for each site, every way that no cheaper one equals by direct effect; nothing first, cheapest first.

    Scanners are taken by rising grant; a choice of them that with second looks at everything, for nothing, would
    still not beat what is already there cannot be part of an efficient way. Sets for second looks beyond those that
    look at every drug-tasked scan gain nothing.
    """
    question = surrogate.question
    grants = Limits.of(question, 0).grant_cents
    terms = [offer.terms for offer in question.offers]
    is_look = np.array([one.kind == SECOND_LOOK for one in terms])
    most = np.array([offer.most_per_port for offer in question.offers], np.int64)
    scanning = np.zeros((int(np.prod(most[~is_look] + 1)), most.size), np.int64)
    scanning[:, ~is_look] = list(itertools.product(*(range(int(n) + 1) for n in most[~is_look])))
    scanning = scanning[np.argsort(scanning @ grants, kind="stable")]
    site, units, gain = [], [], []
    for one in range(len(question.sites)):
        ways, gains = _ways_at(surrogate, one, scanning, grants, most)
        site.append(np.full(len(ways), one, np.int64))
        units.append(ways)
        gain.append(gains)
    return Ways(np.concatenate(site), np.vstack(units), np.concatenate(gain))


def _ways_at(surrogate: Surrogate, one: int, scanning: Ints, grants: Ints, most: Ints) -> tuple[Ints, Floats]:
    """Return the efficient ways at a site and their gain."""
    is_look = np.array([offer.terms.kind == SECOND_LOOK for offer in surrogate.question.offers])
    here = np.full(len(scanning), one, np.int64)
    looked: Bools = (
        crewed(surrogate.question, here, scanning + np.where(is_look, most, 0))
        .checks[:, is_look]
        .max(axis=1, initial=0.0)
        > 0
    )
    survives = 1 - surrogate.detection.found(here, scanning, looks_at_all=True)
    before = surrogate.baseline.loss[surrogate.entry[one]]
    at_most = 1 - (1 - before) * survives / (1 - surrogate.found_without[one])
    alone = direct_gain(surrogate, here, scanning)
    bound = np.where(looked, np.maximum(_gain(surrogate, here, at_most, scanning), alone), alone)
    ways, gains, cents = scanning[:1], np.zeros(1), np.zeros(1, np.int64)
    for row in range(len(scanning)):
        reached = gains[: int(np.searchsorted(cents, int(scanning[row] @ grants), side="right"))]
        if row and bound[row] <= reached[-1]:
            continue
        with_looks = _with_looks(surrogate, one, scanning[row], is_look) if looked[row] else scanning[[row]]
        new = direct_gain(surrogate, np.full(len(with_looks), one, np.int64), with_looks)
        ways, gains = np.vstack([ways, with_looks]), np.concatenate([gains, new])
        kept = efficient(ways @ grants, gains)
        ways, gains = ways[kept], gains[kept]
        cents = ways @ grants
    return ways, gains


def _with_looks(surrogate: Surrogate, one: int, scanners: Ints, is_look: Bools) -> Ints:
    """Return some scanners at a site with all numbers of sets for second looks that can gain anything."""
    question, control = surrogate.question, surrogate.question.base.parameters.control
    looks = np.flatnonzero(is_look)
    if not looks.size:
        return scanners[None, :]
    terms = [offer.terms for offer in question.offers]
    scans = question.sites[one].scans_per_year
    scans += sum(n * terms[k].checks_per_year for k, n in enumerate(scanners.tolist()) if not is_look[k])
    tasked = scans * control.utilisation * control.drug_tasked_share
    rooms = [
        min(question.offers[k].most_per_port, int(np.ceil(tasked / (terms[k].checks_per_year * terms[k].availability))))
        for k in looks.tolist()
    ]
    grids = np.meshgrid(*(np.arange(room + 1) for room in rooms), indexing="ij")
    ways = np.tile(scanners, (grids[0].size, 1))
    ways[:, looks] = np.column_stack([grid.ravel() for grid in grids])
    return ways
