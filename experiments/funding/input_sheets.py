"""The sheets that are filled in by hand: their columns with units, meanings and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.funding.inputs import DETECTION_FIELDS

READ_ME = "read_me"
"""The sheet of explanations, which is not read."""
YES, NO = "yes", "no"

Kind = Literal["number", "whole", "yes_no", "key", "name"]


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A column: what its cells mean and may be."""

    field: str
    label: str
    unit: str
    kind: Kind
    """Numbers, whole numbers, yes or no, what the row is about (a code that must be known), or its name."""
    about: str
    low: float = 0.0
    high: float = 0.0
    is_money: bool = False
    """Euros, to the cent."""
    is_for_second_looks: bool = False
    """Empty for scanners: there the model has one number for all of them, old and new."""

    @property
    def header(self) -> str:
        """Return the header, which has the unit in it."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    @property
    def is_optional(self) -> bool:
        """Return whether the column may be missing: names are for readers."""
        return self.kind == "name"

    @property
    def allowed(self) -> str:
        """Return what a cell may be, in words."""
        match self.kind:
            case "number":
                cents = ", in whole cents" if self.is_money else ""
                return f"a number from {self.low:.15g} to {self.high:.15g}{cents}"
            case "whole":
                return f"a whole number from {self.low:.15g} to {self.high:.15g}"
            case "yes_no":
                return f"{YES} or {NO}"
            case _:
                return "a text"


@dataclass(frozen=True, slots=True)
class InputSheet:
    """A sheet: what its rows are, and its columns."""

    name: str
    about: str
    columns: tuple[InputColumn, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the headers in the order of the template."""
        return tuple(column.header for column in self.columns)


def _euros(field: str, label: str, unit: str, about: str, low: float) -> InputColumn:
    return InputColumn(field, label, unit, "number", about, low, 100_000_000, is_money=True)


def _seen(field: str) -> InputColumn:
    label = field.replace("_", " ")
    about = f"second looks: share of such loads that a look shows ({label}); empty for scanners"
    return InputColumn(field, label, "share", "number", about, 0, 1, is_for_second_looks=True)


QUESTION = InputSheet(
    "question",
    "budgets to compare, one a row, from the least to the most",
    (
        InputColumn(
            "budget",
            "budget",
            "EUR million",
            "number",
            "EU money for capital: price and works",
            0,
            10_000,
            is_money=True,
        ),
    ),
)
PORTS = InputSheet(
    "ports",
    "ports, one a row; a port that is not listed gets nothing",
    (
        InputColumn("code", "port", "UN/LOCODE", "key", "container port of a member state"),
        InputColumn("name", "name", "", "name", "for the reader; the name that belongs to the code, or empty"),
        InputColumn("may_get", "may get equipment", "", "yes_no", "whether the port is a candidate"),
    ),
)
EQUIPMENT = InputSheet(
    "equipment",
    "types of equipment, one a row; a type that is not listed is not bought",
    (
        InputColumn("name", "equipment", "", "key", "type, as in `waterbed show equipment`"),
        InputColumn("may_be_bought", "may be bought", "", "yes_no", "whether grants may pay for it"),
        InputColumn("most_per_port", "most per port", "units", "whole", "units that one port may get", 1, 100),
        _euros("price_eur", "price", "EUR", "price of a unit", 1),
        _euros("works_eur", "works", "EUR", "building works for a unit", 0),
        InputColumn("delivery_months", "delivery", "months", "number", "from order to first use", 0, 120),
        InputColumn(
            "checks_per_year", "checks", "per year", "number", "boxes that a unit with its staff checks", 1, 300_000
        ),
        InputColumn(
            "availability", "availability", "share", "number",
            "second looks: share of the time that it works; empty for scanners", 0.01, 1, is_for_second_looks=True,
        ),
        InputColumn("life_years", "life", "years", "number", "from first use to the end of its use", 1, 40),
        _euros("running_eur_per_year", "running", "EUR per year", "running cost of a unit, without staff", 0),
        InputColumn("posts", "staff", "posts", "whole", "posts that a unit needs", 0, 100),
        *(_seen(field) for field in DETECTION_FIELDS),
        InputColumn(
            "false_alarm", "false alarm", "share", "number",
            "second looks: share of clean boxes that it indicates; empty for scanners", 0, 1, is_for_second_looks=True,
        ),
    ),
)  # fmt: skip
SHEETS = (QUESTION, PORTS, EQUIPMENT)
