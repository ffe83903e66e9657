"""Intelligence exchange: how soon another state's tips and finds are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Lever

if TYPE_CHECKING:
    from agents.desk import Desk


class Intelligence(Lever):
    """National: tips of others come in weeks, their finds by press. Alliance: both in hours or days."""

    name: ClassVar[str] = "intelligence"
    writes: ClassVar[tuple[str, ...]] = ("foreign_tip_delay_days", "log_odds")

    def assess(self, desk: Desk) -> None:
        """Set the delay of others' tips, and what every authority believes of lanes from the finds that it sees."""
        tips, is_common = desk.case.parameters.tips, desk.is_common(self)
        delay = np.where(is_common, tips.shared_delay_days, tips.national_delay_days)
        desk.controls.foreign_tip_delay_days = delay
        desk.controls.log_odds = desk.evidence.log_odds(desk.day, is_common)
