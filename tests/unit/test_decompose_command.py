"""waterbed decompose and waterbed dose as commands: what they print and write, what is kept, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from experiments.decompose import runs as decompose_runs
from experiments.decompose.command import asked, asked_dose, decompose_command, dose_command, folder_name
from experiments.decompose.dose import dosed
from experiments.decompose.runs import KeptCases
from experiments.screen import WIDTH
from experiments.settings import case_with
from experiments.store import read_table
from tests.command_cases import Printed, refusal
from tests.decompose_cases import fake_table
from tests.model_cases import small_case

SMALL = ["world=three_ports", "horizon_years=1", "burn_in_start=2023-11-01", "closing_days=60", "workers=1"]
FOUR = "replications=4"
SETS, STRENGTHS = len(asked(SMALL)[0].sets()), 5
TABLES = {"decompose": ("decomposition", "decomposition_runs"), "dose": ("doses", "dose_runs", "break_even")}
COMMANDS = {"decompose": (decompose_command, [], SETS), "dose": (dose_command, ["lever=criteria"], STRENGTHS + 1)}


def printed(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[Path, list[str], str]:
    monkeypatch.setattr(decompose_runs, "run_table", fake_table([]))
    command, words, _ = COMMANDS[kind]
    command([*SMALL, FOUR, *words, *more, f"results={folder}"], is_quiet=False)
    (made,) = folder.iterdir()
    said = capsys.readouterr()
    return made, said.out.splitlines(), said.err


def test_decompose_prints_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, lines, err = printed("decompose", tmp_path, monkeypatch, capsys)
    assert f"{4 * SETS} runs, 2 of them done; one takes 2.0 s: about 7 min with 1 worker, 4 min with 2 workers." in err
    assert lines[-1] == str(folder)
    assert max(map(len, lines[:-1])) <= WIDTH
    order = ["Gain of alliance_rule over national_rule, by the 11 levers", "Gain by group", "information", "equipment",
             "= all together", "One at a time: kept off", "One at a time: seized", "Interaction of two levers",
             "criteria x equipment", "Money and hours", f"Equal money: all {SETS} sets", "Conditional"]  # fmt: skip
    at = [next(i for i, line in enumerate(lines) if line.startswith(words)) for words in order]
    assert at == sorted(at)
    # Criteria 7, intelligence 2, placement 4, criteria and equipment together 3 t: halved where in two groups.
    assert next(line for line in lines if line.startswith("information")).split()[1] == "+10.5"
    assert {file.stem for file in folder.iterdir()} == set(TABLES["decompose"])
    rows = read_table(folder, "decomposition").to_pylist()
    assert {row["replications"] for row in rows} == {4}
    for outcome in ("kept off", "seized"):
        parts = {
            row["name"]: row["difference"] for row in rows if (row["kind"], row["outcome"]) == ("shapley", outcome)
        }
        (total,) = (row["difference"] for row in rows if (row["kind"], row["outcome"]) == ("total", outcome))
        assert set(parts) == {"information", "equipment_and_place", "people", "abroad", "learning"}
        assert sum(parts.values()) == pytest.approx(total, rel=1e-12)
    assert read_table(folder, "decomposition_runs").num_rows == SETS * 4
    assert b"waterbed decompose" in pq.read_schema(folder / "decomposition.parquet").metadata[b"waterbed.command"]


def test_dose_prints_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, lines, err = printed("dose", tmp_path, monkeypatch, capsys)
    assert "24 runs, 2 of them done" in err
    assert lines[-1] == str(folder)
    assert max(map(len, lines[:-1])) <= WIDTH
    assert {file.stem for file in folder.iterdir()} == set(TABLES["dose"])
    rows = [row for row in read_table(folder, "doses").to_pylist() if row["outcome"] == "kept off"]
    assert [row["strength"] for row in rows] == [0, 0.75, 1.5, 2.25, 3]
    # Intelligence and placement, 6 t, with 3 for the pair, and 7 t for each unit of strength.
    assert [row["difference"] for row in rows] == pytest.approx([9, 14.25, 19.5, 24.75, 30], abs=0.02)
    assert read_table(folder, "dose_runs").num_rows == (STRENGTHS + 1) * 4
    (found,) = read_table(folder, "break_even").to_pylist()
    assert (found["lever"], found["strength"], found["is_interpolated"]) == ("criteria", 0, False)
    assert any(line.startswith("Break-even strength of criteria: 0: the smallest") for line in lines)
    said = " ".join(" ".join(lines).split())
    assert "in alliance_rule, against national_rule, where it stays 1; at 0 it is paid for all the same." in said


def test_no_strength_of_the_range_may_be_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Against itself nothing is gained but by strength, and equipment alone gains nothing.
    arms = "arms=[alliance_rule_minus_equipment,alliance_rule_minus_criteria]"
    folder, lines, _ = printed("dose", tmp_path, monkeypatch, capsys, arms, "lever=equipment")
    assert any(line == "Break-even strength of equipment: none in range." for line in lines)
    assert str(read_table(folder, "break_even").to_pylist()[0]["strength"]) == "nan"


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_results_folder_is_shown(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _, _ = printed(kind, tmp_path, monkeypatch, capsys)
    assert main(["show", str(folder)]) == 0
    out = capsys.readouterr().out
    assert all(table in out for table in TABLES[kind])


@pytest.mark.parametrize("kind", COMMANDS)
def test_an_interrupted_command_goes_on_where_it_was(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, words, cases = COMMANDS[kind]
    overrides = [*SMALL, FOUR, *words]
    monkeypatch.setattr(decompose_runs, "run_table", fake_table([]))
    command([*overrides, f"results={tmp_path / 'whole'}"], is_quiet=True)
    first: list[str] = []
    monkeypatch.setattr(decompose_runs, "run_table", fake_table(first, stop_after=7))
    with pytest.raises(KeyboardInterrupt):
        command([*overrides, f"results={tmp_path / 'parts'}"], is_quiet=True)
    assert "The runs that have finished are kept: the same command goes on" in capsys.readouterr().err
    assert [path.name.split("-")[0] for path in (tmp_path / "parts").iterdir()] == [".unfinished"]
    second: list[str] = []
    monkeypatch.setattr(decompose_runs, "run_table", fake_table(second))
    command([*overrides, f"results={tmp_path / 'parts'}"], is_quiet=False)
    # The one that was interrupted is run again.
    assert (len(first), len(second)) == (8, 4 * cases - 7)
    assert f"{4 * cases} runs, 7 of them done" in capsys.readouterr().err
    (a,), (b,) = ([*(tmp_path / place).iterdir()] for place in ("whole", "parts"))
    assert a.name == b.name
    for table in TABLES[kind]:
        # NaN is no value of its own: compared as text
        assert str(read_table(a, table).to_pylist()) == str(read_table(b, table).to_pylist())


def test_an_interrupt_is_status_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waterbed: Callable[..., Printed]
) -> None:
    monkeypatch.setattr(decompose_runs, "run_table", fake_table([], stop_after=5))
    status, out, err = waterbed("decompose", "-q", *SMALL, FOUR, f"results={tmp_path}")
    assert (status, out) == (130, "")
    assert "are kept" in err
    (kept,) = tmp_path.iterdir()
    assert len([*kept.iterdir()]) == 5


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    case = small_case("horizon_years=1")
    cases = [case_with(case, "national_rule"), dosed(case_with(case, "alliance_rule"), "criteria", 3.0)]
    said: list[str] = []
    alone, both = (
        KeptCases(tmp_path / str(workers), 1, workers, "v1").runs(cases, 2, announce=said.append) for workers in (1, 2)
    )
    for a, b in zip(alone, both, strict=True):
        assert a.landed_g.tolist() == b.landed_g.tolist()
        assert a.committed.tolist() == b.committed.tolist()
    assert len(said) == 2
    assert said[0].startswith("4 runs, 2 of them done; one takes ")


def test_decompose_runs(tmp_path: Path, waterbed: Callable[..., Printed]) -> None:
    """The whole command on real runs, of two sets of levers."""
    words = ["arms=[alliance_rule_minus_criteria,alliance_rule]", "replications=2", f"results={tmp_path}"]
    status, out, err = waterbed("decompose", *SMALL, *words)
    assert status == 0, err
    assert "information (criteria)" in out
    assert "Equal money: all 2 sets of levers" in out
    (folder,) = tmp_path.iterdir()
    rows = read_table(folder, "decomposition").to_pylist()
    values = {(row["kind"], row["level"]): row["difference"] for row in rows if row["outcome"] == "kept off"}
    assert len(set(values.values())) == 1, "one lever gets everything, however it is asked"


def test_another_question_has_another_folder() -> None:
    small = [*SMALL, "replications=2"]
    names = set()
    for more in (
        [], ["seed=2"], ["replications=3"], ["arms=[national_rule,alliance_rule_minus_criteria]"], ["interactions=[]"],
        ["lever_groups.information=[criteria]", "lever_groups.abroad=[intelligence,partner_countries]"],
        ["scenario=growth"],
    ):  # fmt: skip
        question, settings = asked([*small, *more])
        names.add(folder_name("decompose", [question.case(levers) for levers in question.sets()], settings))
    assert len(names) == 7
    doses = set()
    for more in (["lever=criteria"], ["lever=placement"], ["lever=criteria", "dose_points=3"]):
        (baseline, treated), settings, grid = asked_dose([*small, *more])
        cases = [baseline, *(dosed(treated, settings.dose_lever, strength) for strength in grid)]
        doses.add(folder_name("dose", cases, settings))
    assert len(doses) == 3


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("decompose arms=[national_rule]", ["arms: national_rule is not allowed", "two, the baseline first"]),
        ("decompose arms=[national_rule,nobody]", ["arms: 'nobody' is not known"]),
        ("decompose arms=[national_rule,alliance_best]", ["decide in different ways"]),
        ("decompose arms=[none,alliance_rule]", ["has no controls"]),
        ("decompose regime=frozen", ["'regime=frozen'", "arms=[baseline,treated]"]),
        ("decompose contrasts=[]", ["'contrasts=[]'"]),
        ("decompose replications=1", ["replications: 1 is not allowed", "2 or more"]),
        ("decompose lever_groups.information=[criteria]", ["lever_groups: intelligence is in no group"]),
        ("decompose lever_groups.information=3", ["lever_groups.information: '3' is not allowed"]),
        ("decompose interactions=[[criteria,criteri]]", ["'criteri' is not known", "did you mean criteria"]),
        ("decompose interactions=[[criteria,criteria]]", ["criteria with itself is not allowed"]),
        ("dose", ["lever: missing", "lever=criteria"]),
        ("dose lever=criteri", ["lever: 'criteri' is not known", "did you mean criteria"]),
        ("dose lever=placement arms=[frozen,alliance_rule_frozen_stock]", ["lever: 'placement' is not known"]),
        ("dose lever=criteria dose_points=1", ["dose_points: 1 is not allowed", "2 to 100"]),
        ("dose lever=criteria arms=[frozen]", ["arms: frozen is not allowed"]),
    ],
)
def test_bad_questions_are_refused(
    waterbed: Callable[..., Printed], tmp_path: Path, words: str, expected: list[str]
) -> None:
    command, *more = words.split()
    line = refusal(waterbed(command, *SMALL, *more, f"results={tmp_path / 'results'}"))
    assert all(word in line for word in expected), line
    assert not (tmp_path / "results").exists()
