"""What a statistic is said to show: numbers as text, and the reading of a row in words."""

from __future__ import annotations

import math

from experiments.patterns.estimates import Row
from experiments.patterns.hindcast import MODEL, TWIN
from experiments.patterns.statistics import Statistic
from experiments.screen import number, significant

_NEAR = 2.0
"""Distances up to this are what luck alone gives in 19 of 20 cases."""
_DIGITS = {"points": 0, "kg": 0, "ports": 1, "changes": 1, "rank": 1}
_BOUNDED = ("%", "ports", "changes")


def value_in_text(statistic: Statistic, value: float) -> str:
    """Return a value of a statistic (given on its scale) as it is shown, a dash where there is none."""
    natural = statistic.natural(value)
    if not math.isfinite(natural):
        return "-"
    if statistic.unit == "times":
        return significant(natural, 2)
    if statistic.unit == "EUR/kg":
        return number(round(natural, -2), 0)
    if statistic.unit == "%":
        return number(natural, 0 if natural >= 10 else 1)
    text = number(natural, _DIGITS[statistic.unit], sign=statistic.unit == "points")
    return text.removesuffix(".0")


def with_range(statistic: Statistic, value: float, low: float, high: float) -> str:
    """Return a value with the ends of its interval or range; counts and shares are never shown below zero."""
    text = value_in_text(statistic, value)
    if text == "-" or not (math.isfinite(low) and math.isfinite(high)):
        return text
    least = max(0.0, low) if statistic.unit in _BOUNDED else low
    most = min(100.0, high) if statistic.unit == "%" else high
    ends = (value_in_text(statistic, end) for end in (least, most))
    return f"{text} [{', '.join(ends)}]"


def label(statistic: Statistic) -> str:
    """Return the name, with the unit where the name does not say it."""
    return f"{statistic.name}, {statistic.unit}" if statistic.unit in ("%", "kg", "points") else statistic.name


def published_in_text(row: Row) -> str:
    """Return the published value with its 95 % interval."""
    return with_range(row.statistic, row.published.value, row.published.low, row.published.high)


def arm_in_text(row: Row, arm: str) -> str:
    """Return the mean of an arm with the range of its replications."""
    estimate = row.arms[arm]
    return with_range(row.statistic, estimate.mean, estimate.low, estimate.high)


def fit_in_words(row: Row) -> str:
    """Return whether the model is within error of the record, and if not to which side it misses."""
    distance = row.distance(MODEL)
    if math.isfinite(distance):
        if abs(distance) <= _NEAR:
            return "Within error"
        return f"Not met: the model is too {'high' if distance > 0 else 'low'}"
    if not math.isfinite(row.arms[MODEL].mean):
        return "Not measured in this case"
    if math.isnan(row.published.value):
        return "No published series to compare with"
    return "No error is known"


def reading(row: Row) -> str:
    """Return what a row says, in a few short sentences."""
    parts = [fit_in_words(row)]
    if row.apart(MODEL, TWIN) == "yes":
        parts += _nearer(row)
    if may_be_chance(row):
        parts.append("chance alone may have made the change in the record")
    if row.statistic.about:
        parts.append(row.statistic.about)
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def may_be_chance(row: Row) -> bool:
    """Return whether the interval of a published change holds no change."""
    return row.statistic.is_change and row.published.low <= 0.0 <= row.published.high


def _nearer(row: Row) -> list[str]:
    """Return to which of the two the record is nearer, if there is a record."""
    model, twin = (abs(row.arms[arm].mean - row.published.value) for arm in (MODEL, TWIN))
    if not math.isfinite(model + twin):
        return []
    return [f"the record is nearer to the {'model' if model <= twin else 'twin'}"]


def is_met(row: Row, arm: str) -> bool:
    """Return whether an arm lies within error of the record."""
    return abs(row.distance(arm)) <= _NEAR
