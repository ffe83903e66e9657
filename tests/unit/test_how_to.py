"""docs/how-to/add-a-lever.md works: its files, put where it says, are a lever that passes its test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.model_cases import ROOT

PAGE = (ROOT / "docs" / "how-to" / "add-a-lever.md").read_text("utf-8")
BLOCK = re.compile(r"^`([\w/.]+)`:.*?^```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
MOST_LINES = 40


def test_the_page_makes_a_lever(tmp_path: Path) -> None:
    """In a copy of the project, the three files of the page pass the page's test and those of every lever."""
    files = dict(BLOCK.findall(PAGE))
    assert set(files) == {
        "agents/levers/longer_shifts.py", "conf/lever/longer_shifts.yaml", "tests/unit/test_lever_longer_shifts.py",
    }  # fmt: skip
    lines = [line for text in files.values() for line in text.splitlines() if line.strip()]
    assert len(lines) < MOST_LINES
    for name in ("agents", "conf", "experiments", "scenarios", "sim", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    asked = ["tests/unit/test_lever_longer_shifts.py", "tests/unit/test_levers.py", "-k", "longer_shifts or no_two"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *asked],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    # The page's own test, what it writes in both scopes, without strength, and no two alike.
    assert re.search(r"^5 passed", done.stdout, re.MULTILINE), done.stdout[-300:]
