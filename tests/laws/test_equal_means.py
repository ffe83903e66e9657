"""What is equal in every regime (E1 to E6): stock, appropriations, prices, accounts; and what frozen stock means."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from agents.levers.equipment import unit_cents
from agents.model import WaterbedModel
from scenarios.levers import lever_terms
from scenarios.load_case import load_case
from scenarios.regimes import load_regime, regime_names
from tests.model_cases import small_case

YEARS = 2
FROZEN = [name for name in regime_names() if name.endswith("frozen_stock")]
BUYING = [name for name in regime_names() if load_regime(name).scope("equipment") != "off"]


@lru_cache(maxsize=32)
def ended(regime: str) -> WaterbedModel:
    """Return the model of a regime at the end of two years."""
    case = small_case("world=north_range", f"horizon_years={YEARS}", f"regime={regime}", "closing_days=0")
    model = WaterbedModel(case, 1, 0)
    model.run_to_end()
    return model


def states(model: WaterbedModel) -> tuple[Any, ...]:
    return model.enforcement.coordinator.states


def stock(model: WaterbedModel) -> list[object]:
    """Return units, orders and posts by state."""
    units = [(unit.owner, unit.base, unit.visiting, unit.scans_per_year) for unit in model.enforcement.fleet.units]
    return [units, list(model.enforcement.fleet.orders), [(a.posts, a.units_bought) for a in states(model)]]


def at_start(regime: str) -> WaterbedModel:
    case = small_case("world=north_range", f"horizon_years={YEARS}", f"regime={regime}")
    model = WaterbedModel(case, 1, 0)
    while model.day < model.start_day - 1:
        model.step()
    return model


def test_e1_all_inherit_the_same_stock_and_orders() -> None:
    first, *others = [stock(at_start(regime)) for regime in ("none", "frozen", "national_best", "alliance_best")]
    assert first[0], "there are no units"
    assert all(other == first for other in others)


@pytest.mark.parametrize("regime", regime_names())
def test_e2_appropriations_are_equal_by_state_and_account(regime: str) -> None:
    """The same in every regime, but for transfers between states where envelopes are pooled, which sum to nothing."""
    model, finance = ended(regime), small_case().parameters.finance
    kinds = ("capital", "staff", "programme")
    given = {(a.country, kind): getattr(a.accounts, kind).appropriated for a in states(model) for kind in kinds}
    usual = {
        (a.country, kind): getattr(a.accounts, kind).appropriated for a in states(ended("frozen")) for kind in kinds
    }
    if load_regime(regime).pooled_envelopes:
        for kind in kinds:
            assert sum(v for (_, k), v in given.items() if k == kind) == sum(
                v for (_, k), v in usual.items() if k == kind
            )
    else:
        assert given == usual
    here = model.world.eu_traffic_share
    assert sum(v for (_, k), v in usual.items() if k == "capital") == (
        YEARS * round(here * finance.capital_eur_per_year * 100)
    )


BY_USE = {"equipment", "placement", "rotation"}
"""Levers that cost what is done with them: units, moves, kilometres."""


def test_e3_every_lever_has_a_price() -> None:
    """Every lever commits money or time in both scopes, but for three that cost what coordination costs."""
    free = set()
    for name, terms in lever_terms().items():
        rows = {row.name.partition(".")[2]: row for row in terms.rows}
        if name in BY_USE or rows["programme_eur_per_year"].default + rows["posts_per_port"].default > 0:
            for regime in ("national_rule", "alliance_rule"):
                assert any(e.purpose == name for state in states(ended(regime)) for e in state.accounts.entries), name
        else:
            free.add(name)
            assert rows["programme_eur_per_year"].source == "assumption: within what coordination costs"
    assert free == {"criteria", "intelligence", "yearly_review"}


def first_january(regime: str) -> WaterbedModel:
    """Return the model of the whole EU after its budget of the first year."""
    model = WaterbedModel(load_case(["world=eu", "burn_in_start=2023-12-01", f"regime={regime}"]), 1, 0)
    enforcement, desk = model.enforcement, model.enforcement.desk
    enforcement._begin()
    desk.day = model.start_day
    enforcement.budget.appropriate(desk.date.year, desk.date.year)
    enforcement.budget.charge(enforcement.regime, desk.day, desk.date)
    return model


def test_e3_scopes_pay_the_same_price_and_coordination_costs_more() -> None:
    """Money for levers as such is the same in both columns, to the cent, in the whole EU; coordination comes besides.

    Posts are what is short: those that coordinate are missing elsewhere, and no others.
    """
    alone, together = (first_january(regime) for regime in ("national_rule", "alliance_rule"))
    for own, common in zip(states(alone), states(together), strict=True):
        money: list[dict[str, int]] = [
            {e.purpose: e.amount for e in state.accounts.entries if e.account == "programme"} for state in (own, common)
        ]
        assert money[1].pop("coordination") > 0
        assert money[0] == money[1] != {}
        coordinating = common.posts_held.pop("coordination")
        for purpose, posts in own.posts_held.items():
            assert posts - coordinating <= common.posts_held[purpose] <= posts
        assert sum(own.posts_held.values()) - coordinating <= sum(common.posts_held.values())
    assert sum(sum(state.posts_held.values()) for state in states(together)) < (
        sum(sum(state.posts_held.values()) for state in states(alone))
    ), "posts do not bind, and nothing was seen"


@pytest.mark.parametrize("regime", regime_names())
def test_e4_accounts_hold_to_the_cent_and_the_minute(regime: str) -> None:
    for state in states(ended(regime)):
        for kind in ("capital", "staff", "programme"):
            account = getattr(state.accounts, kind)
            assert account.appropriated == account.committed + account.unspent
            assert min(account.committed, account.unspent) >= 0
            assert account.committed == sum(e.amount for e in state.accounts.entries if e.account == kind)


@pytest.mark.parametrize("regime", BUYING)
def test_e4_capital_is_left_only_where_something_else_is_short(regime: str) -> None:
    """Nobody who has the price, the posts and a year's running cost of a further unit has failed to order it.

    Read alone, "unspent is below the price of the cheapest unit" does not hold: posts bind before capital does.
    """
    model = ended(regime)
    finance = model.case.parameters.finance
    price, running = unit_cents(finance)
    alone = [(state,) for state in states(model)]
    for buyers in [states(model)] if load_regime(regime).pooled_envelopes else alone:
        has_capital = sum(state.accounts.capital.unspent for state in buyers) >= price
        has_posts = sum(state.free_posts(finance.posts_per_unit) for state in buyers) >= finance.posts_per_unit
        programme = sum(state.programme_cents_per_year for state in buyers)
        has_programme = programme >= sum(state.running_cents_per_year for state in buyers) + running
        assert not (has_capital and has_posts and has_programme), [state.country for state in buyers]


@pytest.mark.parametrize("regime", FROZEN)
def test_e6_at_frozen_stock_nothing_is_bought_or_moved(regime: str) -> None:
    """Only what was ordered before comes, and nothing is paid but coordination."""
    frozen, model = ended("frozen"), ended(regime)
    assert stock(model)[0] == stock(frozen)[0]
    assert {entry.purpose for state in states(model) for entry in state.accounts.entries} <= {"coordination"}
