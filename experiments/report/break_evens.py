"""Break-even strengths of levers in words, as folders of doses say."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.decompose.dose import LEAST_GAIN, BreakEven, not_shown_after
from experiments.decompose.dose_printing import break_even_in_words
from experiments.decompose.study import KEPT_OFF
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import magnitude, number


def break_even(source: Source) -> tuple[str, BreakEven]:
    """Return the lever of a folder of doses and its break-even strength.

    Raises:
        InputError: the table is missing or damaged.
    """
    row = source.table("break_even").to_pylist()[0]
    lever = row.pop("lever")
    return lever, BreakEven(**row)


def break_evens(sources: Sequence[Source]) -> dict[str, BreakEven]:
    """Return the break-even strength of each lever that there is a folder of doses of."""
    return dict(break_even(source) for source in sources if source.has("break_even"))


def in_short(texts: Texts, found: BreakEven | None) -> str:
    """Return a break-even strength in few words."""
    if found is None:
        return texts("dose.not_run")
    if math.isnan(found.strength):
        return texts("dose.none")
    strength = number(found.strength, 2) if found.is_interpolated else magnitude(round(found.upto, 4))
    return strength + (f" ({texts('dose.lost')})" if found.is_lost_again else "")


def not_shown(source: Source) -> list[float]:
    """Return the strengths above the break-even at which it is not shown that the lever is enough."""
    if not source.has("doses"):
        return []
    rows = source.table("doses", ["strength", "outcome", "is_enough"]).to_pylist()
    curve = [(row["strength"], row["is_enough"]) for row in rows if row["outcome"] == KEPT_OFF]
    return not_shown_after(break_even(source)[1], curve)


def not_shown_words(source: Source, texts: Texts) -> str:
    """Return at which larger strengths it is not shown to be enough."""
    found, share = not_shown(source), f"{100 * LEAST_GAIN:g}"
    if not found:
        return texts("dose.not_shown_somewhere", share=share)
    return texts("dose.not_shown", strengths=", ".join(magnitude(round(at, 4)) for at in found), share=share)


def break_even_words(source: Source) -> str:
    """Return the break-even strength of a folder of doses with what it rests on, as the terminal prints it."""
    return break_even_in_words(break_even(source)[1], not_shown(source))


def assumed_strength(source: Source, lever: str) -> str:
    """Return the strength that a lever has in these results where it is not varied."""
    return magnitude(list(source.cases.values())[-1].parameters.levers[lever]["strength"])


def break_even_note(texts: Texts, assumed: dict[str, str]) -> str:
    """Return what a break-even strength is, and what strength each of these levers is assumed to have."""
    strengths = ", ".join(f"{name} {strength}" for name, strength in assumed.items())
    words = texts("decomposition.assumed_here", strengths=strengths)
    return texts("decomposition.break_even_note", assumed=words)
