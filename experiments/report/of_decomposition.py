"""The page of waterbed decompose: which levers make the gain of a regime."""

from __future__ import annotations

import math

from experiments.decompose.study import KEPT_OFF, SEIZED
from experiments.report.break_evens import (
    assumed_strength,
    break_even,
    break_even_note,
    break_even_words,
    break_evens,
)
from experiments.report.dose_section import dose_figure, evidence_table
from experiments.report.gain_parts import MARK, Parts, in_words, lever_label, read_parts
from experiments.report.gain_section import gain_section, levers_section
from experiments.report.kinds import Body, Told
from experiments.report.page import Answer, Block, Notice, Section
from experiments.report.reading import reading_section
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import arm_label
from scenarios.levers import lever_terms


def body(told: Told) -> Body:
    """Return question, answers and sections of a decomposition; folders of doses say where levers break even."""
    source, texts = told.source, told.texts
    parts = read_parts(source)
    doses = [other for other in told.others if other.has("doses") and other.has("break_even")]
    found = break_evens(doses)
    before, after = (arm_label(arm) for arm in (next(iter(source.cases)), list(source.cases)[-1]))
    blocks: list[Block] = [texts("decomposition.evidence"), evidence_table(source, texts, parts.levers, found)]
    if doses:
        blocks += [texts("dose.intro"), *(dose_figure(other, texts) for other in doses), texts("decomposition.mark")]
    return Body(
        question=texts("decomposition.question", before=before, after=after),
        notices=tuple(_notices(source, texts, parts, doses)),
        answers=(
            *_gain(source, texts, parts),
            _known(texts, parts),
            _evidence(texts, parts),
            _break_even(texts, doses),
        ),
        sections=(
            reading_section(source, texts),
            gain_section(source, texts, parts),
            levers_section(source, texts, parts),
            Section("evidence", texts("decomposition.evidence_heading"), tuple(blocks)),
        ),
    )


def _gain(source: Source, texts: Texts, parts: Parts) -> list[Answer]:
    found = []
    for outcome, key in ((KEPT_OFF, "kept_off"), (SEIZED, "seized")):
        total = parts.total(outcome)
        if total is None:
            found.append(
                Answer(texts(f"decomposition.answer_{key}"), texts("decomposition.not_there"), state="missing")
            )
            continue
        note = "decomposition.resolved" if total["is_resolved"] else "decomposition.open"
        note = note if math.isfinite(total["low"]) else "decomposition.one_replication"
        text = texts("decomposition.value", value=in_words(total).removesuffix(f" {MARK}"))
        found.append(
            Answer(texts(f"decomposition.answer_{key}"), text, texts(note, replications=total["replications"]))
        )
    return found


def _known(texts: Texts, parts: Parts) -> Answer:
    """Return the groups whose share of the gain is resolved, in the order of the table, and those that are not."""
    by = {name: parts.part("group", name, "shapley", KEPT_OFF) for name in parts.groups}
    resolved = [f"{lever_label(name)} {in_words(part)}" for name, part in by.items() if part and part["is_resolved"]]
    open_ = [lever_label(name) for name, part in by.items() if part and not part["is_resolved"]]
    text = texts("decomposition.known_value", parts="; ".join(resolved)) if resolved else texts("decomposition.nothing")
    note = texts("decomposition.known_note", groups=", ".join(open_)) if open_ else ""
    return Answer(texts("decomposition.known"), text, note)


def _evidence(texts: Texts, parts: Parts) -> Answer:
    """Return how many levers there are of each grade, the best evidence first, and which rest on an assumption."""
    grades = {lever: lever_terms()[lever].grade for lever in parts.levers if lever in lever_terms()}
    assumed = [lever_label(lever) for lever, grade in grades.items() if "D" in grade]
    if not assumed:
        return Answer(texts("decomposition.grades"), texts("decomposition.none_assumed"))
    counts = [
        texts("decomposition.of_grade", count=list(grades.values()).count(grade), grade=grade)
        for grade in sorted(set(grades.values()))
    ]
    text = texts("decomposition.assumed", counts=", ".join(counts), all=len(parts.levers))
    return Answer(texts("decomposition.grades"), text, texts("decomposition.assumed_note", levers=", ".join(assumed)))


def _break_even(texts: Texts, doses: list[Source]) -> Answer:
    label = texts("decomposition.break_even_answer")
    if not doses:
        return Answer(label, texts("decomposition.no_doses"), texts("decomposition.how_doses"), state="missing")
    levers: dict[str, list[str]] = {}
    assumed: dict[str, str] = {}
    for source in doses:
        name = lever_label(break_even(source)[0])
        levers.setdefault(break_even_words(source), []).append(name)
        assumed[name] = assumed_strength(source, break_even(source)[0])
    text = " ".join(f"{', '.join(names)}: {words}" for words, names in levers.items())
    return Answer(label, text, break_even_note(texts, assumed))


def _notices(source: Source, texts: Texts, parts: Parts, doses: list[Source]) -> list[Notice]:
    digests = source.facts.get("case_digests")
    others = [other.folder.resolve().name for other in doses if other.facts.get("case_digests") != digests]
    found = [Notice(texts("dose.other_case", folder=name)) for name in others]
    total = parts.total(KEPT_OFF)
    if total is not None and not math.isfinite(total["low"]):
        found.append(Notice(texts("decomposition.one_replication")))
    return found
