"""Who runs the chunks of a sweep: this process, worker processes here, or Dask; each calls ``run_chunk``."""

from __future__ import annotations

import faulthandler
import json
import os
import platform
import signal
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from types import TracebackType
from typing import TextIO, TypeVar

import numpy as np
import pyarrow as pa
from joblib.externals.loky.process_executor import ProcessPoolExecutor

from experiments.run import run
from experiments.store import explain_write
from experiments.sweep.branching import BurnIns
from experiments.sweep.chunk import ChunkReport, ChunkTask, Lost, Row
from experiments.sweep.layout import FAILED, RUNS, STUCK, SweepFolder, schema_of
from experiments.sweep.memory import bind_memory, peak_mb
from experiments.workers import end_with_parent, interrupts_held

_Task = TypeVar("_Task")
_Report = TypeVar("_Report")
_DEATHS = 3
"""A task that lost its worker so often is given up."""
_PATIENCE = 2
"""A run that takes so many times as long as it may is ended with its worker."""
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class RunTooLongError(Exception):
    """A run took longer than its limit."""


@dataclass(frozen=True, slots=True)
class _Failure:
    kind: str
    message: str
    traceback: str
    case: str


# ---- a chunk -------------------------------------------------------------------------------------------------------


def run_chunk(task: ChunkTask) -> ChunkReport:
    """Do the runs of a chunk and write its files: the one function that all workers call.

    What it writes is a function of its task alone, but for the seconds. A run that raises, gives numbers that are not
    finite or takes too long becomes a row of ``failures``, and the next one begins. If the command that asked for it
    does not hold the folder any more, nothing is written, and the report is of no runs.

    Runs side by side that differ in the regime alone share their burn-in, where this process can branch; the first of
    them has its seconds, but what a run may take is counted from the end of a shared burn-in for each, and the
    burn-in may take as long itself.

    A run is stopped at ``run_seconds`` when it next reports a day. One that never does (within a day, while its model
    is built or its tables are made) is ended together with its worker after twice that time, and ``stuck.log`` in the
    folder of the sweep says where it was; in a process that is nobody's worker (``serial``) nothing can stop it.

    Raises:
        InputError: the folder cannot be written.
    """
    bind_memory(task.memory_mb)
    begun = time.perf_counter()
    kept: dict[str, list[pa.Table]] = {name: [] for name in (*task.tables, RUNS)}
    failures: list[tuple[object, ...]] = []
    burn_ins = BurnIns(task.seed, task.burn_ins if task.run is run else task.burn_ins[:0], task.replications)
    for place, (point, replication, row) in enumerate(
        zip(task.points.tolist(), task.replications.tolist(), task.rows.to_pylist(), strict=True)
    ):
        started = time.perf_counter()
        with _stuck_log(task) as log:
            tables = _attempt(task, row, place, burn_ins, log)
        seconds = time.perf_counter() - started
        if isinstance(tables, _Failure):
            failures.append((point, replication, tables.kind, tables.message, tables.traceback, tables.case, seconds))
            continue
        for name, parts in kept.items():
            parts.append(_at_point(name, tables[name], point, seconds))
    burn_ins.forget()
    complete = {
        name: pa.concat_tables(parts) if parts else schema_of(name).empty_table() for name, parts in kept.items()
    }
    complete[FAILED] = failure_table(failures)
    folder, worker = SweepFolder(Path(task.folder), task.tables), f"{platform.node()}:{os.getpid()}"
    is_written = folder.write_chunk(task.name, complete, task.facts, task.command)
    counts = (task.points.size - len(failures), len(failures)) if is_written else (0, 0)
    return ChunkReport(task.name, *counts, time.perf_counter() - begun, peak_mb(), worker)


def failure_table(rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """Return rows of failures as their table."""
    schema = schema_of(FAILED)
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(column, field.type) for field, column in zip(schema, columns, strict=True)], schema)


def record_lost(task: ChunkTask, reason: str) -> ChunkReport:
    """Write a chunk whose worker died each time as failures, each with its case, as `run_chunk` writes."""
    rows = [
        (point, replication, "worker died", reason, "", _case_text(task, row), float("nan"))
        for point, replication, row in zip(
            task.points.tolist(), task.replications.tolist(), task.rows.to_pylist(), strict=True
        )
    ]
    tables = {name: schema_of(name).empty_table() for name in (*task.tables, RUNS)}
    tables[FAILED] = failure_table(rows)
    folder = SweepFolder(Path(task.folder), task.tables)
    is_written = folder.write_chunk(task.name, tables, task.facts, task.command)
    return ChunkReport(task.name, 0, len(rows) if is_written else 0, 0.0, 0.0, "")


def _attempt(
    task: ChunkTask, row: Row, place: int, burn_ins: BurnIns, log: TextIO | None
) -> dict[str, pa.Table] | _Failure:
    """Return the tables of a run, or how it failed."""
    try:
        case, replication = task.cases.case(row), int(task.replications[place])
        if task.run is run:
            with _limited(task, log) as watch:
                burn_ins.prepare(place, case, watch)
            with _limited(task, log) as watch:
                tables = burn_ins.run(place, case, watch)
        else:
            with _limited(task, log) as watch:
                tables = task.run(case, task.seed, replication, progress=watch)
        wrong = _not_finite(tables[RUNS])
        if not wrong:
            return {name: tables[name] for name in (*task.tables, RUNS)}
        return _Failure("not finite", f"not finite in runs: {', '.join(wrong)}", "", _case_text(task, row))
    except RunTooLongError as error:
        return _Failure("too long", str(error), "", _case_text(task, row))
    except Exception as error:
        if is_interrupt(error):
            raise
        said = f"{type(error).__name__}: {error}"
        return _Failure("error", said, traceback.format_exc(), _case_text(task, row))


@contextmanager
def _limited(task: ChunkTask, log: TextIO | None) -> Iterator[Callable[[int, int], None]]:
    """Give what ends the block when it is next told of a day, once it takes longer than a run may.

    With a log, this process ends when the block takes twice that time.
    """
    until = time.monotonic() + task.run_seconds

    def watch(done: int, planned: int) -> None:
        if time.monotonic() > until:
            raise RunTooLongError(
                f"stopped after {done} of {planned} days: longer than run_seconds={task.run_seconds:g}."
            )

    if log is not None:
        # A watch that needs no turn of the interpreter, which compiled code may hold for ever.
        faulthandler.dump_traceback_later(_PATIENCE * task.run_seconds, file=log, exit=True)
    try:
        yield watch
    finally:
        if log is not None:
            faulthandler.cancel_dump_traceback_later()


def _stuck_log(task: ChunkTask) -> AbstractContextManager[TextIO | None]:
    """Return where a worker that is stuck says so; nothing in a process that is nobody's worker.

    Raises:
        InputError: the folder cannot be written.
    """
    if parent_process() is None:
        return nullcontext()
    try:
        return open(Path(task.folder) / STUCK, "a", encoding="utf-8")
    except OSError as error:
        raise explain_write(error, Path(task.folder).parent) from None


def is_interrupt(error: Exception) -> bool:
    """Return whether this is what compiled code makes of a Ctrl-C, which is never a fault of the run."""
    if not isinstance(error, SystemError) or parent_process() is not None:
        return False
    return isinstance(error.__cause__, KeyboardInterrupt) or signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def _not_finite(runs: pa.Table) -> list[str]:
    floats = [field.name for field in runs.schema if pa.types.is_floating(field.type)]
    return [name for name in floats if not np.isfinite(runs[name].to_numpy()).all()]


def _at_point(name: str, table: pa.Table, point: int, seconds: float) -> pa.Table:
    """Return the rows of a run as a sweep holds them."""
    schema = schema_of(name)
    columns = [pa.array(np.full(table.num_rows, point, np.int64)), *table.columns]
    if name == RUNS:
        columns.append(pa.array(np.full(table.num_rows, seconds)))
    return pa.table(columns, schema=schema)


def _case_text(task: ChunkTask, row: Row) -> str:
    try:
        return json.dumps(task.cases.case(row).as_dict())
    except Exception:  # there may be no such case: that is how the run failed
        return json.dumps(dict(row), default=str)


# ---- executors -----------------------------------------------------------------------------------------------------


class Serial:
    """This process, without workers: no bound of memory, nothing that survives a crash of a run."""

    about = "this process"
    workers = 1

    def map(self, function: Callable[[_Task], _Report], tasks: Sequence[_Task]) -> Iterator[_Report | Lost]:
        """Yield what the function returns for each task, in order."""
        return (function(task) for task in tasks)

    def __enter__(self) -> Serial:
        """Return the executor."""
        return self

    def __exit__(self, *details: object) -> None:
        """Nothing is left to end."""


class Processes:
    """Long-lived worker processes of this machine.

    Each is a pool of its own with one task at a time: when one dies, it is known over which task, the others go on,
    and a new one takes its place.
    """

    def __init__(self, workers: int, deaths: int = _DEATHS) -> None:
        """Fix their number.

        Args:
            workers: processes.
            deaths: a task that lost its worker so often is yielded as ``Lost``.
        """
        self.workers = workers
        self.about = f"{workers} worker process{'es' if workers > 1 else ''}"
        self._deaths = deaths
        self._pools: dict[int, ProcessPoolExecutor] = {}

    def map(self, function: Callable[[_Task], _Report], tasks: Sequence[_Task]) -> Iterator[_Report | Lost]:
        """Yield what the function returns for each task as they finish; leaving early ends the workers at once."""
        ahead = ((task, 0) for task in tasks)
        again: deque[tuple[_Task, int]] = deque()
        idle = deque(range(self.workers))
        busy: dict[Future[_Report], tuple[int, _Task, int]] = {}
        is_complete = False
        try:
            while True:
                while idle and (work := again.popleft() if again else next(ahead, None)) is not None:
                    place = idle.popleft()
                    busy[self._submit(place, function, work[0])] = (place, *work)
                if not busy:
                    break
                for future in wait(busy, return_when=FIRST_COMPLETED).done:
                    place, task, deaths = busy.pop(future)
                    idle.append(place)
                    try:
                        report: _Report | Lost = future.result()
                    except BrokenExecutor as error:
                        self._end(place)
                        if deaths + 1 < self._deaths:
                            again.append((task, deaths + 1))
                            continue
                        report = Lost(task, _reason(error))
                    yield report
            is_complete = True
        finally:
            if not is_complete:
                self.close()

    def close(self) -> None:
        """End the workers at once."""
        for place in list(self._pools):
            self._end(place)

    def __enter__(self) -> Processes:
        """Return the executor."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers."""
        self.close()

    def _submit(self, place: int, function: Callable[[_Task], _Report], task: _Task) -> Future[_Report]:
        if place in self._pools:
            try:
                future: Future[_Report] = self._pools[place].submit(function, task)
                return future
            except BrokenExecutor:  # it died while it had nothing to do
                self._end(place)
        # Only one task is with a worker at a time: that one which has grown is replaced is nothing to warn of.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
        environment = dict.fromkeys(_ONE_THREAD, "1")
        with interrupts_held():
            pool = ProcessPoolExecutor(1, initializer=_begin_worker, initargs=(os.getpid(),), env=environment)
            self._pools[place] = pool
            return pool.submit(function, task)  # type: ignore[no-any-return]

    def _end(self, place: int) -> None:
        self._pools.pop(place).shutdown(wait=True, kill_workers=True)


def _reason(error: BaseException) -> str:
    """Return how a worker ended, as the library says it, in one line."""
    said = " ".join(str(error).split())
    found = said.rpartition("exit codes of the workers are ")[2] if "exit codes" in said else said
    return f"its worker died {_DEATHS} times ({found.strip(' {}')[:200]})"


def _begin_worker(parent: int) -> None:
    """Make a worker deaf to Ctrl-C, which the parent answers, single-threaded, and unable to outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pa.set_cpu_count(1)
    end_with_parent(parent)
