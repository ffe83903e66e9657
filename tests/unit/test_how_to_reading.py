"""docs/how-to/reading-results.md works: every command, query and piece of Python on it runs and says the same."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from experiments.cli import main
from tests.analysis_cases import cube, fabricate, noise
from tests.model_cases import ROOT

PAGE = (ROOT / "docs" / "how-to" / "reading-results.md").read_text("utf-8")
FOLDER = "results/sweep-eu-1a2b3c4d"
ARMS = ["alliance_rule", "national_rule"]
POINTS, REPLICATIONS = 50, 3


def blocks(language: str) -> list[str]:
    """Return the pieces of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def landed_t(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the sweep of the page and be where it is; return landed tonnes by point, arm and replication."""
    temperatures = 1000 + 1000 * cube(POINTS, 1)[:, 0]
    own = np.array([[0.0], [20.0]])[None] + temperatures[:, None, None] / 100 + noise(POINTS, REPLICATIONS)[:, None]
    landed = np.round(own + 0.1 * noise(2 * POINTS, REPLICATIONS, seed=5).reshape(POINTS, 2, REPLICATIONS), 6)
    factors = {"choice.temperature_eur_per_kg": np.repeat(temperatures, 2).tolist(), "regime": ARMS * POINTS}
    fabricate(tmp_path / FOLDER, "grid", factors, landed.reshape(2 * POINTS, REPLICATIONS), chunk=70)
    monkeypatch.chdir(tmp_path)
    return landed


def test_the_page_has_all_readers() -> None:
    assert [len(blocks(language)) for language in ("console", "sql", "python", "r")] == [1, 4, 3, 1]
    assert FOLDER in PAGE


def test_every_command_and_query_runs(landed_t: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the page: tables that a command writes are read by a later query."""
    (commands,) = blocks("console")
    for line in commands.splitlines():
        words = line.split()
        assert words[0] == "waterbed"
        assert main(words[1:]) == 0, capsys.readouterr().err
    by_regime, paired, to_csv, analysed = blocks("sql")
    rows = duckdb.sql(by_regime).fetchall()
    assert [(row[0], row[1]) for row in rows] == [(arm, POINTS * REPLICATIONS) for arm in ARMS]
    assert [row[2] for row in rows] == pytest.approx(landed_t.mean(axis=(0, 2)).tolist())
    differences = np.array(duckdb.sql(paired).fetchall())
    assert differences.shape == (POINTS, 3)
    expected = (landed_t[:, 0] - landed_t[:, 1]).mean(axis=1)
    assert sorted(differences[:, 1]) == pytest.approx(sorted(expected))
    # Under the same luck the error is that of 0.1 in each arm, not of 1.
    assert np.median(differences[:, 2]) < 0.2
    duckdb.sql(to_csv)
    with Path("summary.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2 * POINTS
    assert float(lines[3]["landed_t"]) == pytest.approx(landed_t[1, 1].mean())
    duckdb.sql(analysed)
    with Path("sensitivity.csv").open(newline="") as file:
        assert {line["factor"] for line in csv.DictReader(file)} == {"choice.temperature_eur_per_kg", "regime"}


def test_every_piece_of_python_runs(landed_t: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """All readers find the same means."""
    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "reading-results.md", "exec"), names)
    means = dict(zip(ARMS, landed_t.mean(axis=(0, 2)).tolist(), strict=True))
    assert "done=300, failed=0" in capsys.readouterr().out
    assert {row["regime"]: row["landed_t"] for row in names["by_regime"].to_pylist()} == pytest.approx(means)
    assert names["landed_g"].shape == (2 * POINTS, REPLICATIONS)
    assert dict(names["summary"].select("regime", "landed_t").iter_rows()) == pytest.approx(means)
    assert names["landed_t"].to_dict() == pytest.approx(means)
