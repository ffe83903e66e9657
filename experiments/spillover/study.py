"""Spillover over draws from the priors: runs of every draw, verdicts, shares and sensitivities."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.contrasts import ParameterSpread, linearised_ratio, spread_over_draws
from experiments.input_space import Draws, InputSpace, draw_inputs
from experiments.kept_tables import KeptTables, pair_name
from experiments.spillover.classify import Outcome, Share, Verdict, share_of
from experiments.spillover.measure import DrawRuns, draw_table, runs_of
from experiments.spillover.sensitivity import LEAST_DRAWS, Sensitivity, sensitivities
from experiments.treated import Treated
from scenarios.case import Case


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a place, strengthened."""

    baseline: Case
    treated_arm: Case
    treated: Treated
    seed: int
    draws: int
    replications: int
    """Of each draw."""


@dataclass(frozen=True, slots=True)
class Spillover:
    """The result; runs and verdicts by draw, None for a draw that could not be run."""

    space: InputSpace
    drawn: Draws
    runs: list[DrawRuns]
    verdicts: list[Verdict | None]
    sensitivities: list[Sensitivity]

    @property
    def ran(self) -> list[Verdict]:
        """Return the verdicts of the draws that could be run."""
        return [verdict for verdict in self.verdicts if verdict is not None]

    @property
    def failures(self) -> list[tuple[int, str]]:
        """Return which draws could not be run, and what they said."""
        return [(draw, runs.failure) for draw, runs in enumerate(self.runs) if runs.failure]

    def share(self, outcome: Outcome, column: str = "outcome") -> Share:
        """Return the share of draws with an outcome: ``outcome``, ``by_sign`` or ``of_placebo`` of their verdicts."""
        return share_of(outcome, [getattr(verdict, column) for verdict in self.ran])


def spillover(
    question: Question, folder: Path, workers: int, version: str, progress: Callable[[int, int], None]
) -> Spillover:
    """Run baseline, treated arm and placebo at draws from the priors, and say what happened elsewhere.

    Args:
        question: the arms, whose parameters are replaced by those of the draws, and how many draws.
        folder: where finished draws are kept.
        workers: processes.
        version: of the program: what another one kept is not taken for its own.
        progress: called with draws done and planned.
    """
    q = question
    space = InputSpace.of(q.baseline)
    drawn = draw_inputs(space, q.draws, q.seed)
    arms = [[dc.replace(arm, parameters=p) for arm in (q.treated_arm, q.baseline)] for p in drawn.parameters]
    names = [pair_name(treated_arm, baseline, q.seed, q.replications, version) for treated_arm, baseline in arms]
    calls = [(*pair, q.treated, q.seed, q.replications) for pair in arms]
    tables = KeptTables(folder).fill(names, draw_table, calls, workers, lambda done: progress(done, q.draws))
    return read_runs(space, drawn, [runs_of(table) for table in tables])


def read_runs(space: InputSpace, drawn: Draws, runs: list[DrawRuns]) -> Spillover:
    """Return what the runs of all draws say.

    Raises:
        RuntimeError: nearly all of them failed.
    """
    verdicts = [None if one.failure else Verdict.of(one) for one in runs]
    has_run = np.array([not one.failure for one in runs])
    if has_run.sum() < LEAST_DRAWS:
        first = next(one.failure for one in runs if one.failure)
        raise RuntimeError(f"{has_run.sum()} of {len(runs)} draws could be run; the first to fail said: {first}")
    ran = [one for one in runs if not one.failure]
    found = sensitivities(
        space.names,
        drawn.values[has_run],
        np.array([one.elsewhere_change_g.mean() / 1e6 for one in ran]),
        np.array([one.kept_off_t.mean() for one in ran]),
    )
    return Spillover(space, drawn, runs, verdicts, found)


def share_displaced(result: Spillover) -> tuple[int, float, ParameterSpread]:
    """Return the net share displaced, over the draws with a direct effect beyond noise: how many, mean, and spread.

    The share of a draw is the ratio of the means over its replications, as in ``net_displacement``: 1 all displaced,
    negative where flow elsewhere fell. The luck of replications is taken out of the spread, by linearised ratios.
    """
    is_felt = [v is not None and v.outcome != Outcome.NO_DIRECT_EFFECT for v in result.verdicts]
    felt = [runs for runs, is_in in zip(result.runs, is_felt, strict=True) if is_in]
    values = [linearised_ratio(one.elsewhere_change_g / 1e6, -one.treated_change_g / 1e6) for one in felt]
    if not values:
        return 0, float("nan"), ParameterSpread(*[float("nan")] * 4)
    by_draw = np.array(values)
    return len(values), float(by_draw.mean()), spread_over_draws(by_draw, luck_is_shared=True)
