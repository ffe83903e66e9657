"""When a lot is held: against hand computation, and monotone in what waiting brings and costs."""

from __future__ import annotations

import dataclasses as dc
from itertools import pairwise

import numpy as np
import pytest

from agents.timing import are_held, worth_of_waiting
from sim.streams import Bools, Floats
from tests.model_cases import small_case

TIMING = dc.replace(
    small_case().parameters.timing, most_held_days=56.0, shock_half_life_days=28.0, holding_eur_per_kg_month=600.0,
    capital_cost_per_year=0.25, scale_eur_per_kg=200.0,
)  # fmt: skip
TIED_UP = 4_500.0


def worth(shortfall: float, wait_days: float = 28.0, tied_up: float = TIED_UP, **values: float) -> float:
    return float(worth_of_waiting(np.array([shortfall]), wait_days, dc.replace(TIMING, **values), tied_up)[0])


def held(worth_eur_per_kg: float | Floats, held_days: int = 0, luck: float | Floats = 0.5, **values: float) -> Bools:
    shape = np.broadcast_shapes(np.shape(worth_eur_per_kg), np.shape(luck), (1,))
    columns = (np.broadcast_to(column, shape) for column in (worth_eur_per_kg, held_days, luck))
    return are_held(*columns, dc.replace(TIMING, **values))


def test_worth_of_waiting_by_hand() -> None:
    """A half-life of waiting recovers half of 3,000; storage and capital are paid for 28 days."""
    cost = 600 * 28 / 30.4375 + 0.25 * 4_500 * 28 / 365.25
    assert worth(3_000.0) == pytest.approx(1_500 - cost, rel=1e-12)
    assert worth(3_000.0, 56.0) == pytest.approx(2_250 - 2 * cost, rel=1e-12)
    assert worth(0.0) == pytest.approx(-cost, rel=1e-12)
    assert worth(3_000.0, 0.0) == 0.0


def test_worth_rises_with_the_shortfall_and_falls_with_costs() -> None:
    """Law: more to recover, faster recovery and cheaper waiting are worth more; good times make nobody wait."""
    levels = np.linspace(-3_000, 9_000, 25)
    assert (np.diff([worth(level) for level in levels]) > 0).all()
    for name, values in (
        ("holding_eur_per_kg_month", (0.0, 300.0, 2_000.0)), ("capital_cost_per_year", (0.0, 0.2, 1.0)),
        ("shock_half_life_days", (7.0, 60.0, 365.0)),
    ):  # fmt: skip
        assert (np.diff([worth(3_000.0, **{name: value}) for value in values]) < 0).all(), name
    assert (np.diff([worth(3_000.0, tied_up=value) for value in (0.0, 4_500.0, 20_000.0)]) < 0).all()
    assert (np.array([worth(level) for level in levels[levels <= 0]]) < 0).all()


def test_held_lots_by_hand() -> None:
    """A lot is held if what waiting brings exceeds scale x ln((1 - u) / u): 439 at a luck of .1 and a scale of 200."""
    threshold = 200 * np.log(9)
    assert held(np.array([threshold - 1e-6, threshold + 1e-6]), luck=0.1).tolist() == [False, True]
    assert held(np.array([-threshold - 1e-6, -threshold + 1e-6]), luck=0.9).tolist() == [False, True]
    assert held(np.array([-1e-6, 1e-6])).tolist() == [False, True]


def test_who_waits_at_little_worth_waits_at_more() -> None:
    """Law: raising what waiting is worth only adds held lots, for each luck."""
    luck = np.linspace(0.001, 0.999, 999)
    waits = [held(level, luck=luck) for level in np.linspace(-1_000, 1_000, 41)]
    assert all(not (less & ~more).any() for less, more in pairwise(waits))
    assert 0 < waits[0].sum() < waits[20].sum() < waits[-1].sum() < 999
    # A uniform luck makes the share held the logistic of worth / scale: here exactly, up to the grid.
    share = np.array([w.mean() for w in waits])
    np.testing.assert_allclose(share, 1 / (1 + np.exp(-np.linspace(-1_000, 1_000, 41) / 200)), atol=1.1e-3)


def test_nobody_waits_longer_than_allowed() -> None:
    """Law: at 56 days a lot goes, whatever waiting is worth; a day before it may still be held; at zero it never is."""
    assert held(1e9, held_days=55, luck=0.999).tolist() == [True]
    assert held(1e9, held_days=56, luck=0.999).tolist() == [False]
    assert held(1e9, held_days=400, luck=0.999).tolist() == [False]
    assert held(1e9, held_days=0, luck=0.999, most_held_days=0.0).tolist() == [False]
