"""The page of waterbed sweep: what comes out over many points, and what it depends on."""

from __future__ import annotations

import json
import math

import numpy as np

from experiments.analysis.outcome import Sample
from experiments.analysis.printing import supply_of
from experiments.report.boxes_section import boxes_section, regret_section
from experiments.report.factor_names import factor_label
from experiments.report.kinds import Body, Told
from experiments.report.page import Answer, Notice, Section
from experiments.report.reading import SWEEP, reading_section
from experiments.report.sensitivity_section import Ranking, ranking, sensitivity_section
from experiments.report.source import Source
from experiments.report.sweep_numbers import complete, luck_in, sample_of, varies
from experiments.report.sweep_outcome import factors_section, levels_section, outcome_label, spread_section
from experiments.report.sweep_state import state_answer, state_notices, state_section
from experiments.report.texts import Texts
from experiments.screen import arm_label, number, significant
from experiments.sweep.reading import SweepReader

_TABLES = ("sensitivity", "discovered_boxes", "regret")


def body(told: Told) -> Body:
    """Return what is missing, question, answers and sections of a sweep; analyses of it may be given after it."""
    with SweepReader(told.source.folder) as reader:
        return _body(told, reader)


def _body(told: Told, reader: SweepReader) -> Body:
    texts, supply = told.texts, supply_of([reader])
    whole = sample_of(reader)
    sample = complete(whole)
    of_this, notices = _analyses(told, reader)
    given = {name: [source for source in of_this if source.has(name)] for name in _TABLES}
    rows = given["sensitivity"][0].table("sensitivity").to_pylist() if given["sensitivity"] else []
    ranked = ranking(rows)
    left_out = len(whole.values) - len(sample.values)
    answers = [state_answer(reader, texts)]
    sections: list[Section | None] = [state_section(reader, texts), reading_section(told.source, texts, SWEEP)]
    if len(sample.values):
        luck = _luck(sample, texts)
        answers += [_spread(sample, texts), Answer(texts("sweep.luck"), *luck)]
        sections += [
            spread_section(sample, texts, supply, " ".join(luck).strip()),
            levels_section(whole, sample, texts, supply),
            factors_section(sample, texts, supply, ranked.told_apart),
        ]
    else:
        notices.append(Notice(texts("sweep.no_point")))
    answers.append(_matters(texts, rows, ranked, reader.replications))
    sections += [
        sensitivity_section(given["sensitivity"], texts, supply),
        regret_section(given["regret"], texts, supply),
    ]
    if len(sample.values):
        sections.append(boxes_section(given["discovered_boxes"], sample, texts, supply))
    return Body(
        question=_question(told.source, texts, whole),
        notices=(*state_notices(reader, texts, left_out), *notices),
        answers=tuple(answers),
        sections=tuple(section for section in sections if section is not None),
    )


def _analyses(told: Told, reader: SweepReader) -> tuple[list[Source], list[Notice]]:
    """Return the further folders that are analyses of this sweep, and what is said of the others."""
    found, notices = [], []
    asked = told.source.facts["question"]
    for other in told.others:
        name = other.folder.resolve().name
        if not any(other.has(table) for table in _TABLES):
            notices.append(Notice(told.texts("sweep.not_used", folder=name)))
        elif any(sweep["question"] == asked for sweep in json.loads(other.facts.get("sweeps", "[]"))):
            found.append(other)
            notices += _stale(told.texts, other, reader)
        else:
            notices.append(Notice(told.texts("sweep.of_another", folder=name)))
    return found, notices


def _stale(texts: Texts, other: Source, reader: SweepReader) -> list[Notice]:
    runs, done = int(other.facts.get("runs", -1)), reader.progress().done
    if runs in (-1, done):
        return []
    return [Notice(texts("sweep.stale", folder=other.folder.resolve().name, runs=f"{runs:,}", done=f"{done:,}"))]


def _spread(sample: Sample, texts: Texts) -> Answer:
    low, middle, high = (significant(value) for value in np.quantile(sample.means, (0.05, 0.5, 0.95)).tolist())
    return Answer(
        texts("sweep.spread", outcome=outcome_label(sample)),
        texts("sweep.spread_value", low=low, middle=middle, high=high, unit=sample.unit),
        texts("sweep.spread_answer_note", points=f"{len(sample.values):,}"),
    )


def _luck(sample: Sample, texts: Texts) -> tuple[str, str]:
    """Return what share of the spread is luck, and how to read it."""
    luck = luck_in(sample)
    if not varies(sample):
        return texts("sweep.luck_none"), ""
    if not math.isfinite(luck.total.value):
        return texts("sweep.luck_unknown"), texts("sweep.luck_how")
    total, means = (
        f"{number(100 * share.value)} % [{number(100 * share.low)}, {number(100 * share.high)}]"
        for share in (luck.total, luck.in_means)
    )
    return texts("sweep.luck_value", total=total), texts(
        "sweep.luck_note", means=means, replications=sample.values.shape[1]
    )


def _question(source: Source, texts: Texts, whole: Sample) -> str:
    """Return the question, with the regime that all points are under unless they differ in it."""
    words = {"outcome": outcome_label(whole), "factors": len(whole.factors)}
    if any(factor.name == "regime" for factor in whole.factors):
        return texts("sweep.question_regimes", **words)
    return texts("sweep.question", regime=arm_label(source.case.regime.name), **words)


def _matters(texts: Texts, rows: list[dict[str, object]], ranked: Ranking, replications: int) -> Answer:
    label = texts("sweep.matters")
    if not rows:
        return Answer(label, texts("sweep.matters_missing"), texts("sweep.matters_how"), state="missing")
    if not ranked.told_apart:
        return Answer(label, texts("sweep.matters_nothing"))
    lead, less = (", ".join(map(factor_label, names)) for names in (ranked.lead, ranked.less))
    key = "sweep.matters_one" if len(ranked.lead) == 1 else "sweep.matters_lead"
    text = texts(key, lead=lead) + (f" {texts('sweep.matters_less', less=less)}" if less else "")
    note = texts("sweep.matters_note") + (f" {texts('sensitivity.no_luck')}" if replications == 1 else "")
    return Answer(label, text, note)
