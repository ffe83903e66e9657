"""Runs of several cases with the same luck, each kept when it is finished, and how long they take."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.kept_tables import KeptTables, with_failure
from experiments.run import run
from scenarios.case import Case
from sim.streams import Ints

ACCOUNTS = ("capital", "programme", "staff")
_AMOUNTS = ("appropriated", "committed")
_MASSES = ("landed_g", "seized_entry_g")
_SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class CaseRuns:
    """What the runs of a case gave, one element a replication."""

    landed_g: Ints
    seized_g: Ints
    """At places of entry."""
    appropriated: Ints
    """By account, shape (replications, 3): capital and programme in cents, staff in minutes."""
    committed: Ints


@dataclass(frozen=True, slots=True)
class Duration:
    """How long what is left to run will take."""

    runs: int
    left: int
    seconds_a_run: float

    def minutes(self, workers: int) -> float:
        """Return how long it takes with so many workers."""
        return self.seconds_a_run * -(-self.left // workers) / 60

    def in_words(self, workers: int) -> str:
        """Return a sentence for the user."""
        done = f", {self.runs - self.left} of them done" if self.left < self.runs else ""
        others = sorted({1, 2, workers})
        times = ", ".join(f"{duration_in_words(60 * self.minutes(n))} with {n} worker{'s' * (n > 1)}" for n in others)
        return f"{self.runs:,} runs{done}; one takes {self.seconds_a_run:.1f} s: about {times}. Here: {workers}."


def duration_in_words(seconds: float) -> str:
    """Return hours, minutes or seconds, whichever is short."""
    minutes = seconds / 60
    if minutes >= 90:
        return f"{minutes / 60:.1f} h"
    return f"{max(1, round(minutes))} min" if minutes >= 1.5 else f"{max(1, round(seconds))} s"


def say(text: str) -> None:
    """Tell the user how long it takes, on the error stream."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class KeptCases:
    """Runs cases, each replication once: what the folder holds already is read from there."""

    folder: Path
    seed: int
    workers: int
    version: str
    """Of the program: what another one kept is not taken for its own."""

    def runs(
        self,
        cases: Sequence[Case],
        replications: int,
        progress: Callable[[int, int], None] = lambda done, planned: None,
        announce: Callable[[str], None] = say,
    ) -> list[CaseRuns]:
        """Return the runs of every case, replications numbered from 0 so that all cases share their luck.

        The first runs are made in this process, one after the other, to say how long the others will take.

        Args:
            cases: each another one.
            replications: of every case.
            progress: called with runs done and planned.
            announce: called with how long it will take, before it does.
        """
        kept = KeptTables(self.folder)
        # By replication: what is there after an interrupt is whole replications, as far as possible.
        calls = [(case, self.seed, number) for number in range(replications) for case in cases]
        names = [f"{case.digest()}-{seed}-{number}-{self.version}" for case, seed, number in calls]
        self._time(kept, names, calls)
        missing = set(kept.missing(names))
        seconds = [float(kept.read(names[i])[_SECONDS][0].as_py()) for i in range(len(names)) if i not in missing]
        if missing:
            duration = Duration(len(names), len(missing), statistics.median(seconds[1:] or seconds))
            announce(duration.in_words(self.workers))
        tables = kept.fill(names, run_table, calls, self.workers, lambda done: progress(done, len(names)))
        return [case_runs(tables[i :: len(cases)]) for i in range(len(cases))]

    def discard(self) -> None:
        """Remove what is kept: the results have their own folder now."""
        KeptTables(self.folder).discard()

    def _time(self, kept: KeptTables, names: list[str], calls: list[tuple[Case, int, int]]) -> None:
        # The first run of a process loads kernels and worlds: the second one says how long a run takes.
        if len(kept.missing(names)) == len(names):
            kept.fill(names[:2], run_table, calls[:2], 1, lambda done: None)


def run_table(case: Case, seed: int, replication: int) -> pa.Table:
    """Run a case and return what matters here as a table of one row, and how long it took."""
    start = time.perf_counter()
    tables = run(case, seed, replication)
    row = tables["runs"].to_pylist()[0]
    accounts = tables["accounts"]
    columns = {name: [row[name]] for name in _MASSES}
    names = pc.cast(accounts["account"], pa.string())
    for account in ACCOUNTS:
        of_account = accounts.filter(pc.equal(names, account))
        for amount in _AMOUNTS:
            columns[f"{amount}_{account}"] = [pc.sum(of_account[amount]).as_py() or 0]
    types = {name: pa.int64() for name in columns}
    values = {**columns, _SECONDS: [time.perf_counter() - start]}
    schema = pa.schema({**types, _SECONDS: pa.float64()})
    return with_failure(pa.table(values, schema=schema), "")


def case_runs(tables: Sequence[pa.Table]) -> CaseRuns:
    """Return what `run_table` wrote, one table a replication."""
    table = pa.concat_tables([table.replace_schema_metadata() for table in tables])
    landed, seized = (table[name].to_numpy() for name in _MASSES)
    amounts = [
        np.column_stack([table[f"{amount}_{account}"].to_numpy() for account in ACCOUNTS]) for amount in _AMOUNTS
    ]
    return CaseRuns(landed, seized, *amounts)
