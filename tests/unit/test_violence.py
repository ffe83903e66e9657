"""The violence index by hand: it rises with losses, threats and contest, and fades."""

from __future__ import annotations

import numpy as np
import pytest

from agents.violence import MONTH_DAYS, contest_by_month, violence_index
from sim.streams import Floats


def test_contest_by_hand() -> None:
    """One organisation alone is no contest, two equal ones are half; old consignments count less."""
    month, place, organisation = np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 0, 0]), np.array([4, 4, 7, 7, 7])
    contest = contest_by_month(month, place, organisation, (3, 2), MONTH_DAYS)
    assert contest[0].tolist() == [0.0, 0.5]
    assert contest[1] == pytest.approx([1 - (0.25 + 1) / 1.5**2, 0.5])
    assert contest[2] == pytest.approx([1 - (0.25**2 + 1.5**2) / 1.75**2, 0.5])
    nobody = contest_by_month(month[:0], place[:0], organisation[:0], (3, 2), MONTH_DAYS)
    assert not nobody.any()


def index(lost: float = 0.4, threats: float = 10.0, contest: float = 0.6, months: int = 3) -> Floats:
    shape = (months, 1)
    seized = np.full(shape, round(lost * 1000))
    return violence_index(
        seized, 1000 - seized, np.full(shape, threats), np.full(shape, 100.0), np.full(shape, contest), 2 * MONTH_DAYS
    )[:, 0]


def test_index_by_hand() -> None:
    """A third each of 40 % lost, one threat in ten jobs and a contest of 0.6; constant while nothing changes."""
    assert index() == pytest.approx(np.full(3, 100 * 1.1 / 3))


def test_index_rises_with_each_pressure() -> None:
    assert index(lost=0.5)[-1] > index()[-1]
    assert index(threats=30)[-1] > index()[-1]
    assert index(contest=0.9)[-1] > index()[-1]


def test_index_fades_and_is_bounded() -> None:
    """With a half-life of two months half is left after two; months without settled mass count as no loss."""
    seized = np.zeros((5, 1), np.int64)
    seized[0] = 10
    zero = np.zeros((5, 1))
    values = violence_index(seized, 0 * seized, zero, zero, zero, 2 * MONTH_DAYS)[:, 0]
    assert values[[0, 2, 4]] == pytest.approx(100 / 3 * np.array([1, 0.5, 0.25]))
    assert index(lost=1.0, threats=1e9, contest=1.0).max() == pytest.approx(100)
