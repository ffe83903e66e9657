"""The page of a comparison: its numbers against the Parquet files, its pictures, and what it says when tables lack."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest

from experiments.cli import main
from experiments.contrasts import LEAST_FINDS, half_width
from experiments.displacement import analyst_view
from experiments.report.analyst import inferred_by_range, jackknife
from experiments.report.asked import parse_asked
from experiments.report.compared import Compared, total
from experiments.report.drawing import drawn, finished
from experiments.report.flow_maps import flow_by_way, flow_section, goal_of, single_ports
from experiments.report.flow_reading import eu_port_flow_g
from experiments.report.identities import identity_section
from experiments.report.indicators import herfindahl_by_run
from experiments.report.kinds import Told, body
from experiments.report.over_time import moving_sum, moving_width
from experiments.report.page import NARROW, WIDE, Notice, Section, Table
from experiments.report.place_names import place_name, range_name
from experiments.report.port_table import ILLUSTRATIVE
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.report.views_section import masses_by_cell
from experiments.report.waterfall import OPEN, Step, waterfall
from experiments.report.wrapping import wrapped_within
from experiments.screen import number, with_interval, with_spread
from experiments.summary import NON_EU, cell_of, eu_ports
from scenarios.assumptions import PORT_RANGES
from scenarios.build_world import build_world
from scenarios.load_case import load_case
from tests.report_cases import CONTRAST, SMALL, written

NATIONAL, ALLIANCE = "national_rule", "alliance_rule"
WINDOW = "month between 202401 and 202412"


def run(root: Path, *words: str) -> Path:
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["compare", *SMALL, f"results={root}", "workers=1", *words]) == 0
    return next(path for path in root.iterdir() if path.name.startswith("compare-"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = (f"arms=[{NATIONAL},{ALLIANCE}]", "replications=2", "most_replications=2")
    return run(tmp_path_factory.mktemp("pair"), *words)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("alone"), f"arms=[{NATIONAL}]", "replications=1", "most_replications=1")


def compared_of(folder: Path, *words: str) -> Compared:
    return Compared(Told(Source(folder), (), Texts("en"), parse_asked([str(folder), *words])))


def sections_of(folder: Path, *words: str) -> dict[str, Section]:
    return {section.key: section for section in body(compared_of(folder, *words).told).sections}


def tables_of(section: Section) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the rows of all tables of a section, those under figures among them, by title and first cell."""
    tables = [block for block in section.blocks if isinstance(block, Table)]
    tables += [figure.table for figure in section.figures()]
    return {table.title: {row[0]: row[1:] for row in table.rows} for table in tables}


def words_of(section: Section) -> str:
    return repr(section)


def ask(folder: Path, table: str, select: str, where: str = "true") -> list[tuple[float, ...]]:
    """Return both arms' two replications of a number, national first: shape (arm, replication)."""
    path = folder / f"{table}.parquet"
    query = (
        f"""select arm::varchar, replication, {select} from '{path}' where {where} group by all order by 1 desc, 2"""
    )
    rows = duckdb.sql(query).fetchall()
    return [tuple(float(row[2]) for row in rows if row[0] == arm) for arm in (NATIONAL, ALLIANCE)]


def cell(values: tuple[float, ...], digits: int) -> str:
    array = np.array(values)
    return with_spread(float(array.mean()), half_width(array), digits).replace("+-", "±")


def test_table_of_regimes_has_the_sums_of_the_runs(folder: Path) -> None:
    (rows,) = [rows for title, rows in tables_of(sections_of(folder)["regimes"]).items() if "Each regime" in title]
    for arm, landed in zip((NATIONAL, ALLIANCE), ask(folder, "runs", "sum(landed_g) / 1e6"), strict=True):
        assert rows[arm][0] == cell(landed, 0)


def test_contrasts_are_those_of_the_table(folder: Path) -> None:
    section = sections_of(folder)["regimes"]
    (row,) = section.figures()[0].table.rows
    query = f"select low, high, difference from '{folder}/contrasts.parquet' where outcome = 'landed'"
    ((low, high, value),) = duckdb.sql(query).fetchall()
    assert row[1] == with_interval(-value, -high, -low)


def test_first_identity_adds_up_to_what_is_kept_off(folder: Path) -> None:
    figure = sections_of(folder)["i1"].figures()[0]
    landed = np.array(ask(folder, "runs", "sum(landed_g) / 1e6")).mean(axis=1)
    assert figure.table.rows[-1][1] == number(float(landed[0] - landed[1]), 1, sign=True)


def test_flow_to_eu_ports_is_that_of_the_second_identity(folder: Path) -> None:
    """Counted from parcels here, from summaries there; equal to the gram."""
    flow = eu_port_flow_g(compared_of(folder)).mean(axis=1) / 1e6
    cells = duckdb.sql(f"select cell::varchar, difference_t from '{folder}/identities.parquet' where identity = 'I2'")
    change = sum(t for name, t in cells.fetchall() if name == "north_range")
    assert flow[1] - flow[0] == pytest.approx(change, abs=1e-9)


def test_map_of_controls_has_the_boxes_of_the_lines(folder: Path) -> None:
    figure = sections_of(folder)["controls"].figures()[0]
    boxes = ask(folder, "line_month", "sum(drug_tasked_boxes) / 1e3", f"place::varchar = 'NLRTM' and {WINDOW}")
    rows = {row[0]: row[1:] for row in figure.table.rows}
    assert rows["Rotterdam (NLRTM)"][:2] == tuple(cell(values, 1) for values in boxes)


def test_map_of_flow_has_all_that_was_dispatched(folder: Path) -> None:
    """Summed over ways it is the flow of port_month, to the printed digit of each way."""
    rows = sections_of(folder)["flows"].figures()[0].table.rows
    shown = sum(float(row[1].partition(" ")[0].replace(",", "")) for row in rows)
    flow = np.mean(ask(folder, "port_month", "sum(dispatched_g) / 1e6", WINDOW)[0])
    assert shown == pytest.approx(flow, abs=0.05 * len(rows))


def test_no_named_port_can_be_told_from_sums_and_differences() -> None:
    """No sum or difference of anything shown by range is the flow of one port, nor of all but one."""
    case = load_case(["world=eu"])
    world = build_world(case.world, case.parameters, case.good)
    known = eu_ports(world)
    coasts = [(f"coast:{name}", name) for name in world.coasts.name]
    places = [*zip(world.entry.code, world.entry.port_range, strict=True), *coasts]
    shown = [[cell_of(*place, known) for place in places], [goal_of(*place, known) for place in places]]
    sums = np.array([[name == cell for name in names] for names in shown for cell in dict.fromkeys(names)], float)
    assert sums.shape[0] >= 20
    rank = np.linalg.matrix_rank(sums)
    for row, (code, _) in enumerate(places):
        if not code.startswith("coast:"):
            alone = np.eye(len(places))[row]
            assert np.linalg.matrix_rank(np.vstack([sums, alone])) == rank + 1, code


def test_ranges_of_the_map_are_those_of_the_views(folder: Path) -> None:
    """EU ports and coast of the tables make the range of the map; Hamburg, taken as outside the EU, is in neither."""
    compared = compared_of(folder)
    compared.__dict__["eu_ports"] = compared.eu_ports - {"DEHAM"}
    seen: dict[str, float] = {}
    for (_, goal), values in flow_by_way(compared).items():
        seen[str(goal)] = seen.get(str(goal), 0.0) + float(values[0].sum())
    views = {name: float(values[0].sum()) for name, values in masses_by_cell(compared, "dispatched_g").items()}
    assert set(seen) == {"north_range", NON_EU}
    assert set(views) == {"north_range", "coast:north_range"}
    assert seen["north_range"] == pytest.approx(views["north_range"] + views["coast:north_range"])
    (hamburg,) = [v for key, v in compared.flows["dispatched_g"].items() if key[0] == "DEHAM"]
    assert seen[NON_EU] == pytest.approx(float(hamburg[0].sum()) / 1e6)
    assert single_ports(compared) == [NON_EU]
    assert any(isinstance(block, Notice) and ILLUSTRATIVE in block.text for block in flow_section(compared).blocks)


def test_a_range_has_one_name_for_each_set_of_members() -> None:
    texts = Texts("en")
    names = [place_name(texts, f"{coast}{name}") for name in PORT_RANGES for coast in ("", "coast:")]
    names += [range_name(texts, name) for name in (*PORT_RANGES, NON_EU)]
    assert len(set(names)) == len(names)
    assert place_name(texts, "british_isles") == "Ireland, EU ports"


def test_interception_by_range_is_that_of_the_record_of_the_run(folder: Path) -> None:
    (rows,) = [rows for title, rows in tables_of(sections_of(folder)["views"]).items() if "intercepted" in title]
    where = f"port_range::varchar = 'north_range' and place::varchar not like 'coast:%' and {WINDOW}"
    columns = ("sum(seized_g)", "sum(landed_g)", "sum(finds)")
    seized, landed, finds = (np.array(ask(folder, "port_month", column, where)) for column in columns)
    row = rows["North Range, EU ports"]
    share = 100 * seized.sum(axis=1) / (seized + landed).sum(axis=1)
    assert [cell.partition(" ")[0] for cell in row[:2]] == [number(float(value), 1) for value in share]
    assert (row[-1] == "yes") == (finds[0].mean() >= LEAST_FINDS)


def test_a_part_that_is_not_resolved_has_a_question_mark_and_is_not_named(folder: Path) -> None:
    steps = [Step("a", 3.0, 1.0, 5.0), Step("b", -9.0, -20.0, 2.0), Step("c", 1.0, np.nan, np.nan)]
    rows = waterfall(steps, "t")(WIDE)["layer"][0]["data"]["values"]
    assert [OPEN in row["label"] for row in rows] == [False, True, True]
    for key in ("i1", "i2"):
        figure = sections_of(folder)[key].figures()[0]
        named = figure.about.partition("resolved: ")[2]
        query = (
            f"select low_t, high_t, difference_t from '{folder}/identities.parquet' where identity = '{key.upper()}'"
        )
        for low, high, value in duckdb.sql(query).fetchall():
            if value and low <= 0 <= high:
                assert f"{with_interval(value, low, high, 1)} t" not in named
        assert figure.table.title == figure.title


@pytest.mark.parametrize(("treated", "is_rest"), [("NLRTM", True), ("coast:north_range", False), ("", False)])
def test_the_range_of_a_treated_port_is_the_rest_of_it(treated: str, is_rest: bool, tmp_path: Path) -> None:
    changes = (("north_range", 3.0), (NON_EU, -3.0))
    rows = [(CONTRAST, "I2", cell, 2, change, change - 1, change + 1) for cell, change in changes]
    root = written(tmp_path, "ledger", {"identities": rows}, *([f"treated={treated}"] if treated else []))
    table = identity_section(Source(root), Texts("en"), CONTRAST, "I2").figures()[0].table
    assert [row[0].startswith("rest of") for row in table.rows if "North Range" in row[0]] == [is_rest]


def test_inferred_flow_is_that_of_the_analyst_view(folder: Path) -> None:
    compared = compared_of(folder)
    world, believed = compared.world, compared.case.parameters.tips.anchor_interception
    codes = [*world.entry.code, *(f"coast:{name}" for name in world.coasts.name)]
    where = f"arm::varchar = '{NATIONAL}' and {WINDOW} group by 1"
    seized, boxes = (
        dict(
            duckdb.sql(
                f"select place::varchar, sum({column}) / 2 from '{folder}/{name}.parquet' where {where}"
            ).fetchall()
        )
        for name, column in (("port_month", "seized_g"), ("line_month", "drug_tasked_boxes"))
    )
    at_risk = [*world.at_risk_boxes * 366 / 365.25, *[0.0] * len(world.coasts.name)]
    effort = [float(boxes.get(code, 0)) / n if n else 0.0 for code, n in zip(codes, at_risk, strict=True)]
    view = analyst_view([float(seized.get(code, 0)) for code in codes], effort, believed)
    expected = sum(flow for code, flow in zip(codes, view.flow, strict=True) if not code.startswith("coast:")) / 1e6
    value, low, high = inferred_by_range(compared)["north_range"][0]
    assert value == pytest.approx(expected, rel=1e-3)  # the year of at-risk boxes cancels out but for coasts
    assert low < value < high


def test_accounts_and_reports_are_those_of_the_tables(folder: Path) -> None:
    sections = sections_of(folder)
    committed = ask(folder, "accounts", "sum(committed) / 1e8", "account::varchar = 'programme'")
    accounts = {k: v for rows in tables_of(sections["accounts"]).values() for k, v in rows.items()}
    assert accounts[f"{ALLIANCE}: running and programme, EUR m"][1] == cell(committed[1], 1)
    reports = ask(folder, "reports", "sum(reports)", WINDOW)
    kpis = {k: v for rows in tables_of(sections["kpi"]).values() for k, v in rows.items()}
    assert kpis["reports received from staff, a year"][:2] == tuple(cell(values, 0) for values in reports)


def test_trade_cost_is_that_of_the_runs(folder: Path) -> None:
    compared = compared_of(folder)
    parts = [total(compared.trade[name]) for name in ("delay_eur", "handling_eur", "demurrage_eur")]
    assert np.sum(parts, axis=0) == pytest.approx(np.array(ask(folder, "runs", "sum(trade_cost_eur)")))


def test_means_are_shown_to_be_equal(folder: Path) -> None:
    shown = {k[:2]: v[0] for rows in tables_of(sections_of(folder)["accounts"]).values() for k, v in rows.items()}
    assert "the same in all 2 regimes" in shown["E1"]
    assert "in all 2 regimes. By state and account, too." in shown["E2"]
    assert shown["E4"].startswith("Holds in all")
    assert "no pair of regimes with frozen stock" in shown["E6"]


@pytest.mark.parametrize("which", ["folder", "alone"])
def test_every_figure_has_marks_in_both_widths(which: str, request: pytest.FixtureRequest) -> None:
    figures = [figure for s in sections_of(request.getfixturevalue(which)).values() for figure in s.figures()]
    assert len({figure.key for figure in figures}) == len(figures) >= 9
    for figure in figures:
        for format_ in (WIDE, NARROW):
            picture = drawn(finished(figure, format_), "svg").decode()
            assert "NaN" not in picture, figure.key
            assert picture.count("<path") > len(figure.table.rows), figure.key
            assert len(picture) < 250_000, figure.key


def test_one_regime_has_no_contrast_and_no_interval(alone: Path) -> None:
    sections = sections_of(alone)
    assert not {"i1", "i2"} & set(sections)
    assert "nothing is compared" in words_of(sections["regimes"])
    assert all("±" not in words_of(sections[key]) for key in ("regimes", "trade", "kpi"))
    assert "each is drawn as a line" in words_of(sections["time"])


TABLES = (
    "line_month", "port_month", "trade_month", "market_month", "consignments", "parcels", "lots", "accounts",
    "control_month", "reports", "cases", "organisation_month",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_results_without_a_table_are_shown_without_it(name: str, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "compare"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(f"{name}.parquet"))
    sections = sections_of(copy)
    assert {"regimes", "controls", "flows", "views", "time", "trade", "ports", "accounts", "kpi"} <= set(sections)
    said = [block.text for s in sections.values() for block in s.blocks if isinstance(block, Notice)]
    if name in ("line_month", "port_month", "trade_month", "market_month", "consignments", "accounts", "control_month"):
        assert any(name in text for text in said)


def test_true_flow_of_a_named_port_is_not_shown(folder: Path) -> None:
    """Neither in tables nor in pictures; in the indicators the weakest port is a value without a name."""
    sections = sections_of(folder)
    for key in ("flows", "i1", "i2", "views", "time", "kpi"):
        written = words_of(sections[key]) + "".join(str(f.draw(WIDE)) for f in sections[key].figures())
        assert not [n for n in ("Rotterdam", "NLRTM", "Antwerp", "BEANR", "Hamburg (DEHAM)") if n in written], key
    assert ILLUSTRATIVE not in words_of(sections["ports"])


def test_asked_for_it_is_illustrative(folder: Path) -> None:
    section = sections_of(folder, "show=ports")["ports"]
    (title,) = [title for title in tables_of(section) if "True flow" in title]
    assert ILLUSTRATIVE in title
    assert any(isinstance(block, Notice) and ILLUSTRATIVE in block.text for block in section.blocks)
    flow = ask(folder, "port_month", "sum(dispatched_g) / 1e6", f"place::varchar = 'DEHAM' and {WINDOW}")
    assert tables_of(section)[title]["Hamburg (DEHAM)"][0] == cell(flow[0], 1)


def test_moving_sums_by_hand() -> None:
    by_month = {month: np.array([[float(month)]]) for month in (1, 2, 3, 4)}
    assert moving_sum(by_month, 3).tolist() == [[[6.0, 9.0]]]
    assert moving_sum(by_month, 1).tolist() == [[[1.0, 2.0, 3.0, 4.0]]]
    assert [moving_width(months) for months in (84, 14, 3)] == [12, 3, 1]


def test_jackknife_of_a_mean_is_its_t_interval() -> None:
    values = np.array([3.0, 5.0, 4.0, 9.0])
    mean, low, high = jackknife(lambda chosen: np.array([values[chosen].mean()]), values.size)
    assert mean[0] == 5.25
    assert high[0] - mean[0] == pytest.approx(half_width(values))
    assert mean[0] - low[0] == pytest.approx(half_width(values))


def test_concentration_by_run() -> None:
    masses = {("a",): np.array([[1.0, 2.0]]), ("b",): np.array([[1.0, 0.0]]), ("c",): np.array([[2.0, 0.0]])}
    assert herfindahl_by_run(masses).tolist() == [[0.375, 1.0]]


def test_names_are_wrapped_between_words() -> None:
    assert wrapped_within("Western Med., outside terminals", 122) == ["Western Med.,", "outside terminals"]
    assert wrapped_within("", 122) == [""]
