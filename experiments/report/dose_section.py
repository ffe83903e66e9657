"""How strong a lever has to be: the gain over its strength, and where it breaks even."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pyarrow.compute as pc

from experiments.decompose.dose import LEAST_GAIN, BreakEven
from experiments.decompose.study import KEPT_OFF, OUTCOMES, SEIZED
from experiments.report.break_evens import assumed_strength, break_even, break_even_words, in_short
from experiments.report.drawing import BLUE, GREY, RED, chart_of, spec_of
from experiments.report.gain_parts import in_words, lever_label
from experiments.report.page import Column, Draw, Figure, Format, Spec, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import magnitude, number
from scenarios.levers import lever_terms

_UNSHOWN = "#7a7a7a"


def threshold(source: Source) -> tuple[float, float]:
    """Return what lands in the baseline and the gain that is enough, t/yr."""
    runs = source.table("dose_runs", ["strength", "landed_g"])
    of_baseline = runs.filter(pc.is_nan(runs["strength"]))["landed_g"].to_numpy()
    landed = float(np.mean(of_baseline)) / 1e6 / source.years if of_baseline.size else math.nan
    return landed, LEAST_GAIN * landed


def dose_figure(source: Source, texts: Texts) -> Figure:
    """Return the gain over the strength of a lever, with the line that it has to pass.

    Raises:
        InputError: a table is missing or damaged.
    """
    rows = source.table("doses").to_pylist()
    lever, _ = break_even(source)
    found, assumed = break_even_words(source), assumed_strength(source, lever)
    landed, enough = threshold(source) if source.has("dose_runs") else (math.nan, math.nan)
    doses = sorted({row["strength"] for row in rows})
    by = {(row["strength"], row["outcome"]): row for row in rows}
    cells = tuple(
        (magnitude(round(dose, 4)), *(in_words(by.get((dose, outcome))) for outcome in OUTCOMES),
         texts("dose.yes" if by[dose, KEPT_OFF]["is_enough"] else "dose.no"))
        for dose in doses if (dose, KEPT_OFF) in by
    )  # fmt: skip
    share = f"{100 * LEAST_GAIN:g}"
    before, after = next(iter(source.cases)), list(source.cases)[-1]
    columns = (
        Column(texts("dose.strength")),
        Column(f"{texts('decomposition.column_kept_off')} [95 %]", "t/yr"),
        Column(f"{texts('decomposition.column_seized')} [95 %]", "t/yr"),
        Column(texts("dose.enough", share=share), is_number=False),
    )
    name = lever_label(lever)
    curve = [row for row in rows if row["outcome"] == KEPT_OFF]
    seized = [row for row in rows if row["outcome"] == SEIZED]
    return Figure(
        f"dose-{lever.replace('_', '-')}",
        f"{texts('dose.title', lever=name)} {source.supply}",
        texts("dose.about", lever=name, found=found, share=share, assumed=assumed),
        _curve(texts, (curve, seized), enough, share, texts("dose.x", assumed=assumed)),
        Table(texts("dose.table", before=before, after=after), columns, cells, texts("dose.table_note")),
        texts(
            "dose.note", lever=name, found=found, share=share, landed=number(landed), enough=number(enough),
            assumed=assumed,
        ),
    )  # fmt: skip


def _curve(texts: Texts, outcomes: tuple[list[dict[str, Any]], ...], enough: float, share: str, x_title: str) -> Draw:
    """Return how to draw a panel an outcome, strength along the bottom."""

    def draw(format_: Format) -> Spec:
        columns = 1 if format_.is_narrow else min(2, sum(map(bool, outcomes)))
        width = format_.width_px // columns - 92
        charts = [
            _panel(texts, rows, enough if i == 0 else math.nan, share, width, i, x_title)
            for i, rows in enumerate(outcomes) if rows
        ]  # fmt: skip
        return spec_of(alt.concat(*charts, columns=columns, spacing=24))

    return draw


def _panel(
    texts: Texts, rows: list[dict[str, Any]], enough: float, share: str, width: int, place: int, x_title: str
) -> alt.LayerChart | alt.FacetChart:
    values = [
        {
            "strength": row["strength"], "value": row["difference"], "flag": "" if row["is_resolved"] else "?",
            "low": row["low"] if math.isfinite(row["low"]) else None,
            "high": row["high"] if math.isfinite(row["high"]) else None,
        }
        for row in rows
    ]  # fmt: skip
    base = chart_of(values)
    most = max(row["strength"] for row in rows)
    x = alt.X(
        "strength:Q", scale=alt.Scale(domain=[-0.05 * (most or 1), 1.08 * (most or 1)], nice=False),
        axis=alt.Axis(title=x_title, tickCount=5),
    )  # fmt: skip
    key = ("kept_off", "seized")[place]
    y = alt.Y("value:Q", axis=alt.Axis(title=texts(f"decomposition.axis_{key}"), tickCount=6, titlePadding=9))
    colour = (BLUE, RED)[place]
    line = base.mark_line(color=colour, strokeOpacity=0.5, strokeDash=[2, 2], aria=False).encode(x=x, y=y)
    rules = base.transform_filter("isValid(datum.low)").mark_rule(color=colour, strokeWidth=2, aria=False).encode(
        x=x, y=alt.Y("low:Q"), y2="high:Q"
    )  # fmt: skip
    shape = alt.condition("datum.flag == ''", alt.value(colour), alt.value(_UNSHOWN))
    points = base.mark_point(filled=True, size=70, shape=("circle", "square")[place], fillOpacity=1).encode(
        x=x, y=y, color=shape
    )
    flags = base.mark_text(dx=9, dy=-6, fontSize=13, color="#444").encode(x=x, y=y, text="flag:N")
    zero = chart_of([{"at": 0}]).mark_rule(color=GREY, strokeDash=[3, 3], aria=False).encode(y="at:Q")
    layers = [zero, line, rules, points, flags]
    if math.isfinite(enough):
        mark = chart_of([{"at": enough, "x": 1.08 * (most or 1), "text": texts("dose.line", share=share)}])
        layers.append(mark.mark_rule(color="#222", strokeWidth=1.5, aria=False).encode(y="at:Q"))
        layers.append(mark.mark_text(align="right", dy=-6, fontSize=11).encode(x=alt.X("x:Q"), y="at:Q", text="text:N"))
    title = alt.Title(texts(f"decomposition.column_{key}"), fontSize=12)
    return alt.layer(*layers, width=width, height=190, title=title)


def evidence_table(source: Source, texts: Texts, levers: Sequence[str], found: dict[str, BreakEven]) -> Table:
    """Return what each lever rests on, whether it can be done now, its strength here and that at which it breaks even.

    Args:
        source: results with these levers.
        texts: the words.
        levers: their names.
        found: break-even strength by lever, where it is known.
    """
    terms = lever_terms()
    rows = tuple(
        (lever_label(lever), terms[lever].grade, terms[lever].feasible_now, assumed_strength(source, lever),
         in_short(texts, found.get(lever)))
        if lever in terms else (lever_label(lever), "-", "-", "-", in_short(texts, found.get(lever)))
        for lever in levers
    )  # fmt: skip
    columns = tuple(Column(texts(f"decomposition.{name}"), is_number=False) for name in
                    ("lever", "grade", "feasible", "assumed_strength", "break_even"))  # fmt: skip
    return Table(texts("decomposition.evidence_table"), columns, rows, texts("decomposition.evidence_note"))
