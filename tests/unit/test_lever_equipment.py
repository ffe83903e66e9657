"""Equipment beside mobile units: what is bought, where it goes, what it shows, and when it is gone."""

from __future__ import annotations

import dataclasses as dc
import datetime as dt
from collections import Counter
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from agents.fleet import NEVER, Order
from agents.kit import checks_by_port, coverage, most_found_per_euro, second_look
from agents.levers.equipment import SECOND_LOOK, Equipment, tasked_scans
from agents.levers.placement import Placement
from agents.model import WaterbedModel
from agents.regime import make_regime
from experiments.run import run
from scenarios.case import Case, LeverSpec
from scenarios.equipment import FIXED, MOBILE, UnitTerms, unit_terms
from scenarios.errors import InputError
from sim.clock import YEAR_DAYS
from sim.codes import Fate, Trigger
from sim.physical_world import PhysicalWorld
from tests.model_cases import NO_FEEDBACK, digest, model_at, small_case, with_levers, with_parameters

TERMS = unit_terms(small_case().parameters)
DOG, METER = TERMS["dog_team"], TERMS["density_meter"]
EVEN = np.full(4, 0.25)


def case_of(scope: Any = "national", world: str = "north_range", **values: float) -> Case:
    """Return a case of ten years in which states buy equipment and do nothing else."""
    case = with_levers(small_case(f"world={world}", "regime=frozen", "horizon_years=10"), equipment=scope)
    return with_parameters(case, "equipment", **values)


class Buyers:
    """The authorities of a model whose days pass without traffic, and the lever."""

    def __init__(self, case: Case) -> None:
        self.model = WaterbedModel(case, 1, 0)
        self.enforcement = self.model.enforcement
        self.desk = self.enforcement.desk
        self.regime = self.desk.regime = self.enforcement.regime = make_regime(case.regime, case.parameters)
        lever = self.regime.levers[0]
        assert isinstance(lever, Equipment)
        self.lever = lever

    def allot(self, year: int) -> None:
        """Let the first of January of a year come."""
        self.desk.day = self.model.clock.day(dt.date(year, 1, 1))
        budget, case = self.enforcement.budget, self.desk.case
        budget.appropriate(case.start.year, year)
        budget.charge(self.regime, self.desk.day, self.desk.date)
        self.lever.allot(self.desk)

    def ordered(self) -> Counter[str]:
        """Return what is on order, by type."""
        return Counter(order.terms.name for order in self.desk.fleet.orders if order.terms is not None)


# ---- formulas ------------------------------------------------------------------------------------------------------


def test_second_looks_by_hand() -> None:
    """Two types that go round half and all of the boxes, .4 and .5: 1 - (1 - .2) (1 - .5) = .6; alarms alike."""
    shown, alarms = second_look(
        [np.array([0.5, 0.0]), np.array([1.0, 0.0])], [(0.4, 0, 0, 1), (0.5, 0, 0.1, 0)], [0.2, 0.1], 2
    )
    assert shown[0] == pytest.approx([0.6, 0, 0.1, 0.5])
    assert alarms[0] == pytest.approx(1 - 0.9 * 0.9)
    assert not shown[1].any() and alarms[1] == 0
    nothing, quiet = second_look([], [], [], 3)
    assert nothing.shape == (3, 4) and not nothing.any() and not quiet.any()


def test_coverage_by_hand() -> None:
    """3,600 checks on 10,000 scans are .36; never more than all; none where nothing is scanned."""
    assert coverage(np.array([3600.0, 9e5, 50.0]), np.array([1e4, 1e4, 0.0])).tolist() == [0.36, 1.0, 0.0]
    assert checks_by_port([(1, DOG), (1, DOG), (1, METER)], "dog_team", 3).tolist() == [0, 2 * 4000 * 0.9, 0]


def test_where_a_set_shows_most_for_its_cost() -> None:
    """By threat x what it adds: it fills the threatened port, leaves ports without scans or outside the area alone."""
    threat, tasked = np.array([100.0, 60.0, 900.0]), np.array([5400.0, 3600.0, 0.0])
    # Dogs look at 3,600 boxes: two thirds of the first port's threat of 100 are more than all of the second's 60.
    assert most_found_per_euro(threat, tasked, [], [DOG], EVEN, [1.0]) == (DOG, 0)
    # With one there, the next adds a third: 33 x .76, less than 60.
    assert most_found_per_euro(threat, tasked, [(0, DOG)], [DOG], EVEN, [1.0]) == (DOG, 1)
    assert most_found_per_euro(threat, tasked, [(0, DOG), (0, DOG), (1, DOG)], [DOG], EVEN, [1.0]) is None
    outside = np.array([-np.inf, 60.0, -np.inf])
    assert most_found_per_euro(outside, tasked, [], [DOG], EVEN, [1.0]) == (DOG, 1)


def test_finds_and_cost_choose_the_type() -> None:
    """Where loads are in the structure, meters show more per euro; a dog at twice the cost is not chosen over them."""
    threat, tasked, structure = np.array([50.0]), np.array([1e5]), np.array([0.0, 0.0, 1.0, 0.0])
    costs = [terms.eur_per_year(0.03, 75_000) for terms in (DOG, METER)]
    assert most_found_per_euro(threat, tasked, [], [DOG, METER], np.array([1.0, 0, 0, 0]), costs) == (DOG, 0)
    # 3,600 x .3 / 241,800 = .0045 and 2,850 x .4 / 158,700 = .0072.
    assert most_found_per_euro(threat, tasked, [], [DOG, METER], structure, costs) == (METER, 0)


# ---- buying --------------------------------------------------------------------------------------------------------


def test_without_shares_only_mobile_units_are_bought() -> None:
    buyers = Buyers(case_of())
    for year in range(2024, 2028):
        buyers.allot(year)
    assert set(buyers.ordered()) == {MOBILE}
    assert not any(sum(a.posts_held.values()) for a in buyers.enforcement.authorities)


def test_shares_too_small_for_a_unit_change_nothing() -> None:
    """Continuous at zero: a share of a thousandth leaves every row as it is, to the bit."""
    case = small_case("regime=frozen")
    none = with_levers(case, equipment="national")
    few = with_parameters(none, "equipment", fixed_share=1e-3, second_look_share=1e-3)
    assert digest(run(none, 1, 0)) == digest(run(few, 1, 0))


@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_every_cent_and_minute_by_hand(scope: Any) -> None:
    """Account = committed + unspent; capital is price and works of every unit, staff its posts from its delivery on."""
    case = case_of(scope, fixed_share=0.5, second_look_share=0.2)
    case = with_parameters(case, "finance", new_posts_per_year=1000.0)
    buyers, f = Buyers(case), case.parameters.finance
    kinds, spent, minutes, programme = Counter[tuple[int, str]](), Counter[int](), Counter[int](), Counter[int]()
    for year in range(2024, 2030):
        before = len(buyers.desk.fleet.orders)
        buyers.allot(year)
        for order in buyers.desk.fleet.orders[before:]:
            assert order.terms is not None
            kinds[order.owner, order.terms.name] += 1
            spent[order.owner] += round(order.terms.price_eur * 100) + round(order.terms.works_eur * 100)
        first, after = (buyers.desk.clock.day(dt.date(y, 1, 1)) for y in (year, year + 1))
        for owner, name in kinds:
            days = sum(
                max(0, after - max(order.day, first)) for order in buyers.desk.fleet.orders
                if order.owner == owner and order.terms is not None and order.terms.name == name
            )  # fmt: skip
            minutes[owner] += round(days * TERMS[name].posts * f.post_min_per_year / (after - first))
            programme[owner] += round(days * TERMS[name].running_eur_per_year * 100 / (after - first))
    assert {name for _, name in kinds} >= {MOBILE, FIXED, "dog_team"}
    for authority in buyers.enforcement.coordinator.states:
        accounts, bought = authority.accounts, [e for e in authority.accounts.entries if e.purpose == "equipment"]
        for kind in ("capital", "staff", "programme"):
            account = getattr(accounts, kind)
            assert account.appropriated == account.committed + account.unspent and account.unspent >= 0
            assert account.committed == sum(entry.amount for entry in accounts.entries if entry.account == kind)
        assert sum(e.amount for e in bought if e.account == "capital") == spent[authority.index]
        assert sum(e.amount for e in bought if e.account == "staff") == minutes[authority.index]
        assert sum(e.amount for e in bought if e.account == "programme") == programme[authority.index]
        posts = sum(kinds[authority.index, name] * terms.posts for name, terms in TERMS.items())
        assert posts + authority.posts_held.get("coordination", 0) + authority.free_posts(0) - (
            authority.units_bought * f.posts_per_unit
        ) == authority.posts  # fmt: skip


def test_days_of_use_are_those_that_are_left_of_the_year() -> None:
    """In the middle of a year: units that are there for the rest of it, one on order from its delivery."""
    buyers = Buyers(case_of(second_look_share=0.5))
    buyers.allot(2024)
    fleet, (order, *_) = buyers.desk.fleet, [order for order in buyers.desk.fleet.orders if order.terms == DOG]
    begin, end = (buyers.desk.clock.day(dt.date(year, 1, 1)) for year in (2024, 2025))
    fleet.orders = [dc.replace(order, day=begin + 200), dc.replace(order, day=end + 9)]
    assert fleet.days_in_use(order.owner, begin + 100, end)["dog_team"] == 166
    fleet.install(order)
    assert fleet.days_in_use(order.owner, begin + 100, end)["dog_team"] == 166 + 266
    assert fleet.days_in_use(order.owner, begin + 250, end)["dog_team"] == 2 * 116


def test_a_share_is_not_exceeded_and_what_is_left_of_it_buys_mobile_units() -> None:
    """Fixed units take at most their share of capital and posts; mobile units leave it alone until the last year."""
    case = case_of(fixed_share=0.4)
    case = with_parameters(case, "finance", new_posts_per_year=2000.0)
    buyers, left = Buyers(case), 0
    for year in range(2024, 2028):
        buyers.allot(year)
        for authority in buyers.enforcement.coordinator.states:
            spent, held = buyers.lever._spent[authority.index, FIXED], authority.posts_held.get(FIXED, 0)
            capital = authority.accounts.capital
            assert spent <= 0.4 * capital.appropriated + 1 and held <= 0.4 * authority.posts
            if year < 2027:
                assert capital.unspent >= round(0.4 * capital.appropriated) - spent
            left += capital.unspent if year == 2027 else 0
    states = len(buyers.enforcement.coordinator.states)
    # With posts enough, no state can pay for a further mobile unit at the end.
    assert left < states * TERMS[MOBILE].capital_eur * 100


def test_shares_that_sum_to_more_than_all_are_refused() -> None:
    values = {**small_case().parameters.levers["equipment"], "fixed_share": 0.7, "second_look_share": 0.5}
    with pytest.raises(InputError, match=r"sum to 1\.2; allowed: at most 1"):
        Equipment(LeverSpec("national"), values)


# ---- where it goes, when it works, and when it is gone -------------------------------------------------------------


@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_fixed_scanners_by_scope(scope: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nationally a scanner goes to the owner's own port of most threat per scan; together to that of them all."""
    case = with_parameters(case_of(scope, "eu", fixed_share=1.0), "finance", capital_eur_per_year=1e9)
    buyers = Buyers(with_parameters(case, "finance", new_posts_per_year=4000.0))
    goal, ports = list(buyers.model.world.entry.code).index("PTSIE"), len(buyers.model.world.entry.code)
    monkeypatch.setattr(type(buyers.desk), "threat", lambda desk: np.where(np.arange(ports) == goal, 1e9, 1.0))
    buyers.allot(2024)
    fixed = [order for order in buyers.desk.fleet.orders if order.terms is not None and order.terms.name == FIXED]
    assert len({order.owner for order in fixed}) > 5
    at_home = [order.port in buyers.enforcement.authorities[order.owner].ports for order in fixed]
    assert all(at_home) == (scope == "national")
    if scope == "alliance":
        assert {order.port for order in fixed} == {goal}


def test_second_looks_by_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    """Together sets go to the most threatened port until they go round there; alone each state keeps its own."""
    at_home = {}
    for scope in ("national", "alliance"):
        buyers = Buyers(case_of(scope, "eu", second_look_share=0.5))
        goal, ports = list(buyers.model.world.entry.code).index("BEANR"), len(buyers.model.world.entry.code)
        threat = np.where(np.arange(ports) == goal, 1e9, 1.0)
        monkeypatch.setattr(type(buyers.desk), "threat", lambda desk, threat=threat: threat)
        buyers.allot(2024)
        sets = [o for o in buyers.desk.fleet.orders if o.terms is not None and o.terms.kind == SECOND_LOOK]
        at_home[scope] = [order.port in buyers.enforcement.authorities[order.owner].ports for order in sets]
        assert scope == "national" or any(order.port == goal for order in sets)
    assert at_home["national"] and all(at_home["national"])
    assert not all(at_home["alliance"])


def test_a_fixed_scanner_comes_after_its_delivery_and_never_moves() -> None:
    """36 months, works included; then it scans 23,000 a year at its port, whatever placement does."""
    buyers = Buyers(with_parameters(case_of("alliance", fixed_share=1.0), "finance", new_posts_per_year=2000.0))
    buyers.allot(2024)
    fleet, enforcement = buyers.desk.fleet, buyers.enforcement
    day, orders = buyers.desk.day, list(fleet.orders)
    fixed = [order for order in orders if order.terms is not None and order.terms.name == FIXED]
    assert fixed and {order.day for order in fixed} == {day + round(3 * YEAR_DAYS)}
    before, scans = fleet.fixed_units.copy(), fleet.fixed_scans.copy()
    enforcement._deliver(fixed[0].day - 1)
    assert np.array_equal(fleet.fixed_units, before)
    enforcement._deliver(fixed[0].day)
    added = np.bincount([order.port for order in fixed], minlength=before.size)
    assert np.array_equal(fleet.fixed_units, before + added)
    assert fleet.fixed_scans == pytest.approx(scans + added * 23_000)
    places = Placement(LeverSpec("alliance"), {"strength": 1.0, "delay_days": 0.0})
    ports = [unit.port for unit in fleet.installed]
    for quarter in range(4):
        buyers.desk.day = buyers.model.clock.day(dt.date(2028, 1 + 3 * quarter, 1))
        places.act(buyers.desk)
    assert np.array_equal(fleet.fixed_units, before + added)
    assert [unit.port for unit in fleet.installed] == ports


def test_what_was_bought_ends_and_what_was_there_does_not() -> None:
    """A dog works seven years from its arrival; then its posts are free and it costs nothing more."""
    buyers = Buyers(case_of(second_look_share=0.5))
    buyers.allot(2024)
    fleet, lever = buyers.desk.fleet, buyers.lever
    dogs = [order for order in fleet.orders if order.terms == DOG]
    assert dogs and all(order.until_day - order.day == round(7 * YEAR_DAYS) for order in dogs)
    fleet.orders = [order for order in fleet.orders if order.terms == DOG]
    owner = buyers.enforcement.authorities[dogs[0].owner]
    mine = sum(order.owner == owner.index for order in dogs)
    assert owner.posts_held["dog_team"] == 3 * mine
    stock = list(fleet.units)
    for order in fleet.orders:
        fleet.install(order)
    fleet.orders = []
    assert fleet.retire(dogs[0].until_day - 1) == []
    buyers.desk.day = dogs[0].until_day
    lever._retire(buyers.desk)
    assert owner.posts_held["dog_team"] == 0 and not fleet.installed
    assert fleet.units == stock and all(unit.until_day == NEVER for unit in stock)


# ---- what it does --------------------------------------------------------------------------------------------------


def installed(terms: UnitTerms, units: int, replication: int, days: int = 300) -> WaterbedModel:
    """Return the model at its end, with so many units of a type at every port from the beginning."""
    case = with_levers(small_case("regime=frozen", *NO_FEEDBACK), equipment="national")
    # Nothing is bought, so that all arms have the same but for what is installed; what is installed can be paid.
    case = with_parameters(
        case, "finance", capital_eur_per_year=0.0, new_posts_per_year=5000, programme_eur_per_year=500e6
    )
    model = WaterbedModel(case, 1, replication)
    for port in range(len(model.world.entry.code)):
        for _ in range(units):
            owner = int(model.enforcement.authority_of_port[port])
            model.enforcement.fleet.install(Order(0, owner, port, terms))
    for _ in range(days):
        model.step()
    return model


def found(model: WaterbedModel) -> int:
    """Return boxes that selection found at the ports."""
    rows = model.physical.consignments
    return int(((rows["fate"] == Fate.SEIZED_ENTRY) & (rows["trigger"] == Trigger.TARGETED)).sum())


@lru_cache(maxsize=8)
def found_without(replication: int) -> int:
    """Return the finds of a replication in which nothing is installed; the types are held against the same runs."""
    return found(installed(DOG, 0, replication))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "units"), [(FIXED, 3), ("dog_team", 20), ("density_meter", 20), ("trace_detector", 20)]
)
def test_each_type_finds_more(name: str, units: int) -> None:
    """Eight paired seeds, nobody reacts: finds of selection rise, by more than four standard errors of the mean."""
    gains = np.array([found(installed(TERMS[name], units, r)) - found_without(r) for r in range(8)])
    assert gains.mean() > 4 * gains.std(ddof=1) / np.sqrt(8)


def test_detection_and_alarms_of_the_line_by_hand() -> None:
    """A second look shows a share of what the image did not, .75 + .25 x .4; alarms alike, of drug-tasked boxes."""
    model = model_at(small_case("regime=frozen"), 1)
    physical, posture = model.physical, model.enforcement.posture
    images, methods = physical._detection_today(posture)[:, :, :4], model.case.parameters.methods
    assert (images[:, :, 0] == methods.rip_on_image_detection).all()
    assert (physical._clean_today(posture)[:, 2] == physical._clean_today(posture)[:, 3]).all()
    posture.kit_detection = np.zeros_like(posture.kit_detection)
    posture.kit_detection[1, 0], posture.kit_false_alarm = 0.4, np.array([0.0, 0.2, 0.0])
    by_look = physical._detection_today(posture)[:, :, 0]
    assert by_look[:, 0].tolist() == [0.75, 0.75, 0.75]
    assert by_look[:, 1] == pytest.approx([0.75, 0.85, 0.75])
    assert physical._clean_today(posture)[:, 2:].tolist() == [[0.15, 0.15], [0.15, pytest.approx(0.32)], [0.15, 0.15]]


@pytest.mark.slow
def test_second_looks_have_boxes_opened_for_nothing() -> None:
    """Clean boxes searched, of those scanned: .15 without, + .85 x .22 of the drug-tasked ones with dogs everywhere."""
    share, count = {}, 0.0
    for units in (0, 20):
        model = installed(DOG, units, 0)
        scanned = model.physical.control_totals[model.physical.has_scanner].sum(axis=0)
        share[units], count = scanned[2] / scanned[1], float(scanned[1])
        tasked = scanned[0] / scanned[1]
        posture = model.enforcement.posture
        assert posture.kit_false_alarm.max() == pytest.approx(0.22 if units else 0.0)
    # Sets begin to work with the analysis, after 61 of 300 days.
    expected = tasked * 0.85 * 0.22 * (300 - 61) / 300
    assert share[20] - share[0] == pytest.approx(expected, abs=5 * (2 * 0.25 / count) ** 0.5 + 0.1 * expected)


@pytest.mark.slow
def test_what_is_scanned_for_another_purpose_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: with images that show nothing and looks that show all, such controls find nothing, others find much.

    In both engines, to the bit.
    """
    seeing = dc.replace(DOG, detection=(1.0, 1.0, 1.0, 1.0), checks_per_year=1e9)
    blind = {f"{method}_image_detection": 0.0 for method in ("rip_on", "in_cargo", "in_structure", "cooling_unit")}
    settled: list[np.ndarray] = []
    note = PhysicalWorld._warn

    def warn(physical: PhysicalWorld, selected: np.ndarray, known_min: np.ndarray) -> None:
        settled.append(physical.consignments[selected])
        note(physical, selected, known_min)

    monkeypatch.setattr(PhysicalWorld, "_warn", warn)
    ends = []
    for engine in ("compiled", "simpy"):
        case = with_levers(small_case("regime=frozen", f"engine={engine}", *NO_FEEDBACK), equipment="national")
        case = with_parameters(with_parameters(case, "finance", capital_eur_per_year=0.0), "methods", **blind)
        case = with_parameters(with_parameters(case, "supply", lots_2023=40_000.0), "organisations", merge_below_kg=0.0)
        model = WaterbedModel(case, 1, 0)
        assert model.physical.has_scanner.all()
        for port in range(3):
            model.enforcement.fleet.install(Order(0, int(model.enforcement.authority_of_port[port]), port, seeing))
        for _ in range(150):
            model.step()
        ends.append(model.physical.consignments.copy())
    assert np.array_equal(ends[0], ends[1])
    rows = np.concatenate(settled)
    # Sets begin to work with the analysis.
    rows = rows[rows["discharge_min"] > (model.start_day + 1) * 1440]
    for trigger, is_seen in ((Trigger.OTHER_PURPOSE, False), (Trigger.TARGETED, True)):
        controlled = rows[rows["trigger"] == trigger]
        assert controlled.size >= 10
        assert (controlled["is_found_if_controlled"] == 1).any() == is_seen


def test_sets_count_as_far_as_they_go_round() -> None:
    """The lever writes what a set shows, by port; a set where nothing is scanned shows nothing."""
    model = model_at(with_levers(small_case("regime=frozen"), equipment="national"), 62)
    enforcement, desk = model.enforcement, model.enforcement.desk
    lever = next(lever for lever in desk.regime.levers if lever.name == "equipment")
    assert not desk.controls.kit_detection.any()
    enforcement.fleet.install(Order(0, 0, 1, DOG))
    lever.assess(desk)
    tasked = tasked_scans(desk)
    covered = min(1.0, 3600 / tasked[1])
    assert desk.controls.kit_detection[1] == pytest.approx(covered * np.array(DOG.detection))
    assert desk.controls.kit_false_alarm[1] == pytest.approx(covered * 0.22)
    assert not desk.controls.kit_detection[[0, 2]].any()
