"""Dot-and-line figures: values with their intervals, one row each, in panels that each have their own axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from experiments.report.drawing import CLASSES, GREY, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec
from experiments.report.wrapping import wrapped

_ROW_PX, _SERIES_PX, _LINE_PX = 22, 15, 13
_PADDING_PX = 7
_LETTER_PX = 7.2
"""Of a reader whose letters are wider than those measured here."""
_SHAPES = ("circle", "square", "triangle-up", "diamond")
_FLAGGED = "#7a7a7a"


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with the ends of its 95 % interval, NaN without one."""

    name: str
    value: float
    low: float
    high: float
    series: str = ""
    """What is beside it in the same row."""
    flag: str = ""
    """A mark beside the dot, which is grey then: not resolved, or not told from noise."""
    placebo: float = math.nan
    """What luck alone shows; a hollow diamond."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows that share an axis."""

    axis_title: str
    dots: tuple[Dot, ...]
    title: str = ""


def dots(
    panels: Sequence[Panel], *, series: Sequence[str] = (), placebo: str = "", in_columns: int = 1,
    label_px: tuple[int, int] = (200, 104), has_zero: bool = True,
) -> Draw:  # fmt: skip
    """Return how to draw panels of values, zero as a line in each.

    Args:
        panels: what is drawn, from top to bottom.
        series: names of what is side by side in a row, in the order of colours and shapes; none for one alone.
        placebo: what a hollow diamond is called in the legend; empty if there is none.
        in_columns: panels beside each other, where the page is wide.
        label_px: room for the names of rows, wide and narrow.
        has_zero: whether zero is in the picture, as a line.
    """

    def draw(format_: Format) -> Spec:
        columns = 1 if format_.is_narrow else in_columns
        room = label_px[format_.is_narrow]
        width = format_.width_px // columns - room - 36
        charts = [
            _panel(panel, series, placebo, format_, width, room, is_first=i == 0, has_zero=has_zero)
            for i, panel in enumerate(panels)
        ]
        if len(charts) == 1:
            return spec_of(charts[0])
        joined = alt.concat(*charts, columns=columns, spacing=16).resolve_scale(
            color="shared", shape="shared", stroke="shared"
        )
        return spec_of(joined)

    return draw


def _panel(
    panel: Panel,
    series: Sequence[str],
    placebo: str,
    format_: Format,
    width: int,
    room: int,
    *,
    is_first: bool,
    has_zero: bool,
) -> alt.LayerChart | alt.FacetChart:
    letters = int((room - _PADDING_PX) / _LETTER_PX)
    rows = [_row(dot, placebo, letters) for dot in panel.dots]
    names = list(dict.fromkeys(row["name"] for row in rows))
    axis = alt.Axis(title=None, labels=False, domain=False, ticks=False, grid=False, minExtent=room)
    y = alt.Y("name:N", sort=names, axis=axis)
    title = alt.Axis(title=panel.axis_title, tickCount=4 if format_.is_narrow or width < 240 else 7, labelFlush=False)
    x = alt.X("value:Q", axis=title, scale=alt.Scale(zero=False))
    keys: dict[str, Any] = {"y": y}
    legend = alt.Legend(title=None, columns=1 if format_.is_narrow else 3, columnPadding=34) if is_first else None
    if series:
        keys["yOffset"] = alt.YOffset("series:N", sort=list(series), scale=alt.Scale(domain=list(series)))
    base = chart_of(rows)
    shown = base.transform_filter("isValid(datum.value)")
    rules = shown.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2, aria=False).encode(
        x=alt.X("low:Q"), x2="high:Q", color=_colour(series, legend), **keys
    )  # fmt: skip
    points = shown.mark_point(filled=True, size=70, fillOpacity=1, strokeOpacity=0).encode(
        x=x, color=_colour(series, legend), shape=_shape(series, legend), **keys
    )
    flags = shown.transform_filter("datum.flag != ''").mark_text(align="left", dx=7, fontSize=13, color="#444").encode(
        x=alt.X("end:Q"), text="flag:N", **keys
    )  # fmt: skip
    zero = chart_of([{"at": 0}]).mark_rule(color=GREY, strokeDash=[3, 3], aria=False).encode(x="at:Q")
    layers = [*([zero] if has_zero else []), rules, points, flags, *row_labels(names, format_)]
    if placebo:
        hollow = base.transform_filter("isValid(datum.placebo)").mark_point(
            filled=False, shape="diamond", size=80, strokeWidth=1.8, strokeOpacity=1
        )
        hollow_legend = alt.Legend(title=None, symbolType="diamond", symbolFillColor="white") if is_first else None
        stroke = alt.Stroke("kind:N", scale=alt.Scale(domain=[placebo], range=["#222"]), legend=hollow_legend)
        layers.append(hollow.encode(x=alt.X("placebo:Q"), stroke=stroke, **keys))
    lines = max((name.count("\n") + 1 for name in names), default=1)
    height = len(names) * max(_ROW_PX, _SERIES_PX * max(1, len(series)) + 6, _LINE_PX * lines + 6)
    chart = alt.layer(*layers, width=width, height=height)
    if panel.title:
        chart.title = alt.Title(panel.title, fontSize=12)
    return chart


def row_labels(names: Sequence[str], format_: Format) -> list[alt.Chart]:
    """Return the names of rows left of the panel, a layer for each place that a line of text has beside its row.

    Labels of an axis that have several lines do not stand beside the middle of their row.

    Args:
        names: of rows from above, lines apart by line breaks.
        format_: gives the size.
    """
    by_shift: dict[float, list[dict[str, Any]]] = {}
    for name in names:
        lines = name.split("\n")
        for i, line in enumerate(lines):
            by_shift.setdefault((i - (len(lines) - 1) / 2) * _LINE_PX, []).append({"name": name, "text": line})
    size = 11 if format_.is_narrow else 12
    return [
        chart_of(rows).mark_text(align="right", baseline="middle", dy=shift, fontSize=size).encode(
            y=alt.Y("name:N", sort=list(names)), x=alt.value(-_PADDING_PX), text="text:N"
        )
        for shift, rows in by_shift.items()
    ]  # fmt: skip


def _row(dot: Dot, placebo: str, letters: int) -> dict[str, Any]:
    finite = [value for value in (dot.high, dot.value) if math.isfinite(value)]
    return {
        "name": "\n".join(wrapped(dot.name, letters)), "series": dot.series, "flag": dot.flag, "kind": placebo,
        "value": _or_none(dot.value), "low": _or_none(dot.low),
        "high": _or_none(dot.high), "placebo": _or_none(dot.placebo), "end": finite[0] if finite else None,
    }  # fmt: skip


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _colour(series: Sequence[str], legend: alt.Legend | None) -> Any:
    if not series:
        return alt.condition("datum.flag != ''", alt.value(_FLAGGED), alt.value(CLASSES[0]))
    return alt.Color("series:N", scale=_scale(series, CLASSES), legend=legend)


def _shape(series: Sequence[str], legend: alt.Legend | None) -> Any:
    if not series:
        return alt.value("circle")
    return alt.Shape("series:N", scale=_scale(series, _SHAPES), legend=legend)


def _scale(series: Sequence[str], values: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(series), range=list(values[: len(series)]))
