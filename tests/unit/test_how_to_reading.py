"""docs/how-to/reading-results.md works: every command, query and piece of Python on it runs and says the same."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from experiments.sweep import command
from scenarios.case import Case
from scenarios.priors import uncertain_parameters
from tests.analysis_cases import cube, fabricate, noise
from tests.command_cases import Printed
from tests.model_cases import ROOT, SMALL
from tests.sweep_cases import rows

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
    assert [len(blocks(language)) for language in ("console", "sql", "python", "r")] == [3, 4, 3, 1]
    assert FOLDER in PAGE


def test_every_command_and_query_runs(landed_t: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the page: tables that a command writes are read by a later query."""
    commands, *_ = blocks("console")
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


@pytest.mark.parametrize("block", blocks("console")[1:], ids=["crossed", "two sweeps"])
def test_regimes_are_compared_as_the_page_says(
    block: str, tmp_path: Path, waterbed: Callable[..., Printed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sweeps, of a model that takes no time, have every regime at each point; its analyses contrast them."""
    made = command.Plan
    monkeypatch.setattr(command, "Plan", lambda *parts: made(*parts, run=run_of_regime))
    lines = [shlex.split(line)[1:] for line in block.replace("n=64", "n=8").splitlines()]
    swept_to: list[str] = []
    for words in (words for words in lines if words[0] == "sweep"):
        assert waterbed(*words, *SMALL, "executor=serial", f"results={tmp_path}")[0] == 0
        swept_to += {str(path) for path in tmp_path.glob("sweep-*")}.difference(swept_to)
    wanted = list(dict.fromkeys(word for words in lines for word in words if word.startswith("results/")))
    folders = dict(zip(wanted, swept_to, strict=True))
    for words in (words for words in lines if words[0] != "sweep"):
        status, out, errors = waterbed(*(folders.get(word, word) for word in words))
        assert (status, errors) == (0, "")
        if words[0] == "sensitivity":
            assert "Which factors matter for landed, alliance_rule - national_rule" in " ".join(out.split())
        else:
            assert "Regret of regime, landed" in out
    (regret,) = tmp_path.glob("discover-*/regret.parquet")
    means = {row["level"]: row["value"] for row in pq.read_table(regret).to_pylist() if row["measure"] == "mean"}
    low, high = uncertain_parameters()["choice.temperature_eur_per_kg"].support
    assert means["alliance_rule"] == 0
    assert low < 1000 * means["national_rule"] < high


def run_of_regime(case: Case, seed: int, replication: int, progress: Callable[[int, int], None]) -> dict[str, pa.Table]:
    """Return a run that lands, in kg a year, the temperature of choice more under national rules."""
    extra = case.parameters.choice.temperature_eur_per_kg * (case.regime.name == "national_rule")
    table = rows("runs", 1, 1.0, replication)
    place = table.column_names.index("landed_g")
    landed = pa.array([round(1e8 + 1e3 * extra * case.horizon_years)])
    return {"runs": table.set_column(place, table.schema.field(place), landed)}


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
