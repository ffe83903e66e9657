"""The optimiser's curse: what the best plans promised, and what they gave on luck on which nothing was chosen."""

from __future__ import annotations

import math

from experiments.report.funding_curve import fresh_series, simulated_series
from experiments.report.funding_data import Funding, Row, million_text
from experiments.report.funding_dots import Dot, Panel, dots
from experiments.report.funding_looks import surrogate
from experiments.report.page import Column, Figure, Notice, Section, Table
from experiments.screen import number, with_interval


def promised_section(found: Funding) -> Section:
    """Return promised, first and fresh values of the plans that were run again."""
    t, rows = found.told.texts, found.rows("curse")
    intro = t("funding_promised.intro")
    if not rows:
        return Section("promised", t("funding_promised.heading"), (intro, Notice(t("funding_promised.missing"))))
    return Section("promised", t("funding_promised.heading"), (intro, _figure(found, rows)))


def _figure(found: Funding, rows: list[Row]) -> Figure:
    t = found.told.texts
    other = surrogate(t("funding_promised.promised"))
    first, again = simulated_series(found), fresh_series(found)
    marks = [
        dot
        for row in rows
        for dot in (
            Dot(_plan(found, row), other, row["promised_t"]),
            Dot(_plan(found, row), first, row["first_t"], row["first_low_t"], row["first_high_t"]),
            Dot(_plan(found, row), again, row["fresh_t"], row["fresh_low_t"], row["fresh_high_t"]),
        )
    ]
    columns = (
        Column(t("funding_rules.plan"), is_number=False), Column(t("funding_promised.promised"), "t/yr"),
        Column(t("funding_promised.first"), "t/yr"), Column(t("funding_promised.fresh"), "t/yr"),
        Column(t("funding_promised.gap_first"), "t/yr"), Column(t("funding_promised.gap"), "t/yr"),
    )  # fmt: skip
    cells = tuple(
        (
            _plan(found, row), number(row["promised_t"]),
            *(_interval(row, name) for name in ("first", "fresh", "gap_first", "gap_promised")),
        )
        for row in rows
    )  # fmt: skip
    title = t("funding_promised.title")
    said = "; ".join(
        t("funding_promised.about_plan", plan=cell[0], promised=cell[1], fresh=cell[3], gap=cell[5]) for cell in cells
    )
    return Figure(
        "promised",
        f"{title} {found.told.source.supply}",
        t("funding_promised.about", plans=said),
        dots((Panel(tuple(marks), t("funding_curve.axis")),), (other, first, again)),
        Table(title, columns, cells),
        t("funding_promised.note"),
    )


def _interval(row: Row, name: str) -> str:
    return with_interval(*(row.get(f"{name}_{end}", math.nan) for end in ("t", "low_t", "high_t")))


def _plan(found: Funding, row: Row) -> str:
    return f"{million_text(row['budget_eur_million'])}: {found.rule(row['rule'])}"
