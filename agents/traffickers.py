"""Trafficking organisations: who serves which slot, what they know, and how they turn lots into consignments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from scipy.special import ndtri

from agents.beliefs import Beliefs
from agents.choice_kernel import choose_routes, known_routes
from agents.routes import make_routes
from sim.clock import WEEK_DAYS
from sim.codes import SEIZED_AT_ENTRY, Fate
from sim.consignment import PARCEL, Records, Table
from sim.physical_world import Shipments
from sim.streams import Floats, Ints, Stream, Streams
from sim.supply import slot_homes

if TYPE_CHECKING:
    from agents.model import WaterbedModel

_METHODS = 5


class Organisation(mesa.Agent):
    """One trafficking organisation; its beliefs and routes are rows of the arrays of `Traffickers`."""

    def __init__(self, model: WaterbedModel, index: int, slots: Ints, market: int) -> None:
        """Serve ``slots`` (may be none) and supply one destination market."""
        super().__init__(model)
        self.index = index
        self.slots = slots
        self.market = market
        self.pending: list[int] = []

    def take(self, lot: int) -> None:
        """Take a lot that a slot delivers; it waits for the organisation's next decision day."""
        self.pending.append(lot)

    def hand_over(self) -> list[int]:
        """Return the lots that wait for a decision."""
        lots, self.pending = self.pending, []
        return lots


class Traffickers:
    """All organisations of a run, and the arrays they share."""

    def __init__(self, model: WaterbedModel, streams: Streams, lots: Records, idle_organisations: int = 0) -> None:
        """Give out slots, markets, routes and signals; ``idle_organisations`` more of them serve no slot."""
        self.case, self.world, self.lots = model.case, model.world, lots
        case, world = self.case, self.world
        active = case.parameters.organisations.count
        count = active + idle_organisations
        ids = np.arange(count)
        traits = streams.uniforms(Stream.ORGANISATION, ids, 2)
        market = np.searchsorted(np.cumsum(world.markets.weight) / world.markets.weight.sum(), traits[:, 1])
        market = np.minimum(market, len(world.markets.country) - 1)
        weight = traits[:active, 0] ** (-1 / case.parameters.organisations.pareto_exponent)
        slots = case.parameters.organisations.slots
        luck = streams.uniforms(Stream.SLOT_HOLDER, np.arange(slots), active)
        self.holder: Ints = np.argmax(np.log(weight) - np.log(-np.log(luck)), axis=1).astype(np.int64)
        self.organisations = [
            Organisation(model, int(o), np.flatnonzero(self.holder == o), int(market[o])) for o in ids
        ]
        self.routes = make_routes(world, case.parameters.methods)
        homes = slot_homes(world, streams, slots)
        self.known, self._log_weight = self._learn_routes(streams, ids, homes)
        self._terms = self._cost_terms(market)
        self._key = streams.key(Stream.ROUTE_CHOICE)
        self.beliefs = self._start_beliefs(streams, ids)
        self.parcels = Table(PARCEL)
        self._next_lot = 0
        self._current: tuple[Floats, Floats] | None = None

    def _learn_routes(self, streams: Streams, ids: Ints, homes: Ints) -> tuple[Ints, Floats]:
        """Return the routes each organisation knows and their log weights.

        Large lanes near its slots' home regions are known more often. So that size does not count twice, the weight
        of a known route is divided by the probability that it is known: choice among known routes then follows, in
        expectation, the logit over all routes (McFadden 1978, sampling of alternatives).
        """
        routes, case, world = self.routes, self.case, self.world
        per_km = case.parameters.costs.origin_haul_eur_per_kg_1000km / 1000
        haul = np.zeros((ids.size, len(world.departure.code)))
        for organisation in self.organisations:
            own = homes[organisation.slots] if organisation.slots.size else np.arange(len(world.home.name))
            haul[organisation.index] = world.home.haul_km[own].mean(axis=0) * per_km
        attraction = routes.log_size - haul[:, routes.departure] / case.parameters.choice.temperature_eur_per_kg
        ports = len(world.entry.code)
        unknown = [i for i, code in enumerate(world.entry.code) if code in case.scenario.unknown_ports]
        attraction[:, np.isin(routes.place, unknown) & (routes.place < ports)] = -np.inf
        most = case.parameters.organisations.known_routes
        known, log_inclusion = known_routes(attraction, routes.id, ids, most, streams.key(Stream.KNOWN_ROUTES))
        return known, case.parameters.choice.lane_exponent * routes.log_size[known] - log_inclusion

    def _cost_terms(self, market: Ints) -> tuple[Any, ...]:
        p, world = self.case.parameters, self.world
        c, m = p.costs, p.methods
        extraction = c.extraction_fee_share
        fee = np.array([extraction, c.front_firm_share, extraction, extraction, c.outside_fee_share])
        limits = (
            m.rip_on_limit_kg,
            m.in_cargo_limit_kg,
            m.in_structure_limit_kg,
            m.cooling_unit_limit_kg,
            m.outside_limit_kg,
        )
        self.limit_kg = np.array(limits)
        return (
            world.home.haul_km * (c.origin_haul_eur_per_kg_1000km / 1000),
            np.ascontiguousarray(world.markets.haul_km[:, market].T) * (c.inland_haul_eur_per_kg_1000km / 1000),
            fee,
            self.limit_kg,
            c.freight_eur_per_kg,
            c.fixed_eur_per_box,
            p.organisations.merge_below_kg,
            p.choice.temperature_eur_per_kg,
        )

    def _start_beliefs(self, streams: Streams, ids: Ints) -> Beliefs:
        p, world = self.case.parameters.beliefs, self.world
        place_id = np.concatenate([world.entry.global_id, world.coasts.global_id])
        pairs = (ids[:, None] * 1024 + place_id).ravel()
        shape = (ids.size, place_id.size)
        traffic = ndtri(streams.uniforms(Stream.TRAFFIC_ERROR, pairs, 1).reshape(shape))
        posture = ndtri(streams.uniforms(Stream.POSTURE_NOISE, pairs, 1).reshape(shape))
        return Beliefs(
            self.case,
            traffic_error=np.exp(p.traffic_error_log_sd * traffic),
            posture_noise=p.posture_noise_log_sd * posture[:, : len(world.entry.code)],
            departures=len(world.departure.code),
            methods=_METHODS,
        )

    # ---- the day -----------------------------------------------------------------------------------------------

    def supply(self, day: int) -> None:
        """Hand the lots that arrive today to the organisations that serve their slots."""
        arrival = self.lots["arrival_day"]
        while self._next_lot < arrival.size and arrival[self._next_lot] == day:
            self.organisations[self.holder[self.lots["slot"][self._next_lot]]].take(self._next_lot)
            self._next_lot += 1

    def decide(self, day: int, price: float) -> Shipments | None:
        """Let the organisations whose weekday it is decide on their lots; return what they ship."""
        groups = [
            (organisation.index, organisation.hand_over())
            for organisation in self.organisations[day % WEEK_DAYS :: WEEK_DAYS]
            if organisation.pending
        ]
        if not groups:
            return None
        lot = np.array([row for _, rows in groups for row in rows], np.int64)
        holder = np.array([index for index, rows in groups for _ in rows], np.int64)
        lots, routes = self.lots[lot], self.routes
        chosen, expected = choose_routes(
            lots["mass_g"].copy(), holder, lots["home"].copy(), lots["id"].copy(), self.known,
            self._log_weight, (routes.departure, routes.place, routes.method, routes.id),
            self.current_beliefs(day), price, self._terms, self._key,
        )  # fmt: skip
        is_offered = chosen >= 0
        if self.case.switches.elastic_supply:
            is_offered &= expected >= lots["reservation_eur_per_kg"]
        self.lots["fate_unshipped"][lot[~is_offered]] = Fate.NOT_OFFERED
        return self._load(lot[is_offered], holder[is_offered], chosen[is_offered])

    def current_beliefs(self, day: int) -> tuple[Floats, Floats]:
        """Return believed losses at entry and at departure, computed once a week."""
        if day % WEEK_DAYS == 0 or self._current is None:
            self._current = (self.beliefs.entry_loss(day), self.beliefs.departure_loss())
        return self._current

    def _load(self, lot: Ints, holder: Ints, route: Ints) -> Shipments | None:
        """Put lots into boxes of the method's load and boxes into bookings; small lots ride with larger ones."""
        if lot.size == 0:
            return None
        per_booking = self.case.parameters.organisations.boxes_per_booking
        box_g = np.rint(self.limit_kg * 1000).astype(np.int64)
        below_g = round(self.case.parameters.organisations.merge_below_kg * 1000)
        columns: list[tuple[int, int, int, int]] = []  # lead lot, ordinal, route, grams
        parcels: list[tuple[int, int, int]] = []  # lot, consignment in this batch, grams
        carriers: dict[tuple[int, int], int] = {}
        mass, home = self.lots["mass_g"][lot].tolist(), self.lots["home"][lot].tolist()
        # Largest first (ties by row), so that a small lot finds its carrier; the order of organisations is kept.
        order = sorted(range(lot.size), key=lambda i: (int(holder[i]), -mass[i], int(lot[i])))
        for i in order:
            row, grams, group = int(lot[i]), mass[i], (int(holder[i]), home[i])
            carrier = carriers.get(group)
            if carrier is not None and grams < below_g:
                lead, ordinal, carried_by, loaded = columns[carrier]
                if loaded + grams <= per_booking * box_g[self.routes.method[carried_by]]:
                    columns[carrier] = (lead, ordinal, carried_by, loaded + grams)
                    parcels.append((row, carrier, grams))
                    continue
            boxes = -(-grams // int(box_g[self.routes.method[route[i]]]))
            count = -(-boxes // per_booking)
            carriers.setdefault(group, len(columns))
            for ordinal in range(count):
                part = grams // count + (ordinal < grams % count)
                parcels.append((row, len(columns), part))
                columns.append((row, ordinal, int(route[i]), part))
        self._batch_parcels = np.array(parcels, np.int64)
        return self._shipments(columns, box_g, dict(zip(lot.tolist(), holder.tolist(), strict=True)))

    def _shipments(self, columns: list[tuple[int, int, int, int]], box_g: Ints, holder: dict[int, int]) -> Shipments:
        lead, ordinal, route, grams = (np.array(c, np.int64) for c in zip(*columns, strict=True))
        return Shipments(
            lead_lot=lead,
            ordinal=ordinal,
            organisation=np.array([holder[row] for row in lead.tolist()], np.int64),
            departure=self.routes.departure[route],
            place=self.routes.place[route],
            method=self.routes.method[route],
            lane=self.routes.lane[route],
            mass_g=grams,
            boxes=-(-grams // box_g[self.routes.method[route]]),
            has_foothold=np.ones_like(grams),
        )

    def book(self, at: slice) -> None:
        """Note the parcels of the batch just shipped, whose consignments are the rows ``at``."""
        where = self.parcels.extend(len(self._batch_parcels))
        new = self.parcels.rows[where]
        new["lot"], new["mass_g"] = self._batch_parcels[:, 0], self._batch_parcels[:, 2]
        new["consignment"] = self._batch_parcels[:, 1] + at.start

    def learn(self, day: int, shipped: Records, closed: Records) -> None:
        """Learn from departures of today's shipments and from consignments that closed today."""
        beliefs = self.beliefs
        if shipped.size:
            lost = (shipped["fate"] == Fate.SEIZED_DEPARTURE).astype(np.int64)
            beliefs.observe_departures(shipped["organisation"], shipped["departure"], lost)
        if closed.size:
            lost = np.isin(closed["fate"], SEIZED_AT_ENTRY).astype(np.int64)
            beliefs.observe_outcomes(day, closed["organisation"], closed["place"], closed["method"], lost)
        beliefs.publish(day)
        if day % WEEK_DAYS == WEEK_DAYS - 1:
            beliefs.fade(WEEK_DAYS)
