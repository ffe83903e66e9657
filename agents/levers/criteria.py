"""Common risk criteria and pooled data: how well a score separates contaminated from clean boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Scope
from scenarios.case import Case
from sim.streams import Floats, Ints
from sim.targeting import pooled_separation

if TYPE_CHECKING:
    from agents.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Criteria:
    """National: d' as it is. Alliance: other participants' finds add to it, and never take away (assumption)."""

    name: ClassVar[str] = "criteria"
    writes: ClassVar[tuple[str, ...]] = ("separation",)
    grade: ClassVar[str] = "D"
    feasible_now: ClassVar[str] = "needs agreement"
    scope: Scope

    def separation(self, case: Case, evidence: Evidence, is_member: Ints) -> Floats:
        """Return d' of each authority, from observed finds alone."""
        t, base = case.parameters.targeting, case.parameters.control.separation
        own = np.bincount(evidence.lane_authority, evidence.finds, minlength=is_member.size).astype(np.float64)
        others = np.where(is_member == 1, own[is_member == 1].sum() - own, 0.0)
        pooled: Floats = others if self.scope == "alliance" else np.zeros_like(own)
        worth = np.full(own.size, t.transferability)
        return pooled_separation(base, own, pooled, worth, t.separation_gain, t.separation_offset_finds)
