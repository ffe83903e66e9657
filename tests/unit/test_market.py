"""The market: price in balance, sign of the elasticity, sinks in whole grams."""

from __future__ import annotations

import datetime

import pytest

from scenarios.case import Case
from sim.clock import Clock
from sim.market import Market, demand_index, price_eur_per_kg
from tests.model_cases import small_case, with_parameters


def market(case: Case | None = None, share: float = 0.4) -> Market:
    return Market(case or small_case(), Clock(datetime.date(2024, 1, 1)), share)


def test_price_formula_by_hand() -> None:
    """P = P0 (Q / Q0)^(1 / eps): at -.5 half the flow costs four times as much."""
    assert price_eur_per_kg(100.0, 100.0, 30_000.0, -0.7) == 30_000.0
    assert price_eur_per_kg(50.0, 100.0, 30_000.0, -0.5) == pytest.approx(120_000.0)
    assert price_eur_per_kg(200.0, 100.0, 30_000.0, -1.0) == pytest.approx(15_000.0)


def test_price_falls_with_what_lands() -> None:
    """The sign of the elasticity: more landed, lower price, for every elasticity allowed."""
    for elasticity in (-1.2, -0.7, -0.4):
        prices = [price_eur_per_kg(q, 100.0, 30_000.0, elasticity) for q in (10.0, 50.0, 100.0, 200.0)]
        assert prices == sorted(prices, reverse=True)


def test_price_stays_at_its_reference_when_demand_is_met() -> None:
    """In balance the price is the reference price and stays there."""
    m = market()
    assert m.price == 30_000.0
    demanded_g = round(m.flow_kg_per_day * 1000)
    for day in range(300):
        m.advance(day, demanded_g)
        assert m.price == pytest.approx(30_000.0, rel=2e-6), "whole grams only"


def test_price_follows_a_shortage_slowly() -> None:
    """Half the flow raises the price towards 2^(1 / .7) of it, half of the way in a half-life of the stock."""
    m = market()
    half_g = round(m.flow_kg_per_day * 500)
    prices = []
    for day in range(600):
        m.advance(day, half_g)
        prices.append(m.price)
    assert prices == sorted(prices)
    assert prices[59] == pytest.approx(30_000 * 0.75 ** (-1 / 0.7), rel=1e-3)
    assert prices[-1] == pytest.approx(30_000 * 2 ** (1 / 0.7), rel=2e-3)


def test_without_feedback_the_price_stands_still() -> None:
    """The switch holds the price, not the sinks."""
    m = market(small_case("switches.price_feedback=false"))
    for day in range(100):
        m.advance(day, 0)
    assert m.price == 30_000.0
    m.advance(100, 10**9)
    assert m.sinks.landed_g() == 10**9


def test_no_landing_at_all_gives_a_finite_price() -> None:
    """A flow of nothing is bounded below."""
    m = market()
    for day in range(3000):
        m.advance(day, 0)
    assert 30_000 < m.price < 1e10


def test_sinks_sum_to_landed_in_whole_grams() -> None:
    """Law: whatever lands, the sinks sum to it, none is negative, and the stock drains by half in a half-life."""
    m = market(with_parameters(small_case(), "market", reexport_share=0.37, inland_seizure_share=0.09))
    landed = 0
    for day in range(200):
        grams = (day * 7_919_313) % 1_000_003
        landed += grams
        m.advance(day, grams)
        s = m.sinks
        assert s.landed_g() == landed
        assert min(s.consumed_g, s.reexported_g, s.seized_inland_g, s.stock_g) >= 0
    out = landed - m.sinks.stock_g
    assert m.sinks.reexported_g == pytest.approx(0.37 * out, abs=200)
    assert m.sinks.seized_inland_g == pytest.approx(0.09 * out, abs=200)
    stock = m.sinks.stock_g
    for day in range(200, 260):
        m.advance(day, 0)
    assert m.sinks.stock_g == pytest.approx(stock / 2, rel=1e-3)


def test_demand_is_one_in_the_middle_of_2023() -> None:
    """Demand grows by the past rate before, by the scenario's after."""
    case = small_case("scenario.demand_growth_per_year=0.5")
    past = case.parameters.market.demand_growth_per_year
    assert demand_index(case, 2023.5) == 1.0
    assert demand_index(case, 2022.5) == pytest.approx(1 / (1 + past))
    assert demand_index(case, 2025.5) == pytest.approx(2.25)
