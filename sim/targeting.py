"""What an authority believes about lanes, from finds and exposure alone: pure functions of observations."""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from sim.streams import Floats, Ints


def shrunk_rate(finds: Floats, exposure: Floats, coarser: Floats, weight_boxes: float) -> Floats:
    """Return the Gamma-Poisson posterior mean rate: (w r + finds) / (w + exposure), r the coarser level's rate.

    Args:
        finds: finds, discounted.
        exposure: boxes times the probability that a contaminated one would have been selected and found.
        coarser: rate of the level above, per box.
        weight_boxes: weight of that level, in boxes of exposure.
    """
    rate: Floats = (weight_boxes * coarser + finds) / (weight_boxes + exposure)
    return rate


def visible_evidence(now: Floats, lagged: Floats, shared: Floats, press_share: float) -> Floats:
    """Return the evidence each authority can see, shape (authorities, departure ports).

    Own evidence counts in full and at once, and so does what the exchange conveys of that of others who share; the
    rest comes by press, late and in part.

    Args:
        now: each authority's own evidence to date.
        lagged: the same as the press knows it.
        shared: share of the others' evidence that reaches an authority by the exchange, 0 if it does not take part,
            shape (authorities,).
        press_share: share of the others' evidence that the press conveys.
    """
    is_sharing = shared > 0
    with_exchange = now[is_sharing].sum(axis=0) + press_share * lagged[~is_sharing].sum(axis=0)
    without = now + press_share * (lagged.sum(axis=0) - lagged)
    seen: Floats = shared[:, None] * with_exchange + (1 - shared[:, None]) * without
    return seen


def lane_log_odds(
    finds: Floats,
    exposure: Floats,
    seen_finds: Floats,
    seen_exposure: Floats,
    authority: Ints,
    departure: Ints,
    region: Ints,
    prior_rate: float,
    weight_boxes: float,
) -> Floats:
    """Return the logit of the believed contamination rate of each lane, shrunk lane -> port -> region -> prior.

    Args:
        finds, exposure: own evidence by lane, discounted.
        seen_finds, seen_exposure: visible evidence, shape (authorities, departure ports).
        authority, departure: of each lane.
        region: of each departure port.
        prior_rate: contaminated boxes per at-risk box.
        weight_boxes: weight of each coarser level.
    """
    regions = int(region.max()) + 1
    by_region = np.zeros((seen_finds.shape[0], regions, 2))
    for row in range(regions):
        by_region[:, row, 0] = seen_finds[:, region == row].sum(axis=1)
        by_region[:, row, 1] = seen_exposure[:, region == row].sum(axis=1)
    prior = np.full(by_region.shape[:2], prior_rate)
    region_rate = shrunk_rate(by_region[:, :, 0], by_region[:, :, 1], prior, weight_boxes)
    port_rate = shrunk_rate(seen_finds, seen_exposure, region_rate[:, region], weight_boxes)
    lane_rate = shrunk_rate(finds, exposure, port_rate[authority, departure], weight_boxes)
    odds: Floats = logit(np.clip(lane_rate, 1e-9, 0.5))
    return odds


def pooled_separation(
    base: float, own_finds: Floats, other_finds: Floats, transferability: Floats, gain: float | Floats, offset: float
) -> Floats:
    """Return d' of each authority: base + gain ln(1 + transferability x others' finds / (own finds + offset)).

    Assumption (no published measurement): criteria improve with the logarithm of the finds that inform them, and
    another state's find is worth ``transferability`` of an own one.
    """
    separation: Floats = base + gain * np.log1p(transferability * other_finds / (own_finds + offset))
    return separation


def mix_distance(first: Floats, second: Floats) -> Floats:
    """Return the total variation distance of mixes, row by row: 0 for the same, 1 if they have nothing in common."""
    distance: Floats = np.abs(first - second).sum(axis=1) / 2
    return distance


def gain_left(distance: Floats, decay: float) -> Floats:
    """Return what is left of the gain from pooled finds, 1 - decay x distance, after methods have changed.

    Assumption (no published measurement): criteria are made of past finds, and lose ``decay`` of what those of others
    add where none of the methods found lately is among them.

    Args:
        distance: between the mix of methods found lately and that of all finds, 0 to 1.
        decay: share lost at a distance of one, 0 to 1.
    """
    left: Floats = 1 - decay * distance
    return left
