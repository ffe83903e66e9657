"""Indicators beside tonnes: sums over the window, by hand and against the tables of a run."""

from __future__ import annotations

import io

import pyarrow as pa
from rich.console import Console

from experiments.kpis import KPIS, print_kpis, window_kpis
from tests.model_cases import small_run, sums

WINDOW = (202401, 202412)


def test_sums_over_the_window_by_hand() -> None:
    """What was before the window is left out; cases count when concluded, those without arrests do not.

    An organisation that was gone before is neither a case with arrests nor dismantled.
    """
    reports = pa.table({
        "month": pa.array([202312, 202401, 202412], pa.int32()), "reports": [100, 2, 3], "enquiries": [50, 1, 1],
        "arrests": [9, 0, 1], "terminal_cost_eur": [7.0, 1.5, 2.0],
    })  # fmt: skip
    cases = pa.table({
        "concluded": pa.array([0, 202311, 202406, 202407, 202408, 202409], pa.int32()),
        "outcome": ["pending", "dismantled", "dismantled", "none", "arrests", "gone"],
    })  # fmt: skip
    runs = pa.table({"trade_delay_days": [3.0], "trade_cost_eur": [40.0]})
    found = window_kpis({"reports": reports, "cases": cases, "runs": runs}, WINDOW)
    assert list(found.values()) == [5, 2, 1, 2, 1, 3.0, 40.0, 3.5]
    assert [name for name, *_ in KPIS] == list(found)
    assert window_kpis({"runs": runs}, WINDOW) == {}


def test_of_a_run() -> None:
    tables = small_run("regime=alliance_rule")
    by_month = sums(tables["reports"], "month", "reports")
    expected = sum(count for month, count in by_month.items() if WINDOW[0] <= month <= WINDOW[1])
    found = window_kpis(tables, WINDOW)
    assert found["reports received"] == expected > 0
    assert found["cost to trade"] == tables["runs"]["trade_cost_eur"][0].as_py()
    assert found["cost to terminals"] >= 0


def test_the_table_has_both_arms_and_the_paired_change() -> None:
    text = io.StringIO()
    runs = [{name: value for name, *_ in KPIS} for value in (10.0, 14.0)]
    more = [{name: value + 2 for name, value in run.items()} for run in runs]
    print_kpis("Beside tonnes", ("before", "after"), (runs, more), 2, Console(file=text, width=80, highlight=False))
    line = next(line for line in text.getvalue().splitlines() if line.startswith("reports received"))
    assert line.split()[2:] == ["6", "7", "+1", "[+1,", "+1]"]
    print_kpis("Nothing", ("before", "after"), ([{}], [{}]), 2, Console(file=text, width=80))
    assert "Nothing" not in text.getvalue()
