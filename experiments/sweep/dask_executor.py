"""The executor ``dask``: workers live long, have one thread each, and are given a task when they are idle.

What a task returns is dropped as soon as it is yielded, and only a few tasks are sent ahead: the memory of this process
does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from functools import cache
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import pyarrow as pa

from experiments.kept_tables import code_digest
from experiments.settings import Settings
from experiments.sweep.chunk import Lost
from experiments.sweep.cluster_options import ClusterOptions
from experiments.sweep.dask_clusters import (
    CONFIGURATION,
    begin_jobs,
    connected,
    kill_processes,
    local_cluster,
    needed,
    slurm_cluster,
)
from scenarios.errors import InputError

_Task = TypeVar("_Task")
_Report = TypeVar("_Report")
_DONE_AGAIN = ("lost", "pending")
"""Of a task that was done, and whose worker died before what it returned was fetched."""


class DaskExecutor:
    """Workers of Dask; see ``experiments.sweep.chunk.Executor``."""

    def __init__(
        self, workers: int, scheduler: str = "", options: ClusterOptions | None = None, logs: Path | None = None
    ) -> None:
        """Start a cluster, or connect to one.

        Args:
            workers: how many; of a given scheduler, how many to count on.
            scheduler: address of a scheduler that is there already, such as tcp://node7:8786; none for one of its own.
            options: of a cluster of its own.
            logs: folder for what jobs of Slurm print; None for the folder of the command.

        Raises:
            InputError: Dask is not installed, nobody answers, or Slurm is not there or refuses the jobs.
        """
        distributed, options = needed("distributed"), options or ClusterOptions()
        self.workers = workers
        self._cluster: Any = None
        self._is_local = not scheduler and options.kind == "local"
        self._stack = ExitStack()
        try:
            self._stack.enter_context(needed("dask").config.set(CONFIGURATION))
            if scheduler:
                self._client = self._stack.enter_context(connected(scheduler))
                who = f"workers of Dask at {scheduler}"
            else:
                self._cluster = (
                    local_cluster(workers, options) if self._is_local else slurm_cluster(workers, options, logs)
                )
                self._stack.callback(self._cluster.close)
                if not self._is_local:
                    begin_jobs(self._cluster, workers, options)
                self._client = self._stack.enter_context(distributed.Client(self._cluster, set_as_default=False))
                who = f"{workers} workers of Dask in " + ("processes" if self._is_local else "jobs of Slurm")
        except BaseException:
            self._stack.close()
            raise
        self.about = f"{who} (dashboard: {self._client.dashboard_link or 'none'})"

    def map(self, function: Callable[[_Task], _Report], tasks: Sequence[_Task]) -> Iterator[_Report | Lost]:
        """Yield what the function returns for each task as they finish; leaving early ends the workers at once.

        Raises:
            InputError: the scheduler is gone, or workers run another version of the program.
        """
        distributed = needed("distributed")
        ahead, version = iter(tasks), _own_version()
        done = distributed.as_completed(loop=self._client.loop)
        sent: dict[Any, _Task] = {}
        is_complete = False

        def send(count: int) -> None:
            for task in islice(ahead, count):
                # Its files count, not what it returns: never to be taken from an earlier one.
                future = self._client.submit(_checked, version, function, task, pure=False, retries=1)
                sent[future] = task
                done.add(future)

        try:
            send(2 * self.workers)
            while sent:
                future = next(done)
                status = future.status
                if status in _DONE_AGAIN:
                    done.add(future)
                    continue
                report = _outcome(future, status, sent.pop(future))
                future.release()
                yield report
                send(1)
            is_complete = True
        finally:
            if not is_complete:
                self._give_up(list(sent))

    def _give_up(self, futures: list[Any]) -> None:
        """End the workers at once; those of a given scheduler live on, and finish the task they are at."""
        if self._is_local:
            kill_processes(self._cluster)
        elif self._cluster is None and self._client.status == "running":
            self._client.cancel(futures, force=True)
        self.close()

    def close(self) -> None:
        """End the workers, or leave them to their scheduler."""
        self._stack.close()

    def __enter__(self) -> DaskExecutor:
        """Return the executor."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers."""
        self.close()


def dask_executor(settings: Settings) -> DaskExecutor:
    """Return the executor that settings ask for.

    Raises:
        InputError: see `DaskExecutor`.
    """
    logs = settings.results / "slurm" if settings.cluster.kind == "slurm" and not settings.scheduler else None
    return DaskExecutor(settings.worker_count(), settings.scheduler, settings.cluster, logs)


def _outcome(future: Any, status: str, task: _Task) -> Any:
    """Return what a task returned, or that it lost its worker too often; raise what it raised."""
    distributed = needed("distributed")
    try:
        if status in ("finished", "error"):
            return future.result()
    except distributed.KilledWorker as error:
        return Lost(task, f"its worker died {error.allowed_failures + 1} times")
    except (CancelledError, OSError) as error:
        # An error of the task's own is raised as it is: it has lines of the worker.
        if isinstance(error, OSError) and future.status == "error":
            raise
    raise InputError("scheduler: it is gone, or has dropped the tasks; the same command goes on from what is kept.")


def _checked(version: str, function: Callable[[_Task], _Report], task: _Task) -> _Report:
    """Call the function in a worker, which runs this very program."""
    if version != _own_version():
        raise InputError(
            "scheduler: a worker has another version of the program; allowed: workers of the same checkout as the "
            "command."
        )
    pa.set_cpu_count(1)
    return function(task)


@cache
def _own_version() -> str:
    return code_digest()
