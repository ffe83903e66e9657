"""The pages of a decomposition and of doses, on tables written by hand whose parts are known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from experiments.report.asked import parse_asked
from experiments.report.command import make_page
from experiments.report.drawing import drawn, finished
from experiments.report.page import NARROW, WIDE, Answer, Figure, Page, Table
from scenarios.levers import lever_terms
from tests.report_cases import written

NAN = math.nan


def part(level: str, name: str, kind: str, outcome: str, value: float, half: float) -> tuple[Any, ...]:
    """Return a row of the table decomposition, resolved where its interval excludes 0."""
    is_resolved = math.isfinite(half) and abs(value) > half
    return level, name, kind, outcome, value, value - half, value + half, is_resolved, 8


def parts(half: float = 1.0) -> list[tuple[Any, ...]]:
    """Return a gain of 10 t/yr, of which information has 7.25 and learning 2.75."""
    rows = []
    for outcome, sign in (("kept off", 1), ("seized", -1)):
        rows += [
            part("all", "all", "total", outcome, sign * 10.0, half),
            part("group", "information", "shapley", outcome, sign * 7.25, half),
            part("group", "learning", "shapley", outcome, sign * 2.75, 3 * half),
            part("pair", "criteria x equipment", "interaction", outcome, 0.5, half),
        ]
        for level, name, alone in (
            ("group", "information", 7.0), ("group", "learning", 0.0), ("lever", "criteria", 6.0),
            ("lever", "intelligence", 0.25), ("lever", "yearly_review", 3.0),
        ):  # fmt: skip
            rows.append(part(level, name, "alone", outcome, sign * alone, half if alone else 0.0))
            rows.append(part(level, name, "removed", outcome, sign * alone / 2, half))
    return rows


def doses(lever: str = "intelligence") -> dict[str, list[tuple[Any, ...]]]:
    """Return a curve that is enough from a strength of 1 on; 500 t/yr land in the baseline."""
    rows: list[tuple[Any, ...]] = []
    runs: list[tuple[Any, ...]] = [(lever, NAN, i, 500_000_000, 100_000_000) for i in range(2)]
    for strength, gain in ((0.0, 2.0), (1.0, 8.0), (2.0, 12.0)):
        for outcome in ("kept off", "seized"):
            rows.append((lever, strength, outcome, gain, gain - 2.5, gain + 2.5, gain > 2.5, gain > 7.5, 2))
        runs += [(lever, strength, i, int(500e6 - gain * 1e6), 100_000_000) for i in range(2)]
    return {"doses": rows, "dose_runs": runs, "break_even": [(lever, 0.5, 0.0, 1.0, True, False)]}


def page_of(*folders: Path) -> Page:
    """Return the page of a folder, with further ones."""
    return make_page(parse_asked([str(folder) for folder in folders]))[0]


def figure_of(page: Page, key: str) -> Figure:
    """Return a figure by its key."""
    return next(figure for figure in page.figures() if figure.key == key)


def answer_of(page: Page, label: str) -> Answer:
    """Return an answer by its label."""
    return next(answer for answer in page.answers if label in answer.label)


def said(page: Page) -> str:
    """Return all sentences of a page."""
    return " ".join(str(block) for section in page.sections for block in section.blocks)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a decomposition."""
    return written(tmp_path_factory.mktemp("decompose"), "decompose", {"decomposition": parts()})


@pytest.fixture(scope="module")
def dose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of doses."""
    return written(tmp_path_factory.mktemp("dose"), "dose", doses())


def test_parts_by_group_and_their_sum(folder: Path) -> None:
    page = page_of(folder)
    rows = {row[0]: row[1:] for row in figure_of(page, "gain").table.rows}
    assert rows["information"] == ("+7.2 [+6.2, +8.2]", "-7.2 [-8.2, -6.2]")
    assert rows["learning (yearly review)"][0] == "+2.8 [-0.2, +5.8] ?"
    assert rows["all together"] == ("+10.0 [+9.0, +11.0]", "-10.0 [-11.0, -9.0]")
    assert "add up to 10.000 t/yr, and all levers together keep off 10.000 t/yr" in said(page)


def test_what_is_not_resolved_is_said_and_not_ranked(folder: Path) -> None:
    answer = answer_of(page_of(folder), "What of it can be told apart")
    assert "information +7.2" in answer.text
    assert "learning" not in answer.text
    assert "Not resolved: learning" in answer.note


def test_each_lever_alone_and_removed(folder: Path) -> None:
    rows = {row[0]: row[1:] for row in figure_of(page_of(folder), "levers-kept-off").table.rows}
    assert rows["criteria"] == ("+6.0 [+5.0, +7.0]", "+3.0 [+2.0, +4.0]")
    assert rows["intelligence"] == ("+0.2 [-0.8, +1.2] ?", "+0.1 [-0.9, +1.1] ?")


def test_grades_are_those_of_the_levers(folder: Path, dose: Path) -> None:
    page = page_of(folder, dose)
    table = next(block for s in page.sections if s.key == "evidence" for block in s.blocks if isinstance(block, Table))
    rows = {row[0]: row[1:] for row in table.rows}
    for lever in ("criteria", "intelligence", "yearly_review"):
        terms = lever_terms()[lever]
        assert rows[lever.replace("_", " ")][:2] == (terms.grade, terms.feasible_now)
    assert rows["intelligence"][2:] == ("1", "0.50")
    assert rows["criteria"][2:] == ("1", "not worked out")
    assert rows["yearly review"][2] == "0.5"


def test_break_even_comes_from_a_further_folder(folder: Path, dose: Path) -> None:
    assert answer_of(page_of(folder), "breaks even").state == "missing"
    answer = answer_of(page_of(folder, dose), "breaks even")
    assert answer.text.startswith("intelligence: 0.50, on a straight line between 0 (not shown to be enough)")


def test_doses_of_other_cases_are_named(folder: Path, tmp_path: Path) -> None:
    other = written(tmp_path, "other", doses(), "seed=1", "horizon_years=2")
    assert "run with other cases" in page_of(folder, other).notices[0].text


def test_doses_alone_are_a_page(dose: Path) -> None:
    page = page_of(dose)
    figure = figure_of(page, "dose-intelligence")
    assert figure.table.rows[1] == ("1", "+8.0 [+5.5, +10.5]", "+8.0 [+5.5, +10.5]", "yes")
    assert "1 % of the 500.0 tonnes that land in the baseline a year: 5.0 t/yr" in figure.note
    assert "0.50" in page.answers[0].text


def test_levers_are_counted_by_grade(folder: Path) -> None:
    assert answer_of(page_of(folder), "rest on").text == "Of 3 levers: 3 of grade D."


def test_strengths_are_those_of_the_lever_and_open_ones_are_named(tmp_path: Path) -> None:
    tables = doses("yearly_review")
    tables["doses"] = [(*row[:7], row[1] == 1, row[8]) for row in tables["doses"]]
    tables["break_even"] = [("yearly_review", 0.5, 0.0, 1.0, True, True)]
    page = page_of(written(tmp_path, "dose", tables))
    figure = figure_of(page, "dose-yearly-review")
    assert "Not shown to be enough at 2: the interval reaches below 1 %" in figure.note
    assert "assumed here: 0.5" in figure.note
    assert "strength (assumed here: 0.5)" in str(figure.draw(WIDE))
    assert [row[3] for row in figure.table.rows] == ["not shown", "yes", "not shown"]
    assert "Assumed here: yearly review 0.5" in page.answers[0].note
    assert "reading" in [section.key for section in page.sections]


def without_own_effect(cost: float = -0.75) -> list[tuple[Any, ...]]:
    """Return parts of which equipment and peer evaluation have none, but bear the cost of acting together alone."""
    rows = [row for row in parts() if row[2] != "interaction"]
    for outcome in ("kept off", "seized"):
        for name in ("equipment", "peer_evaluation"):
            rows.append(part("lever", name, "alone", outcome, cost, 1.0))
            rows.append(part("lever", name, "removed", outcome, 0.0, 0.0))
        rows.append(part("pair", "criteria x equipment", "interaction", outcome, 0.75, 1.0))
    return rows


def test_the_cost_of_acting_together_is_no_effect_and_no_support(tmp_path: Path) -> None:
    text = said(page_of(written(tmp_path, "shared", {"decomposition": without_own_effect()})))
    assert "equipment, peer evaluation: taking any of these out changes nothing" in text
    assert "criteria x equipment: exactly what equipment, peer evaluation alone cost" in text


def test_another_interaction_is_not_called_a_cost(folder: Path, tmp_path: Path) -> None:
    assert "taking any of these out" not in said(page_of(folder))
    text = said(page_of(written(tmp_path, "other", {"decomposition": without_own_effect(-0.5)})))
    assert "taking any of these out" in text
    assert "exactly what" not in text


def test_one_replication_says_that_nothing_is_resolved(tmp_path: Path) -> None:
    page = page_of(written(tmp_path, "one", {"decomposition": parts(math.inf)}))
    assert "One replication" in page.notices[0].text
    assert "(no interval)" in page.answers[0].text
    for figure in page.figures():
        assert texts_in(figure, WIDE) > 3


@pytest.mark.parametrize("rows", [[], [part("all", "all", "total", "kept off", 3.0, 1.0)]], ids=["empty", "total"])
def test_a_table_with_little_in_it_is_a_page(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    page = page_of(written(tmp_path, "little", {"decomposition": rows}))
    assert "no groups of levers" in said(page)


def texts_in(figure: Figure, format_: Any) -> int:
    """Return how many texts and shapes a drawn figure has."""
    picture = drawn(finished(figure, format_), "svg").decode()
    return picture.count("<text") + picture.count("<path")


@pytest.mark.parametrize("format_", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_figure_has_marks(folder: Path, dose: Path, format_: Any) -> None:
    for figure in page_of(folder, dose).figures():
        assert texts_in(figure, format_) > 10, figure.key
