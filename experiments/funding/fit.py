"""The surrogate fitted to simulated portfolios, and how far it is off where it was not fitted."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from experiments.funding.question import Question
from experiments.funding.surrogate import AS_MODELLED, Baseline, Fitted, Surrogate, Trial, make_surrogate
from scenarios.errors import InputError
from scenarios.world import Bools, Floats

FACTORS = tuple(field.name for field in dc.fields(Fitted))
PRIOR_LOG_SD = 0.7
"""Of each factor, by which data that say nothing leave it near 1: two thirds lie between 0.5 and 2 (assumption)."""
_FURTHEST = 3.0
"""Bound of the logarithm of a factor: what is further off is another model."""
LEAST_TRIALS = 3
LEAST_DISCREPANCY = 0.01
"""Of what portfolios keep off: no surrogate is closer than that, however little the simulated means vary."""
_MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class FitError:
    """How far the surrogate is off on each simulated portfolio when it is fitted to the others; tonnes a year."""

    trials: int
    rmse_t: float
    """Root mean square of the difference; it holds the noise of the simulated means too."""
    noise_t: float
    """Root mean square of the standard errors of those means."""
    bias_t: float
    """Mean of surrogate less simulation: above zero it promises too much."""
    correlation: float
    """Between both, over portfolios; not a number if either does not vary."""
    discrepancy_t: float
    """Standard deviation that the model itself adds to that noise, from the fit to all."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The surrogate, how sure its factors are, and its error."""

    surrogate: Surrogate
    log_covariance: Floats
    """Of the logarithms of the factors, in the order of `FACTORS`."""
    error: FitError
    left_out_t: Floats
    """What the surrogate fitted to the others says of each trial, tonnes a year; shape (trials,)."""

    def drawn(self, normals: Floats) -> Fitted:
        """Return a draw of the factors.

        Args:
            normals: independent standard normal numbers, one a factor.
        """
        root = np.linalg.cholesky(self.log_covariance)
        return _factors(_logs(self.surrogate.fitted) + root @ normals)


def fit(question: Question, baseline: Baseline, trials: Sequence[Trial]) -> Fit:
    """Fit the factors to simulated portfolios by least squares, and state the error by leaving each out in turn.

    Residuals are in standard errors, to which a discrepancy of the model is added until they are as large as they
    should be. A factor that portfolios say nothing about stays near 1 (`PRIOR_LOG_SD`).

    Args:
        question: what was asked; the trials are portfolios of its sites and offers.
        baseline: the simulated world without a grant.
        trials: simulated portfolios.

    Raises:
        InputError: fewer than three trials, or one without a standard error.
    """
    if len(trials) < LEAST_TRIALS:
        raise InputError(f"fit: {len(trials)} simulated portfolios; allowed: {LEAST_TRIALS} or more.")
    errors = np.array([trial.error_t for trial in trials])
    if not (np.isfinite(errors) & (errors > 0)).all():
        raise InputError(f"fit: a standard error is {errors.min():g}; allowed: finite, more than 0 (two replications).")
    problem = _Problem.of(question, baseline, trials)
    everyone = np.ones(len(trials), np.bool_)
    logs, spread = np.zeros(len(FACTORS)), problem.least_discrepancy
    for _ in range(_MOST_ROUNDS):
        logs, jacobian = problem.solved(everyone, spread, logs)
        wider = problem.discrepancy(logs)
        if abs(wider - spread) <= 0.02 * problem.noise:
            break
        spread = wider
    left_out = np.empty(len(trials))
    for row in range(len(trials)):
        others = everyone.copy()
        others[row] = False
        left_out[row] = problem.predicted(problem.solved(others, spread, logs)[0])[0][row]
    return Fit(
        make_surrogate(question, baseline, _factors(logs)),
        np.asarray(np.linalg.inv(jacobian.T @ jacobian), np.float64),
        _error(left_out, problem.simulated, problem.noise, spread),
        left_out,
    )


def _error(left_out: Floats, simulated: Floats, noise: float, spread: float) -> FitError:
    off = left_out - simulated
    varies = np.ptp(left_out) > 0 and np.ptp(simulated) > 0
    correlation = float(np.corrcoef(left_out, simulated)[0, 1]) if varies else np.nan
    rmse = float(np.sqrt((off**2).mean()))
    return FitError(off.size, rmse, noise, float(off.mean()), correlation, spread)


def _logs(fitted: Fitted) -> Floats:
    logs: Floats = np.log(np.array(dc.astuple(fitted)))
    return logs


def _factors(logs: Floats) -> Fitted:
    return Fitted(*np.exp(np.clip(logs, -_FURTHEST, _FURTHEST)).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """Trials as arrays."""

    question: Question
    baseline: Baseline
    trials: Sequence[Trial]
    simulated: Floats
    errors: Floats
    by_range: Floats
    """Shape (trials, ranges); not a number where it was not told."""
    by_range_errors: Floats

    @staticmethod
    def of(question: Question, baseline: Baseline, trials: Sequence[Trial]) -> _Problem:
        shape = (len(trials), len(baseline.ranges))
        by_range, errors = np.full(shape, np.nan), np.full(shape, np.nan)
        for row, trial in enumerate(trials):
            if trial.by_range_t is not None and trial.by_range_error_t is not None:
                by_range[row], errors[row] = trial.by_range_t, trial.by_range_error_t
        simulated = np.array([trial.kept_off_t for trial in trials])
        return _Problem(
            question, baseline, trials, simulated, np.array([trial.error_t for trial in trials]), by_range, errors
        )

    @property
    def noise(self) -> float:
        """Return the root mean square of the standard errors."""
        return float(np.sqrt((self.errors**2).mean()))

    def predicted(self, logs: Floats) -> tuple[Floats, Floats]:
        """Return tonnes kept off by trial, in all and by range."""
        units = np.array([trial.units for trial in self.trials])
        by_range = make_surrogate(self.question, self.baseline, _factors(logs)).kept_off_by_range_t(units)
        return by_range.sum(axis=-1), by_range

    def solved(self, used: Bools, spread: float, start: Floats) -> tuple[Floats, Floats]:
        """Return the logarithms of the factors and the Jacobian of the residuals there."""
        total_sd = np.hypot(self.errors, spread)
        range_sd = np.hypot(self.by_range_errors, spread)
        is_told = np.isfinite(self.by_range) & (self.by_range_errors > 0) & used[:, None]
        # Ranges sum to the total: told both, each has half the weight, so that nothing counts twice.
        weight = np.where(is_told.any(axis=1), np.sqrt(0.5), 1.0)

        def residuals(logs: Floats) -> Floats:
            total, by_range = self.predicted(logs)
            rows: Floats = np.concatenate([
                (weight * (total - self.simulated) / total_sd)[used],
                (weight[:, None] * (by_range - self.by_range) / range_sd)[is_told],
                logs / PRIOR_LOG_SD,
            ])  # fmt: skip
            return rows

        found = least_squares(residuals, start, bounds=(-_FURTHEST, _FURTHEST), x_scale=PRIOR_LOG_SD)
        return found.x, found.jac

    def discrepancy(self, logs: Floats) -> float:
        """Return what must be added to the standard errors so that residuals of the totals are as large as they are.

        Moments: mean square of the difference, with degrees of freedom, less mean square of the errors.
        """
        total, _ = self.predicted(logs)
        free = max(1, self.simulated.size - len(FACTORS))
        excess = ((total - self.simulated) ** 2).sum() / free - (self.errors**2).mean()
        return max(float(np.sqrt(max(excess, 0.0))), self.least_discrepancy)

    @property
    def least_discrepancy(self) -> float:
        """Return the discrepancy that is always there."""
        return LEAST_DISCREPANCY * float(np.sqrt((self.simulated**2).mean()))


def unfitted(question: Question, baseline: Baseline) -> Surrogate:
    """Return the surrogate that the parameters imply, from which the portfolios to simulate are chosen."""
    return make_surrogate(question, baseline, AS_MODELLED)
