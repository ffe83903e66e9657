"""Lane volumes: iterative proportional fitting of a prior to row and column totals and to published blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.errors import InputError
from scenarios.world import Bools, Floats, Ints

_TOLERANCE = 1e-12
_MOST_SWEEPS = 20_000
"""Numerical settings, not assumptions: the real network needs fewer than a hundred sweeps."""


@dataclass(frozen=True, slots=True)
class Block:
    """A published volume: the boxes a year from some rows to one column."""

    name: str
    rows: Bools
    column: int
    boxes: float


def fit_lanes(prior: Floats, row_totals: Floats, column_totals: Floats, blocks: Sequence[Block] = ()) -> Floats:
    """Return the matrix nearest the prior that has the given row totals, column totals and blocks.

    Args:
        prior: relative weights, every one above 0, shape (rows, columns). Scaling it changes nothing. A zero cell
            would make the margins unreachable for some totals, so none is allowed.
        row_totals: boxes a year, shape (rows,).
        column_totals: boxes a year including those of the blocks, shape (columns,); the same sum as the rows.
        blocks: anchors; those of one column may not overlap.

    Raises:
        InputError: a cell of the prior is not positive, the totals contradict each other, or the fit does not
            converge; the largest relative error is stated.

    References:
        Deming and Stephan 1940, doi:10.1214/aoms/1177731829; for blocks, Csiszar 1975, doi:10.1214/aop/1176996454.
    """
    if prior.shape != (len(row_totals), len(column_totals)):
        raise InputError(f"lanes: the prior is {prior.shape}, allowed: ({len(row_totals)}, {len(column_totals)}).")
    if not np.all(np.isfinite(prior) & (prior > 0)):
        row, column = (int(i) for i in np.argwhere(~(np.isfinite(prior) & (prior > 0)))[0])
        raise InputError(
            f"lanes: prior cell ({row}, {column}) is {prior[row, column]:g}, allowed: above 0 (add a floor)."
        )
    _check_totals(row_totals, column_totals, blocks)
    return _scaled(prior, row_totals, *_groups(prior.shape, column_totals, blocks))


def anchored_columns(fitted: Floats, blocks: Sequence[Block]) -> Floats:
    """Return column totals that make room for the blocks, shape (columns,).

    An anchored port keeps the boxes that the fit without anchors gives it from other rows; the other ports are
    scaled by one factor so that the sum stays what it was.
    """
    columns: Floats = np.sum(fitted, axis=0)
    total = float(columns.sum())
    anchored = np.zeros(len(columns), dtype=np.bool_)
    for block in blocks:
        anchored[block.column] = True
        columns[block.column] += block.boxes - float(fitted[block.rows, block.column].sum())
    rest = total - float(columns[anchored].sum())
    if rest <= 0:
        raise InputError(f"lanes: the anchors take {total - rest:,.0f} boxes, allowed: less than all {total:,.0f}.")
    columns[~anchored] *= rest / float(columns[~anchored].sum())
    return columns


def lift_totals(totals: Floats, least_boxes: float) -> Floats:
    """Return totals of at least ``least_boxes`` and the same sum: small ones are lifted, the others scaled down."""
    lifted = totals.copy()
    small = np.zeros(len(totals), dtype=np.bool_)
    while np.any(lifted[~small] < least_boxes):
        small |= lifted < least_boxes
        if small.all():
            raise InputError(f"lanes: {len(totals)} totals sum to {totals.sum():,.0f}, allowed: {least_boxes:g} each.")
        lifted[small] = least_boxes
        lifted[~small] *= (totals.sum() - least_boxes * small.sum()) / lifted[~small].sum()
    return lifted


def drop_thin_lanes(
    fitted: Floats, row_totals: Floats, column_totals: Floats, blocks: Sequence[Block], least_boxes: float
) -> Floats:
    """Return the fit without lanes under ``least_boxes`` a year, the rest rescaled to the same totals.

    Rescaling moves boxes, so it is repeated until no thin lane is left. The largest lane of every row and of every
    column stays whatever its size while others are dropped, so that no port loses all its lanes on the way.

    Raises:
        InputError: the totals cannot be met with the lanes that are left.
    """
    boxes = fitted.copy()
    groups, totals = _groups(fitted.shape, column_totals, blocks)
    for _ in range(fitted.size):
        keep = boxes >= least_boxes
        keep |= (boxes > 0) & (boxes == boxes.max(axis=1, keepdims=True))
        keep |= (boxes > 0) & (boxes == boxes.max(axis=0, keepdims=True))
        if np.array_equal(keep, boxes > 0):
            return boxes
        boxes = _scaled(np.where(keep, boxes, 0.0), row_totals, groups, totals)
    raise InputError("lanes: dropping thin lanes does not end; allowed: totals that leave a lane to every port.")


def _check_totals(row_totals: Floats, column_totals: Floats, blocks: Sequence[Block]) -> None:
    for name, totals in (("row", row_totals), ("column", column_totals)):
        if not np.all(np.isfinite(totals) & (totals > 0)):
            worst = int(np.argmin(np.where(np.isfinite(totals), totals, -np.inf)))
            raise InputError(f"lanes: {name} total {worst} is {totals[worst]:g}, allowed: above 0.")
    rows, columns = float(row_totals.sum()), float(column_totals.sum())
    if abs(rows / columns - 1) > 1e-9:
        raise InputError(f"lanes: rows sum to {rows:,.3f} and columns to {columns:,.3f}, allowed: the same sum.")
    seen: set[tuple[int, int]] = set()
    for block in blocks:
        cells = {(int(row), block.column) for row in np.flatnonzero(block.rows)}
        if cells & seen or not cells:
            raise InputError(f"lanes: anchor '{block.name}' overlaps another or is empty, allowed: separate cells.")
        seen |= cells
        most = min(float(row_totals[block.rows].sum()), float(column_totals[block.column]))
        if not 0 < block.boxes < most:
            raise InputError(f"lanes: anchor '{block.name}' is {block.boxes:,.0f} boxes, allowed: 0 to {most:,.0f}.")


def _groups(shape: tuple[int, ...], column_totals: Floats, blocks: Sequence[Block]) -> tuple[Ints, Floats]:
    # A column with anchors is split: each block is a group of cells with a total of its own, the rest another.
    groups = np.tile(np.arange(shape[1], dtype=np.int64), (shape[0], 1))
    totals = list(map(float, column_totals))
    for block in blocks:
        groups[block.rows, block.column] = len(totals)
        totals.append(block.boxes)
        totals[block.column] -= block.boxes
    return groups, np.array(totals)


def _scaled(prior: Floats, row_totals: Floats, groups: Ints, totals: Floats) -> Floats:
    boxes: Floats = prior * (row_totals / prior.sum(axis=1))[:, None]
    flat = groups.ravel()
    error = np.inf
    for _ in range(_MOST_SWEEPS):
        sums = np.bincount(flat, boxes.ravel(), minlength=len(totals))
        factors = np.divide(totals, sums, out=np.ones(len(totals)), where=sums > 0)
        boxes *= factors[groups]
        rows = boxes.sum(axis=1)
        error = float(np.max(np.abs(rows / row_totals - 1)))
        if error < _TOLERANCE:
            break
        boxes *= (row_totals / rows)[:, None]
    else:
        raise InputError(
            f"lanes: the totals cannot be met: after {_MOST_SWEEPS} sweeps the largest relative error is {error:.2g},"
            f" allowed: {_TOLERANCE:g}."
        )
    missed = np.bincount(flat, boxes.ravel(), minlength=len(totals)) / totals - 1
    if float(np.max(np.abs(missed))) > 1e-9:
        raise InputError(
            f"lanes: column or anchor {int(np.argmax(np.abs(missed)))} has no lane left, allowed: one or more."
        )
    return boxes
