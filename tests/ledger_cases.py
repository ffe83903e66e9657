"""Runs written down by hand, as the tables that a ledger reads."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from sim.consignment import CONSIGNMENTS_PER_LOT
from sim.recorder import make_table
from sim.tables import CONSIGNMENTS, LOTS, PARCELS

HOURS_20 = 20 * 60


class Booking(NamedTuple):
    """A consignment of a hand-written run: what it carries of which lots, and what became of it."""

    lots_g: dict[int, int]
    departure: str
    place: str
    method: str
    fate: str
    day: int = 10
    organisation: int = 7
    ordinal: int = 0


def hand_tables(
    lots_g: dict[int, int], bookings: list[Booking], ranges: dict[str, str], arm: str = "a"
) -> dict[str, pa.Table]:
    """Return lots, parcels and consignments; what no booking carries of a lot was not offered.

    Args:
        lots_g: grams of each lot, all of the cohort.
        bookings: the consignments; the first lot of each is its lead lot.
        ranges: port range of each place.
        arm: name of the arm.
    """
    lot = list(lots_g)
    lots = {
        "lot": lot, "arrival_day": [1] * len(lot), "mass_g": list(lots_g.values()),
        "reservation_eur_per_kg": [0.0] * len(lot), "home": ["north"] * len(lot), "is_in_cohort": [True] * len(lot),
    }  # fmt: skip
    ids = [next(iter(b.lots_g)) * CONSIGNMENTS_PER_LOT + b.ordinal for b in bookings]
    parcels = [(one, at, grams, b.fate) for at, b in zip(ids, bookings, strict=True) for one, grams in b.lots_g.items()]
    carried = {one: sum(grams for known, _, grams, _ in parcels if known == one) for one in lots_g}
    parcels += [(one, -1, grams - carried[one], "not_offered") for one, grams in lots_g.items() if grams > carried[one]]
    consignments = {
        "consignment": ids, "organisation": [b.organisation for b in bookings],
        "departure": [b.departure for b in bookings], "place": [b.place for b in bookings],
        "port_range": [ranges[b.place] for b in bookings], "method": [b.method for b in bookings],
        "mass_g": [sum(b.lots_g.values()) for b in bookings], "dispatch_day": [b.day for b in bookings],
        "discharge_min": [b.day * 1440 for b in bookings], "closed_min": [b.day * 1440 + HOURS_20 for b in bookings],
        "fate": [b.fate for b in bookings], "trigger": ["none"] * len(ids), "step": ["none"] * len(ids),
        "record_place": [b.place for b in bookings], "inland_min": [-1] * len(ids),
    }  # fmt: skip
    columns = {"lot": 0, "consignment": 1, "mass_g": 2, "fate": 3}
    both = {"lots": (LOTS, lots), "consignments": (CONSIGNMENTS, consignments),
            "parcels": (PARCELS, {name: [row[i] for row in parcels] for name, i in columns.items()})}  # fmt: skip
    return {
        name: make_table(schema, {"arm": [arm] * len(next(iter(values.values()))),
                                  "replication": [0] * len(next(iter(values.values()))), **values}, {})
        for name, (schema, values) in both.items()
    }  # fmt: skip
