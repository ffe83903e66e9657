"""Measures of displacement in three views that are never mixed up: true flow, seizures, what an analyst infers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from experiments.displacement import sign_disagreement
from experiments.measures import QUOTIENT
from experiments.report.dots import Dot, Panel, dots
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import significant
from experiments.views import VIEWS

Row = dict[str, Any]


def displacement_rows(source: Source) -> dict[str, dict[str, Row]]:
    """Return the rows of the table ``displacement`` by measure and view.

    Raises:
        InputError: the table is missing or damaged.
    """
    found: dict[str, dict[str, Row]] = {}
    for row in source.table("displacement").to_pylist():
        found.setdefault(row["measure"], {})[row["view"]] = row
    return found


def disagreement(rows: dict[str, dict[str, Row]], texts: Texts) -> tuple[str, ...]:
    """Return a sentence for each measure whose views say opposite things; none where no two do."""
    found = []
    if QUOTIENT in rows:
        estimates = [rows[QUOTIENT][view]["estimate"] if view in rows[QUOTIENT] else math.nan for view in VIEWS]
        signs = {value > 0 for value in estimates if math.isfinite(value) and value}
        if len(signs) > 1 and (sentence := sign_disagreement(*estimates)):
            found.append(f"{QUOTIENT}: {sentence}")
    for name, views in rows.items():
        resolved = {view: row for view, row in views.items() if row["low"] > 0 or row["high"] < 0}
        if len({row["low"] > 0 for row in resolved.values()}) > 1:
            said = ", ".join(f"{view} {significant(row['estimate'], sign=True)}" for view, row in resolved.items())
            found.append(texts("displacement.inconsistent", measure=name, views=said))
    return tuple(found)


def displacement_section(source: Source, texts: Texts, rows: dict[str, dict[str, Row]]) -> Section:
    """Return the measures of displacement in three views.

    Args:
        source: the results.
        texts: the words.
        rows: see `displacement_rows`.
    """
    blocks: list[Block] = [texts("displacement.intro"), texts("displacement.views")]
    apart = disagreement(rows, texts)
    blocks += [Notice(sentence) for sentence in apart] or [texts("displacement.consistent")]
    drawn = [name for name, views in rows.items() if any(math.isfinite(row["estimate"]) for row in views.values())]
    reasons = _reasons(rows)
    note = texts("displacement.table_note")
    table = Table(texts("displacement.table"), _columns(texts), _cells(texts, rows), note)
    if drawn:
        quotient = ", ".join(_said(rows[QUOTIENT], view) for view in VIEWS) if QUOTIENT in rows else "-"
        blocks.append(
            Figure(
                "displacement",
                f"{texts('displacement.title')} {source.supply}",
                texts("displacement.about", quotient=quotient),
                dots(
                    [_panel(texts, name, rows[name]) for name in drawn],
                    placebo=texts("displacement.placebo_legend"), in_columns=2, label_px=(80, 80),
                ),
                table,
                texts("displacement.note"),
            )
        )  # fmt: skip
    else:
        blocks.append(table)
    if reasons:
        blocks.append(_reason_table(texts, reasons))
    blocks.append(texts("displacement.evidence"))
    return Section("displacement", texts("displacement.heading"), tuple(blocks))


def _panel(texts: Texts, name: str, views: dict[str, Row]) -> Panel:
    points = tuple(
        Dot(
            texts(f"displacement.view_{_key(view)}"), row["estimate"], row["low"], row["high"],
            flag="?" if row["low"] <= 0 <= row["high"] else "", placebo=row["placebo"],
        )
        for view, row in views.items()
    )  # fmt: skip
    unit = next(iter(views.values()))["unit"]
    return Panel(texts("displacement.no_unit") if unit == "1" else unit, points, _named(texts, name))


def _named(texts: Texts, name: str) -> str:
    key = f"measure.{name.replace(' ', '_').replace(',', '').replace('/', '_')}"
    return texts(key) if texts.has(key) else name


def _key(view: str) -> str:
    return view.replace(" ", "_")


def _columns(texts: Texts) -> tuple[Column, ...]:
    return (
        Column(texts("displacement.measure"), is_number=False),
        Column(texts("displacement.unit"), is_number=False),
        *(Column(f"{texts(f'displacement.column_{_key(view)}')} [95 %]") for view in VIEWS),
    )


def _cells(texts: Texts, rows: dict[str, dict[str, Row]]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (_named(texts, name), texts("displacement.no_unit") if unit == "1" else unit,
         *(_cell(texts, views.get(view)) for view in VIEWS))
        for name, views in rows.items()
        for unit in [next(iter(views.values()))["unit"]]
    )  # fmt: skip


def _cell(texts: Texts, row: Row | None) -> str:
    if row is None or not math.isfinite(row["estimate"]):
        return "-"
    estimate = significant(row["estimate"])
    if math.isfinite(row["placebo"]):
        return f"{estimate} ({texts('displacement.placebo_word')} {significant(row['placebo'], 2)})"
    if math.isfinite(row["low"]) and math.isfinite(row["high"]):
        return f"{estimate} [{significant(row['low'], 2)}, {significant(row['high'], 2)}]"
    return f"{estimate} ({texts('displacement.no_interval')})"


def _said(views: dict[str, Row], view: str) -> str:
    return f"{view} {significant(views[view]['estimate'])}" if view in views else f"{view} -"


def _reasons(rows: dict[str, dict[str, Row]]) -> list[tuple[str, str, str]]:
    return [(name, view, row["reason"]) for name, views in rows.items() for view, row in views.items() if row["reason"]]


def _reason_table(texts: Texts, reasons: Sequence[tuple[str, str, str]]) -> Table:
    columns = tuple(Column(texts(f"displacement.{name}"), is_number=False) for name in ("measure", "view", "why"))
    rows = tuple((_named(texts, name), view, why.partition(":")[0].rstrip(".")) for name, view, why in reasons)
    return Table(texts("displacement.reasons"), columns, rows)
