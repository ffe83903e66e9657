"""A sweep on a running Slurm, of which a worker and then a job are killed: complete, and identical to the serial one.

Then the job script of docs/how-to/slurm.md, on a small case. Started by ``tests/slurm/run``, with the folder for
results as argument.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SWEEP = (
    "world=three_ports", "horizon_years=1", "burn_in_start=2023-11-01", "closing_days=60", "design=cases",
    "arms=[national_rule,alliance_rule,alliance_best]", "replications=16", "tables=[port_month]",
)  # fmt: skip
ON_SLURM = (
    "executor=dask", "workers=2", "chunk_seconds=1", "cluster.kind=slurm", "cluster.queue=debug",
    "cluster.memory_mb=900", "cluster.interface=lo", "cluster.walltime='00:10:00'", "cluster.dashboard=':0'",
)  # fmt: skip
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "slurm.md"
SMALL = "world=three_ports horizon_years=1 burn_in_start=2023-11-01 closing_days=60"
HERE = {
    "=long": "=debug", "=compute": "=debug", "=ib0": "=lo", "--mem=4G": "--mem=900M", "memory_mb=1500": "memory_mb=900",
    "workers=200": "workers=1", "cores=8": "cores=1", "n=1024": "n=2", "replications=4": "replications=1",
}  # fmt: skip
"""What differs between the cluster of the page and this one, and between its sweep and one that takes no time."""
SECONDS = 300.0
BEGUN = time.monotonic()


def say(text: str) -> None:
    """Print a line with the time."""
    print(f"{time.monotonic() - BEGUN:6.1f} s  {text}", flush=True)


def slurm(*words: str) -> str:
    """Return what a command of Slurm prints; without an answer it would wait for ever."""
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=True).stdout.strip()


def jobs() -> list[str]:
    """Return the numbers of the jobs that run or wait."""
    return sorted(slurm("squeue", "--noheader", "--format=%i", "--states=PENDING,RUNNING").split(), key=int)


def worker_of(job: str) -> int:
    """Return the process of a job that does the runs: the child of the one that would start another in its place."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            words, variables = (place / "cmdline").read_bytes(), (place / "environ").read_bytes().split(b"\0")
            if b"spawn_main" in words and f"SLURM_JOB_ID={job}".encode() in variables:
                return int(place.name)
    raise LookupError(f"no worker in job {job}")


def is_alive(process: int) -> bool:
    """Return whether a process is there and no zombie."""
    with suppress(OSError):
        return "(zombie)" not in Path(f"/proc/{process}/status").read_text()
    return False


def sweep(results: Path, *overrides: str) -> subprocess.Popen[bytes]:
    """Start the sweep."""
    words = [sys.executable, "-m", "experiments.cli", "sweep", "--quiet", *SWEEP, *overrides, f"results={results}"]
    return subprocess.Popen(words)


def wait_until(condition: Callable[[], bool], command: subprocess.Popen[bytes]) -> None:
    """Wait while the sweep runs, but not for ever."""
    until = time.monotonic() + SECONDS
    while not condition():
        assert command.poll() is None, f"the sweep ended with status {command.returncode}"
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)


def chunks(results: Path) -> int:
    """Return how many chunks have been written."""
    return len(list(results.glob("*/runs/[!.]*.parquet")))


def rows(results: Path, name: str) -> list[dict[str, object]]:
    """Return the rows of a table of a sweep in order, without the time that each run took."""
    files = sorted(results.glob(f"*/{name}/[!.]*.parquet"))
    table = pa.concat_tables([pq.read_table(path) for path in files]).unify_dictionaries()
    plain = table.drop([column for column in ("seconds",) if column in table.column_names]).to_pylist()
    return sorted(plain, key=lambda row: (row["point"], row["replication"]))


def job_script(results: Path) -> str:
    """Return the script of the page, with the names of this cluster and a small case."""
    script = PAGE.read_text("utf-8").partition("```bash\n")[2].partition("```")[0]
    for there, here in HERE.items():
        assert there in script, f"{there} is not in the script of {PAGE.name}"
        script = script.replace(there, here)
    run = f'waterbed() {{ "{sys.executable}" -m experiments.cli "$@"; }}'
    return script.replace(". .venv/bin/activate", run).replace("--quiet", f"{SMALL} results={results} --quiet")


def submit_script(results: Path) -> None:
    """Submit the script of the page, whose command submits the jobs of its workers, and look at the result."""
    results.mkdir()
    script = results / "sweep.sh"
    script.write_text(job_script(results), "utf-8")
    said = results / "said"
    words = ["sbatch", "--wait", f"--output={said}", str(script)]
    status = subprocess.run(words, timeout=SECONDS, check=False, stdout=subprocess.DEVNULL).returncode
    assert status == 0, f"the job script ended with status {status}: {said.read_text('utf-8')}"
    assert len(rows(results, "runs")) == 2, said.read_text("utf-8")
    say("the job script of docs/how-to/slurm.md: 2 runs, status 0")


def main(results: Path) -> None:
    """Run the sweep here, then on Slurm, and compare."""
    serial, on_slurm = results / "serial", results / "slurm"
    assert sweep(serial, "executor=serial").wait() == 0
    say("serial: done")
    before = jobs()
    assert not before, f"jobs of others: {before}"
    command = sweep(on_slurm, *ON_SLURM)
    try:
        wait_until(lambda: chunks(on_slurm) >= 2 and len(jobs()) == 2, command)
        first, second = jobs()
        say(f"on Slurm: jobs {first} and {second} run, {chunks(on_slurm)} chunks written")

        victim = worker_of(first)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not is_alive(victim), command)
        say(f"kill -9 of worker process {victim} of job {first}, after {chunks(on_slurm)} chunks")

        written = chunks(on_slurm)
        wait_until(lambda: chunks(on_slurm) >= written + 2, command)
        slurm("scancel", second)
        say(f"scancel {second}, after {chunks(on_slurm)} chunks")
        wait_until(lambda: second not in jobs(), command)
        wait_until(lambda: len(jobs()) == 2, command)
        say(f"Slurm runs jobs {' and '.join(jobs())}, {chunks(on_slurm)} chunks written")
        status = command.wait(SECONDS)
    finally:
        command.kill()
        command.wait()
    assert status == 0, f"the sweep ended with status {status}"
    say(f"the sweep ended with status {status}, {chunks(on_slurm)} chunks written")
    assert not list(on_slurm.glob("*/failures/[!.]*.parquet")), "runs failed"
    for name in ("runs", "port_month"):
        expected, found = rows(serial, name), rows(on_slurm, name)
        # By what is written, which is exact for numbers and takes nan for equal to nan.
        assert list(map(repr, expected)) == list(map(repr, found)), f"{name} differs"
        say(f"{name}: {len(found):,} rows, identical to the serial ones")
    submit_script(results / "script")
    until = time.monotonic() + 30
    while jobs():
        assert time.monotonic() < until, "jobs are left"
        time.sleep(0.2)
    say("no job is left")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
