"""Indicators of the Alliance: what happened, which no authority sees, apart from what authorities receive; and cost."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.contrasts import LEAST_FINDS, half_width, linearised_ratio
from experiments.report.cells import arm_cells, arm_columns, change_of, interval, ratio_cells
from experiments.report.compared import Compared, Sums, total
from experiments.report.indicators import case_counts, herfindahl_by_run, seized_of_record, weakest_share
from experiments.report.page import Block, Section, Table
from experiments.screen import number, with_interval
from sim.clock import HOUR_MIN
from sim.streams import Floats

Row = tuple[str, ...]


def kpi_section(compared: Compared) -> Section:
    """Return three tables: what happened, what authorities receive, and what it costs."""
    texts = compared.texts
    blocks: list[Block] = [texts("kpi.intro")]
    for name, rows in (("true", _true(compared)), ("received", _received(compared)), ("cost", _cost(compared))):
        columns = arm_columns(compared, texts("kpi.indicator"))
        note = texts(f"kpi.{name}_note", finds=LEAST_FINDS) if name == "true" else texts(f"kpi.{name}_note")
        blocks.append(Table(compared.titled(texts(f"kpi.{name}_title")), columns, tuple(rows), note))
    blocks.append(texts("kpi.elsewhere"))
    return Section("kpi", texts("kpi.heading"), tuple(blocks))


def _run(compared: Compared, column: str) -> Floats:
    """Return a column of the table of runs, shape (shown arms, replications)."""
    return compared.summed(compared.rows_of("runs", [column]), [], [column])[column][()]


def _row(compared: Compared, name: str, values: Floats, digits: int) -> Row:
    return (compared.texts(f"kpi.{name}"), *arm_cells(values, digits))


def _true(compared: Compared) -> list[Row]:
    texts, years = compared.texts, compared.years
    landed, seized = (_run(compared, name) for name in ("landed_g", "seized_entry_g"))
    rows = [_row(compared, "landed", landed / 1e6 / years, 1)]
    if compared.has_contrast:
        rows.append((texts("kpi.kept_off"), "", "", interval(change_of(-landed / 1e6 / years))))
    rows += [
        _row(compared, "dispatched", _run(compared, "dispatched_g") / 1e6 / years, 1),
        (texts("kpi.interception"), *ratio_cells(seized, seized + landed, 1, 100)),
    ]
    if compared.has("port_month"):
        rows.append(_row(compared, "hhi_flow", herfindahl_by_run(compared.flows["dispatched_g"]), 3))
        weakest = weakest_share(compared)
        if weakest:
            change = ("",) * compared.has_contrast
            rows.append((texts("kpi.weakest"), *(number(share) for share in weakest), *change))
    if compared.has("reports"):
        rows.append(_row(compared, "approaches", _reports(compared, "approaches") / years, 0))
    if compared.has("organisation_month"):
        rows.append(_row(compared, "organisations", _shipping_organisations(compared), 1))
    if compared.has("cases"):
        cases = case_counts(compared)
        if cases["recovered"].any():
            rows.append(_row(compared, "recovered", cases["recovered"] / years, 1))
    return rows


def _reports(compared: Compared, column: str) -> Floats:
    return total(compared.sums("reports", [], column, compared.months))


def _shipping_organisations(compared: Compared) -> Floats:
    """Return how many organisations dispatched something in a month of the window, mean over its months."""
    table = compared.rows_of("organisation_month", ["month", "dispatched_g"])
    month, first, last = table["month"], *compared.months
    inside = pc.and_(pc.greater_equal(month, first), pc.less_equal(month, last))
    table = table.filter(pc.and_(inside, pc.greater(table["dispatched_g"], 0)))
    table = table.append_column("one", pa.array(np.ones(table.num_rows)))
    return total(compared.summed(table, [], ["one"])["one"]) / (12 * compared.years)


def _received(compared: Compared) -> list[Row]:
    years, rows = compared.years, []
    if compared.has("port_month"):
        record = seized_of_record(compared)
        finds: Sums = {key: compared.flows["finds"][key] for key in record}
        rows += [
            _row(compared, "seized", total(record) / 1e6 / years, 1),
            _row(compared, "finds", total(finds) / years, 0),
            _row(compared, "hhi_seized", herfindahl_by_run(record), 3),
        ]
    if compared.has("reports"):
        rows += [
            _row(compared, name, _reports(compared, column) / years, 0)
            for name, column in (("reports", "reports"), ("enquiries", "enquiries"), ("arrests", "arrests"))
        ]
    if compared.has("cases"):
        cases = case_counts(compared)
        rows.append(_row(compared, "cases", cases["arrests"] / years, 1))
        rows.append(_row(compared, "dismantled", cases["dismantled"] / years, 1))
    rows.append(_row(compared, "price", _run(compared, "price_eur_per_kg"), 0))
    return rows


def _cost(compared: Compared) -> list[Row]:
    texts, years = compared.texts, compared.years
    delay, trade = _run(compared, "trade_delay_days"), _run(compared, "trade_cost_eur")
    rows = [
        _row(compared, "delay", delay * 24e-3 / years, 0),
        _row(compared, "trade", trade / 1e6 / years, 1),
    ]
    terminals = None
    if compared.has("reports"):
        terminals = _reports(compared, "terminal_cost_eur")
        rows.append(_row(compared, "terminals", terminals / 1e6 / years, 1))
    if compared.has("accounts"):
        committed = compared.sums("accounts", ["account"], "committed")
        money = total({key: v for key, v in committed.items() if key[0] != "staff"}) / 100
        rows.append(_row(compared, "public", money / 1e6 / years, 1))
        if ("staff",) in committed:
            rows.append(_row(compared, "staff", committed["staff",] / HOUR_MIN / 1000 / years, 1))
        if compared.has_contrast:
            none = ("",) * len(compared.shown)
            rows.append((texts("kpi.per_kg_public"), *none, per_kg_less(compared, money)))
            others = trade if terminals is None else trade + terminals
            rows.append((texts("kpi.per_kg_others"), *none, per_kg_less(compared, others)))
    return rows


def per_kg_less(compared: Compared, eur: Floats) -> str:
    """Return further euros per kilogram less landed, with its interval; in words where that is not resolved.

    Args:
        compared: the comparison.
        eur: spent in the window, shape (arms, replications).
    """
    texts = compared.texts
    less_kg = -np.diff(_run(compared, "landed_g"), axis=0)[0] / 1e3
    kept_off = change_of(np.array([np.zeros_like(less_kg), less_kg]))
    if not (kept_off.is_resolved and kept_off.difference > 0):
        return texts("kpi.not_resolved")
    values = linearised_ratio(np.diff(eur, axis=0)[0], less_kg)
    mean, width = float(values.mean()), half_width(values)
    return with_interval(mean, mean - width, mean + width, 0 if math.isfinite(width) and width >= 1 else 1)
