"""What else a simulated plan changes: seizures, price, delay and cost to trade, and where flow goes."""

from __future__ import annotations

import math

from experiments.report.funding_curve import simulated_series
from experiments.report.funding_data import (
    LANDED,
    LANDED_ANYWHERE,
    SEIZED,
    Funding,
    Row,
    at_opening,
    kept_off,
    million_text,
    same_plan,
)
from experiments.report.funding_dots import Dot, Panel, dots
from experiments.report.funding_looks import second, simulated, third
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number, place_label, with_interval

_TRADE = {"wholesale price": ("price", 1.0), "delay of clean boxes": ("delay", 1e-3), "cost to trade": ("cost", 1e-6)}


def effects_section(found: Funding) -> Section:
    """Return seizures beside what is kept off, price, delay and cost to trade, and what changes by port range."""
    t = found.told.texts
    rows = [row for row in found.rows("outcomes") if row["budget_eur_million"] > 0]
    blocks: list[Block] = [t("funding_effects.intro")]
    if not rows:
        blocks.append(Notice(t("funding.nothing_simulated")))
    else:
        blocks += [_seized_figure(found, rows), t("funding_effects.trade_intro"), _trade_figure(found, rows)]
        ranges = _ranges_figure(found)
        blocks += [t("funding_effects.ranges_intro"), ranges] if ranges is not None else []
    return Section("effects", t("funding_effects.heading"), tuple(blocks))


def _budget(found: Funding) -> str:
    return million_text(found.budget) if found.budget is not None else ""


def _by_plan(rows: list[Row], outcome: str) -> list[Row]:
    return [row for row in rows if row["outcome"] == outcome]


def _seized_figure(found: Funding, rows: list[Row]) -> Figure:
    t = found.told.texts
    kept, anywhere, seized = (
        simulated(t("funding_effects.kept")), third(t("funding_effects.anywhere")),
        second(t("funding_effects.seized")),
    )  # fmt: skip
    here = at_opening(found, rows)
    marks = []
    for landed in _by_plan(here, LANDED):
        name = found.rule(landed["rule"])
        same = [row for row in here if row["rule"] == landed["rule"]]
        marks.append(Dot(name, kept, *kept_off(landed)))
        marks += [Dot(name, anywhere, *kept_off(row)) for row in _by_plan(same, LANDED_ANYWHERE)]
        marks += [Dot(name, seized, row["difference"], row["low"], row["high"]) for row in _by_plan(same, SEIZED)]
    panel = Panel(tuple(marks), t("funding_effects.axis"), _budget(found))
    columns = (
        Column(t("funding_rules.plan"), is_number=False),
        *(Column(t(f"funding_effects.{name}"), "t/yr") for name in ("kept", "anywhere", "seized")),
    )
    cells = tuple(
        (
            _plan(found, landed),
            *(_text(found, rows, landed, outcome) for outcome in (LANDED, LANDED_ANYWHERE, SEIZED)),
        )
        for landed in _by_plan(rows, LANDED)
    )  # fmt: skip
    told = next((cell for cell in cells if cell[0].startswith(_budget(found))), ("-",) * 4)
    title = t("funding_effects.seized_title")
    return Figure(
        "seized",
        f"{title} {found.told.source.supply}",
        t("funding_effects.seized_about", plan=told[0], kept=told[1], anywhere=told[2], seized=told[3]),
        dots((panel,), (kept, anywhere, seized)),
        Table(title, columns, cells),
        t("funding_effects.seized_note"),
    )


def _text(found: Funding, rows: list[Row], plan: Row, outcome: str) -> str:
    row = next((r for r in _by_plan(rows, outcome) if same_plan(r, plan)), None)
    if row is None:
        return "-"
    ends = (row["difference"], row["low"], row["high"]) if outcome == SEIZED else kept_off(row)
    return f"{_with_digits(*ends)}{_mark(found, row)}"


def _mark(found: Funding, row: Row) -> str:
    return "" if row["is_resolved"] else f" ({found.told.texts('funding.not_resolved')})"


def _with_digits(value: float, low: float, high: float) -> str:
    """Return a change with its interval, with as many digits as the terminal shows."""
    digits = 0 if math.isfinite(high - low) and high - low >= 5 else 1
    return with_interval(value, low, high, digits)


def _trade_figure(found: Funding, rows: list[Row]) -> Figure:
    t, first = found.told.texts, simulated_series(found)
    panels = []
    for outcome, (key, factor) in _TRADE.items():
        marks = [
            Dot(found.rule(row["rule"]), first, *(row[name] * factor for name in ("difference", "low", "high")))
            for row in _by_plan(at_opening(found, rows), outcome)
        ]
        panels.append(
            Panel(tuple(marks), t(f"funding_effects.{key}_axis"), f"{t(f'funding_effects.{key}')}, {_budget(found)}")
        )
    columns = (
        Column(t("funding_rules.plan"), is_number=False),
        *(Column(t(f"funding_effects.{key}"), t(f"funding_effects.{key}_unit")) for key, _ in _TRADE.values()),
    )
    plans = _by_plan(rows, LANDED)
    cells = tuple((_plan(found, plan), *_trade_cells(found, rows, plan)) for plan in plans)
    without = [
        t(f"funding_effects.{key}_without", value=number(row["without_grant"] * factor, 0 if key == "price" else 1))
        for outcome, (key, factor) in _TRADE.items()
        for row in _by_plan(rows, outcome)[:1]
    ]  # fmt: skip
    title = t("funding_effects.trade_title")
    said = next((", ".join(cell) for cell in cells if cell[0].startswith(_budget(found))), "-")
    return Figure(
        "trade",
        f"{title} {found.told.source.supply}",
        t("funding_effects.trade_about", values=said),
        dots(panels, (first,)),
        Table(title, columns, cells, " ".join(without)),
        t("funding_effects.trade_note"),
    )


def _trade_cells(found: Funding, rows: list[Row], plan: Row) -> list[str]:
    cells = []
    for outcome, (_, factor) in _TRADE.items():
        row = next((r for r in _by_plan(rows, outcome) if same_plan(r, plan)), None)
        ends = () if row is None else tuple(row[name] * factor for name in ("difference", "low", "high"))
        cells.append(f"{_with_digits(*ends)}{_mark(found, row)}" if row is not None and len(ends) == 3 else "-")
    return cells


def _ranges_figure(found: Funding) -> Figure | None:
    t, first = found.told.texts, simulated_series(found)
    panels, cells = [], []
    for budget in found.shown_budgets:
        plan = found.recommended(budget)
        here = [row for row in found.rows("ranges") if plan is not None and same_plan(row, plan)]
        marks = tuple(
            Dot(place_label(r["port_range"]), first, r["kept_off_t"], r["low_t"], r["high_t"]) for r in here
        )  # fmt: skip
        panels.append(Panel(marks, t("funding_effects.ranges_axis"), million_text(budget)))
        cells += [
            (
                f"{place_label(row['port_range'])}, {million_text(budget)}",
                with_interval(row["kept_off_t"], row["low_t"], row["high_t"]),
                t("funding.resolved" if row["low_t"] > 0 or row["high_t"] < 0 else "funding.not_resolved"),
            )
            for row in here
        ]
    if not cells:
        return None
    columns = (
        Column(t("funding_effects.range"), is_number=False), Column(t("funding_effects.range_kept"), "t/yr"),
        Column(t("funding_together.resolved"), is_number=False),
    )  # fmt: skip
    title = t("funding_effects.ranges_title")
    return Figure(
        "ranges",
        f"{title} {found.told.source.supply}",
        t("funding_effects.ranges_about", values="; ".join(f"{name}: {value}" for name, value, _ in cells)),
        dots(panels, (first,), same_axis=True),
        Table(title, columns, tuple(cells)),
        t("funding_effects.ranges_note"),
    )


def _plan(found: Funding, row: Row) -> str:
    return f"{million_text(row['budget_eur_million'])}: {found.rule(row['rule'])}"
