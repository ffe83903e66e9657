"""Selecting the best of a few plans: known answers, and how often the best is lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from experiments.funding.shortlist import left_after, not_dominated, select
from sim.streams import Floats, Stream, Streams


def test_margin_is_that_worked_out_by_hand() -> None:
    """Two plans: differences 1, 2, 3 have mean 2 and sd 1; one-sided t at 95 % with 2 degrees is 2.92."""
    margin = student.ppf(0.95, 2) / math.sqrt(3)
    assert margin == pytest.approx(1.6859, abs=1e-4)
    first = np.array([10.0, 20.0, 30.0])
    assert not_dominated(np.stack([first, first + np.array([1, 2, 3])])).tolist() == [False, True]
    # One third of that is inside the margin.
    assert not_dominated(np.stack([first, first + np.array([-0.4, 0.6, 1.6])])).tolist() == [True, True]


def test_luck_in_common_does_not_count() -> None:
    luck = np.array([0.0, 1000.0, -500.0, 300.0])
    values = np.stack([luck, luck + np.array([1.0, 1.1, 0.9, 1.0]), luck - 5])
    assert not_dominated(values).tolist() == [False, True, False]


def test_more_alternatives_have_a_wider_margin() -> None:
    """Bonferroni: a plan that two leave behind stays when it is one of eight."""
    first = np.array([0.0, 0.0, 0.0])
    better = first + np.array([1.2, 2.0, 2.8])
    assert not_dominated(np.stack([first, better])).tolist() == [False, True]
    others = np.stack([first + np.array([-1.2, 0.1 * i, 1.1]) for i in range(6)])
    assert not_dominated(np.vstack([first, better, others]))[0]


def test_equal_plans_all_stay() -> None:
    assert not_dominated(np.ones((4, 5))).all()
    assert not_dominated(np.ones((3, 1))).all()


def test_what_is_left_early_is_never_selected() -> None:
    # The first one is far behind at first, and would be far ahead at last: it was not run on.
    first = np.array([[0.0, 0.1, -0.1], [10.0, 10.1, 10.2], [10.1, 10.0, 10.2]])
    second = np.array([[np.nan] * 3, [9.0, 9.0, 9.1], [12.0, 12.1, 12.0]])
    found = select(np.hstack([first, second]), 3)
    assert found.is_left_early.tolist() == [True, False, False]
    assert found.best == 2
    assert found.means[0] == pytest.approx(0)
    assert left_after(first).tolist() == [True, False, False]


@pytest.mark.slow
def test_the_best_is_rarely_lost(seed: int) -> None:
    """Of 2,000 selections at most 5 % lose the best, but for what luck allows (five standard errors)."""
    trials, k, n = 2000, 5, 10
    uniforms = Streams(seed, 0).uniforms(Stream.BOOTSTRAP, np.arange(trials * n), k + 1)
    noise: Floats = student.ppf(uniforms, 30).reshape(trials, n, k + 1)
    lost = 0
    for one in noise:
        values = one[:, :k].T + 3 * one[:, k] + np.array([0.0, 0.0, 0.0, 0.0, 0.2])[:, None]
        lost += not not_dominated(values)[-1]
    assert lost / trials < 0.05 + 5 * math.sqrt(0.05 * 0.95 / trials)
