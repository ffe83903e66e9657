"""What would change the recommendation: parameters, detection, scenarios, and what knowing more would be worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.report.funding_data import Funding, Row, million_text
from experiments.report.funding_dots import Dot, Panel, dots
from experiments.report.funding_looks import high_end, low_end
from experiments.report.funding_regret import information_blocks, regret_blocks
from experiments.report.funding_threshold_drawing import threshold_lines
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number, significant

_RANGE = ("another plan is better, below", "another plan is better, above")


def open_section(found: Funding) -> Section:
    """Return what the recommendation hangs on; all of it is surrogate."""
    t = found.told.texts
    blocks: list[Block] = [t("funding_open.intro")]
    made = [*_sensitivity(found), *_detection(found), *regret_blocks(found), *information_blocks(found)]
    blocks += made or [Notice(t("funding_answer.change_missing"))]
    return Section("change", t("funding_open.heading"), tuple(blocks))


def _sensitivity(found: Funding) -> list[Block]:
    t, rows = found.told.texts, found.rows("sensitivity")
    if not rows:
        return []
    low, high = low_end(t("funding_open.low_end")), high_end(t("funding_open.high_end"))
    panels = []
    for budget in _budgets(rows):
        here = [row for row in rows if row["budget_eur_million"] == budget]
        plan = found.plan("adaptive", budget)
        marks, aside = [], []
        for name in dict.fromkeys(row["parameter"] for row in here):
            ends = sorted((row for row in here if row["parameter"] == name), key=lambda row: row["value"])
            label = found.parameter(name)
            values = [row["kept_off_t"] for row in ends]
            # One bar from end to end, so that the two belong together.
            marks += [
                Dot(label, series, row["kept_off_t"], *((min(values), max(values)) if series is high else ()))
                for row, series in zip((ends[0], ends[-1]), (low, high), strict=True)
            ]
            changed = max(row["units_changed"] for row in ends)
            aside.append((label, t("funding_open.aside", changed=changed, units=ends[0]["units"])))
        middle = (plan["kept_off_t"],) if plan is not None else ()
        panels.append(
            Panel(tuple(marks), t("funding_curve.axis"), million_text(budget), tuple(aside), marks=middle)
        )  # fmt: skip
    columns = (
        Column(t("funding_open.parameter"), is_number=False), Column(t("funding_open.value")),
        Column(t("funding_open.kept"), "t/yr"), Column(t("funding_open.lost"), "t/yr"),
        Column(t("funding_open.changed")), Column(t("funding_open.in_results"), is_number=False),
    )  # fmt: skip
    cells = tuple(
        (
            f"{million_text(row['budget_eur_million'])}: {found.parameter(row['parameter'])}",
            significant(row["value"]), number(row["kept_off_t"]), number(row["lost_t"]),
            t("funding_open.of", changed=row["units_changed"], units=row["units"]), row["parameter"],
        )
        for row in rows
    )  # fmt: skip
    title = t("funding_open.sensitivity_title")
    figure = Figure(
        "sensitivity",
        f"{title} {found.told.source.supply}",
        t(
            "funding_open.sensitivity_about",
            values="; ".join(f"{cell[0]} {cell[1]}: {cell[2]} t/yr" for cell in _of_opening(found, cells)),
        ),
        dots(panels, (low, high), overlaid=True),
        Table(title, columns, cells, _refusals(found, rows)),
        t("funding_open.sensitivity_note"),
    )
    return [figure]


def _refusals(found: Funding, rows: list[Row]) -> str:
    said = [f"{found.parameter(row['parameter'])}: {row['refusal']}" for row in rows if row["refusal"]]
    return found.told.texts("funding_open.refused", what="; ".join(said)) if said else ""


def _detection(found: Funding) -> list[Block]:
    t, rows = found.told.texts, found.rows("detection")
    if not rows:
        return []
    columns = (
        Column(t("funding_open.what"), is_number=False), Column(t("funding_open.usual")),
        Column(t("funding_open.changes_at")), Column(t("funding_open.looked_to")),
    )  # fmt: skip
    cells = tuple(
        (
            f"{million_text(row['budget_eur_million'])}: {row['what']}", significant(row["usual"]),
            significant(row["changes_at"]), significant(row["looked_to"]),
        )
        for row in rows
    )  # fmt: skip
    title = t("funding_open.detection_title")
    lines = [line for budget in _budgets(rows) for line in _line(found, rows, budget)]
    table = Table(title, columns, cells, t("funding_open.detection_table_note"))
    if not lines:
        return [table]
    said = "; ".join(f"{cell[0]}: {cell[2]}" for cell in _of_opening(found, cells))
    figure = Figure(
        "detection",
        f"{title} {found.told.source.supply}",
        t("funding_open.detection_about", values=said),
        threshold_lines(
            lines, t("funding_open.detection_axis"),
            (t("funding_open.searched"), t("funding_open.stays_best"), t("funding_open.usual_mark")),
        ),
        table,
        t("funding_open.detection_note"),
    )  # fmt: skip
    return [t("funding_open.detection_intro"), figure]


def _line(found: Funding, rows: list[Row], budget: float) -> list[tuple[str, float, float, float, float, float]]:
    """Return label, ends looked to, ends within which the plan stays best, and the usual value, of images."""
    ends = {row["what"]: row for row in rows if row["budget_eur_million"] == budget}
    if not all(what in ends for what in _RANGE):
        return []
    below, above = (ends[what] for what in _RANGE)
    first, last = below["looked_to"], above["looked_to"]
    low = below["changes_at"] if math.isfinite(below["changes_at"]) else first
    high = above["changes_at"] if math.isfinite(above["changes_at"]) else last
    return [(million_text(budget), first, last, low, high, below["usual"])]


def _budgets(rows: list[Row]) -> list[float]:
    return sorted({row["budget_eur_million"] for row in rows})


def _of_opening(found: Funding, cells: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the rows of a table that are of the budget of the opening, by whose name they begin."""
    budget = "" if found.budget is None else f"{million_text(found.budget)}: "
    return [cell for cell in cells if cell[0].startswith(budget)]
