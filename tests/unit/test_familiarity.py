"""How well customs know a method follows how much they have found it lately."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest

from agents.familiarity import Familiarity, detectability
from scenarios.parameter_table import make_parameters
from tests.model_cases import model_at, small_case

METHODS = make_parameters().methods
MIX = np.repeat([0, 1, 2, 3], [5, 3, 2, 4])


def weeks(known: Familiarity, count: int, mix: np.ndarray = MIX) -> None:
    for _ in range(count):
        known.observe(mix)
        known.fade(7)


def begun() -> Familiarity:
    known = Familiarity(METHODS)
    weeks(known, 104)
    assert known.detection_factor().tolist() == [1, 1, 1, 1]
    known.begin()
    return known


def test_detectability_by_hand() -> None:
    """Half of the way from the floor to one where the share is the scale."""
    assert detectability(np.array([0.0, 0.1, 1.0]), 0.5, 0.1).tolist() == pytest.approx([0.5, 0.75, 0.5 + 0.5 / 1.1])


def test_it_is_one_where_the_analysis_begins() -> None:
    assert begun().detection_factor() == pytest.approx(np.ones(4))


@pytest.mark.parametrize("growth", [1, 3])
def test_no_trend_without_a_change_of_the_mix(growth: int) -> None:
    """The same mix for ten years, or three times as many finds of each method: the factor stays near one.

    What is left, below 1 %, is the few finds of an even mix in the reference.
    """
    known = begun()
    weeks(known, 520, np.tile(MIX, growth))
    assert known.detection_factor() == pytest.approx(np.ones(4), abs=0.01)


def test_a_method_out_of_use_is_forgotten_and_learnt_again() -> None:
    """Found no more, it becomes harder to see, down to the floor; found again, it recovers."""
    known = begun()
    factors = []
    for _ in range(8):
        weeks(known, 52, MIX[MIX != 0])
        factors.append(known.detection_factor()[0])
    assert np.all(np.diff(factors) < 0)
    assert factors[-1] < 0.75
    assert known.detection_factor()[1] > 1
    weeks(known, 520)
    assert known.detection_factor() == pytest.approx(np.ones(4), abs=0.01)


@pytest.mark.parametrize("floor", [0.0, 0.2, 1.0])
def test_bounds(floor: float) -> None:
    """Never below the floor, nor above one over what it was; with a floor of one nothing changes."""
    for mix in (np.array([2]), np.zeros(0, np.int64), MIX):
        known = Familiarity(dc.replace(METHODS, detectability_floor=floor))
        weeks(known, 20)
        known.begin()
        weeks(known, 500, mix)
        factor = known.detection_factor()
        assert known.reference is not None
        usual = detectability(known.reference, floor, METHODS.detectability_scale_share)
        assert (factor * usual >= floor - 1e-12).all()
        assert (factor * usual <= 1).all()
        assert floor < 1 or factor == pytest.approx(np.ones(4))


def test_in_a_run_the_posture_follows_and_detection_stays_a_probability() -> None:
    """After the start factors move with finds; with the switch off they are one; images never see more than all."""
    model = model_at(small_case(), 300)
    factor = model.enforcement.posture.detection_factor
    assert (factor != 1).all()
    model.enforcement.posture.detection_factor = np.array([50.0, 1.0, 0.5, 0.0])
    m = model.case.parameters.methods
    assert model.physical._detection_today(model.enforcement.posture)[:4].tolist() == [
        1.0, m.in_cargo_image_detection, m.in_structure_image_detection / 2, 0.0,
    ]  # fmt: skip
    off = model_at(small_case("switches.tactical=false"), 300)
    assert (off.enforcement.posture.detection_factor == 1).all()
