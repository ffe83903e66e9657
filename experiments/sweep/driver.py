"""Runs what is missing in the folder of a sweep, and nothing else."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata as distributions
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.execute import record_lost, run_chunk
from experiments.kept_tables import code_digest
from experiments.provenance import code_version
from experiments.sweep.chunk import ChunkReport, ChunkTask, Executor, Lost
from experiments.sweep.layout import DESIGN, DOUBLED, QUESTION, STUCK, SweepFolder, write_table
from experiments.sweep.plan import ChunkTasks, HowToRun, Plan, table_digest
from experiments.sweep.status import Status
from scenarios.errors import InputError
from scenarios.reference import data_hash
from sim.streams import Bools, Ints

_DECIDING = ("mesa", "simpy", "numpy", "scipy", "numba", "llvmlite")
"""Libraries whose version may decide the last bit of a result."""
_NAMED = 3
"""Changed cases that are named."""
_ROUNDS = 4
"""Times that what is missing is run before a command gives up: each but the first is for chunks that stepped aside."""
_SAME = {
    "code": "the program has changed since",
    "data_hash": "the reference data have changed since",
    "libraries": "other libraries",
}
"""What a folder must share with who goes on with it, and what to say where it does not."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds already."""

    is_done: Bools
    """One element a run of the plan; a run that failed is done as well."""
    is_failed: Bools
    seconds: float
    """That the runs took which are there, the failed ones among them."""

    @property
    def failed(self) -> int:
        """Return how many runs failed."""
        return int(self.is_failed.sum())

    @property
    def ended_well(self) -> int:
        """Return how many runs are there that did not fail."""
        return int(self.is_done.sum()) - self.failed

    def without_failed(self) -> Found:
        """Return what is there if failed runs count as never run."""
        return Found(self.is_done & ~self.is_failed, np.zeros_like(self.is_failed), self.seconds)

    @property
    def missing(self) -> Ints:
        """Return the numbers of the runs that are not there."""
        return np.flatnonzero(~self.is_done)

    @property
    def seconds_per_run(self) -> float:
        """Return the mean time of those that are there; NaN if there are none."""
        return self.seconds / int(self.is_done.sum()) if self.is_done.any() else float("nan")


def program_facts() -> dict[str, Any]:
    """Return what a folder remembers of the program that began it."""
    return {
        "version": distributions.version("waterbed"),
        "commit": code_version(),
        "code": code_digest(),
        "data_hash": data_hash(),
        "python": platform.python_version(),
        "libraries": {name: distributions.version(name) for name in _DECIDING},
    }


def begin(folder: SweepFolder, plan: Plan, facts: dict[str, Any]) -> None:
    """Write what was asked into a new folder, or check that an old one was asked the same of the same program.

    Args:
        folder: locked by the caller.
        plan: the sweep.
        facts: `program_facts` and whatever else is worth knowing, for ``sweep.json`` and ``design.parquet``.

    Raises:
        InputError: it is of another design or another version, damaged, or cannot be written.
    """
    if is_begun(folder, plan, facts):
        return
    metadata = {f"waterbed.{name}": v if isinstance(v, str) else json.dumps(v) for name, v in facts.items()}
    metadata |= {f"waterbed.design.{name}": value for name, value in plan.design.facts.items()}
    write_table(folder.path / DESIGN, plan.design.values.replace_schema_metadata(metadata))
    folder.write_json(QUESTION, {"question": plan.question(), "design": plan.design.facts, **facts})


def is_begun(folder: SweepFolder, plan: Plan, facts: dict[str, Any]) -> bool:
    """Return whether there is something to go on with; nothing is written.

    Args:
        folder: may not be there.
        plan: the sweep.
        facts: `program_facts`.

    Raises:
        InputError: what is there is of another design or another version, or damaged.
    """
    before = folder.read_json(QUESTION)
    if before is None:
        return False
    _check_question(folder, plan, before)
    for name, words in _SAME.items():
        if before.get(name) != facts[name]:
            raise InputError(
                f"{folder.path}: {words}{_which(name, before, facts)}, and runs of two versions do not go together; "
                "allowed: the version that began it, or another results=FOLDER."
            )
    return True


def _check_question(folder: SweepFolder, plan: Plan, before: dict[str, Any]) -> None:
    asked, now = before.get("question", {}), plan.question()
    differing = [name for name in now if asked.get(name) != now[name]]
    then = asked.get("cases", {})
    if differing == ["cases"] and isinstance(then, dict):
        changed = [words or "base" for words, digest in now["cases"].items() if then.get(words) != digest]
        raise InputError(
            f"{folder.path}: the files of conf/ have changed since ({'; '.join(changed[:_NAMED])}), and runs of two "
            "versions do not go together; allowed: the files that began it, or another results=FOLDER."
        )
    path = folder.path / DESIGN
    try:
        if not differing and table_digest(pq.read_table(path)) != now["design"]:
            differing = [DESIGN]
    except (OSError, pa.ArrowException) as error:
        said = (str(error).splitlines() or ["no reason given"])[0]
        raise InputError(f"{path}: cannot be read ({said}); choose another results=FOLDER.") from None
    if differing:
        raise InputError(
            f"{folder.path}: holds another sweep ({', '.join(differing)} differ); choose another results=FOLDER."
        )


def _which(name: str, before: dict[str, Any], facts: dict[str, Any]) -> str:
    if name == "libraries":
        was = before.get(name) or {}
        changed = [f"{key} {was.get(key, '-')} then, {now} now" for key, now in facts[name].items()
                   if was.get(key) != now]  # fmt: skip
        return f" ({'; '.join(changed)})"
    return f" (commit {before.get('commit')} then, {facts['commit']} now)"


def find(folder: SweepFolder, plan: Plan, *, is_only_looked_at: bool = False) -> Found:
    """Return what is there and verifies; what does not steps aside, unless it is only looked at.

    So does a chunk with a run that another chunk has: a worker that outlived its command, or was given up, wrote it
    after its runs had been cut into other chunks. Either of them is right; chunks without failures go first, then the
    order of names decides.

    Raises:
        InputError: a file of another sweep is among them, or the folder cannot be written.
    """
    is_done, is_failed, seconds = np.zeros(plan.runs, np.bool_), np.zeros(plan.runs, np.bool_), 0.0
    chunks = folder.kept(is_only_looked_at=is_only_looked_at)
    for chunk in sorted(chunks, key=lambda one: (one.failed[0].size > 0, one.name)):
        done, failed = plan.numbers(*chunk.done), plan.numbers(*chunk.failed)
        both = np.concatenate([done, failed])
        if both.size and not 0 <= both.min() <= both.max() < plan.runs:
            raise InputError(f"{folder.path}: chunk {chunk.name} has runs of another sweep; remove its files.")
        if is_done[both].any() or np.unique(both).size < both.size:
            if not is_only_looked_at:
                folder.set_aside(chunk.name, DOUBLED, "some of its runs are in another chunk as well")
            continue
        is_done[both] = True
        is_failed[failed] = True
        seconds += chunk.seconds
    return Found(is_done, is_failed, seconds)


def chunk_size(missing: int, workers: int, seconds_per_run: float, chunk_seconds: float) -> int:
    """Return how many runs make a chunk: as long as asked, but enough of them for all workers to end together."""
    by_time = chunk_seconds / seconds_per_run if seconds_per_run > 0 else 1
    return max(1, int(min(by_time, -(-missing // (4 * workers)))))


def run_missing(
    plan: Plan, how: HowToRun, missing: Ints, size: int, executor: Executor, ended: Callable[[ChunkReport], None]
) -> None:
    """Run what is missing; a chunk that is lost is done run by run, and a run that is lost becomes a failure.

    Args:
        plan: the sweep.
        how: where results go, and what a run may take.
        missing: numbers of the runs, rising.
        size: runs in a chunk.
        executor: who runs them.
        ended: called with the report of each chunk.

    Raises:
        InputError: the folder cannot be written, or is not this command's any more.
    """

    def ended_here(report: ChunkReport) -> None:
        is_written = report.runs + report.failures > 0
        # A machine whose picture of a shared disk is old may not have seen the lock: its runs stay missing.
        if not is_written and SweepFolder(Path(how.folder), plan.tables).holder() != how.command:
            raise InputError(
                f"{how.folder}: the lock of this sweep has been removed or taken over, so nothing more is written; "
                "what is there is kept, and the same command goes on from it."
            )
        ended(report)

    lost = _pass(ChunkTasks(plan, how, missing, size), executor, ended_here)
    if not lost:
        return
    alone = np.concatenate([plan.numbers(loss.task.points, loss.task.replications) for loss in lost])
    for loss in _pass(ChunkTasks(plan, how, np.sort(alone), 1), executor, ended_here):
        ended_here(record_lost(loss.task, loss.reason))


def run_all(
    plan: Plan, folder: SweepFolder, how: HowToRun, found: Found, size: int, executor: Executor,
    ended: Callable[[ChunkReport], None],
) -> Found:  # fmt: skip
    """Run what is missing until each run is there once; return what there is then.

    Args:
        plan: the sweep.
        folder: of the sweep.
        how: where results go, and what a run may take.
        found: what is there.
        size: runs in a chunk.
        executor: who runs them.
        ended: called with the report of each chunk.

    Raises:
        InputError: the folder cannot be written, or loses what is written into it.
    """
    for _ in range(_ROUNDS):
        if not found.missing.size:
            return found
        run_missing(plan, how, found.missing, size, executor, ended)
        found = find(folder, plan)
    if found.missing.size:
        raise InputError(
            f"{folder.path}: {found.missing.size:,} runs were done {_ROUNDS} times and are not there: something else "
            "writes into this folder, or its disk loses files; the same command goes on from what is kept."
        )
    return found


def remove_empty_log(folder: SweepFolder) -> None:
    """Remove the log of runs that were stuck, if none was."""
    log = folder.path / STUCK
    if log.exists() and not log.stat().st_size:
        log.unlink()


def _pass(tasks: Sequence[ChunkTask], executor: Executor, ended: Callable[[ChunkReport], None]) -> list[Lost]:
    lost = []
    with closing(executor.map(run_chunk, tasks)) as reports:
        for report in reports:
            if isinstance(report, Lost):
                lost.append(report)
            else:
                ended(report)
    return lost


def sweep(
    plan: Plan, folder: SweepFolder, how: HowToRun, executor: Executor, *, size: int, facts: dict[str, Any]
) -> Status:
    """Do a whole sweep without a command line: check or begin the folder, run what is missing, write the status.

    Args:
        plan: the sweep.
        folder: not held by another process; commands lock it.
        how: where results go, and what a run may take.
        executor: who runs them.
        size: runs in a chunk.
        facts: see `begin`.

    Raises:
        InputError: the folder is of another sweep or version, or cannot be written.
    """
    folder.make()
    begin(folder, plan, facts)
    found = find(folder, plan)
    status = Status(folder, plan.runs, found.ended_well, found.failed, executor.workers, executor.about)

    def ended(report: ChunkReport) -> None:
        status.add(report)
        status.write()

    try:
        found = run_all(plan, folder, how, found, size, executor, ended)
        status.done, status.failed = found.ended_well, found.failed
    finally:
        remove_empty_log(folder)
    status.state = "complete"
    status.write(is_last=True)
    return status
