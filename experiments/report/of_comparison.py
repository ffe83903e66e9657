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
from experiments.report.opening import opening
from experiments.report.over_time import time_section
from experiments.report.page import Section
from experiments.report.port_table import ports_section
from experiments.report.reading import reading_section
from experiments.report.regimes_section import regimes_section
from experiments.report.trade_section import trade_section
from experiments.report.views_section import views_section
from experiments.screen import arm_label


def body(told: Told) -> Body:
    """Return question, answers and sections of a comparison; its first contrast is the headline."""
    source, texts, compared = told.source, told.texts, Compared(told)
    if not compared.has_contrast:
        question = texts("comparison.question_single", arm=compared.labels[0])
        return Body(question, (), comparison_sections(compared))
    headline = next(row for row in source.table("contrasts").to_pylist() if row["outcome"] == "landed")
    baseline, treated = (arm_label(arm) for arm in compared.shown)
    return Body(
        question=texts("comparison.question", treated=treated, baseline=baseline),
        answers=opening(told, headline),
        sections=(reading_section(source, texts), *comparison_sections(compared)),
    )


def comparison_sections(compared: Compared) -> tuple[Section, ...]:
    """Return all sections on what the regimes do, in their order."""
    return (
        regimes_section(compared),
        controls_section(compared),
        flow_section(compared),
        *identity_sections(compared),
        views_section(compared),
        time_section(compared),
        trade_section(compared),
        ports_section(compared),
        accounts_section(compared),
        kpi_section(compared),
    )


def identity_sections(compared: Compared) -> tuple[Section, ...]:
    """Return both identities of the first contrast, the second with the sentence that reads it; none without one."""
    if not (compared.has_contrast and compared.has("identities")):
        return ()
    contrast = " - ".join(reversed(compared.shown))
    first, second = (identity_section(compared.source, compared.texts, contrast, name) for name in ("I1", "I2"))
    return first, replace(second, blocks=(*second.blocks, reading_of_flow(compared)))
