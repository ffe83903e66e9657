"""waterbed stress as a command: what is kept, what goes on after an interrupt, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments import kept_runs
from experiments.input_space import InputSpace, draw_inputs
from experiments.kept_runs import KeptRuns, PairedRuns, paired_runs
from experiments.run import run
from experiments.settings import case_with, load
from experiments.store import read_table
from experiments.stress_command import folder_name, ranked_arms, stress_command
from scenarios.case import Case
from scenarios.errors import InputError
from tests.model_cases import small_case
from tests.stress_cases import Lines

SMALL = ["world=three_ports", "horizon_years=1", "burn_in_start=2023-11-01", "closing_days=60", "workers=1"]


def fake_runs(counter: list[int], stop_after: int = 10**9) -> Callable[..., PairedRuns]:
    def runs(treated: Case, baseline: Case, seed: int, first: int, replications: int) -> PairedRuns:
        counter.append(first)
        if len(counter) > stop_after:
            raise KeyboardInterrupt
        assert (treated.regime.name.split("_")[0], baseline.regime.name.split("_")[0]) == ("alliance", "national")
        assert treated.parameters == baseline.parameters
        whole = Lines(treated).runs(treated.parameters, first + replications)
        return PairedRuns(*(values[first:] for values in (whole.treated_t, whole.baseline_t, whole.interception)))

    return runs


def kept_in(folder: Path, version: str = "v1") -> KeptRuns:
    case = small_case()
    return KeptRuns(folder, case_with(case, "alliance_rule"), case_with(case, "national_rule"), 1, 1, version)


def test_finished_points_are_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(kept_runs, "paired_runs", fake_runs(calls))
    points = draw_inputs(InputSpace.of(small_case()), 8, 1).parameters
    counted: list[int] = []
    first = kept_in(tmp_path / "kept").at(points[:5], 2, counted.append)
    assert (len(calls), counted) == (5, [0, 1, 2, 3, 4, 5])
    again = kept_in(tmp_path / "kept").at(points, 2, counted.append)
    assert len(calls) == 8
    assert counted[6:] == [5, 6, 7, 8]
    kept_in(tmp_path / "kept", "v2").at(points[:2], 2, counted.append)
    assert len(calls) == 10, "what another version of the program ran is run again"
    for a, b in zip(first, again, strict=False):
        assert np.array_equal(a.treated_t, b.treated_t)
    assert not [path for path in (tmp_path / "kept").iterdir() if path.name.startswith(".")]


def test_one_point_is_shared_out_by_replication_to_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(kept_runs, "paired_runs", fake_runs(calls))
    case = small_case()
    (alone,) = kept_in(tmp_path / "a").at([case.parameters], 4, lambda done: None)
    assert calls == [0, 1, 2, 3]
    other = draw_inputs(InputSpace.of(case), 8, 1).parameters[0]
    together, _ = kept_in(tmp_path / "b").at([case.parameters, other], 4, lambda done: None)
    assert calls[4:] == [0, 0]
    assert np.array_equal(alone.difference_t, together.difference_t)


def test_a_run_that_raises_is_kept_with_its_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(case: Case, seed: int, replication: int) -> None:
        raise ZeroDivisionError(f"in replication {replication}")

    monkeypatch.setattr(kept_runs, "run", broken)
    points = [small_case().parameters, draw_inputs(InputSpace.of(small_case()), 8, 1).parameters[0]]
    for _ in range(2):
        runs = kept_in(tmp_path / "kept").at(points, 2, lambda done: None)
        assert [run.failure for run in runs] == ["ZeroDivisionError: in replication 0"] * 2
        assert runs[0].difference_t.size == 0


def test_a_damaged_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_runs, "paired_runs", fake_runs([]))
    kept = kept_in(tmp_path / "kept")
    kept.at([small_case().parameters], 2, lambda done: None)
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(b"cut short")
    with pytest.raises(InputError, match=rf"{file.name}: cannot be read .* remove it and ask again"):
        kept.at([small_case().parameters], 2, lambda done: None)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_runs, "paired_runs", fake_runs([]))
    (tmp_path / "in_the_way").write_text("")
    with pytest.raises(InputError, match=r"results: .*in_the_way cannot be written"):
        kept_in(tmp_path / "in_the_way" / "kept").at([small_case().parameters], 2, lambda done: None)


def test_an_interrupted_command_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    overrides = [*SMALL, "draws=8", "replications=3", f"results={tmp_path}"]
    whole: list[int] = []
    monkeypatch.setattr(kept_runs, "paired_runs", fake_runs(whole))
    stress_command([*overrides, f"results={tmp_path / 'whole'}"], is_quiet=True)
    first: list[int] = []
    monkeypatch.setattr(kept_runs, "paired_runs", fake_runs(first, stop_after=7))
    with pytest.raises(KeyboardInterrupt):
        stress_command(overrides, is_quiet=True)
    assert "are kept: the same command goes on" in capsys.readouterr().err
    assert [path.name.split("-")[0] for path in tmp_path.iterdir() if path.name != "whole"] == [".unfinished"]
    second: list[int] = []
    monkeypatch.setattr(kept_runs, "paired_runs", fake_runs(second))
    stress_command(overrides, is_quiet=True)
    # Three for the defaults, then draws; the one that was interrupted is run again.
    assert len(first) - 1 + len(second) == len(whole)
    names = [path.name for path in tmp_path.iterdir() if path.name != "whole"]
    assert len(names) == 1
    assert names[0].startswith("stress-three_ports-")
    for table in ("stress_draws", "stress_contrasts", "reversals"):
        a, b = (read_table(place / names[0], table) for place in (tmp_path, tmp_path / "whole"))
        # NaN is no value of its own: compared as text
        assert str(a.to_pylist()) == str(b.to_pylist())
        assert a.num_rows > 0
    assert capsys.readouterr().err == ""


def test_another_seed_or_number_of_draws_is_another_question() -> None:
    names = set()
    for more in ([], ["seed=2"], ["draws=64"], ["draw_replications=3"], ["replications=5"], ["horizon_years=1"]):
        case, settings = load(["world=three_ports", *more])
        names.add(folder_name(ranked_arms(case, settings), settings))
    assert len(names) == 6


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("regime=frozen", "override 'regime=frozen': the two regimes come from contrasts"),
        ("arms=[frozen]", "override 'arms=.frozen.': the two regimes come from contrasts"),
        ("contrasts=[]", "contrasts: none is not allowed"),
        ("contrasts=[[frozen,alliance]]", "contrasts: 'alliance' is not known; did you mean"),
        ("contrasts=[[frozen,frozen]]", "contrasts: frozen twice is not allowed"),
        ("draws=7", "draws: 7 is not allowed; allowed: 8 to"),
        ("draw_replications=1", "draw_replications: 1 is not allowed; allowed: 2 to"),
        ("replications=1", "replications: 1 is not allowed; allowed: 2 or more"),
    ],
)
def test_what_is_not_allowed_is_explained(override: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        stress_command([*SMALL, override, f"results={tmp_path}"], is_quiet=True)
    assert list(tmp_path.iterdir()) == []


def test_paired_runs_are_those_of_the_model() -> None:
    case = small_case()
    arms = case_with(case, "alliance_rule"), case_with(case, "national_rule")
    runs = paired_runs(*arms, 1, 3, 1)
    rows = [run(arm, 1, 3)["runs"].to_pylist()[0] for arm in arms]
    assert runs.treated_t.tolist() == [rows[0]["landed_g"] / 1e6]
    assert runs.baseline_t.tolist() == [rows[1]["landed_g"] / 1e6]
    assert runs.interception[0] == pytest.approx(
        rows[1]["seized_entry_g"] / (rows[1]["seized_entry_g"] + rows[1]["landed_g"])
    )
    assert runs.failure == ""


@pytest.mark.slow
def test_the_command_on_real_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two processes, real runs: the numbers of the table are those of the runs, and equal to those of one process."""
    overrides = [*SMALL, "draws=8", "replications=3", "contrasts=[[frozen,none]]"]
    for workers in (2, 1):
        stress_command([*overrides, f"workers={workers}", f"results={tmp_path / str(workers)}"], is_quiet=True)
    folders = [next((tmp_path / workers).iterdir()) for workers in ("1", "2")]
    assert folders[0].name == folders[1].name
    for table in ("stress_draws", "stress_contrasts", "reversals"):
        a, b = (read_table(folder, table) for folder in folders)
        assert str(a.to_pylist()) == str(b.to_pylist())
    metadata = pq.read_schema(folders[0] / "stress_draws.parquet").metadata
    assert b"waterbed stress" in metadata[b"waterbed.command"]
    said = " ".join(capsys.readouterr().out.split())
    assert "At the defaults frozen lands less than none." in said
