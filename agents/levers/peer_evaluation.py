"""Peer evaluation: ports that use their criteria poorly follow those that evaluators have seen use them well."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Lever
from agents.practice import floor_towards

if TYPE_CHECKING:
    from agents.desk import Desk


class PeerEvaluation(Lever):
    """National: own audit, towards the best of a state's own ports. Alliance: towards the best of all participants.

    The only lever with a floor: it lifts the weakest and takes nothing from the others.
    """

    name: ClassVar[str] = "peer_evaluation"
    writes: ClassVar[tuple[str, ...]] = ("practice_floor",)

    def begin(self, desk: Desk) -> None:
        """Start with every gap open."""
        self._closed_share = np.zeros(len(desk.authorities))
        self._day = desk.day

    def assess(self, desk: Desk) -> None:
        """Close the gaps further, and see which they are now.

        The share of the gap that is closed moves towards what is paid for: practice slips where nobody visits.
        """
        followed = 1 - 0.5 ** ((desk.day - self._day) / self.values["half_life_days"])
        self._day = desk.day
        self._closed_share += followed * (desk.strength(self) - self._closed_share)
        floor = np.zeros(desk.practice.size)
        for area in desk.areas(self):
            seen = desk.practice[area.ports]
            best = float(np.quantile(seen, self.values["best_quantile"]))
            floor[area.ports] = floor_towards(seen, best, self._closed_share[desk.authority_of_port[area.ports]])
        desk.controls.practice_floor = floor
