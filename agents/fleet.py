"""Scanners: fixed equipment, mobile units and where they stand, orders, and the capacity that follows at each port."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenarios.parameters import ControlParameters
from scenarios.world import EntryPorts
from sim.physical_world import PhysicalWorld
from sim.streams import Floats, Ints

if TYPE_CHECKING:
    from agents.customs import CustomsAuthority


ON_THE_ROAD = -2


@dataclass(slots=True, eq=False)
class MobileUnit:
    """A mobile scanner with its staff."""

    owner: int
    """Authority that owns it."""
    base: int
    """Port at which it is stationed."""
    scans_per_year: float
    visiting: int = -1
    """Port at which it works for the time being, -1 for its base, or `ON_THE_ROAD` while it works nowhere."""

    @property
    def port(self) -> int:
        """Return the port at which it works."""
        return self.base if self.visiting < 0 else self.visiting

    @property
    def is_on_the_road(self) -> bool:
        """Return whether it works nowhere today."""
        return self.visiting == ON_THE_ROAD


@dataclass(frozen=True, slots=True)
class Order:
    """A unit under way: the day on which it comes, whose it is, and its port, or -1 for where it is needed then."""

    day: int
    owner: int
    port: int


class Fleet:
    """All scanners of all authorities."""

    def __init__(
        self, entry: EntryPorts, control: ControlParameters, authorities: list[CustomsAuthority],
        authority_of_port: Ints, orders: list[Order],
    ) -> None:  # fmt: skip
        """Split baseline capacity into fixed equipment and mobile units (their share of what is not fixed)."""
        self._authorities, self.most_units = authorities, control.most_mobile_units_per_port
        fixed = np.minimum(entry.scans_per_year, entry.fixed_units * control.fixed_scans_per_year)
        fixed = np.where(entry.mobile_units == 0, entry.scans_per_year, fixed)
        self.fixed_scans: Floats = fixed.astype(np.float64)
        self.fixed_units: Ints = entry.fixed_units.copy()
        for port, units in enumerate(entry.mobile_units):
            owner = authorities[authority_of_port[port]]
            for _ in range(int(units)):
                scans = (entry.scans_per_year[port] - fixed[port]) / units
                owner.units.append(MobileUnit(owner.index, port, float(scans)))
        self.orders = orders
        self._set: dict[int, tuple[float, int, float]] = {}
        self.stationed_today = self.stationed()
        """Scans a year and units by port, as they were stationed when capacity was last set."""

    @property
    def units(self) -> list[MobileUnit]:
        """Return all mobile units, by authority."""
        return [unit for authority in self._authorities for unit in authority.units]

    def working(self) -> tuple[Floats, Ints]:
        """Return scans a year and units by port, of what works there."""
        return self._by_port([(unit.port, unit.scans_per_year) for unit in self.units if not unit.is_on_the_road])

    def stationed(self) -> tuple[Floats, Ints]:
        """Return scans a year and units by port, of what is stationed there, wherever it works for the time being."""
        return self._by_port([(unit.base, unit.scans_per_year) for unit in self.units])

    def _by_port(self, units: list[tuple[int, float]]) -> tuple[Floats, Ints]:
        ports, size = np.array([port for port, _ in units], np.int64), self.fixed_units.size
        mobile = np.bincount(ports, [scans for _, scans in units], minlength=size)
        return self.fixed_scans + mobile, self.fixed_units + np.bincount(ports, minlength=size)

    def room(self, ports: list[int], units: list[MobileUnit]) -> dict[int, int]:
        """Return how many units more may be stationed at each of the ports, given those of ``units``."""
        here = Counter(unit.base for unit in units)
        return {port: self.most_units - here[port] for port in ports}

    def apply(self, physical: PhysicalWorld, capacity_scale: Floats) -> None:
        """Give every port whose scanners or scale have changed the capacity of what stands there."""
        scans, units = self.working()
        self.stationed_today = self.stationed()
        for port, (scans_here, units_here) in enumerate(zip(scans.tolist(), units.tolist(), strict=True)):
            wanted = (scans_here, units_here, float(capacity_scale[port]))
            if self._set.get(port) != wanted:
                physical.set_capacity(port, *wanted)
                self._set[port] = wanted
