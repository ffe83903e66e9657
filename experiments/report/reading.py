"""How to read a page on a contrast, and what its arms are."""

from __future__ import annotations

from experiments.report.page import Column, Notice, Section, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import FROZEN_STOCK_NOTE, UPPER_BOUND, UPPER_BOUND_NOTE, arm_label

CONTRAST = ("words", "paired", "intervals", "named")
"""What there is to know of a page on a contrast."""
LEDGER = ("words", "paired", "intervals", "named_treated")
DOSE = ("words", "paired", "intervals", "strengths", "named")
SWEEP = ("words", "points", "regime", "spread", "named")


def reading_section(source: Source, texts: Texts, words: tuple[str, ...] = CONTRAST) -> Section:
    """Return what a reader needs to know of the words and of the arms.

    Args:
        source: the results.
        texts: the words.
        words: what is said.
    """
    rows = tuple((arm_label(arm), f"{case.regime.about}.") for arm, case in source.cases.items())
    columns = (Column(texts("reading.arm"), is_number=False), Column(texts("reading.about"), is_number=False))
    notes = [FROZEN_STOCK_NOTE] if any(arm_label(arm) != arm for arm in source.cases) else []
    notes += [UPPER_BOUND_NOTE] if UPPER_BOUND in source.cases else []
    return Section(
        "reading",
        texts("reading.title"),
        (*(texts(f"reading.{word}") for word in words), Table(texts("reading.arms"), columns, rows, " ".join(notes))),
    )


def good_notices(source: Source, texts: Texts) -> tuple[Notice, ...]:
    """Return what has to be said first of a good whose values are made up; nothing of others."""
    good = source.case.good
    return (Notice(texts("reading.illustrative", name=good.name, about=good.about)),) if good.is_illustrative else ()
