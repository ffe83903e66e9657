"""The page of a comparison of regimes."""

from __future__ import annotations

from experiments.report.identities import identity_section
from experiments.report.kinds import Body, Told
from experiments.report.page import Answer
from experiments.screen import arm_label, with_interval


def body(told: Told) -> Body:
    """Return question, answers and sections of a comparison; its first contrast is the headline."""
    source, texts = told.source, told.texts
    rows = source.table("contrasts").to_pylist()
    headline = next(row for row in rows if row["outcome"] == "landed")
    treated, baseline = headline["contrast"].split(" - ")
    kept_off, low, high = (-headline[end] / source.years for end in ("difference", "high", "low"))
    return Body(
        question=texts("comparison.question", treated=arm_label(treated), baseline=arm_label(baseline)),
        answers=(
            Answer(
                texts("comparison.kept_off"),
                texts("comparison.kept_off_value", value=with_interval(kept_off, low, high)),
                texts("comparison.kept_off_note"),
            ),
        ),
        sections=(identity_section(source, texts, headline["contrast"], "I1"),),
    )
