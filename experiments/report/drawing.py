"""How figures look and are drawn: one theme, one palette, and the same specification for SVG, PNG and PDF."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import altair as alt
import vl_convert

from experiments.report.caption import captioned
from experiments.report.page import Figure, Format, Spec
from experiments.report.readable import all_readable

Kind = Literal["svg", "png", "pdf"]
LAND = "land"
"""Name of the data set of coastlines in a specification; it is put in when the figure is drawn."""
LAND_OF_EUROPE = "land-of-europe"
"""The same of what lies near Europe alone, which is drawn in half the time."""
LAND_FROM_AFAR = "land-from-afar"
"""The same with as much detail as a map of the whole Atlantic can show."""
_EUROPE = (-35.0, 15.0, 55.0, 72.0)
"""West, south, east and north of it, degrees."""
FONT = "Arial, Liberation Sans, Helvetica, sans-serif"

# Okabe and Ito (2008), https://jfly.uni-koeln.de/color/: told apart with any colour vision.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
CLASSES = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, BLACK, YELLOW)
"""For classes, in this order."""
LESS, MORE, NEITHER = BLUE, RED, "#8a8a8a"
"""For changes: of what goes down, of what goes up, and of what is a total or not resolved."""
GREY, LAND_FILL, LAND_EDGE = "#595959", "#e8e6e1", "#b5b1a8"
_PNG_SCALE = 2.0
# Readers without Arial see letters that are up to a seventh wider than those measured here.
_PADDING, _PADDING_NARROW = ({"left": left, "right": 12, "top": 5, "bottom": 5} for left in (26, 18))
_NAMED_PART = re.compile(r'(?<= id=")(?:clip|gradient_?|pattern_?)\d+(?=")')
_REFERENCE = re.compile(r'(?<= id=")[\w-]+(?=")|(?<=url\(#)[\w-]+(?=\))')

_THEME: dict[str, Any] = {
    "font": FONT,
    "background": "white",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": "#222",
        "titleColor": "#222", "gridColor": "#e4e4e4", "domainColor": GREY, "tickColor": GREY, "labelLimit": 260,
    },
    "legend": {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "orient": "top", "labelLimit": 300,
        "columns": 2,
    },
    "header": {"labelFontSize": 12, "titleFontSize": 12, "labelFontWeight": "bold"},
    "text": {"fontSize": 12, "color": "#222"},
    "title": {"fontSize": 13, "anchor": "start"},
    "range": {"category": list(CLASSES)},
}  # fmt: skip


def spec_of(chart: alt.TopLevelMixin) -> Spec:
    """Return the specification of a chart; not validated, which takes a minute for coastlines."""
    spec: Spec = chart.to_dict(validate=False)
    return spec


def chart_of(rows: list[dict[str, Any]]) -> alt.Chart:
    """Return a chart of rows, to say marks and encodings of."""
    return alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]


def land_chart(
    format_: Format, *, height_px: int, scale: float, center: tuple[float, float], land: str = LAND
) -> alt.Chart:
    """Return the land, to lay marks upon that are projected alike.

    Args:
        format_: gives the width.
        height_px: of the map.
        scale: of the Mercator projection, pixels a radian.
        center: longitude and latitude of the middle, degrees.
        land: which data set: ``LAND``, ``LAND_OF_EUROPE`` or ``LAND_FROM_AFAR``.
    """
    chart: alt.Chart = (
        alt.Chart(alt.NamedData(land))
        .mark_geoshape(fill=LAND_FILL, stroke=LAND_EDGE, strokeWidth=0.5, clip=True, aria=False)
        .project(type="mercator", scale=scale, center=center)
        .properties(width=format_.width_px, height=height_px)
    )
    return chart


def finished(figure: Figure, format_: Format, *, has_caption: bool = False) -> Spec:
    """Return the specification of a figure with theme, coastlines and text alternative.

    Args:
        figure: what is drawn.
        format_: for which width.
        has_caption: whether title and note are in the picture, which a page has around it.
    """
    spec: Spec = {**figure.draw(format_), "description": figure.about}
    spec = all_readable(captioned(spec, figure, format_) if has_caption else spec)
    padding = _PADDING_NARROW if format_.is_narrow else _PADDING
    spec["config"] = {**_THEME, "padding": padding, **spec.get("config", {})}
    # Altair puts its own view size there, which is of no use in layers and maps.
    spec["config"]["view"] = {**_THEME["view"]}
    written = json.dumps(spec)
    data = ((LAND, land), (LAND_OF_EUROPE, land_of_europe), (LAND_FROM_AFAR, land_from_afar))
    for name, features in data:
        if f'"{name}"' in written:
            spec["datasets"] = {**spec.get("datasets", {}), name: features()}
    return spec


def drawn(spec: Spec, kind: Kind) -> bytes:
    """Return a finished specification as a picture; nothing is fetched from anywhere."""
    if kind == "svg":
        return _numbered_anew(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])).encode()
    if kind == "png":
        return vl_convert.vegalite_to_png(spec, scale=_PNG_SCALE, allowed_base_urls=[])
    return vl_convert.vegalite_to_pdf(spec, allowed_base_urls=[])


def drawn_together(wanted: Sequence[tuple[Spec, Kind]]) -> list[bytes]:
    """Return pictures in the order in which they are wanted, drawn on all cores.

    Args:
        wanted: finished specifications, each with the kind of picture.
    """
    pool = ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, len(wanted))))
    try:
        return list(pool.map(drawn, *zip(*wanted, strict=True))) if wanted else []
    finally:
        # After an interrupt, what has not been begun is not drawn any more.
        pool.shutdown(cancel_futures=True)


def _numbered_anew(svg: str) -> str:
    """Return the picture with its clip paths and gradients counted from one, not from the first picture drawn."""
    names = {name: f"part{i}" for i, name in enumerate(dict.fromkeys(_NAMED_PART.findall(svg)), 1)}
    return _REFERENCE.sub(lambda found: names.get(found.group(), found.group()), svg)


@lru_cache(maxsize=1)
def land() -> list[dict[str, Any]]:
    """Return the coastlines of Europe and the Atlantic (data/README.md says where they are from)."""
    text = (Path(__file__).resolve().parent / "data" / "land.geojson").read_text(encoding="utf-8")
    features: list[dict[str, Any]] = json.loads(text)["features"]
    return features


@lru_cache(maxsize=1)
def land_of_europe() -> list[dict[str, Any]]:
    """Return the coastlines that come near Europe."""
    west, south, east, north = _EUROPE

    def is_near(feature: dict[str, Any]) -> bool:
        ring = feature["geometry"]["coordinates"][0]
        return any(west < longitude < east and south < latitude < north for longitude, latitude in ring)

    return _thinned([feature for feature in land() if is_near(feature)], 0.08)


@lru_cache(maxsize=1)
def land_from_afar() -> list[dict[str, Any]]:
    """Return the coastlines of everything without what is too small to be seen on a map of the Atlantic."""
    return _thinned(land(), 0.3)


def _thinned(features: list[dict[str, Any]], degrees: float) -> list[dict[str, Any]]:
    """Return outlines without points nearer than this to the one before, and without what is left with no area."""
    kept = []
    for feature in features:
        rings = [_thinned_ring(ring, degrees) for ring in feature["geometry"]["coordinates"]]
        if len(rings[0]) > 4:
            rings = [ring for ring in rings if len(ring) > 4]
            kept.append({**feature, "geometry": {"type": "Polygon", "coordinates": rings}})
    return kept


def _thinned_ring(ring: list[list[float]], degrees: float) -> list[list[float]]:
    points = [ring[0]]
    for x, y in ring[1:-1]:
        if max(abs(x - points[-1][0]), abs(y - points[-1][1])) >= degrees:
            points.append([x, y])
    return [*points, ring[0]]
