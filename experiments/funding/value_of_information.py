"""What it would be worth to know more, and what a plan that was chosen for one state of the world loses in another.

Everything here is about values that the surrogate gives, in tonnes a year: rows are draws or scenarios, columns plans.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scenarios.world import Floats, Ints
from sim.streams import Stream, Streams

BINS = 10
PERMUTATIONS = 20


def evpi(values: Floats, best: Floats | None = None) -> float:
    """Return the expected value of perfect information: E[max over plans] - max over plans of E.

    Args:
        values: shape (draws, plans).
        best: value of the best plan of each draw, if it is among others than these plans; shape (draws,).
    """
    known = values.max(axis=1) if best is None else np.maximum(values.max(axis=1), best)
    return float(known.mean() - values.mean(axis=0).max())


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


class Regret(NamedTuple):
    """What plans lose against the best plan of each scenario."""

    by_scenario: Floats
    """Shape (scenarios, plans)."""
    most: Floats
    """By plan, over scenarios."""
    least_regretted: int
    """Plan of the smallest maximum; of equals the first."""


def regret(values: Floats, best: Floats | None = None) -> Regret:
    """Return the regret of plans: R(plan, scenario) = max over plans of the value - value.

    Args:
        values: shape (scenarios, plans).
        best: value of the best plan known of each scenario, if it is none of these; shape (scenarios,).
    """
    most = values.max(axis=1) if best is None else np.maximum(values.max(axis=1), best)
    lost = most[:, None] - values
    worst = lost.max(axis=0)
    return Regret(lost, worst, int(np.argmin(worst)))


def interval(values: Floats, level: float = 0.9) -> tuple[Floats, Floats]:
    """Return the quantiles between which a share of the draws lies, by column.

    Args:
        values: shape (draws, ...).
        level: share in between.
    """
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high
