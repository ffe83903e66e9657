"""Compiled recursions of one stage with identical servers.

All of them see boxes in order of arrival and write the start and the finish of each. `always` and `never` are a time
before and a time after everything, of the type of the times; no sum is ever formed with them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.compilation import kernel

Times = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LINEAR_SERVERS = 16
"""Up to here looking at every server is faster than a heap (measured)."""


@kernel
def check_times(arrivals: Times, services: Times) -> tuple[bool, int, int]:
    """Say whether arrivals are in order, and which arrival and which service (-1: none) is out of bounds."""
    in_order = True
    bad_arrival = -1
    bad_service = -1
    # One pass without branches in the common case: this check must stay far cheaper than the queue itself.
    for i in range(arrivals.size):
        in_order &= i == 0 or arrivals[i - 1] <= arrivals[i]
        if arrivals[i] - arrivals[i] != 0:  # NaN or infinity
            bad_arrival = i
        if not (services[i] >= 0 and services[i] - services[i] == 0):
            bad_service = i
    return in_order, bad_arrival, bad_service


@kernel
def lowest_and_highest(values: Ints) -> tuple[int, int]:
    """Return the extremes of a non-empty array in one pass."""
    lowest = values[0]
    highest = values[0]
    for value in values:
        lowest = min(lowest, value)
        highest = max(highest, value)
    return lowest, highest


@kernel
def serve_one(arrivals: Times, services: Times, start: Times, finish: Times, always: Any) -> None:
    """One server, first come first served (Lindley's recursion)."""
    free = always
    for i in range(arrivals.size):
        begin = arrivals[i] if arrivals[i] > free else free
        free = begin + services[i]
        start[i] = begin
        finish[i] = free


@kernel
def serve_few(
    arrivals: Times, services: Times, servers: int, start: Times, finish: Times, always: Any, never: Any
) -> None:
    """Two to four servers, first come first served: the times at which they get free stay sorted in registers."""
    free_0 = always
    free_1 = always
    free_2 = always if servers > 2 else never
    free_3 = always if servers > 3 else never
    for i in range(arrivals.size):
        begin = arrivals[i] if arrivals[i] > free_0 else free_0
        end = begin + services[i]
        start[i] = begin
        finish[i] = end
        # Insert the new time: a network of comparisons, without branches that would be mispredicted.
        free_0 = end if end < free_1 else free_1
        rest = free_1 if end < free_1 else end
        free_1 = rest if rest < free_2 else free_2
        rest = free_2 if rest < free_2 else rest
        free_2 = rest if rest < free_3 else free_3
        free_3 = free_3 if rest < free_3 else rest


@kernel
def serve_many(arrivals: Times, services: Times, free: Times, start: Times, finish: Times) -> None:
    """Any number of servers, first come first served; `free` holds when each gets free, as a heap."""
    for i in range(arrivals.size):
        begin = arrivals[i] if arrivals[i] > free[0] else free[0]
        finish[i] = begin + services[i]
        start[i] = begin
        replace_first(free, finish[i])


@kernel
def replace_first(heap: Times, value: Any) -> None:
    """Replace the smallest value of a heap."""
    size = heap.size
    hole = 0
    child = 1
    while child < size:
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if value <= heap[child]:
            break
        heap[hole] = heap[child]
        hole = child
        child = 2 * hole + 1
    heap[hole] = value


@kernel
def index_of_least(values: Times) -> int:
    """Return the first index of the smallest value."""
    least = 0
    for k in range(1, values.size):
        if values[k] < values[least]:
            least = k
    return least


@kernel
def serve_classes(
    arrivals: Times,
    services: Times,
    priority: Ints,
    classes: int,
    capacity: int,
    free: Times,
    start: Times,
    finish: Times,
    refused: Bools,
) -> int:
    """Several classes, non-preemptive, first come first served within a class, and a finite room.

    Args:
        arrivals: In order, shape (boxes,).
        services: Shape (boxes,).
        priority: Class of each box, shape (boxes,); the lowest is served first.
        classes: Number of classes.
        capacity: Boxes in the system (in service included) from which on arrivals are refused; negative for no limit.
        free: When each server gets free, shape (servers,); changed.
        start: Filled; shape (boxes,).
        finish: Filled; shape (boxes,).
        refused: Set for refused boxes, whose times are not written; shape (boxes,), or (0,) without limit.

    Returns:
        The number of refused boxes.
    """
    boxes = arrivals.size
    linear = free.size <= LINEAR_SERVERS
    head = np.full(classes, -1, np.int64)
    tail = np.full(classes, -1, np.int64)
    behind = np.empty(boxes, np.int64)  # of a waiting box: the next one of its class
    waiting = 0
    first_class = classes  # no class before this one has a box waiting
    refusals = 0
    server = 0
    i = 0
    now = arrivals[0]
    while True:
        if waiting > 0:
            if linear:
                server = index_of_least(free)
            now = free[server] if free[server] > now else now
        elif i < boxes:
            now = arrivals[i]
            if linear:
                server = index_of_least(free)
        else:
            break
        # Everything that arrives up to the instant of the next start comes first, so that a tip arriving with the
        # end of a service is served before boxes that have waited. An arrival may find that a start is possible now.
        while i < boxes and arrivals[i] <= now:
            if capacity >= 0:
                inside = waiting
                for k in range(free.size):
                    inside += free[k] > arrivals[i]
                if inside >= capacity:
                    refused[i] = True
                    refusals += 1
                    i += 1
                    continue
            own = priority[i]
            if head[own] < 0:
                head[own] = i
            else:
                behind[tail[own]] = i
            tail[own] = i
            behind[i] = -1
            first_class = min(first_class, own)
            waiting += 1
            i += 1
        if waiting == 0 or free[server] > now:
            continue
        while head[first_class] < 0:
            first_class += 1
        box = head[first_class]
        head[first_class] = behind[box]
        waiting -= 1
        start[box] = now
        finish[box] = now + services[box]
        if linear:
            free[server] = finish[box]
        else:
            replace_first(free, finish[box])
    return refusals
