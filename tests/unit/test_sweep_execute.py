"""Runs of a sweep: the same whoever runs them and in whatever pieces; one that goes wrong harms no other."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments.execute import Processes, Serial
from experiments.run import run
from experiments.sweep.driver import run_missing
from experiments.sweep.layout import FAILED, RUNS, STUCK
from experiments.sweep.plan import HowToRun
from scenarios.case import Case
from scenarios.errors import InputError
from sim.tables import RUN_TABLES
from tests.sweep_cases import MONTHS, DiesOnce, Faulty, content, quick_plan, swept

ALL = 20
"""Runs of the sweeps here: 5 points by 4 replications."""


def test_the_result_does_not_hang_on_the_pieces(tmp_path: Path) -> None:
    plan = quick_plan()
    whole = content(swept(plan, tmp_path / "whole", Serial(), size=ALL)[0])
    assert [(row["point"], row["replication"]) for row in whole["runs"]] == [(p, r) for p in range(5) for r in range(4)]
    assert len(whole["port_month"]) == MONTHS * ALL
    assert len({row["supply_g"] for row in whole["runs"]}) == ALL
    for size in (1, 3, 7):
        assert content(swept(plan, tmp_path / str(size), Serial(), size=size)[0]) == whole


def test_what_is_there_is_not_run_again(tmp_path: Path) -> None:
    plan = quick_plan()
    whole = content(swept(plan, tmp_path / "whole", Serial())[0])
    folder, _ = swept(plan, tmp_path, Serial(), size=3)
    first = {path.name: path.read_bytes() for path in (folder.path / RUNS).iterdir()}
    # Seven chunks: of three runs, the last of two.
    for name in sorted(first)[::2]:
        (folder.path / RUNS / name).unlink()
    again, status = swept(plan, tmp_path, Serial(), size=4)
    assert again.path == folder.path
    assert (status.done, status.failed, status.ended) == (ALL, 0, 11)
    assert content(again) == whole
    kept = {path.name: path.read_bytes() for path in (folder.path / RUNS).iterdir()}
    assert all(kept[name] == first[name] for name in sorted(first)[1::2])


def test_runs_that_go_wrong_become_rows(tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    faulty = Faulty(mended, raises=0, is_nan=2, hangs=3)
    folder, status = swept(quick_plan(faulty, n=2), tmp_path, Serial(), run_seconds=0.1)
    assert (status.done, status.failed) == (2, 6)
    failures = folder.table(FAILED).to_pylist()
    assert [(row["point"], row["replication"], row["kind"]) for row in failures] == [
        (p, r, kind) for p in range(2) for r, kind in ((0, "error"), (2, "not finite"), (3, "too long"))
    ]
    said = [row["message"] for row in failures[:3]]
    assert said[0] == "ZeroDivisionError: no such number"
    assert said[1] == "not finite in runs: trade_cost_eur"
    assert "longer than run_seconds=0.1" in said[2]
    assert "in _raises" in failures[0]["traceback"]
    plan = quick_plan(n=2)
    for row in failures:
        point = plan.design.values.slice(row["point"], 1).to_pylist()[0]
        assert Case.from_dict(json.loads(row["case"])) == plan.cases.case(point)


def test_failed_runs_are_run_again_only_if_asked(tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    plan = quick_plan(Faulty(mended, raises=0, is_nan=2))
    folder, status = swept(plan, tmp_path, Serial(), size=4)
    assert status.failed == 10
    mended.write_text("")
    folder, status = swept(plan, tmp_path, Serial(), size=4)
    assert (status.failed, status.ended) == (10, 0)
    assert folder.set_failures_aside() == 10
    folder, status = swept(plan, tmp_path, Serial(), size=6)
    assert (status.done, status.failed, status.ended) == (ALL, 0, 10)
    assert content(folder) == content(swept(quick_plan(), tmp_path / "whole", Serial())[0])
    assert len(list((folder.path / FAILED).glob("*.retried"))) == 5


def test_a_chunk_of_nothing_but_failures_is_run_again_under_its_name(tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    plan = quick_plan(Faulty(mended, raises=0), n=3, replications=1)
    folder, status = swept(plan, tmp_path, Serial(), size=2)
    assert (status.done, status.failed) == (0, 3)
    names = folder.chunks()
    folder.set_failures_aside()
    assert folder.chunks() == []
    mended.write_text("")
    folder, status = swept(plan, tmp_path, Serial(), size=2)
    assert (status.done, status.failed, folder.chunks()) == (3, 0, names)


@pytest.mark.parametrize("name", ["runs", "port_month", "failures"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_a_damaged_file_steps_aside_and_is_done_again(tmp_path: Path, name: str, damage: str) -> None:
    plan = quick_plan(Faulty(tmp_path / "mended", raises=1))
    folder, _ = swept(plan, tmp_path, Serial(), size=4)
    whole = content(folder)
    path = folder.file(name, folder.chunks()[1])
    raw = bytearray(path.read_bytes())
    first_column = pq.read_metadata(path).row_group(0).column(0)
    start = first_column.dictionary_page_offset or first_column.data_page_offset
    raw[start + first_column.total_compressed_size - 1] ^= (
        1  # a bit of the first column, of which nothing but a checksum tells
    )
    path.write_bytes({"truncated": raw[: len(raw) // 2], "flipped": raw, "empty": b""}[damage])
    again, status = swept(plan, tmp_path, Serial(), size=4)
    assert status.ended == 4
    assert content(again) == whole
    assert path.with_suffix(".damaged").exists()


def test_files_of_a_chunk_that_never_ended_are_removed(tmp_path: Path) -> None:
    plan = quick_plan()
    folder, _ = swept(plan, tmp_path, Serial(), size=4)
    whole = content(folder)
    folder.file(RUNS, folder.chunks()[2]).unlink()
    (folder.path / RUNS / ".00-half.parquet-77").write_bytes(b"half")
    again, status = swept(plan, tmp_path, Serial(), size=1)
    assert status.ended == 4
    assert content(again) == whole
    assert not list((folder.path / RUNS).glob(".*"))


@pytest.mark.slow
def test_processes_give_what_this_process_gives(tmp_path: Path) -> None:
    plan = quick_plan()
    whole = content(swept(plan, tmp_path / "serial", Serial())[0])
    with Processes(2) as executor:
        folder, status = swept(plan, tmp_path / "processes", executor, size=3)
    assert content(folder) == whole
    assert len(status.peak_mb) in (1, 2)
    assert all(20 < peak < 2000 for peak in status.peak_mb.values())


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_its_chunk_done_again(tmp_path: Path) -> None:
    plan = quick_plan(DiesOnce(tmp_path / "mended", dies=2))
    with Processes(2) as executor:
        folder, status = swept(plan, tmp_path, executor, size=5)
    assert (status.done, status.failed) == (ALL, 0)
    assert content(folder) == content(swept(quick_plan(), tmp_path / "whole", Serial())[0])


@pytest.mark.slow
def test_a_worker_that_dies_between_two_sweeps_is_replaced(tmp_path: Path) -> None:
    with Processes(1) as executor:
        _, status = swept(quick_plan(n=1), tmp_path, executor)
        (worker,) = status.peak_mb
        os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)
        time.sleep(1.0)
        _, status = swept(quick_plan(n=2), tmp_path, executor)
    assert (status.done, status.failed) == (8, 0)


@pytest.mark.slow
def test_what_a_task_raises_is_raised_here_and_ends_the_workers(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    plan = quick_plan(n=2)
    how = HowToRun(str(tmp_path / "file"), 60.0, 0, {})
    with Processes(2) as executor, pytest.raises(InputError, match="cannot be written"):
        run_missing(plan, how, np.arange(plan.runs), 2, executor, lambda report: None)


@pytest.mark.slow
def test_a_run_that_kills_its_worker_each_time_is_found_and_the_others_are_done(tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    plan = quick_plan(Faulty(mended, dies=2), n=2)
    with Processes(2) as executor:
        folder, status = swept(plan, tmp_path, executor, size=4)
    assert (status.done, status.failed) == (6, 2)
    failures = folder.table(FAILED).to_pylist()
    assert [(row["point"], row["replication"], row["kind"]) for row in failures] == [
        (0, 2, "worker died"),
        (1, 2, "worker died"),
    ]
    assert "SIGKILL" in failures[0]["message"]
    assert json.loads(failures[0]["case"])["world"]["name"] == "three_ports"
    mended.write_text("")
    folder.set_failures_aside()
    with Processes(1) as executor:
        folder, status = swept(plan, tmp_path, executor)
    assert content(folder) == content(swept(quick_plan(n=2), tmp_path / "whole", Serial())[0])


@pytest.mark.slow
def test_a_run_that_wants_too_much_memory_fails_alone(tmp_path: Path) -> None:
    plan = quick_plan(Faulty(tmp_path / "mended", hoards=1), n=2)
    with Processes(1) as executor:
        folder, status = swept(plan, tmp_path, executor, memory_mb=1000)
    assert (status.done, status.failed) == (6, 2)
    assert all("MemoryError" in row["message"] for row in folder.table(FAILED).to_pylist())
    assert len(status.peak_mb) == 1, "the worker lives on"


@pytest.mark.slow
def test_a_run_that_hangs_without_reporting_a_day_ends_with_its_worker(tmp_path: Path) -> None:
    plan = quick_plan(Faulty(tmp_path / "mended", sleeps=1), n=1, replications=3)
    with Processes(1) as executor:
        folder, status = swept(plan, tmp_path, executor, size=3, run_seconds=1.0)
    assert (status.done, status.failed) == (2, 1)
    (failure,) = folder.table(FAILED).to_pylist()
    assert (failure["replication"], failure["kind"]) == (1, "worker died")
    assert "in _sleeps" in (folder.path / STUCK).read_text()


@pytest.mark.slow
def test_real_runs_are_those_of_the_function_run_whoever_runs_them(tmp_path: Path) -> None:
    tables = tuple(name for name in RUN_TABLES if name != RUNS)
    plan = quick_plan(run, n=2, replications=2, tables=tables)
    serial, _ = swept(plan, tmp_path / "serial", Serial(), size=4)
    whole = content(serial)
    with Processes(2) as executor:
        folder, _ = swept(plan, tmp_path / "processes", executor, size=1)
    assert content(folder) == whole
    for point, row in enumerate(plan.design.values.to_pylist()):
        for replication in range(2):
            alone = run(plan.cases.case(row), plan.seed, replication)
            for name in (RUNS, *tables):
                of_run = [
                    dict(row) for row in whole[name] if (row["point"], row["replication"]) == (point, replication)
                ]
                for found in of_run:
                    del found["point"]
                assert of_run == alone[name].to_pylist(), name
