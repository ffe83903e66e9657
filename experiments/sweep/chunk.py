"""A chunk: runs that one worker does one after another and writes together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa

from experiments.run import run
from scenarios.case import Case
from sim.streams import Ints

Row = Mapping[str, Any]
"""A point of the design: the value of each factor."""
RunFunction = Callable[..., dict[str, pa.Table]]
"""Such as ``experiments.run.run``: of a case, a seed, a replication, and ``progress=`` that is called on the way."""


class PointCases(Protocol):
    """What makes a case of a point of the design (``experiments.sweep.points.Cases``)."""

    def case(self, row: Row) -> Case:
        """Return the case of a point.

        Raises:
            InputError: no case can have such values.
        """

    def digests(self, values: pa.Table) -> dict[str, str]:
        """Return by settings the digest of each case that the points of some rows start from."""

    def only(self, values: pa.Table) -> PointCases:
        """Return what some points need and no more: to be sent with them."""


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """All that a worker has to know, here or on another machine; plain data that can be pickled."""

    name: str
    """Of the files that it writes."""
    folder: str
    """Of the sweep, as the worker can reach it."""
    points: Ints
    replications: Ints
    """One element a run, in canonical order."""
    burn_ins: Ints
    """By run, the number of its burn-in; nothing if each has its own."""
    rows: pa.Table
    """The rows of the design, one for each element of ``points``."""
    cases: PointCases
    seed: int
    tables: tuple[str, ...]
    """Kept beside ``runs``."""
    run_seconds: float
    """How long a run may take."""
    memory_mb: int
    """How much a worker may have beyond what it has at its start; 0 for no bound."""
    facts: dict[str, str]
    """Metadata of the files."""
    run: RunFunction = run
    """What runs a case; importable by name."""
    command: str = ""
    """Token of the command that asks for it (``lock``), for workers that outlive it; empty if none holds the folder."""


@dataclass(frozen=True, slots=True)
class ChunkReport:
    """What became of a chunk; its tables are in its files. Of no runs and no failures if it did not write them."""

    name: str
    runs: int
    """That ended well."""
    failures: int
    seconds: float
    peak_mb: float
    """Most memory that the worker has ever had, as long as it lives."""
    worker: str
    """Name of the machine and number of the process."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A task whose worker died too often."""

    task: Any
    reason: str


class Executor(Protocol):
    """Has tasks done by workers; a context manager whose end is the end of all of them."""

    @property
    def about(self) -> str:
        """Return who works, in a sentence that is printed at the start; an address of a dashboard among it."""

    @property
    def workers(self) -> int:
        """Return how many work at a time."""

    def map(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Any:
        """Yield what the function returns for each task, in any order as they finish, or ``Lost``.

        Leaving the iterator early (``close()``, an interrupt) ends the workers at once. What the function raises is
        raised here: a task that fails in an expected way returns a report that says so.

        Args:
            function: importable by name.
            tasks: made one by one as they are asked for, so never held all at a time.
        """

    def __enter__(self) -> Self:
        """Return the executor."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End the workers."""
