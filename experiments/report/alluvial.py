"""Alluvial diagrams: bands between two axes, whose widths are shares of one whole; Vega-Lite has no mark for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from experiments.report.drawing import BLUE, NEITHER, SKY, chart_of, spec_of
from experiments.report.page import Draw, Format, Spec
from experiments.report.wrapping import wrapped

STAYED, MOVED, NOISE = "stayed", "moved", "noise"
_COLOURS = {STAYED: SKY, MOVED: BLUE, NOISE: NEITHER}
_STEPS = 24
_NODE_PX = 9
_LINE_PX = 13
_GAP_PX = 5


@dataclass(frozen=True, slots=True)
class Band:
    """A share of the whole that goes from a node on the left to a node on the right."""

    source: str
    target: str
    share: float
    state: str
    """Stayed, moved or noise."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of an axis; places are in pixels from above."""

    name: str
    share: float
    top: float
    height: float
    lines: tuple[str, ...]


def nodes(shares: dict[str, float], texts: dict[str, str], height_px: float, letters: int) -> tuple[Node, ...]:
    """Return the nodes of an axis one below the other, none closer than its lines of text need.

    Args:
        shares: of each node in the whole, in the order of drawing.
        texts: what is written beside each node.
        height_px: of the whole.
        letters: in a line of text.
    """
    found, at = [], 0.0
    for name, share in shares.items():
        lines = tuple(wrapped(texts[name], letters))
        height = share * height_px
        slot = max(height, len(lines) * _LINE_PX)
        found.append(Node(name, share, at + (slot - height) / 2, height, lines))
        at += slot + _GAP_PX
    return tuple(found)


def bottom(axis: Sequence[Node]) -> float:
    """Return where an axis ends, its last line of text included."""
    return max((max(n.top + n.height, n.top + n.height / 2 + len(n.lines) * _LINE_PX / 2) for n in axis), default=0.0)


def curve(band_px: float, left_px: float, right_px: float) -> list[tuple[float, float, float]]:
    """Return points (0 to 1, upper edge, lower edge) of a band that leaves and arrives level.

    A logistic curve between the two edges, scaled to reach both.

    Args:
        band_px: its width.
        left_px, right_px: upper edge at its beginning and at its end.
    """
    steep = 5.0
    low, high = (1 / (1 + math.exp(sign * steep)) for sign in (1, -1))
    points = []
    for step in range(_STEPS + 1):
        at = step / _STEPS
        rise = (1 / (1 + math.exp(-steep * (2 * at - 1))) - low) / (high - low)
        top = left_px + (right_px - left_px) * rise
        points.append((at, top, top + band_px))
    return points


def band_rows(
    bands: Sequence[Band], left: Sequence[Node], right: Sequence[Node], height_px: float
) -> list[dict[str, Any]]:
    """Return the edges of every band, stacked at its nodes in the order of the axes."""
    begin, end = ({node.name: node.top for node in axis} for axis in (left, right))
    order = {node.name: i for i, node in enumerate(right)}
    starts: dict[tuple[str, str], float] = {}
    for band in sorted(bands, key=lambda b: order[b.target]):
        starts[band.source, band.target] = begin[band.source]
        begin[band.source] += band.share * height_px
    ranks = {node.name: i for i, node in enumerate(left)}
    rows = []
    for number, band in enumerate(sorted(bands, key=lambda b: (ranks[b.source], order[b.target]))):
        for at, top, low in curve(band.share * height_px, starts[band.source, band.target], end[band.target]):
            rows.append({"band": number, "state": band.state, "at": at, "top": round(top, 2), "low": round(low, 2)})
        end[band.target] += band.share * height_px
    return rows


def alluvial(
    bands: Sequence[Band], left_texts: dict[str, str], right_texts: dict[str, str], heads: tuple[str, str],
    states: dict[str, str],
) -> Draw:  # fmt: skip
    """Return how to draw bands between two axes, each node with its text.

    Args:
        bands: none of them empty.
        left_texts, right_texts: what is written beside each node, in the order of drawing.
        heads: above the two axes.
        states: what each state is called in the legend.
    """

    def draw(format_: Format) -> Spec:
        height = 250.0 if format_.is_narrow else 330.0
        room, letters = (98, 13) if format_.is_narrow else (190, 25)
        width = format_.width_px - 2 * room - 30
        left = nodes(_sums(bands, left_texts, "source"), left_texts, height, letters)
        right = nodes(_sums(bands, right_texts, "target"), right_texts, height, letters)
        rows = band_rows(bands, left, right, height)
        drop = 34.0
        whole = max(bottom(left), bottom(right)) + 4
        y = alt.Scale(domain=[-drop, whole], reverse=True, nice=False, zero=False)
        x = alt.Scale(domain=[-room / width, 1 + room / width], nice=False, zero=False)
        base_x = alt.X("at:Q", scale=x, axis=None)
        here = [state for state in states if any(band.state == state for band in bands)]
        colour = alt.Color(
            "label:N",
            scale=alt.Scale(domain=[states[state] for state in here], range=[_COLOURS[state] for state in here]),
            legend=alt.Legend(title=None, orient="top", columns=1 if format_.is_narrow else 3, columnPadding=34),
        )
        for row in rows:
            row["label"] = states[row["state"]]
        flows = chart_of(rows).mark_area(fillOpacity=0.62, strokeOpacity=1, aria=False).encode(
            x=base_x, y=alt.Y("top:Q", scale=y, axis=None), y2="low:Q", color=colour, detail="band:N"
        )  # fmt: skip
        wide = _NODE_PX / width
        boxes = [
            {"at": -wide if side == 0 else 1.0, "end": 0.0 if side == 0 else 1 + wide, "top": n.top,
             "low": n.top + max(n.height, 1.0)}
            for side, axis in enumerate((left, right)) for n in axis
        ]  # fmt: skip
        bars = chart_of(boxes).mark_rect(fill="#333", aria=False).encode(x=base_x, x2="end:Q", y="top:Q", y2="low:Q")
        labels = [_labels(axis, side, wide) for side, axis in enumerate((left, right))]
        size = 11 if format_.is_narrow else 12
        sides: tuple[tuple[Literal["right", "left"], int], ...] = (("right", -4), ("left", 4))
        texts = [
            chart_of(rows).mark_text(align=align, baseline="middle", fontSize=size, dx=dx).encode(
                x=base_x, y="y:Q", text="text:N"
            )
            for rows, (align, dx) in zip(labels, sides, strict=True)
        ]  # fmt: skip
        titles = [
            chart_of([{"at": at, "y": -drop + 6 + 14 * i, "text": line} for i, line in enumerate(lines)])
            .mark_text(align=align, baseline="middle", fontSize=size, fontWeight="bold")
            .encode(x=base_x, y="y:Q", text="text:N")
            for at, (align, _), lines in zip(
                (-room / width, 1 + room / width),
                reversed(sides),
                [wrapped(head, letters + 5)[:2] for head in heads],
                strict=True,
            )
        ]
        chart = alt.layer(flows, bars, *texts, *titles).properties(
            width=format_.width_px - 30, height=int(whole + drop)
        )
        return spec_of(chart)

    return draw


def _sums(bands: Sequence[Band], texts: dict[str, str], end: str) -> dict[str, float]:
    return {name: sum(band.share for band in bands if getattr(band, end) == name) for name in texts}


def _labels(axis: Sequence[Node], side: int, wide: float) -> list[dict[str, Any]]:
    rows = []
    for node in axis:
        middle = node.top + node.height / 2 - (len(node.lines) - 1) * _LINE_PX / 2
        at = -wide if side == 0 else 1 + wide
        rows += [{"at": at, "y": middle + i * _LINE_PX, "text": line} for i, line in enumerate(node.lines)]
    return rows
