"""Best responses on a surrogate: where those who decide together put their units, the others' as they stand.

Whole units, by local search: one unit moves, or two of unlike size change places, as long as the goal falls. States
that each look at their own goal answer each other in turn until nobody would move any more: a fixed point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.commitment import committed_scans, nearest_units
from agents.surrogate import Goal, Surrogate
from sim.streams import Bools, Floats, Ints

MOST_ROUNDS = 20
"""Rounds in which states answer each other before the search for a fixed point is given up."""
LEAST_GAIN = 1e-9
"""A change that gains less than this share of all flow is none: sums in another order must not move a unit."""
LEAST_COMMITTED = 3
"""Units and ports from which on the best commitment is a start too: with fewer the others miss next to nothing."""


@dataclass(frozen=True, slots=True)
class Player:
    """Who decides together: the ports among which their units may stand, and what is to be small."""

    ports: Ints
    goal: Goal
    scans: tuple[float, ...]
    """Scans a year of each unit that may move."""
    room: Ints
    """How many of these units each of the ports takes."""
    members: tuple[Player, ...] = ()
    """Those who act as one, as each would decide alone; their units come in this order."""

    def split(self, places: Sequence[int]) -> list[list[int]]:
        """Return the places of each member's units."""
        ends = np.cumsum([len(member.scans) for member in self.members]).tolist()
        return [list(places[end - len(member.scans) : end]) for member, end in zip(self.members, ends, strict=True)]


class Standing(NamedTuple):
    """What stands at each port."""

    scans: Floats
    units: Ints

    def with_units(self, player: Player, places: Sequence[int], sign: int = 1) -> Standing:
        """Return what stands there with (or, sign -1, without) the units of a player; place -1 is nowhere."""
        scans, units = self.scans.copy(), self.units.copy()
        for size, place in zip(player.scans, places, strict=True):
            if place >= 0:
                scans[place] += sign * size
                units[place] += sign
        return Standing(scans, units)


class Settled(NamedTuple):
    """Where the units of each player stand when they have answered each other."""

    places: list[list[int]]
    rounds: int
    has_converged: bool


class _Sources(NamedTuple):
    """Units that are unlike in size or place, one of each kind."""

    unit: Ints
    """Position of the first of the kind."""
    size: Floats
    place: Ints


class _Search:
    """Changes of one player's places, and what each would make of the goal."""

    def __init__(self, surrogate: Surrogate, player: Player, others: Standing, places: Sequence[int]) -> None:
        self.surrogate, self.player, self.others = surrogate, player, others
        self.places = list(places)
        self.least_gain = LEAST_GAIN * float(surrogate.flow.sum() + surrogate.coast_flow.sum())
        self._note()

    def _note(self) -> None:
        self.standing = self.others.with_units(self.player, self.places)
        self.loss = self.surrogate.sites.loss(self.standing.scans, self.standing.units > 0)
        self.value = self.surrogate.value(self.loss, self.player.goal)

    def improve(self) -> None:
        """Take the best change until none gains anything."""
        while True:
            values, changes = self._moves()
            if not values.size or values.min() >= self.value - self.least_gain:
                values, changes = self._exchanges()
            if not values.size or values.min() >= self.value - self.least_gain:
                return
            for unit, place in changes[int(np.argmin(values))]:
                self.places[unit] = place
            self._note()

    def add(self, unit: int) -> None:
        """Put a unit that stands nowhere where it is worth most; without room anywhere, room is overlooked."""
        target = self.player.ports[self._has_room()]
        target = target if target.size else self.player.ports
        values = self._after_adding(np.full(1, self.player.scans[unit]), target)[0]
        self.places[unit] = int(target[np.argmin(values)])
        self._note()

    def _has_room(self) -> Bools:
        placed = np.array([place for place in self.places if place >= 0], np.int64)
        here = np.bincount(placed, minlength=self.loss.size)
        is_free: Bools = here[self.player.ports] < self.player.room
        return is_free

    def _sources(self) -> _Sources:
        kinds: dict[tuple[float, int], int] = {}
        for row, kind in enumerate(zip(self.player.scans, self.places, strict=True)):
            kinds.setdefault(kind, row)
        unit: Ints = np.array(list(kinds.values()), np.int64)
        return _Sources(unit, np.array([s for s, _ in kinds]), np.array([p for _, p in kinds], np.int64))

    def _change(self, port: Ints, scans: Floats, units: int | Ints) -> tuple[Floats, Floats]:
        """Return by how much the sums of a port's range change if that stands there beside what does; any shape."""
        surrogate, goal = self.surrogate, self.player.goal
        now = self.loss[port]
        then = surrogate.sites.at(port).loss(self.standing.scans[port] + scans, self.standing.units[port] + units > 0)
        before, after = surrogate.weight(now, port), surrogate.weight(then, port)
        return after - before, after * goal.cost(then, port) - before * goal.cost(now, port)

    def _totals(self, changes: list[tuple[Ints, tuple[Floats, Floats]]]) -> Floats:
        """Return the goal after changes at ports, all of one shape, each (ports, changes of the two sums)."""
        shape = np.broadcast_shapes(*(change[0].shape for _, change in changes))
        sums = [np.tile(now, (*shape, 1)) for now in self.surrogate.sums(self.loss, self.player.goal)]
        for port, change in changes:
            nest = np.broadcast_to(self.surrogate.nest[port], shape)[..., None]
            for total, part in zip(sums, change, strict=True):
                now = np.take_along_axis(total, nest, -1)
                np.put_along_axis(total, nest, now + np.broadcast_to(part, shape)[..., None], -1)
        return self.surrogate.total(sums[0], sums[1])

    def _after_adding(self, size: Floats, target: Ints) -> Floats:
        port = np.broadcast_to(target[None, :], (size.size, target.size))
        return self._totals([(port, self._change(port, size[:, None], 1))])

    def _moves(self) -> tuple[Floats, list[list[tuple[int, int]]]]:
        """Return the goal after each move of one unit to a port with room."""
        target = self.player.ports[self._has_room()]
        unit, size, place = self._sources()
        if not target.size or not unit.size:
            return np.zeros(0), []
        source = np.broadcast_to(place[:, None], (unit.size, target.size))
        port = np.broadcast_to(target[None, :], source.shape)
        values = self._totals(
            [(source, self._change(source, -size[:, None], -1)), (port, self._change(port, size[:, None], 1))]
        )
        values[source == port] = np.inf
        return values.ravel(), [[(int(u), int(p))] for u in unit for p in target]

    def _exchanges(self) -> tuple[Floats, list[list[tuple[int, int]]]]:
        """Return the goal after each exchange of two units of unlike size."""
        unit, size, place = self._sources()
        first, second = np.triu_indices(unit.size, 1)
        is_change = (size[first] != size[second]) & (place[first] != place[second])
        # A unit that stands abroad may come home; none is sent there.
        first, second = first[is_change], second[is_change]
        is_own = np.isin(place[first], self.player.ports) & np.isin(place[second], self.player.ports)
        first, second = first[is_own], second[is_own]
        if not first.size:
            return np.zeros(0), []
        there, here, more = place[first], place[second], size[second] - size[first]
        values = self._totals([(there, self._change(there, more, 0)), (here, self._change(here, -more, 0))])
        changes = zip(unit[first].tolist(), here.tolist(), unit[second].tolist(), there.tolist(), strict=True)
        return values, [[(one, here_), (other, there_)] for one, here_, other, there_ in changes]


def added_place(surrogate: Surrogate, player: Player, others: Standing) -> int:
    """Return where the single unit of a player is worth most."""
    search = _Search(surrogate, player, others, [-1])
    search.add(0)
    return search.places[0]


def greedy_places(surrogate: Surrogate, player: Player, others: Standing) -> list[int]:
    """Return places taken one after the other, each where the unit is worth most: a start for the search."""
    search = _Search(surrogate, player, others, [-1] * len(player.scans))
    for unit in range(len(player.scans)):
        search.add(unit)
    return search.places


def committed_places(surrogate: Surrogate, player: Player, others: Standing, near: Sequence[int]) -> list[int]:
    """Return places that round the best commitment against followers who err, with loss linear near other places."""
    scans = Standing(np.zeros_like(others.scans), np.zeros_like(others.units)).with_units(player, near).scans
    step = sum(player.scans) / len(player.scans) / 2
    wanted = committed_scans(surrogate, player.goal, player.ports, others, scans[player.ports], step)
    return [int(player.ports[row]) for row in nearest_units(player.scans, wanted, player.room)]


def best_places(surrogate: Surrogate, player: Player, others: Standing, places: Sequence[int]) -> list[int]:
    """Return the best places found from where units stand, greedy ones, the best commitment, and what members do alone.

    No unilateral change of one unit, or exchange of two, is better; nor is what the members, each for its own goal,
    would settle on. Of equal ones the first holds: units that need not move stay.

    Args:
        surrogate: what the player believes.
        player: who decides.
        others: all that stands anywhere but the player's units.
        places: where these stand.
    """
    if not player.scans or player.ports.size < 2:
        return list(places)
    greedy = greedy_places(surrogate, player, others)
    starts = [list(places), greedy]
    if player.members:
        alone = fixed_point(surrogate, player.members, others, player.split(places))
        starts.append([place for own in alone.places for place in own])
    if min(len(player.scans), player.ports.size) >= LEAST_COMMITTED and surrogate.followers.stake > 0:
        starts.append(committed_places(surrogate, player, others, greedy))
    searches = [_Search(surrogate, player, others, start) for start in starts]
    best = searches[0]
    for search in searches:
        search.improve()
        if search.value < best.value - best.least_gain:
            best = search
    return best.places


def fixed_point(
    surrogate: Surrogate, players: Sequence[Player], fixed: Standing, places: Sequence[Sequence[int]]
) -> Settled:
    """Return where players stand who answer each other in turn, in their order, until none of them moves.

    Args:
        surrogate: what all believe.
        players: who decides, each for a goal of its own.
        fixed: what stands at each port and does not move.
        places: where each player's units stand at first.
    """
    now = [list(own) for own in places]
    standing = fixed
    for player, own in zip(players, now, strict=True):
        standing = standing.with_units(player, own)
    for round_ in range(1, MOST_ROUNDS + 1):
        has_moved = False
        for i, player in enumerate(players):
            others = standing.with_units(player, now[i], -1)
            answer = best_places(surrogate, player, others, now[i])
            if answer != now[i]:
                now[i], has_moved = answer, True
                standing = others.with_units(player, answer)
        if not has_moved or len(players) == 1:
            return Settled(now, round_, True)
    return Settled(now, MOST_ROUNDS, False)


def joint(players: Sequence[Player], goal: Goal) -> Player:
    """Return players as one, with a goal in common."""
    ports = np.concatenate([player.ports for player in players])
    room = np.concatenate([player.room for player in players])
    order = np.argsort(ports, kind="stable")
    scans = tuple(size for player in players for size in player.scans)
    return Player(ports[order], goal, scans, room[order], tuple(players) if len(players) > 1 else ())
