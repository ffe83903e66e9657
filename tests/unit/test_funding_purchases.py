"""Purchases of a case: ordered, delivered, used, at the end of their life; without them nothing changes."""

from __future__ import annotations

import dataclasses as dc
import datetime
import json
from typing import Any

import numpy as np
import pytest

from agents.levers.equipment import tasked_scans
from agents.model import WaterbedModel
from experiments.run import run
from experiments.settings import case_with
from experiments.sweep.points import with_settings
from scenarios.case import Case, Purchase
from scenarios.equipment import FIXED, MOBILE, unit_terms
from scenarios.errors import InputError
from scenarios.load_case import load_case
from scenarios.purchases import check_purchases, purchased_terms
from sim.clock import YEAR_DAYS
from tests.laws.test_conservation import check_masses
from tests.model_cases import assert_same, model_at, small_case, small_run, with_parameters

START = datetime.date(2024, 1, 1)
MONTH_DAYS = YEAR_DAYS / 12
DOG, METER = "dog_team", "density_meter"


def purchase(equipment: str = MOBILE, units: int = 1, port: str = "BEANR", **more: Any) -> Purchase:
    """Return a purchase at the start, delivered after two months unless told."""
    given = {"ordered": START, "checks_per_year": 10_000.0, "delivery_months": 2.0} | more
    return Purchase(port, equipment, units, **given)


def buying(*purchases: Purchase, case: Case | None = None) -> Case:
    """Return the small case with purchases."""
    return dc.replace(case if case is not None else small_case("regime=frozen"), purchases=purchases)


def scans_by_day(case: Case, days: int) -> tuple[WaterbedModel, np.ndarray]:
    """Return the model after some days, and the capacity of all ports on each, shape (days, ports)."""
    model, seen = WaterbedModel(case, 1, 0), []
    for _ in range(days):
        model.step()
        seen.append(model.physical.scans_per_year.copy())
    return model, np.array(seen)


def test_no_purchase_is_the_case_as_it_was_to_the_bit() -> None:
    """Law: an empty list of purchases is no purchase."""
    case = small_case("regime=frozen")
    assert case.purchases == () and buying() == case
    assert_same(run(buying(), 1, 0), small_run("regime=frozen"))


def test_a_purchase_goes_through_json_settings_and_regimes() -> None:
    """A case with purchases is the same case after it was written, read, given another setting, or another regime."""
    case = buying(purchase(), purchase(DOG, 3, detection=(0.1, 0.2, 0.3, 0.4), false_alarm=0.1, life_years=2.0))
    plain = json.loads(json.dumps(case.as_dict()))
    assert Case.from_dict(plain) == case
    assert plain["purchases"][0]["ordered"] == "2024-01-01"
    assert with_settings(case, {"horizon_years": "2"}).purchases == case.purchases
    assert case_with(case, "none").purchases == case.purchases
    assert case.digest() != small_case("regime=frozen").digest()


def test_purchases_are_no_setting_of_the_command_line() -> None:
    """What nobody can type is refused like any unknown setting."""
    with pytest.raises(InputError, match="purchases"):
        load_case(["purchases=[]"])
    with pytest.raises(InputError, match="purchases"):
        load_case(["+purchases=[]"])


@pytest.mark.parametrize("equipment", [MOBILE, FIXED])
def test_a_scanner_adds_its_scans_from_its_day_on_and_no_earlier(equipment: str) -> None:
    """Two units for Rotterdam, two months after a day in February: capacity rises by twice their scans on that day."""
    ordered = START + datetime.timedelta(days=40)
    case = buying(purchase(equipment, 2, "NLRTM", ordered=ordered, checks_per_year=7_000.0))
    model, with_it = scans_by_day(case, 250)
    _, without = scans_by_day(small_case("regime=frozen"), 250)
    added = with_it - without
    port = model.world.entry.code.index("NLRTM")
    first = model.clock.day(ordered) + round(2 * MONTH_DAYS)
    # Capacity of a day is set the evening before.
    assert not added[: first - 1].any()
    assert added[first - 1 :, port] == pytest.approx(14_000.0)
    assert not np.delete(added, port, axis=1).any()


@pytest.mark.parametrize("equipment", [MOBILE, FIXED])
def test_a_scanner_goes_at_the_end_of_its_life_and_nothing_else_does(equipment: str) -> None:
    """A third of a year after delivery the capacity is the one without it, from that day on."""
    life_years = 1 / 3
    case = buying(purchase(equipment, 3, life_years=life_years))
    model, with_it = scans_by_day(case, 300)
    _, without = scans_by_day(small_case("regime=frozen"), 300)
    first = model.start_day + round(2 * MONTH_DAYS)
    last = first + round(life_years * YEAR_DAYS)
    port = model.world.entry.code.index("BEANR")
    added = (with_it - without)[:, port]
    assert added[first - 1 : last - 1] == pytest.approx(30_000.0)
    assert added[last - 1 :] == pytest.approx(0.0, abs=1e-6)
    assert not model.enforcement.fleet.installed


def test_second_looks_count_without_the_lever_from_their_day_on() -> None:
    """Dogs and meters at Antwerp, frozen regime: what they show follows from coverage, on the day they come."""
    case = buying(purchase(DOG, 2, checks_per_year=4_000.0), purchase(METER, 1, checks_per_year=3_000.0))
    start = (START - case.burn_in_start).days
    first = start + round(2 * MONTH_DAYS)
    before, after = model_at(case, first - 1), model_at(case, first)
    assert not before.enforcement.posture.kit_detection.any()
    enforcement = after.enforcement
    port = after.world.entry.code.index("BEANR")
    tasked = tasked_scans(enforcement.desk)[port]
    dog, meter = (unit_terms(case.parameters)[name] for name in (DOG, METER))
    covered = [min(1.0, n * terms.availability / tasked) for n, terms in ((8_000.0, dog), (3_000.0, meter))]
    missed = (1 - covered[0] * np.array(dog.detection)) * (1 - covered[1] * np.array(meter.detection))
    assert 0 < covered[0] < 1 and 0 < covered[1] < 1
    assert enforcement.posture.kit_detection[port] == pytest.approx(1 - missed)
    quiet = (1 - covered[0] * dog.false_alarm) * (1 - covered[1] * meter.false_alarm)
    assert enforcement.posture.kit_false_alarm[port] == pytest.approx(1 - quiet)
    assert not np.delete(enforcement.posture.kit_detection, port, axis=0).any()


def test_second_looks_end_with_their_life() -> None:
    """Dogs of two months: nothing is shown any more afterwards."""
    case = buying(purchase(DOG, 5, life_years=1 / 6))
    model = model_at(case, (START - case.burn_in_start).days + round(2 * MONTH_DAYS) + round(YEAR_DAYS / 6))
    posture = model.enforcement.posture
    assert not posture.kit_detection.any() and not posture.kit_false_alarm.any()


@pytest.mark.parametrize("equipment", [MOBILE, FIXED, DOG])
def test_masses_add_up_with_purchases(equipment: str) -> None:
    """Law: equipment changes no law of mass, and no account: grants are outside those of the states."""
    case = buying(*(purchase(equipment, 4, port, checks_per_year=20_000.0) for port in ("BEANR", "NLRTM", "DEHAM")))
    tables, without = run(case, 1, 0), small_run("regime=frozen")
    check_masses(tables)
    assert (
        tables["accounts"]
        .drop(["case_digest"] if "case_digest" in tables["accounts"].column_names else [])
        .equals(without["accounts"].drop(["case_digest"] if "case_digest" in without["accounts"].column_names else []))
    )
    assert tables["runs"]["seized_entry_g"].to_pylist() != without["runs"]["seized_entry_g"].to_pylist()


@pytest.mark.parametrize("levers", [("placement",), ("rotation",)])
def test_mobile_units_are_moved_as_all_others_are(levers: tuple[str, ...]) -> None:
    """Under a common lever for places, units bought for Hamburg do not all stay there; without one they do."""
    eight = purchase(MOBILE, 8, "DEHAM", delivery_months=0.0, checks_per_year=12_000.0)
    scopes = [f"regime.levers.{lever}=alliance" for lever in levers]
    places = []
    for more in ([], scopes):
        model = model_at(buying(eight, case=small_case("regime=frozen", *more)), 240)
        port = model.world.entry.code.index("DEHAM")
        bought = [unit for unit in model.enforcement.fleet.units if unit.scans_per_year == 12_000.0]
        places.append(sum(unit.port == port for unit in bought))
    assert places[0] == 8 and places[1] < 8


def test_terms_are_those_of_the_catalogue_unless_the_purchase_has_its_own() -> None:
    """What is not said is as in the catalogue, with the parameters of the case."""
    parameters = with_parameters(small_case(), "finance", delivery_months=27).parameters
    plain = purchased_terms(Purchase("BEANR", MOBILE, 1, START, 500.0), parameters)
    assert plain == dc.replace(unit_terms(parameters)[MOBILE], checks_per_year=500.0)
    assert plain.delivery_months == 27
    own = purchased_terms(purchase(DOG, detection=(0.1, 0.2, 0.3, 0.4), life_years=3.0, false_alarm=0.5), parameters)
    assert (own.detection, own.life_years, own.false_alarm) == ((0.1, 0.2, 0.3, 0.4), 3.0, 0.5)
    assert own.availability == unit_terms(parameters)[DOG].availability


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (purchase(port="XXABC"), "XXABC"),
        (purchase(port="FRLEH"), "FRLEH"),
        (purchase("submarine"), "submarine"),
        (purchase("smart_seal"), "smart_seal"),
        (purchase(units=0), "units: 0"),
        (purchase(checks_per_year=-1.0), "checks_per_year: -1"),
        (purchase(checks_per_year=float("nan")), "checks_per_year: nan"),
        (purchase(checks_per_year=float("inf")), "checks_per_year: inf"),
        (purchase(delivery_months=-1.0), "delivery_months: -1"),
        (purchase(life_years=0.0), "life_years: 0"),
        (purchase(ordered=datetime.date(2023, 12, 31)), "2023-12-31"),
        (purchase(MOBILE, detection=(0.9, 0.9, 0.9, 0.9)), "detection"),
        (purchase(DOG, detection=(0.9, 0.9, 1.9, 0.9)), "detection.2: 1.9"),
        (purchase(DOG, false_alarm=-0.1), "false_alarm: -0.1"),
    ],
)
def test_what_cannot_be_bought_is_refused(wrong: Purchase, said: str) -> None:
    """Each wrong purchase is named, with its place among all; a model of it cannot be made."""
    case = buying(purchase(), wrong)
    with pytest.raises(InputError, match=said) as error:
        check_purchases(case, ("BEANR", "NLRTM", "DEHAM"))
    assert str(error.value).startswith("purchases.1.")
    with pytest.raises(InputError, match=said):
        WaterbedModel(case, 1, 0)


@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_a_regime_that_buys_equipment_itself_is_refused(scope: str) -> None:
    """The same money is not spent twice."""
    case = buying(purchase(), case=small_case("regime=frozen", f"regime.levers.equipment={scope}"))
    with pytest.raises(InputError, match="buys equipment itself"):
        WaterbedModel(case, 1, 0)
    with pytest.raises(InputError, match="buys equipment itself"):
        with_settings(case, {"horizon_years": "2"})
