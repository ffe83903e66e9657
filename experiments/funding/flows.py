"""Where flow goes and at what price it sells: a nested logit that pivots on simulated flows, closed by demand.

Who ships compares what a kilogram is worth at each place, price x share that lands; with less landed the price rises,
P = P0 (landed / landed0)^(1 / elasticity), and shipping pays as before. Without feedback the price stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from agents.surrogate import Followers
from scenarios.world import Floats, Ints

_MOST_STEPS = 80
_CLOSE = 1e-13
"""Of the logarithm of the price."""


class Goal(NamedTuple):
    """Where what lands counts, by port and by coast: 1 or 0."""

    ports: Floats
    coasts: Floats


class Demand(NamedTuple):
    """How the price answers; prices as shares of that without a grant."""

    elasticity: float
    """Below zero."""
    floor: float
    cap: float


class Sums(NamedTuple):
    """Sums over the places of a range, shape (..., ranges)."""

    drawn: Floats
    """What draws flow there."""
    landing: Floats
    """The same times what of it lands where it counts."""
    landing_anywhere: Floats
    """The same times what of it lands, wherever."""


@dataclass(frozen=True, eq=False)
class Flows:
    """Flow by port after displacement and price, as a function of what is lost where."""

    followers: Followers
    """At the price without a grant."""
    demand: Demand | None
    """None where the price stays."""
    flow: Floats
    """Tonnes a year by port at the reference."""
    reference_loss: Floats
    nest: Ints
    """Range of each port."""
    coast_flow: Floats
    """Tonnes a year bound for places outside the terminals, by range."""
    coast_loss: Floats
    seen: float = 1.0
    """Share of a change of loss that who ships knows of."""

    @cached_property
    def members(self) -> Floats:
        """Return 1 where a port is of a range, shape (ports, ranges)."""
        return np.equal.outer(self.nest, np.arange(self.coast_flow.size)).astype(np.float64)

    @cached_property
    def base(self) -> Floats:
        """Return the flow of each range, coast included, at the reference."""
        base: Floats = self.coast_flow + self.flow @ self.members
        return base

    @cached_property
    def landed_anywhere(self) -> float:
        """Return tonnes a year that land at the reference, wherever."""
        everywhere = Goal(np.ones(self.flow.size), np.ones(self.coast_flow.size))
        return float(self.total(self.sums(self.reference_loss, everywhere, np.ones(()))))

    @property
    def _answers(self) -> float:
        """Return how steeply the weight of a port answers to the value of what lands there."""
        return self.followers.stake / self.followers.dissimilarity

    def weight(self, loss: Floats, price: Floats, port: Ints | slice = slice(None)) -> Floats:
        """Return what draws flow to a port: flow x exp((price (1 - loss) - 1 + reference loss) stake / dissimilarity).

        The loss here is what is believed: of a change the share that is seen.

        Args:
            loss: at the ports.
            price: as a share of that without a grant.
            port: which.
        """
        worth = price * self._believed_landing(loss, port) - (1 - self.reference_loss[port])
        drawn: Floats = self.flow[port] * np.exp(self._answers * worth)
        return drawn

    def _believed_landing(self, loss: Floats, port: Ints | slice = slice(None)) -> Floats:
        usual = self.reference_loss[port]
        landing: Floats = 1 - usual - self.seen * (loss - usual)
        return landing

    def coast_weight(self, price: Floats) -> Floats:
        """Return the same of the coasts, where losses stay; shape (..., ranges) for prices of shape (...)."""
        worth = (np.asarray(price)[..., None] - 1) * (1 - self.coast_loss)
        drawn: Floats = self.coast_flow * np.exp(self._answers * worth)
        return drawn

    def sums(self, loss: Floats, goal: Goal, price: Floats) -> Sums:
        """Return sums by range.

        Args:
            loss: shape (..., ports).
            goal: where landing counts.
            price: shape (...).
        """
        weight, coast = self.weight(loss, np.asarray(price)[..., None]), self.coast_weight(price)
        lands, coast_lands = weight * (1 - loss), coast * (1 - self.coast_loss)
        return Sums(
            weight @ self.members + coast,
            (lands * goal.ports) @ self.members + coast_lands * goal.coasts,
            lands @ self.members + coast_lands,
        )

    def shipped(self, inclusive: Floats) -> Floats:
        """Return total flow, given the sum over ranges of what draws flow; at the reference it is the flow itself."""
        f, base = self.followers, float(self.base.sum())
        if f.offered >= 1:
            return np.full_like(inclusive, base)
        offered: Floats = expit(logit(f.offered) + f.supply_stake * np.log(inclusive / base))
        return offered * (base / f.offered)

    def by_range(self, drawn: Floats) -> Floats:
        """Return flow by range: its share is base (drawn / base)^dissimilarity; shape as drawn, (..., ranges)."""
        nests = self.base * (drawn / self.base) ** self.followers.dissimilarity
        inclusive: Floats = nests.sum(axis=-1, keepdims=True)
        flow: Floats = self.shipped(inclusive) * nests / inclusive
        return flow

    def total(self, sums: Sums) -> Floats:
        """Return tonnes a year that land where it counts, shape (...)."""
        total: Floats = (self.by_range(sums.drawn) * sums.landing / sums.drawn).sum(axis=-1)
        return total

    def price(self, loss: Floats) -> Floats:
        """Return the price at which demand takes what lands, as a share of that without a grant; shape (...).

        With a higher price more lands everywhere, and demand takes less: there is one solution. Newton steps in its
        logarithm, halved where they leave what is known to hold it.

        Args:
            loss: shape (..., ports).
        """
        lead = loss.shape[:-1]
        if self.demand is None or self.followers.stake == 0:
            return np.ones(lead)
        rows = loss.reshape(-1, loss.shape[-1])
        low, high = float(np.log(self.demand.floor)), float(np.log(self.demand.cap))
        x = np.full(len(rows), min(max(0.0, low), high))
        below, above, open_rows = np.full(x.size, low), np.full(x.size, high), np.arange(x.size)
        for _ in range(_MOST_STEPS):
            excess, slope = self.excess(rows[open_rows], x[open_rows])
            now, is_short = x[open_rows], excess < 0
            below[open_rows] = np.where(is_short, now, below[open_rows])
            above[open_rows] = np.where(is_short, above[open_rows], now)
            bottom, top = below[open_rows], above[open_rows]
            then = now - excess / slope
            half = (bottom + top) / 2
            then = np.where(then > top, np.where(top == high, high, half), then)
            then = np.where(then < bottom, np.where(bottom == low, low, half), then)
            goes_on = np.abs(then - now) > _CLOSE
            open_rows = open_rows[goes_on]
            x[open_rows] = then[goes_on]
            if not open_rows.size:
                break
        prices: Floats = np.exp(x).reshape(lead)
        return prices

    def excess(self, loss: Floats, log_price: Floats) -> tuple[Floats, Floats]:
        """Return log of what lands over what demand takes, and its slope in the logarithm of the price.

        Args:
            loss: shape (rows, ports).
            log_price: shape (rows,).
        """
        assert self.demand is not None
        f, price = self.followers, np.exp(log_price)
        lands, coast_lands = 1 - loss, 1 - self.coast_loss
        weight, coast = self.weight(loss, price[:, None]), self.coast_weight(price)
        answer = weight * self._believed_landing(loss)
        drawn = weight @ self.members + coast
        mean = ((weight * lands) @ self.members + coast * coast_lands) / drawn
        believed = (answer @ self.members + coast * coast_lands) / drawn
        both = ((answer * lands) @ self.members + coast * coast_lands**2) / drawn
        nests = self.base * (drawn / self.base) ** f.dissimilarity
        inclusive = nests.sum(axis=-1)
        share, shipped = nests / inclusive[:, None], self.shipped(inclusive)
        landing, worth = (share * mean).sum(axis=-1), (share * believed).sum(axis=-1)
        spread = f.stake * (believed - worth[:, None]) * mean + self._answers * (both - mean * believed)
        supply = 0.0
        if f.offered < 1:
            supply = f.supply_stake * (1 - shipped * f.offered / float(self.base.sum())) * f.stake * worth
        slope = price * (supply + (share * spread).sum(axis=-1) / landing) - self.demand.elasticity
        excess = np.log(shipped * landing / self.landed_anywhere) - self.demand.elasticity * log_price
        return excess, slope
