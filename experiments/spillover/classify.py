"""When a change of flow counts as displacement, as diffusion of benefits, or as neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.stats import binomtest

from experiments.contrasts import CONFIDENCE, half_width
from experiments.spillover.measure import DrawRuns
from sim.streams import Ints

NOISE_CONFIDENCE = 0.90
"""Of the interval that must leave zero out: where nothing changes, 5 % of draws rise, and 5 % fall, beyond noise."""
LEAST_REPLICATIONS = 3
"""With two the interval has a single degree of freedom, and next to nothing is beyond it."""


class Outcome(StrEnum):
    """What a draw says happened elsewhere once a place was strengthened."""

    DISPLACEMENT = "displacement"
    DIFFUSION = "diffusion of benefits"
    NEITHER = "neither"
    NO_DIRECT_EFFECT = "no direct effect"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of flow in tonnes, mean over replications."""

    mean_t: float
    noise_t: float
    """How far from zero the mean must lie to be more than luck."""

    @property
    def sign(self) -> int:
        """Return 1 if flow rose, -1 if it fell, 0 if it is the same to the gram."""
        return (self.mean_t > 0) - (self.mean_t < 0)

    @property
    def beyond_noise(self) -> int:
        """Return the sign of what is more than luck, else 0."""
        return self.sign if abs(self.mean_t) > self.noise_t else 0


def change_of(grams: Ints) -> Change:
    """Return the mean of a paired change with its noise: the half-width of its 90 % t interval over replications.

    Both arms have the same luck, but one seizure more or less reshuffles much of what follows: that noise is in the
    differences, and the interval is about their mean. The same rule on the placebo shows what it finds in noise alone.

    Args:
        grams: one element a replication.
    """
    tonnes = grams / 1e6
    return Change(float(tonnes.mean()), half_width(tonnes, NOISE_CONFIDENCE))


def outcome_of(treated: int, elsewhere: int) -> Outcome:
    """Return the outcome, given the signs of the change at the treated place and elsewhere.

    A direct effect is required first: where flow to the treated place did not fall, nothing was displaced from there
    and there is no benefit that could have spread.
    """
    if treated >= 0:
        return Outcome.NO_DIRECT_EFFECT
    return {1: Outcome.DISPLACEMENT, -1: Outcome.DIFFUSION, 0: Outcome.NEITHER}[elsewhere]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one draw says."""

    treated: Change
    elsewhere: Change
    placebo: Change
    """Elsewhere, in the placebo."""

    @staticmethod
    def of(runs: DrawRuns) -> Verdict:
        """Return the verdict of a draw that could be run."""
        return Verdict(
            *map(change_of, (runs.treated_change_g, runs.elsewhere_change_g, runs.placebo_elsewhere_change_g))
        )

    @property
    def outcome(self) -> Outcome:
        """Return the outcome beyond noise."""
        return outcome_of(self.treated.beyond_noise, self.elsewhere.beyond_noise)

    @property
    def by_sign(self) -> Outcome:
        """Return the outcome without a threshold."""
        return outcome_of(self.treated.sign, self.elsewhere.sign)

    @property
    def of_placebo(self) -> Outcome:
        """Return what the rule says of the placebo, in which nothing was treated and no direct effect is required."""
        return outcome_of(-1, self.placebo.beyond_noise)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of draws."""

    count: int
    draws: int
    low: float
    """Exact 95 % interval (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404), lower end."""
    high: float


def share_of(outcome: Outcome, outcomes: Sequence[Outcome]) -> Share:
    """Return the share of draws with an outcome."""
    count, draws = sum(one == outcome for one in outcomes), len(outcomes)
    interval = binomtest(count, draws).proportion_ci(CONFIDENCE, method="exact")
    return Share(count, draws, float(interval.low), float(interval.high))
