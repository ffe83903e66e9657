"""Answers as a workbook: assumptions first, units in headers, texts that stay texts, numbers that stay numbers."""

from __future__ import annotations

import datetime
import math
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.funding.workbook_out import workbook_bytes
from experiments.stress_tables import table_of_rows
from sim.funding_tables import FUNDING_ASSUMPTIONS
from sim.recorder import Column, make_table, table_schema

CURVE = table_schema(
    (
        Column("rule", pa.dictionary(pa.int32(), pa.string()), "", "allocation rule"),
        Column("budget_cents", pa.int64(), "cents", "EU money"),
        Column("kept_off_t", pa.float64(), "t/yr", "less landed than with no money"),
        Column("note", pa.string(), "", "what there is to say"),
        Column("is_resolved", pa.bool_(), "", "whether the interval excludes 0"),
        Column("ordered", pa.date32(), "", "when units are ordered"),
        Column("year", pa.int32(), "", "year"),
    ),
    "tonnes kept off by budget and rule",
)
NOTES = ["=1+1", "+A1", "@SUM(A1)", "-2", "https://example.org", "plain"]
TONNES = [0.0, 12.3456789012345, math.nan, math.inf, -1e-7, 3.0]


def assumption_table(*rows: tuple[str, str, str, str]) -> pa.Table:
    """Return the table of assumptions."""
    return table_of_rows(FUNDING_ASSUMPTIONS, iter(rows))


ASSUMED = assumption_table(("cofinancing share", "0.8", "share", "setting"), ("=worth", "@", "EUR/kg", "assumption"))


def curve() -> pa.Table:
    """Return a table with everything that is hard about cells."""
    columns = {
        "rule": [0, 1, 0, 1, 0, 1],
        "budget_cents": [0, 20_000_000_000, 10**14, 10**17 + 1, -5, 7],
        "kept_off_t": TONNES,
        "note": NOTES,
        "is_resolved": [True, False] * 3,
        "ordered": [datetime.date(2024, 1, 1)] * 6,
        "year": [2024] * 6,
    }
    return make_table(CURVE, columns, {"rule": ("adaptive", "=national")})


def written(folder: Path) -> openpyxl.Workbook:
    """Return the workbook of the curve as a spreadsheet program finds it."""
    (folder / "answers.xlsx").write_bytes(
        workbook_bytes({"curve": curve(), "assumptions": ASSUMED, "nothing": curve().slice(0, 0)})
    )
    return openpyxl.load_workbook(folder / "answers.xlsx")


def test_assumptions_come_first_then_contents(tmp_path: Path) -> None:
    """Contents lists every sheet and column with unit and meaning, assumptions included."""
    book = written(tmp_path)
    assert book.sheetnames == ["assumptions", "contents", "curve", "nothing"]
    rows = [[cell.value or "" for cell in row] for row in book["contents"].iter_rows()]
    assert rows[0] == ["sheet", "column", "unit", "about"]
    assert ["curve", "", "", "tonnes kept off by budget and rule"] in rows
    listed = {(row[0], row[1]): row[2:] for row in rows if row[1]}
    for name, table in (("curve", curve()), ("nothing", curve()), ("assumptions", ASSUMED)):
        for field in table.schema:
            said = [field.metadata[key].decode() for key in (b"unit", b"about")]
            assert listed[name, field.name] == said
    linked = {
        cell.value: cell.hyperlink.location for (cell,) in book["contents"].iter_rows(max_col=1) if cell.hyperlink
    }
    assert linked == {name: f"'{name}'!A1" for name in ("assumptions", "curve", "nothing")}


def test_units_are_in_the_headers(tmp_path: Path) -> None:
    book = written(tmp_path)
    headers = ["rule", "budget_cents [cents]", "kept_off_t [t/yr]", "note", "is_resolved", "ordered", "year"]
    for name, rows in (("curve", 7), ("nothing", 1)):
        assert [cell.value for cell in book[name][1]] == headers
        assert (book[name].max_row, book[name].freeze_panes) == (rows, "A2")


def test_every_value_is_there(tmp_path: Path) -> None:
    """Numbers to fifteen digits; one with more is a text; what is no number is an empty cell."""
    cells = [[cell.value for cell in row] for row in written(tmp_path)["curve"].iter_rows(min_row=2)]
    rules, budgets, tonnes, notes, resolved, ordered, years = (list(column) for column in zip(*cells, strict=True))
    assert rules == ["adaptive", "=national"] * 3
    assert budgets == [0, 20_000_000_000, 10**14, "100000000000000001", -5, 7]
    assert tonnes == [0, pytest.approx(TONNES[1], rel=1e-15), None, "infinite", -1e-7, 3]
    assert (notes, resolved, years) == (NOTES, [True, False] * 3, [2024] * 6)
    assert ordered == [datetime.datetime(2024, 1, 1)] * 6


def test_what_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    """No cell of the file is a formula or an address, and texts that begin like one stay texts when edited."""
    book = written(tmp_path)
    notes = [row[3] for row in book["curve"].iter_rows(min_row=2)]
    assert [(cell.data_type, cell.quotePrefix) for cell in notes] == [("s", True)] * 4 + [("s", False)] * 2
    assert [cell.data_type for cell in book["assumptions"][3]] == ["s"] * 4
    assert not any(cell.hyperlink for cell in notes)
    with zipfile.ZipFile(tmp_path / "answers.xlsx") as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 4
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


def test_the_same_answers_are_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the hour; a file that was there is replaced, and nothing is left beside it."""
    written(tmp_path)
    first = (tmp_path / "answers.xlsx").read_bytes()
    (tmp_path / "answers.xlsx").write_bytes(b"old")
    written(tmp_path)
    assert (tmp_path / "answers.xlsx").read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == ["answers.xlsx"]


def test_a_table_read_from_parquet_is_written_alike(tmp_path: Path) -> None:
    written(tmp_path)
    pq.write_table(curve(), tmp_path / "curve.parquet")
    tables = {
        "assumptions": ASSUMED,
        "curve": pq.read_table(tmp_path / "curve.parquet"),
        "nothing": curve().slice(0, 0),
    }
    assert workbook_bytes(tables) == (tmp_path / "answers.xlsx").read_bytes()


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ({"curve": curve()}, "no table 'assumptions'"),
        ({"assumptions": ASSUMED, "contents": curve()}, "cannot be named 'contents'"),
        ({"assumptions": ASSUMED, "by port/type": curve()}, "cannot be named 'by port/type'"),
        ({"assumptions": ASSUMED, "n" * 32: curve()}, "cannot be named 'nnn"),
        ({"assumptions": ASSUMED, "curve": curve(), "Curve": curve()}, "the same name but for capitals"),
        (
            {"assumptions": assumption_table(("n" * 32_768, "", "", ""))},
            "a text of 32768 letters; a cell holds 32767",
        ),
        ({"assumptions": ASSUMED, "list": pa.table({"units": [[1, 2]]})}, "sheet 'list', row 2: list has no cell"),
        ({"assumptions": ASSUMED, "long": pa.table({"row": range(1_048_576)})}, "has 1048576 rows; a sheet holds"),
    ],
)
def test_what_does_not_fit_is_refused(tables: dict[str, pa.Table], complaint: str) -> None:
    """A spreadsheet would cut it off or leave it out in silence."""
    with pytest.raises(ValueError, match=complaint):
        workbook_bytes(tables)
