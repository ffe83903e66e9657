"""Vessel calls: SimPy owns the clock; each ship string sails at even intervals, late at random."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from scenarios.parameters import ShippingParameters
from scenarios.world import World
from sim.clock import DAY_MIN, HOUR_MIN, SELECTION_MIN, WEEK_DAYS, YEAR_DAYS
from sim.streams import Ints, Stream, Streams

_BEFORE_ALL_SAILINGS = 1 << 32
NOTICE_MIN = DAY_MIN + SELECTION_MIN
"""A call is announced this long before its discharge, so that selection at 06:00 knows the next 24 hours."""


class Shipping:
    """Announced calls of all strings: ``announce(day)`` returns those discharged from 06:00 to 06:00 next day."""

    def __init__(self, world: World, streams: Streams, shipping: ShippingParameters, days: int) -> None:
        """Start one SimPy process a string; sailing times are keyed by (string, sailing)."""
        # A day early, so that the calls of day 0 are announced before its midnight.
        self.environment = simpy.Environment(initial_time=-DAY_MIN)
        self._announced: list[tuple[int, int, int]] = []
        self.per_week = sailings_per_week(world, shipping.boxes_per_call)
        first = streams.uniforms(Stream.SAILING, world.strings.global_id, 1, epoch=_BEFORE_ALL_SAILINGS)[:, 0]
        for row, string_id in enumerate(world.strings.global_id):
            interval_min = WEEK_DAYS * DAY_MIN / self.per_week[row]
            sailing = np.arange(int(days * DAY_MIN / interval_min) + 3)
            luck = streams.uniforms(Stream.SAILING, np.full(sailing.size, string_id), 1, epoch=sailing)[:, 0]
            delay = -np.log(luck) * shipping.delay_mean_h * HOUR_MIN
            minutes = np.rint((first[row] + sailing) * interval_min + delay).astype(np.int64)
            # Python integers: SimPy is several times slower with NumPy scalars in its heap.
            self.environment.process(self._string(row, np.maximum.accumulate(minutes).tolist()))

    def _string(self, string: int, discharge_min: list[int]) -> Generator[Any, Any, None]:
        for sailing, minute in enumerate(discharge_min):
            wait = minute - NOTICE_MIN - self.environment.now
            if wait > 0:
                yield self.environment.timeout(wait)
            self._announced.append((minute, string, sailing))

    def announce(self, day: int) -> tuple[Ints, Ints, Ints]:
        """Run the clock to the midnight that opens ``day`` and take the calls of the next selection window.

        Returns:
            minute of discharge, string and sailing of each call with day 06:00 <= minute < next day 06:00, ordered by
            minute, then string.
        """
        self.environment.run(until=day * DAY_MIN)
        end = (day + 1) * DAY_MIN + SELECTION_MIN
        due = sorted(call for call in self._announced if call[0] < end)
        self._announced = [call for call in self._announced if call[0] >= end]
        columns = np.array(due, np.int64).reshape(-1, 3).T
        return columns[0], columns[1], columns[2]


def sailings_per_week(world: World, boxes_per_call: float) -> Ints:
    """Return sailings a week of each string: one, or as many as keep a call within ``boxes_per_call``."""
    boxes = np.bincount(world.lanes.string, world.lanes.boxes_per_year, minlength=world.strings.entry.size)
    return np.maximum(1, np.ceil(boxes * WEEK_DAYS / YEAR_DAYS / boxes_per_call)).astype(np.int64)
