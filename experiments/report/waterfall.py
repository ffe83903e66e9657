"""Waterfall charts: how parts add up to a total, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from experiments.report.drawing import GREY, LESS, MORE, NEITHER, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec
from experiments.report.wrapping import LINES, MIDDLE, wrapped_within
from experiments.screen import number

_ROW_PX = 26
_LABEL_PX = 62
OPEN = "?"
"""Stands behind the value of a part that is not resolved."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a sum."""

    name: str
    value: float
    low: float
    high: float
    """Ends of its 95 % interval; NaN or infinite without one."""
    is_total: bool = False
    """Drawn from zero: what the parts above it add up to."""
    is_open: bool = False
    """Not resolved whatever its own interval says: adjusted for all parts."""

    @property
    def is_resolved(self) -> bool:
        """Return whether its interval excludes 0; without an interval it does not. A total is exact."""
        return self.is_total or (not self.is_open and (self.low > 0 or self.high < 0))


def waterfall(steps: Sequence[Step], axis_title: str) -> Draw:
    """Return how to draw parts one below the other, each from where the one above it ended.

    The interval of each part is drawn around its end; it is that of the part alone. The value stands at the right,
    with its sign, so that no colour is needed to tell what is added and what is taken away. A part whose interval
    holds 0 is pale, with a dashed edge and a question mark behind its value.
    """
    rows: list[dict[str, Any]] = []
    end = 0.0
    for order, step in enumerate(steps):
        begin = 0.0 if step.is_total else end
        end = begin + step.value
        sign = "total" if step.is_total else "up" if step.value > 0 else "down"
        has_interval = math.isfinite(step.low) and math.isfinite(step.high)
        rows.append({
            "name": step.name, "order": order, "begin": begin, "end": end, "sign": sign,
            "low": begin + step.low if has_interval else None, "high": begin + step.high if has_interval else None,
            "label": number(step.value, 1, sign=True) + ("" if step.is_resolved else f" {OPEN}"),
            "is_resolved": step.is_resolved,
        })  # fmt: skip

    def draw(format_: Format) -> Spec:
        limit = 122 if format_.is_narrow else 230
        order = ["\n".join(wrapped_within(step.name, limit)) for step in steps]
        row_px = _ROW_PX + 8 * max((name.count("\n") for name in order), default=0)
        width = format_.width_px - limit - 30 - _LABEL_PX
        axis = alt.Axis(
            title=None, labelLimit=limit + 20, domain=False, ticks=False, labelExpr=LINES, labelOffset=MIDDLE
        )
        y = alt.Y("name:N", sort=order, axis=axis)
        base = chart_of([{**row, "name": name} for row, name in zip(rows, order, strict=True)])
        signs = alt.Scale(domain=["up", "down", "total"], range=[MORE, LESS, NEITHER])
        x = alt.X(
            "begin:Q", axis=alt.Axis(title=axis_title, tickCount=3 if format_.is_narrow else 6, labelOverlap=True)
        )
        bars = base.mark_bar(height=16).encode(
            y=y, x=x, x2="end:Q",
            color=alt.Color("sign:N", scale=signs, legend=None), stroke=alt.Stroke("sign:N", scale=signs, legend=None),
            fillOpacity=alt.condition("datum.is_resolved", alt.value(1), alt.value(0.22)),
            strokeDash=alt.condition("datum.is_resolved", alt.value([1, 0]), alt.value([3, 2])),
        )  # fmt: skip
        ends = base.transform_filter("isValid(datum.low)").mark_rule(color="#222", strokeWidth=1.4)
        intervals = ends.encode(y=y, x="low:Q", x2="high:Q")
        zero = chart_of([{"at": 0}]).mark_rule(color=GREY).encode(x="at:Q")
        labels = base.mark_text(align="right").encode(y=y, x=alt.value(width + _LABEL_PX), text="label:N")
        chart = alt.layer(bars, intervals, zero, labels).properties(width=width, height=row_px * len(rows))
        return spec_of(chart)

    return draw
