"""What acting together is worth: coordination, one envelope for all, and a grant where units rotate."""

from __future__ import annotations

import math

from experiments.funding.answers import COORDINATION, POOLING, ROTATED_GRANT
from experiments.report.funding_curve import simulated_series, surrogate_series
from experiments.report.funding_data import Funding, Row, at_opening, million_text
from experiments.report.funding_dots import Dot, Panel, dots
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number, with_interval

_KEYS = {COORDINATION: "coordination", POOLING: "pooling", ROTATED_GRANT: "rotated"}


def together_section(found: Funding) -> Section:
    """Return what each step towards acting together adds, by budget, with what it costs beside it."""
    t = found.told.texts
    rows = [row for row in found.rows("coordination") if row["budget_eur_million"] > 0 and row["what"] in _KEYS]
    blocks: list[Block] = [t("funding_together.intro")]
    blocks += [_figure(found, rows), *_said(found, rows)] if rows else [Notice(t("funding_answer.step_missing"))]
    return Section("together", t("funding_together.heading"), tuple(blocks))


def _figure(found: Funding, rows: list[Row]) -> Figure:
    t = found.told.texts
    first, other = simulated_series(found), surrogate_series(found)
    panels = []
    for what, key in _KEYS.items():
        here = [row for row in rows if row["what"] == what]
        marks, aside = [], []
        for row in here:
            name = million_text(row["budget_eur_million"])
            if row["replications"]:
                marks.append(
                    Dot(name, first, row["simulated_t"], row["simulated_low_t"], row["simulated_high_t"])
                )  # fmt: skip
            marks.append(Dot(name, other, row["surrogate_t"], row["low_t"], row["high_t"]))
            aside.append((name, t("funding_together.aside", cost=_cost(row))))
        panels.append(Panel(tuple(marks), t("funding_together.axis"), t(f"funding_together.{key}"), tuple(aside)))
    columns = (
        Column(t("funding_together.step"), is_number=False), Column(t("funding_together.by_surrogate"), "t/yr"),
        Column(t("funding_together.by_simulation"), "t/yr"), Column(t("funding_together.resolved"), is_number=False),
        Column(t("funding_together.kept"), "t/yr"), Column(t("funding_together.cost"), "EUR million/yr"),
    )  # fmt: skip
    cells = tuple(
        (
            _name(found, row), _surrogate(row), _simulated(row), _verdict(found, row), _kept(row), _cost(row),
        )
        for row in rows
    )  # fmt: skip
    title = t("funding_together.title")
    return Figure(
        "together",
        f"{title} {found.told.source.supply}",
        t(
            "funding_together.about",
            values="; ".join(_words(found, row) for row in at_opening(found, rows) if row["replications"]) or "-",
        ),
        dots(panels, (first, other), same_axis=True),
        Table(title, columns, cells, t("funding_together.table_note")),
        t("funding_together.note"),
    )


def _surrogate(row: Row) -> str:
    if not math.isfinite(row["surrogate_t"]):
        return "-"
    return with_interval(row["surrogate_t"], row["low_t"], row["high_t"])


def _simulated(row: Row) -> str:
    if not row["replications"]:
        return "-"
    return with_interval(row["simulated_t"], row["simulated_low_t"], row["simulated_high_t"])


def _kept(row: Row) -> str:
    name = "simulated_kept_off_t" if row["replications"] else "kept_off_t"
    return number(row.get(name, math.nan), sign=True)


def _cost(row: Row) -> str:
    return number(row.get("yearly_cost_eur_million", math.nan), sign=True)


def _verdict(found: Funding, row: Row) -> str:
    t = found.told.texts
    if not row["replications"]:
        return t("funding.not_simulated")
    return t("funding.resolved") if row["is_resolved"] else t("funding.not_resolved")


def _name(found: Funding, row: Row) -> str:
    step = found.told.texts(f"funding_together.{_KEYS[row['what']]}")
    return f"{step}, {million_text(row['budget_eur_million'])}"


def _words(found: Funding, row: Row) -> str:
    return f"{_name(found, row)}: {_simulated(row)}, {_verdict(found, row)}"


def _said(found: Funding, rows: list[Row]) -> list[Block]:
    """Say of every simulated step whether luck alone could have made it."""
    t = found.told.texts
    simulated = [row for row in rows if row["replications"]]
    if not simulated:
        return [t("funding_together.no_runs")]
    open_ = [row for row in simulated if not row["is_resolved"]]
    if not open_:
        return []
    return [t("funding_together.unresolved", steps="; ".join(_words(found, row) for row in open_))]
