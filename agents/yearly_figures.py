"""What authorities count over a calendar year: finds, kilograms found, controls and exposure; never true flow."""

from __future__ import annotations

import numpy as np

from scenarios.world import World
from sim.streams import Floats, Ints


class YearlyFigures:
    """Figures of this calendar year so far, and those of the last for review."""

    def __init__(self, world: World) -> None:
        """Start with an empty year, after an empty year."""
        ports, lanes = len(world.entry.code), world.lanes.entry.size
        self.finds: Ints = np.zeros((ports, lanes), np.int64)
        """Loads found in a box by customs of a port, at entry or on the way through, by port and lane."""
        self.found_g: Ints = np.zeros((ports, lanes), np.int64)
        self.exposure: Floats = np.zeros(lanes)
        """By lane, boxes times the probability that a contaminated one would have been selected."""
        self._controls_before: Ints = np.zeros(ports, np.int64)
        self.controls_last_year: Ints = np.zeros(ports, np.int64)
        """Boxes that went through the control line against drugs, by port."""
        self.finds_last_year, self.found_g_last_year = self.finds.copy(), self.found_g.copy()
        self.exposure_last_year = self.exposure.copy()

    def observe(self, ports_of_finds: Ints, lanes_of_finds: Ints, mass_g: Ints) -> None:
        """Add finds."""
        np.add.at(self.finds, (ports_of_finds, lanes_of_finds), 1)
        np.add.at(self.found_g, (ports_of_finds, lanes_of_finds), mass_g)

    def close(self, controls: Ints) -> None:
        """End the calendar year, and begin another.

        Args:
            controls: boxes controlled against drugs since the start of the run, by port.
        """
        self.finds_last_year, self.found_g_last_year = self.finds.copy(), self.found_g.copy()
        self.exposure_last_year = self.exposure.copy()
        self.controls_last_year = controls - self._controls_before
        self._controls_before = controls.copy()
        for figures in (self.finds, self.found_g, self.exposure):
            figures[:] = 0
