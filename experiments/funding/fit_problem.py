"""What simulated portfolios told, against what the surrogate says of them: residuals of the fit."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from experiments.funding.question import Question
from experiments.funding.surrogate import AS_MODELLED, Baseline, Fitted, Trial, make_surrogate
from scenarios.world import Bools, Floats

FACTORS = tuple(field.name for field in dc.fields(Fitted))
PRIOR_LOG_SD = 0.7
"""Of each factor, by which data that say nothing leave it near 1: two thirds lie between 0.5 and 2 (assumption)."""
_FURTHEST = 3.0
"""Bound of the logarithm of a factor: what is further off is another model."""
LEAST_DISCREPANCY = 0.01
"""Of what portfolios keep off: no surrogate is closer than that, however little the simulated means vary."""
AS_MODELLED_LOGS: Floats = np.log(np.array(dc.astuple(AS_MODELLED)))
TOTAL, RANGES, LOSSES, ARRIVING = range(4)
"""What is told of portfolios: kept off in all and by range, more lost at ports, more bound for places."""


def factors_of(logs: Floats) -> Fitted:
    """Return the factors with these logarithms, none further off than can be."""
    return Fitted(*np.exp(np.clip(logs, -_FURTHEST, _FURTHEST)).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """One kind of thing that was told of the portfolios, shape (trials, columns); not a number where it was not."""

    simulated: Floats
    error: Floats
    """Standard error by column: two replications of one portfolio know little of their own luck, so all are pooled."""
    weight: Floats
    """By column; sums to 1, so that a portfolio counts once however many places there are."""

    @staticmethod
    def of(values: Sequence[Floats | float | None], errors: Sequence[Floats | float | None], weight: Floats) -> Told:
        """Return what was told; None where it was not."""
        nothing = np.full(weight.size, np.nan)
        simulated, own = (
            np.array([nothing if one is None else np.broadcast_to(one, weight.shape) for one in rows], np.float64)
            for rows in (values, errors)
        )
        is_told = np.isfinite(simulated) & np.isfinite(own)
        count = is_told.sum(axis=0)
        squares = np.where(is_told, own, 0.0) ** 2
        pooled = np.sqrt(np.divide(squares.sum(axis=0), count, out=np.ones(weight.size), where=count > 0))
        shares = weight / weight.sum() if weight.sum() > 0 else weight
        return Told(np.where(is_told, simulated, np.nan), pooled, shares)

    def rms(self, said: Floats) -> float:
        """Return the root mean square of what is said less what was simulated; not a number if nothing was."""
        off = (said - self.simulated) ** 2
        weight = np.where(np.isfinite(off), self.weight, 0.0)
        if not weight.any():
            return float("nan")
        return float(np.sqrt((weight * np.where(np.isfinite(off), off, 0.0)).sum() / weight.sum()))

    @property
    def noise(self) -> float:
        """Return the root mean square of the standard errors."""
        return float(np.sqrt((self.weight * self.error**2).sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Trials as arrays."""

    question: Question
    baseline: Baseline
    trials: Sequence[Trial]
    told: tuple[Told, ...]
    """In the order of `TOTAL`, `RANGES`, `LOSSES`, `ARRIVING`."""

    @staticmethod
    def of(question: Question, baseline: Baseline, trials: Sequence[Trial]) -> Problem:
        """Return the problem of fitting to trials."""
        ranges = np.ones(len(baseline.ranges))
        bound = np.bincount(baseline.range_of_port, baseline.arriving_t, ranges.size), baseline.coast_arriving_t
        told = (
            Told.of([t.kept_off_t for t in trials], [t.error_t for t in trials], np.ones(1)),
            Told.of([t.by_range_t for t in trials], [t.by_range_error_t for t in trials], ranges),
            Told.of([t.loss_more for t in trials], [t.loss_more_error for t in trials], baseline.arriving_t),
            Told.of(
                [t.arriving_more_t for t in trials], [t.arriving_more_error_t for t in trials],
                (np.concatenate(bound) > 0).astype(np.float64),
            ),
        )  # fmt: skip
        return Problem(question, baseline, trials, told)

    @property
    def noises(self) -> Floats:
        """Return the root mean square of the standard errors, by what was told."""
        return np.array([told.noise for told in self.told])

    def predicted(self, logs: Floats) -> tuple[Floats, ...]:
        """Return what the surrogate with these factors says, in the order of what was told."""
        units = np.array([trial.units for trial in self.trials])
        surrogate, baseline = make_surrogate(self.question, self.baseline, factors_of(logs)), self.baseline
        by_range = surrogate.kept_off_by_range_t(units)
        ports = (surrogate.arriving_t(units) - baseline.arriving_t) @ surrogate.flows.members
        coasts = surrogate.coast_arriving_t(units) - baseline.coast_arriving_t
        more_lost = surrogate.losses(units) - baseline.loss
        return by_range.sum(axis=-1, keepdims=True), by_range, more_lost, np.hstack([ports, coasts])

    def solved(self, used: Bools, spreads: Floats, start: Floats) -> tuple[Floats, Floats]:
        """Return the logarithms of the factors and the Jacobian of the residuals there.

        Args:
            used: which trials.
            spreads: discrepancy beside the standard errors, by what was told.
            start: logarithms of the factors.
        """
        is_told = [np.isfinite(told.simulated) & used[:, None] for told in self.told]
        # Ranges sum to the total: told both, each has half the weight, so that nothing counts twice.
        half = 0.5 if is_told[RANGES].any() else 1.0
        counts = (half, half * self.told[RANGES].weight.size, 1.0, 1.0)
        scales = [
            np.sqrt(count * told.weight) / np.hypot(told.error, spread)
            for told, spread, count in zip(self.told, spreads.tolist(), counts, strict=True)
        ]

        def residuals(logs: Floats) -> Floats:
            rows = [
                ((said - told.simulated) * scale)[here]
                for said, told, scale, here in zip(self.predicted(logs), self.told, scales, is_told, strict=True)
            ]
            return np.concatenate([*rows, (logs - AS_MODELLED_LOGS) / PRIOR_LOG_SD])

        found = least_squares(residuals, start, bounds=(-_FURTHEST, _FURTHEST), x_scale=PRIOR_LOG_SD)
        return found.x, found.jac

    def discrepancies(self, logs: Floats) -> Floats:
        """Return what must be added to the standard errors so that residuals are as large as they are.

        Moments: mean square of the difference, with degrees of freedom, less mean square of the errors. Ranges have
        that of the total.
        """
        trials = len(self.trials)
        squares = np.array([told.rms(said) for said, told in zip(self.predicted(logs), self.told, strict=True)]) ** 2
        excess = squares * trials / max(1, trials - len(FACTORS)) - self.noises**2
        wider: Floats = np.fmax(np.sqrt(np.fmax(excess, 0.0)), self.least_discrepancies)
        wider[RANGES] = wider[TOTAL]
        return wider

    @property
    def least_discrepancies(self) -> Floats:
        """Return the discrepancies that are always there."""
        least = LEAST_DISCREPANCY * np.nan_to_num(np.array([told.rms(0 * told.simulated) for told in self.told]))
        least[RANGES] = least[TOTAL]
        return np.asarray(least, np.float64)
