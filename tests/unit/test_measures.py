"""Views and measures of a pair of arms, on runs written down by hand."""

from __future__ import annotations

import dataclasses as dc
import math

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import ndtri

from experiments.measures import QUOTIENT, RECORD_QUOTIENT, Measure, Setting, finds_noise, make_setting, measures
from experiments.treated import find_treated
from experiments.views import ArmViews, PairViews, mean_views, pair_views
from scenarios.build_world import build_world
from sim.recorder import make_table
from sim.streams import Stream, Streams
from sim.tables import LINE_MONTH
from tests.ledger_cases import Booking, hand_tables
from tests.model_cases import small_case

WORLD = build_world(small_case().world, small_case().parameters, small_case().good)
PLACES = WORLD.place_code
RANGES = dict(zip(PLACES, (*WORLD.entry.port_range, *WORLD.coasts.name), strict=True))
PORT, OTHER = "NLRTM", "BEANR"
AT, ELSE, COAST = PLACES.index(PORT), PLACES.index(OTHER), len(WORLD.entry.code)
YEAR = 365


def controls(boxes: dict[str, int]) -> pa.Table:
    """Return controls of one month, clean boxes selected against drugs by place."""
    rows = len(PLACES)
    zero = dict.fromkeys(("controlled_boxes", "searched_boxes", "delay_min"), [0] * rows)
    columns = {"arm": ["a"] * rows, "replication": [0] * rows, "month": [202401] * rows, "place": list(PLACES),
               "port_range": [RANGES[p] for p in PLACES], "scans_per_year": [0.0] * rows,
               "drug_tasked_boxes": [boxes.get(p, 0) for p in PLACES], **zero}  # fmt: skip
    return make_table(LINE_MONTH, columns, {})


def tables(bookings: list[Booking], boxes: dict[str, int]) -> dict[str, pa.Table]:
    lots = {lot: grams for booking in bookings for lot, grams in booking.lots_g.items()}
    return {**hand_tables(lots, bookings, RANGES), "line_month": controls(boxes)}


def pair(first: list[Booking], second: list[Booking], boxes: tuple[int, int] = (100, 200)) -> PairViews:
    both = [tables(bookings, {PORT: n, OTHER: 100}) for bookings, n in zip((first, second), boxes, strict=True)]
    return pair_views(both, find_treated(PORT, WORLD), WORLD, (YEAR, 2 * YEAR), (202401, 202412), 0.5)


def book(lot: int, place: str, fate: str, grams: int = 100, day: int = YEAR + 10, method: str = "rip_on") -> Booking:
    return Booking({lot: grams}, "ECGYE", place, method, fate, day=day)


BEFORE = book(6, PORT, "seized_entry", day=YEAR - 20)
FIRST = [book(1, PORT, "seized_entry"), book(2, PORT, "delivered"), book(3, PORT, "delivered"),
         book(4, OTHER, "seized_entry"), book(5, OTHER, "delivered"), BEFORE]  # fmt: skip
SECOND = [book(1, PORT, "seized_entry"), book(2, PORT, "seized_entry"), book(3, OTHER, "delivered", day=YEAR + 20),
          book(4, OTHER, "seized_entry"), book(5, OTHER, "delivered"), BEFORE]  # fmt: skip
SETTING = make_setting(find_treated(PORT, WORLD), WORLD, interception=0.5, years=1.0, years_before=1.0)


def found(pairs: list[PairViews], setting: Setting = SETTING) -> dict[tuple[str, str], Measure]:
    placebos = [dc.replace(one, arms=(one.arms[0], one.arms[0]), days=0 * one.days) for one in pairs]
    return {(m.name, m.view): m for m in measures(pairs, placebos, setting)}


def test_views_keep_flow_seizures_and_effort_apart() -> None:
    first, second = pair(FIRST, SECOND).arms
    # Lot 6 was dispatched before the window; the hand-written cohort has it all the same.
    assert first.flow_g[1].sum() == 400
    assert first.flow_g[0, ELSE].sum() == 200
    assert second.flow_g[1].sum() == 300
    assert (first.seized_g[1].sum(), second.seized_g[1].sum()) == (200, 300)
    assert (first.finds[1, AT], second.finds[1, AT], first.finds[0, ELSE]) == (1, 2, 1)
    assert (first.finds_before[1, AT], first.seized_before_g[1, AT], first.flow_before_g[1, AT]) == (1, 100, 100)
    at_risk = WORLD.at_risk_boxes
    years = YEAR / 365.25
    assert second.effort[AT] == pytest.approx(200 / (at_risk[AT] * years), rel=1e-12)
    assert first.effort[COAST] == 0


def test_measures_by_hand() -> None:
    """400 to 300 g to the treated port, 200 to 300 g to the other one: all that left was displaced."""
    m = found([pair(FIRST, SECOND)] * 3)
    assert m[QUOTIENT, "true flow"].estimate == -1
    assert m["net displacement", "true flow"].estimate == 1
    assert m["total net effect", "true flow"].estimate == 0
    # The record grows where controls were doubled: seizures define no quotient.
    assert math.isnan(m[QUOTIENT, "seizures"].estimate)
    assert "Not read as a share" in m[QUOTIENT, "seizures"].reason
    assert m["total net effect", "seizures"].estimate == pytest.approx(-100 / 1e6, rel=1e-12)
    shares = np.array([[400, 200], [300, 300]]) / 600
    assert m["HHI of ports", "true flow"].estimate == pytest.approx((shares[1] ** 2 - shares[0] ** 2).sum(), rel=1e-12)
    assert m["mean shift", "true flow"].estimate == pytest.approx(10 / 6, rel=1e-12)
    assert m["Wasserstein", "true flow"].estimate == pytest.approx(10 / 6, rel=1e-12)
    assert m["methods, JSD", "true flow"].estimate == 0
    distance = SETTING.distance_km[ELSE]
    assert m["mean distance", "true flow"].estimate == pytest.approx(distance, rel=1e-12)
    assert 50 < distance < 120, "Antwerp and Rotterdam are about 80 km apart"
    # One find more at the treated port in the treated arm, the same year before: 1 a year.
    assert m["WDD of finds", "seizures"].estimate == 1
    # Seven finds in the four areas and two times: 1 and 2, 0 and 1, 1 and 1, 0 and 1.
    assert finds_noise(pair(FIRST, SECOND), SETTING) == pytest.approx(math.sqrt(7), rel=1e-12)


def test_the_analyst_divides_by_effort() -> None:
    """Twice the controls at one port: the analyst takes half of the additional finds for controls, not flow."""
    inferred = pair(FIRST, SECOND).arms[1].of("inferred", 0.5).sum(axis=(0, 2))
    effort = pair(FIRST, SECOND).arms[1].effort
    seized = np.array([300, 100])
    per_effort = seized / effort[[AT, ELSE]]
    assert inferred[[AT, ELSE]] == pytest.approx(per_effort / per_effort.sum() * seized.sum() / 0.5, rel=1e-12)


def test_shares_are_not_read_where_flow_does_not_fall_for_sure() -> None:
    """Replications that disagree on the direction leave the quotient undefined, and say in how many resamples."""
    m = found([pair(FIRST, SECOND), pair(SECOND, FIRST)] * 2)
    assert math.isnan(m[QUOTIENT, "true flow"].estimate)
    assert m[QUOTIENT, "true flow"].reason
    m = found([pair(FIRST, SECOND)] * 3 + [pair(SECOND, FIRST)])
    assert math.isnan(m[QUOTIENT, "true flow"].estimate)
    assert math.isfinite(m["total net effect", "true flow"].low)


def test_one_replication_has_no_interval() -> None:
    m = found([pair(FIRST, SECOND)])
    assert math.isnan(m[QUOTIENT, "true flow"].estimate), "without an interval nothing is read as a share"
    assert m["total net effect", "seizures"].estimate == pytest.approx(-100 / 1e6, rel=1e-12)
    assert math.isnan(m["total net effect", "seizures"].low)


def test_before_and_after_is_what_the_record_alone_would_say() -> None:
    """A year before and a year after in the treated arm, near ports against far ones: the second arm is not used."""
    case = small_case("world=eu")
    world = build_world(case.world, case.parameters, case.good)
    setting = make_setting(find_treated(PORT, world), world, 0.5, 2.0, 1.0)
    places = len(world.place_code)
    zero = np.zeros((2, places, 5))

    def arm(before: dict[str, float], after: dict[str, float]) -> ArmViews:
        seized, seized_before = zero.copy(), np.zeros((2, places))
        for masses, into in ((before, seized_before), (after, seized[:, :, 0])):
            for place, mass in masses.items():
                into[int(place == PORT), world.place_code.index(place)] = mass
        nothing = np.zeros((2, places))
        return ArmViews(zero, seized, nothing, nothing, seized_before, nothing, np.full(places, math.nan))

    treated = arm({PORT: 100, OTHER: 100, "ESVLC": 100}, {PORT: 100, OTHER: 300, "ESVLC": 200})
    nothing = arm({}, {})
    pairs = [PairViews((nothing, treated), np.full((3, 2), math.nan))] * 2
    m = found(pairs, setting)
    # A year: 50, 150, 100 after 100 each: success -.5, buffer +.5.
    assert m[RECORD_QUOTIENT, "seizures"].estimate == -1
    assert "Antwerp is near, Valencia far" and setting.is_near[world.place_code.index(OTHER)]
    assert not setting.is_near[world.place_code.index("ESVLC")]
    short = found(pairs, dc.replace(setting, years_before=0.5))
    for name in (RECORD_QUOTIENT, "WDD of finds"):
        assert "less than a year before" in short[name, "seizures"].reason
    assert math.isnan(finds_noise(pairs[0], dc.replace(setting, years_before=0.5)))


def test_the_mean_of_views_is_the_mean_of_each_array() -> None:
    one, two = pair(FIRST, SECOND), pair(FIRST, FIRST)
    mean = mean_views([one, two])
    for field in dc.fields(ArmViews):
        got, a, b = (getattr(v.arms[1], field.name) for v in (mean, one, two))
        np.testing.assert_array_equal(got, (a + b) / 2)


def test_a_treated_method_has_every_place() -> None:
    setting = make_setting(find_treated("rip_on", WORLD), WORLD, 0.5, 1.0, 1.0)
    assert setting.is_treated.all()
    assert np.isnan(setting.distance_km).all()
    assert (setting.is_near == setting.is_port).all()


def noise_pairs(n: int, seed: int, shift: float = 0.0) -> list[PairViews]:
    """Return pairs whose treated flow differs by normal noise alone, and by a shift."""
    u = Streams(seed, n).uniforms(Stream.BOOTSTRAP, np.arange(n), 2)
    pairs = []
    for one, other in ndtri(u):
        first, second = (pair(FIRST, FIRST).arms[0] for _ in range(2))
        flow = second.flow_g.copy()
        flow[1, AT, 0] += 30 * one - shift
        flow[0, ELSE, 0] += 30 * other
        pairs.append(PairViews((first, dc.replace(second, flow_g=flow)), np.full((3, 2), math.nan)))
    return pairs


@pytest.mark.slow
@pytest.mark.parametrize(("n", "experiments"), [(3, 200), (6, 200), (12, 40)])
def test_intervals_cover_and_shares_stay_away_without_an_effect(n: int, experiments: int) -> None:
    """Without an effect about 95 % of the intervals cover 0, and few quotients are reported.

    Bounds are five standard errors of a share (of .95 and of .025) in so many experiments away, and .01 for the
    bootstrap of a dozen.
    """
    results = [found(noise_pairs(n, seed)) for seed in range(experiments)]
    covers = [m["total net effect", "true flow"].low <= 0 <= m["total net effect", "true flow"].high for m in results]
    shares = [math.isfinite(m[QUOTIENT, "true flow"].estimate) for m in results]
    assert np.mean(covers) > 0.94 - 5 * math.sqrt(0.95 * 0.05 / experiments)
    assert np.mean(shares) < 0.025 + 5 * math.sqrt(0.025 * 0.975 / experiments)


def test_a_resolved_fall_is_read_as_a_share() -> None:
    m = found(noise_pairs(12, 1, shift=200.0))
    assert math.isfinite(m[QUOTIENT, "true flow"].estimate)
    assert m[QUOTIENT, "true flow"].low <= m[QUOTIENT, "true flow"].estimate <= m[QUOTIENT, "true flow"].high


def test_one_replication_without_controls_or_finds_switches_nothing() -> None:
    """Effort is averaged before it divides, and undated replications are left out of the dates."""
    usual = pair(FIRST, SECOND)
    bare = pair(FIRST, SECOND, boxes=(0, 0))
    undated = dc.replace(bare, days=np.full((3, 2), math.nan))
    mean = mean_views([usual] * 19 + [undated])
    assert mean.arms[1].effort[AT] == pytest.approx(0.95 * usual.arms[1].effort[AT], rel=1e-12)
    np.testing.assert_allclose(mean.days, usual.days, rtol=1e-12)


def test_seizures_outside_the_union_are_not_in_the_record() -> None:
    case = small_case("world=eu")
    world = build_world(case.world, case.parameters, case.good)
    bookings = [book(1, "GBFXT", "seized_entry"), book(2, PORT, "seized_entry")]
    ranges = dict(zip(world.place_code, (*world.entry.port_range, *world.coasts.name), strict=True))
    run = {**hand_tables({1: 100, 2: 100}, bookings, ranges), "line_month": controls({})}
    views = pair_views((run, run), find_treated(PORT, world), world, (YEAR, 2 * YEAR), (202401, 202412), 0.5)
    assert views.arms[0].flow_g.sum() == 200
    assert views.arms[0].seized_g.sum() == 100
    assert views.arms[0].finds.sum() == 1
