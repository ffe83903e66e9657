"""The executor ``dask``: complete whatever dies, bounded in what it holds, and what Slurm is told."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.execute import Serial
from experiments.settings import load
from experiments.sweep.chunk import Lost
from experiments.sweep.cluster_options import ClusterOptions
from experiments.sweep.dask_clusters import begin_jobs, slurm_cluster
from experiments.sweep.dask_executor import DaskExecutor, dask_executor
from scenarios.errors import InputError
from tests.executor_cases import Work, die_at_seven, environment, raise_at_seven, square, square_and_name, start_long
from tests.sweep_cases import DiesOnce, content, quick_plan, swept

LOCAL = ClusterOptions(dashboard=":0")
SQUARES = [number**2 for number in range(20)]
TIME_OUT = 60.0


@pytest.fixture
def work(tmp_path: Path) -> list[Work]:
    """Return twenty tasks."""
    return [Work(number, tmp_path) for number in range(20)]


@pytest.fixture(scope="module")
def two() -> Iterator[DaskExecutor]:
    """Return two workers in processes of this machine, for tests that do not end them."""
    with DaskExecutor(2, options=LOCAL) as executor:
        yield executor


def is_alive(process: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        return "(zombie)" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def wait_until(condition: Any) -> None:
    """Wait, but not for ever."""
    until = time.monotonic() + TIME_OUT
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)


def test_every_task_is_done_once(two: DaskExecutor, work: list[Work]) -> None:
    """By two workers with one thread each, which stay the same from call to call."""
    first = list(two.map(square, work))
    assert sorted(value for value, _ in first) == SQUARES
    assert len({process for _, process in first}) == 2
    second = list(two.map(square, work))
    assert {process for _, process in second} == {process for _, process in first}
    (told,) = two.map(environment, work[:1])
    assert {told[f"{name}_NUM_THREADS"] for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")} == {"1"}
    assert "2 workers of Dask in processes (dashboard: http://" in two.about


def test_tasks_are_asked_for_as_they_are_needed(two: DaskExecutor, work: list[Work]) -> None:
    """However many there are, only a few are made ahead of what has come back, and no result is kept."""
    made: list[int] = []

    class Tasks(list[Work]):
        def __iter__(self) -> Iterator[Work]:
            for task in work:
                made.append(task.number)
                yield task

    for count, _ in enumerate(two.map(square, Tasks())):
        assert len(made) <= count + 4
        assert len(two._client.futures) <= 5


def test_a_killed_worker_costs_nothing(two: DaskExecutor, work: list[Work], tmp_path: Path) -> None:
    """Its task is done again by another, and it is replaced."""
    squares, killed = [], []
    for value in two.map(square_and_name, work):
        squares.append(value)
        if len(squares) == 3:
            killed.append(int(max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime).name.split("-")[1]))
            os.kill(killed[0], signal.SIGKILL)
    assert sorted(squares) == SQUARES
    wait_until(lambda: len(two._client.scheduler_info()["workers"]) == 2)
    assert not is_alive(killed[0])


def test_a_task_that_kills_its_worker_is_lost_alone(two: DaskExecutor, work: list[Work]) -> None:
    """After three workers it is given up, and all others are done."""
    outcomes = list(two.map(die_at_seven, work))
    lost = [outcome for outcome in outcomes if isinstance(outcome, Lost)]
    assert lost == [Lost(work[7], "its worker died 3 times")]
    assert sorted(outcome for outcome in outcomes if isinstance(outcome, int)) == [n for n in SQUARES if n != 49]


def test_a_result_that_goes_with_its_worker_is_waited_for(
    two: DaskExecutor, work: list[Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task is done, its worker dies before the result is fetched, and another does it again."""
    import distributed

    lost: list[Any] = []

    class LosesOne(distributed.as_completed):  # type: ignore[misc]
        def __next__(self) -> Any:
            future = super().__next__()
            if not lost:
                lost.append(future)
                future._state.lose()
                self.loop.add_callback(self.loop.call_later, 0.3, future._state.finish)
            return future

    monkeypatch.setattr(distributed, "as_completed", LosesOne)
    assert sorted(value for value, _ in two.map(square, work)) == SQUARES
    assert lost


def test_what_a_task_raises_is_raised_here(work: list[Work]) -> None:
    """With its type and message."""
    with DaskExecutor(1, options=LOCAL) as executor, pytest.raises(LookupError, match="seven is not to be had"):
        list(executor.map(raise_at_seven, work))


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_leaving_early_ends_the_workers_at_once(work: list[Work], tmp_path: Path) -> None:
    """Even those in the middle of something."""
    executor = DaskExecutor(2, options=LOCAL)
    reports = executor.map(start_long, work)
    next(reports)
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    begun = time.monotonic()
    reports.close()
    assert time.monotonic() - begun < 10
    assert not any(is_alive(int(path.name)) for path in tmp_path.iterdir())


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Return the address of a scheduler with two workers that somebody else has started, and its processes."""
    python = [sys.executable, "-m"]
    root = Path(__file__).resolve().parents[2]
    where = tmp_path / "scheduler.json"
    names = ["--scheduler-file", str(where), "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": root}
    started = [
        subprocess.Popen(
            [*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *names], **quiet
        )
    ]
    try:
        wait_until(where.exists)
        for _ in range(2):
            worker = [*python, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *names]
            started.append(subprocess.Popen(worker, **quiet))
        yield json.loads(where.read_text())["address"], started
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_a_scheduler_that_is_there_is_used_and_left(
    scheduler: tuple[str, list[subprocess.Popen[bytes]]], work: list[Work]
) -> None:
    """One of its workers is killed and not replaced; the other does the rest and lives on."""
    address, processes = scheduler
    squares = []
    with DaskExecutor(2, address) as executor:
        wait_until(lambda: len(executor._client.scheduler_info()["workers"]) == 2)
        for value in executor.map(square_and_name, work):
            squares.append(value)
            if len(squares) == 3:
                processes[1].kill()
    assert sorted(squares) == SQUARES
    assert processes[0].poll() is None
    assert processes[2].poll() is None


def test_a_killed_scheduler_is_told(scheduler: tuple[str, list[subprocess.Popen[bytes]]], work: list[Work]) -> None:
    """What was done is in files; the command ends with a sentence and does not hang."""
    import dask

    address, processes = scheduler
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        DaskExecutor(2, address) as executor,
        pytest.raises(InputError, match="the same command goes on"),
    ):
        for count, _ in enumerate(executor.map(square_and_name, work)):
            if count == 2:
                processes[0].kill()


def test_another_version_of_the_program_is_refused(work: list[Work], monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that somebody else started may be of another checkout: their results would not be the same."""
    monkeypatch.setattr("experiments.sweep.dask_executor._own_version", lambda: "another")
    with DaskExecutor(1, options=LOCAL) as one, pytest.raises(InputError, match="another version of the program"):
        list(one.map(square, work))


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence, and no traceback of a library."""
    monkeypatch.setattr("experiments.sweep.dask_clusters._ANSWER_SECONDS", 1)
    with pytest.raises(InputError, match=r"nobody answers at 'tcp://127\.0\.0\.1:9'"):
        DaskExecutor(2, "tcp://127.0.0.1:9")


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: who does not have it is told how to get it."""

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match=r"without the package 'distributed'; allowed after `pip install -e"):
        DaskExecutor(2)


def test_a_sweep_is_the_serial_one(two: DaskExecutor, tmp_path: Path) -> None:
    """Bit for bit, also if a worker dies on the way; what is there is not run again."""
    whole = content(swept(quick_plan(), tmp_path / "serial", Serial())[0])
    assert content(swept(quick_plan(), tmp_path / "dask", two, size=3)[0]) == whole
    plan = quick_plan(DiesOnce(tmp_path / "dead", dies=2))
    folder, status = swept(plan, tmp_path / "killed", two, size=3)
    assert (tmp_path / "dead").exists()
    assert (status.done, status.failed) == (20, 0)
    assert content(folder) == whole
    assert swept(plan, tmp_path / "killed", two, size=3)[1].ended == 0


# ---- Slurm: what can be tested without ------------------------------------------------------------------------------

OPTIONS = (
    "cluster.kind=slurm", "cluster.queue=long", "cluster.account=customs", "cluster.walltime='08:30:00'",
    "cluster.cores=4", "cluster.memory_mb=1500", "cluster.interface=lo", "cluster.directives=['--constraint=avx512']",
    "cluster.prologue=['module load gcc']", "cluster.dashboard=':0'",
)  # fmt: skip


def test_the_job_script(tmp_path: Path) -> None:
    """Everything that is set is in it: what Slurm is asked for, one thread a worker, and who to report to."""
    _, settings = load(list(OPTIONS))
    cluster = slurm_cluster(8, settings.cluster, tmp_path / "logs")
    try:
        lines = cluster.job_script().splitlines()
        address = cluster.scheduler_address
    finally:
        cluster.close()
    assert lines[0].startswith("#!")
    assert [line for line in lines if line.startswith("#SBATCH")] == [
        "#SBATCH -J waterbed",
        f"#SBATCH -e {tmp_path}/logs/waterbed-%J.err",
        f"#SBATCH -o {tmp_path}/logs/waterbed-%J.out",
        "#SBATCH -p long",
        "#SBATCH -A customs",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=6G",
        "#SBATCH -t 08:30:00",
        "#SBATCH --constraint=avx512",
    ]
    assert "export OPENBLAS_NUM_THREADS=1" in lines
    assert "export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False" in lines
    assert lines.index("module load gcc") < len(lines) - 1
    command = lines[-1]
    assert command.startswith(f"{sys.executable} -m distributed.cli.dask_worker {address} ")
    for words in ("--nthreads 1 ", "--nworkers 4 ", "--nanny", "--memory-limit", "--interface lo", "--no-dashboard"):
        assert words in command


@pytest.mark.skipif(os.name != "posix", reason="makes commands that a shell can run")
def test_what_slurm_says_of_a_job_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that Slurm would refuse is not waited for."""
    sbatch = tmp_path / "sbatch"
    sbatch.write_text(
        '#!/bin/sh\n[ "$1" = --test-only ] || exit 9\necho "sbatch: error: invalid partition: long" >&2\nexit 1\n'
    )
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    _, settings = load(list(OPTIONS))
    with pytest.raises(
        InputError, match="Slurm refuses a job of these settings: sbatch: error: invalid partition: long"
    ):
        dask_executor(settings)


def test_without_slurm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A sentence."""
    monkeypatch.setenv("PATH", str(tmp_path))

    class Cluster:
        def job_script(self) -> str:
            return "#!/bin/sh\n"

    with pytest.raises(InputError, match="not allowed where there is no Slurm"):
        begin_jobs(Cluster(), 2, ClusterOptions("slurm"))


@pytest.mark.parametrize("wrong", ["cluster.kind=pbs", "cluster.cores=0", "cluster.memory_mb=10", "cluster.nodes=3"])
def test_a_wrong_option_is_told(wrong: str) -> None:
    """By its name."""
    with pytest.raises(InputError, match=wrong.partition("=")[0].replace(".", r"\.")):
        load([wrong])
