"""Anchors: published volumes between groups of ports, in boxes a year."""

from __future__ import annotations

import numpy as np

from scenarios.assumptions import EVERYWHERE, AnchorRow, Assumptions
from scenarios.errors import InputError, unknown_name
from scenarios.lanes import Block
from scenarios.reference import Reference
from scenarios.world import Bools


def anchor_boxes(anchor: AnchorRow, assumptions: Assumptions, boxes_per_teu: float) -> float:
    """Return the published value of an anchor in boxes a year."""
    weeks = assumptions.margin("weeks_per_year").value
    factor = {
        "boxes/yr": 1.0,
        "TEU/yr": boxes_per_teu,
        "TEU in 40ft boxes/week": weeks / assumptions.margin("teu_per_reefer_box").value,
        "40ft boxes/week": weeks,
        "t of bananas/yr": 1.0 / assumptions.margin("banana_t_per_box").value,
    }
    return anchor.value * factor[anchor.unit]


def departure_group(anchor: AnchorRow, reference: Reference, assumptions: Assumptions) -> Bools:
    """Return which departure ports an anchor means: regions, ports, or all (``*``), joined by a bar."""
    codes = [port.unlocode for port in reference.departure_ports]
    groups = [(code, assumptions.regions[code].region, EVERYWHERE) for code in codes]
    return _members(anchor.departure, groups, f"{assumptions.path / 'lane_anchors.csv'}, {anchor.anchor}, departure")


def entry_group(anchor: AnchorRow, reference: Reference, assumptions: Assumptions) -> Bools:
    """Return which entry ports an anchor means: port ranges, ports, or all (``*``), joined by a bar."""
    codes = [port.unlocode for port in reference.entry_ports]
    groups = [(code, assumptions.ranges[code].port_range, EVERYWHERE) for code in codes]
    return _members(anchor.entry, groups, f"{assumptions.path / 'lane_anchors.csv'}, {anchor.anchor}, entry")


def _members(text: str, groups: list[tuple[str, str, str]], place: str) -> Bools:
    wanted = text.split("|")
    known = {name for names in groups for name in names}
    for name in wanted:
        if name not in known:
            raise unknown_name(place, name, known)
    return np.array([any(name in wanted for name in names) for names in groups])


def fitted_blocks(reference: Reference, assumptions: Assumptions, boxes_per_teu: float) -> tuple[Block, ...]:
    """Return the anchors that the fit must meet.

    Raises:
        InputError: an anchor names an unknown port or more than one entry port.
    """
    blocks = []
    for anchor in assumptions.anchors:
        if anchor.use != "fitted":
            continue
        columns = np.flatnonzero(entry_group(anchor, reference, assumptions))
        if len(columns) != 1:
            raise InputError(
                f"{assumptions.path / 'lane_anchors.csv'}, {anchor.anchor}, column entry: '{anchor.entry}' names"
                f" {len(columns)} ports; allowed for a fitted anchor: one."
            )
        rows = departure_group(anchor, reference, assumptions)
        blocks.append(Block(anchor.anchor, rows, int(columns[0]), anchor_boxes(anchor, assumptions, boxes_per_teu)))
    return tuple(blocks)
