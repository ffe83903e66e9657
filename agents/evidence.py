"""What authorities have observed: finds of their selection and the exposure that produced them; never true flow."""

from __future__ import annotations

from collections import deque

import numpy as np

from scenarios.case import Case
from scenarios.world import World
from sim.streams import Bools, Floats, Ints
from sim.targeting import lane_log_odds, visible_evidence

SNAPSHOT_DAYS = 7


class Evidence:
    """Finds and exposure by lane, fading with age, and as others knew them a lag ago."""

    def __init__(self, case: Case, world: World, authority: Ints, authorities: int) -> None:
        """Start without evidence; ``authority`` is that of each entry port."""
        self.case, self.world = case, world
        lanes = world.lanes.entry.size
        self.finds: Floats = np.zeros(lanes)
        self.exposure: Floats = np.zeros(lanes)
        self.lane_authority: Ints = authority[world.lanes.entry]
        self._authorities = authorities
        m = case.parameters.methods
        image = (
            m.rip_on_image_detection + m.in_cargo_image_detection
            + m.in_structure_image_detection + m.cooling_unit_image_detection
        ) / 4  # fmt: skip
        self._image_detection, self._search_detection = image, case.parameters.control.search_detection
        self._not_shown = 1 - np.array(
            [m.rip_on_image_detection, m.in_cargo_image_detection, m.in_structure_image_detection,
             m.cooling_unit_image_detection]
        )  # fmt: skip
        regions = sorted(set(world.departure.region))
        self._region = np.array([regions.index(r) for r in world.departure.region], np.int64)
        self._snapshots: deque[tuple[int, Floats, Floats]] = deque()

    def observe(self, lanes_of_finds: Ints, exposure: Floats, has_scanner: Bools, kit_detection: Floats) -> None:
        """Add a day's finds (of selection, not of tips: these have no exposure) and the exposure of the selection.

        Exposure counts only as far as control would find: by image or second look, and search, or by search alone
        without a scanner; every method alike.
        """
        np.add.at(self.finds, lanes_of_finds, 1.0)
        shown = self._image_detection + (kit_detection * self._not_shown).mean(axis=1)
        found = np.where(has_scanner, shown, 1.0) * self._search_detection
        self.exposure += exposure * found[self.world.lanes.entry]

    def fade(self, day: int) -> None:
        """Let evidence age by a week, and keep a snapshot for those who learn of it late."""
        factor = 0.5 ** (SNAPSHOT_DAYS / self.case.parameters.targeting.half_life_days)
        self.finds *= factor
        self.exposure *= factor
        self._snapshots.append((day, self.finds.copy(), self.exposure.copy()))

    def lagged(self, day: int, lag_days: float) -> tuple[Floats, Floats]:
        """Return finds and exposure as they were known ``lag_days`` ago, to the week, aged to today."""
        while len(self._snapshots) > 1 and self._snapshots[1][0] <= day - lag_days:
            self._snapshots.popleft()
        if not self._snapshots or self._snapshots[0][0] > day - lag_days:
            return np.zeros_like(self.finds), np.zeros_like(self.exposure)
        taken, finds, exposure = self._snapshots[0]
        factor = 0.5 ** ((day - taken) / self.case.parameters.targeting.half_life_days)
        return finds * factor, exposure * factor

    def by_authority(self, values: Floats) -> Floats:
        """Return lane values summed by authority and departure port, shape (authorities, departure ports)."""
        departures = len(self.world.departure.code)
        cell = self.lane_authority * departures + self.world.lanes.departure
        sums = np.bincount(cell, values, minlength=self._authorities * departures).astype(np.float64)
        return sums.reshape(self._authorities, departures)

    def log_odds(self, day: int, shared: Floats) -> Floats:
        """Return the believed log odds of every lane, given the share of others' evidence that authorities exchange."""
        t = self.case.parameters.targeting
        late_finds, late_exposure = self.lagged(day, t.press_lag_days)
        seen = [
            visible_evidence(self.by_authority(now), self.by_authority(late), shared, t.press_share)
            for now, late in ((self.finds, late_finds), (self.exposure, late_exposure))
        ]
        return lane_log_odds(
            self.finds, self.exposure, seen[0], seen[1], self.lane_authority, self.world.lanes.departure,
            self._region, t.prior_rate, t.prior_exposure_boxes,
        )  # fmt: skip
