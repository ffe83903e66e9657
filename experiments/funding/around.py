"""What lands around a point: sums by range move at the price of now, and the price follows by its slope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from experiments.funding.flows import Flows, Goal, Sums
from scenarios.world import Floats, Ints

_STEP = 1e-4
"""Of the logarithm of the price, over which the slope of what lands is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """Losses at all ports, and what lands if those of a few are others: exact but for the price."""

    flows: Flows
    price: Floats
    """As a share of that without a grant, shape ()."""
    sums: Sums
    """At that price, shape (ranges,)."""
    per_price: float
    """By how much the logarithm of what lands rises with the logarithm of what would land anywhere at that price."""

    @staticmethod
    def of(flows: Flows, goal: Goal, loss: Floats) -> Around:
        """Return what lands around losses.

        Args:
            flows: how they answer.
            goal: where landing counts.
            loss: shape (ports,).
        """
        price = flows.price(loss)
        sums, per_price = flows.sums(loss, goal, price), 0.0
        demand, log_price = flows.demand, float(np.log(price))
        if demand is not None and np.log(demand.floor) < log_price < np.log(demand.cap):
            up, down = (flows.total(flows.sums(loss, goal, price * np.exp(step))) for step in (_STEP, -_STEP))
            _, slope = flows.excess(loss[None], np.array([log_price]))
            # More would land at this price: it falls by that over the slope of the excess.
            if up > 0 < down:
                per_price = -float(np.log(up / down)) / (2 * _STEP) / float(slope[0])
        return Around(flows, price, sums, per_price)

    def landed(self, moved: Iterable[tuple[Ints, Sums]]) -> Floats:
        """Return about what lands where it counts.

        Args:
            moved: ranges of which the sums change, and by how much, shape (rows,) each; no range twice in a row
                unless it does not change the second time.
        """
        flow = self.flows
        nests = flow.base * (self.sums.drawn / flow.base) ** flow.followers.dissimilarity
        per_nest = nests / self.sums.drawn
        total = inclusive = nests.sum()
        landed = (per_nest * self.sums.landing).sum()
        anywhere = before = (per_nest * self.sums.landing_anywhere).sum()
        for nest, more in moved:
            drawn, base = self.sums.drawn[nest] + more.drawn, flow.base[nest]
            share = base * (drawn / base) ** flow.followers.dissimilarity
            total = total + share - nests[nest]
            landed = landed + share * (self.sums.landing[nest] + more.landing) / drawn
            landed = landed - per_nest[nest] * self.sums.landing[nest]
            anywhere = anywhere + share * (self.sums.landing_anywhere[nest] + more.landing_anywhere) / drawn
            anywhere = anywhere - per_nest[nest] * self.sums.landing_anywhere[nest]
        shipped = flow.shipped(np.asarray(total)) / total
        usual = flow.shipped(np.asarray(inclusive)) / inclusive
        found: Floats = shipped * landed * (shipped * anywhere / (usual * before)) ** self.per_price
        return found

    def slopes(self, step: float) -> Sums:
        """Return by how much what lands changes with each sum of each range, shape (ranges,).

        Args:
            step: of what draws flow to a range, over which slopes are taken.
        """
        nest, by = np.arange(self.sums.drawn.size), step * self.sums.drawn
        still = np.zeros_like(by)

        def slope(drawn: Floats, landing: Floats, anywhere: Floats) -> Floats:
            up = self.landed(((nest, Sums(drawn, landing, anywhere)),))
            down = self.landed(((nest, Sums(-drawn, -landing, -anywhere)),))
            steep: Floats = (up - down) / (2 * by)
            return steep

        return Sums(slope(by, still, still), slope(still, by, still), slope(still, still, by))
