"""What a page on a contrast opens with: the answer, what it rests on, and what would turn it around."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.contrasts import spread_over_draws
from experiments.report.kinds import Told
from experiments.report.next_commands import knows_case, stress_text
from experiments.report.opening_break_even import break_even_answer, listed
from experiments.report.page import Answer
from experiments.report.source import Source
from experiments.screen import number, shown, with_interval
from scenarios.levers import LeverTerms, lever_terms

_NEAR_SDS = 1.0
"""A reversal within one prior standard deviation is near."""


def opening(told: Told, contrast: dict[str, Any]) -> tuple[Answer, ...]:
    """Return the answers that every page on a contrast opens with.

    Args:
        told: the results, and further ones that fill in what these leave open.
        contrast: row of the table ``contrasts`` for what landed.
    """
    treated, baseline = contrast["contrast"].split(" - ")
    levers = _levers(told.source, treated, baseline)
    return (
        _over_luck(told, contrast),
        _over_parameters(told, contrast["contrast"]),
        _evidence(told, levers),
        break_even_answer(told, levers, treated, baseline),
        _reversal(told, contrast["contrast"]),
        _legal(told, levers),
    )


def resolved_words(told: Told, contrast: dict[str, Any]) -> str:
    """Return in words whether a contrast is told apart from luck."""
    if contrast["replications"] < 2:
        return told.texts("opening.single")
    key = "opening.resolved" if contrast["is_resolved"] else "opening.not_resolved"
    return told.texts(key, replications=contrast["replications"])


def _over_luck(told: Told, contrast: dict[str, Any]) -> Answer:
    texts, years = told.texts, told.source.years
    kept_off, low, high = (-contrast[end] / years for end in ("difference", "high", "low"))
    value = texts("opening.tonnes", value=with_interval(kept_off, low, high))
    return Answer(texts("opening.kept_off"), value, resolved_words(told, contrast))


def _over_parameters(told: Told, contrast: str) -> Answer:
    texts, source = told.texts, _same_arms(told, "stress_contrasts", contrast)
    if source is None:
        return Answer(texts("opening.parameters"), texts("opening.unknown"), _ask_stress(told, contrast), "missing")
    differences = _by_draw(source.table("stress_contrasts", ["draw", "replication", "difference_t"])) / source.years
    spread = spread_over_draws(differences, luck_is_shared=True)
    if not math.isfinite(spread.low):
        return Answer(texts("opening.parameters"), texts("opening.unknown"), texts("opening.few_draws"), "missing")
    ends = {"low": number(-spread.high, 1, sign=True), "high": number(-spread.low, 1, sign=True)}
    other_side = int((differences.mean(axis=1) * differences.mean() < 0).sum())
    note = texts("opening.draws", draws=len(differences), other=other_side)
    return Answer(texts("opening.parameters"), texts("opening.range", **ends), note)


def _ask_stress(told: Told, contrast: str) -> str:
    """Return the command that finds it, or why there is none."""
    source, texts = told.source, told.texts
    if source.case.good.has_own_parameters:
        return texts("opening.no_stress", good=source.case.good.label)
    if not knows_case(source):
        return texts("opening.ask_same_case", command="waterbed stress")
    return texts("opening.ask", command=stress_text(source, *contrast.split(" - ")))


def _by_draw(table: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    ordered = table.sort_by([("draw", "ascending"), ("replication", "ascending")])
    draws = len(set(ordered["draw"].to_pylist()))
    return np.asarray(ordered["difference_t"].to_numpy(), dtype=np.float64).reshape(draws, -1)


def _levers(source: Source, treated: str, baseline: str) -> list[LeverTerms]:
    """Return the levers that the arms differ in; all of the treated arm if they have the same."""
    first, second = source.cases[treated].regime, source.cases[baseline].regime
    used = [terms for name, terms in lever_terms().items() if first.scope(name) != "off" or second.scope(name) != "off"]
    return [terms for terms in used if first.scope(terms.name) != second.scope(terms.name)] or used


def _evidence(told: Told, levers: list[LeverTerms]) -> Answer:
    texts = told.texts
    if not levers:
        return Answer(texts("opening.evidence"), texts("opening.no_levers"))
    by_grade = listed(
        {grade: [t.name for t in levers if t.grade == grade] for grade in sorted({t.grade for t in levers})}
    )
    is_assumed = any("D" in terms.grade for terms in levers)
    note = texts("opening.grades") + (f" {texts('opening.assumed')}" if is_assumed else "")
    return Answer(texts("opening.evidence"), by_grade, note)


def _legal(told: Told, levers: list[LeverTerms]) -> Answer:
    texts = told.texts
    if not levers:
        return Answer(texts("opening.legal"), texts("opening.no_levers"))
    states = ("yes", "needs agreement", "needs legislation")
    names = {texts(f"opening.{s.replace(' ', '_')}"): [t.name for t in levers if t.feasible_now == s] for s in states}
    return Answer(texts("opening.legal"), listed(names), texts("opening.legal_note"))


def _reversal(told: Told, contrast: str) -> Answer:
    texts, source = told.texts, _same_arms(told, "reversals", contrast)
    if source is None:
        is_possible = not told.source.case.good.has_own_parameters
        note = texts("opening.ask_stress") if is_possible else _ask_stress(told, contrast)
        return Answer(texts("opening.reversal"), texts("opening.unknown"), note, "missing")
    rows = source.table("reversals").to_pylist()
    if not rows:
        return Answer(texts("opening.reversal"), texts("opening.nothing_to_reverse"))
    reversed_ = [row for row in rows if row["is_reversed"]]
    words = texts("opening.no_reversal")
    if reversed_:
        nearest = _nearest(reversed_)
        key = "opening.near" if nearest["distance"] <= _NEAR_SDS else "opening.far"
        words = texts(key, **_move(told, rows, nearest))
    if unclear := [row for row in rows if not row["is_reversed"] and row["low_t"] <= 0 <= row["high_t"]]:
        words = f"{words} {texts('opening.unresolved', **_move(told, rows, _nearest(unclear)))}"
    return Answer(texts("opening.reversal"), words, texts("opening.reversal_note"))


def _nearest(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return min(rows, key=lambda row: float(row["distance"]))


def _move(told: Told, rows: list[dict[str, Any]], of: dict[str, Any]) -> dict[str, str]:
    """Return how far a way went, and what moved: a single input from where to where, several by the name of the way."""
    inputs = [row for row in rows if row["way"] == of["way"] and math.isfinite(row["prior_sds"])]
    way = of["way"]
    if len(inputs) == 1:
        ends = {name: shown(inputs[0][name]) for name in ("case_value", "value")}
        way = told.texts("opening.moved", parameter=inputs[0]["parameter"], **ends)
    return {"distance": number(of["distance"], 1), "way": way}


def _same_arms(told: Told, table: str, contrast: str) -> Source | None:
    """Return the further folder that has this table for the very cases of a contrast."""
    digests = told.source.facts["case_digests"]
    wanted = {arm: digests.get(arm) for arm in contrast.split(" - ")}
    return next(
        (source for source in told.others if source.has(table) and source.facts["case_digests"] == wanted), None
    )
