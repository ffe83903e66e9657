"""Sheets as cells, whether from a workbook or from CSV; what is wrong is collected and raised all at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from scenarios.errors import InputError

MOST_COMPLAINTS = 200
CellKind = Literal["empty", "number", "text", "boolean", "date", "formula", "error", "merged"]
_WHAT: dict[CellKind, str] = {
    "boolean": "is true or false",
    "date": "is a date",
    "formula": "is a formula, and formulas are not evaluated",
    "error": "is an error",
}
"""Why a cell has no value that could be used."""


@dataclass(frozen=True, slots=True)
class InputCell:
    """A cell: what it is, and how it looks."""

    kind: CellKind
    text: str = ""
    number: float = math.nan
    currency: str = ""
    """Currency that its format shows, if that is not the euro."""


EMPTY = InputCell("empty")


@dataclass(frozen=True, slots=True)
class InputGrid:
    """A sheet: its headers, and its rows by their number in the file."""

    name: str
    headers: tuple[InputCell, ...]
    rows: tuple[tuple[int, tuple[InputCell, ...]], ...]

    def filled_rows(self) -> Iterator[tuple[int, tuple[InputCell, ...]]]:
        """Yield the rows that have anything in them."""
        for number, cells in self.rows:
            if any(cell.kind != "empty" for cell in cells):
                yield number, cells


@dataclass(slots=True)
class Complaints:
    """Everything that is wrong with a file."""

    file: str
    messages: list[str] = field(default_factory=list)

    def add(self, sheet: str, row: int, column: int, header: str, problem: str, allowed: str) -> None:
        """Add what is wrong with a cell.

        Args:
            sheet: its name.
            row: counted from 1.
            column: counted from 1.
            header: of the column; empty where there is none.
            problem: the value, and what is wrong with it.
            allowed: what would be right.
        """
        named = f" ({header})" if header else ""
        self.messages.append(
            f"sheet {sheet}, row {row}, column {column_letters(column)}{named}: {problem}; allowed: {allowed}."
        )

    def refuse(self, sheet: str, row: int, column: int, header: str, cell: InputCell, allowed: str) -> None:
        """Add that a cell is of the wrong kind."""
        problem = (
            "the cell is empty"
            if cell.kind == "empty"
            else f"'{cell.text}' {_WHAT.get(cell.kind, f'is a {cell.kind}')}"
        )
        self.add(sheet, row, column, header, problem, allowed)

    def add_sheet(self, sheet: str, problem: str, allowed: str) -> None:
        """Add what is wrong with a sheet as a whole."""
        self.messages.append(f"sheet {sheet}: {problem}; allowed: {allowed}.")

    def raise_if_any(self) -> None:
        """Raise all of them at once.

        Raises:
            InputError: there is at least one.
        """
        if not self.messages:
            return
        count = len(self.messages)
        shown = self.messages[:MOST_COMPLAINTS]
        rest = [f"and {count - len(shown)} more."] if count > len(shown) else []
        things = "one thing is wrong" if count == 1 else f"{count} things are wrong"
        raise InputError("\n  ".join([f"{self.file}: {things}, and nothing was read.", *shown, *rest]))


def column_letters(number: int) -> str:
    """Return the letters of a column: 1 is A, 26 Z, 27 AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
