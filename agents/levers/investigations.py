"""Investigations: cases that finds, arrests and reports feed, and that end with arrests or with nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.cases import Investigation, arrest_probability
from agents.controls import Arrest
from agents.levers.base import Lever
from sim.clock import WEEK_DAYS
from sim.streams import Stream

if TYPE_CHECKING:
    from agents.customs import Area
    from agents.desk import Desk


class Investigations(Lever):
    """National: every state has its own files and staff. Alliance: both are pooled, and the money is followed.

    Two states that work on the same organisation do so twice. A joint case takes longer.
    """

    name: ClassVar[str] = "investigations"
    writes: ClassVar[tuple[str, ...]] = ("arrests",)

    def act(self, desk: Desk) -> None:
        """Work on cases once a week; what they lead to happens tomorrow."""
        desk.controls.arrests = []
        if desk.day % WEEK_DAYS:
            return
        for area in desk.areas(self):
            desk.controls.arrests += self.work_a_week(desk, area)

    def work_a_week(self, desk: Desk, area: Area) -> list[Arrest]:
        """Work on the cases of an area, conclude those that are done, open new ones; return whom it arrests."""
        values, files = self.values, desk.cases
        members = [member.index for member in area.members]
        files.work(members, self.posts(desk, area), values["posts_per_case"], desk.day, WEEK_DAYS)
        arrests = [self.arrest(desk, case) for case in files.conclude(members, desk.day)]
        extra = values["joint_extra_days"] if len(members) > 1 else 0.0
        files.open_cases(members, values["threshold_traces"], desk.day, values["duration_days"] + extra)
        return [arrest for arrest in arrests if arrest is not None]

    def posts(self, desk: Desk, area: Area) -> float:
        """Return the investigators at work: as far as staff and running cost have been paid for this year."""
        paid = desk.budget.paid_share(self.name)
        wanted = self.values["posts_per_port"]
        return sum(wanted * member.ports.size * float(paid[member.index]) for member in area.members)

    def arrest(self, desk: Desk, case: Investigation) -> Arrest | None:
        """Return whom a concluded case arrests and what it seizes, or None if it comes to nothing."""
        luck = desk.streams.uniforms(Stream.CASE_OUTCOME, np.array([case.file]), 1, epoch=desk.day)[0, 0]
        if luck >= self.strength * arrest_probability(case.evidence, self.values["half_chance_traces"]):
            return None
        case.has_arrests = True
        seized_share = self.values["joint_seized_share" if case.is_joint else "national_seized_share"]
        return Arrest(case.file, self.values["arrested_share"], seized_share)
