"""Distances on the sphere."""

from __future__ import annotations

import numpy as np

from scenarios.world import Floats

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG; Moritz 2000, doi:10.1007/s001900050278)."""


def great_circle_km(latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats) -> Floats:
    """Return great-circle distances by the haversine formula.

    Args:
        latitude: degrees, shape (places,).
        longitude: degrees, shape (places,).
        other_latitude: degrees, shape (others,).
        other_longitude: degrees, shape (others,).

    Returns:
        km, shape (places, others).

    References:
        Sinnott 1984, Virtues of the haversine, Sky and Telescope 68(2), 159.
    """
    lat, lon = np.radians(latitude)[:, None], np.radians(longitude)[:, None]
    other_lat, other_lon = np.radians(other_latitude)[None, :], np.radians(other_longitude)[None, :]
    chord = np.sin((other_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
    km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return km
