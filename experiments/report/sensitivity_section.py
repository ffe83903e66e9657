"""Which factors of a sweep matter: indices with their intervals, as waterbed sensitivity found them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiments.report.dots import Dot, Panel, dots
from experiments.report.factor_names import factor_label
from experiments.report.page import Block, Column, Figure, Section, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import number, significant

Row = dict[str, Any]
MAIN = {"sobol": "ST", "morris": "mu_star", "given": "pawn"}
_SHARES = ("S1", "ST", "pawn")
_MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Ranking:
    """Factors by how much they matter, as far as that can be told."""

    lead: tuple[str, ...] = ()
    """Told apart from one without effect, and not from the one with the largest index; in order of their names."""
    less: tuple[str, ...] = ()
    """Told apart from one without effect, with an interval below that of the largest; in order of their names."""
    others: tuple[str, ...] = ()
    """Not told apart, in the order of the design."""

    @property
    def told_apart(self) -> tuple[str, ...]:
        """Return those that are told apart from one without effect."""
        return (*self.lead, *self.less)


def ranking(rows: Sequence[Row]) -> Ranking:
    """Return which factors matter. Those whose intervals overlap with that of the largest are not ranked."""
    main = [row for row in rows if row["index"] == MAIN.get(row["method"])]
    resolved = [row for row in main if row["is_resolved"]]
    least = max(resolved, key=lambda row: float(row["value"]))["low"] if resolved else math.nan
    # An interval that is not there overlaps with every other.
    less = sorted((row["factor"] for row in resolved if row["high"] < least), key=factor_label)
    lead = sorted((row["factor"] for row in resolved if not row["high"] < least), key=factor_label)
    return Ranking(tuple(lead), tuple(less), tuple(row["factor"] for row in main if not row["is_resolved"]))


def sensitivity_section(sources: Sequence[Source], texts: Texts, supply: str) -> Section | None:
    """Return the indices of every factor, of each folder of waterbed sensitivity; None without one."""
    if not sources:
        return None
    blocks: list[Block] = [texts("sensitivity.intro")]
    for place, source in enumerate(sources):
        rows = source.table("sensitivity").to_pylist()
        if rows:
            blocks.append(_figure(texts, rows, supply, place))
        blocks.append(luck_in_words(texts, luck_rows(source)))
    return Section("sensitivity", texts("sensitivity.heading"), tuple(blocks))


def luck_rows(source: Source) -> dict[str, Row]:
    """Return the shares of luck by part; none in results that lack them."""
    if not source.has("sensitivity_luck"):
        return {}
    return {row["part"]: row for row in source.table("sensitivity_luck").to_pylist()}


def luck_in_words(texts: Texts, rows: dict[str, Row]) -> str:
    """Return what share of the variance is luck."""
    luck = rows.get("luck")
    if luck is None or not math.isfinite(luck["share"]):
        return texts("sensitivity.no_luck")
    shared, in_means = (_percent(rows[part]) if part in rows else "-" for part in ("shared", "in means"))
    return texts(
        "sensitivity.luck", luck=_percent(luck), shared=shared, in_means=in_means, replications=luck["replications"]
    )


def _percent(row: Row) -> str:
    return f"{number(100 * row['share'])} % [{number(100 * row['low'])}, {number(100 * row['high'])}]"


def _figure(texts: Texts, rows: list[Row], supply: str, place: int) -> Figure:
    ranked = ranking(rows)
    order = [*ranked.told_apart, *ranked.others]
    method, outcome, unit = (rows[0][name] for name in ("method", "outcome", "unit"))
    names = list(dict.fromkeys(row["index"] for row in rows))
    by = {(row["factor"], row["index"]): row for row in rows}
    drawn = [name for name in names if any(math.isfinite(row["low"]) for row in rows if row["index"] == name)] or names
    series = {name: texts(f"sensitivity.{name}") for name in drawn}
    points = tuple(
        Dot(factor_label(factor), row["value"], row["low"], row["high"], series=series[name],
            flag="" if row["is_resolved"] else "?")
        for factor in order[:_MOST_ROWS] for name in drawn
        for row in [by.get((factor, name))] if row is not None
    )  # fmt: skip
    axis = texts("sensitivity.share_axis") if method != "morris" else f"{outcome}, {unit}"
    columns = (
        Column(texts("sweep.factor"), is_number=False),
        *(Column(f"{texts(f'sensitivity.{name}')} [95 %]", "1" if name in _SHARES else unit) for name in names),
    )
    cells = tuple(
        (factor_label(factor), *(_cell(by.get((factor, name))) for name in names)) for factor in order
    )  # fmt: skip
    found = ", ".join(map(factor_label, ranked.told_apart)) or texts("sensitivity.nothing")
    note = texts(f"sensitivity.about_{method}")
    if len(order) > _MOST_ROWS:
        note += " " + texts("sweep.more_factors", count=len(order) - _MOST_ROWS)
    return Figure(
        f"sensitivity-{place}",
        f"{texts('sensitivity.title', outcome=outcome.replace('_', ' '))} {supply}",
        texts("sensitivity.about", outcome=outcome, points=f"{rows[0]['points']:,}", found=found),
        dots([Panel(axis, points)], series=list(series.values())),
        Table(texts("sensitivity.table"), columns, cells, texts("sensitivity.mark")),
        f"{note} {texts('sensitivity.mark')}",
    )


def _cell(row: Row | None) -> str:
    if row is None:
        return "-"
    show = (lambda value: number(value, 2)) if row["index"] in _SHARES else significant
    mark = "" if row["is_resolved"] else " ?"
    if not math.isfinite(row["low"]):
        return show(row["value"])
    return f"{show(row['value'])} [{show(row['low'])}, {show(row['high'])}]{mark}"
