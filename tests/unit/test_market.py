"""The market: price in balance, sign of the elasticity, sinks in whole grams."""

from __future__ import annotations

import datetime

import pytest

from scenarios.case import Case
from scenarios.reference_tables import load_prices
from sim.clock import Clock
from sim.market import FIRST_LANDINGS_DAYS, Market, bounded_price, demand_index, price_eur_per_kg
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
    m = market(with_parameters(small_case(), "market", price_cap_eur_per_kg=1e6))
    half_g = round(m.flow_kg_per_day * 500)
    prices = []
    for day in range(600):
        m.advance(day + FIRST_LANDINGS_DAYS, half_g)
        prices.append(m.price)
    assert prices == sorted(prices)
    assert prices[59] == pytest.approx(30_000 * 0.75 ** (-1 / 0.7), rel=1e-3)
    assert prices[-1] == pytest.approx(30_000 * 2 ** (1 / 0.7), rel=2e-3)


def test_an_empty_sea_is_no_shortage() -> None:
    """Until the first loads can have landed nothing that is missing moves the price but the growth of demand."""
    m = market(small_case("parameters.market.demand_growth_per_year=0.04"))
    for day in range(FIRST_LANDINGS_DAYS):
        m.advance(day, 0)
    assert m.price == pytest.approx(30_000, rel=0.01)
    m.advance(FIRST_LANDINGS_DAYS, 0)
    assert m.price > 30_200


def test_without_feedback_the_price_stands_still() -> None:
    """The switch holds the price, not the sinks."""
    m = market(small_case("switches.price_feedback=false"))
    for day in range(100):
        m.advance(day, 0)
    assert m.price == 30_000.0
    m.advance(100, 10**9)
    assert m.sinks.landed_g() == 10**9


def test_the_price_stays_within_its_bounds_and_days_at_them_are_counted() -> None:
    """A market without supply or with ten times as much ends at a bound, and each day there is noted."""
    for times, bound in ((0, 60_000.0), (10, 10_000.0)):
        m = market()
        landed_g, prices = round(m.flow_kg_per_day * 1000 * times), []
        for day in range(3000):
            m.advance(day, landed_g)
            prices.append(m.price)
        assert (min(prices), max(prices))[bound > 30_000] == bound == m.price
        assert all(10_000 <= price <= 60_000 for price in prices)
        assert m.days_at_bound == [day for day, price in enumerate(prices) if price == bound]
        assert 0 < len(m.days_at_bound) < 3000
    assert market().days_at_bound == []


@pytest.mark.parametrize(
    ("price", "expected"),
    [(5.0, (10.0, True)), (10.0, (10.0, True)), (11.0, (11.0, False)), (20.0, (20.0, True)), (21.0, (20.0, True))],
)
def test_bounds_by_hand(price: float, expected: tuple[float, bool]) -> None:
    assert bounded_price(price, 10.0, 20.0) == expected


def test_sinks_sum_to_landed_in_whole_grams() -> None:
    """Law: whatever lands, the sinks sum to it, none is negative, and the stock drains by half in a half-life."""
    m = market(with_parameters(small_case(), "market", reexport_share=0.37))
    landed = seized = 0
    for day in range(200):
        grams = (day * 7_919_313) % 1_000_003
        landed += grams
        # A tenth of what lands is seized inland nine days later.
        seized_now = ((day - 9) * 7_919_313) % 1_000_003 // 10 if day >= 9 else 0
        seized += seized_now
        m.advance(day, grams, grams // 10, seized_now)
        s = m.sinks
        assert s.landed_g() == landed
        assert s.seized_inland_g == seized
        assert min(s.consumed_g, s.reexported_g, s.seized_inland_g, s.stock_g) >= 0
    out = landed - m.sinks.stock_g - seized
    assert m.sinks.reexported_g == pytest.approx(0.37 * out, abs=200)
    to_come = sum(day * 7_919_313 % 1_000_003 // 10 for day in range(200)) - seized
    stock = m.sinks.stock_g - to_come
    for day in range(200, 260):
        m.advance(day, 0)
    assert m.sinks.stock_g - to_come == pytest.approx(stock / 2, rel=1e-3), "what is to be seized does not drain"


def test_a_load_that_is_all_there_is_can_be_seized_whole() -> None:
    """Without anything else in the stock, a seizure two weeks after landing takes all of it, to the gram."""
    m = market()
    m.advance(0, 123_457, 123_457)
    for day in range(1, 14):
        m.advance(day, 0)
    m.advance(14, 0, 0, 123_457)
    s = m.sinks
    assert (s.seized_inland_g, s.stock_g, s.consumed_g, s.reexported_g) == (123_457, 0, 0, 0)


def test_demand_is_one_in_the_middle_of_2023() -> None:
    """Demand grows by the past rate before, by the scenario's after."""
    case = small_case("scenario.demand_growth_per_year=0.5")
    past = case.parameters.market.demand_growth_per_year
    assert demand_index(case, 2023.5) == 1.0
    assert demand_index(case, 2022.5) == pytest.approx(1 / (1 + past))
    assert demand_index(case, 2025.5) == pytest.approx(2.25)


def test_demand_grows_by_nine_per_cent_a_year_up_to_2023_and_stands_still_after() -> None:
    """9 % a year from 2013 on, the growth of the market's value (5.7 to 10.5 billion in 7 years), then flat."""
    case = small_case("scenario=flat")
    for year in range(2013, 2023):
        assert demand_index(case, year + 1.5) / demand_index(case, year + 0.5) == pytest.approx(1.09)
    assert [demand_index(case, year) for year in (2023.5, 2024.0, 2030.0)] == [1.0, 1.0, 1.0]
    value = {row.period: row for row in load_prices() if row.category == "eu_market_value"}
    central_2013 = float(value["2013"].note.partition(" central")[0])
    assert round((value["2020"].value_low / central_2013) ** (1 / 7) - 1, 2) == 0.09
    assert demand_index(small_case("scenario=growth"), 2024.5) > 1
