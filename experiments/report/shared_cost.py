"""What in a gain is the cost of acting together, which is paid once, and not the effect of a lever."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.decompose.printing import NO_DIFFERENCE
from experiments.decompose.study import ALONE, INTERACTION, LEVER, OUTCOMES, PAIR, REMOVED
from experiments.report.gain_parts import Parts, in_words
from experiments.report.source import Source

_ENDS = ("difference", "low", "high")


def adds_coordination(source: Source) -> bool:
    """Return whether states act together in the last arm and not in the first."""
    cases = list(source.cases.values())
    return cases[-1].regime.has_alliance and not cases[0].regime.has_alliance


def without_effect(parts: Parts) -> list[str]:
    """Return levers that all change the same alone and nothing when they are taken out, to the last digit.

    Whatever two levers have in common to the gram comes with acting together and not with them.
    """
    by: dict[tuple[float, ...], list[str]] = {}
    for lever in parts.levers:
        alone, removed = (
            [parts.part(LEVER, lever, kind, outcome) for outcome in OUTCOMES] for kind in (ALONE, REMOVED)
        )
        if all(in_words(part) == NO_DIFFERENCE for part in removed) and None not in alone:
            by.setdefault(tuple(part[end] for part in alone if part for end in _ENDS), []).append(lever)
    return next((levers for values, levers in by.items() if len(levers) > 1 and any(values)), [])


def is_shared_cost(parts: Parts, pair: str, only: Sequence[str]) -> bool:
    """Return whether an interaction is what a lever without effect changes alone, with the other sign."""
    lever = next((name for name in pair.split(" x ") if name in only), None)
    if lever is None:
        return False
    both = [(parts.part(PAIR, pair, INTERACTION, o), parts.part(LEVER, lever, ALONE, o)) for o in OUTCOMES]
    return all(
        one is not None and other is not None and math.isclose(one["difference"], -other["difference"], rel_tol=1e-9)
        for one, other in both
    )
