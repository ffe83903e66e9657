"""From a port's yearly scan capacity to servers and shifts on its control line."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from scenarios.case import Case
from scenarios.parameters import ControlParameters
from scenarios.world import EntryPorts
from sim.clock import DAY_MIN, HOUR_MIN
from sim.control_line.roster import READ, RETRIEVE, SCAN, SEARCH, STAGES, Roster
from sim.streams import Floats, Ints, Stream, Streams

_ALL_WEEK, _WORKING_DAYS = 0b1111111, 0b0011111
_WEEKS_PER_YEAR = 365.25 / 7
MAX_SCANNERS = 40
"""Scanners that a port has at most; the scan is never the bottleneck, so further units add moves, readers and teams."""
_IDS_PER_PORT = 1024
_BUSY_SHARE = 0.8
"""Readers and search teams are sized to be busy this share of their shift (assumption: the yard is the bottleneck)."""


class Shift(NamedTuple):
    """A port's shift: window in minutes of the day, and weekdays as bits from Monday."""

    open_min: Ints
    close_min: Ints
    weekdays: Ints

    def minutes_per_year(self) -> Floats:
        """Return rostered minutes a year."""
        days = np.array([int(mask).bit_count() for mask in self.weekdays])
        minutes: Floats = (self.close_min - self.open_min) * days * _WEEKS_PER_YEAR
        return minutes


def shifts(entry: EntryPorts, control: ControlParameters) -> Shift:
    """Return every port's shift: long and daily where baseline capacity is large, else short on working days."""
    is_long = entry.scans_per_year >= control.long_shift_from_scans
    return Shift(
        np.where(is_long, control.long_shift_open_h, control.short_shift_open_h).astype(np.int64) * HOUR_MIN,
        np.where(is_long, control.long_shift_close_h, control.short_shift_close_h).astype(np.int64) * HOUR_MIN,
        np.where(is_long, _ALL_WEEK, _WORKING_DAYS).astype(np.int64),
    )


def servers(
    scans_per_year: float, units: int, has_scanner: bool, minutes: float, control: ControlParameters,
    added_alarms: float = 0.0,
) -> Ints:  # fmt: skip
    """Return the servers of the four stages that a yearly capacity needs, shape (4,).

    Args:
        scans_per_year: capacity, in scans; where there is no scanner, in searches.
        units: scanners present.
        has_scanner: whether boxes are scanned before they are searched.
        minutes: rostered minutes a year.
        control: mean service times.
        added_alarms: share of scanned boxes that are searched although the image gave no alarm.
    """
    alarms = control.image_false_alarm + added_alarms
    searches = scans_per_year * alarms if has_scanner else scans_per_year
    count = np.zeros(STAGES, np.int64)
    if has_scanner:
        count[RETRIEVE] = math.ceil(scans_per_year * control.retrieval_min / minutes)
        count[SCAN] = min(max(1, units), MAX_SCANNERS)
        count[READ] = math.ceil(scans_per_year * control.read_min / minutes / _BUSY_SHARE)
    count[SEARCH] = math.ceil(searches * control.search_min / minutes / _BUSY_SHARE)
    # At least one everywhere: a unit that is moved away leaves when the boxes in its line are done.
    return np.maximum(count, 1)


def breakdowns(entry: EntryPorts, control: ControlParameters, streams: Streams, days: int) -> tuple[Ints, Ints, Ints]:
    """Return starts, ends and offsets of all scanner breakdowns: exponential times up and down, keyed by scanner."""
    width = int(days / (control.scanner_mtbf_days + control.scanner_mttr_days) * 2 + 20)
    ports = len(entry.code)
    scanner = (entry.global_id[:, None] * _IDS_PER_PORT + np.arange(MAX_SCANNERS)).ravel()
    luck = -np.log(streams.uniforms(Stream.BREAKDOWN, scanner, 2 * width)).reshape(scanner.size, width, 2)
    up = np.maximum(1, np.rint(luck[:, :, 0] * control.scanner_mtbf_days * DAY_MIN)).astype(np.int64)
    down = np.maximum(1, np.rint(luck[:, :, 1] * control.scanner_mttr_days * DAY_MIN)).astype(np.int64)
    end = np.cumsum(up + down, axis=1)
    start = end - down
    is_kept = start < days * DAY_MIN
    first = np.concatenate([[0], np.cumsum(is_kept.sum(axis=1))]).astype(np.int64)
    assert first.size == ports * MAX_SCANNERS + 1
    return start[is_kept], end[is_kept], first


def make_roster(case: Case, entry: EntryPorts, streams: Streams, days: int) -> Roster:
    """Return the roster of all ports at the start of a run, without servers (capacity is set by the authorities)."""
    control = case.parameters.control
    shift = shifts(entry, control)
    starts, ends, first = breakdowns(entry, control, streams, days)
    four = (1, STAGES)
    return Roster(
        servers=np.zeros((len(entry.code), STAGES), np.int64),
        open_min=np.tile(shift.open_min[:, None], four),
        close_min=np.tile(shift.close_min[:, None], four),
        weekdays=np.tile(shift.weekdays[:, None], four),
        first_weekday=case.burn_in_start.weekday(),
        breakdown_start=starts,
        breakdown_end=ends,
        breakdown_first=first,
        max_scanners=MAX_SCANNERS,
    )
