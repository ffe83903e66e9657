"""Names in results are shown as text: on the page, in its pictures and on the terminal they are never anything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.report.readable import readable
from tests.command_cases import Printed, refusal
from tests.page_cases import EVIL, ROOMS, Reader, marks, poisoned, words_of

FOLDER_NAME = "results [bold red]markup <script>alert(1)<\u2215script> \"><img src=x onerror=alert(1)> {{ 7 * 7 }} & '"


@pytest.fixture(scope="module", params=ROOMS)
def written(
    request: pytest.FixtureRequest, small_results: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder of results with names that try everything, under such a name itself."""
    return poisoned(small_results(request.param), tmp_path_factory.mktemp("names") / FOLDER_NAME)


def test_names_are_text(written: Path, waterbed: Callable[..., Printed]) -> None:
    status, out, err = waterbed("report", str(written))
    assert (status, err) == (0, "")
    page = (written / "report.html").read_text("utf-8")
    reader = Reader(page)
    tags = [tag for tag, _ in reader.elements]
    assert not {"script", "svg", "b"} & set(tags)
    assert tags.count("h1") == tags.count("title") == tags.count("style") == 1
    assert tags.count("img") == tags.count("figure")
    assert not [name for _, attributes in reader.elements for name in attributes if name.startswith("on")]
    text = " ".join(" ".join(reader.texts).split())
    assert all(" ".join(readable(evil).split()) in text for evil in EVIL)
    assert " ".join(FOLDER_NAME.split()) in text
    assert not set(page) & set("\x00\x07\x1b\u202e\u2066\u200f")
    # The terminal shows markup as it is, and is given no orders.
    assert "[bold red]markup" in " ".join(out.split())
    assert not set(out) & set("\x00\x07\x1b\u202e")
    assert "{{ 7 * 7 }}" in text


def test_pictures_hold_no_markup_of_names(written: Path, waterbed: Callable[..., Printed], tmp_path: Path) -> None:
    status, _, _ = waterbed("report", str(written), f"out={tmp_path / 'page.html'}", "figures=[svg,png,pdf]")
    assert status == 0
    pictures = [path.read_text("utf-8") for path in (tmp_path / "page-figures").glob("*.svg")]
    pictures += Reader((tmp_path / "page.html").read_text("utf-8")).pictures
    assert pictures
    for svg in pictures:
        assert marks(svg) > 0
        assert "<script" not in svg
        assert "<img" not in svg
        assert "href" not in "".join(part.partition(">")[0] for part in svg.split("<"))
        assert all(" onerror=" not in part.partition(">")[0] for part in svg.split("<") if "aria-label" not in part)
        assert words_of(svg)


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
def test_names_that_are_no_text(
    small_results: Callable[[str], Path], waterbed: Callable[..., Printed], tmp_path: Path
) -> None:
    page = tmp_path / os.fsdecode(b"page-\xff.html")
    status, out, err = waterbed("report", str(small_results("comparison")), f"out={page}")
    assert (status, err) == (0, "")
    assert page.is_file()
    assert "page-\ufffd.html" in out
    folder = tmp_path / os.fsdecode(b"not-\xff-utf8")
    folder.symlink_to(small_results("comparison"))
    assert "not-\ufffd-utf8' is no text in UTF-8" in refusal(waterbed("report", str(folder)))
