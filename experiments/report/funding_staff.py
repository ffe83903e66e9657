"""Capital and staff are two axes: the best plan with posts for every unit, and the best one without a new post."""

from __future__ import annotations

from experiments.funding.planned import ADAPTIVE, EQUIPMENT_ONLY
from experiments.report.funding_curve import simulated_series, surrogate_series
from experiments.report.funding_data import Funding, Row, million_text, simulated_text, surrogate_text
from experiments.report.funding_dots import Dot, Panel, dots
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number


def staff_section(found: Funding) -> Section:
    """Return what equipment keeps off with and without new posts, and what stands idle."""
    t = found.told.texts
    plans = [
        row
        for budget in found.budgets if budget > 0
        for rule in (ADAPTIVE, EQUIPMENT_ONLY)
        if (row := found.plan(rule, budget)) is not None
    ]  # fmt: skip
    blocks: list[Block] = [t("funding_staff.fixed" if found.is_fixed_staff else "funding_staff.matching")]
    if plans:
        blocks.append(_figure(found, plans))
    blocks.append(_idle(found))
    if not found.is_fixed_staff and not any(row["rule"] == EQUIPMENT_ONLY for row in plans):
        blocks.append(Notice(t("funding_staff.missing")))
    return Section("staff", t("funding_staff.heading"), tuple(blocks))


def _figure(found: Funding, plans: list[Row]) -> Figure:
    t = found.told.texts
    first, other = simulated_series(found), surrogate_series(found)
    panels = []
    for rule in (ADAPTIVE, EQUIPMENT_ONLY):
        here = [row for row in plans if row["rule"] == rule]
        marks, aside = [], []
        for row in here:
            name = million_text(row["budget_eur_million"])
            if row["replications"]:
                ends = (row["simulated_t"], row["simulated_low_t"], row["simulated_high_t"])
                marks.append(Dot(name, first, *ends))
            marks.append(Dot(name, other, row["kept_off_t"], row["low_t"], row["high_t"]))
            aside.append((name, t("funding_staff.aside", posts=number(row["posts"], 0))))
        panels.append(Panel(tuple(marks), t("funding_curve.axis"), _name(found, rule), tuple(aside)))
    columns = (
        Column(t("funding_rules.plan"), is_number=False), Column(t("funding_curve.by_surrogate"), "t/yr"),
        Column(t("funding_curve.by_simulation"), "t/yr"), Column(t("funding.units")),
        Column(t("funding_portfolio.idle")), Column(t("funding_portfolio.posts")),
        Column(t("funding.yearly_cost"), "EUR million/yr"),
    )  # fmt: skip
    cells = tuple(
        (
            f"{_name(found, row['rule'])}, {million_text(row['budget_eur_million'])}", surrogate_text(row),
            simulated_text(row), str(row["units"]), str(row["idle_units"]), number(row["posts"], 0),
            number(row["yearly_cost_eur_million"]),
        )
        for row in plans
    )  # fmt: skip
    at = [row for row in plans if row["budget_eur_million"] == found.budget]
    said = "; ".join(
        t(
            "funding_staff.about_plan", plan=_name(found, row["rule"]), value=surrogate_text(row),
            posts=number(row["posts"], 0), idle=row["idle_units"],
        )
        for row in at
    )  # fmt: skip
    title = t("funding_staff.title")
    budget = million_text(found.budget) if found.budget is not None else "-"
    return Figure(
        "staff",
        f"{title} {found.told.source.supply}",
        t("funding_staff.about", budget=budget, plans=said),
        dots(panels, (first, other) if any(row["replications"] for row in plans) else (other,), same_axis=True),
        Table(title, columns, cells),
        t("funding_staff.note"),
    )


def _name(found: Funding, rule: str) -> str:
    t = found.told.texts
    if rule == ADAPTIVE:
        return t("funding_staff.as_it_is" if found.is_fixed_staff else "funding_staff.with_posts")
    return t("funding_staff.without_posts")


def _idle(found: Funding) -> str:
    t = found.told.texts
    idle = [row for row in found.curve if row["idle_units"]]
    if not idle:
        return t("funding_staff.none_idle")
    words = [
        t(
            "funding_staff.idle_plan", rule=found.rule(row["rule"]), budget=million_text(row["budget_eur_million"]),
            idle=row["idle_units"], units=row["units"],
        )
        for row in idle
        if row["budget_eur_million"] in (found.budget, found.budgets[-1])
    ]  # fmt: skip
    return t("funding_staff.idle", plans="; ".join(words) or t("funding_staff.idle_elsewhere"))
