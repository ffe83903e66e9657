"""What to cover if who is to be stopped knows it and goes where it suits him best, with error.

The game is that of agents/security_game.py; the follower picks each target with the probability of a logit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import softmax, wrightomega

from agents.security_game import TOLERANCE, Commitment, check_amount, checked, payoff_range, within
from sim.streams import Floats

_FLAT = 1e-8
"""Where the defender gains by coverage less than this share of what it gains by deterrence, only deterrence counts."""
_PRECISION = 1e-12
"""Of the logarithm of a price; less deterrence than this is none."""
_FARTHEST = 1e12
"""No logarithm of a price is further from the others: a search that does not end would be an error of the method."""


def quantal_response(
    defender_covered: Floats, defender_uncovered: Floats, attacker_covered: Floats, attacker_uncovered: Floats,
    resources: float, rationality: float, attraction: Floats | None = None,
) -> Commitment:  # fmt: skip
    """Return the best commitment if the follower picks target t with probability q_t = m_t exp(lambda U_t) / sum.

    The follower of PROTECT (An et al. 2013, Interfaces 43:400-420), McKelvey and Palfrey 1995,
    doi:10.1006/game.1995.1023. A value r can be had if and only if some coverage makes sum m exp(lambda U) (U_d - r)
    at least 0 (PASAQ: Yang, Ordonez and Tambe 2012, AAMAS, pp. 847-854; Dinkelbach 1967, doi:10.1287/mnsc.13.7.492).
    Each term, as a function of its coverage, is concave up to its maximum and falls behind it, where nobody would
    cover more; so one price of coverage settles that question exactly, and no piecewise approximation is needed.

    The value is within ``TOLERANCE`` of the global optimum, and is that of the coverage that is returned.

    Args:
        defender_covered: what the defender gets if the target is attacked and covered, shape (targets,).
        defender_uncovered: the same, not covered; never more.
        attacker_covered: what the follower gets at a covered target.
        attacker_uncovered: the same, not covered; never less.
        resources: the most that coverage may sum to, 0 or more.
        rationality: lambda, by unit of what the follower gets: 0 whatever the target offers, infinite at his best.
        attraction: m, prior attraction of the targets, 0 or more, not all 0; 1 if not given.

    Returns:
        coverage, which may sum to less than the resources where more would only move the follower to worse targets,
        and the defender's value.

    Raises:
        ValueError: something is not finite, out of bounds or of the wrong shape.
    """
    if attraction is None:
        attraction = np.ones(np.shape(defender_covered))
    covered, uncovered, with_cover, without, mass = checked(
        None, defender_covered=defender_covered, defender_uncovered=defender_uncovered,
        attacker_covered=attacker_covered, attacker_uncovered=attacker_uncovered, attraction=attraction,
    )  # fmt: skip
    checked(0.0, attraction=mass)
    check_amount("resources", resources)
    check_amount("rationality", rationality)
    if not mass.any():
        raise ValueError("attraction is 0 at all targets; allowed: more than 0 at one at least")
    if (covered < uncovered).any() or (with_cover > without).any():
        raise ValueError(
            "coverage harms the defender or helps the follower at a target; allowed: defender_covered >= "
            "defender_uncovered and attacker_covered <= attacker_uncovered"
        )
    is_open = mass > 0
    lowest, scale = min(covered.min(), uncovered.min()), payoff_range(covered, uncovered)
    game = _QuantalGame(
        np.log(mass[is_open]) + rationality * (without - without.max())[is_open],
        rationality * (without - with_cover)[is_open],
        ((uncovered - lowest) / scale)[is_open],
        ((covered - uncovered) / scale)[is_open],
        resources,
    )
    coverage = np.zeros(mass.size)
    coverage[is_open], value = game.best()
    return Commitment(coverage, float(lowest + scale * value))


@dataclass(frozen=True, slots=True)
class _QuantalGame:
    """The terms w exp(-k c) (d + b c) of each target, and the resources."""

    log_weight: Floats
    """ln w: what draws the follower to the target without coverage."""
    deterrence: Floats
    """k: by how much full coverage lowers the logarithm of that."""
    uncovered: Floats
    """d: what the defender gets there without coverage, between 0 and 1."""
    gain: Floats
    """b: what coverage adds to it."""
    resources: float

    def best(self) -> tuple[Floats, float]:
        """Return the best coverage and its value, which is at most ``TOLERANCE`` below the optimum."""
        coverage = np.zeros(self.gain.size)
        low, high = self._value(coverage), float((self.uncovered + self.gain).max())
        is_halving = False
        while high - low > TOLERANCE:
            # A step from the best value so far converges fast near the optimum (Dinkelbach), halving does anywhere.
            level = (low + high) / 2 if is_halving else low + TOLERANCE
            is_halving = not is_halving
            trial = self._best_above(level)
            value = self._value(trial)
            if value > low:
                coverage, low = trial, value
            if not value > level:
                high = level
        return coverage, low

    def _value(self, coverage: Floats) -> float:
        """Return what the defender gets by coverage."""
        probability = softmax(self.log_weight - self.deterrence * coverage)
        return float(probability @ (self.uncovered + self.gain * coverage))

    def _best_above(self, level: float) -> Floats:
        """Return the coverage that maximises sum w exp(-k c) (d + b c - level).

        The derivative of a term is w exp(-k c) (s - k b c) with s = b - k (d - level): positive up to the peak
        s / (k b), falling until there.
        """
        slope = self.gain - self.deterrence * (self.uncovered - level)
        rises = slope > 0
        curvature = self.deterrence * self.gain
        is_before_one = rises & (slope < curvature)
        peak = np.where(is_before_one, slope / np.where(is_before_one, curvature, 1.0), 1.0)
        most = np.where(rises, peak, 0.0)
        if most.sum() <= self.resources * (1.0 + _PRECISION):
            return within(most, self.resources)
        if self.resources == 0:
            return np.zeros(most.size)
        log_slope = self.log_weight + np.log(np.where(rises, slope, 1.0))
        at_price = partial(self._coverage_at, np.where(rises, slope, 1.0), log_slope, most)
        high = float(log_slope[rises].max()) + 1.0
        step = 2.0
        while at_price(high - step).sum() < self.resources and step < _FARTHEST:
            step *= 2.0
        price = brentq(lambda p: at_price(p).sum() - self.resources, high - step, high, xtol=_PRECISION)
        # What does not change with coverage jumps at its price: the last of the resources goes there.
        margin = 8.0 * (_PRECISION + np.spacing(abs(price)))
        more, less = at_price(price - margin), at_price(price + margin)
        spread = more.sum() - less.sum()
        share = np.clip((self.resources - less.sum()) / spread, 0.0, 1.0) if spread > 0 else 1.0
        return within(less + share * (more - less), self.resources)

    def _coverage_at(self, slope: Floats, log_slope: Floats, most: Floats, log_price: float) -> Floats:
        """Return the coverage of each target at which more of it gains exp(log_price) by unit.

        ln w - k c + ln(s - k b c) = ln price has c = (s / b - W) / k with W + ln W = ln price - ln w - ln b + s / b.

        Args:
            slope: s of each target, 1 where coverage gains nothing.
            log_slope: ln w + ln s.
            most: the coverage up to which the term rises.
            log_price: the logarithm of the price of coverage.
        """
        k, b = self.deterrence, self.gain
        is_curved = b > _FLAT * slope
        ratio = slope / np.where(is_curved, b, 1.0)
        curve = ratio - wrightomega(log_price - log_slope + np.log(ratio) + ratio)
        rise = np.where(is_curved, curve, log_slope - log_price)
        deters = k > _PRECISION
        coverage = np.where(deters, rise / np.where(deters, k, 1.0), np.where(log_slope > log_price, 1.0, 0.0))
        return np.clip(coverage, 0.0, most)
