"""Common criteria: what pooled finds add to d', and how it shrinks when methods change."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest

from agents.familiarity import Familiarity
from agents.model import WaterbedModel
from experiments.run import run
from scenarios.case import Case
from sim.codes import Method
from tests.model_cases import digest, model_at, small_case, with_levers, with_parameters

CASE = small_case("regime=frozen")
NATIONAL, ALLIANCE = (with_levers(CASE, criteria=scope) for scope in ("national", "alliance"))
TOGETHER = np.array([True, False, True])


def decaying(case: Case, decay: float) -> Case:
    """Return the case with this decay."""
    return with_parameters(case, "criteria", decay=decay)


def begun(case: Case) -> WaterbedModel:
    """Return the model a month after the start."""
    model = model_at(case, 0)
    while model.day < model.start_day + 30:
        model.step()
    return model


def known_mix(*mix: int, weeks: int = 300) -> Familiarity:
    """Return the familiarity of three authorities that have found this mix of methods for years."""
    known = Familiarity(CASE.parameters.methods, 3)
    learn(known, *mix, weeks=weeks)
    return known


def learn(known: Familiarity, *mix: int, weeks: int) -> None:
    for _ in range(weeks):
        for method, count in enumerate(mix):
            known.observe(np.repeat([0, 1, 2], count), np.full(3 * count, method))
        known.fade(7)


def test_a_steady_mix_does_not_drift() -> None:
    """Law: the same mix for years has no distance from itself, whatever it is, and no finds tell nothing."""
    assert Familiarity(CASE.parameters.methods, 3).drift(TOGETHER).tolist() == [0.0] * 3
    assert known_mix(1, 1, 1, 1).drift(TOGETHER) == pytest.approx(np.zeros(3), abs=1e-12)
    # The few of an even mix that stand beside all finds weigh a little.
    assert (known_mix(30, 20, 5, 5).drift(TOGETHER) < 0.01).all()


def test_drift_rises_when_methods_change_and_falls_when_they_have_become_usual() -> None:
    """Half-years after a switch of method: far at first, then nearer; by hand an eighth after three half-lives."""
    known = known_mix(20, 0, 0, 0)
    drift = []
    for _ in range(6):
        learn(known, 0, 0, 20, 0, weeks=26)
        drift.append(float(known.drift(TOGETHER)[0]))
    assert drift[0] > 0.3
    assert (np.diff(drift) < 0).all()
    assert CASE.parameters.methods.detectability_half_life_days == 365
    assert drift[-1] == pytest.approx(1 / 8, abs=0.01)


def test_those_who_pool_have_one_drift_by_their_common_finds() -> None:
    """Law: members drift as one reader, a stranger by its own finds."""
    known = known_mix(10, 10, 10, 10)
    known.observe(np.full(200, 2), np.full(200, Method.RIP_ON))
    pooled, alone = known.drift(TOGETHER), known.drift(np.zeros(3, np.bool_))
    assert pooled[0] == pooled[2] > 0.05
    assert pooled[1] == alone[1] == pytest.approx(alone[0])
    assert alone[1] < 1e-9
    assert alone[2] > pooled[2], "the others' finds dilute the change"


def test_without_strength_it_is_absent() -> None:
    """Law: strength zero is the lever off, bit for bit."""
    assert digest(run(with_parameters(ALLIANCE, "criteria", strength=0.0), 1, 0)) == digest(run(CASE, 1, 0))


def test_a_change_of_methods_costs_members_part_of_the_gain_and_states_alone_nothing() -> None:
    """Law: with a decay of one and hardly a method in common hardly any gain is left; without decay all of it.

    National d' stays at its base; and nothing else of the controls is written.
    """
    base = CASE.parameters.control.separation
    separation = {}
    for name, case in (("national", decaying(NATIONAL, 1.0)), ("none", decaying(ALLIANCE, 0.0)),
                       ("half", decaying(ALLIANCE, 0.5)), ("all", decaying(ALLIANCE, 1.0))):  # fmt: skip
        model = begun(case)
        enforcement = model.enforcement
        before = {f.name: np.copy(getattr(enforcement.controls, f.name)) for f in dc.fields(enforcement.controls)}
        enforcement.familiarity.finds[:] = [1000, 0, 0, 0]
        enforcement.familiarity.lately[:] = [0, 0, 0, 1000]
        for lever in enforcement.desk.working:
            lever.assess(enforcement.desk)
        separation[name] = enforcement.controls.separation
        for field, value in before.items():
            assert field == "separation" or np.array_equal(getattr(enforcement.controls, field), value), field
    is_eu = np.array([a.is_eu for a in enforcement.authorities])
    assert (separation["national"] == base).all()
    gain = {name: (values - base)[is_eu] for name, values in separation.items()}
    assert (gain["none"] > 0).all()
    assert (gain["all"] < 0.03 * gain["none"]).all()
    assert (gain["all"] > 0).all()
    assert gain["half"] == pytest.approx((gain["none"] + gain["all"]) / 2)
    assert (separation["none"][~is_eu] == base).all()
