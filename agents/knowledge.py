"""What organisations know and hold: the routes they may choose from, and their footholds at ports."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from agents.choice_kernel import ranked_routes
from agents.noise_kernel import gumbel_rows
from scenarios.parameters import KnowledgeParameters
from sim.codes import NEVER
from sim.streams import Floats, Ints, Stream, Streams

NO_ROUTE = -1
NO_PORT = -1
_LISTS = 2
"""Routes on an organisation's list, relative to those that it knows: what it has not found yet comes after them."""
_MONTH_DAYS = 365.25 / 12


@dataclass(slots=True)
class Knowledge:
    """Routes and footholds of all organisations, in arrays; rows of those who have not begun are empty.

    Each organisation has a list of routes, drawn without replacement in proportion to how attractive they are: it
    knows the first ones from its contacts, explores the next ones in order and others after losses, and forgets what it
    has used least recently. What it explores keeps the probability of having been known in the beginning (assumption).
    The list is addressed by (organisation, route), so nobody's discoveries depend on others.
    """

    parameters: KnowledgeParameters
    known_routes: int
    route_id: Ints
    streams: Streams
    organisations: int
    port_id: Ints
    port_size: Floats
    """Logarithm of the at-risk boxes of each port, -inf for a port that nobody knows."""
    routes: Ints = field(init=False)
    """Known routes, shape (organisations, known), `NO_ROUTE` where none."""
    log_inclusion: Floats = field(init=False)
    """Of each known route: logarithm of the probability that it is known."""
    foothold_day: Ints = field(init=False)
    """Day from which an organisation has a foothold at a port, NEVER without one; shape (organisations, ports)."""
    losses_of_month: Ints = field(init=False)
    _used_day: Ints = field(init=False)
    _foothold_used_day: Ints = field(init=False)
    _ports: Ints = field(init=False)
    _lost_last: Ints = field(init=False)
    _months: int = field(default=0, init=False)
    _list: Ints = field(init=False)
    _list_log_inclusion: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Start with nobody who knows anything."""
        n, k, listed = self.organisations, self.known_routes, _LISTS * self.known_routes
        self.routes, self.log_inclusion = np.full((n, k), NO_ROUTE), np.zeros((n, k))
        self._list, self._list_log_inclusion = np.full((n, listed), NO_ROUTE), np.zeros((n, listed))
        self._used_day = np.tile(-np.arange(k), (n, 1))
        self.losses_of_month = np.zeros(n, np.int64)
        self.foothold_day = np.full((n, self.port_id.size), NEVER)
        self._foothold_used_day = np.zeros((n, self.port_id.size), np.int64)
        self._ports, self._lost_last = np.full((n, self.port_id.size), NO_PORT), np.full(n, NO_PORT)

    def begin(self, organisations: Ints, attraction: Floats, day: int) -> None:
        """Let organisations begin with the routes of their contacts and their first footholds.

        Args:
            organisations: which.
            attraction: log weight of every route for each of them, shape (organisations, routes).
            day: today.
        """
        key = self.streams.key(Stream.KNOWN_ROUTES)
        listed, log_inclusion = ranked_routes(
            attraction, self.route_id, organisations, self._list.shape[1], self.known_routes, key
        )
        self._list[organisations], self._list_log_inclusion[organisations] = listed, log_inclusion
        self.routes[organisations] = listed[:, : self.known_routes]
        self.log_inclusion[organisations] = log_inclusion[:, : self.known_routes]
        self._used_day[organisations] += day
        self._list_ports(organisations, day)

    def _list_ports(self, organisations: Ints, day: int) -> None:
        """Draw the order in which ports attract organisations, as that of routes, and give the first footholds."""
        shape = (organisations.size, self.port_id.size)
        key = self.streams.key(Stream.FOOTHOLD)
        noise = gumbel_rows(key, organisations, np.ascontiguousarray(np.broadcast_to(self.port_id, shape)))
        order = np.argsort(-(self.port_size + noise), axis=1, kind="stable")
        order = np.where(np.isfinite(self.port_size[order]), order, NO_PORT)
        self._ports[organisations] = order
        for row, o in enumerate(organisations):
            first = order[row, : self.parameters.footholds]
            self.foothold_day[o, first[first != NO_PORT]] = day
        self._foothold_used_day[organisations] = day

    def _rebuild(self, active: Ints, day: int) -> Ints:
        """Let organisations with fewer footholds than wanted begin to build one; return which do.

        It is at the first port of an organisation's list where it has none, not the last one lost.
        """
        built = day + round(self.parameters.foothold_months * _MONTH_DAYS)
        builders = []
        for o in active[(self.foothold_day[active] != NEVER).sum(axis=1) < self.parameters.footholds].tolist():
            ports = self._ports[o]
            ports = ports[ports != NO_PORT]
            open_ports = ports[(self.foothold_day[o, ports] == NEVER) & (ports != self._lost_last[o])]
            if open_ports.size:
                self.foothold_day[o, open_ports[0]] = built
                self._foothold_used_day[o, open_ports[0]] = built
                builders.append(o)
        return np.array(builders, np.int64)

    def use(self, organisation: Ints, route: Ints, port: Ints, needs_foothold: Ints, day: int) -> Ints:
        """Note routes that are used, and footholds; return which organisations begin to build one.

        Args:
            organisation, route: of each consignment.
            port: entry port, -1 outside the container terminals.
            needs_foothold: 1 where the method needs a team at the terminal.
            day: today.
        """
        is_same = self.routes[organisation] == route[:, None]
        row, column = np.nonzero(is_same)
        self._used_day[organisation[row], column] = day
        at_port = (port >= 0) & (needs_foothold == 1)
        who, where = organisation[at_port], port[at_port]
        self._foothold_used_day[who, where] = day
        pairs = np.divmod(np.unique(who * self.port_id.size + where), self.port_id.size)
        builds = self.foothold_day[pairs[0], pairs[1]] == NEVER
        built = day + round(self.parameters.foothold_months * _MONTH_DAYS)
        self.foothold_day[pairs[0][builds], pairs[1][builds]] = built
        self._foothold_used_day[pairs[0][builds], pairs[1][builds]] = built
        builders: Ints = pairs[0][builds]
        return builders

    def lose_footholds(self, organisation: Ints, port: Ints) -> None:
        """Take footholds away, because of arrests or because they were not used."""
        self.foothold_day[organisation, port] = NEVER
        self._lost_last[organisation] = port

    def end_month(self, active: Ints, day: int) -> tuple[Ints, Ints]:
        """Let organisations explore and forget; return how many routes each of them explored, and who builds.

        Who lost consignments looks for more new routes (as the expansion of Magliocca et al. 2019
        doi:10.1073/pnas.1812459116 after losses).
        """
        idle = day - self._foothold_used_day > self.parameters.foothold_idle_days
        self.lose_footholds(*np.nonzero(idle & (self.foothold_day <= day)))
        rate = self.parameters.explored_routes_per_month
        self._months += 1
        usual = math.floor(rate * self._months) - math.floor(rate * (self._months - 1))
        explored = np.zeros(active.size, np.int64)
        for row, o in enumerate(active.tolist()):
            more = math.floor(rate * int(self.losses_of_month[o]))
            explored[row] = self._explore(o, usual, more, day)
        self.losses_of_month[:] = 0
        return explored, self._rebuild(active, day)

    def _explore(self, o: int, usual: int, more: int, day: int) -> int:
        """Learn new routes of the list and forget as many, those used least recently first; return how many.

        The usual ones come in the order of the list; those after losses are drawn from it, addressed by organisation
        and day, so that one loss more changes what is explored then and not all that is explored ever after. What is
        known already is not found again.
        """
        listed = self._list[o][self._list[o] != NO_ROUTE]
        first = self.known_routes + math.floor(self.parameters.explored_routes_per_month * (self._months - 1))
        if listed.size <= self.known_routes:
            return 0
        places = (first + np.arange(usual)) % listed.size
        if more:
            luck = self.streams.uniforms(Stream.EXPLORATION, np.array([o]), more, epoch=day)[0]
            places = np.concatenate([places, np.floor(luck * listed.size).astype(np.int64)])
        places = np.unique(places)
        # After heavy losses, too, an organisation keeps half of what it knows.
        found = places[~np.isin(listed[places], self.routes[o])][: self.known_routes // 2]
        forgotten = np.argsort(self._used_day[o], kind="stable")[: found.size]
        self.routes[o, forgotten] = listed[found]
        self.log_inclusion[o, forgotten] = self._list_log_inclusion[o, found]
        self._used_day[o, forgotten] = day
        return int(found.size)
