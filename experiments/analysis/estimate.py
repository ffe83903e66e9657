"""A figure with its 95 % interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from experiments.contrasts import CONFIDENCE
from sim.streams import Floats

Z = float(ndtri(0.5 + CONFIDENCE / 2))
"""Half-width of an interval in standard errors."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; NaN where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan


def ends(drawn: Floats) -> tuple[Floats, Floats]:
    """Return the two ends of the percentile interval over draws (first axis) of figures, NaN left out."""
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.nanpercentile(drawn, [tail, 100 - tail], axis=0)
    return low, high
