"""Trafficking organisations: how they decide on their lots, ship them, and learn what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from agents.attractions import Attractions
from agents.beliefs import Beliefs
from agents.capital import Capital, working_capital_eur
from agents.choice import best_number_of_consignments
from agents.choosing import Choice, Chosen, Reference
from agents.controls import Arrest
from agents.cooperation import cooperation
from agents.disruption import Disruption
from agents.knowledge import NO_ROUTE, Knowledge
from agents.loading import Load, boxes_needed, can_ride, load
from agents.organisation import Organisation
from agents.routes import make_routes
from agents.succession import Succession
from agents.timing import are_held, worth_of_waiting
from agents.valuation import METHODS, Options, Situation, Valuation
from sim.clock import WEEK_DAYS, YEAR_DAYS
from sim.codes import IS_LOST, IS_SEIZED_AT_ENTRY, NEEDS_EXTRACTION, Fate, Step
from sim.consignment import PARCEL, Records, Table
from sim.physical_world import Shipments
from sim.streams import Bools, Floats, Ints, Stream, Streams
from sim.supply import slot_homes

if TYPE_CHECKING:
    from agents.model import WaterbedModel

_USUAL_MEMORY = 0.1
"""Weight of the latest decision in what an organisation takes for usual times (assumption)."""

_LOOK_AHEAD_DAYS = 4 * WEEK_DAYS
"""What holding is expected to bring is reckoned over so long, at every look (assumption)."""


class Traffickers:
    """All organisations of a run, and the arrays they share."""

    def __init__(self, model: WaterbedModel, streams: Streams, lots: Records, idle_organisations: int = 0) -> None:
        """Give out slots, markets, routes and signals; ``idle_organisations`` more of them serve no slot."""
        self.case, self.world, self.lots, self._streams = model.case, model.world, lots, streams
        case, world, p = self.case, self.world, self.case.parameters
        starters = p.organisations.count
        reserve = round(p.capital.reserve_share * starters) if case.switches.perpetrator else 0
        count = starters + reserve + idle_organisations
        ids = np.arange(count)
        traits = streams.uniforms(Stream.ORGANISATION, ids, 3)
        market = np.searchsorted(np.cumsum(world.markets.weight) / world.markets.weight.sum(), traits[:, 1])
        self._market: Ints = np.minimum(market, len(world.markets.country) - 1)
        self._risk_aversion: Floats = -p.sizes.risk_aversion * np.log(traits[:, 2])
        log_weight = -np.log(traits[:, 0]) / p.organisations.pareto_exponent
        slots = p.organisations.slots
        luck = streams.uniforms(Stream.SLOT_HOLDER, np.arange(slots), starters)
        self.first_holder: Ints = np.argmax(log_weight[:starters] - np.log(-np.log(luck)), axis=1).astype(np.int64)
        self.organisations = [Organisation(model, int(o), np.flatnonzero(self.first_holder == o)) for o in ids]
        self._homes = slot_homes(world, streams, slots)
        self.routes = make_routes(world, p.methods, case.scenario.unknown_ports)
        self.valuation = Valuation(case, world, self.routes, streams)
        self.choice = Choice(case, self.routes, streams)
        self.knowledge = self._start_knowledge(count)
        begun = np.concatenate([ids[:starters], ids[starters + reserve :]])
        self.knowledge.begin(begun, self._attraction(begun), 0)
        self._first_routes = self.knowledge.routes.copy(), self.knowledge.log_inclusion.copy()
        self._first_footholds = self.knowledge.foothold_day.copy()
        self.beliefs = self._start_beliefs(ids, starters)
        slots_held = np.bincount(self.first_holder, minlength=count)
        self.capital = Capital(working_capital_eur(p, slots_held))
        self.succession = Succession(case, streams, log_weight, starters, reserve, self.first_holder)
        self.disruption = Disruption(
            p.disruption, streams, count, world.entry.global_id, has_successors=case.switches.perpetrator
        )
        self.attractions = self._start_attractions(count)
        self.usual_advantage: Floats = np.full(count, np.nan)
        self.price, self._insider_eur = p.market.price_eur_per_kg, np.zeros(len(world.entry.code))
        self.parcels = Table(PARCEL)
        self._next_lot = 0
        self._load: Load | None = None

    def _start_knowledge(self, count: int) -> Knowledge:
        world, unknown = self.world, self.case.scenario.unknown_ports
        boxes = np.where(np.isin(world.entry.code, unknown), 0.0, world.at_risk_boxes)
        log_boxes = np.log(boxes, where=boxes > 0, out=np.full(boxes.size, -np.inf))
        p = self.case.parameters
        return Knowledge(
            p.knowledge, p.organisations.known_routes, self.routes.id, self._streams, count, world.entry.global_id,
            log_boxes,
        )  # fmt: skip

    def _attraction(self, organisations: Ints) -> Floats:
        """Return the log weight with which organisations come to know routes: large lanes near their home regions."""
        world, routes, case = self.world, self.routes, self.case
        per_km = case.parameters.costs.origin_haul_eur_per_kg_1000km / 1000
        haul = np.zeros((organisations.size, len(world.departure.code)))
        for row, o in enumerate(organisations):
            slots = self.organisations[o].slots
            own = self._homes[slots] if slots else np.arange(len(world.home.name))
            haul[row] = world.home.haul_km[own].mean(axis=0) * per_km
        attraction = routes.log_size - haul[:, routes.departure] / case.parameters.choice.temperature_eur_per_kg
        unknown = [i for i, code in enumerate(world.entry.code) if code in case.scenario.unknown_ports]
        attraction[:, np.isin(routes.place, unknown)] = -np.inf
        return attraction

    def _start_beliefs(self, ids: Ints, starters: int) -> Beliefs:
        p, world, streams = self.case.parameters.beliefs, self.world, self._streams
        place_id = np.concatenate([world.entry.global_id, world.coasts.global_id])
        pairs = (ids[:, None] * 1024 + place_id).ravel()
        shape = (ids.size, place_id.size)
        traffic = ndtri(streams.uniforms(Stream.TRAFFIC_ERROR, pairs, 1).reshape(shape))
        posture = ndtri(streams.uniforms(Stream.POSTURE_NOISE, pairs, 1).reshape(shape))
        key = streams.key(Stream.COOPERATION)
        known = cooperation(
            self.case.behaviour.cooperation, starters, p.cooperation_degree, p.cooperation_rewiring, key
        )
        neighbours = np.full((ids.size, known.shape[1]), -1)
        neighbours[:starters] = known
        return Beliefs(
            self.case,
            traffic_error=np.exp(p.traffic_error_log_sd * traffic),
            posture_noise=p.posture_noise_log_sd * posture[:, : len(world.entry.code)],
            departures=len(world.departure.code),
            methods=METHODS,
            neighbours=neighbours,
        )

    def _start_attractions(self, count: int) -> Attractions | None:
        if self.case.behaviour.choice_rule != "ewa" or not self.case.switches.beliefs:
            return None
        p = self.case.parameters
        gross = self.valuation.mean_delivered(p.market.price_eur_per_kg)
        return Attractions(p.choice, (1 - p.beliefs.prior_mean) * gross, count)

    # ---- the day -----------------------------------------------------------------------------------------------

    def suffer(self, arrests: list[Arrest], day: int) -> None:
        """Let organisations lose what arrests take from them."""
        for arrest in arrests:
            has_slots = bool((self.succession.holder == arrest.organisation).any())
            self.disruption.strike(arrest, day, self.capital, self.knowledge, has_slots=has_slots)

    def supply(self, day: int) -> None:
        """Hand the lots that arrive today to the organisations that serve their slots."""
        arrival = self.lots["arrival_day"]
        while self._next_lot < arrival.size and arrival[self._next_lot] == day:
            self.organisations[self.succession.holder[self.lots["slot"][self._next_lot]]].take(self._next_lot)
            self._next_lot += 1

    def decide(self, day: int, price: float, insider_eur: Floats) -> Shipments | None:
        """Let the organisations whose weekday it is decide on their lots; return what they ship.

        Args:
            day: today.
            price: EUR/kg.
            insider_eur: expected bill for insiders above the usual one, by port.
        """
        self.price, self._insider_eur = price, insider_eur
        deciding = self.organisations[day % WEEK_DAYS :: WEEK_DAYS]
        groups = [(o.index, o.hand_over()) for o in deciding if o.pending]
        if self.case.switches.perpetrator:
            groups = self._take_over(groups, day)
        if not groups:
            return None
        lot = np.array([row for _, rows in groups for row in rows], np.int64)
        holder = np.array([index for index, rows in groups for _ in rows], np.int64)
        lots = self.lots[lot]
        reference = self._reference(lots)
        below_kg = self.case.parameters.organisations.merge_below_kg if self.case.switches.size else 0.0
        rides = can_ride(lots["mass_g"] / 1000, self._group(holder, lots), below_kg)
        routes, log_inclusion = self.knowledge.routes[holder], self.knowledge.log_inclusion[holder]
        if reference is not None and reference.limits_routes(self.case.switches):
            routes, log_inclusion = self._with_reference(routes, log_inclusion, reference)
        situation = self._situation(holder, day, price, insider_eur)
        if reference is not None:
            allowed = reference.allows(self.case.switches, self.routes, np.maximum(routes, 0))
            routes = np.where(allowed, routes, NO_ROUTE)
        options = self._options(lots, routes, rides, situation)
        value = self._values(lots, holder, options, day)
        chosen = self.choice.choose(lots["id"].copy(), options, value, log_inclusion)
        goes = self._settle_unshipped(lot, holder, lots, chosen, day)
        return self._ship(lot, holder, lots, options, chosen, reference, goes, day)

    def _take_over(self, groups: list[tuple[int, list[int]]], day: int) -> list[tuple[int, list[int]]]:
        """Let organisations that have failed hand over their slots and lots; return who decides on which lots."""
        failed = [o for o, _ in groups if self.capital.has_failed[o]]
        if not failed:
            return groups
        profit = self.succession.netback - self.case.parameters.supply.outside_netback_eur_per_kg
        newcomers = self.succession.replace(failed, profit, self.capital.has_failed)
        for predecessor in failed:
            self.beliefs.inherit_ties([new for new, old in newcomers if old == predecessor], predecessor)
        holder = self.succession.holder
        for o in self.organisations:
            o.slots = []
        for slot, o in enumerate(holder.tolist()):
            self.organisations[o].slots.append(slot)
        for organisation, _ in newcomers:
            self.knowledge.begin(np.array([organisation]), self._attraction(np.array([organisation])), day)
        handed: dict[int, list[int]] = {}
        for _, rows in groups:
            for row in rows:
                handed.setdefault(int(holder[self.lots["slot"][row]]), []).append(row)
        return sorted(handed.items())

    # ---- what is held fixed ------------------------------------------------------------------------------------

    def _reference(self, lots: Records) -> Reference | None:
        """Return what lots would do in their reference state, or None while no switch needs it.

        The first holder of the slot chooses with the routes, footholds and beliefs of the beginning, at the reference
        price: nothing that can differ between arms.
        """
        switches = self.case.switches
        if switches.spatial and switches.tactical and switches.upstream and switches.size:
            return None
        holder = self.first_holder[lots["slot"]]
        rows, row = np.unique(holder, return_inverse=True)
        situation = Situation(
            row, self.beliefs.unmoved_entry_loss(rows.size), self.beliefs.unmoved_departure_loss(rows.size),
            self._are_footholds(self._first_footholds[rows], 0), self._market[rows],
            self.case.parameters.market.price_eur_per_kg, np.zeros(len(self.world.entry.code)),
        )  # fmt: skip
        # Who rides with whom may differ between arms: here nobody does.
        alone = np.zeros(lots.size, np.bool_)
        options = self._options(lots, self._first_routes[0][holder], alone, situation)
        inclusion, ids = self._first_routes[1][holder], lots["id"].copy()
        chosen = self.choice.choose(ids, options, options.netback, inclusion)
        route = chosen.route
        container = self.choice.best_container_route(ids, options, options.netback, inclusion)
        method = np.where(container >= 0, self.routes.method[container], -1)
        least = self._least_consignments(lots["mass_g"], self.routes.method[np.maximum(route, 0)])
        return Reference(route, method, least, inclusion[np.arange(route.size), chosen.column])

    def _with_reference(self, routes: Ints, log_inclusion: Floats, reference: Reference) -> tuple[Ints, Floats]:
        """Return known routes and, where it is not among them, the reference route in one column more."""
        is_known = (routes == reference.route[:, None]).any(axis=1)
        more = np.where(is_known, NO_ROUTE, reference.route)
        return np.column_stack([routes, more]), np.column_stack([log_inclusion, reference.log_inclusion])

    # ---- valuing -----------------------------------------------------------------------------------------------

    def _situation(self, holder: Ints, day: int, price: float, insider_eur: Floats) -> Situation:
        rows, row = np.unique(holder, return_inverse=True)
        footholds = self._are_footholds(self.knowledge.foothold_day[rows], day)
        return Situation(
            row, self.beliefs.entry_loss(day, rows), self.beliefs.departure_loss(rows), footholds, self._market[rows],
            price, insider_eur,
        )  # fmt: skip

    def _are_footholds(self, foothold_day: Ints, day: int) -> Bools:
        """Return where organisations have footholds; outside the container terminals none is needed."""
        coasts = np.ones((foothold_day.shape[0], len(self.world.coasts.name)), np.bool_)
        return np.column_stack([foothold_day <= day, coasts])

    def _options(self, lots: Records, routes: Ints, rides: Bools, situation: Situation) -> Options:
        is_open, about = routes != NO_ROUTE, (lots["mass_g"], lots["home"], rides)
        return self.valuation.options(about, np.where(is_open, routes, 0), is_open, situation)

    def _group(self, holder: Ints, lots: Records) -> Ints:
        """Return organisation and home region of lots as one number: those of a group can ride together."""
        group: Ints = holder * len(self.world.home.name) + lots["home"]
        return group

    def _values(self, lots: Records, holder: Ints, options: Options, day: int) -> Floats:
        routes = self.routes
        place, method = routes.place[options.route], routes.method[options.route]
        if self.attractions is not None:
            row = np.arange(holder.size)[:, None]
            leaves = 1 - self.beliefs.departure_loss(holder)[row, routes.departure[options.route]]
            return self.valuation.values(options, leaves * self.attractions.proceeds[holder[:, None], place, method])
        if self.case.behaviour.choice_rule == "thompson" and self.case.switches.beliefs:
            rows, row = np.unique(holder, return_inverse=True)
            drawn = self.valuation.with_drawn_losses(
                lots["id"].copy(), options, self.beliefs.opinion(day, rows), self.beliefs.departure_loss(rows), row
            )
            return self.valuation.values(drawn)
        return self.valuation.values(options)

    # ---- not shipping ------------------------------------------------------------------------------------------

    def _settle_unshipped(self, lot: Ints, holder: Ints, lots: Records, chosen: Chosen, day: int) -> Bools:
        """Decide which lots go; keep those that are held, and note the fate of those that are given up."""
        goes = chosen.route >= 0
        self.succession.note(chosen.netback)
        held_days = day - lots["arrival_day"]
        if self.case.switches.elastic_supply:
            goes &= chosen.netback >= lots["reservation_eur_per_kg"]
        is_held, is_idle = np.zeros(lot.size, np.bool_), self.disruption.is_idle(holder, day)
        if self.case.switches.temporal:
            # What was never worth offering is not held either.
            was_offered = goes | (lots["held_days"] > 0)
            # Who cannot ship holds what it has for as long as lots keep.
            can_wait = held_days < self.case.parameters.timing.most_held_days
            waits = np.where(is_idle, can_wait, self._are_held(holder, lots, chosen, held_days))
            is_held = (chosen.route >= 0) & was_offered & waits
            for row, o in zip(lot[is_held].tolist(), holder[is_held].tolist(), strict=True):
                self.organisations[o].take(row)
            self._pay_holding(holder[is_held], lots["mass_g"][is_held])
        goes &= ~is_idle
        given_up = ~goes & ~is_held
        # What was offered and held before goes to other markets; what never was is the producers' affair.
        fate = np.where(self.lots["held_days"][lot] > 0, Fate.DIVERTED, Fate.NOT_OFFERED)
        self.lots["fate_unshipped"][lot[given_up]] = fate[given_up]
        self.lots["held_days"][lot[is_held]] = held_days[is_held] + 1
        return goes & ~is_held

    def _pay_holding(self, holder: Ints, mass_g: Ints) -> None:
        per_kg = self.case.parameters.timing.holding_eur_per_kg_month * 12 * WEEK_DAYS / YEAR_DAYS
        self.capital.settle(holder, -per_kg * mass_g / 1000)

    def _are_held(self, holder: Ints, lots: Records, chosen: Chosen, held_days: Ints) -> Bools:
        p = self.case.parameters
        usual = self.usual_advantage[holder]
        usual = np.where(np.isnan(usual), chosen.advantage, usual)
        tied_up = p.costs.origin_price_eur_per_kg + p.costs.freight_eur_per_kg
        worth = worth_of_waiting(usual - chosen.advantage, _LOOK_AHEAD_DAYS, p.timing, tied_up)
        luck = self._streams.uniforms(Stream.HOLDING, lots["id"].copy(), 1)[:, 0]
        # The last lot of a decision stands for the times that all of them see.
        self.usual_advantage[holder] = (1 - _USUAL_MEMORY) * usual + _USUAL_MEMORY * chosen.advantage
        return are_held(worth, held_days, luck, p.timing)

    # ---- shipping ----------------------------------------------------------------------------------------------

    def _least_consignments(self, mass_g: Ints, method: Ints) -> Ints:
        boxes = boxes_needed(mass_g / 1000, self.valuation.limit_kg[method])
        least: Ints = -(-boxes // self.case.parameters.organisations.boxes_per_booking)
        return least

    def _consignments(self, lots: Records, holder: Ints, options: Options, chosen: Chosen, goes: Ints) -> Ints:
        """Return into how many consignments lots are split: optimal against risk (FORMULAS of agents.choice)."""
        p = self.case.parameters
        column, mass_kg = chosen.column[goes], lots["mass_g"][goes] / 1000
        gain, sunk, loss = (of[goes, column] for of in (options.gain, options.sunk, options.loss))
        method = self.routes.method[chosen.route[goes]]
        boxes = boxes_needed(mass_kg, self.valuation.limit_kg[method])
        least = self._least_consignments(lots["mass_g"][goes], method)
        tied_up = (sunk + p.costs.origin_price_eur_per_kg) * mass_kg
        return best_number_of_consignments(
            np.maximum((gain + sunk) * mass_kg, 0.0), tied_up, np.maximum(self.capital.eur[holder[goes]], tied_up),
            np.clip(loss, 0.0, 1.0), p.costs.fixed_eur_per_box, self._risk_aversion[holder[goes]],
            p.sizes.batch_correlation, least, p.sizes.most_consignments, boxes,
        )  # fmt: skip

    def _ship(
        self, lot: Ints, holder: Ints, lots: Records, options: Options, chosen: Chosen, reference: Reference | None,
        is_going: Bools, day: int,
    ) -> Shipments | None:  # fmt: skip
        goes = np.flatnonzero(is_going)
        if goes.size == 0:
            return None
        organisations = self.case.parameters.organisations
        route, can_merge = chosen.route[goes], self.case.switches.size
        box_g = np.rint(self.valuation.limit_kg * 1000).astype(np.int64)
        if can_merge:
            count = self._consignments(lots, holder, options, chosen, goes)
        else:
            assert reference is not None
            count = reference.consignments[goes]
        allowed = (
            None
            if reference is None
            else reference.allows(self.case.switches, self.routes, np.tile(route, (lot.size, 1)))[goes]
        )
        group = self._group(holder[goes], lots[goes])
        self._load = load(
            lot[goes], lots["mass_g"][goes], group, route, count,
            round(organisations.merge_below_kg * 1000) if can_merge else 0,
            organisations.boxes_per_booking * box_g[self.routes.method[route]],
            lambda rider, carrier: allowed is None or bool(allowed[rider, carrier]),
        )  # fmt: skip
        return self._shipments(
            self._load, dict(zip(lot[goes].tolist(), holder[goes].tolist(), strict=True)), box_g, day
        )

    def _shipments(self, loaded: Load, holder: dict[int, int], box_g: Ints, day: int) -> Shipments:
        route, routes = loaded.route, self.routes
        organisation = np.array([holder[row] for row in loaded.lead_lot.tolist()], np.int64)
        method, place = routes.method[route], routes.place[route]
        port = np.where(place < len(self.world.entry.code), place, -1)
        builders = self.knowledge.use(organisation, route, port, NEEDS_EXTRACTION[method].astype(np.int64), day)
        self._pay_footholds(builders)
        return Shipments(
            lead_lot=loaded.lead_lot,
            ordinal=loaded.ordinal,
            organisation=organisation,
            departure=routes.departure[route],
            place=place,
            method=method,
            lane=routes.lane[route],
            mass_g=loaded.mass_g,
            boxes=-(-loaded.mass_g // box_g[method]),
            has_foothold=((port < 0) | (self.knowledge.foothold_day[organisation, port] <= day)).astype(np.int64),
        )

    def _pay_footholds(self, builders: Ints) -> None:
        self.capital.settle(builders, np.full(builders.size, -self.case.parameters.knowledge.foothold_cost_eur))

    def book(self, at: slice) -> None:
        """Note the parcels of the batch just shipped, whose consignments are the rows ``at``."""
        if self._load is None:
            return
        where = self.parcels.extend(self._load.parcel_lot.size)
        new = self.parcels.rows[where]
        new["lot"], new["mass_g"] = self._load.parcel_lot, self._load.parcel_g
        new["consignment"] = self._load.parcel_consignment + at.start
        self._load = None

    # ---- learning ----------------------------------------------------------------------------------------------

    def learn(self, day: int, shipped: Records, closed: Records, is_month_end: bool) -> None:
        """Learn from departures of today's shipments and from consignments that closed today."""
        beliefs = self.beliefs
        if shipped.size:
            lost = (shipped["fate"] == Fate.SEIZED_DEPARTURE).astype(np.int64)
            beliefs.observe_departures(shipped["organisation"], shipped["departure"], lost)
            self._settle(shipped[lost == 1])
        if closed.size:
            is_lost = IS_LOST[closed["fate"]]
            # Abandoned loads are nobody's news, and a find at a hub is not one at the port of entry.
            is_public = IS_SEIZED_AT_ENTRY[closed["fate"]] & (closed["fate"] != Fate.SEIZED_HUB)
            beliefs.observe_outcomes(
                day, closed["organisation"], closed["place"], closed["method"], is_lost.astype(np.int64),
                is_public.astype(np.int64),
            )  # fmt: skip
            self._settle(closed)
            np.add.at(self.knowledge.losses_of_month, closed["organisation"][is_lost], 1)
            self._lose_footholds(closed[closed["step"] == Step.ARREST])
            self._learn_attractions(closed, is_lost, day)
        beliefs.publish(day)
        if day % WEEK_DAYS == WEEK_DAYS - 1:
            beliefs.fade(WEEK_DAYS)
        if is_month_end:
            active = np.array([o.index for o in self.organisations if o.slots], np.int64)
            explored, builders = self.knowledge.end_month(active, day)
            self._pay_footholds(builders)
            self.capital.settle(
                active, -self.case.parameters.knowledge.exploration_cost_eur * explored.astype(np.float64)
            )

    def _settle(self, rows: Records) -> None:
        """Book what consignments brought their owners, or cost them."""
        home = self.lots["home"][rows["lead_lot"]]
        market = self._market[rows["organisation"]]
        delivered, sunk = self.valuation.outcome(rows, home, market, self.price, self._insider_eur)
        is_lost = IS_LOST[rows["fate"]] | (rows["fate"] == Fate.SEIZED_DEPARTURE)
        origin = self.case.parameters.costs.origin_price_eur_per_kg
        profit = (np.where(is_lost, 0.0, delivered) - sunk - origin) * rows["mass_g"] / 1000
        self.capital.settle(rows["organisation"], profit)

    def _lose_footholds(self, arrests: Records) -> None:
        at_port = arrests[arrests["place"] < len(self.world.entry.code)]
        if at_port.size:
            lead = self.lots["id"][at_port["lead_lot"]]
            luck = self._streams.uniforms(Stream.FOOTHOLD_LOSS, lead, 1, epoch=at_port["ordinal"].copy())[:, 0]
            is_lost = luck < self.case.parameters.knowledge.foothold_arrest_loss
            self.knowledge.lose_footholds(at_port["organisation"][is_lost], at_port["place"][is_lost])

    def _learn_attractions(self, closed: Records, is_lost: Bools, day: int) -> None:
        if self.attractions is None:
            return
        gross = self.valuation.mean_delivered(self.price)
        foregone = (1 - self.beliefs.public_loss(closed["organisation"])) * gross
        received = np.where(is_lost, 0.0, gross[closed["place"], closed["method"]])
        self.attractions.learn(closed["organisation"], closed["place"], closed["method"], received, foregone)
