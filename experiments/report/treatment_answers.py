"""What the page of a ledger opens with where one place is treated and no lever differs."""

from __future__ import annotations

import math

from experiments.report.next_commands import knows_case, spillover_text
from experiments.report.page import Answer
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import magnitude
from experiments.treated import Treated

_KINDS = ("port", "country", "port range")
"""Of places that waterbed spillover treats."""


def treatment_answers(source: Source, texts: Texts, treated: Treated) -> list[Answer]:
    """Return what parameters leave open, and why there is no grade, no break-even strength and no law to ask about.

    Args:
        source: a ledger whose arms have the same regime.
        texts: the words.
        treated: the place.
    """
    factor = float(source.facts["settings"].get("capacity_factor", math.nan))
    return [
        _parameters(source, texts, treated, factor),
        Answer(
            texts("ledger.no_lever"),
            texts("ledger.no_lever_value", factor=magnitude(factor)),
            texts("ledger.no_lever_note"),
        ),
        Answer(texts("opening.reversal"), texts("opening.unknown"), texts("ledger.no_ranking"), "missing"),
    ]


def _parameters(source: Source, texts: Texts, treated: Treated, factor: float) -> Answer:
    note = texts("ledger.no_spillover")
    if treated.kind in _KINDS and treated.ports and knows_case(source) and math.isfinite(factor):
        note = texts("ledger.ask_spillover", command=spillover_text(source, treated.name, factor))
    return Answer(texts("opening.parameters"), texts("opening.unknown"), note, "missing")
