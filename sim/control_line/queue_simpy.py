"""One stage in SimPy: each box is a process. This is the definition that the compiled engine must match."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from heapq import heappop, heappush
from typing import Any

import simpy

from sim.control_line.instant import ARRIVALS, STARTS, Instant


class Stage:
    """Identical servers, a waiting room, and one deferred dispatch for all that happens at an instant."""

    def __init__(self, env: simpy.Environment, servers: int, capacity: int | None) -> None:
        """Begin with idle servers.

        Args:
            env: The SimPy environment.
            servers: Number of servers.
            capacity: Boxes in the system from which on arrivals are refused; None for no limit.
        """
        self.env = env
        self.idle = servers
        self.capacity = capacity
        self.inside = 0
        self.rooms: list[tuple[int, int, simpy.Event]] = []  # waiting boxes: (class, order of arrival, their turn)
        self.dispatch_is_due = False

    def box(
        self, order: int, box: int, priority: int, service: float, start: list[Any], finish: list[Any]
    ) -> Generator[simpy.Event, None, None]:
        """Arrive, wait for a server, be served, leave; write the times at position `box`."""
        if self.capacity is not None and self.inside >= self.capacity:
            return
        self.inside += 1
        turn = self.env.event()
        heappush(self.rooms, (priority, order, turn))
        self.call_dispatch()
        yield turn
        start[box] = self.env.now
        yield self.env.timeout(service)
        finish[box] = self.env.now
        self.inside -= 1
        self.idle += 1
        self.call_dispatch()

    def call_dispatch(self) -> None:
        """Have boxes started at the end of this instant, once."""
        if not self.dispatch_is_due:
            self.dispatch_is_due = True
            Instant(self.env, STARTS).callbacks.append(self.dispatch)

    def dispatch(self, _: simpy.Event) -> None:
        """Start boxes as long as there is a server."""
        self.dispatch_is_due = False
        while self.idle and self.rooms:
            self.idle -= 1
            heappop(self.rooms)[2].succeed()


def simulate(
    arrivals: list[Any],
    services: list[Any],
    priority: list[int],
    order: list[int],
    servers: int,
    capacity: int | None,
) -> tuple[list[Any], list[Any]]:
    """Simulate one stage.

    Args:
        arrivals: Arrival of each box.
        services: Service of each box, same unit.
        priority: Class of each box.
        order: Positions of the boxes by (arrival, position).
        servers: Number of servers.
        capacity: Boxes in the system from which on arrivals are refused; None for no limit.

    Returns:
        Start and finish of each box, None for refused boxes.
    """
    # From time zero an event at `delay` happens at exactly that number; later, now + delay would be rounded.
    env = simpy.Environment(type(arrivals[0])(0))
    stage = Stage(env, servers, capacity)
    start: list[Any] = [None] * len(arrivals)
    finish: list[Any] = [None] * len(arrivals)

    def arrive(rank: int, box: int, _: simpy.Event) -> None:
        env.process(stage.box(rank, box, priority[box], services[box], start, finish))

    for rank, box in enumerate(order):
        event = Instant(env, ARRIVALS, arrivals[box])
        event.callbacks.append(partial(arrive, rank, box))
    env.run()
    return start, finish
