"""The gain of a regime split by groups of levers and lever by lever, as waterbed decompose found it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.decompose.printing import NO_DIFFERENCE
from experiments.decompose.study import (
    ALONE,
    GROUP,
    INTERACTION,
    KEPT_OFF,
    OUTCOMES,
    PAIR,
    REMOVED,
    SEIZED,
    SHAPLEY,
)
from experiments.report.dots import Dot, Panel, dots
from experiments.report.gain_parts import MARK, Part, Parts, in_words, lever_label
from experiments.report.page import Block, Column, Figure, Section, Table
from experiments.report.shared_cost import adds_coordination, is_shared_cost, without_effect
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.report.waterfall import Step, waterfall
from experiments.screen import number


def gain_section(source: Source, texts: Texts, parts: Parts) -> Section:
    """Return the gain by group, whose parts add up to the total."""
    groups = [name for name in parts.groups if parts.part(GROUP, name, SHAPLEY, KEPT_OFF)]
    if not groups:
        return Section("gain", texts("decomposition.gain_heading"), (texts("decomposition.no_groups"),))
    steps = []
    for name in groups:
        part = parts.part(GROUP, name, SHAPLEY, KEPT_OFF)
        assert part is not None
        is_open = not part["is_resolved"]
        steps.append(Step(_group_label(parts, name), part["difference"], *_ends(part), is_open=is_open))
    total = parts.total(KEPT_OFF)
    whole = sum(step.value for step in steps)
    low, high = _ends(total) if total is not None else (math.nan, math.nan)
    steps.append(Step(texts("decomposition.together"), whole, low, high, is_total=True))
    rows = [
        (_group_label(parts, name), *(in_words(parts.part(GROUP, name, SHAPLEY, outcome)) for outcome in OUTCOMES))
        for name in groups
    ]
    rows.append((texts("decomposition.together"), *(in_words(parts.total(outcome)) for outcome in OUTCOMES)))
    figure = Figure(
        "gain",
        f"{texts('decomposition.gain_title')} {source.supply}",
        texts("decomposition.gain_about", parts="; ".join(f"{name}: {kept}" for name, kept, _ in rows)),
        waterfall(steps, texts("decomposition.axis_kept_off")),
        Table(texts("decomposition.gain_table"), _columns(texts, "group", OUTCOMES), tuple(rows)),
        texts("decomposition.gain_note"),
    )
    blocks: list[Block] = [texts("decomposition.shapley"), figure]
    if total is not None:
        blocks.append(texts("decomposition.exact", parts=number(whole, 3), total=number(total["difference"], 3)))
    return Section("gain", texts("decomposition.gain_heading"), tuple(blocks))


def _ends(part: Part) -> tuple[float, float]:
    """Return the ends of an interval, NaN where it has none."""
    low, high = part["low"], part["high"]
    return (low, high) if math.isfinite(low) and math.isfinite(high) else (math.nan, math.nan)


def levers_section(source: Source, texts: Texts, parts: Parts) -> Section:
    """Return every lever alone and taken out, by outcome, and the interactions that were asked for."""
    if not parts.listed():
        return Section("levers", texts("decomposition.levers_heading"), (texts("decomposition.no_levers"),))
    before, after = next(iter(source.cases)), list(source.cases)[-1]
    blocks: list[Block] = [
        texts("decomposition.alone", before=before, after=after),
        *([texts("decomposition.coordination")] if adds_coordination(source) else []),
        *(_one_at_a_time(source, texts, parts, outcome) for outcome in OUTCOMES),
        texts("decomposition.mark"),
    ]
    only = without_effect(parts) if adds_coordination(source) else []
    if only:
        blocks.append(texts("decomposition.only_coordination", levers=_named(only)))
    pairs = parts.names(PAIR)
    if pairs:
        rows = tuple(
            (lever_label(pair), *(in_words(parts.part(PAIR, pair, INTERACTION, outcome)) for outcome in OUTCOMES))
            for pair in pairs
        )
        about = texts("decomposition.interaction_note", before=before)
        title = f"{texts('decomposition.interaction_table')} {source.supply}"
        blocks.append(Table(title, _columns(texts, "pair", OUTCOMES), rows, about))
        if shared := [pair for pair in pairs if is_shared_cost(parts, pair, only)]:
            blocks.append(texts("decomposition.shared_cost", pairs=_named(shared), levers=_named(only)))
    return Section("levers", texts("decomposition.levers_heading"), tuple(blocks))


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(lever_label, names))


def _one_at_a_time(source: Source, texts: Texts, parts: Parts, outcome: str) -> Figure:
    kinds = {ALONE: texts("decomposition.series_alone"), REMOVED: texts("decomposition.series_removed")}
    points, rows = [], []
    for level, name in parts.listed():
        of_kind = {kind: parts.part(level, name, kind, outcome) for kind in kinds}
        label = lever_label(name).upper() if level == GROUP else lever_label(name)
        for kind, part in of_kind.items():
            if part is not None and in_words(part) != NO_DIFFERENCE:
                flag = "" if part["is_resolved"] else MARK
                points.append(Dot(label, part["difference"], part["low"], part["high"], kinds[kind], flag))
        rows.append((label, *(in_words(part) for part in of_kind.values())))
    key = outcome.replace(" ", "_")
    return Figure(
        f"levers-{key.replace('_', '-')}",
        f"{texts(f'decomposition.{key}_title')} {source.supply}",
        texts(f"decomposition.{key}_about", resolved=_resolved(texts, parts, outcome)),
        dots([Panel(texts(f"decomposition.axis_{key}"), tuple(points))], series=list(kinds.values())),
        Table(texts(f"decomposition.{key}_table"), _columns(texts, "lever", (ALONE, REMOVED)), tuple(rows)),
        texts("decomposition.levers_note"),
    )


def _resolved(texts: Texts, parts: Parts, outcome: str) -> str:
    """Return which levers are resolved, in no order but that of the table."""
    found = [
        f"{lever_label(name)} ({texts(f'decomposition.series_{kind}')}) {in_words(part)}"
        for level, name in parts.listed()
        for kind in (ALONE, REMOVED)
        for part in [parts.part(level, name, kind, outcome)]
        if part is not None and part["is_resolved"]
    ]
    return "; ".join(found) or texts("decomposition.nothing")


def _group_label(parts: Parts, name: str) -> str:
    levers = parts.groups[name]
    return lever_label(name) + (f" ({lever_label(levers[0])})" if len(levers) == 1 else "")


def _columns(texts: Texts, first: str, others: Sequence[str]) -> tuple[Column, ...]:
    units = {KEPT_OFF: "kept_off", SEIZED: "seized", ALONE: "alone", REMOVED: "removed"}
    return (
        Column(texts(f"decomposition.{first}"), is_number=False),
        *(Column(f"{texts(f'decomposition.column_{units[name]}')} [95 %]", "t/yr") for name in others),
    )
