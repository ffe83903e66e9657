"""The interception anchor: the published arithmetic, and draws that keep to it."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pyarrow.compute as pc
import pytest
from scipy.special import ndtr, ndtri

from experiments.input_space import Draws, InputSpace, draw_inputs, latin_hypercube
from experiments.interception_anchor import (
    FINDS_2023,
    IMAGE,
    INTERCEPTION,
    LANDED,
    LOTS,
    METHODS,
    RELATIVE_LOTS,
    SEARCH,
    SEPARATION,
    SUPPLY,
    TIP_SHARE,
    Anchor,
    Effort,
    Observed,
    Practitioner,
    anchor_inputs,
    anchor_priors,
    contaminated,
    image_detections,
    landed_mass,
    mean_image_detection,
    recall,
    separation,
)
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.load_case import load_case
from scenarios.parameter_table import field_types, make_parameters, parameter_rows
from scenarios.priors import value_of, with_values
from sim.streams import Streams
from tests.model_cases import small_case, small_run

ANTWERP_BOXES, ANTWERP_DETECTION, TIPS = 330_000, 0.54, 0.5
PUBLISHED_SEPARATION = {
    (5_000, 0.2): 1.27, (5_000, 0.4): 1.84, (15_000, 0.2): 0.79, (15_000, 0.4): 1.36,
    (40_000, 0.2): 0.27, (40_000, 0.4): 0.84,
}  # fmt: skip
PUBLISHED_ANTWERP = {0.1: (1240, 1160), 0.2: (620, 580), 0.3: (413, 387), 0.4: (310, 290), 0.6: (207, 193)}


def drawn(case: Case, draws: int = 64, seed: int = 1) -> tuple[InputSpace, Draws]:
    space = InputSpace.of(case)
    return space, draw_inputs(space, draws, seed)


@pytest.mark.parametrize(("scans", "interception"), PUBLISHED_SEPARATION)
def test_separation_is_that_of_the_page(scans: int, interception: float) -> None:
    picked = recall(interception, TIPS, ANTWERP_DETECTION)
    assert round(separation(picked, scans / ANTWERP_BOXES), 2) == PUBLISHED_SEPARATION[scans, interception]


@pytest.mark.parametrize("interception", PUBLISHED_ANTWERP)
def test_antwerp_is_that_of_the_page(interception: float) -> None:
    consignments, tonnes = PUBLISHED_ANTWERP[interception]
    assert round(contaminated(124, interception)) == consignments
    assert round(contaminated(116, interception)) == tonnes


def test_the_defaults_come_back_at_the_default_interception() -> None:
    observed, rows = Observed.from_defaults(), parameter_rows()
    assert observed.supply_t(0.42) == pytest.approx(rows[SUPPLY].default, rel=1e-12) == 1130
    assert observed.landed_t(0.42) == pytest.approx(rows[LANDED].default, rel=1e-12) == 538


def test_landed_mass_ends_where_the_table_and_the_page_end() -> None:
    observed, row = Observed.from_defaults(), parameter_rows()[LANDED]
    assert round(observed.landed_t(0.25)) == row.high == 1169
    assert round(observed.landed_t(0.60)) == row.low == 260
    assert landed_mass(116, 0.4) == pytest.approx(116 * 0.6 / 0.4)


def test_scans_are_linear_in_the_assumed_rate() -> None:
    case = load_case([])
    effort = Effort.of(case.world, case.parameters, case.good)
    for rate in (2.9, case.parameters.control.scans_per_1000_gateway_teu):
        control = dc.replace(case.parameters.control, scans_per_1000_gateway_teu=rate)
        world = build_world(case.world, dc.replace(case.parameters, control=control), case.good)
        scans, boxes = (values[world.entry.is_eu].sum() for values in (world.entry.scans_per_year, world.at_risk_boxes))
        assert effort.share_scanned(0.4, rate) == pytest.approx(0.4 * scans / boxes, rel=1e-12)


def test_ports_outside_the_union_do_not_count() -> None:
    case = load_case([])
    world = build_world(case.world, case.parameters, case.good)
    assert not world.entry.is_eu.all()
    assert Effort.of(case.world, case.parameters, case.good).at_risk_boxes < world.at_risk_boxes.sum()


@pytest.mark.parametrize("mean", [0.3, 0.41, 0.525, 0.7, 0.8])
def test_image_detection_has_the_mean_that_was_drawn(mean: float) -> None:
    detections = image_detections(make_parameters(), mean)
    values = np.array([detections[name] for name in METHODS])
    assert values.mean() == pytest.approx(mean, rel=1e-9)
    assert ((values >= 0.2) & (values <= 0.9)).all()
    usual = np.array([value_of(make_parameters(), name) for name in METHODS])
    assert (np.diff(values[np.argsort(usual)]) >= 0).all()
    inside = (values > 0.2) & (values < 0.9)
    assert np.ptp(values[inside] / usual[inside]) < 1e-9


def test_image_detection_at_its_mean_is_as_it_was() -> None:
    p = make_parameters()
    assert image_detections(p, mean_image_detection(p)) == {name: value_of(p, name) for name in METHODS}


def test_methods_weigh_about_as_in_the_flow() -> None:
    """That they weigh alike is an assumption; by the mass that runs hide in each, the mean is nearly the same."""
    consignments = small_run("regime=frozen")["consignments"]
    methods = pc.cast(consignments["method"], "string").to_pylist()
    detection = {name.removeprefix("methods.").removesuffix("_image_detection"): name for name in METHODS}
    mass = dict.fromkeys(detection, 0)
    for method, grams in zip(methods, consignments["mass_g"].to_pylist(), strict=True):
        if method in mass:
            mass[method] += grams
    p = make_parameters()
    weighted = sum(mass[m] * value_of(p, detection[m]) for m in mass) / sum(mass.values())
    assert weighted == pytest.approx(mean_image_detection(p), abs=0.04)


@pytest.mark.parametrize("world", ["eu", "three_ports"])
def test_a_change_starts_from_the_case(world: str) -> None:
    case = load_case([f"world={world}", "parameters.supply.mass_2023_t=1400", "parameters.control.separation=0.9"])
    space = InputSpace.of(case)
    assert space.parameters_at(np.zeros(len(space.names))) == case.parameters
    values = space.moved.values(anchor_inputs(case.parameters)).values
    assert values[SUPPLY] == pytest.approx(1400)
    assert values[SEPARATION] == pytest.approx(0.9)
    assert values[LOTS] == case.parameters.supply.lots_2023


def test_moving_one_input_moves_what_follows_and_nothing_else() -> None:
    case = load_case([])
    space = InputSpace.of(case)
    z = np.where(np.array(space.names) == INTERCEPTION, -1.0, 0.0)
    there = space.parameters_at(z)
    r = 0.42 - anchor_priors()[INTERCEPTION].sd
    assert there.tips.anchor_interception == pytest.approx(r)
    assert there.supply.mass_2023_t == pytest.approx(Observed.from_defaults().supply_t(r))
    assert there.supply.lots_2023 == round(1500 * there.supply.mass_2023_t / 1130)
    assert there.market.landed_2023_t == pytest.approx(538 * (0.42 / 0.58) * (1 - r) / r)
    detection = mean_image_detection(case.parameters) * case.parameters.control.search_detection
    change = ndtri(recall(r, 0.45, detection)) - ndtri(recall(0.42, 0.45, detection))
    assert there.control.separation == pytest.approx(1.3 + change)
    back = with_values(
        there, {n: value_of(case.parameters, n) for n in (INTERCEPTION, SUPPLY, LOTS, LANDED, SEPARATION)}
    )
    assert back == case.parameters


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({INTERCEPTION: 0.6, IMAGE: 0.3}, "recall above 0.95"),
        ({INTERCEPTION: 0.26, TIP_SHARE: 0.75, IMAGE: 0.8, "control.drug_tasked_share": 0.7}, "separation d' outside"),
        ({INTERCEPTION: 0.255}, "supply outside 800 to 1,700"),
        ({INTERCEPTION: 0.35, RELATIVE_LOTS: 3000}, "lots outside 800 to 3,000"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, float], words: str) -> None:
    case = load_case([])
    anchor = Anchor.of(case.world, case.parameters, case.good)
    inputs = anchor_inputs(case.parameters)
    assert anchor.values(inputs).refusal == ""
    assert words in anchor.values({**inputs, **changes}).refusal


def test_every_draw_keeps_to_the_arithmetic() -> None:
    case = load_case([])
    _, draws = drawn(case)
    rows = parameter_rows()
    observed, effort = Observed.from_defaults(), Effort.of(case.world, case.parameters, case.good)
    for p in draws.parameters:
        r, detection = p.tips.anchor_interception, mean_image_detection(p) * p.control.search_detection
        scanned = effort.share_scanned(p.control.drug_tasked_share, p.control.scans_per_1000_gateway_teu)
        picked = float(ndtr(p.control.separation - ndtri(1 - scanned)))
        assert picked * detection / (1 - p.tips.share_of_finds) == pytest.approx(r, rel=1e-9)
        assert picked <= 0.95
        assert p.supply.mass_2023_t == pytest.approx(observed.supply_t(r))
        assert p.market.landed_2023_t == pytest.approx(observed.landed_t(r))
        for name in (SUPPLY, LOTS, LANDED, SEPARATION, *METHODS):
            assert rows[name].low <= value_of(p, name) <= rows[name].high, name


def test_inputs_of_a_draw_are_those_of_its_parameters() -> None:
    space, draws = drawn(load_case(["world=north_range"]))
    for values, p in zip(draws.values, draws.parameters, strict=True):
        inputs = anchor_inputs(p)
        for name, value in zip(space.names, values, strict=True):
            if name == RELATIVE_LOTS:
                assert inputs[name] == pytest.approx(value, abs=0.5 * 1130 / 800)
            else:
                assert inputs.get(name, value_of(p, name) if name in parameter_rows() else None) == pytest.approx(value)


def test_independent_inputs_fill_every_stratum_once() -> None:
    draws = 32
    space, result = drawn(load_case([]), draws)
    edges = np.arange(draws + 1) / draws
    for i, (name, prior) in enumerate(zip(space.names, space.priors, strict=True)):
        if name not in anchor_priors():
            rounding = 0.5 if field_types()[name] is int else 1e-12 * prior.high
            values, limits = np.sort(result.values[:, i]), prior.quantile(edges)
            assert (values >= limits[:-1] - rounding).all(), name
            assert (values <= limits[1:] + rounding).all(), name


def test_a_hypercube_is_the_same_for_a_name_whatever_else_is_drawn() -> None:
    alone = latin_hypercube(Streams(3, 0), ("a.b",), 16)["a.b"]
    with_others = latin_hypercube(Streams(3, 0), ("c.d", "a.b"), 16)
    assert np.array_equal(alone, with_others["a.b"])
    assert not np.array_equal(alone, with_others["c.d"])
    assert not np.array_equal(alone, latin_hypercube(Streams(4, 0), ("a.b",), 16)["a.b"])
    assert not np.array_equal(alone, latin_hypercube(Streams(3, 0), ("a.b",), 16, batch=1)["a.b"])
    assert sorted(np.floor(alone * 16).astype(int)) == list(range(16))


def test_draws_are_those_of_the_seed() -> None:
    case = load_case(["world=three_ports"])
    (_, first), (_, again), (_, other) = (drawn(case, 16, seed) for seed in (5, 5, 6))
    assert np.array_equal(first.values, again.values)
    assert first.parameters == again.parameters
    assert not np.array_equal(first.values, other.values)


def test_the_share_accepted_is_that_of_independent_draws(seed: int) -> None:
    """The anchor's volume by plain Monte Carlo of its formulas; four standard errors of 4,096 draws on either side."""
    case = load_case([])
    space, draws = drawn(case, 2048, seed)
    n = 4096
    uniforms = np.random.default_rng(seed + 1).random((5, n))
    priors = anchor_priors()
    names = (INTERCEPTION, TIP_SHARE, IMAGE, "control.drug_tasked_share", SEARCH)
    r, tau, image, phi, search = (priors[name].quantile(u) for name, u in zip(names, uniforms, strict=True))
    rate = np.random.default_rng(seed + 2).uniform(2.7, 5.9, n)
    effort = Effort.of(case.world, case.parameters, case.good)
    q = r * (1 - tau) / (image * search)
    s = phi * (effort.published_scans + effort.scans_per_rate * rate) / effort.at_risk_boxes
    d = ndtri(np.minimum(q, 0.999)) + ndtri(1 - s)
    seized = 538 * 0.42 / 0.58
    supply = seized / r + 1130 - seized / 0.42
    is_accepted = (q <= 0.95) & (d >= 0.05) & (d <= 2.3) & (supply >= 800) & (supply <= 1700)
    share = is_accepted.mean()
    error = np.sqrt(share * (1 - share) * (1 / n + 1 / 2048))
    assert draws.acceptance == pytest.approx(share, abs=5 * error)
    assert np.median(draws.values[:, space.names.index(INTERCEPTION)]) == pytest.approx(
        np.median(r[is_accepted]), abs=5 * 1.2533 * 0.07 * np.sqrt(1 / n + 1 / 2048)
    )


def test_a_prior_that_nothing_satisfies_ends() -> None:
    space = InputSpace.of(small_case())
    never = dc.replace(space, anchor=dc.replace(space.anchor, separation_shift=9.0))
    with pytest.raises(ValueError, match="the anchor accepted 0 of 200 draws; needed 2"):
        draw_inputs(never, 2, 1)


def test_the_practitioner_is_outside_and_says_what_it_implies() -> None:
    case = load_case([])
    p = Practitioner.of(Anchor.of(case.world, case.parameters, case.good), case.parameters)
    seized = 538 * 0.42 / 0.58
    assert p.supply_t == pytest.approx(seized / 0.15 + 1130 - seized / 0.42)
    assert p.contaminated == pytest.approx(FINDS_2023 / 0.15)
    assert p.usual_contaminated == pytest.approx(FINDS_2023 / 0.42)
    assert p.separation < case.parameters.control.separation
    assert "supply outside" in p.refusal
    assert p.interception < anchor_priors()[INTERCEPTION].support[0]
