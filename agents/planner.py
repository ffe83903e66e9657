"""The planner of a regime that decides by best response: beliefs, goals, and who answers whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.best_response import Player, Standing, added_place, fixed_point, joint
from agents.levers.placement import movable_units
from agents.surrogate import Goal, Sites, Surrogate, drawn_beliefs, make_followers, make_sites, true_beliefs
from sim.streams import Floats, Ints

if TYPE_CHECKING:
    from agents.customs import Area
    from agents.desk import Desk
    from agents.fleet import Fleet, MobileUnit
    from scenarios.case import Objective

_LEAST_FLOW = 1e-6
"""Where the oracle saw nothing: so that every port is a place to go, if not a likely one."""


class Planned(NamedTuple):
    """How a plan came about."""

    day: int
    rounds: int
    has_converged: bool


class Planner:
    """Finds where units should stand, on a surrogate that all authorities share; each area for its own goal.

    The loss at which believed flow came about is remembered with the half-life of the evidence: what has changed since
    is what followers are still to answer.
    """

    def __init__(self, desk: Desk, true_flow: Callable[[int], Floats] | None) -> None:
        """Draw beliefs; ``true_flow`` is that by place up to a day, for the oracle alone."""
        case, world = desk.case, desk.world
        believed = drawn_beliefs(case, desk.streams) if true_flow is None else true_beliefs(case)
        self._true_flow = true_flow
        self._followers = make_followers(case, believed)
        self._coast_loss = believed["methods.outside_loss_probability"]
        self.sites: Sites = make_sites(case, world, believed)
        self._ranges = tuple(dict.fromkeys(world.entry.port_range))
        self._nest: Ints = np.array([self._ranges.index(name) for name in world.entry.port_range], np.int64)
        boxes, in_eu = world.at_risk_boxes, world.entry.is_eu
        of_range = np.bincount(self._nest, boxes)
        self._eu = Goal(in_eu.astype(np.float64), np.bincount(self._nest, boxes * in_eu) / np.maximum(of_range, 1e-9))
        self._half_life_days = case.parameters.targeting.half_life_days
        self._reference, self._noted_day = self._loss_now(desk), desk.day
        self.plans: list[Planned] = []

    def plan(self, desk: Desk, areas: list[Area]) -> list[tuple[list[MobileUnit], list[int]]]:
        """Return the units of each area that may move, and the places that are best for them, in order of the areas."""
        fleet, surrogate = desk.fleet, self.surrogate(desk)
        # In the order of the states, so that an alliance of one decides as that state does.
        order = sorted(range(len(areas)), key=lambda row: min(member.index for member in areas[row].members))
        movable = [_movable(area, fleet) for area in areas]
        is_moving = {id(unit) for units in movable for unit in units}
        fixed = _standing(fleet, [unit for unit in fleet.units if id(unit) not in is_moving])
        players = [self._player(desk, areas[row], movable[row]) for row in order]
        settled = fixed_point(surrogate, players, fixed, [[unit.base for unit in movable[row]] for row in order])
        self.plans.append(Planned(desk.day, settled.rounds, settled.has_converged))
        places = dict(zip(order, settled.places, strict=True))
        return [(movable[row], places[row]) for row in range(len(areas))]

    def port_for(self, desk: Desk, area: Area, scans: float, room: dict[int, int]) -> int:
        """Return the port of an area at which one more unit is worth most, given where all the others stand."""
        ports = np.array(area.ports, np.int64)
        free = np.array([room[port] for port in area.ports], np.int64)
        player = Player(ports, self.goal(desk, area), (scans,), free)
        return added_place(self.surrogate(desk), player, _standing(desk.fleet, desk.fleet.units))

    def surrogate(self, desk: Desk) -> Surrogate:
        """Return what is believed now."""
        self._remember(desk)
        flow, coast_flow = self._flows(desk)
        return Surrogate(
            self.sites, self._followers, flow, self._reference, self._nest, coast_flow, self._coast_loss
        )  # fmt: skip

    def goal(self, desk: Desk, area: Area) -> Goal:
        """Return the goal of an area: that of the regime; outside its alliance, what lands through own ports."""
        spec = desk.regime.spec
        is_regime = not spec.has_alliance or len(area.members) > 1
        return self._goal(spec.objective if is_regime else "own_landed", area.ports)

    def _goal(self, objective: Objective, ports: list[int]) -> Goal:
        if objective == "eu_landed":
            return self._eu
        own = np.zeros(self._nest.size)
        own[ports] = 1.0
        return Goal(own, np.zeros(len(self._ranges)), objective == "own_finds")

    def _player(self, desk: Desk, area: Area, units: list[MobileUnit]) -> Player:
        """Return an area as a player; its members, were they alone, would look at their own landed."""
        goal, stays = self.goal(desk, area), [unit for unit in area.units if unit not in units]
        room = desk.fleet.room(area.ports, stays)
        alone = len(area.members) == 1
        members = []
        for member in area.members:
            ports = sorted(int(port) for port in member.ports)
            scans = tuple(unit.scans_per_year for unit in units if unit.owner == member.index)
            own = goal if alone else self._goal("own_landed", ports)
            members.append(Player(np.array(ports), own, scans, np.array([max(room[port], 0) for port in ports])))
        return joint(members, goal)

    def _flows(self, desk: Desk) -> tuple[Floats, Floats]:
        """Return flow by port, and by range outside the terminals."""
        ports, coasts = self._nest.size, desk.world.coasts.name
        if self._true_flow is not None:
            by_place = np.maximum(self._true_flow(desk.day), _LEAST_FLOW)
            by_coast = dict(zip(coasts, by_place[ports:].tolist(), strict=True))
            return by_place[:ports], np.array([by_coast.get(name, 0.0) for name in self._ranges])
        flow, outside = desk.believed_flow(), desk.case.parameters.targeting.outside_share
        of_range = np.bincount(self._nest, flow * (outside / (1 - outside)), minlength=len(self._ranges))
        return flow, np.where(np.isin(self._ranges, coasts), of_range, 0.0)

    def _remember(self, desk: Desk) -> None:
        """Let the remembered loss follow the present one with the half-life of the evidence."""
        kept = 0.5 ** ((desk.day - self._noted_day) / self._half_life_days)
        self._reference = kept * self._reference + (1 - kept) * self._loss_now(desk)
        self._noted_day = desk.day

    def _loss_now(self, desk: Desk) -> Floats:
        standing = _standing(desk.fleet, desk.fleet.units)
        return self.sites.loss(standing.scans, standing.units > 0)


def _standing(fleet: Fleet, units: list[MobileUnit]) -> Standing:
    """Return what fixed equipment and some mobile units make of each port."""
    scans, count = fleet.fixed_scans.copy(), fleet.fixed_units.copy()
    for unit in units:
        scans[unit.base] += unit.scans_per_year
        count[unit.base] += 1
    return Standing(scans, count)


def _movable(area: Area, fleet: Fleet) -> list[MobileUnit]:
    """Return the units of an area that may move, member by member, the largest first."""
    units = movable_units(area.units, fleet.fixed_units)
    return [unit for member in area.members for unit in units if unit.owner == member.index]
