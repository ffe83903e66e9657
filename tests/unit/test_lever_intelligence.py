"""The exchange of intelligence: a share of tips and finds at once, further tips, and leaks."""

from __future__ import annotations

import numpy as np
import pytest

from agents.levers.intelligence import received_share
from agents.model import WaterbedModel
from experiments.run import run
from scenarios.case import Case, LeverSpec
from sim.codes import NEVER
from tests.model_cases import NO_FEEDBACK, assert_same, digest, model_at, small_case, with_levers, with_parameters

CASE = small_case("regime=frozen", *NO_FEEDBACK)
"""Without feedback the same loads come in every arm, so that tips compare load by load."""
NATIONAL, ALLIANCE = (with_levers(CASE, intelligence=scope) for scope in ("national", "alliance"))
LATER = 150


def exchange(case: Case, **values: float) -> Case:
    """Return the case with parameters of the lever changed."""
    return with_parameters(case, "intelligence", **values)


def begun(case: Case, days: int = 3) -> WaterbedModel:
    """Return the model some days after the start."""
    model = model_at(case, 0)
    while model.day < model.start_day + days:
        model.step()
    return model


def test_without_strength_it_is_absent() -> None:
    """Law: strength zero is the lever off, in the burn-in too, bit for bit."""
    off = run(CASE, 1, 0)
    assert digest(run(exchange(ALLIANCE, strength=0.0), 1, 0)) == digest(off)
    assert digest(run(ALLIANCE, 1, 0)) != digest(off)


def test_who_receives_how_much_by_hand() -> None:
    """Weights 5, 3, 2 and 0: of the 5, 7 and 8 of others members give 3 and 5; half where one gives half."""
    weights = np.array([5.0, 3.0, 2.0, 0.0])
    both = received_share(np.array([1.0, 1.0, 0.0, 0.0]), weights)
    assert both == pytest.approx([3 / 5, 5 / 7, 0, 0])
    assert received_share(np.array([1.0, 0.5, 1.0, 0.0]), weights) == pytest.approx(
        [(1.5 + 2) / 5, (2.5 + 1) / 7, (5 + 1.5) / 8, 0]
    )
    assert received_share(np.ones(4), weights) == pytest.approx([1, 1, 1, 1])
    assert not received_share(np.array([1.0, 0.0, 0.0, 0.0]), weights).any()


def test_a_coalition_learns_what_its_members_know() -> None:
    """Of the tips of others that come late to a state alone, members have at once the part that members give."""
    early = []
    for participants in (("BE",), ("BE", "NL"), ("all",)):
        case = small_case("regime=frozen", "world=north_range", *NO_FEEDBACK)
        case = with_levers(case, intelligence=LeverSpec("alliance", participants=participants))
        known = 0
        for replication in range(3):
            rows = model_at(case, LATER, replication).physical.consignments
            known += int(np.count_nonzero(rows["tip_min"] <= rows["discharge_min"]))
        early.append(known)
    assert early[0] < early[1] < early[2]


def test_towards_nothing_it_is_national() -> None:
    """Law: as strength goes to zero beliefs and tips are those of states alone."""
    alone, hardly = (begun(case, 60) for case in (NATIONAL, exchange(ALLIANCE, strength=1e-9)))
    assert hardly.enforcement.controls.log_odds == pytest.approx(alone.enforcement.controls.log_odds, abs=1e-6)
    assert hardly.physical.consignments["tip_min"].tolist() == alone.physical.consignments["tip_min"].tolist()


def test_more_exchange_only_makes_late_tips_early() -> None:
    """Law: load by load, half of the exchange brings some of the tips forward and all of it the rest, and no others."""
    arms = (NATIONAL, exchange(ALLIANCE, strength=0.5), ALLIANCE)
    none, half, full = (begun(case, LATER).physical.consignments["tip_min"] for case in arms)
    assert ((none == NEVER) == (full == NEVER)).all()
    assert ((half == none) | (half == full)).all()
    assert (full <= none).all()
    tips = CASE.parameters.tips
    is_early = full < none
    sooner_min = round((tips.national_delay_days - tips.shared_delay_days) * 1440)
    assert set((none - full)[is_early].tolist()) == {sooner_min}
    expected, count = 0.5, int(is_early.sum())
    assert abs((half < none).sum() / count - expected) < 5 * np.sqrt(expected * (1 - expected) / count)


@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_companies_and_partner_countries_add_tips_from_the_start_on(scope: str) -> None:
    """Law: more loads are tipped off, by the share asked for; none of the burn-in, and no tip is lost."""
    case = with_levers(CASE, intelligence=scope)
    usual = begun(case, LATER)
    more = begun(exchange(case, private_tip_share=0.3, partner_tip_share=0.2), LATER)
    before, after = (model.physical.consignments["tip_min"] for model in (usual, more))
    assert (after[before != NEVER] == before[before != NEVER]).all()
    added = (before == NEVER) & (after != NEVER)
    assert (usual.physical.consignments["discharge_min"][added] > usual.start_day * 1440).all()
    p = CASE.parameters
    chance = 0.5 * p.tips.anchor_interception * p.tips.share_of_finds / p.control.search_detection
    loads = int((usual.physical.consignments["discharge_min"] > (usual.start_day + 1) * 1440).sum())
    assert abs(added.sum() - chance * loads) < 5 * np.sqrt(chance * (1 - chance) * loads)


def tip_finds(case: Case, replications: range) -> np.ndarray:
    """Return the finds by tip of each replication."""
    tables = (run(case, 1, replication) for replication in replications)
    return np.array([table["consignments"]["trigger"].to_pylist().count("tip") for table in tables], np.float64)


@pytest.mark.slow
def test_exchange_finds_more_and_leaks_can_take_it_all() -> None:
    """Paired: exchange finds more by tip; where most teams have an insider, large leaks cost more than it brings.

    Few foreign tips are there to be had in the second part, and all own ones are put at risk.
    """
    gain = tip_finds(ALLIANCE, range(4)) - tip_finds(NATIONAL, range(4))
    assert gain.mean() > 3 * gain.std(ddof=1) / 2
    risky = {"coverage_reference": 0.8, "leak_probability": 0.0, "earliest_h": 1.0}
    national, alliance = (
        with_parameters(with_parameters(case, "tips", foreign_share=0.01), "insiders", **risky)
        for case in (NATIONAL, ALLIANCE)
    )
    loss = tip_finds(exchange(alliance, leak_share=1.0), range(4)) - tip_finds(national, range(4))
    assert loss.mean() < -3 * loss.std(ddof=1) / 2


def test_without_exchange_nothing_leaks_more() -> None:
    """Law: the leak share means nothing to states alone, bit for bit; own tips that are not exchanged stay at home."""
    assert_same(run(NATIONAL, 1, 0), run(exchange(NATIONAL, leak_share=1.0), 1, 0))
    assert not begun(NATIONAL, LATER).physical.consignments["has_shared_tip"].any()
