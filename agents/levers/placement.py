"""Placement of mobile units: where the same units and their staff stand."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from agents.levers.base import CENTS, Lever

if TYPE_CHECKING:
    from agents.customs import Area
    from agents.desk import Desk
    from agents.fleet import MobileUnit
    from sim.streams import Floats, Ints


def proportional_places(threat: Floats, capacity: Floats, room: dict[int, int], scans: list[float]) -> list[int]:
    """Place units one by one where believed threat per scan would be highest: a rule of thumb, not an optimum.

    With equal units this is the highest-averages method: capacity follows threat as nearly as whole units allow.

    Args:
        threat: believed contaminated boxes a year, by port.
        capacity: scans a year without the units, by port.
        room: how many units each port may take; if there is no room left anywhere, it is overlooked.
        scans: scans a year of each unit, in the order in which they are placed.
    """
    placed = {port: float(capacity[port]) for port in room}
    left = dict(room)
    places = []
    for unit_scans in scans:
        ports = [port for port in room if left[port] > 0] or list(room)
        best = max(ports, key=lambda port: (threat[port] / (placed[port] + unit_scans), -port))
        left[best] -= 1
        placed[best] += unit_scans
        places.append(best)
    return places


def movable_units(units: list[MobileUnit], fixed_units: Ints) -> list[MobileUnit]:
    """Return the units that may leave their port, largest first: all but the last scanner of each port."""
    movable, has_scanner = [], {port for port, count in enumerate(fixed_units) if count > 0}
    # The smallest unit of a port stays: it stands for the posts that the port has of its own.
    for unit in sorted(units, key=lambda unit: (unit.scans_per_year, unit.base)):
        if unit.base in has_scanner:
            movable.append(unit)
        has_scanner.add(unit.base)
    return movable[::-1]


def fewest_moves(area: Area, threat: Floats, fixed: tuple[Floats, Ints], most: int) -> list[tuple[MobileUnit, int]]:
    """Return the moves that the rule asks for in an area, the fewest that reach it.

    Args:
        area: who decides together.
        threat: believed contaminated boxes a year, by port.
        fixed: scans a year of fixed equipment, and fixed units, by port.
        most: units that a port takes at most.
    """
    units = movable_units(area.units, fixed[1])
    staying = [unit for unit in area.units if unit not in units]
    capacity, room = fixed[0].copy(), dict.fromkeys(area.ports, most)
    for unit in staying:
        capacity[unit.base] += unit.scans_per_year
        room[unit.base] -= 1
    return moves_to(units, proportional_places(threat, capacity, room, [unit.scans_per_year for unit in units]))


def moves_to(units: list[MobileUnit], places: list[int]) -> list[tuple[MobileUnit, int]]:
    """Return the fewest moves after which such units stand at these places.

    Units of equal size are interchangeable: those that already stand where one is wanted stay.
    """
    wanted = Counter(zip((unit.scans_per_year for unit in units), places, strict=True))
    homeless = []
    for unit in units:
        if wanted[unit.scans_per_year, unit.base] > 0:
            wanted[unit.scans_per_year, unit.base] -= 1
        else:
            homeless.append(unit)
    goals = sorted(wanted.elements(), key=lambda goal: (-goal[0], goal[1]))
    return [(unit, port) for unit, (_, port) in zip(homeless, goals, strict=True)]


class Placement(Lever):
    """National: a state moves units inside its borders. Alliance: participants place all their units together.

    Where to is a rule of thumb, or the planner's best response. Neither strips a port of its last scanner. Moves are
    paid for where the programme account pays for equipment.
    """

    name: ClassVar[str] = "placement"
    writes: ClassVar[tuple[str, ...]] = ("unit.base",)

    def act(self, desk: Desk) -> None:
        """Move units at the beginning of a quarter."""
        if not desk.is_quarter:
            return
        price = round(desk.case.parameters.finance.move_eur * CENTS)
        for moves in self._moves(desk):
            for unit, port in moves[: round(self.strength * len(moves))]:
                accounts = desk.authorities[unit.owner].accounts
                if desk.regime.uses("equipment"):
                    if accounts.programme.unspent < price:
                        continue
                    accounts.spend(desk.day, self.name, "programme", price)
                unit.base = port

    def _moves(self, desk: Desk) -> list[list[tuple[MobileUnit, int]]]:
        """Return the moves that are wanted in each area."""
        areas, fleet = desk.areas(self), desk.fleet
        if desk.planner is not None:
            return [moves_to(units, places) for units, places in desk.planner.plan(desk, areas)]
        threat, fixed = desk.threat(), (fleet.fixed_scans, fleet.fixed_units)
        return [fewest_moves(area, threat, fixed, fleet.most_units) for area in areas]
