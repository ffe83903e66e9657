"""Working capital: what an organisation begins with and can lose, who enters, and who takes over."""

from __future__ import annotations

import numpy as np
import pytest

from agents.capital import (
    Capital,
    entry_probability,
    landed_cost_eur_per_kg,
    next_holder,
    working_capital_eur,
)
from sim.streams import Stream, Streams
from tests.model_cases import small_case, with_parameters


def test_landed_cost_by_hand() -> None:
    """Origin 2,000, freight 2,500 and a tenth of the price."""
    case = with_parameters(small_case(), "costs", origin_price_eur_per_kg=2_000.0, freight_eur_per_kg=2_500.0)
    case = with_parameters(case, "costs", extraction_fee_share=0.1)
    case = with_parameters(case, "market", price_eur_per_kg=30_000.0)
    assert landed_cost_eur_per_kg(case.parameters) == pytest.approx(7_500.0)


def test_working_capital_by_hand() -> None:
    """Four mean lots at landed cost for the usual three slots and for fewer; in proportion for more."""
    case = with_parameters(small_case(), "capital", working_capital_lots=4.0)
    case = with_parameters(case, "organisations", slots=300, count=100)
    p = case.parameters
    mean_lot_kg = p.supply.mass_2023_t * 1000 / p.supply.lots_2023
    usual = 4 * mean_lot_kg * landed_cost_eur_per_kg(p)
    assert working_capital_eur(p, np.array([0, 1, 3, 6, 9])) == pytest.approx(usual * np.array([1, 1, 1, 2, 3]))


def test_profits_beyond_the_start_are_taken_out() -> None:
    """Law: capital never exceeds the start, and what was taken out does not come back when losses follow."""
    capital = Capital(np.array([100.0, 100.0, 50.0]))
    capital.settle(np.array([0, 1]), np.array([30.0, -30.0]))
    assert capital.eur.tolist() == [100, 70, 50]
    capital.settle(np.array([0, 1]), np.array([-40.0, 20.0]))
    assert capital.eur.tolist() == [60, 90, 50]
    capital.settle(np.array([1]), np.array([500.0]))
    assert capital.eur.tolist() == [60, 100, 50]


def test_consignments_that_close_together_are_settled_together() -> None:
    """Every one counts, in any order: profits and losses of a day meet before anything is taken out."""
    for order in ([0, 1, 2, 3], [3, 1, 2, 0], [2, 0, 3, 1]):
        capital = Capital(np.array([100.0, 100.0]))
        capital.settle(np.array([0, 0, 0, 1])[order], np.array([-60.0, 80.0, -30.0, -5.0])[order])
        assert capital.eur == pytest.approx([90, 95])


def test_nothing_to_settle_changes_nothing_and_the_start_stays() -> None:
    """The amounts that organisations begin with are not the same array as what they have."""
    start = np.array([100.0, 10.0])
    capital = Capital(start)
    capital.settle(np.zeros(0, np.int64), np.zeros(0))
    capital.settle(np.array([1]), np.array([-10.5]))
    assert capital.eur.tolist() == [100.0, -0.5]
    assert start.tolist() == [100.0, 10.0]


def test_who_has_lost_more_than_it_had_has_failed() -> None:
    """Below zero, not at zero."""
    capital = Capital(np.array([100.0, 100.0, 100.0]))
    capital.settle(np.array([0, 1]), np.array([-100.0, -100.01]))
    assert capital.has_failed.tolist() == [False, True, False]


def test_entry_by_hand() -> None:
    """One half at the profit at which entry is even; 1 / (1 + e^-1) a scale above it; it rises with profit."""
    case = with_parameters(small_case(), "capital", entry_profit_eur_per_kg=3_000.0, entry_scale_eur_per_kg=1_500.0)
    p = case.parameters
    assert entry_probability(3_000.0, p) == pytest.approx(0.5)
    assert entry_probability(4_500.0, p) == pytest.approx(1 / (1 + np.exp(-1)))
    levels = [entry_probability(profit, p) for profit in np.linspace(-9_000, 15_000, 20)]
    assert (np.diff(levels) > 0).all()
    assert levels[0] < 0.001
    assert levels[-1] > 0.999


def test_slots_go_to_others_in_proportion_to_their_size(seed: int) -> None:
    """Frequencies of the next holder are exp(log weight) over the sum of the candidates', within 5 errors."""
    n, log_weight = 20_000, np.array([0.0, 1.2, -0.7, 2.0, 0.4])
    is_candidate = np.array([True, True, True, False, True])
    luck = Streams(seed, 0).uniforms(Stream.TAKEOVER, np.arange(n), 5)
    chosen = [next_holder(log_weight, is_candidate, -np.log(-np.log(row))) for row in luck]
    expected = np.where(is_candidate, np.exp(log_weight), 0)
    expected /= expected.sum()
    shares = np.bincount(chosen, minlength=5) / n
    assert (np.abs(shares - expected) <= 5 * np.sqrt(expected * (1 - expected) / n)).all()


def test_a_candidate_less_moves_only_what_it_would_have_taken(seed: int) -> None:
    """Law: who leaves passes on its own slots and no others."""
    log_weight, everybody = np.array([0.0, 1.2, -0.7, 2.0]), np.ones(4, np.bool_)
    without = np.array([True, False, True, True])
    noise = -np.log(-np.log(Streams(seed, 0).uniforms(Stream.TAKEOVER, np.arange(500), 4)))
    first = np.array([next_holder(log_weight, everybody, row) for row in noise])
    second = np.array([next_holder(log_weight, without, row) for row in noise])
    assert (first[first != second] == 1).all()
    assert (first == 1).any()
    assert not (second == 1).any()
