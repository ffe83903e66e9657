"""The surrogate fitted to simulated portfolios, and how far it is off where it was not fitted.

To what they keep off, and to what is lost at ports and where flow goes: a surrogate that is right in total because two
errors cancel is wrong for other portfolios.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.funding.fit_problem import AS_MODELLED_LOGS, FACTORS, TOTAL, Problem, factors_of
from experiments.funding.question import Question
from experiments.funding.surrogate import AS_MODELLED, Baseline, Fitted, Surrogate, Trial, make_surrogate
from scenarios.errors import InputError
from scenarios.world import Floats

__all__ = ["FACTORS", "Fit", "FitError", "fit", "unfitted"]

LEAST_TRIALS = 3
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
    discrepancy_share: float = 0.0
    """The same over the root mean square of what the portfolios keep off."""
    loss_rmse: float = np.nan
    """Root mean square error of the change of the share lost at a port, ports by their flow; NaN if it was not told."""
    arriving_rmse_t: float = np.nan
    """The same of the change of flow bound for the ports or the coast of a range."""


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
        return factors_of(_logs(self.surrogate.fitted) + root @ normals)


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
    problem = Problem.of(question, baseline, trials)
    everyone = np.ones(len(trials), np.bool_)
    logs, spreads = AS_MODELLED_LOGS, problem.least_discrepancies
    for _ in range(_MOST_ROUNDS):
        logs, jacobian = problem.solved(everyone, spreads, logs)
        wider = problem.discrepancies(logs)
        is_near = np.abs(wider - spreads) <= 0.02 * np.hypot(problem.noises, spreads)
        spreads = wider
        if is_near.all():
            break
    # Of each trial what the fit to the others says of it, by what was told.
    left_out = [np.full_like(told.simulated, np.nan) for told in problem.told]
    for row in range(len(trials)):
        others = everyone.copy()
        others[row] = False
        for kept, said in zip(left_out, problem.predicted(problem.solved(others, spreads, logs)[0]), strict=True):
            kept[row] = said[row]
    return Fit(
        make_surrogate(question, baseline, factors_of(logs)),
        np.asarray(np.linalg.inv(jacobian.T @ jacobian), np.float64),
        _error(problem, left_out, float(spreads[TOTAL])),
        left_out[TOTAL][:, 0],
    )


def _error(problem: Problem, left_out: list[Floats], spread: float) -> FitError:
    said, simulated = left_out[TOTAL][:, 0], problem.told[TOTAL].simulated[:, 0]
    off = said - simulated
    varies = np.ptp(said) > 0 and np.ptp(simulated) > 0
    usual = float(np.sqrt((simulated**2).mean()))
    total, _, loss, arriving = (told.rms(found) for told, found in zip(problem.told, left_out, strict=True))
    return FitError(
        trials=off.size,
        rmse_t=total,
        noise_t=float(problem.noises[TOTAL]),
        bias_t=float(off.mean()),
        correlation=float(np.corrcoef(said, simulated)[0, 1]) if varies else np.nan,
        discrepancy_t=spread,
        discrepancy_share=spread / usual if usual > 0 else 0.0,
        loss_rmse=loss,
        arriving_rmse_t=arriving,
    )


def _logs(fitted: Fitted) -> Floats:
    logs: Floats = np.log(np.array(dc.astuple(fitted)))
    return logs


def unfitted(question: Question, baseline: Baseline) -> Surrogate:
    """Return the surrogate that the parameters imply, from which the portfolios to simulate are chosen."""
    return make_surrogate(question, baseline, AS_MODELLED)
