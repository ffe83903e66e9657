"""Scenario discovery in a sweep: boxes of factors in which cases of interest are dense, and the regret of choices."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from experiments.analysis.asked import Best
from experiments.analysis.estimate import Estimate, ends
from experiments.analysis.groups import Members
from experiments.analysis.outcome import Sample
from experiments.analysis.sensitivity import crossed_groups
from experiments.contrasts import CONFIDENCE
from experiments.prim import Box, find_box, selection_shares
from scenarios.errors import InputError
from sim.streams import Bools, Floats, Ints, Stream, Streams

LEAST_CASES = 10
BOX_RESAMPLES = 50
REGRET_RESAMPLES = 1000
MOST_RESAMPLED = 20_000
"""With more points a limit that is chance is rare, and resamples would take long."""
_QUANTILE = re.compile(r"q(\d{1,2}(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Cases:
    """Which points are of interest."""

    is_case: Bools
    about: str


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A box with its quality among all points, those in the boxes before it not counted as its own."""

    box: Box
    coverage: float
    density: float
    mass: float
    selected: Floats
    """Share of resamples whose box restricts each factor; NaN where there were too many points."""


@dataclass(frozen=True, slots=True)
class Regret:
    """How much worse a level is than the best one at the same point."""

    level: str
    mean: Estimate
    p90: Estimate
    largest: Estimate
    share_best: Estimate
    """Share of points at which no level is better."""
    is_resolved: bool
    """Whether its mean regret is told apart from the smallest one; that one itself is where all others are."""


@dataclass(frozen=True, slots=True)
class Regrets:
    """The regret of each level by rising mean, at which points, and which value counts as best."""

    sample: Sample
    """Points of one of the levels, at which all were run."""
    best: Best
    levels: list[Regret]


def cases_of_interest(sample: Sample, above: str, below: str) -> Cases:
    """Return which points have an outcome above or below a threshold.

    Without one: of a contrast above 0 if there are enough of both sides, else the highest quarter.

    Args:
        sample: complete points only.
        above, below: a number in the unit of the outcome, or a quantile (q75); one of them at most.

    Raises:
        InputError: no such threshold, or too few cases or other points.
    """
    means = sample.means
    text, side = (below, "below") if below else (above, "above")
    if text:
        threshold = _threshold(text, side, means)
    else:
        few = min(np.count_nonzero(means > 0), np.count_nonzero(means <= 0)) < LEAST_CASES
        is_contrast = " - " in sample.name
        text = "0" if is_contrast and not few else "q75"
        threshold = _threshold(text, side, means)
    is_case = means < threshold if side == "below" else means > threshold
    about = f"{sample.name} {side} {threshold:.6g} {sample.unit}" + (f" ({text})" if text.startswith("q") else "")
    count = int(is_case.sum())
    if min(count, is_case.size - count) < LEAST_CASES:
        raise InputError(
            f"{side}: {text} makes {count} of {is_case.size} points cases of interest; allowed: {LEAST_CASES} or more, "
            "and as many others."
        )
    return Cases(is_case, about)


def _threshold(text: str, side: str, means: Floats) -> float:
    if found := _QUANTILE.fullmatch(text):
        return float(np.quantile(means, float(found.group(1)) / 100))
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(f"{side}: '{text}' is not allowed; allowed: a number, or a quantile such as q75.")
    return value


def find_boxes(sample: Sample, cases: Cases, boxes: int) -> list[FoundBox]:
    """Return boxes one after the other, each among the points outside those before it.

    It ends where no box is denser than the points that are left.

    Args:
        sample: complete points.
        cases: which of them are of interest.
        boxes: at most so many.
    """
    left = np.ones(cases.is_case.size, np.bool_)
    found: list[FoundBox] = []
    categorical, groups = sample.is_categorical, crossed_groups(sample)
    while len(found) < boxes and np.count_nonzero(cases.is_case[left]) >= LEAST_CASES:
        inputs, is_case = sample.inputs[left], cases.is_case[left]
        box = find_box(inputs, is_case, is_categorical=categorical)
        if box is None or not box.is_restricted.any() or box.density <= is_case.mean():
            break
        selected = np.full(inputs.shape[1], np.nan)
        if len(inputs) <= MOST_RESAMPLED:
            selected = selection_shares(inputs, is_case, BOX_RESAMPLES, 0, is_categorical=categorical,
                                        groups=groups[left])  # fmt: skip
        inside = left & box.contains(sample.inputs)
        hits = np.count_nonzero(inside & cases.is_case)
        shares = hits / np.count_nonzero(cases.is_case), hits / np.count_nonzero(inside), float(inside.mean())
        found.append(FoundBox(box, *shares, selected))
        left &= ~inside
    return found


def regrets(values: dict[str, Floats], best: Best, *, groups: Ints | None = None) -> list[Regret]:
    """Return the regret of each level, by rising mean: the outcome less the best one at the same point.

    Savage 1951, doi:10.1080/01621459.1951.10500768. The best of noisy means is too good, so regret is a little too
    large, and the more so the fewer the replications.

    Args:
        values: by level, means over replications, shape (points,), point by point at the same values of all factors.
        best: which value is best.
        groups: number of the group of each point, for points that were drawn together; else each by itself.
    """
    levels, table = list(values), np.column_stack(list(values.values()))
    if best == "highest":
        table = -table
    worse = table - table.min(axis=1, keepdims=True)
    points = len(worse)
    members = Members.of(np.arange(points) if groups is None else groups)
    rng = Streams(0, 0).generator(Stream.BOOTSTRAP)
    drawn = np.empty((REGRET_RESAMPLES, 3, len(levels)))
    for resample in range(REGRET_RESAMPLES):
        drawn[resample] = _measures(worse[members.resampled(rng.random(points))])
    lows, highs = ends(drawn)
    at = _measures(worse)
    order = np.argsort(at[0], kind="stable").tolist()
    gaps = drawn[:, 0] - drawn[:, 0, [order[0]]]
    spreads = gaps.std(axis=0, ddof=1)
    # The smallest is one of several by chance, so every pair of levels counts as a comparison (Bonferroni).
    pairs = len(levels) * (len(levels) - 1) / 2
    behind = at[0] - at[0, order[0]]
    # Without any spread a level is behind everywhere by the same, or not at all.
    z = np.divide(behind, spreads, out=np.where(behind > 0, np.inf, 0.0), where=spreads > 0)
    p_values = 2 * pairs * ndtr(-z)
    is_apart = (p_values < 1 - CONFIDENCE) & (ends(gaps)[0] > 0)
    # The first is told apart if all others are told apart from it.
    is_apart[order[0]] = is_apart[order[1:]].all()
    found = []
    for i in order:
        mean, p90, share_best = (Estimate(*map(float, (at[k, i], lows[k, i], highs[k, i]))) for k in range(3))
        largest = Estimate(float(worse[:, i].max()))
        found.append(Regret(levels[i], mean, p90, largest, share_best, bool(is_apart[i])))
    return found


def _measures(worse: Floats) -> Floats:
    """Return by level the mean, the 90th percentile, and the share of points where it is best."""
    return np.stack([worse.mean(axis=0), np.quantile(worse, 0.9, axis=0), (worse == 0).mean(axis=0)])
