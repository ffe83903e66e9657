"""What no authority knows: true flow. The oracle, an upper bound, breaks the information law on purpose, and alone."""

from __future__ import annotations

import numpy as np

from sim.clock import DAY_MIN, YEAR_DAYS
from sim.codes import Fate
from sim.physical_world import PhysicalWorld
from sim.streams import Floats


def flow_of_last_year(physical: PhysicalWorld, day: int) -> Floats:
    """Return the tonnes that came to each entry place in the year before a midnight, found or not; ports, then coasts.

    Args:
        physical: the physical world.
        day: the day that begins at this midnight.
    """
    rows = physical.consignments
    arrival_day = rows["ready_min"] / DAY_MIN
    came = (rows["fate"] != Fate.SEIZED_DEPARTURE) & (arrival_day > day - YEAR_DAYS) & (arrival_day <= day)
    places = len(physical.world.place_code)
    tonnes = np.bincount(rows["place"][came], rows["mass_g"][came] / 1e6, minlength=places)
    return tonnes.astype(np.float64)
