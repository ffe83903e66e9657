"""What it would be worth to know more: about values of the surrogate in tonnes a year, rows draws, columns plans."""

from __future__ import annotations

import numpy as np

from scenarios.world import Floats, Ints
from sim.streams import Stream, Streams

BINS = 10
PERMUTATIONS = 20


def evpi(values: Floats) -> float:
    """Return the expected value of perfect information: E[max over plans] - max over plans of E.

    Args:
        values: shape (draws, plans).
    """
    return float(values.max(axis=1).mean() - values.mean(axis=0).max())


def evppi(values: Floats, parameter: Floats, seed: int, bins: int = BINS) -> float:
    """Return the expected value of knowing one parameter: E over it of max over plans of E given it - max of E.

    Draws are parted by the parameter into bins as large as each other, within which the mean stands for the
    expectation given it (Strong and Oakley 2013, doi:10.1177/0272989X12465755). A maximum of noisy means is too large:
    what draws in a random order give is taken off, which is too much where the parameter says a lot. Never below 0.

    Args:
        values: shape (draws, plans).
        parameter: of each draw, shape (draws,).
        seed: of the random orders.
        bins: parts, at least two; each needs many draws.
    """
    usual = values.mean(axis=0).max()
    found = _partitioned(values, np.argsort(parameter, kind="stable"), bins) - usual
    draw = Streams(seed, 0).generator(Stream.DESIGN)
    by_chance = [_partitioned(values, draw.random(len(values)).argsort(), bins) - usual for _ in range(PERMUTATIONS)]
    return max(0.0, float(found - np.mean(by_chance)))


def _partitioned(values: Floats, order: Ints, bins: int) -> float:
    parts = np.array_split(values[order], bins)
    return float(sum(len(part) * part.mean(axis=0).max() for part in parts if len(part)) / len(values))
