"""What became of the flow of a treated place: the coupled ledger beside its placebo, in pictures and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.ledger_shares import Line
from experiments.report.alluvial import MOVED, NOISE, STAYED, Band, alluvial
from experiments.report.dots import Dot, Panel, dots
from experiments.report.ledger_lines import (
    OUT_ORDER,
    Goal,
    LedgerData,
    fates,
    flags,
    goals,
    into_lines,
    out_lines,
)
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import number

NOISE_MARK = "~"
_LEAST_SHARE = 0.0005
"""Narrower bands cannot be seen; the table has them."""


def flow_section(source: Source, texts: Texts, data: LedgerData, *, shows_ports: bool) -> Section:
    """Return where the flow of the treated place went, with placebo, bounds, flags and what came in.

    Args:
        source: the results.
        texts: the words.
        data: the ledgers.
        shows_ports: whether named ports are shown, as illustrative.
    """
    title = texts("flow.heading", place=data.treated.label)
    if data.is_empty:
        return Section("flow", title, (Notice(texts("flow.empty", place=data.treated.label)),))
    lines = out_lines(data)
    has_fates = shows_ports or not data.treated.is_one_port
    moved, placebo = data.reshuffled_t
    blocks: list[Block] = [texts("flow.convention"), texts("flow.placebo")]
    if shows_ports or data.treated.is_one_port:
        blocks.append(Notice(texts("flow.illustrative")))
    if has_fates:
        blocks.append(_bands(source, texts, data, fates(data), lines, "fates", shows_ports=shows_ports))
    else:
        blocks.append(texts("flow.no_fates"))
    blocks += [
        _bands(source, texts, data, goals(data, by_port=shows_ports), lines, "goals", shows_ports=shows_ports),
        _shares(source, texts, data, lines, "ways"),
        _flags(source, texts, data),
        _into(source, texts, data),
        texts("flow.reshuffled", moved=number(moved), placebo=number(placebo)),
    ]
    return Section("flow", title, tuple(blocks))


def way(texts: Texts, name: str) -> str:
    """Return a way to move, or a fate, in words."""
    key = f"way.{name.replace(' ', '_').replace(',', '')}"
    return texts(key) if texts.has(key) else name


def _bands(
    source: Source,
    texts: Texts,
    data: LedgerData,
    found: Sequence[Goal],
    lines: Sequence[Line],
    kind: str,
    *,
    shows_ports: bool,
) -> Figure:
    """Return the alluvial diagram from axis A to fates or to goals."""
    left = {line.label: line for line in lines}
    shown = [goal for goal in found if goal.line.share.difference >= _LEAST_SHARE]
    bands = [Band(goal.moved.value, goal.name, goal.line.share.difference, _state(goal.line)) for goal in shown]
    left_texts = {
        moved.value: f"{way(texts, moved.value)} {_percent(left[moved.value])}"
        for moved in OUT_ORDER
        if any(band.source == moved.value for band in bands)
    }
    names = list(dict.fromkeys(goal.name for goal in shown))
    sums = {name: sum(band.share for band in bands if band.target == name) for name in names}
    right_texts = {name: f"{way(texts, name)} {number(100 * sums[name])}\N{NO-BREAK SPACE}%" for name in names}
    rows = tuple(
        (way(texts, goal.moved.value), way(texts, goal.name), *_cells(goal.line))
        for goal in found
        if goal.line.share.difference or goal.line.placebo
    )
    place = data.treated.label
    columns = (
        Column(texts("flow.way"), is_number=False),
        Column(texts(f"flow.{kind}_column"), is_number=False),
        *_share_columns(texts),
    )
    stayed = left[OUT_ORDER[0].value]
    # Of one named port only shares and differences are shown, unless its flow is asked for.
    whole = [] if data.treated.is_one_port and not shows_ports else [texts("flow.whole", whole=number(data.whole_t))]
    noise = sum(band.share for band in bands if band.state == NOISE)
    return Figure(
        f"flow-{kind}",
        f"{texts(f'flow.{kind}_title', place=place)} {source.supply}",
        texts(f"flow.{kind}_about", place=place, stayed=_percent(stayed), noise=number(100 * noise)),
        alluvial(
            bands, left_texts, right_texts, (texts("flow.left_head"), texts(f"flow.{kind}_head")),
            {state: texts(f"flow.state_{state}") for state in (STAYED, MOVED, NOISE)},
        ),
        Table(texts(f"flow.{kind}_table"), columns, rows, texts("flow.table_note")),
        " ".join([texts("flow.bands_note"), *whole]),
    )  # fmt: skip


def _shares(source: Source, texts: Texts, data: LedgerData, lines: Sequence[Line], kind: str) -> Figure:
    """Return lines of the ledger as dots with their intervals, each beside its placebo."""
    rows = tuple((way(texts, line.label), *_cells(line)) for line in lines)
    above = [way(texts, line.label) for line in lines if not line.is_unmoved and not line.is_noise and line.placebo]
    found = texts("flow.above", names="; ".join(above)) if above else texts("flow.none_above")
    return Figure(
        f"flow-{kind}",
        f"{texts(f'flow.{kind}_title', place=data.treated.label)} {source.supply}",
        f"{texts(f'flow.{kind}_about')} {found}",
        dots(
            [
                Panel(
                    texts("flow.share_axis"),
                    tuple(_dot(texts, ln) for ln in lines if ln.share.difference or ln.placebo),
                )
            ],
            placebo=texts("flow.placebo_legend"),
        ),
        Table(
            texts(f"flow.{kind}_table"),
            (Column(texts("flow.way"), is_number=False), *_share_columns(texts)),
            rows,
            texts("flow.table_note"),
        ),
        found,
    )


def _into(source: Source, texts: Texts, data: LedgerData) -> Block:
    lines = into_lines(data)
    if not any(line.share.difference or line.placebo for line in lines):
        return texts("flow.nothing_in")
    return _shares(source, texts, data, lines, "into")


def _flags(source: Source, texts: Texts, data: LedgerData) -> Figure:
    found = flags(data)
    points = tuple(
        Dot(
            texts(f"flow.{flag.what}"), 100 * flag.share.difference, 100 * flag.share.low, 100 * flag.share.high,
            flag=NOISE_MARK * flag.is_noise, placebo=100 * flag.placebo,
        )
        for flag in found
    )  # fmt: skip
    rows = tuple(
        (dot.name, f"{number(dot.value)}{dot.flag}", _ends(dot.low, dot.high), number(dot.placebo)) for dot in points
    )
    about = "; ".join(f"{name}: {share} % {ends}" for name, share, ends, _ in rows)
    return Figure(
        "flow-flags",
        f"{texts('flow.flags_title', place=data.treated.label)} {source.supply}",
        texts("flow.flags_about", shares=about),
        dots([Panel(texts("flow.share_axis"), points)], placebo=texts("flow.placebo_legend")),
        Table(
            texts("flow.flags_table"),
            (Column(texts("flow.way"), is_number=False), *_share_columns(texts)[:3]),
            rows,
        ),
        texts("flow.flags_note"),
    )


def _share_columns(texts: Texts) -> tuple[Column, ...]:
    return (
        Column(texts("flow.share_column"), "%"),
        Column(texts("flow.interval_column"), "%"),
        Column(texts("flow.placebo_column"), "%"),
        Column(texts("flow.most_column"), "%"),
    )


def _cells(line: Line) -> tuple[str, ...]:
    share = line.share
    mark = NOISE_MARK if line.is_noise else ""
    ends = _ends(100 * share.low, 100 * share.high)
    return f"{number(100 * share.difference)}{mark}", ends, number(100 * line.placebo), number(100 * line.bound)


def _ends(low: float, high: float) -> str:
    return f"[{number(low)}, {number(high)}]" if math.isfinite(low) and math.isfinite(high) else "-"


def _percent(line: Line) -> str:
    return f"{number(100 * line.share.difference)}\N{NO-BREAK SPACE}%{NOISE_MARK if line.is_noise else ''}"


def _dot(texts: Texts, line: Line) -> Dot:
    share = line.share
    flag = NOISE_MARK if line.is_noise else ""
    return Dot(
        way(texts, line.label), 100 * share.difference, 100 * share.low, 100 * share.high, flag=flag,
        placebo=100 * line.placebo,
    )  # fmt: skip


def _state(line: Line) -> str:
    return STAYED if line.is_unmoved else NOISE if line.is_noise else MOVED
