"""How far a sweep is: a bar with the time left on the terminal, and a file that others can look at."""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.screen import WIDTH
from experiments.sweep.chunk import ChunkReport
from experiments.sweep.layout import STATUS, SweepFolder

_LEAST_SECONDS = 1.0
"""Between two writings of the file."""


@dataclass(slots=True)
class Status:
    """Counts of a sweep; runs of former calls count as done."""

    folder: SweepFolder
    planned: int
    done: int
    failed: int
    workers: int
    about: str
    peak_mb: dict[str, float] = field(default_factory=dict)
    """Of each worker that has reported."""
    state: str = "running"
    begun: float = field(default_factory=time.monotonic)
    started: str = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"))
    ended: int = 0
    """Runs of this call."""
    _written: float = -math.inf

    def add(self, report: ChunkReport) -> None:
        """Count a chunk that has ended."""
        self.done += report.runs
        self.failed += report.failures
        self.ended += report.runs + report.failures
        if report.worker:
            self.peak_mb[report.worker] = max(report.peak_mb, self.peak_mb.get(report.worker, 0.0))

    @property
    def seconds(self) -> float:
        """Return how long this call has been running."""
        return time.monotonic() - self.begun

    @property
    def seconds_left(self) -> float:
        """Return how long it will take at the rate so far; NaN before a chunk has ended."""
        if not self.ended:
            return math.nan
        left = self.planned - self.done - self.failed
        return left * self.seconds / self.ended

    def write(self, *, is_last: bool = False) -> None:
        """Write the file, unless it has just been written.

        Raises:
            InputError: the disk is full, or the folder cannot be written.
        """
        if not is_last and time.monotonic() - self._written < _LEAST_SECONDS:
            return
        self._written = time.monotonic()
        left = self.seconds_left
        self.folder.write_json(
            STATUS,
            {
                "state": self.state,
                "planned": self.planned,
                "done": self.done,
                "failed": self.failed,
                "started": self.started,
                "seconds": round(self.seconds, 1),
                "seconds_left": round(left, 1) if math.isfinite(left) else None,
                "executor": self.about,
                "workers": self.workers,
                "peak_memory_mb": {worker: round(peak) for worker, peak in sorted(self.peak_mb.items())},
            },
        )


@contextmanager
def status_bar(status: Status, *, is_quiet: bool) -> Iterator[Progress]:
    """Show a bar on the error stream while the block runs, if that is a terminal."""
    columns = (TextColumn("runs"), BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("{task.fields[left]}"), TextColumn("{task.fields[failed]}"))  # fmt: skip
    errors = Console(stderr=True, width=WIDTH)
    with Progress(*columns, console=errors, disable=is_quiet or not errors.is_terminal) as progress:
        progress.add_task("", total=status.planned, left="", failed="")
        show(status, progress)
        yield progress


def show(status: Status, progress: Progress) -> None:
    """Bring a bar up to date."""
    left = status.seconds_left
    for task in progress.task_ids:
        progress.update(
            task,
            completed=status.done + status.failed,
            left=f"left {duration(left)}" if math.isfinite(left) else "left -",
            failed=f"{status.failed} failed" if status.failed else "",
        )


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if seconds < 99.5 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:,.1f} h"
