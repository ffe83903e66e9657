"""Common risk criteria and pooled data: how well a score separates contaminated from clean boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Lever
from sim.targeting import pooled_separation

if TYPE_CHECKING:
    from agents.desk import Desk


class Criteria(Lever):
    """National: d' as it is. Alliance: other participants' finds add to it, and never take away (assumption).

    Participants also show each other which methods they find: their image readers learn, and forget, together.
    """

    name: ClassVar[str] = "criteria"
    writes: ClassVar[tuple[str, ...]] = ("separation", "pools_finds")

    def begin(self, desk: Desk) -> None:
        """Pool the finds by method of those who act together."""
        desk.controls.pools_finds = desk.is_common(self)

    def assess(self, desk: Desk) -> None:
        """Set d' of each authority from observed finds alone."""
        targeting, base = desk.case.parameters.targeting, desk.case.parameters.control.separation
        own = np.bincount(desk.evidence.lane_authority, desk.evidence.finds, minlength=len(desk.authorities))
        is_common = desk.is_common(self)
        others = np.where(is_common, own[is_common].sum() - own, 0.0)
        worth = np.full(own.size, targeting.transferability)
        gain = targeting.separation_gain * desk.strength(self)
        desk.controls.separation = pooled_separation(
            base, own.astype(np.float64), others, worth, gain, targeting.separation_offset_finds
        )
