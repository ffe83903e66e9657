"""Maps of numbers of ports: circles before and after, and triangles for the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from experiments.report.drawing import BLUE, LAND_OF_EUROPE, LESS, MORE, NEITHER, chart_of
from experiments.report.page import Draw, Format
from experiments.report.three_maps import Box, Layers, Panel, three_maps

_UP_AND_DOWN = ["triangle-up", "triangle-down"]
_LEAST_SHARE = 0.03
"""Of the largest change: smaller ones are drawn as large as that, or nobody could see which are hollow."""
EUROPE = Box(9.0, 47.5, 54.0, LAND_OF_EUROPE)


@dataclass(frozen=True, slots=True)
class Spot:
    """A port and its numbers, in one unit."""

    longitude: float
    latitude: float
    before: float
    after: float
    change: float
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class MapWords:
    """What a map says."""

    panels: tuple[str, ...]
    """Titles: before, after, difference; or of a single arm."""
    amount: str
    """Title of the legend of sizes, with the unit."""
    change: str
    more: str
    less: str
    more_open: str
    """What is not resolved."""
    less_open: str


def port_maps(spots: Sequence[Spot], words: MapWords) -> Draw:
    """Return how to draw numbers of ports; a port where a number is zero has no mark in that panel."""
    most = max((max(spot.before, spot.after) for spot in spots), default=0.0) or 1.0
    of_arms = ([spot.before for spot in spots], [spot.after for spot in spots])
    panels = [
        Panel(title, _circles(spots, values, most, words.amount))
        for title, values in zip(words.panels, of_arms, strict=False)
    ]
    if len(words.panels) > 2:
        panels.append(Panel(words.panels[2], _triangles(spots, words)))
    return three_maps(panels, EUROPE)


def _round_values(most: float) -> list[float]:
    """Return two or three round sizes for a legend."""
    power = 10.0 ** len(str(int(most))) / 10 if most >= 1 else 0.1
    top = next(step * power for step in (5, 2, 1, 0.5) if step * power <= most or step == 0.5)
    return [top / 10, top / 2, top] if top >= 10 else [top / 2, top]


def _size(field: str, most: float, title: str, most_area: float, symbol: str) -> alt.Size:
    return alt.Size(
        field,
        scale=alt.Scale(domain=[0, most], range=[0, most_area]),
        legend=alt.Legend(
            title=title, values=_round_values(most), format=",~r", orient="bottom", direction="horizontal",
            symbolType=symbol, symbolStrokeColor="#222", symbolFillColor="transparent", titleLimit=300, columns=3,
        ),
    )  # fmt: skip


def _circles(spots: Sequence[Spot], values: list[float], most: float, title: str) -> Layers:
    rows = [
        {"lon": spot.longitude, "lat": spot.latitude, "value": value}
        for spot, value in zip(spots, values, strict=True)
        if value > 0
    ]

    def layers(format_: Format) -> list[alt.Chart]:
        base = chart_of(rows or [{"lon": 0, "lat": 0, "value": 0}])
        return [
            base.mark_circle(color=BLUE, fillOpacity=0.45, stroke=BLUE, strokeWidth=1, strokeOpacity=1).encode(
                longitude="lon:Q", latitude="lat:Q", size=_size("value:Q", most, title, 1100, "circle")
            )
        ]

    return layers


def _triangles(spots: Sequence[Spot], words: MapWords) -> Layers:
    most = max((abs(spot.change) for spot in spots), default=0.0) or 1.0
    kinds = [words.more, words.less, words.more_open, words.less_open]
    rows = [
        {"lon": s.longitude, "lat": s.latitude, "size": max(abs(s.change), _LEAST_SHARE * most),
         "kind": kinds[2 * (not s.is_resolved) + (s.change < 0)]}
        for s in sorted(spots, key=lambda spot: spot.is_resolved)
        if s.change
    ]  # fmt: skip

    def layers(format_: Format) -> list[alt.Chart]:
        base = chart_of(rows or [{"lon": 0, "lat": 0, "size": 0, "kind": words.more}])
        legend = alt.Legend(
            title=None, orient="bottom", direction="horizontal", symbolSize=110, columns=2, columnPadding=24
        )

        def scale(values: list[str]) -> alt.Scale:
            return alt.Scale(domain=kinds, range=values)

        return [
            base.mark_point(strokeWidth=1.3, fillOpacity=0.75).encode(
                longitude="lon:Q", latitude="lat:Q",
                size=_size("size:Q", most, words.change, 700, "triangle-up"),
                shape=alt.Shape("kind:N", legend=legend, scale=scale([*_UP_AND_DOWN, *_UP_AND_DOWN])),
                stroke=alt.Stroke("kind:N", legend=legend, scale=scale([MORE, LESS, NEITHER, NEITHER])),
                fill=alt.Fill("kind:N", legend=legend, scale=scale([MORE, LESS, "transparent", "transparent"])),
            )
        ]  # fmt: skip

    return layers
