"""One sweep in a folder at a time, and only of the same question and program."""

from __future__ import annotations

import errno
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.execute import Serial
from experiments.sweep import driver, lock
from experiments.sweep.layout import DESIGN, LOCK, QUESTION
from experiments.sweep.lock import locked
from scenarios.errors import InputError
from tests.sweep_cases import quick_plan, swept


def ended_process() -> int:
    """Return the number of a process that is no more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def written(folder: Path, **changed: object) -> Path:
    holder = {"pid": os.getpid(), "host": platform.node(), "started": "2020-01-01T00:00:00+00:00", **changed}
    (folder / LOCK).write_text(json.dumps(holder))
    return folder


def test_a_held_folder_is_refused_with_who_holds_it(tmp_path: Path) -> None:
    with locked(tmp_path, print):
        held = rf"process {os.getpid()} on {platform.node()} has been sweeping .* since 20"
        with pytest.raises(InputError, match=held), locked(tmp_path, print):
            pytest.fail("held twice")
        assert (tmp_path / LOCK).exists()
    assert not (tmp_path / LOCK).exists()
    with locked(tmp_path, print):
        pass


def test_the_lock_of_a_process_that_is_no_more_is_taken_over_with_a_word(tmp_path: Path) -> None:
    gone = ended_process()
    said: list[str] = []
    with locked(written(tmp_path, pid=gone), said.append):
        assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()
    assert said == [f"Taking over from process {gone}, which ended without a word (started 2020-01-01T00:00:00+00:00)."]


def test_the_lock_of_another_machine_is_not_taken_over(tmp_path: Path) -> None:
    held = r"on elsewhere has been sweeping.*or remove .*lock if that process is no more"
    with pytest.raises(InputError, match=held), locked(written(tmp_path, host="elsewhere"), print):
        pytest.fail("taken over")


def test_on_a_disk_without_locks_the_file_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(lock.fcntl, "flock", none)
    with pytest.raises(InputError, match="has been sweeping"), locked(written(tmp_path), print):
        pytest.fail("the holder lives")
    said: list[str] = []
    with locked(written(tmp_path, pid=ended_process()), said.append):
        assert len(said) == 1


def test_a_killed_sweep_does_not_stay_in_the_way(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\nfrom experiments.sweep.lock import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), print):\n    os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=False)
    assert done.returncode == -9
    assert (tmp_path / LOCK).exists()
    said: list[str] = []
    with locked(tmp_path, said.append):
        assert "Taking over" in said[0]


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("code", "0", r"the program has changed since \(commit .* then, .* now\).*allowed: the version that began it"),
        ("data_hash", "0", "the reference data have changed since"),
        ("libraries", {"numpy": "1.0"}, r"other libraries \(.*numpy 1.0 then, "),
    ],
)
def test_the_folder_of_another_version_is_refused(tmp_path: Path, name: str, value: object, match: str) -> None:
    plan = quick_plan(n=1, replications=1)
    folder, _ = swept(plan, tmp_path, Serial())
    facts = json.loads((folder.path / QUESTION).read_text())
    folder.write_json(QUESTION, facts | {name: value})
    with pytest.raises(InputError, match=match):
        swept(plan, tmp_path, Serial())


def test_the_folder_of_another_question_is_refused(tmp_path: Path) -> None:
    plan = quick_plan(n=2, replications=1)
    folder, _ = swept(plan, tmp_path, Serial())
    facts = json.loads((folder.path / QUESTION).read_text())
    other = facts | {"question": facts["question"] | {"seed": 2, "replications": 7}}
    folder.write_json(QUESTION, other)
    with pytest.raises(InputError, match=r"holds another sweep \(replications, seed differ\); choose another results="):
        swept(plan, tmp_path, Serial())
    folder.write_json(QUESTION, facts)
    swept(plan, tmp_path, Serial())
    pq.write_table(pq.read_table(folder.path / DESIGN).slice(1), folder.path / DESIGN)
    with pytest.raises(InputError, match=r"holds another sweep \(design.parquet differ\)"):
        swept(plan, tmp_path, Serial())
    (folder.path / DESIGN).write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"design.parquet: cannot be read"):
        swept(plan, tmp_path, Serial())


def test_another_question_has_another_folder() -> None:
    plan = quick_plan()
    others = [quick_plan(n=6), quick_plan(replications=5), quick_plan(tables=())]
    assert len({one.name for one in (plan, quick_plan(), *others)}) == 4


def test_chunks_are_long_enough_and_enough_for_all() -> None:
    assert driver.chunk_size(100_000, 2, 0.3, 30.0) == 100
    assert driver.chunk_size(100_000, 2, 100.0, 30.0) == 1
    assert driver.chunk_size(80, 2, 0.01, 30.0) == 10
    assert driver.chunk_size(3, 8, 0.01, 30.0) == 1
