"""Where in a sweep cases of interest are dense (boxes), and how much worse each choice is than the best (regret)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.analysis.outcome import Sample
from experiments.report.dots import Dot, Panel, dots, row_labels
from experiments.report.drawing import BLUE
from experiments.report.factor_names import factor_label, factor_unit
from experiments.report.page import Block, Column, Draw, Figure, Format, Section, Spec, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.report.wrapping import wrapped
from experiments.screen import FROZEN_STOCK_NOTE, UPPER_BOUND, UPPER_BOUND_NOTE, arm_label, number, significant

Row = dict[str, Any]


def boxes_section(sources: Sequence[Source], sample: Sample, texts: Texts, supply: str) -> Section | None:
    """Return the boxes of each folder of waterbed discover; None without one.

    Args:
        sources: further folders with boxes.
        sample: points of the sweep, whose ranges the limits are drawn in.
        texts: the words.
        supply: what ends titles.
    """
    blocks: list[Block] = []
    for place, source in enumerate(sources):
        rows = source.table("discovered_boxes").to_pylist()
        if not rows:
            blocks.append(texts("boxes.none"))
        for box in sorted({row["box"] for row in rows}):
            blocks.append(_figure([row for row in rows if row["box"] == box], sample, texts, supply, place))
    return (
        Section("boxes", texts("boxes.heading"), (texts("boxes.intro"), *blocks, texts("boxes.mark")))
        if blocks
        else None
    )


def _figure(rows: list[Row], sample: Sample, texts: Texts, supply: str, place: int) -> Figure:
    box, of = rows[0]["box"], rows[0]
    cells = tuple(
        (factor_label(row["factor"]), limits(row), factor_unit(row["factor"]) or "-", number(row["quasi_p"], 3),
         f"{number(100 * row['selected'], 0)}{'' if row['selected'] >= 0.5 else ' ?'}")
        for row in rows if row["factor"]
    )  # fmt: skip
    quality = texts(
        "boxes.quality", coverage=number(100 * of["coverage"], 0), density=number(100 * of["density"], 0),
        mass=number(100 * of["mass"], 0),
    )  # fmt: skip
    columns = (
        Column(texts("sweep.factor"), is_number=False), Column(texts("boxes.limits"), is_number=False),
        Column(texts("sweep.unit"), is_number=False), Column(texts("boxes.quasi_p")),
        Column(texts("boxes.selected"), "%"),
    )  # fmt: skip
    said = "; ".join(f"{name} {text} {unit.strip('-')}".strip() for name, text, unit, *_ in cells)
    return Figure(
        f"box-{place}-{box}",
        f"{texts('boxes.title', cases=of['cases'], box=box)} {supply}",
        texts("boxes.about", said=said or texts("boxes.none"), quality=quality),
        _ranges(rows, sample, texts),
        Table(texts("boxes.table"), columns, cells),
        quality,
    )


def limits(row: Row) -> str:
    """Return what a box allows of a factor."""
    if row["levels"]:
        return " or ".join(map(arm_label, row["levels"].split("|")))
    low, high = row["low"], row["high"]
    if math.isfinite(low) and math.isfinite(high):
        return f"{significant(low)} to {significant(high)}"
    return f"above {significant(low)}" if math.isfinite(low) else f"below {significant(high)}"


def in_range(row: Row, column: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    """Return the limits of a factor as shares of the range that it took in the sweep, 0 to 1."""
    first, last = float(column.min()), float(column.max())
    wide = (last - first) or 1.0
    low = (row["low"] - first) / wide if math.isfinite(row["low"]) else 0.0
    high = (row["high"] - first) / wide if math.isfinite(row["high"]) else 1.0
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)


def _ranges(rows: list[Row], sample: Sample, texts: Texts) -> Draw:
    places = {factor.name: i for i, factor in enumerate(sample.factors) if not factor.levels}
    found = [(row, *in_range(row, sample.inputs[:, places[row["factor"]]])) for row in rows if row["factor"] in places]

    def draw(format_: Format) -> Spec:
        letters = 13 if format_.is_narrow else 26
        room = 105 if format_.is_narrow else 205
        bars = [
            {"name": "\n".join(wrapped(factor_label(row["factor"]), letters)), "low": 100 * low, "high": 100 * high,
             "first": 0, "last": 100}
            for row, low, high in found
        ]  # fmt: skip
        names = [str(bar["name"]) for bar in bars]
        y = {"field": "name", "type": "nominal", "sort": names, "axis": None}
        axis = {"title": texts("boxes.axis_short" if format_.is_narrow else "boxes.axis"), "tickCount": 5}
        layers = [
            {
                "mark": {"type": "bar", "height": height, "fill": fill},
                "encoding": {
                    "y": y, "x2": {"field": end},
                    "x": {"field": begin, "type": "quantitative", "axis": axis, "scale": {"domain": [0, 100]}},
                },
            }
            for height, fill, begin, end in ((6, "#d9d9d9", "first", "last"), (16, BLUE, "low", "high"))
        ]  # fmt: skip
        return {
            "data": {"values": bars}, "layer": [*layers, *row_labels(names, format_)],
            "width": format_.width_px - room - 40, "height": max(1, len(bars)) * (46 if format_.is_narrow else 32),
        }  # fmt: skip

    return draw


def regret_section(sources: Sequence[Source], texts: Texts, supply: str) -> Section | None:
    """Return the regret of each level, of the folders of waterbed discover that have it; None without one."""
    blocks: list[Block] = []
    for place, source in enumerate(sources):
        if rows := source.table("regret").to_pylist():
            blocks.append(_regret(rows, texts, supply, place))
            levels = {row["level"] for row in rows}
            blocks += [FROZEN_STOCK_NOTE] if any(arm_label(level).endswith("*") for level in levels) else []
            blocks += [UPPER_BOUND_NOTE] if UPPER_BOUND in levels else []
    return Section("regret", texts("regret.heading"), (texts("regret.intro"), *blocks)) if blocks else None


def _regret(rows: list[Row], texts: Texts, supply: str, place: int) -> Figure:
    levels = list(dict.fromkeys(row["level"] for row in rows))
    by = {(row["level"], row["measure"]): row for row in rows}
    unit, outcome = rows[0]["unit"], rows[0]["outcome"].replace("_", " ")
    points = tuple(
        Dot(arm_label(level), row["value"], row["low"], row["high"], flag="" if row["is_resolved"] else "?")
        for level in levels
        for row in [by.get((level, "mean"))]
        if row is not None
    )
    cells = tuple(
        (arm_label(level), _ends(by.get((level, "mean")), mark=True), _ends(by.get((level, "p90"))),
         _ends(by.get((level, "max"))), _ends(by.get((level, "share best")), scale=100))
        for level in levels
    )  # fmt: skip
    columns = (
        Column(texts("regret.level"), is_number=False), Column(f"{texts('regret.mean')} [95 %]", unit),
        Column(f"{texts('regret.p90')} [95 %]", unit), Column(texts("regret.max"), unit),
        Column(f"{texts('regret.share')} [95 %]", "%"),
    )  # fmt: skip
    means = "; ".join(f"{name}: {mean}" for name, mean, *_ in cells)
    return Figure(
        f"regret-{place}",
        f"{texts('regret.title', outcome=outcome)} {supply}",
        texts("regret.about", means=means, unit=unit),
        dots([Panel(texts("regret.axis", unit=unit), points)]),
        Table(texts("regret.table", best=rows[0]["best"]), columns, cells, texts("regret.mark")),
        texts("regret.note", best=texts(f"regret.{rows[0]['best']}"), points=f"{rows[0]['points']:,}"),
    )


def _ends(row: Row | None, *, scale: float = 1.0, mark: bool = False) -> str:
    if row is None:
        return "-"
    value, low, high = (significant(scale * row[end], 2) for end in ("value", "low", "high"))
    flag = " ?" if mark and not row["is_resolved"] else ""
    return f"{value} [{low}, {high}]{flag}" if math.isfinite(row["low"]) else f"{value}{flag}"
