"""Which uncertain inputs a result over draws goes with: rank correlations, the unmeasured inputs first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from experiments.contrasts import CONFIDENCE
from sim.streams import Floats

FIRST = ("supply.outside_netback_eur_per_kg", "choice.temperature_eur_per_kg")
"""Nobody has measured these, and displacement hangs on them: they head every table."""
LEAST_DRAWS = 4
"""The interval of a correlation divides by three draws less."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rank correlation with its 95 % interval; NaN where one side does not vary."""

    rho: float
    low: float
    high: float


def rank_correlation(inputs: Floats, outcomes: Floats) -> Correlation:
    """Return Spearman's rank correlation, tanh(atanh(rho) +- 1.96 sqrt((1 + rho² / 2) / (n - 3))).

    Bonett and Wright 2000, doi:10.1007/BF02294183. Ranks need no straight line and no finite variance, and inputs of
    all units compare.

    Args:
        inputs, outcomes: shape (draws,), at least 4 of them.
    """
    x, y = (rankdata(values) for values in (inputs, outcomes))
    if not (x.std() > 0 and y.std() > 0):
        return Correlation(math.nan, math.nan, math.nan)
    rho = float(np.corrcoef(x, y)[0, 1])
    if abs(rho) > 1 - 1e-12:
        return Correlation(rho, rho, rho)
    width = float(ndtri(0.5 + CONFIDENCE / 2)) * math.sqrt((1 + rho**2 / 2) / (x.size - 3))
    return Correlation(rho, math.tanh(math.atanh(rho) - width), math.tanh(math.atanh(rho) + width))


def largest_by_chance(draws: int, inputs: int) -> float:
    """Return the median of the largest of so many rank correlations, were all of them zero.

    The largest of m independent normals |z| lies below q with probability (2 Phi(q) - 1)^m.
    """
    quantile = float(ndtri((1 + 0.5 ** (1 / inputs)) / 2))
    return math.tanh(quantile / math.sqrt(draws - 3))


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How one input goes with what was found."""

    name: str
    elsewhere: Correlation
    """With the tonnes by which flow elsewhere changed."""
    kept_off: Correlation
    """With the tonnes kept off the market."""

    @property
    def strength(self) -> float:
        """Return the larger of the two correlations, without sign; 0 where none is defined."""
        return max(abs(c.rho) if math.isfinite(c.rho) else 0.0 for c in (self.elsewhere, self.kept_off))


def sensitivities(names: Sequence[str], inputs: Floats, elsewhere: Floats, kept_off: Floats) -> list[Sensitivity]:
    """Return the sensitivity to every input: the unmeasured ones first, the others by strength.

    Args:
        names: of the inputs.
        inputs: shape (draws, inputs).
        elsewhere, kept_off: outcomes, shape (draws,).
    """
    found = [
        Sensitivity(name, rank_correlation(column, elsewhere), rank_correlation(column, kept_off))
        for name, column in zip(names, inputs.T, strict=True)
    ]
    heads = {name: place for place, name in enumerate(FIRST)}
    return sorted(found, key=lambda one: (heads.get(one.name, len(heads)), -one.strength))
