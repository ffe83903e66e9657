"""What leads from a load, an arrest or a report to an organisation: the traces that authorities come upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.codes import NEEDS_EXTRACTION, Fate
from sim.consignment import Records
from sim.streams import Floats, Ints, Stream, Streams

_NOBODY: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Traces:
    """Traces of a day, one element each: all that authorities learn of who is behind what they came upon."""

    port: Ints = field(default_factory=lambda: _NOBODY)
    """Entry port or hub whose authority has it."""
    organisation: Ints = field(default_factory=lambda: _NOBODY)
    """Pseudonym under which files are kept: the same one in every state."""


def link_probability(fate: Ints, link_find: float, link_arrest: float) -> Floats:
    """Return the probability that a consignment is traced to its organisation, by its fate.

    A load without a suspect says little; the team of an extraction can be asked, and its phones read.
    """
    by_fate = np.zeros(len(Fate))
    by_fate[[Fate.SEIZED_HUB, Fate.SEIZED_ENTRY, Fate.FOUND_DOWNSTREAM]] = link_find
    by_fate[Fate.SEIZED_EXTRACTION] = link_arrest
    linked: Floats = by_fate[fate]
    return linked


def reported_jobs(port: Ints, order: Floats, enquiries: Ints) -> Ints:
    """Return which jobs enquiries into reports are about: at each port those first in order, each job once.

    Args:
        port: of each job.
        order: a number of each job, the same in every arm.
        enquiries: by port.
    """
    ranked = np.lexsort((order, port))
    first = np.searchsorted(port[ranked], port[ranked], side="left")
    chosen: Ints = np.sort(ranked[np.arange(port.size) - first < enquiries[port[ranked]]])
    return chosen


class Forensics:
    """Draws which finds, arrests and reports lead to an organisation; the luck is that of the consignment."""

    def __init__(self, values: Mapping[str, float], lots: Records, hub: Ints, streams: Streams) -> None:
        """Take the parameters of the lever investigations, and the hub of each lane, -1 without one."""
        self._values, self._lots, self._hub, self._streams = values, lots, hub, streams
        self._linked = link_probability(np.arange(len(Fate)), values["link_find"], values["link_arrest"])
        self._jobs: list[Ints] = []

    def note_jobs(self, rows: Records, arriving: Ints) -> None:
        """Note the jobs of the week for which staff are approached: those of teams with a foothold."""
        self._jobs.append(arriving[NEEDS_EXTRACTION[rows["method"][arriving]] & (rows["has_foothold"][arriving] == 1)])

    def of_closed(self, rows: Records, closed: Ints) -> Traces:
        """Return the traces that consignments leave that closed today; each closes once, so it leaves one at most."""
        linked = self._linked[rows["fate"][closed]]
        if not linked.any():
            return Traces()
        found = rows[closed[linked > 0]]
        found = found[self._luck(Stream.LINK, found) < linked[linked > 0]]
        is_at_hub = found["fate"] == Fate.SEIZED_HUB
        return Traces(np.where(is_at_hub, self._hub[found["lane"]], found["place"]), found["organisation"].copy())

    def of_reports(self, rows: Records, enquiries: Ints) -> Traces:
        """Return the traces of the week's enquiries into reports of staff, and begin a new week."""
        jobs = np.concatenate([_NOBODY, *self._jobs])
        self._jobs = []
        jobs = jobs[enquiries[rows["place"][jobs]] > 0]
        if jobs.size == 0:
            return Traces()
        chosen = jobs[reported_jobs(rows["place"][jobs], self._luck(Stream.REPORTED, rows[jobs]), enquiries)]
        found = rows[chosen]
        found = found[self._luck(Stream.REPORT_LINK, found) < self._values["link_report"]]
        return Traces(found["place"].copy(), found["organisation"].copy())

    def _luck(self, stream: Stream, of: Records) -> Floats:
        lead = self._lots["id"][of["lead_lot"]]
        luck: Floats = self._streams.uniforms(stream, lead, 1, epoch=of["ordinal"].copy())[:, 0]
        return luck


def joined(first: Traces, second: Traces) -> Traces:
    """Return the traces of both."""
    return Traces(
        np.concatenate([first.port, second.port]), np.concatenate([first.organisation, second.organisation])
    )  # fmt: skip
