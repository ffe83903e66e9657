"""A trafficking organisation: which slots it serves, and the lots that wait for its decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from sim.streams import Ints

if TYPE_CHECKING:
    from agents.model import WaterbedModel


class Organisation(mesa.Agent):
    """One trafficking organisation; beliefs, routes and capital are rows of arrays that all of them share."""

    def __init__(self, model: WaterbedModel, index: int, slots: Ints) -> None:
        """Serve ``slots`` (may be none)."""
        super().__init__(model)
        self.index = index
        self.slots: list[int] = slots.tolist()
        self.pending: list[int] = []

    def take(self, lot: int) -> None:
        """Take a lot that a slot delivers, or keep one for later; it waits for the next decision day."""
        self.pending.append(lot)

    def hand_over(self) -> list[int]:
        """Return the lots that wait for a decision."""
        lots, self.pending = self.pending, []
        return lots
