"""The table of parameters: read data/parameters.csv, check it against the typed blocks, apply overrides."""

from __future__ import annotations

import csv
import dataclasses as dc
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from scenarios.case import GoodSpec
from scenarios.errors import InputError, unknown_name
from scenarios.goods import load_good_data
from scenarios.parameters import Parameters
from scenarios.reference import DATA

PARAMETERS_CSV = Path(__file__).parent / "data" / "parameters.csv"
_COLUMNS = ["name", "unit", "default", "low", "high", "class", "prior", "source", "about"]
_CLASSES = ("free", "prior", "fixed")
_PRIOR = re.compile(
    r"fixed|uniform\([^,]+,[^,]+\)|triangular\([^,]+,[^,]+,[^,]+\)|spike\(0, 0\.\d+, uniform\([^,]+,[^,]+\)\)"
)


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter: its default, bounds, unit, class, prior and source."""

    name: str
    unit: str
    default: float
    low: float
    high: float
    kind: str
    prior: str
    source: str
    about: str


def _parse(line: int, cells: Mapping[str, str]) -> ParameterRow:
    place = f"{PARAMETERS_CSV.name} line {line}"
    try:
        default, low, high = (float(cells[c]) for c in ("default", "low", "high"))
    except ValueError as error:
        raise InputError(
            f"{place}, parameter '{cells['name']}': default, low and high must be numbers ({error})."
        ) from None
    row = ParameterRow(
        cells["name"],
        cells["unit"],
        default,
        low,
        high,
        cells["class"],
        cells["prior"],
        cells["source"],
        cells["about"],
    )
    if not low <= default <= high:
        raise InputError(f"{place}, {row.name}: default {default:g} lies outside its bounds [{low:g}, {high:g}].")
    if row.kind not in _CLASSES:
        raise InputError(f"{place}, {row.name}: class '{row.kind}' is not one of {', '.join(_CLASSES)}.")
    if not _PRIOR.fullmatch(row.prior):
        raise InputError(f"{place}, {row.name}: prior '{row.prior}' is not fixed, uniform, triangular or spike.")
    if not (row.unit and row.source and row.about):
        raise InputError(f"{place}, {row.name}: unit, source and about must not be empty.")
    return row


@lru_cache(maxsize=1)
def parameter_rows() -> dict[str, ParameterRow]:
    """Return every parameter row by dotted name.

    Raises:
        InputError: the file is missing or damaged, or does not match the typed blocks one to one.
    """
    try:
        with PARAMETERS_CSV.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != _COLUMNS:
                raise InputError(f"{PARAMETERS_CSV}: columns are {reader.fieldnames}, allowed: {_COLUMNS}.")
            rows = {row.name: row for row in (_parse(reader.line_num, cells) for cells in reader)}
    except OSError as error:
        raise InputError(f"{PARAMETERS_CSV}: cannot be read ({error.strerror}).") from None
    if set(rows) != set(field_types()):
        odd = sorted(set(rows) ^ set(field_types()))
        raise InputError(f"{PARAMETERS_CSV}: rows and typed blocks disagree on {', '.join(odd)}.")
    return rows


def field_types() -> dict[str, type]:
    """Return the type of every parameter by dotted name."""
    return {
        f"{block}.{name}": hint
        for block, cls in get_type_hints(Parameters).items()
        for name, hint in get_type_hints(cls).items()
    }


def rows_of_good(good: GoodSpec, data: Path = DATA) -> dict[str, ParameterRow]:
    """Return every parameter row for a good: the value, bounds, source and meaning of its own file come first.

    The bounds of the table are those of the good that the table is about, so a good states bounds with its values;
    they hold for whoever overrides them. Such a value has no prior.

    Raises:
        InputError: an unknown parameter, another unit than the table's, or a value outside its bounds.
    """
    rows = dict(parameter_rows())
    for own in load_good_data(good, data).parameters:
        place = f"{data / str(good.parameters)}, {own.name}"
        if own.name not in rows:
            raise unknown_name(f"{data / str(good.parameters)}, column name", own.name, rows)
        row = rows[own.name]
        if own.unit != row.unit:
            raise InputError(f"{place}, column unit: '{own.unit}' is not allowed; allowed: {row.unit}.")
        if not own.low <= own.value <= own.high:
            raise InputError(
                f"{place}, column value: {own.value:g} is outside its bounds; allowed: {own.low:g} to {own.high:g}."
            )
        if field_types()[own.name] is int and own.value != int(own.value):
            raise InputError(f"{place}, column value: {own.value:g} is not allowed; allowed: a whole number.")
        rows[own.name] = ParameterRow(
            own.name, own.unit, own.value, own.low, own.high, "fixed", "fixed", own.source, own.about
        )
    return rows


def make_parameters(
    overrides: Mapping[str, Mapping[str, Any]] | None = None, rows: Mapping[str, ParameterRow] | None = None
) -> Parameters:
    """Build the parameters from the table and overrides by block and name.

    Args:
        overrides: values by block and name.
        rows: defaults and bounds; None for those of the table.

    Raises:
        InputError: an unknown name, a value of the wrong type, or one outside its bounds.
    """
    rows = parameter_rows() if rows is None else rows
    values = {name: row.default for name, row in rows.items()}
    for block, fields in (overrides or {}).items():
        for name, value in fields.items():
            dotted = f"{block}.{name}"
            if dotted not in values:
                raise unknown_name("parameters", dotted, values)
            values[dotted] = _checked(rows[dotted], value)
    types = field_types()
    blocks: dict[str, dict[str, Any]] = {}
    for dotted, value in values.items():
        block, name = dotted.split(".")
        blocks.setdefault(block, {})[name] = types[dotted](value)
    hints = get_type_hints(Parameters)
    return Parameters(**{block: hints[block](**fields) for block, fields in blocks.items()})


def _checked(row: ParameterRow, value: object) -> float:
    name = row.name
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(
            f"parameters.{name}: '{value}' is not a number; allowed: {row.low:g} to {row.high:g} {row.unit}."
        )
    if not row.low <= value <= row.high:
        raise InputError(f"parameters.{name}: {value:g} is outside {row.low:g} to {row.high:g} {row.unit}.")
    if field_types()[name] is int and value != int(value):
        raise InputError(f"parameters.{name}: {value:g} is not a whole number; allowed: {row.low:g} to {row.high:g}.")
    return float(value)


def as_overrides(parameters: Parameters) -> dict[str, dict[str, float]]:
    """Return all parameters as nested plain numbers (for provenance and digests)."""
    return dc.asdict(parameters)
