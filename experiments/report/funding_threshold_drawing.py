"""How it is drawn within which values something holds."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from experiments.report.drawing import BLACK, GREY, SKY, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec
from experiments.report.wrapping import wrapped_within


def threshold_lines(
    made: Sequence[tuple[str, float, float, float, float, float]], axis: str, names: tuple[str, str, str]
) -> Draw:
    """Return how to draw within which values something holds.

    Args:
        made: label, ends looked to, ends within which it holds, and the usual value.
        axis: title of the axis.
        names: of the line, the bar and the mark.
    """
    keys = ("label", "first", "last", "low", "high", "usual")
    rows = [dict(zip(keys, one, strict=True)) for one in made]
    colours = alt.Scale(domain=list(names), range=[GREY, SKY, BLACK])

    def draw(format_: Format) -> Spec:
        columns = 1 if format_.is_narrow else 3
        legend = alt.Legend(
            title=None, columns=columns, columnPadding=30, symbolType="square", labelLimit=format_.width_px - 60
        )
        y = alt.Y("label:N", sort=[one[0] for one in made], axis=alt.Axis(title=None, domain=False, ticks=False))
        width = format_.width_px - 150
        x_axis = alt.Axis(title=wrapped_within(axis, width), tickCount=5)
        base = chart_of(rows)

        def x(field: str) -> alt.X:
            return alt.X(field, axis=x_axis, scale=alt.Scale(domain=[0, 1]))

        def colour(i: int) -> alt.Color:
            return alt.Color(datum=names[i], scale=colours, legend=legend)

        chart = alt.layer(
            base.mark_rule(strokeWidth=2).encode(y=y, x=x("first:Q"), x2="last:Q", color=colour(0)),
            base.mark_bar(height=12).encode(y=y, x=x("low:Q"), x2="high:Q", color=colour(1)),
            base.mark_tick(thickness=3, size=22).encode(y=y, x=x("usual:Q"), color=colour(2)),
        )
        return spec_of(chart.properties(width=width, height=34 * len(rows)))

    return draw
