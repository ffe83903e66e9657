"""Answers as a workbook: assumptions first, then contents, then a sheet an answer with units in its headers."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

ASSUMPTIONS, CONTENTS = "assumptions", "contents"
_MOST_ROWS = 1_048_575
_MOST_TEXT = 32_767
_MOST_NAME = 31
_MOST_EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number; longer ones are written as text."""
_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
_WRITTEN = datetime(1980, 1, 1)
"""Date inside the file, so that the same answers are the same bytes."""


def workbook_bytes(tables: Mapping[str, pa.Table]) -> bytes:
    """Return the workbook of tables, a sheet each.

    Args:
        tables: by the name of the sheet, in order; one of them is ``assumptions``, which comes first. Units and
            meanings are those of the fields, the sentence of the table that of its schema (sim.recorder.table_schema).

    Raises:
        ValueError: there are no assumptions, or a name, type or text does not fit into a spreadsheet.
    """
    import xlsxwriter

    _check_names(tables)
    order = [ASSUMPTIONS, *(name for name in tables if name != ASSUMPTIONS)]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _WRITTEN})
        pen = _Pen(book)
        first = book.add_worksheet(ASSUMPTIONS)
        pen.write_table(first, ASSUMPTIONS, tables[ASSUMPTIONS])
        _write_contents(pen, book.add_worksheet(CONTENTS), {name: tables[name] for name in order})
        for name in order[1:]:
            pen.write_table(book.add_worksheet(name), name, tables[name])
    return content.getvalue()


def header_of(field: pa.Field) -> str:
    """Return the header of a column: its name, and its unit if it has one."""
    unit = _said(field.metadata, b"unit")
    return f"{field.name} [{unit}]" if unit else str(field.name)


def _said(metadata: Mapping[bytes, bytes] | None, key: bytes) -> str:
    return (metadata or {}).get(key, b"").decode()


def _check_names(tables: Mapping[str, pa.Table]) -> None:
    """Check that every table can be a sheet."""
    if ASSUMPTIONS not in tables:
        raise ValueError(f"no table '{ASSUMPTIONS}'; a workbook of answers begins with what they rest on")
    names = [CONTENTS, *tables]
    for name in names:
        if not 0 < len(name) <= _MOST_NAME or set(name) & set("[]:*?/\\'") or names.count(name) > 1:
            raise ValueError(f"a sheet cannot be named '{name}'")
    if len({name.casefold() for name in names}) < len(names):
        raise ValueError(f"two sheets have the same name but for capitals: {', '.join(names)}")
    for name, table in tables.items():
        if table.num_rows > _MOST_ROWS:
            raise ValueError(f"table '{name}' has {table.num_rows} rows; a sheet holds {_MOST_ROWS}")


def _write_contents(pen: _Pen, sheet: Any, tables: Mapping[str, pa.Table]) -> None:
    """Write what each sheet and column is about."""
    for column, width in enumerate((24, 40, 14, 90)):
        sheet.set_column(column, column, width)
    for column, header in enumerate(("sheet", "column", "unit", "about")):
        sheet.write_string(0, column, header, pen.bold)
    sheet.freeze_panes(1, 0)
    row = 0
    for name, table in tables.items():
        row += 1
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        pen.write_text(sheet, row, 3, _said(table.schema.metadata, b"about"), name)
        for field in table.schema:
            row += 1
            texts = (name, field.name, _said(field.metadata, b"unit"), _said(field.metadata, b"about"))
            for column, text in enumerate(texts):
                pen.write_text(sheet, row, column, text, name)
    pen.write_text(sheet, row + 2, 0, "An empty cell means that there is no number.", CONTENTS)


class _Pen:
    """Writes cells, each as what it is: a text is never a formula or an address."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.bold = book.add_format({"bold": True})
        self._header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        # Stays text when somebody edits the cell.
        self._quoted = book.add_format({"quote_prefix": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._numbers: dict[str, Any] = {}

    def write_table(self, sheet: Any, name: str, table: pa.Table) -> None:
        """Write a table: headers, then a row a row."""
        sheet.freeze_panes(1, 0)
        if table.num_rows:
            sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
        for column, field in enumerate(table.schema):
            header = header_of(field)
            values = table.column(column).to_pylist()
            sheet.write_string(0, column, header, self._header)
            looks = self._number_format(field, values)
            for row, value in enumerate(values, 1):
                self._write(sheet, row, column, value, looks, name)
            longest = max((len(value) for value in values if isinstance(value, str)), default=0)
            sheet.set_column(column, column, min(max(12, len(header) // 2 + 4, longest + 1), 60))

    def write_text(self, sheet: Any, row: int, column: int, text: str, name: str) -> None:
        """Write a text as a text, whatever it looks like."""
        if len(text) > _MOST_TEXT:
            raise ValueError(f"sheet '{name}', row {row + 1}: a text of {len(text)} letters; a cell holds {_MOST_TEXT}")
        sheet.write_string(row, column, text, self._quoted if text.startswith(_FORMULA_MARKS) else None)

    def _write(self, sheet: Any, row: int, column: int, value: Any, looks: Any, name: str) -> None:
        """Write a value; what is missing or no number is an empty cell."""
        match value:
            case None | "":
                return
            case bool():
                sheet.write_boolean(row, column, value)
            case int() if abs(value) >= _MOST_EXACT:
                self.write_text(sheet, row, column, str(value), name)
            case float() if math.isnan(value):
                return
            case float() if math.isinf(value):
                self.write_text(sheet, row, column, "infinite" if value > 0 else "minus infinite", name)
            case int() | float():
                sheet.write_number(row, column, value, looks)
            case str():
                self.write_text(sheet, row, column, value, name)
            case datetime():
                sheet.write_datetime(row, column, value.replace(tzinfo=None), self._time)
            case date():
                sheet.write_datetime(row, column, value, self._day)
            case _:
                raise ValueError(f"sheet '{name}', row {row + 1}: {type(value).__name__} has no cell of its own")

    def _number_format(self, field: pa.Field, values: Sequence[Any]) -> Any:
        """Return how numbers of a column look: as many decimals as the largest needs; values keep their digits."""
        if pa.types.is_integer(field.type):
            # Years, months and seeds have no separators; amounts have a unit.
            text = "#,##0" if _said(field.metadata, b"unit") in ("EUR", "kg", "boxes", "cents") else "0"
        else:
            numbers = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
            largest = max(numbers, default=0.0)
            steps = ((1000, "#,##0"), (100, "0.0"), (10, "0.00"), (0.01, "0.0000"))
            text = next((looks for least, looks in steps if largest >= least), "0.00E+00" if largest else "0")
        if text not in self._numbers:
            self._numbers[text] = self._book.add_format({"num_format": text})
        return self._numbers[text]
