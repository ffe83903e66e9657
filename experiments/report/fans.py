"""Fan charts: median and bands over replications by month, or the lines themselves where there are few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from experiments.report.drawing import BLUE, GREY, ORANGE, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec
from sim.streams import Floats

LEAST_FOR_BANDS = 5
"""With fewer replications a band would be made of single runs."""
_MONTHS_OF_YEARS = 30
"""With fewer months the axis names months and not years."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line by month."""

    name: str
    dates: Sequence[str]
    """First day of each month, ISO."""
    values: Floats
    """Shape (replications, months)."""

    @property
    def quantiles(self) -> Floats:
        """Return 5 %, 25 %, 50 %, 75 % and 95 % over replications, shape (5, months)."""
        quantiles: Floats = np.quantile(self.values, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        return quantiles


def fan(series: Sequence[Series], axis_title: str, start: str, start_label: str) -> Draw:
    """Return how to draw series over time, the first dashed and the second full, each with its name at its end.

    Args:
        series: one or two.
        axis_title: with the unit and how values were summed over months.
        start: day from which the regime holds, ISO.
        start_label: what is written there.
    """
    names = [one.name for one in series]
    scale = alt.Scale(domain=names, range=[ORANGE, BLUE])
    has_bands = len(series[0].values) >= LEAST_FOR_BANDS
    rows = [row for one in series for row in (_band_rows(one) if has_bands else _line_rows(one))]

    def draw(format_: Format) -> Spec:
        width = format_.width_px - 75
        x_axis = alt.Axis(title=None, format="%Y", tickCount="year", labelOverlap=True)
        if len(series[0].dates) < _MONTHS_OF_YEARS:
            x_axis = alt.Axis(title=None, format="%Y-%m", tickCount=3 if format_.is_narrow else 6, labelOverlap=True)
        y_axis = alt.Axis(title=axis_title, tickCount=5, titleLimit=260)
        base = chart_of(rows)
        x = alt.X("date:T", axis=x_axis)
        legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolStrokeWidth=3)
        colour = alt.Color("name:N", scale=scale, legend=legend)
        dash = alt.StrokeDash("name:N", scale=alt.Scale(domain=names, range=[[5, 3], [1, 0]]), legend=legend)
        zero = alt.Scale(zero=False)
        layers = []
        if has_bands:
            for low, high, strength in (("q5", "q95", 0.18), ("q25", "q75", 0.32)):
                layers.append(base.mark_area(fillOpacity=strength).encode(
                    x=x, y=alt.Y(f"{low}:Q", axis=y_axis, scale=zero), y2=f"{high}:Q", color=colour))  # fmt: skip
        middle = base.mark_line(strokeWidth=2.2 if has_bands else 1.3).encode(
            x=x, y=alt.Y("q50:Q", axis=y_axis, scale=zero), color=colour, strokeDash=dash, detail="run:N"
        )
        begin = chart_of([{"date": start, "label": start_label}])
        rule = begin.mark_rule(color=GREY, strokeDash=[2, 2]).encode(x="date:T")
        label = begin.mark_text(align="left", dx=4, dy=2, baseline="top", color=GREY).encode(
            x="date:T", y=alt.value(0), text="label:N"
        )
        chart = alt.layer(*layers, middle, rule, label).properties(width=width, height=230)
        return spec_of(chart)

    return draw


def _band_rows(series: Series) -> list[dict[str, Any]]:
    names = ("q5", "q25", "q50", "q75", "q95")
    return [
        {"name": series.name, "date": date, "run": 0, **dict(zip(names, column, strict=True))}
        for date, column in zip(series.dates, series.quantiles.T.round(4).tolist(), strict=True)
    ]


def _line_rows(series: Series) -> list[dict[str, Any]]:
    return [
        {"name": series.name, "date": date, "run": run, "q50": value}
        for run, values in enumerate(series.values.round(4).tolist())
        for date, value in zip(series.dates, values, strict=True)
    ]
