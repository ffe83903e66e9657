"""Paired contrasts: the difference of two arms, replication by replication, under common random numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sim.streams import Floats

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Contrast:
    """A mean paired difference with its interval over replications."""

    replications: int
    difference: float
    half_width: float
    correlation: float
    """Of the pairs; NaN where an arm does not vary."""

    @property
    def low(self) -> float:
        """Return the lower end of the interval."""
        return self.difference - self.half_width

    @property
    def high(self) -> float:
        """Return the upper end of the interval."""
        return self.difference + self.half_width

    @property
    def is_resolved(self) -> bool:
        """Return whether the interval excludes zero; an unresolved contrast is never ranked."""
        return self.half_width < abs(self.difference)


def half_width(values: Floats) -> float:
    """Return the half-width of the 95 % t interval of a mean, infinite for a single value."""
    n = values.size
    if n < 2:
        return math.inf
    return float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * values.std(ddof=1) / math.sqrt(n))


def paired_contrast(treated: Floats, baseline: Floats) -> Contrast:
    """Return treated less baseline, element by element the same replication; its variance is Va + Vb - 2 Cov."""
    varies = treated.size > 1 and treated.std() > 0 and baseline.std() > 0
    correlation = float(np.corrcoef(treated, baseline)[0, 1]) if varies else math.nan
    difference = treated - baseline
    return Contrast(treated.size, float(difference.mean()), half_width(difference), correlation)
