"""What the Alliance publishes or is asked for beside tonnes: reports and what came of them, cases, delay, costs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from experiments.contrasts import paired_contrast
from experiments.screen import number, print_table, with_interval

KPIS: tuple[tuple[str, str, float, int], ...] = (
    ("reports received", "", 1.0, 0),
    ("enquiries", "", 1.0, 0),
    ("arrests after enquiries", "", 1.0, 0),
    ("cases with arrests", "", 1.0, 1),
    ("organisations dismantled", "", 1.0, 1),
    ("delay", "1,000 hours", 24e-3, 0),
    ("cost to trade", "EUR m", 1e-6, 1),
    ("cost to terminals", "EUR m", 1e-6, 1),
)
"""Name, unit, the factor from what is summed over the window, and digits."""


WITHOUT_ARRESTS = ("none", "gone")
"""Outcomes of cases in which nobody of the organisation was arrested."""


def window_kpis(tables: dict[str, pa.Table], window: tuple[int, int]) -> dict[str, float]:
    """Return each of the indicators summed over the window, in the unit of the tables; none if a table is missing.

    Args:
        tables: of one run.
        window: first and last month of the analysis, yyyymm.
    """
    if not {"reports", "cases", "runs"} <= tables.keys():
        return {}
    reports, cases, run = _within(tables["reports"], "month", window), tables["cases"], tables["runs"].to_pylist()[0]
    concluded = _within(cases, "concluded", window)
    outcomes = pc.cast(concluded["outcome"], pa.string()).to_pylist()
    return {
        "reports received": _total(reports, "reports"),
        "enquiries": _total(reports, "enquiries"),
        "arrests after enquiries": _total(reports, "arrests"),
        "cases with arrests": float(sum(outcome not in WITHOUT_ARRESTS for outcome in outcomes)),
        "organisations dismantled": float(outcomes.count("dismantled")),
        "delay": run["trade_delay_days"],
        "cost to trade": run["trade_cost_eur"],
        "cost to terminals": _total(reports, "terminal_cost_eur"),
    }


def _within(table: pa.Table, column: str, window: tuple[int, int]) -> pa.Table:
    inside = pc.and_(pc.greater_equal(table[column], window[0]), pc.less_equal(table[column], window[1]))
    return table.filter(inside)


def _total(table: pa.Table, column: str) -> float:
    return float(pc.sum(table[column]).as_py() or 0)


def print_kpis(
    title: str, names: tuple[str, str], kpis: tuple[list[dict[str, float]], list[dict[str, float]]], years: int,
    out: Console,
) -> None:  # fmt: skip
    """Print the indicators of two arms and their paired difference.

    Args:
        title: of the table.
        names: of the baseline and the treated arm.
        kpis: of the baseline and the treated arm, by replication.
        years: in the window.
        out: where to print.
    """
    if not kpis[0] or not kpis[0][0]:
        return
    rows = []
    for name, unit, factor, digits in KPIS:
        low, high = (np.array([run[name] for run in arm]) * factor / years for arm in kpis)
        c = paired_contrast(high, low)
        means = [number(float(values.mean()), digits) for values in (low, high)]
        rows.append([f"{name}, {unit}".removesuffix(", "), *means, with_interval(c.difference, c.low, c.high, digits)])
    print_table(out, title, ["", *names, "change [95 %]"], rows)
    out.print("Delay: of clean boxes that were controlled, beyond their planned dwell.")
    out.print("More reports are no success by themselves: they rise with awareness and with the demand for insiders.")
