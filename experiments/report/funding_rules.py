"""Ways to hand out the same money, simulated: what each keeps off, and what a kilogram costs."""

from __future__ import annotations

import math

from experiments.report.funding_curve import simulated_series
from experiments.report.funding_data import Funding, Row, at_opening, million_text, simulated_text, surrogate_text
from experiments.report.funding_dots import Dot, Panel, dots
from experiments.report.funding_headline import euros_text
from experiments.report.funding_looks import surrogate
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number


def rules_section(found: Funding) -> Section:
    """Return what each rule keeps off at the simulated budgets, EUR per kg, and what the rules are."""
    t = found.told.texts
    plans = [row for row in found.curve if row["replications"] and row["budget_eur_million"] > 0]
    blocks: list[Block] = [t("funding_rules.intro"), _rules_table(found)]
    if plans:
        blocks += [_figure(found, plans), *_alone(found), t("funding_rules.euros_intro"), _euros_figure(found, plans)]
    else:
        blocks.append(Notice(t("funding.nothing_simulated")))
    return Section("compared", t("funding_rules.heading"), tuple(blocks))


def _rules_table(found: Funding) -> Table:
    t = found.told.texts
    rules = dict.fromkeys(row["rule"] for row in found.curve)
    rows = tuple((found.rule(rule), found.words("funding_rule_about", rule), rule) for rule in rules)
    columns = tuple(Column(t(f"funding_rules.{name}"), is_number=False) for name in ("name", "what", "in_results"))
    return Table(t("funding_rules.rules"), columns, rows)


def _figure(found: Funding, plans: list[Row]) -> Figure:
    t = found.told.texts
    first, other = simulated_series(found), surrogate(t("funding.series_surrogate_alone"))
    panels = []
    for budget in found.simulated_budgets:
        here = [row for row in plans if row["budget_eur_million"] == budget]
        marks = [
            dot
            for row in here
            for dot in (
                Dot(
                    found.rule(row["rule"]), first, row["simulated_t"], row["simulated_low_t"], row["simulated_high_t"]
                ),
                Dot(found.rule(row["rule"]), other, row["kept_off_t"]),
            )
        ]
        aside = tuple((found.rule(row["rule"]), found.words("funding_selection", row["selection"])) for row in here)
        panels.append(Panel(tuple(marks), t("funding_curve.axis"), million_text(budget), aside))
    columns = (
        Column(t("funding_rules.plan"), is_number=False), Column(t("funding_curve.by_simulation"), "t/yr"),
        Column(t("funding_curve.by_surrogate"), "t/yr"), Column(t("funding_rules.replications")),
        Column(t("funding_rules.standing"), is_number=False),
    )  # fmt: skip
    cells = tuple(
        (
            _plan(found, row), simulated_text(row), surrogate_text(row), str(row["replications"]),
            found.words("funding_selection", row["selection"]),
        )
        for row in plans
    )  # fmt: skip
    said = "; ".join(f"{_plan(found, row)} {simulated_text(row)}" for row in at_opening(found, plans))
    title = t("funding_rules.title")
    return Figure(
        "simulated",
        f"{title} {found.told.source.supply}",
        t("funding_rules.about", values=said),
        dots(panels, (first, other), same_axis=True),
        Table(title, columns, cells),
        t("funding_rules.note"),
    )


def _alone(found: Funding) -> list[Block]:
    """Return what rotation does without a grant, if it was simulated."""
    row = next((r for r in found.curve if r["replications"] and not r["budget_eur_million"]), None)
    if row is None:
        return []
    return [found.told.texts("funding_rules.alone", value=simulated_text(row))]


def _euros_figure(found: Funding, plans: list[Row]) -> Figure:
    t, first = found.told.texts, simulated_series(found)
    panels = []
    for budget in found.simulated_budgets:
        here = [row for row in plans if row["budget_eur_million"] == budget]
        marks = tuple(
            Dot(found.rule(r["rule"]), first, r["eur_per_kg"], r["eur_per_kg_low"], r["eur_per_kg_high"]) for r in here
        )
        aside = tuple(
            (found.rule(row["rule"]), t("funding.not_resolved")) for row in here if not math.isfinite(row["eur_per_kg"])
        )
        panels.append(Panel(marks, t("funding_rules.euros_axis"), million_text(budget), aside))
    columns = (
        Column(t("funding_rules.plan"), is_number=False), Column(t("funding_rules.euros"), "EUR/kg"),
        Column(t("funding.yearly_cost"), "EUR million/yr"), Column(t("funding_curve.by_simulation"), "t/yr"),
    )  # fmt: skip
    cells = tuple(
        (_plan(found, row), euros_text(row), number(row["yearly_cost_eur_million"]), simulated_text(row))
        for row in plans
    )
    title = t("funding_rules.euros_title")
    said = "; ".join(f"{_plan(found, row)} {euros_text(row)}" for row in at_opening(found, plans))
    return Figure(
        "euros",
        f"{title} {found.told.source.supply}",
        t("funding_rules.euros_about", values=said),
        dots(panels, (first,), same_axis=True),
        Table(title, columns, cells),
        t("funding_rules.euros_note"),
    )


def _plan(found: Funding, row: Row) -> str:
    return f"{million_text(row['budget_eur_million'])}: {found.rule(row['rule'])}"
