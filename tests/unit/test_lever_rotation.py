"""Rotation: how many units a port is due, how they are drawn, what a drive costs, and what it leaves alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.fleet import MobileUnit
from agents.levers.placement import movable_units
from agents.levers.rotation import comb, expected_scans, shortest_drives
from agents.model import WaterbedModel
from experiments.run import run
from scenarios.case import Case
from sim.clock import YEAR_DAYS
from sim.streams import Floats
from tests.model_cases import digest, small_case, with_levers, with_parameters

NO_ROOM_NEEDED = np.full(3, 1e9)


def test_capacity_follows_threat_by_hand() -> None:
    """Threat 60, 30 and 10 and 100 scans to spread: what is there counts, and no port loses any."""
    threat = np.array([60.0, 30.0, 10.0])
    assert expected_scans(threat, np.zeros(3), NO_ROOM_NEEDED, 100) == pytest.approx([60, 30, 10])
    assert expected_scans(threat, np.array([60.0, 0.0, 0.0]), NO_ROOM_NEEDED, 40) == pytest.approx([0, 30, 10])
    # 120 + 30 + 10 + 40 = 200 would be 120, 60 and 20: the first has what it is due.
    assert expected_scans(threat, np.array([120.0, 30.0, 10.0]), NO_ROOM_NEEDED, 40) == pytest.approx([0, 30, 10])
    # The first port is full at 20; the others share the rest, 3 to 1.
    assert expected_scans(threat, np.zeros(3), np.array([20.0, 1e9, 1e9]), 100) == pytest.approx([20, 60, 20])
    assert expected_scans(threat, np.zeros(3), np.zeros(3), 30) == pytest.approx([10, 10, 10]), "no room anywhere"
    assert expected_scans(np.array([5.0, 0.0]), np.zeros(2), np.full(2, 1e9), 30) == pytest.approx([30, 0], abs=1e-6)


def test_comb_by_hand() -> None:
    """Expected 1.5, 0.25 and 1.25: the tooth shifts with luck, one in four draws gives the second port a unit."""
    expected = np.array([1.5, 0.25, 1.25])
    drawn = [comb(expected, luck).tolist() for luck in (0.1, 0.3, 0.6, 0.9)]
    assert drawn == [[1, 0, 2], [1, 1, 1], [2, 0, 1], [2, 0, 1]]
    assert np.mean(drawn, axis=0) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(0, 40))
def test_comb_is_fair_and_exact(weights: list[float], units: int) -> None:
    """Law: whole numbers that sum to the units, each the expected one rounded up or down, and right in the mean."""
    weight = np.array(weights) + 1e-3
    expected = units * weight / weight.sum()
    draws = np.array([comb(expected, luck) for luck in (np.arange(1000) + 0.5) / 1000])
    assert (draws.sum(axis=1) == units).all()
    assert (np.abs(draws - expected) < 1 + 1e-9).all()
    assert draws.mean(axis=0) == pytest.approx(expected, abs=0.0021), "a grid of 1000 is off by two steps at most"


def test_units_that_are_there_stay_and_the_others_drive_least() -> None:
    """On a line with ports at 0, 100 and 300 km."""
    at = np.array([0.0, 100.0, 300.0])
    km = np.abs(at[:, None] - at)
    assert shortest_drives([0, 1, 2], [2, 1, 0], km) == [0, 1, 2]
    assert shortest_drives([0, 2], [1, 2], km) == [1, 2]
    assert shortest_drives([], [], km) == []


# ---- in the model --------------------------------------------------------------------------------------------------

SPAIN_AND_ITALY = "world.entry_ports=[ESVLC,ESBCN,ITGOA,ITLIV]"
NORTH = "world=north_range"


def started(case: Case, units_at: dict[int, int]) -> WaterbedModel:
    """Return the model the evening before it starts, its ports' own scanners fixed, with mobile units at some ports."""
    model = WaterbedModel(case, 1, 0)
    while model.day < model.start_day - 1:
        model.step()
    enforcement = model.enforcement
    enforcement.fleet.fixed_scans, enforcement.fleet.fixed_units[:] = model.world.entry.scans_per_year.copy(), 1
    for authority in enforcement.authorities:
        authority.units.clear()
    for port, units in units_at.items():
        owner = enforcement.authorities[int(enforcement.authority_of_port[port])]
        owner.units += [MobileUnit(owner.index, port, 12_000.0) for _ in range(units)]
    return model


@lru_cache(maxsize=8)
def year(scope: str, *overrides: str, units: int = 3) -> tuple[Floats, Floats, WaterbedModel]:
    """Return mobile units at work by day and port, drug-tasked slots by day and port, and the model after a year."""
    case = with_levers(small_case("regime=frozen", SPAIN_AND_ITALY, *overrides), rotation=scope)
    model = started(case, {0: units, 2: units})
    here, slots = [], []
    while model.day < model.window_end_day - 1:
        model.step()
        here.append(model.enforcement.fleet.working()[1] - 1)
        slots.append(model.physical.drug_slots_per_day(model.enforcement.posture))
    return np.array(here, np.float64), np.array(slots), model


def test_zero_strength_is_absence_and_a_little_moves_nothing() -> None:
    """Law: zero strength is the same, bit for bit, as no lever; so little that no unit rotates writes nothing."""
    case = small_case("regime=frozen", NORTH)
    off = digest(run(case, 1, 0))
    for scope in ("national", "alliance"):
        with_lever = with_levers(case, rotation=scope)
        assert digest(run(with_parameters(with_lever, "rotation", strength=0.0), 1, 0)) == off
    # An Alliance would have to be coordinated, which its accounts show.
    alone = with_levers(case, rotation="national")
    assert digest(run(with_parameters(alone, "rotation", strength=1e-6), 1, 0)) == off


def test_ports_have_the_capacity_they_are_due_and_units_stay_inside_their_borders() -> None:
    """Own outcome: visits are as many as the rule asks for; national units never leave their state, common ones do."""
    quick = ("parameters.rotation.transfer_days=0", "parameters.rotation.km_per_day=1000000")
    national, _, model = year("national", *quick)
    alliance, _, common = year("alliance", *quick)
    settled = slice(7, None)
    assert set(national[settled, :2].sum(axis=1)) == set(national[settled, 2:].sum(axis=1)) == {3.0}
    assert len(set(alliance[settled, :2].sum(axis=1))) > 1
    assert set(alliance[settled].sum(axis=1)) == {6.0}
    desk, fleet = common.enforcement.desk, common.enforcement.fleet
    expected = expected_scans(desk.threat(), fleet.fixed_scans, np.full(4, 1e9), 72_000.0) / 12_000
    # Whole periods are drawn anew: the error of a mean of 51 draws of a number that is rounded up or down.
    error = np.sqrt(0.25 / 51)
    assert alliance[settled].mean(axis=0) == pytest.approx(expected, abs=5 * error)
    assert (alliance[settled].std(axis=0) > 0).any()
    assert (national[:7] == national[0]).all() or model.start_day % 7, "no draw before a period begins"


def test_days_on_the_road_are_lost() -> None:
    """Negative effect: where nobody watches, the same units control less for the days that they spend on the road."""
    fixed = year("off")[1]
    rotating, slots, _ = year("alliance")
    road = 6 - rotating.sum(axis=1)
    assert 0 < road.sum() < 0.2 * rotating.sum()
    control = small_case().parameters.control
    up = control.scanner_mtbf_days / (control.scanner_mtbf_days + control.scanner_mttr_days)
    slots_per_unit_day = control.utilisation * up * control.drug_tasked_share * 12_000 / YEAR_DAYS
    assert fixed.sum() - slots.sum() == pytest.approx(road.sum() * slots_per_unit_day)


@pytest.mark.slow
def test_what_is_seen_at_the_end_of_a_month_is_where_units_stand_that_day() -> None:
    """The signal that organisations get is the momentary effort: it changes from month to month as units rotate."""
    model = started(with_levers(small_case("regime=frozen", SPAIN_AND_ITALY), rotation="alliance"), {0: 3, 2: 3})
    fixed = started(small_case("regime=frozen", SPAIN_AND_ITALY), {0: 3, 2: 3})
    seen: dict[str, list[Floats]] = {"rotating": [], "fixed": []}
    for name, one in (("rotating", model), ("fixed", fixed)):
        while one.day < one.window_end_day - 1:
            one.step()
            if one.clock.is_month_end(one.day - 1):
                noted = one.traffickers.beliefs._efforts[-1]
                now = one.physical.drug_slots_per_day(one.enforcement.posture)
                per_box = now / (one.world.at_risk_boxes / YEAR_DAYS + 1e-9)
                assert noted[0] == one.day - 1
                assert noted[1] == pytest.approx(np.log(per_box))
                seen[name].append(noted[1])
    changes = {name: np.abs(np.diff(np.array(values)[1:], axis=0)).max() for name, values in seen.items()}
    assert changes["fixed"] == 0
    assert changes["rotating"] > 0.1


def test_drives_are_paid_for_by_the_kilometre_or_not_made() -> None:
    """Owners pay from the programme account; who has nothing stays where the units are."""
    _, _, model = year("alliance")
    spent = [e for a in model.enforcement.authorities for e in a.accounts.entries if e.purpose == "rotation"]
    km = model.enforcement.regime.levers[0]._km  # type: ignore[attr-defined]
    prices = {round(one * 4 * 100) for one in km[np.triu_indices(4, 1)]}
    assert {entry.amount for entry in spent} <= prices
    assert {entry.account for entry in spent} == {"programme"}
    assert spent
    poor = year("alliance", "parameters.finance.programme_eur_per_year=0")[0]
    assert (poor == poor[0]).all()


def test_the_last_scanner_of_a_port_stays_and_strength_is_a_share_of_units() -> None:
    """With half the strength two of four movable units rotate; the last scanner of a port is always at work."""
    case = with_levers(small_case("regime=frozen", SPAIN_AND_ITALY), rotation="alliance")
    model = started(with_parameters(case, "rotation", strength=0.5), {0: 5, 1: 1, 2: 1})
    fleet = model.enforcement.fleet
    fleet.fixed_units[:] = 0
    assert len(movable_units(fleet.units, fleet.fixed_units)) == 4
    away = set()
    for _ in range(200):
        model.step()
        assert (fleet.working()[1][:3] >= 1).all()
        away |= {i for i, unit in enumerate(fleet.units) if unit.visiting != -1}
    assert len(away) == 2
