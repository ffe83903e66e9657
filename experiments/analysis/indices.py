"""Sensitivity indices: Sobol' and Morris on their designs; given data of any design by slices."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.analysis.estimate import Z
from experiments.analysis.groups import Members
from experiments.contrasts import CONFIDENCE
from sim.streams import Floats, Ints, Stream, Streams

RESAMPLES = 200
RESAMPLES_OF_MANY, MANY_POINTS = 50, 5_000
"""Of given data: the spread of an index is well known from fewer resamples where it is small."""
SLICES, LEAST_IN_SLICE = 10, 20
"""Of a numeric factor for PAWN: with fewer points fewer slices (Pianosi and Wagener 2018)."""
NARROW_SLICES, LEAST_IN_NARROW_SLICE = 40, 10
"""For S1, which misses what varies within a slice, and is corrected for having many of them."""
LEAST_POINTS = 40
"""For what needs a distribution over points: given data, and boxes."""


@dataclass(frozen=True, slots=True)
class Index:
    """A sensitivity index of a factor with its 95 % interval over points."""

    factor: str
    name: str
    """S1, ST, mu_star, mu, sigma or pawn."""
    value: float
    low: float
    high: float
    by_luck: float
    """What a factor without effect would show; NaN if not known."""

    @property
    def is_resolved(self) -> bool:
        """Return whether the interval lies beyond what a factor without effect would show."""
        least = self.by_luck if math.isfinite(self.by_luck) else 0.0
        return self.low > least


def analysis_seed() -> int:
    """Return the seed that is given to a library: always the same, so the same data give the same intervals."""
    key: list[int] = Streams(0, 0).key(Stream.BOOTSTRAP).tolist()
    return key[0] % 2**31 or 1


def saltelli_block(inputs: Floats) -> int:
    """Return how many consecutive points make one step of Saltelli's design, 0 if these points are not one.

    Steps are a, a with each factor from b in turn, for second order b with each factor from a, and b.

    Args:
        inputs: shape (points, factors).
    """
    points, factors = len(inputs), int(inputs.shape[1])
    for is_second_order in (False, True):
        size = (2 if is_second_order else 1) * factors + 2
        if points % size:
            continue
        steps = inputs.reshape(-1, size, factors)
        a, b = steps[:, 0], steps[:, -1]
        rows = [(a, b)] + ([(b, a)] if is_second_order else [])
        expected = np.empty_like(steps)
        expected[:, 0], expected[:, -1] = a, b
        for part, (base, other) in enumerate(rows):
            for j in range(factors):
                expected[:, 1 + part * factors + j] = base
                expected[:, 1 + part * factors + j, j] = other[:, j]
        if np.array_equal(steps, expected):
            return size
    return 0


def sobol_indices(names: Sequence[str], outcomes: Floats, *, block: int, noise_share: float = math.nan) -> list[Index]:
    """Return first-order and total indices from a design of Saltelli.

    S1 = V(E[y | x]) / V(y), Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018; ST = E[V(y | all others)] / V(y),
    Jansen 1999, doi:10.1016/S0010-4655(98)00154-4. Intervals: bootstrap over the steps of the design.

    Args:
        names: of the factors.
        outcomes: shape (points,), in the order of the design; not all the same.
        block: points in a step, as `saltelli_block` finds it.
        noise_share: share of the variance of outcomes that is luck, which every ST contains.
    """
    from SALib.analyze import sobol

    problem = {"num_vars": len(names), "names": list(names)}
    with warnings.catch_warnings():
        # A resample of few steps may be constant; its indices are 0, as SALib then says.
        warnings.filterwarnings("ignore", message="Constant values encountered", category=UserWarning)
        found = sobol.analyze(
            problem, outcomes.copy(), calc_second_order=block > len(names) + 2, num_resamples=RESAMPLES,
            conf_level=CONFIDENCE, seed=analysis_seed(),
        )  # fmt: skip
    return [
        Index(factor, name, value, value - width, value + width, luck)
        for i, factor in enumerate(names)
        for name, luck in (("S1", 0.0), ("ST", noise_share))
        for value, width in [(float(found[name][i]), float(found[f"{name}_conf"][i]))]
    ]


def morris_effects(names: Sequence[str], steps: Floats, outcomes: Floats, *, noise_sd: float = math.nan) -> list[Index]:
    """Return the mean absolute elementary effect (mu*), their mean (mu) and standard deviation (sigma).

    Morris 1991, doi:10.1080/00401706.1991.10484804; Campolongo et al. 2007, doi:10.1016/j.envsoft.2006.10.004. An
    effect is the change of the outcome per whole range of a factor: from 0 to 1 of its distribution function, of whole
    numbers from the first to the last. SALib takes all steps for equally long, which those of whole numbers are not.
    Interval of mu*: bootstrap over trajectories.

    Args:
        names: of the factors.
        steps: coordinates of the points in the unit cube as they were run, shape (points, factors), trajectory by
            trajectory, each of which moves every factor once.
        outcomes: shape (points,).
        noise_sd: luck in an outcome, apart from what all points share; an effect has twice its variance.
    """
    factors = len(names)
    lengths = np.diff(steps.reshape(-1, factors + 1, factors), axis=1)
    changes = np.diff(outcomes.reshape(-1, factors + 1), axis=1)[:, :, None]
    # One step of a trajectory moves a factor; in the others its length is 0.
    lengths, changes = lengths.sum(axis=1), np.where(lengths != 0, changes, 0.0).sum(axis=1)
    effects = changes / lengths
    rng, count = Streams(0, 0).generator(Stream.BOOTSTRAP), len(effects)
    drawn = np.stack([np.abs(effects[rng.integers(count, size=count)]).mean(axis=0) for _ in range(RESAMPLES)])
    widths = Z * drawn.std(axis=0, ddof=1)
    # E|N| = sqrt(2 / pi) of a normal difference of two outcomes.
    noise = math.sqrt(2) * noise_sd / np.abs(lengths)
    return [
        Index(factor, name, float(value), float(value - width), float(value + width), float(luck))
        for i, factor in enumerate(names)
        for name, value, width, luck in (
            ("mu_star", np.abs(effects[:, i]).mean(), widths[i], math.sqrt(2 / math.pi) * noise[:, i].mean()),
            ("mu", effects[:, i].mean(), math.nan, 0.0),
            ("sigma", effects[:, i].std(ddof=1), math.nan, math.sqrt((noise[:, i] ** 2).mean())),
        )
    ]


def given_indices(
    names: Sequence[str], inputs: Floats, outcomes: Floats, is_categorical: Sequence[bool], groups: Ints | None = None
) -> list[Index]:
    """Return S1 and PAWN of each factor from points of any design.

    S1 is the share of variance between slices of a factor, (share - luck) / (1 - luck) with what slices of pure luck
    have. PAWN is the largest distance between the distribution functions of the outcome in a slice and in all points
    (Kolmogorov and Smirnov), its mean over slices: Pianosi and Wagener 2018, doi:10.1016/j.envsoft.2018.07.019. What
    both are without any effect is found by dealing the values of a factor anew: their mean, and the 95th percentile of
    PAWN. Factors that are correlated share their effects; on a full grid S1 is a little too small.

    Args:
        names: of the factors.
        inputs: shape (points, factors), categorical ones as whole numbers.
        outcomes: shape (points,); not all the same.
        is_categorical: by factor; a level is a slice.
        groups: number of the group of each point, 0 and up, for points that were drawn together; else each by itself.
    """
    rng, points = Streams(0, 0).generator(Stream.BOOTSTRAP), outcomes.size
    # Sorted once: a resample is then in order if its row numbers are.
    order = np.argsort(outcomes, kind="stable")
    inputs, outcomes = inputs[order], outcomes[order]
    groups = (np.arange(points) if groups is None else groups)[order]
    all_slices = [
        (slices_of(column, is_categorical=is_level),
         slices_of(column, NARROW_SLICES, LEAST_IN_NARROW_SLICE, is_categorical=is_level))
        for column, is_level in zip(inputs.T, is_categorical, strict=True)
    ]  # fmt: skip
    members = Members.of(groups)
    is_within = [members.vary(column) for column in inputs.T]
    resamples = RESAMPLES if points <= MANY_POINTS else RESAMPLES_OF_MANY
    drawn = np.empty((resamples, 4, len(names)))
    for resample in drawn:
        uniforms = rng.random((2, points))
        rows = np.sort(members.resampled(uniforms[0]))
        dealt = members.dealt(uniforms[1]), members.dealt_within(uniforms[1])
        resampled = outcomes[rows]
        for j, (wide, narrow) in enumerate(all_slices):
            anew = dealt[int(is_within[j])]
            resample[:, j] = (
                slice_share(narrow[rows], resampled), _distance(wide[rows], resampled),
                slice_share(narrow[anew], outcomes), _distance(wide[anew], outcomes),
            )  # fmt: skip
    spreads, luck = drawn.std(axis=0, ddof=1), drawn[:, 2].mean(axis=0)
    by_luck = np.quantile(drawn[:, 3], CONFIDENCE, axis=0)
    indices = []
    for j, (factor, (wide, narrow)) in enumerate(zip(names, all_slices, strict=True)):
        scale = 1 / (1 - float(luck[j])) if luck[j] < 1 else 0.0
        s1 = (slice_share(narrow, outcomes) - float(luck[j])) * scale
        for name, value, width, least in (
            ("S1", s1, Z * float(spreads[0, j]) * scale, 0.0),
            ("pawn", _distance(wide, outcomes), Z * float(spreads[1, j]), float(by_luck[j])),
        ):
            indices.append(Index(factor, name, value, value - width, value + width, least))
    return indices


def slices_of(column: Floats, most: int = SLICES, least: int = LEAST_IN_SLICE, *, is_categorical: bool) -> Ints:
    """Return the slice of each point: its level, or one of some ranges that hold equally many points.

    Args:
        column: values of a factor, shape (points,).
        most: ranges.
        least: points in a range.
        is_categorical: whether values are levels.
    """
    distinct, at = np.unique(column, return_inverse=True)
    count = max(2, min(most, column.size // least))
    if is_categorical or distinct.size <= count:
        return np.asarray(at, np.int64)
    # Equal values stay together: their slice is that of their mean rank.
    ends = np.cumsum(np.bincount(at))
    middle = (ends + np.concatenate([[0], ends[:-1]])) / 2
    sliced = np.unique(np.floor(middle / column.size * count).astype(np.int64), return_inverse=True)[1][at]
    return np.asarray(sliced, np.int64)


def slice_share(slices: Ints, outcomes: Floats) -> float:
    """Return (variance between slices) / (variance), 0 without variance (Pearson's correlation ratio)."""
    sizes = np.bincount(slices)
    centred = outcomes - outcomes.mean()
    total = float(centred @ centred)
    if total == 0:
        return 0.0
    sums, is_used = np.bincount(slices, centred), sizes > 0
    return float((sums[is_used] ** 2 / sizes[is_used]).sum()) / total


def slice_distance(slices: Ints, outcomes: Floats) -> float:
    """Return the distance of Kolmogorov and Smirnov between each slice and all points, its mean over slices."""
    order = np.argsort(outcomes, kind="stable")
    return _distance(slices[order], outcomes[order])


def _distance(slices: Ints, outcomes: Floats) -> float:
    """Return the same of points that are sorted by outcome."""
    # Among equal outcomes only the last has them all counted.
    ends = np.flatnonzero(np.append(outcomes[1:] != outcomes[:-1], True))
    whole = (ends + 1) / outcomes.size
    distances = []
    for number in np.flatnonzero(np.bincount(slices)):
        inside = np.cumsum(slices == number)
        distances.append(float(np.abs(inside[ends] / inside[-1] - whole).max()))
    return float(np.mean(distances))
