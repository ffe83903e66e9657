"""The desk at which levers decide: what authorities have observed, who acts together, and what may be set."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.budget import Budget
from agents.cases import CaseFiles
from agents.controls import Controls
from agents.customs import AllianceCoordinator, Area, CustomsAuthority
from agents.evidence import Evidence
from agents.familiarity import Familiarity
from agents.fleet import Fleet
from agents.levers.base import LEAST_STRENGTH, Lever
from agents.regime import Regime
from agents.yearly_figures import YearlyFigures
from scenarios.case import Case
from scenarios.world import World
from sim.clock import Clock
from sim.streams import Bools, Floats, Ints, Streams

if TYPE_CHECKING:
    from agents.planner import Planner

_QUARTER_MONTHS = (1, 4, 7, 10)


@dataclass
class Desk:
    """Observations, areas and accounts; true flows are out of its reach (information law)."""

    case: Case
    world: World
    clock: Clock
    streams: Streams
    authorities: list[CustomsAuthority]
    coordinator: AllianceCoordinator
    authority_of_port: Ints
    evidence: Evidence
    familiarity: Familiarity
    figures: YearlyFigures
    cases: CaseFiles
    practice: Floats
    """How well each port uses its criteria, as evaluators see it when they visit (assumption: without error)."""
    fleet: Fleet
    controls: Controls
    budget: Budget
    regime: Regime
    working: list[Lever]
    """The levers that have taken effect; up to then, those of the time before the analysis."""
    planner: Planner | None = None
    """Who finds best responses, in regimes that decide by them."""
    day: int = 0
    """The day that is decided for: tomorrow."""

    @property
    def date(self) -> datetime.date:
        """Return the date that is decided for."""
        return self.clock.date(self.day)

    @property
    def is_quarter(self) -> bool:
        """Return whether a quarter begins."""
        return self.date.day == 1 and self.date.month in _QUARTER_MONTHS

    def areas(self, lever: Lever) -> list[Area]:
        """Return the areas in which a lever acts: its participants together, and each other state alone."""
        return self.coordinator.areas(self._members(lever))

    def area_of(self, authority: CustomsAuthority, name: str) -> Area:
        """Return the area in which an authority uses a lever: itself, while the lever is not common or does nothing."""
        common = [lever for lever in self.working if lever.name == name and lever.strength >= LEAST_STRENGTH]
        members = self._members(common[0]) if common else ()
        return Area(members if authority in members else (authority,))

    def is_common(self, lever: Lever) -> Bools:
        """Return which authorities use a lever together, shape (authorities,)."""
        members = self._members(lever)
        return np.array([authority in members for authority in self.authorities], np.bool_)

    def _members(self, lever: Lever) -> tuple[CustomsAuthority, ...]:
        """Return who uses a lever together; who joins later does so after the same delay."""
        delay = datetime.timedelta(days=round(lever.values["delay_days"]))
        return self.coordinator.members(self.regime.spec, lever.spec, self.date - delay)

    def strength(self, lever: Lever) -> Floats:
        """Return the strength of a lever at each authority: as far as it could pay for it, shape (authorities,)."""
        return lever.strength * self.budget.paid_share(lever.name)

    def believed_flow(self) -> Floats:
        """Return believed contaminated boxes a year by port."""
        lanes = self.world.lanes
        rate = 1 / (1 + np.exp(-self.controls.log_odds))
        boxes = np.bincount(lanes.entry, lanes.boxes_per_year * rate, minlength=len(self.world.entry.code))
        return boxes.astype(np.float64)

    def threat(self) -> Floats:
        """Return what rules of thumb follow: believed flow by port, the more of it where there is a priority."""
        threat: Floats = self.controls.port_priority * self.believed_flow()
        return threat
