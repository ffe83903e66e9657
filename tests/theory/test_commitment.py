"""What the planner searches in whole units against the games that it reduces to, where these are exact.

Flows that stay: greedy units (Fox 1966). Followers of a logit over independent targets, loss linear in scans: the best
commitment of a quantal-response Stackelberg game, which may divide capacity and so bounds all plans of whole units.
"""

from __future__ import annotations

import dataclasses as dc
import itertools
from typing import NamedTuple

import numpy as np
import pytest

import agents.best_response as best_response
from agents.allocation import Commitment, greedy_units, quantal_response, water_filling
from agents.best_response import Player, Standing, best_places
from agents.commitment import committed_scans, linear_loss, nearest_units
from agents.surrogate import NO_FOLLOWERS, Followers, Goal, Sites, Surrogate
from sim.streams import Bools, Floats, Stream, Streams
from tests.unit.test_best_response import Toy, toy

CASES, PORTS, TOTAL = 20, 6, 24_000.0
ROOM = np.full(PORTS, 99)
EVERYWHERE = np.arange(PORTS)


class ExponentialSites(Sites):
    """Ports where each scan finds the same share of what is left, of all that is bound for them."""

    __slots__ = ()

    def loss(self, scans: Floats, has_scanner: Bools) -> Floats:
        """Return 1 - exp(-rate x scans)."""
        return -np.expm1(-self.slots_per_scan * scans)


class LinearSites(Sites):
    """Ports where loss rises with scans in proportion."""

    __slots__ = ()

    def loss(self, scans: Floats, has_scanner: Bools) -> Floats:
        """Return .1 + rate x scans."""
        return 0.1 + self.slots_per_scan * scans


class Bare(NamedTuple):
    """Ports without anything, and who may place units of one size at all of them."""

    surrogate: Surrogate
    goal: Goal
    nothing: Standing

    def player(self, units: int) -> Player:
        """Return who places so many units, which have ``TOTAL`` scans together."""
        return Player(EVERYWHERE, self.goal, (TOTAL / units,) * units, ROOM)

    def value(self, scans: Floats) -> float:
        """Return what lands with scans at the ports."""
        return self.surrogate.value(self.surrogate.sites.loss(scans, scans > 0), self.goal)

    def searched(self, units: int) -> Floats:
        """Return the scans at each port of the best plan that the planner finds, from all units at the first port."""
        places = best_places(self.surrogate, self.player(units), self.nothing, [0] * units)
        return np.bincount(places, minlength=PORTS) * (TOTAL / units)


def bare(kind: type[Sites], number: int, followers: Followers, rates: tuple[float, float]) -> Bare:
    """Return a random case: flows, rates and reference losses differ; one range, all of it counts."""
    draw = Streams(7, number).generator(Stream.PRIOR_DRAW)
    sites = kind(draw.uniform(*rates, PORTS), np.ones(PORTS), 1.0, 1.0, 1.0, 1.0)
    believed = Surrogate(
        sites, followers, np.exp(draw.normal(3, 1, PORTS)), draw.uniform(0, 0.2, PORTS), np.zeros(PORTS, np.int64),
        np.full(1, 20.0), 0.4,
    )  # fmt: skip
    return Bare(believed, Goal(np.ones(PORTS), np.ones(1)), Standing(np.zeros(PORTS), np.zeros(PORTS, np.int64)))


def test_search_is_greedy_units_while_flows_stay() -> None:
    """Each gain falls by units and no flow moves: the search ends at the optimum, and divided effort is better yet."""
    units = 9
    for number in range(CASES):
        case = bare(ExponentialSites, number, NO_FOLLOWERS, (1e-5, 3e-4))
        flow, rate = case.surrogate.flow, case.surrogate.sites.slots_per_scan
        greedy = greedy_units(flow, rate * TOTAL / units, units) * (TOTAL / units)
        found = case.value(case.searched(units))
        assert found == pytest.approx(case.value(greedy), rel=1e-8)
        assert found >= case.value(water_filling(flow, rate, TOTAL)) * (1 - 1e-12)


def independent(number: int) -> Bare:
    """Return a case that is a game of independent targets: linear loss, one kind of substitution, one noise."""
    stake = float(np.linspace(2, 15, CASES)[number])
    return bare(LinearSites, number, Followers(stake, 1.0, 1.0, 1 / 1.3), (1e-6, 3e-5))


def game(case: Bare) -> Commitment:
    """Return the best commitment, payoffs by hand: six ports, the coast, and what is not shipped."""
    believed = case.surrogate
    rate, stake, offered = believed.sites.slots_per_scan, believed.followers.stake, believed.followers.offered
    open_ = np.full(PORTS, 0.1)
    covered = open_ + rate * TOTAL
    base = believed.flow.sum() + believed.coast_flow.sum()
    mass = np.concatenate([
        believed.flow * np.exp(stake * believed.reference_loss), believed.coast_flow, [base * (1 / offered - 1)],
    ])  # fmt: skip
    beside = np.array([-0.6, 0.0])
    return quantal_response(
        np.append(covered - 1, beside), np.append(open_ - 1, beside), np.append(-covered, [0, 0]),
        np.append(-open_, [0, 0]), 1.0, stake, mass,
    )  # fmt: skip


def test_search_agrees_with_the_best_commitment_within_the_rounding() -> None:
    """Nothing whole beats the commitment; what the search finds is as good as its rounding, and tends to it.

    The surrogate's goal is the value of the game times the flow that there would be if all were shipped.
    """
    shares: dict[int, list[float]] = {4: [], 16: [], 64: []}
    for number in range(CASES):
        case, commitment = independent(number), game(independent(number))
        offered = case.surrogate.base().sum() / case.surrogate.followers.offered
        scans = commitment.coverage[:PORTS] * TOTAL
        bound = -commitment.defender_value * offered
        assert case.value(scans) == pytest.approx(bound, rel=1e-8)
        for units, gaps in shares.items():
            found = case.value(case.searched(units))
            rounded = np.bincount(nearest_units((TOTAL / units,) * units, scans, ROOM), minlength=PORTS)
            assert bound - 1e-6 <= found <= case.value(rounded * (TOTAL / units)) + 1e-6
            gaps.append((found - bound) / (case.value(np.zeros(PORTS)) - bound))
    # Near an optimum what is missed falls with the square of what is rounded: by about 16 from one row to the next.
    mean = {units: float(np.mean(gaps)) for units, gaps in shares.items()}
    assert mean[4] < 0.06
    assert mean[16] < mean[4] / 8
    assert mean[64] < mean[16] / 8


def test_where_loss_is_linear_the_planner_starts_from_that_commitment() -> None:
    """Whatever plan its line is drawn around."""
    for number in range(CASES):
        case = independent(number)
        for scans in (np.full(PORTS, TOTAL / PORTS), np.array([TOTAL, 0, 0, 0, 0, 0])):
            wanted = committed_scans(case.surrogate, case.goal, EVERYWHERE, case.nothing, scans, 1000.0)
            np.testing.assert_allclose(wanted, game(case).coverage[:PORTS] * TOTAL, rtol=0, atol=1e-3 * TOTAL)


def exhaustive(case: Toy, player: Player) -> float:
    """Return the best goal of all ways to place units among ports that are all of them."""
    believed, units, ports = case.surrogate, len(player.scans), player.ports.size
    ways = np.array(list(itertools.product(range(ports), repeat=units)))
    scans = np.tile(case.fixed.scans, (len(ways), 1))
    for unit, size in enumerate(player.scans):
        scans[np.arange(len(ways)), ways[:, unit]] += size
    loss = believed.sites.loss(scans, np.ones(scans.shape, np.bool_))
    of_range = np.arange(believed.coast_flow.size)[:, None] == believed.nest
    weight = believed.weight(loss, slice(None))
    drawn = believed.coast_flow + weight @ of_range.T
    cost = believed.coast_flow * (1 - believed.coast_loss) + (weight * player.goal.cost(loss)) @ of_range.T
    return float(believed.total(drawn, cost).min())


def test_the_commitment_is_a_start_that_helps(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Six units at five ports, exhaustively: the search never ends worse for that start, and more often at the best."""
    gaps: dict[int, list[float]] = {99: [], best_response.LEAST_COMMITTED: []}
    for number in range(40):
        case = toy(seed, number, ports_of=(5,), units=6)
        player = dc.replace(case.states[0], goal=case.everyone)
        best = exhaustive(case, player)
        for least, own in gaps.items():
            monkeypatch.setattr(best_response, "LEAST_COMMITTED", least)
            places = best_places(case.surrogate, player, case.fixed, case.places[0])
            own.append(case.value([places], case.everyone) - best)
    without, with_it = np.array(list(gaps.values()))
    assert (with_it > -1e-9).all()
    assert (with_it <= without + 1e-6).all()
    assert np.count_nonzero(with_it > 1e-6) < np.count_nonzero(without > 1e-6)


def test_units_nearest_to_capacity_by_hand() -> None:
    """The largest first, each where most is missing; room binds, and is overlooked where there is none."""
    wanted, room = np.array([9000.0, 5000.0, 1000.0]), np.array([9, 9, 9])
    assert nearest_units((3000.0, 8000.0, 3000.0), wanted, room) == [1, 0, 1]
    assert nearest_units((5000.0,) * 3, wanted, room) == [0, 1, 0]
    assert nearest_units((5000.0,) * 3, wanted, np.array([1, 1, 1])) == [0, 1, 2]
    assert nearest_units((5000.0,) * 3, wanted, np.array([0, 0, 0])) == [0, 1, 0]


def test_line_through_loss_by_hand() -> None:
    """Through the loss at the plan, with the slope from a step below to a step above it, or from nothing."""
    case = bare(ExponentialSites, 0, NO_FOLLOWERS, (1e-4, 1e-4))
    scans = np.array([5000.0, 500.0])
    level, slope = linear_loss(case.surrogate, np.array([2, 4]), case.nothing, scans, 1000.0)
    np.testing.assert_allclose(slope, [(np.exp(-0.4) - np.exp(-0.6)) / 2000, (1 - np.exp(-0.15)) / 1500], rtol=1e-12)
    np.testing.assert_allclose(level + slope * scans, 1 - np.exp([-0.5, -0.05]), rtol=1e-12)


def test_a_scanner_that_finds_less_than_the_searches_it_replaces_is_not_covered() -> None:
    """75 of 500 boxes were searched by hand: a scanner whose image shows one load in twenty would find less."""
    sites = Sites(np.full(2, 0.1), np.full(2, 1000.0), 1.3, 0.05, 0.9, 0.15)
    believed = Surrogate(sites, NO_FOLLOWERS, np.ones(2), np.zeros(2), np.zeros(2, np.int64), np.zeros(1), 0.4)
    by_hand_and_scanned = Standing(np.array([500.0, 500.0]), np.array([0, 1]))
    _, slope = linear_loss(believed, np.arange(2), by_hand_and_scanned, np.zeros(2), 1.0)
    assert slope[0] == 0
    assert slope[1] > 0
