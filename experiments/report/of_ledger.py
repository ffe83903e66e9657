"""The page of waterbed ledger: controls at a place changed; where did its flow go?"""

from __future__ import annotations

import math
from typing import Any

from experiments.cohort import COAST
from experiments.ledger_shares import NOISE_FACTOR
from experiments.measures import QUOTIENT
from experiments.report.displacement_section import Row, disagreement, displacement_rows, displacement_section
from experiments.report.flow_section import flow_section
from experiments.report.identities import identity_section
from experiments.report.kinds import Body, Told
from experiments.report.ledger_lines import LedgerData, moved_away, read_ledger_data
from experiments.report.opening import opening
from experiments.report.page import Answer, Notice
from experiments.report.reading import CONTRAST, LEDGER, reading_section
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.report.treatment_answers import treatment_answers
from experiments.screen import arm_label, magnitude, number, with_interval
from experiments.summary import NON_EU, UNSHIPPED
from experiments.treated import Treated, with_scaled_capacity
from experiments.views import VIEWS

_GROUPS = ("other_ports", "terminals", "outside_terminals", "outside_eu", "not_shipped")


def body(told: Told) -> Body:
    """Return question, answers and sections of a ledger."""
    source, texts = told.source, told.texts
    data = read_ledger_data(source)
    contrasts = source.table("contrasts").to_pylist()
    headline = next(row for row in contrasts if row["outcome"] == "landed")
    contrast: str = headline["contrast"]
    measures = displacement_rows(source) if source.has("displacement") else {}
    answers = [_kept_off(source, texts, headline), _flow(source, texts, data.treated, contrast, measures)]
    if not data.is_empty:
        answers.append(_placebo(texts, data))
    if measures:
        answers.append(_views(texts, measures))
    if _is_one_treatment(source):
        answers += treatment_answers(source, texts, data.treated)
    else:
        answers += opening(told, headline)[1:]
    sections = [
        reading_section(source, texts, LEDGER if data.treated.is_one_port else CONTRAST),
        *(identity_section(source, texts, contrast, which) for which in ("I2", "I1") if source.has("identities")),
        flow_section(source, texts, data, shows_ports=told.asked.shows_ports),
    ]
    if measures:
        sections.append(displacement_section(source, texts, measures))
    missing = [name for name in ("identities", "displacement") if not source.has(name)]
    return Body(
        question=_question(source, texts, data.treated, contrast),
        notices=(*_notices(source, texts, data.treated), *(Notice(texts("ledger.missing", table=n)) for n in missing)),
        answers=tuple(answers),
        sections=tuple(sections),
    )


def _question(source: Source, texts: Texts, treated: Treated, contrast: str) -> str:
    if _is_one_treatment(source):
        return texts("ledger.question", place=treated.label)
    first, baseline = (arm_label(arm) for arm in contrast.split(" - "))
    return texts("ledger.question_regimes", place=treated.label, treated=first, baseline=baseline)


def _is_one_treatment(source: Source) -> bool:
    """Return whether the arms differ at the treated place only."""
    regimes = [case.regime for case in source.cases.values()]
    return all(regime == regimes[0] for regime in regimes)


def _notices(source: Source, texts: Texts, treated: Treated) -> list[Notice]:
    found = []
    if treated.is_one_port:
        found.append(Notice(texts("ledger.illustrative", place=treated.label)))
    if not _is_one_treatment(source):
        found.append(Notice(texts("ledger.regimes")))
        return found
    baseline, *others = source.cases.values()
    factor = source.facts["settings"].get("capacity_factor", math.nan)
    if others and with_scaled_capacity(baseline, treated, factor)[1] == others[0]:
        several = texts("ledger.several", count=len(treated.ports)) if len(treated.ports) > 1 else ""
        words = texts(
            "ledger.treatment", factor=magnitude(factor), several=several, place=treated.label,
            regime=arm_label(baseline.regime.name),
        )  # fmt: skip
        found.append(Notice(words))
    return found


def _kept_off(source: Source, texts: Texts, headline: dict[str, Any]) -> Answer:
    kept_off, low, high = (-headline[end] / source.years for end in ("difference", "high", "low"))
    note = "ledger.kept_off_note" if headline["is_resolved"] else "ledger.kept_off_open"
    if not math.isfinite(low):
        note = "ledger.one_replication"
    return Answer(
        texts("ledger.kept_off"),
        texts("ledger.kept_off_value", value=with_interval(kept_off, low, high)),
        texts(note, replications=headline["replications"]),
    )


def _flow(source: Source, texts: Texts, treated: Treated, contrast: str, measures: dict[str, dict[str, Row]]) -> Answer:
    """Return I2 in words: as shares only where flow to the treated place falls, and resolved; otherwise in tonnes."""
    label = texts("ledger.flow", place=treated.label)
    if not source.has("identities"):
        return Answer(label, texts("ledger.not_there"), state="missing")
    rows = source.table("identities").to_pylist()
    cells = {row["cell"]: row for row in rows if row["identity"] == "I2" and row["contrast"] == contrast}
    left = cells.pop(treated.label, None)
    if left is None:
        return Answer(label, texts("ledger.not_there"), state="missing")
    change = with_interval(left["difference_t"], left["low_t"], left["high_t"], 1)
    if not _falls(left, measures):
        why = "grows" if left["low_t"] > 0 else "open" if math.isfinite(left["low_t"]) else "one"
        return Answer(label, texts("ledger.flow_value", change=change), texts(f"ledger.flow_{why}"))
    groups = dict.fromkeys(_GROUPS, 0.0)
    for name, row in cells.items():
        group = _group(treated, name)
        groups[group] += row["difference_t"]
    parts = ", ".join(
        f"{number(-100 * tonnes / left['difference_t'], 0)} % {texts(f'ledger.{group}')}"
        for group, tonnes in groups.items()
        if any(_group(treated, name) == group for name in cells)
    )
    lost = number(-left["difference_t"])
    return Answer(
        label, texts("ledger.flow_value", change=change), texts("ledger.flow_shares", lost=lost, shares=parts)
    )


def _falls(left: dict[str, Any], measures: dict[str, dict[str, Row]]) -> bool:
    """Return whether the treated place loses flow, resolved: by the interval here, and by both as the ledger found."""
    refused = any(
        row["reason"].startswith("Not read as a share")
        for name in (QUOTIENT, "net displacement")
        for row in [measures.get(name, {}).get(VIEWS[0])]
        if row is not None
    )
    return bool(left["high_t"] < 0 and not refused)


def _group(treated: Treated, cell: str) -> str:
    if cell == UNSHIPPED:
        return "not_shipped"
    if cell == NON_EU:
        return "outside_eu"
    if cell.startswith(COAST):
        return "outside_terminals"
    return "terminals" if treated.kind in {"lane", "method"} else "other_ports"


def _placebo(texts: Texts, data: LedgerData) -> Answer:
    moved, placebo = moved_away(data)
    values = {"moved": number(100 * moved), "placebo": number(100 * placebo)}
    key = "ledger.placebo_noise" if moved < NOISE_FACTOR * placebo else "ledger.placebo_more"
    return Answer(texts("ledger.placebo"), texts("ledger.placebo_value", **values), texts(key))


def _views(texts: Texts, measures: dict[str, dict[str, Row]]) -> Answer:
    apart = disagreement(measures, texts)
    text = " ".join(apart) if apart else texts("ledger.views_agree")
    return Answer(texts("ledger.views"), text, texts("ledger.views_note"))
