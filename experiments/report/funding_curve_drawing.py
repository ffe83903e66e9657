"""How the curves over the budget are drawn: lines and bands are the surrogate, points and bars are simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from experiments.report.drawing import CLASSES, chart_of, spec_of
from experiments.report.funding_looks import Series
from experiments.report.page import Draw, Format, Spec

_BUDGET = "EU money, EUR million"
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a budget with the ends of its interval; NaN without one."""

    budget: float
    value: float
    low: float
    high: float
    series: Series


def curve(points: Sequence[Point], line: Series, axis: str) -> Draw:
    """Return how to draw one curve with its band, and points of other series with bars.

    Args:
        points: those of `line` make the curve.
        line: the series of the curve.
        axis: title of the upright axis.
    """

    def draw(format_: Format) -> Spec:
        series = list(dict.fromkeys([line, *(point.series for point in points)]))
        span = max(point.budget for point in points) or 1.0
        names = [one.name for one in series]
        rows = [_row(point, (names.index(point.series.name) - 1) * span / 70, point.series is line) for point in points]
        on_line = [row for row in rows if row["series"] == line.name]
        beside = [row for row in rows if row["series"] != line.name]
        x, y = _budget(format_), alt.Y("value:Q", axis=alt.Axis(title=axis, format=",~f"))
        colour, shape, fill = _look(series, format_)
        base = chart_of(on_line)
        layers = [
            base.mark_area(fill=line.colour, fillOpacity=0.16, aria=False).encode(
                x=x, y=_at("low:Q", axis), y2="high:Q"
            ),
            base.mark_line(stroke=line.colour, strokeWidth=2, aria=False).encode(x=x, y=y),
            chart_of(beside).mark_rule(strokeWidth=2, aria=False).encode(
                x=x, y=_at("low:Q", axis), y2="high:Q", color=colour
            ),
            chart_of(rows).mark_point(size=62, strokeWidth=1.8, opacity=1).encode(
                x=x, y=y, color=colour, shape=shape, fill=fill
            ),
        ]  # fmt: skip
        return spec_of(alt.layer(*layers).properties(width=format_.width_px - 60, height=height_px(format_)))

    return draw


def lines(rows: Sequence[tuple[str, float, float]], axis: str) -> Draw:
    """Return how to draw a line a name, told apart by colour, dash and shape.

    Args:
        rows: name, budget and value.
        axis: title of the upright axis.
    """
    names = list(dict.fromkeys(name for name, _, _ in rows))

    def draw(format_: Format) -> Spec:
        columns = 1 if format_.is_narrow else 2
        legend = alt.Legend(title=None, columns=columns, columnPadding=30, symbolSize=90, symbolStrokeWidth=2)
        colours = [CLASSES[i % len(CLASSES)] for i in range(len(names))]
        dashes = [_DASHES[i % len(_DASHES)] for i in range(len(names))]
        shapes = [_SHAPES[i % len(_SHAPES)] for i in range(len(names))]
        # One mark, so that colour, dash and shape have one legend.
        chart = (
            chart_of([{"name": name, "budget": budget, "value": value} for name, budget, value in rows])
            .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=45))
            .encode(
                x=_budget(format_),
                y=alt.Y("value:Q", axis=alt.Axis(title=axis, format=",~f")),
                color=alt.Color("name:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
                strokeDash=alt.StrokeDash("name:N", scale=alt.Scale(domain=names, range=dashes), legend=legend),
                shape=alt.Shape("name:N", scale=alt.Scale(domain=names, range=shapes), legend=legend),
            )
        )
        return spec_of(chart.properties(width=format_.width_px - 60, height=height_px(format_)))

    return draw


def _row(point: Point, aside: float, is_line: bool) -> dict[str, object]:
    return {
        "budget": point.budget + (0.0 if is_line else aside),
        "value": point.value,
        "low": point.low if math.isfinite(point.low) else point.value,
        "high": point.high if math.isfinite(point.high) else point.value,
        "series": point.series.name,
    }


def _look(series: Sequence[Series], format_: Format) -> tuple[alt.Color, alt.Shape, alt.Fill]:
    names = [one.name for one in series]
    legend = alt.Legend(title=None, columns=1, symbolSize=80, labelLimit=format_.width_px - 60)
    colour = alt.Scale(domain=names, range=[one.colour for one in series])
    shape = alt.Scale(domain=names, range=[one.shape for one in series])
    fill = alt.Scale(domain=names, range=[one.colour if one.is_filled else "white" for one in series])
    return (
        alt.Color("series:N", scale=colour, legend=legend),
        alt.Shape("series:N", scale=shape, legend=legend),
        alt.Fill("series:N", scale=fill, legend=legend),
    )


def _budget(format_: Format) -> alt.X:
    return alt.X("budget:Q", axis=budget_axis(format_), scale=alt.Scale(zero=True, nice=False))


def budget_axis(format_: Format) -> alt.Axis:
    """Return the axis of budgets."""
    return alt.Axis(title=_BUDGET, tickCount=4 if format_.is_narrow else 8, format=",~f")


def _at(field: str, axis: str) -> alt.Y:
    return alt.Y(field, axis=alt.Axis(title=axis, format=",~f"))


def height_px(format_: Format) -> int:
    """Return how high curves are."""
    return 230 if format_.is_narrow else 300
