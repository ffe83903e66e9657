"""How well customs know a method follows how much they have found it lately, and with whom they share finds."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest

from agents.familiarity import Familiarity, detectability
from agents.model import WaterbedModel
from scenarios.parameter_table import make_parameters
from sim.codes import CONTAINER_METHODS, Fate, Method, Step, Trigger
from sim.consignment import CONSIGNMENT
from sim.physical_world import Mailbox
from tests.model_cases import model_at, small_case, with_levers

METHODS = make_parameters().methods
MIX = np.repeat([0, 1, 2, 3], [5, 3, 2, 4])
ALONE = np.array([False, False, False])
TOGETHER = np.array([True, False, True])
"""The middle one of three is no member."""


def weeks(known: Familiarity, count: int, mix: np.ndarray = MIX, authority: int = 0) -> None:
    for _ in range(count):
        known.observe(np.full(mix.size, authority), mix)
        known.fade(7)


def begun(is_sharing: np.ndarray = ALONE) -> Familiarity:
    """Return the familiarity of three authorities that begin with finds of 104 weeks in mixes of their own."""
    known = Familiarity(METHODS, 3)
    for _ in range(104):
        for authority, mix in enumerate((MIX, 3 - MIX, np.arange(4))):
            known.observe(np.full(mix.size, authority), mix)
        known.fade(7)
    assert known.detection_factor().tolist() == [[1, 1, 1, 1]] * 3
    known.begin(is_sharing)
    return known


def test_detectability_by_hand() -> None:
    """Half of the way from the floor to one where the share is the scale."""
    assert detectability(np.array([0.0, 0.1, 1.0]), 0.5, 0.1).tolist() == pytest.approx([0.5, 0.75, 0.5 + 0.5 / 1.1])


@pytest.mark.parametrize("is_sharing", [ALONE, TOGETHER])
def test_it_is_one_where_the_analysis_begins(is_sharing: np.ndarray) -> None:
    """Whatever the mixes of authorities, and whether or not they share: sharing alone changes nothing."""
    assert begun(is_sharing).detection_factor() == pytest.approx(np.ones((3, 4)), abs=1e-12)


@pytest.mark.parametrize("before", [1, 104])
@pytest.mark.parametrize("growth", [0, 1, 3])
def test_no_trend_without_a_change_of_the_mix(before: int, growth: int) -> None:
    """The same mix for ten years, of none, as many or three times as many finds: the factor stays one.

    So it does for an authority with few finds before, whose usual mix is nearly an even one.
    """
    known = Familiarity(METHODS, 1)
    weeks(known, before)
    known.begin(np.array([False]))
    weeks(known, 520, np.tile(MIX, growth))
    assert known.detection_factor() == pytest.approx(np.ones((1, 4)), abs=1e-12)


def test_a_method_out_of_use_is_forgotten_and_learnt_again() -> None:
    """Found no more, it becomes harder to see, down to the floor; found again, it recovers."""
    known = begun()
    factors = []
    for _ in range(8):
        weeks(known, 52, MIX[MIX != 0])
        factors.append(known.detection_factor()[0, 0])
    assert np.all(np.diff(factors) < 0)
    assert factors[-1] < 0.75
    assert known.detection_factor()[0, 1] > 1
    weeks(known, 520)
    assert known.detection_factor()[0] == pytest.approx(np.ones(4), abs=0.01)


@pytest.mark.parametrize("floor", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("is_sharing", [ALONE, TOGETHER])
def test_bounds(floor: float, is_sharing: np.ndarray) -> None:
    """Never below the floor, nor above one over what it was; with a floor of one nothing changes."""
    for mix in (np.array([2]), np.zeros(0, np.int64), MIX):
        known = Familiarity(dc.replace(METHODS, detectability_floor=floor), 3)
        weeks(known, 20)
        known.begin(is_sharing)
        weeks(known, 500, mix)
        factor = known.detection_factor()
        assert known.reference is not None
        usual = detectability(known.reference, floor, METHODS.detectability_scale_share)
        assert (factor * usual >= floor - 1e-12).all()
        assert (factor * usual <= 1).all()
        assert floor < 1 or factor == pytest.approx(np.ones((3, 4)))


def test_few_finds_change_little() -> None:
    """Law: with few finds before or since the factor is close to one; without any before, it is one."""
    rip_on, off = np.zeros(10, np.int64), []
    for before in (0, 1, 3, 10):
        known = Familiarity(METHODS, 1)
        weeks(known, before)
        known.begin(np.array([False]))
        weeks(known, 52, rip_on)
        off.append(np.abs(known.detection_factor() - 1).max())
    assert off[0] == pytest.approx(0, abs=1e-12)
    assert np.all(np.diff(off) > 0)
    known = begun()
    known.finds[:] = 0
    known.observe(np.array([0]), np.array([0]))
    assert known.detection_factor() == pytest.approx(np.ones((3, 4)), abs=0.05), "one find, after many"


def test_only_those_who_share_learn_of_each_others_finds() -> None:
    """Law: finds of one authority change its own factor, and those of others who share with it to the same one."""
    for is_sharing, is_learning in ((ALONE, [False, False, True]), (TOGETHER, [True, False, True])):
        known = begun(is_sharing)
        before = known.detection_factor()
        known.observe(np.full(200, 2), np.full(200, Method.RIP_ON))
        after = known.detection_factor()
        assert (after != before).any(axis=1).tolist() == is_learning
        if is_learning[0]:
            assert after[0].tolist() == after[2].tolist()
            assert after[0, Method.RIP_ON] > 1 > after[0, Method.IN_CARGO]
        known = begun(is_sharing)
        known.observe(np.full(200, 1), np.full(200, Method.RIP_ON))
        assert (known.detection_factor() != before).any(axis=1).tolist() == [False, True, False], "no member"


def closed_at(model: WaterbedModel, port: int, fate: Fate, lane: int = 0, count: int = 100) -> None:
    """Let authorities observe that many rip-on loads with this end, and decide anew."""
    closed = np.zeros(count, CONSIGNMENT)
    closed["place"], closed["fate"], closed["trigger"], closed["step"] = port, fate, Trigger.TARGETED, Step.SEARCH
    closed["method"], closed["lane"] = Method.RIP_ON, lane
    exposure = np.zeros(len(model.world.lanes.entry))
    model.enforcement.observe(Mailbox(np.zeros(0, np.int64), exposure), closed)
    model.enforcement._update_posture()


@pytest.mark.parametrize("criteria", ["off", "national", "alliance"])
def test_anothers_finds_reach_members_under_common_criteria_alone(criteria: str) -> None:
    """Law: without the lever finds stay at home; with it they reach all ports of members, and those of nobody else."""
    case = with_levers(small_case("world=eu", "regime=national_rule"), criteria=criteria)
    model = model_at(case, 1)
    entry, enforcement = model.world.entry, model.enforcement
    enforcement.familiarity.finds += 5
    while model.day <= model.start_day:
        model.step()
    country, is_eu = np.array(entry.country), entry.is_eu
    for of in (entry.code.index("BEANR"), int(np.flatnonzero(~is_eu)[0])):
        enforcement._update_posture()
        before = enforcement.posture.detection_factor.copy()
        closed_at(model, of, Fate.SEIZED_ENTRY)
        has_changed = (enforcement.posture.detection_factor != before).any(axis=1)
        expected = is_eu if criteria == "alliance" and is_eu[of] else country == country[of]
        assert has_changed.tolist() == expected.tolist()


def test_only_scans_and_searches_teach() -> None:
    """Law: of all ends of a load, what was found in a box at entry, or at the hub for the customs of the hub."""
    model = model_at(small_case("world=north_range"), 1)
    finds, lanes = model.enforcement.familiarity.finds, model.world.lanes
    authority = model.enforcement.authority_of_port
    lane = int(np.flatnonzero((lanes.hub >= 0) & (authority[lanes.hub] != authority[lanes.entry]))[0])
    place = int(lanes.entry[lane])
    for fate in Fate:
        finds[:] = 0
        closed_at(model, place, fate, lane, 3)
        expected = np.zeros_like(finds)
        if fate == Fate.SEIZED_ENTRY:
            expected[authority[place], Method.RIP_ON] = 3
        elif fate == Fate.SEIZED_HUB:
            expected[authority[lanes.hub[lane]], Method.RIP_ON] = 3
        assert np.array_equal(finds, expected), fate.name


def test_in_a_run_the_posture_follows_and_detection_stays_a_probability() -> None:
    """After the start factors move with finds; with the switch off they are one; images never see more than all."""
    model = model_at(small_case(), 300)
    posture, ports = model.enforcement.posture, len(model.world.entry.code)
    assert posture.detection_factor.shape == (ports, CONTAINER_METHODS)
    assert (posture.detection_factor != 1).any(axis=1).all()
    posture.detection_factor = np.ones((ports, CONTAINER_METHODS))
    posture.detection_factor[1] = [50.0, 1.0, 0.5, 0.0]
    m = model.case.parameters.methods
    detection = model.physical._detection_today(posture)
    for row in range(2):
        images = detection[1, row, :4].tolist()
        assert images == [1.0, m.in_cargo_image_detection, m.in_structure_image_detection / 2, 0.0]
        assert detection[0, row].tolist() == model.physical._detection.tolist(), "every port has its own"
    off = model_at(small_case("switches.tactical=false"), 300)
    assert (off.enforcement.posture.detection_factor == 1).all()


def with_finds(finds: list[list[float]]) -> Familiarity:
    """Return the familiarity of authorities with these finds by method."""
    known = Familiarity(METHODS, len(finds))
    known.finds[:] = finds
    return known


def usual_mix(known: Familiarity) -> np.ndarray:
    """Return a copy of the usual mix by authority."""
    assert known.reference is not None
    return known.reference.copy()


AT_START = [[12.0, 3.0, 0.0, 1.0], [0.3, 0.1, 7.7, 0.2], [4.0, 5.0, 0.0, 15.0]]
LATER = [[2.0, 9.0, 0.0, 5.0], [3.3, 0.7, 1.1, 0.4], [0.0, 8.0, 1.0, 6.0]]


def test_who_pools_later_takes_what_was_found_up_to_the_start_for_usual() -> None:
    """By hand: 40 finds of both at the start weigh 2/3, beside 20 of an even mix; the outsider stays, to the bit."""
    known = with_finds(AT_START)
    known.begin(ALONE)
    known.finds[:] = LATER
    before, factor_before = usual_mix(known), known.detection_factor()
    known.pool(TOGETHER)
    assert METHODS.detectability_prior_finds == 20
    usual = [2 / 3 * share + 1 / 12 for share in (0.4, 0.2, 0.0, 0.4)]
    mixes, after = usual_mix(known), known.detection_factor()
    assert mixes[0].tolist() == mixes[2].tolist() == pytest.approx(usual)
    assert mixes[1].tolist() == before[1].tolist()
    assert after[1].tolist() == factor_before[1].tolist()
    # Lately 2, 17, 1 and 11 of 31; they count with two thirds, and beside 20 of the usual mix.
    floor, scale = METHODS.detectability_floor, METHODS.detectability_scale_share
    seen = [(2 / 3 * found + 31 / 12 + 20 * share) / 51 for found, share in zip((2, 17, 1, 11), usual, strict=True)]
    read = [[floor + (1 - floor) * share / (share + scale) for share in shares] for shares in (seen, usual)]
    expected = [now / then for now, then in zip(*read, strict=True)]
    assert after[0].tolist() == after[2].tolist() == pytest.approx(expected)


def test_it_makes_no_difference_to_the_usual_mix_when_sharing_begins() -> None:
    """From the start, at once after it, or a year later: the same weights and mixes, to the bit."""
    factors, references = [], []
    for at_start, at_once in ((TOGETHER, ALONE), (ALONE, TOGETHER), (ALONE, ALONE)):
        known = with_finds(AT_START)
        known.begin(at_start)
        if at_once.any():
            known.pool(at_once)
        known.finds[:] = LATER
        known.pool(TOGETHER)
        references.append(usual_mix(known).tolist())
        factors.append(known.detection_factor().tolist())
    assert references[0] == references[1] == references[2]
    assert factors[0] == factors[1] == factors[2]


def test_one_who_waits_for_others_to_share_with_changes_nothing() -> None:
    """An alliance of one, then of two: what is usual is still what both had found at the start."""
    known, paired = with_finds(AT_START), with_finds(AT_START)
    known.begin(ALONE)
    alone = usual_mix(known).tolist()
    known.finds[:] = LATER
    known.pool(np.array([False, False, True]))
    assert usual_mix(known).tolist() == alone
    known.pool(TOGETHER)
    paired.begin(TOGETHER)
    assert usual_mix(known).tolist() == usual_mix(paired).tolist()


def test_who_joins_later_takes_over_the_usual_mix_of_the_pool() -> None:
    """Two pool from the start, the third joins: it reads as they do, the usual mix stays, and its finds count too."""
    known = begun(np.array([True, True, False]))
    assert known.reference is not None
    usual = known.reference[0].copy()
    known.pool(np.array([True, True, True]))
    assert (known.reference == usual).all()
    known.observe(np.full(200, 2), np.full(200, Method.RIP_ON))
    after = known.detection_factor()
    assert (after == after[0]).all()
    assert after[0, Method.RIP_ON] > 1
