"""The best portfolio of whole units that a budget buys, on the surrogate: starts, then steps and pairs of steps.

A start is filled by gain per euro. Then the best change at one port, or pair of changes at two, is made as long as the
objective rises: a unit more or less, another type, a move, an exchange. Where ports can be equipped in few ways, all of
these are changes.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from experiments.funding.choice_of_ways import Ways
from experiments.funding.limits import Limits
from experiments.funding.neighbours import MOST_LISTED, Changes, Neighbours
from experiments.funding.question import Question
from experiments.funding.surrogate import Goal, Surrogate, yearly_cost_t
from scenarios.world import Bools, Floats, Ints

LEAST_GAIN = 1e-9
"""A change that gains less than this share of all flow is none: sums in another order must not move a unit."""
MOST_PAIRED = 250
"""Changes up to which all pairs are tried; of more, as many of each of four lists of the most promising."""
_MOST_TOGETHER = 12
MOST_HELD = 100
"""Changes up to which each is held while the rest is searched anew."""
_STEP = 1e-5
"""Of what draws flow to a range, over which slopes are taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is to be small, within which limits, and who decides."""

    surrogate: Surrogate
    goal: Goal
    limits: Limits
    cost_t: Floats
    """Tonnes that a unit of each offer must keep off in a year to be worth its cost."""
    free: Ints
    """Sites at which something may change."""
    neighbours: Neighbours

    @staticmethod
    def of(
        question: Question, surrogate: Surrogate, limits: Limits, goal: Goal | None = None, free: Ints | None = None,
    ) -> Task:  # fmt: skip
        """Return the task of a question.

        Args:
            question: offers, sites and staffing.
            surrogate: what lands.
            limits: of the portfolio.
            goal: where landing counts; None for that of the surrogate.
            free: sites at which something may change; None for all.
        """
        asked, goal, cost = surrogate.asked(question), goal or surrogate.goal, yearly_cost_t(question)
        free = np.arange(len(question.sites)) if free is None else free
        return Task(asked, goal, limits, cost, free, Neighbours(asked, goal, limits, cost))

    @property
    def least_gain(self) -> float:
        """Return the gain below which there is none."""
        flows = self.surrogate.flows
        return LEAST_GAIN * float(flows.flow.sum() + flows.coast_flow.sum())

    def value(self, units: Ints) -> Floats:
        """Return what is to be large, shape (...), for portfolios of shape (..., sites, offers)."""
        value: Floats = -self.surrogate.landed_t(units, self.goal) - (units @ self.cost_t).sum(axis=-1)
        return value


class _Ranges(NamedTuple):
    """Sums by range, from which what lands follows."""

    drawn: Floats
    landing: Floats
    share: Floats
    """What draws to each range, on the scale of flow: base (drawn / base)^dissimilarity."""
    landed: Floats
    """The same times what of it lands where it counts."""


class Search:
    """A portfolio, and the changes that improve it."""

    def __init__(self, task: Task, units: Ints) -> None:
        """Start from a portfolio within the limits."""
        self.task, self.units = task, units.copy()
        flows, self._nest = task.surrogate.flows, task.surrogate.baseline.range_of_port[task.surrogate.entry]
        self._base, self._power = flows.base(), flows.followers.dissimilarity
        self._note()

    def _note(self) -> None:
        task = self.task
        loss = task.surrogate.losses(self.units)
        drawn, landing = task.surrogate.sums(loss, task.goal)
        share = self._base * (drawn / self._base) ** self._power
        self._now = _Ranges(drawn, landing, share, share * landing / drawn)
        self._cost = float((self.units @ task.cost_t).sum())
        self._spent = task.limits.spent(self.units)
        self.value = float(self._landed(np.zeros(1), np.zeros(1))[0]) * -1 - self._cost

    def _landed(self, more_share: Floats, more_landed: Floats) -> Floats:
        """Return what lands in all, after changes of the sums over ranges."""
        inclusive = self._now.share.sum() + more_share
        shipped = self.task.surrogate.flows.shipped(inclusive)
        landed: Floats = shipped * (self._now.landed.sum() + more_landed) / inclusive
        return landed

    def _range_after(self, nest: Ints, drawn: Floats, landing: Floats) -> tuple[Floats, Floats]:
        """Return by how much the share of a range and what of it lands change."""
        then, base = self._now.drawn[nest] + drawn, self._base[nest]
        share = base * (then / base) ** self._power
        landed = share * (self._now.landing[nest] + landing) / then
        return share - self._now.share[nest], landed - self._now.landed[nest]

    def gains(self, changes: Changes) -> Floats:
        """Return what each change alone would gain."""
        more = self._range_after(self._nest[changes.site], changes.drawn, changes.landing)
        gains: Floats = -self._landed(*more) - self._cost - changes.cost_t - self.value
        return gains

    def pair_gains(self, first: Changes, second: Changes) -> Floats:
        """Return what pairs of changes would gain, row by row."""
        here, there = self._nest[first.site], self._nest[second.site]
        is_same = here == there
        share, landed = self._range_after(
            here, first.drawn + np.where(is_same, second.drawn, 0), first.landing + np.where(is_same, second.landing, 0)
        )
        other_share, other_landed = self._range_after(there, second.drawn, second.landing)
        total = self._landed(share + np.where(is_same, 0, other_share), landed + np.where(is_same, 0, other_landed))
        gains: Floats = -total - self._cost - first.cost_t - second.cost_t - self.value
        return gains

    def _affordable(self, changes: Changes) -> Bools:
        return self.task.limits.affords(self._spent, self.task.limits.country[changes.site], changes.cents)

    def fill(self) -> None:
        """Add by gain per euro while that gains anything; what costs nothing more comes first."""
        while True:
            changes = self.task.neighbours.of(self.task.free, self.units)
            gains = self.gains(changes)
            is_open = self._affordable(changes) & (gains > self.task.least_gain)
            if not is_open.any():
                return
            by_euro = np.where(is_open, gains / np.maximum(changes.cents, 1), -np.inf)
            best = int(np.argmax(by_euro))
            self.units[changes.site[best]] = changes.units[best]
            self._note()

    def improve(self) -> None:
        """Make the best change, or pair of changes, until none gains anything."""
        while self._improve_once() or self._improve_by_pairs():
            pass

    def _improve_once(self) -> bool:
        changes = self.task.neighbours.of(self.task.free, self.units)
        if not changes.site.size:
            return False
        gains = np.where(self._affordable(changes), self.gains(changes), -np.inf)
        best = int(np.argmax(gains))
        if gains[best] <= self.task.least_gain:
            return False
        self.units[changes.site[best]] = changes.units[best]
        self._note()
        return True

    def _improve_by_pairs(self) -> bool:
        """Make the best pairs of changes at two sites, several at once where the sites are others."""
        changes = self.task.neighbours.of(self.task.free, self.units)
        if not changes.site.size:
            return False
        first, second = self._pairs(changes)
        one, other, country = changes.rows(first), changes.rows(second), self.task.limits.country
        is_open = self.task.limits.affords_both(
            self._spent, (country[one.site], country[other.site]), (one.cents, other.cents)
        )
        first, second = first[is_open], second[is_open]
        gains = self.pair_gains(changes.rows(first), changes.rows(second))
        order = np.argsort(-gains, kind="stable")[: 20 * _MOST_TOGETHER]
        touched: set[int] = set()
        for row in order[gains[order] > self.task.least_gain].tolist():
            pair = (int(first[row]), int(second[row]))
            sites = [int(changes.site[one]) for one in pair]
            if touched.intersection(sites) or len(touched) > 2 * _MOST_TOGETHER:
                continue
            if self._make_both(changes.rows(np.array(pair))):
                touched.update(sites)
        return bool(touched)

    def _make_both(self, changes: Changes) -> bool:
        """Make two changes, unless after those made before they gain nothing or cost too much; return whether."""
        before, value = self.units.copy(), self.value
        self.units[changes.site] = changes.units
        if self.task.limits.is_affordable(self.units):
            self._note()
            if self.value > value + self.task.least_gain:
                return True
        self.units = before
        self._note()
        return False

    def _pairs(self, changes: Changes) -> tuple[Ints, Ints]:
        """Return rows of pairs of changes at two sites that are worth trying."""
        rows = np.arange(changes.site.size)
        if rows.size <= MOST_PAIRED:
            first, second = np.triu_indices(rows.size, 1)
        else:
            gains = self.gains(changes)
            frees, uses = rows[changes.cents < 0], rows[(changes.cents > 0) & (gains > 0)]
            by_euro = gains / np.maximum(np.abs(changes.cents), 1)
            left = np.union1d(_top(frees, gains), _top(frees, by_euro))
            right = np.union1d(_top(uses, gains), _top(uses, by_euro))
            first, second = (grid.ravel() for grid in np.meshgrid(left, right, indexing="ij"))
        is_pair = changes.site[first] != changes.site[second]
        return first[is_pair], second[is_pair]


def _top(rows: Ints, by: Floats) -> Ints:
    if rows.size <= MOST_PAIRED:
        return rows
    return rows[np.argpartition(-by[rows], MOST_PAIRED)[:MOST_PAIRED]]


def optimise(task: Task, starts: Iterable[Ints]) -> Ints:
    """Return the best portfolio found from these starts, each filled and improved; never worse than any of them.

    Args:
        task: what is to be small, within which limits.
        starts: portfolios within the limits, at least one; of equals the first stays.
    """
    candidates: list[Ints] = []
    seen: set[bytes] = set()
    for start in starts:
        search = Search(task, start)
        search.fill()
        if search.units.tobytes() not in seen:
            seen.add(search.units.tobytes())
            search.improve()
        candidates += [start, search.units]
    # All by the same sums, so that a start that is as good as what was found is not worse by rounding.
    values = [float(task.value(units)) for units in candidates]
    return candidates[int(np.argmax(values))]


def kicked(task: Task, units: Ints) -> Ints:
    """Return the best portfolio found from changes that are held while the rest is searched anew.

    Finds exchanges among three ports or more, which no pair of steps makes. Only where ports can be equipped in few
    ways and changes are few (`MOST_HELD`): elsewhere whole units are small against the budget.

    Args:
        task: what is to be small.
        units: the portfolio to better, shape (sites, offers).
    """
    best, value = units, float(task.value(units))
    if not (np.prod(task.limits.most + 1.0, axis=1) <= MOST_LISTED).all():
        return best
    while True:
        changes, found = task.neighbours.of(task.free, best), best
        if changes.site.size > MOST_HELD:
            return best
        for row in range(changes.site.size):
            site = int(changes.site[row])
            for others in (best, np.zeros_like(best)):
                start = others.copy()
                start[site] = changes.units[row]
                if not task.limits.is_affordable(start):
                    continue
                rest = dc.replace(task, free=task.free[task.free != site])
                held = optimise(rest, [start]) if rest.free.size else start
                answer = optimise(task, [held])
                if float(task.value(answer)) > value + task.least_gain:
                    found, value = answer, float(task.value(answer))
        if found is best:
            return best
        best = found


def linear_gains(task: Task, units: Ints, ways: Ways) -> Ways:
    """Return ways with what they gain if what lands follows the sums by range as steeply as around a portfolio.

    Every site adds its part to two sums by range. With what lands linear in these, the best choice of one way a site
    is a start that no search step by step would find.

    Args:
        task: what is to be small.
        units: the portfolio, shape (sites, offers).
        ways: for each site.
    """
    surrogate = task.surrogate
    nest = surrogate.baseline.range_of_port[surrogate.entry]
    drawn, landing = surrogate.sums(surrogate.losses(units), task.goal)
    step = np.diag(_STEP * drawn)
    total = surrogate.flows.total
    per_drawn = (total(drawn + step, landing + 0 * step) - total(drawn - step, landing + 0 * step)) / np.diag(2 * step)
    per_landing = (total(drawn + 0 * step, landing + step) - total(drawn + 0 * step, landing - step)) / np.diag(
        2 * step
    )
    draws, lands = task.neighbours.weight(ways.site, ways.units)
    gain = -per_drawn[nest[ways.site]] * draws - per_landing[nest[ways.site]] * lands - ways.units @ task.cost_t
    bare = np.flatnonzero(~ways.units.any(axis=1))
    of_nothing = np.zeros(units.shape[0])
    of_nothing[ways.site[bare]] = gain[bare]
    return ways._replace(gain=gain - of_nothing[ways.site])
