"""Plain rows that describe a world: ports, regions, anchors, transit times and markets, for tables on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenarios.anchors import anchor_boxes, departure_group, entry_group
from scenarios.case import GoodSpec
from scenarios.markets import market_table
from scenarios.network import fit_network
from scenarios.parameters import Parameters
from scenarios.reference import DATA
from scenarios.world import World


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry port."""

    code: str
    name: str
    port_range: str
    throughput_teu: float
    throughput_is_imputed: bool
    at_risk_boxes: float
    scans_per_year: float
    scans_are_imputed: bool


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One departure region: ports, lanes and boxes a year in this world."""

    region: str
    ports: int
    lanes: int
    boxes_per_year: float


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """A published volume against the fitted one, both in boxes a year over the full network.

    ``use`` is fitted (met exactly), row_total (met exactly), about or at_least (compared, not fitted).
    """

    anchor: str
    use: str
    published_boxes: float
    fitted_boxes: float
    source: str


@dataclass(frozen=True, slots=True)
class TransitRow:
    """A published transit time against the sea way at 16 knots, without and with the allowance for calls."""

    departure: str
    entry: str
    published_days: float
    sailing_days: float
    with_calls_days: float


@dataclass(frozen=True, slots=True)
class MarketRow:
    """One destination country."""

    country: str
    weight: float
    prevalence_pct: float
    prevalence_is_imputed: bool


def world_rows(world: World) -> list[EntryRow]:
    """Return the entry ports of a world, the largest at-risk traffic first."""
    ports, boxes = world.entry, world.at_risk_boxes
    return [
        EntryRow(
            ports.code[row],
            ports.name[row],
            ports.port_range[row],
            float(ports.throughput_teu[row]),
            bool(ports.throughput_is_imputed[row]),
            float(boxes[row]),
            float(ports.scans_per_year[row]),
            bool(ports.scans_are_imputed[row]),
        )
        for row in np.argsort(-boxes, kind="stable")
    ]


def region_rows(world: World) -> list[RegionRow]:
    """Return the departure regions of a world in their fixed order."""
    regions = np.array(world.departure.region)
    of_lane = regions[world.lanes.departure]
    return [
        RegionRow(
            region,
            int((regions == region).sum()),
            int((of_lane == region).sum()),
            float(world.lanes.boxes_per_year[of_lane == region].sum()),
        )
        for region in world.regions
        if region in regions
    ]


def anchor_rows(parameters: Parameters, good: GoodSpec, data: Path = DATA) -> list[AnchorRow]:
    """Return all anchors: published against fitted, over the full network (a smaller world is a part of it)."""
    boxes_per_teu = parameters.shipping.boxes_per_teu
    network = fit_network(boxes_per_teu, good, data)
    rows = []
    for anchor in network.assumptions.anchors:
        departure = departure_group(anchor, network.reference, network.assumptions)
        entry = entry_group(anchor, network.reference, network.assumptions)
        rows.append(
            AnchorRow(
                anchor.anchor,
                anchor.use,
                anchor_boxes(anchor, network.assumptions, boxes_per_teu),
                float(network.boxes[np.ix_(departure, entry)].sum()),
                anchor.source,
            )
        )
    return rows


def transit_rows(parameters: Parameters, good: GoodSpec, data: Path = DATA) -> list[TransitRow]:
    """Return the published transit times against the computed ones."""
    network = fit_network(parameters.shipping.boxes_per_teu, good, data)
    departures = [port.unlocode for port in network.reference.departure_ports]
    entries = [port.unlocode for port in network.reference.entry_ports]
    allowance = network.assumptions.margin("intermediate_calls_days").value
    rows = []
    for check in network.assumptions.transits:
        days = float(network.transit_days[departures.index(check.departure), entries.index(check.entry)])
        rows.append(TransitRow(check.departure, check.entry, check.published_days, days - allowance, days))
    return rows


def market_rows(parameters: Parameters, good: GoodSpec, data: Path = DATA) -> list[MarketRow]:
    """Return the markets, the largest first."""
    network = fit_network(parameters.shipping.boxes_per_teu, good, data)
    table = market_table(network.reference, network.assumptions)
    order = np.argsort(-table.weight, kind="stable")
    return [
        MarketRow(
            table.country[row],
            float(table.weight[row]),
            float(table.prevalence_pct[row]),
            bool(table.prevalence_is_imputed[row]),
        )
        for row in order
    ]
