"""What the model must do as a whole: flows move away from control, and cannot where there is nowhere to go."""

from __future__ import annotations

import math

import numpy as np
import pyarrow.compute as pc
import pytest
from joblib import Parallel, delayed
from scipy.stats import t as student

from experiments.run import run
from scenarios.load_case import load_case
from tests.model_cases import NO_FEEDBACK, Tables, small_case, small_run

PAIRS = 16
YEARS_3_TO_5 = (202601, 202812)


def dispatched_t(tables: Tables, months: tuple[int, int] = (0, 999912)) -> dict[str, float]:
    """Return tonnes dispatched to each place in some months."""
    table = tables["port_month"]
    table = table.filter(pc.and_(pc.greater_equal(table["month"], months[0]), pc.less_equal(table["month"], months[1])))
    total: dict[str, float] = {}
    for place, grams in zip(table["place"].to_pylist(), table["dispatched_g"].to_pylist(), strict=True):
        total[place] = total.get(place, 0.0) + grams / 1e6
    return total


def antwerp(overrides: list[str], replication: int) -> tuple[float, float, int]:
    """Return Antwerp's share of dispatched mass and its boxes selected in years 3 to 5, and grams landed."""
    tables = run(load_case(overrides), 1, replication)
    total = dispatched_t(tables, YEARS_3_TO_5)
    boxes = sum(
        row["drug_tasked_boxes"] for row in tables["line_month"].to_pylist()
        if row["place"] == "BEANR" and row["month"] >= YEARS_3_TO_5[0]
    )  # fmt: skip
    return total["BEANR"] / sum(total.values()), boxes, tables["runs"]["landed_g"][0].as_py()


@pytest.mark.slow
def test_doubled_control_in_antwerp_lowers_its_share(capsys: pytest.CaptureFixture[str]) -> None:
    """Law: doubling Antwerp's drug-tasked capacity lowers its share, years 3 to 5, paired, one-sided 95 %."""
    scenarios = ("flat", "antwerp_surge")
    jobs = [
        (["world=three_ports", "regime=frozen", f"scenario={scenario}"], number)
        for number in range(PAIRS)
        for scenario in scenarios
    ]
    results = np.array(Parallel(n_jobs=2)(delayed(antwerp)(*job) for job in jobs)).reshape(PAIRS, 2, 3)
    effect = results[:, 1, 0] - results[:, 0, 0]
    half = student.ppf(0.95, PAIRS - 1) * effect.std(ddof=1) / math.sqrt(PAIRS)
    landed = (results[:, 1, 2] - results[:, 0, 2]) / 1e6
    landed_half = student.ppf(0.975, PAIRS - 1) * landed.std(ddof=1) / math.sqrt(PAIRS)
    with capsys.disabled():
        print(
            f"\nAntwerp's share of dispatched mass, three ports, years 3 to 5: {results[:, 0, 0].mean():.4f} flat, "
            f"change {effect.mean():+.4f}, one-sided 95 % bound {effect.mean() + half:+.4f}; landed over five years "
            f"{landed.mean():+.1f} t (95 % {landed.mean() - landed_half:.1f} to {landed.mean() + landed_half:.1f}), "
            f"{PAIRS} pairs"
        )
    assert effect.mean() + half < 0
    assert 1.8 < results[:, 1, 1].sum() / results[:, 0, 1].sum() < 2.2, "the boxes selected did not double"


def test_doubled_capacity_doubles_controls_and_delays_no_trade() -> None:
    """Law: capacity comes with the servers it needs: twice the boxes are selected and none waits for weeks."""
    flat, surge = ([r for r in small_run(*NO_FEEDBACK, f"scenario={name}")["line_month"].to_pylist()
                    if r["place"] == "BEANR" and 202402 <= r["month"] <= 202412]
                   for name in ("flat", "antwerp_surge"))  # fmt: skip
    boxes = [sum(row["drug_tasked_boxes"] for row in arm) for arm in (flat, surge)]
    assert 1.9 < boxes[1] / boxes[0] < 2.1
    delay_min = [sum(row["delay_min"] for row in arm) / sum(row["controlled_boxes"] for row in arm)
                 for arm in (flat, surge)]  # fmt: skip
    assert delay_min[1] < 60


def test_with_one_port_there_is_nowhere_to_go() -> None:
    """Law: with one port and no other routes, everything goes there, however strict it is."""
    # Nothing is held: what is still waiting at the end would differ.
    world = ("world.entry_ports=[BEANR]", "world.has_outside_routes=false", "switches.temporal=false")
    flat, surge = (
        dispatched_t(small_run(*world, "switches.elastic_supply=false", f"scenario={scenario}"))
        for scenario in ("flat", "antwerp_surge")
    )
    assert set(flat) == {"BEANR"}
    assert flat["BEANR"] > 50
    # Beliefs and price react, and still every lot goes there: what may be withheld is only elastic supply.
    assert flat == surge


def test_displacement_is_absent_without_reactions() -> None:
    """Law: traffickers who learn and change nothing do not move: the shares are equal to the last gram."""
    flat, surge = (
        dispatched_t(small_run(*NO_FEEDBACK, f"scenario={scenario}"), (0, 202412))
        for scenario in ("flat", "antwerp_surge")
    )
    assert flat == surge
    assert flat["BEANR"] > 0
    assert flat != dispatched_t(small_run("scenario=antwerp_surge"), (0, 202412)), "with reactions they do move"


def test_no_controls_find_nothing_against_drugs() -> None:
    """Law: without selection and tips, EU ports find by targeting or tip nothing that is discharged afterwards."""
    tables = small_run("regime=none")
    case = small_case()
    start_min = (case.start - case.burn_in_start).days * 1440
    after = [c for c in tables["consignments"].to_pylist() if c["discharge_min"] >= start_min]
    assert len(after) > 300
    assert {c["trigger"] for c in after if c["step"] == "search" and c["fate"] == "seized_entry"} <= {"other_purpose"}
    usual = [c["trigger"] for c in small_run()["consignments"].to_pylist() if c["discharge_min"] >= start_min]
    assert {"tip", "targeted"} <= set(usual)
