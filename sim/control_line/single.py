"""One stage with identical servers: the function to hold against queueing theory."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from sim.control_line import queue_kernel as kernels
from sim.control_line.progress import Engine
from sim.control_line.queue_simpy import simulate
from sim.control_line.roster import Ints

Times = npt.NDArray[Any]

_FEW_SERVERS = 4
_DENSE_CLASSES = 64
"""Class numbers below this are used as they are; others are first made dense, which costs a sort."""


def queue(
    arrivals: npt.ArrayLike,
    services: npt.ArrayLike,
    servers: int,
    priority: npt.ArrayLike | None = None,
    capacity: int | None = None,
    engine: Engine = "compiled",
) -> tuple[Times, Times]:
    """Serve boxes by identical servers and return when each starts and finishes.

    Boxes are served by class, then in order of (arrival, position in the arrays); a box in service is never stopped.
    At one instant completions come first, then arrivals in the order of their positions, then starts. Arrivals in
    order of time are fastest: others are sorted first.

    Args:
        arrivals: Arrival times, any order, whole or floating numbers of any one unit, shape (boxes,).
        services: Service times in the same unit, at least 0, shape (boxes,).
        servers: Number of servers, at least 1.
        priority: Class of each box, whole numbers from 0 (served first), shape (boxes,); None for one class.
        capacity: Number of boxes in the system (in service included) from which on an arrival is refused, at least 1;
            None for no limit.
        engine: ``"compiled"``, or ``"simpy"``: the definition, a process for each box, with identical results.

    Returns:
        Start and finish of each box, shape (boxes,), in the order of `arrivals`; int64 if both inputs are whole
        numbers, otherwise float64. Refused boxes have NaN; if there are any, times are float64 in any case.

    Raises:
        ValueError: If an argument is out of bounds; the message says which, its value and what is allowed.

    Examples:
        >>> start, finish = queue([0, 1, 2], [5, 5, 5], servers=2)
        >>> start.tolist(), finish.tolist()
        ([0, 1, 5], [5, 6, 10])
    """
    arrived, service, in_order = _checked_times(arrivals, services)
    boxes = arrived.size
    _check_bounds(servers, capacity, engine)
    classes, number_of_classes = _checked_classes(priority, boxes)
    if boxes == 0:
        return arrived.copy(), service.copy()
    order = None if in_order else np.argsort(arrived, kind="stable")
    if engine == "simpy":
        return _defined(arrived, service, servers, classes, capacity, order)
    if order is not None:
        arrived, service = arrived[order], service[order]
        classes = None if classes is None else classes[order]

    start, finish = np.empty_like(arrived), np.empty_like(arrived)
    if classes is None and capacity is None:
        _serve_in_order(arrived, service, servers, start, finish)
        refused = None
    else:
        if classes is None:
            classes = np.zeros(boxes, np.int64)
        refused = np.zeros(0 if capacity is None else boxes, np.bool_)
        free = np.full(min(servers, boxes), _bounds(arrived)[0], arrived.dtype)
        room = -1 if capacity is None else capacity
        refusals = kernels.serve_classes(
            arrived, service, classes, number_of_classes, room, free, start, finish, refused
        )
        if not refusals:
            refused = None
    if refused is not None:
        start, finish = np.where(refused, np.nan, start), np.where(refused, np.nan, finish)
    return (start, finish) if order is None else (_scattered(start, order), _scattered(finish, order))


def _serve_in_order(arrived: Times, service: Times, servers: int, start: Times, finish: Times) -> None:
    """Serve one class without limit, by the fastest recursion for this number of servers."""
    always, never = _bounds(arrived)
    if servers == 1:
        kernels.serve_one(arrived, service, start, finish, always)
    elif servers <= _FEW_SERVERS:
        kernels.serve_few(arrived, service, servers, start, finish, always, never)
    else:
        # More servers than boxes are never used.
        free = np.full(min(servers, arrived.size), always, arrived.dtype)
        kernels.serve_many(arrived, service, free, start, finish)


def _defined(
    arrived: Times, service: Times, servers: int, classes: Ints | None, capacity: int | None, order: Ints | None
) -> tuple[Times, Times]:
    """Run the SimPy engine on plain Python numbers."""
    start, finish = simulate(
        arrived.tolist(),
        service.tolist(),
        [0] * arrived.size if classes is None else classes.tolist(),
        list(range(arrived.size)) if order is None else order.tolist(),
        servers,
        capacity,
    )
    dtype = np.dtype(np.float64) if None in start else arrived.dtype
    return np.array(start, dtype), np.array(finish, dtype)  # NumPy reads None as NaN


def _checked_times(arrivals: npt.ArrayLike, services: npt.ArrayLike) -> tuple[Times, Times, bool]:
    """Return both as arrays of one type and layout, and whether arrivals are in order."""
    arrived, service = np.asarray(arrivals), np.asarray(services)
    if arrived.ndim != 1 or arrived.shape != service.shape:
        raise ValueError(f"arrivals and services have shapes {arrived.shape} and {service.shape}, must be one (boxes,)")
    for name, values in (("arrivals", arrived), ("services", service)):
        if values.dtype.kind not in "iuf":
            raise ValueError(f"{name} has dtype {values.dtype}, must be whole or floating numbers")
    whole = arrived.dtype.kind in "iu" and service.dtype.kind in "iu"
    dtype = np.dtype(np.int64 if whole else np.float64)
    arrived, service = _one_layout(arrived, dtype), _one_layout(service, dtype)
    in_order, bad_arrival, bad_service = kernels.check_times(arrived, service)
    if bad_arrival >= 0:
        raise ValueError(f"arrival of box {bad_arrival} is {arrived[bad_arrival]}, must be finite")
    if bad_service >= 0:
        raise ValueError(f"service of box {bad_service} is {service[bad_service]}, must be finite and at least 0")
    return arrived, service, in_order


def _check_bounds(servers: int, capacity: int | None, engine: str) -> None:
    if servers < 1:
        raise ValueError(f"servers is {servers}, must be at least 1")
    if capacity is not None and capacity < 1:
        raise ValueError(f"capacity is {capacity}, must be at least 1, or None for no limit")
    if engine not in get_args(Engine):
        raise ValueError(f"engine is {engine!r}, must be one of {', '.join(get_args(Engine))}")


def _checked_classes(priority: npt.ArrayLike | None, boxes: int) -> tuple[Ints | None, int]:
    """Return the class of each box (None if there is only one) and the number of classes."""
    if priority is None:
        return None, 1
    given = np.asarray(priority)
    if given.shape != (boxes,):
        raise ValueError(f"priority has shape {given.shape}, must be ({boxes},) like arrivals")
    if boxes == 0:
        return None, 1
    if given.dtype.kind not in "iu":
        raise ValueError(f"priority has dtype {given.dtype}, must be whole numbers")
    classes: Ints = _one_layout(given, np.dtype(np.int64))
    lowest, highest = kernels.lowest_and_highest(classes)
    if lowest < 0:
        raise ValueError(f"priority has {lowest}, must be at least 0 (0 is served first)")
    if highest < _DENSE_CLASSES:
        return classes, highest + 1
    names, classes = np.unique(classes, return_inverse=True)
    return classes.astype(np.int64, copy=False), names.size


def _one_layout(values: Times, dtype: np.dtype[Any]) -> Times:
    """Return contiguous, writable values: one layout, so that kernels are compiled once for each type."""
    values = np.ascontiguousarray(values, dtype)
    return values if values.flags.writeable else values.copy()


def _bounds(times: Times) -> tuple[Any, Any]:
    """Return a time before and a time after everything, of the type of `times`."""
    if times.dtype.kind == "f":
        return -np.inf, np.inf
    return np.iinfo(np.int64).min, np.iinfo(np.int64).max


def _scattered(times: Times, order: Ints) -> Times:
    result = np.empty_like(times)
    result[order] = times
    return result
