"""Laws of insiders in whole runs: who is covered, who is warned, and what harder terminals do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents import report_tables
from agents.violence import violence_index
from experiments.cohort import LANDED_FATES
from experiments.run import run
from sim.codes import NEEDS_EXTRACTION, NEVER, Fate, Method, Trigger
from sim.insiders import Insiders
from sim.streams import Floats, Ints
from tests.laws.test_conservation import WITH_HUBS, check_masses
from tests.model_cases import Tables, model_at, small_case, small_run, with_parameters

DAYS = 400
HARDER = "scenario.terminal_security={BEANR: 1.0, NLRTM: 1.0, DEHAM: 1.0}"


def test_only_covered_jobs_are_warned() -> None:
    """Law: a leak needs an insider, an insider a foothold and a box that a team must reach, a hurry a leak."""
    rows = model_at(with_parameters(small_case(), "insiders", leak_probability=0.5), DAYS).physical.consignments
    leaked, covered, hurried = (rows[name] == 1 for name in ("has_leaked", "has_insider", "is_hurried"))
    assert leaked.sum() > 20
    assert hurried.sum() > 20
    assert not (leaked & ~covered).any()
    assert not (hurried & ~leaked).any()
    assert not (covered & (rows["has_foothold"] == 0)).any()
    assert NEEDS_EXTRACTION[rows["method"][covered]].all()
    assert (rows["extraction_min"][rows["method"] == Method.IN_CARGO] >= 0).all()
    assert (rows["trigger"][leaked & (rows["fate"] == Fate.SEIZED_ENTRY)] != Trigger.NONE).all()


def test_only_jobs_with_a_foothold_are_in_the_market_for_insiders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a port's market hears of each discharged job with a foothold once, of no other, and of each arrest."""
    weeks: list[Ints] = []
    advance_week = Insiders.advance_week

    def noted(market: Insiders, day: int, jobs: Ints, caught: Ints, security: Floats) -> None:
        weeks.append(np.array([jobs, caught]))
        advance_week(market, day, jobs, caught, security)

    monkeypatch.setattr(Insiders, "advance_week", noted)
    model = model_at(with_parameters(small_case(), "knowledge", footholds=1), 57 * 7)
    rows = model.physical.consignments
    is_job = NEEDS_EXTRACTION[rows["method"]] & (rows["discharge_min"] >= 0)
    has_foothold = rows["has_foothold"] == 1
    is_arrest = (rows["fate"] == Fate.SEIZED_EXTRACTION) & (rows["has_insider"] == 1)
    assert (is_job & ~has_foothold).sum() > 5
    assert is_arrest.sum() > 5
    counted = [np.bincount(rows["place"][kept], minlength=3) for kept in (is_job & has_foothold, is_arrest)]
    assert np.sum(weeks, axis=0).tolist() == np.array(counted).tolist()


def test_abandoned_loads_are_accounted_for() -> None:
    """Law: with many leaks and poor search loads are abandoned, none landed, and every gram has its fate."""
    case = with_parameters(small_case(), "insiders", leak_probability=1.0, coverage_reference=0.9, earliest_h=24.0)
    case = with_parameters(case, "control", search_detection=0.3)
    tables = run(case, 1, 0)
    check_masses(tables)
    row = tables["runs"].to_pylist()[0]
    assert row["abandoned_g"] > 0
    lost = [c for c in tables["consignments"].to_pylist() if c["fate"] == "abandoned"]
    assert lost
    assert all(c["closed_min"] > c["discharge_min"] and (c["trigger"], c["step"]) == ("none", "none") for c in lost)
    placed = tables["port_month"].to_pylist()
    landed = sum(c["mass_g"] for c in tables["consignments"].to_pylist() if c["fate"] in LANDED_FATES)
    assert sum(p["landed_g"] for p in placed) <= landed


def test_without_leaks_nothing_is_abandoned() -> None:
    tables = run(with_parameters(small_case(), "insiders", leak_probability=0.0), 1, 0)
    assert tables["runs"]["abandoned_g"].to_pylist() == [0]


def at_end(tables: Tables, column: str) -> float:
    return sum(row[column] for row in tables["reports"].to_pylist()[-3:])


def test_harder_terminals_slow_teams_and_make_insiders_dearer_and_more_wanted() -> None:
    """Law: in a run too, security raises time, price, coverage and the stock of insiders (Roks et al. 2020)."""
    longer = ("horizon_years=2",)
    usual, harder = model_at(small_case(*longer), 700), model_at(small_case(HARDER, *longer), 700)
    first, second = usual.physical.insiders, harder.physical.insiders
    assert (second.price_eur > 1.1 * first.price_eur).all()
    assert (second.wanted > first.wanted).all()
    assert second.stock.sum() > first.stock.sum()
    hours = []
    for model in (usual, harder):
        rows = model.physical.consignments
        is_team = (rows["extraction_min"] < NEVER) & (rows["discharge_min"] > 100 * 1440) & (rows["is_hurried"] == 0)
        is_team &= rows["control"] == 0
        hours.append(np.median(rows["extraction_min"][is_team] - rows["discharge_min"][is_team]) / 60)
    assert hours[1] > 1.1 * hours[0]
    before = model_at(small_case(HARDER), 61).physical.insiders
    assert before.price_eur == pytest.approx(model_at(small_case(), 61).physical.insiders.price_eur)


def test_more_threats_are_cheaper_reported_where_trusted_and_more_violent() -> None:
    """Law: intimidation lowers the price and raises the index; reports rise with trust above the usual."""
    few, many = (
        run(with_parameters(small_case(), "insiders", intimidation_share=share, trust=2.0), 1, 0)
        for share in (0.1, 0.7)
    )
    assert at_end(many, "insider_price_eur") < 0.9 * at_end(few, "insider_price_eur")
    assert at_end(many, "violence_index") > at_end(few, "violence_index")
    assert sum(many["reports"]["reports"].to_pylist()) > sum(few["reports"]["reports"].to_pylist())


def test_the_table_of_reports_is_complete_and_in_order() -> None:
    """Law: a row a month and port; arrests <= enquiries <= reports; shares and indices within their bounds."""
    tables = small_run()
    rows = tables["reports"].to_pylist()
    assert len(rows) == 3 * tables["market_month"].num_rows
    assert sum(row["reports"] for row in rows) > 20
    for row in rows:
        assert 0 <= row["arrests"] <= row["enquiries"] <= row["reports"]
        assert 0 <= row["coverage"] <= 1
        assert 0 <= row["violence_index"] <= 100
        assert min(row["insiders"], row["approaches"], row["insider_price_eur"]) >= 0


def test_the_violence_index_has_the_seizures_of_the_place_of_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: what is found at a hub is a loss at the hub, as in the table of ports and months."""
    seen: list[Ints] = []

    def noted(seized_g: Ints, *rest: Any) -> Floats:
        seen.append(seized_g)
        return violence_index(seized_g, *rest)

    monkeypatch.setattr(report_tables, "violence_index", noted)
    tables = run(small_case(*WITH_HUBS), 1, 0)
    assert any(c["fate"] == "seized_hub" for c in tables["consignments"].to_pylist())
    months, ports = seen[0].shape
    seized = np.array(tables["port_month"]["seized_g"].to_pylist()).reshape(months, -1)[:, :ports]
    assert seen[0].tolist() == seized.tolist()


def test_security_of_nothing_changes_nothing() -> None:
    """Law: a level of zero is the usual one, to the bit."""
    same = small_run("scenario.terminal_security={BEANR: 0.0}")
    for name, table in small_run().items():
        assert table.drop([c for c in ("case_digest",) if c in table.column_names]).equals(
            same[name].drop([c for c in ("case_digest",) if c in table.column_names])
        )
