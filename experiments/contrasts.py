"""Paired contrasts: the difference of two arms, replication by replication, under common random numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from sim.streams import Floats, Stream, Streams

CONFIDENCE = 0.95
RESAMPLES = 5_000
LEAST_PAIRS_TO_RESAMPLE = 10
LEAST_FINDS = 30
_ROUNDING = 1e-12
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A mean paired difference with its intervals over replications, infinitely wide for a single pair."""

    replications: int
    difference: float
    low: float
    """Lower end of the bootstrap interval, or of the t interval with fewer than 10 pairs."""
    high: float
    t_low: float
    """Lower end of the paired t interval, as a check on the other."""
    t_high: float
    p_value: float
    """Of the two-sided paired t test; NaN for a single pair."""
    correlation: float
    """Of the pairs; NaN where an arm does not vary."""
    variance_ratio: float
    """How many times more replications independent seeds would need for the same variance."""

    @property
    def half_width(self) -> float:
        """Return half the width of the interval, which need not lie evenly about the difference."""
        return (self.high - self.low) / 2

    @property
    def is_resolved(self) -> bool:
        """Return whether both intervals exclude zero; an unresolved contrast is never ranked."""
        return (self.low > 0 and self.t_low > 0) or (self.high < 0 and self.t_high < 0)


def half_width(values: Floats, confidence: float = CONFIDENCE) -> float:
    """Return the half-width of the t interval of a mean (95 % unless said), infinite for a single value."""
    n = values.size
    if n < 2:
        return math.inf
    return float(stdtrit(n - 1, 0.5 + confidence / 2) * values.std(ddof=1) / math.sqrt(n))


def paired_contrast(treated: Floats, baseline: Floats) -> Contrast:
    """Return treated less baseline, element by element the same replication; its variance is Va + Vb - 2 Cov."""
    return _contrast(treated, baseline, (treated - baseline,), _mean)


def ratio_contrast(
    numerator_treated: Floats, denominator_treated: Floats, numerator_baseline: Floats, denominator_baseline: Floats
) -> Contrast:
    """Return the difference of two ratios of sums over replications, never of means of ratios.

    The bootstrap resamples replications, all four numbers of one together; the t interval, the p-value and the
    variances are those of the linearised ratios.
    """
    data = (numerator_treated, denominator_treated, numerator_baseline, denominator_baseline)
    treated, baseline = linearised_ratio(*data[:2]), linearised_ratio(*data[2:])
    return _contrast(treated, baseline, data, _difference_of_ratios)


def linearised_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return values, one a replication, whose mean is the ratio of the sums and whose spread is that of the ratio.

    R + (y - R x) / mean(x) with R = sum(y) / sum(x), Taylor's series of a ratio (Cochran 1977, Sampling Techniques,
    section 6.4); NaN where the denominators sum to zero.
    """
    total = float(denominator.sum())
    if total == 0:
        return np.full(numerator.shape, math.nan)
    ratio = float(numerator.sum()) / total
    values: Floats = ratio + (numerator - ratio * denominator) / (total / denominator.size)
    return values


def _contrast(
    treated: Floats, baseline: Floats, data: tuple[Floats, ...], statistic: Callable[..., Floats]
) -> Contrast:
    difference = treated - baseline
    mean, width = float(difference.mean()), half_width(difference)
    t_low, t_high = mean - width, mean + width
    low, high = t_low, t_high
    if treated.size >= LEAST_PAIRS_TO_RESAMPLE and not _is_constant(treated, baseline):
        low, high = _bootstrap_interval(data, statistic)
        if not (math.isfinite(low) and math.isfinite(high)):
            low, high = t_low, t_high
    varies = treated.size > 1 and treated.std() > 0 and baseline.std() > 0
    correlation = float(np.corrcoef(treated, baseline)[0, 1]) if varies else math.nan
    ratio = variance_ratio(treated, baseline)
    return Contrast(treated.size, mean, low, high, t_low, t_high, _p_value(difference), correlation, ratio)


def _is_constant(treated: Floats, baseline: Floats) -> bool:
    """Return whether all differences are the same, the rounding of the last bits apart."""
    scale = max(float(np.abs(treated).max()), float(np.abs(baseline).max()))
    return not float(np.ptp(treated - baseline)) > _ROUNDING * scale


def _mean(values: Floats, axis: int) -> Floats:
    return np.asarray(values.mean(axis=axis))


def _difference_of_ratios(y1: Floats, x1: Floats, y0: Floats, x0: Floats, axis: int) -> Floats:
    return np.asarray(y1.sum(axis=axis) / x1.sum(axis=axis) - y0.sum(axis=axis) / x0.sum(axis=axis))


def expanded_level(replications: int) -> tuple[float, float]:
    """Return the percentiles of a bootstrap that for normal data are as far apart as the t interval."""
    n = replications
    tail = float(ndtr(-math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2))))
    return tail, 1 - tail


def _bootstrap_interval(data: tuple[Floats, ...], statistic: Callable[..., Floats]) -> tuple[float, float]:
    """Return the bias-corrected and accelerated interval (Efron 1987 doi:10.1080/01621459.1987.10478410).

    Its level is expanded so that for normal data it is as wide as the t interval, since a bootstrap of few values is
    too narrow (Hesterberg 2015 doi:10.1080/00031305.2015.1089789). The same data always give the same interval.
    """
    from scipy.stats import DegenerateDataWarning, bootstrap  # half a second that only comparisons need

    n = data[0].size
    low, high = expanded_level(n)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", DegenerateDataWarning)
        interval = bootstrap(
            data, statistic, n_resamples=RESAMPLES, paired=len(data) > 1, vectorized=True, method="BCa",
            confidence_level=high - low, rng=Streams(0, 0).generator(Stream.BOOTSTRAP),
        ).confidence_interval  # fmt: skip
    return float(interval.low), float(interval.high)


def _p_value(difference: Floats) -> float:
    n = difference.size
    if n < 2:
        return math.nan
    mean, error = float(difference.mean()), float(difference.std(ddof=1)) / math.sqrt(n)
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stdtr(n - 1, -abs(mean / error)))


def variance_ratio(treated: Floats, baseline: Floats) -> float:
    """Return (Va + Vb) / V(a - b), what independent seeds would cost; infinite where all differences are the same."""
    if treated.size < 2:
        return math.nan
    apart = float(treated.var(ddof=1) + baseline.var(ddof=1))
    if _is_constant(treated, baseline):
        return math.inf if apart > 0 else math.nan
    return apart / float((treated - baseline).var(ddof=1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for being several (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    A NaN stays one and counts among the several.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * (p.size - np.arange(p.size))))
    values: list[float] = adjusted.tolist()
    return values


def rank(
    rows: Sequence[_Row], values: Sequence[float], finds: Sequence[float], least_finds: float = LEAST_FINDS
) -> tuple[list[_Row], list[_Row]]:
    """Return the rows that may be ranked, largest value first, and in their given order those that may not.

    Finds are those of one world over the window, never summed over replications: more replications say more exactly
    what the model expects of a place, but a place with a handful of finds stays one about which a record says little.

    Args:
        rows: what is ordered.
        values: by row, what to order by.
        finds: by row, a mean over replications.
        least_finds: with fewer a row is not ranked.
    """
    order = sorted(range(len(rows)), key=lambda i: -values[i])
    ranked = [rows[i] for i in order if finds[i] >= least_finds]
    return ranked, [row for row, number in zip(rows, finds, strict=True) if not number >= least_finds]


@dataclass(frozen=True, slots=True)
class ParameterSpread:
    """What parameters leave open in a result, apart from the luck of replications; the two are never merged."""

    low: float
    """Lower end of the range that holds 95 % of the draws of parameters."""
    high: float
    noise_sd: float
    """Between replications of the same draw."""
    parameter_sd: float
    """Between draws, the luck of their replications taken out."""


def spread_over_draws(values_by_draw: Floats, *, luck_is_shared: bool = False) -> ParameterSpread:
    """Return the spread of a result over draws of parameters, separated from that over replications.

    Random effects: V(draws) = V(means) - noise of a mean, at least 0 (Searle, Casella and McCulloch 1992, Variance
    Components, chapter 3), and the means are shrunk to that variance before their range is taken. NaN with fewer than
    two draws or replications, which cannot be told apart.

    Args:
        values_by_draw: shape (draws, replications).
        luck_is_shared: whether column k is the same replication in every draw. Its luck then moves all draws
            alike, and the noise of a mean is that of the two-way layout, without what replications have in common.
    """
    draws, replications = values_by_draw.shape
    if min(draws, replications) < 2:
        return ParameterSpread(math.nan, math.nan, math.nan, math.nan)
    means = values_by_draw.mean(axis=1)
    within = float(values_by_draw.var(axis=1, ddof=1).mean())
    noise = within
    if luck_is_shared:
        alike = means[:, None] + values_by_draw.mean(axis=0) - values_by_draw.mean()
        noise = float(((values_by_draw - alike) ** 2).sum()) / ((draws - 1) * (replications - 1))
    total = float(means.var(ddof=1))
    between = max(0.0, total - noise / replications)
    shrunk = means.mean() + (means - means.mean()) * (math.sqrt(between / total) if total > 0 else 0.0)
    low, high = np.quantile(shrunk, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    return ParameterSpread(float(low), float(high), math.sqrt(within), math.sqrt(between))
