"""Which of a few simulated plans is the best: screening by paired t, then the greatest mean of those that are left."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from experiments.contrasts import CONFIDENCE
from sim.streams import Bools, Floats


def not_dominated(values: Floats, confidence: float = CONFIDENCE) -> Bools:
    """Return which alternatives may still be the best.

    One stays if no other is better by more than the one-sided paired t allows: mean_i >= mean_j - t S_ij / sqrt(n) for
    all j, with t the quantile 1 - (1 - confidence) / (k - 1) (Bonferroni) and S_ij the standard deviation of the paired
    differences; the best is among them with the confidence stated. Nelson, Swann, Goldsman and Song 2001
    (doi:10.1287/opre.49.6.950.10019), section 3, with the variances of paired differences for common random numbers.

    Args:
        values: shape (alternatives, replications), the same replications in each; more is better.
        confidence: with which the best stays.
    """
    alternatives, n = values.shape
    if alternatives < 2 or n < 2:
        return np.ones(alternatives, np.bool_)
    t = float(stdtrit(n - 1, 1 - (1 - confidence) / (alternatives - 1)))
    apart = values[:, None, :] - values[None, :, :]
    margin = t * apart.std(axis=2, ddof=1) / math.sqrt(n)
    stays: Bools = (apart.mean(axis=2) >= -margin).all(axis=1)
    return stays


@dataclass(frozen=True, slots=True)
class Selection:
    """What came of the alternatives, in their order."""

    is_left_early: Bools
    """After the first stage."""
    best: int
    """The greatest mean over all replications of those that were not left early."""
    is_tied: Bools
    """Which cannot be told apart from the best with all replications; the best itself is among them."""
    means: Floats
    """Over the replications that each has."""


def select(values: Floats, first: int, confidence: float = CONFIDENCE) -> Selection:
    """Return the best of simulated alternatives.

    Both stages screen with half the error each (Bonferroni), so that the best is among those tied at the end with the
    confidence stated. The mean of the one selected is too high on average, being the greatest of several (the
    optimiser's curse, Smith and Winkler 2006, doi:10.1287/mnsc.1050.0451): its value is that of fresh replications.

    Args:
        values: shape (alternatives, replications), NaN in the second stage of those that were left early.
        first: replications of the first stage.
        confidence: with which the best is among those tied.
    """
    each = 1 - (1 - confidence) / 2
    stays = not_dominated(values[:, :first], each)
    (rows,) = np.nonzero(stays & np.isfinite(values).all(axis=1))
    whole = values[rows]
    best = int(rows[np.argmax(whole.mean(axis=1))])
    is_tied = np.zeros(values.shape[0], np.bool_)
    is_tied[rows[not_dominated(whole, each)]] = True
    return Selection(~stays, best, is_tied, np.nanmean(values, axis=1))


def left_after(values: Floats, confidence: float = CONFIDENCE) -> Bools:
    """Return which alternatives are left after the first stage, as `select` decides.

    Args:
        values: of the first stage, shape (alternatives, replications).
        confidence: of both stages together.
    """
    return ~not_dominated(values, 1 - (1 - confidence) / 2)
