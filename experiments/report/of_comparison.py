"""The page of a comparison of regimes."""

from __future__ import annotations

from dataclasses import replace

from experiments.report.accounts_section import accounts_section
from experiments.report.compared import Compared
from experiments.report.controls_maps import controls_section
from experiments.report.flow_maps import flow_section
from experiments.report.flow_reading import reading_of_flow
from experiments.report.identities import identity_section
from experiments.report.kinds import Body, Told
from experiments.report.kpi_section import kpi_section
from experiments.report.over_time import time_section
from experiments.report.page import Answer, Section
from experiments.report.port_table import ports_section
from experiments.report.regimes_section import regimes_section
from experiments.report.trade_section import trade_section
from experiments.report.views_section import views_section
from experiments.screen import arm_label, with_interval


def body(told: Told) -> Body:
    """Return question, answers and sections of a comparison; its first contrast is the headline."""
    source, texts = told.source, told.texts
    compared = Compared(told)
    answers: tuple[Answer, ...] = ()
    question = texts("comparison.question_single", arm=compared.labels[0])
    if compared.has_contrast:
        rows = source.table("contrasts").to_pylist()
        headline = next(row for row in rows if row["outcome"] == "landed")
        treated, baseline = headline["contrast"].split(" - ")
        kept_off, low, high = (-headline[end] / source.years for end in ("difference", "high", "low"))
        question = texts("comparison.question", treated=arm_label(treated), baseline=arm_label(baseline))
        answers = (
            Answer(
                texts("comparison.kept_off"),
                texts("comparison.kept_off_value", value=with_interval(kept_off, low, high)),
                texts("comparison.kept_off_note"),
            ),
        )
    return Body(question, answers, comparison_sections(compared))


def comparison_sections(compared: Compared) -> tuple[Section, ...]:
    """Return all sections after the opening, in their order."""
    identities = identity_sections(compared) if compared.has_contrast and compared.has("identities") else ()
    return (
        regimes_section(compared),
        controls_section(compared),
        flow_section(compared),
        *identities,
        views_section(compared),
        time_section(compared),
        trade_section(compared),
        ports_section(compared),
        accounts_section(compared),
        kpi_section(compared),
    )


def identity_sections(compared: Compared) -> tuple[Section, Section]:
    """Return both identities of the first contrast, the second with the sentence that reads it."""
    contrast = " - ".join(reversed(compared.shown))
    first, second = (identity_section(compared.source, compared.texts, contrast, name) for name in ("I1", "I2"))
    return first, replace(second, blocks=(*second.blocks, reading_of_flow(compared)))
