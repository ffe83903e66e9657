"""Yearly review: ministers set priorities among ports and departure countries from last year's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Lever
from sim.streams import Bools, Floats, Ints

if TYPE_CHECKING:
    from agents.customs import Area
    from agents.desk import Desk


def priorities(found: Floats, effort: Floats, finds: Ints, share: float, least_finds: float, exponent: float) -> Bools:
    """Return which candidates become priorities: those with the highest found / effort^exponent.

    A rule of thumb, not an optimum: with an exponent of zero, effort that finds attracts effort, whatever it missed
    elsewhere; with one, a candidate that tips alone made look good is one too.

    Args:
        found: kilograms found in a year.
        effort: what was spent to find them; without any there is nothing to compare, and no candidate.
        finds: number of finds; candidates with fewer than ``least_finds`` are passed over.
        share: of the candidates that become priorities, rounded up; if that is all of them, none is.
        least_finds: see finds.
        exponent: 0 for the kilograms themselves, 1 for kilograms per effort.
    """
    score = np.divide(found, effort**exponent, out=np.zeros(found.size), where=effort > 0)
    score[finds < least_finds] = 0.0
    candidates = np.count_nonzero(effort)
    most = int(np.ceil(share * candidates))
    is_priority = np.zeros(score.size, np.bool_)
    if most < candidates:
        best = np.argsort(-score, kind="stable")[:most]
        is_priority[best] = score[best] > 0
    return is_priority


class YearlyReview(Lever):
    """National: each state among its own ports, and from its own finds. Alliance: participants among all of theirs.

    Priority moves units (through `Desk.threat`) and the plan of selection, not money: no state gets more than it has.
    """

    name: ClassVar[str] = "yearly_review"
    writes: ClassVar[tuple[str, ...]] = ("port_priority", "lane_priority")

    def allot(self, desk: Desk) -> None:
        """Set priorities for the year."""
        strength = desk.strength(self)
        desk.controls.port_priority = np.ones(desk.controls.port_priority.size)
        desk.controls.lane_priority = np.zeros(desk.controls.lane_priority.size)
        for area in desk.areas(self):
            ports = np.array(area.ports)
            by_authority = strength[desk.authority_of_port[ports]]
            desk.controls.port_priority[ports] += by_authority * self._is_priority_port(desk, ports)
            self._prioritise_lanes(desk, area, ports, strength)

    def _is_priority_port(self, desk: Desk, ports: Ints) -> Bools:
        figures = desk.figures
        return priorities(
            figures.found_g_last_year[ports].sum(axis=1) / 1000, figures.controls_last_year[ports].astype(np.float64),
            figures.finds_last_year[ports].sum(axis=1), self.values["priority_share"], self.values["least_finds"],
            self.values["effort_exponent"],
        )  # fmt: skip

    def _prioritise_lanes(self, desk: Desk, area: Area, ports: Ints, strength: Floats) -> None:
        """Raise the odds of all lanes to the area's ports from the departure countries that became priorities."""
        figures, lanes = desk.figures, desk.world.lanes
        countries = sorted(set(desk.world.departure.country))
        departure = np.array([countries.index(c) for c in desk.world.departure.country], np.int64)[lanes.departure]
        is_here = np.isin(lanes.entry, ports)

        def by_country(values: Floats) -> Floats:
            return np.bincount(departure, values, minlength=len(countries)).astype(np.float64)

        is_priority = priorities(
            by_country(figures.found_g_last_year[ports].sum(axis=0) / 1000),
            by_country(figures.exposure_last_year * is_here),
            by_country(figures.finds_last_year[ports].sum(axis=0)).astype(np.int64),
            self.values["priority_share"], self.values["least_finds"], self.values["effort_exponent"],
        )  # fmt: skip
        added = np.log1p(strength[desk.authority_of_port[lanes.entry]])
        desk.controls.lane_priority[is_here] = (added * is_priority[departure])[is_here]
