"""What a sweep is to run: every point of its design with the same replications, cut into chunks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.design import Design
from experiments.run import run
from experiments.store import content_name
from experiments.sweep.chunk import ChunkTask, PointCases, RunFunction
from scenarios.case import Case
from sim.streams import Ints


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep as it was asked for. Runs are numbered: replication fastest, then point."""

    base: Case
    cases: PointCases
    design: Design
    replications: int
    """0, 1, ..., the same for all points: common random numbers."""
    seed: int
    tables: tuple[str, ...]
    """Kept beside ``runs``."""
    run: RunFunction = run

    @property
    def points(self) -> int:
        """Return the number of rows of the design."""
        return int(self.design.values.num_rows)

    @property
    def runs(self) -> int:
        """Return the number of runs."""
        return self.points * self.replications

    def question(self) -> dict[str, Any]:
        """Return what a folder must have been asked; who runs it, and in which chunks, does not matter."""
        return {**self._named_by(), "cases": self.cases.digests(self.design.values)}

    def _named_by(self) -> dict[str, Any]:
        return {
            "base": self.base.digest(),
            "design": table_digest(self.design.values),
            "replications": self.replications,
            "seed": self.seed,
            "tables": list(self.tables),
        }

    @property
    def name(self) -> str:
        """Return the name of its folder.

        Not by what the files of conf/ say of other regimes or worlds than the base: a sweep that goes on after one of
        them has changed is to find its folder, and to be refused.
        """
        return content_name("sweep", self.base.world.name, self._named_by())

    def numbers(self, points: Ints, replications: Ints) -> Ints:
        """Return the numbers of runs."""
        return points * self.replications + replications


@dataclass(frozen=True, slots=True)
class HowToRun:
    """What does not change the results: where they go, and what a run may take."""

    folder: str
    run_seconds: float
    memory_mb: int
    facts: dict[str, str]
    command: str = ""
    """Token of the lock under which it is run; empty without one."""


class ChunkTasks(Sequence[ChunkTask]):
    """Runs cut into chunks of equal size, each task made when it is asked for."""

    def __init__(self, plan: Plan, how: HowToRun, runs: Ints, size: int) -> None:
        """Fix the runs.

        Args:
            plan: the sweep.
            how: where results go.
            runs: numbers of the runs, rising.
            size: runs in a chunk.
        """
        self._plan, self._how, self._runs, self._size = plan, how, runs, size
        self._groups = burn_in_groups(plan.design)
        if self._groups.size:
            # Side by side, runs share a burn-in.
            points, replications = np.divmod(runs, plan.replications)
            self._runs = runs[np.lexsort((points, replications, self._groups[points]))]

    def __len__(self) -> int:
        """Return the number of chunks."""
        return math.ceil(self._runs.size / self._size)

    def __getitem__(self, place: Any) -> Any:
        """Return a task, or some of them."""
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        plan, how = self._plan, self._how
        runs = self._runs[place * self._size : (place + 1) * self._size]
        points, replications = np.divmod(runs, plan.replications)
        rows = plan.design.values.take(pa.array(points))
        return ChunkTask(
            name=chunk_name(runs, plan.runs),
            folder=how.folder,
            points=points,
            replications=replications,
            burn_ins=self._groups[points] if self._groups.size else self._groups,
            rows=rows.select([factor.name for factor in plan.design.factors]),
            cases=plan.cases.only(rows),
            seed=plan.seed,
            tables=plan.tables,
            run_seconds=how.run_seconds,
            memory_mb=how.memory_mb,
            facts=how.facts,
            run=plan.run,
            command=how.command,
        )


def burn_in_groups(design: Design) -> Ints:
    """Return by point the number of its burn-in, nothing if each has its own.

    Points that differ in the regime alone have the same.
    """
    others = [f.name for f in design.factors if f.name != "regime" and not f.name.startswith("regime.")]
    groups = np.zeros(design.values.num_rows, np.int64)
    if len(others) == len(design.factors):
        return groups[:0]
    for name in others:
        values, codes = np.unique(design.values[name].to_numpy(zero_copy_only=False), return_inverse=True)
        groups = np.unique(groups * values.size + codes, return_inverse=True)[1].astype(np.int64)
    return groups if np.unique(groups).size < groups.size else groups[:0]


def chunk_name(runs: Ints, planned: int) -> str:
    """Return the name of a chunk: its first run, for names to sort, and a digest of all of them.

    Args:
        runs: their numbers.
        planned: runs of the whole sweep.
    """
    digest = hashlib.blake2b(runs.astype("<i8").tobytes(), digest_size=4).hexdigest()
    return f"{int(runs[0]):0{len(str(planned))}d}-{digest}"


def table_digest(table: pa.Table) -> str:
    """Return a digest of the columns of a table, their names, types and order."""
    digest = hashlib.blake2b(digest_size=16)
    for field, column in zip(table.schema, table.columns, strict=True):
        digest.update(f"|{field.name}:{field.type}|".encode())
        if pa.types.is_string(field.type):
            for text in column.to_pylist():
                digest.update(f"{text!r},".encode())
        else:
            digest.update(np.ascontiguousarray(column.to_numpy()).tobytes())
    return digest.hexdigest()
