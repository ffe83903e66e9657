"""Workers that outlive their command, or are given up: whatever they write late, each run is there once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.execute import Serial, failure_table, record_lost, run_chunk
from experiments.sweep.chunk import ChunkReport, ChunkTask, Lost
from experiments.sweep.driver import find, run_missing, sweep
from experiments.sweep.layout import FAILED, LOCK, RUNS, STUCK, SweepFolder, verified_table, write_table
from experiments.sweep.lock import locked
from experiments.sweep.plan import ChunkTasks, HowToRun, Plan
from scenarios.errors import InputError
from tests.sweep_cases import Faulty, content, quick_plan, swept

ALL = 20
"""Runs of the sweeps here: 5 points by 4 replications."""


def tasks_of(plan: Plan, folder: SweepFolder, runs: Sequence[int], size: int, command: str = "") -> list[ChunkTask]:
    """Return runs cut into chunks."""
    how = HowToRun(str(folder.path), 60.0, 0, {"waterbed.sweep": plan.name}, command)
    return list(ChunkTasks(plan, how, np.array(runs), size))


def whole_of(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Return what the sweep of all quick runs writes."""
    return content(swept(quick_plan(), root / "whole", Serial())[0])


class Disturbed(Serial):
    """This process, and something that happens at the end of each of the first passes over the tasks."""

    def __init__(self, disturb: Callable[[], object], passes: int) -> None:
        """Say what happens, and how often."""
        self.disturb, self.passes = disturb, passes

    def map(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
        """Yield what the function returns for each task."""
        yield from (function(task) for task in tasks)
        self.passes -= 1
        if self.passes >= 0:
            self.disturb()


def test_chunks_of_two_cuttings_do_not_double_runs(tmp_path: Path) -> None:
    plan, whole = quick_plan(), whole_of(tmp_path)
    folder, _ = swept(plan, tmp_path, Serial(), size=3)
    for task in tasks_of(plan, folder, range(ALL), 4)[1:3]:
        run_chunk(task)
    assert folder.table(RUNS).num_rows == ALL + 8
    looked_at = find(folder, plan, is_only_looked_at=True)
    assert len(list((folder.path / RUNS).glob("*.doubled"))) == 0
    found = find(folder, plan)
    assert (looked_at.is_done == found.is_done).all()
    assert (
        0
        < len(list((folder.path / RUNS).glob("*.doubled")))
        == len(list((folder.path / "port_month").glob("*.doubled")))
    )
    assert folder.table(RUNS).num_rows == int(found.is_done.sum())
    again, status = swept(plan, tmp_path, Serial(), size=5)
    assert status.done == ALL
    assert content(again) == whole


def test_of_two_chunks_with_the_same_run_that_without_failures_stays(tmp_path: Path) -> None:
    plan, whole = quick_plan(), whole_of(tmp_path)
    folder, _ = swept(plan, tmp_path, Serial(), size=4)
    failed = [tasks_of(plan, folder, [0, run], 2)[0] for run in range(1, 7)]
    assert min(task.name for task in failed) < folder.chunks()[0] < max(task.name for task in failed)
    for task in failed:
        record_lost(task, "its worker died")
    _, status = swept(plan, tmp_path, Serial())
    assert (status.done, status.failed, status.ended) == (ALL, 0, 0)
    assert content(folder) == whole


def test_a_late_chunk_is_noticed_by_the_command_that_runs_meanwhile(tmp_path: Path) -> None:
    plan, whole = quick_plan(), whole_of(tmp_path)
    folder = SweepFolder(tmp_path / plan.name, plan.tables)
    late = Disturbed(lambda: run_chunk(tasks_of(plan, folder, range(1, 8), 7)[0]), passes=1)
    _, status = swept(plan, tmp_path, late, size=3)
    assert (status.done, status.failed) == (ALL, 0)
    assert content(folder) == whole


def test_a_folder_that_loses_what_is_written_is_given_up(tmp_path: Path) -> None:
    plan = quick_plan()
    folder = SweepFolder(tmp_path / plan.name, plan.tables)
    losing = Disturbed(lambda: folder.file(RUNS, folder.chunks()[0]).unlink(), passes=99)
    with pytest.raises(InputError, match=r"3 runs were done 4 times and are not there: something else writes"):
        swept(plan, tmp_path, losing, size=3)


def test_a_worker_whose_command_holds_the_folder_no_more_writes_nothing(tmp_path: Path) -> None:
    plan = quick_plan(Faulty(tmp_path / "mended", raises=2))
    folder = SweepFolder(tmp_path / "sweep", plan.tables)
    folder.make()
    with locked(folder.path, print) as first:
        task, other = tasks_of(plan, folder, range(8), 4, first)
        report = run_chunk(task)
        assert (report.runs, report.failures) == (3, 1)
    before = sorted(folder.path.rglob("*"))
    for holds in (False, True):
        if not holds:
            reports = run_chunk(other), record_lost(other, "its worker died")
        else:
            with locked(folder.path, print) as second:
                assert second != first
                reports = run_chunk(other), record_lost(other, "its worker died")
        assert [(report.runs, report.failures) for report in reports] == [(0, 0), (0, 0)]
        assert sorted(folder.path.rglob("*")) == [path for path in before if path.name != LOCK]


def test_a_command_whose_lock_is_taken_away_says_so_and_ends(tmp_path: Path) -> None:
    plan = quick_plan()
    folder = SweepFolder(tmp_path / "sweep", plan.tables)
    folder.make()
    ended: list[ChunkReport] = []
    with locked(folder.path, print) as token:

        def end(report: ChunkReport) -> None:
            ended.append(report)
            (folder.path / LOCK).unlink()

        how = HowToRun(str(folder.path), 60.0, 0, {}, token)
        with pytest.raises(InputError, match="the lock of this sweep has been removed or taken over"):
            run_missing(plan, how, np.arange(ALL), 3, Serial(), end)
    assert len(ended) == 1
    assert folder.chunks() == [ended[0].name]


def test_a_worker_that_sees_the_lock_too_late_costs_a_second_pass(tmp_path: Path) -> None:
    """A machine may have an old picture of a shared disk; the command that holds the folder knows better."""
    plan, whole = quick_plan(), whole_of(tmp_path)
    folder = SweepFolder(tmp_path / plan.name, plan.tables)
    folder.make()
    write, refused = SweepFolder.write_chunk, []

    def sees_late(self: SweepFolder, chunk: str, *more: Any) -> bool:
        if len(refused) < 2:
            refused.append(chunk)
            return False
        return write(self, chunk, *more)

    with locked(folder.path, print) as token, patch.object(SweepFolder, "write_chunk", sees_late):
        how = HowToRun(str(folder.path), 60.0, 0, {"waterbed.sweep": plan.name}, token)
        facts = {"code": "", "data_hash": "", "libraries": {}, "commit": ""}
        status = sweep(plan, folder, how, Serial(), size=3, facts=facts)
    assert (status.done, status.failed) == (ALL, 0)
    assert len(refused) == 2
    assert content(folder) == whole


def test_failures_beside_full_runs_of_the_same_chunk_are_not_counted(tmp_path: Path) -> None:
    plan, whole = quick_plan(), whole_of(tmp_path)
    folder, _ = swept(plan, tmp_path, Serial(), size=4)
    runs = folder.file(RUNS, folder.chunks()[1])
    keys = pq.read_table(runs, columns=["point", "replication"]).to_pydict()
    stamp = pq.read_schema(runs).metadata
    rows = [(p, r, "error", "", "", "", 1.0) for p, r in zip(keys["point"], keys["replication"], strict=True)]
    for metadata in (stamp, {**stamp, b"waterbed.written": b"another time"}):
        write_table(folder.file(FAILED, runs.stem), failure_table(rows).replace_schema_metadata(metadata))
        _, status = swept(plan, tmp_path, Serial(), size=4)
        assert (status.done, status.failed, status.ended) == (ALL, 0, 4)
        assert content(folder) == whole


def test_a_chunk_that_is_written_again_leaves_none_of_its_old_failures(tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    plan, whole = quick_plan(Faulty(mended, raises=1)), whole_of(tmp_path)
    folder, status = swept(plan, tmp_path, Serial(), size=4)
    assert status.failed == 5
    mended.write_text("")
    for task in tasks_of(plan, folder, range(ALL), 4):
        run_chunk(task)
    assert not list((folder.path / FAILED).glob("*.parquet"))
    assert content(folder) == whole


def test_a_worker_that_was_given_up_and_writes_late_makes_no_mixture(tmp_path: Path) -> None:
    """Files of one chunk from two writers, of which each alone is sound."""
    plan, whole = quick_plan(), whole_of(tmp_path)
    folder, _ = swept(plan, tmp_path, Serial(), size=4)
    name = folder.chunks()[2]
    old = folder.file("port_month", name).read_bytes()
    run_chunk(tasks_of(plan, folder, range(ALL), 4)[2])
    folder.file("port_month", name).write_bytes(old)
    _, status = swept(plan, tmp_path, Serial(), size=4)
    assert status.ended == 4
    assert "not written together" in (folder.path / RUNS / f"{name}.why").read_text()
    assert content(folder) == whole


def test_a_lost_task_that_was_written_all_the_same_is_there_once(tmp_path: Path) -> None:
    """A worker that dies, or is out of reach, after its files are written and before it says so."""

    class Unheard(Serial):
        def map(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
            for task in tasks:
                report = function(task)
                yield Lost(task, "out of reach") if 4 in task.points and len(task.points) > 1 else report

    plan, whole = quick_plan(), whole_of(tmp_path)
    folder, status = swept(plan, tmp_path, Unheard(), size=3)
    assert (status.done, status.failed) == (ALL, 0)
    assert content(folder) == whole


def test_two_writers_of_one_file_have_private_names(tmp_path: Path) -> None:
    """Workers of two machines may have the same number."""
    seen: list[str] = []
    write = pq.write_table

    def noted(table: pa.Table, path: Path, **more: Any) -> None:
        seen.append(path.name)
        write(table, path, **more)

    with patch.object(pq, "write_table", noted):
        for _ in range(2):
            write_table(tmp_path / "a.parquet", pa.table({"a": [1]}))
    assert len(set(seen)) == 2
    assert all(name.startswith(".a.parquet-") for name in seen)
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    assert verified_table(tmp_path / "a.parquet").num_rows == 1


def test_a_sweep_leaves_no_halves_and_no_empty_log(tmp_path: Path) -> None:
    plan = quick_plan()
    folder = SweepFolder(tmp_path / plan.name, plan.tables)

    def dies_while_writing() -> None:
        (folder.path / RUNS / ".00-half.parquet-elsewhere-1").write_bytes(b"half")
        shutil.copy(folder.file("port_month", folder.chunks()[0]), folder.path / "port_month" / "00-gone.parquet")
        (folder.path / STUCK).write_text("")

    swept(plan, tmp_path, Disturbed(dies_while_writing, passes=1))
    assert not (folder.path / STUCK).exists()
    assert not list(folder.path.rglob(".*"))
    assert not (folder.path / "port_month" / "00-gone.parquet").exists()

    def interrupted() -> None:
        (folder.path / STUCK).write_text("")
        raise KeyboardInterrupt

    folder.file(RUNS, folder.chunks()[0]).unlink()
    with pytest.raises(KeyboardInterrupt):
        swept(plan, tmp_path, Disturbed(interrupted, passes=1))
    assert not (folder.path / STUCK).exists()
    assert json.loads((folder.path / "sweep.json").read_text())["question"]["seed"] == 1
