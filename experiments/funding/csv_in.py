"""Read a sheet from CSV: fields between commas, numbers with a decimal point, UTF-8."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from experiments.funding.input_cells import EMPTY, Complaints, InputCell, InputGrid
from experiments.funding.workbook_guard import MOST_COLUMNS, MOST_ROWS, check_size
from scenarios.errors import InputError

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
_BOOLEANS = ("true", "false")


def read_csv_grid(path: Path, sheet: str, complaints: Complaints) -> InputGrid | None:
    """Return the cells of a CSV file, or None if it cannot be read as one.

    Args:
        path: the file.
        sheet: the sheet that it stands for.
        complaints: takes what is wrong.
    """
    try:
        check_size(path.stat().st_size, f"sheet {sheet}")
    except InputError as error:
        complaints.messages.append(str(error))
        return None
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        complaints.add(sheet, row, 1, "", f"byte {content[error.start]:#x} is not UTF-8", "a file saved as CSV UTF-8")
        return None
    header = text.partition("\n")[0]
    if ";" in header or "\t" in header:
        mark = "semicolons" if ";" in header else "tabs"
        complaints.add(sheet, 1, 1, "", f"fields are separated by {mark}", "commas, and decimal points in numbers")
        return None
    rows: list[tuple[int, tuple[InputCell, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    try:
        for fields in reader:
            if len(rows) >= MOST_ROWS or len(fields) > MOST_COLUMNS:
                place = f"{len(rows) + 1} rows or {len(fields)} columns"
                complaints.add_sheet(sheet, f"it has {place}", f"{MOST_ROWS} rows and {MOST_COLUMNS} columns")
                return None
            rows.append((begin, tuple(_cell(one) for one in fields)))
            begin = reader.line_num + 1
    except csv.Error as error:
        complaints.add(sheet, begin, 1, "", f"it is damaged ({error})", "fields between commas")
        return None
    return InputGrid(sheet, rows[0][1] if rows else (), tuple(rows[1:]))


def _cell(field: str) -> InputCell:
    """Return what a field is; a number is one by its looks alone."""
    text = field.strip()
    if not text:
        return EMPTY
    if text.startswith("="):
        return InputCell("formula", text)
    if text.upper() in _ERRORS:
        return InputCell("error", text)
    if text.lower() in _BOOLEANS:
        return InputCell("boolean", text)
    if _NUMBER.fullmatch(text):
        return InputCell("number", text, float(text))
    return InputCell("text", text)
