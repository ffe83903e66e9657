"""Where boxes change ships that no ship brings directly: the hub with the least detour."""

from __future__ import annotations

import numpy as np

from scenarios.geography import great_circle_km
from scenarios.world import Bools, Floats, Ints

MEDITERRANEAN = ("west_med", "central_med", "east_med", "black_sea")
"""Port ranges that ships reach through the Strait of Gibraltar."""
_STRAIT = (np.array([35.95]), np.array([-5.6]))
"""Latitude and longitude of the Strait of Gibraltar, degrees."""


def feeder_km(latitude: Floats, longitude: Floats, is_mediterranean: Bools) -> Floats:
    """Return the way between entry ports, shape (ports, ports): great circles, through the strait that divides them.

    Assumption: no table of sea ways between entry ports was found; the great circle is too short along a coast.

    Args:
        latitude, longitude: of the ports, degrees.
        is_mediterranean: whether a port lies inside the Strait of Gibraltar.
    """
    direct = great_circle_km(latitude, longitude, latitude, longitude)
    to_strait = great_circle_km(latitude, longitude, *_STRAIT)[:, 0]
    through: Floats = to_strait[:, None] + to_strait[None, :]
    return np.where(is_mediterranean[:, None] == is_mediterranean[None, :], direct, through)


def least_detour(sea_km: Floats, feeder: Floats, is_hub: Bools) -> tuple[Ints, Floats]:
    """Return the hub of every pair of ports, and the share of the way that lies before it.

    Of all hubs but the entry port itself, the one with the shortest way departure - hub - entry (ties by row).

    Args:
        sea_km: shape (departure ports, entry ports).
        feeder: way between entry ports, shape (entry ports, entry ports).
        is_hub: which entry ports are hubs, two or more.

    Returns:
        rows of entry ports and shares, both of shape (departure ports, entry ports).
    """
    hubs = np.flatnonzero(is_hub)
    before = sea_km[:, hubs, None]
    way = before + feeder[None, hubs, :]
    way[:, np.arange(hubs.size), hubs] = np.inf
    best = way.argmin(axis=1)[:, None, :]
    total = np.take_along_axis(way, best, axis=1)[:, 0]
    share: Floats = np.take_along_axis(np.broadcast_to(before, way.shape), best, axis=1)[:, 0] / total
    return hubs[best[:, 0]].astype(np.int64), share
