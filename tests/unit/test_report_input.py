"""What the command refuses, in one sentence and leaving nothing behind."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.generated_docs import ROOT
from experiments.report import drawing
from experiments.report.source import Source
from experiments.sweep.layout import QUESTION
from tests.command_cases import Printed, refusal
from tests.page_cases import Reader

Waterbed = Callable[..., Printed]


@pytest.fixture
def folder(small_results: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return results that may be damaged."""
    return Path(shutil.copytree(small_results("comparison"), tmp_path / "results"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["RESULT: missing", "a folder of results"]),
        ("nowhere", ["'nowhere'", "no such folder"]),
        ("a" * 300, ["no such folder"]),
        ("pyproject.toml", ["'pyproject.toml'", "is no folder"]),
        ("docs", ["docs: no results here"]),
        ("RESULTS docs", ["docs: no results here"]),
        ("RESULTS nowhere", ["'nowhere'", "no such folder"]),
        ("RESULTS RESULTS", ["given twice"]),
        ("RESULTS RESULTS/../results", ["given twice"]),
        ("RESULTS size=4", ["'size'", "figures, language, out, show"]),
        ("RESULTS language=xx", ["language: 'xx'", "de, en, fr"]),
        ("RESULTS language=../en", ["language: '../en'", "de, en, fr"]),
        ("RESULTS figures=[gif]", ["figures: 'gif'", "pdf, png, svg"]),
        ("RESULTS figures=", ["figures", "one value"]),
        ("RESULTS show=all", ["show: 'all'", "ports"]),
        ("RESULTS show=ports show=ports", ["show", "one value"]),
        ("RESULTS out=page", ["out: 'page'", "ends in .html"]),
        ("RESULTS out=.", ["out: '.'", "ends in .html"]),
        ("RESULTS out=RESULTS/runs.parquet", ["runs.parquet", "ends in .html"]),
        ("RESULTS out=pyproject.toml/page.html", ["out: ", "cannot be written", "out=FILE"]),
    ],
)
def test_bad_words_are_refused(words: str, expected: list[str], folder: Path, waterbed: Waterbed) -> None:
    before = sorted(path.name for path in folder.iterdir())
    sentence = refusal(waterbed("report", *(word.replace("RESULTS", str(folder)) for word in words.split())))
    assert all(part in sentence for part in expected), sentence
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_folder_named_like_a_setting_is_a_folder(folder: Path, waterbed: Waterbed) -> None:
    named = folder.rename(folder.with_name("language=xx"))
    assert waterbed("report", str(named))[0] == 0
    assert (named / "report.html").is_file()


def test_damaged_results_are_named(folder: Path, waterbed: Waterbed) -> None:
    for path in sorted(folder.glob("*.parquet")):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        status, _, err = waterbed("report", str(folder))
        # A table that the page does not need may be damaged; of the others it is said which one is.
        if status:
            assert (status, len(err.splitlines())) == (2, 1)
            assert f"{path.name}: cannot be read" in err
            assert not (folder / "report.html").exists()
        (folder / "report.html").unlink(missing_ok=True)
        path.write_bytes(whole)
    (folder / "contrasts.parquet").write_bytes(b"not Parquet at all")
    assert "contrasts.parquet: cannot be read" in refusal(waterbed("report", str(folder)))


def test_results_of_something_else_are_refused(folder: Path, waterbed: Waterbed) -> None:
    for path in folder.glob("*.parquet"):
        pq.write_table(pq.read_table(path).replace_schema_metadata(), path)
    assert "not written by waterbed" in refusal(waterbed("report", str(folder)))
    (folder / QUESTION).write_text("{}", "utf-8")
    assert "not written by waterbed" in refusal(waterbed("report", str(folder)))
    (folder / QUESTION).write_text("[", "utf-8")
    assert "sweep.json: cannot be read" in refusal(waterbed("report", str(folder)))


def change_cases(folder: Path, change: Callable[[dict[str, dict[str, object]]], None]) -> None:
    """Change the cases in the facts of every file."""
    for path in folder.glob("*.parquet"):
        table = pq.read_table(path)
        facts = dict(table.schema.metadata)
        cases = json.loads(facts[b"waterbed.cases"])
        change(cases)
        pq.write_table(table.replace_schema_metadata({**facts, b"waterbed.cases": json.dumps(cases).encode()}), path)


def test_results_of_another_version_are_explained(folder: Path, waterbed: Waterbed) -> None:
    change_cases(folder, lambda cases: [case.pop("horizon_years") for case in cases.values()])
    sentence = refusal(waterbed("report", str(folder)))
    assert "whose cases differ from this version's: run it again" in sentence
    assert Source(folder).facts["commit"] in sentence


def test_a_table_without_a_column_is_explained(folder: Path, waterbed: Waterbed) -> None:
    table = pq.read_table(folder / "contrasts.parquet")
    pq.write_table(table.drop_columns(["is_resolved"]), folder / "contrasts.parquet")
    assert "its table contrasts has no is_resolved" in refusal(waterbed("report", str(folder)))


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "is full; free some"), (errno.EROFS, "Read-only")])
@pytest.mark.parametrize("written", [0, 1])
def test_a_full_disk_leaves_the_old_page(
    folder: Path, waterbed: Waterbed, monkeypatch: pytest.MonkeyPatch, number: int, words: str, written: int
) -> None:
    (folder / "report.html").write_text("the page that was there", "utf-8")
    before = sorted(path.name for path in folder.iterdir())
    write_bytes, count = Path.write_bytes, iter(range(1000))

    def fill(path: Path, content: bytes) -> int:
        if next(count) < written:
            return write_bytes(path, content)
        write_bytes(path, content[:100])
        raise OSError(number, "no more")

    monkeypatch.setattr(Path, "write_bytes", fill)
    sentence = refusal(waterbed("report", str(folder), "figures=[svg,png]"))
    assert words in sentence
    assert "out=FILE" in sentence
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "report.html").read_text("utf-8") == "the page that was there"


def test_an_interrupt_while_drawing_leaves_nothing(
    folder: Path, waterbed: Waterbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.setattr(drawing, "drawn", interrupt)
    status, out, err = waterbed("report", str(folder), "figures=[png]")
    assert (status, out) == (130, "")
    assert "interrupted; nothing was left half-written" in err
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_a_key_press_while_drawing_leaves_nothing(folder: Path) -> None:
    """Ctrl-C, while pictures are drawn in threads by code that is not Python's."""
    before = sorted(path.name for path in folder.iterdir())
    code = (
        "import sys\nfrom experiments.cli import main\nfrom experiments.report import drawing\n"
        "drawn = drawing.drawn\n"
        "def slowly(*wanted):\n    print('drawing', flush=True)\n    return [drawn(*wanted) for _ in range(30)][0]\n"
        "drawing.drawn = slowly\nsys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "report", str(folder), "figures=[svg,png,pdf]"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("drawing")  # from either thread, or both at once
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert err.strip() == "waterbed: interrupted; nothing was left half-written."
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_new_page_replaces_the_old_one(folder: Path, waterbed: Waterbed, tmp_path: Path) -> None:
    page = tmp_path / "new" / "folder" / "page.html"
    for words in (["figures=[svg]"], ["figures=[png,svg]", "language=fr"]):
        status, out, err = waterbed("report", str(folder), f"out={page}", *words)
        assert (status, err) == (0, "")
        assert f"The page is {page}" in out
    assert Reader(page.read_text("utf-8")).all("html") == [{"lang": "fr"}]
    figures = {attributes["id"] for attributes in Reader(page.read_text("utf-8")).all("figure")}
    names = {f"{name.removeprefix('figure-')}.{kind}" for name in figures for kind in ("svg", "png")}
    assert {path.name for path in (page.parent / "page-figures").iterdir()} == names
    assert {path.name for path in page.parent.iterdir()} == {"page.html", "page-figures"}
