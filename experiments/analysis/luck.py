"""The seed as a factor: what share of the variance of single runs is luck of their replications."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from experiments.analysis.estimate import Estimate, ends
from sim.streams import Floats, Ints, Stream, Streams

RESAMPLES = 1000
_AT_A_TIME = 20


UNKNOWN = Estimate(math.nan)


@dataclass(frozen=True, slots=True)
class Luck:
    """Shares of the variance: V(y) = V(E[y | point]) + E[V(y | point)], the law of total variance; NaN if not known."""

    total: Estimate
    """E[V(y | point)] / V(y): total-order index of the seed, its interactions with all factors included."""
    shared: Estimate
    """First-order index of the seed: luck that moves all points alike and that contrasts are free of."""
    in_means: Estimate
    """Share of luck in the variance of means over replications, shared luck not counted: it adds to every ST."""
    noise_sd: float
    """Of a mean over replications beside what all points share, in the unit of the outcome; NaN if not known."""


def luck_of(values: Floats, groups: Ints | None = None) -> Luck:
    """Split the variance of runs into points, replications and their interaction (two-way random effects).

    Searle, Casella and McCulloch 1992, Variance Components, chapter 4. Intervals: points are resampled, in groups
    where a design makes them together; the mean square of replications, of which there are few, is divided by draws
    of its chi-square distribution, as if their shared luck were normal.

    Args:
        values: shape (points, replications); column k is the same replication at every point.
        groups: number of the group of each point, 0 and up; by default each is one of its own.
    """
    points, replications = values.shape
    groups = np.arange(points) if groups is None else groups
    if replications < 2 or np.unique(groups).size < 2:
        return Luck(UNKNOWN, UNKNOWN, UNKNOWN, math.nan)
    sums = _sums(values - values.mean(), groups)
    rng = Streams(0, 0).generator(Stream.BOOTSTRAP)
    squares = _mean_squares(sums.sum(axis=0)[None, :], replications)
    shares, noise = _shares(squares, squares[:, 1], points, replications)
    drawn, blocks = [], sums.shape[0]
    for _ in range(RESAMPLES // _AT_A_TIME):
        picked = rng.integers(blocks, size=(_AT_A_TIME, blocks))
        weights = np.stack([np.bincount(row, minlength=blocks) for row in picked]).astype(np.float64)
        of_seed = squares[0, 1] * (replications - 1) / rng.chisquare(replications - 1, _AT_A_TIME)
        drawn.append(_shares(_mean_squares(weights @ sums, replications), of_seed, points, replications)[0])
    low, high = ends(np.concatenate(drawn))
    found = [Estimate(*map(float, three)) for three in zip(shares[0], low, high, strict=True)]
    return Luck(found[0], found[1], found[2], math.sqrt(noise[0]))


def _sums(values: Floats, groups: Ints) -> Floats:
    """Return by group: points, sum of squares, sum of squared means, and sums by replication."""
    columns = [np.ones(len(values)), (values**2).sum(axis=1), values.mean(axis=1) ** 2, *values.T]
    return np.column_stack([np.bincount(groups, column) for column in columns])


def _mean_squares(sums: Floats, replications: int) -> Floats:
    """Return mean squares of points, replications and interaction, by row of sums."""
    count, squares, of_means, by_replication = sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3:]
    grand = by_replication.sum(axis=1) / (count * replications)
    of_points = replications * np.maximum(of_means - count * grand**2, 0)
    of_seeds = count * ((by_replication / count[:, None] - grand[:, None]) ** 2).sum(axis=1)
    rest = np.maximum(squares - count * replications * grand**2 - of_points - of_seeds, 0)
    freedom = count - 1, replications - 1, (count - 1) * (replications - 1)
    found: Floats = np.column_stack([of_points / freedom[0], of_seeds / freedom[1], rest / freedom[2]])
    return found


def _shares(squares: Floats, of_seeds: Floats, points: int, replications: int) -> tuple[Floats, Floats]:
    """Return the shares (all luck, shared luck, luck in means), and the variance of a mean's own luck."""
    own = squares[:, 2]
    between = np.maximum(squares[:, 0] - own, 0) / replications
    shared = np.maximum(of_seeds - own, 0) / points
    total, means = between + shared + own, between + own / replications
    with np.errstate(invalid="ignore"):
        shares: Floats = np.column_stack([(shared + own) / total, shared / total, own / replications / means])
    return shares, own / replications
