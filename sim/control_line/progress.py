"""What a control line promises, and what it reports."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import numpy as np

from sim.control_line.roster import STAGES, Ints

Engine = Literal["compiled", "simpy"]

MAX_SERVICE = 2**31 - 1
MAX_TIME = 2**53
"""Bounds that keep every sum of minutes far from the end of 64 bits."""


class Secured(NamedTuple):
    """Boxes whose first stage has started, ordered by (start, tag); background boxes (tag < 0) are left out.

    Attributes:
        tag: Names given by the caller, shape (boxes,).
        secured_min: Start of the first stage, minute since the start of the clock, shape (boxes,).
    """

    tag: Ints
    secured_min: Ints


class Completed(NamedTuple):
    """Boxes whose last stage has started, ordered by (finish, tag), background boxes included.

    Attributes:
        tag: Names given by the caller, shape (boxes,).
        secured_min: Start of the first stage, minute since the start of the clock, shape (boxes,).
        finish_min: End of the last stage, which may still be ahead, same unit and shape.
    """

    tag: Ints
    secured_min: Ints
    finish_min: Ints


class Progress(NamedTuple):
    """What happened in one call of `ControlLine.advance`."""

    secured: Secured
    completed: Completed


class ControlLine(Protocol):
    """The lines of all ports, with the boxes in them.

    Rules. A server starts a box only while on shift and up. The end of a shift does not stop a box in hand; a
    breakdown suspends it, and the rest of the service follows. Boxes of class 0 start before those of class 1, without
    stopping a box in hand; within a class the order is (arrival at the stage, tag), so tags of boxes that may meet
    should differ. If several servers could start a box at the same minute, the one with the lowest number does. At one
    instant completions and changes of roster come first, then arrivals, then starts, stage after stage.

    Results depend neither on how the time is cut into calls of `advance` nor on the order of `add`.
    """

    @property
    def now(self) -> int:
        """Minute up to which (exclusive) all starts are done."""

    def add(self, port: Ints, klass: Ints, route: Ints, arrival_min: Ints, service_min: Ints, tag: Ints) -> None:
        """Send boxes to their first stage.

        Best called once a day: a box that is passed on is put in its place among those that are known to arrive later,
        so boxes added months ahead make the search longer (never wrong).

        Args:
            port: Port of each box, shape (boxes,).
            klass: 0 tip, 1 other, shape (boxes,).
            route: Stages to visit, bit s for stage s, at least one, shape (boxes,).
            arrival_min: Arrival at the first stage, minute since the start, not before `now`, shape (boxes,).
            service_min: Minutes of service at each stage (those not visited are not read), shape (boxes, 4).
            tag: Name of each box, negative for background, shape (boxes,).

        Raises:
            ValueError: If a value is out of bounds; no box is added then.
        """

    def advance(self, until_min: int) -> Progress:
        """Do everything that starts before `until_min` (exclusive), and say what that was."""

    def waiting(self, stage: int) -> Ints:
        """Count boxes that arrived at `stage` as their first before `now` and wait there; shape (ports,)."""

    def set_servers(self, port: int, stage: int, count: int) -> None:
        """Change the number of servers from `now` on.

        The highest numbers go first; a server that goes finishes the box in hand. New servers start idle.
        """


def check_shapes(port: Ints, klass: Ints, route: Ints, arrival: Ints, service: Ints, tag: Ints) -> None:
    """Raise ValueError unless each argument of `ControlLine.add` has a row for each box."""
    boxes = port.shape[0]
    if port.shape == klass.shape == route.shape == arrival.shape == tag.shape and service.shape == (boxes, STAGES):
        return
    shapes = {"port": port.shape, "klass": klass.shape, "route": route.shape, "arrival_min": arrival.shape}
    for name, shape in (shapes | {"service_min": service.shape, "tag": tag.shape}).items():
        needed = (boxes, STAGES) if name == "service_min" else (boxes,)
        if shape != needed:
            raise ValueError(f"{name} has shape {shape}, must be {needed} like port")


def check_until(until_min: int, now: int) -> None:
    """Raise ValueError if the line would go back in time or beyond the end of it."""
    if not now <= until_min < MAX_TIME:
        raise ValueError(f"until_min is {until_min}, must be at least {now} (where the line is) and below 2**53")


def box_error(code: int, box: int, value: int, ports: int, now: int) -> ValueError:
    """Explain what is wrong with one box: the argument, the value and what is allowed.

    Args:
        code: 1 port, 2 klass, 3 route, 4 arrival_min, 5 service_min.
        box: Position of the box in the arguments.
        value: The value that was refused.
        ports: Number of ports of the line.
        now: Minute up to which the line has advanced.
    """
    name, allowed = {
        1: ("port", f"0 to {ports - 1}"),
        2: ("klass", "0 (tip) or 1 (other)"),
        3: ("route", "1 to 15 (a bit for each of four stages)"),
        4: ("arrival_min", f"at least {now}, the time the line has advanced to, and below 2**53"),
        5: ("service_min", f"0 to {MAX_SERVICE} at every stage visited"),
    }[code]
    return ValueError(f"{name} of box {box} is {value}, must be {allowed}")


def as_ints(name: str, values: object) -> Ints:
    """Return values as a contiguous, writable int64 array: one layout, so that kernels are compiled once."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise ValueError(f"{name} has dtype {array.dtype}, must be whole numbers")
    array = np.ascontiguousarray(array, dtype=np.int64)
    return array if array.flags.writeable else array.copy()
