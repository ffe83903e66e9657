"""Dot-and-line figures: values with their intervals, one row each, in panels that each have their own axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiments.report.drawing import CLASSES, GREY
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

    The specification is written out, since there may be many panels: Altair takes a second for a dozen.

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
        charts = []
        for i, panel in enumerate(panels):
            layers, height = _layers(panel, series, placebo, format_, width, room, is_first=i == 0)
            chart: Spec = {"layer": layers[0 if has_zero else 1 :], "width": width, "height": height}
            charts.append(chart | ({"title": {"text": panel.title, "fontSize": 12}} if panel.title else {}))
        if len(charts) == 1:
            return charts[0]
        shared = dict.fromkeys(("color", "shape", "stroke"), "shared")
        return {"concat": charts, "columns": columns, "spacing": 16, "resolve": {"scale": shared}}

    return draw


def _layers(
    panel: Panel, series: Sequence[str], placebo: str, format_: Format, width: int, room: int, *, is_first: bool
) -> tuple[list[Spec], int]:
    """Return the layers of a panel, the line at zero first, and its height."""
    letters = int((room - _PADDING_PX) / _LETTER_PX)
    rows = [_row(dot, placebo, letters) for dot in panel.dots]
    names = list(dict.fromkeys(row["name"] for row in rows))
    axis = {"title": None, "labels": False, "domain": False, "ticks": False, "grid": False, "minExtent": room}
    keys: Spec = {"y": {"field": "name", "type": "nominal", "sort": names, "axis": axis}}
    if series:
        order = list(series)
        keys["yOffset"] = {"field": "series", "type": "nominal", "sort": order, "scale": {"domain": order}}
    legend = {"title": None, "columns": 1 if format_.is_narrow else 3, "columnPadding": 34} if is_first else None
    ticks = 4 if format_.is_narrow or width < 240 else 7
    x = {
        **_measured("value"), "scale": {"zero": False},
        "axis": {"title": panel.axis_title, "tickCount": ticks, "labelFlush": False},
    }  # fmt: skip
    colour = _colour(series, legend)
    layers: list[Spec] = [
        _layer([{"at": 0}], {"type": "rule", "color": GREY, "strokeDash": [3, 3], "aria": False}, x=_measured("at")),
        _layer(
            [row for row in rows if None not in (row["value"], row["low"], row["high"])],
            {"type": "rule", "strokeWidth": 2, "aria": False},
            x=_measured("low"), x2={"field": "high"}, color=colour, **keys,
        ),
        _layer(
            [row for row in rows if row["value"] is not None],
            {"type": "point", "filled": True, "size": 70, "fillOpacity": 1, "strokeOpacity": 0},
            x=x, color=colour, shape=_shape(series, legend), **keys,
        ),
        _layer(
            [row for row in rows if row["value"] is not None and row["flag"]],
            {"type": "text", "align": "left", "dx": 7, "fontSize": 13, "color": "#444"},
            x=_measured("end"), text=_named("flag"), **keys,
        ),
        *row_labels(names, format_),
    ]  # fmt: skip
    if placebo:
        hollow = {"title": None, "symbolType": "diamond", "symbolFillColor": "white"} if is_first else None
        stroke = {**_named("kind"), "scale": {"domain": [placebo], "range": ["#222"]}, "legend": hollow}
        mark = {
            "type": "point",
            "filled": False,
            "shape": "diamond",
            "size": 80,
            "strokeWidth": 1.8,
            "strokeOpacity": 1,
        }
        with_placebo = [row for row in rows if row["placebo"] is not None]
        layers.append(_layer(with_placebo, mark, x=_measured("placebo"), stroke=stroke, **keys))
    lines = max((name.count("\n") + 1 for name in names), default=1)
    return layers, len(names) * max(_ROW_PX, _SERIES_PX * max(1, len(series)) + 6, _LINE_PX * lines + 6)


def row_labels(names: Sequence[str], format_: Format) -> list[Spec]:
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
    y = {"field": "name", "type": "nominal", "sort": list(names)}
    return [
        _layer(
            rows, {"type": "text", "align": "right", "baseline": "middle", "dy": shift, "fontSize": size},
            y=y, x={"value": -_PADDING_PX}, text=_named("text"),
        )
        for shift, rows in by_shift.items()
    ]  # fmt: skip


def _layer(rows: list[dict[str, Any]], mark: Spec, **encoding: Any) -> Spec:
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _measured(field: str) -> Spec:
    return {"field": field, "type": "quantitative"}


def _named(field: str) -> Spec:
    return {"field": field, "type": "nominal"}


def _row(dot: Dot, placebo: str, letters: int) -> dict[str, Any]:
    finite = [value for value in (dot.high, dot.value) if math.isfinite(value)]
    return {
        "name": "\n".join(wrapped(dot.name, letters)), "series": dot.series, "flag": dot.flag, "kind": placebo,
        "value": _or_none(dot.value), "low": _or_none(dot.low),
        "high": _or_none(dot.high), "placebo": _or_none(dot.placebo), "end": finite[0] if finite else None,
    }  # fmt: skip


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _colour(series: Sequence[str], legend: Spec | None) -> Spec:
    if not series:
        return {"condition": {"test": "datum.flag != ''", "value": _FLAGGED}, "value": CLASSES[0]}
    return {**_named("series"), "scale": _scale(series, CLASSES), "legend": legend}


def _shape(series: Sequence[str], legend: Spec | None) -> Spec:
    return {**_named("series"), "scale": _scale(series, _SHAPES), "legend": legend} if series else {"value": "circle"}


def _scale(series: Sequence[str], values: Sequence[str]) -> Spec:
    return {"domain": list(series), "range": list(values[: len(series)])}
