"""The yearly review: figures of the last year, who becomes a priority, and what that changes."""

from __future__ import annotations

import dataclasses as dc
from typing import Any

import numpy as np
import pytest

from agents.levers.placement import proportional_places
from agents.levers.yearly_review import YearlyReview, priorities
from agents.model import WaterbedModel
from agents.yearly_figures import YearlyFigures
from experiments.run import run
from scenarios.case import Case
from sim.codes import Fate, Trigger
from tests.model_cases import NO_FEEDBACK, digest, model_at, rows, small_case, with_levers, with_parameters

CASE = small_case("world=north_range", "regime=frozen")


def review(case: Case, **values: float) -> Case:
    """Return the case with parameters of the lever changed."""
    return with_parameters(case, "yearly_review", **values)


def chosen(found: list[float], effort: list[float], finds: list[int], **values: float) -> list[bool]:
    given = {"share": 0.5, "least_finds": 1, "exponent": 1.0, **values}
    result: list[bool] = priorities(np.array(found), np.array(effort), np.array(finds), **given).tolist()
    return result


def test_priorities_by_hand() -> None:
    """Most kilograms per effort first, up to the share, of those with enough finds; a choice there must be."""
    found, effort, finds = [10.0, 8.0, 6.0, 0.0], [10.0, 4.0, 2.0, 1.0], [5, 2, 3, 0]
    assert chosen(found, effort, finds) == [False, True, True, False]
    assert chosen(found, effort, finds, exponent=0.0) == [True, True, False, False]
    assert chosen(found, effort, finds, share=0.25) == [False, False, True, False]
    assert chosen(found, effort, finds, least_finds=3) == [True, False, True, False]
    # What found nothing is no priority, however many may be; where all would be one, none is.
    assert chosen([0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0, 1, 0], share=0.6) == [False, True, False]
    assert chosen([5.0], [1.0], [9]) == [False]
    assert chosen([5.0, 4.0], [1.0, 1.0], [9, 9], share=1.0) == [False, False]
    # Without effort there is no candidate: of the other two half is one.
    assert chosen([9.0, 4.0, 5.0], [0.0, 1.0, 1.0], [9, 9, 9]) == [False, False, True]


def test_success_breeds_effort() -> None:
    """Negative effect, by hand: kilograms alone keep units where they are, and the larger flow is left alone.

    Both ports lose what a scan finds of a steady flow; the second has three times the flow and a sixth of the units.
    Compared by kilograms per scan it is the second that becomes a priority.
    """
    flow = np.array([100.0, 300.0])

    def after_years(exponent: float, units: list[int], years: int = 10) -> list[int]:
        for _ in range(years):
            scans = 10.0 * np.array(units)
            found = flow * scans / 1000
            is_priority = priorities(found, scans, np.full(2, 9), 0.5, 1, exponent)
            # What ministers believe follows the finds, as a budget by results would.
            places = proportional_places(
                found * (1 + 3.0 * is_priority), np.zeros(2), dict.fromkeys((0, 1), 99), [10.0] * 14
            )
            units = np.bincount(places, minlength=2).tolist()
        return units

    assert after_years(0.0, [12, 2]) == [14, 0]
    assert after_years(1.0, [12, 2]) == [0, 14]
    # Nor is the better yardstick an optimum: it goes too far, to where the last year's yield was best.


def test_figures_are_those_of_a_calendar_year() -> None:
    """Finds, kilograms, exposure and controls add up over a year, and a new one begins empty."""
    world = model_at(CASE, 0).world
    figures, ports = YearlyFigures(world), len(world.entry.code)
    figures.observe(np.array([1, 1, 0]), np.array([3, 3, 5]), np.array([10, 20, 30]))
    figures.exposure += 2.0
    figures.close(np.full(ports, 7))
    figures.observe(np.array([0]), np.array([0]), np.array([1]))
    assert (figures.finds_last_year[1, 3], figures.found_g_last_year[1, 3]) == (2, 30)
    assert (figures.finds_last_year.sum(), figures.found_g_last_year.sum(), figures.finds.sum()) == (3, 60, 1)
    assert (figures.exposure_last_year == 2.0).all()
    assert figures.exposure.sum() == 0
    figures.close(np.full(ports, 12))
    assert (figures.controls_last_year.tolist(), figures.finds_last_year.sum()) == ([5] * ports, 1)


def test_in_a_run_figures_are_the_records_of_customs() -> None:
    """Law: the finds of a year are those of the results, at the port that counts them, and nothing else is read."""
    case = small_case("world=north_range", "regime=frozen", "horizon_years=2")
    model = model_at(case, 0)
    first, last = model.start_day, model.window_end_day - 365
    while model.day < last:
        model.step()
    consignments = model.physical.consignments
    is_search = np.isin(consignments["fate"], (Fate.SEIZED_ENTRY, Fate.SEIZED_HUB))
    day = consignments["closed_min"] // 1440
    found = consignments[is_search & (consignments["trigger"] != Trigger.NONE) & (day >= first) & (day < last)]
    assert found.size > 50
    assert abs(int(model.enforcement.figures.finds_last_year.sum()) - found.size) <= 3
    assert model.enforcement.figures.found_g_last_year.sum() == pytest.approx(found["mass_g"].sum(), rel=0.05)


def test_without_strength_it_is_absent() -> None:
    """Law: strength zero is the lever off, bit for bit."""
    off = digest(run(CASE, 1, 0))
    assert digest(run(review(with_levers(CASE, yearly_review="alliance"), strength=0.0), 1, 0)) == off
    assert digest(run(with_levers(CASE, yearly_review="alliance"), 1, 0)) != off


def reviewed(case: Case, **figures: Any) -> WaterbedModel:
    """Return the model at its start, after a review of the given figures of last year."""
    model = model_at(case, 0)
    while model.day < model.start_day:
        model.step()
    enforcement = model.enforcement
    kept = enforcement.figures
    ports = len(kept.finds)
    kept.controls_last_year[:] = 1000
    kept.exposure_last_year[:] = 100.0
    kept.finds_last_year[:] = 0
    kept.found_g_last_year[:] = 0
    for port in range(ports):
        for lane in np.flatnonzero(model.world.lanes.entry == port):
            kept.finds_last_year[port, lane] = 5
            kept.found_g_last_year[port, lane] = figures["found_g"](port, lane, model)
    before = {f.name: np.copy(getattr(enforcement.controls, f.name)) for f in dc.fields(enforcement.controls)}
    next(lever for lever in enforcement.desk.working if isinstance(lever, YearlyReview)).allot(enforcement.desk)
    for name, value in before.items():
        is_same = np.array_equal(getattr(enforcement.controls, name), value)
        assert is_same or name in {"port_priority", "lane_priority"}, name
    enforcement._update_posture()
    return model


def of_first_country(port: int, lane: int, model: WaterbedModel) -> int:
    """Give everything that comes from one departure country to the ports of one state, the rest a little."""
    state = model.world.entry.country[port]
    country = model.world.departure.country[model.world.lanes.departure[lane]]
    return 10_000_000 if state == "BE" and country == "EC" else 1000 + port


def test_together_they_look_at_all_ports_and_alone_at_their_own() -> None:
    """Both scopes by hand: what Belgium finds makes a priority of Belgian ports and, for all, of Ecuador."""
    case = review(CASE, strength=0.5, priority_share=0.2)
    alone = reviewed(with_levers(case, yearly_review="national"), found_g=of_first_country)
    together = reviewed(with_levers(case, yearly_review="alliance"), found_g=of_first_country)
    entry, lanes = alone.world.entry, alone.world.lanes
    country, is_eu = np.array(entry.country), entry.is_eu
    departs = np.array(alone.world.departure.country)[lanes.departure]
    is_from_ecuador = departs == "EC"
    for model in (alone, together):
        controls = model.enforcement.controls
        assert set(controls.port_priority.tolist()) == {1.0, 1.5}
        assert set(controls.lane_priority.tolist()) == {0.0, float(np.log(1.5))}
        assert (controls.port_priority[~is_eu] == 1).all()
        assert (controls.lane_priority[~is_eu[lanes.entry]] == 0).all()
        enforcement = model.enforcement
        assert enforcement.posture.log_odds.tolist() == (controls.log_odds + controls.lane_priority).tolist()
        rate = 1 / (1 + np.exp(-controls.log_odds))
        boxes = np.bincount(lanes.entry, lanes.boxes_per_year * rate, minlength=len(entry.code))
        assert enforcement.desk.threat() == pytest.approx(boxes * controls.port_priority)
    # Together: Belgian ports come first of all; every member looks at boxes from Ecuador.
    pooled = together.enforcement.controls
    assert (pooled.port_priority[country == "BE"] > 1).any()
    assert (pooled.lane_priority[is_from_ecuador & is_eu[lanes.entry]] > 0).all()
    # Alone: a state with several ports has a priority of its own, one with a single port has nothing to choose.
    own = alone.enforcement.controls
    for state in sorted(set(country[is_eu])):
        of_state = own.port_priority[country == state]
        assert (of_state > 1).sum() == (1 if of_state.size > 1 else 0), state
    in_belgium = country[lanes.entry] == "BE"
    assert (own.lane_priority[is_from_ecuador & in_belgium] > 0).all()


def test_the_effect_goes_to_zero_with_strength() -> None:
    """Law: hardly any strength hardly changes factor and odds."""
    case = review(with_levers(CASE, yearly_review="alliance"), strength=1e-9)
    controls = reviewed(case, found_g=of_first_country).enforcement.controls
    assert controls.port_priority == pytest.approx(np.ones(controls.port_priority.size), abs=1e-8)
    assert controls.lane_priority == pytest.approx(np.zeros(controls.lane_priority.size), abs=1e-8)


def test_observations_alone_decide() -> None:
    """Law: with other true loads and the same figures the review is the same; with other figures it is not."""
    case = with_levers(CASE, yearly_review="alliance")
    model, twin = reviewed(case, found_g=of_first_country), reviewed(case, found_g=of_first_country)
    consignments = twin.physical.consignments
    for name in consignments.dtype.names or ():
        consignments[name] = consignments[name][::-1].copy()
    lever = next(lever for lever in twin.enforcement.desk.working if isinstance(lever, YearlyReview))
    lever.allot(twin.enforcement.desk)
    same = [m.enforcement.controls.lane_priority.tolist() for m in (model, twin)]
    assert same[0] == same[1]
    twin.enforcement.figures.found_g_last_year[:] = twin.enforcement.figures.found_g_last_year[:, ::-1].copy()
    lever.allot(twin.enforcement.desk)
    assert twin.enforcement.controls.lane_priority.tolist() != same[0]


def share_selected(case: Case, replication: int) -> tuple[float, float]:
    """Return the exposure of priority lanes relative to their boxes, and of other lanes at the same ports."""
    model = model_at(case, 0, replication)
    while model.day < model.start_day + 120:
        model.step()
    controls, figures, lanes = model.enforcement.controls, model.enforcement.figures, model.world.lanes
    is_first, is_eu = controls.lane_priority > 0, model.world.entry.is_eu[lanes.entry]
    assert is_first.any()
    first, other = is_first & is_eu, ~is_first & is_eu
    return (
        float(figures.exposure[first].sum() / lanes.boxes_per_year[first].sum()),
        float(figures.exposure[other].sum() / lanes.boxes_per_year[other].sum()),
    )


@pytest.mark.slow
@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_boxes_of_priority_lanes_are_selected_more_often(scope: str) -> None:
    """Paired: against hardly any strength, priority lanes are more exposed and others at the same ports less."""
    case = with_levers(small_case("world=north_range", "regime=frozen", *NO_FEEDBACK), yearly_review=scope)
    case = review(case, least_finds=1)
    strong, weak = (
        np.array([share_selected(review(case, strength=strength), r) for r in range(4)]) for strength in (1.0, 1e-9)
    )
    change = strong - weak
    error = change.std(axis=0, ddof=1) / 2
    assert change[:, 0].mean() > 3 * error[0]
    assert change[:, 1].mean() < -3 * error[1]


def test_it_spends_nothing_of_its_own() -> None:
    """Law: accounts are the same to the cent as without it, but for what coordination costs those who act together."""
    case = with_levers(CASE, placement="national")
    off, on = (
        rows(run(c, 1, 0)["accounts"], "case_digest") for c in (case, with_levers(case, yearly_review="national"))
    )
    assert off == on
