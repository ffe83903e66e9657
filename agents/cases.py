"""Case files: what each authority knows of an organisation under a pseudonym, and the cases opened on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.streams import Bools, Floats, Ints

NOT_YET = -1


@dataclass(slots=True, eq=False)
class Investigation:
    """A case on one file, by one state or by several together."""

    file: int
    """Pseudonym of the organisation."""
    lead: int
    """Authority that leads it."""
    is_joint: bool
    opened_day: int
    evidence: float
    """Traces that have gone into it, faded while it waits for staff."""
    evidence_opened: float
    """Traces that it was opened with."""
    work_days: float
    """Days of a full team that it takes."""
    done_days: float = 0.0
    begun_day: int = NOT_YET
    concluded_day: int = NOT_YET
    has_arrests: bool = False


def arrest_probability(evidence: float, half: float) -> float:
    """Return the probability that a concluded case leads to arrests: evidence / (evidence + half)."""
    return evidence / (evidence + half) if evidence > 0 else 0.0


def files_to_open(evidence: Floats, is_open: Bools, threshold: float) -> Ints:
    """Return the files on which a case is opened, strongest first: enough evidence, and none open yet.

    Args:
        evidence: traces by file, of all who see it.
        is_open: whether there is a case already, by file.
        threshold: traces that it takes.
    """
    ripe = np.flatnonzero((evidence >= threshold) & ~is_open)
    ordered: Ints = ripe[np.argsort(-evidence[ripe], kind="stable")]
    return ordered


def teams(cases: list[Investigation], posts: float, posts_per_case: float) -> list[float]:
    """Return which share of a full team works on each case.

    Cases that have begun come first, in the order in which they did, then those that wait, by evidence; the next in
    line has what posts are left, and takes longer with less than a full team.
    """
    in_line = sorted(
        range(len(cases)),
        key=lambda i: (
            cases[i].begun_day == NOT_YET,
            cases[i].begun_day if cases[i].begun_day != NOT_YET else -cases[i].evidence,
            cases[i].file,
        ),
    )
    shares, left = [0.0] * len(cases), max(posts, 0.0)
    for i in in_line:
        given = min(left, posts_per_case)
        shares[i], left = given / posts_per_case, left - given
    return shares


class CaseFiles:
    """Evidence by authority and file, fading with age, and all cases opened.

    A trace counts once: it is in the file of the authority that came upon it until a case is opened, then in the case.
    """

    def __init__(self, authorities: int, half_life_days: float) -> None:
        """Start with empty files."""
        self._half_life_days = half_life_days
        self.evidence: Floats = np.zeros((authorities, 0))
        self.pending: list[Investigation] = []
        self.concluded: list[Investigation] = []

    def observe(self, authority: Ints, file: Ints) -> None:
        """Add traces, one element each, to the files of the authorities that have them."""
        if file.size == 0:
            return
        missing = int(file.max()) + 1 - self.evidence.shape[1]
        if missing > 0:
            self.evidence = np.pad(self.evidence, ((0, 0), (0, missing)))
        np.add.at(self.evidence, (authority, file), 1.0)

    def fade(self, days: float) -> None:
        """Let evidence age in files, and in cases that wait for staff."""
        factor = 0.5 ** (days / self._half_life_days)
        self.evidence *= factor
        for case in self.pending:
            if case.begun_day == NOT_YET:
                case.evidence *= factor

    def of(self, members: list[int]) -> list[Investigation]:
        """Return the pending cases that these authorities lead."""
        return [case for case in self.pending if case.lead in members]

    def open_cases(self, members: list[int], threshold: float, day: int, work_days: float) -> list[Investigation]:
        """Open the cases for which the evidence of these authorities, taken together, suffices, and use it up."""
        evidence = self.evidence[members].sum(axis=0)
        is_open = np.zeros(evidence.size, np.bool_)
        is_open[[case.file for case in self.of(members)]] = True
        opened = []
        for file in files_to_open(evidence, is_open, threshold).tolist():
            held = float(evidence[file])
            opened.append(Investigation(file, members[0], len(members) > 1, day, held, held, work_days))
            self.evidence[members, file] = 0.0
        self.pending += opened
        return opened

    def work(self, members: list[int], posts: float, posts_per_case: float, day: int, days: float) -> None:
        """Let the staff of these authorities work on their cases for some days."""
        cases = self.of(members)
        for case, share in zip(cases, teams(cases, posts, posts_per_case), strict=True):
            if share > 0 and case.begun_day == NOT_YET:
                case.begun_day = day
            case.done_days += share * days

    def conclude(self, members: list[int], day: int) -> list[Investigation]:
        """Conclude the cases on which the work is done; what has come in since they were opened goes into them."""
        done = [case for case in self.of(members) if case.done_days >= case.work_days]
        for case in done:
            case.evidence += float(self.evidence[members, case.file].sum())
            self.evidence[members, case.file] = 0.0
            case.concluded_day = day
            self.pending.remove(case)
        self.concluded += done
        return done
