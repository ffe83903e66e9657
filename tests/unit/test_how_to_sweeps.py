"""The pages on sweeps: each of their commands is accepted as it stands, and does what the page says on a small case."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_cases import Printed
from tests.model_cases import ROOT, SMALL

PAGES = ("laptop", "big-machine", "slurm")
BLOCK = re.compile(r"^```(?:console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SMALLER = (*SMALL, "n=2", "replications=1", "workers=1")
MOST_LINES = 10


def commands(page: str) -> list[list[str]]:
    """Return the words of each sweep on a page."""
    blocks = BLOCK.findall((ROOT / "docs" / "how-to" / f"{page}.md").read_text("utf-8"))
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("waterbed sweep")]


def smaller(words: list[str], results: Path, *more: str) -> list[str]:
    """Return the same command of a case that takes no time, and a folder for its results."""
    names = tuple(f"{word.partition('=')[0]}=" for word in SMALLER)
    flags = [word for word in words if word.startswith("--")]
    kept = [word for word in words if not word.startswith(("--", *names))]
    return [*kept, *SMALLER, f"results={results}", *flags, *more]


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=f"{page}-{i}") for page in PAGES for i, words in enumerate(commands(page))]
)
def test_every_command_is_accepted(words: list[str], waterbed: Callable[..., Printed], tmp_path: Path) -> None:
    """Forecast only: no cluster is needed for that."""
    asked = smaller([word for word in words if word != "--dry-run"], tmp_path / "results", "--dry-run")
    status, out, errors = waterbed(*asked)
    assert (status, errors) == (0, "")
    assert "2 points" in out
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_the_laptop_page_works(waterbed: Callable[..., Printed], tmp_path: Path) -> None:
    """Forecast, sweep, and the retry of a sweep in which nothing failed."""
    forecast, sweep, retry = commands("laptop")
    assert waterbed(*smaller(forecast, tmp_path))[0] == 0
    assert list(tmp_path.iterdir()) == []
    status, out, _ = waterbed(*smaller(sweep, tmp_path))
    assert (status, "Complete: 2 of 2 runs" in out) == (0, True)
    status, out, _ = waterbed(*smaller(retry, tmp_path))
    assert (status, "Complete: 2 of 2 runs" in out, " to do in " in out) == (0, True, False)


def test_the_job_script_is_short_and_a_shell_reads_it() -> None:
    """At most ten lines, with the workers of the sweep in jobs of their own."""
    page = (ROOT / "docs" / "how-to" / "slurm.md").read_text("utf-8")
    (script,) = BLOCK.findall(page)
    assert len(script.splitlines()) <= MOST_LINES
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    (words,) = commands("slurm")
    assert {"executor=dask", "cluster.kind=slurm"} <= set(words)
