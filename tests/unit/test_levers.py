"""Levers one by one: where units go, what is bought, what is charged, who shares."""

from __future__ import annotations

import dataclasses as dc
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from agents.accounts import Account, Accounts
from agents.customs import Area, CustomsAuthority, MobileUnit
from agents.levers.equipment import Equipment
from agents.levers.intelligence import Intelligence
from agents.levers.placement import Placement, proportional_places
from agents.model import WaterbedModel
from agents.regime import BURN_IN, make_regime
from experiments.settings import case_with
from scenarios.load_case import load_regime, regime_names
from sim.control_line import SCAN
from tests.model_cases import model_at, small_case, with_parameters


def test_places_follow_threat_per_scan_by_hand() -> None:
    """Threat 60, 30, 10, no fixed scans, units of 10: highest averages give 6, 3 and 1 of ten units."""
    threat, much = np.array([60.0, 30.0, 10.0]), dict.fromkeys((0, 1, 2), 99)
    assert places(threat, np.zeros(3), much, 10) == [6, 3, 1]
    # Fixed scans count: the first port has enough already.
    assert places(threat, np.array([600.0, 0.0, 0.0]), much, 4) == [0, 3, 1]
    # A port takes no more than it has room for, until there is none anywhere.
    assert places(threat, np.zeros(3), {0: 2, 1: 99, 2: 99}, 10) == [2, 6, 2]
    assert places(threat, np.zeros(3), {0: 1, 1: 1, 2: 1}, 5) == [3, 1, 1]
    # Only ports of the area, ties to the first.
    assert proportional_places(np.ones(4), np.zeros(4), {1: 9, 3: 9}, 10.0, 3) == [1, 3, 1]
    assert proportional_places(np.ones(4), np.zeros(4), {1: 9, 3: 9}, 10.0, 0) == []


def places(threat: Any, capacity: Any, room: dict[int, int], units: int) -> list[int]:
    """Return how many units of 10 scans each of three ports gets."""
    return np.bincount(proportional_places(threat, capacity, room, 10.0, units), minlength=3).tolist()


def authority(index: int, ports: list[int], units: list[int]) -> CustomsAuthority:
    """Return what levers see of an authority, without a model."""
    made = SimpleNamespace(
        index=index, ports=np.array(ports), units=[MobileUnit(index, port, 10.0) for port in units],
        accounts=Accounts(), posts=0, posts_used=0,
    )  # fmt: skip
    return cast(CustomsAuthority, made)


def test_fewest_moves_and_only_inside_the_area() -> None:
    """National: units stay inside their borders; together they go where threat is, in as few moves as reach it."""
    first, second = authority(0, [0, 1], [0, 0]), authority(1, [2], [2])
    threat = np.array([10.0, 10.0, 100.0])
    moves = Placement("national").moves(Area((first,)), threat, np.zeros(3), 99)
    assert [(unit.port, port) for unit, port in moves] == [(0, 1)]
    assert Placement("national").moves(Area((second,)), threat, np.zeros(3), 99) == []
    together = Placement("alliance").moves(Area((first, second)), threat, np.zeros(3), 99)
    assert [(unit.port, port) for unit, port in together] == [(0, 2), (0, 2)]
    assert Placement("alliance").moves(Area((authority(0, [0], []),)), threat, np.zeros(3), 99) == []
    at_most_one = Placement("alliance").moves(Area((first, second)), threat, np.zeros(3), 1)
    assert [(unit.port, port) for unit, port in at_most_one] == [(0, 1)]


def rich(capital: int, programme: int, posts: int, minutes: int) -> CustomsAuthority:
    made = authority(0, [0], [])
    made.accounts = Accounts(Account(capital), Account(minutes), Account(programme))
    made.posts = posts
    return made


FINANCE = small_case().parameters.finance
PRICE = round(FINANCE.unit_price_eur * 100)
RUNNING, STAFF_MIN = round(PRICE * FINANCE.running_share_per_year), FINANCE.posts_per_unit * FINANCE.post_min_per_year


@pytest.mark.parametrize(
    ("capital", "programme", "posts", "minutes", "bought"),
    [
        (3 * PRICE, 9 * RUNNING, 99, 9 * STAFF_MIN, 3),
        (3 * PRICE - 1, 9 * RUNNING, 99, 9 * STAFF_MIN, 2),
        (9 * PRICE, 2 * RUNNING, 99, 9 * STAFF_MIN, 2),
        (9 * PRICE, 9 * RUNNING, FINANCE.posts_per_unit * 2 - 1, 9 * STAFF_MIN, 1),
        (9 * PRICE, 9 * RUNNING, 999, STAFF_MIN, 1),
        (0, 9 * RUNNING, 99, 9 * STAFF_MIN, 0),
    ],
)
def test_whichever_account_is_short_binds(capital: int, programme: int, posts: int, minutes: int, bought: int) -> None:
    """A unit needs its price, a year of running cost and of staff, and posts; each is committed to the cent."""
    buyer = rich(capital, programme, posts, minutes)
    assert Equipment("national").buy(buyer, FINANCE) == bought
    assert buyer.accounts.capital.committed == bought * PRICE
    assert buyer.accounts.programme.committed == bought * RUNNING
    assert buyer.accounts.staff.committed == bought * STAFF_MIN
    assert buyer.posts_used == bought * FINANCE.posts_per_unit


def test_keeping_units_costs_every_year_as_far_as_accounts_reach() -> None:
    """Two units cost two years of running and staff; with less, all there is and no more."""
    keeper = rich(0, 5 * RUNNING, 0, 5 * STAFF_MIN)
    Equipment("national").keep(keeper, 2, FINANCE)
    assert (keeper.accounts.programme.committed, keeper.accounts.staff.committed) == (2 * RUNNING, 2 * STAFF_MIN)
    Equipment("national").keep(keeper, 99, FINANCE)
    assert (keeper.accounts.programme.unspent, keeper.accounts.staff.unspent) == (0, 0)


def test_intelligence_by_scope() -> None:
    """Shared tips take hours, national ones weeks; only members share, and only in the Alliance."""
    case, member = small_case(), np.array([1, 0, 1])
    tips = case.parameters.tips
    assert Intelligence("alliance").foreign_tip_delay_days(case) == tips.shared_delay_days
    assert Intelligence("national").foreign_tip_delay_days(case) == tips.national_delay_days
    assert Intelligence("alliance").is_sharing(member).tolist() == [1, 0, 1]
    assert Intelligence("national").is_sharing(member).tolist() == [0, 0, 0]


def test_no_two_levers_write_the_same_variable() -> None:
    """Law: what a lever writes, no other lever writes."""
    levers = make_regime(BURN_IN).levers
    written = [variable for lever in levers for variable in lever.writes]
    assert len(set(written)) == len(written)
    assert all(lever.grade and lever.feasible_now for lever in levers)


@pytest.mark.parametrize("name", regime_names())
def test_a_lever_that_is_off_writes_nothing(name: str) -> None:
    """Law: under a regime, what belongs to its levers that are off stays as it was at the start of the analysis."""
    case = case_with(small_case("world=north_range", "horizon_years=2"), name)
    spec = load_regime(name)
    model = model_at(case, 62)
    enforcement = model.enforcement
    before = (enforcement.posture.separation.copy(), enforcement.posture.log_odds.copy())
    for _ in range(60):
        model.step()
    if spec.criteria == "off":
        assert np.array_equal(enforcement.posture.separation, before[0])
    assert np.array_equal(enforcement.posture.log_odds, before[1]) == (spec.intelligence == "off")
    committed = sum(
        account.committed for a in enforcement.authorities
        for account in (a.accounts.capital, a.accounts.staff, a.accounts.programme)
    )  # fmt: skip
    assert (committed > 0) == (spec.equipment != "off")
    assert enforcement.posture.is_controlled[model.world.entry.is_eu].all() == spec.has_controls


def test_units_bought_arrive_after_their_delivery_time() -> None:
    """Ordered on the first of January, a unit works after 12 months and not a day before."""
    case = with_parameters(small_case("regime=national_rule", "horizon_years=2"), "finance", delivery_months=12)
    model = WaterbedModel(dc.replace(case, burn_in_start=case.start.replace(year=2023, month=12)), 1, 0)
    while model.day < model.start_day:
        model.step()
    due = {day for day, _, port in model.enforcement._deliveries if port < 0}
    assert due == {model.start_day + 365}
    scans = case.parameters.control.mobile_scans_per_year
    while model.day < model.start_day + 364:
        model.step()
    before = model.physical.scans_per_year.sum()
    arriving = sum(day == model.start_day + 365 for day, _, _ in model.enforcement._deliveries)
    model.step()
    assert model.physical.scans_per_year.sum() - before == pytest.approx(arriving * scans)
    assert arriving > 0


def test_capacity_of_a_port_is_what_stands_there() -> None:
    """Scans a year are those of fixed equipment and of the units at the port, also after moves and deliveries."""
    model = model_at(small_case("regime=alliance_rule", "world=north_range", "horizon_years=2"), 600)
    enforcement: Any = model.enforcement
    for port in range(len(model.world.entry.code)):
        here = [u.scans_per_year for a in enforcement.authorities for u in a.units if u.port == port]
        assert model.physical.scans_per_year[port] == pytest.approx(enforcement.fixed_scans[port] + sum(here))
        assert model.physical.has_scanner[port] == (enforcement.fixed_units[port] + len(here) > 0)
    assert SCAN == 1
