"""True flow, seizures, and what an analyst would infer: side by side by port range, never mixed."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from experiments.cohort import COAST
from experiments.report.analyst import Interval, inferred_by_range, is_of_record
from experiments.report.cells import arm_cells, arm_columns
from experiments.report.compared import Compared, Sums, regrouped
from experiments.report.drawing import BLUE, ORANGE, chart_of, spec_of
from experiments.report.interception import interception_table
from experiments.report.page import Draw, Figure, Format, Notice, Section, Spec, Table
from experiments.report.place_names import place_name
from experiments.report.wrapping import LINES, MIDDLE, wrapped_within
from experiments.screen import number, with_interval, with_spread
from experiments.summary import cell_of
from scenarios.assumptions import PORT_RANGES
from sim.streams import Floats

_ROWS = (*PORT_RANGES, *(f"{COAST}{name}" for name in PORT_RANGES))
_ROW_PX = 30
_NUMBER_PX = 84


def views_section(compared: Compared) -> Section:
    """Return the three views by port range: one figure with three panels, and a table of each."""
    texts = compared.texts
    missing = [name for name in ("port_month", "line_month") if not compared.has(name)]
    if missing:
        return Section("views", texts("views.heading"), (Notice(texts("missing.table", table=", ".join(missing))),))
    flow, seized = (masses_by_cell(compared, value) for value in ("dispatched_g", "seized_g"))
    inferred = inferred_by_range(compared)
    names = [name for name in _ROWS if name in flow]
    believed = number(100 * compared.case.parameters.tips.anchor_interception, 0)
    titles = (texts("views.flow"), texts("views.seized"), texts("views.inferred"))
    parts = "; ".join(
        texts("views.part", place=place_name(texts, name), flow=_mean(flow[name]), seized=_mean(seized[name]),
              inferred=number(inferred[name][-2 if compared.has_contrast else -1][0]))
        for name in names[:3]
    )  # fmt: skip
    figure = Figure(
        "views", compared.titled(texts("views.title")),
        texts("views.about", arm=compared.labels[-1], parts=parts),
        _panels(compared, names, titles, (flow, seized), inferred),
        _table(compared, names, titles, (flow, seized), inferred),
        texts("views.note", believed=believed),
    )  # fmt: skip
    paragraphs = (texts("views.intro"), texts("views.believes", believed=believed))
    return Section("views", texts("views.heading"), (*paragraphs, figure, interception_table(compared)))


def _mean(values: Floats) -> str:
    return number(float(values[-1].mean()))


def masses_by_cell(compared: Compared, value: str) -> dict[str, Floats]:
    """Return tonnes a year by port range of the Union, and by coast; others are not in the record."""
    own: Sums = {key: v for key, v in compared.flows[value].items() if is_of_record(compared, str(key[0]))}
    grouped = regrouped(own, lambda key: (cell_of(str(key[0]), str(key[1]), compared.eu_ports),))
    return {str(name): values / 1e6 / compared.years for (name,), values in grouped.items()}


def _table(
    compared: Compared, names: list[str], titles: tuple[str, ...], masses: tuple[dict[str, Floats], ...],
    inferred: dict[str, tuple[Interval, ...]],
) -> Table:  # fmt: skip
    rows = []
    for name in names:
        place = place_name(compared.texts, name)
        for title, mass in zip(titles, masses, strict=False):
            rows.append((f"{place}: {title}", *arm_cells(mass[name], 1)))
        rows.append((f"{place}: {titles[2]}", *_inferred_cells(inferred[name])))
    columns = arm_columns(compared, compared.texts("views.column"), "t/yr")
    return Table(compared.titled(compared.texts("views.title")), columns, tuple(rows))


def _inferred_cells(values: tuple[Interval, ...]) -> tuple[str, ...]:
    means = tuple(with_spread(value, (high - low) / 2).replace("+-", "±") for value, low, high in values[:2])
    return (*means, with_interval(*values[2], 1)) if len(values) == 3 else means


def _panels(
    compared: Compared, names: list[str], titles: tuple[str, ...], masses: tuple[dict[str, Floats], ...],
    inferred: dict[str, tuple[Interval, ...]],
) -> Draw:  # fmt: skip
    """Return how to draw the three views beside each other, each with both arms of every port range."""
    arms = compared.labels
    data: list[list[dict[str, Any]]] = []
    for mass in masses:
        data.append([
            {"place": place_name(compared.texts, name), "arm": arm, "t": float(row.mean())}
            for name in names for arm, row in zip(arms, mass[name], strict=True)
        ])  # fmt: skip
    data.append([
        {"place": place_name(compared.texts, name), "arm": arm, "t": value[0]}
        for name in names for arm, value in zip(arms, inferred[name][:2], strict=False)
    ])  # fmt: skip

    for rows in data:
        for row in rows:
            row["label"] = " → ".join(number(other["t"]) for other in rows if other["place"] == row["place"])

    def draw(format_: Format) -> Spec:
        label_px = 124 if format_.is_narrow else 156
        room = format_.width_px - label_px - 34
        width = room if format_.is_narrow else (room - 40) // 3
        panels = [
            _panel(
                rows,
                (title, compared.texts("views.axis")),
                arms,
                label_px,
                width,
                has_names=format_.is_narrow or i == 0,
            )
            for i, (rows, title) in enumerate(zip(data, titles, strict=True))
        ]
        chart = alt.vconcat(*panels) if format_.is_narrow else alt.hconcat(*panels, spacing=14)
        return spec_of(chart)

    return draw


def _panel(
    rows: list[dict[str, Any]], titles: tuple[str, str], arms: tuple[str, ...], label_px: int, width: int,
    *, has_names: bool,
) -> alt.LayerChart | alt.FacetChart:  # fmt: skip
    names = alt.Axis(
        title=None, labelLimit=label_px + 20, domain=False, ticks=False, labels=has_names,
        labelExpr=LINES, labelOffset=MIDDLE, labelLineHeight=12, labelPadding=8,
    )  # fmt: skip
    rows = [{**row, "place": "\n".join(wrapped_within(row["place"], label_px))} for row in rows]
    base = chart_of(rows)
    y = alt.Y("place:N", sort=list(dict.fromkeys(row["place"] for row in rows)), axis=names)
    most = max((row["t"] for row in rows), default=0.0) or 1.0
    # Numbers stand right of the points, in a column of their own.
    scale = alt.Scale(type="sqrt", domain=[0, most * (width / (width - _NUMBER_PX)) ** 2], nice=False)
    ticks = alt.Axis(title=titles[1], values=_ticks(most), format=",~r")
    x = alt.X("t:Q", axis=ticks, scale=scale)
    legend = alt.Legend(title=None, orient="top")
    points = base.mark_point(size=55, strokeWidth=1.8).encode(
        x=x, y=y,
        shape=alt.Shape("arm:N", scale=alt.Scale(domain=list(arms), range=["circle", "diamond"]), legend=legend),
        color=alt.Color("arm:N", scale=alt.Scale(domain=list(arms), range=[ORANGE, BLUE]), legend=legend),
    )  # fmt: skip
    line = base.mark_line(color="#999", strokeWidth=1).encode(x=x, y=y, detail="place:N")
    text = base.mark_text(align="right", fontSize=10.5).encode(y=y, x=alt.value(width), text="label:N")
    return alt.layer(line, points, text).properties(
        width=width, height=_ROW_PX * len({row["place"] for row in rows}),
        title=alt.Title(titles[0], fontSize=12, offset=6),
    )  # fmt: skip


def _ticks(most: float) -> list[float]:
    """Return zero and round values up to the largest, for an axis of square roots."""
    power = 10.0 ** math.floor(math.log10(most))
    top = next(step * power for step in (5, 2, 1) if step * power <= most)
    return [0.0, top / 5, top]
