"""What known routes are worth to an organisation for a lot: proceeds, costs, and the rule by which it values them."""

from __future__ import annotations

import dataclasses as dc
from dataclasses import dataclass

import numpy as np

from agents.beliefs import Opinion, mixed_loss
from agents.choice import salience_value, thompson_loss
from agents.loading import boxes_paid
from agents.noise_kernel import pair_uniforms
from agents.routes import Routes
from scenarios.case import Case
from scenarios.world import World
from sim.codes import NEEDS_EXTRACTION, Method
from sim.consignment import Records
from sim.streams import Bools, Floats, Ints, Stream, Streams

METHODS = len(Method)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the organisations of some lots believe and hold, one row an organisation."""

    row: Ints
    """Row of each lot's organisation in the arrays below, shape (lots,)."""
    entry_loss: Floats
    """Shape (rows, places, methods)."""
    departure_loss: Floats
    """Shape (rows, departure ports)."""
    has_foothold: Bools
    """Shape (rows, places); places outside the container terminals need none."""
    market: Ints
    """Destination market, shape (rows,)."""
    price: float
    """EUR/kg."""
    insider_eur: Floats
    """Expected bill for insiders at each port, above the usual one that is part of the fixed cost of a box."""


@dataclass(frozen=True, slots=True)
class Options:
    """The routes open to some lots, one row a lot, one column a route; EUR per kg."""

    route: Ints
    is_open: Bools
    loss: Floats
    """Believed probability of loss on the way."""
    gain: Floats
    """What a delivered kilogram brings, all costs deducted."""
    sunk: Floats
    """What is spent on a kilogram whether it arrives or not."""
    proceeds: Floats
    """Expected, before what is sunk."""
    reference_proceeds: Floats
    """The same by the beliefs and at the price of the beginning: the yardstick for good and bad times."""

    @property
    def netback(self) -> Floats:
        """Return expected netback: what is left to pay at origin."""
        return self.proceeds - self.sunk


class Valuation:
    """Values routes for lots; what does not change during a run is prepared once."""

    def __init__(self, case: Case, world: World, routes: Routes, streams: Streams) -> None:
        """Prepare fees, hauls and limits."""
        self._case, self._routes = case, routes
        c, m = case.parameters.costs, case.parameters.methods
        fee = c.extraction_fee_share
        self._fee = np.array([fee, c.front_firm_share, fee, fee, c.outside_fee_share])
        self._fee_without = np.where(NEEDS_EXTRACTION, c.extraction_fee_without_foothold, self._fee)
        limits = (m.rip_on_limit_kg, m.in_cargo_limit_kg, m.in_structure_limit_kg, m.cooling_unit_limit_kg)
        self.limit_kg = np.array([*limits, m.outside_limit_kg])
        self._origin_haul = world.home.haul_km * (c.origin_haul_eur_per_kg_1000km / 1000)
        self._inland_haul = world.markets.haul_km * (c.inland_haul_eur_per_kg_1000km / 1000)
        p = case.parameters
        self._reference_arrival = (1 - p.departure.seizure_probability) * (1 - p.beliefs.prior_mean)
        self._reference_price = p.market.price_eur_per_kg
        self._market_weight = world.markets.weight
        self._thompson_key = streams.key(Stream.THOMPSON)

    def options(self, lots: tuple[Ints, Ints, Bools], route: Ints, is_open: Bools, at: Situation) -> Options:
        """Return what routes are worth for lots.

        Args:
            lots: mass (g) and home region of each lot, and whether it is to ride with another.
            route: shape (lots, routes); any route where it is not open.
            is_open: which of them can be chosen.
            at: what the organisations believe and hold.
        """
        mass_g, home, rides = lots
        costs, routes = self._case.parameters.costs, self._routes
        departure, place, method = routes.departure[route], routes.place[route], routes.method[route]
        row = at.row[:, None]
        loss = 1 - (1 - at.departure_loss[row, departure]) * (1 - at.entry_loss[row, place, method])
        fee = np.where(at.has_foothold[row, place], self._fee[method], self._fee_without[method])
        delivered = at.price * (1 - fee) - self._inland_haul[place, at.market[row]]
        mass_kg = mass_g[:, None] / 1000
        # Outside the container terminals nobody has to be let in.
        insider_eur = np.concatenate([at.insider_eur, np.zeros(at.has_foothold.shape[1] - at.insider_eur.size)])
        below_kg = self._case.parameters.organisations.merge_below_kg
        boxes = boxes_paid(mass_kg, self.limit_kg[method], below_kg, rides[:, None])
        has_insider = NEEDS_EXTRACTION[method] & at.has_foothold[row, place]
        job_eur = np.where(has_insider, insider_eur[place], 0.0)
        sunk = costs.freight_eur_per_kg + self._origin_haul[home[:, None], departure]
        sunk = sunk + (costs.fixed_eur_per_box * boxes + job_eur) / mass_kg
        reference = self._reference_arrival * (delivered + (self._reference_price - at.price) * (1 - fee))
        return Options(route, is_open, loss, delivered - sunk, sunk, (1 - loss) * delivered, reference)

    def values(self, options: Options, attraction: Floats | None = None) -> Floats:
        """Return the value of each option by the rule of the case (EUR/kg).

        Args:
            options: with losses already drawn for the rule ``thompson``.
            attraction: for the rule ``ewa``: expected proceeds by experience, of each option.
        """
        rule = self._case.behaviour.choice_rule
        if rule == "salience":
            delta = self._case.parameters.choice.salience_delta
            return salience_value(options.gain, -options.sunk, options.loss, delta, available=options.is_open)
        if rule == "ewa" and attraction is not None:
            return attraction - options.sunk
        return options.netback

    def with_drawn_losses(
        self, lot_id: Ints, options: Options, opinion: Opinion, departure_loss: Floats, row: Ints
    ) -> Options:
        """Return the options with own beliefs about entry drawn from their Beta distributions (rule ``thompson``).

        Args:
            lot_id: the draw of a lot and a (place, method) is one number whatever the departure port.
            options: of each lot.
            opinion, departure_loss: of the organisations, one row an organisation.
            row: row of each lot's organisation.
        """
        routes = self._routes
        departure, place, method = (of[options.route] for of in (routes.departure, routes.place, routes.method))
        cell = np.where(options.is_open, routes.cell_id[options.route], -1)
        uniforms = pair_uniforms(self._thompson_key, lot_id, cell)[:, :, 0]
        at = (row[:, None], place, method)
        drawn = thompson_loss(
            uniforms, opinion.losses[at], opinion.observations[at], opinion.expected[row, :, 0], opinion.strength
        )
        news, posture = opinion.news[at], opinion.posture[row[:, None], place, 0]
        entry_loss = mixed_loss(drawn, news, posture, opinion.signal_weight)
        loss = 1 - (1 - departure_loss[row[:, None], departure]) * (1 - entry_loss)
        return dc.replace(options, loss=loss, proceeds=(1 - loss) * (options.gain + options.sunk))

    def mean_delivered(self, price: float) -> Floats:
        """Return what a delivered kilogram brings on average over markets, shape (places, methods), EUR/kg."""
        weight = self._market_weight / self._market_weight.sum()
        delivered: Floats = price * (1 - self._fee) - (self._inland_haul @ weight)[:, None]
        return delivered

    def outcome(
        self, rows: Records, home: Ints, market: Ints, price: float, insider_eur: Floats
    ) -> tuple[Floats, Floats]:
        """Return what delivered consignments bring and what was sunk in them, EUR/kg.

        Args:
            rows: consignments.
            home: home region of each lead lot.
            market: destination market of each organisation.
            price: EUR/kg.
            insider_eur: expected bill for insiders above the usual one, by port.
        """
        costs = self._case.parameters.costs
        fee = np.where(rows["has_foothold"] == 1, self._fee[rows["method"]], self._fee_without[rows["method"]])
        delivered = price * (1 - fee) - self._inland_haul[rows["place"], market]
        sunk = costs.freight_eur_per_kg + self._origin_haul[home, rows["departure"]]
        has_insider = NEEDS_EXTRACTION[rows["method"]] & (rows["has_foothold"] == 1)
        job_eur = np.where(has_insider, insider_eur[np.minimum(rows["place"], insider_eur.size - 1)], 0.0)
        return delivered, sunk + (costs.fixed_eur_per_box * rows["boxes"] + job_eur) / (rows["mass_g"] / 1000)
