"""The tables of waterbed decompose and waterbed dose."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pyarrow as pa

from experiments.decompose.dose import DoseCurve
from experiments.decompose.runs import CaseRuns
from experiments.decompose.study import Decomposition
from experiments.stress_tables import Row, table_of_rows
from sim.tables import BREAK_EVEN, DECOMPOSITION, DECOMPOSITION_RUNS, DOSE_RUNS, DOSES


def decomposition_tables(result: Decomposition) -> dict[str, pa.Table]:
    """Return the tables of a decomposition by name."""
    return {
        "decomposition": table_of_rows(DECOMPOSITION, _parts(result)),
        "decomposition_runs": table_of_rows(DECOMPOSITION_RUNS, _sets(result)),
    }


def dose_tables(curve: DoseCurve) -> dict[str, pa.Table]:
    """Return the tables of a dose curve by name."""
    b = curve.break_even
    row = curve.lever, b.strength, b.above, b.upto, b.is_interpolated, b.is_lost_again
    return {
        "doses": table_of_rows(DOSES, _doses(curve)),
        "dose_runs": table_of_rows(DOSE_RUNS, _dose_runs(curve)),
        "break_even": table_of_rows(BREAK_EVEN, iter([row])),
    }


def _parts(result: Decomposition) -> Iterator[Row]:
    for part in result.parts:
        c = part.contrast
        yield (part.level, part.name, part.kind, part.outcome, c.difference, c.low, c.high, part.is_resolved,
               c.replications)  # fmt: skip


def _sets(result: Decomposition) -> Iterator[Row]:
    for levers, runs in result.runs.items():
        yield from _runs((" ".join(sorted(levers)),), runs)


def _doses(curve: DoseCurve) -> Iterator[Row]:
    for dose in curve.doses:
        for outcome, (c, is_resolved) in dose.contrasts.items():
            yield (curve.lever, dose.strength, outcome, c.difference, c.low, c.high, is_resolved, dose.is_enough,
                   c.replications)  # fmt: skip


def _dose_runs(curve: DoseCurve) -> Iterator[Row]:
    yield from _runs((curve.lever, math.nan), curve.baseline)
    for dose in curve.doses:
        yield from _runs((curve.lever, dose.strength), dose.runs)


def _runs(keys: Row, runs: CaseRuns) -> Iterator[Row]:
    for replication, masses in enumerate(zip(runs.landed_g.tolist(), runs.seized_g.tolist(), strict=True)):
        yield *keys, replication, *masses
