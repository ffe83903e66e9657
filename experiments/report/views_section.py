"""True flow, seizures, and what an analyst would infer: side by side by port range, never mixed."""

from __future__ import annotations

from typing import Any

import altair as alt

from experiments.cohort import COAST
from experiments.report.analyst import Interval, inferred_by_range, is_of_record, range_of
from experiments.report.cells import arm_cells, arm_columns
from experiments.report.compared import Compared, Sums, regrouped
from experiments.report.drawing import BLUE, ORANGE, chart_of, spec_of
from experiments.report.page import Draw, Figure, Format, Notice, Section, Spec, Table
from experiments.report.place_names import place_name
from experiments.screen import number, with_interval, with_spread
from scenarios.assumptions import PORT_RANGES
from sim.streams import Floats

_ROWS = (*PORT_RANGES, *(f"{COAST}{name}" for name in PORT_RANGES))
_ROW_PX = 30


def views_section(compared: Compared) -> Section:
    """Return the three views by port range: one figure with three panels, and a table of each."""
    texts = compared.texts
    missing = [name for name in ("port_month", "line_month") if not compared.has(name)]
    if missing:
        return Section("views", texts("views.heading"), (Notice(texts("missing.table", table=", ".join(missing))),))
    flow, seized = (_by_range(compared, value) for value in ("dispatched_g", "seized_g"))
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
    return Section("views", texts("views.heading"), (*paragraphs, figure))


def _mean(values: Floats) -> str:
    return number(float(values[-1].mean()))


def _by_range(compared: Compared, value: str) -> dict[str, Floats]:
    """Return tonnes a year by port range of the Union, and by coast."""
    own: Sums = {key: v for key, v in compared.flows[value].items() if is_of_record(compared, str(key[0]))}
    grouped = regrouped(own, lambda key: (range_of(str(key[0]), str(key[1])),))
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

    def draw(format_: Format) -> Spec:
        label_px = 120 if format_.is_narrow else 208
        order = [row["place"] for row in data[0]]
        room = format_.width_px - label_px - 30
        width = room if format_.is_narrow else (room - 40) // 3

        def panel(rows: list[dict[str, Any]], title: str, *, has_names: bool) -> alt.LayerChart:
            axis = alt.Axis(title=None, labelLimit=label_px, domain=False, ticks=False, labels=has_names)
            base = chart_of(rows)
            y = alt.Y("place:N", sort=order, axis=axis)
            x = alt.X("t:Q", axis=alt.Axis(title="t/yr", tickCount=3))
            shape = {"range": ["circle", "diamond"], "domain": list(arms)}
            points = base.mark_point(size=60, strokeWidth=1.8).encode(
                x=x, y=y,
                shape=alt.Shape("arm:N", scale=alt.Scale(**shape), legend=alt.Legend(title=None, orient="top")),
                color=alt.Color("arm:N", scale=alt.Scale(domain=list(arms), range=[ORANGE, BLUE]),
                                legend=alt.Legend(title=None, orient="top")),
            )  # fmt: skip
            line = base.mark_line(color="#999", strokeWidth=1).encode(x=x, y=y, detail="place:N")
            chart: alt.LayerChart = alt.layer(line, points).properties(
                width=width, height=_ROW_PX * len(names) * (0.8 if format_.is_narrow else 1), title=title
            )
            return chart

        panels = [
            panel(rows, title, has_names=format_.is_narrow or i == 0)
            for i, (rows, title) in enumerate(zip(data, titles, strict=True))
        ]
        chart = alt.vconcat(*panels) if format_.is_narrow else alt.hconcat(*panels, spacing=16)
        return spec_of(chart)

    return draw
