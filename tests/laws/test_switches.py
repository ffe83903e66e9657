"""Each kind of displacement can be switched off, and then its line or flag of the ledger is zero to the gram."""

from __future__ import annotations

from functools import lru_cache

import pytest

from experiments.cohort import cohort_parcels
from experiments.ledger import Ledger, Moved, make_ledger
from experiments.run import run
from experiments.treated import find_treated
from scenarios.build_world import build_world
from tests.model_cases import KINDS, Tables, small_case

TREATED = "scenario.capacity_scale.BEANR=12"
YEARS = ("horizon_years=2", "parameters.organisations.count=40", "parameters.capital.working_capital_lots=1")
SPATIAL = (Moved.OUTSIDE, Moved.OTHER_PORT)
UPSTREAM = (Moved.OTHER_REGION, Moved.OTHER_DEPARTURE)
FLAGS = {"temporal": "later_g", "size": "smaller_g", "perpetrator": "other_holder_g"}


@lru_cache(maxsize=2)
def pair(off: tuple[str, ...], *more: str) -> tuple[Tables, Tables, Ledger]:
    """Return a baseline, the same with Antwerp's controls twelve times as strong, and their ledger."""
    settings = (*YEARS, *(f"switches.{name}=false" for name in off), *more)
    case, changed = small_case(*settings), small_case(*settings, TREATED)
    first, second = run(case, 1, 0), run(changed, 1, 0)
    world = build_world(case.world, case.parameters, case.good)
    ledger = make_ledger(cohort_parcels(first), cohort_parcels(second), find_treated("BEANR", world), world)
    return first, second, ledger


def amounts(ledger: Ledger) -> dict[str, int]:
    """Return the grams of every line and flag that a switch belongs to, over the whole system."""
    by_line = dict.fromkeys(KINDS, 0)
    for cell, amount in ledger.lines.items():
        by_line["spatial"] += amount.mass_g * (cell.moved in SPATIAL)
        by_line["tactical"] += amount.mass_g * (cell.moved == Moved.OTHER_METHOD)
        by_line["upstream"] += amount.mass_g * (cell.moved in UPSTREAM)
        for name, flag in FLAGS.items():
            by_line[name] += getattr(amount, flag)
    return by_line


def test_with_everything_on_every_kind_occurs() -> None:
    """All lines and flags are in use, so that a zero in the other tests says something."""
    assert min(amounts(pair(())[2]).values()) > 0


@pytest.mark.parametrize("switch", KINDS)
def test_a_switch_that_is_off_makes_its_line_zero(switch: str) -> None:
    """Law: exactly zero grams, while the other kinds still occur."""
    found = amounts(pair((switch,))[2])
    assert found.pop(switch) == 0
    assert sum(found.values()) > 0


def test_with_all_off_nothing_moves() -> None:
    """T20, in grams: what is dispatched, to which cell and by whom, is the same in both arms."""
    first, second, ledger = pair(KINDS, "switches.elastic_supply=false")
    assert set(amounts(ledger).values()) == {0}
    assert {cell.moved for cell in ledger.lines} == {Moved.SAME}
    columns = ["consignment", "organisation", "departure", "place", "method", "mass_g", "dispatch_day"]
    assert first["consignments"].select(columns).equals(second["consignments"].select(columns))
    fates = [tables["consignments"]["fate"].to_pylist() for tables in (first, second)]
    assert fates[0] != fates[1], "controls did not change, so nothing was tested"


def test_with_spatial_alone_all_flow_that_leaves_arrives_elsewhere() -> None:
    """T20, in grams: the gains of all other places are the loss of the treated one."""
    off = tuple(name for name in KINDS if name != "spatial")
    first, second, ledger = pair(off, "switches.elastic_supply=false")
    flows = []
    for tables in (first, second):
        parcels = cohort_parcels(tables)
        flows.append({place: int(parcels.mass_g[parcels.place == place].sum()) for place in set(parcels.place)})
    before, after = flows
    places = before.keys() | after.keys()
    change = {place: after.get(place, 0) - before.get(place, 0) for place in places}
    assert change["BEANR"] < 0
    assert sum(grams for place, grams in change.items() if place != "BEANR") == -change["BEANR"]
    assert {name for name, grams in amounts(ledger).items() if grams} == {"spatial"}
