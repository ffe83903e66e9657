"""Files that were filled in wrongly: each kind with its whole message, and all that is wrong in one go."""

from __future__ import annotations

import datetime
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from experiments.funding.workbook_guard import MOST_BYTES
from tests.workbook_cases import changed, complaints, filled_in, read, repacked

PRICE = "sheet equipment, row 2, column D (price [EUR]): "
EUROS = "; allowed: a number from 1 to 100000000, in whole cents."
COMMA = EUROS.removesuffix(".") + ", entered as a number (in CSV: with a decimal point)."
SHEETS = ("question", "ports", "equipment")
Change = Callable[[Any], object]


def cell(sheet: str, place: str, value: object) -> Change:
    """Return the change of one cell."""

    def change(book: Any) -> None:
        book[sheet][place] = value

    return change


def shown_as(looks: str) -> Change:
    """Return the change of how the first price looks."""

    def change(book: Any) -> None:
        book["equipment"]["D2"].number_format = looks

    return change


def all_no(book: Any) -> None:
    for row in (2, 3, 4):
        book["ports"][f"C{row}"] = "no"


def hidden(what: str) -> Change:
    """Return a change that hides a row, a column or all of the ports."""

    def change(book: Any) -> None:
        sheet = book["ports"]
        if what == "row":
            sheet.row_dimensions[3].hidden = True
        elif what == "column":
            sheet.column_dimensions["C"].hidden = True
        else:
            sheet.sheet_state = "hidden"

    return change


CELLS: dict[str, tuple[Change, str]] = {
    "missing sheet": (
        lambda book: book.remove(book["ports"]),
        "sheet ports: it is missing; allowed: a workbook with sheets question, ports, equipment.",
    ),
    "further sheet": (
        lambda book: book.create_sheet("ports (2)"),
        "sheet ports (2): it is not one of the template; allowed: sheets read_me, question, ports, equipment.",
    ),
    "empty sheet": (
        lambda book: book["ports"].delete_rows(1, 10),
        "sheet ports: it is empty; allowed: the headers of the template, and rows.",
    ),
    "no rows": (
        lambda book: book["ports"].delete_rows(2, 10),
        "sheet ports: it has headers and no rows; allowed: at least one row.",
    ),
    "text in a number": (cell("equipment", "D2", "two million"), f"{PRICE}'two million' is a text{EUROS}"),
    "number as text": (cell("equipment", "D2", "2160000"), f"{PRICE}'2160000' is a text{EUROS}"),
    "number with its unit": (cell("equipment", "D2", "2160000 EUR"), f"{PRICE}'2160000 EUR' is a text{EUROS}"),
    "comma decimals": (
        cell("equipment", "D2", "12,5"),
        f"{PRICE}'12,5' is text with a comma, which is not guessed{COMMA}",
    ),
    "points and a comma": (
        cell("equipment", "D2", "2.160.000,50"),
        f"{PRICE}'2.160.000,50' is text with a comma, which is not guessed{COMMA}",
    ),
    "empty cell": (cell("equipment", "D2", None), f"{PRICE}the cell is empty{EUROS}"),
    "negative price": (cell("equipment", "D2", -5), f"{PRICE}'-5' is out of range{EUROS}"),
    "part of a cent": (cell("equipment", "D2", 5.123), f"{PRICE}'5.123' has parts of a cent{EUROS}"),
    "boolean in a number": (cell("equipment", "D2", True), f"{PRICE}'TRUE' is true or false{EUROS}"),
    "date in a number": (
        cell("equipment", "D2", datetime.date(2024, 5, 1)),
        f"{PRICE}'2024-05-01 00:00:00' is a date{EUROS}",
    ),
    "error": (cell("equipment", "D2", "#N/A"), f"{PRICE}'#N/A' is an error{EUROS}"),
    "formula": (
        cell("equipment", "D2", "=2*1080000"),
        f"{PRICE}'=2*1080000' is a formula, and formulas are not evaluated{EUROS}",
    ),
    "array formula": (
        cell("equipment", "D2", ArrayFormula("D2:D3", "=E2:E3*2")),
        f"{PRICE}'=E2:E3*2' is a formula, and formulas are not evaluated{EUROS}",
    ),
    "other currency in a format": (
        shown_as("[$$-409]#,##0.00"),
        f"{PRICE}'2160000' is shown in $" + EUROS,
    ),
    "other currency as a word": (shown_as('#,##0 "PLN"'), f"{PRICE}'2160000' is shown in PLN{EUROS}"),
    "other currency in a header": (
        cell("equipment", "D1", "price [USD]"),
        "sheet equipment, row 1, column D: header 'price [USD]' has the unit USD; "
        "allowed: 'price [EUR]', for nothing is converted.",
    ),
    "header without unit": (
        cell("equipment", "D1", "price"),
        "sheet equipment, row 1, column D: header 'price' has no unit; "
        "allowed: 'price [EUR]', for nothing is converted.",
    ),
    "header that is a formula": (
        cell("ports", "B1", "=A1"),
        "sheet ports, row 1, column B: '=A1' is a formula, and formulas are not evaluated; "
        "allowed: a header of the template.",
    ),
    "missing column": (
        lambda book: book["equipment"].delete_cols(4),
        "sheet equipment: column 'price [EUR]' is missing; allowed: all columns of the template.",
    ),
    "unknown column": (
        cell("ports", "D1", "colour"),
        "sheet ports, row 1, column D: header 'colour' is not known; "
        "allowed: 'port [UN/LOCODE]', 'name', 'may get equipment'.",
    ),
    "column twice": (
        cell("ports", "D1", "name"),
        "sheet ports, row 1, column D: header 'name' occurs twice; allowed: once.",
    ),
    "values without a header": (
        cell("ports", "E3", "why not"),
        "sheet ports, row 1, column E: there are values without a header; allowed: a header.",
    ),
    "unknown port": (
        cell("ports", "A2", "BEXXX"),
        "sheet ports, row 2, column A (port [UN/LOCODE]): 'BEXXX' is not known; allowed: BEANR, FRLEH, NLRTM.",
    ),
    "port with a space": (
        cell("ports", "A2", "BE ANR"),
        "sheet ports, row 2, column A (port [UN/LOCODE]): 'BE ANR' is not known (did you mean BEANR?); "
        "allowed: BEANR, FRLEH, NLRTM.",
    ),
    "port that is a number": (
        cell("ports", "A2", 7),
        "sheet ports, row 2, column A (port [UN/LOCODE]): '7' is a number; allowed: BEANR, FRLEH, NLRTM.",
    ),
    "name of another port": (
        cell("ports", "B2", "Rotterdam"),
        "sheet ports, row 2, column B (name): 'Rotterdam' is not the name of BEANR; allowed: 'Antwerpen', or empty.",
    ),
    "row twice": (
        lambda book: book["ports"].append(["NLRTM", None, "yes"]),
        "sheet ports, row 5, column A (port [UN/LOCODE]): 'NLRTM' is also in row 3; allowed: each once.",
    ),
    "neither yes nor no": (
        cell("ports", "C2", "oui"),
        "sheet ports, row 2, column C (may get equipment): 'oui' is neither; allowed: yes or no.",
    ),
    "no candidate": (all_no, "sheet ports: no row has yes in 'may get equipment'; allowed: at least one."),
    "unknown equipment": (
        cell("equipment", "A2", "mobile_x-ray"),
        "sheet equipment, row 2, column A (equipment): 'mobile_x-ray' is not known (did you mean mobile_xray?); "
        "allowed: dog_team, mobile_xray.",
    ),
    "half a post": (
        cell("equipment", "K2", 15.5),
        "sheet equipment, row 2, column K (staff [posts]): '15.5' is not whole; allowed: a whole number from 0 to 100.",
    ),
    "image detection of one scanner": (
        cell("equipment", "L2", 0.9),
        "sheet equipment, row 2, column L (rip on detection [share]): '0.9' is given for a scanner; "
        "allowed: an empty cell, for the model has one number for all scanners.",
    ),
    "percent instead of a share": (
        cell("equipment", "L3", 40),
        "sheet equipment, row 3, column L (rip on detection [share]): '40' is out of range; "
        "allowed: a number from 0 to 1.",
    ),
    "budget in euros": (
        cell("question", "A4", 200_000_000),
        "sheet question, row 4, column A (budget [EUR million]): '200000000' is out of range; "
        "allowed: a number from 0 to 10000, in whole cents.",
    ),
    "budgets that do not rise": (
        cell("question", "A4", 50),
        "sheet question, row 4, column A (budget [EUR million]): '50' is not above the one before it (50); "
        "allowed: budgets that rise.",
    ),
    "merged cells": (
        lambda book: book["ports"].merge_cells("A2:B3"),
        "sheet ports, row 2, column A: cells A2:B3 are merged; allowed: cells that are not merged.",
    ),
    "hidden row": (
        hidden("row"),
        "sheet ports, row 3, column A: the row is hidden; allowed: rows that are seen.",
    ),
    "hidden column": (
        hidden("column"),
        "sheet ports, row 1, column C: column C is hidden; allowed: columns that are seen.",
    ),
    "hidden sheet": (hidden("sheet"), "sheet ports: it is hidden; allowed: sheets that are seen."),
}


@pytest.mark.parametrize("kind", CELLS)
def test_a_wrong_cell_is_named(tmp_path: Path, kind: str) -> None:
    """Sheet, row, column, value, what is allowed; and nothing that only follows from it."""
    change, message = CELLS[kind]
    assert complaints(changed(tmp_path / "bad.xlsx", change)) == [
        "FILE: one thing is wrong, and nothing was read.",
        message,
    ]


@pytest.mark.parametrize(
    "looks", ["#,##0.00\\ [$€-407];[Red]-#,##0.00\\ [$€-407]", '#,##0 "EUR"', "[$-409]#,##0", "0%"]
)
def test_euros_and_languages_are_not_refused(tmp_path: Path, looks: str) -> None:
    assert read(changed(tmp_path / "good.xlsx", shown_as(looks))).equipment is not None


def test_all_that_is_wrong_comes_at_once(tmp_path: Path) -> None:
    """Sheet by sheet, row by row; no complaint hides another."""

    def change(book: Any) -> None:
        for one in (
            cell("question", "A2", "nought"), cell("question", "A4", 20), cell("ports", "A3", "NLRDAM"),
            cell("ports", "C4", 1), cell("equipment", "D1", "price [GBP]"), cell("equipment", "E2", "=1"),
            cell("equipment", "F3", 121), cell("equipment", "I3", "7,5"),
        ):  # fmt: skip
            one(book)
        book.create_sheet("notes")

    lines = complaints(changed(tmp_path / "bad.xlsx", change))
    assert lines[0] == "FILE: 9 things are wrong, and nothing was read."
    assert [line.split(";")[0] for line in lines[1:]] == [
        "sheet notes: it is not one of the template",
        "sheet question, row 2, column A (budget [EUR million]): 'nought' is a text",
        "sheet question, row 4, column A (budget [EUR million]): '20' is not above the one before it (50)",
        "sheet ports, row 3, column A (port [UN/LOCODE]): 'NLRDAM' is not known (did you mean NLRTM?)",
        "sheet ports, row 4, column C (may get equipment): '1' is a number",
        "sheet equipment, row 1, column D: header 'price [GBP]' has the unit GBP",
        "sheet equipment, row 2, column E (works [EUR]): '=1' is a formula, and formulas are not evaluated",
        "sheet equipment, row 3, column F (delivery [months]): '121' is out of range",
        "sheet equipment, row 3, column I (life [years]): '7,5' is text with a comma, which is not guessed",
    ]


def test_very_many_complaints_are_counted(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        for row in range(2, 302):
            book["question"][f"A{row}"] = "much"

    lines = complaints(changed(tmp_path / "bad.xlsx", change))
    assert (lines[0], len(lines)) == ("FILE: 300 things are wrong, and nothing was read.", 202)
    assert lines[-1] == "and 100 more."


def part(name: str, old: bytes, new: bytes) -> Change:
    """Return the change of a piece of a part."""

    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new, 1)

    return change


def added(name: str, content: bytes = b"<a/>") -> Change:
    """Return the addition of a part, or its replacement."""

    def change(parts: dict[str, bytes]) -> None:
        parts[name] = content

    return change


def many_parts(parts: dict[str, bytes]) -> None:
    parts |= {f"xl/part{row}.xml": b"<a/>" for row in range(301 - len(parts))}


SHEET = "xl/worksheets/sheet3.xml"
END = b"</sheetData>"
UTF_16 = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16")
FAR = f"part '{SHEET}' has a cell in row {{}}, column {{}}; allowed: at most row 5000 and column 60."
PARTS: dict[str, tuple[Change, str]] = {
    "macros": (
        added("xl/vbaProject.bin", b"code"),
        "it has macros ('xl/vbaProject.bin'); allowed: a workbook without macros.",
    ),
    "old macros": (
        added("xl/macrosheets/sheet1.xml"),
        "it has macros ('xl/macrosheets/sheet1.xml'); allowed: a workbook without macros.",
    ),
    "type of a workbook with macros": (
        part("[Content_Types].xml", b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml"),
        "it is a workbook with macros; allowed: a workbook without macros.",
    ),
    "links to other files": (
        added("xl/externalLinks/externalLink1.xml"),
        "it has links to other files or data ('xl/externalLinks/externalLink1.xml'); "
        "allowed: a workbook that stands alone.",
    ),
    "data from elsewhere": (
        added("xl/connections.xml"),
        "it has links to other files or data ('xl/connections.xml'); allowed: a workbook that stands alone.",
    ),
    "picture from elsewhere": (
        part(
            "xl/_rels/workbook.xml.rels", b"</Relationships>",
            b'<Relationship Id="r99" Type="http://schemas/image" Target="http://example.org/a.png" '
            b'TargetMode="External"/></Relationships>',
        ),
        "it is linked to 'http://example.org/a.png'; allowed: a workbook that stands alone.",
    ),
    "embedded object": (
        added("xl/embeddings/oleObject1.bin"),
        "it has embedded objects ('xl/embeddings/oleObject1.bin'); allowed: cells only.",
    ),
    "program": (added("xl/run.exe"), "it has a part 'xl/run.exe'; allowed: parts of a workbook, and pictures."),
    "document type": (
        part("xl/workbook.xml", b"<workbook", b"<!DOCTYPE a><workbook"),
        "part 'xl/workbook.xml' has a document type or entities; allowed: neither.",
    ),
    "entities in another encoding": (
        added("xl/styles.xml", UTF_16),
        "part 'xl/styles.xml' has a document type or entities; allowed: neither.",
    ),
    "part cut off": (
        part("xl/workbook.xml", b"</workbook>", b""),
        "part 'xl/workbook.xml' is damaged (no element found); allowed: an .xlsx file.",
    ),
    "sheet under another name": (
        part("xl/_rels/workbook.xml.rels", b"worksheets/sheet3.xml", b"worksheets/sheet3.png"),
        "its worksheet is in 'worksheets/sheet3.png'; allowed: parts that end with .xml.",
    ),
    "far row": (part(SHEET, END, b'<row r="5001"><c r="A5001"/></row>' + END), FAR.format(5001, 1)),
    "far corner": (part(SHEET, END, b'<row r="1048576"><c r="XFD1048576"/></row>' + END), FAR.format(1048576, 16384)),
    "far row without address": (part(SHEET, END, b'<row r="1048576"><c/></row>' + END), FAR.format(1048576, 1)),
    "far column without address": (part(SHEET, END, b"<row>" + b"<c/>" * 61 + b"</row>" + END), FAR.format(5, 61)),
    "far merged cells": (
        part(SHEET, END, END + b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        FAR.format(1048576, 16384),
    ),
    "very many merged cells": (
        part(SHEET, END, END + b'<mergeCells><mergeCell ref="A1:BH5000"/><mergeCell ref="A1:A2"/></mergeCells>'),
        f"part '{SHEET}' has too many merged or linked cells; allowed: none.",
    ),
    "address that is none": (
        part(SHEET, END, b'<row r="9"><c r="9A"/></row>' + END),
        f"part '{SHEET}' has a cell '9A'; allowed: A1 to BH5000.",
    ),
    "bomb": (
        added("xl/bomb.xml", b" " * (MOST_BYTES + 1)),
        "25.0 MB when unpacked; allowed: at most 25 MB.",
    ),
    "very many parts": (many_parts, "301 parts; allowed: at most 300."),
    "no workbook in it": (
        lambda parts: parts.pop("[Content_Types].xml"),
        "a zip file, but not a workbook; allowed: an .xlsx file.",
    ),
    "no sheet in it": (
        lambda parts: parts.pop("xl/workbook.xml"),
        "a damaged workbook (KeyError: \"There is no item named 'xl/workbook.xml' in the archive\"); "
        "allowed: an .xlsx file.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PARTS)
def test_an_unsafe_workbook_is_not_opened(tmp_path: Path, kind: str) -> None:
    change, message = PARTS[kind]
    path = repacked(tmp_path / "bad.xlsx", change)
    began = time.perf_counter()
    assert complaints(path) == [f"FILE: {message}"]
    assert time.perf_counter() - began < 20, "the reader would take far longer over cells that are far away"


def test_a_row_without_cells_may_be_far_away(tmp_path: Path) -> None:
    """Some programs write one at the very end."""
    path = repacked(tmp_path / "good.xlsx", part(SHEET, END, b'<row r="1048576" ht="12.8"/>' + END))
    assert read(path) == read(filled_in(tmp_path / "same.xlsx"))


def test_a_number_too_large_for_a_number(tmp_path: Path) -> None:
    change = part("xl/worksheets/sheet4.xml", b"<v>2160000</v>", b"<v>1E999</v>")
    assert complaints(repacked(tmp_path / "bad.xlsx", change))[1:] == [f"{PRICE}'inf' is out of range{EUROS}"]


def protected_zip() -> bytes:
    """Return a zip whose first part says that it has a password."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<a/>")
    content = bytearray(packed.getvalue())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def repeated_zip() -> bytes:
    """Return a zip with one part twice, of which readers may take either."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/styles.xml", "<a/>")
        archive.writestr("xl/stylez.xml", "<a/>")
    return packed.getvalue().replace(b"stylez", b"styles")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; allowed: a file that was made with --template and filled in."),
        (b"budget\n50\n", "not an .xlsx file, or a damaged one (File is not a zip file); allowed: an .xlsx file."),
        (
            b"\xd0\xcf\x11\xe0rest",
            "an older .xls file, or one with a password; allowed: an .xlsx file without password.",
        ),
        (bytes(MOST_BYTES + 100_000), "25.1 MB; allowed: at most 25 MB."),
        (protected_zip(), "part '[Content_Types].xml' has a password; allowed: a file without password."),
        (repeated_zip(), "part 'xl/styles.xml' occurs twice; allowed: once."),
    ],
    ids=["empty file", "not a zip", "old format", "huge file", "password", "part twice"],
)
def test_a_file_that_is_no_workbook(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(content)
    assert complaints(path) == [f"FILE: {message}"]


def test_endings_and_places(tmp_path: Path) -> None:
    for name in ("bad.xlsm", "bad.ods"):
        (tmp_path / name).write_bytes(b"x")
        ending = Path(name).suffix
        allowed = "allowed: .xlsx, .csv, or a folder of CSV files."
        assert complaints(tmp_path / name) == [f"FILE: a file with {ending}; {allowed}"]
    missing = "FILE: cannot be read (No such file or directory); allowed: a file or folder."
    assert complaints(tmp_path / "missing.xlsx") == complaints(tmp_path / "none" / "ports.csv") == [missing]
    (tmp_path / "folder").mkdir()
    names = "question.csv, ports.csv, equipment.csv"
    assert complaints(tmp_path / "folder") == [f"FILE: no CSV file in the folder; allowed: {names}."]


def test_looks_are_not_warned_of(tmp_path: Path) -> None:
    """A file of another program, with a note and a look that the reader does not know, is read without a warning."""

    def change(book: openpyxl.Workbook) -> None:
        book["ports"]["A2"].comment = openpyxl.comments.Comment("agreed in May", "somebody")
        book["ports"]["A3"].hyperlink = "https://example.org/port"

    assert read(changed(tmp_path / "good.xlsx", change)) == read(filled_in(tmp_path / "same.xlsx"))
