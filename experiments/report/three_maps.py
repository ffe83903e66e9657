"""A map before, a map after, and a map of the difference, with the same land and marks that are projected alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from experiments.report.drawing import LAND, land_chart, spec_of
from experiments.report.page import Draw, Format, Spec

_GAP_PX = 16
_TALL = 0.98
"""Height of a map over its width, of those that stand beside each other."""
_LOW = 0.66
"""The same of a wide one."""


@dataclass(frozen=True, slots=True)
class Box:
    """The part of the Earth that is drawn, degrees."""

    longitude: float
    """Of the middle."""
    latitude: float
    width: float
    """Of the least that a map shows from west to east."""
    land: str = LAND
    """Data set of the coastlines."""


Layers = Callable[[Format], list[alt.Chart]]
"""Marks upon the land; the format says the width of the panel."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel shows upon the land."""

    title: str
    layers: Layers


def three_maps(panels: Sequence[Panel], box: Box) -> Draw:
    """Return how to draw maps: two beside each other and the third below them, or all below each other.

    Args:
        panels: one (a single arm) or three.
        box: the part of the Earth.
    """

    def draw(format_: Format) -> Spec:
        full = format_.width_px - 20
        if format_.is_narrow or len(panels) == 1:
            chart: alt.TopLevelMixin = alt.vconcat(
                *(_map(p, full, format_, box, _TALL) for p in panels), spacing=_GAP_PX
            )
        else:
            half = (full - _GAP_PX) // 2
            first, second, third = panels
            pair = alt.hconcat(
                _map(first, half, format_, box, _TALL), _map(second, half, format_, box, _TALL), spacing=_GAP_PX
            )
            chart = alt.vconcat(pair, _map(third, full, format_, box, _LOW), spacing=_GAP_PX)
        return spec_of(chart)

    return draw


def _map(panel: Panel, width_px: int, format_: Format, box: Box, tall: float) -> alt.LayerChart:
    own = Format(width_px, format_.is_narrow)
    height = round(width_px * tall)
    # A low map shows as much from south to north as a tall one, and more from west to east.
    scale = width_px * tall / _TALL / (box.width * 0.0174533)
    land = land_chart(own, height_px=height, scale=scale, center=(box.longitude, box.latitude), land=box.land)
    corners = [[0, 0], [width_px, height]]
    layers = [layer.project(**_projection(scale, box, corners)) for layer in panel.layers(own)]
    land = land.project(**_projection(scale, box, corners))
    chart: alt.LayerChart = alt.layer(land, *layers).properties(
        width=width_px, height=height, title=panel.title
    ).resolve_scale(size="independent", strokeWidth="independent")  # fmt: skip
    return chart


def _projection(scale: float, box: Box, corners: list[list[int]]) -> dict[str, Any]:
    # Cut by the projection and not only by the frame, or all the land outside would be in the file.
    return {"type": "mercator", "scale": scale, "center": (box.longitude, box.latitude),
            "translate": [corners[1][0] / 2, corners[1][1] / 2], "clipExtent": corners}  # fmt: skip
