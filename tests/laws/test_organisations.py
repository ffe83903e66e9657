"""Organisations as a whole: who serves which slot, what becomes of lots that wait, and that nobody's turn matters."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import chain

import numpy as np
import pytest

from agents.model import WaterbedModel
from agents.run_tables import RunTables
from scenarios.case import Case
from sim.clock import WEEK_DAYS
from sim.codes import NEVER, Fate
from sim.consignment import Records
from sim.physical_world import Shipments
from tests.model_cases import model_at, small_case, with_parameters

HALF_A_YEAR = 182


def poor_case(*overrides: str) -> Case:
    """Return a case in which a bad month ruins an organisation, and lots are held readily."""
    case = small_case("parameters.organisations.count=40", *overrides)
    case = with_parameters(case, "capital", working_capital_lots=0.5, reserve_share=0.5)
    return with_parameters(case, "timing", scale_eur_per_kg=2_000.0)


def check_holders(model: WaterbedModel) -> None:
    """Check that each slot has one holder, and is on the list of nobody else."""
    organisations, holder = model.traffickers.organisations, model.traffickers.succession.holder
    served = list(chain.from_iterable(o.slots for o in organisations))
    assert sorted(served) == list(range(holder.size))
    assert all(holder[slot] == o.index for o in organisations for slot in o.slots)


def check_lots(model: WaterbedModel) -> None:
    """Check that each lot that has come is either waiting with one organisation, shipped or given up, never two."""
    lots, traffickers = model.lots, model.traffickers
    has_come = lots["arrival_day"] < model.day
    waits = np.bincount([row for o in traffickers.organisations for row in o.pending], minlength=lots.size)
    is_shipped = np.zeros(lots.size, np.bool_)
    is_shipped[traffickers.parcels.rows["lot"]] = True
    is_given_up = lots["fate_unshipped"] != Fate.HELD
    states = waits + is_shipped + is_given_up
    assert (states[has_come] == 1).all()
    assert (states[~has_come] == 0).all()
    shipped_g = np.bincount(
        traffickers.parcels.rows["lot"], traffickers.parcels.rows["mass_g"], minlength=lots.size
    ).astype(np.int64)
    assert np.array_equal(shipped_g[is_shipped], lots["mass_g"][is_shipped])
    # Who waits waits with the holder of its slot: nobody keeps a lot of a slot that it has handed over.
    for o in traffickers.organisations:
        assert set(lots["slot"][o.pending].tolist()) <= set(o.slots)


@lru_cache(maxsize=4)
def whole_run(*overrides: str) -> WaterbedModel:
    """Return the model of poor organisations at the end of a run; nobody may change it."""
    model = WaterbedModel(poor_case(*overrides), 1, 0)
    model.run_to_end()
    return model


def organisation_of_lots(model: WaterbedModel) -> tuple[list[int], list[int], list[int]]:
    """Return slot, organisation and day of every consignment."""
    c = model.physical.consignments
    return model.lots["slot"][c["lead_lot"]].tolist(), c["organisation"].tolist(), c["dispatch_day"].tolist()


def test_every_slot_has_one_holder_and_every_lot_one_state_each_day() -> None:
    """Law: slots change hands, but are always served; no lot vanishes or is kept twice, on any day."""
    model = WaterbedModel(poor_case(), 1, 0)
    before, changes = model.traffickers.succession.holder.copy(), 0
    for _ in range(HALF_A_YEAR):
        model.step()
        check_holders(model)
        check_lots(model)
        holder = model.traffickers.succession.holder
        changed = np.flatnonzero(holder != before)
        changes += changed.size
        # Who gave up a slot has lost more than it had.
        assert model.traffickers.succession.is_active[holder].all()
        assert not model.traffickers.succession.is_active[before[changed]].any()
        before = holder.copy()
    assert changes > 20, "nobody failed, so nothing was tested"
    waiting = sum(len(o.pending) for o in model.traffickers.organisations)
    assert waiting > 20, "nobody waits, so nothing was tested"


def test_slots_of_the_failed_go_on_being_served() -> None:
    """Law: of a slot that changed hands later lots are shipped by those who hold it, newcomers among them."""
    model = whole_run()
    traffickers = model.traffickers
    starters = model.case.parameters.organisations.count
    shippers: dict[int, set[int]] = {}
    for slot, organisation, _ in zip(*organisation_of_lots(model), strict=True):
        shippers.setdefault(slot, set()).add(organisation)
    holder, first = traffickers.succession.holder, traffickers.first_holder
    handed = [slot for slot in shippers if holder[slot] != first[slot]]
    assert sum(int(holder[slot]) in shippers[slot] for slot in handed) > 20
    assert all(shippers[slot] <= {int(first[slot])} for slot in shippers if slot not in handed)
    failed = np.flatnonzero(~traffickers.succession.is_active[:starters])
    assert failed.size > 5
    entered = [o for slot in handed for o in shippers[slot] if o >= starters]
    assert entered, "no newcomer ever shipped"
    assert (traffickers.knowledge.routes[entered] >= 0).any(axis=1).all()
    assert (traffickers.knowledge.foothold_day[entered] != NEVER).any(axis=1).all()


def test_who_has_not_entered_has_nothing() -> None:
    """Law: the reserve knows no route, holds no foothold, ships nothing, and has its full capital."""
    model = WaterbedModel(with_parameters(poor_case(), "capital", working_capital_lots=2.0, reserve_share=5.0), 1, 0)
    model.run_to_end()
    traffickers = model.traffickers
    starters = model.case.parameters.organisations.count
    waiting = starters + np.flatnonzero(~traffickers.succession._has_entered)
    assert not traffickers.succession.is_active[waiting].any()
    assert 0 < waiting.size < len(traffickers.organisations) - starters, "some have entered, and not all"
    assert (traffickers.knowledge.routes[waiting] == -1).all()
    assert (traffickers.knowledge.foothold_day[waiting] == NEVER).all()
    assert np.array_equal(traffickers.capital.eur[waiting], traffickers.capital.start_eur[waiting])
    assert not np.isin(model.physical.consignments["organisation"], waiting).any()
    rich = model_at(with_parameters(poor_case(), "capital", working_capital_lots=1e6, reserve_share=0.5), 60)
    assert rich.traffickers.succession.is_active.sum() == starters, "nobody fails who cannot lose all"


def test_without_perpetrator_displacement_nobody_changes_holder() -> None:
    """Law: with the switch off the first holder ships the lots of its slots for ever, and has no successor."""
    model = whole_run("switches.perpetrator=false")
    traffickers = model.traffickers
    assert np.array_equal(traffickers.succession.holder, traffickers.first_holder)
    assert traffickers.capital.has_failed.any(), "nobody would have failed anyway"
    assert len(traffickers.organisations) == model.case.parameters.organisations.count
    slots, organisations, _ = organisation_of_lots(model)
    assert traffickers.first_holder[slots].tolist() == organisations


@pytest.mark.parametrize("switch", ["temporal", "perpetrator", "spatial", "size"])
def test_no_lot_vanishes_whatever_is_switched_off(switch: str) -> None:
    """Law: holders and lots as above at the end of half a year, and nobody holds a lot if that is switched off."""
    model = model_at(poor_case(f"switches.{switch}=false"), HALF_A_YEAR)
    check_holders(model)
    check_lots(model)
    assert (model.lots["held_days"] > 0).any() == (switch != "temporal")
    assert (model.lots["fate_unshipped"] == Fate.DIVERTED).any() == (switch != "temporal")


def test_tables_have_every_gram_that_came() -> None:
    """Law: parcels of the tables sum to the lots that came, lot by lot, diverted and held ones included."""
    model = whole_run()
    tables = RunTables(model, "any").tables()
    total: Counter[int] = Counter()
    for lot, grams in zip(*(tables["parcels"][name].to_pylist() for name in ("lot", "mass_g")), strict=True):
        total[lot] += grams
    came = model.lots[model.lots["arrival_day"] < model.day]
    assert total == dict(zip(came["id"].tolist(), came["mass_g"].tolist(), strict=True))
    assert {"diverted", "held", "not_offered", "delivered"} <= set(tables["parcels"]["fate"].to_pylist())


# ---- books -----------------------------------------------------------------------------------------------------------


def test_every_consignment_is_booked_once_when_its_fate_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: losses at departure on the day of dispatch, all others on the day they close; none twice, none never."""
    model = WaterbedModel(poor_case(), 1, 0)
    booked: list[tuple[int, int, int]] = []
    settle = model.traffickers._settle

    def note(rows: Records) -> None:
        booked.extend((lot, ordinal, model.day) for lot, ordinal in rows[["lead_lot", "ordinal"]].tolist())
        settle(rows)

    monkeypatch.setattr(model.traffickers, "_settle", note)
    for _ in range(HALF_A_YEAR):
        model.step()
    c = model.physical.consignments
    c = c[c["closed_min"] >= 0]
    expected = zip(c["lead_lot"].tolist(), c["ordinal"].tolist(), (c["closed_min"] // 1440).tolist(), strict=True)
    assert sorted(booked) == sorted(expected)
    assert (c["fate"] == Fate.SEIZED_DEPARTURE).any()


def test_a_foothold_acts_from_the_day_it_is_built() -> None:
    """Law: not a day before; outside the container terminals none is needed."""
    traffickers = WaterbedModel(small_case(), 1, 0).traffickers
    days = np.array([[11, 10, NEVER]])
    assert traffickers._are_footholds(days, 10)[0].tolist() == [False, True, False] + [True] * (
        len(traffickers.world.coasts.name)
    )


# ---- holding -------------------------------------------------------------------------------------------------------


def test_a_held_lot_is_dispatched_later_or_diverted_never_both() -> None:
    """Law: after the last decision to hold it; only what was held is diverted, only what never was is not offered."""
    model = whole_run()
    lots, traffickers = model.lots, model.traffickers
    parcels = traffickers.parcels.rows
    dispatch = np.full(lots.size, -1)
    dispatch[parcels["lot"]] = model.physical.consignments["dispatch_day"][parcels["consignment"]]
    is_held, fate = lots["held_days"] > 0, lots["fate_unshipped"]
    held_and = {
        "shipped": is_held & (dispatch >= 0), "diverted": is_held & (fate == Fate.DIVERTED),
        "waiting": is_held & (dispatch < 0) & (fate == Fate.HELD),
    }  # fmt: skip
    assert all(found.sum() > 10 for found in held_and.values())
    assert np.array_equal(sum(found.astype(int) for found in held_and.values()), is_held)
    assert not ((fate == Fate.DIVERTED) & ~is_held).any()
    assert not ((fate == Fate.NOT_OFFERED) & is_held).any()
    assert not ((dispatch >= 0) & (fate != Fate.HELD)).any()
    last_look = lots["arrival_day"] + lots["held_days"] - 1
    shipped = held_and["shipped"]
    assert (dispatch[shipped] > last_look[shipped]).all()
    assert (dispatch[shipped] <= last_look[shipped] + WEEK_DAYS).all()
    goes_at_once = (dispatch >= 0) & ~is_held
    assert (dispatch[goes_at_once] - lots["arrival_day"][goes_at_once] < WEEK_DAYS).all()
    # All parts of a lot leave on one day: a lot is held as a whole.
    day = model.physical.consignments["dispatch_day"][parcels["consignment"]]
    assert all(np.unique(day[parcels["lot"] == row]).size == 1 for row in np.flatnonzero(shipped)[:200])


@pytest.mark.parametrize("most", [0.0, 20.0, 56.0])
def test_no_lot_waits_longer_than_allowed_and_a_week(most: float) -> None:
    """Law: dispatched, or given up, at most ``most_held_days`` and the days to the next decision after arrival."""
    case = with_parameters(poor_case(), "timing", most_held_days=most, scale_eur_per_kg=2_000.0)
    model = model_at(case, HALF_A_YEAR)
    lots, parcels = model.lots, model.traffickers.parcels.rows
    waited = model.physical.consignments["dispatch_day"][parcels["consignment"]] - lots["arrival_day"][parcels["lot"]]
    assert waited.max() < most + WEEK_DAYS
    assert waited.max() >= most, "nothing waited, so nothing was tested"
    pending = [row for o in model.traffickers.organisations for row in o.pending]
    assert (model.day - lots["arrival_day"][pending]).max() <= most + WEEK_DAYS
    assert lots["held_days"].max() <= most
    assert (lots["held_days"] > 0).any() == (most > 0)


# ---- nobody's turn matters -----------------------------------------------------------------------------------------

DAY_OF_DECISION = 80
COLUMNS = ("lead_lot", "ordinal", "departure", "place", "method", "mass_g", "boxes")


def busy_case(*overrides: str) -> Case:
    """Return a case in which many organisations decide on many lots each day."""
    return with_parameters(small_case(*overrides), "supply", lots_2023=8_000)


def decide(model: WaterbedModel, only: int | None = None, backwards: bool = False) -> dict[int, set[tuple[int, ...]]]:
    """Let organisations decide on the next day; return what each of them ships."""
    traffickers = model.traffickers
    traffickers.supply(model.day)
    for o in traffickers.organisations:
        if only is not None and o.index != only:
            o.pending = []
        if backwards:
            o.pending.reverse()
    shipments: Shipments | None = traffickers.decide(
        model.day, model.market.price, np.zeros(len(model.world.entry.code))
    )
    assert shipments is not None
    found: dict[int, set[tuple[int, ...]]] = {}
    columns = [getattr(shipments, name).tolist() for name in COLUMNS]
    for organisation, row in zip(shipments.organisation.tolist(), zip(*columns, strict=True), strict=True):
        found.setdefault(organisation, set()).add(row)
    return found


@pytest.mark.parametrize("rule", ["logit", "salience", "ewa", "thompson"])
def test_what_an_organisation_ships_does_not_depend_on_who_else_decides(rule: str) -> None:
    """Law: with beliefs, footholds and capital as they are, it ships the same alone and in company."""
    case = busy_case(f"behaviour.choice_rule={rule}")
    company = decide(model_at(case, DAY_OF_DECISION))
    assert len(company) > 2
    for organisation in list(company)[:2]:
        alone = decide(model_at(case, DAY_OF_DECISION), only=organisation)
        assert alone == {organisation: company[organisation]}


def test_the_order_in_which_lots_wait_does_not_matter() -> None:
    """Law: the same lots in another order become the same consignments."""
    case = busy_case()
    first = decide(model_at(case, DAY_OF_DECISION))
    assert decide(model_at(case, DAY_OF_DECISION), backwards=True) == first
