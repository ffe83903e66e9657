"""The table of parameters: data/parameters.csv checked against the typed blocks, those of levers, and overrides."""

from __future__ import annotations

import csv
import dataclasses as dc
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from scenarios.case import GoodSpec
from scenarios.errors import InputError, unknown_name
from scenarios.goods import load_good_data
from scenarios.levers import lever_terms
from scenarios.parameter_row import ParameterRow, parse_row
from scenarios.parameters import Parameters
from scenarios.reference import DATA

PARAMETERS_CSV = Path(__file__).parent / "data" / "parameters.csv"
_COLUMNS = ["name", "unit", "default", "low", "high", "class", "prior", "source", "about"]


@lru_cache(maxsize=1)
def parameter_rows() -> dict[str, ParameterRow]:
    """Return every parameter row by dotted name: those of the table, then those of the levers.

    Raises:
        InputError: the file is missing or damaged, or does not match the typed blocks one to one.
    """
    try:
        with PARAMETERS_CSV.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != _COLUMNS:
                raise InputError(f"{PARAMETERS_CSV}: columns are {reader.fieldnames}, allowed: {_COLUMNS}.")
            place = PARAMETERS_CSV.name
            rows = {row.name: row for row in (parse_row(f"{place} line {reader.line_num}", c) for c in reader)}
    except OSError as error:
        raise InputError(f"{PARAMETERS_CSV}: cannot be read ({error.strerror}).") from None
    if set(rows) != set(_typed()):
        odd = sorted(set(rows) ^ set(_typed()))
        raise InputError(f"{PARAMETERS_CSV}: rows and typed blocks disagree on {', '.join(odd)}.")
    return rows | {row.name: row for terms in lever_terms().values() for row in terms.rows}


def _typed() -> dict[str, type]:
    """Return the type of every parameter of the typed blocks; those of levers are in conf/lever."""
    return {
        f"{block}.{name}": hint
        for block, cls in get_type_hints(Parameters).items()
        if block != "levers"
        for name, hint in get_type_hints(cls).items()
    }


@lru_cache(maxsize=1)
def field_types() -> dict[str, type]:
    """Return the type of every parameter by dotted name."""
    return _typed() | {row.name: float for terms in lever_terms().values() for row in terms.rows}


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
    levers = {block: blocks.pop(block) for block in lever_terms()}
    hints = get_type_hints(Parameters)
    return Parameters(**{block: hints[block](**fields) for block, fields in blocks.items()}, levers=levers)


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
    blocks = dc.asdict(parameters)
    levers = blocks.pop("levers")
    return {**blocks, **levers}
