"""Conservation: nothing is lost or counted twice, in whole grams, cents and minutes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agents.model import WaterbedModel
from agents.run_tables import RunTables
from experiments.cohort import LANDED_FATES
from experiments.compare import replicate
from experiments.identities import flow_change, kept_off_by_fate
from experiments.settings import case_with
from scenarios.build_world import build_world
from scenarios.load_case import group_names
from sim.codes import FIRST_OPEN_FATE, LANDED, SEIZED_AT_ENTRY, Fate
from tests.model_cases import Tables, small_case, small_run, sums, with_parameters

REGIMES = ("none", "frozen", "national_rule", "alliance_rule")
OPEN = {fate.name.lower() for fate in Fate if fate >= FIRST_OPEN_FATE}


def check_masses(tables: Tables) -> None:
    """Check every law of mass that the tables of a run must obey."""
    lots, parcels, consignments, runs = (tables[n] for n in ("lots", "parcels", "consignments", "runs"))
    assert lots.num_rows > 0
    offered = dict(zip(*(lots[c].to_pylist() for c in ("lot", "mass_g")), strict=True))
    assert sums(parcels, "lot", "mass_g") == offered
    loaded = sums(parcels, "consignment", "mass_g")
    loaded.pop(-1, None)
    booked = dict(zip(*(consignments[c].to_pylist() for c in ("consignment", "mass_g")), strict=True))
    assert loaded == booked
    assert len(booked) == consignments.num_rows, "two consignments have the same id"
    fate_of = dict(zip(*(consignments[c].to_pylist() for c in ("consignment", "fate")), strict=True))
    for parcel in parcels.to_pylist():
        assert parcel["mass_g"] > 0
        if parcel["consignment"] >= 0:
            assert parcel["fate"] == fate_of[parcel["consignment"]]
        else:
            assert parcel["fate"] in {"not_offered", "diverted", "held"}
    row = runs.to_pylist()[0]
    cohort = lots.filter(lots["is_in_cohort"])
    assert row["supply_g"] == sum(cohort["mass_g"].to_pylist())
    ends = ("not_offered_g", "diverted_g", "seized_departure_g", "seized_entry_g", "abandoned_g", "landed_g", "open_g")
    assert row["supply_g"] == sum(row[end] for end in ends)


@pytest.mark.parametrize("regime", REGIMES)
def test_masses_add_up_in_every_table(regime: str) -> None:
    """Law: parcels partition lots and consignments; the fates of the cohort sum to its supply."""
    tables = small_run(f"regime={regime}")
    check_masses(tables)
    by_place = tables["port_month"]
    shipped = tables["consignments"]
    assert sum(by_place["dispatched_g"].to_pylist()) == sum(
        g for g, day in zip(shipped["mass_g"].to_pylist(), shipped["dispatch_day"].to_pylist(), strict=True)
        if day < recorded_days(tables)
    )  # fmt: skip
    for column in ("dispatched_g", "landed_g"):
        assert sum(by_place[column].to_pylist()) == sum(tables["organisation_month"][column].to_pylist())


@pytest.mark.parametrize("good", group_names("good"))
def test_masses_add_up_for_every_good(good: str) -> None:
    """Law: what is trafficked changes no law of mass."""
    tables = small_run(f"good={good}")
    check_masses(tables)
    assert tables["runs"]["landed_g"].to_pylist()[0] > 0


def recorded_days(tables: Tables) -> int:
    """Return the days of the run that belong to whole months."""
    start = date(2023, 11, 1)
    last = tables["market_month"]["month"].to_pylist()[-1]
    year, month = divmod(last // 100 * 12 + last % 100, 12)
    return (date(year, month + 1, 1) - start).days


@pytest.mark.parametrize("regime", ["frozen", "alliance_rule"])
def test_sinks_sum_to_what_landed(regime: str) -> None:
    """Law: at each month's end the sinks sum to all that landed, and one of them to the parcels seized inland."""
    tables = small_run(f"regime={regime}")
    landed_ever = [c for c in tables["consignments"].to_pylist() if c["fate"] in LANDED_FATES]
    start = date(2023, 11, 1)
    for row in tables["market_month"].to_pylist():
        year, month = divmod(row["month"] // 100 * 12 + row["month"] % 100, 12)
        end_min = (date(year, month + 1, 1) - start).days * 1440
        landed = sum(c["mass_g"] for c in landed_ever if c["closed_min"] < end_min)
        assert row["landed_g"] == landed
        assert row["seized_inland_g"] == sum(c["mass_g"] for c in landed_ever if 0 <= c["inland_min"] < end_min)
        assert landed == sum(row[sink] for sink in ("consumed_g", "reexported_g", "seized_inland_g", "stock_g"))
        assert min(row[sink] for sink in ("consumed_g", "reexported_g", "seized_inland_g", "stock_g")) >= 0
    assert {c["fate"] for c in landed_ever} == set(LANDED_FATES), "no parcel was seized inland, so it was not tested"
    assert all((c["inland_min"] >= 0) == (c["fate"] == "seized_inland") for c in tables["consignments"].to_pylist())


WITH_HUBS = ("world=north_range", "parameters.control.hub_share=1", "parameters.control.separation=2.3",
             "parameters.market.inland_seizure_share=0.1")  # fmt: skip


def test_masses_add_up_with_seizures_at_hubs_and_inland() -> None:
    """Law: with both, masses add up, and each record has what was found at its own place."""
    tables = small_run(*WITH_HUBS)
    check_masses(tables)
    row, shipped = tables["runs"].to_pylist()[0], tables["consignments"].to_pylist()
    fates = sums(tables["parcels"].filter(in_cohort(tables)), "fate", "mass_g")
    assert fates["seized_hub"] == row["seized_hub_g"] > 0
    assert fates["seized_inland"] == row["seized_inland_g"] > 0
    recorded = {fate.name.lower() for fate in SEIZED_AT_ENTRY}
    by_place: dict[str, int] = {}
    for c in shipped:
        assert (c["record_place"] != c["place"]) == (c["fate"] == "seized_hub")
        if c["fate"] in recorded and c["closed_min"] < recorded_days(tables) * 1440:
            by_place[c["record_place"]] = by_place.get(c["record_place"], 0) + c["mass_g"]
    counted = sums(tables["port_month"], "place", "seized_g")
    assert {place: grams for place, grams in counted.items() if grams} == by_place


def in_cohort(tables: Tables) -> pa.ChunkedArray:
    """Return which parcels are of the cohort."""
    lots = tables["lots"].filter(tables["lots"]["is_in_cohort"])["lot"].combine_chunks()
    return pc.is_in(tables["parcels"]["lot"], value_set=lots)


def test_identities_hold_for_every_pair_of_arms() -> None:
    """Law: I1 and I2 are equal on both sides to the gram, for each replication and pair of arms."""
    arms = {regime: case_with(small_case(), regime) for regime in REGIMES}
    for replication in range(2):
        tables, by_arm = replicate(arms, 1, replication)
        runs = {row["arm"]: row for row in tables["runs"].to_pylist()}
        for treated in REGIMES:
            for baseline in REGIMES:
                fates = kept_off_by_fate(by_arm[treated], by_arm[baseline])
                assert sum(fates.values()) == runs[baseline]["landed_g"] - runs[treated]["landed_g"]
                flow = flow_change(by_arm[treated], by_arm[baseline])
                assert sum(flow.values()) == 0
                shipped = sum(change for cell, change in flow.items() if cell != "not shipped")
                assert shipped == runs[treated]["dispatched_g"] - runs[baseline]["dispatched_g"]
        landed = {runs[regime]["landed_g"] for regime in REGIMES}
        assert len(landed) > 1, "the arms do not differ, so the identities were not tested"


def test_identities_notice_a_lost_gram() -> None:
    """Law: I1 is checked, not assumed: one gram too few raises."""
    _, by_arm = replicate({"frozen": small_case()}, 1, 0)
    summary = by_arm["frozen"]
    changed = type(summary)(summary.outcomes, {**summary.fates_g, "seized_inland": 0}, summary.flow_g, summary.places)
    with pytest.raises(ArithmeticError, match="I1"):
        kept_off_by_fate(changed, summary)


@pytest.mark.parametrize("regime", REGIMES)
def test_accounts_balance(regime: str) -> None:
    """Law: appropriated = committed + unspent, nothing negative, and the same appropriation under every regime."""
    case, tables = small_case(f"regime={regime}"), small_run(f"regime={regime}")
    for row in tables["accounts"].to_pylist():
        assert row["appropriated"] == row["committed"] + row["unspent"]
        assert min(row["appropriated"], row["committed"], row["unspent"]) >= 0
    finance, total = case.parameters.finance, sums(tables["accounts"], "account", "appropriated")
    here = build_world(case.world, case.parameters, case.good).eu_traffic_share
    assert 0 < here < 1
    assert total == {
        "capital": round(finance.capital_eur_per_year * here * 100),
        "programme": round(finance.programme_eur_per_year * here * 100),
        "staff": round(finance.new_posts_per_year * here) * finance.post_min_per_year,
    }
    committed = sum(tables["accounts"]["committed"].to_pylist())
    assert (committed > 0) == (regime in {"national_rule", "alliance_rule"})
    spent: dict[tuple[str, str], int] = {}
    for row in tables["control_month"].to_pylist():
        assert row["committed"] > 0
        key = row["country"], row["account"]
        spent[key] = spent.get(key, 0) + row["committed"]
    of_accounts = {(row["country"], row["account"]): row["committed"] for row in tables["accounts"].to_pylist()}
    assert spent == {key: amount for key, amount in of_accounts.items() if amount}, "who spent what adds up to all"


# Without shrinking: a failing case is readable as it is, and each attempt is a whole run.
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(
    lots=st.integers(800, 3000),
    median=st.floats(150, 600),
    box_kg=st.floats(50, 2000),
    merge=st.floats(0, 500),
    booking=st.integers(1, 50),
    organisations=st.integers(10, 300),
    caught=st.floats(0, 1),
    detection=st.floats(0, 1),
    image=st.floats(0, 1),
    share=st.floats(0, 0.5),
    scale=st.floats(0, 3),
    leak=st.floats(0, 1),
    security=st.floats(0, 3),
)
def test_masses_add_up_whatever_the_parameters(
    lots: int, median: float, box_kg: float, merge: float, booking: int, organisations: int,
    caught: float, detection: float, image: float, share: float, scale: float, leak: float, security: float,
) -> None:  # fmt: skip
    """Law: conservation does not depend on any parameter."""
    secured = f"scenario.terminal_security={{BEANR: {security}}}"
    case = small_case(f"scenario.capacity_scale={{BEANR: {scale}}}", secured, "regime=alliance_rule")
    case = with_parameters(case, "insiders", leak_probability=leak)
    case = with_parameters(case, "supply", lots_2023=lots, lot_median_kg=median)
    case = with_parameters(case, "organisations", merge_below_kg=merge, boxes_per_booking=booking, count=organisations)
    case = with_parameters(case, "methods", cooling_unit_limit_kg=box_kg, rip_on_image_detection=image)
    case = with_parameters(case, "extraction", caught_probability=caught)
    case = with_parameters(case, "control", search_detection=max(detection, 0.1))
    case = with_parameters(case, "market", reexport_share=share, inland_seizure_share=share)
    model = WaterbedModel(case, 1, 0)
    model.run_to_end()
    tables = RunTables(model, "any").tables()
    check_masses(tables)
    fates = sums(tables["parcels"], "fate", "mass_g")
    rows = model.physical.consignments
    landed = int(rows["mass_g"][np.isin(rows["fate"], LANDED)].sum())
    sinks = model.market.sinks
    assert landed == sinks.landed_g() == sum(fates.get(fate, 0) for fate in LANDED_FATES)
    is_past = (rows["inland_min"] >= 0) & (rows["inland_min"] < model.day * 1440)
    assert sinks.seized_inland_g == int(rows["mass_g"][is_past].sum())
    assert min(sinks.stock_g, sinks.consumed_g, sinks.reexported_g, sinks.seized_inland_g) >= 0
    assert np.array_equal(rows["closed_min"] >= 0, ~np.isin(rows["fate"], [Fate[name.upper()] for name in OPEN]))
    for authority in model.enforcement.authorities:
        for account in (authority.accounts.capital, authority.accounts.staff, authority.accounts.programme):
            assert 0 <= account.committed <= account.appropriated
