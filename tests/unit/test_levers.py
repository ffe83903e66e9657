"""Levers one by one: where units go, what is bought, what is charged, who shares."""

from __future__ import annotations

import dataclasses as dc
import datetime as dt
import pickle
from collections.abc import Callable
from types import MethodType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from agents.accounts import Account, Accounts
from agents.customs import Area, CustomsAuthority
from agents.desk import Desk
from agents.fleet import MobileUnit
from agents.levers import lever_classes
from agents.levers.base import Lever
from agents.levers.equipment import Equipment
from agents.levers.placement import fewest_moves, movable_units, proportional_places
from agents.model import WaterbedModel
from experiments.run import run
from experiments.settings import case_with
from scenarios.case import LeverSpec
from scenarios.levers import COMMON, lever_terms
from scenarios.regimes import load_regime, regime_names
from sim.control_line import SCAN
from tests.model_cases import assert_same, model_at, small_case, with_levers, with_parameters


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
        accounts=Accounts(), posts=0, units_bought=0, posts_held={}, programme_cents_per_year=0,
        running_cents_per_year=0,
    )  # fmt: skip
    made.free_posts = MethodType(CustomsAuthority.free_posts, made)
    return cast(CustomsAuthority, made)


FIXED = (np.zeros(3), np.ones(3, np.int64))


def moves(*members: CustomsAuthority, fixed: Any = FIXED, most: int = 99) -> list[tuple[int, int]]:
    """Return from where to where units move when the third port is ten times as threatened as the others."""
    threat = np.array([10.0, 10.0, 100.0])
    return [(unit.base, port) for unit, port in fewest_moves(Area(members), threat, fixed, most)]


def test_fewest_moves_and_only_inside_the_area() -> None:
    """National: units stay inside their borders; together they go where threat is, in as few moves as reach it."""
    first, second = authority(0, [0, 1], [0, 0]), authority(1, [2], [2])
    assert moves(first) == [(0, 1)]
    assert moves(second) == []
    assert moves(first, second) == [(0, 2), (0, 2)]
    assert moves(first, second, most=1) == [(0, 1)]
    assert moves(authority(0, [0], [])) == []


def test_the_last_scanner_of_a_port_stays() -> None:
    """Law: no port loses its only scanner; beyond it units may go, the smallest stays."""
    nothing_fixed = (np.zeros(3), np.zeros(3, np.int64))
    first, second = authority(0, [0, 1], [0, 0, 1]), authority(1, [2], [])
    first.units[0].scans_per_year = 4.0
    assert movable_units(first.units, nothing_fixed[1]) == [first.units[1]]
    assert moves(first, second, fixed=nothing_fixed) == [(0, 2)]


def rich(capital: int, programme: int, posts: int) -> CustomsAuthority:
    """Return an authority with capital and a year of programme money, in cents, and posts with a year of their time."""
    made = authority(0, [0], [])
    made.accounts = Accounts(Account(capital), Account(posts * FINANCE.post_min_per_year), Account(programme))
    made.posts, made.programme_cents_per_year = posts, programme
    return made


FINANCE = small_case().parameters.finance
PRICE = round(FINANCE.unit_price_eur * 100)
RUNNING = round(PRICE * FINANCE.running_share_per_year)


def equipment(**values: float) -> Equipment:
    """Return the lever with its default parameters, but for some."""
    return Equipment(LeverSpec("national"), {**small_case().parameters.levers["equipment"], **values})


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
    """A unit needs its price, posts and a year's running cost; its price is committed to the cent."""
    buyer = rich(capital, programme, units_of_posts * FINANCE.posts_per_unit)
    buyer.posts_held = {"coordination": coordination}
    lever = equipment()
    assert lever.buy(buyer, FINANCE, 0) == bought == buyer.units_bought
    assert buyer.accounts.capital.committed == bought * PRICE
    assert buyer.running_cents_per_year == bought * RUNNING
    assert lever.buy(buyer, FINANCE, 0) == 0, "what is committed is gone"


def test_what_runs_already_is_paid_before_a_lever_that_starts_later() -> None:
    """Of a year's programme money 3, equipment bought before keeps 2 for itself; a price of 4 gets the third."""
    case = small_case("world=north_range", "regime=frozen", "horizon_years=2")
    case = with_parameters(case, "peer_evaluation", programme_eur_per_year=4e8)
    levers = {"peer_evaluation": LeverSpec("national", start=dt.date(2025, 1, 1))}
    model = model_at(dc.replace(case, regime=dc.replace(case.regime, levers=levers)), 364)
    budget, state = model.enforcement.budget, model.enforcement.coordinator.states[0]
    yearly = state.programme_cents_per_year
    state.running_cents_per_year = 2 * yearly // 3
    while model.clock.date(model.day) <= dt.date(2025, 1, 1):
        model.step()
    assert state.accounts.programme.committed == yearly - 2 * yearly // 3
    assert 0 < budget.paid_share("peer_evaluation")[state.index] < 1


def test_half_the_strength_spends_half_the_capital() -> None:
    """Of four units' capital two are bought, and what is kept back stays kept back."""
    buyer = rich(4 * PRICE, 9 * RUNNING, 9 * FINANCE.posts_per_unit)
    lever = equipment(strength=0.5)
    assert lever.buy(buyer, FINANCE, 0) == 2
    assert lever.buy(buyer, FINANCE, 0) == 0


def test_no_two_levers_write_the_same_variable() -> None:
    """Law: what a lever writes, no other lever writes; every lever has terms and common parameters."""
    classes, terms = lever_classes(), lever_terms()
    written = [variable for lever in classes.values() for variable in lever.writes]
    assert len(set(written)) == len(written)
    assert list(classes) == list(terms)
    for name, lever in classes.items():
        assert lever.__module__ == f"agents.levers.{name}"
        assert {f"{name}.{parameter}" for parameter in COMMON} <= {row.name for row in terms[name].rows}


def state(model: WaterbedModel) -> dict[str, object]:
    """Return every variable that levers may write, as plain values."""
    controls, fleet = model.enforcement.controls, model.enforcement.fleet
    values: dict[str, object] = {
        field.name: pickle.dumps(getattr(controls, field.name)) for field in dc.fields(controls)
    }
    values["orders"] = list(fleet.orders)
    values["unit.base"] = [unit.base for unit in fleet.units]
    values["unit.visiting"] = [unit.visiting for unit in fleet.units]
    return values


@pytest.mark.parametrize("scope", ["national", "alliance"])
@pytest.mark.parametrize("name", list(lever_classes()))
def test_a_lever_alone_writes_what_it_says_and_nothing_else(
    name: str, scope: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: whenever a lever begins, spends, acts or assesses, only variables that it names change."""
    case = with_parameters(small_case("world=north_range", "horizon_years=2", "regime=frozen"), name, delay_days=0.0)
    case = with_parameters(case, "peer_evaluation", practice_log_sd=0.3)
    quick = {"duration_days": 14.0, "joint_extra_days": 0.0, "threshold_traces": 1.0, "half_chance_traces": 0.01}
    case = with_parameters(case, "investigations", **quick)
    lever, written = lever_classes()[name], set[str]()
    model = model_at(with_levers(case, **{name: scope}), 0)

    def watched(hook: Callable[[Lever, Desk], None]) -> Callable[[Lever, Desk], None]:
        def call(self: Lever, desk: Desk) -> None:
            before = state(model)
            hook(self, desk)
            after = state(model)
            written.update(variable for variable in after if after[variable] != before[variable])

        return call

    for hook in ("begin", "allot", "act", "assess"):
        monkeypatch.setattr(lever, hook, watched(getattr(lever, hook)))
    for _ in range(180):
        model.step()
    assert written <= set(lever.writes)
    assert written or scope == "national", "a common lever that writes nothing would not be tested here"


@pytest.mark.parametrize("name", list(lever_classes()))
def test_a_lever_without_strength_is_absent(name: str) -> None:
    """Law: with zero strength every row of every table is as without the lever, to the bit, whatever its scope."""
    case = small_case("world=north_range", "regime=frozen")
    used = with_parameters(with_levers(case, **{name: "alliance"}), name, strength=0.0)
    assert_same(run(case, 1, 0), run(used, 1, 0))


@pytest.mark.parametrize("name", regime_names())
def test_a_regime_costs_what_its_levers_cost(name: str) -> None:
    """Law: only buying and coordinating commit money; controls stand where the regime has them."""
    case = case_with(small_case("world=north_range", "horizon_years=2"), name)
    spec = load_regime(name)
    model = model_at(case, 122)
    enforcement = model.enforcement
    committed = sum(
        account.committed for a in enforcement.authorities
        for account in (a.accounts.capital, a.accounts.staff, a.accounts.programme)
    )  # fmt: skip
    assert (committed > 0) == (spec.scope("equipment") != "off" or spec.has_alliance)
    assert enforcement.posture.is_controlled[model.world.entry.is_eu].all() == spec.has_controls
    for authority in enforcement.authorities:
        for kind in ("capital", "staff", "programme"):
            entries = sum(entry.amount for entry in authority.accounts.entries if entry.account == kind)
            assert entries == getattr(authority.accounts, kind).committed


def test_those_who_join_late_or_not_at_all_act_alone_until_then() -> None:
    """A coalition shares among its members; who joins later shares and pays from that day."""
    case = small_case("world=eu", "regime=frozen", "horizon_years=2")
    regime = dc.replace(
        case.regime, levers={"intelligence": LeverSpec("alliance")},
        participants=("BE", "NL", "DE"), joins={"DE": dt.date(2025, 1, 1)},
    )  # fmt: skip
    model = model_at(dc.replace(case, regime=regime), 62)
    country, posture = np.array(model.world.entry.country), model.enforcement.posture
    assert set(country[posture.shared_tip_share == 1]) == {"BE", "NL"}
    while model.clock.date(model.day) < dt.date(2025, 1, 10):
        model.step()
        if model.clock.date(model.day) == dt.date(2024, 12, 1):
            assert {a.country for a in model.enforcement.authorities if a.accounts.programme.committed} == {"BE", "NL"}
    assert set(country[model.enforcement.posture.shared_tip_share == 1]) == {"BE", "NL", "DE"}
    assert {a.country for a in model.enforcement.authorities if a.accounts.programme.committed} == {"BE", "NL", "DE"}


def test_a_lever_begins_at_its_start_and_works_after_its_delay() -> None:
    """Start in the second year and 30 days to effect: until then states learn alone, as before the analysis."""
    case = small_case("world=north_range", "regime=frozen", "horizon_years=2")
    later = with_levers(case, intelligence=LeverSpec("alliance", start=dt.date(2025, 1, 1)))
    given = {"delay_days": 30.0, "private_tip_share": 0.0, "partner_tip_share": 0.0}
    later, always = (
        with_parameters(one, "intelligence", **given) for one in (later, with_levers(case, intelligence="national"))
    )
    model, alone = model_at(later, 1), model_at(always, 1)
    while model.clock.date(model.day) < dt.date(2025, 1, 31):
        posture = model.enforcement.posture
        assert (posture.shared_tip_share == 0).all() and (posture.received_tip_share == 0).all()
        assert np.array_equal(posture.log_odds, alone.enforcement.posture.log_odds)
        model.step()
        alone.step()
    assert (model.enforcement.posture.shared_tip_share == 1).any()


def test_nothing_is_common_before_it_starts() -> None:
    """Placement and coordination from the second year on: in the first, units stay at home and nobody coordinates."""
    case = small_case("world=north_range", "regime=alliance_rule", "horizon_years=2")
    case = with_parameters(case, "finance", delivery_months=6)
    specs = case.regime.levers
    later = {
        name: dc.replace(spec, start=dt.date(2025, 1, 1))
        for name, spec in specs.items()
        if name not in {"equipment", "rotation"}
    }
    model = model_at(with_levers(case, **later, equipment="national", rotation="off"), 1)

    def abroad() -> int:
        enforcement = model.enforcement
        return sum(enforcement.authority_of_port[unit.base] != unit.owner for unit in enforcement.fleet.units)

    def coordination() -> int:
        states = model.enforcement.coordinator.states
        return sum(e.purpose == "coordination" for state in states for e in state.accounts.entries)

    while model.clock.date(model.day) < dt.date(2024, 12, 31):
        model.step()
    assert sum(state.units_bought for state in model.enforcement.coordinator.states) > 0
    assert (abroad(), coordination()) == (0, 0)
    while model.clock.date(model.day) < dt.date(2025, 12, 31):
        model.step()
    assert abroad() > 0 and coordination() > 0


def test_who_joins_late_waits_for_the_delay() -> None:
    """A common standard takes its delay of 60 days, for who joins later from that day on; alone until then."""
    case = small_case("world=north_range", "regime=frozen", "horizon_years=2")
    case = with_parameters(with_levers(case, terminal_standards="alliance"), "terminal_standards", delay_days=60.0)
    regime = dc.replace(case.regime, joins={"NL": dt.date(2025, 1, 1)})
    model = model_at(dc.replace(case, regime=regime), 1)
    port = model.world.entry.code.index("NLRTM")

    levels = {}
    while model.clock.date(model.day) < dt.date(2025, 4, 1):
        model.step()
        levels[model.clock.date(model.day)] = model.enforcement.controls.terminal_level[port]
    assert levels[dt.date(2025, 2, 25)] == levels[dt.date(2024, 12, 30)] > 0
    assert levels[dt.date(2025, 3, 15)] != levels[dt.date(2025, 2, 25)]


def test_units_bought_arrive_after_their_delivery_time() -> None:
    """Ordered on the first of January, a unit works after 12 months and not a day before."""
    case = with_parameters(small_case("regime=national_rule", "horizon_years=2"), "finance", delivery_months=12)
    model = WaterbedModel(dc.replace(case, burn_in_start=case.start.replace(year=2023, month=12)), 1, 0)
    while model.day < model.start_day:
        model.step()
    due = {order.day for order in model.enforcement.fleet.orders if order.port < 0}
    assert due == {model.start_day + 365}
    scans = case.parameters.control.mobile_scans_per_year
    while model.day < model.start_day + 364:
        model.step()
    before = model.physical.scans_per_year.sum()
    arriving = sum(order.day == model.start_day + 365 for order in model.enforcement.fleet.orders)
    model.step()
    assert model.physical.scans_per_year.sum() - before == pytest.approx(arriving * scans)
    assert arriving > 0


def test_capacity_of_a_port_is_what_stands_there() -> None:
    """Scans a year are those of fixed equipment and of the units at the port, also after moves and deliveries."""
    model = model_at(small_case("regime=alliance_rule", "world=north_range", "horizon_years=2"), 600)
    enforcement: Any = model.enforcement
    for port in range(len(model.world.entry.code)):
        here = [u.scans_per_year for a in enforcement.authorities for u in a.units if u.port == port]
        assert model.physical.scans_per_year[port] == pytest.approx(enforcement.fleet.fixed_scans[port] + sum(here))
        assert model.physical.has_scanner[port] == (enforcement.fleet.fixed_units[port] + len(here) > 0)
    assert SCAN == 1
