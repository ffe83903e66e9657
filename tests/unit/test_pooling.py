"""Pooled envelopes: fractions add up, and every cent, minute and post is somewhere."""

from __future__ import annotations

import dataclasses as dc
import datetime as dt

import pytest

from agents.accounts import Account, Accounts
from agents.customs import CustomsAuthority
from agents.enforcement import Enforcement
from agents.levers.equipment import unit_cents
from agents.pooling import Pool, Transfer
from experiments.settings import case_with
from scenarios.case import Case
from scenarios.load_case import load_case
from tests.model_cases import WaterbedModel, small_case
from tests.unit.test_levers import authority

FINANCE = small_case().parameters.finance
PRICE, RUNNING = unit_cents(FINANCE)
POSTS, MINUTES = FINANCE.posts_per_unit, FINANCE.post_min_per_year


def member(index: int, price_share: float, posts: int, running_share: float) -> CustomsAuthority:
    """Return a state with a share of the price of a unit, posts with their time, and a share of its running cost."""
    made = authority(index, [index], [])
    running = round(running_share * RUNNING)
    made.accounts = Accounts(Account(round(price_share * PRICE)), Account(posts * MINUTES), Account(running))
    made.posts, made.programme_cents_per_year = posts, running
    return made


def totals(members: list[CustomsAuthority]) -> list[int]:
    """Return what is appropriated in each account, and posts, of all together."""
    accounts = [m.accounts for m in members]
    names = ("capital", "staff", "programme")
    return [sum(getattr(a, name).appropriated for a in accounts) for name in names] + [sum(m.posts for m in members)]


@pytest.mark.parametrize(
    ("shares", "posts", "running", "units"),
    [
        # Three times .7 of a unit buy two, none of which any of them could buy.
        ((0.7, 0.7, 0.7), (10, 10, 10), (0.7, 0.7, 0.7), 2),
        # Posts bind, then running cost, then capital.
        ((5.0, 5.0, 5.0), (10, 10, 9), (5.0, 5.0, 5.0), 1),
        ((5.0, 5.0, 5.0), (90, 90, 90), (0.9, 0.9, 0.9), 2),
        ((0.3, 0.3, 0.3), (90, 90, 90), (9.0, 9.0, 9.0), 0),
        # One rich, two with nothing but posts and programme money.
        ((4.0, 0.0, 0.0), (0, 45, 15), (0.0, 2.0, 2.0), 4),
    ],
)
def test_fractions_add_up(
    shares: tuple[float, ...], posts: tuple[int, ...], running: tuple[float, ...], units: int
) -> None:
    """Units are as many as the scarcest of the three sums allows; sums stay as they are, accounts are never short."""
    members = [member(i, *given) for i, given in enumerate(zip(shares, posts, running, strict=True))]
    before, transfers = totals(members), list[Transfer]()
    pool = Pool(members, FINANCE, 7, transfers)
    buyers = pool.buy(PRICE, RUNNING, 0.0, "equipment")
    pool.cover_running()
    assert len(buyers) == units == sum(m.units_bought for m in members)
    assert totals(members) == before
    for m in members:
        assert m.accounts.capital.unspent >= 0
        assert m.accounts.programme.unspent >= m.units_bought * RUNNING
        assert m.accounts.staff.unspent >= m.units_bought * POSTS * MINUTES
        assert m.free_posts(POSTS) >= 0
    given = {(t.giver, t.account) for t in transfers}
    assert all(t.amount > 0 and t.giver != t.receiver for t in transfers)
    assert bool(given) == (units > 0)


def test_what_is_kept_back_stays() -> None:
    """At half the strength half of the capital stays, of all together."""
    members = [member(i, 2.0, 90, 9.0) for i in range(2)]
    assert len(Pool(members, FINANCE, 0, []).buy(PRICE, RUNNING, 0.5, "equipment")) == 2


def after_years(case: Case) -> WaterbedModel:
    """Return the model after the budgets of three years, without anything else; all accounts hold."""
    model = WaterbedModel(case, 1, 0)
    enforcement, desk = model.enforcement, model.enforcement.desk
    enforcement._begin()
    equipment = next(lever for lever in enforcement.regime.levers if lever.name == "equipment")
    for year in (2024, 2025, 2026):
        desk.day = model.clock.day(dt.date(year, 1, 1))
        enforcement.budget.appropriate(2024, year)
        enforcement.budget.charge(enforcement.regime, desk.day, desk.date)
        equipment.allot(desk)
        for state in enforcement.coordinator.states:
            for account in (state.accounts.capital, state.accounts.staff, state.accounts.programme):
                assert account.unspent >= 0
                assert account.appropriated == account.committed + account.unspent
    return model


EU = ("world=eu", "burn_in_start=2023-12-01", "horizon_years=3")


@pytest.mark.parametrize("posts", [6, 8])
def test_who_bought_with_the_money_of_others_pays_its_prices_too(posts: int) -> None:
    """The pool bears the running cost of all units: with few posts a unit, prices are paid as with own envelopes."""
    case = load_case([*EU, f"parameters.finance.posts_per_unit={posts}"])
    own, pooled = (
        after_years(case_with(case, regime)).enforcement for regime in ("alliance_best", "alliance_best_pooled")
    )

    def paid(enforcement: Enforcement) -> dict[str, int]:
        entries = [e for state in enforcement.coordinator.states for e in state.accounts.entries]
        purposes = {e.purpose for e in entries} - {"equipment"}
        return {p: sum(e.amount for e in entries if (e.purpose, e.account) == (p, "programme")) for p in purposes}

    assert pooled.budget.transfers
    assert paid(pooled) == paid(own)


@pytest.mark.parametrize("start", [None, "2026-01-01"])
def test_a_pool_without_money_is_never_overdrawn(start: str | None) -> None:
    """Dear levers from the start or later, much capital and little programme money: accounts hold."""
    prices = [
        f"parameters.{lever}.programme_eur_per_year=10000000"
        for lever in ("investigations", "joint_operations", "partner_countries", "terminal_standards")
    ]
    case = load_case(
        [*EU, "parameters.finance.programme_eur_per_year=10000000", "parameters.finance.posts_per_unit=6",
         "parameters.finance.capital_eur_per_year=150000000", *prices]
    )  # fmt: skip
    regime = case_with(case, "alliance_best_pooled").regime
    later = {
        name: dc.replace(spec, start=dt.date.fromisoformat(start)) if start and name != "equipment" else spec
        for name, spec in regime.levers.items()
    }
    model = after_years(dc.replace(case, regime=dc.replace(regime, levers=later)))
    units = sum(state.units_bought for state in model.enforcement.coordinator.states)
    assert (units > 0) == (start is not None), "prices that are paid from the first year leave nothing for units"


def test_pooling_buys_more_and_spends_no_more_than_there_is() -> None:
    """In a run: equal appropriations in all (E2), account = committed + unspent (E4), more units than by own means."""
    case = load_case([*EU])
    units, appropriated = {}, {}
    for regime in ("alliance_best", "alliance_best_pooled", "alliance_rule"):
        enforcement = after_years(case_with(case, regime)).enforcement
        states, budget = enforcement.coordinator.states, enforcement.budget
        units[regime] = sum(state.units_bought for state in states)
        appropriated[regime] = totals(list(states))
        assert bool(budget.transfers) == (regime == "alliance_best_pooled")
    assert units["alliance_best_pooled"] > units["alliance_best"] == units["alliance_rule"]
    assert appropriated["alliance_best_pooled"] == appropriated["alliance_best"] == appropriated["alliance_rule"]
