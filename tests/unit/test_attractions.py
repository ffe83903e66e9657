"""Attractions: one outcome is one step of experience-weighted attraction, of the organisation concerned alone."""

from __future__ import annotations

import dataclasses as dc

import numpy as np

from agents.attractions import Attractions
from agents.choice import ewa_step
from sim.streams import Floats, Ints
from tests.model_cases import small_case

PLACES, METHODS, ORGANISATIONS = 3, 5, 4
START = np.arange(15.0).reshape(PLACES, METHODS) * 1_000
FOREGONE = 20_000 - START
PARAMETERS = dc.replace(small_case().parameters.choice, ewa_phi=0.9, ewa_delta=0.4)


def learn(a: Attractions, *outcomes: tuple[int, int, int, float], foregone: Floats = FOREGONE) -> None:
    """Let organisations learn outcomes (organisation, place, method, received)."""
    organisation, place, method, received = (np.array(column) for column in zip(*outcomes, strict=True))
    everywhere = np.tile(foregone, (len(outcomes), 1, 1))
    a.learn(organisation, place, method, received.astype(np.float64), everywhere)


def by_hand(before: Floats, experience: float, cell: tuple[int, int], received: float) -> tuple[Floats, float]:
    """Return A and N after one outcome: phi N A + (delta + (1 - delta) if chosen) payoff, over rho N + 1."""
    weight, payoff = np.full((PLACES, METHODS), 0.4), FOREGONE.copy()
    weight[cell], payoff[cell] = 1.0, received
    after = 0.9 * experience + 1
    return (0.9 * experience * before + weight * payoff) / after, after


def test_one_outcome_is_one_step() -> None:
    """Equal to ``ewa_step`` with what was received in the chosen cell and public news in the others."""
    a = Attractions(PARAMETERS, START, ORGANISATIONS)
    learn(a, (2, 1, 3, 12_345.0))
    payoff = FOREGONE.ravel()[None].copy()
    chosen: Ints = np.array([1 * METHODS + 3])
    payoff[0, chosen] = 12_345.0
    expected, _ = ewa_step(START.ravel()[None], np.ones(1), payoff, chosen, 0.9, 0.4, 0.9)
    assert np.array_equal(a.proceeds[2].ravel(), expected[0])
    np.testing.assert_allclose(a.proceeds[2], by_hand(START, 1.0, (1, 3), 12_345.0)[0], rtol=1e-12)


def test_outcomes_are_taken_one_after_the_other() -> None:
    """Two outcomes of a day by hand; learning them on two days is the same; experience grows."""
    together, apart = Attractions(PARAMETERS, START, ORGANISATIONS), Attractions(PARAMETERS, START, ORGANISATIONS)
    learn(together, (0, 0, 0, 9_000.0), (0, 2, 4, 0.0))
    learn(apart, (0, 0, 0, 9_000.0))
    learn(apart, (0, 2, 4, 0.0))
    assert np.array_equal(together.proceeds, apart.proceeds)
    first, experience = by_hand(START, 1.0, (0, 0), 9_000.0)
    second, _ = by_hand(first, experience, (2, 4), 0.0)
    np.testing.assert_allclose(together.proceeds[0], second, rtol=1e-12)


def test_only_the_organisation_concerned_learns() -> None:
    """Law: all others keep their attractions to the bit, and their experience: a later step is the first one."""
    a, fresh = Attractions(PARAMETERS, START, ORGANISATIONS), Attractions(PARAMETERS, START, ORGANISATIONS)
    for _ in range(5):
        learn(a, (1, 0, 0, 0.0))
    assert (a.proceeds[[0, 2, 3]] == START).all()
    assert (a.proceeds[1] != START).sum() > PLACES * METHODS / 2
    for b in (a, fresh):
        learn(b, (3, 2, 1, 7_000.0))
    assert np.array_equal(a.proceeds[3], fresh.proceeds[3])


def test_others_between_do_not_matter() -> None:
    """Law: outcomes of other organisations in the same batch change nothing."""
    alone, company = Attractions(PARAMETERS, START, ORGANISATIONS), Attractions(PARAMETERS, START, ORGANISATIONS)
    learn(alone, (1, 0, 0, 5.0), (1, 1, 1, 6.0))
    learn(company, (0, 2, 2, 1.0), (1, 0, 0, 5.0), (3, 0, 0, 2.0), (1, 1, 1, 6.0), (2, 1, 1, 9.0))
    assert np.array_equal(alone.proceeds[1], company.proceeds[1])


def test_a_loss_lowers_the_cell_below_what_a_delivery_leaves() -> None:
    """Monotone: the more was received, the higher the attraction of that cell, and that of no other."""
    levels = []
    for received in (0.0, 10_000.0, 25_000.0):
        a = Attractions(PARAMETERS, START, ORGANISATIONS)
        learn(a, (0, 1, 2, received))
        levels.append(a.proceeds[0])
    assert levels[0][1, 2] < levels[1][1, 2] < levels[2][1, 2]
    others = np.ones((PLACES, METHODS), np.bool_)
    others[1, 2] = False
    assert np.array_equal(levels[0][others], levels[2][others])


def test_news_count_by_their_weight() -> None:
    """Without a weight of foregone payoffs news do nothing; with it they move every other cell."""
    for delta, moves in ((0.0, False), (0.4, True)):
        found = []
        for foregone in (FOREGONE, FOREGONE + 5_000):
            a = Attractions(dc.replace(PARAMETERS, ewa_delta=delta), START, ORGANISATIONS)
            learn(a, (0, 1, 2, 3_000.0), foregone=foregone)
            found.append(a.proceeds[0])
        assert np.array_equal(found[0], found[1]) != moves
        assert found[0][1, 2] == found[1][1, 2]
    assert (FOREGONE == 20_000 - START).all(), "news are shared, so learning must not change them"
