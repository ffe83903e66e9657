"""waterbed spillover as a command: what it prints and writes, what goes on after an interrupt, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from experiments.screen import WIDTH
from experiments.spillover import study
from experiments.spillover.command import asked, folder_name, spillover_command
from experiments.spillover.sensitivity import FIRST
from experiments.store import read_table
from tests.command_cases import Printed, refusal
from tests.spillover_cases import fake_table

SMALL = ["world=three_ports", "horizon_years=1", "burn_in_start=2023-11-01", "closing_days=60", "workers=1"]
TABLES = ("spillover", "spillover_draws", "spillover_outcomes", "spillover_sensitivity")


def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fails: bool = False
) -> tuple[Path, list[str]]:
    last = []

    def is_last(case: object) -> bool:
        last.append(case)
        return fails and len(last) == 16

    monkeypatch.setattr(study, "draw_table", fake_table([], fails=is_last))
    spillover_command([*SMALL, "treated=BEANR", "draws=16", f"results={tmp_path}"], is_quiet=True)
    (folder,) = tmp_path.iterdir()
    return folder, capsys.readouterr().out.splitlines()


def test_it_prints_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, lines = printed(tmp_path, monkeypatch, capsys)
    assert lines[-1] == str(folder)
    assert max(map(len, lines[:-1])) <= WIDTH
    assert {file.stem for file in folder.iterdir()} == set(TABLES)
    order = ["Treatment: drug-tasked capacity x 2 in BEANR, under frozen", "Once port BEANR", "displacement",
             "diffusion of", "neither", "no direct", "Change of flow", "What it hangs on", *FIRST]  # fmt: skip
    at = [next(i for i, line in enumerate(lines) if line.startswith(words)) for words in order]
    assert at == sorted(at)
    text = " ".join(" ".join(lines).split())
    assert "displacement in 26 % and diffusion of benefits in 27 % of 574 observations" in text
    assert "Another kind of statistic" in text
    assert "illustrative, not an estimate of this port" in text
    assert "could not be run" not in text
    outcomes = read_table(folder, "spillover_outcomes").to_pylist()
    for name in ("displacement", "diffusion of benefits"):
        count = sum(row["outcome"] == name for row in outcomes)
        line = next(line for line in lines if line.startswith(name))
        assert int(line.removeprefix(name).split()[0]) == count > 0
    assert read_table(folder, "spillover").num_rows == 16 * 4
    assert [row["parameter"] for row in read_table(folder, "spillover_sensitivity").to_pylist()[::2]][:2] == [*FIRST]
    assert b"waterbed spillover" in pq.read_schema(folder / "spillover.parquet").metadata[b"waterbed.command"]


def test_a_results_folder_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = printed(tmp_path, monkeypatch, capsys)
    assert main(["show", str(folder)]) == 0
    out = capsys.readouterr().out
    assert all(table in out for table in TABLES)
    assert "waterbed spillover world=three_ports" in out


def test_a_draw_that_fails_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, lines = printed(tmp_path, monkeypatch, capsys, fails=True)
    text = " ".join(" ".join(lines).split())
    assert "1 of 16 draws could not be run and are in no share." in text
    assert "Not run, draw 15: KeyError: on purpose" in text
    rows = read_table(folder, "spillover_outcomes").to_pylist()
    assert (rows[15]["outcome"], rows[15]["failure"]) == ("not run", "KeyError: on purpose")
    assert {row["draw"] for row in read_table(folder, "spillover").to_pylist()} == set(range(15))


def test_an_interrupted_command_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    overrides = [*SMALL, "treated=BEANR", "draws=12"]
    monkeypatch.setattr(study, "draw_table", fake_table([]))
    spillover_command([*overrides, f"results={tmp_path / 'whole'}"], is_quiet=True)
    first: list[float] = []
    monkeypatch.setattr(study, "draw_table", fake_table(first, stop_after=7))
    with pytest.raises(KeyboardInterrupt):
        spillover_command([*overrides, f"results={tmp_path / 'parts'}"], is_quiet=True)
    assert "The draws that have finished are kept: the same command goes on" in capsys.readouterr().err
    assert [path.name.split("-")[0] for path in (tmp_path / "parts").iterdir()] == [".unfinished"]
    second: list[float] = []
    monkeypatch.setattr(study, "draw_table", fake_table(second))
    spillover_command([*overrides, f"results={tmp_path / 'parts'}"], is_quiet=True)
    # The one that was interrupted is run again.
    assert (len(first), len(second)) == (8, 5)
    (a,), (b,) = ([*(tmp_path / place).iterdir()] for place in ("whole", "parts"))
    assert a.name == b.name
    for table in TABLES:
        # NaN is no value of its own: compared as text
        assert str(read_table(a, table).to_pylist()) == str(read_table(b, table).to_pylist())


def test_another_question_has_another_folder() -> None:
    changes = [
        [], ["seed=2"], ["draws=32"], ["draw_replications=3"], ["capacity_factor=3"], ["treated=NLRTM"],
        ["regime=national_rule"],
    ]  # fmt: skip
    names = {folder_name(*asked([*SMALL, "treated=BEANR", *more])) for more in changes}
    assert len(names) == len(changes)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["treated: missing"]),
        ("treated=XXXXX", ["'XXXXX' is not known"]),
        ("treated=coast:north_range", ["coast north range is not allowed", "port, country or port range"]),
        ("treated=rip_on", ["method rip on is not allowed"]),
        ("treated=ECGYE-NLRTM", ["lane ECGYE-NLRTM is not allowed"]),
        ("treated=BEANR capacity_factor=1", ["capacity_factor: 1 is not allowed", "more than 1"]),
        ("treated=BEANR draw_replications=2", ["draw_replications: 2 is not allowed", "3 or more"]),
        ("treated=BEANR draws=7", ["draws: 7 is not allowed"]),
        ("treated=BEANR arms=[frozen]", ["'arms=[frozen]'", "regime=national_rule"]),
        ("treated=BEANR contrasts=[]", ["'contrasts=[]'"]),
    ],
)
def test_bad_questions_are_refused(
    waterbed: Callable[..., Printed], tmp_path: Path, words: str, expected: list[str]
) -> None:
    line = refusal(waterbed("spillover", *SMALL, *words.split(), f"results={tmp_path / 'results'}"))
    assert all(word in line for word in expected), line
    assert not (tmp_path / "results").exists()
