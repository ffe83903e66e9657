"""Common random numbers: what has no effect changes no bit, and what has one changes only what it touches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from agents.model import WaterbedModel
from agents.run_tables import RunTables
from experiments.run import run
from scenarios.case import Case
from sim.codes import SEIZED_AT_ENTRY
from tests.model_cases import (
    NO_FEEDBACK,
    Tables,
    assert_same,
    rows,
    small_case,
    small_run,
    with_levers,
    with_parameters,
)

DECIDED = ("consignment", "organisation", "departure", "place", "method", "mass_g", "dispatch_day")
"""What traffickers decide; the rest of a consignment's row is what became of it."""


@pytest.mark.parametrize("regime", ["frozen", "alliance_rule"])
def test_an_organisation_without_a_slot_changes_nothing(regime: str) -> None:
    """Law: it ships nothing, and every row of every table is the same to the bit."""
    case = small_case(f"regime={regime}")
    model = WaterbedModel(case, 1, 0, idle_organisations=3)
    model.run_to_end()
    without = len(WaterbedModel(case, 1, 0).traffickers.organisations)
    assert len(model.traffickers.organisations) == without + 3
    assert_same(RunTables(model, regime).tables(), small_run(f"regime={regime}"))


def elsewhere(tables: Tables) -> Tables:
    """Return the rows that do not belong to Hamburg, nor sum up controls over all ports."""
    kept = {}
    for name, table in tables.items():
        if "place" in table.column_names:
            table = table.filter(pa.array([place != "DEHAM" for place in table["place"].to_pylist()]))
        kept[name] = table
    # Appropriations are divided among the states of the world: with Germany there is one more.
    del kept["accounts"]
    return kept


def test_a_port_that_nobody_knows_changes_no_other_row() -> None:
    """Law: a world with one more port, unknown to all, has the same rows elsewhere to the bit.

    Authorities do learn from each other: that a neighbour searched in vain is news. Without press they are the same.
    """
    world = ("world.has_outside_routes=false", "world.supply_share=0.2", "parameters.targeting.press_share=0")
    with_port = run(small_case(*world, "scenario.unknown_ports=[DEHAM]"), 1, 0)
    without = run(small_case(*world, "world.entry_ports=[BEANR, NLRTM]"), 1, 0)
    assert_same(elsewhere(with_port), elsewhere(without), "trade_delay_days", "trade_cost_eur")
    flow = with_port["port_month"].to_pylist()
    assert {row["place"] for row in flow if row["dispatched_g"] > 0} == {"BEANR", "NLRTM"}
    known = run(small_case(*world), 1, 0)
    assert any(row["place"] == "DEHAM" and row["dispatched_g"] > 0 for row in known["port_month"].to_pylist())


NATIONAL = {"criteria": "national", "intelligence": "national"}


def base_case(**scopes: str) -> Case:
    return with_levers(small_case(), **{**NATIONAL, **scopes})


def free_of_cost(case: Case) -> Case:
    """Return the case in which coordination as such costs nothing."""
    return with_parameters(case, "finance", coordination_share=0.0, coordination_posts_per_port=0)


ZERO_EFFECT = {
    "criteria worth no gain": (
        with_parameters(base_case(), "targeting", separation_gain=0.0),
        free_of_cost(with_parameters(base_case(criteria="alliance"), "targeting", separation_gain=0.0)),
    ),
    "criteria that do not transfer": (
        with_parameters(base_case(), "targeting", transferability=0.0),
        free_of_cost(with_parameters(base_case(criteria="alliance"), "targeting", transferability=0.0)),
    ),
    "equipment without money": (
        with_parameters(base_case(), "finance", capital_eur_per_year=0.0),
        with_parameters(base_case(equipment="national"), "finance", capital_eur_per_year=0.0),
    ),
    "equipment without posts": (
        with_parameters(base_case(), "finance", new_posts_per_year=0.0),
        with_parameters(base_case(equipment="national"), "finance", new_posts_per_year=0.0),
    ),
    "capacity times one": (small_case(), small_case("scenario.capacity_scale={BEANR: 1.0, NLRTM: 1.0}")),
}  # fmt: skip


@pytest.mark.parametrize("name", ZERO_EFFECT)
def test_a_lever_with_zero_effect_changes_nothing(name: str) -> None:
    """Law: a lever switched on with zero effect leaves every row of every table the same to the bit."""
    off, on = ZERO_EFFECT[name]
    assert off != on
    assert_same(run(off, 1, 0), run(on, 1, 0))


def test_the_levers_of_that_test_do_have_effects() -> None:
    """Law: with its usual parameters the same lever does change the tables, so that the test above can fail."""
    base = run(base_case(), 1, 0)["consignments"].to_pylist()
    for lever in ("criteria", "intelligence"):
        assert run(base_case(**{lever: "alliance"}), 1, 0)["consignments"].to_pylist() != base, lever


def test_an_alliance_of_one_state_is_that_state() -> None:
    """Law: with nobody to share with, all levers common or all national is the same, to the bit.

    Only foreign tips, which come from outside the ports, and the cost of coordination are set alike.
    """
    world = ("world.entry_ports=[BEANR, BEZEE]", "horizon_years=2")
    cases = [free_of_cost(with_parameters(small_case(*world), "tips", shared_delay_days=21.0)) for _ in range(2)]
    levers = ("criteria", "intelligence", "placement", "equipment")
    national, alliance = (
        run(with_levers(case, **dict.fromkeys(levers, scope)), 1, 0)
        for case, scope in zip(cases, ("national", "alliance"), strict=True)
    )
    assert_same(national, alliance)
    assert sum(national["accounts"]["committed"].to_pylist()) > 0


def decided(tables: Tables, days: int) -> list[dict[str, object]]:
    shipped = [row for row in rows(tables["consignments"]) if row["dispatch_day"] < days]
    return [{name: row[name] for name in DECIDED} for row in shipped]


def test_without_feedback_flows_do_not_react_to_controls() -> None:
    """Law: with beliefs, price feedback and elastic supply off, no control moves a gram."""
    flows, fates = [], []
    for asked in (
        ("regime=none",), ("regime=frozen",), ("regime=alliance_rule",), ("scenario=antwerp_surge",),
        ("parameters.control.separation=2.3", "parameters.extraction.caught_probability=0.4"),
    ):  # fmt: skip
        tables = small_run(*NO_FEEDBACK, *asked)
        flows.append(decided(tables, 426))
        fates.append([row["fate"] for row in rows(tables["consignments"])][: len(flows[0])])
    assert len(flows[0]) > 500
    assert all(flow == flows[0] for flow in flows)
    assert all(fate != fates[0] for fate in fates[1:]), "controls had no effect at all"
    with_beliefs = [decided(small_run(asked), 426) for asked in ("regime=none", "regime=frozen")]
    assert with_beliefs[0] != with_beliefs[1], "with feedback flows react"


def test_a_change_at_one_port_touches_only_what_went_there() -> None:
    """Law: before feedback, a surge in Antwerp changes fates of consignments through Antwerp alone."""
    flat, surge = (
        {row["consignment"]: row for row in rows(small_run(*NO_FEEDBACK, scenario)["consignments"], "arm")}
        for scenario in ("scenario=flat", "scenario=antwerp_surge")
    )
    changed = [flat[i]["place"] for i in flat.keys() & surge.keys() if flat[i] != surge[i]]
    assert changed, "the surge had no effect"
    assert set(changed) == {"BEANR"}
    untouched = [flat[i]["place"] for i in flat.keys() & surge.keys() if flat[i] == surge[i]]
    assert set(untouched) > {"BEANR", "NLRTM", "DEHAM"}


def found(case: Case) -> set[tuple[int, int]]:
    """Return lot and ordinal of the consignments found at entry when targeting never learns."""
    model = WaterbedModel(case, 1, 0)
    model.enforcement._update_posture = lambda: None  # type: ignore[method-assign]
    for _ in range(400):
        model.step()
    c = model.physical.consignments
    is_found = np.isin(c["fate"], SEIZED_AT_ENTRY)
    lots = model.lots["id"][c["lead_lot"][is_found]]
    return set(zip(lots.tolist(), c["ordinal"][is_found].tolist(), strict=True))


def test_better_control_only_adds_finds() -> None:
    """Law: without feedback and learning, each step up of a probability finds the same consignments and more."""
    # Arrests cost insiders and footholds, and later teams are slower; slow teams often come after the box has left.
    base = with_parameters(small_case(*NO_FEEDBACK), "insiders", arrested_if_team_is_caught=0.0)
    base = with_parameters(base, "knowledge", foothold_arrest_loss=0.0)
    base = with_parameters(base, "extraction", median_h=40.0)
    for block, name, levels in (
        ("extraction", "caught_probability", (0.05, 0.2, 0.4)),
        ("extraction", "found_downstream_probability", (0.0, 0.3, 1.0)),
        ("methods", "outside_loss_probability", (0.05, 0.2, 0.5)),
    ):
        finds = [found(with_parameters(base, block, **{name: level})) for level in levels]
        assert finds[0] < finds[1] < finds[2], name


def test_arms_of_a_replication_are_correlated() -> None:
    """Law: common random numbers work: landed mass of two arms moves together over a block of replications.

    With independent luck the correlation would be 0 with a standard error of 0.23.
    """
    landed = [
        [run(small_case(f"regime={arm}"), 1, number)["runs"]["landed_g"][0].as_py() for number in range(20)]
        for arm in ("none", "frozen")
    ]
    assert np.corrcoef(landed)[0, 1] > 0.5
