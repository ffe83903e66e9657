"""The compiled line: arrays of boxes, queues and servers, advanced by one call of a kernel."""

from __future__ import annotations

import numpy as np

from sim.control_line import line_kernel as kernels
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
from sim.control_line.roster import SCAN, STAGES, Ints, Roster

_FIRST_ROWS = 1024
_KEY_BITS = 62


class CompiledLine:
    """A `ControlLine` on arrays (see there for the rules and the methods)."""

    def __init__(self, roster: Roster) -> None:
        """Begin at minute 0 with idle servers and no box."""
        self._roster = roster
        self._now = 0
        rows = roster.ports * STAGES
        self._stages = np.zeros((rows, kernels.STAGE_COLUMNS), np.int64)
        self._stages[:, kernels.COUNT] = roster.servers.ravel()
        self._stages[:, kernels.OPEN] = roster.open_min.ravel()
        self._stages[:, kernels.CLOSE] = roster.close_min.ravel()
        self._stages[:, kernels.WEEKDAYS] = roster.weekdays.ravel()
        self._stages[:, kernels.BREAKDOWNS] = -1
        self._stages[SCAN::STAGES, kernels.BREAKDOWNS] = np.arange(roster.ports) * roster.max_scanners
        # Copies: writable and contiguous, so that the kernels are compiled for one layout only.
        self._breakdown_start = np.array(roster.breakdown_start, np.int64)
        self._breakdown_end = np.array(roster.breakdown_end, np.int64)
        self._breakdown_first = np.array(roster.breakdown_first, np.int64)
        most = max(1, int(roster.servers.max(initial=0)))
        self._servers = np.zeros((rows, most, kernels.SERVER_COLUMNS), np.int64)
        for row in range(rows):
            for k in range(int(self._stages[row, kernels.COUNT])):
                self._start_idle(row, k)
        self._queues = np.full((rows * kernels.N_CLASSES, 2), kernels.NO_BOX, np.int64)
        self._boxes = np.zeros((_FIRST_ROWS, kernels.BOX_COLUMNS), np.int64)
        self._state = np.zeros(kernels.STATE_ENTRIES, np.int64)
        self._state[kernels.FREE_ROW] = kernels.NO_BOX
        kernels.free_rows(self._boxes, 0, self._state)

    @property
    def now(self) -> int:
        """Minute up to which (exclusive) all starts are done."""
        return self._now

    def add(self, port: Ints, klass: Ints, route: Ints, arrival_min: Ints, service_min: Ints, tag: Ints) -> None:
        """Send boxes to their first stage; see `ControlLine.add`."""
        port, klass, route = as_ints("port", port), as_ints("klass", klass), as_ints("route", route)
        arrival, service, tag = (
            as_ints("arrival_min", arrival_min),
            as_ints("service_min", service_min),
            as_ints("tag", tag),
        )
        check_shapes(port, klass, route, arrival, service, tag)
        boxes = port.size
        if boxes == 0:
            return
        ports = self._roster.ports
        code, box, value = kernels.find_bad_box(
            ports, self._now, port, klass, route, arrival, service, MAX_TIME, MAX_SERVICE
        )
        if code:
            raise box_error(code, box, value, ports, self._now)
        self._make_room(boxes)
        keys, mask = _sorted_keys(arrival)
        kernels.add_boxes(port, klass, route, arrival, service, tag, keys, mask, self._boxes, self._queues, self._state)

    def advance(self, until_min: int) -> Progress:
        """Do everything that starts before `until_min`; see `ControlLine.advance`."""
        check_until(until_min, self._now)
        live = int(self._state[kernels.LIVE])
        completed, secured = np.empty((live, 3), np.int64), np.empty((live, 2), np.int64)
        kernels.advance(
            until_min,
            self._boxes,
            self._queues,
            self._servers,
            self._stages,
            self._roster.first_weekday,
            self._breakdown_start,
            self._breakdown_end,
            self._breakdown_first,
            self._state,
            completed,
            secured,
        )
        self._now = until_min
        secured_min, secured_tag = _in_order(secured[: self._state[kernels.N_SECURED]])
        finish_min, tag, first_start = _in_order(completed[: self._state[kernels.N_COMPLETED]])
        return Progress(Secured(secured_tag, secured_min), Completed(tag, first_start, finish_min))

    def waiting(self, stage: int) -> Ints:
        """Count boxes that wait at `stage` as their first, shape (ports,); see `ControlLine.waiting`."""
        self._roster.check_stage(stage)
        waiting = np.zeros(self._roster.ports, np.int64)
        kernels.count_waiting(self._queues, self._boxes, stage, self._now, waiting)
        return waiting

    def set_servers(self, port: int, stage: int, count: int) -> None:
        """Change the number of servers from `now` on; see `ControlLine.set_servers`."""
        self._roster.check_count(port, stage, count)
        row = port * STAGES + stage
        have = self._servers.shape[1]
        if count > have:
            grown = np.zeros((self._servers.shape[0], count, kernels.SERVER_COLUMNS), np.int64)
            grown[:, :have] = self._servers
            self._servers = grown
        # A server that goes needs nothing: the end of its box was known at the start.
        for k in range(int(self._stages[row, kernels.COUNT]), count):
            self._start_idle(row, k)
        self._stages[row, kernels.COUNT] = count

    def _start_idle(self, row: int, k: int) -> None:
        """Put server k of a stage on duty, free from now, with its window still to be found."""
        first = 0
        if (offset := self._stages[row, kernels.BREAKDOWNS]) >= 0:
            first = self._breakdown_first[offset + k]
        self._servers[row, k] = self._now, 0, 0, first

    def _make_room(self, boxes: int) -> None:
        """Double the rows until the new boxes fit."""
        have = self._boxes.shape[0]
        needed = int(self._state[kernels.LIVE]) + boxes
        if needed <= have:
            return
        rows = have
        while rows < needed:
            rows *= 2
        grown = np.empty((rows, kernels.BOX_COLUMNS), np.int64)
        grown[:have] = self._boxes
        self._boxes = grown
        kernels.free_rows(grown, have, self._state)


def _in_order(rows: Ints) -> Ints:
    """Return the columns of rows (time, tag, ...), ordered by time and tag."""
    ordered = np.empty((rows.shape[1], rows.shape[0]), np.int64)
    if rows.shape[0]:
        keys, mask = _sorted_keys(rows[:, 0])
        kernels.take_in_order(rows, keys, mask, ordered)
    return ordered


def _sorted_keys(times: Ints) -> tuple[Ints, int]:
    """Sort times together with their positions, packed into one number each: five times faster than an argsort.

    Returns:
        Keys in order of (time, position), and the mask of the bits that hold the position.
    """
    boxes = times.size
    mask = (1 << boxes.bit_length()) - 1
    earliest = int(times.min())
    if int(times.max()) - earliest >= 1 << (_KEY_BITS - boxes.bit_length()):
        return np.argsort(times, kind="stable"), mask
    keys: Ints = (times - earliest) << boxes.bit_length() | np.arange(boxes)
    keys.sort()
    return keys, mask
