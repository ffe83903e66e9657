"""What a page on a contrast opens with, from results whose numbers are known."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import numpy as np
import pytest

from experiments.contrasts import spread_over_draws
from experiments.decompose.command import asked_dose
from experiments.report.next_commands import case_words, knows_case
from experiments.report.opening import opening
from experiments.report.page import Answer
from experiments.report.source import Source
from experiments.screen import number
from experiments.settings import Settings, load
from experiments.stress_command import ranked_arms
from scenarios.case import Case
from scenarios.levers import lever_terms
from tests.report_cases import CONTRAST, landed_row, told, written

NAN = math.nan


def answers(*folders: Path) -> dict[str, Answer]:
    """Return the answers of a page by their labels."""
    what = told(*folders)
    row = what.source.table("contrasts").to_pylist()[0]
    return {answer.label: answer for answer in opening(what, row)}


@pytest.fixture
def compared(tmp_path: Path) -> Path:
    return written(tmp_path, "compare", {"contrasts": [landed_row(-12.5, 2.0, is_resolved=True)]})


def stressed(root: Path, reversals: list[tuple[object, ...]], *words: str) -> Path:
    """Write a folder of stress with two draws of three replications."""
    contrasts = [
        (CONTRAST, draw, replication, 500.0, 500.0 + 10 * draw, -10.0 * draw - replication, 0.4)
        for draw in range(4)
        for replication in range(3)
    ]
    return written(root, "stress", {"stress_contrasts": contrasts, "reversals": reversals}, *words)


def reversal(
    way: str, distance: float, *, is_reversed: bool, parameter: str = "d-prime", high_t: float = -0.5
) -> tuple[object, ...]:
    return (CONTRAST, way, is_reversed, distance, parameter, "1", 0.5, 0.1, distance, -1.0, -2.0, high_t)


def test_less_landed_is_more_kept_off(compared: Path) -> None:
    kept_off = answers(compared)["Net kept off the market"]
    assert kept_off.text == "+12.5 [+10.5, +14.5] tonnes a year"
    assert "12 paired replications" in kept_off.note
    assert "NOT" not in kept_off.note


def test_what_is_not_resolved_is_said_so(tmp_path: Path) -> None:
    folder = written(tmp_path, "compare", {"contrasts": [landed_row(-1.0, 2.0, is_resolved=False)]})
    assert "NOT told apart from luck" in answers(folder)["Net kept off the market"].note


def test_one_pair_concludes_nothing(tmp_path: Path) -> None:
    row = landed_row(-1.0, NAN, is_resolved=False, replications=1)
    kept_off = answers(written(tmp_path, "compare", {"contrasts": [row]}))["Net kept off the market"]
    assert kept_off.text == "+1.0 (no interval) tonnes a year"
    assert "nothing can be concluded" in kept_off.note


def test_without_stress_it_says_how_to_find_out(compared: Path) -> None:
    unknown = answers(compared)["What the parameters leave open"]
    assert unknown.state == "missing"
    assert "contrasts=[[alliance_rule,national_rule]]" in unknown.note


def asked_of(note: str, command: str) -> list[str]:
    """Return the words of a command that a note names, as a shell reads them."""
    return shlex.split(note[note.index(command) :].partition(" finds it")[0])[2:]


def test_the_commands_of_the_page_are_taken_and_are_of_its_cases(tmp_path: Path) -> None:
    words = ("scenario=antwerp_surge", "behaviour.choice_rule=salience", "most_replications=12", "precision=0.02")
    row = landed_row(-12.5, 2.0, is_resolved=True)
    folder = written(tmp_path, "compare", {"contrasts": [row]}, *words)
    digests = Source(folder).facts["case_digests"]
    found = answers(folder)
    case, settings = load_of_stress(asked_of(found["What the parameters leave open"].note, "waterbed stress"))
    assert {arm: each.digest() for arm, each in ranked_arms(case, settings).items()} == digests
    note = found["How strong the weakest-founded lever has to be"].note
    (baseline, treated), of_dose, _ = asked_dose(asked_of(note, "waterbed dose"))
    assert {each.regime.name: each.digest() for each in (baseline, treated)} == digests
    assert of_dose.dose_lever == "criteria"


def load_of_stress(words: list[str]) -> tuple[Case, Settings]:
    """Return what waterbed stress makes of its words, which it refuses if they name regimes in another way."""
    assert not [word for word in words if word.startswith(("regime", "arms"))]
    return load(words)


def test_a_command_of_folders_says_nothing_of_their_case(compared: Path) -> None:
    source = Source(compared)
    assert knows_case(source)
    source.facts["command"] = "waterbed ledger results/compare treated=NLRTM"
    assert not knows_case(source)
    source.facts["command"] = "not a 'command"
    assert not knows_case(source)
    assert case_words(source) == []


def test_levers_without_a_dose_are_named_with_the_command(compared: Path, tmp_path: Path) -> None:
    dose = written(tmp_path, "dose", {"break_even": [("criteria", 0.4, 0.25, 0.5, True, False)]})
    answer = answers(compared, dose)["How strong the weakest-founded lever has to be"]
    weakest = [name for name, terms in lever_terms().items() if terms.grade == "D" and name != "criteria"]
    assert f"Not worked out for {', '.join(weakest).replace('_', ' ')}: waterbed dose" in answer.note
    assert all(f"lever={name}" in answer.note for name in weakest)
    assert "lever=criteria" not in answer.note


def test_strengths_that_are_not_shown_to_be_enough_are_named(compared: Path, tmp_path: Path) -> None:
    curve = [("criteria", at, outcome, 9.0, 8.0, 10.0, True, at != 1.5, 4)
             for at in (0.0, 0.75, 1.5, 3.0) for outcome in ("kept off", "seized")]  # fmt: skip
    row = ("criteria", 0.75, 0.0, 0.75, False, True)
    answer = answers(compared, written(tmp_path, "dose", {"break_even": [row], "doses": curve}))
    text = answer["How strong the weakest-founded lever has to be"].text
    assert "from strength 0.75 (assumed here: 1)" in text
    assert "(not shown at strength 1.5, where the interval reaches below 1 %): criteria" in text


def test_the_assumed_strength_is_that_of_the_lever(compared: Path, tmp_path: Path) -> None:
    dose = written(tmp_path, "dose", {"break_even": [("yearly_review", 0.4, 0.25, 0.5, True, False)]})
    text = answers(compared, dose)["How strong the weakest-founded lever has to be"].text
    assert "from strength 0.4 (assumed here: 0.5): yearly review" in text


def test_parameters_have_an_interval_of_their_own(compared: Path, tmp_path: Path) -> None:
    spread = spread_over_draws(
        np.array([[-10.0 * draw - replication for replication in range(3)] for draw in range(4)]), luck_is_shared=True
    )
    found = answers(compared, stressed(tmp_path, []))["What the parameters leave open"]
    low, high = (number(-end, 1, sign=True) for end in (spread.high, spread.low))
    assert found.text == f"{low} to {high} tonnes a year"
    assert "4 draws" in found.note


def test_stress_of_other_cases_is_not_taken_for_it(compared: Path, tmp_path: Path) -> None:
    other = stressed(tmp_path, [], "scenario=antwerp_surge")
    assert answers(compared, other)["What the parameters leave open"].state == "missing"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "Nothing to turn around"),
        ([reversal("d-prime", 1.4, is_reversed=True)], "Nothing found within one prior standard deviation"),
        (
            [reversal("a", 2.0, is_reversed=True), reversal("d-prime", 0.8, is_reversed=True)],
            "d-prime from 0.5 to 0.1: 0.8 prior",
        ),
        (
            [reversal("these 2 together", 0.8, is_reversed=True, parameter=name) for name in ("a", "b")],
            "these 2 together: 0.8 prior",
        ),
        (
            [reversal("a", 2.0, is_reversed=True), reversal("d-prime", 0.9, is_reversed=False, high_t=0.1)],
            "Nothing found within one prior standard deviation; the nearest found is d-prime from 0.5 to 0.1, 2.0 "
            "away. Not turned around, but no longer resolved: d-prime from 0.5 to 0.1, 0.9 prior",
        ),
        (
            [reversal("d-prime", 1.4, is_reversed=False, high_t=0.1)],
            "Nothing that was tried. Not turned around, but no longer resolved: d-prime from 0.5 to 0.1, 1.4 prior",
        ),
        ([reversal("d-prime", 1.4, is_reversed=False)], "Nothing that was tried."),
    ],
    ids=["not ranked", "far", "near", "several", "far, unresolved nearer", "unresolved", "resolved"],
)
def test_the_nearest_reversal_is_named(
    compared: Path, tmp_path: Path, rows: list[tuple[object, ...]], words: str
) -> None:
    found = answers(compared, stressed(tmp_path, rows))["What would turn the ranking around"]
    assert found.text.startswith(words)
    assert ("no longer resolved" in found.text) == ("no longer resolved" in words)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            ("intelligence", 0.4, 0.25, 0.5, True, False),
            "it is enough from strength 0.4 (assumed here: 1): intelligence.",
        ),
        (("intelligence", 0.0, NAN, 0.0, False, False), "the other levers are enough without it: intelligence."),
        (
            ("intelligence", NAN, 2.0, NAN, False, False),
            "it is not shown to be enough at any strength that was tried (assumed here: 1): intelligence.",
        ),
    ],
    ids=["from", "already", "never"],
)
def test_break_even_of_the_weakest_founded_lever(
    compared: Path, tmp_path: Path, row: tuple[object, ...], words: str
) -> None:
    assert lever_terms()["intelligence"].grade == "D"
    found = answers(compared, written(tmp_path, "dose", {"break_even": [row]}))
    assert found["How strong the weakest-founded lever has to be"].text.endswith(words)


def test_a_small_value_is_shown_with_its_digits(compared: Path, tmp_path: Path) -> None:
    row = (CONTRAST, "a rate", True, 0.8, "a rate", "1", 1.234e-5, 6e-7, 0.8, 1.0, 0.5, 1.5)
    found = answers(compared, stressed(tmp_path, [row]))["What would turn the ranking around"]
    assert found.text.startswith("a rate from 1.23e-05 to 6e-07: 0.8 prior")


def test_break_even_of_a_lever_with_better_evidence_is_not_the_answer(compared: Path, tmp_path: Path) -> None:
    dose = written(tmp_path, "dose", {"break_even": [("equipment", 0.4, 0.25, 0.5, True, False)]})
    assert answers(compared, dose)["How strong the weakest-founded lever has to be"].state == "missing"


def test_grades_and_feasibility_are_those_of_the_levers(compared: Path) -> None:
    found = answers(compared)
    for name, terms in lever_terms().items():
        words = name.replace("_", " ")
        assert words in found["Evidence for the levers that differ"].text
        group = next(
            part
            for part in found["Legally possible now"].text.split("; ")
            if words in part.partition(": ")[2].split(", ")
        )
        assert group.startswith(terms.feasible_now)
