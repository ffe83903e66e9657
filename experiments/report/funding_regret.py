"""Regret over scenarios as a table whose cells are shaded, and what knowing a parameter would be worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from experiments.report.drawing import GREY, PURPLE, chart_of, spec_of
from experiments.report.funding_data import NOTHING, Funding, Row, million_text
from experiments.report.page import Block, Column, Draw, Figure, Format, Spec, Table
from experiments.report.wrapping import LINES, wrapped_within
from experiments.screen import number, significant

_ALL = "all"
_SHOWN = 8
_DARK_SHARE = 0.6
"""Of the darkest cell: from there on words are white."""


def regret_blocks(found: Funding) -> list[Block]:
    """Return regret by scenario and rule: the budget of the opening as a figure, others as tables."""
    t, rows = found.told.texts, found.rows("regret")
    if not rows:
        return []
    made: list[Block] = [t("funding_open.regret_intro")]
    for budget in sorted({row["budget_eur_million"] for row in rows}):
        here = [row for row in rows if row["budget_eur_million"] == budget]
        title = t("funding_open.regret_title", budget=million_text(budget))
        table = _regret_table(found, here, title)
        if budget != found.budget:
            made.append(table)
            continue
        worst = max((row for row in here if row["rule"] == "adaptive"), key=lambda r: r["regret_t"], default=None)
        about = t("funding_open.regret_about", most=number(worst["regret_t"]) if worst else "-")
        cells = [
            (found.words("funding_scenario", row["scenario"]), found.rule(row["rule"]), row["regret_t"])
            for row in here
            if row["rule"] != NOTHING
        ]
        draw = _heat_map(cells)
        note = t("funding_open.regret_note", scenarios=_scenarios(found, here))
        made.append(Figure("regret", f"{title} {found.told.source.supply}", about, draw, table, note))
    return made


def _scenarios(found: Funding, rows: Sequence[Row]) -> str:
    abouts = {row["scenario"]: row["about"] for row in rows}
    return "; ".join(f"{found.words('funding_scenario', name)}: {about}" for name, about in abouts.items())


def _regret_table(found: Funding, rows: Sequence[Row], title: str) -> Table:
    t = found.told.texts
    rules = list(dict.fromkeys(row["rule"] for row in rows))
    columns = (
        Column(t("funding_open.scenario"), is_number=False), *(Column(found.rule(rule), "t/yr") for rule in rules)
    )  # fmt: skip
    cells = []
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        by_rule = {row["rule"]: row["regret_t"] for row in rows if row["scenario"] == scenario}
        name = found.words("funding_scenario", scenario)
        cells.append((name, *(number(by_rule.get(rule, math.nan)) for rule in rules)))
    return Table(title, columns, tuple(cells))


def _heat_map(cells: Sequence[tuple[str, str, float]]) -> Draw:
    """Return how to draw numbers in shaded cells.

    Args:
        cells: scenario, rule and regret.
    """

    def draw(format_: Format) -> Spec:
        # On a telephone scenarios are beside each other, so that rules, which are more, go down.
        side_of, top_of = (1, 0) if format_.is_narrow else (0, 1)
        side_px = 112 if format_.is_narrow else 165
        top_px = 125 if format_.is_narrow else (format_.width_px - side_px) / len({cell[1] for cell in cells}) - 12
        sides = {str(cell[side_of]): "\n".join(wrapped_within(str(cell[side_of]), side_px)) for cell in cells}
        tops = {str(cell[top_of]): "\n".join(wrapped_within(str(cell[top_of]), top_px)) for cell in cells}
        most = max((cell[2] for cell in cells), default=0.0) or 1.0
        rows = [
            {
                "side": sides[str(cell[side_of])], "top": tops[str(cell[top_of])], "shade": cell[2],
                "text": number(cell[2]), "ink": "white" if cell[2] > _DARK_SHARE * most else "#222",
            }
            for cell in cells
        ]  # fmt: skip
        words: dict[str, Any] = {"title": None, "labelExpr": LINES, "domain": False, "ticks": False, "labelLimit": 230}
        upright: dict[str, Any] = {"labelAngle": -90, "labelAlign": "left", "labelBaseline": "middle"}
        # Lines of a label go down from where the first one is.
        below = 15 * (max(name.count("\n") for name in tops.values()) if tops else 0)
        level: dict[str, Any] = {"labelAngle": 0, "labelBaseline": "bottom", "labelPadding": 4 + below}
        x_axis = alt.Axis(orient="top", labelOverlap=False, **words, **(upright if format_.is_narrow else level))
        y = alt.Y("side:N", sort=list(sides.values()), axis=alt.Axis(**words))
        x = alt.X("top:N", sort=list(tops.values()), axis=x_axis)
        shade = alt.Color("shade:Q", scale=alt.Scale(scheme="purples", domain=[0, most]), legend=None)
        base = chart_of(rows)
        chart = alt.layer(
            base.mark_rect(stroke="#bdbdbd").encode(x=x, y=y, color=shade),
            base.mark_text(fontSize=11 if format_.is_narrow else 12, aria=False).encode(
                x=x, y=y, text="text:N", color=alt.Color("ink:N", scale=None)
            ),
        ).resolve_scale(color="independent")
        spec = spec_of(chart.properties(width=format_.width_px - side_px - 20, height=34 * len(sides)))
        return {**spec, "padding": {"left": 34, "right": 8, "top": 24, "bottom": 5}}

    return draw


def information_blocks(found: Funding) -> list[Block]:
    """Return what knowing a parameter before buying would be worth."""
    t, rows = found.told.texts, found.rows("information")
    made: list[Block] = [t("funding_open.information_intro")] if rows else []
    for budget in sorted({row["budget_eur_million"] for row in rows}):
        here = [row for row in rows if row["budget_eur_million"] == budget]
        rest = sorted((row for row in here if row["parameter"] != _ALL), key=lambda row: -row["value_t"])
        ordered = [*(row for row in here if row["parameter"] == _ALL), *rest]
        title = t("funding_open.information_title", budget=million_text(budget))
        columns = (
            Column(t("funding_open.parameter"), is_number=False), Column(t("funding_open.worth"), "t/yr"),
            Column(t("funding_open.in_results"), is_number=False),
        )  # fmt: skip
        cells = tuple((_name(found, row), significant(row["value_t"]), row["parameter"]) for row in ordered)
        table = Table(title, columns, cells)
        if budget != found.budget:
            made.append(table)
            continue
        shown = [row for row in ordered if row["value_t"] > 0][:_SHOWN] or ordered[:1]
        about = t(
            "funding_open.information_about", all=significant(ordered[0]["value_t"]),
            values="; ".join(f"{_name(found, row)} {significant(row['value_t'])}" for row in shown[1:]),
        )  # fmt: skip
        draw = _bars([(_name(found, row), row["value_t"]) for row in shown], t("funding_open.information_axis"))
        note = t("funding_open.information_note", draws=here[0]["draws"], rest=len(ordered) - len(shown))
        made.append(Figure("information", f"{title} {found.told.source.supply}", about, draw, table, note))
    return made


def _name(found: Funding, row: Row) -> str:
    return (
        found.told.texts("funding_open.everything") if row["parameter"] == _ALL else found.parameter(row["parameter"])
    )


def _bars(made: Sequence[tuple[str, float]], axis: str) -> Draw:
    def draw(format_: Format) -> Spec:
        side_px = 112 if format_.is_narrow else 225
        names = ["\n".join(wrapped_within(name, side_px)) for name, _ in made]
        rows = [
            {"name": name, "value": value, "text": significant(value)}
            for name, (_, value) in zip(names, made, strict=True)
        ]
        width = format_.width_px - side_px - 70
        labels = alt.Axis(title=None, labelExpr=LINES, labelLimit=side_px + 40, domain=False, ticks=False)
        x = alt.X("value:Q", axis=alt.Axis(title=wrapped_within(axis, width + 40), tickCount=4, format=",~f"))
        base = chart_of(rows).encode(y=alt.Y("name:N", sort=names, axis=labels), x=x)
        chart = alt.layer(
            base.mark_bar(height=14, color=PURPLE, stroke=GREY, strokeWidth=0.5),
            base.mark_text(align="left", dx=4, aria=False).encode(text="text:N"),
        )
        most = max(name.count("\n") + 1 for name in names)
        spec = spec_of(chart.properties(width=width, height=max(24, 8 + 14 * most) * len(names)))
        return {**spec, "padding": {"left": 44, "right": 20, "top": 5, "bottom": 5}}

    return draw
