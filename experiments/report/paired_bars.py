"""Bars of one or two arms beside each other, with their values at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from experiments.report.drawing import BLUE, ORANGE, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec
from experiments.report.wrapping import LINES, MIDDLE, wrapped_within
from experiments.screen import number
from sim.streams import Floats

_ROW_PX = 34
_VALUE_PX = 52


@dataclass(frozen=True, slots=True)
class Bars:
    """A panel of bars."""

    axis_title: str
    """With the unit."""
    values: Mapping[str, Floats]
    """By name of the row, shape (arms, replications); means are drawn."""
    digits: int


def paired_bars(panels: Sequence[Bars], arms: Sequence[str]) -> Draw:
    """Return how to draw panels of bars below each other.

    Args:
        panels: each with its own axis.
        arms: names of the arms, baseline first.
    """

    def draw(format_: Format) -> Spec:
        label_px = 116 if format_.is_narrow else 170
        charts = [_panel(panel, list(arms), label_px, format_) for panel in panels]
        return spec_of(alt.vconcat(*charts, spacing=12))

    return draw


def _panel(panel: Bars, arms: list[str], label_px: int, format_: Format) -> alt.LayerChart | alt.FacetChart:
    names = {name: "\n".join(wrapped_within(name, label_px)) for name in panel.values}
    rows = [
        {"row": names[name], "arm": arm, "value": float(row.mean()), "label": number(float(row.mean()), panel.digits)}
        for name, values in panel.values.items()
        for arm, row in zip(arms, values, strict=True)
    ]
    axis = alt.Axis(
        title=None,
        labelLimit=label_px + 20,
        domain=False,
        ticks=False,
        minExtent=label_px,
        labelExpr=LINES,
        labelOffset=MIDDLE,
    )
    colour = alt.Color(
        "arm:N", sort=arms, legend=alt.Legend(title=None, orient="top"),
        scale=alt.Scale(domain=arms, range=[ORANGE, BLUE]),
    )  # fmt: skip
    base = chart_of(rows).encode(
        y=alt.Y("row:N", sort=list(names.values()), axis=axis, scale=alt.Scale(paddingInner=0.25)),
        x=alt.X("value:Q", axis=alt.Axis(title=panel.axis_title, tickCount=4 if format_.is_narrow else 8)),
        yOffset=alt.YOffset("arm:N", sort=arms),
    )
    labels = base.mark_text(align="left", dx=3, fontSize=11).encode(text="label:N")
    chart = alt.layer(base.mark_bar().encode(color=colour), labels)
    return chart.properties(width=format_.width_px - label_px - _VALUE_PX - 30, height=_ROW_PX * len(names))
