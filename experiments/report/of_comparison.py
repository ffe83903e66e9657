"""The page of a comparison of regimes."""

from __future__ import annotations

from experiments.report.identities import identity_section
from experiments.report.kinds import Body, Told
from experiments.report.opening import opening
from experiments.report.reading import reading_section
from experiments.screen import arm_label


def body(told: Told) -> Body:
    """Return question, answers and sections of a comparison; its first contrast is the headline."""
    source, texts = told.source, told.texts
    rows = source.table("contrasts").to_pylist()
    headline = next(row for row in rows if row["outcome"] == "landed")
    treated, baseline = headline["contrast"].split(" - ")
    return Body(
        question=texts("comparison.question", treated=arm_label(treated), baseline=arm_label(baseline)),
        answers=opening(told, headline),
        sections=(
            reading_section(source, texts),
            identity_section(source, texts, headline["contrast"], "I1"),
        ),
    )
