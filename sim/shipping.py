"""Vessel calls: SimPy owns the clock; each ship string calls weekly, with random delay, and discharges its lanes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from scenarios.world import World
from sim.clock import DAY_MIN, HOUR_MIN, SELECTION_MIN, WEEK_DAYS
from sim.streams import Ints, Stream, Streams

_BEFORE_ALL_WEEKS = 1 << 32
NOTICE_MIN = DAY_MIN + SELECTION_MIN
"""A call is announced this long before its discharge, so that selection at 06:00 knows the next 24 hours."""


class Shipping:
    """Announced calls of all strings: ``announce(day)`` returns those discharged from 06:00 to 06:00 next day."""

    def __init__(self, world: World, streams: Streams, delay_mean_h: float, days: int) -> None:
        """Start one SimPy process a string; sailing times are keyed by (string, week)."""
        # A day early, so that the calls of day 0 are announced before its midnight.
        self.environment = simpy.Environment(initial_time=-DAY_MIN)
        self._announced: list[tuple[int, int, int]] = []
        weeks = days // WEEK_DAYS + 3
        strings = len(world.strings.entry)
        string, week = (grid.ravel() for grid in np.meshgrid(np.arange(strings), np.arange(weeks), indexing="ij"))
        luck = streams.uniforms(Stream.SAILING, world.strings.global_id[string], 2, epoch=week)
        first = streams.uniforms(Stream.SAILING, world.strings.global_id, 2, epoch=_BEFORE_ALL_WEEKS)[:, 0]
        planned = (first[string] * WEEK_DAYS + week * WEEK_DAYS) * DAY_MIN
        delay = -np.log(luck[:, 0]) * delay_mean_h * HOUR_MIN
        minutes = np.rint(planned + delay).astype(np.int64).reshape(strings, weeks)
        minutes = np.maximum.accumulate(minutes, axis=1)
        for row in range(strings):
            # Python integers: SimPy is several times slower with NumPy scalars in its heap.
            self.environment.process(self._string(row, minutes[row].tolist()))

    def _string(self, string: int, discharge_min: list[int]) -> Generator[Any, Any, None]:
        for week, minute in enumerate(discharge_min):
            wait = minute - NOTICE_MIN - self.environment.now
            if wait > 0:
                yield self.environment.timeout(wait)
            self._announced.append((minute, string, week))

    def announce(self, day: int) -> tuple[Ints, Ints, Ints]:
        """Run the clock to the midnight that opens ``day`` and take the calls of the next selection window.

        Returns:
            minute of discharge, string and week of each call with day 06:00 <= minute < next day 06:00, ordered by
            minute, then string.
        """
        self.environment.run(until=day * DAY_MIN)
        end = (day + 1) * DAY_MIN + SELECTION_MIN
        due = sorted(call for call in self._announced if call[0] < end)
        self._announced = [call for call in self._announced if call[0] >= end]
        columns = np.array(due, np.int64).reshape(-1, 3).T
        return columns[0], columns[1], columns[2]

