"""Levers one by one: where units go, what is bought, what is charged, who shares."""

from __future__ import annotations

import dataclasses as dc
from types import MethodType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from agents.accounts import Account, Accounts
from agents.customs import Area, CustomsAuthority, MobileUnit
from agents.levers.equipment import Equipment
from agents.levers.intelligence import Intelligence
from agents.levers.placement import Placement, movable_units, proportional_places
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
    assert proportional_places(np.ones(4), np.zeros(4), {1: 9, 3: 9}, [10.0] * 3) == [1, 3, 1]
    assert proportional_places(np.ones(4), np.zeros(4), {1: 9, 3: 9}, []) == []
    # Units of unequal size: after a large one the port has had enough for a while.
    assert proportional_places(np.array([60.0, 50.0]), np.zeros(2), {0: 9, 1: 9}, [30.0, 10.0, 10.0]) == [0, 1, 1]


def places(threat: Any, capacity: Any, room: dict[int, int], units: int) -> list[int]:
    """Return how many units of 10 scans each of three ports gets."""
    return np.bincount(proportional_places(threat, capacity, room, [10.0] * units), minlength=3).tolist()


def authority(index: int, ports: list[int], units: list[int]) -> CustomsAuthority:
    """Return what levers see of an authority, without a model."""
    made = SimpleNamespace(
        index=index, ports=np.array(ports), units=[MobileUnit(index, port, 10.0) for port in units],
        accounts=Accounts(), posts=0, units_bought=0, coordination_posts=0, programme_cents_per_year=0,
    )  # fmt: skip
    made.free_posts = MethodType(CustomsAuthority.free_posts, made)
    return cast(CustomsAuthority, made)


FIXED = (np.zeros(3), np.ones(3, np.int64))


def moves(scope: Any, *members: CustomsAuthority, fixed: Any = FIXED, most: int = 99) -> list[tuple[int, int]]:
    """Return from where to where units move when the third port is ten times as threatened as the others."""
    threat = np.array([10.0, 10.0, 100.0])
    return [(unit.port, port) for unit, port in Placement(scope).moves(Area(members), threat, fixed, most)]


def test_fewest_moves_and_only_inside_the_area() -> None:
    """National: units stay inside their borders; together they go where threat is, in as few moves as reach it."""
    first, second = authority(0, [0, 1], [0, 0]), authority(1, [2], [2])
    assert moves("national", first) == [(0, 1)]
    assert moves("national", second) == []
    assert moves("alliance", first, second) == [(0, 2), (0, 2)]
    assert moves("alliance", first, second, most=1) == [(0, 1)]
    assert moves("alliance", authority(0, [0], [])) == []


def test_the_last_scanner_of_a_port_stays() -> None:
    """Law: no port loses its only scanner; beyond it units may go, the smallest stays."""
    nothing_fixed = (np.zeros(3), np.zeros(3, np.int64))
    first, second = authority(0, [0, 1], [0, 0, 1]), authority(1, [2], [])
    first.units[0].scans_per_year = 4.0
    assert movable_units(first.units, nothing_fixed[1]) == [first.units[1]]
    assert moves("alliance", first, second, fixed=nothing_fixed) == [(0, 2)]


def rich(capital: int, programme: int, posts: int) -> CustomsAuthority:
    """Return an authority with capital and a year of programme money, in cents, and posts with a year of their time."""
    made = authority(0, [0], [])
    made.accounts = Accounts(Account(capital), Account(posts * FINANCE.post_min_per_year), Account(programme))
    made.posts, made.programme_cents_per_year = posts, programme
    return made


FINANCE = small_case().parameters.finance
PRICE = round(FINANCE.unit_price_eur * 100)
RUNNING, STAFF_MIN = round(PRICE * FINANCE.running_share_per_year), FINANCE.posts_per_unit * FINANCE.post_min_per_year


@pytest.mark.parametrize(
    ("capital", "programme", "units_of_posts", "coordination", "bought"),
    [
        (3 * PRICE, 9 * RUNNING, 9, 0, 3),
        (3 * PRICE - 1, 9 * RUNNING, 9, 0, 2),
        (9 * PRICE, 2 * RUNNING, 9, 0, 2),
        (9 * PRICE, 3 * RUNNING - 1, 9, 0, 2),
        (9 * PRICE, 9 * RUNNING, 2, 0, 2),
        # A post that coordinates serves no unit.
        (9 * PRICE, 9 * RUNNING, 2, 1, 1),
        (0, 9 * RUNNING, 9, 0, 0),
    ],
)
def test_whichever_account_is_short_binds(
    capital: int, programme: int, units_of_posts: int, coordination: int, bought: int
) -> None:
    """A unit needs its price, posts and a year's running cost; each is committed to the cent and the minute."""
    buyer = rich(capital, programme, units_of_posts * FINANCE.posts_per_unit)
    buyer.coordination_posts = coordination
    lever = Equipment("national")
    assert lever.buy(buyer, FINANCE) == bought == buyer.units_bought
    lever.pay_year(buyer, FINANCE)
    assert buyer.accounts.capital.committed == bought * PRICE
    assert buyer.accounts.programme.committed == bought * RUNNING
    assert buyer.accounts.staff.committed == bought * STAFF_MIN
    assert lever.buy(buyer, FINANCE) == 0, "what is committed is gone"


def test_units_are_paid_for_every_year() -> None:
    """A unit bought in one year costs its running cost and working time again in the next, and binds its posts."""
    owner = rich(PRICE, 5 * RUNNING, 2 * FINANCE.posts_per_unit)
    lever = Equipment("national")
    assert lever.buy(owner, FINANCE) == 1
    lever.pay_year(owner, FINANCE)
    lever.pay_year(owner, FINANCE)
    assert (owner.accounts.programme.committed, owner.accounts.staff.committed) == (2 * RUNNING, 2 * STAFF_MIN)
    assert owner.free_posts(FINANCE.posts_per_unit) == FINANCE.posts_per_unit


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
    # An Alliance has to be coordinated even if nothing is bought.
    has_alliance = "alliance" in {spec.criteria, spec.intelligence, spec.placement, spec.equipment}
    assert (committed > 0) == (spec.equipment != "off" or has_alliance)
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
