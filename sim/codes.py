"""The codes of the physical world: methods, fates, triggers, steps, and the columns of a luck row.

Compiled code has these numbers built in, so this file belongs to the digest that names the cache of kernels.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

NEVER = 1 << 60
"""A minute that does not come."""


class Method(IntEnum):
    """How a load is hidden, or that it avoids the container terminals."""

    RIP_ON = 0
    IN_CARGO = 1
    IN_STRUCTURE = 2
    COOLING_UNIT = 3
    OUTSIDE = 4


CONTAINER_METHODS = 4
NEEDS_EXTRACTION = np.array([True, False, True, True, False])
"""By method: whether a team has to reach the box at the terminal."""


class Fate(IntEnum):
    """What became of a parcel. Open fates come last."""

    NOT_OFFERED = 0
    DIVERTED = 1
    SEIZED_DEPARTURE = 2
    SEIZED_HUB = 3
    SEIZED_SEA = 4
    SEIZED_ENTRY = 5
    SEIZED_EXTRACTION = 6
    FOUND_DOWNSTREAM = 7
    SEIZED_INLAND = 8
    ABANDONED = 9
    DELIVERED = 10
    HELD = 11
    IN_TRANSIT = 12
    AWAITING_EXTRACTION = 13


FIRST_OPEN_FATE = Fate.HELD
LANDED = (Fate.DELIVERED, Fate.SEIZED_INLAND)
"""What landed: what is seized inland had landed before."""
SEIZED_AT_ENTRY = (Fate.SEIZED_HUB, Fate.SEIZED_SEA, Fate.SEIZED_ENTRY, Fate.SEIZED_EXTRACTION, Fate.FOUND_DOWNSTREAM)
"""What the record of ports and coasts counts as seized: at a hub where it was, all else at the place of entry."""
LOST = (*SEIZED_AT_ENTRY, Fate.ABANDONED)
"""What its owner has lost after departure."""
IS_SEIZED_AT_ENTRY = np.isin(np.arange(len(Fate)), SEIZED_AT_ENTRY)
IS_LOST = np.isin(np.arange(len(Fate)), LOST)
"""By fate: looking these up is quicker than searching."""


class Trigger(IntEnum):
    """What led to a find."""

    NONE = 0
    TIP = 1
    TARGETED = 2
    RANDOM = 3
    OTHER_PURPOSE = 4
    CHANCE = 5


class Step(IntEnum):
    """The step at which a load was found."""

    NONE = 0
    SEARCH = 1
    ARREST = 2
    IMPORTER = 3


class Control(IntEnum):
    """Where a consignment stands with customs."""

    UNSELECTED = 0
    SELECTED = 1
    CLEARED = 2


class Goods(IntEnum):
    """Classes of goods in clean boxes, in the order of their dwells in the table of times."""

    DRY = 0
    REEFER = 1


class Luck(IntEnum):
    """Columns of the row of uniforms that a consignment carries from birth."""

    DEPARTURE = 0
    OUTSIDE = 1
    TIP = 2
    TIP_LEAD = 3
    SCORE = 4
    RANDOM_SLOT = 5
    OTHER_PURPOSE = 6
    IMAGE = 7
    SEARCH = 8
    EXTRACTION_TIME = 9
    CAUGHT = 10
    DOWNSTREAM = 11
    DWELL = 12
    UNLOAD = 13
    RETRIEVE_TIME = 14
    SCAN_TIME = 15
    READ_TIME = 16
    SEARCH_TIME = 17
    INSIDER = 18
    LEAK = 19
    INLAND = 20
    HUB = 21


LUCK_WIDTH = 24
LUCK_OF_SEIZURE = (Luck.DEPARTURE, Luck.OUTSIDE, Luck.SEARCH, Luck.CAUGHT, Luck.DOWNSTREAM, Luck.INLAND)
"""Columns that decide, each alone, whether a load in reach is seized."""
