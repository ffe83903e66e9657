"""Best responses against exhaustive search, fixed points against every unilateral move, one against all together."""

from __future__ import annotations

import dataclasses as dc
import itertools
from typing import NamedTuple

import numpy as np
import pytest

from agents.best_response import Player, Standing, added_place, best_places, fixed_point, joint
from agents.surrogate import Followers, Goal, Sites, Surrogate
from sim.streams import Stream, Streams

CASES = 25


class Toy(NamedTuple):
    """States with ports and units, and what all of them believe."""

    surrogate: Surrogate
    states: list[Player]
    fixed: Standing
    places: list[list[int]]
    everyone: Goal

    def value(self, places: list[list[int]], goal: Goal) -> float:
        """Return the goal if units stand there."""
        standing = self.fixed
        for state, own in zip(self.states, places, strict=True):
            standing = standing.with_units(state, own)
        return self.surrogate.value(self.surrogate.sites.loss(standing.scans, standing.units > 0), goal)


def toy(seed: int, case: int, ports_of: tuple[int, ...] = (3, 2, 2), units: int = 3, room: int = 9) -> Toy:
    """Return a random case: flows, ranges, fixed scans, sizes of units and followers differ."""
    draw = Streams(seed, case).generator(Stream.PRIOR_DRAW)
    ports = sum(ports_of)
    nest = draw.integers(0, 2, ports)
    nest[:2] = 0, 1
    scans = draw.uniform(0, 3000, ports)
    sites = Sites(np.full(ports, 0.3), np.exp(draw.normal(9.5, 1, ports)), draw.uniform(0.3, 2), 0.55, 0.9, 0.15)
    followers = Followers(draw.uniform(2, 15), draw.uniform(0.3, 1), draw.uniform(0.3, 3), 1 / 1.3)
    fixed = Standing(scans, np.ones(ports, np.int64))
    flow = np.exp(draw.normal(3, 1, ports))
    coasts = 0.28 * np.bincount(nest, flow)
    believed = Surrogate(sites, followers, flow, sites.loss(scans, scans > 0), nest, coasts, 0.4)
    ends = np.cumsum(ports_of)
    states, places = [], []
    for count, end in zip(ports_of, ends, strict=True):
        own = np.arange(end - count, end)
        sizes = np.sort(draw.choice([3000.0, 8000.0], units))[::-1]
        landed = Goal(np.isin(np.arange(ports), own).astype(np.float64), np.zeros(2))
        states.append(Player(own, landed, tuple(sizes.tolist()), np.full(count, room)))
        places.append([int(port) for port in draw.choice(own, units)])
    return Toy(believed, states, fixed, places, Goal(np.ones(ports), np.ones(2)))


def test_best_places_against_all_places(seed: int) -> None:
    """Of 7^4 ways to place four units the search nearly always finds the best, and never one that is much worse.

    Of 360 other cases it missed the best in one, by 4 % of what could be gained (in five without the best commitment).
    """
    gaps, gains = [], []
    for case in range(15):
        t = toy(seed, case, ports_of=(7,), units=4)
        player = dc.replace(t.states[0], goal=t.everyone)
        found = t.value([best_places(t.surrogate, player, t.fixed, t.places[0])], t.everyone)
        best = min(t.value([list(way)], t.everyone) for way in itertools.product(range(7), repeat=4))
        nothing = t.surrogate.value(t.surrogate.reference_loss, t.everyone)
        gaps.append(found - best)
        gains.append(nothing - best)
    assert min(gaps) > -1e-9
    assert np.sum(gaps) < 0.02 * np.sum(gains)
    assert np.count_nonzero(np.array(gaps) < 1e-6) >= 11


def test_room_binds() -> None:
    """No port takes more than it has room for; without room anywhere a new unit still finds a place."""
    for case in range(CASES):
        t = toy(3, case, ports_of=(4,), units=4, room=1)
        player = dc.replace(t.states[0], goal=t.everyone)
        assert sorted(best_places(t.surrogate, player, t.fixed, [0, 1, 2, 3])) == [0, 1, 2, 3]
    single = dc.replace(player, scans=(8000.0,), room=np.zeros(4, np.int64))
    assert added_place(t.surrogate, single, t.fixed) in range(4)


def test_equal_places_keep_units_where_they_are() -> None:
    """Two equal ports, one unit: it stays at either; two units at one port part."""
    t = toy(3, 0, ports_of=(2,), units=1)
    even = Surrogate(
        t.surrogate.sites._replace(boxes=np.full(2, 1e5)), t.surrogate.followers, np.ones(2), np.zeros(2),
        np.zeros(2, np.int64), np.zeros(1), 0.4,
    )  # fmt: skip
    bare, goal = Standing(np.zeros(2), np.zeros(2, np.int64)), Goal(np.ones(2), np.ones(1))
    one = Player(np.arange(2), goal, (5000.0,), np.full(2, 9))
    assert best_places(even, one, bare, [0]) == [0]
    assert best_places(even, one, bare, [1]) == [1]
    two = dc.replace(one, scans=(5000.0, 5000.0))
    assert sorted(best_places(even, two, bare, [1, 1])) == [0, 1]


def test_nobody_gains_by_moving_one_unit_at_a_fixed_point(seed: int) -> None:
    """All states' answers together: no state lowers its own goal by moving any one unit among its ports."""
    for case in range(CASES):
        t = toy(seed, case)
        settled = fixed_point(t.surrogate, t.states, t.fixed, t.places)
        assert settled.has_converged
        for row, state in enumerate(t.states):
            now = t.value(settled.places, state.goal)
            for unit, port in itertools.product(range(len(state.scans)), state.ports.tolist()):
                other = [list(own) for own in settled.places]
                other[row][unit] = port
                assert t.value(other, state.goal) >= now - 2e-9 * t.surrogate.flow.sum() - 1e-9 * abs(now)


@pytest.mark.parametrize("static", [False, True])
def test_acting_together_is_never_worse_than_each_alone(seed: int, static: bool) -> None:
    """For what lands anywhere, the common best response is at most what the states settle on; somewhere it is less."""
    gains = []
    for case in range(CASES):
        t = toy(seed, case)
        believed = dc.replace(t.surrogate, followers=Followers(0.0, 1.0, 0.0, 1.0)) if static else t.surrogate
        t = t._replace(surrogate=believed)
        alone = fixed_point(believed, t.states, t.fixed, t.places).places
        together = joint(t.states, t.everyone)
        places = best_places(believed, together, t.fixed, [place for own in t.places for place in own])
        gains.append(t.value(alone, t.everyone) - t.value(together.split(places), t.everyone))
    assert min(gains) >= -1e-6
    assert np.median(gains) > 0


def test_one_participant_decides_as_a_state_alone() -> None:
    """An alliance of one is that state: the same places, bit for bit."""
    for case in range(CASES):
        t = toy(4, case)
        alone = [joint([state], state.goal) for state in t.states]
        assert [player.members for player in alone] == [()] * 3
        first = fixed_point(t.surrogate, t.states, t.fixed, t.places)
        assert fixed_point(t.surrogate, alone, t.fixed, t.places) == first


def test_own_landed_pushes_flow_to_the_neighbour() -> None:
    """Negative effect: who looks at its own ports alone guards the border, where flow can be passed on, not the rest.

    A state has a port beside its neighbour's and a larger one in a range of its own. One unit: for its own landed it
    stands at the border, so the neighbour gets more flow and lands more, and in all more lands than at the other port.
    """
    ports = 3
    sites = Sites(np.full(ports, 0.3), np.full(ports, 20000.0), 1.3, 0.55, 0.9, 0.15)
    believed = Surrogate(
        sites, Followers(8.0, 0.3, 0.5, 1 / 1.3), np.array([50.0, 60.0, 50.0]), np.zeros(ports),
        np.array([0, 1, 0]), np.zeros(2), 0.4,
    )  # fmt: skip
    bare = Standing(np.zeros(ports), np.zeros(ports, np.int64))
    own, everyone = Goal(np.array([1.0, 1.0, 0.0]), np.zeros(2)), Goal(np.ones(3), np.ones(2))
    state = Player(np.array([0, 1]), own, (8000.0,), np.full(2, 9))
    selfish = best_places(believed, state, bare, [1])
    common = best_places(believed, dc.replace(state, goal=everyone), bare, [0])
    assert (selfish, common) == ([0], [1])
    flow, landed = {}, {}
    for name, places in (("selfish", selfish), ("common", common)):
        standing = bare.with_units(state, places)
        loss = sites.loss(standing.scans, standing.units > 0)
        flow[name], landed[name] = believed.flows(loss)[2], believed.value(loss, everyone)
    assert flow["selfish"] > 50 * 1.05, "the neighbour gets more than before"
    assert flow["selfish"] > flow["common"]
    assert landed["selfish"] > landed["common"]
