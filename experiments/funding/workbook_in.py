"""Read what was filled in by hand, from a workbook or from CSV; every cell is checked, and nothing is guessed."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from experiments.funding.csv_in import read_csv_grid
from experiments.funding.input_cells import EMPTY, Complaints, InputCell, InputGrid
from experiments.funding.input_check import check_inputs
from experiments.funding.input_sheets import READ_ME, SHEETS
from experiments.funding.inputs import Inputs, WorldPorts
from experiments.funding.workbook_guard import MOST_COLUMNS, MOST_ROWS, check_size, guard_workbook
from scenarios.assumptions import load_assumptions
from scenarios.equipment import load_equipment_types
from scenarios.errors import InputError
from scenarios.reference import load_reference

_NAMES = tuple(sheet.name for sheet in SHEETS)
_EURO = ("€", "EUR", "eur", "euro")
_CURRENCY = re.compile(r"\[\$([^\]-]+)")
"""The currency of a number format, as in [$USD-409]; [$-409] is a language and [$€-407] the euro."""

_QUOTED = re.compile(r'"\s*([A-Z]{3})\s*"')
"""A currency code as text in a number format."""


def read_inputs(
    path: Path, ports: Mapping[str, str] | None = None, equipment: Mapping[str, str] | None = None,
    here: WorldPorts | None = None,
) -> Inputs:  # fmt: skip
    """Return what was filled in.

    Args:
        path: an .xlsx file with all sheets, a folder of CSV files named after sheets, or one of these.
        ports: name of each port that may be named, by UN/LOCODE; all ports of member states by default.
        equipment: kind of each type that may be named, by name; all that states buy by default.
        here: ports that may get equipment, of those that may be named; all of them by default.

    Raises:
        InputError: the file cannot be read, or cells are wrong: all of them, with sheet, row, column, value and what
            is allowed.
    """
    complaints = Complaints(str(path))
    try:
        grids = _read_grids(path, complaints)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); allowed: a file or folder.") from None
    inputs = check_inputs(
        grids,
        _member_ports() if ports is None else ports,
        _bought_by_states() if equipment is None else equipment,
        complaints,
        here,
    )
    complaints.raise_if_any()
    return inputs


def _read_grids(path: Path, complaints: Complaints) -> list[InputGrid]:
    """Return the sheets of a file or folder, in the order of the template."""
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix.lower() == ".csv")
        if not files:
            raise InputError(f"{path}: no CSV file in the folder; allowed: {_csv_names()}.")
    elif path.suffix.lower() == ".csv":
        files = [path]
    elif path.suffix.lower() == ".xlsx":
        return _workbook_grids(path, complaints)
    else:
        ending = path.suffix or "no ending"
        raise InputError(f"{path}: a file with {ending}; allowed: .xlsx, .csv, or a folder of CSV files.")
    grids = []
    for file in files:
        if file.stem not in _NAMES:
            complaints.messages.append(f"file {file.name}: it stands for no sheet; allowed: {_csv_names()}.")
        elif (grid := read_csv_grid(file, file.stem, complaints)) is not None:
            grids.append(grid)
    return sorted(grids, key=lambda grid: _NAMES.index(grid.name))


def _csv_names() -> str:
    return ", ".join(f"{name}.csv" for name in _NAMES)


def _workbook_grids(path: Path, complaints: Complaints) -> list[InputGrid]:
    """Return the sheets of a workbook, once the guard has let it through."""
    from openpyxl import load_workbook

    check_size(path.stat().st_size, str(path))
    content = path.read_bytes()
    guard_workbook(content, str(path))
    try:
        with warnings.catch_warnings():
            # It warns of looks that it does not know, which are not read.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), data_only=False)
    except Exception as error:
        # A damaged workbook makes the reader raise almost anything.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InputError(f"{path}: a damaged workbook ({reason}); allowed: an .xlsx file.") from None
    worksheets = {sheet.title: sheet for sheet in book.worksheets}
    listed = ", ".join((READ_ME, *_NAMES))
    for title in book.sheetnames:
        if title not in (READ_ME, *_NAMES):
            complaints.add_sheet(title, "it is not one of the template", f"sheets {listed}")
    for name in _NAMES:
        if name not in worksheets:
            complaints.add_sheet(name, "it is missing", f"a workbook with sheets {', '.join(_NAMES)}")
    return [_grid(worksheets[name], complaints) for name in _NAMES if name in worksheets]


def _grid(worksheet: Any, complaints: Complaints) -> InputGrid:
    """Return the cells of a worksheet; complain of what is merged or hidden."""
    name = worksheet.title
    if worksheet.sheet_state != "visible":
        complaints.add_sheet(name, "it is hidden", "sheets that are seen")
    merged = set()
    for area in worksheet.merged_cells.ranges:
        complaints.add(
            name, area.min_row, area.min_col, "", f"cells {area.coord} are merged", "cells that are not merged"
        )
        merged |= {(row, column) for row, column in area.cells}
    rows = []
    last_row, last_column = min(worksheet.max_row, MOST_ROWS), min(worksheet.max_column, MOST_COLUMNS)
    for row, found in enumerate(worksheet.iter_rows(max_row=last_row, max_col=last_column), 1):
        cells = tuple(
            InputCell("merged") if (row, column) in merged else _cell(one) for column, one in enumerate(found, 1)
        )
        is_filled = any(cell.kind != "empty" for cell in cells)
        if is_filled and worksheet.row_dimensions[row].hidden:
            complaints.add(name, row, 1, "", "the row is hidden", "rows that are seen")
        rows.append((row, cells))
    for letters, dimension in worksheet.column_dimensions.items():
        first = dimension.min or 1
        if dimension.hidden and first <= last_column:
            complaints.add(name, 1, first, "", f"column {letters} is hidden", "columns that are seen")
    return InputGrid(name, rows[0][1] if rows else (), tuple(rows[1:]))


def _cell(found: Any) -> InputCell:
    """Return what a cell of a workbook is."""
    value = found.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return EMPTY
    if found.data_type == "f":
        return InputCell("formula", str(getattr(value, "text", value)))
    if found.data_type == "e":
        return InputCell("error", str(value))
    match value:
        case bool():
            cell = InputCell("boolean", str(value).upper())
        case int() | float():
            cell = InputCell("number", f"{value:.15g}", float(value), _currency(found.number_format))
        case date() | time() | timedelta():
            cell = InputCell("date", str(value))
        case _:
            cell = InputCell("text", str(value).strip())
    return cell


def _currency(number_format: str) -> str:
    """Return the currency that a number format shows, if it is not the euro."""
    found = [one.strip() for one in _CURRENCY.findall(number_format)]
    found += _QUOTED.findall(number_format)
    found += [sign for sign in "$£¥" if sign in re.sub(r"\[[^\]]*\]", "", number_format)]
    return next((one for one in found if one not in _EURO), "")


def _member_ports() -> dict[str, str]:
    """Return the names of the ports of member states, by UN/LOCODE."""
    ranges = load_assumptions().ranges
    return {port.unlocode: port.port_name for port in load_reference().entry_ports if ranges[port.unlocode].is_eu}


def _bought_by_states() -> dict[str, str]:
    """Return the kinds of what states buy, by name."""
    return {name: one.kind for name, one in load_equipment_types().items() if one.buyer == "states"}
