"""The page of waterbed dose: how strong a lever has to be."""

from __future__ import annotations

from experiments.report.break_evens import assumed_strength, break_even, break_even_note, break_even_words
from experiments.report.dose_section import dose_figure, evidence_table
from experiments.report.gain_parts import lever_label
from experiments.report.kinds import Body, Told
from experiments.report.page import Answer, Section
from experiments.report.reading import DOSE, reading_section
from experiments.screen import arm_label


def body(told: Told) -> Body:
    """Return question, answer and section of a folder of doses."""
    source, texts = told.source, told.texts
    lever, at = break_even(source)
    found = break_even_words(source)
    name = lever_label(lever)
    before, after = (arm_label(arm) for arm in (next(iter(source.cases)), list(source.cases)[-1]))
    blocks = (
        texts("dose.intro"), dose_figure(source, texts), texts("decomposition.mark"), texts("decomposition.evidence"),
        evidence_table(source, texts, [lever], {lever: at}),
    )  # fmt: skip
    return Body(
        question=texts("dose.question", lever=name, before=before, after=after),
        answers=(
            Answer(
                texts("dose.answer", lever=name),
                found[:1].upper() + found[1:],
                break_even_note(texts, {name: assumed_strength(source, lever)}),
            ),
        ),
        sections=(reading_section(source, texts, DOSE), Section("dose", texts("dose.heading", lever=name), blocks)),
    )
