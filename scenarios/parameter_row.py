"""One parameter: its default, bounds, unit, class, prior and source, as a row of the table has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scenarios.errors import InputError

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


def parse_row(place: str, cells: Mapping[str, str]) -> ParameterRow:
    """Return the parameter of a row of text.

    Args:
        place: where the row stands, for complaints.
        cells: text by column.

    Raises:
        InputError: text that is no number, a default outside its bounds, an unknown class or prior, or an empty cell.
    """
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
