"""How much of its selection a port spends on boxes that it only tranships, and what that finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from scenarios.world import World
from sim.clock import YEAR_DAYS
from sim.streams import Floats


def recall(share: Floats, separation: Floats) -> Floats:
    """Return the share of contaminated boxes among the ``share`` of boxes with the highest scores.

    1 - Phi(z - d'), z the 1 - share quantile: scores are N(0, 1) for clean boxes, N(d', 1) for contaminated ones, and
    these are so few that the clean ones set the threshold.
    """
    found: Floats = ndtr(separation - ndtri(1 - share))
    return found


@dataclass(frozen=True, slots=True)
class HubControl:
    """Boxes of lanes via each port as a hub that pass its selection, beside those bound for it."""

    boxes_per_day: Floats
    """Transhipped at-risk boxes that pass the selection of each port."""
    own_share: Floats
    """Share of the boxes before the selection of each port that are bound for it."""
    passing_share: float
    """Share of transhipped boxes that pass the selection of their hub."""

    def chance(self, slots_per_day: Floats, separation: Floats) -> Floats:
        """Return the probability that a contaminated box is selected where it is transhipped, by port.

        Args:
            slots_per_day: drug-tasked slots spent on transhipped boxes.
            separation: d' of each port's criteria.
        """
        boxes = self.boxes_per_day
        share = np.divide(slots_per_day, boxes, out=np.zeros_like(boxes), where=boxes > 0)
        chance: Floats = self.passing_share * recall(np.minimum(share, 1.0), separation)
        return chance


def make_hub_control(world: World, passing_share: float) -> HubControl:
    """Return the boxes before the selection of each port; slots are spent on both kinds in proportion (assumption)."""
    lanes, ports = world.lanes, len(world.entry.code)
    is_here = lanes.hub >= 0
    transhipped = np.bincount(lanes.hub[is_here], lanes.boxes_per_year[is_here], minlength=ports).astype(np.float64)
    own, passing = world.at_risk_boxes, passing_share * transhipped
    own_share: Floats = np.divide(own, own + passing, out=np.ones(ports), where=own + passing > 0)
    return HubControl(passing / YEAR_DAYS, own_share, passing_share)
