"""What a sweep says in few numbers: the spread of an outcome over points, and its course over each factor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.analysis.asked import Asked
from experiments.analysis.luck import UNKNOWN, Luck, luck_of
from experiments.analysis.outcome import Sample, by_level, read_sample
from experiments.analysis.sensitivity import crossed_groups
from experiments.contrasts import Contrast, paired_contrast
from experiments.sweep.reading import SweepReader
from scenarios.errors import InputError
from sim.streams import Floats

OUTCOME = "landed"
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
BAND = (0.1, 0.9)
_MOST_BINS, _LEAST_IN_BIN, _MOST_SLICES = 24, 8, 8


@dataclass(frozen=True, slots=True)
class Slice:
    """Points with nearly the same value of a factor."""

    at: float
    """Mean of the factor."""
    mean: float
    low: float
    high: float
    """Ends of the middle 80 % of the points; no interval of the mean."""
    points: int


def sample_of(reader: SweepReader, outcome: str = OUTCOME) -> Sample:
    """Return the outcome at all points.

    Raises:
        InputError: no such outcome, a value that is not finite, or points that are not those of their design.
    """
    return read_sample(reader, Asked((reader.folder,), outcome=outcome))


def complete(sample: Sample) -> Sample:
    """Return the points that have all their replications."""
    return sample.rows(sample.is_complete)


def bin_edges(values: Floats) -> Floats:
    """Return edges of bins of equal width over values: at most 24, with eight values each on average."""
    bins = int(np.clip(values.size // _LEAST_IN_BIN, 1, _MOST_BINS))
    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-9 * max(abs(low), abs(high), 1.0):
        return np.array([low - 0.5, low + 0.5])
    return np.asarray(np.linspace(low, high, bins + 1), np.float64)


def slices(inputs: Floats, values: Floats) -> list[Slice]:
    """Return the course of an outcome over a factor, in slices of equally many points.

    Where the factor has few values, as in a grid, each of them is a slice.

    Args:
        inputs: of the factor by point.
        values: of the outcome by point.
    """
    found = np.unique(inputs)
    if found.size <= _MOST_SLICES:
        groups = [inputs == at for at in found]
    else:
        ranks = np.argsort(np.argsort(inputs, kind="stable"), kind="stable")
        count = int(np.clip(values.size // _LEAST_IN_BIN, 1, _MOST_SLICES))
        groups = [ranks * count // values.size == i for i in range(count)]
    return [_slice(inputs[group], values[group]) for group in groups if group.any()]


def _slice(inputs: Floats, values: Floats) -> Slice:
    low, high = np.quantile(values, BAND)
    return Slice(float(inputs.mean()), float(values.mean()), float(low), float(high), values.size)


def varies(sample: Sample) -> bool:
    """Return whether the outcome is not the same in all runs."""
    return bool(np.ptp(sample.values) > 1e-12 * np.abs(sample.values).max())


def luck_in(sample: Sample) -> Luck:
    """Return what share of the variance is luck, of points that are complete; NaN where nothing varies."""
    if not varies(sample):
        return Luck(UNKNOWN, UNKNOWN, UNKNOWN, math.nan)
    return luck_of(sample.values, crossed_groups(sample))


def spread_of_slices(found: Sequence[Slice]) -> float:
    """Return how far apart the highest and the lowest mean of slices are."""
    means = [part.mean for part in found]
    return max(means) - min(means) if means else 0.0


def level_differences(sample: Sample, factor: str) -> dict[str, Contrast] | None:
    """Return each level less the first one, at the same points and with the same luck; None if points are not paired.

    The interval is over replications: the mean over points that both have is taken in each of them.

    Args:
        sample: all points, complete or not.
        factor: with levels.
    """
    try:
        parts = by_level(sample, factor)
    except InputError:
        return None
    first, *others = parts
    found = {}
    for level in others:
        differences = parts[level].values - parts[first].values
        whole = differences[np.isfinite(differences).all(axis=1)]
        if whole.size:
            means = whole.mean(axis=0)
            found[level] = paired_contrast(means, np.zeros_like(means))
    return found
