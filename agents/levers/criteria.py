"""Common risk criteria and pooled data: how well a score separates contaminated from clean boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import LEAST_STRENGTH, Lever
from sim.targeting import gain_left, pooled_separation

if TYPE_CHECKING:
    from agents.desk import Desk


class Criteria(Lever):
    """National: d' as it is. Alliance: other participants' finds add to it, and never take away (assumption).

    What they add shrinks while the methods found lately are others than those found before, and comes back as these
    become the usual ones.

    Participants also show each other which methods they find: their image readers learn, and forget, together.
    """

    name: ClassVar[str] = "criteria"
    writes: ClassVar[tuple[str, ...]] = ("separation", "pools_finds")

    def assess(self, desk: Desk) -> None:
        """Pool the finds by method of those who act together, and set d' of each authority from finds alone."""
        desk.controls.pools_finds = desk.is_common(self) & (desk.strength(self) >= LEAST_STRENGTH)
        targeting, base = desk.case.parameters.targeting, desk.case.parameters.control.separation
        own = np.bincount(desk.evidence.lane_authority, desk.evidence.finds, minlength=len(desk.authorities))
        is_common = desk.is_common(self)
        others = np.where(is_common, own[is_common].sum() - own, 0.0)
        worth = np.full(own.size, targeting.transferability)
        left = gain_left(desk.familiarity.drift(is_common), self.values["decay"])
        gain = targeting.separation_gain * desk.strength(self) * left
        desk.controls.separation = pooled_separation(
            base, own.astype(np.float64), others, worth, gain, targeting.separation_offset_finds
        )
