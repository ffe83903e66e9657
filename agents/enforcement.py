"""All authorities of a run: what they observe, and what the levers of the regime make of it."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from agents.budget import Budget
from agents.customs import AllianceCoordinator, Area, CustomsAuthority, MobileUnit
from agents.evidence import SNAPSHOT_DAYS, Evidence
from agents.familiarity import Familiarity
from agents.levers.placement import proportional_places
from agents.regime import BURN_IN, Regime, make_regime
from sim.clock import YEAR_DAYS
from sim.codes import CONTAINER_METHODS, Fate, Trigger
from sim.consignment import Records
from sim.physical_world import Mailbox, PhysicalWorld, Posture
from sim.streams import Floats, Ints

if TYPE_CHECKING:
    from agents.model import WaterbedModel

_QUARTER_MONTHS = (1, 4, 7, 10)


class Enforcement:
    """National customs, the Alliance, and the levers between them."""

    def __init__(self, model: WaterbedModel, physical: PhysicalWorld, start_day: int) -> None:
        """Give every port its baseline capacity and every authority its ports and units."""
        self.case, self.world, self.clock = model.case, model.world, model.clock
        self.physical, self.start_day, self._end_day = physical, start_day, model.window_end_day
        entry = self.world.entry
        countries = sorted(set(entry.country))
        country = np.array([countries.index(c) for c in entry.country], np.int64)
        self.authorities = [
            CustomsAuthority(model, i, code, np.flatnonzero(country == i), bool(entry.is_eu[country == i].all()))
            for i, code in enumerate(countries)
        ]
        self.coordinator = AllianceCoordinator(model, self.authorities)
        self.is_member: Ints = np.array([int(a.is_eu) for a in self.authorities], np.int64)
        self.authority_of_port: Ints = country
        self.evidence = Evidence(self.case, self.world, country, len(countries))
        self.familiarity = Familiarity(self.case.parameters.methods, len(countries))
        self._most_units = self.case.parameters.control.most_mobile_units_per_port
        self.regime: Regime = make_regime(BURN_IN)
        self.budget = Budget(self.case, self.world, self.coordinator)
        self.fixed_scans, self.fixed_units = self._baseline_units()
        self.posture = Posture(
            log_odds=self.evidence.log_odds(0, self.is_member * 0),
            separation=np.full(len(entry.code), self.case.parameters.control.separation),
            is_controlled=np.ones(len(entry.code), np.int64),
            foreign_tip_delay_days=self.case.parameters.tips.national_delay_days,
            capacity_scale=np.ones(len(entry.code)),
            terminal_security=np.zeros(len(entry.code)),
            detection_factor=np.ones((len(entry.code), CONTAINER_METHODS)),
        )
        self._deliveries: list[tuple[int, int, int]] = [  # day, authority, port
            (self.clock.day(datetime.date.fromisoformat(d.date)), int(country[d.entry]), d.entry)
            for d in self.world.pipeline
            for _ in range(d.units)
        ]
        self._set_capacity(range(len(entry.code)))

    def _baseline_units(self) -> tuple[Floats, Ints]:
        """Split baseline capacity into fixed equipment and mobile units (their share of what is not fixed)."""
        entry, control = self.world.entry, self.case.parameters.control
        fixed = np.minimum(entry.scans_per_year, entry.fixed_units * control.fixed_scans_per_year)
        fixed = np.where(entry.mobile_units == 0, entry.scans_per_year, fixed)
        for port, units in enumerate(entry.mobile_units):
            owner = self.authorities[self.authority_of_port[port]]
            for _ in range(int(units)):
                scans = (entry.scans_per_year[port] - fixed[port]) / units
                owner.units.append(MobileUnit(owner.index, port, float(scans)))
        return fixed.astype(np.float64), entry.fixed_units.copy()

    def _set_capacity(self, ports: range | set[int]) -> None:
        for port in sorted(ports):
            here = [u for a in self.authorities for u in a.units if u.port == port]
            scans = float(self.fixed_scans[port]) + sum(unit.scans_per_year for unit in here)
            factor = float(self.posture.capacity_scale[port])
            self.physical.set_capacity(port, scans, int(self.fixed_units[port]) + len(here), factor)

    def observe(self, mailbox: Mailbox, closed: Records) -> None:
        """Take in what authorities see of a day: finds of their own selection, and its exposure."""
        is_find = (closed["fate"] == Fate.SEIZED_ENTRY) & (closed["trigger"] != Trigger.TIP)
        self.evidence.observe(closed["lane"][is_find], mailbox.exposure, self.physical.has_scanner)
        # Arrests and importers' reports do not show image readers what they missed.
        found = closed[(closed["fate"] == Fate.SEIZED_ENTRY) | (closed["fate"] == Fate.SEIZED_HUB)]
        if found.size:
            hub = self.world.lanes.hub[found["lane"]]
            port = np.where(found["fate"] == Fate.SEIZED_HUB, hub, found["place"])
            self.familiarity.observe(self.authority_of_port[port], found["method"])

    def enforce(self, day: int) -> None:
        """Decide for tomorrow: begin the regime, buy, place, and set the posture."""
        tomorrow = day + 1
        date = self.clock.date(tomorrow)
        is_start = tomorrow == self.start_day
        if is_start:
            self._begin()
        if self.start_day <= tomorrow < self._end_day and date.month == 1 and date.day == 1:
            self.budget.appropriate(self.clock.date(self.start_day).year, date.year)
            self._order(tomorrow)
        self._deliver(tomorrow)
        if tomorrow >= self.start_day and date.day == 1 and date.month in _QUARTER_MONTHS:
            self._place()
        if tomorrow % SNAPSHOT_DAYS == 0:
            self.evidence.fade(tomorrow)
            self.familiarity.fade(SNAPSHOT_DAYS)
            self._update_posture(tomorrow)

    def _begin(self) -> None:
        spec = self.case.regime
        self.regime = make_regime(spec)
        entry = self.world.entry
        for i, code in enumerate(entry.code):
            self.posture.capacity_scale[i] = self.case.scenario.capacity_scale.get(code, 1.0)
            self.posture.terminal_security[i] = self.case.scenario.terminal_security.get(code, 0.0)
        self._set_capacity(range(len(entry.code)))
        self.familiarity.begin((self.is_member == 1) & (self.regime.criteria.scope == "alliance"))
        if not spec.has_controls:
            self.posture.is_controlled[entry.is_eu] = 0
        self._update_posture(self.start_day)

    def _update_posture(self, day: int) -> None:
        regime, posture = self.regime, self.posture
        if self.case.switches.tactical:
            posture.detection_factor = self.familiarity.detection_factor()[self.authority_of_port]
        if regime.criteria.scope != "off":
            separation = regime.criteria.separation(self.case, self.evidence, self.is_member)
            posture.separation = separation[self.authority_of_port]
        if regime.intelligence.scope != "off":
            posture.foreign_tip_delay_days = regime.intelligence.foreign_tip_delay_days(self.case)
            sharing = regime.intelligence.is_sharing(self.is_member)
            posture.log_odds = self.evidence.log_odds(day, sharing)

    def threat(self) -> Floats:
        """Return believed contaminated boxes a year by port."""
        lanes = self.world.lanes
        rate = 1 / (1 + np.exp(-self.posture.log_odds))
        boxes = np.bincount(lanes.entry, lanes.boxes_per_year * rate, minlength=len(self.world.entry.code))
        return boxes.astype(np.float64)

    def _place(self) -> None:
        lever = self.regime.placement
        price = self.budget.move_cents
        changed: set[int] = set()
        for area in self.coordinator.areas(lever.scope):
            for unit, port in lever.moves(area, self.threat(), (self.fixed_scans, self.fixed_units), self._most_units):
                programme = self.authorities[unit.owner].accounts.programme
                if programme.unspent < price and self.regime.equipment.scope != "off":
                    continue
                if self.regime.equipment.scope != "off":
                    programme.commit(price)
                changed |= {unit.port, port}
                unit.port = port
        self._set_capacity(changed)

    def _order(self, day: int) -> None:
        finance, lever = self.case.parameters.finance, self.regime.equipment
        if self.regime.has_alliance:
            self.budget.charge_coordination()
        delivered = day + round(finance.delivery_months * YEAR_DAYS / 12)
        for authority in self.coordinator.participants if lever.scope != "off" else ():
            ordered = lever.buy(authority, finance)
            lever.pay_year(authority, finance)
            self._deliveries += [(delivered, authority.index, -1)] * ordered

    def _deliver(self, day: int) -> None:
        due = [d for d in self._deliveries if d[0] <= day]
        if not due:
            return
        self._deliveries = [d for d in self._deliveries if d[0] > day]
        scans = self.case.parameters.control.mobile_scans_per_year
        for _, owner, ordered_for in due:
            authority, port = self.authorities[owner], ordered_for
            if ordered_for < 0:
                is_common = self.regime.placement.scope == "alliance" and authority in self.coordinator.participants
                area = Area(self.coordinator.participants) if is_common else Area((authority,))
                here = Counter(unit.port for unit in area.units)
                room = {p: self._most_units - here[p] for p in area.ports}
                port = proportional_places(self.threat(), self.physical.scans_per_year, room, [scans])[0]
            authority.units.append(MobileUnit(owner, port, scans))
            self._set_capacity({port})
