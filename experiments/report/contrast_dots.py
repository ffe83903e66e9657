"""Dots with their intervals, one below the other: filled where resolved, hollow where not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from experiments.report.drawing import BLUE, GREY, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec

_ROW_PX = 50


@dataclass(frozen=True, slots=True)
class Dot:
    """A difference with the ends of its interval, NaN or infinite without one."""

    name: str
    value: float
    low: float
    high: float
    is_resolved: bool


def dots(rows: Sequence[Dot], axis_title: str, labels: Sequence[str]) -> Draw:
    """Return how to draw differences in their given order, each under its name and its value in words.

    Args:
        rows: what is drawn.
        axis_title: with the unit.
        labels: by row, value and state in words.
    """
    values = [
        {
            "row": i, "name": dot.name, "label": label, "value": dot.value, "is_resolved": dot.is_resolved,
            "low": dot.low if math.isfinite(dot.low) else None, "high": dot.high if math.isfinite(dot.high) else None,
        }
        for i, (dot, label) in enumerate(zip(rows, labels, strict=True))
    ]  # fmt: skip

    def draw(format_: Format) -> Spec:
        rows_px = _ROW_PX + (14 if format_.is_narrow else 0)
        width = format_.width_px - 30
        base = chart_of(values)
        y = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
        axis = alt.Axis(title=axis_title, tickCount=4 if format_.is_narrow else 8, grid=True)
        # Names stand above their lines, so that long ones fit on a telephone.
        above = -32 if format_.is_narrow else -17
        name = base.mark_text(
            align="left", fontWeight="bold", dy=above, limit=width * (1 if format_.is_narrow else 0.5)
        )
        label = base.mark_text(align="left" if format_.is_narrow else "right", dy=-17, limit=width)
        filled = alt.Scale(domain=[True, False], range=[BLUE, "white"])
        layers = [
            chart_of([{"at": 0}]).mark_rule(color=GREY).encode(x=alt.X("at:Q", axis=axis)),
            base.mark_rule(color=BLUE, strokeWidth=2).encode(x=alt.X("low:Q", axis=axis), x2="high:Q", y=y),
            base.mark_point(size=75, color=BLUE, strokeWidth=2, fillOpacity=1).encode(
                x=alt.X("value:Q", axis=axis), y=y,
                fill=alt.Fill("is_resolved:N", scale=filled, legend=None),
            ),
        ]  # fmt: skip
        for text, column, at in ((name, "name:N", 0), (label, "label:N", 0 if format_.is_narrow else width)):
            # White behind the words, so that no line of the axis runs through them.
            words = text.encode(x=alt.value(at), y=y, text=column)
            halo = words.copy()
            halo.mark = alt.MarkDef(**{**text.mark.to_dict(), "stroke": "white", "strokeWidth": 5, "aria": False})
            layers += [halo, words]
        chart = alt.layer(*layers).properties(width=width, height=rows_px * len(values))
        return spec_of(chart)

    return draw
