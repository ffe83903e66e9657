"""All authorities of a run: what they observe, and what the levers of the regime make of it."""

from __future__ import annotations

import datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agents.budget import Budget
from agents.cases import CaseFiles
from agents.controls import controls_of_states_alone
from agents.customs import AllianceCoordinator, CustomsAuthority
from agents.desk import Desk
from agents.evidence import SNAPSHOT_DAYS, Evidence
from agents.familiarity import Familiarity
from agents.fleet import Fleet, MobileUnit, Order
from agents.levers.base import Lever
from agents.levers.equipment import look_again
from agents.levers.placement import proportional_places
from agents.oracle import flow_of_last_year
from agents.planner import Planner
from agents.practice import practice_of_ports
from agents.regime import burn_in_regime, make_regime
from agents.yearly_figures import YearlyFigures
from scenarios.equipment import MOBILE
from scenarios.purchases import check_purchases, purchased_terms
from sim.clock import YEAR_DAYS
from sim.codes import CONTAINER_METHODS, Fate, Trigger
from sim.consignment import Records
from sim.physical_world import Mailbox, PhysicalWorld, Posture
from sim.streams import Floats, Ints, Streams

if TYPE_CHECKING:
    from agents.model import WaterbedModel


class Enforcement:
    """National customs, the Alliance, and the levers between them."""

    def __init__(self, model: WaterbedModel, physical: PhysicalWorld, streams: Streams, start_day: int) -> None:
        """Give every port its baseline capacity and every authority its ports and units."""
        self.case, self.world, self.clock = model.case, model.world, model.clock
        self.physical, self.start_day, self._end_day = physical, start_day, model.window_end_day
        entry, parameters = self.world.entry, self.case.parameters
        countries = sorted(set(entry.country))
        country: Ints = np.array([countries.index(c) for c in entry.country], np.int64)
        self.authorities = [
            CustomsAuthority(model, i, code, np.flatnonzero(country == i), bool(entry.is_eu[country == i].all()))
            for i, code in enumerate(countries)
        ]
        self.coordinator = AllianceCoordinator(model, self.authorities)
        self.authority_of_port = country
        self.evidence = Evidence(self.case, self.world, country, len(countries))
        self.familiarity = Familiarity(parameters.methods, len(countries))
        self.figures = YearlyFigures(self.world)
        half_life_days = parameters.levers["investigations"]["evidence_half_life_days"]
        self.cases = CaseFiles(len(countries), half_life_days)
        alone, ports = np.zeros(len(countries)), len(entry.code)
        self.controls = controls_of_states_alone(parameters, len(countries), ports, self.evidence.log_odds(0, alone))
        practice_log_sd = parameters.levers["peer_evaluation"]["practice_log_sd"]
        self._practice = practice_of_ports(streams, entry.global_id, practice_log_sd)
        self.budget = Budget(self.case, self.world, self.coordinator, self.authorities)
        orders = [
            Order(self.clock.day(datetime.date.fromisoformat(d.date)), int(country[d.entry]), d.entry)
            for d in self.world.pipeline
            for _ in range(d.units)
        ]
        check_purchases(self.case, entry.code)
        self.fleet = Fleet(entry, parameters.control, self.authorities, country, orders)
        self.regime = burn_in_regime(parameters)
        self.desk = Desk(
            case=self.case, world=self.world, clock=self.clock, streams=streams, authorities=self.authorities,
            coordinator=self.coordinator, authority_of_port=country, evidence=self.evidence,
            familiarity=self.familiarity, figures=self.figures, cases=self.cases, practice=self._practice,
            fleet=self.fleet, controls=self.controls, budget=self.budget, regime=self.regime,
            working=list(self.regime.levers),
        )  # fmt: skip
        self.posture = Posture(
            log_odds=self.controls.log_odds,
            separation=self.controls.separation[country] * self._practice,
            is_controlled=np.ones(ports, np.int64),
            shared_tip_share=self.controls.shared_tip_share[country],
            received_tip_share=self.controls.received_tip_share[country],
            added_tip_share=self.controls.added_tip_share[country],
            capacity_scale=np.ones(ports),
            terminal_security=np.zeros(ports),
            detection_factor=np.ones((ports, CONTAINER_METHODS)),
            kit_detection=self.controls.kit_detection,
            kit_false_alarm=self.controls.kit_false_alarm,
            departure_probability=self.controls.departure_probability,
            standards=self.controls.standards,
            surge=self.controls.surge,
        )
        self._scenario_security = np.zeros(ports)
        self._pooling = self.controls.pools_finds.copy()
        self._waiting: list[Lever] = []
        self.fleet.apply(physical, self.posture.capacity_scale, self.posture.kit_false_alarm)

    def observe(self, mailbox: Mailbox, closed: Records) -> None:
        """Take in what authorities see of a day: finds of their own selection, and its exposure."""
        is_find = (closed["fate"] == Fate.SEIZED_ENTRY) & (closed["trigger"] != Trigger.TIP)
        self.evidence.observe(
            closed["lane"][is_find], mailbox.exposure, self.physical.has_scanner, self.posture.kit_detection
        )
        self.cases.observe(self.authority_of_port[mailbox.traces.port], mailbox.traces.organisation)
        # Arrests and importers' reports do not show image readers what they missed.
        found = closed[(closed["fate"] == Fate.SEIZED_ENTRY) | (closed["fate"] == Fate.SEIZED_HUB)]
        if found.size:
            hub = self.world.lanes.hub[found["lane"]]
            port = np.where(found["fate"] == Fate.SEIZED_HUB, hub, found["place"])
            self.familiarity.observe(self.authority_of_port[port], found["method"])
            self.figures.observe(port, found["lane"], found["mass_g"])
        self.figures.exposure += mailbox.exposure

    def enforce(self, day: int) -> None:
        """Decide for tomorrow: begin levers, spend, act, and set the posture."""
        desk, tomorrow = self.desk, day + 1
        desk.day = tomorrow
        if desk.date.month == 1 and desk.date.day == 1:
            self.figures.close(self.physical.control_totals[:, 0])
        if tomorrow == self.start_day:
            self._begin()
        has_begun = self._begin_levers(tomorrow)
        if self.start_day <= tomorrow < self._end_day and desk.date.month == 1 and desk.date.day == 1:
            self.budget.appropriate(self.clock.date(self.start_day).year, desk.date.year)
            self.budget.charge(self.regime, tomorrow, desk.date)
            for lever in desk.working:
                lever.allot(desk)
        self._deliver(tomorrow)
        for lever in desk.working:
            lever.act(desk)
        if self.case.purchases:
            self._use_purchases(tomorrow)
        is_week = tomorrow % SNAPSHOT_DAYS == 0
        if is_week:
            self.evidence.fade(tomorrow)
            self.familiarity.fade(SNAPSHOT_DAYS)
            self.cases.fade(SNAPSHOT_DAYS)
            for lever in desk.working:
                lever.assess(desk)
            self._pool_finds()
        if is_week or has_begun:
            self._update_posture()
        self.posture.surge = self.controls.surge * self.controls.capacity_factor
        capacity_scale = self.posture.capacity_scale * self.posture.surge
        self.fleet.apply(self.physical, capacity_scale, self.posture.kit_false_alarm)

    def _begin(self) -> None:
        """Put the regime in the place of the burn-in, and let the scenario change ports."""
        spec, entry = self.case.regime, self.world.entry
        self.regime = self.desk.regime = make_regime(spec, self.case.parameters)
        self._waiting = list(self.regime.levers)
        # Until a lever takes effect, what there was before stays; without the lever it ends.
        self.desk.working = [lever for lever in self.desk.working if self.regime.uses(lever.name)]
        if spec.decides != "rule":
            flow = partial(flow_of_last_year, self.physical) if spec.decides == "oracle" else None
            self.desk.planner = Planner(self.desk, flow)
        for i, code in enumerate(entry.code):
            self.posture.capacity_scale[i] = self.case.scenario.capacity_scale.get(code, 1.0)
            self._scenario_security[i] = self.case.scenario.terminal_security.get(code, 0.0)
        self.familiarity.begin(self.controls.pools_finds)
        self._order_purchases()
        if not spec.has_controls:
            self.posture.is_controlled[entry.is_eu] = 0

    def _order_purchases(self) -> None:
        """Order what grants pay for; each unit stands at its port, and mobile ones may be moved from there."""
        codes = self.world.entry.code
        check_purchases(self.case, codes)
        for purchase in self.case.purchases:
            port, terms = codes.index(purchase.port), purchased_terms(purchase, self.case.parameters)
            day = self.clock.day(purchase.ordered) + round(terms.delivery_months * YEAR_DAYS / 12)
            order = Order(day, int(self.authority_of_port[port]), port, terms)
            self.fleet.orders += [order] * purchase.units

    def _use_purchases(self, day: int) -> None:
        """Take out of use what grants brought and is at the end of its life; let second looks follow what is there."""
        self.fleet.retire(day)
        look_again(self.desk)
        posture, controls = self.posture, self.controls
        posture.kit_detection, posture.kit_false_alarm = controls.kit_detection, controls.kit_false_alarm

    def _begin_levers(self, day: int) -> bool:
        """Let levers take effect whose delay is over, in place of what there was before; return whether any did."""
        desk = self.desk
        due = [lever for lever in self._waiting if self._effect_day(lever) <= day]
        for lever in due:
            self._waiting.remove(lever)
            others = [working for working in desk.working if working.name != lever.name]
            desk.working = sorted([*others, lever], key=lambda working: working.name)
            lever.begin(desk)
            if (desk.date.month, desk.date.day) != (1, 1):
                lever.allot(desk)
            lever.assess(desk)
        self._pool_finds()
        return bool(due) or day == self.start_day

    def _pool_finds(self) -> None:
        """Let image readers of those who pool their finds learn together, when somebody joins."""
        if not np.array_equal(self.controls.pools_finds, self._pooling):
            self._pooling = self.controls.pools_finds.copy()
            self.familiarity.pool(self._pooling)

    def _effect_day(self, lever: Lever) -> int:
        start = self.start_day if lever.spec.start is None else self.clock.day(lever.spec.start)
        return max(start, self.start_day) + round(lever.values["delay_days"])

    def _update_posture(self) -> None:
        controls, posture, country = self.controls, self.posture, self.authority_of_port
        if self.case.switches.tactical:
            posture.detection_factor = self.familiarity.detection_factor()[country]
        posture.separation = controls.separation[country] * np.maximum(self._practice, controls.practice_floor)
        posture.shared_tip_share = controls.shared_tip_share[country]
        posture.received_tip_share = controls.received_tip_share[country]
        posture.added_tip_share = controls.added_tip_share[country]
        posture.log_odds = controls.log_odds + controls.lane_priority
        posture.departure_probability = controls.departure_probability
        posture.terminal_security = self._scenario_security + controls.terminal_level
        posture.standards = controls.standards
        posture.kit_detection, posture.kit_false_alarm = controls.kit_detection, controls.kit_false_alarm

    def added_at_departure(self) -> Floats:
        """Return by how much controls of a box before departure exceed the usual, by departure port, for Europe."""
        lanes = self.world.lanes
        added = self.posture.departure_probability - self.case.parameters.departure.seizure_probability
        boxes = np.bincount(lanes.departure, lanes.boxes_per_year, minlength=len(self.world.departure.code))
        sums = np.bincount(lanes.departure, lanes.boxes_per_year * added, minlength=boxes.size)
        mean: Floats = sums / np.maximum(boxes, 1e-300)
        return mean

    def _deliver(self, day: int) -> None:
        """Let units come that are due: to the port they were ordered for, or where the regime wants them then."""
        fleet, usual_scans = self.fleet, self.case.parameters.control.mobile_scans_per_year
        due = [order for order in fleet.orders if order.day <= day]
        fleet.orders = [order for order in fleet.orders if order.day > day]
        for order in due:
            authority, port = self.authorities[order.owner], order.port
            if order.terms is not None and order.terms.name != MOBILE:
                fleet.install(order)
                continue
            scans = usual_scans if order.terms is None else order.terms.checks_per_year
            if port < 0:
                port = self._port_for(authority, scans)
            authority.units.append(MobileUnit(order.owner, port, scans, until_day=order.until_day))

    def _port_for(self, authority: CustomsAuthority, scans: float) -> int:
        """Return where a new unit goes: by best response, or where the threat per scan is highest."""
        desk, area = self.desk, self.desk.area_of(authority, "placement")
        room = self.fleet.room(area.ports, area.units)
        if desk.planner is not None:
            return desk.planner.port_for(desk, area, scans, room)
        return proportional_places(desk.threat(), self.fleet.stationed()[0], room, [scans])[0]
