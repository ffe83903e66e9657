"""The break-even strength of the levers with the weakest evidence, for the opening of a page on a contrast."""

from __future__ import annotations

import math

from experiments.decompose.dose import LEAST_GAIN, BreakEven
from experiments.report.break_evens import assumed_strength, break_even, not_shown_words
from experiments.report.kinds import Told
from experiments.report.next_commands import dose_text, knows_case
from experiments.report.page import Answer
from experiments.report.source import Source
from experiments.screen import contrast_label, magnitude
from scenarios.levers import LeverTerms


def listed(names: dict[str, list[str]], between: str = "; ") -> str:
    """Return groups of levers in words, empty ones left out."""
    return between.join(
        f"{group}: {', '.join(name.replace('_', ' ') for name in members)}"
        for group, members in names.items()
        if members
    )


def break_even_answer(told: Told, levers: list[LeverTerms], treated: str, baseline: str) -> Answer:
    """Return how strong the levers with the weakest evidence have to be, and what was not worked out.

    Args:
        told: the results, and folders of doses among further ones.
        levers: those that the arms differ in.
        treated, baseline: the arms.
    """
    texts = told.texts
    label, worst = texts("opening.break_even"), max((terms.grade for terms in levers), default="")
    weakest = [terms.name for terms in levers if terms.grade == worst]
    if not weakest:
        return Answer(label, texts("opening.no_levers"))
    by_words: dict[str, list[str]] = {}
    for source in told.others:
        if source.has("break_even") and _has_arms_of(told.source, source):
            lever, at = break_even(source)
            if lever in weakest:
                by_words.setdefault(_break_even_words(told, lever, at, source), []).append(lever)
    found = {lever for levers_ in by_words.values() for lever in levers_}
    ask = _ask_dose(told, [lever for lever in weakest if lever not in found], treated, baseline)
    if not by_words:
        note = texts("opening.no_dose", grade=worst, levers=_names(weakest))
        return Answer(label, texts("opening.unknown"), f"{note} {ask}", "missing")
    note = texts("opening.break_even_note", grade=worst, share=f"{100 * LEAST_GAIN:g}")
    return Answer(label, f"{listed(by_words, '. ')}.", f"{note} {ask}".strip())


def _ask_dose(told: Told, levers: list[str], treated: str, baseline: str) -> str:
    """Return which levers nothing is known of and the command that finds it; empty if there are none."""
    used = [lever for lever in levers if told.source.cases[treated].regime.scope(lever) != "off"]
    if not used:
        return ""
    if not knows_case(told.source):
        command = "waterbed dose"
        return told.texts("opening.ask_same_case", command=command)
    command = dose_text(told.source, treated, baseline, used[0])
    more = told.texts("opening.likewise", levers=", ".join(f"lever={lever}" for lever in used[1:])) if used[1:] else ""
    return told.texts("opening.ask_dose", levers=_names(used), command=command, more=more)


def _names(levers: list[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in levers)


def _break_even_words(told: Told, lever: str, at: BreakEven, source: Source) -> str:
    key = "never" if math.isnan(at.strength) else "already" if at.strength <= 0 else "from"
    arms = contrast_label(*reversed(list(source.cases)))
    strength, assumed = magnitude(round(at.strength, 2)), assumed_strength(source, lever)
    words = told.texts(f"opening.break_even_{key}", strength=strength, assumed=assumed, arms=arms)
    return f"{words} ({not_shown_words(source, told.texts)})" if at.is_lost_again else words


def _has_arms_of(source: Source, other: Source) -> bool:
    """Return whether all cases of the other folder are among those of this one."""
    return set(other.facts["case_digests"].values()) <= set(source.facts["case_digests"].values())
