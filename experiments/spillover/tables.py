"""The tables of waterbed spillover: runs, inputs and outcome of every draw, and sensitivities."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pyarrow as pa

from experiments.spillover.measure import COLUMNS
from experiments.spillover.study import Spillover
from experiments.stress_tables import Row, draw_rows, table_of_rows
from sim.tables import SPILLOVER, SPILLOVER_DRAWS, SPILLOVER_OUTCOMES, SPILLOVER_SENSITIVITY

ELSEWHERE, KEPT_OFF = "flow elsewhere", "kept off"
_NOT_RUN = "not run"


def spillover_tables(result: Spillover) -> dict[str, pa.Table]:
    """Return the tables of a result by name."""
    return {
        "spillover": table_of_rows(SPILLOVER, _runs(result)),
        "spillover_draws": table_of_rows(SPILLOVER_DRAWS, draw_rows(result.space, result.drawn)),
        "spillover_outcomes": table_of_rows(SPILLOVER_OUTCOMES, _outcomes(result)),
        "spillover_sensitivity": table_of_rows(SPILLOVER_SENSITIVITY, _sensitivities(result)),
    }


def _runs(result: Spillover) -> Iterator[Row]:
    for draw, runs in enumerate(result.runs):
        columns = [getattr(runs, name).tolist() for name in COLUMNS]
        for replication, numbers in enumerate(zip(*columns, strict=True)):
            yield draw, replication, *numbers


def _outcomes(result: Spillover) -> Iterator[Row]:
    for draw, (runs, verdict) in enumerate(zip(result.runs, result.verdicts, strict=True)):
        if verdict is None:
            yield draw, *[_NOT_RUN] * 3, *[math.nan] * 6, runs.failure
            continue
        outcomes = (verdict.outcome, verdict.by_sign, verdict.of_placebo)
        changes = (verdict.treated, verdict.elsewhere, verdict.placebo)
        numbers = [number for change in changes for number in (change.mean_t, change.noise_t)]
        yield draw, *map(str, outcomes), *numbers, ""


def _sensitivities(result: Spillover) -> Iterator[Row]:
    for one in result.sensitivities:
        for outcome, c in ((ELSEWHERE, one.elsewhere), (KEPT_OFF, one.kept_off)):
            yield one.name, outcome, c.rho, c.low, c.high
