"""The gain of a regime over another one, split by groups of levers and by lever, replication by replication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.contrasts import CONFIDENCE, Contrast, holm, paired_contrast
from experiments.decompose.game import NOBODY, Players, coalitions, interaction, shapley
from experiments.decompose.players import Question
from experiments.decompose.runs import CaseRuns
from sim.streams import Floats, Ints

KEPT_OFF, SEIZED = "kept off", "seized"
OUTCOMES = (KEPT_OFF, SEIZED)
"""Kept off the market: landed in the baseline less landed. Seized: at places of entry. They are never added."""
TOTAL, SHAPLEY, ALONE, REMOVED, INTERACTION = "total", "shapley", "alone", "removed", "interaction"
ALL, GROUP, LEVER, PAIR = "all", "group", "lever", "pair"
_GRAMS = 1e6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the gain in t/yr."""

    level: str
    """What the name is one of: all, group, lever or pair."""
    name: str
    kind: str
    """Total, shapley, alone (added to the baseline), removed (what the treated arm loses without it), interaction."""
    outcome: str
    contrast: Contrast
    is_resolved: bool
    """Whether both intervals exclude zero, and the p-value adjusted for all parts of this kind is below 5 %."""


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The result: what every set of levers gave, and the parts of the gain."""

    question: Question
    runs: dict[Players, CaseRuns]
    parts: list[Part]

    @property
    def replications(self) -> int:
        """Return how many replications every set of levers has."""
        return self.runs[NOBODY].landed_g.size

    def part(self, name: str, kind: str, outcome: str) -> Part:
        """Return a part by name."""
        return next(p for p in self.parts if (p.name, p.kind, p.outcome) == (name, kind, outcome))

    @property
    def has_equal_money(self) -> bool:
        """Return whether every set of levers had the same appropriations in every account and replication."""
        first = self.runs[NOBODY].appropriated
        return all(np.array_equal(runs.appropriated, first) for runs in self.runs.values())


def decompose(question: Question, runs: dict[Players, CaseRuns]) -> Decomposition:
    """Return the parts of the gain.

    Args:
        question: which levers differ, in which groups.
        runs: of every set of levers that the question names, the same replications in each.
    """
    parts = []
    for outcome in OUTCOMES:
        values = {levers: value_g(of_set, outcome) for levers, of_set in runs.items()}
        found = list(_parts(question, values))
        for kind, level in dict.fromkeys((kind, level) for level, _, kind, _ in found):
            rows = [(name, grams) for other, name, k, grams in found if (k, other) == (kind, level)]
            contrasts = [_contrast(grams / _GRAMS / question.baseline.horizon_years) for _, grams in rows]
            for (name, _), (c, is_resolved) in zip(rows, resolved_family(contrasts), strict=True):
                parts.append(Part(level, name, kind, outcome, c, is_resolved))
    return Decomposition(question, runs, parts)


def value_g(runs: CaseRuns, outcome: str) -> Ints:
    """Return what a set of levers is worth by an outcome, in grams: more is better."""
    return -runs.landed_g if outcome == KEPT_OFF else runs.seized_g


def resolved_family(contrasts: list[Contrast]) -> list[tuple[Contrast, bool]]:
    """Return contrasts with whether each is resolved, their number considered (Holm)."""
    adjusted = holm([c.p_value for c in contrasts])
    return [(c, c.is_resolved and p < 1 - CONFIDENCE) for c, p in zip(contrasts, adjusted, strict=True)]


def _contrast(values: Floats) -> Contrast:
    return paired_contrast(values, np.zeros_like(values))


def _parts(question: Question, values: dict[Players, Ints]) -> Iterator[tuple[str, str, str, Ints | Floats]]:
    """Yield level, name, kind and grams by replication of every part."""
    groups, everybody = list(question.groups), frozenset(question.levers)
    nothing, everything = values[NOBODY], values[everybody]
    yield ALL, ALL, TOTAL, everything - nothing
    by_groups = {some: values[question.of_groups(some)] for some in coalitions(groups)}
    for group, grams in shapley(by_groups, groups).items():
        yield GROUP, group, SHAPLEY, grams
    members = [(GROUP, group, question.of_groups(frozenset({group}))) for group in groups]
    members += [(LEVER, lever, frozenset({lever})) for lever in question.levers]
    for level, name, levers in members:
        yield level, name, ALONE, values[levers] - nothing
        yield level, name, REMOVED, everything - values[everybody - levers]
    for one, other in question.pairs:
        yield PAIR, f"{one} x {other}", INTERACTION, interaction(values, one, other)
