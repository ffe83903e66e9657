"""Clusters of Dask: processes of this machine, jobs of Slurm, or a scheduler that is there already."""

from __future__ import annotations

import importlib
import logging
import math
import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from experiments.sweep.cluster_options import ClusterOptions
from experiments.workers import interrupts_held
from scenarios.errors import InputError

DEATHS = 3
"""A task that lost its worker so often is given up."""
_ANSWER_SECONDS = 60.0
"""How long a scheduler may take to answer, and Slurm to say what it thinks of a job."""
_DEATH_SECONDS = 120
"""A job whose worker cannot reach the command for so long ends."""
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_KEPT_BELOW = 0.95
"""Share of its memory beyond which a worker is ended."""
CONFIGURATION: dict[str, Any] = {
    # A worker has the task it works at and no other: only that one is lost with it.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.allowed-failures": DEATHS - 1,
    # The memory of a run is not Dask's to spill, and a worker that paused would never go on.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": _KEPT_BELOW,
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(_ONE_THREAD, 1),
}
"""What Dask is told here, and its workers with it."""


def needed(module: str) -> ModuleType:
    """Return a module that is installed only where clusters are used.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(
            f"executor: 'dask' is not allowed without the package '{error.name}'; allowed after "
            "`pip install -e '.[cluster]'` in the repository, or without it executor=processes."
        ) from None


def local_cluster(workers: int, options: ClusterOptions) -> Any:
    """Return a cluster of worker processes of this machine."""
    distributed = needed("distributed")
    port = options.dashboard
    with _quiet_about_ports(), interrupts_held():
        return distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=f"{options.memory_mb}MB",
            # Only for those on this machine to see.
            dashboard_address=f"localhost{port}" if port.startswith(":") else port,
            silence_logs=logging.CRITICAL,
        )


def slurm_cluster(workers: int, options: ClusterOptions, logs: Path | None = None) -> Any:
    """Return a cluster of Slurm jobs, without any yet.

    Args:
        workers: how many there will be.
        options: of the jobs.
        logs: folder for what jobs print; None for the folder of the command.
    """
    jobqueue = needed("dask_jobqueue")
    with _quiet_about_ports():
        return jobqueue.SLURMCluster(
            queue=options.queue or None,
            account=options.account or None,
            walltime=options.walltime,
            cores=options.cores,
            processes=options.cores,
            memory=f"{options.memory_mb * options.cores}MB",
            interface=options.interface or None,
            job_name="waterbed",
            log_directory=None if logs is None else str(logs),
            job_extra_directives=list(options.directives),
            job_script_prologue=[*_environment(), *options.prologue],
            worker_extra_args=["--no-dashboard"],
            death_timeout=_DEATH_SECONDS,
            scheduler_options={"dashboard_address": options.dashboard},
            silence_logs=logging.CRITICAL,
        )


def begin_jobs(cluster: Any, workers: int, options: ClusterOptions) -> None:
    """Have Slurm start jobs, and replace those that end.

    Raises:
        InputError: Slurm is not there, or would refuse such a job.
    """
    _ask_slurm(cluster.job_script())
    count = math.ceil(workers / options.cores) * options.cores
    # With scale() a job that is cancelled or runs into its time limit would not be replaced.
    cluster.adapt(minimum=count, maximum=count)


def _environment() -> list[str]:
    """Return the lines of shell that tell workers of a job what processes of this machine are told directly."""
    told = {
        f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": str(value)
        for name, value in CONFIGURATION.items()
        if name.startswith("distributed.worker.")
    }
    return [f"export {name}={value}" for name, value in {**dict.fromkeys(_ONE_THREAD, "1"), **told}.items()]


def _ask_slurm(script: str) -> None:
    """Ask Slurm whether it would take a job; otherwise a command would wait for workers for ever."""
    if shutil.which("sbatch") is None:
        raise InputError(
            "cluster.kind: 'slurm' is not allowed where there is no Slurm (command sbatch); allowed: local, or a "
            "machine from which jobs are submitted."
        )
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        try:
            asked = subprocess.run(
                ["sbatch", "--test-only", file.name],
                capture_output=True,
                text=True,
                timeout=_ANSWER_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InputError(f"cluster: Slurm did not answer within {_ANSWER_SECONDS:g} seconds.") from None
    if asked.returncode != 0:
        said = " ".join(asked.stderr.split())
        raise InputError(f"cluster: Slurm refuses a job of these settings: {said}")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Hold the connection to a scheduler that is there already.

    Raises:
        InputError: nobody answers there.
    """
    distributed = needed("distributed")
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        # That its libraries are of other versions is found out where it matters: a task checks the program's own text.
        warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)
        try:
            client = distributed.Client(address, timeout=_ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise InputError(
                f"scheduler: nobody answers at '{address}' ({said}); allowed: an address such as tcp://node7:8786."
            ) from None
    try:
        yield client
    finally:
        client.close()


def kill_processes(cluster: Any) -> None:
    """End the worker processes of this machine that are at work: asked to leave, they would finish first."""
    for nanny in cluster.workers.values():
        number = getattr(nanny, "pid", None)
        if number is not None:
            nanny.auto_restart = False
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


@contextmanager
def _quiet_about_ports() -> Iterator[None]:
    """Let Dask take another port for its dashboard without a warning: where it is, is printed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Port .* is already in use", UserWarning)
        yield
