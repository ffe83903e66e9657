"""Build the world of a case: the full network is fitted once, then restricted to the ports that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from scenarios.assumptions import PORT_RANGES
from scenarios.capacity import units_for, usual_scans
from scenarios.case import GoodSpec, WorldSpec
from scenarios.errors import InputError, unknown_name
from scenarios.geography import great_circle_km
from scenarios.markets import market_table
from scenarios.network import Network, fit_network
from scenarios.parameters import ControlParameters, Parameters
from scenarios.reference import DATA, Port, data_hash
from scenarios.world import (
    Coasts,
    Delivery,
    DeparturePorts,
    EntryPorts,
    Floats,
    HomeRegions,
    Ints,
    Lanes,
    Markets,
    Strings,
    World,
)

_MINUTES_PER_DAY = 1440
_STRINGS_PER_PORT = 16
_FIRST_COAST_ID = 100
"""Identities promised in world.py: a string is entry id * 16 + region row, a coast 100 + range row."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


@lru_cache(maxsize=128)
def build_world(spec: WorldSpec, parameters: Parameters, good: GoodSpec, data: Path = DATA) -> World:
    """Return the world that a specification describes; its arrays are read-only because worlds are shared.

    Args:
        spec: which ports, with or without routes outside the container terminals.
        parameters: of these, boxes per TEU and the control capacity of ports are used.
        good: whose departure ports, home regions and markets.
        data: directory of the reference data and assumptions.

    Raises:
        InputError: an unknown port, no lane between the ports, a supply share outside (0, 1], or damaged data.
    """
    network = fit_network(parameters.shipping.boxes_per_teu, good, data)
    place = f"world.{spec.name}"
    entry_rows = _chosen(f"{place}.entry_ports", spec.entry_ports, network.reference.entry_ports)
    departure_rows = _chosen(f"{place}.departure_ports", spec.departure_ports, network.reference.departure_ports)
    reference_boxes = float(network.boxes.sum())
    boxes = float(network.boxes[np.ix_(departure_rows, entry_rows)].sum())
    if boxes <= 0:
        raise InputError(f"{place}: no lane between the ports; allowed: ports with at least one box a week.")
    share = boxes / reference_boxes if spec.supply_share is None else spec.supply_share
    if not 0 < share <= 1:
        raise InputError(f"{place}.supply_share: {share:g} is out of range; allowed: above 0, at most 1.")
    entry = _entry_ports(network, entry_rows, parameters.control)
    coasts = _coasts(network, entry.port_range if spec.has_outside_routes else ())
    lanes, strings = _lanes_and_strings(network, departure_rows, entry_rows)
    codes = {f"to {code}" for code in entry.code}
    departure = _departure_ports(network, departure_rows)
    codes |= {f"from {code}" for code in departure.code}
    return World(
        spec.name,
        entry,
        coasts,
        departure,
        lanes,
        strings,
        _markets(network, entry, coasts),
        _home_regions(network, departure),
        _pipeline(network, entry.code),
        _fixed(_sea_km(network, departure_rows, entry_rows, coasts)),
        reference_boxes,
        float(share),
        _eu_traffic_share(network, entry),
        tuple(total for total in network.assumed_totals if total[0] in codes),
        data_hash(data),
        network.assumptions.region_order,
    )


def _chosen(place: str, asked: tuple[str, ...], ports: Sequence[Port]) -> Ints:
    """Return gazetteer rows in their own order, whatever the order of asking."""
    codes = [port.unlocode for port in ports]
    if asked == ("all",):
        return np.arange(len(codes), dtype=np.int64)
    for code in asked:
        if code not in codes:
            raise unknown_name(place, code, [*codes, "all"])
    if not asked or len(set(asked)) < len(asked):
        raise InputError(
            f"{place}: '{', '.join(asked)}' is empty or names a port twice; allowed: each port once, or all."
        )
    return np.array([row for row, code in enumerate(codes) if code in asked], dtype=np.int64)


def _eu_traffic_share(network: Network, entry: EntryPorts) -> float:
    is_eu = [network.assumptions.ranges[port.unlocode].is_eu == 1 for port in network.reference.entry_ports]
    return float(entry.gateway_laden_boxes[entry.is_eu].sum() / network.gateway_laden_boxes[is_eu].sum())


def _fixed(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    array.flags.writeable = False
    return array


def _entry_ports(network: Network, rows: Ints, control: ControlParameters) -> EntryPorts:
    ports = [network.reference.entry_ports[row] for row in rows]
    ranges = [network.assumptions.ranges[port.unlocode] for port in ports]
    published = network.assumptions.capacity
    teu, transhipment = network.entry.teu[rows], network.entry_transhipment[rows]
    scans = usual_scans(teu, transhipment, control)
    for row, port in enumerate(ports):
        if port.unlocode in published:
            scans[row] = published[port.unlocode].scans_per_year
    units = units_for(scans, control)
    return EntryPorts(
        code=tuple(port.unlocode for port in ports),
        name=tuple(port.port_name for port in ports),
        country=tuple(port.country_iso2 for port in ports),
        port_range=tuple(row.port_range for row in ranges),
        global_id=_fixed(rows.copy()),
        latitude=_fixed(np.array([port.lat for port in ports])),
        longitude=_fixed(np.array([port.lon for port in ports])),
        is_eu=_fixed(np.array([row.is_eu == 1 for row in ranges])),
        throughput_teu=_fixed(teu),
        throughput_is_imputed=_fixed(network.entry.is_imputed[rows]),
        transhipment_share=_fixed(transhipment),
        transhipment_is_imputed=_fixed(network.entry_transhipment_is_imputed[rows]),
        gateway_laden_boxes=_fixed(network.gateway_laden_boxes[rows]),
        import_boxes=_fixed(network.import_boxes[rows]),
        scans_per_year=_fixed(scans),
        scans_are_imputed=_fixed(np.array([port.unlocode not in published for port in ports])),
        fixed_units=_fixed(units.fixed),
        mobile_units=_fixed(units.mobile),
        has_scanner=_fixed(units.has_scanner),
    )


def _departure_ports(network: Network, rows: Ints) -> DeparturePorts:
    ports = [network.reference.departure_ports[row] for row in rows]
    return DeparturePorts(
        code=tuple(port.unlocode for port in ports),
        name=tuple(port.port_name for port in ports),
        country=tuple(port.country_iso2 for port in ports),
        region=tuple(network.assumptions.regions[port.unlocode].region for port in ports),
        global_id=_fixed(rows.copy()),
        latitude=_fixed(np.array([port.lat for port in ports])),
        longitude=_fixed(np.array([port.lon for port in ports])),
        export_teu=_fixed(network.departure.teu[rows]),
        export_is_imputed=_fixed(network.departure.is_imputed[rows]),
    )


def _range_members(network: Network, port_range: str) -> list[int]:
    ranges = network.assumptions.ranges
    return [
        row for row, port in enumerate(network.reference.entry_ports) if ranges[port.unlocode].port_range == port_range
    ]


def _coasts(network: Network, port_ranges: Sequence[str]) -> Coasts:
    # Positions are means over the full network, so that a coast is the same place in every world.
    names = [name for name in PORT_RANGES if name in port_ranges]
    members = [[network.reference.entry_ports[row] for row in _range_members(network, name)] for name in names]
    return Coasts(
        tuple(names),
        _fixed(np.array([_FIRST_COAST_ID + PORT_RANGES.index(name) for name in names], dtype=np.int64)),
        _fixed(np.array([np.mean([port.lat for port in ports]) for ports in members], dtype=np.float64)),
        _fixed(np.array([np.mean([port.lon for port in ports]) for ports in members], dtype=np.float64)),
    )


def _sea_km(network: Network, departure_rows: Ints, entry_rows: Ints, coasts: Coasts) -> Floats:
    to_ports = network.sea_km[np.ix_(departure_rows, entry_rows)]
    to_coasts = [network.sea_km[departure_rows][:, _range_members(network, name)].mean(axis=1) for name in coasts.name]
    return np.column_stack([to_ports, *to_coasts])


def _lanes_and_strings(network: Network, departure_rows: Ints, entry_rows: Ints) -> tuple[Lanes, Strings]:
    ports = network.reference.departure_ports
    regions = network.assumptions.region_order
    region = np.array(
        [regions.index(network.assumptions.regions[ports[row].unlocode].region) for row in departure_rows]
    )
    cells = np.ix_(departure_rows, entry_rows)
    departure, entry = np.nonzero(network.boxes[cells] > 0)
    string_id = entry_rows[entry] * _STRINGS_PER_PORT + region[departure]
    order = np.lexsort((departure, string_id))
    departure, entry = departure[order].astype(np.int64), entry[order].astype(np.int64)
    ids, first, string = np.unique(string_id[order], return_index=True, return_inverse=True)
    row_in_world = np.full(len(network.reference.entry_ports), -1)
    row_in_world[entry_rows] = np.arange(entry_rows.size)
    is_via_hub = ~network.is_direct[cells][departure, entry]
    transit_min = np.rint(network.transit_days[cells][departure, entry] * _MINUTES_PER_DAY).astype(np.int64)
    hub_min = np.rint(transit_min * network.hub_way_share[cells][departure, entry]).astype(np.int64)
    # A day at least on either side, so that a box passes its hub before the ship that brings it can arrive.
    hub_min = np.clip(hub_min, _MINUTES_PER_DAY, transit_min - _MINUTES_PER_DAY)
    lanes = Lanes(
        _fixed(departure),
        _fixed(entry),
        _fixed(network.boxes[cells][departure, entry]),
        _fixed(transit_min),
        _fixed(string.astype(np.int64)),
        _fixed(is_via_hub),
        _fixed(np.where(is_via_hub, row_in_world[network.hub[cells][departure, entry]], -1)),
        _fixed(np.where(is_via_hub, hub_min, 0)),
    )
    strings = Strings(
        tuple(regions[row] for row in region[departure[first]]),
        _fixed(entry[first]),
        _fixed(ids.astype(np.int64)),
        _fixed(np.append(first, len(order)).astype(np.int64)),
    )
    return lanes, strings


def _markets(network: Network, entry: EntryPorts, coasts: Coasts) -> Markets:
    table = market_table(network.reference, network.assumptions)
    return Markets(
        table.country,
        _fixed(table.weight.copy()),
        _fixed(
            great_circle_km(
                np.concatenate([entry.latitude, coasts.latitude]),
                np.concatenate([entry.longitude, coasts.longitude]),
                table.latitude,
                table.longitude,
            )
        ),
    )


def _home_regions(network: Network, departure: DeparturePorts) -> HomeRegions:
    home = network.assumptions.home
    return HomeRegions(
        tuple(row.name for row in home),
        _fixed(np.array([row.weight for row in home])),
        _fixed(
            great_circle_km(
                np.array([row.lat for row in home]),
                np.array([row.lon for row in home]),
                departure.latitude,
                departure.longitude,
            )
        ),
    )


def _pipeline(network: Network, codes: tuple[str, ...]) -> tuple[Delivery, ...]:
    rows = sorted(network.assumptions.pipeline, key=lambda row: (row.date, row.unlocode))
    return tuple(
        Delivery(row.date, codes.index(row.unlocode), row.units, row.source) for row in rows if row.unlocode in codes
    )
