"""PRIM: the box of inputs in which cases of interest are dense, and how many of them it covers.

The patient rule induction method peels thin slices off the space of inputs and pastes back what was peeled too far:
Friedman and Fisher 1999, doi:10.1023/A:1008894516817. Scenario discovery reads a box by its coverage, its density and
the quasi-p-value of each restriction: Bryant and Lempert 2010, doi:10.1016/j.techfore.2009.08.002.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from statistics import harmonic_mean

import numpy as np
from scipy.stats import binom

from experiments.analysis.groups import Members
from sim.streams import Bools, Floats, Ints, Stream, Streams

SHARE = 0.05  # of the rows in the box, peeled or pasted at a time; Friedman and Fisher advise 0.05 to 0.1
LEAST_MASS = 0.05  # of the smallest box (assumption)
LEAST_COVERAGE = 0.25  # of a box worth reporting (assumption)
MOST_QUASI_P = 0.05  # of a restriction worth reporting (convention)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a row must satisfy to lie in a box; limits are inclusive."""

    low: Floats  # of shape (inputs,), -inf where not restricted or categorical
    high: Floats  # of shape (inputs,), +inf where not restricted or categorical
    categories: dict[int, frozenset[int]]  # allowed values of restricted categorical inputs, by column

    def contains(self, inputs: Floats) -> Bools:
        """Return which rows lie in the box, for inputs of shape (rows, inputs)."""
        is_inside: Bools = np.all((inputs >= self.low) & (inputs <= self.high), axis=1)
        for column, allowed in self.categories.items():
            is_inside &= np.isin(inputs[:, column], sorted(allowed))
        return is_inside

    @property
    def is_restricted(self) -> Bools:
        """Return which inputs are restricted, of shape (inputs,)."""
        is_restricted = np.isfinite(self.low) | np.isfinite(self.high)
        is_restricted[list(self.categories)] = True
        return is_restricted

    def restricted(
        self, column: int, low: float = -math.inf, high: float = math.inf, allowed: frozenset[int] | None = None
    ) -> Limits:
        """Return the same with another restriction of one input, by default none."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[column], highs[column] = low, high
        others = {other: values for other, values in self.categories.items() if other != column}
        return Limits(lows, highs, others if allowed is None else {**others, column: allowed})


@dataclass(frozen=True, slots=True)
class Box(Limits):
    """A box with its quality."""

    coverage: float  # cases of interest in the box / all cases of interest; NaN if there are none at all
    density: float  # cases of interest in the box / all rows in the box
    mass: float  # rows in the box / all rows
    quasi_p: Floats  # of the restriction of each input, of shape (inputs,); 1 where not restricted


@dataclass(frozen=True, slots=True)
class _Sample:
    inputs: Floats  # column by column in memory: comparing all rows with one limit takes a third of the time
    is_case: Bools
    levels: dict[int, frozenset[int]]  # the values that occur of each categorical input, by column

    def count(self, limits: Limits) -> tuple[int, int]:
        """Return the number of rows in a box, and of cases of interest among them."""
        is_inside = limits.contains(self.inputs)
        return int(is_inside.sum()), int(self.is_case[is_inside].sum())


def peeling_trajectory(
    inputs: Floats, is_case: Bools, *, is_categorical: Bools | None = None,
    peel_share: float = SHARE, paste_share: float = SHARE, least_mass: float = LEAST_MASS,
) -> list[Box]:  # fmt: skip
    """Return the boxes from all inputs down to the last that peeling finds, then those that pasting makes of it.

    Each step is the one with the largest gain in density per row that leaves or enters, because a category takes more
    rows at a time than a slice; ties go to the fewest restricted inputs, then to the first column, from above before
    from below. No step is taken without a gain, so density rises all along.

    Args:
        inputs: finite, of shape (rows, inputs); categorical ones are whole numbers.
        is_case: whether a row is a case of interest, of shape (rows,).
        is_categorical: of shape (inputs,); by default all inputs are numeric.
        peel_share, paste_share: of the rows in the box, peeled or pasted at a time; more where values are tied.
        least_mass: share of all rows that peeling leaves at least.

    Raises:
        ValueError: if a shape, a type or a value is not as above.
    """
    sample = _checked(inputs, is_case, is_categorical, peel_share, paste_share, least_mass)
    infinite = np.full(inputs.shape[1], math.inf)
    path = [Limits(-infinite, infinite, {})]
    path += _climb(sample, path[-1], _peels, peel_share, least_mass)
    path += _climb(sample, path[-1], _pastes, paste_share, least_mass)
    return [_judged(sample, limits) for limits in path]


def find_box(
    inputs: Floats, is_case: Bools, *, is_categorical: Bools | None = None, peel_share: float = SHARE,
    paste_share: float = SHARE, least_mass: float = LEAST_MASS, least_coverage: float = LEAST_COVERAGE,
) -> Box | None:  # fmt: skip
    """Return the box to report, or None if no row or every row is a case of interest.

    Of the boxes of the trajectory that cover at least ``least_coverage``, the one with the highest harmonic mean of
    coverage and density is pasted; then restrictions go, highest quasi-p-value first, until none has more than 0.05.
    That mean keeps a region only if its density exceeds half the mean: where most rows are cases of interest, describe
    the others. A box may end without restrictions. Other arguments and errors are those of the trajectory.
    """
    sample = _checked(inputs, is_case, is_categorical, peel_share, paste_share, least_mass, least_coverage)
    if is_case.all() or not is_case.any():
        return None
    boxes = peeling_trajectory(inputs, is_case, is_categorical=is_categorical, peel_share=peel_share,
                               paste_share=paste_share, least_mass=least_mass)  # fmt: skip
    enough = [box for box in boxes if box.coverage >= least_coverage]
    chosen = max(enough, key=lambda box: harmonic_mean((box.coverage, box.density)))
    *_, pasted = chosen, *_climb(sample, chosen, _pastes, paste_share, least_mass)
    box = _judged(sample, pasted)
    while (quasi_p := np.where(box.is_restricted, box.quasi_p, 0.0)).max() > MOST_QUASI_P:
        box = _judged(sample, box.restricted(int(quasi_p.argmax())))
    return box


def selection_shares(
    inputs: Floats, is_case: Bools, resamples: int, seed: int, *, is_categorical: Bools | None = None,
    groups: Ints | None = None,
) -> Floats:  # fmt: skip
    """Return the share of bootstrap resamples of the rows whose box restricts each input, of shape (inputs,).

    A resample without a box restricts nothing. More resamples include those of fewer. Rows with the same number in
    ``groups`` are drawn together, because they were made together; without it each row is drawn by itself.
    """
    streams, rows, times_restricted = Streams(seed, 0), len(inputs), np.zeros(inputs.shape[1])
    members = Members.of(np.arange(rows) if groups is None else groups)
    for resample in range(resamples):
        drawn = members.resampled(streams.uniforms(Stream.BOOTSTRAP, np.array([resample]), rows)[0])
        box = find_box(inputs[drawn], is_case[drawn], is_categorical=is_categorical)
        times_restricted += 0 if box is None else box.is_restricted
    return times_restricted / resamples


def _judged(sample: _Sample, limits: Limits) -> Box:
    """Return a box with its quality.

    The quasi-p-value of a restriction is the chance of at least so many cases of interest among the rows of the box,
    if their share were that of the box without it. As the box was searched for, it is no level of significance.
    """
    rows, cases = sample.count(limits)
    quasi_p = np.ones(limits.low.size)
    for column in np.flatnonzero(limits.is_restricted).tolist():
        rows_without, cases_without = sample.count(limits.restricted(column))
        quasi_p[column] = binom.sf(cases - 1, rows, cases_without / rows_without)
    all_rows, all_cases = sample.is_case.size, int(sample.is_case.sum())
    coverage = cases / all_cases if all_cases else math.nan
    return Box(limits.low, limits.high, limits.categories, coverage, cases / rows, rows / all_rows, quasi_p)


def _climb(
    sample: _Sample, limits: Limits, moves: Callable[..., Iterator[Limits]], share: float, least_mass: float
) -> Iterator[Limits]:
    """Yield denser and denser limits, each the best of the moves from the one before."""
    while True:
        rows, cases = sample.count(limits)
        steps = []
        for candidate in moves(sample, limits, share):
            new_rows, new_cases = sample.count(candidate)
            gain = new_cases / max(new_rows, 1) - cases / rows
            if gain > 0 and new_rows / sample.is_case.size >= least_mass:
                steps.append((gain / abs(new_rows - rows), -int(candidate.is_restricted.sum()), candidate))
        if not steps:
            return
        limits = max(steps, key=itemgetter(0, 1))[2]
        yield limits


def _peels(sample: _Sample, limits: Limits, share: float) -> Iterator[Limits]:
    """Yield the limits without a slice at the top or bottom of a numeric input, or without one category."""
    inside = sample.inputs[limits.contains(sample.inputs)]
    for column, values in enumerate(inside.T):
        distinct = np.unique(values)
        if column in sample.levels:
            allowed = limits.categories.get(column, sample.levels[column])
            for level in map(int, distinct):
                yield limits.restricted(column, allowed=allowed - {level})
        elif distinct.size > 1:
            rank = int(share * (values.size - 1))
            bottom, top = np.partition(values, (rank, -1 - rank))[[rank, -1 - rank]]
            yield limits.restricted(column, limits.low[column], -_peeled(-distinct[::-1], -top))
            yield limits.restricted(column, _peeled(distinct, bottom), limits.high[column])


def _peeled(distinct: Floats, edge: float) -> float:
    """Return the lower limit that leaves out the sorted values up to the edge, but never the highest."""
    outer = min(int(np.searchsorted(distinct, edge)), distinct.size - 2)
    return _halfway(*distinct[outer : outer + 2])


def _pastes(sample: _Sample, limits: Limits, share: float) -> Iterator[Limits]:
    """Yield the limits with another slice above or below a restricted numeric input, or with one category more."""
    count = max(1, round(share * sample.count(limits)[0]))
    for column in np.flatnonzero(limits.is_restricted).tolist():
        if column in sample.levels:
            for level in sorted(sample.levels[column] - limits.categories[column]):
                wider = limits.categories[column] | {level}
                yield limits.restricted(column, allowed=None if wider == sample.levels[column] else wider)
        else:
            values = sample.inputs[limits.restricted(column).contains(sample.inputs), column]
            low, high = float(limits.low[column]), float(limits.high[column])
            yield limits.restricted(column, low, -_pasted(-values, -high, count))
            yield limits.restricted(column, _pasted(values, low, count), high)


def _pasted(values: Floats, low: float, count: int) -> float:
    """Return the lower limit that takes in so many more values and those tied with them, -inf if no others remain."""
    outside = np.sort(values[values < low])
    further = outside[outside < outside[-count:].min(initial=low)]
    return _halfway(further[-1], outside[further.size]) if further.size else -math.inf


def _halfway(outer: float, inner: float) -> float:
    """Return a lower limit between neighbouring values that leaves out the outer one, however near they are."""
    middle = (outer + inner) / 2
    return float(middle if middle > outer else inner)


def _checked(inputs: Floats, is_case: Bools, is_categorical: Bools | None, *shares: float) -> _Sample:
    if inputs.ndim != 2 or inputs.size == 0:
        raise ValueError(f"inputs have shape {inputs.shape}, must be (rows, inputs), at least one of each")
    if not np.isfinite(inputs).all():
        raise ValueError(f"inputs have a {inputs[~np.isfinite(inputs)][0]}, must be finite")
    rows, columns = inputs.shape
    is_categorical = np.zeros(columns, np.bool_) if is_categorical is None else is_categorical
    for name, flags, count in (("is_case", is_case, rows), ("is_categorical", is_categorical, columns)):
        if flags.shape != (count,) or flags.dtype != np.bool_:
            raise ValueError(f"{name} has shape {flags.shape} and dtype {flags.dtype}, must be ({count},) and bool")
    if not all(0 <= share < 1 for share in shares):
        raise ValueError(f"shares are {shares}, must be at least 0 and less than 1")
    if (fractions := inputs[:, is_categorical] % 1).any():
        raise ValueError(f"a categorical input has a value with fraction {fractions.max()}, must be whole numbers")
    levels = {column: frozenset(map(int, inputs[:, column])) for column in np.flatnonzero(is_categorical).tolist()}
    return _Sample(np.asfortranarray(inputs), is_case, levels)
