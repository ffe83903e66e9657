"""How units are drawn: bars by state or year, one colour and one place in the bar a type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from experiments.report.drawing import BLACK, BLUE, CLASSES, GREEN, RED, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec

_DARK = (BLUE, GREEN, RED, BLACK)
_ROW_PX = 24
_LEAST_SHARES = {True: 0.1, False: 0.045}
"""Of the longest bar, on narrow pages and wide ones: shorter pieces are not labelled."""


def bars(
    pieces: Sequence[tuple[str, str, int]],
    kinds: Sequence[str],
    axis: str,
    *,
    aside: Sequence[tuple[str, str]] = (),
    aside_title: str = "",
) -> Draw:
    """Return how to draw pieces of bars one after the other, with their units in them.

    Args:
        pieces: row, type and units, in their order.
        kinds: all types, so that each has its colour in all figures.
        axis: title of the axis.
        aside: words at the right of a row.
        aside_title: what they are.
    """
    names = list(dict.fromkeys(row for row, _, _ in pieces))
    colours = [CLASSES[i % len(CLASSES)] for i in range(len(kinds))]
    total = {name: sum(units for row, _, units in pieces if row == name) for name in names}
    most = max(total.values(), default=1)
    rows: list[dict[str, Any]] = []
    for name in names:
        begin = 0
        for kind in kinds:
            units = sum(n for row, one, n in pieces if (row, one) == (name, kind))
            if units:
                ink = "white" if colours[kinds.index(kind)] in _DARK else "#222"
                rows.append({
                    "row": name, "kind": kind, "begin": begin, "end": begin + units, "middle": begin + units / 2,
                    "label": str(units), "share": units / most, "ink": ink,
                })  # fmt: skip
            begin += units

    def draw(format_: Format) -> Spec:
        right = 64 if aside else 6
        label_px = 44
        width = format_.width_px - label_px - 40 - right
        y = alt.Y("row:N", sort=names, axis=alt.Axis(title=None, domain=False, ticks=False))
        x = alt.X("begin:Q", axis=alt.Axis(title=axis, tickCount=4 if format_.is_narrow else 8, tickMinStep=1))
        legend = alt.Legend(title=None, columns=1 if format_.is_narrow else 2, columnPadding=30)
        base = chart_of(rows)
        layers = [
            base.mark_bar(height=17, stroke="white", strokeWidth=1).encode(
                y=y, x=x, x2="end:Q",
                color=alt.Color("kind:N", scale=alt.Scale(domain=list(kinds), range=colours), legend=legend),
            ),
            chart_of([row for row in rows if row["share"] >= _LEAST_SHARES[format_.is_narrow]]).mark_text(
                fontSize=11, aria=False
            ).encode(
                y=y, x="middle:Q", text="label:N", color=alt.Color("ink:N", scale=None)
            ),
        ]  # fmt: skip
        if aside:
            words = [{"row": row, "words": text} for row, text in aside]
            layers += [
                chart_of(words).mark_text(align="right", fontSize=12).encode(
                    y=y, x=alt.value(width + right - 6), text="words:N"
                ),
                chart_of([{"words": aside_title}]).mark_text(align="right", baseline="bottom", fontSize=11).encode(
                    x=alt.value(width + right - 6), y=alt.value(-4), text="words:N"
                ),
            ]  # fmt: skip
        # Colours of the words in the bars are no classes.
        chart = alt.layer(*layers).resolve_scale(color="independent")
        return spec_of(chart.properties(width=width, height=_ROW_PX * len(names)))

    return draw
