"""Who works where and when: servers, shifts and breakdowns of every stage at every port."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

RETRIEVE, SCAN, READ, SEARCH = range(4)
STAGES = 4
"""Stages of the line, in the order in which every box passes them."""

MINUTES_PER_DAY = 1440
DAYS_PER_WEEK = 7
MAX_SERVERS = 512
"""Servers per port and stage: the engine looks at each of them for every box, which is fast up to about 64."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Servers, weekly calendars and breakdowns, at the start of a run.

    A server is on shift in one window a day, ``open_min <= minute of the day < close_min``, on the days in `weekdays`.
    A window cannot span midnight.

    Attributes:
        servers: Number of servers, shape (ports, 4).
        open_min: Start of the daily window, minute of the day, shape (ports, 4).
        close_min: End of the daily window (exclusive), minute of the day, at most 1440, shape (ports, 4).
        weekdays: Working days, bit w for weekday w, shape (ports, 4); 0 for a stage that never works.
        first_weekday: Weekday of day 0; day d has weekday ``(d + first_weekday) % 7``.
        breakdown_start: Minute at which a scanner stops, flat, in time order for each scanner.
        breakdown_end: Minute at which it works again (exclusive), same shape.
        breakdown_first: Scanner k of port p has the breakdowns from ``breakdown_first[p * max_scanners + k]`` to the
            next offset; shape (ports * max_scanners + 1,).
        max_scanners: Scanners a port may have in the course of the run.
    """

    servers: Ints
    open_min: Ints
    close_min: Ints
    weekdays: Ints
    first_weekday: int
    breakdown_start: Ints
    breakdown_end: Ints
    breakdown_first: Ints
    max_scanners: int

    def __post_init__(self) -> None:
        """Check shapes, bounds and the order of the breakdowns."""
        self._check_calendar()
        self._check_breakdowns()

    @property
    def ports(self) -> int:
        """Number of ports."""
        return int(self.servers.shape[0])

    def check_count(self, port: int, stage: int, count: int) -> None:
        """Raise ValueError unless `stage` of `port` may have `count` servers."""
        if not 0 <= port < self.ports:
            raise ValueError(f"port is {port}, must be 0 to {self.ports - 1}")
        self.check_stage(stage)
        limit = min(MAX_SERVERS, self.max_scanners) if stage == SCAN else MAX_SERVERS
        if not 0 <= count <= limit:
            why = " (breakdowns are given for max_scanners)" if stage == SCAN else ""
            raise ValueError(f"servers of port {port}, stage {stage} are {count}, must be 0 to {limit}{why}")

    def check_stage(self, stage: int) -> None:
        """Raise ValueError unless there is such a stage."""
        if not 0 <= stage < STAGES:
            raise ValueError(f"stage is {stage}, must be 0 (retrieve), 1 (scan), 2 (read) or 3 (search)")

    def on_shift(self, port: int, stage: int, minute: int) -> bool:
        """Say whether the servers of a stage are on shift at a minute since the start."""
        day, of_day = divmod(minute, MINUTES_PER_DAY)
        works = self.weekdays[port, stage] >> (day + self.first_weekday) % DAYS_PER_WEEK & 1
        return bool(works and self.open_min[port, stage] <= of_day < self.close_min[port, stage])

    def breakdowns(self, port: int, scanner: int) -> list[tuple[int, int]]:
        """List the breakdowns (from, until) of one scanner, minutes since the start."""
        row = port * self.max_scanners + scanner
        own = slice(int(self.breakdown_first[row]), int(self.breakdown_first[row + 1]))
        return list(zip(self.breakdown_start[own].tolist(), self.breakdown_end[own].tolist(), strict=True))

    def _check_calendar(self) -> None:
        shape = (self.servers.shape[0], STAGES) if self.servers.ndim else (0, STAGES)
        for name in ("servers", "open_min", "close_min", "weekdays"):
            values = getattr(self, name)
            if values.shape != shape:
                raise ValueError(f"{name} has shape {values.shape}, must be (ports, {STAGES}) like servers")
            if values.dtype != np.int64:
                raise ValueError(f"{name} has dtype {values.dtype}, must be int64")
        for port in range(self.ports):
            for stage in range(STAGES):
                self.check_count(port, stage, int(self.servers[port, stage]))
        if (bad := (self.weekdays < 0) | (self.weekdays >= 1 << DAYS_PER_WEEK)).any():
            raise ValueError(f"weekdays has {self.weekdays[bad][0]}, must be 0 to 127 (a bit for each of seven days)")
        in_order = (self.open_min >= 0) & (self.open_min < self.close_min) & (self.close_min <= MINUTES_PER_DAY)
        if (bad := ~in_order & (self.weekdays != 0)).any():
            window = self.open_min[bad][0], self.close_min[bad][0]
            raise ValueError(f"shift is [{window[0]}, {window[1]}), must be 0 <= open < close <= {MINUTES_PER_DAY}")
        if not 0 <= self.first_weekday < DAYS_PER_WEEK:
            raise ValueError(f"first_weekday is {self.first_weekday}, must be 0 to 6")

    def _check_breakdowns(self) -> None:
        first, start, end = self.breakdown_first, self.breakdown_start, self.breakdown_end
        if first.shape != (self.ports * self.max_scanners + 1,):
            needed = f"({self.ports} * {self.max_scanners} + 1,)"
            raise ValueError(f"breakdown_first has shape {first.shape}, must be (ports * max_scanners + 1,) = {needed}")
        if start.ndim != 1 or start.shape != end.shape:
            raise ValueError(f"breakdown_start and breakdown_end have shapes {start.shape} and {end.shape}, must agree")
        if first[0] != 0 or first[-1] != start.size or (np.diff(first) < 0).any():
            raise ValueError(f"breakdown_first must rise from 0 to {start.size}, the number of breakdowns")
        if (bad := (start < 0) | (end <= start)).any():
            at = int(np.flatnonzero(bad)[0])
            raise ValueError(f"breakdown {at} is [{start[at]}, {end[at]}), must be 0 <= start < end")
        overlaps = start[1:] < end[:-1]
        overlaps[first[(first > 0) & (first < start.size)] - 1] = False  # the next breakdown is of another scanner
        if overlaps.any():
            at = int(np.flatnonzero(overlaps)[0])
            raise ValueError(f"breakdown {at + 1} starts at {start[at + 1]}, before the one before it ends ({end[at]})")
