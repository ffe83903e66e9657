"""How the marginal curve is drawn: bars as wide as the steps of the budget, and the knee."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from experiments.report.drawing import BLACK, GREY, RED, chart_of, spec_of
from experiments.report.funding_curve_drawing import budget_axis, height_px
from experiments.report.page import Draw, Format, Spec
from experiments.report.wrapping import wrapped_within


@dataclass(frozen=True, slots=True)
class MarginalStep:
    """What each further ten million keeps off between two budgets."""

    first: float
    last: float
    value: float
    low: float
    high: float
    is_knee: bool


def steps(made: Sequence[MarginalStep], axis: str, knee: str) -> Draw:
    """Return how to draw the marginal curve as bars as wide as the step of budget, with the knee.

    Args:
        made: by budget.
        axis: title of the upright axis.
        knee: word for the knee.
    """

    def draw(format_: Format) -> Spec:
        rows = [
            {
                "first": one.first, "last": one.last, "middle": (one.first + one.last) / 2, "value": one.value,
                "low": one.low if math.isfinite(one.low) else one.value,
                "high": one.high if math.isfinite(one.high) else one.value,
            }
            for one in made
        ]  # fmt: skip
        x = alt.X("first:Q", axis=budget_axis(format_), scale=alt.Scale(zero=True, nice=False))
        y = alt.Y("value:Q", axis=alt.Axis(title=wrapped_within(axis, height_px(format_)), format=",~f"))
        base = chart_of(rows)
        layers = [
            base.mark_rect(fill=RED, fillOpacity=0.35, stroke=RED).encode(
                x=x, x2="last:Q", y=y, y2=alt.datum(0)
            ),
            base.mark_rule(strokeWidth=1.6, strokeDash=[4, 3], color="#222", aria=False).encode(
                x="middle:Q", y="low:Q", y2="high:Q"
            ),
            chart_of([{"at": 0}]).mark_rule(color=GREY, aria=False).encode(y="at:Q"),
        ]  # fmt: skip
        knees = [{"at": one.last, "words": knee} for one in made if one.is_knee]
        if knees:
            at = chart_of(knees)
            layers += [
                at.mark_rule(color=BLACK, strokeWidth=1.6).encode(x="at:Q"),
                at.mark_text(align="left", baseline="top", dx=5).encode(x="at:Q", y=alt.value(2), text="words:N"),
            ]
        return spec_of(alt.layer(*layers).properties(width=format_.width_px - 60, height=height_px(format_)))

    return draw
