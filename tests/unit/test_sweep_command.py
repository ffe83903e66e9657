"""waterbed sweep as a command: what it prints, what it refuses, how it ends, and that it goes on where it was."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from experiments.store import read_facts
from experiments.sweep import command, layout
from experiments.sweep.layout import DESIGN, LOCK, QUESTION, RUNS, STATUS, SweepFolder
from scenarios import load_case as loader
from scenarios import plain_conf
from tests.command_cases import Printed, refusal
from tests.model_cases import ROOT, SMALL
from tests.sweep_cases import VARIED, FailsAbove, Faulty, content, quick_run

ASKED = [*SMALL, "design=grid", "n=3", f"vary=[{VARIED}]", "replications=2", "executor=serial"]
Command = Callable[..., Printed]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Have the command run something that takes no time."""

    made = command.Plan

    def use(run: Any) -> None:
        monkeypatch.setattr(command, "Plan", lambda *parts: made(*parts, run=run))

    use(quick_run)
    return use


def folder_in(root: Path) -> SweepFolder:
    (path,) = root.glob("sweep-three_ports-*")
    return SweepFolder(path, ())


def test_a_sweep_is_done_once_and_prints_where_it_is(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    status, out, _ = waterbed("sweep", *ASKED, f"results={tmp_path}")
    folder = folder_in(tmp_path)
    assert status == 0
    assert "6 of 6 runs to do" in out
    assert out.splitlines()[-2:] == ["Complete: 6 of 6 runs. The tables are in", str(folder.path)]
    status, out, _ = waterbed("sweep", *ASKED, f"results={tmp_path}")
    assert (status, out.splitlines()[0]) == (0, "All runs of this sweep are there.")
    facts = read_facts(pq.read_table(folder.path / DESIGN), folder.path)
    assert facts["command"].startswith("waterbed sweep world=three_ports")
    assert json.loads((folder.path / STATUS).read_text()) | {"seconds": 0, "started": "", "peak_memory_mb": {}} == {
        "state": "complete", "planned": 6, "done": 6, "failed": 0, "started": "", "seconds": 0, "seconds_left": 0.0,
        "executor": "this process", "workers": 1, "peak_memory_mb": {},
    }  # fmt: skip
    assert not (folder.path / LOCK).exists()


def test_a_sweep_is_shown(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    quick(Faulty(tmp_path / "mended", raises=1))
    waterbed("sweep", *ASKED, f"results={tmp_path}")
    folder = folder_in(tmp_path)
    status, out, _ = waterbed("show", str(folder.path))
    assert status == 0
    assert "grid: 3 points x 2 replications, 6 runs" in out
    assert "complete: 3 runs done, 3 failed" in out
    assert "waterbed sweep world=three_ports" in out
    facts = json.loads((folder.path / STATUS).read_text())
    folder.write_json(STATUS, facts | {"state": "running", "seconds_left": 240.0})
    assert "interrupted: 3 runs done" in waterbed("show", str(folder.path))[1], "nobody holds the lock"
    (folder.path / LOCK).write_text("")
    out = waterbed("show", str(folder.path))[1]
    assert "running: 3 runs done" in out
    assert "4 min left, by this process" in out


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    asked = [*ASKED, "executor=processes", "workers=2", "tables=[port_month]", f"results={tmp_path / 'results'}"]
    status, out, _ = waterbed("sweep", *asked, "--dry-run")
    assert status == 0
    assert list(tmp_path.iterdir()) == []
    assert "grid: 3 points" in out and f"factors  {VARIED}" in out
    assert "6 (3 points x 2 replications)" in out
    assert "with 2 worker processes" in out
    assert "timed on one run of the first point" in out
    assert "(port_month, runs)" in out
    assert out.splitlines()[-1] == "Nothing was written."
    assert max(map(len, out.splitlines())) <= 80


def test_a_dry_run_counts_what_is_there_and_changes_nothing(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    waterbed("sweep", *ASKED, f"results={tmp_path}")
    folder = folder_in(tmp_path)
    gone = folder.file(RUNS, folder.chunks()[0])
    gone.write_bytes(b"cut short")
    before = sorted(folder.path.rglob("*"))
    _, out, _ = waterbed("sweep", *ASKED, f"results={tmp_path}", "--dry-run")
    assert "6 (3 points x 2 replications), 4 of them there" in out
    assert "the mean of the 4 runs that are there" in out
    assert sorted(folder.path.rglob("*")) == before


def test_a_dry_run_refuses_what_the_sweep_would_refuse(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    waterbed("sweep", *ASKED, f"results={tmp_path}")
    folder = folder_in(tmp_path)
    facts = json.loads((folder.path / QUESTION).read_text())
    for changed, words in (
        (facts | {"code": "0"}, "the program has changed since"),
        (facts | {"question": facts["question"] | {"seed": 2}}, "holds another sweep (seed differ)"),
    ):
        folder.write_json(QUESTION, changed)
        assert words in refusal(waterbed("sweep", *ASKED, f"results={tmp_path}", "--dry-run"))


def test_a_regime_whose_file_changed_between_two_calls_is_refused(
    tmp_path: Path, waterbed: Command, quick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its runs before and after would stand side by side under one name."""
    conf = tmp_path / "conf"
    shutil.copytree(loader.CONF, conf)
    for module in (loader, plain_conf):
        monkeypatch.setattr(module, "CONF", conf)
    asked = [*SMALL, "design=grid", "n=1", "vary=[regime]", "arms=[frozen,alliance_rule,national_rule]",
             "replications=1", "executor=serial", f"results={tmp_path / 'results'}"]  # fmt: skip
    assert waterbed("sweep", *asked)[0] == 0
    folder = folder_in(tmp_path / "results")
    folder.file(RUNS, folder.chunks()[0]).unlink()
    regime = conf / "regime" / "alliance_rule.yaml"
    text = regime.read_text("utf-8")
    regime.write_text(text.replace("criteria: alliance", "criteria: national"), "utf-8")
    for more in ((), ("--dry-run",)):
        said = refusal(waterbed("sweep", *asked, *more))
        assert "the files of conf/ have changed since (regime=alliance_rule), and runs of two versions" in said
    regime.write_text(text, "utf-8")
    assert waterbed("sweep", *asked)[0] == 0


def test_what_a_sweep_says_at_its_end_is_what_verifies(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    """Runs of a chunk that stepped aside are neither counted twice nor left out in silence."""
    waterbed("sweep", *ASKED, f"results={tmp_path}")
    folder = folder_in(tmp_path)
    first, second = folder.chunks()[:2]
    shutil.copy(folder.file(RUNS, first), folder.file(RUNS, f"{first}x"))
    folder.file(RUNS, second).write_bytes(b"")
    status, out, _ = waterbed("sweep", *ASKED, f"results={tmp_path}")
    assert status == 0
    assert "2 of 6 runs to do" in out
    assert "Chunks that were damaged, stepped aside and were done again: 1." in out
    assert "Chunks with runs of other chunks, which stepped aside: 1." in out
    assert "Complete: 6 of 6 runs." in out
    kept = json.loads((folder.path / STATUS).read_text())
    assert (kept["done"], kept["failed"], folder.table(RUNS).num_rows) == (6, 0, 6)


def test_runs_that_fail_give_exit_status_1_and_can_be_retried(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    mended = tmp_path / "mended"
    quick(Faulty(mended, raises=1))
    status, out, _ = waterbed("sweep", *ASKED, f"results={tmp_path}")
    assert status == 1
    assert "Runs that failed: 3 (error: 3)." in out
    assert "  point 0, replication 1: ZeroDivisionError: no such number" in out
    assert "To run them again: --retry-failed" in out
    assert max(len(line) for line in out.splitlines() if str(tmp_path) not in line) <= 80
    mended.write_text("")
    assert waterbed("sweep", *ASKED, f"results={tmp_path}")[0] == 1, "not without being asked"
    assert ", 3 of them there" in waterbed("sweep", *ASKED, f"results={tmp_path}", "--dry-run", "--retry-failed")[1]
    status, out, _ = waterbed("sweep", *ASKED, f"results={tmp_path}", "--retry-failed")
    assert status == 0
    assert "Runs that failed and are run again: 3." in out
    assert "Complete: 6 of 6 runs." in out
    quick(quick_run)
    waterbed("sweep", *ASKED, f"results={tmp_path / 'whole'}")
    assert content(folder_in(tmp_path)) == content(folder_in(tmp_path / "whole"))


def test_a_saltelli_design_is_complete_to_the_last_row(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    """Its estimators need every block of rows whole; what failed is not left out but run again."""
    asked = [*SMALL, "design=saltelli", "n=4", f"vary=[{VARIED},regime]", "arms=[frozen,national_rule]",
             "replications=1", "executor=serial", f"results={tmp_path}"]  # fmt: skip
    mended = tmp_path / "mended"
    quick(FailsAbove(mended))
    status, _, _ = waterbed("sweep", *asked)
    folder = folder_in(tmp_path)
    points = pq.read_metadata(folder.path / DESIGN).num_rows
    assert points % 4 == 0
    assert status == 1
    assert 0 < folder.table(RUNS).num_rows < points
    mended.write_text("")
    assert waterbed("sweep", *asked, "--retry-failed")[0] == 0
    assert folder.table(RUNS)["point"].to_pylist() == list(range(points))
    assert folder.table("failures").num_rows == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("tables=[runs]", ["tables: 'runs' is not known", "port_month"]),
        ("tables=[port_mont]", ["tables: 'port_mont' is not known", "did you mean port_month"]),
        ("executor=slurm", ["executor: 'slurm' is not allowed", "'serial', 'processes' or 'dask'"]),
        ("n=0", ["n: 0 is not allowed"]),
        ("run_seconds=0", ["run_seconds: 0.0 is not allowed"]),
        ("vary=[]", ["vary: nothing is not allowed"]),
        ("table=points.csv", ["table", "design=table"]),
        ("design=gird", ["design: 'gird' is not known", "grid"]),
    ],
)
def test_bad_input_is_refused(tmp_path: Path, waterbed: Command, asked: str, words: list[str]) -> None:
    line = refusal(waterbed("sweep", *ASKED, f"results={tmp_path}", asked))
    assert all(word in line for word in words), line
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, waterbed: Command, quick: Any) -> None:
    in_the_way = tmp_path / "in_the_way"
    in_the_way.write_text("")
    assert "in_the_way cannot be written" in refusal(waterbed("sweep", *ASKED, f"results={in_the_way}"))


def test_a_read_only_folder_is_named(
    tmp_path: Path, waterbed: Command, quick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused as the system refuses it, since for the superuser no folder is read-only."""

    def refuse(self: Path, *details: Any, **more: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(layout.Path, "mkdir", refuse)
    said = refusal(waterbed("sweep", *ASKED, f"results={tmp_path / 'results'}"))
    assert "cannot be written (Permission denied)" in said


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "is full; free some"), (errno.EROFS, "Read-only")])
def test_a_disk_that_fills_up_loses_only_what_was_under_way(
    tmp_path: Path, waterbed: Command, quick: Any, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    write, count = layout.pq.write_table, [0]

    def fails(table: Any, place: Any, **more: Any) -> None:
        write(table, place, **more)
        count[0] += isinstance(place, Path)
        if count[0] > 3:  # the design and two chunks
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(layout.pq, "write_table", fails)
    status, _, err = waterbed("sweep", *ASKED, f"results={tmp_path}")
    assert status == 2
    assert words in err
    folder = folder_in(tmp_path)
    assert len(folder.chunks()) == 2
    assert json.loads((folder.path / STATUS).read_text())["state"] == "interrupted"
    monkeypatch.setattr(layout.pq, "write_table", write)
    assert waterbed("sweep", *ASKED, f"results={tmp_path}")[0] == 0
    assert not list(folder.path.rglob(".*"))
    waterbed("sweep", *ASKED, f"results={tmp_path / 'whole'}")
    assert content(folder) == content(folder_in(tmp_path / "whole"))


def test_help_fits_the_screen(waterbed: Command) -> None:
    status, out, _ = waterbed("sweep", "--help")
    assert status == 0
    assert "--dry-run" in out
    assert "--retry-failed" in out
    assert max(map(len, out.splitlines())) <= 80


def started(root: Path, *more: str) -> subprocess.Popen[str]:
    asked = [*SMALL, "design=grid", "n=8", f"vary=[{VARIED}]", "replications=2", "chunk_seconds=1", f"results={root}"]
    words = [sys.executable, "-m", "experiments.cli", "sweep", *asked, *more]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_a_chunk(root: Path, going: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while not list(root.glob("sweep-*/runs/[0-9]*.parquet")):
        assert going.poll() is None, going.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["INT", "TERM", "KILL"])
def test_an_ended_sweep_leaves_nobody_behind_and_goes_on_where_it_was(tmp_path: Path, how: signal.Signals) -> None:
    going = started(tmp_path, "executor=processes", "workers=2")
    wait_for_a_chunk(tmp_path, going)
    workers = children(going.pid)
    going.send_signal(how)
    _, err = going.communicate(timeout=60)
    assert going.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[how]
    if how == signal.SIGINT:
        assert "The chunks that have finished are kept: the same command goes on from there." in err
        assert "Traceback" not in err
    until = time.monotonic() + 20
    while any(map(is_there, workers)):
        assert time.monotonic() < until, "workers are left"
        time.sleep(0.1)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("sweep-*/runs/[0-9]*.parquet")}
    again = started(tmp_path, "executor=processes", "workers=1")
    out, err = again.communicate(timeout=300)
    assert again.returncode == 0, err
    assert ("Taking over" in err) == (how == signal.SIGKILL)
    assert "Complete: 16 of 16 runs" in out
    assert before
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    whole = started(tmp_path / "whole", "executor=serial")
    whole.communicate(timeout=300)
    assert content(folder_in(tmp_path)) == content(folder_in(tmp_path / "whole"))
