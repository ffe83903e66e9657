"""The page of a ledger, on tables written by hand whose shares are known."""

from __future__ import annotations

import math
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from experiments.report.alluvial import Band, band_rows, bottom, nodes
from experiments.report.asked import parse_asked
from experiments.report.command import make_page
from experiments.report.drawing import drawn, finished
from experiments.report.ledger_lines import read_ledger_data
from experiments.report.page import NARROW, WIDE, Answer, Figure, Page
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.report.treatment_answers import treatment_answers
from experiments.report.wrapping import wrapped
from experiments.spillover.command import asked
from experiments.summary import UNSHIPPED
from tests.report_cases import CONTRAST, landed_row, written

NAN = math.nan
TREATMENT, PLACEBO = "treatment", "placebo"
OUT, ELSEWHERE = "out of treated", "elsewhere"


def moved(kind: str, replication: int, direction: str, way: str, place: str, fate: str, mass_g: int) -> tuple[Any, ...]:
    """Return a row of the table ledger, half of whose grams went later and none in another way."""
    port_range = "north_range" if place else ""
    return (CONTRAST, kind, replication, direction, way, place, port_range, fate, mass_g, mass_g, mass_g // 2, 0, 0)


def ledger_rows(replications: int) -> list[tuple[Any, ...]]:
    """Return a ledger: 60 % as before, 30 % into another port (placebo 10 %), 10 % not shipped (placebo 6 %)."""
    rows = []
    for i in range(replications):
        for kind, shares in ((TREATMENT, (60, 30, 10)), (PLACEBO, (84, 10, 6))):
            same, other, unshipped = (share * 1_000_000 for share in shares)
            rows += [
                moved(kind, i, OUT, "same", "NLRTM", "delivered", same),
                moved(kind, i, OUT, "other entry port", "BEANR", "seized_entry", other),
                moved(kind, i, OUT, "not shipped", "", "not_offered", unshipped),
                moved(kind, i, ELSEWHERE, "other entry port", "DEHAM", "delivered", 7_000_000),
            ]
    return rows


def identity(which: str, cell: str, change_t: float, half_t: float) -> tuple[Any, ...]:
    """Return a row of the table identities."""
    return (CONTRAST, which, cell, 2, change_t, change_t - half_t, change_t + half_t)


def measure(name: str, view: str, estimate: float, half: float) -> tuple[Any, ...]:
    """Return a row of the table displacement."""
    return (CONTRAST, "NLRTM", name, "1", view, 2, estimate, estimate - half, estimate + half, NAN, "")


def tables(replications: int = 2, *, left_half_t: float = 5.0) -> dict[str, list[tuple[Any, ...]]]:
    """Return the tables of a ledger of port NLRTM."""
    return {
        "contrasts": [landed_row(-12.0, 3.0, is_resolved=True, replications=replications)],
        "identities": [
            identity("I1", "seized_entry", 12.0, 3.0), identity("I2", "port NLRTM", -40.0, left_half_t),
            identity("I2", "north_range", 30.0, 4.0), identity("I2", UNSHIPPED, 10.0, 4.0),
        ],
        "ledger": ledger_rows(replications),
        "displacement": [
            measure("WDQ", "true flow", -0.8, 0.1), measure("WDQ", "seizures", 0.4, 0.1),
            measure("WDQ", "inferred", -0.2, 0.5),
        ],
    }  # fmt: skip


def page_of(folder: Path, *words: str) -> Page:
    """Return the page of a folder."""
    return make_page(parse_asked([str(folder), *words]))[0]


def figure_of(page: Page, key: str) -> Figure:
    """Return a figure by its key."""
    return next(figure for figure in page.figures() if figure.key == key)


def text_of(page: Page) -> str:
    """Return all sentences of a page."""
    blocks = [block for section in page.sections for block in section.blocks]
    return " ".join([*(notice.text for notice in page.notices), *(str(block) for block in blocks)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger of a named port."""
    return written(tmp_path_factory.mktemp("ledger"), "ledger", tables(), "treated=NLRTM")


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    """Return its page."""
    return page_of(folder)


def test_shares_are_those_of_the_table(page: Page) -> None:
    cells = {row[0]: row[1:] for row in figure_of(page, "flow-ways").table.rows}
    assert cells["as before"][0] == "60.0"
    assert (cells["into another port"][0], cells["into another port"][2]) == ("30.0", "10.0")
    assert (cells["not shipped"][0], cells["not shipped"][2]) == ("10.0~", "6.0"), "less than twice the placebo"


def test_bands_sum_to_what_was_sent_and_say_where_it_went(page: Page) -> None:
    rows = figure_of(page, "flow-goals").table.rows
    assert sum(float(row[2].rstrip("~")) for row in rows) == pytest.approx(100, abs=0.1)
    assert ("into another port", "to north range") in [row[:2] for row in rows]


def test_flags_are_shares_of_their_own(page: Page) -> None:
    shares = {row[0]: row[1] for row in figure_of(page, "flow-flags").table.rows}
    assert shares["sent over 14 days later"] == "50.0~"
    assert shares["by another organisation"] == "0.0"


def test_reshuffling_is_apart(page: Page) -> None:
    assert "7.0 tonnes moved over the window" in text_of(page)


def test_net_flow_is_read_as_shares_where_it_is_resolved(page: Page) -> None:
    answer = next(a for a in page.answers if a.label.startswith("Flow to port NLRTM"))
    assert answer.text == "-40.0 [-45.0, -35.0] tonnes over the window"
    assert "75 % to other ports" in answer.note
    assert "25 % not shipped" in answer.note


def test_an_unresolved_flow_is_not_read_as_shares(tmp_path: Path) -> None:
    page = page_of(written(tmp_path, "open", tables(left_half_t=50.0), "treated=NLRTM"))
    answer = next(a for a in page.answers if a.label.startswith("Flow to port NLRTM"))
    assert "Not read as shares" in answer.note
    assert "75 %" not in answer.note


def test_views_that_disagree_are_called_inconsistent(page: Page) -> None:
    assert "WDQ" in next(a for a in page.answers if "Would seizures" in a.label).text
    assert "Inconsistent views: on WDQ" in text_of(page)


def test_a_named_port_shows_no_interception_unless_asked(page: Page, folder: Path) -> None:
    keys = [figure.key for figure in page.figures()]
    assert "flow-fates" not in keys
    assert "The whole is" not in figure_of(page, "flow-goals").note
    assert "illustrative, not an estimate of this port" in page.notices[0].text
    asked = page_of(folder, "show=ports")
    rows = figure_of(asked, "flow-fates").table.rows
    assert ("as before", "landed", "60.0") in [row[:3] for row in rows]
    assert "to BEANR" in [row[1] for row in figure_of(asked, "flow-goals").table.rows]


def test_one_replication_has_no_interval_and_is_drawn(tmp_path: Path) -> None:
    few = tables(1)
    few["displacement"] = [(CONTRAST, "NLRTM", "WDQ", "1", "true flow", 1, -0.8, NAN, NAN, NAN, "One replication.")]
    few["identities"] = [(*row[:3], 1, row[4], -math.inf, math.inf) for row in few["identities"]]
    few["contrasts"] = [(*few["contrasts"][0][:4], -12.0, *(-math.inf, math.inf) * 2, NAN, NAN, NAN, NAN, False)]
    page = page_of(written(tmp_path, "one", few, "treated=NLRTM"))
    assert "(no interval)" in page.answers[0].text
    assert figure_of(page, "flow-ways").table.rows[0][2] == "-"
    for figure in page.figures():
        if figure.key not in ("i1", "i2"):
            assert marks(figure) > 0


def test_old_results_say_what_is_missing(tmp_path: Path) -> None:
    some = {name: rows for name, rows in tables().items() if name in ("contrasts", "ledger")}
    page = page_of(written(tmp_path, "old", some, "treated=NLRTM"))
    assert "no table identities" in text_of(page)
    assert "no table displacement" in text_of(page)


def test_a_place_that_nothing_was_sent_to_has_no_ledger(tmp_path: Path) -> None:
    none = tables()
    none["ledger"] = [row for row in none["ledger"] if row[3] == ELSEWHERE]
    page = page_of(written(tmp_path, "none", none, "treated=NLRTM"))
    assert "sends nothing to port NLRTM" in text_of(page)


def test_the_page_says_that_only_the_treated_port_is_named(page: Page) -> None:
    reading = next(section for section in page.sections if section.key == "reading")
    text = " ".join(block for block in reading.blocks if isinstance(block, str))
    assert "only the treated one is shown, since it is what was asked" in text
    assert "of a named port they would be illustrative" not in text


def test_one_treatment_has_no_lever_and_names_the_command(tmp_path: Path) -> None:
    words = ("treated=NLRTM", "regime=national_rule", "capacity_factor=2")
    folder = written(tmp_path, "same", tables(), *words)
    answers = {answer.label: answer for answer in answers_of_one_regime(folder)}
    assert "multiplied by 2, by assumption" in answers["Levers: evidence, break-even strength, legal feasibility"].text
    note = answers["What the parameters leave open"].note
    question, settings = asked(shlex.split(note.partition(" shows over")[0])[2:])
    assert (question.treated.name, settings.capacity_factor) == ("NLRTM", 2)
    assert question.baseline.digest() == Source(folder).case.digest()


def answers_of_one_regime(folder: Path) -> list[Answer]:
    """Return the answers for one treatment of a place."""
    source = Source(folder)
    return treatment_answers(source, Texts("en"), read_ledger_data(source).treated)


def test_two_regimes_open_with_what_a_comparison_opens_with(page: Page) -> None:
    labels = [answer.label for answer in page.answers]
    for label in ("What the parameters leave open", "Evidence for the levers that differ",
                  "How strong the weakest-founded lever has to be", "What would turn the ranking around",
                  "Legally possible now"):  # fmt: skip
        assert label in labels


def marks(figure: Figure) -> int:
    """Return the number of marks of a figure as it is drawn, the fewer of both formats."""
    pictures = [drawn(finished(figure, format_), "svg").decode() for format_ in (WIDE, NARROW)]
    return min(
        len(re.findall(r"<path[^>]*aria-roledescription", picture)) + picture.count("<text") for picture in pictures
    )


def test_every_figure_has_marks(page: Page) -> None:
    for figure in page.figures():
        assert marks(figure) > 3, figure.key


def test_nodes_do_not_overlap_and_bands_fill_them() -> None:
    shares = {"a": 0.9, "b": 0.01, "c": 0.09}
    axis = nodes(shares, {name: f"{name} text" for name in shares}, 100.0, 20)
    for above, below in pairwise(axis):
        assert above.top + above.height <= below.top
        middles = [node.top + node.height / 2 for node in (above, below)]
        assert middles[1] - middles[0] >= 13
    bands = [Band("a", "a", 0.5, "moved"), Band("a", "c", 0.4, "moved"), Band("b", "a", 0.01, "noise"),
             Band("c", "b", 0.09, "moved")]  # fmt: skip
    right = nodes({"a": 0.51, "b": 0.09, "c": 0.4}, dict.fromkeys("abc", "x"), 100.0, 20)
    rows = band_rows(bands, axis, right, 100.0)
    starts = sorted((row["top"], row["low"]) for row in rows if row["at"] == 0)
    assert starts[0][0] == pytest.approx(axis[0].top, abs=0.01)
    assert starts[1][1] == pytest.approx(axis[0].top + axis[0].height, abs=0.02)
    assert max(row["low"] for row in rows) <= max(bottom(axis), bottom(right)) + 0.01


def test_words_are_wrapped_and_never_cut() -> None:
    assert wrapped("from another region 3 %", 12) == ["from another", "region 3 %"]
    assert wrapped("unbreakable", 3) == ["unbreakable"]
