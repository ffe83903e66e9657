"""The information law: authorities decide from what they have observed, never from true flows."""

from __future__ import annotations

import ast
import pickle
from typing import Any

import numpy as np
import pytest

from agents.model import WaterbedModel
from sim.codes import Fate, Trigger
from sim.consignment import CONSIGNMENT
from sim.forensics import Traces
from sim.physical_world import Mailbox
from tests.model_cases import ROOT, model_at, small_case, with_levers, with_parameters

HALF_A_YEAR, LATER = 182, 500
WHAT_AUTHORITIES_READ = (
    "enforcement", "desk", "controls", "fleet", "evidence", "familiarity", "customs", "budget", "regime", "levers",
    "practice", "yearly_figures", "cases", "surrogate", "best_response", "planner", "pooling", "kit",
)  # fmt: skip
TRUTH = {"traffickers", "lots", "parcels", "consignments", "at_sea", "ashore", "_luck", "market", "organisations"}


def decided(model: WaterbedModel) -> list[Any]:
    """Return everything that authorities have decided."""
    enforcement = model.enforcement
    p = enforcement.posture
    return [
        p.log_odds.tobytes(), p.separation.tobytes(), p.is_controlled.tobytes(), p.capacity_scale.tobytes(),
        (p.shared_tip_share.tobytes(), p.added_tip_share.tobytes(), p.departure_probability.tobytes()),
        model.physical.scans_per_year.tobytes(), model.physical.has_scanner.tobytes(),
        [(u.owner, u.port, u.scans_per_year) for a in enforcement.authorities for u in a.units],
        list(enforcement.fleet.orders), pickle.dumps(enforcement.controls),
        [repr((a.accounts, a.posts, a.units_bought, a.posts_held)) for a in enforcement.authorities],
        p.detection_factor.tobytes(), p.terminal_security.tobytes(), pickle.dumps(p.standards),
    ]  # fmt: skip


def permute_the_truth(model: WaterbedModel) -> None:
    """Give every lot, parcel, consignment and organisation another's mass, place, fate and luck."""
    rng = np.random.Generator(np.random.Philox(7))
    physical, traffickers = model.physical, model.traffickers
    rows = physical.consignments
    for name in rows.dtype.names or ():
        rows[name] = rng.permutation(rows[name])
    for name in model.lots.dtype.names or ():
        model.lots[name] = rng.permutation(model.lots[name])
    parcels = traffickers.parcels.rows
    for name in parcels.dtype.names or ():
        parcels[name] = rng.permutation(parcels[name])
    physical._luck[: rows.size] = rng.permutation(physical._luck[: rows.size])
    physical.at_sea, physical.ashore = physical.ashore, physical.at_sea
    traffickers.knowledge.routes = rng.permutation(traffickers.knowledge.routes)
    traffickers.succession.holder = rng.permutation(traffickers.succession.holder)
    traffickers.beliefs.own_losses[:] = rng.permutation(traffickers.beliefs.own_losses)
    model.market.price *= 2


def enforce_on(model: WaterbedModel, until: int) -> list[list[Any]]:
    """Let authorities observe the same made-up days and decide; return what they had decided after each."""
    after = []
    rng = np.random.Generator(np.random.Philox(8))
    lanes = len(model.world.lanes.entry)
    for day in range(model.day, until):
        closed = np.zeros(1, CONSIGNMENT)
        lane = rng.integers(lanes)
        closed["lane"], closed["fate"], closed["trigger"] = lane, Fate.SEIZED_ENTRY, Trigger.TARGETED
        closed["place"] = model.world.lanes.entry[lane]
        exposure = rng.random(lanes)
        traces = Traces(closed["place"].copy(), rng.integers(10, size=1))
        model.enforcement.observe(Mailbox(np.zeros(0, np.int64), exposure, traces=traces), closed)
        model.enforcement.enforce(day)
        after.append(decided(model))
    return after


REGIMES = (
    "national_rule", "alliance_rule", "national_best", "alliance_best", "alliance_best_pooled", "coalition",
    "late_joiners",
)  # fmt: skip


@pytest.mark.parametrize("regime", REGIMES)
def test_permuted_truth_changes_no_decision(regime: str) -> None:
    """Law: with the same observations and other true flows, every decision of the next months is the same."""
    case = small_case(f"regime={regime}", "world=north_range", "horizon_years=2")
    model, twin = model_at(case, HALF_A_YEAR), model_at(case, HALF_A_YEAR)
    assert decided(model) == decided(twin)
    before = model.physical.consignments.tobytes()
    permute_the_truth(twin)
    assert twin.physical.consignments.tobytes() != before, "nothing was permuted"
    decisions = enforce_on(model, LATER)
    assert decisions == enforce_on(twin, LATER)
    # Under national criteria d' stays at its base: only the Alliance's changes with finds.
    for part in (0, 5, 7, 8, 9, 10) if regime.startswith("national") else (0, 1, 5, 7, 8, 9, 10):
        assert len({repr(day[part]) for day in decisions}) > 1, f"part {part} never changed, so it was not tested"


@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_permuted_truth_changes_no_case(scope: str) -> None:
    """Law: with the same traces and other true flows the same cases are opened, and come to the same."""
    case = with_levers(small_case("regime=frozen", "world=north_range", "horizon_years=2"), investigations=scope)
    case = with_parameters(
        case, "investigations", duration_days=60.0, joint_extra_days=30.0, posts_per_port=20.0, threshold_traces=1.0
    )
    model, twin = model_at(case, HALF_A_YEAR), model_at(case, HALF_A_YEAR)
    permute_the_truth(twin)
    assert enforce_on(model, LATER) == enforce_on(twin, LATER)
    assert repr(model.enforcement.cases.concluded) == repr(twin.enforcement.cases.concluded)
    assert any(investigation.has_arrests for investigation in model.enforcement.cases.concluded)


def test_permuted_truth_changes_what_the_oracle_decides() -> None:
    """The oracle alone breaks the law, on purpose: it knows true flows, and places units by them."""
    case = small_case("regime=oracle", "world=north_range", "horizon_years=2")
    model, twin = model_at(case, HALF_A_YEAR), model_at(case, HALF_A_YEAR)
    assert decided(model) == decided(twin)
    permute_the_truth(twin)
    first, second = enforce_on(model, 700)[-1], enforce_on(twin, 700)[-1]
    assert first[0] == second[0], "its beliefs about lanes are those of any authority"
    assert first[7] != second[7], "its units stand elsewhere"
    assert case.regime.about.startswith("UPPER BOUND")


def test_other_observations_change_the_posture() -> None:
    """Law: finds do matter, so the test above can fail."""
    case = small_case("regime=alliance_rule")
    model, twin = model_at(case, HALF_A_YEAR), model_at(case, HALF_A_YEAR)
    twin.enforcement.evidence.finds[:] = twin.enforcement.evidence.finds[::-1].copy()
    first, second = enforce_on(model, HALF_A_YEAR + 30)[-1], enforce_on(twin, HALF_A_YEAR + 30)[-1]
    assert first[0] != second[0], "lane beliefs"
    assert first[1] != second[1], "separation"
    assert model.enforcement.desk.threat().tolist() != twin.enforcement.desk.threat().tolist()


def test_what_customs_did_not_find_is_not_observed() -> None:
    """Law: lane beliefs read, of the consignments that close, only finds of selection, and of these only the lane."""
    case = small_case("regime=alliance_rule")
    model = model_at(case, 1)
    lanes = len(model.world.lanes.entry)
    mailbox = Mailbox(np.zeros(0, np.int64), np.zeros(lanes))
    closed = np.zeros(len(Fate) * len(Trigger), CONSIGNMENT)
    closed["fate"], closed["trigger"] = np.arange(closed.size) // len(Trigger), np.arange(closed.size) % len(Trigger)
    closed["lane"] = np.arange(closed.size) % lanes
    model.enforcement.observe(mailbox, closed)
    is_find = (closed["fate"] == Fate.SEIZED_ENTRY) & (closed["trigger"] != Trigger.TIP)
    assert np.flatnonzero(model.enforcement.evidence.finds).tolist() == sorted(closed["lane"][is_find].tolist())
    assert model.enforcement.evidence.finds.sum() == is_find.sum()
    others = np.zeros(closed.size, CONSIGNMENT)
    for name in ("fate", "trigger", "lane"):
        others[name] = closed[name]
    others["mass_g"], others["organisation"], others["method"], others["lead_lot"] = 10**9, 5, 3, 77
    seen = model.enforcement.evidence.finds.copy()
    model.enforcement.observe(mailbox, others)
    assert np.array_equal(model.enforcement.evidence.finds, 2 * seen)


def names_in(source: str) -> set[str]:
    """Return all attributes and names that a source reads."""
    tree = ast.parse(source)
    return {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)} | {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name)
    }


def test_no_authority_names_what_it_cannot_see() -> None:
    """Law: the sources of authorities and levers do not even name the tables of true flow."""
    files = [f for name in WHAT_AUTHORITIES_READ for f in (ROOT / "agents").glob(f"{name}*/*.py")]
    files += [ROOT / "agents" / f"{name}.py" for name in WHAT_AUTHORITIES_READ if name != "levers"]
    assert len(files) > 6
    for file in files:
        assert not names_in(file.read_text()) & TRUTH, file.name
    assert names_in("def f(model): return model.traffickers.parcels") & TRUTH
