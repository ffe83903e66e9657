"""The plan of the day: what happens in which order. The model runs exactly these phases."""

from __future__ import annotations

PLAN: tuple[tuple[str, str], ...] = (
    ("arrest", "what investigations have led to is done to organisations"),
    ("supply", "lots arrive at the organisations that serve their slots"),
    ("decide", "organisations whose weekday it is choose routes for their lots"),
    ("ship", "consignments are dispatched; some are seized at departure"),
    ("move", "ships, terminals and control lines run until midnight"),
    ("learn", "organisations learn outcomes and news; the market takes in what landed"),
    ("enforce", "authorities observe, and decide for tomorrow"),
    ("record", "at the end of a month, states are noted"),
)
"""Name and meaning of each phase, in order."""
