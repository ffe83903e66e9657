"""Lane fitting: margins and anchors are met, the structure of the prior is kept, the impossible is refused."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.errors import InputError
from scenarios.lanes import Block, anchored_columns, drop_thin_lanes, fit_lanes, lift_totals

PRIOR = np.array([[1.0, 2.0, 0.3, 4.0], [0.05, 1.0, 1.0, 0.05], [3.0, 0.5, 0.05, 1.0]])
ROWS = np.array([500.0, 300.0, 200.0])
COLUMNS = np.array([100.0, 400.0, 200.0, 300.0])


def block(boxes: float, rows: tuple[int, ...] = (0, 1), column: int = 1, name: str = "published") -> Block:
    return Block(name, np.isin(np.arange(3), rows), column, boxes)


def test_margins_are_met() -> None:
    boxes = fit_lanes(PRIOR, ROWS, COLUMNS)
    np.testing.assert_allclose(boxes.sum(axis=1), ROWS, rtol=1e-9)
    np.testing.assert_allclose(boxes.sum(axis=0), COLUMNS, rtol=1e-9)


def test_cross_ratios_of_the_prior_are_kept() -> None:
    boxes = fit_lanes(PRIOR, ROWS, COLUMNS)
    for matrix, wanted in ((boxes, PRIOR), (fit_lanes(PRIOR * 7.0, ROWS, COLUMNS), PRIOR)):
        ratio = matrix[0, 0] * matrix[2, 3] / (matrix[0, 3] * matrix[2, 0])
        assert ratio == pytest.approx(wanted[0, 0] * wanted[2, 3] / (wanted[0, 3] * wanted[2, 0]), rel=1e-9)


def test_factors_of_rows_and_columns_in_the_prior_change_nothing() -> None:
    # Port size and distance in the prior therefore add nothing to margins.
    factored = PRIOR * np.array([[3.0], [0.1], [20.0]]) * np.array([1.0, 9.0, 0.2, 5.0])
    np.testing.assert_allclose(fit_lanes(factored, ROWS, COLUMNS), fit_lanes(PRIOR, ROWS, COLUMNS), rtol=1e-9)


def test_two_by_two_by_hand() -> None:
    boxes = fit_lanes(np.ones((2, 2)), np.array([30.0, 70.0]), np.array([40.0, 60.0]))
    np.testing.assert_allclose(boxes, [[12.0, 18.0], [28.0, 42.0]], rtol=1e-12)


def test_anchor_is_met_with_margins() -> None:
    free = fit_lanes(PRIOR, ROWS, COLUMNS)
    anchor = block(390.0)
    assert free[[0, 1], 1].sum() < 385.0
    boxes = fit_lanes(PRIOR, ROWS, COLUMNS, [anchor])
    assert boxes[[0, 1], 1].sum() == pytest.approx(390.0, rel=1e-6)
    np.testing.assert_allclose(boxes.sum(axis=1), ROWS, rtol=1e-9)
    np.testing.assert_allclose(boxes.sum(axis=0), COLUMNS, rtol=1e-9)


def test_anchored_columns_keep_the_sum_and_the_other_rows() -> None:
    free = fit_lanes(PRIOR, ROWS, COLUMNS)
    columns = anchored_columns(free, [block(450.0)])
    assert columns.sum() == pytest.approx(1000.0)
    assert columns[1] == pytest.approx(450.0 + free[2, 1])
    np.testing.assert_allclose(columns[[0, 2, 3]] / COLUMNS[[0, 2, 3]], (1000.0 - columns[1]) / 600.0)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_prior_that_is_not_positive_is_refused(value: float) -> None:
    prior = PRIOR.copy()
    prior[1, 2] = value
    with pytest.raises(InputError, match=r"prior cell \(1, 2\) is .*, allowed: above 0"):
        fit_lanes(prior, ROWS, COLUMNS)


@pytest.mark.parametrize(
    ("rows", "columns", "blocks", "words"),
    [
        (ROWS * 1.01, COLUMNS, [], "rows sum to 1,010.000 and columns to 1,000.000, allowed: the same sum"),
        (np.array([500.0, 500.0, 0.0]), COLUMNS, [], "row total 2 is 0, allowed: above 0"),
        (ROWS, np.array([100.0, np.nan, 600.0, 300.0]), [], "column total 1 is nan"),
        (ROWS, COLUMNS, [block(401.0)], "anchor 'published' is 401 boxes, allowed: 0 to 400"),
        (ROWS, COLUMNS, [block(250.0, rows=(2,))], "allowed: 0 to 200"),
        (ROWS, COLUMNS, [block(100.0), block(100.0, rows=(1, 2), name="other")], "anchor 'other' overlaps"),
        (ROWS[:2], COLUMNS, [], "the prior is"),
    ],
)
def test_contradictory_totals_are_refused(
    rows: np.ndarray, columns: np.ndarray, blocks: list[Block], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        fit_lanes(PRIOR, rows, columns, blocks)


def test_anchors_that_exceed_a_row_together_state_the_error() -> None:
    # Each anchor fits alone; both need more than the 300 boxes of row 1.
    anchors = [block(200.0, rows=(1,), column=1), block(190.0, rows=(1,), column=2)]
    with pytest.raises(
        InputError, match=r"cannot be met: after \d+ sweeps the largest relative error is 0\.\d+, allowed"
    ):
        fit_lanes(PRIOR, ROWS, COLUMNS, anchors)


def test_thin_lanes_are_dropped_and_the_rest_rescaled() -> None:
    free = fit_lanes(PRIOR, ROWS, COLUMNS)
    assert 0 < (free < 20.0).sum() < free.size
    boxes = drop_thin_lanes(free, ROWS, COLUMNS, [], 20.0)
    assert (boxes == 0).sum() >= 1
    assert boxes[boxes > 0].min() >= 20.0
    np.testing.assert_allclose(boxes.sum(axis=1), ROWS, rtol=1e-9)
    np.testing.assert_allclose(boxes.sum(axis=0), COLUMNS, rtol=1e-9)


def test_dropping_that_breaks_the_totals_is_refused() -> None:
    thin = np.array([[90.0, 1.0], [1.0, 10.0]])
    with pytest.raises(InputError, match="cannot be met"):
        drop_thin_lanes(thin, np.array([90.0, 12.0]), np.array([80.0, 22.0]), [], 5.0)


def test_small_totals_are_lifted() -> None:
    lifted = lift_totals(np.array([1.0, 60.0, 939.0]), 50.0)
    assert lifted[0] == 50.0
    assert lifted.sum() == pytest.approx(1000.0)
    assert lifted[1] / lifted[2] == pytest.approx(60.0 / 939.0)
    with pytest.raises(InputError, match="allowed: 50 each"):
        lift_totals(np.array([10.0, 20.0]), 50.0)
