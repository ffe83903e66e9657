"""The data of a good: home regions, and where it has its own, departure ports, sea ways, markets and parameters."""

from __future__ import annotations

import dataclasses as dc
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np

from scenarios.assumptions import (
    PORT_RANGES,
    Assumptions,
    HomeRow,
    RegionRow,
    check_shares,
    load_assumptions,
)
from scenarios.case import GoodSpec
from scenarios.errors import InputError, unknown_name
from scenarios.geography import great_circle_km
from scenarios.records import (
    Amount,
    Country,
    Latitude,
    Limits,
    Longitude,
    Number,
    Share,
    Text,
    Unlocode,
    Words,
    read_records,
)
from scenarios.reference import DATA, LinerLink, Port, Reference, SeaDistance, load_reference

MOST_DEPARTURE_PORTS = 128
MOST_REGIONS = 16
"""Routes and ship strings are numbered with this many departure ports and regions (agents/routes.py, world.py)."""

_KM_PER_NM = 1.852
_SAILING_KN, _FASTER_KN = 16, 20
_ASSUMED = "assumption: the good says so"


@dataclass(frozen=True, slots=True)
class OwnPort:
    """A departure port of a good: boxes a year to Europe that count as at risk, and the sea way to a gateway."""

    KEY: ClassVar[tuple[str, ...]] = ("unlocode",)
    unlocode: Unlocode
    port_name: Text
    country_iso2: Country
    region: Text
    lat: Latitude
    lon: Longitude
    boxes_per_year: Annotated[float, Limits(1.0)]
    gateway: Text
    km_to_gateway: Amount
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class SeaWay:
    """The way from a gateway to a port range: so many km to a door, then great circle times a detour factor."""

    KEY: ClassVar[tuple[str, ...]] = ("gateway", "port_range")
    gateway: Text
    port_range: Annotated[str, Words(PORT_RANGES)]
    door: Text
    door_lat: Latitude
    door_lon: Longitude
    km_to_door: Amount
    detour_factor: Annotated[float, Limits(1.0, 3.0)]
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class MarketShare:
    """The share of consumption of a country."""

    KEY: ClassVar[tuple[str, ...]] = ("country_iso2",)
    country_iso2: Country
    weight: Share
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class OwnParameter:
    """A value in place of the table's, with the bounds that overrides of it must keep."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)
    name: Text
    unit: Text
    value: Number
    low: Number
    high: Number
    source: Text
    about: Text


@dataclass(frozen=True, slots=True)
class GoodData:
    """What the files of a good say; empty where it has none of its own."""

    home: tuple[HomeRow, ...]
    ports: tuple[OwnPort, ...]
    ways: tuple[SeaWay, ...]
    markets: tuple[MarketShare, ...]
    parameters: tuple[OwnParameter, ...]


@lru_cache(maxsize=16)
def load_good_data(good: GoodSpec, data: Path = DATA) -> GoodData:
    """Load and check the files of a good.

    Args:
        good: names the files.
        data: directory that their paths start from.

    Raises:
        InputError: a file is missing or damaged, or the files do not fit together.
    """
    if (good.departure_ports is None) != (good.sea_ways is None):
        given, missing = sorted(("departure_ports", "sea_ways"), key=lambda name: name not in good.files)
        raise InputError(f"good.{missing}: missing beside good.{given}; allowed: both or neither.")
    paths = {name: data / file for name, file in good.files.items()}
    loaded = GoodData(
        read_records(paths["home_regions"], HomeRow),
        read_records(paths["departure_ports"], OwnPort) if "departure_ports" in paths else (),
        read_records(paths["sea_ways"], SeaWay) if "sea_ways" in paths else (),
        read_records(paths["markets"], MarketShare) if "markets" in paths else (),
        read_records(paths["parameters"], OwnParameter) if "parameters" in paths else (),
    )
    check_shares(paths["home_regions"], [row.weight for row in loaded.home])
    if loaded.markets:
        check_shares(paths["markets"], [row.weight for row in loaded.markets])
    if loaded.ports:
        _check_ports(loaded, paths["departure_ports"], paths["sea_ways"], load_reference(data))
    return loaded


def _check_ports(loaded: GoodData, ports: Path, ways: Path, reference: Reference) -> None:
    regions = {port.region for port in loaded.ports}
    for what, count, most in (
        ("departure ports", len(loaded.ports), MOST_DEPARTURE_PORTS),
        ("regions", len(regions), MOST_REGIONS),
    ):
        if count > most:
            raise InputError(f"{ports}: {count} {what}, allowed: at most {most}.")
    for port in loaded.ports:
        if port.unlocode in reference.codes["entry ports"]:
            raise InputError(
                f"{ports}, column unlocode: '{port.unlocode}' is an entry port; allowed: ports that are none."
            )
    known = Counter(way.gateway for way in loaded.ways)
    for gateway in sorted({port.gateway for port in loaded.ports}):
        if gateway not in known:
            raise unknown_name(f"{ports}, column gateway", gateway, known)
        missing = set(PORT_RANGES) - {way.port_range for way in loaded.ways if way.gateway == gateway}
        if missing:
            raise InputError(
                f"{ways}: no way from {gateway} to {', '.join(sorted(missing))}; allowed: one row a port range."
            )


def departure_port_codes(good: GoodSpec, data: Path = DATA) -> tuple[str, ...]:
    """Return the UN/LOCODEs of the departure ports of a good, in the order that numbers them."""
    ports: Sequence[Port | OwnPort] = load_good_data(good, data).ports or load_reference(data).departure_ports
    return tuple(port.unlocode for port in ports)


def good_reference(good: GoodSpec, data: Path = DATA) -> Reference:
    """Return the reference data with the departure ports, distances and links of the good.

    Nothing is published for ports that a good brings: their distances follow from its sea ways, and every pair of
    ports counts as served directly.
    """
    reference, loaded = load_reference(data), load_good_data(good, data)
    if not loaded.ports:
        return reference
    distances = sea_distances(loaded, reference.entry_ports, load_assumptions(data))
    return dc.replace(
        reference,
        departure_ports=tuple(
            Port(port.unlocode, port.port_name, port.country_iso2, port.lat, port.lon, port.source, None)
            for port in loaded.ports
        ),
        departure_figures=(),
        distances=distances,
        links=tuple(
            LinerLink(way.origin_unlocode, way.dest_unlocode, 1, 1, 1, _ASSUMED, "", "", "low") for way in distances
        ),
    )


def good_assumptions(good: GoodSpec, data: Path = DATA) -> Assumptions:
    """Return the assumptions with the home regions of the good, and its departure regions and markets if it has any.

    Raises:
        InputError: the good names a market whose position is not known.
    """
    assumptions, loaded = load_assumptions(data), load_good_data(good, data)
    if loaded.markets:
        known = {row.country_iso2 for row in assumptions.countries}
        for row in loaded.markets:
            if row.country_iso2 not in known:
                raise unknown_name(f"{data / str(good.markets)}, column country_iso2", row.country_iso2, known)
        shares = {row.country_iso2: row.weight for row in loaded.markets}
        assumptions = dc.replace(assumptions, market_shares=shares)
    if loaded.ports:
        assumptions = dc.replace(
            assumptions,
            regions={port.unlocode: RegionRow(port.unlocode, port.region, port.source, "") for port in loaded.ports},
            region_order=tuple(dict.fromkeys(port.region for port in loaded.ports)),
            anchors=(),
            transits=(),
        )
    return dc.replace(assumptions, home=loaded.home)


def sea_distances(loaded: GoodData, entry: Sequence[Port], assumptions: Assumptions) -> tuple[SeaDistance, ...]:
    """Return the sea way of every pair: to the gateway, to the door of the port range, then great circle x detour.

    Args:
        loaded: departure ports with km to their gateway, and the ways on from there.
        entry: entry ports.
        assumptions: for the port range of each.
    """
    ways = {(way.gateway, way.port_range): way for way in loaded.ways}
    latitude, longitude = np.array([port.lat for port in entry]), np.array([port.lon for port in entry])
    direct = great_circle_km(
        np.array([port.lat for port in loaded.ports]),
        np.array([port.lon for port in loaded.ports]),
        latitude,
        longitude,
    )
    from_door = {
        key: great_circle_km(np.array([way.door_lat]), np.array([way.door_lon]), latitude, longitude)[0]
        for key, way in ways.items()
    }
    rows = []
    for i, port in enumerate(loaded.ports):
        for j, goal in enumerate(entry):
            key = port.gateway, assumptions.ranges[goal.unlocode].port_range
            way = ways[key]
            km = port.km_to_gateway + way.km_to_door + way.detour_factor * float(from_door[key][j])
            nm = km / _KM_PER_NM
            rows.append(
                SeaDistance(
                    port.unlocode, goal.unlocode, nm, km, float(direct[i, j]) / _KM_PER_NM, port.gateway,
                    nm / _SAILING_KN / 24, nm / _FASTER_KN / 24,
                )
            )  # fmt: skip
    return tuple(rows)
