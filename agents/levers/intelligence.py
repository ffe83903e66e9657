"""Intelligence exchange: how soon another state's tips and finds are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from agents.levers.base import Scope
from scenarios.case import Case
from sim.streams import Ints


@dataclass(frozen=True, slots=True)
class Intelligence:
    """National: tips of others come in weeks, their finds by press. Alliance: both in hours or days."""

    name: ClassVar[str] = "intelligence"
    writes: ClassVar[tuple[str, ...]] = ("foreign_tip_delay_days", "log_odds")
    grade: ClassVar[str] = "D"
    feasible_now: ClassVar[str] = "needs agreement"
    scope: Scope

    def foreign_tip_delay_days(self, case: Case) -> float:
        """Return the delay of a tip that another state holds."""
        tips = case.parameters.tips
        return tips.shared_delay_days if self.scope == "alliance" else tips.national_delay_days

    def is_sharing(self, is_member: Ints) -> Ints:
        """Return which authorities see each other's evidence at once."""
        return is_member if self.scope == "alliance" else np.zeros_like(is_member)
