"""The planner in the model: who has which goal, what is remembered, and what regimes that decide by it do."""

from __future__ import annotations

import dataclasses as dc
import datetime as dt

import numpy as np
import pytest

from agents.levers import lever_classes
from agents.model import WaterbedModel
from agents.oracle import flow_of_last_year
from agents.planner import Planner
from experiments.run import run
from experiments.settings import case_with
from scenarios.case import Case, LeverSpec, RegimeSpec
from scenarios.load_case import load_case
from scenarios.regimes import load_regime, regime_names
from sim.codes import Fate
from tests.model_cases import assert_same, model_at, small_case, with_levers, with_parameters

NORTH = ("world=north_range", "horizon_years=2")


def planner_of(model: WaterbedModel) -> Planner:
    """Return the planner of a model whose regime has begun."""
    assert model.enforcement.desk.planner is not None
    return model.enforcement.desk.planner


def test_rules_have_no_planner_and_best_responses_one() -> None:
    """Regimes by rule of thumb never make a planner; the others make one when they begin."""
    for name in regime_names():
        model = WaterbedModel(case_with(small_case(), name), 1, 0)
        model.enforcement._begin()
        assert (model.enforcement.desk.planner is None) == (load_regime(name).decides == "rule"), name


@pytest.mark.parametrize(("objective", "own"), [("own_landed", True), ("own_finds", True), ("eu_landed", False)])
def test_goals(objective: str, own: bool) -> None:
    """Own goals count own ports alone and no coast; the EU's count all its ports and coasts."""
    model = model_at(small_case("regime=national_best", f"regime.objective={objective}", *NORTH), 70)
    desk = model.enforcement.desk
    area = desk.area_of(model.enforcement.authorities[0], "placement")
    goal = planner_of(model).goal(desk, area)
    assert set(np.flatnonzero(goal.port)) == (set(area.ports) if own else set(range(len(model.world.entry.code))))
    assert goal.counts_finds == (objective == "own_finds")
    assert goal.coast.any() != own


def test_those_outside_an_alliance_look_at_their_own() -> None:
    """The goal of an alliance is that of the regime; of a state outside it, its own landed."""
    model = model_at(small_case("regime=alliance_best", "regime.participants=[BE,NL]", *NORTH), 70)
    desk, enforcement = model.enforcement.desk, model.enforcement
    planner = planner_of(model)
    for authority in enforcement.authorities:
        area = desk.area_of(authority, "placement")
        counted = int(planner.goal(desk, area).port.sum())
        assert counted == (11 if authority.country in ("BE", "NL") else authority.ports.size)


def test_remembered_loss_follows_with_the_half_life_of_evidence() -> None:
    """After a half-life the reference is half way from the old loss to that of what stands now."""
    case = with_parameters(small_case("regime=alliance_best", *NORTH), "targeting", half_life_days=100.0)
    model = model_at(case, 62)
    planner, desk = planner_of(model), model.enforcement.desk
    old = planner.surrogate(desk).reference_loss.copy()
    for unit in desk.fleet.units:
        unit.base = 6
    now = planner._loss_now(desk)
    desk.day += 100
    np.testing.assert_allclose(planner.surrogate(desk).reference_loss, (old + now) / 2)
    assert not np.allclose(old, now)


def test_plans_keep_every_port_its_last_scanner() -> None:
    """After the delivered units have been placed and moved, no port that had a scanner is without, and none is full."""
    for regime in ("national_best", "alliance_best", "oracle"):
        case = with_parameters(small_case(f"regime={regime}", *NORTH), "finance", delivery_months=3)
        model = model_at(case, 62 + 250)
        fleet, control = model.enforcement.fleet, case.parameters.control
        count = fleet.fixed_units + np.bincount([unit.base for unit in fleet.units], minlength=11)
        assert (count[model.world.entry.has_scanner] > 0).all()
        assert np.bincount([unit.base for unit in fleet.units]).max() <= control.most_mobile_units_per_port
        assert all(plan.has_converged for plan in planner_of(model).plans)
        assert len(planner_of(model).plans) == 3
        if regime == "national_best":
            owners = model.enforcement.authority_of_port
            assert all(owners[unit.base] == unit.owner for unit in fleet.units)


def alliance_of_one(decides_together: bool) -> Case:
    """Return a case in which one state uses placement and equipment as an alliance of one, or all do so alone."""
    spec = load_regime("national_best")
    if decides_together:
        levers = spec.levers | {name: LeverSpec("alliance") for name in ("placement", "equipment")}
        spec = dc.replace(spec, levers=levers, participants=("NL",))
    free = {"coordination_share": 0.0, "coordination_posts_per_port": 0, "delivery_months": 3}
    return with_parameters(dc.replace(small_case(*NORTH, "horizon_years=1"), regime=spec), "finance", **free)


def test_an_alliance_of_one_is_a_state_alone() -> None:
    """One participant, coordination free: the whole run is the same, bit for bit."""
    alone, together = alliance_of_one(False), alliance_of_one(True)
    assert alone.regime != together.regime
    assert_same(run(alone, 1, 0), run(together, 1, 0), "has_common_criteria", "arm")


@pytest.mark.parametrize("name", list(lever_classes()))
def test_no_lever_is_common_to_one(name: str) -> None:
    """Each lever used by an alliance of one state does what it does nationally, bit for bit, and costs no more."""
    case = small_case(*NORTH, "horizon_years=1", "regime=frozen")
    for block in ("terminal_standards", "peer_evaluation"):
        case = with_parameters(case, block, delay_days=0.0)
    alone = with_levers(case, **{name: "national"})
    together = with_levers(case, **{name: LeverSpec("alliance", participants=("DE",))})
    assert_same(run(alone, 1, 0), run(together, 1, 0))


def test_true_flow_of_the_last_year_by_hand() -> None:
    """What came to each place within a year, in tonnes, found there or not, but not what was lost before it left."""
    model = model_at(small_case(), 200)
    rows = model.physical.consignments
    flow = flow_of_last_year(model.physical, 200)
    came = [r for r in rows if r["fate"] != Fate.SEIZED_DEPARTURE and 0 <= r["ready_min"] <= 200 * 1440]
    assert flow.sum() == pytest.approx(sum(int(r["mass_g"]) for r in came) / 1e6)
    for place in range(len(model.world.place_code)):
        assert flow[place] == pytest.approx(sum(int(r["mass_g"]) for r in came if r["place"] == place) / 1e6)
    assert flow_of_last_year(model.physical, 10_000).sum() == 0


def test_late_joiners_and_the_coalition() -> None:
    """Founders are the states of the sixteen ports with most at-risk boxes (assumption); the others join in 2026."""
    model = WaterbedModel(load_case(["world=eu"]), 1, 0)
    coordinator, entry = model.enforcement.coordinator, model.world.entry
    late, four = load_regime("late_joiners"), load_regime("coalition")
    boxes = np.where(entry.is_eu, model.world.at_risk_boxes, 0.0)
    founders = {entry.country[port] for port in np.argsort(-boxes)[:16]}

    def members(spec: RegimeSpec, year: int) -> set[str]:
        return {s.country for s in coordinator.members(spec, spec.levers["placement"], dt.date(year, 1, 1))}

    assert members(late, 2024) == members(late, 2025) == founders
    assert members(late, 2026) == {state.country for state in coordinator.states}
    assert members(four, 2024) == members(four, 2030) == {"BE", "NL", "DE", "FR"}


@pytest.mark.parametrize("setting", ["world.has_outside_routes=false", "good=precursors"])
def test_other_worlds_and_goods_can_be_planned_for(setting: str) -> None:
    """Without routes outside the terminals nothing lands there; another good has its own values, or none to draw."""
    model = model_at(small_case("regime=alliance_best", setting), 160)
    believed = planner_of(model).surrogate(model.enforcement.desk)
    assert believed.coast_flow.any() == setting.startswith("good")
    assert (believed.flow > 0).all()
    assert planner_of(model).plans
