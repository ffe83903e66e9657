"""How lots become consignments: splitting against risk, boxes of a load, bookings, and small lots that ride along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.streams import Bools, Floats, Ints


def boxes_needed(mass_kg: Floats, limit_kg: Floats) -> Ints:
    """Return the least number of boxes (or landings) that carry a mass."""
    boxes: Ints = np.maximum(1, np.ceil(mass_kg / limit_kg)).astype(np.int64)
    return boxes


def boxes_paid(mass_kg: Floats, limit_kg: Floats, ride_below_kg: float, rides: Bools) -> Floats:
    """Return the boxes whose fixed cost a lot bears: whole ones, or its share of one if it is to ride with another."""
    whole = boxes_needed(mass_kg, limit_kg).astype(np.float64)
    return np.where(rides, mass_kg / max(ride_below_kg, 1e-9), whole)


def can_ride(mass_kg: Floats, group: Ints, ride_below_kg: float) -> Bools:
    """Return which lots are light enough to ride and have a heavier one of their group to ride with."""
    heaviest: dict[int, float] = {}
    for g, kg in zip(group.tolist(), mass_kg.tolist(), strict=True):
        heaviest[g] = max(heaviest.get(g, 0.0), kg)
    carrier_kg = np.array([heaviest[g] for g in group.tolist()])
    light: Bools = (mass_kg < ride_below_kg) & (mass_kg < carrier_kg)
    return light


@dataclass(frozen=True, slots=True)
class Load:
    """Consignments of a batch and the parcels in them."""

    lead_lot: Ints
    ordinal: Ints
    route: Ints
    mass_g: Ints
    parcel_lot: Ints
    parcel_consignment: Ints
    """Position in the batch."""
    parcel_g: Ints


def load(
    lot: Ints, mass_g: Ints, group: Ints, route: Ints, count: Ints, below_g: int, most_g: Ints,
    may_ride: Callable[[int, int], bool],
) -> Load:  # fmt: skip
    """Divide lots into consignments; small lots ride with a larger one of their group that has room.

    Args:
        lot: row of each lot, ordered by organisation.
        mass_g: grams.
        group: organisation and home region, as one number: lots of a group can ride together.
        route: of each lot.
        count: consignments into which each lot is divided.
        below_g: lots lighter than this ride along; zero for none.
        most_g: most grams that a consignment on the route of each lot carries.
        may_ride: whether the lot at a position may go with the lot at another one.
    """
    columns: list[list[int]] = []  # lead lot, ordinal, route, grams
    parcels: list[tuple[int, int, int]] = []  # lot, consignment in this batch, grams
    carriers: dict[int, tuple[int, int]] = {}
    grams, groups = mass_g.tolist(), group.tolist()
    # Largest first (ties by row), so that a small lot finds its carrier.
    for i in sorted(range(lot.size), key=lambda i: (groups[i], -grams[i], int(lot[i]))):
        carrier = carriers.get(groups[i])
        if carrier is not None and grams[i] < below_g and may_ride(i, carrier[1]):
            column = columns[carrier[0]]
            if column[3] + grams[i] <= most_g[carrier[1]]:
                column[3] += grams[i]
                parcels.append((int(lot[i]), carrier[0], grams[i]))
                continue
        parts = int(count[i])
        carriers.setdefault(groups[i], (len(columns), i))
        for ordinal in range(parts):
            part = grams[i] // parts + (ordinal < grams[i] % parts)
            parcels.append((int(lot[i]), len(columns), part))
            columns.append([int(lot[i]), ordinal, int(route[i]), part])
    lead, ordinals, routes, mass = np.array(columns, np.int64).T
    parcel_lot, consignment, parcel_g = np.array(parcels, np.int64).T
    return Load(lead, ordinals, routes, mass, parcel_lot, consignment, parcel_g)
