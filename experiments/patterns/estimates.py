"""Each statistic with its error in the record and its range over replications, and how far the two lie apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from experiments.contrasts import CONFIDENCE, half_width
from experiments.patterns.catalogue import catalogue
from experiments.patterns.figures import Figure
from experiments.patterns.record import Record
from experiments.patterns.run_figures import RunFigures
from experiments.patterns.statistics import Statistic
from sim.streams import Floats, Stream, Streams

RESAMPLES = 1_000
_SIGMAS = float(ndtri(0.5 + CONFIDENCE / 2))

Apart = Literal["yes", "weakly", "no", "-"]
"""Whether a statistic tells two arms apart: ranges do not overlap, only means differ, neither; or nothing to say."""


@dataclass(frozen=True, slots=True)
class PublishedEstimate:
    """A published statistic on its scale (the logarithm for factors), with its standard error; NaN where unknown."""

    value: float
    error: float

    @property
    def low(self) -> float:
        """Return the lower end of the 95 % interval, normal on the scale."""
        return self.value - _SIGMAS * self.error

    @property
    def high(self) -> float:
        """Return its upper end."""
        return self.value + _SIGMAS * self.error


@dataclass(frozen=True, slots=True)
class ArmEstimate:
    """A statistic of one arm, on its scale; NaN where no replication has it."""

    values: Floats
    """One element a replication; NaN where it is undefined."""
    flow: float
    """Mean of the same statistic of true flow."""

    @property
    def defined(self) -> Floats:
        """Return the values of the replications that have it."""
        return self.values[np.isfinite(self.values)]

    @property
    def mean(self) -> float:
        """Return the mean over replications."""
        return float(self.defined.mean()) if self.defined.size else math.nan

    @property
    def spread(self) -> float:
        """Return the standard deviation over replications: what one history differs from another."""
        return float(self.defined.std(ddof=1)) if self.defined.size > 1 else math.nan

    @property
    def low(self) -> float:
        """Return the least of the replications."""
        return float(self.defined.min()) if self.defined.size else math.nan

    @property
    def high(self) -> float:
        """Return the greatest."""
        return float(self.defined.max()) if self.defined.size else math.nan


@dataclass(frozen=True, slots=True)
class Row:
    """A statistic with what the record and each arm say."""

    statistic: Statistic
    published: PublishedEstimate
    arms: Mapping[str, ArmEstimate]

    def distance(self, arm: str) -> float:
        """Return (arm - record) / sqrt(sampling variance of the record + variance over replications).

        Both variances hold the luck of finding, so that it counts twice: distances are rather too small.
        """
        estimate = self.arms[arm]
        variance = self.published.error**2 + estimate.spread**2
        return (estimate.mean - self.published.value) / math.sqrt(variance) if variance > 0 else math.nan

    def apart(self, arm: str, other: str) -> Apart:
        """Return whether the statistic tells two arms apart, by the same luck in both."""
        a, b = self.arms[arm], self.arms[other]
        both = np.isfinite(a.values) & np.isfinite(b.values)
        if both.sum() < 2:
            return "-"
        if a.low > b.high or a.high < b.low:
            return "yes"
        difference = a.values[both] - b.values[both]
        return "weakly" if abs(difference.mean()) > half_width(difference) else "no"


def estimates(record: Record, runs: Mapping[str, Sequence[RunFigures]]) -> list[Row]:
    """Return every statistic with the record and each arm beside each other.

    Args:
        record: the published figures.
        runs: figures by arm, one element a replication, in the same order in every arm.
    """
    statistics = catalogue(record)
    published = published_estimates(statistics, record)
    rows = []
    for statistic, estimate in zip(statistics, published, strict=True):
        arms = {arm: _arm(statistic, figures) for arm, figures in runs.items()}
        rows.append(Row(statistic, estimate, arms))
    return rows


def _arm(statistic: Statistic, runs: Sequence[RunFigures]) -> ArmEstimate:
    flows = np.array([statistic.value(run.flow) for run in runs])
    known = flows[np.isfinite(flows)]
    return ArmEstimate(
        np.array([statistic.value(run.recorded) for run in runs]), float(known.mean()) if known.size else math.nan
    )


def published_estimates(statistics: Sequence[Statistic], record: Record) -> list[PublishedEstimate]:
    """Return the statistics of the record with standard errors from a parametric bootstrap.

    Each figure is multiplied by an independent lognormal of mean 1 and the figure's own coefficient of variation
    (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 6). A statistic said in words has no error.
    """
    keys = sorted(record)
    values = np.array([record[key].value for key in keys])
    log_sd = np.sqrt(np.log1p(np.nan_to_num([record[key].cv for key in keys]) ** 2))
    luck = Streams(0, 0).generator(Stream.BOOTSTRAP).standard_normal((RESAMPLES, len(keys)))
    resampled = values * np.exp(log_sd * luck - log_sd**2 / 2)
    as_published = dict(zip(keys, values.tolist(), strict=True))
    again: list[dict[Figure, float]] = [dict(zip(keys, row, strict=True)) for row in resampled.tolist()]
    found = []
    for statistic in statistics:
        value = statistic.value(as_published)
        # A fixed copy of the record has no spread: that is not the same as having no error.
        error = math.nan if statistic.is_in_words or math.isnan(value) else _spread(statistic, again)
        found.append(PublishedEstimate(value, error))
    return found


def _spread(statistic: Statistic, again: Sequence[Mapping[Figure, float]]) -> float:
    return float(np.std([statistic.value(figures) for figures in again], ddof=1))


# ---- which rule ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Closeness:
    """How far an arm lies from the patterns: mean absolute distance of the statistics of each pattern."""

    by_pattern: Mapping[int, float]
    overall: float
    """Mean over the patterns, so that none counts more for having more statistics."""
    difference: float
    """Overall distance less that of the arm compared with; negative is closer."""
    half_width: float
    """Of the 95 % interval of the difference, by the jackknife over replications."""


def closeness(rows: Sequence[Row], arm: str, reference: str) -> Closeness:
    """Return how close an arm comes to the patterns, and how much closer than the reference.

    Args:
        rows: all statistics.
        arm: which.
        reference: compared with, by the same luck.
    """
    by_pattern = _mean_distances(rows, arm)
    overall = _mean(list(by_pattern.values()))
    difference = overall - _mean(list(_mean_distances(rows, reference).values()))
    n = max((row.arms[arm].values.size for row in rows), default=0)
    without = [_without(rows, (arm, reference), i) for i in range(n)] if n > 2 else []
    left_out = np.array(
        [_mean(list(_mean_distances(r, arm).values())) - _mean(list(_mean_distances(r, reference).values()))
         for r in without]
    )  # fmt: skip
    # Pseudo-values of the jackknife (Tukey 1958, Annals of Mathematical Statistics 29, 614).
    width = half_width(n * difference - (n - 1) * left_out) if left_out.size else math.nan
    return Closeness(by_pattern, overall, difference, width)


def _mean_distances(rows: Sequence[Row], arm: str) -> dict[int, float]:
    """Return the mean absolute distance of each pattern that has one."""
    found: dict[int, list[float]] = {}
    for row in rows:
        distance = abs(row.distance(arm))
        if math.isfinite(distance):
            found.setdefault(row.statistic.pattern, []).append(distance)
    return {pattern: _mean(distances) for pattern, distances in found.items()}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _without(rows: Sequence[Row], arms: tuple[str, ...], left_out: int) -> list[Row]:
    """Return the rows as they would be without one replication."""
    shorter = []
    for row in rows:
        kept = {
            arm: ArmEstimate(np.delete(row.arms[arm].values, left_out), row.arms[arm].flow) for arm in set(arms)
        }  # fmt: skip
        shorter.append(Row(row.statistic, row.published, kept))
    return shorter
