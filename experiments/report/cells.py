"""Cells of tables: a mean with its interval for each shown arm, and the paired change between them."""

from __future__ import annotations

import numpy as np

from experiments.contrasts import Contrast, half_width, linearised_ratio, paired_contrast, ratio_contrast
from experiments.report.compared import Compared
from experiments.report.page import Column
from experiments.screen import number, with_interval, with_spread
from sim.streams import Floats


def arm_columns(compared: Compared, name: str, unit: str = "") -> tuple[Column, ...]:
    """Return the columns of a table with both arms and their change.

    Args:
        compared: says the arms.
        name: of the first column, what the rows are.
        unit: of all numbers; empty if it is in the rows.
    """
    change = (Column(compared.texts("cells.change"), unit),) if compared.has_contrast else ()
    return (Column(name, is_number=False), *(Column(label, unit) for label in compared.labels), *change)


def arm_cells(values: Floats, digits: int) -> tuple[str, ...]:
    """Return mean and half-width of each arm, and the change with its interval.

    Args:
        values: shape (arms, replications), baseline first.
        digits: behind the point.
    """
    means = tuple(spread(row, digits) for row in values)
    return (*means, interval(change_of(values), digits)) if len(values) == 2 else means


def ratio_cells(numerator: Floats, denominator: Floats, digits: int, scale: float = 1.0) -> tuple[str, ...]:
    """Return the same of ratios of sums over replications, each array of shape (arms, replications)."""
    rows = [scale * linearised_ratio(y, x) for y, x in zip(numerator, denominator, strict=True)]
    means = tuple(spread(row, digits) for row in rows)
    if len(numerator) < 2:
        return means
    if not denominator.sum(axis=1).all():
        return (*means, number(np.nan))
    c = ratio_contrast(scale * numerator[1], denominator[1], scale * numerator[0], denominator[0])
    return (*means, interval(c, digits))


def spread(values: Floats, digits: int) -> str:
    """Return a mean with the half-width of its 95 % interval, as the terminal prints it but for the sign."""
    return with_spread(float(values.mean()), half_width(values), digits).replace("+-", "±")


def change_of(values: Floats) -> Contrast:
    """Return the paired change from the first arm to the second."""
    return paired_contrast(values[1], values[0])


def interval(c: Contrast, digits: int | None = None) -> str:
    """Return a difference with its interval."""
    return with_interval(c.difference, c.low, c.high, digits)
