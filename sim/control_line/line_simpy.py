"""The line in SimPy: boxes, shifts and breakdowns are processes. The definition the compiled line must match."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any

import numpy as np
import simpy

from sim.control_line.instant import STARTS, Instant
from sim.control_line.progress import (
    MAX_SERVICE,
    MAX_TIME,
    Completed,
    Progress,
    Secured,
    as_ints,
    box_error,
    check_shapes,
    check_until,
)
from sim.control_line.roster import MINUTES_PER_DAY, SCAN, STAGES, Ints, Roster

Events = Generator[simpy.Event, Any, None]


def now_of(env: simpy.Environment) -> int:
    """Return the time as what it is here, a whole number of minutes."""
    return int(env.now)


@dataclass(slots=True)
class Box:
    """A box and its way through the line; times in minutes since the start."""

    port: int
    klass: int
    stages: list[int]
    arrival: int
    service: list[int]
    tag: int
    sequence: int
    secured: int | None = None


class Server:
    """A place at a stage: the box in hand, and whether the machine works."""

    def __init__(self, env: simpy.Environment, breakdowns: list[tuple[int, int]]) -> None:
        """Begin idle and working."""
        self.env = env
        self.breakdowns = breakdowns
        self.in_hand: Box | None = None
        self.is_up = True
        self.broken = env.event()
        self.repaired = env.event()

    def serve(self, minutes: int) -> Events:
        """Work on a box for so many minutes, resuming after each breakdown."""
        if not self.breakdowns:
            yield self.env.timeout(minutes)
            return
        while True:
            began = now_of(self.env)
            yield self.env.timeout(minutes) | self.broken
            minutes -= now_of(self.env) - began
            if not minutes:
                return
            while not self.is_up:
                yield self.repaired

    def finish_of(self, start: int, minutes: int) -> int:
        """Foretell the end of a service, because it is reported when it starts."""
        finish = start + minutes
        for down, up in self.breakdowns:
            if start < up and down < finish:
                finish += up - down
        return finish


class StageOfPort:
    """One stage at one port: servers, two classes of waiting boxes, and the calendar."""

    def __init__(self, env: simpy.Environment, roster: Roster, port: int, stage: int) -> None:
        """Begin with idle servers; shifts and breakdowns run as processes."""
        self.env = env
        self.roster = roster
        self.port = port
        self.stage = stage
        self.count = int(roster.servers[port, stage])
        self.servers: list[Server] = []
        self.rooms: tuple[list[tuple[int, int, int, Box, simpy.Event]], ...] = ([], [])
        self.on_shift = False
        self.dispatch_is_due = False
        self.have_places(max(self.count, roster.max_scanners if stage == SCAN else 0))
        if roster.weekdays[port, stage]:
            env.process(self.shifts())

    def have_places(self, places: int) -> None:
        """Make places for servers; only scanners break down."""
        for k in range(len(self.servers), places):
            server = Server(self.env, self.roster.breakdowns(self.port, k) if self.stage == SCAN else [])
            self.servers.append(server)
            if server.breakdowns:
                self.env.process(self.break_down(server))

    def shifts(self) -> Events:
        """Open and close the stage every day."""
        changes = int(self.roster.open_min[self.port, self.stage]), int(self.roster.close_min[self.port, self.stage])
        for day in count():
            for minute in changes:
                yield self.env.timeout(day * MINUTES_PER_DAY + minute - self.env.now)
                self.on_shift = self.roster.on_shift(self.port, self.stage, now_of(self.env))
                self.call_dispatch()

    def break_down(self, server: Server) -> Events:
        """Stop and repair one server as its calendar says."""
        for down, up in server.breakdowns:
            yield self.env.timeout(down - self.env.now)
            server.is_up = False
            server.repaired = self.env.event()
            server.broken.succeed()
            yield self.env.timeout(up - self.env.now)
            server.is_up = True
            server.broken = self.env.event()
            server.repaired.succeed()
            self.call_dispatch()

    def request(self, box: Box) -> simpy.Event:
        """Line up; the event happens when a server takes the box, and carries the server."""
        turn = self.env.event()
        heappush(self.rooms[box.klass], (now_of(self.env), box.tag, box.sequence, box, turn))
        self.call_dispatch()
        return turn

    def release(self, server: Server, box: Box) -> None:
        """Give the server back, unless the place has been given to a new server meanwhile."""
        if server.in_hand is box:
            server.in_hand = None
            self.call_dispatch()

    def call_dispatch(self) -> None:
        """Have a box started at the end of this instant, after those of the stages before."""
        if not self.dispatch_is_due and any(self.rooms):
            self.dispatch_is_due = True
            Instant(self.env, STARTS + self.stage).callbacks.append(self.dispatch)

    def dispatch(self, _: simpy.Event) -> None:
        """Start one box, if a server can; then look again, since a service of no length ends at once."""
        self.dispatch_is_due = False
        if not self.on_shift:
            return
        for server in self.servers[: self.count]:
            if server.in_hand is None and server.is_up:
                box, turn = heappop(self.rooms[0] or self.rooms[1])[3:]
                server.in_hand = box
                turn.succeed(server)
                self.call_dispatch()
                return


class SimpyLine:
    """A `ControlLine` of processes (see there for the rules and the methods)."""

    def __init__(self, roster: Roster) -> None:
        """Begin at minute 0 with idle servers and no box."""
        self._roster = roster
        self._env = simpy.Environment(0)
        self._stages = [
            [StageOfPort(self._env, roster, port, stage) for stage in range(STAGES)] for port in range(roster.ports)
        ]
        self._sequence = count()
        self._secured: list[tuple[int, int]] = []
        self._completed: list[tuple[int, int, int]] = []

    @property
    def now(self) -> int:
        """Minute up to which (exclusive) all starts are done."""
        return now_of(self._env)

    def add(self, port: Ints, klass: Ints, route: Ints, arrival_min: Ints, service_min: Ints, tag: Ints) -> None:
        """Send boxes to their first stage; see `ControlLine.add`."""
        port, klass, route = as_ints("port", port), as_ints("klass", klass), as_ints("route", route)
        arrival, service, tag = (
            as_ints("arrival_min", arrival_min),
            as_ints("service_min", service_min),
            as_ints("tag", tag),
        )
        check_shapes(port, klass, route, arrival, service, tag)
        boxes = [
            Box(
                int(port[i]),
                int(klass[i]),
                [s for s in range(STAGES) if route[i] >> s & 1],
                int(arrival[i]),
                [],
                int(tag[i]),
                0,
            )
            for i in range(port.size)
        ]
        for i, box in enumerate(boxes):
            box.service = service[i].tolist()
            box.sequence = next(self._sequence)
            self._check(i, box, int(route[i]))
        for box in boxes:
            self._env.process(self._pass(box))

    def advance(self, until_min: int) -> Progress:
        """Do everything that starts before `until_min`; see `ControlLine.advance`."""
        check_until(until_min, self.now)
        if until_min > self.now:
            self._env.run(until_min)
        secured = np.array(sorted(self._secured), np.int64).reshape(-1, 2).T
        completed = np.array(sorted(self._completed), np.int64).reshape(-1, 3).T
        self._secured, self._completed = [], []
        return Progress(Secured(secured[1], secured[0]), Completed(completed[1], completed[2], completed[0]))

    def waiting(self, stage: int) -> Ints:
        """Count boxes that wait at `stage` as their first, shape (ports,); see `ControlLine.waiting`."""
        self._roster.check_stage(stage)
        rooms = [[*stages[stage].rooms[0], *stages[stage].rooms[1]] for stages in self._stages]
        return np.array([sum(waits[3].secured is None for waits in room) for room in rooms], np.int64)

    def set_servers(self, port: int, stage: int, count: int) -> None:
        """Change the number of servers from `now` on; see `ControlLine.set_servers`."""
        self._roster.check_count(port, stage, count)
        place = self._stages[port][stage]
        place.have_places(count)
        for server in place.servers[place.count : count]:
            server.in_hand = None  # a new server; a box still in hand of the one before is finished all the same
        place.count = count
        place.call_dispatch()

    def _pass(self, box: Box) -> Events:
        """Go through all stages of the route."""
        env = self._env
        yield env.timeout(box.arrival - env.now)
        for stage in box.stages:
            place = self._stages[box.port][stage]
            server = yield place.request(box)
            if box.secured is None:
                box.secured = now_of(env)
                if box.tag >= 0:
                    self._secured.append((box.secured, box.tag))
            finish = server.finish_of(now_of(env), box.service[stage])
            if stage == box.stages[-1]:
                self._completed.append((finish, box.tag, box.secured))
            yield from server.serve(box.service[stage])
            if env.now != finish:
                raise RuntimeError(f"box {box.tag} left stage {stage} at {env.now}, but {finish} was foretold")
            place.release(server, box)

    def _check(self, i: int, box: Box, route: int) -> None:
        """Raise ValueError if a value of a box is out of bounds."""
        used = [box.service[stage] for stage in box.stages]
        checks = (
            (0 <= box.port < self._roster.ports, box.port),
            (box.klass in (0, 1), box.klass),
            (0 < route < 1 << STAGES, route),
            (self.now <= box.arrival < MAX_TIME, box.arrival),
            (all(0 <= minutes <= MAX_SERVICE for minutes in used), min(used, default=0)),
        )
        for code, (holds, value) in enumerate(checks, start=1):
            if not holds:
                raise box_error(code, i, value, self._roster.ports, self.now)
