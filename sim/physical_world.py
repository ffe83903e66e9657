"""The physical world: what agents can do to it (a few verbs), and the mailbox of what became of consignments."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scenarios.case import Case
from scenarios.world import World
from sim.border_kernel import MOST_BOXES_A_DAY, border_day, late_tips, settle_clean
from sim.clock import DAY_MIN, HOUR_MIN, SELECTION_MIN, WEEK_DAYS, YEAR_DAYS, Clock
from sim.codes import (
    CONTAINER_METHODS,
    LUCK_OF_SEIZURE,
    LUCK_WIDTH,
    NEEDS_EXTRACTION,
    NEVER,
    Control,
    Fate,
    Goods,
    Luck,
    Step,
    Trigger,
)
from sim.consignment import CONSIGNMENT, CONSIGNMENTS_PER_LOT, Records, Table
from sim.control_line import RETRIEVE, SEARCH, STAGES, ControlLine, make_line
from sim.forensics import Forensics, Traces, joined
from sim.hub_kernel import pass_hubs
from sim.inland import InlandSeizures
from sim.insiders import ENQUIRIES, Insiders
from sim.notice import fetched_min
from sim.race import Race
from sim.shipping import Shipping
from sim.staffing import make_roster, servers, shifts
from sim.standards import Standards
from sim.streams import Floats, Ints, Stream, Streams
from sim.supply import supply_index
from sim.terminal_kernel import discharge, land_outside, resolve, warn_teams
from sim.times import QUANTILES, SEARCH_TIME, time_table
from sim.transhipment import make_hub_control


@dataclass(slots=True)
class Shipments:
    """A batch of consignments to ship, one element each."""

    lead_lot: Ints
    ordinal: Ints
    organisation: Ints
    departure: Ints
    place: Ints
    method: Ints
    lane: Ints
    mass_g: Ints
    boxes: Ints
    has_foothold: Ints
    """1 where the organisation can use insiders at the place of entry."""


@dataclass(slots=True)
class Posture:
    """What authorities have decided: the plan by which boxes are selected until they decide again."""

    log_odds: Floats
    """Believed log odds of contamination of each lane."""
    separation: Floats
    """d' of each port's criteria."""
    is_controlled: Ints
    """1 where boxes are selected against drugs and tips are acted on, by port."""
    shared_tip_share: Floats
    """Share of the tips of the port's state that others learn of at once, by port."""
    received_tip_share: Floats
    """Share of the tips of other states that the port's state learns of at once, by port."""
    added_tip_share: Floats
    """Tips from companies and partner countries, relative to those that the state has itself, by port."""
    capacity_scale: Floats
    """Factor on the drug-tasked capacity of each port."""
    terminal_security: Floats
    """Level of access control at the terminals of each port, 0 the usual one."""
    detection_factor: Floats
    """Factor on image detection, shape (ports, container methods)."""
    kit_detection: Floats
    """Share of what the image did not show that a second look does, shape (ports, container methods)."""
    kit_false_alarm: Floats
    """Share of drug-tasked clean boxes without an alarm that a second look has searched, by port."""
    departure_probability: Floats
    """Probability that a box is seized before departure, by lane; outside the terminals nobody scans."""
    standards: Standards
    """What protects staff of terminals against corruption, by port."""
    surge: Floats
    """Factor of the day on drug-tasked capacity, by port."""


@dataclass(slots=True)
class Mailbox:
    """What became known on a day."""

    closed: Ints
    """Rows of consignments that closed, by row."""
    exposure: Floats
    """By lane: boxes times the probability that a contaminated one would have been selected."""
    seized_inland: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows seized inland, of those that landed before; known to the market alone."""
    traces: Traces = field(default_factory=Traces)
    """What authorities learn of who is behind finds, arrests and reports."""


class PhysicalWorld:
    """Ships, terminals and control lines of one run."""

    def __init__(
        self, case: Case, world: World, streams: Streams, clock: Clock, days: int, lots: Records,
        spared: int | None = None,
    ) -> None:  # fmt: skip
        """Build the world at its first midnight; it has no controls until capacity and posture are set.

        The consignment with the id ``spared`` is never seized: for placebos, which differ in one seizure.
        """
        self.case, self.world, self.streams, self.clock, self.lots = case, world, streams, clock, lots
        self._spared = (-1, -1) if spared is None else divmod(spared, CONSIGNMENTS_PER_LOT)
        self.table = Table(CONSIGNMENT)
        self._luck = np.zeros((0, LUCK_WIDTH))
        self.at_sea: Ints = np.zeros(0, np.int64)
        self.ashore: Ints = np.zeros(0, np.int64)
        self.shipping = Shipping(world, streams, case.parameters.shipping, days)
        self.line: ControlLine = make_line(make_roster(case, world.entry, streams, days), case.engine)
        ports = len(world.entry.code)
        self.scans_per_year: Floats = np.zeros(ports)
        self.has_scanner = np.zeros(ports, np.bool_)
        self.control_totals = np.zeros((ports, 4), np.int64)
        """Boxes that left the lines, by port: drug-tasked, all, searched, and minutes of delay to clean boxes."""
        self.trade_totals = np.zeros((ports, len(Goods), 4), np.int64)
        """By port and goods: clean boxes, those searched, minutes of delay, and days of demurrage due to control."""
        self.security_level_days: Floats = np.zeros(ports)
        """Since the start, days times the level of terminal security above the usual, by port."""
        self._rostered_min = shifts(world.entry, case.parameters.control).minutes_per_year()
        self._carry = np.zeros((4, ports))
        self.race = Race(case.parameters, ports)
        prior_rate = case.parameters.targeting.prior_rate * supply_index(case, clock.date(0).year)
        self.insiders = Insiders(case.parameters, world.entry.global_id, world.at_risk_boxes * prior_rate, streams)
        self.forensics = Forensics(case.parameters.levers["investigations"], lots, world.lanes.hub, streams)
        self._jobs, self._caught = np.zeros(ports, np.int64), np.zeros(ports, np.int64)
        self._hub_control = make_hub_control(world, case.parameters.control.hub_share)
        self._to_hubs: dict[int, list[int]] = {}
        """By day, the rows that pass their hub."""
        market = case.parameters.market
        self.inland = InlandSeizures(market.inland_seizure_share, market.inland_seizure_days)
        self._arrange_arguments()

    def _arrange_arguments(self) -> None:
        p, world = self.case.parameters, self.world
        c, m, t = p.control, p.methods, p.terminal
        lane_id = world.departure.global_id[world.lanes.departure] * 128 + world.entry.global_id[world.lanes.entry]
        self._strings = (world.strings.entry, world.strings.first_lane)
        sailings_per_year = self.shipping.per_week[world.lanes.string] * (YEAR_DAYS / WEEK_DAYS)
        self._boxes_per_call = world.lanes.boxes_per_year / sailings_per_year
        self._lane_id = lane_id.astype(np.int64)
        self._ports = (world.entry.global_id, self.has_scanner, world.entry.import_boxes / YEAR_DAYS)
        self._times = time_table(p)
        self._clean = np.array([t.unload_h * HOUR_MIN, t.reefer_share, c.image_false_alarm, c.image_false_alarm])
        self._terminal = np.array([t.unload_h * HOUR_MIN, self.race.log_sd])
        self._detection = np.array(
            [m.rip_on_image_detection, m.in_cargo_image_detection, m.in_structure_image_detection,
             m.cooling_unit_image_detection, m.detection_mass_scale_kg, c.search_detection]
        )  # fmt: skip
        self._is_reefer = np.array([False, False, False, True, False])
        self._free_days = np.array([p.trade.free_days_dry, p.trade.free_days_reefer])
        own_tip = p.tips.anchor_interception * p.tips.share_of_finds / c.search_detection
        self._tips = np.array(
            [own_tip, own_tip * p.tips.foreign_share, p.tips.lead_days, p.tips.shared_delay_days,
             p.tips.national_delay_days]
        )  # fmt: skip
        self._leak = np.array([p.insiders.leak_probability, p.levers["intelligence"]["leak_share"]])
        stream_names = (Stream.CLEAN_SCORE, Stream.CLEAN_BOX, Stream.BACKGROUND_BOX)
        self._keys = tuple(self.streams.key(name) for name in stream_names)

    @property
    def consignments(self) -> Records:
        """Return the consignments so far."""
        return self.table.rows

    # ---- verbs -------------------------------------------------------------------------------------------------

    def set_capacity(
        self, port: int, scans_per_year: float, units: int, drug_factor: float = 1.0, kit_false_alarm: float = 0.0
    ) -> None:
        """Give a port a yearly scan capacity and the servers that it needs, from this midnight on.

        Without a unit the port searches as many boxes as it would open if it scanned. ``drug_factor`` is that of the
        posture on drug-tasked capacity: the line is staffed for it, or the boxes selected would only wait longer. So it
        is for the searches that second looks bring (those who do them are part of what a second look costs).
        """
        has_scanner = units > 0
        self.has_scanner[port] = has_scanner
        control = self.case.parameters.control
        self.scans_per_year[port] = scans_per_year
        effective = scans_per_year if has_scanner else scans_per_year * control.image_false_alarm
        effective *= 1 + control.drug_tasked_share * (drug_factor - 1)
        added = control.drug_tasked_share * (1 - control.image_false_alarm) * kit_false_alarm
        count = servers(effective, units, has_scanner, float(self._rostered_min[port]), control, added)
        for stage in range(STAGES):
            self.line.set_servers(port, stage, int(count[stage]))

    def drug_slots_per_day(self, posture: Posture) -> Floats:
        """Return drug-tasked slots a day of each port: utilisation x capacity x drug-tasked share."""
        return (
            self._planned_per_day()
            * self.case.parameters.control.drug_tasked_share
            * posture.capacity_scale
            * posture.surge
            * (posture.is_controlled)
        )

    def _planned_per_day(self) -> Floats:
        control, has_scanner = self.case.parameters.control, self.has_scanner
        up = control.scanner_mtbf_days / (control.scanner_mtbf_days + control.scanner_mttr_days)
        effective = np.where(has_scanner, self.scans_per_year * up, self.scans_per_year * control.image_false_alarm)
        planned: Floats = control.utilisation * effective / YEAR_DAYS
        return planned

    def ship(self, day: int, batch: Shipments, posture: Posture) -> slice:
        """Dispatch consignments; some are seized at departure at once. Return their rows."""
        if batch.mass_g.size == 0:
            return slice(self.table.size, self.table.size)
        at = self.table.extend(batch.mass_g.size)
        rows = self.table.rows[at]
        for name in ("lead_lot", "ordinal", "organisation", "departure", "place", "method", "lane", "mass_g", "boxes",
                     "has_foothold"):  # fmt: skip
            rows[name] = getattr(batch, name)
        lead = self.lots["id"][batch.lead_lot]
        luck = self.streams.uniforms(Stream.LUCK, lead, LUCK_WIDTH, epoch=batch.ordinal)
        # No probability is above 1, so none of these comes true.
        luck[np.ix_((lead == self._spared[0]) & (batch.ordinal == self._spared[1]), LUCK_OF_SEIZURE)] = 1.0
        if at.stop > self._luck.shape[0]:
            grown = np.zeros((max(4096, 2 * at.stop), LUCK_WIDTH))
            grown[: at.start] = self._luck[: at.start]
            self._luck = grown
        self._luck[at] = luck
        for name in ("discharge_min", "secured_min", "finish_min", "closed_min", "inland_min"):
            rows[name] = -1
        rows["tip_min"] = NEVER
        rows["dispatch_day"] = day
        rows["ready_min"] = day * DAY_MIN + self._transit_min(batch)
        is_lost = luck[:, Luck.DEPARTURE] < self._departure_chance(batch.lane, posture)
        rows["fate"] = np.where(is_lost, Fate.SEIZED_DEPARTURE, Fate.IN_TRANSIT)
        rows["trigger"] = np.where(is_lost, Trigger.TARGETED, Trigger.NONE)
        rows["step"] = np.where(is_lost, Step.SEARCH, Step.NONE)
        rows["closed_min"][is_lost] = day * DAY_MIN
        self.at_sea = np.concatenate([self.at_sea, np.flatnonzero(~is_lost) + at.start])
        lanes = self.world.lanes
        for i in np.flatnonzero(~is_lost & (batch.lane >= 0) & (lanes.hub[batch.lane] >= 0)).tolist():
            self._to_hubs.setdefault(day + int(lanes.hub_min[batch.lane[i]]) // DAY_MIN, []).append(at.start + i)
        return at

    def _departure_chance(self, lane: Ints, posture: Posture) -> Floats:
        chance: Floats = np.where(
            lane < 0, self.case.parameters.departure.seizure_probability, posture.departure_probability[lane]
        )
        return chance

    def _transit_min(self, batch: Shipments) -> Ints:
        knots_km_per_min = 16 * 1.852 / 60
        by_sea = self.world.sea_km[batch.departure, batch.place] / knots_km_per_min
        is_outside = batch.lane < 0
        on_lane = self.world.lanes.transit_min[np.where(is_outside, 0, batch.lane)]
        return np.where(is_outside, np.rint(by_sea), on_lane).astype(np.int64)

    # ---- the day -----------------------------------------------------------------------------------------------

    def advance_day(self, day: int, posture: Posture) -> Mailbox:
        """Move ships, terminals and control lines from this midnight to the next."""
        rows, now = self.consignments, (day + 1) * DAY_MIN
        p = self.case.parameters
        open_before = self.at_sea.size + self.ashore.size
        self.race.secure(posture.terminal_security)
        self.security_level_days += posture.terminal_security
        self.insiders.standards = posture.standards
        closed_at_hubs = self._pass_hubs(day, posture)
        calls = self.shipping.announce(day)
        arriving = self._discharge(posture, calls)
        exposure = np.zeros(len(self.world.lanes.entry))
        self._select(day, posture, calls, arriving, exposure)
        self._late_tips(day)
        progress = self.line.advance(now)
        settle_clean(
            progress.completed.tag, progress.completed.finish_min, self._times, self._free_days,
            self.control_totals, self.trade_totals,
        )  # fmt: skip
        is_load = progress.completed.tag >= 0
        rows["secured_min"][progress.secured.tag] = progress.secured.secured_min
        rows["finish_min"][progress.completed.tag[is_load]] = progress.completed.finish_min[is_load]
        land_outside(rows, self._luck, self.at_sea, now, p.methods.outside_loss_probability)
        resolve(
            rows, self._luck, self.ashore, now,
            self.race.caught_probability, p.extraction.found_downstream_probability,
        )  # fmt: skip
        closed = [open_rows[rows["closed_min"][open_rows] >= 0] for open_rows in (self.at_sea, self.ashore)]
        closed.append(closed_at_hubs)
        self.at_sea = self.at_sea[rows["closed_min"][self.at_sea] < 0]
        self.ashore = self.ashore[rows["closed_min"][self.ashore] < 0]
        assert self.at_sea.size + self.ashore.size + sum(c.size for c in closed) == open_before
        self._count_caught(closed[1])
        known = np.sort(np.concatenate(closed))
        traces = self.forensics.of_closed(rows, known)
        if day % WEEK_DAYS == WEEK_DAYS - 1:
            traces = joined(traces, self._advance_insiders(day, posture))
        return Mailbox(known, exposure, self.inland.advance(day, rows, self._luck, known), traces)

    def _advance_insiders(self, day: int, posture: Posture) -> Traces:
        """Let a week pass for insiders; return what enquiries into reports of staff led to."""
        before = self.insiders.counts[:, ENQUIRIES].copy()
        self.insiders.advance_week(day, self._jobs, self._caught, posture.terminal_security)
        self._jobs[:], self._caught[:] = 0, 0
        enquiries = (self.insiders.counts[:, ENQUIRIES] - before).astype(np.int64)
        return self.forensics.of_reports(self.consignments, enquiries)

    def _pass_hubs(self, day: int, posture: Posture) -> Ints:
        """Control what passes its hub today, before any ship of the day can bring it on; return what was found."""
        passing = np.array(self._to_hubs.pop(day, []), np.int64)
        if passing.size == 0:
            return passing
        lanes, rows = self.world.lanes, self.consignments
        slots = self.drug_slots_per_day(posture) * (1 - self._hub_control.own_share)
        chance = self._hub_control.chance(slots, posture.separation)
        pass_hubs(
            rows, self._luck, passing, lanes.hub, lanes.hub_min, chance, self.has_scanner,
            self._detection_today(posture)[:, 1],
        )  # fmt: skip
        self.at_sea = self.at_sea[rows["closed_min"][self.at_sea] < 0]
        return passing[rows["closed_min"][passing] >= 0]

    def _count_caught(self, closed: Ints) -> None:
        rows = self.consignments
        caught = closed[rows["fate"][closed] == Fate.SEIZED_EXTRACTION]
        if caught.size:
            np.add.at(self._caught, rows["place"][caught], rows["has_insider"][caught])

    def _discharge(self, posture: Posture, calls: tuple[Ints, Ints, Ints]) -> Ints:
        has_landed = discharge(
            self.consignments, self._luck, self.at_sea, calls[0], calls[1], self.world.lanes.string,
            posture.is_controlled, self._tips,
            (posture.shared_tip_share, posture.received_tip_share, posture.added_tip_share), self._terminal,
            self._times, self._is_reefer, (self.insiders.coverage, self.race.median_min),
        )  # fmt: skip
        arriving: Ints = self.at_sea[has_landed]
        self.at_sea = self.at_sea[~has_landed]
        rows = self.consignments[arriving]
        np.add.at(self._jobs, rows["place"], NEEDS_EXTRACTION[rows["method"]] & (rows["has_foothold"] == 1))
        self.forensics.note_jobs(self.consignments, arriving)
        arriving = arriving[np.lexsort((rows["ordinal"], rows["lead_lot"], rows["place"]))]
        self.ashore = np.concatenate([self.ashore, arriving])
        return arriving

    def _select(
        self, day: int, posture: Posture, calls: tuple[Ints, Ints, Ints], arriving: Ints, exposure: Floats
    ) -> None:
        control = self.case.parameters.control
        planned = self._planned_per_day()
        # Boxes may wait for the next shift: only what is older than a long weekend's plan counts as backlog.
        first_stage = np.where(self.has_scanner, self.line.waiting(RETRIEVE), self.line.waiting(SEARCH))
        backlog = np.maximum(0, first_stage - np.ceil(3 * planned)).astype(np.int64)
        slots, own_share = self.drug_slots_per_day(posture), self._hub_control.own_share
        plan = (
            slots * own_share,
            planned * (1 - control.drug_tasked_share) * self.has_scanner,
            slots * (1 - own_share),
            backlog,
            posture.separation,
            control.random_share,
            control.lane_cap_share,
        )
        lanes = (self._boxes_per_call, self._lane_id, posture.log_odds, exposure)
        port, klass, route, arrival, service, tag = border_day(
            self.consignments, self._luck, arriving, day, calls, self._strings, lanes, self._ports, plan,
            self._carry, self._times, self._clean_today(posture), self._detection_today(posture), self._keys,
        )  # fmt: skip
        assert np.bincount(port, minlength=1).max() < MOST_BOXES_A_DAY, "tags would run over"
        selected = arriving[self.consignments["control"][arriving] == Control.SELECTED]
        selection_min = day * DAY_MIN + SELECTION_MIN
        if selected.size:
            self._warn(selected, np.full(selected.size, selection_min))
        if notice_min := round(control.notice_h * HOUR_MIN):
            arrival = fetched_min(port, klass, arrival, selection_min + notice_min)
        self.line.add(port, klass, route, arrival, service, tag)

    def _detection_today(self, posture: Posture) -> Floats:
        """Return by port, without and with a second look, what `border_day` needs; shape (ports, 2, 6)."""
        detection = np.tile(self._detection, (len(self.world.entry.code), 2, 1))
        images = detection[:, :, :CONTAINER_METHODS]
        np.minimum(images * posture.detection_factor[:, None], 1.0, out=images)
        images[:, 1] += (1 - images[:, 1]) * posture.kit_detection
        return detection

    def _clean_today(self, posture: Posture) -> Floats:
        clean = np.tile(self._clean, (len(self.world.entry.code), 1))
        clean[:, 3] += (1 - clean[:, 3]) * posture.kit_false_alarm
        return clean

    def _warn(self, selected: Ints, known_min: Ints) -> None:
        earliest_min = round(self.case.parameters.insiders.earliest_h * HOUR_MIN)
        warn_teams(self.consignments, self._luck, selected, known_min, self._leak, earliest_min)

    def _late_tips(self, day: int) -> None:
        opens = day * DAY_MIN
        rows = self.consignments
        detection = self.case.parameters.control.search_detection
        late = late_tips(rows, self._luck, self.ashore, opens, opens + DAY_MIN, detection)
        if late.size == 0:
            return
        self._warn(late, rows["tip_min"][late])
        service = np.zeros((late.size, STAGES), np.int64)
        quantile = (self._luck[late, Luck.SEARCH_TIME] * QUANTILES).astype(np.int64)
        service[:, SEARCH] = self._times[SEARCH_TIME, quantile]
        one = np.ones(late.size, np.int64)
        arrival = np.maximum(rows["tip_min"][late], rows["discharge_min"][late])
        self.line.add(rows["place"][late], 0 * one, (1 << SEARCH) * one, arrival, service, late)
