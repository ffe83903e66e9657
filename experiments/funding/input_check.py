"""Check the cells of filled-in sheets, and turn them into what was meant."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Mapping, Sequence

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.input_cells import Complaints, InputCell, InputGrid
from experiments.funding.input_sheets import (
    NO,
    PORTS,
    QUESTION,
    SHEETS,
    YES,
    InputColumn,
    InputSheet,
)
from experiments.funding.inputs import Inputs, PortInput, WorldPorts

_HEADER = re.compile(r"(.*?)\s*(?:\[(.*)\])?")
_COMMA = re.compile(r"[+-]?[\d.\s']*\d,\d[\d.,\s']*")
Value = float | str | bool
Row = dict[str, Value]
Places = dict[str, tuple[int, InputColumn]]
"""Position and meaning of each column that was found, by field."""


def check_inputs(
    grids: Sequence[InputGrid], ports: Mapping[str, str], equipment: Mapping[str, str], complaints: Complaints,
    here: WorldPorts | None = None,
) -> Inputs:  # fmt: skip
    """Return what the sheets say; what is wrong goes to the complaints, and is not in what is returned.

    Args:
        grids: sheets, each at most once.
        ports: name of each known port, by UN/LOCODE.
        equipment: kind of each known type, by name.
        complaints: takes what is wrong.
        here: those of the known ports that may get equipment; None for all of them.
    """
    forms = {form.name: form for form in SHEETS}
    budgets: tuple[float, ...] | None = None
    may_get: dict[str, PortInput] | None = None
    bought: dict[str, dict[str, float]] | None = None
    for grid in grids:
        check = _SheetCheck(forms[grid.name], grid, ports, equipment, complaints)
        rows = check.rows()
        if grid.name == QUESTION.name:
            budgets = _budgets(check, rows)
        elif grid.name == PORTS.name:
            may_get = {
                str(row["code"]): PortInput(bool(row["may_get"]))
                for _, row in rows
                if {"code", "may_get"} <= row.keys()
            }
            check.require_one_yes("may_get")
            if here is not None:
                _refuse_elsewhere(check, rows, here)
        else:
            bought = {
                str(row["name"]): {field: value for field, value in row.items() if isinstance(value, float)}
                for _, row in rows
                if "name" in row and row.get("may_be_bought")
            }
            check.require_one_yes("may_be_bought")
    return Inputs(budgets, may_get, bought)


def _budgets(check: _SheetCheck, rows: list[tuple[int, Row]]) -> tuple[float, ...]:
    """Return the budgets, which must rise."""
    budgets: list[float] = []
    for number, row in rows:
        if "budget" not in row:
            continue
        budget = float(row["budget"])
        if budgets and budget <= budgets[-1]:
            problem = f"'{budget:.15g}' is not above the one before it ({budgets[-1]:.15g})"
            check.complain(number, "budget", problem, "budgets that rise")
        budgets.append(budget)
    return tuple(budgets)


def _refuse_elsewhere(check: _SheetCheck, rows: list[tuple[int, Row]], here: WorldPorts) -> None:
    """Complain of ports that are to get equipment and are not in the world: no plan would have them."""
    for number, row in rows:
        if row.get("may_get") and "code" in row and row["code"] not in here.codes:
            problem = f"'{row['code']}' is not in the world {here.world}, and may get equipment"
            check.complain(number, "code", problem, f"{_listed(here.codes)}; others with {NO}, or another world")


class _SheetCheck:
    """The check of one sheet."""

    def __init__(
        self,
        form: InputSheet,
        grid: InputGrid,
        ports: Mapping[str, str],
        equipment: Mapping[str, str],
        complaints: Complaints,
    ) -> None:
        self._form, self._grid, self._complaints = form, grid, complaints
        self._ports, self._equipment = ports, equipment
        self._places: Places = {}

    def complain(self, row: int, field: str, problem: str, allowed: str) -> None:
        """Add what is wrong with a cell of a known column."""
        position, column = self._places[field]
        self._complaints.add(self._form.name, row, position + 1, column.header, problem, allowed)

    def require_one_yes(self, field: str) -> None:
        """Complain if every row says no."""
        if field not in self._places:
            return
        position = self._places[field][0]
        cells = [cells[position] for _, cells in self._grid.filled_rows() if position < len(cells)]
        if cells and all(cell.text.lower() == NO for cell in cells):
            self._complaints.add_sheet(
                self._form.name, f"no row has {YES} in '{self._places[field][1].header}'", "at least one"
            )

    def rows(self) -> list[tuple[int, Row]]:
        """Return row number and values of each row, without what is wrong."""
        if all(cell.kind == "empty" for cell in self._grid.headers) and not any(True for _ in self._grid.filled_rows()):
            self._complaints.add_sheet(self._form.name, "it is empty", "the headers of the template, and rows")
            return []
        self._find_columns()
        if not any(True for _ in self._grid.filled_rows()):
            self._complaints.add_sheet(self._form.name, "it has headers and no rows", "at least one row")
        found: list[tuple[int, Row]] = []
        seen: dict[str, int] = {}
        for number, cells in self._grid.filled_rows():
            row = self._row(number, cells)
            key_field = next((column.field for column in self._form.columns if column.kind == "key"), "")
            key = str(row.get(key_field, ""))
            if key and key in seen:
                self.complain(number, key_field, f"'{key}' is also in row {seen[key]}", "each once")
                continue
            seen.setdefault(key, number)
            found.append((number, row))
        return found

    def _find_columns(self) -> None:
        """Match the headers exactly: another unit or an unknown column is refused, not passed over."""
        by_label = {column.label.casefold(): column for column in self._form.columns}
        named: set[str] = set()
        width = max((len(cells) for _, cells in self._grid.filled_rows()), default=0)
        headers = [*self._grid.headers, *[InputCell("empty")] * (width - len(self._grid.headers))]
        for position, cell in enumerate(headers):
            if cell.kind == "merged":
                continue
            if cell.kind == "empty":
                if any(position < len(cells) and cells[position].kind != "empty" for _, cells in self._grid.rows):
                    self._complain_header(position, "there are values without a header", "a header")
                continue
            if cell.kind != "text":
                self._complaints.refuse(self._form.name, 1, position + 1, "", cell, "a header of the template")
                continue
            matched = _HEADER.fullmatch(cell.text)
            label, unit = (matched[1], matched[2]) if matched else (cell.text, None)
            column = by_label.get(label.casefold())
            if column is None:
                listed = ", ".join(f"'{header}'" for header in self._form.headers)
                self._complain_header(position, f"header '{cell.text}' is not known", listed)
                continue
            if column.field in named:
                self._complain_header(position, f"header '{cell.text}' occurs twice", "once")
                continue
            named.add(column.field)
            if (unit or "") != column.unit:
                problem = f"header '{cell.text}' has {f'the unit {unit}' if unit else 'no unit'}"
                self._complain_header(position, problem, f"'{column.header}', for nothing is converted")
                continue
            self._places[column.field] = (position, column)
        for column in self._form.columns:
            if column.field not in named and not column.is_optional:
                self._complaints.add_sheet(
                    self._form.name, f"column '{column.header}' is missing", "all columns of the template"
                )

    def _complain_header(self, position: int, problem: str, allowed: str) -> None:
        self._complaints.add(self._form.name, 1, position + 1, "", problem, allowed)

    def _row(self, number: int, cells: tuple[InputCell, ...]) -> Row:
        """Return the values of a row."""
        row: Row = {}
        for column in self._form.columns:
            if column.field not in self._places:
                continue
            position = self._places[column.field][0]
            cell = cells[position] if position < len(cells) else InputCell("empty")
            value = None if cell.kind == "merged" else self._value(number, column, cell, row)
            if value is not None:
                row[column.field] = value
        return row

    def _value(self, number: int, column: InputColumn, cell: InputCell, row: Row) -> Value | None:
        """Return the value of a cell, or None if it is wrong or rightly empty."""
        match column.kind:
            case "number" | "whole":
                return self._number(number, column, cell, row)
            case "yes_no":
                if cell.kind == "text" and cell.text.lower() in (YES, NO):
                    return cell.text.lower() == YES
                if cell.kind == "text":
                    self.complain(number, column.field, f"'{cell.text}' is neither", column.allowed)
                    return None
                self._refuse(number, column, cell)
                return None
            case "key":
                return self._key(number, column, cell)
            case "name":
                return self._name(number, column, cell, row)

    def _refuse(self, number: int, column: InputColumn, cell: InputCell, allowed: str = "") -> None:
        position = self._places[column.field][0]
        self._complaints.refuse(self._form.name, number, position + 1, column.header, cell, allowed or column.allowed)

    def _number(self, number: int, column: InputColumn, cell: InputCell, row: Row) -> float | None:
        """Return a number within its limits."""
        if column.is_for_second_looks and "name" not in row and cell.kind == "empty":
            return None
        if column.is_for_second_looks and self._is_scanner(row):
            if cell.kind != "empty":
                problem = f"'{cell.text}' is given for a scanner"
                self.complain(
                    number, column.field, problem, "an empty cell, for the model has one number for all scanners"
                )
            return None
        if cell.kind == "text" and _COMMA.fullmatch(cell.text):
            problem = f"'{cell.text}' is text with a comma, which is not guessed"
            self.complain(
                number, column.field, problem, f"{column.allowed}, entered as a number (in CSV: with a decimal point)"
            )
            return None
        if cell.kind != "number":
            self._refuse(number, column, cell)
            return None
        value = cell.number
        problem = ""
        if column.is_money and cell.currency:
            problem = f"'{cell.text}' is shown in {cell.currency}"
        elif not math.isfinite(value) or not column.low <= value <= column.high:
            problem = f"'{cell.text}' is out of range"
        elif column.kind == "whole" and value != math.floor(value):
            problem = f"'{cell.text}' is not whole"
        elif column.is_money and not _is_in_cents(value, column):
            problem = f"'{cell.text}' has parts of a cent"
        if problem:
            self.complain(number, column.field, problem, column.allowed)
            return None
        return value

    def _is_scanner(self, row: Row) -> bool:
        """Return whether the row is about a known type that is no second look."""
        return "name" in row and self._equipment.get(str(row["name"])) != SECOND_LOOK

    def _key(self, number: int, column: InputColumn, cell: InputCell) -> str | None:
        """Return a code or name that is known."""
        known: Collection[str] = self._ports if self._form is PORTS else self._equipment
        if cell.kind != "text":
            self._refuse(number, column, cell, _listed(known))
            return None
        if cell.text not in known:
            near = difflib.get_close_matches(cell.text.upper() if self._form is PORTS else cell.text, known, n=3)
            hint = f" (did you mean {' or '.join(near)}?)" if near else ""
            self.complain(number, column.field, f"'{cell.text}' is not known{hint}", _listed(known))
            return None
        return cell.text

    def _name(self, number: int, column: InputColumn, cell: InputCell, row: Row) -> str | None:
        """Check that a name belongs to its code: a column that was sorted by itself is noticed here."""
        if cell.kind == "empty" or "code" not in row:
            return None
        name = self._ports[str(row["code"])]
        if cell.kind != "text":
            self._refuse(number, column, cell, f"'{name}'")
        elif cell.text.casefold() != name.casefold():
            self.complain(
                number, column.field, f"'{cell.text}' is not the name of {row['code']}", f"'{name}', or empty"
            )
        return None


def _is_in_cents(value: float, column: InputColumn) -> bool:
    """Return whether an amount is a whole number of cents."""
    cents = value * (1e8 if column.unit == "EUR million" else 100.0)
    return abs(cents - round(cents)) < 1e-3


def _listed(known: Collection[str], most: int = 12) -> str:
    names = sorted(known)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
