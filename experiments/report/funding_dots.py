"""Charts of values with their intervals, one below the other; simulated and surrogate ones look different."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from experiments.report.drawing import BLACK, GREY, chart_of, spec_of
from experiments.report.funding_looks import Series
from experiments.report.page import Draw, Format, Spec
from experiments.report.wrapping import LETTER_PX, LINES, wrapped_within

_LABEL_PX, _NARROW_LABEL_PX = 225, 112
_WIDER_PX = 1.3
_BESIDE_PX = 14


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with the ends of its 95 % interval; NaN without one, and a NaN value is not drawn."""

    row: str
    series: Series
    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Panel:
    """Dots over one axis."""

    dots: tuple[Dot, ...]
    axis: str
    title: str = ""
    aside: tuple[tuple[str, str], ...] = ()
    """Words at the right of a row, on wide pages."""
    zero: bool = True
    marks: tuple[float, ...] = ()
    """Further lines across."""


def dots(panels: Sequence[Panel], series: Sequence[Series], *, same_axis: bool = False, overlaid: bool = False) -> Draw:
    """Return how to draw panels of dots below each other.

    Args:
        panels: from above.
        series: all that occur, in the order of the legend.
        same_axis: whether all panels have the ends of axis in common.
        overlaid: whether the series of a row are on one line.
    """
    panels = [panel for panel in panels if panel.dots]

    def draw(format_: Format) -> Spec:
        ends = _ends(panels) if same_axis else None
        sides_px = _sides_px(panels, format_)
        made = [
            _panel(panel, series, format_, ends, sides_px=sides_px, has_legend=i == 0, overlaid=overlaid)
            for i, panel in enumerate(panels)
        ]
        if len(made) == 1:
            spec = spec_of(made[0])
        else:
            spec = spec_of(alt.vconcat(*made, spacing=14).resolve_scale(yOffset="independent"))
        return {**spec, "padding": _padding(panels, format_)}

    return draw


def _sides_px(panels: Sequence[Panel], format_: Format) -> float:
    """Return what labels and words beside the panels take, so that panels are as wide as each other."""
    widest = _NARROW_LABEL_PX if format_.is_narrow else _LABEL_PX
    labels = [line for panel in panels for dot in panel.dots for line in wrapped_within(dot.row, widest)]
    words = [] if format_.is_narrow else [text for panel in panels for _, text in panel.aside]
    return LETTER_PX * (max(map(len, labels), default=0) + max((len(text) + 1 for text in words), default=0))


def _padding(panels: Sequence[Panel], format_: Format) -> dict[str, float]:
    """Return room for words that a reader's font has wider than the one that they were measured with."""
    widest = _NARROW_LABEL_PX if format_.is_narrow else _LABEL_PX
    labels = [line for panel in panels for dot in panel.dots for line in wrapped_within(dot.row, widest)]
    words = 0 if format_.is_narrow else max((len(text) for panel in panels for _, text in panel.aside), default=0)
    return {
        "left": 10 + _WIDER_PX * max(map(len, labels), default=0),
        "right": 12 + _WIDER_PX * words,
        "top": 5,
        "bottom": 5,
    }


def _ends(panels: Sequence[Panel]) -> list[float]:
    values = [
        end
        for panel in panels
        for dot in panel.dots
        for end in (dot.value, dot.low, dot.high, *panel.marks, *([0.0] if panel.zero else []))
    ]
    finite = [value for value in values if math.isfinite(value)]
    return [min(finite), max(finite)] if finite else [0.0, 1.0]


def _panel(
    panel: Panel,
    series: Sequence[Series],
    format_: Format,
    ends: list[float] | None,
    *,
    sides_px: float,
    has_legend: bool,
    overlaid: bool,
) -> alt.LayerChart | alt.FacetChart:
    widest = _NARROW_LABEL_PX if format_.is_narrow else _LABEL_PX
    names = {dot.row: "\n".join(wrapped_within(dot.row, widest)) for dot in panel.dots}
    rows = [
        {
            "row": names[dot.row], "series": dot.series.name, "value": dot.value, "dash": list(dot.series.dash),
            "low": dot.low if math.isfinite(dot.low) else dot.value,
            "high": dot.high if math.isfinite(dot.high) else dot.value,
        }
        for dot in panel.dots
        if math.isfinite(dot.value)
    ]  # fmt: skip
    order, kinds = list(names.values()), [one.name for one in series]
    here = [one for one in kinds if any(dot.series.name == one for dot in panel.dots)]
    most_lines = max(name.count("\n") + 1 for name in order)
    row_px = max(8 + 13 * (1 if overlaid else len(here)), 10 + 14 * most_lines, 22)
    axis = alt.Axis(title=None, labelExpr=LINES, labelLimit=_LABEL_PX + 60, domain=False, ticks=False)
    y = alt.Y("row:N", sort=order, scale=alt.Scale(domain=order), axis=axis)
    # Series of a row that has one of them alone stay where they are in all rows.
    offset = {} if overlaid else {"yOffset": alt.YOffset("series:N", sort=here, scale=alt.Scale(domain=here))}
    has_aside = not format_.is_narrow and bool(panel.aside)
    width = format_.width_px - sides_px - _BESIDE_PX
    x_axis = alt.Axis(title=wrapped_within(panel.axis, width), tickCount=4 if format_.is_narrow else 7, format=",~f")
    scale = alt.Scale(domain=ends if ends else _ends([panel]), zero=panel.zero, nice=True)
    x = alt.X("value:Q", axis=x_axis, scale=scale)

    def of(values: list[str]) -> alt.Scale:
        return alt.Scale(domain=kinds, range=values)

    legend = alt.Legend(title=None, columns=1, symbolSize=80) if has_legend and len(kinds) > 1 else None
    colour = alt.Color("series:N", scale=of([one.colour for one in series]), legend=legend)
    shape = alt.Shape("series:N", scale=of([one.shape for one in series]), legend=legend)
    fill = alt.Fill(
        "series:N", scale=of([one.colour if one.is_filled else "white" for one in series]), legend=legend
    )  # fmt: skip
    # Without a scale, or the outlines of symbols in the legend would be dashed too.
    dash = alt.StrokeDash("dash:N", scale=None)
    base = chart_of(rows)
    layers: list[alt.Chart] = [
        chart_of([{"at": at}]).mark_rule(color=GREY, strokeWidth=1, aria=False).encode(x="at:Q")
        for at in ([0.0] if panel.zero else [])
    ]
    layers += [
        chart_of([{"at": at}]).mark_rule(color=BLACK, strokeDash=[2, 2], aria=False).encode(x="at:Q")
        for at in panel.marks
    ]
    layers.append(
        base.mark_rule(strokeWidth=1.8, aria=False).encode(
            y=y, **offset, x=alt.X("low:Q", axis=x_axis, scale=scale), x2="high:Q", color=colour, strokeDash=dash
        )
    )  # fmt: skip
    layers.append(
        base.mark_point(size=62, strokeWidth=1.8, opacity=1).encode(
            y=y, **offset, x=x, color=colour, shape=shape, fill=fill
        )
    )  # fmt: skip
    if has_aside:
        words = [{"row": names[row], "words": text} for row, text in panel.aside if row in names]
        layers.append(
            chart_of(words).mark_text(align="left", dx=8, fontSize=11).encode(
                y=y, x=alt.value(width), text="words:N"
            )
        )  # fmt: skip
    title = alt.TitleParams(wrapped_within(panel.title, format_.width_px - 40), fontSize=12) if panel.title else ""
    return alt.layer(*layers).properties(width=width, height=row_px * len(order), title=title)
