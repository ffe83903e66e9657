"""What one port could have instead of what it has: the changes among which the search over portfolios picks."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from experiments.funding.limits import Limits
from experiments.funding.surrogate import Surrogate
from scenarios.world import Floats, Ints

MOST_LISTED = 64
"""Ways to equip a port up to which each of them is a change; with more, a change is a step."""


class Changes(NamedTuple):
    """Changes at ports, one a row."""

    site: Ints
    units: Ints
    """What stands there then, shape (rows, offers)."""
    cents: Ints
    """Further grant; below zero where money comes free."""
    loss: Floats
    """Of what is bound for the port then, the share that does not land."""
    cost_t: Floats
    """Change of yearly cost, in tonnes."""

    def rows(self, chosen: Ints) -> Changes:
        """Return some of them."""
        return Changes(
            self.site[chosen], self.units[chosen], self.cents[chosen],
            self.loss[chosen], self.cost_t[chosen],
        )  # fmt: skip


class Neighbours:
    """Changes by port and by what stands there, reckoned once."""

    def __init__(self, surrogate: Surrogate, limits: Limits, cost_t: Floats) -> None:
        """Begin without any."""
        self._surrogate, self._limits, self._cost_t = surrogate, limits, cost_t
        self._known: dict[tuple[int, bytes], Changes] = {}

    def of(self, sites: Ints, units: Ints) -> Changes:
        """Return the changes at some sites of a portfolio.

        Args:
            sites: positions, shape (n,).
            units: the portfolio, shape (sites, offers).
        """
        keys = [(int(site), units[site].tobytes()) for site in sites]
        self._learn([int(site) for site, key in zip(sites, keys, strict=True) if key not in self._known], units)
        found = [self._known[key] for key in keys]
        return Changes(*(np.concatenate(columns) for columns in zip(*found, strict=True)))

    def _learn(self, sites: list[int], units: Ints) -> None:
        if not sites:
            return
        ways = [np.vstack([units[site][None, :], self._ways(site, units[site])]) for site in sites]
        ends = np.cumsum([len(way) for way in ways])[:-1]
        where = np.repeat(np.array(sites, np.int64), [len(way) for way in ways])
        losses = np.split(self._surrogate.loss_at(where, np.vstack(ways)), ends)
        for site, way, loss in zip(sites, ways, losses, strict=True):
            more = way[1:] - way[0]
            self._known[site, way[0].tobytes()] = Changes(
                np.full(len(more), site, np.int64), way[1:], more @ self._limits.grant_cents,
                loss[1:], more @ self._cost_t,
            )  # fmt: skip

    def _ways(self, site: int, now: Ints) -> Ints:
        """Return what else may stand at a site, shape (ways, offers)."""
        most = self._limits.most[site]
        if np.prod(most + 1.0) <= MOST_LISTED:
            ways = np.array(list(itertools.product(*(range(int(n) + 1) for n in most))), np.int64)
        else:
            ways = now + self._steps(now, most)
            ways = np.unique(ways[((ways >= 0) & (ways <= most)).all(axis=1)], axis=0)
        others: Ints = ways[(ways != now).any(axis=1)]
        return others

    def _steps(self, now: Ints, most: Ints) -> Ints:
        """Return steps: one or two more, one or all less, and one offer for another of about the same grant."""
        one, grant = np.eye(now.size, dtype=np.int64), self._limits.grant_cents
        steps = [*one, *-one, *(-one * now)]
        for a, b in itertools.product(range(now.size), repeat=2):
            steps.append(one[a] + one[b])
            if a == b:
                continue
            steps.append(one[b] - one[a])
            for_one = max(1, int(grant[a] // max(grant[b], 1)))
            steps += [one[b] * min(for_one, int(most[b] - now[b])) - one[a]]
            needed = max(1, int(-(-grant[b] // max(grant[a], 1))))
            steps += [one[b] - one[a] * min(needed, int(now[a]))]
        return np.array(steps, np.int64)
