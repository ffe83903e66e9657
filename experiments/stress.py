"""Stress: does a ranking of two regimes survive what is not known? Draws from the priors, and the search against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from experiments.contrasts import CONFIDENCE, Contrast, ParameterSpread, paired_contrast, spread_over_draws
from experiments.input_space import Draws, InputSpace, draw_inputs
from experiments.interception_anchor import Practitioner
from experiments.kept_runs import KeptRuns, PairedRuns
from experiments.prim import Box, find_box, selection_shares
from experiments.reversal import Search, Way, ridge_slopes, search_along, way_to, ways_to_look
from sim.streams import Bools, Floats, Ints

MOST_SEARCH_REPLICATIONS = 10
"""Of each point of the search: it needs the sign of a mean under common random numbers, not a narrow interval."""
LEAST_CASES = 10
"""With fewer reversed draws their region cannot be described; the weakest quarter of the gains is, then."""
RESAMPLES = 100
_TOLERANCE = 0.05
"""Of a distance, in prior standard deviations; beyond one of them, as a share of it."""

Progress = Callable[[str, int, int], None]
"""Called with what is going on, how much of it is done, and how much is planned."""


@dataclass(frozen=True, slots=True)
class ShareReversed:
    """How much of the prior mass reverses the ranking."""

    draws: int
    reversed_draws: int
    low: float
    """Exact 95 % interval of the share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404), lower end."""
    high: float
    corrected_draws: int
    """The same count after the luck of replications is taken out of the draws."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """Where a search ended, with the contrast there, or None where a run failed."""

    search: Search
    contrast: Contrast | None

    @property
    def distance(self) -> float:
        """Return the distance in prior standard deviations."""
        return self.search.distance


@dataclass(frozen=True, slots=True)
class Region:
    """The box of inputs in which the cases of interest are dense."""

    is_of_reversals: bool
    """False: the cases are the weakest quarter of the gains."""
    cases: int
    box: Box | None
    selected: Floats
    """Share of bootstrap resamples in which the box restricts each input."""


@dataclass(frozen=True, slots=True)
class Stress:
    """The result: all masses are tonnes of the whole cohort, differences treated less baseline."""

    space: InputSpace
    at_default: Contrast
    draws: Draws
    runs: list[PairedRuns]
    spread: ParameterSpread
    share: ShareReversed
    slopes: Floats
    """Change of the gain per prior standard deviation of each input."""
    reversals: list[Reversal]
    """Empty if the ranking at the defaults is not resolved: there is nothing to reverse."""
    unresolved_from: float
    """Distance at which the way to the closest reversal stops being resolved; NaN without a reversal."""
    region: Region
    practitioner: Practitioner
    failures: list[tuple[str, str]]
    """Where a run raised, and what it said."""

    @property
    def sign(self) -> int:
        """Return 1 if the treated arm lands more at the defaults, -1 if it lands less."""
        return 1 if self.at_default.difference > 0 else -1


def stress(
    kept: KeptRuns, seed: int, replications: int, draws: int, draw_replications: int, progress: Progress
) -> Stress:
    """Hold the ranking of the two arms against all that the priors allow.

    Args:
        kept: runs the two arms, whose parameters are the point of departure.
        seed: seed of the draws.
        replications: at the defaults, and at most 10 of them at each point of the search.
        draws: from the priors.
        draw_replications: of each draw.
        progress: see `Progress`.
    """
    space = InputSpace.of(kept.treated)
    at_default = _contrast_at_default(kept, space, replications, progress)
    sign = 1 if at_default.difference > 0 else -1
    drawn = draw_inputs(space, draws, seed)
    runs = kept.at(drawn.parameters, draw_replications, lambda done: progress("draws", done, draws))
    failures = [(f"draw {number}", run.failure) for number, run in enumerate(runs) if run.failure]
    has_run = np.array([not run.failure for run in runs])
    if has_run.sum() < 2:
        raise RuntimeError(f"at most one of {draws} draws could be run; the first to fail said: {failures[0][1]}")
    differences = np.array([run.difference_t for run in runs if not run.failure])
    inputs, gains = drawn.values[has_run], sign * differences.mean(axis=1)
    spread = spread_over_draws(differences, luck_is_shared=True)
    z = space.standardised(inputs)
    slopes = ridge_slopes(z, gains)
    search = _Searches(kept, space, sign, min(replications, MOST_SEARCH_REPLICATIONS))
    ways = _ways(space, slopes, z, gains, np.flatnonzero(has_run)) if at_default.is_resolved else []
    reversals = []
    for number, way in enumerate(ways):
        progress("search, ways", number, len(ways))
        reversals.append(search.along(way))
    return Stress(
        space,
        at_default,
        drawn,
        runs,
        spread,
        _share_reversed(gains, spread),
        slopes,
        reversals,
        search.unresolved_from(closest(reversals)),
        _region(inputs, gains, seed),
        Practitioner.of(space.anchor, kept.treated.parameters),
        failures + search.failures,
    )


def closest(reversals: list[Reversal]) -> Reversal | None:
    """Return the nearest reversal that was found."""
    found = [reversal for reversal in reversals if reversal.search.is_reversed]
    return min(found, key=lambda reversal: reversal.distance, default=None)


def _contrast_at_default(kept: KeptRuns, space: InputSpace, replications: int, progress: Progress) -> Contrast:
    progress("defaults", 0, 1)
    (runs,) = kept.at([space.parameters], replications, lambda done: progress("defaults", done, 1))
    if runs.failure:
        raise RuntimeError(f"the run at the defaults failed: {runs.failure}")
    return paired_contrast(runs.treated_t, runs.baseline_t)


def _ways(space: InputSpace, slopes: Floats, z: Floats, gains: Floats, numbers: Ints) -> list[Way]:
    """Return where to look for a reversal: against the slopes, and towards the nearest draw that reverses."""
    ways = ways_to_look(slopes, *space.limits(), space.names)
    distances = np.where(gains < 0, np.linalg.norm(z, axis=1), np.inf)
    nearest = int(distances.argmin())
    if np.isfinite(distances[nearest]):
        ways.append(way_to(f"towards draw {int(numbers[nearest])}", z[nearest]))
    return ways


class _Searches:
    """Searches along ways, each point run once."""

    def __init__(self, kept: KeptRuns, space: InputSpace, sign: int, replications: int) -> None:
        self._kept, self._space, self._sign, self._replications = kept, space, sign, replications
        self.failures: list[tuple[str, str]] = []

    def along(self, way: Way) -> Reversal:
        """Return where a way ends: at a reversal, or at its end."""
        found = search_along(self._gain, way, self._is_allowed, tolerance=_TOLERANCE)
        return Reversal(found, self._contrast(found.point))

    def unresolved_from(self, reversal: Reversal | None) -> float:
        """Return where on the way to a reversal the ranking stops being resolved, NaN without one."""
        if reversal is None:
            return float("nan")
        way, t = reversal.search.way, reversal.search.t
        return search_along(self._least_gain, way, self._is_allowed, tolerance=_TOLERANCE, until=t).distance

    def _contrast(self, z: Floats) -> Contrast | None:
        (runs,) = self._kept.at([self._space.parameters_at(z)], self._replications, lambda done: None)
        if not runs.failure:
            return paired_contrast(runs.treated_t, runs.baseline_t)
        moved = ", ".join(name for name, by in zip(self._space.names, z, strict=True) if by)
        failure = (f"search, {moved}", runs.failure)
        if failure not in self.failures:
            self.failures.append(failure)
        return None

    def _is_allowed(self, z: Floats) -> bool:
        return not self._space.refusal(z)

    def _gain(self, z: Floats) -> float:
        contrast = self._contrast(z)
        return self._sign * contrast.difference if contrast is not None else np.inf

    def _least_gain(self, z: Floats) -> float:
        """Return a positive number while the gain is resolved."""
        contrast = self._contrast(z)
        if contrast is None:
            return np.inf
        is_gain = self._sign * contrast.difference > 0
        return 1.0 if is_gain and contrast.is_resolved else -1.0


def _share_reversed(gains: Floats, spread: ParameterSpread) -> ShareReversed:
    count, total = int((gains < 0).sum()), float(gains.std(ddof=1))
    interval = binomtest(count, gains.size).proportion_ci(CONFIDENCE, method="exact")
    shrunk = gains.mean() + (gains - gains.mean()) * (spread.parameter_sd / total if total > 0 else 0.0)
    return ShareReversed(gains.size, count, float(interval.low), float(interval.high), int((shrunk < 0).sum()))


def cases_of_interest(gains: Floats) -> tuple[Bools, bool]:
    """Return which draws to describe, and whether they are those that reverse.

    Those that do, unless they are fewer than 10 or more than half; else the weakest quarter of the gains.
    """
    is_reversed = gains < 0
    if LEAST_CASES <= is_reversed.sum() <= gains.size / 2:
        return is_reversed, True
    is_weak: Bools = gains <= np.quantile(gains, 0.25)
    return is_weak, False


def _region(inputs: Floats, gains: Floats, seed: int) -> Region:
    is_case, is_of_reversals = cases_of_interest(gains)
    box = find_box(inputs, is_case)
    selected = selection_shares(inputs, is_case, RESAMPLES, seed)
    return Region(is_of_reversals, int(is_case.sum()), box, selected)
