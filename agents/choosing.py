"""How organisations choose routes for lots: values, noise that belongs to pairs, and what the switches hold fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.choice import log_positive_stable, nested_logit_shares, nested_noise, size_weight
from agents.noise_kernel import gumbel_rows, pair_uniforms
from agents.routes import Routes
from agents.valuation import Options
from scenarios.assumptions import PORT_RANGES
from scenarios.case import Case, Switches
from sim.codes import Method
from sim.streams import Bools, Floats, Ints, Stream, Streams


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for each lot, and what its organisation expected of all that it could have chosen."""

    route: Ints
    """-1 where nothing is open."""
    column: Ints
    """Of the route among the options."""
    netback: Floats
    """Expected over the options (EUR/kg)."""
    advantage: Floats
    """Expected proceeds less those by the beliefs and at the price of the beginning: how good the times are."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What each lot would do in its reference state, the same in every arm: what switches hold fixed."""

    route: Ints
    container_method: Ints
    """Method of the best route through a container terminal, -1 if there is none."""
    consignments: Ints
    log_inclusion: Floats
    """Logarithm of the probability that the route was known."""

    def limits_routes(self, switches: Switches) -> bool:
        """Return whether a switch that is off holds routes fixed, and not only the number of consignments."""
        return not (switches.spatial and switches.tactical and switches.upstream)

    def allows(self, switches: Switches, routes: Routes, route: Ints) -> Bools:
        """Return which routes of each lot leave what is switched off as it is, shape of ``route`` (lots, ...)."""
        own = self.route.reshape(-1, *[1] * (route.ndim - 1))
        container_method = self.container_method.reshape(own.shape)
        allowed = np.ones(route.shape, np.bool_)
        if self.limits_routes(switches):
            allowed &= own >= 0
        if not switches.upstream:
            allowed &= routes.departure[route] == routes.departure[own]
        if not switches.spatial:
            allowed &= routes.place[route] == routes.place[own]
        if not switches.tactical:
            allowed &= (routes.method[route] == container_method) | (routes.method[route] == Method.OUTSIDE)
        return allowed


class Choice:
    """Chooses among options: value / temperature + size + noise, nested by port range."""

    def __init__(self, case: Case, routes: Routes, streams: Streams) -> None:
        """Prepare the weights of sizes and the keys of the noise."""
        p = case.parameters.choice
        self._routes, self._temperature, self._mu = routes, p.temperature_eur_per_kg, p.nest_dissimilarity
        self._size_weight = size_weight(routes.log_size, routes.log_nest_size, self._mu, p.lane_exponent)
        self._route_key, self._nest_key = streams.key(Stream.ROUTE_CHOICE), streams.key(Stream.ROUTE_NEST)

    def choose(self, lot_id: Ints, options: Options, value: Floats, log_inclusion: Floats) -> Chosen:
        """Choose a route for each lot: the highest utility + noise (McFadden 1978, nested by port range).

        So that size does not count twice, the weight of a known route is divided by the probability that it is known:
        choice among known routes then follows, in expectation, that over all routes (sampling of alternatives).

        Args:
            lot_id: stable numbers, which the noise belongs to.
            options: shape (lots, routes).
            value: of each option (EUR/kg).
            log_inclusion: logarithm of the probability that each route is known.
        """
        utility = self._utility(options, value, log_inclusion)
        column = np.argmax(utility + self._noise(lot_id, options), axis=1)
        shares = nested_logit_shares(utility, self._routes.nest[options.route], self._mu)
        has_any = options.is_open.any(axis=1)
        route = np.where(has_any, options.route[np.arange(column.size), column], -1)
        netback = (shares * options.netback).sum(axis=1)
        advantage = (shares * (options.proceeds - options.reference_proceeds)).sum(axis=1)
        return Chosen(route, column, netback, advantage)

    def best_container_route(self, lot_id: Ints, options: Options, value: Floats, log_inclusion: Floats) -> Ints:
        """Return the route that each lot would take through a container terminal, -1 if it knows none."""
        is_container = options.is_open & (self._routes.method[options.route] != Method.OUTSIDE)
        utility = np.where(is_container, self._utility(options, value, log_inclusion), -np.inf)
        column = np.argmax(utility + self._noise(lot_id, options), axis=1)
        return np.where(is_container.any(axis=1), options.route[np.arange(column.size), column], -1)

    def _utility(self, options: Options, value: Floats, log_inclusion: Floats) -> Floats:
        utility = value / self._temperature + self._size_weight[options.route] - self._mu * log_inclusion
        return np.where(options.is_open, utility, -np.inf)

    def _noise(self, lot_id: Ints, options: Options) -> Floats:
        """Return the noise of each (lot, route): a part of its own, and one that it shares with its port range."""
        routes = self._routes
        nests = np.broadcast_to(np.arange(len(PORT_RANGES)), (lot_id.size, len(PORT_RANGES)))
        log_stable = log_positive_stable(pair_uniforms(self._nest_key, lot_id, nests), self._mu)
        shared = np.take_along_axis(log_stable, routes.nest[options.route], axis=1)
        own = gumbel_rows(self._route_key, lot_id, np.where(options.is_open, routes.id[options.route], -1))
        return nested_noise(own, shared, self._mu)
