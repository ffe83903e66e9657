"""The page of `waterbed size`: its numbers are those of the tables, figures have marks, what is missing is said."""

from __future__ import annotations

import dataclasses as dc
import json
import math
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.funding.printing import PORT_WORDS
from experiments.report.asked import parse_asked
from experiments.report.command import make_page
from experiments.report.drawing import drawn, finished
from experiments.report.html import html
from experiments.report.page import NARROW, WIDE, Code, Figure, Page, Table
from experiments.screen import number, significant, with_interval

Rows = list[dict[str, object]]
Change = Callable[[Rows], Rows]
_PORTS = ("BEANR", "NLRTM", "DEHAM")
_MOST_BYTES = 250_000


@dc.dataclass(frozen=True)
class Whole:
    """An answer on stand-ins for runs, and what the terminal said."""

    folder: Path
    said: str

    def rows(self, name: str) -> Rows:
        """Return the rows of a table, read without the report."""
        rows: Rows = pq.read_table(self.folder / f"funding_{name}.parquet").to_pylist()
        return rows


@pytest.fixture(scope="module")
def whole(small_results: Callable[[str], Path]) -> Whole:
    """Return the answer to the small question: two simulated budgets, all rules, all types."""
    folder = small_results("funding")
    return Whole(folder, (folder.parent.parent / "funding.txt").read_text("utf-8"))


@pytest.fixture(scope="module")
def page(whole: Whole) -> Page:
    """Return its page."""
    return page_of(whole.folder)


def page_of(folder: Path, *more: str) -> Page:
    return make_page(parse_asked([str(folder), *more]))[0]


def changed(whole: Whole, folder: Path, **changes: Change | None) -> Path:
    """Return a copy of the results with other rows in some tables, or without them."""
    made = folder / "changed"
    shutil.copytree(whole.folder, made)
    for name, change in changes.items():
        path = made / f"funding_{name}.parquet"
        if change is None:
            path.unlink()
            continue
        table = pq.read_table(path)
        rows = change(table.to_pylist())
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    return made


def figure(page: Page, key: str) -> Figure:
    return next(one for one in page.figures() if one.key == key)


def tables(page: Page) -> Iterator[Table]:
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield block
            elif isinstance(block, Figure):
                yield block.table


def words(page: Page, *without: str) -> str:
    """Return everything that a page says but for some sections."""
    said = [page.question, *(notice.text for notice in page.notices)]
    said += [f"{one.label} {one.text} {one.note}" for one in page.answers]
    for section in page.sections:
        if section.key not in without:
            said += [section.title, *(str(block) for block in section.blocks if not isinstance(block, Code))]
    return " ".join(said)


def interval(row: dict[str, object], *names: str) -> str:
    return with_interval(*(float(str(row[name])) for name in names))


def test_curve_and_rules_have_the_numbers_of_the_results(whole: Whole, page: Page) -> None:
    curve = whole.rows("curve")
    adaptive = [row for row in curve if row["rule"] == "adaptive"]
    cells = figure(page, "curve").table.rows
    assert [row[0] for row in cells] == [f"{row['budget_eur_million']:g}" for row in adaptive] == ["0", "10", "30"]
    for cell, row in zip(cells, adaptive, strict=True):
        assert cell[1:5] == (
            number(row["grant_eur_million"]), str(row["units"]),  # type: ignore[arg-type]
            number(row["yearly_cost_eur_million"]), interval(row, "kept_off_t", "low_t", "high_t"),  # type: ignore[arg-type]
        )  # fmt: skip
    simulated_rows = [row for row in curve if row["replications"] and row["budget_eur_million"]]
    cells = figure(page, "simulated").table.rows
    assert [row[1] for row in cells] == [
        interval(row, "simulated_t", "simulated_low_t", "simulated_high_t") for row in simulated_rows
    ]
    assert [row[3] for row in cells] == [str(row["replications"]) for row in simulated_rows]
    rules = figure(page, "rules").table
    assert [row[-1] for row in rules.rows] == [
        number(row["kept_off_t"])  # type: ignore[arg-type]
        for row in curve
        if row["budget_eur_million"] == 30 and row["rule"] not in ("nothing", "rotating")
    ]


def test_the_plan_recommended_is_that_of_the_terminal(whole: Whole, page: Page) -> None:
    for budget in (10, 30):
        said = next(
            line for line in whole.said.splitlines() if line.startswith(f"Recommended for EUR {budget} million")
        )
        rule = said.split("(")[1].split(")")[0]
        plan = {"rule": rule, "budget_eur_million": float(budget)}
        states = [row for row in whole.rows("states") if plan.items() <= row.items()]
        shown = figure(page, f"portfolio-{budget}").table
        assert [row[0] for row in shown.rows] == sorted({str(row["country"]) for row in states})
        types = list(dict.fromkeys(row["equipment"] for row in states))
        for k in range(len(types)):
            units = sum(int(row[1 + k]) for row in shown.rows if row[1 + k] != "-")
            assert units == sum(int(str(row["units"])) for row in states if row["equipment"] == types[k])
        best = next(r for r in whole.rows("curve") if r["budget_eur_million"] == budget and r["selection"] == "best")
        tied = any(r["budget_eur_million"] == budget and r["selection"] == "tied" for r in whole.rows("curve"))
        said_of = f"Recommended for EUR {budget} million"
        blocks = next(one for one in page.sections if one.key == "portfolio").blocks
        at = next(i for i, one in enumerate(blocks) if isinstance(one, Figure) and one.title.startswith(said_of))
        after = " ".join(str(block) for block in blocks[at + 1 : at + 4] if isinstance(block, str))
        assert ("Not told apart from the best plan" in after) == tied
        assert ("is better than" in after) == (rule != "adaptive")
        assert rule in ("adaptive", best["rule"])
        phases = [row for row in whole.rows("phases") if plan.items() <= row.items()]
        by_year = figure(page, f"phases-{budget}").table
        assert sum(int(cell) for row in by_year.rows for cell in row[1:]) == sum(int(str(p["units"])) for p in phases)


def test_steps_curses_marginals_and_errors_are_those_of_the_results(whole: Whole, page: Page) -> None:
    steps = [row for row in whole.rows("coordination") if row["budget_eur_million"]]
    cells = figure(page, "together").table.rows
    assert [cell[2] for cell in cells] == [
        interval(row, "simulated_t", "simulated_low_t", "simulated_high_t") if row["replications"] else "-"
        for row in steps
    ]
    assert [cell[3] for cell in cells] == [
        ("resolved" if row["is_resolved"] else "not resolved") if row["replications"] else "not simulated"
        for row in steps
    ]
    assert [cell[5] for cell in cells] == [number(row["yearly_cost_eur_million"], sign=True) for row in steps]  # type: ignore[arg-type]
    curses = whole.rows("curse")
    assert [cell[1:] for cell in figure(page, "promised").table.rows] == [
        (
            number(row["promised_t"]), interval(row, "first_t", "first_low_t", "first_high_t"),  # type: ignore[arg-type]
            interval(row, "fresh_t", "fresh_low_t", "fresh_high_t"),
            interval(row, "gap_first_t", "gap_first_low_t", "gap_first_high_t"),
            interval(row, "gap_promised_t", "gap_promised_low_t", "gap_promised_high_t"),
        )
        for row in curses
    ]  # fmt: skip
    marginal = whole.rows("marginal")
    assert [cell[1] for cell in figure(page, "marginal").table.rows] == [
        with_interval(*(float(str(row[name])) for name in ("t_per_10_million", "low_t", "high_t")), 2)
        for row in marginal
    ]
    trials = whole.rows("trials")
    assert [cell[3:] for cell in figure(page, "fit").table.rows] == [
        tuple(number(row[name]) for name in ("simulated_t", "error_t", "surrogate_t"))  # type: ignore[arg-type]
        for row in trials
    ]
    regret = [row for row in whole.rows("regret") if row["budget_eur_million"] == 10]
    shown = [cell for row in figure(page, "regret").table.rows for cell in row[1:]]
    assert shown == [number(row["regret_t"]) for row in regret]  # type: ignore[arg-type]


def test_seizures_and_trade_are_those_of_the_results(whole: Whole, page: Page) -> None:
    outcomes = [row for row in whole.rows("outcomes") if row["budget_eur_million"]]
    landed = [row for row in outcomes if row["outcome"] == "landed in the EU"]
    cells = figure(page, "seized").table.rows
    assert len(cells) == len(landed) == 16
    for cell, row in zip(cells, landed, strict=True):
        values = [-float(str(row[name])) for name in ("difference", "high", "low")]
        digits = 0 if values[2] - values[1] >= 5 else 1
        assert cell[1].startswith(with_interval(*values, digits))
        assert ("not resolved" in cell[1]) == (not row["is_resolved"])
    delay = [row for row in outcomes if row["outcome"] == "delay of clean boxes"]
    cost = [row for row in outcomes if row["outcome"] == "cost to trade"]
    for cell, one, other in zip(figure(page, "trade").table.rows, delay, cost, strict=True):
        for text, row, scale in ((cell[2], one, 1e3), (cell[3], other, 1e6)):
            shown = float(text.split()[0].replace(",", ""))
            assert shown == pytest.approx(float(str(row["difference"])) / scale, abs=0.5)


def test_the_opening_has_both_intervals_and_says_which_is_which(whole: Whole, page: Page) -> None:
    said = {answer.label: answer for answer in page.answers}
    (kept,) = (one for label, one in said.items() if label.startswith("Kept from landing in the EU, "))
    rule = figure(page, "curve").table.rows[1][-1]
    fresh = next(
        row for row in whole.rows("curse") if row["budget_eur_million"] == 10 and row["rule"] == "rotating"
    )  # fmt: skip
    assert interval(fresh, "fresh_t", "fresh_low_t", "fresh_high_t") in kept.text
    assert "luck" in kept.note and rule in kept.note
    (left_open,) = (one for label, one in said.items() if label.startswith("What the parameters leave open"))
    plan = next(r for r in whole.rows("curve") if r["rule"] == "rotating" and r["budget_eur_million"] == 10)
    assert interval(plan, "kept_off_t", "low_t", "high_t") in left_open.text
    assert "8 draws" in left_open.note
    for text in (row["text"] for row in whole.rows("facts")):
        assert str(text) in said["By law, whatever is recommended"].text
    assert "D for second looks" in said["Evidence"].text
    assert {answer.state for answer in page.answers} == {"known"}


def test_the_opening_says_that_the_eu_is_not_everywhere(whole: Whole, page: Page, tmp_path: Path) -> None:
    """In the EU and everywhere, over the years compared and over all years, with what a kilogram costs of each."""
    said = {answer.label: answer for answer in page.answers}
    plan = next(r for r in whole.rows("curve") if r["rule"] == "rotating" and r["budget_eur_million"] == 10)

    def less(outcome: str) -> tuple[float, float, float]:
        row = next(
            r for r in whole.rows("outcomes")
            if (r["rule"], r["budget_eur_million"], r["outcome"]) == ("rotating", 10, outcome)
        )  # fmt: skip
        return tuple(-float(str(row[name])) for name in ("difference", "high", "low"))  # type: ignore[return-value]

    (window,) = (r["value"] for r in whole.rows("assumptions") if r["name"] == "plans compared over")
    assert window == "2024-01-01 to 2025-01-01"
    kept = said["Kept from landing in the EU, 2024, plan recommended for EUR 10 million, simulated"]
    assert "2024: the years that are compared" in kept.note
    assert with_interval(*less("landed in the EU, all years")) in kept.note
    everywhere = less("landed anywhere")
    assert with_interval(*everywhere) in said["The same everywhere, in the EU and outside it, 2024, simulated"].text
    euros = said["EUR for each kilogram less landed in the EU, 2024, simulated"].text
    cost = float(str(plan["yearly_cost_eur_million"])) * 1e6
    mean, low, high = (round(cost / (tonnes * 1000)) for tonnes in (everywhere[0], everywhere[2], everywhere[1]))
    assert f"{significant(mean)} [{significant(low)}, {significant(high)}] for each kilogram less landed every" in euros

    def open_anywhere(rows: Rows) -> Rows:
        ends = {"difference": -1.0, "low": -3.0, "high": 1.0, "is_resolved": False}
        return [{**row, **(ends if row["outcome"] == "landed anywhere" else {})} for row in rows]

    other = page_of(changed(whole, tmp_path, outcomes=open_anywhere))
    (answer,) = (answer for answer in other.answers if answer.label.startswith("EUR for each kilogram"))
    assert answer.text.endswith("everywhere, in the EU and outside it: not resolved.")
    assert "holds zero" in answer.note
    assert "off the market" not in words(page) + " ".join(one.about for one in page.figures())


@pytest.mark.parametrize(
    ("window", "expected"),
    [("2030-01-01 to 2032-01-01", "2030 to 2031"), ("2030-01-01 to 2031-01-01", "2030"),
     ("2030-07-01 to 2031-07-01", "2030-07-01 to 2031-07-01")],
)  # fmt: skip
def test_years_are_those_that_are_compared(whole: Whole, tmp_path: Path, window: str, expected: str) -> None:
    def other(rows: Rows) -> Rows:
        return [{**row, "value": window} if row["name"] == "plans compared over" else row for row in rows]

    page = page_of(changed(whole, tmp_path, assumptions=other))
    assert page.answers[0].label.startswith(f"Kept from landing in the EU, {expected}, plan")


def test_plans_that_are_as_good_are_named_with_their_costs(whole: Whole, page: Page, tmp_path: Path) -> None:
    def standing(*tied: str) -> Change:
        return lambda rows: [
            {
                **row,
                "selection": "best" if row["rule"] == "adaptive" else "tied" if row["rule"] in tied else "behind",
            }
            for row in rows
        ]

    curve = {row["rule"]: row for row in whole.rows("curve") if row["budget_eur_million"] == 10}
    page = page_of(changed(whole, tmp_path / "one", curve=standing("national", "joint_own")))
    (where,) = (answer.text for answer in page.answers if answer.label.startswith("Where EUR 10 million"))
    for rule, name in (
        ("national", "each state for itself"), ("joint_own", "best, own envelopes"), ("adaptive", "best, one envelope")
    ):  # fmt: skip
        assert f"{name} (EUR {number(curve[rule]['yearly_cost_eur_million'])} million a year)" in where  # type: ignore[arg-type]
    assert "by traffic" not in where
    page = page_of(changed(whole, tmp_path / "none", curve=standing()))
    (where,) = (answer.text for answer in page.answers if answer.label.startswith("Where EUR 10 million"))
    assert "Not told apart" not in where


def test_outlines_of_symbols_in_a_legend_are_whole(page: Page) -> None:
    for key in ("simulated", "together", "promised"):
        root = ET.fromstring(drawn(finished(figure(page, key), WIDE), "svg"))
        legends = [g for g in root.iter() if "role-legend-symbol" in g.get("class", "")]
        symbols = [part for g in legends for part in g.iter() if part.tag.endswith("path")]
        assert len(symbols) >= 2
        assert not [part for part in symbols if part.get("stroke-dasharray")]
        dashed = [p for p in root.iter() if p.tag.endswith("line") and p.get("stroke-dasharray") == "4,3"]
        assert dashed or key != "together", "intervals of the surrogate stay dashed"


def test_every_figure_has_marks_words_and_numbers(page: Page) -> None:
    keys = [one.key for one in page.figures()]
    assert len(set(keys)) == len(keys)
    assert set(keys) >= {
        "curve", "rules", "marginal", "portfolio-10", "portfolio-30", "phases-10", "simulated", "euros", "together",
        "staff", "seized", "trade", "ranges", "promised", "sensitivity", "detection", "regret", "information", "fit",
    }  # fmt: skip
    for one in page.figures():
        assert one.title.endswith("[supply: flat]")
        assert 60 < len(one.about) < 900
        assert one.table.rows
        for format_ in (WIDE, NARROW):
            spec = finished(one, format_)
            assert '"opacity": 0' not in json.dumps(spec)
            svg = drawn(spec, "svg")
            assert len(svg) < _MOST_BYTES, one.key
            assert marks(svg) > 1, one.key


def marks(svg: bytes) -> int:
    """Return how many shapes are drawn as data: those in groups of marks, no axes."""
    count = 0
    for group in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}g"):
        kinds = group.get("class", "").split()
        if any(
            kind in ("mark-symbol", "mark-rect", "mark-rule", "mark-line", "mark-text") for kind in kinds
        ) and not any(kind.startswith("role-axis") or kind.startswith("role-legend") for kind in kinds):
            count += len(list(group))
    return count


def test_ports_are_named_only_when_asked_for(whole: Whole, page: Page) -> None:
    said = words(page, "assumptions", "provenance")
    drawn_words = json.dumps([one.draw(WIDE) for one in page.figures()])
    assert PORT_WORDS not in said
    assert not any(port in said or port in drawn_words for port in _PORTS)
    shown = page_of(whole.folder, "show=ports")
    by_port = [table for table in tables(shown) if PORT_WORDS in table.title]
    assert len(by_port) == 2, "for each of the two simulated budgets"
    for table in by_port:
        codes = [row[0] for row in table.rows]
        assert codes == sorted(codes), "no ranking"
    assert "By port for EUR 10 million: illustrative" in words(shown)


def test_without_simulations_it_says_so(whole: Whole, tmp_path: Path) -> None:
    def unrun(rows: Rows) -> Rows:
        nan = dict.fromkeys(
            ("simulated_t", "simulated_low_t", "simulated_high_t", "eur_per_kg", "eur_per_kg_low", "eur_per_kg_high"),
            math.nan,
        )
        return [{**row, **nan, "replications": 0, "selection": "not simulated"} for row in rows]

    def unrun_steps(rows: Rows) -> Rows:
        return [{**row, "replications": 0, "is_resolved": False} for row in rows]

    nothing: Change = lambda rows: []  # noqa: E731
    folder = changed(
        whole, tmp_path, curve=unrun, coordination=unrun_steps, outcomes=nothing, curse=nothing, ranges=nothing,
        phases=nothing, regret=nothing, information=nothing, sensitivity=nothing, detection=nothing,
    )  # fmt: skip
    page = page_of(folder)
    assert any("No plan was simulated" in notice.text for notice in page.notices)
    missing = [answer.label for answer in page.answers if answer.state == "missing"]
    assert any(
        label.startswith("Kept from landing in the EU, 2024, plan recommended for EUR 10 million") for label in missing
    )
    assert {one.key for one in page.figures()} >= {"curve", "rules", "marginal", "portfolio-10", "together", "staff"}
    assert "simulated" not in {one.key for one in page.figures()}
    assert all(marks(drawn(finished(one, NARROW), "svg")) for one in page.figures())


@pytest.mark.parametrize("is_there", [True, False])
def test_tables_that_are_empty_or_missing_leave_a_page(whole: Whole, tmp_path: Path, is_there: bool) -> None:
    names = [path.stem.removeprefix("funding_") for path in whole.folder.glob("funding_*.parquet")]
    change: Change | None = (lambda rows: []) if is_there else None
    changes = {name: change for name in names if name != "curve"}
    page = page_of(changed(whole, tmp_path, **changes))
    assert {"curve", "rules", "simulated", "euros", "staff"} == {one.key for one in page.figures()}
    assert sum(answer.state == "missing" for answer in page.answers) >= 4
    assert "These results" in words(page)
    empty = page_of(changed(whole, tmp_path / "no", curve=lambda rows: []))
    assert empty.answers[0].state == "missing"


def test_one_replication_has_no_interval(whole: Whole, tmp_path: Path) -> None:
    def single(rows: Rows) -> Rows:
        ends = ("simulated_low_t", "simulated_high_t", "fresh_low_t", "fresh_high_t", "gap_promised_low_t",
                "gap_promised_high_t", "low", "high")  # fmt: skip
        return [{name: math.nan if name in ends else value for name, value in row.items()} for row in rows]

    changes: dict[str, Change | None] = dict.fromkeys(("curve", "coordination", "curse", "outcomes"), single)
    page = page_of(changed(whole, tmp_path, **changes))
    assert "(no interval)" in page.answers[0].text
    (promised,) = (answer for answer in page.answers if answer.label == "Promised against simulated")
    assert "(no interval)" in promised.text and "resolved" not in promised.text
    assert all(marks(drawn(finished(one, WIDE), "svg")) for one in page.figures())


def test_what_is_not_resolved_is_said_and_not_ranked(whole: Whole, tmp_path: Path) -> None:
    def unresolved(rows: Rows) -> Rows:
        return [
            {**row, "simulated_t": 1.0, "simulated_low_t": -2.0, "simulated_high_t": 4.0, "is_resolved": False}
            for row in rows
        ]

    def without_price(rows: Rows) -> Rows:
        return [
            {**row, "eur_per_kg": math.nan, "eur_per_kg_low": math.nan, "eur_per_kg_high": math.nan} for row in rows
        ]

    page = page_of(changed(whole, tmp_path, coordination=unresolved, curve=without_price))
    said = {answer.label: answer.text for answer in page.answers}
    for label in ("Coordination: planning together within own envelopes", "One envelope for all instead of own ones"):
        assert said[label].startswith("+1.0 [-2.0, +4.0] tonnes a year, simulated: not resolved (the bootstrap")
    (euros,) = (text for label, text in said.items() if label.startswith("EUR for each kilogram"))
    assert euros.startswith("For each kilogram less landed in the EU: not resolved.")
    assert {row[1] for row in figure(page, "euros").table.rows} == {"not resolved"}
    assert drawn(finished(figure(page, "euros"), WIDE), "svg").count(b"not resolved") >= 8


def test_nothing_in_a_name_becomes_script_or_breaks_the_page(whole: Whole, tmp_path: Path) -> None:
    evil = "<script>alert('x')</script> {0} {texts} \" & %s"

    def renamed(*names: str) -> Change:
        return lambda rows: [{**row, **{name: f"{evil}{row[name]}" for name in names}} for row in rows]

    folder = changed(
        whole, tmp_path, states=renamed("country", "equipment"), phases=renamed("equipment"), facts=renamed("text"),
        sensitivity=renamed("parameter"), information=renamed("parameter"), regret=renamed("scenario", "about"),
        detection=renamed("what"), ranges=renamed("port_range"), assumptions=renamed("name", "value"),
        fit=renamed("about"),
    )  # fmt: skip
    page, texts = make_page(parse_asked([str(folder)]))
    made = html(page, texts)
    assert "<script" not in made
    assert "alert" in made


def test_a_quick_answer_says_how_much_wider_its_intervals_are(whole: Whole, tmp_path: Path) -> None:
    folder = changed(whole, tmp_path)
    path = folder / "funding_curve.parquet"
    table = pq.read_table(path)
    settings = json.loads(table.schema.metadata[b"waterbed.settings"]) | {"quick": True}
    for each in folder.glob("*.parquet"):
        one = pq.read_table(each)
        pq.write_table(
            one.replace_schema_metadata({**one.schema.metadata, b"waterbed.settings": json.dumps(settings).encode()}),
            each,
        )
    (notice,) = (n.text for n in page_of(folder).notices if n.text.startswith("Quick"))
    # t quantiles of 3 and 29 degrees of freedom, over the roots of 4 and 30.
    times = (3.182446 / math.sqrt(4)) / (2.045230 / math.sqrt(30))
    assert f"about {number(times)} times as wide" in notice
    assert "4 replications instead of 30" in notice


def test_what_would_change_the_plan_is_that_of_the_results(whole: Whole, page: Page) -> None:
    (change,) = (one for one in page.answers if one.label.startswith("What would change"))
    for row in whole.rows("detection"):
        if row["budget_eur_million"] == 10 and row["what"] == "another plan is better, below":
            at = float(str(row["changes_at"]))
            assert significant(at if math.isfinite(at) else float(str(row["looked_to"]))) in change.text
    cells = figure(page, "detection").table.rows
    assert [cell[2] for cell in cells] == [
        significant(float(str(row["changes_at"]))) for row in whole.rows("detection")
    ]
    names = {str(row["parameter"]) for row in whole.rows("sensitivity")}
    assert {cell[-1] for cell in figure(page, "sensitivity").table.rows} == names
    values = [row for row in whole.rows("information") if row["budget_eur_million"] == 10]
    assert sorted(cell[1] for cell in figure(page, "information").table.rows) == sorted(
        significant(float(str(row["value_t"]))) for row in values
    )


@pytest.mark.parametrize(("language", "heading"), [("de", "Wohin das Geld gehen soll"), ("fr", "Où affecter l'argent")])
def test_headings_are_translated(whole: Whole, language: str, heading: str) -> None:
    assert heading in [section.title for section in page_of(whole.folder, f"language={language}").sections]
