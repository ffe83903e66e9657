"""Map of true flow from regions of departure to port ranges: never to a named port.

A range holds its ports in the EU and what comes in outside the terminals: the same members as in the tables by port
range. Ports outside the EU stand together, or what is shown of a range here and there would tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from experiments.cohort import COAST
from experiments.report.cells import arm_cells, arm_columns, change_of
from experiments.report.compared import Compared, Key, Sums, regrouped
from experiments.report.controls_maps import map_titles
from experiments.report.drawing import BLACK, BLUE, LAND_FROM_AFAR, LESS, MORE, NEITHER, chart_of
from experiments.report.page import Figure, Format, Notice, Section, Table
from experiments.report.place_names import place_name, range_name, region_name
from experiments.report.port_table import ILLUSTRATIVE
from experiments.report.texts import Texts
from experiments.report.three_maps import Box, Layers, Panel, three_maps
from experiments.screen import number
from experiments.summary import NON_EU, cell_of
from scenarios.assumptions import PORT_RANGES
from sim.streams import Floats

ATLANTIC = Box(-25.0, 27.0, 128.0, LAND_FROM_AFAR)
_OUTSIDE = (-24.0, 59.0)
"""Where ways to ports outside the EU end: in the open ocean, since these ports have no middle; degrees."""
_GOALS = (*PORT_RANGES, NON_EU)
_LEAST_T = 0.05
"""Less a year than is printed is not drawn."""
Ends = tuple[float, float, float, float]
"""Longitude and latitude of departure and of arrival."""


def flow_section(compared: Compared) -> Section:
    """Return the map of true flow from regions to port ranges."""
    texts = compared.texts
    if not compared.has("consignments"):
        return Section("flows", texts("maps.flow_heading"), (Notice(texts("missing.table", table="consignments")),))
    flow = flow_by_way(compared)
    order = [(region, name) for region in _regions(compared) for name in _GOALS if (region, name) in flow]
    rows = tuple(
        (texts("maps.from_to", region=region_name(texts, region), place=range_name(texts, name)),
         *arm_cells(flow[region, name], 1))
        for region, name in order
    )  # fmt: skip
    ends = regrouped(flow, lambda key: key[1:])
    parts = [texts("maps.flow_part", place=range_name(texts, name), **_told(ends[name,]))
             for name in _GOALS if (name,) in ends]  # fmt: skip
    figure = Figure(
        "flow-map",
        compared.titled(texts("maps.flow_title")),
        texts("maps.flow_about", parts="; ".join(parts)),
        three_maps(_panels(compared, {key: flow[key] for key in order}), ATLANTIC),
        Table(compared.titled(texts("maps.flow_title")), arm_columns(compared, texts("maps.way"), "t/yr"), rows),
        texts("maps.flow_note") + (" " + texts("maps.flow_reading") if compared.has_contrast else ""),
    )
    alone = [
        texts("maps.one_port", place=place_name(texts, cell), words=ILLUSTRATIVE) for cell in single_ports(compared)
    ]
    notices = (Notice(text) for text in alone)
    return Section("flows", texts("maps.flow_heading"), (texts("maps.flow_intro"), *notices, figure))


def single_ports(compared: Compared) -> list[str]:
    """Return the cells that are one named port in this world, since it has no others of their range."""
    entry = compared.world.entry
    cells = [cell_of(*place, compared.eu_ports) for place in zip(entry.code, entry.port_range, strict=True)]
    return [cell for cell in _GOALS if cells.count(cell) == 1]


def goal_of(place: str, port_range: str, eu_ports: frozenset[str]) -> str:
    """Return where a way ends: the range of an EU port or of a coast, or all ports outside the EU."""
    return cell_of(place, port_range, eu_ports).removeprefix(COAST)


def _told(values: Floats) -> dict[str, str]:
    return {"before": number(float(values[0].mean())), "after": number(float(values[-1].mean()))}


def _regions(compared: Compared) -> list[str]:
    return list(dict.fromkeys(compared.world.departure.region))


def flow_by_way(compared: Compared) -> Sums:
    """Return tonnes a year dispatched in the window, by region of departure and goal."""
    table = compared.consignments(["departure", "place", "port_range", "mass_g"])
    grams = compared.summed(table, ["departure", "place", "port_range"], ["mass_g"])["mass_g"]
    region_of = dict(zip(compared.world.departure.code, compared.world.departure.region, strict=True))
    flow = regrouped(grams, lambda key: (region_of[str(key[0])], goal_of(str(key[1]), str(key[2]), compared.eu_ports)))
    return {key: values / 1e6 / compared.years for key, values in flow.items()}


def _middles(names: tuple[str, ...], longitude: Floats, latitude: Floats) -> dict[str, tuple[float, float]]:
    """Return the mean position of the ports that share a name, degrees."""
    chosen = {name: np.array([other == name for other in names]) for name in dict.fromkeys(names)}
    return {name: (float(longitude[is_in].mean()), float(latitude[is_in].mean())) for name, is_in in chosen.items()}


def _panels(compared: Compared, flow: Sums) -> list[Panel]:
    world, texts = compared.world, compared.texts
    begin = _middles(world.departure.region, world.departure.longitude, world.departure.latitude)
    goals = tuple(
        goal_of(*place, compared.eu_ports) for place in zip(world.entry.code, world.entry.port_range, strict=True)
    )
    end = _middles(goals, world.entry.longitude, world.entry.latitude) | {NON_EU: _OUTSIDE}
    coasts = zip(world.coasts.name, world.coasts.longitude, world.coasts.latitude, strict=True)
    end = {name: (float(longitude), float(latitude)) for name, longitude, latitude in coasts} | end
    ends: dict[Key, Ends] = {key: (*begin[str(key[0])], *end[str(key[1])]) for key in flow}
    means = {key: values.mean(axis=1) for key, values in flow.items()}
    most = max((float(mean.max()) for mean in means.values()), default=1.0)
    titles = map_titles(compared)
    ways = [[(*ends[key], float(mean[i])) for key, mean in means.items()] for i in range(len(compared.shown))]
    panels = [Panel(titles[i], _arcs(of_arm, most, texts)) for i, of_arm in enumerate(ways)]
    if compared.has_contrast:
        changes = [(*ends[key], c.difference, float(c.is_resolved)) for key, v in flow.items() for c in (change_of(v),)]
        panels.append(Panel(titles[2], _changes(changes, texts)))
    return panels


def _line(x: float, y: float, x2: float, y2: float, **properties: object) -> dict[str, object]:
    """Return a way as GeoJSON; drawn as the shortest one over the sphere."""
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[x, y], [x2, y2]]},
            "properties": properties}  # fmt: skip


def _arcs(ways: Sequence[tuple[float, ...]], most: float, texts: Texts) -> Layers:
    lines = [_line(*way[:4], size=way[4]) for way in ways if way[4] >= _LEAST_T]

    def layers(format_: Format) -> list[alt.Chart]:
        mark = chart_of(lines or [_line(0, 0, 0, 0, size=0)]).mark_geoshape(
            filled=False, stroke=BLUE, strokeOpacity=0.55, strokeCap="round"
        )
        return [mark.encode(strokeWidth=_width(most, 11.0, texts("maps.flow_width"), BLUE)), *_apart(ways, texts)]

    return layers


def _changes(ways: Sequence[tuple[float, ...]], texts: Texts) -> Layers:
    more, less, unresolved = names = [texts(f"maps.flow_{name}") for name in ("more", "less", "unresolved")]
    lines = [
        _line(*way[:4], size=abs(way[4]), sign=(more if way[4] > 0 else less) if way[5] else unresolved)
        for way in sorted(ways, key=lambda way: way[5])
        if abs(way[4]) >= _LEAST_T
    ]
    most = max((abs(way[4]) for way in ways), default=0.0) or 1.0

    def layers(format_: Format) -> list[alt.Chart]:
        legend = alt.Legend(
            title=None, orient="bottom", direction="horizontal", symbolType="stroke", symbolStrokeWidth=4,
            columns=1 if format_.is_narrow else 3, labelLimit=280,
        )  # fmt: skip
        mark = chart_of(lines or [_line(0, 0, 0, 0, size=0, sign=unresolved)]).mark_geoshape(
            filled=False, strokeOpacity=0.8
        )
        colours = alt.Scale(domain=names, range=[MORE, LESS, NEITHER])
        dashes = alt.Scale(domain=names, range=[[1, 0], [8, 5], [1.5, 3]])
        return [
            mark.encode(
                strokeWidth=_width(most, 9.0, texts("maps.flow_change"), NEITHER),
                stroke=alt.Stroke("properties.sign:N", legend=legend, scale=colours),
                strokeDash=alt.StrokeDash("properties.sign:N", legend=legend, scale=dashes),
            ),
            *_apart(ways, texts),
        ]

    return layers


def _apart(ways: Sequence[tuple[float, ...]], texts: Texts) -> list[alt.Chart]:
    """Return the mark at which ways to ports outside the EU end, with its name, if there are any."""
    if not any(way[2:4] == _OUTSIDE for way in ways):
        return []
    longitude, latitude = _OUTSIDE
    base = chart_of([{"lon": longitude, "lat": latitude, "name": texts("maps.apart")}])
    square = base.mark_point(shape="square", size=40, filled=True, fill=BLACK, fillOpacity=1)
    name = base.mark_text(align="right", dx=-8, dy=-14, fontSize=11)
    return [square.encode(longitude="lon:Q", latitude="lat:Q"),
            name.encode(longitude="lon:Q", latitude="lat:Q", text="name:N")]  # fmt: skip


def _width(most: float, most_px: float, title: str, colour: str) -> alt.StrokeWidth:
    legend = alt.Legend(
        title=title, values=_round(most), format=",~r", orient="bottom", direction="horizontal", symbolType="stroke",
        symbolStrokeColor=colour, columns=3, titleLimit=300,
    )  # fmt: skip
    return alt.StrokeWidth("properties.size:Q", scale=alt.Scale(domain=[0, most], range=[0.3, most_px]), legend=legend)


def _round(most: float) -> list[float]:
    """Return round widths for a legend."""
    steps = (1000, 500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1)
    top = next((step for step in steps if step <= most), steps[-1])
    return [top / 10, top / 2, top]
