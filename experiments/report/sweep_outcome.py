"""The outcome of a sweep in pictures: its spread over points, its course over factors, and its levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from experiments.analysis.outcome import Sample
from experiments.report.dots import Dot, Panel, dots
from experiments.report.drawing import BLUE, chart_of, spec_of
from experiments.report.factor_names import factor_about, factor_label, factor_unit
from experiments.report.page import Block, Column, Draw, Figure, Format, Section, Spec, Table
from experiments.report.sweep_numbers import (
    BAND,
    QUANTILES,
    Slice,
    bin_edges,
    level_differences,
    slices,
    spread_of_slices,
)
from experiments.report.texts import Texts
from experiments.screen import arm_label, number, significant, with_interval
from sim.streams import Floats

MOST_PANELS = 6


def spread_section(sample: Sample, texts: Texts, supply: str, luck: str) -> Section:
    """Return how the outcome is spread over the points, and what of that is luck.

    Args:
        sample: complete points.
        texts: the words.
        supply: what ends titles.
        luck: what share of the spread is luck, in words.
    """
    means = sample.means
    edges = bin_edges(means)
    counts = np.histogram(means, edges)[0].tolist()
    rows = tuple(
        (f"{significant(low)} to {significant(high)}", f"{count:,}", number(100 * count / means.size))
        for low, high, count in zip(edges[:-1].tolist(), edges[1:].tolist(), counts, strict=True)
    )
    values = np.quantile(means, QUANTILES).tolist()
    name = outcome_label(sample)
    figure = Figure(
        "spread",
        f"{texts('sweep.spread_title', outcome=name)} {supply}",
        texts(
            "sweep.spread_about", outcome=name, points=f"{means.size:,}", unit=sample.unit, low=significant(values[0]),
            middle=significant(values[3]), high=significant(values[-1]),
        ),
        _histogram(edges, counts, f"{name}, {sample.unit}", texts("sweep.points_axis")),
        Table(
            texts("sweep.spread_table"),
            (
                Column(name, sample.unit, is_number=False),
                Column(texts("sweep.points")),
                Column(texts("sweep.share"), "%"),
            ),
            rows,
        ),
        _of_points(texts, sample.values.shape[1]),
    )  # fmt: skip
    quantiles = Table(
        f"{texts('sweep.quantiles')} {supply}",
        (Column(texts("sweep.quantile"), is_number=False), Column(name, sample.unit)),
        tuple((texts(f"sweep.q{round(100 * q)}"), significant(v)) for q, v in zip(QUANTILES, values, strict=True)),
    )
    return Section("spread", texts("sweep.spread_heading"), (texts("sweep.spread_intro"), figure, quantiles, luck))


def _of_points(texts: Texts, replications: int) -> str:
    return texts("sweep.spread_once") if replications == 1 else texts("sweep.spread_note", replications=replications)


def outcome_label(sample: Sample) -> str:
    """Return the name of the outcome in words."""
    return sample.name.replace("_", " ")


def _histogram(edges: Floats, counts: Sequence[int], x_title: str, y_title: str) -> Draw:
    values = [
        {"low": low, "high": high, "count": count, "ground": 0}
        for low, high, count in zip(edges[:-1].tolist(), edges[1:].tolist(), counts, strict=True)
    ]

    def draw(format_: Format) -> Spec:
        ticks = 4 if format_.is_narrow else 9
        x = alt.X("low:Q", axis=alt.Axis(title=x_title, tickCount=ticks, grid=False), scale=alt.Scale(zero=False))
        y = alt.Y("count:Q", axis=alt.Axis(title=y_title, tickCount=5, titlePadding=9))
        bars = chart_of(values).mark_rect(fill=BLUE, stroke="white").encode(x=x, x2="high:Q", y=y, y2="ground:Q")
        return spec_of(bars.properties(width=format_.width_px - 90, height=210))

    return draw


def factors_section(sample: Sample, texts: Texts, supply: str, ranked: Sequence[str]) -> Section | None:
    """Return the course of the outcome over numeric factors; None if there are none.

    Args:
        sample: complete points.
        texts: the words.
        supply: what ends titles.
        ranked: factors that are told apart, in the order that they are shown; empty if nothing says so.
    """
    courses = {
        factor.name: slices(sample.inputs[:, i], sample.means)
        for i, factor in enumerate(sample.factors)
        if not factor.levels and np.ptp(sample.inputs[:, i]) > 0
    }
    if not courses:
        return None
    if ranked:
        shown = [name for name in ranked if name in courses] + [name for name in courses if name not in ranked]
    else:
        shown = sorted(courses, key=lambda name: -spread_of_slices(courses[name]))
    order = texts("sweep.order_ranked" if ranked else "sweep.order_spread")
    drawn = shown[:MOST_PANELS]
    if len(shown) > len(drawn):
        order += " " + texts("sweep.more_factors", count=len(shown) - len(drawn))
    band = f"{round(100 * (BAND[1] - BAND[0]))}"
    name = outcome_label(sample)
    rows = tuple(
        (factor_label(factor), significant(part.at), f"{part.points:,}", significant(part.mean),
         f"{significant(part.low)} to {significant(part.high)}")
        for factor in drawn for part in courses[factor]
    )  # fmt: skip
    ends = "; ".join(
        f"{factor_label(factor)}: {significant(courses[factor][0].mean)} to {significant(courses[factor][-1].mean)}"
        for factor in drawn
    )
    figure = Figure(
        "factors",
        f"{texts('sweep.factors_title', outcome=name)} {supply}",
        texts("sweep.factors_about", outcome=name, unit=sample.unit, band=band, ends=ends),
        _courses({factor: courses[factor] for factor in drawn}, f"{name}, {sample.unit}"),
        Table(
            texts("sweep.factors_table"),
            (Column(texts("sweep.factor"), is_number=False), Column(texts("sweep.at")), Column(texts("sweep.points")),
             Column(texts("sweep.mean"), sample.unit), Column(texts("sweep.band", band=band), sample.unit)),
            rows,
        ),
        texts("sweep.factors_note", band=band),
    )  # fmt: skip
    return Section(
        "factors",
        texts("sweep.factors_heading"),
        (texts("sweep.factors_intro"), order, figure, glossary(sample, texts)),
    )


def glossary(sample: Sample, texts: Texts) -> Table:
    """Return what each factor is, its unit, and the values that it took."""
    rows = []
    for i, factor in enumerate(sample.factors):
        column = sample.inputs[:, i]
        span = ", ".join(map(arm_label, factor.levels)) or f"{significant(column.min())} to {significant(column.max())}"
        rows.append((factor_label(factor.name), span, factor_unit(factor.name) or "-", factor_about(factor.name)))
    columns = tuple(Column(texts(f"sweep.{name}"), is_number=False) for name in ("factor", "values", "unit", "meaning"))
    return Table(texts("sweep.glossary"), columns, tuple(rows))


def _courses(courses: dict[str, list[Slice]], y_title: str) -> Draw:
    values = [part for found in courses.values() for part in found]
    low, high = min(part.low for part in values), max(part.high for part in values)

    def draw(format_: Format) -> Spec:
        columns = 1 if format_.is_narrow else min(2, len(courses))
        width = format_.width_px // columns - 90
        charts = [
            _course(found, factor, y_title, width, (low, high)) for factor, found in courses.items()
        ]  # fmt: skip
        return spec_of(alt.concat(*charts, columns=columns, spacing=20))

    return draw


def _course(
    found: Sequence[Slice], factor: str, y_title: str, width: int, ends: tuple[float, float]
) -> alt.LayerChart | alt.FacetChart:
    values: list[dict[str, Any]] = [{"at": p.at, "mean": p.mean, "low": p.low, "high": p.high} for p in found]
    unit = factor_unit(factor)
    label = factor_label(factor)
    x = alt.X(
        "at:Q",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(title=unit or "no unit", tickCount=4, grid=False, labelFlush=False),
    )
    y_axis = alt.Axis(title=y_title, tickCount=5, titlePadding=9)
    y = alt.Y("low:Q", scale=alt.Scale(domain=list(ends), zero=False, nice=True), axis=y_axis)
    base = chart_of(values)
    band = base.mark_area(fill=BLUE, fillOpacity=0.18, aria=False).encode(x=x, y=y, y2="high:Q")
    line = base.mark_line(color=BLUE, strokeWidth=2, aria=False).encode(x=x, y=alt.Y("mean:Q", axis=y_axis))
    points = base.mark_point(filled=True, color=BLUE, size=36, fillOpacity=1).encode(
        x=x, y=alt.Y("mean:Q", axis=y_axis)
    )
    title = alt.Title(label, fontSize=12, limit=width + 60)
    return alt.layer(band, line, points, width=width, height=140, title=title)


def levels_section(whole: Sample, sample: Sample, texts: Texts, supply: str) -> Section | None:
    """Return the outcome by level of each factor that has levels, such as the regime; None if there is none.

    Args:
        whole: all points.
        sample: complete points.
        texts: the words.
        supply: what ends titles.
    """
    blocks: list[Block] = []
    for i, factor in enumerate(sample.factors):
        if factor.levels:
            blocks += _levels(whole, sample, texts, supply, i)
    return Section("levels", texts("sweep.levels_heading"), (texts("sweep.levels_intro"), *blocks)) if blocks else None


def _levels(whole: Sample, sample: Sample, texts: Texts, supply: str, place: int) -> list[Block]:
    factor = sample.factors[place]
    label, name = factor_label(factor.name), outcome_label(sample)
    points, rows = [], []
    for code, level in enumerate(factor.levels):
        values = sample.means[sample.inputs[:, place] == code]
        if not values.size:
            rows.append((arm_label(level), "0", "-", "-"))
            continue
        low, high = np.quantile(values, BAND).tolist()
        mean = float(values.mean())
        points.append(Dot(arm_label(level), mean, low, high))
        rows.append(
            (arm_label(level), f"{values.size:,}", significant(mean), f"{significant(low)} to {significant(high)}")
        )
    band = f"{round(100 * (BAND[1] - BAND[0]))}"
    columns = (Column(label, is_number=False), Column(texts("sweep.points")), Column(texts("sweep.mean"), sample.unit),
               Column(texts("sweep.band", band=band), sample.unit))  # fmt: skip
    about = "; ".join(f"{row[0]}: {row[2]}" for row in rows)
    blocks: list[Block] = []
    if points:
        blocks.append(
            Figure(
                f"levels-{place}",
                f"{texts('sweep.levels_title', outcome=name, factor=label)} {supply}",
                texts("sweep.levels_about", outcome=name, unit=sample.unit, band=band, means=about),
                dots([Panel(f"{name}, {sample.unit}", tuple(points))], has_zero=False),
                Table(texts("sweep.levels_table"), columns, tuple(rows)),
                texts("sweep.levels_note", band=band),
            )
        )
    differences = level_differences(whole, factor.name)
    if differences is None:
        blocks.append(texts("sweep.unpaired"))
    elif differences:
        blocks.append(
            Table(
                f"{texts('sweep.differences', first=arm_label(factor.levels[0]))} {supply}",
                (Column(label, is_number=False), Column(f"{texts('sweep.difference')} [95 %]", sample.unit)),
                tuple(
                    (arm_label(level), with_interval(c.difference, c.low, c.high) + _mark(c.low, c.high))
                    for level, c in differences.items()
                ),
                texts("sweep.differences_note"),
            )
        )
    return blocks


def _mark(low: float, high: float) -> str:
    return " ?" if math.isfinite(low) and low <= 0 <= high else ""
