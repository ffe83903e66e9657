"""Rotation: mobile units that visit ports at random, in place of a fixed station that can be watched."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from agents.fleet import ON_THE_ROAD
from agents.levers.base import CENTS, Lever
from agents.levers.placement import movable_units
from scenarios.geography import great_circle_km
from sim.streams import Floats, Ints, Stream

if TYPE_CHECKING:
    from agents.customs import Area
    from agents.desk import Desk
    from agents.fleet import MobileUnit


def expected_scans(threat: Floats, capacity: Floats, room: Floats, scans: float) -> Floats:
    """Spread mobile capacity so that capacity follows threat, as placement does, but with parts of units.

    What each port gets is max(0, level x threat - capacity), at most its room, with the level at which all is spread.

    Args:
        threat: believed contaminated boxes a year, by port.
        capacity: scans a year without the mobile units.
        room: scans a year of mobile units that the port may take; if there is no room left, it is overlooked.
        scans: scans a year to spread.
    """
    threat = np.maximum(threat, 1e-9 * max(float(threat.max()), 1e-9))
    levels = np.sort(np.concatenate([capacity / threat, (capacity + room) / threat]))
    filled = np.clip(levels[:, None] * threat - capacity, 0, room).sum(axis=1)
    level = float(np.interp(scans, filled, levels))
    spread: Floats = np.clip(level * threat - capacity, 0, room)
    total = float(spread.sum())
    return spread * (scans / total) if total > 0 else np.full(threat.size, scans / threat.size)


def comb(expected: Floats, luck: float) -> Ints:
    """Return whole numbers with the expected values given, each rounded up or down, and with the same sum.

    Comb sampling (Tsai et al. 2010, AAAI-10) by which security games turn expected coverage into a schedule: systematic
    sampling with unequal probabilities (Madow 1949, doi:10.1214/aoms/1177729988).

    Args:
        expected: non-negative, with a whole sum.
        luck: a uniform.
    """
    edges = np.concatenate([[0.0], np.cumsum(expected)])
    edges[-1] = round(edges[-1])
    counts: Ints = np.diff(np.floor(edges + luck)).astype(np.int64)
    return counts


def shortest_drives(here: list[int], goals: list[int], km: Floats) -> list[int]:
    """Return to which port each unit drives, so that the goals are met with the fewest kilometres."""
    _, column = linear_sum_assignment(km[np.ix_(here, goals)])
    return [goals[i] for i in column]


class Rotation(Lever):
    """National: a state's movable units rotate inside its borders. Alliance: across participants.

    Each period the area draws how many units work at each port. The expected capacity is what the rule of placement
    asks for, with shares of time in place of whole units; only where a unit stands in a given week is left to chance.
    """

    name: ClassVar[str] = "rotation"
    writes: ClassVar[tuple[str, ...]] = ("unit.visiting",)

    def begin(self, desk: Desk) -> None:
        """Measure the distances between ports; nobody is under way."""
        entry = desk.world.entry
        self._km = great_circle_km(entry.latitude, entry.longitude, entry.latitude, entry.longitude)
        self._under_way: dict[MobileUnit, tuple[int, int]] = {}

    def act(self, desk: Desk) -> None:
        """Let units arrive, and draw new places when a period begins."""
        for unit, (day, port) in list(self._under_way.items()):
            if day <= desk.day:
                del self._under_way[unit]
                self._work_at(unit, port)
        if desk.day % round(self.values["period_days"]) == 0:
            for area in desk.areas(self):
                for unit, port in self._drawn(area, desk):
                    self._send(unit, port, desk)

    def _rotating(self, area: Area, desk: Desk) -> list[MobileUnit]:
        """Return the movable units that rotate: of each owner the share that is its strength, largest first."""
        movable, strength = movable_units(area.units, desk.fleet.fixed_units), desk.strength(self)
        owned = Counter(unit.owner for unit in movable)
        left = {owner: round(strength[owner] * count) for owner, count in owned.items()}
        rotating = []
        for unit in movable:
            if left[unit.owner] > 0:
                left[unit.owner] -= 1
                rotating.append(unit)
        return rotating

    def _drawn(self, area: Area, desk: Desk) -> list[tuple[MobileUnit, int]]:
        """Return the port of each unit for this period: drawn for those that rotate, its base for each other."""
        units, fleet, ports = self._rotating(area, desk), desk.fleet, np.array(area.ports, np.int64)
        staying = [unit for unit in area.units if unit not in units]
        at_base = [(unit, unit.base) for unit in staying if unit.visiting != -1]
        if not units:
            return at_base
        capacity = fleet.fixed_scans[ports].copy()
        for unit in staying:
            capacity[ports == unit.base] += unit.scans_per_year
        scans = sum(unit.scans_per_year for unit in units)
        room = np.array(list(fleet.room(ports.tolist(), staying).values()), np.float64)
        expected = expected_scans(desk.threat()[ports], capacity, np.maximum(room, 0) * scans / len(units), scans)
        # Units of an area count alike: their sizes differ by little.
        luck = self._luck(area, desk)
        goals = np.repeat(ports, comb(expected * (len(units) / scans), luck)).tolist()
        here = [self._under_way.get(unit, (0, unit.port))[1] for unit in units]
        return [*at_base, *zip(units, shortest_drives(here, goals, self._km), strict=True)]

    def _luck(self, area: Area, desk: Desk) -> float:
        first = desk.world.entry.global_id[area.ports[:1]]
        return float(desk.streams.uniforms(Stream.ROTATION, first, 1, epoch=desk.day)[0, 0])

    def _send(self, unit: MobileUnit, port: int, desk: Desk) -> None:
        """Let a unit drive to a port, if its owner can pay and it would be there within the period."""
        ready, here = self._under_way.get(unit, (desk.day, unit.port))
        if port == here:
            return
        km = float(self._km[here, port])
        arrival = ready + round(self.values["transfer_days"] + km / self.values["km_per_day"])
        price = round(km * self.values["eur_per_km"] * CENTS)
        accounts = desk.authorities[unit.owner].accounts
        if arrival >= desk.day + round(self.values["period_days"]) or accounts.programme.unspent < price:
            return
        accounts.spend(desk.day, self.name, "programme", price)
        if arrival <= desk.day:
            self._work_at(unit, port)
        else:
            unit.visiting = ON_THE_ROAD
            self._under_way[unit] = (arrival, port)

    @staticmethod
    def _work_at(unit: MobileUnit, port: int) -> None:
        unit.visiting = -1 if port == unit.base else port
