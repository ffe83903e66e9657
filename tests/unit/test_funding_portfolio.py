"""Portfolios: cost to the cent, what staff let them achieve, phasing, and the case that has them."""

from __future__ import annotations

import dataclasses as dc
import math
from collections import Counter
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.levers.equipment import tasked_scans
from experiments.funding.limits import Limits
from experiments.funding.make_question import make_question
from experiments.funding.portfolio import (
    achieved,
    capital_cents,
    grant_cents,
    is_affordable,
    is_at_most,
    phased,
    usual_order,
    with_plan,
    yearly_cost_eur,
    yearly_costs,
)
from experiments.funding.question import Offer, Plan, Question, Site
from experiments.run import run
from scenarios.equipment import FIXED, MOBILE, UnitTerms, capital_recovery_factor, unit_terms
from scenarios.purchases import check_purchases, purchased_terms
from tests.model_cases import assert_same, model_at, small_case, small_run

TERMS = unit_terms(small_case().parameters)
M, F, D = 0, 1, 2
"""Offers of the question: a mobile unit, a fixed installation, a dog team."""
DOG = "dog_team"


@lru_cache(maxsize=64)
def _question(**changes: Any) -> Question:
    """Return three sites of three countries, with 30, 10 and 60 posts for 24,000, 8,000 and 48,000 scans."""
    sites = tuple(
        Site(entry, code, code, code[:2], "north", scans, scans / 800, traffic, 0.0)
        for entry, code, scans, traffic in (
            (0, "BEANR", 24_000.0, 300.0), (1, "NLRTM", 8_000.0, 200.0), (2, "DEHAM", 48_000.0, 100.0),
        )
    )  # fmt: skip
    given = {
        "base": small_case("regime=frozen"),
        "offers": tuple(Offer(TERMS[name], 9) for name in (MOBILE, FIXED, DOG)),
        "sites": sites, "budgets_cents": (0,), "cofinancing_share": 0.8, "phasing": (0.25,) * 4,
        "staffing": "matching", "discount_rate": 0.03, "post_eur_per_year": 75_000.0, "worth_eur_per_kg": 30_000.0,
        "caps": {}, "floors": {}, "envelopes": {"BE": 0.5, "NL": 0.3, "DE": 0.2},
    }  # fmt: skip
    return Question(**{**given, **changes})


def question(**changes: Any) -> Question:
    """Return the question with changes."""
    return dc.replace(_question(), **changes) if changes else _question()


def units(**bought: int) -> np.ndarray:
    """Return a portfolio: m0=2 is two mobile units at the first site."""
    portfolio = np.zeros((3, 3), np.int64)
    for name, count in bought.items():
        portfolio[int(name[1]), "mfd".index(name[0])] = count
    return portfolio


def odd(price_eur: float, **more: Any) -> UnitTerms:
    """Return terms of a scanner with an odd price."""
    return dc.replace(TERMS[MOBILE], price_eur=price_eur, **more)


# ---- money ---------------------------------------------------------------------------------------------------------


def test_cents_by_hand() -> None:
    """Two mobile units and a hall: 2 x 2.16 + 5.25 million, four fifths of them grants."""
    portfolio = units(m0=2, f1=1)
    assert capital_cents(question(), portfolio) == 957_000_000
    assert grant_cents(question(), portfolio) == 765_600_000
    spent = Limits.of(question(), 10**12).spent(portfolio).tolist()
    assert dict(zip(question().countries, spent, strict=True)) == {"BE": 345_600_000, "NL": 420_000_000, "DE": 0}


@pytest.mark.parametrize(
    ("price_eur", "share", "cents"), [(0.01, 0.8, 1), (0.06, 0.8, 5), (0.05, 0.8, 4), (1, 1.0, 100)]
)
def test_a_part_of_a_cent_counts_as_one(price_eur: float, share: float, cents: int) -> None:
    """A grant is rounded up, so that no budget is broken by adding parts of cents; whole cents stay what they are."""
    assert Offer(odd(price_eur), 1).grant_cents(share) == cents


def test_t45_yearly_cost_by_hand() -> None:
    """T45: 3 % and 10 years make 117,231 EUR a year of a million; running and posts come on top."""
    mobile = Offer(odd(1_000_000.0, life_years=10.0, running_eur_per_year=0.0, posts=0), 9)
    asked = question(offers=(mobile, *_question().offers[1:]))
    assert yearly_cost_eur(asked, units(m0=1)) == pytest.approx(117_230.5, abs=0.05)
    costs = yearly_costs(question(), units(m0=2, f1=1, d2=3))
    assert costs.capital_eur == pytest.approx(
        2 * 2_160_000 * 0.1172305
        + 5_250_000 * capital_recovery_factor(0.03, 15)
        + 3 * 40_000 * capital_recovery_factor(0.03, 7),
        rel=1e-6,
    )
    assert costs.running_eur == pytest.approx(2 * 216_000 + 345_000 + 3 * 10_400)
    assert costs.staff_eur == (2 * 15 + 22 + 3 * 3) * 75_000
    assert yearly_cost_eur(question(), units(m0=2, f1=1, d2=3)) == pytest.approx(sum(costs))
    assert yearly_costs(question(staffing="fixed"), units(m0=2)).staff_eur == 0
    without = yearly_costs(question(discount_rate=0.0), units(m0=1))
    assert without.capital_eur == pytest.approx(216_000)
    assert yearly_cost_eur(question(), units()) == 0


def test_caps_and_floors_bind_to_the_cent() -> None:
    """A cap is the most of a country; a floor is set aside from what others share, used or not."""
    mobile = 172_800_000
    budget = 4 * mobile
    assert is_affordable(question(), units(m0=4), budget) and not is_affordable(question(), units(m0=4), budget - 1)
    capped = question(caps={"BE": 0.5})
    assert is_affordable(capped, units(m0=2, m1=2), budget) and not is_affordable(capped, units(m0=3), budget)
    floored = question(floors={"NL": 0.25})
    assert is_affordable(floored, units(m0=3), budget) and not is_affordable(floored, units(m0=4), budget)
    assert is_affordable(floored, units(m0=2, m1=2), budget) and not is_affordable(floored, units(m0=3, m1=2), budget)
    assert not is_affordable(question(), units(m0=10), 100 * mobile), "most_per_port is nine"
    assert not is_affordable(question(), -units(m0=1), budget)
    assert is_affordable(question(), units(), 0) and not is_affordable(question(), units(d0=1), 0)


# ---- what it achieves ----------------------------------------------------------------------------------------------


def test_where_the_limit_of_number_binds_by_hand() -> None:
    """Nine of a type at most: nine are at it, eight are not, and neither is nothing of a type that is not on offer."""
    bought = units(m0=9, m1=8, d2=9)
    assert is_at_most(question(), bought).tolist() == [
        [True, False, False], [False, False, False], [False, False, True],
    ]  # fmt: skip
    none = question(offers=tuple(dc.replace(offer, most_per_port=0) for offer in question().offers))
    assert not is_at_most(none, units()).any()


@pytest.mark.parametrize("rule", ["national", "joint_own"])
def test_own_envelopes_take_the_place_of_floors(rule: str) -> None:
    """Half of the money is Belgian, and all of that may be spent beside a floor of 0.8 for the Netherlands."""
    mobile = grant_cents(question(), units(m0=1))
    floored, bought = question(floors={"NL": 0.8}), units(m0=5, m1=3, m2=2)
    assert is_affordable(floored, bought, 10 * mobile, rule)
    assert not is_affordable(floored, bought, 10 * mobile, "adaptive")
    assert not is_affordable(floored, units(m0=6), 10 * mobile, rule), "more than the envelope"
    assert not is_affordable(question(caps={"BE": 0.3}), bought, 10 * mobile, rule), "caps hold"
    assert sum(one.units for one in with_plan(floored, Plan(rule, 10 * mobile, bought)).purchases) == 10
    with pytest.raises(ValueError, match="an envelope"):
        with_plan(floored, Plan(rule, 10 * mobile, units(m0=6)))


def test_matching_staff_makes_everything_work() -> None:
    """Beam binds: two mobile units 24,000 with 30 posts more, a hall 23,000 with 22; dogs 3,600 of the tasked scans."""
    got = achieved(question(), units(m0=2, f1=1, d2=1))
    assert got.checks == pytest.approx(np.array([[24_000, 0, 0], [0, 23_000, 0], [0, 0, 3_600]]))
    assert not got.idle.any()
    assert got.posts == pytest.approx([60, 32, 63])
    assert got.staffed_scans == pytest.approx([48_000, 31_000, 48_000])


def test_fixed_staff_binds_before_the_beam_by_hand() -> None:
    """A hall scans 23,000 / 22 a post against 800: it takes over 22 of 30 posts, all 10 at the small port."""
    by_post = 23_000 / 22
    got = achieved(question(staffing="fixed"), units(m0=2, f0=1, f1=1, d0=3))
    assert got.checks[0] == pytest.approx([0, 22 * (by_post - 800), 0])
    assert got.checks[1] == pytest.approx([0, 10 * (by_post - 800), 0])
    assert got.idle.tolist() == [[2, 0, 3], [0, 0, 0], [0, 0, 0]]
    assert got.posts == pytest.approx([30, 10, 60])
    assert got.staffed_scans == pytest.approx([24_000 + 22 * (by_post - 800), 10 * by_post, 48_000])


def test_a_second_hall_gets_the_posts_that_are_left() -> None:
    """Thirty posts: one hall with 22, one with 8; a third stands idle."""
    by_post = 23_000 / 22
    for halls, idle in ((2, 0), (3, 1), (5, 3)):
        got = achieved(question(staffing="fixed"), units(f0=halls))
        assert got.checks[0, F] == pytest.approx(30 * (by_post - 800))
        assert got.idle[0, F] == idle


@pytest.mark.parametrize("posts", [15, 6, 5])
def test_less_staff_for_a_unit_frees_posts(posts: int) -> None:
    """With fixed staff a unit of 6 posts scans 2,000 a post against 800: thirty posts man five of them."""
    lean = Offer(dc.replace(TERMS[MOBILE], posts=posts), 9)
    got = achieved(question(staffing="fixed", offers=(lean, *_question().offers[1:])), units(m0=9))
    crews = 30 / posts if posts < 15 else 0
    assert got.checks[0, M] == pytest.approx(crews * (12_000 - posts * 800))
    assert got.idle[0, M] == 9 - math.ceil(crews)


def test_second_looks_are_at_most_what_is_scanned_for_drugs() -> None:
    """The small port scans 8,000 boxes, 2,380 of them for drugs: one dog team has more than enough to do."""
    tasked = 8_000 * 0.85 * 0.35
    assert achieved(question(), units(d1=4)).checks[1, D] == pytest.approx(tasked)
    assert achieved(question(), units(d1=4, m1=1)).checks[1, D] == pytest.approx(20_000 * 0.85 * 0.35)
    by_hand = dc.replace(_question().sites[1], scans_per_year=800.0, posts=1.0)
    sites = (_question().sites[0], by_hand, _question().sites[2])
    assert achieved(question(sites=sites), units(d1=4)).checks[1, D] == 0, "nothing is scanned there"


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.sampled_from(["fixed", "matching"]))
@settings(max_examples=200, deadline=None)
def test_no_more_is_achieved_than_beam_and_staff_allow(bought: list[int], staffing: Any) -> None:
    """Law: scans are at most those of all beams, and with fixed staff at most those of all posts at the best rate."""
    asked, portfolio = question(staffing=staffing), np.array(bought, np.int64).reshape(3, 3)
    got = achieved(asked, portfolio)
    base = np.array([site.scans_per_year for site in asked.sites])
    each = np.array([offer.terms.checks_per_year for offer in asked.offers])
    assert (got.checks >= -1e-9).all() and (got.checks <= portfolio * each + 1e-6).all()
    assert got.staffed_scans == pytest.approx(base + got.checks[:, [M, F]].sum(axis=1))
    assert ((got.idle >= 0) & (got.idle <= portfolio)).all()
    assert (got.checks[got.idle == portfolio] == 0).all()
    if staffing == "fixed":
        assert (got.staffed_scans <= got.posts * 23_000 / 22 + 1e-6).all()
        assert got.posts == pytest.approx([site.posts for site in asked.sites])
    else:
        assert not got.idle.any()


# ---- phasing and purchases -----------------------------------------------------------------------------------------


def test_phasing_by_hand() -> None:
    """Four mobile units and two halls, 15.312 million in four parts of 3.828: what is not spent is carried over."""
    portfolio = units(m0=3, m2=1, f1=2)
    plan = Plan("by hand", grant_cents(question(), portfolio), portfolio)
    assert plan.budget_cents == 4 * 382_800_000
    order = [(1, F), (0, M), (0, M), (1, F), (2, M), (0, M)]
    # Free: 3.828, 7.656, 11.484, 15.312; after the units: 4.2, 5.928, 7.656, 11.856, 13.584, 15.312.
    assert phased(question(), plan, order) == [
        (2025, 0, M, 2), (2025, 1, F, 1), (2027, 0, M, 1), (2027, 1, F, 1), (2027, 2, M, 1),
    ]  # fmt: skip
    assert phased(question(phasing=(1.0,)), plan, order) == [(2024, 0, M, 3), (2024, 1, F, 2), (2024, 2, M, 1)]
    for wrong in (order[1:], [*order, (0, M)], [(2, D), *order[1:]]):
        with pytest.raises(ValueError, match="the order is not"):
            phased(question(), plan, wrong)
    with pytest.raises(ValueError, match="1 units of the plan are not paid for"):
        phased(question(), dc.replace(plan, budget_cents=plan.budget_cents - 1), order)


@st.composite
def portfolios(draw: st.DrawFn) -> tuple[Question, np.ndarray]:
    """Draw a question with odd prices, shares and phasing, and a portfolio."""
    prices = draw(st.lists(st.integers(1, 10**9), min_size=3, max_size=3))
    offers = tuple(Offer(odd(cents / 100, works_eur=0.0, name=f"type_{i}"), 9) for i, cents in enumerate(prices))
    parts = draw(st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any))
    share = draw(st.integers(1, 1000)) / 1000
    asked = question(offers=offers, cofinancing_share=share, phasing=tuple(part / sum(parts) for part in parts))
    return asked, np.array(draw(st.lists(st.integers(0, 9), min_size=9, max_size=9)), np.int64).reshape(3, 3)


@given(portfolios(), st.integers(-3, 10**10), st.data())
@settings(max_examples=200, deadline=None)
def test_cost_is_never_above_the_budget_by_a_cent(drawn: tuple[Question, np.ndarray], spare: int, data: Any) -> None:
    """Law: affordable is what grants in whole cents do not exceed; no year spends more than has become free."""
    asked, portfolio = drawn
    exact = [
        math.ceil(int(count) * offer.capital_cents * round(asked.cofinancing_share * 1000) / 1000 - 1e-6)
        for count, offer in zip(portfolio.sum(axis=0), asked.offers, strict=True)
    ]
    cost, budget = grant_cents(asked, portfolio), max(0, grant_cents(asked, portfolio) + spare)
    # Rounding up by unit is at most a cent a unit more than the share of the whole, and never less.
    assert sum(exact) <= cost <= sum(exact) + portfolio.sum()
    assert is_affordable(asked, portfolio, budget) == (cost <= budget)
    assert Limits.of(asked, budget).spent(portfolio).sum() == cost
    order = data.draw(st.permutations(usual_order(asked, portfolio)))
    plan = Plan("drawn", budget, portfolio)
    if cost > budget:
        with pytest.raises(ValueError, match="costs more"):
            with_plan(asked, plan)
        return
    batches, spent, free = phased(asked, plan, order), 0, 0.0
    for year, share in enumerate(asked.phasing, 2024):
        free += share * budget
        spent += sum(n * asked.offers[o].grant_cents(asked.cofinancing_share) for y, _, o, n in batches if y == year)
        # Shares of a budget are counted in millionths.
        assert spent <= min(budget, free + 1e-6 * budget + 1)
    assert spent == cost
    bought = Counter[tuple[int, int]]()
    for _, site, offer, count in batches:
        bought[site, offer] += count
    assert bought == {pair: int(portfolio[pair]) for pair in zip(*portfolio.nonzero(), strict=True)}


def test_nothing_bought_is_the_base_case_and_its_tables() -> None:
    """Law: a budget of zero is the baseline, bit for bit; so is equipment that stands idle."""
    asked = question()
    assert with_plan(asked, Plan("nothing", 0, units())) is asked.base
    assert_same(run(with_plan(asked, Plan("nothing", 10**12, units())), 1, 0), small_run("regime=frozen"))
    idle = question(staffing="fixed")
    assert with_plan(idle, Plan("idle", 10**12, units(m0=3, d0=2))) is idle.base


def test_the_case_of_a_plan_has_what_is_achieved() -> None:
    """Purchases, by port and type: units and checks of the portfolio, the terms of the offers, dates of the phases."""
    dear = Offer(dc.replace(TERMS[DOG], detection=(0.1, 0.2, 0.3, 0.4), delivery_months=3.0), 9)
    asked = question(offers=(*_question().offers[:2], dear), phasing=(0.5, 0.5))
    portfolio = units(m0=4, f1=1, d2=2)
    plan = Plan("some", grant_cents(asked, portfolio), portfolio)
    case = with_plan(asked, plan)
    check_purchases(case, [site.code for site in asked.sites])
    assert dc.replace(case, purchases=()) == asked.base
    assert sum(p.units for p in case.purchases) == 7
    assert {p.ordered.isoformat() for p in case.purchases} == {"2024-01-01", "2025-01-01"}
    got = achieved(asked, portfolio).checks
    for site, port in enumerate(asked.sites):
        for number, offer in enumerate(asked.offers):
            own = [p for p in case.purchases if (p.port, p.equipment) == (port.code, offer.terms.name)]
            assert sum(p.units for p in own) == portfolio[site, number]
            up = offer.terms.availability if number == D else 1.0
            assert sum(p.units * p.checks_per_year * up for p in own) == pytest.approx(got[site, number])
            for one in own:
                terms = purchased_terms(one, case.parameters)
                assert dc.replace(terms, checks_per_year=offer.terms.checks_per_year) == dc.replace(
                    offer.terms, price_eur=terms.price_eur
                )


def test_fixed_staff_buys_what_halls_add() -> None:
    """With fixed staff a purchase has the scans that a hall adds to those that its crew did before."""
    asked = question(staffing="fixed")
    case = with_plan(asked, Plan("halls", 10**12, units(f0=2, m0=1)))
    assert [(p.equipment, p.units) for p in case.purchases] == [(FIXED, 2)]
    assert case.purchases[0].checks_per_year == pytest.approx(15 * (23_000 / 22 - 800))


def test_the_first_in_the_order_is_bought_first() -> None:
    """What gains most per euro comes in the first year, whatever its place."""
    asked, portfolio = question(), units(m0=4, m2=4)
    plan = Plan("order", grant_cents(asked, portfolio), portfolio)
    late_first = sorted(usual_order(asked, portfolio), reverse=True)
    first = {order[0]: with_plan(asked, plan, order).purchases[0].port for order in (late_first, late_first[::-1])}
    assert first == {(2, M): "DEHAM", (0, M): "BEANR"}


@pytest.mark.parametrize("staffing", ["fixed", "matching"])
def test_the_simulation_has_the_scans_that_are_achieved(staffing: Any) -> None:
    """Delivered at once, capacity rises at each port by what the portfolio adds, and second looks cover as much."""
    at_once = tuple(Offer(dc.replace(TERMS[name], delivery_months=0.0), 9) for name in (MOBILE, FIXED, DOG))
    asked = make_question(small_case("regime=frozen"), staffing=staffing, offers=at_once, phasing=(1.0,))
    portfolio = units(m0=1, f0=1, f1=2, d2=1)
    model = model_at(with_plan(asked, Plan("at once", 10**12, portfolio)), 62)
    without = model_at(asked.base, 62)
    got, entries = achieved(asked, portfolio), [site.entry for site in asked.sites]
    added = (model.physical.scans_per_year - without.physical.scans_per_year)[entries]
    assert added == pytest.approx(got.checks[:, [M, F]].sum(axis=1))
    assert added.any()
    tasked = tasked_scans(model.enforcement.desk)[entries]
    shown = got.checks[:, [D]] / tasked[:, None] * np.array(TERMS[DOG].detection)
    assert model.enforcement.posture.kit_detection[entries] == pytest.approx(shown)
