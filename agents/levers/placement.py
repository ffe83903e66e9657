"""Placement of mobile units: where the same units and their staff stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from agents.levers.base import Scope

if TYPE_CHECKING:
    from agents.customs import Area, MobileUnit
    from sim.streams import Floats


def proportional_places(
    threat: Floats, capacity: Floats, room: dict[int, int], unit_scans: float, units: int
) -> list[int]:
    """Place units one by one where believed threat per scan would be highest: a rule of thumb, not an optimum.

    With equal units this is the highest-averages method: capacity follows threat as nearly as whole units allow.

    Args:
        threat: believed contaminated boxes a year, by port.
        capacity: scans a year without the units, by port.
        room: how many units each port may take; if there is no room left anywhere, it is overlooked.
        unit_scans: scans a year of one unit.
        units: how many to place.
    """
    placed = {port: float(capacity[port]) for port in room}
    left = dict(room)
    places = []
    for _ in range(units):
        ports = [port for port in room if left[port] > 0] or list(room)
        best = max(ports, key=lambda port: (threat[port] / (placed[port] + unit_scans), -port))
        left[best] -= 1
        placed[best] += unit_scans
        places.append(best)
    return places


@dataclass(frozen=True, slots=True)
class Placement:
    """National: a state moves units inside its borders. Alliance: participants place all their units together."""

    name: ClassVar[str] = "placement"
    writes: ClassVar[tuple[str, ...]] = ("unit.port",)
    grade: ClassVar[str] = "C"
    feasible_now: ClassVar[str] = "needs agreement"
    scope: Scope

    def moves(self, area: Area, threat: Floats, fixed_scans: Floats, most: int) -> list[tuple[MobileUnit, int]]:
        """Return the moves that the rule asks for in an area, the fewest that reach it.

        Args:
            area: who decides together.
            threat: believed contaminated boxes a year, by port.
            fixed_scans: scans a year of fixed equipment, by port.
            most: units that a port takes at most.
        """
        units = area.units
        if not units:
            return []
        mean = sum(unit.scans_per_year for unit in units) / len(units)
        wanted = Counter(proportional_places(threat, fixed_scans, dict.fromkeys(area.ports, most), mean, len(units)))
        homeless = []
        for unit in units:
            if wanted[unit.port] > 0:
                wanted[unit.port] -= 1
            else:
                homeless.append(unit)
        return list(zip(homeless, sorted(wanted.elements()), strict=True))
