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
from experiments.report.page import Answer, Section
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
        nothing = Answer(
            texts("opening.kept_off"), texts("opening.unknown"), texts("comparison.single_note"), "missing"
        )
        return Body(question, (nothing,), (reading_section(source, texts), *comparison_sections(compared)))
    headline = next(row for row in source.table("contrasts").to_pylist() if row["outcome"] == "landed")
    return Body(
        question=_question(told, *compared.shown),
        answers=opening(told, headline),
        sections=(reading_section(source, texts), *comparison_sections(compared)),
    )


def _question(told: Told, baseline: str, treated: str) -> str:
    """Return what the first contrast asks; if one arm acts together and the other alone, in plain words."""
    first, second = (told.source.cases[arm].regime for arm in (treated, baseline))
    is_together = first.has_alliance and second.levers and not second.has_alliance
    key = "comparison.question_together" if is_together else "comparison.question"
    return told.texts(key, treated=arm_label(treated), baseline=arm_label(baseline))


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
