"""What a regime keeps off the market over the strength of one lever, and the strength from which it is worth it."""

from __future__ import annotations

import dataclasses as dc
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from experiments.contrasts import Contrast, paired_contrast
from experiments.decompose.runs import CaseRuns
from experiments.decompose.study import OUTCOMES, resolved_family, value_g
from scenarios.case import Case
from scenarios.errors import unknown_name
from scenarios.levers import lever_terms
from sim.streams import Floats

LEAST_GAIN = 0.01
"""Of what lands in the baseline: a regime that keeps off less is not worth it (a convention)."""
HARDLY_ANY = 1e-9
"""What a lever with a price or posts has in place of no strength: both are paid, and nothing comes of them."""
_GRAMS = 1e6


@dataclass(frozen=True, slots=True)
class Dose:
    """One strength of the lever."""

    strength: float
    """Of the grid: 0 where the lever runs at `HARDLY_ANY`."""
    runs: CaseRuns
    contrasts: dict[str, tuple[Contrast, bool]]
    """By outcome in t/yr: treated less baseline, and whether it is resolved, the number of strengths considered."""
    margin: Contrast
    """Kept off less the least gain, t/yr."""

    @property
    def is_enough(self) -> bool:
        """Return whether more than the least gain is kept off, with 95 % confidence."""
        return self.least_margin > 0

    @property
    def least_margin(self) -> float:
        """Return the lower end of the margin, by the lower of its two intervals."""
        return min(self.margin.low, self.margin.t_low)


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The smallest strength with which the treated arm keeps off more than the least gain."""

    strength: float
    """NaN where no strength of the range is enough."""
    above: float
    """The strength that was run and is not shown to be enough; NaN where the smallest one is."""
    upto: float
    """The strength that was run and is enough."""
    is_interpolated: bool
    is_lost_again: bool
    """Whether at a larger strength that was run it is not shown to be enough."""


@dataclass(frozen=True, slots=True)
class DoseCurve:
    """The result."""

    lever: str
    baseline: CaseRuns
    doses: list[Dose]
    break_even: BreakEven


def strengths(lever: str, points: int) -> list[float]:
    """Return evenly spaced strengths of a lever, from 0 to its upper bound."""
    high = next(row.high for row in lever_terms()[lever].rows if row.name == f"{lever}.strength")
    grid: list[float] = np.linspace(0, high, points).tolist()
    return grid


def dosed(treated: Case, lever: str, strength: float) -> Case:
    """Return the treated arm with another strength of a lever, and the same means for everything else.

    With none, it runs at `HARDLY_ANY`, so that price, posts and coordination are paid as at any other strength: were it
    off, others could spend them. No strength reaches back to the time before the start, when levers have their usual
    one (`agents.regime.burn_in_regime`).

    Args:
        treated: the arm.
        lever: one that it uses.
        strength: 0 or more.

    Raises:
        InputError: the arm does not use the lever.
    """
    used = [name for name, spec in treated.regime.levers.items() if spec.scope != "off"]
    if lever not in used:
        raise unknown_name("lever", lever, used)
    return dc.replace(treated, parameters=treated.parameters.changed({lever: {"strength": max(strength, HARDLY_ANY)}}))


def dose_curve(lever: str, grid: list[float], baseline: CaseRuns, treated: list[CaseRuns], years: int) -> DoseCurve:
    """Return the response to the strength of a lever.

    Args:
        lever: name.
        grid: strengths, rising.
        baseline: runs of the baseline.
        treated: runs of the treated arm at each strength, with the same luck.
        years: length of the analysis window.
    """
    scale = _GRAMS * years
    families = {
        outcome: resolved_family(
            [paired_contrast(value_g(runs, outcome) / scale, value_g(baseline, outcome) / scale) for runs in treated]
        )
        for outcome in OUTCOMES
    }
    enough = baseline.landed_g / (scale / (1 - LEAST_GAIN))
    doses = [
        Dose(strength, runs, {outcome: families[outcome][i] for outcome in OUTCOMES},
             paired_contrast(enough, runs.landed_g / scale))
        for i, (strength, runs) in enumerate(zip(grid, treated, strict=True))
    ]  # fmt: skip
    landed = [runs.landed_g / scale for runs in treated]
    rises = [False, *(rise_is_resolved(before, after) for before, after in pairwise(landed))]
    return DoseCurve(lever, baseline, doses, break_even(grid, [dose.least_margin for dose in doses], rises))


def rise_is_resolved(landed_before: Floats, landed_after: Floats) -> bool:
    """Return whether less lands at the next strength, beyond the luck of replications."""
    change = paired_contrast(landed_before, landed_after)
    return change.difference > 0 and change.is_resolved


def break_even(grid: list[float], least_margins: list[float], rises: list[bool]) -> BreakEven:
    """Return the smallest strength that is enough.

    The first strength that was run and is enough; between it and the one before, where the lower end of the interval
    crosses zero on a straight line, if what is kept off rises between the two beyond the luck of replications.

    Args:
        grid: strengths, rising.
        least_margins: lower end of the interval of what is kept off beyond the least gain, at each.
        rises: whether the rise from the strength before to this one is resolved; the first has none before it.
    """
    is_enough = [margin > 0 for margin in least_margins]
    if not any(is_enough):
        return BreakEven(math.nan, math.nan, math.nan, is_interpolated=False, is_lost_again=False)
    first = is_enough.index(True)
    is_lost_again = not all(is_enough[first:])
    upto = grid[first]
    if first == 0:
        return BreakEven(upto, math.nan, upto, is_interpolated=False, is_lost_again=is_lost_again)
    above, below, beyond = grid[first - 1], least_margins[first - 1], least_margins[first]
    if not (rises[first] and math.isfinite(below)):
        return BreakEven(upto, above, upto, is_interpolated=False, is_lost_again=is_lost_again)
    strength = above + (upto - above) * -below / (beyond - below)
    return BreakEven(strength, above, upto, is_interpolated=True, is_lost_again=is_lost_again)


def not_shown_after(found: BreakEven, curve: Iterable[tuple[float, bool]]) -> list[float]:
    """Return the strengths above the break-even at which an interval reaches below the least gain.

    Args:
        found: the break-even strength.
        curve: each strength that was run, and whether it is enough.
    """
    return sorted(strength for strength, is_enough in curve if strength > found.upto and not is_enough)
