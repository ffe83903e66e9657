"""What a page on a contrast opens with, from results whose numbers are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from experiments.contrasts import spread_over_draws
from experiments.report.opening import opening
from experiments.report.page import Answer
from experiments.screen import number
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


def reversal(way: str, distance: float, *, is_reversed: bool) -> tuple[object, ...]:
    return (CONTRAST, way, is_reversed, distance, way, "1", 0.5, 0.1, distance, -1.0, -2.0, 0.0)


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
    assert "waterbed stress arms=[alliance_rule,national_rule]" in unknown.note


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
        ([reversal("d-prime", 1.4, is_reversed=False)], "Nothing that was tried"),
        ([reversal("d-prime", 1.4, is_reversed=True)], "Nothing found within one prior standard deviation"),
        ([reversal("a", 2.0, is_reversed=True), reversal("d-prime", 0.8, is_reversed=True)], "d-prime: 0.8 prior"),
    ],
    ids=["not ranked", "none", "far", "near"],
)
def test_the_nearest_reversal_is_named(
    compared: Path, tmp_path: Path, rows: list[tuple[object, ...]], words: str
) -> None:
    found = answers(compared, stressed(tmp_path, rows))["What would turn the ranking around"]
    assert found.text.startswith(words)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            ("intelligence", 0.4, 0.25, 0.5, True, False),
            "it is enough from 0.4 of the assumed effect on: intelligence.",
        ),
        (("intelligence", 0.0, NAN, 0.0, False, False), "the other levers are enough without it: intelligence."),
        (
            ("intelligence", NAN, 2.0, NAN, False, False),
            "it is not enough at any strength that was tried: intelligence.",
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
