"""A user's own points: a CSV or Parquet file with a column for each factor."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from experiments.design import NAME, POINT, UNIT
from experiments.sweep.factors import NUMBER, Factor
from experiments.sweep.points import good_rows, level_text, with_settings
from experiments.sweep.settings_of_cases import is_number_setting, setting_names, type_of
from experiments.sweep.vary import check_level, is_whole, parse_factors
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name
from scenarios.parameter_row import ParameterRow

_LONGEST = 120
Column = tuple[Factor, pa.Array]


def read_points(path: Path, case: Case, vary: Sequence[str] = ()) -> tuple[tuple[Factor, ...], pa.Table]:
    """Return the factors that the columns of a file name, and its points.

    A column is a parameter by dotted name or a setting. Besides, there may be `name`, and what a design has: `point`,
    and coordinates of factors, which are not read.
    With `vary`, the factors are those that it names and no other, and their values lie in the ranges that it gives.

    Args:
        path: ends in .csv or .parquet.
        case: where every point starts from.
        vary: elements as on the command line, or none.

    Raises:
        InputError: a file that cannot be read; columns that are unknown, missing or there twice; no rows; or a value
            that the factor cannot have.
    """
    raw, place = _read(path), path.name
    _check_shape(place, raw)
    given = {name: _texts_or_numbers(place, name, raw[name]) for name in raw.column_names}
    _check_own(place, given)
    rows = good_rows(case.good)
    found = [name for name in given if name not in (POINT, NAME) and not _is_coordinate(name, given)]
    if not found:
        raise InputError(f"{place}: no column names a factor; allowed: parameters and settings, such as regime.")
    for name in found:
        if name not in rows and type_of(name) is None:
            raise unknown_name(f"{place}, column", name, [*setting_names(), *rows])
    asked = {factor.name: factor for factor in parse_factors(vary, case, ())} if vary else {}
    for name in asked:
        if name not in found:
            raise InputError(f"{place}: column '{name}' is missing, which vary names; it has {', '.join(found)}.")
    for name in found if asked else ():
        if name not in asked:
            raise InputError(f"{place}: column '{name}' is not in vary; allowed: {', '.join(asked)}.")
    ranged = {text.partition(":")[0].strip().removeprefix("parameters.") for text in vary if ":" in text}
    factors: list[Factor] = []
    columns: dict[str, pa.Array] = {}
    for name in asked or found:
        factor, columns[name] = _column(place, name, given[name], rows, case)
        if name in ranged:
            factor = asked[name]
            _check_inside(place, factor, columns[name])
        factors.append(factor)
    names = {NAME: given[NAME]} if NAME in given else {}
    return tuple(factors), pa.table({**names, **columns})


def _read(path: Path) -> pa.Table:
    """Return the table as it is in the file; a CSV has text only."""
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"table: '{path}' is not allowed; allowed: a file that ends in .csv or .parquet.")
    try:
        return _read_csv(path) if path.suffix == ".csv" else pq.read_table(path)
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise InputError(f"table: '{path}' cannot be read ({' '.join(str(error).split())[:_LONGEST]}).") from None


def _read_csv(path: Path) -> pa.Table:
    with path.open(newline="", encoding="utf-8-sig") as file:
        header = next(csv.reader(file), [])
    if len(header) == 1 and ";" in header[0]:
        raise InputError(f"{path.name}: columns are separated by semicolons; allowed: commas, and points in numbers.")
    # As text, so that what a level is on the command line (010, true) it is here.
    types = dict.fromkeys(header, pa.string())
    return pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(column_types=types))


def _check_shape(place: str, raw: pa.Table) -> None:
    names = raw.column_names
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{place}: column '{name}' is there {names.count(name)} times; allowed: once.")
    if not raw.num_rows:
        raise InputError(f"{place}: no rows; allowed: one row or more.")


def _texts_or_numbers(place: str, name: str, column: pa.ChunkedArray) -> pa.Array:
    """Return a column as text or as float64."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    _refuse_row(place, name, pc.is_null(column), column, "a value")
    array = column.combine_chunks()
    if pa.types.is_boolean(kind):
        return pc.if_else(array, "true", "false")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return array.cast(pa.float64(), safe=False)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_date32(kind):
        return pc.utf8_trim_whitespace(array.cast(pa.string()))
    raise InputError(f"{place}, column {name}: {kind} is not allowed; allowed: numbers or text.")


def _column(place: str, name: str, given: pa.Array, rows: Mapping[str, ParameterRow], case: Case) -> Column:
    """Return a factor with the values of its column."""
    if name in rows or is_number_setting(name):
        values = _numbers(place, name, given)
        _check_numbers(place, name, values, rows, case)
        return Factor(name, is_whole=is_whole(name)), values
    if pa.types.is_float64(given.type):
        given = pa.array(map(level_text, given.to_pylist()), pa.string())
    levels = tuple(given.unique().to_pylist())
    for level in levels:
        try:
            check_level(name, level, rows)
        except InputError as error:
            raise InputError(f"{place}, row {given.index(level).as_py() + 1}: {error}") from None
    factor = Factor(name, levels=levels)
    return factor, given.cast(pa.float64()) if factor.is_number else given


def _numbers(place: str, name: str, given: pa.Array) -> pa.Array:
    if pa.types.is_string(given.type):
        is_text = pc.invert(pc.match_substring_regex(given, f"^({NUMBER.pattern})$"))
        _refuse_row(place, name, is_text, given, "a number")
        given = given.cast(pa.float64())
    _refuse_row(place, name, pc.invert(pc.is_finite(given)), given, "a number")
    return given


def _check_numbers(place: str, name: str, values: pa.Array, rows: Mapping[str, ParameterRow], case: Case) -> None:
    numbers = values.to_numpy()
    if is_whole(name):
        _refuse_row(place, name, pa.array(numbers != np.round(numbers)), values, "a whole number")
    if name in rows:
        row = rows[name]
        is_outside = (numbers < row.low) | (numbers > row.high)
        _refuse_row(place, name, pa.array(is_outside), values, f"{row.low:g} to {row.high:g} {row.unit}")
        return
    for end in (numbers.min(), numbers.max()):
        with_settings(case, {name: level_text(float(end))})


def _check_inside(place: str, factor: Factor, values: pa.Array) -> None:
    """Check values against what `vary` says of their factor."""
    if factor.levels:
        levels = factor.level_column()
        is_outside, allowed = pc.invert(pc.is_in(values, levels)), " | ".join(factor.levels)
    else:
        assert factor.prior is not None
        low, high = factor.prior.support
        is_outside, allowed = pc.or_(pc.less(values, low), pc.greater(values, high)), f"{low:g} to {high:g}"
    _refuse_row(place, factor.name, is_outside, values, f"{allowed}, as vary says")


def _check_own(place: str, columns: Mapping[str, pa.Array]) -> None:
    """Check the columns that are no factors: the numbers of the points and their names."""
    if POINT in columns:
        numbers = _numbers(place, POINT, columns[POINT])
        is_other = pa.array(numbers.to_numpy() != np.arange(len(numbers)))
        _refuse_row(place, POINT, is_other, numbers, "0, 1, 2, ... in this order, or no such column")
    names = columns.get(NAME, pa.array([], pa.string())).to_pylist()
    if len(set(names)) < len(names) or "" in names:
        raise InputError(f"{place}, column {NAME}: names are empty or there twice; allowed: each point its own.")


def _is_coordinate(name: str, columns: Mapping[str, pa.Array]) -> bool:
    """Return whether a column has the coordinates of another one in the unit cube, as designs of Morris do."""
    return name.startswith(UNIT) and name.removeprefix(UNIT) in columns


def _refuse_row(place: str, name: str, is_wrong: pa.Array, values: pa.Array, allowed: str) -> None:
    """Refuse the first row that is wrong."""
    row = pc.index(is_wrong, True).as_py()
    if row >= 0:
        value = values[row].as_py()
        shown = "nothing" if value in (None, "") else f"'{level_text(value)}'"
        raise InputError(f"{place}, row {row + 1}, column {name}: {shown} is not allowed; allowed: {allowed}.")
