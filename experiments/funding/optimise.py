"""The best portfolio of whole units that a budget buys, on the surrogate: starts, then steps and pairs of steps.

A start is filled by gain per euro. Then the best change at one port, or pair of changes at two, is made as long as the
objective rises: a unit more or less, another type, a move, an exchange. Where ports can be equipped in few ways, all of
these are changes.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from experiments.funding.around import Around
from experiments.funding.choice_of_ways import Ways
from experiments.funding.flows import Sums
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
_MOST_RECKONED = 300
"""Changes, or pairs, whose gain is reckoned with the price that follows; others are rated by slopes around now."""
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
        return Task(asked, goal, limits, cost, free, Neighbours(asked, limits, cost))

    @property
    def least_gain(self) -> float:
        """Return the gain below which there is none."""
        flows = self.surrogate.flows
        return LEAST_GAIN * float(flows.flow.sum() + flows.coast_flow.sum())

    def value(self, units: Ints) -> Floats:
        """Return what is to be large, shape (...), for portfolios of shape (..., sites, offers)."""
        value: Floats = -self.surrogate.landed_t(units, self.goal) - (units @ self.cost_t).sum(axis=-1)
        return value


class Search:
    """A portfolio, and the changes that improve it."""

    def __init__(self, task: Task, units: Ints) -> None:
        """Start from a portfolio within the limits."""
        self.task, self.units = task, units.copy()
        self._entry = task.surrogate.entry
        self._nest = task.surrogate.baseline.range_of_port[self._entry]
        self._note()

    def _note(self) -> None:
        task = self.task
        self._loss = task.surrogate.losses(self.units)
        self._around = Around.of(task.surrogate.flows, task.goal, self._loss)
        self._cost = float((self.units @ task.cost_t).sum())
        self._spent = task.limits.spent(self.units)
        self.value = -float(task.surrogate.landed_if_t(self._loss, task.goal)) - self._cost

    def gains(self, changes: Changes) -> Floats:
        """Return what each change alone would gain."""
        rows = np.arange(changes.site.size)
        loss = np.repeat(self._loss[None], rows.size, axis=0)
        loss[rows, self._entry[changes.site]] = changes.loss
        return self._gains(loss, changes.cost_t)

    def pair_gains(self, first: Changes, second: Changes) -> Floats:
        """Return what pairs of changes would gain, row by row."""
        rows = np.arange(first.site.size)
        loss = np.repeat(self._loss[None], rows.size, axis=0)
        for changes in (first, second):
            loss[rows, self._entry[changes.site]] = changes.loss
        return self._gains(loss, first.cost_t + second.cost_t)

    def _gains(self, loss: Floats, cost_t: Floats) -> Floats:
        gains: Floats = -self.task.surrogate.landed_if_t(loss, self.task.goal) - self._cost - cost_t - self.value
        return gains

    def _more(self, changes: Changes) -> Sums:
        """Return by how much each change moves the sums of its own range, at the price of now; shape (rows,)."""
        flows, entry, price = self.task.surrogate.flows, self._entry[changes.site], self._around.price
        weight, before = flows.weight(changes.loss, price, entry), flows.weight(self._loss[entry], price, entry)
        lands = weight * (1 - changes.loss) - before * (1 - self._loss[entry])
        return Sums(weight - before, lands * self.task.goal.ports[entry], lands)

    def _roughly(self, changes: Changes) -> Floats:
        """Return about what each change alone would gain, to say which are worth reckoning."""
        landed = self._around.landed(((self._nest[changes.site], self._more(changes)),))
        gains: Floats = -landed - self._cost - changes.cost_t - self.value
        return gains

    def _pairs_roughly(self, changes: Changes, first: Ints, second: Ints) -> Floats:
        """Return the same of pairs of changes."""
        more, nest = self._more(changes), self._nest[changes.site]
        here, there = nest[first], nest[second]
        is_same = here == there
        one, other = (Sums(*(part[rows] for part in more)) for rows in (first, second))
        both = Sums(*(a + np.where(is_same, b, 0) for a, b in zip(one, other, strict=True)))
        alone = Sums(*(np.where(is_same, 0, b) for b in other))
        landed = self._around.landed(((here, both), (there, alone)))
        gains: Floats = -landed - self._cost - changes.cost_t[first] - changes.cost_t[second] - self.value
        return gains

    def _best_gains(self, changes: Changes, roughly: Floats) -> Floats:
        """Return what the changes that are rated best gain, and of the others that they gain nothing."""
        gains, is_open = np.full(roughly.size, -np.inf), np.flatnonzero(roughly > -np.inf)
        chosen = _top(is_open, roughly[is_open], _MOST_RECKONED)
        gains[chosen] = self.gains(changes.rows(chosen))
        return gains

    def _affordable(self, changes: Changes) -> Bools:
        return self.task.limits.affords(self._spent, self.task.limits.country[changes.site], changes.cents)

    def fill(self) -> None:
        """Add by gain per euro while that gains anything; what costs nothing more comes first."""
        while True:
            changes = self.task.neighbours.of(self.task.free, self.units)
            is_open, cents = self._affordable(changes), np.maximum(changes.cents, 1)
            gains = self._best_gains(changes, np.where(is_open, self._roughly(changes) / cents, -np.inf))
            by_euro = np.where(gains > self.task.least_gain, gains / cents, -np.inf)
            best = int(np.argmax(by_euro)) if by_euro.size else 0
            if not by_euro.size or by_euro[best] == -np.inf:
                return
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
        gains = self._best_gains(changes, np.where(self._affordable(changes), self._roughly(changes), -np.inf))
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
        chosen = _top(np.arange(first.size), self._pairs_roughly(changes, first, second), _MOST_RECKONED)
        first, second = first[chosen], second[chosen]
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
            gains = self._roughly(changes)
            frees, uses = rows[changes.cents < 0], rows[(changes.cents > 0) & (gains > 0)]
            by_euro = gains / np.maximum(np.abs(changes.cents), 1)
            left = np.union1d(_top(frees, gains[frees]), _top(frees, by_euro[frees]))
            right = np.union1d(_top(uses, gains[uses]), _top(uses, by_euro[uses]))
            first, second = (grid.ravel() for grid in np.meshgrid(left, right, indexing="ij"))
        is_pair = changes.site[first] != changes.site[second]
        return first[is_pair], second[is_pair]


def _top(rows: Ints, by: Floats, most: int = MOST_PAIRED) -> Ints:
    """Return the rows that come first by a criterion, in their own order."""
    return rows if rows.size <= most else np.sort(rows[np.argpartition(-by, most)[:most]])


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
    entry = surrogate.entry
    nest = surrogate.baseline.range_of_port[entry]
    around = Around.of(surrogate.flows, task.goal, surrogate.losses(units))
    per_drawn, per_landing, per_anywhere = around.slopes(_STEP)
    loss, there = surrogate.loss_at(ways.site, ways.units), nest[ways.site]
    draws = surrogate.flows.weight(loss, around.price, entry[ways.site])
    lands = draws * (1 - loss)
    gain = -per_drawn[there] * draws - per_landing[there] * lands * task.goal.ports[entry[ways.site]]
    gain = gain - per_anywhere[there] * lands - ways.units @ task.cost_t
    bare = np.flatnonzero(~ways.units.any(axis=1))
    of_nothing = np.zeros(units.shape[0])
    of_nothing[ways.site[bare]] = gain[bare]
    return ways._replace(gain=gain - of_nothing[ways.site])
