"""All routes of a world: departure port x entry place x method, with a number that is the same in every world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.assumptions import PORT_RANGES
from scenarios.parameters import MethodsParameters
from scenarios.world import World
from sim.codes import CONTAINER_METHODS, Method
from sim.streams import Floats, Ints


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes as columns."""

    departure: Ints
    place: Ints
    """Entry port, or ports + coast."""
    method: Ints
    lane: Ints
    """-1 outside the container terminals."""
    log_size: Floats
    """Logarithm of the route's size as a share of all at-risk boxes of the network."""
    log_nest_size: Floats
    """The same of all routes of its nest together."""
    nest: Ints
    """Port range of the place, the same number in every world: routes of a nest are closer substitutes."""
    cell_id: Ints
    """Number of the (place, method), the same in every world."""
    id: Ints


def make_routes(world: World, methods: MethodsParameters, unknown_ports: tuple[str, ...] = ()) -> Routes:
    """Return every lane by every container method, then every departure port to every coast.

    The size of a coast route is the departure port's at-risk boxes x the coast's share of at-risk boxes x
    ``outside_lane_share`` (assumption).
    """
    lanes, ports = world.lanes, len(world.entry.code)
    lane = np.repeat(np.arange(lanes.entry.size), CONTAINER_METHODS)
    method = np.tile(np.arange(CONTAINER_METHODS), lanes.entry.size)
    by_departure = np.bincount(lanes.departure, lanes.boxes_per_year, minlength=len(world.departure.code))
    coast_share = np.array(
        [world.at_risk_boxes[np.array(world.entry.port_range) == name].sum() for name in world.coasts.name]
    )
    coast_share = coast_share / max(coast_share.sum(), 1.0)
    sizes = methods.outside_lane_share * np.outer(by_departure, coast_share)
    outside_departure, coast = np.nonzero(sizes > 0)
    departure = np.concatenate([lanes.departure[lane], outside_departure])
    place = np.concatenate([lanes.entry[lane], ports + coast])
    size = np.concatenate([lanes.boxes_per_year[lane], sizes[outside_departure, coast]])
    place_id = np.concatenate([world.entry.global_id, world.coasts.global_id])
    nest = np.array([PORT_RANGES.index(name) for name in (*world.entry.port_range, *world.coasts.name)], np.int64)[
        place
    ]
    # A port that nobody knows is no substitute for any other.
    is_known = ~np.isin(np.array([*world.entry.code, *world.coasts.name])[place], unknown_ports)
    nest_size = np.maximum(np.bincount(nest, size * is_known), 1e-300)
    all_methods = np.concatenate([method, np.full(coast.size, Method.OUTSIDE)])
    return Routes(
        departure=departure.astype(np.int64),
        place=place.astype(np.int64),
        method=all_methods.astype(np.int64),
        lane=np.concatenate([lane, np.full(coast.size, -1)]).astype(np.int64),
        log_size=np.log(size / world.reference_boxes),
        log_nest_size=np.log(nest_size[nest] / world.reference_boxes),
        nest=nest,
        cell_id=(place_id[place] * 8 + all_methods).astype(np.int64),
        id=((world.departure.global_id[departure] * 128 + place_id[place]) * 8 + all_methods).astype(np.int64),
    )
