"""Equipment: fixed, mobile and where it stands, what is on order, and the capacity that follows at each port."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.kit import Installed
from scenarios.equipment import MOBILE, UnitTerms
from scenarios.parameters import ControlParameters
from scenarios.world import EntryPorts
from sim.clock import YEAR_DAYS
from sim.streams import Floats, Ints

if TYPE_CHECKING:
    from agents.customs import CustomsAuthority
    from sim.physical_world import PhysicalWorld


ON_THE_ROAD = -2
NEVER = np.iinfo(np.int64).max


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
    until_day: int = NEVER
    """End of its life; units of the baseline and of orders before the analysis have none."""

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
    terms: UnitTerms | None = None
    """What was bought; None for a mobile unit that was ordered before the analysis."""

    @property
    def until_day(self) -> int:
        """Return the end of the life of the unit."""
        return NEVER if self.terms is None else self.day + round(self.terms.life_years * YEAR_DAYS)


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
        self.installed: list[Installed] = []
        """Fixed scanners and sets for second looks that were bought; they stay at their port."""
        self._set: dict[int, tuple[float, int, float, float]] = {}
        self.working_today = self.working()
        """Scans a year and units by port, as they worked when capacity was last set."""

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

    def install(self, order: Order) -> None:
        """Take in what does not move."""
        assert order.terms is not None and order.port >= 0
        self.installed.append(Installed(order.owner, order.port, order.terms, order.until_day))
        self._count_fixed(order.port, order.terms, 1)

    def _count_fixed(self, port: int, terms: UnitTerms, units: int) -> None:
        if terms.kind == "fixed_scanner":
            self.fixed_scans[port] += units * terms.checks_per_year
            self.fixed_units[port] += units

    def retire(self, day: int) -> list[tuple[int, str]]:
        """Take out of use what was bought and has reached the end of its life; return owner and type of each."""
        old = [unit for unit in self.installed if unit.until_day <= day]
        self.installed = [unit for unit in self.installed if unit.until_day > day]
        for unit in old:
            self._count_fixed(unit.port, unit.terms, -1)
        retired = [(unit.owner, unit.terms.name) for unit in old]
        for authority in self._authorities:
            retired += [(unit.owner, MOBILE) for unit in authority.units if unit.until_day <= day]
            authority.units = [unit for unit in authority.units if unit.until_day > day]
        return retired

    def days_in_use(self, owner: int, day: int, year_end: int) -> dict[str, int]:
        """Return by type how many days of use, from a day to the end of its year, what was bought yields its owner."""
        days: Counter[str] = Counter()
        here = sum(unit.until_day != NEVER for unit in self._authorities[owner].units)
        days[MOBILE] += here * (year_end - day)
        for unit in self.installed:
            days[unit.terms.name] += (unit.owner == owner) * (year_end - day)
        for order in self.orders:
            if order.terms is not None and order.owner == owner:
                days[order.terms.name] += max(0, year_end - max(order.day, day))
        return days

    def bought_for(self, kind: str) -> list[tuple[int, UnitTerms]]:
        """Return port and terms of what was bought of a kind and stays at its port, also of what is on order."""
        here = [(unit.port, unit.terms) for unit in self.installed]
        here += [(order.port, order.terms) for order in self.orders if order.terms is not None]
        return [(port, terms) for port, terms in here if terms.kind == kind and port >= 0]

    def apply(self, physical: PhysicalWorld, capacity_scale: Floats, kit_false_alarm: Floats) -> None:
        """Give every port whose scanners or scale have changed the capacity of what stands there."""
        scans, units = self.working_today = self.working()
        for port, (scans_here, units_here) in enumerate(zip(scans.tolist(), units.tolist(), strict=True)):
            wanted = (scans_here, units_here, float(capacity_scale[port]), float(kit_false_alarm[port]))
            if self._set.get(port) != wanted:
                physical.set_capacity(port, *wanted)
                self._set[port] = wanted
