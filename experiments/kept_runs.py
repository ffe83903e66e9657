"""Paired runs of two arms at many points; finished ones are kept, so that an interrupted experiment goes on."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from experiments.kept_tables import KeptTables, attempt, failure_of, pair_name, with_failure
from experiments.run import run
from experiments.workers import in_order
from scenarios.case import Case
from scenarios.parameters import Parameters
from sim.streams import Floats

_COLUMNS = ("treated_t", "baseline_t", "interception")


@dataclass(frozen=True, slots=True)
class PairedRuns:
    """What landed in both arms at one point, one element a replication; nothing if a run failed."""

    treated_t: Floats
    baseline_t: Floats
    interception: Floats
    """Interception share by mass at places of entry in the baseline arm."""
    failure: str = ""

    @property
    def difference_t(self) -> Floats:
        """Return treated less baseline."""
        return self.treated_t - self.baseline_t


def paired_runs(treated: Case, baseline: Case, seed: int, first: int, replications: int) -> PairedRuns:
    """Run both arms with the same luck; a run that raises gives its message instead of numbers.

    Args:
        treated, baseline: the two arms.
        seed: seed of the experiment.
        first: first replication.
        replications: how many.
    """
    numbers = range(first, first + replications)
    rows, failure = attempt(lambda: [_landed(treated, baseline, seed, number) for number in numbers])
    return PairedRuns(*np.array(rows, np.float64).T) if rows is not None else _failed(failure)


def _landed(treated: Case, baseline: Case, seed: int, replication: int) -> tuple[float, float, float]:
    of_treated, of_baseline = (run(case, seed, replication)["runs"].to_pylist()[0] for case in (treated, baseline))
    seized, landed = of_baseline["seized_entry_g"], of_baseline["landed_g"]
    share = seized / (seized + landed) if seized + landed else float("nan")
    return of_treated["landed_g"] / 1e6, landed / 1e6, share


@dataclass(slots=True)
class KeptRuns:
    """Runs points of the same two arms, each once: what a folder holds already is read from there."""

    folder: Path
    treated: Case
    baseline: Case
    seed: int
    workers: int
    version: str
    """Of the program: what another one kept is not taken for its own."""

    def at(self, points: Sequence[Parameters], replications: int, done: Callable[[int], None]) -> list[PairedRuns]:
        """Return the runs at some points, a worker a point, or a worker a replication where there is one point.

        Args:
            points: parameters of both arms.
            replications: of each, numbered from 0 so that all points share their luck.
            done: called with the number of points that are finished.
        """
        kept = KeptTables(self.folder)
        pairs = [self._pair(parameters) for parameters in points]
        names = [pair_name(*pair, self.seed, replications, self.version) for pair in pairs]
        missing = kept.missing(names)
        if len(missing) == 1:
            only = missing[0]
            done(len(points) - 1)
            parts = [(*pairs[only], self.seed, number, 1) for number in range(replications)]
            kept.keep(names[only], _as_table(_joined(list(in_order(paired_runs, parts, self.workers)))))
        calls = [(*pair, self.seed, 0, replications) for pair in pairs]
        return [_from_table(table) for table in kept.fill(names, _paired_table, calls, self.workers, done)]

    def discard(self) -> None:
        """Remove what is kept: the results have their own folder now."""
        KeptTables(self.folder).discard()

    def _pair(self, parameters: Parameters) -> tuple[Case, Case]:
        return dc.replace(self.treated, parameters=parameters), dc.replace(self.baseline, parameters=parameters)


def _paired_table(treated: Case, baseline: Case, seed: int, first: int, replications: int) -> pa.Table:
    return _as_table(paired_runs(treated, baseline, seed, first, replications))


def _as_table(runs: PairedRuns) -> pa.Table:
    return with_failure(pa.table({name: getattr(runs, name) for name in _COLUMNS}), runs.failure)


def _from_table(table: pa.Table) -> PairedRuns:
    treated, baseline, interception = (table[name].to_numpy() for name in _COLUMNS)
    return PairedRuns(treated, baseline, interception, failure_of(table))


def _failed(message: str) -> PairedRuns:
    return PairedRuns(np.zeros(0), np.zeros(0), np.zeros(0), message)


def _joined(parts: list[PairedRuns]) -> PairedRuns:
    """Return the runs of several calls as one; the first failure stands for all."""
    failure = next((part.failure for part in parts if part.failure), "")
    if failure:
        return _failed(failure)
    treated, baseline, interception = (np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS)
    return PairedRuns(treated, baseline, interception)
