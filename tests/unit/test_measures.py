"""Views and measures of a pair of arms, on runs written down by hand."""

from __future__ import annotations

import dataclasses as dc
import math

import numpy as np
import pyarrow as pa
import pytest

from experiments.measures import QUOTIENT, RECORD_QUOTIENT, Measure, Setting, finds_noise, make_setting, measures
from experiments.treated import find_treated
from experiments.views import ArmViews, PairViews, mean_views, pair_views
from scenarios.build_world import build_world
from sim.recorder import make_table
from sim.tables import CONTROL_MONTH
from tests.ledger_cases import Booking, hand_tables
from tests.model_cases import small_case

WORLD = build_world(small_case().world, small_case().parameters)
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
    return make_table(CONTROL_MONTH, columns, {})


def tables(bookings: list[Booking], boxes: dict[str, int]) -> dict[str, pa.Table]:
    lots = {lot: grams for booking in bookings for lot, grams in booking.lots_g.items()}
    return {**hand_tables(lots, bookings, RANGES), "control_month": controls(boxes)}


def pair(first: list[Booking], second: list[Booking], boxes: tuple[int, int] = (100, 200)) -> PairViews:
    both = [tables(bookings, {PORT: n, OTHER: 100}) for bookings, n in zip((first, second), boxes, strict=True)]
    return pair_views(both, find_treated(PORT, WORLD), WORLD, (YEAR, 2 * YEAR), (202401, 202412))


def book(lot: int, place: str, fate: str, grams: int = 100, day: int = YEAR + 10, method: str = "rip_on") -> Booking:
    return Booking({lot: grams}, "ECGYE", place, method, fate, day=day)


BEFORE = book(6, PORT, "seized_entry", day=YEAR - 20)
FIRST = [book(1, PORT, "seized_entry"), book(2, PORT, "delivered"), book(3, PORT, "delivered"),
         book(4, OTHER, "seized_entry"), book(5, OTHER, "delivered"), BEFORE]  # fmt: skip
SECOND = [book(1, PORT, "seized_entry"), book(2, PORT, "seized_entry"), book(3, OTHER, "delivered", day=YEAR + 20),
          book(4, OTHER, "seized_entry"), book(5, OTHER, "delivered"), BEFORE]  # fmt: skip
SETTING = make_setting(find_treated(PORT, WORLD), WORLD, interception=0.5, years=1.0)


def found(pairs: list[PairViews], setting: Setting = SETTING) -> dict[tuple[str, str], Measure]:
    return {(m.name, m.view): m for m in measures(pairs, setting)}


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
    assert np.isnan(first.effort[COAST])


def test_measures_by_hand() -> None:
    """400 to 300 g to the treated port, 200 to 300 g to the other one: all that left was displaced."""
    m = found([pair(FIRST, SECOND)] * 3)
    assert m[QUOTIENT, "true flow"].estimate == -1
    assert m["net displacement", "true flow"].estimate == 1
    assert m["total net effect", "true flow"].estimate == 0
    # The record grows where controls were doubled: seizures define no quotient.
    assert math.isnan(m[QUOTIENT, "seizures"].estimate)
    assert "did not improve" in m[QUOTIENT, "seizures"].reason
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
    m = found([pair(FIRST, SECOND)] * 5 + [pair(SECOND, FIRST)])
    assert math.isnan(m[QUOTIENT, "true flow"].estimate)
    assert "of the resamples" in m[QUOTIENT, "true flow"].reason
    assert math.isfinite(m["total net effect", "true flow"].low)


def test_one_replication_has_no_interval() -> None:
    m = found([pair(FIRST, SECOND)])
    assert m[QUOTIENT, "true flow"].estimate == -1
    assert math.isnan(m[QUOTIENT, "true flow"].low)


def test_before_and_after_is_what_the_record_alone_would_say() -> None:
    """A year before and a year after in the treated arm, near ports against far ones: the second arm is not used."""
    case = small_case("world=eu")
    world = build_world(case.world, case.parameters)
    setting = make_setting(find_treated(PORT, world), world, 0.5, 2.0)
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
    m = found([PairViews((nothing, treated), np.full((2, 2), math.nan))] * 2, setting)
    # A year: 50, 150, 100 after 100 each: success -.5, buffer +.5.
    assert m[RECORD_QUOTIENT, "seizures"].estimate == -1
    assert "Antwerp is near, Valencia far" and setting.is_near[world.place_code.index(OTHER)]
    assert not setting.is_near[world.place_code.index("ESVLC")]


def test_the_mean_of_views_is_the_mean_of_each_array() -> None:
    one, two = pair(FIRST, SECOND), pair(FIRST, FIRST)
    mean = mean_views([one, two])
    for field in dc.fields(ArmViews):
        got, a, b = (getattr(v.arms[1], field.name) for v in (mean, one, two))
        np.testing.assert_array_equal(got, (a + b) / 2)


def test_a_treated_method_has_every_place() -> None:
    setting = make_setting(find_treated("rip_on", WORLD), WORLD, 0.5, 1.0)
    assert setting.is_treated.all()
    assert np.isnan(setting.distance_km).all()
    assert (setting.is_near == setting.is_port).all()
