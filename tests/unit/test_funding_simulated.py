"""What runs say about plans: the window compared, sums against the tables of runs, and runs that are shared or kept."""

from __future__ import annotations

import dataclasses as dc
import datetime
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from experiments.funding import simulated
from experiments.funding.baseline import landed_by_range, make_baseline, make_trial
from experiments.funding.make_question import make_question
from experiments.funding.planned import rotating
from experiments.funding.question import Question
from experiments.funding.simulated import Simulations, Window, compared_window, outcomes, run_table
from experiments.kept_tables import with_failure
from experiments.run import run
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.load_case import load_case
from sim.codes import LOST
from tests.model_cases import small_case, small_run


def question(*overrides: str) -> Question:
    return make_question(small_case(*overrides))


def ten_years(months: float, life: float = 10.0) -> Question:
    """Return a question of ten years with one type that takes months to come and lives so many years."""
    asked = make_question(load_case(["world=three_ports", "horizon_years=10"]))
    terms = dc.replace(asked.offers[0].terms, delivery_months=months, life_years=life)
    return dc.replace(asked, offers=(dc.replace(asked.offers[0], terms=terms),))


def test_plans_are_compared_when_all_has_come() -> None:
    """The last order is of January 2027; 18 months later it is there."""
    window = compared_window(ten_years(18))
    assert (window.first, window.end) == (datetime.date(2028, 7, 1), datetime.date(2030, 7, 1))
    assert window.is_whole
    assert window.years == 2


def test_default_catalogue_is_compared_before_anything_ends() -> None:
    """Fixed installations of 2027 come in January 2030; dog teams of 2024 end in January 2032."""
    window = compared_window(make_question(load_case(["horizon_years=10"])))
    assert (window.first, window.end) == (datetime.date(2030, 1, 1), datetime.date(2032, 1, 1))
    assert window.is_whole


@pytest.mark.parametrize(("months", "life"), [(18, 4.5), (100, 10.0)])
def test_years_with_a_part_of_the_equipment_are_said_to_be(months: float, life: float) -> None:
    window = compared_window(ten_years(months, life))
    assert not window.is_whole
    assert window.end <= datetime.date(2034, 1, 1)


def test_a_short_analysis_is_compared_over_all_of_it() -> None:
    window = compared_window(question())
    assert (window.first, window.end, window.is_whole) == (datetime.date(2024, 1, 1), datetime.date(2025, 1, 1), False)


def test_outcomes_are_sums_over_the_window() -> None:
    asked = question()
    window = Window(datetime.date(2024, 7, 1), datetime.date(2025, 1, 1), is_whole=True)
    found, tables = outcomes([run_table(asked.base, window, 1, 0)]), small_run()
    months = pc.and_(
        pc.greater_equal(tables["port_month"]["month"], 202407), pc.less_equal(tables["port_month"]["month"], 202412)
    )
    half = tables["port_month"].filter(months)
    # All three ports and their coast are in the EU; half a year is told as a year's rate.
    assert found.landed_t[0] == pytest.approx(pc.sum(half["landed_g"]).as_py() / 1e6 * 2, rel=1e-12)
    assert found.facts["seized"][0] == pytest.approx(pc.sum(half["seized_g"]).as_py() / 1e6 * 2, rel=1e-12)
    assert found.facts["landed_anywhere"][0] == pytest.approx(found.landed_t[0], rel=1e-12)
    whole = tables["port_month"].filter(pc.greater_equal(tables["port_month"]["month"], 202401))
    whole = whole.filter(pc.less_equal(whole["month"], 202412))
    assert found.facts["landed_window"][0] == pytest.approx(pc.sum(whole["landed_g"]).as_py() / 1e6, rel=1e-12)
    # By place, from the consignments.
    by_place = dict(zip(pc.cast(half["place"], pa.string()).to_pylist(), half["landed_g"].to_pylist(), strict=False))
    places = sorted(by_place)
    assert found.places("landed", places).sum() == pytest.approx(found.landed_t[0], rel=1e-12)
    lost = tables["consignments"].filter(
        pc.is_in(pc.cast(tables["consignments"]["fate"], pa.string()), pa.array([f.name.lower() for f in LOST]))
    )
    first = (window.first - asked.base.burn_in_start).days
    days = pc.divide(lost["closed_min"], 1440)
    end = (window.end - asked.base.burn_in_start).days
    lost_g = pc.sum(lost.filter(pc.and_(pc.greater_equal(days, first), pc.less(days, end)))["mass_g"]).as_py()
    expected = found.landed_t[0] + lost_g / 1e6 * 2
    assert found.places("arriving", places).sum() == pytest.approx(expected, rel=1e-12)


def test_baseline_lands_what_was_simulated() -> None:
    asked = question()
    window = compared_window(asked)
    found = outcomes([run_table(asked.base, window, 1, number) for number in range(2)])
    baseline = make_baseline(asked, found)
    assert baseline.landed_t == pytest.approx(float(found.landed_t.mean()), rel=1e-12)
    assert baseline.method_mix.sum() == pytest.approx(1)
    assert (baseline.loss > 0).all()
    assert (baseline.loss < 1).all()
    world = build_world(asked.base.world, asked.base.parameters, asked.base.good)
    assert landed_by_range(world, found).sum(axis=1) == pytest.approx(found.landed_t, rel=1e-12)
    trial = make_trial(world, np.zeros(asked.shape, np.int64), found, found)
    assert (trial.kept_off_t, trial.error_t > 0) == (0.0, True)
    assert trial.loss_more is not None
    assert trial.arriving_more_t is not None
    assert not trial.loss_more.any()
    assert not trial.arriving_more_t.any()
    assert baseline.price_eur_per_kg == pytest.approx(float(found.facts["price"].mean()))


def fake(counter: list[int], stop_after: int = 10**9) -> object:
    """Return a stand-in for `run_table`."""

    def table(case: Case, window: Window, seed: int, replication: int) -> pa.Table:
        counter.append(replication)
        if len(counter) > stop_after:
            raise KeyboardInterrupt
        names = [*simulated.FACTS, simulated.SECONDS]
        rows = [(name, "", float(replication)) for name in names]
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        return with_failure(pa.table(columns, names=["quantity", "place", "value"]), "")

    return table


def simulations(folder: Path, said: list[str], planned: int = 10) -> Simulations:
    window = Window(datetime.date(2024, 1, 1), datetime.date(2025, 1, 1), is_whole=True)
    return Simulations(folder, 1, 1, window, "v", planned, lambda done, of: said.append(f"{done}/{of}"), said.append)


def begun(running: Simulations, case: Case) -> Simulations:
    """Return what has said how long it takes; the rest takes four minutes."""
    running.begin(case, lambda found: 240.0 if found.replications == 2 else 0.0)
    return running


def test_what_comes_after_the_runs_is_said_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any progress; runs that another version of the program kept do not count as done."""
    monkeypatch.setattr(simulated, "run_table", fake([]))
    said: list[str] = []
    case = question().base
    (tmp_path / "other-2024-01-01-w.parquet").write_bytes(b"")
    begun(simulations(tmp_path, said), case).runs([case], range(3))
    assert said[0].startswith("At most 10 runs, 2 of them done;")
    assert said[0].endswith("Plans, draws and thresholds, on one: about 4 min more.")
    assert said[1:] == ["2/10", "3/10"]


def test_levers_cost_what_states_committed_to_them() -> None:
    """Drives and coordination of units that rotate: euros and posts, as in the table of the run; none without."""
    asked = question()
    case, window = rotating(asked.base), compared_window(asked)
    found = outcomes([run_table(case, window, 1, 0)])
    spent = run(case, 1, 0)["control_month"].to_pylist()
    within = [row for row in spent if 202401 <= row["month"] <= 202412]
    euros = math.fsum(row["committed"] / 100 for row in within if row["account"] != "staff")
    minutes = math.fsum(row["committed"] for row in within if row["account"] == "staff")
    assert {row["purpose"] for row in within} == {"rotation", "coordination"}
    assert found.facts["lever_cost"][0] == pytest.approx(euros, rel=1e-12)
    assert found.facts["lever_posts"][0] == pytest.approx(minutes / case.parameters.finance.post_min_per_year)
    assert euros > 0
    without = outcomes([run_table(asked.base, window, 1, 0)])
    assert (without.facts["lever_cost"][0], without.facts["lever_posts"][0]) == (0.0, 0.0)


def test_equal_cases_share_their_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counter: list[int] = []
    monkeypatch.setattr(simulated, "run_table", fake(counter))
    case = question().base
    said: list[str] = []
    one, other = simulations(tmp_path, said).runs([case, dc.replace(case)], range(3))
    assert counter == [0, 1, 2]
    assert one.landed_t.tolist() == other.landed_t.tolist() == [0, 1, 2]


def test_runs_go_on_after_an_interrupt_and_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = question().base
    monkeypatch.setattr(simulated, "run_table", fake([], stop_after=4))
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        begun(simulations(tmp_path, said), case).runs([case], range(6))
    assert next(line for line in said if "runs" in line).startswith("At most 10 runs, 2 of them done; one takes")
    again: list[int] = []
    monkeypatch.setattr(simulated, "run_table", fake(again))
    said = []
    running = begun(simulations(tmp_path, said), case)
    running.runs([case], range(6))
    assert again == [4, 5]
    assert next(line for line in said if "runs" in line).startswith("At most 10 runs, 4 of them done; one takes")
    # A later step that asks for the same and two more.
    running.runs([case], range(8))
    assert again == [4, 5, 6, 7]
    assert said[-1] == "8/10"
    running.leave(1)
    assert said[-1] == "8/9"
    running.finish()
    assert said[-1] == "8/8"
