"""Joint operations: the same staff hours, bunched into surges at random ports and on random days."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Lever
from scenarios.parameters import ControlParameters
from sim.clock import YEAR_DAYS
from sim.streams import Bools, Floats, Ints, Stream

if TYPE_CHECKING:
    from agents.desk import Desk

_KEPT_WITHIN = 1e-4
"""Ordinary days keep their factor while it is as good as right, so that lines are not staffed anew each day."""


def first_days(luck: Floats, year_days: int, surge_days: int) -> Ints:
    """Return the days of the year on which surges begin: any that do not overlap and leave the last day free.

    Args:
        luck: a uniform for each surge.
        year_days: days of the year.
        surge_days: days that a surge lasts.
    """
    ordinary = year_days - 1 - luck.size * surge_days
    begins: Ints = np.floor(np.sort(luck) * (ordinary + 1)).astype(np.int64)
    return begins + surge_days * np.arange(luck.size)


def ordinary_factor(ahead_min: Floats, planned_min: Floats, days_left: Ints, usual_min: Floats) -> Floats:
    """Return the factor on hours of an ordinary day by which all extra hours of surges are taken back by 31 December.

    Args:
        ahead_min: minutes worked so far beyond the usual ones, by port.
        planned_min: extra minutes of the surges still to come this year.
        days_left: ordinary days left this year, with today.
        usual_min: minutes of a usual day.
    """
    possible = np.maximum(days_left * usual_min, 1e-9)
    factor: Floats = np.maximum(1 - (ahead_min + planned_min) / possible, 0.0)
    return np.where(usual_min > 0, factor, 1.0)


def staff_min_per_day(scans_per_year: Floats, has_scanner: Bools, control: ControlParameters) -> Floats:
    """Return customs minutes a usual day of controls against drugs, by port: to scan, to read, and to open and search.

    Fetching boxes is the terminal's work.
    """
    searching = control.image_false_alarm * control.search_min
    per_scan = np.where(has_scanner, control.scan_min + control.read_min + searching, searching)
    minutes: Floats = control.drug_tasked_share * scans_per_year / YEAR_DAYS * per_scan
    return minutes


class JointOperations(Lever):
    """National: each state surges at its own ports on days of its own. Alliance: participants on the same days.

    Ports take part in a surge at random, the same ones in both scopes. The hours are those of the units that work at a
    port; it takes its extra hours back on the year's other days, to the minute, unless its units change on the very
    last days: what they leave is carried over.
    """

    name: ClassVar[str] = "joint_operations"
    writes: ClassVar[tuple[str, ...]] = ("surge",)

    def begin(self, desk: Desk) -> None:
        """Begin without hours worked ahead."""
        self.ahead_min: Floats = np.zeros(len(desk.world.entry.code))
        """Minutes worked beyond the usual ones and not yet taken back, by port."""
        self._ordinary: Floats = np.ones(self.ahead_min.size)
        self._calendar_of: tuple[int, tuple[tuple[int, ...], ...]] | None = None

    def act(self, desk: Desk) -> None:
        """Settle today's hours, and set those of tomorrow."""
        usual = self._usual_min(desk, *desk.fleet.working_today)
        self.ahead_min += (desk.controls.surge - 1) * usual
        extra = self.strength_by_port(desk) * (self.values["surge_factor"] - 1)
        day, calendar = desk.date.timetuple().tm_yday - 1, self._calendar_now(desk)
        today, later = calendar[:, day], calendar[:, day:]
        usual = self._usual_min(desk, *desk.fleet.working())
        planned = (later.sum(axis=1) - today) * extra * usual
        ordinary = ordinary_factor(self.ahead_min, planned, (~later).sum(axis=1), usual)
        is_last_day = later.shape[1] == 1
        if not is_last_day:
            ordinary = np.where(np.abs(ordinary - self._ordinary) < _KEPT_WITHIN, self._ordinary, ordinary)
        self._ordinary = ordinary
        # Staff work no more on a day than in a surge: what is left over waits for the next.
        desk.controls.surge = np.where(today, 1 + extra, np.minimum(ordinary, 1 + extra))

    def strength_by_port(self, desk: Desk) -> Floats:
        """Return the strength at each port."""
        return desk.strength(self)[desk.authority_of_port]

    @staticmethod
    def _usual_min(desk: Desk, scans_per_year: Floats, units: Ints) -> Floats:
        return staff_min_per_day(scans_per_year, units > 0, desk.case.parameters.control)

    def _calendar_now(self, desk: Desk) -> Bools:
        """Return on which days of the year each port surges, given who acts together today; shape (ports, days)."""
        areas = tuple(tuple(area.ports) for area in desk.areas(self))
        if self._calendar_of != (desk.date.year, areas):
            self._calendar_of = (desk.date.year, areas)
            self._calendar = self._calendar_of_year(desk, areas)
        return self._calendar

    def _calendar_of_year(self, desk: Desk, areas: tuple[tuple[int, ...], ...]) -> Bools:
        year, ids = desk.date.year, desk.world.entry.global_id
        surges, length = round(self.values["surges_per_year"]), round(self.values["surge_days"])
        luck = desk.streams.uniforms(Stream.SURGE_PORT, ids, surges, epoch=year)
        takes_part = luck < self.values["ports_share"]
        year_days = datetime.date(year, 12, 31).timetuple().tm_yday
        calendar = np.zeros((ids.size, year_days), np.bool_)
        for ports in areas:
            luck = desk.streams.uniforms(Stream.SURGE_DATE, ids[list(ports[:1])], surges, epoch=year)[0]
            for surge, first in enumerate(first_days(luck, year_days, length).tolist()):
                calendar[list(ports), first : first + length] = takes_part[list(ports), surge, None]
        return calendar
