"""Joint operations: when surges are, that they cost no other hours than the usual ones, and what they change."""

from __future__ import annotations

import dataclasses as dc
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.levers.joint_operations import first_days, ordinary_factor, staff_min_per_day
from agents.model import WaterbedModel
from experiments.run import run
from sim.control_line import READ, SEARCH, STAGES
from sim.control_line.line_kernel import COUNT
from sim.streams import Floats
from tests.model_cases import NO_FEEDBACK, digest, small_case, with_levers, with_parameters

NORTH = "world=north_range"


def test_surges_by_hand() -> None:
    """Ten days, the last one free, two surges of three days: three ordinary days, so four places for each surge."""
    assert first_days(np.array([0.99, 0.0]), 10, 3).tolist() == [0, 6]
    assert first_days(np.array([0.0, 0.0]), 10, 3).tolist() == [0, 3]
    assert first_days(np.array([0.99, 0.99]), 10, 3).tolist() == [3, 6]
    assert first_days(np.array([0.3, 0.6]), 10, 3).tolist() == [1, 5]
    assert first_days(np.zeros(0), 10, 3).tolist() == []


@given(st.lists(st.floats(0.0001, 0.9999), max_size=12), st.integers(1, 14))
def test_surges_do_not_overlap_and_leave_the_last_day_free(luck: list[float], length: int) -> None:
    """Law: whatever the luck, surges lie one after the other within the year, the last day not among them."""
    begins = first_days(np.array(luck), 365, length)
    assert (np.diff(begins) >= length).all()
    assert begins.size == 0 or (begins[0] >= 0 and begins[-1] + length <= 364)


def test_ordinary_days_give_back_what_surges_take_by_hand() -> None:
    """Usual days of 100 minutes, five ordinary days left."""
    left, usual = np.full(5, 5), np.array([100.0, 100.0, 100.0, 100.0, 0.0])
    ahead, planned = np.array([0.0, 50.0, 0.0, 900.0, 7.0]), np.array([0.0, 0.0, 100.0, 0.0, 0.0])
    factor = ordinary_factor(ahead, planned, left, usual)
    assert factor == pytest.approx([1.0, 0.9, 0.8, 0.0, 1.0])
    assert factor[0] == 1.0, "nothing to give back leaves a day just as it is"


def test_staff_minutes_by_hand() -> None:
    """3,652.5 scans are 10 a day, 3.5 of them against drugs: 6 + 8 + .15 x 210 = 45.5 minutes each, or 31.5 by hand."""
    control = small_case().parameters.control
    minutes = staff_min_per_day(np.full(2, 3652.5), np.array([True, False]), control)
    assert minutes == pytest.approx([3.5 * 45.5, 3.5 * 31.5])


# ---- in the model --------------------------------------------------------------------------------------------------


@dc.dataclass(frozen=True)
class Days:
    """A year day by day, shape (days, ports)."""

    model: WaterbedModel
    surge: Floats
    usual_min: Floats
    boxes: Floats
    """Boxes selected against drugs that left the line."""
    exposure: Floats
    servers: Floats


@lru_cache(maxsize=16)
def year(scope: str, *overrides: str, replication: int = 0) -> Days:
    """Return what was set and done on each day of the year, starting with the first."""
    case = with_levers(small_case("regime=frozen", *overrides), joint_operations=scope)
    model = WaterbedModel(case, 1, replication)
    while model.day < model.start_day:
        model.step()
    before = model.physical.control_totals[:, 0].copy()
    days: list[tuple[Floats, ...]] = []
    while model.day < model.window_end_day:
        scans, units = model.enforcement.fleet.working_today
        surge = model.enforcement.posture.surge.copy()
        servers = model.physical.line._stages[:, COUNT].reshape(-1, STAGES)[:, [READ, SEARCH]].sum(axis=1)  # type: ignore[attr-defined]
        model.step()
        usual = staff_min_per_day(scans, units > 0, case.parameters.control)
        done = model.physical.control_totals[:, 0].copy()
        exposure = np.bincount(model.world.lanes.entry, model.mailbox.exposure, minlength=scans.size)
        days.append((surge, usual, (done - before).astype(np.float64), exposure, servers.astype(np.float64)))
        before = done
    return Days(model, *(np.array(column) for column in zip(*days, strict=True)))


MANY = ("parameters.joint_operations.surges_per_year=8", "parameters.joint_operations.ports_share=0.7")


@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_a_years_hours_are_the_usual_ones_to_the_minute(scope: str) -> None:
    """Law: at each port, and so in each area, surges and ordinary days add up to the usual hours of the year."""
    days = year(scope, NORTH, *MANY)
    assert days.surge.max() == 2.0
    extra_min = ((days.surge - 1) * days.usual_min).sum(axis=0)
    assert np.abs(extra_min).max() < 0.5
    assert (days.surge == 2.0).sum() > 0
    lever = days.model.enforcement.regime.levers[0]
    assert np.abs(lever.ahead_min).max() < days.usual_min.max()  # type: ignore[attr-defined]


def test_hours_are_the_usual_ones_also_where_units_come_in_between() -> None:
    """Law: a port whose capacity grows in the year plans anew; it ends the year with no minute more or less."""
    case = with_levers(small_case("regime=frozen", NORTH, *MANY), joint_operations="alliance")
    model = WaterbedModel(case, 1, 0)
    while model.day < model.start_day:
        model.step()
    fleet, total = model.enforcement.fleet, np.zeros(len(model.world.entry.code))
    for day in range(366):
        if day in (90, 200):
            fleet.fixed_scans = fleet.fixed_scans * 1.7
            posture = model.enforcement.posture
            fleet.apply(model.physical, posture.capacity_scale * posture.surge, posture.kit_false_alarm)
        scans, units = fleet.working_today
        usual = staff_min_per_day(scans, units > 0, case.parameters.control)
        total += (model.enforcement.posture.surge - 1) * usual
        model.step()
    assert np.abs(total).max() < 0.5


def test_days_and_ports_of_both_scopes() -> None:
    """The same ports take part in the same surges; together on the same days, alone each state on days of its own."""
    national, alliance = year("national", NORTH, *MANY), year("alliance", NORTH, *MANY)
    entry = national.model.world.entry
    together, alone = (days.surge[:, entry.is_eu] == 2.0 for days in (alliance, national))
    assert (together.sum(axis=0) == alone.sum(axis=0)).all()
    assert (together.sum(axis=0) % 5 == 0).all()
    days_in_use = together.any(axis=1)
    assert days_in_use.sum() <= 8 * 5
    assert alone.any(axis=1).sum() > days_in_use.sum()
    country = np.array(entry.country)[entry.is_eu]
    for state in set(country):
        assert alone[:, country == state].any(axis=1).sum() <= 8 * 5
    assert (national.surge[:, ~entry.is_eu] == 1).all()


def test_zero_strength_is_absence_and_the_effect_goes_to_nothing_with_it() -> None:
    """Law: zero strength is the same, bit for bit, as no lever; a little surges by as little."""
    case = small_case("regime=frozen")
    lever = with_levers(case, joint_operations="national")
    assert digest(run(with_parameters(lever, "joint_operations", strength=0.0), 1, 0)) == digest(run(case, 1, 0))
    hardly = year("national", "parameters.joint_operations.strength=0.001").surge
    assert hardly.max() == pytest.approx(1.001)
    assert hardly.min() > 0.9998


@pytest.mark.slow
def test_a_surge_is_staffed_and_doubles_what_is_controlled() -> None:
    """Own outcome: twice the boxes leave the line in surges, no more in the year; readers and searchers are there."""
    ratios, years, servers = [], [], []
    off = ("parameters.control.scanner_mtbf_days=200", *NO_FEEDBACK)
    for number in range(4):
        usual, surging = (year(scope, *off, replication=number) for scope in ("off", "national"))
        is_surge = surging.surge == 2.0
        # The first day still finishes what the days before selected.
        settled = is_surge & np.roll(is_surge, 1, axis=0)
        ratios.append(surging.boxes[settled].sum() / usual.boxes[settled].sum())
        years.append(surging.boxes.sum() / usual.boxes.sum())
        servers.append((surging.servers[is_surge] / usual.servers[is_surge]).min())
    error = np.std(ratios, ddof=1) / 2
    assert abs(np.mean(ratios) - 2) < max(5 * error, 0.1)
    assert np.mean(years) == pytest.approx(1, abs=0.01)
    assert min(servers) > 1
    delay_min = surging.model.physical.control_totals[:, 3].sum() / surging.model.physical.control_totals[:, 1].sum()
    assert delay_min < 60


@pytest.mark.slow
def test_bunched_hours_see_less() -> None:
    """Negative effect: boxes are taken by their score, so the same hours in few days would select less that is hot."""
    hard = (
        "parameters.joint_operations.surge_factor=5", "parameters.joint_operations.surge_days=10",
        "parameters.joint_operations.surges_per_year=6", "parameters.joint_operations.ports_share=1", *NO_FEEDBACK,
    )  # fmt: skip
    change = []
    for number in range(3):
        usual, surging = (year(scope, *hard, replication=number).exposure.sum() for scope in ("off", "national"))
        change.append(surging / usual - 1)
    error = np.std(change, ddof=1) / np.sqrt(3)
    assert np.mean(change) + 10 * error < 0


def test_price_is_the_same_in_both_scopes() -> None:
    """What surges cost does not depend on whether states act together."""
    spent, price = [], 0
    for scope in ("national", "alliance"):
        model = year(scope, NORTH, *MANY).model
        price = round(1e6 * model.world.eu_traffic_share * 100)
        accounts = [a.accounts for a in model.enforcement.authorities]
        spent.append(sum(e.amount for one in accounts for e in one.entries if e.purpose == "joint_operations"))
    assert spent[0] == spent[1] == price > 0
