"""Read a CSV file into typed, checked records; every complaint is one sentence with file, line, column and value."""

from __future__ import annotations

import csv
import dataclasses as dc
import io
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints

from scenarios.errors import InputError, unknown_name

UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Limits:
    """A number must lie between ``low`` and ``high``."""

    low: float = -math.inf
    high: float = math.inf

    def __str__(self) -> str:
        """Return the limits in words."""
        if self.high == math.inf:
            return f"at least {self.low:g}" if self.low > -math.inf else "any number"
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Words:
    """A text must be one of these words."""

    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text must match; ``meaning`` says what is allowed."""

    expression: re.Pattern[str]
    meaning: str


@dataclass(frozen=True, slots=True)
class Code:
    """A text must be a code of the named set, which the caller passes to ``read_records``."""

    known: str


Text = Annotated[str, Pattern(re.compile(r"(?s).+"), "a text that is not empty")]
Number = Annotated[float, Limits()]
Amount = Annotated[float, Limits(0.0)]
Count = Annotated[int, Limits(0)]
Flag = Annotated[int, Limits(0, 1)]
Share = Annotated[float, Limits(0.0, 1.0)]
Latitude = Annotated[float, Limits(-90.0, 90.0)]
Longitude = Annotated[float, Limits(-180.0, 180.0)]
EntryCode = Annotated[str, Code("entry ports")]
DepartureCode = Annotated[str, Code("departure ports")]
Unlocode = Annotated[str, Pattern(UNLOCODE, "a UN/LOCODE of five letters")]
Country = Annotated[str, Pattern(COUNTRY, "a country code of two letters")]
Date = Annotated[str, Pattern(re.compile(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"), "a date YYYY-MM-DD")]


class Record(Protocol):
    """A dataclass whose fields are the columns of one file and whose KEY names the columns that identify a row."""

    KEY: ClassVar[tuple[str, ...]]
    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)
_Parser = Callable[[str, str], Any]


def read_records(path: Path, kind: type[R], codes: Mapping[str, Collection[str]] | None = None) -> tuple[R, ...]:
    """Return the rows of a CSV file as records.

    Args:
        path: the file; UTF-8, comma separated, first line the column names.
        kind: dataclass whose fields are exactly the columns, in order.
        codes: the sets that ``Code`` columns refer to, by name.

    Raises:
        InputError: the file is missing or damaged, or a value is not allowed.
    """
    columns = [field.name for field in dc.fields(kind)]
    parsers = _parsers(kind, codes or {})
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[R] = []
    keys: set[tuple[Any, ...]] = set()
    try:
        header = next(reader, [])
        if header != columns:
            raise InputError(
                f"{path} line 1: columns are {', '.join(header) or 'none'}; allowed: {', '.join(columns)}."
            )
        for cells in reader:
            place = f"{path} line {reader.line_num}"
            if len(cells) != len(columns):
                raise InputError(f"{place}: {len(cells)} values, allowed: {len(columns)} ({', '.join(columns)}).")
            row = kind(*(parse(place, cell) for parse, cell in zip(parsers, cells, strict=True)))
            key = tuple(getattr(row, name) for name in kind.KEY)
            if key and key in keys:
                raise InputError(
                    f"{place}, column {' + '.join(kind.KEY)}: '{' '.join(map(str, key))}' occurs twice; allowed: once."
                )
            keys.add(key)
            rows.append(row)
    except csv.Error as error:
        raise InputError(f"{path} line {reader.line_num}: not readable as CSV ({error}).") from None
    if not rows:
        raise InputError(f"{path} line 2: no rows; allowed: at least one.")
    return tuple(rows)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path} line {line}: byte 0x{data[error.start]:02x} is not UTF-8 text.") from None


def _parsers(kind: type[Any], codes: Mapping[str, Collection[str]]) -> list[_Parser]:
    hints = get_type_hints(kind, include_extras=True)
    return [_parser(field.name, hints[field.name], codes) for field in dc.fields(kind)]


def _parser(column: str, hint: Any, codes: Mapping[str, Collection[str]]) -> _Parser:
    alternatives = get_args(hint) if NoneType in get_args(hint) else ()
    if alternatives:
        inner = _parser(column, next(one for one in alternatives if one is not NoneType), codes)
        return lambda place, cell: inner(place, cell) if cell else None
    base, rule = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, None)
    if base is str:
        return _text_parser(column, rule, codes)
    return _number_parser(column, base, rule or Limits())


def _text_parser(column: str, rule: Any, codes: Mapping[str, Collection[str]]) -> _Parser:
    if rule is None:
        return lambda place, cell: cell
    if isinstance(rule, Pattern):
        matches, meaning = rule.expression.fullmatch, rule.meaning

        def parse_pattern(place: str, cell: str) -> str:
            if not matches(cell):
                raise InputError(f"{place}, column {column}: '{cell}' is not allowed; allowed: {meaning}.")
            return cell

        return parse_pattern
    allowed = rule.allowed if isinstance(rule, Words) else codes[rule.known]

    def parse_word(place: str, cell: str) -> str:
        if cell not in allowed:
            raise unknown_name(f"{place}, column {column}", cell, allowed)
        return cell

    return parse_word


def _number_parser(column: str, base: type[int] | type[float], limits: Limits) -> _Parser:
    what = "whole number" if base is int else "number"

    def parse_number(place: str, cell: str) -> float:
        try:
            value = base(cell)
        except ValueError:
            raise InputError(f"{place}, column {column}: '{cell}' is not a {what}; allowed: {limits}.") from None
        # The comparison is written so that NaN fails it too; infinity is refused on either side.
        if not limits.low <= value <= limits.high or math.isinf(value):
            raise InputError(f"{place}, column {column}: '{cell}' is out of range; allowed: {limits}.")
        return value

    return parse_number
