"""Conclusion reversal: the smallest change of assumptions at which a gain turns into a loss.

The search works on any function of a point in prior standard deviations and knows no simulator. What it finds is an
upper bound of the smallest change: it looks along the ways it is given, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.streams import Floats

Value = Callable[[Floats], float]
"""The gain at a point: positive while the conclusion holds."""
Allowed = Callable[[Floats], bool]

_HALVINGS = 40
_NEGLIGIBLE = 1e-9
_FIRST_STEPS = (0.5, 1.0, 2.0, 4.0)
"""How far a search in many inputs looks, before the end of the way: near first, to find the nearest of several."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way from the start (the origin): t times a direction, each coordinate held at its limit once it gets there."""

    name: str
    direction: Floats
    low: Floats
    high: Floats

    def point(self, t: float) -> Floats:
        """Return the point at t."""
        at: Floats = np.clip(t * self.direction, self.low, self.high)
        return at

    def distance(self, t: float) -> float:
        """Return how far the point at t lies from the start, in prior standard deviations (Euclidean norm)."""
        return float(np.linalg.norm(self.point(t)))

    @property
    def is_single(self) -> bool:
        """Return whether the way moves one input alone."""
        return int(np.count_nonzero(self.direction)) == 1

    def end(self, is_allowed: Allowed) -> float:
        """Return the t at which all limits are reached, or the last at which the point is still allowed."""
        moving = self.direction != 0
        limits = np.where(self.direction > 0, self.high, self.low)[moving]
        furthest = float((limits / self.direction[moving]).max(initial=0.0))
        if is_allowed(self.point(furthest)):
            return furthest
        inside, outside = 0.0, furthest
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if is_allowed(self.point(middle)):
                inside = middle
            else:
                outside = middle
        return inside


@dataclass(frozen=True, slots=True)
class Search:
    """How a search along one way ended."""

    way: Way
    t: float
    """Where the gain is first found to be gone, or else the end of the way."""
    is_reversed: bool

    @property
    def point(self) -> Floats:
        """Return that point, in prior standard deviations from the start."""
        return self.way.point(self.t)

    @property
    def distance(self) -> float:
        """Return its distance from the start, in prior standard deviations."""
        return self.way.distance(self.t)


def search_along(
    value: Value, way: Way, is_allowed: Allowed = lambda point: True, *, tolerance: float = 0.05, until: float = np.inf
) -> Search:
    """Return the first point along a way where the gain is negative, to the tolerance.

    One input moves to the end of its range at once: a reversal inside is looked for only if there is one at the end.
    Many inputs move in growing steps, so that the nearest of several reversals is found first.

    Args:
        value: the gain; positive at the start.
        way: where to look.
        is_allowed: whether a point may be evaluated.
        tolerance: in prior standard deviations; beyond one of them, the share of the distance.
        until: largest t to look at.
    """
    end = min(way.end(is_allowed), until)
    steps = [] if way.is_single else [t for t in _FIRST_STEPS if t < end]
    holds = 0.0
    for t in [*steps, end] if end > 0 else []:
        if is_allowed(way.point(t)) and value(way.point(t)) < 0:
            return Search(way, _bisected(value, way, is_allowed, (holds, t), tolerance), True)
        holds = t
    return Search(way, end, False)


def _bisected(value: Value, way: Way, is_allowed: Allowed, bracket: tuple[float, float], tolerance: float) -> float:
    holds, reverses = bracket
    while way.distance(reverses) - way.distance(holds) > tolerance * max(1.0, way.distance(reverses)):
        middle = (holds + reverses) / 2
        if is_allowed(way.point(middle)) and value(way.point(middle)) < 0:
            reverses = middle
        else:
            holds = middle
    return reverses


def ways_to_look(slopes: Floats, low: Floats, high: Floats, names: tuple[str, ...], strongest: int = 6) -> list[Way]:
    """Return the ways against the gain: the strongest inputs one by one, these together, and all inputs together.

    Args:
        slopes: change of the gain per prior standard deviation of each input, shape (inputs,).
        low, high: ends of the priors in prior standard deviations from the start.
        names: of the inputs.
        strongest: how many inputs move alone.
    """
    # An input that stands at the end of its prior cannot get worse.
    room = np.where(slopes > 0, -low, high)
    is_felt = np.abs(slopes) > _NEGLIGIBLE * np.abs(slopes).max(initial=0.0)
    against = np.where((room > 0) & is_felt, -slopes, 0.0)
    order = np.argsort(-np.abs(against), kind="stable")[:strongest]
    chosen = [int(i) for i in order if against[i] != 0]
    ways = [Way(names[i], _unit(np.where(np.arange(slopes.size) == i, against, 0.0)), low, high) for i in chosen]
    if len(chosen) > 1:
        is_chosen = np.isin(np.arange(slopes.size), chosen)
        ways.append(Way(f"these {len(chosen)} together", _unit(np.where(is_chosen, against, 0.0)), low, high))
        if np.count_nonzero(against) > len(chosen):
            ways.append(Way("all inputs together", _unit(against), low, high))
    return ways


def way_to(name: str, point: Floats) -> Way:
    """Return the straight way to a point, and no further."""
    return Way(name, _unit(point), np.minimum(point, 0.0), np.maximum(point, 0.0))


def _unit(direction: Floats) -> Floats:
    unit: Floats = direction / np.linalg.norm(direction)
    return unit


def ridge_slopes(inputs: Floats, outcomes: Floats) -> Floats:
    """Return the slopes of a linear regression with the ridge penalty that generalised cross-validation chooses.

    With fewer rows than inputs least squares has no answer, and with few more a poor one. Golub, Heath and Wahba 1979,
    doi:10.1080/00401706.1979.10489751: V = n |y - H y|² / (n - 1 - tr H)², the mean taken out beforehand.

    Args:
        inputs: shape (rows, inputs), each in units that make them comparable.
        outcomes: shape (rows,).
    """
    rows = outcomes.size
    u, singular, vt = np.linalg.svd(inputs - inputs.mean(axis=0), full_matrices=False)
    kept = singular > 1e-9 * singular.max(initial=1.0)
    u, singular, vt = u[:, kept], singular[kept], vt[kept]
    centred = outcomes - outcomes.mean()
    along = u.T @ centred
    rest = float(centred @ centred - along @ along)
    best, best_score = np.zeros(inputs.shape[1]), np.inf
    for penalty in rows * np.logspace(-3, 3, 25):
        shrink = singular**2 / (singular**2 + penalty)
        left = max(rest, 0.0) + float((((1 - shrink) * along) ** 2).sum())
        freedom = rows - 1 - float(shrink.sum())
        score = rows * left / freedom**2 if freedom > 0 else np.inf
        if score < best_score:
            best, best_score = vt.T @ (shrink / singular * along), score
    return best
