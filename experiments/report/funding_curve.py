"""Kept off over the budget: the curve, the curves by rule, and what each further ten million adds."""

from __future__ import annotations

from experiments.funding.planned import ADAPTIVE
from experiments.report.funding_answers import marginal_text
from experiments.report.funding_curve_drawing import Point, curve, lines
from experiments.report.funding_data import Funding, Row, million_text, simulated_text, surrogate_text
from experiments.report.funding_looks import Series, fresh, simulated, surrogate
from experiments.report.funding_marginal_drawing import MarginalStep, steps
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number, with_interval

_TONNES = "t/yr"


def curve_section(found: Funding) -> Section:
    """Return how much is kept off by budget: one curve with all its intervals, and all rules by the surrogate."""
    t = found.told.texts
    blocks: list[Block] = [t("funding_curve.intro")]
    if any(row["rule"] == ADAPTIVE for row in found.curve):
        blocks.append(_curve_figure(found))
    if len(found.drawn_rules) > 1:
        blocks += [t("funding_curve.rules_intro"), _rules_figure(found)]
    if len(blocks) == 1:
        blocks.append(Notice(t("funding_answer.no_plan")))
    return Section("curve", t("funding_curve.heading"), tuple(blocks))


def _curve_figure(found: Funding) -> Figure:
    t = found.told.texts
    line, first, again = surrogate_series(found), simulated_series(found), fresh_series(found)
    points, cells = [], []
    for budget in found.budgets:
        row = found.plan(ADAPTIVE, budget)
        if row is None:
            continue
        points.append(Point(budget, row["kept_off_t"], row["low_t"], row["high_t"], line))
        told = found.recommended(budget) or row
        fresh_text = "-"
        if told["replications"]:
            ends = (told["simulated_t"], told["simulated_low_t"], told["simulated_high_t"])
            points.append(Point(budget, *ends, first))
        other = found.fresh(budget, told["rule"])
        if other is not None:
            ends = (other["fresh_t"], other["fresh_low_t"], other["fresh_high_t"])
            points.append(Point(budget, *ends, again))
            fresh_text = with_interval(*ends)
        rule = found.rule(told["rule"]) if told["replications"] else "-"
        cells.append((
            f"{budget:g}", number(row["grant_eur_million"]), str(row["units"]),
            number(row["yearly_cost_eur_million"]), surrogate_text(row), simulated_text(told), fresh_text, rule,
        ))  # fmt: skip
    columns = (
        Column(t("funding.budget"), "EUR million"), Column(t("funding.spent"), "EUR million"),
        Column(t("funding.units")), Column(t("funding.yearly_cost"), "EUR million/yr"),
        Column(t("funding_curve.by_surrogate"), _TONNES), Column(t("funding_curve.by_simulation"), _TONNES),
        Column(t("funding_curve.by_fresh"), _TONNES), Column(t("funding_curve.simulated_rule"), is_number=False),
    )  # fmt: skip
    last = found.plan(ADAPTIVE, found.budgets[-1])
    about = t(
        "funding_curve.about", last=f"{found.budgets[-1]:g}", value=surrogate_text(last) if last else "-",
        simulated=_simulated_words(found),
    )  # fmt: skip
    title = f"{t('funding_curve.title')} {found.told.source.supply}"
    table = Table(t("funding_curve.title"), columns, tuple(cells), t("funding_curve.table_note"))
    draw = curve(points, line, t("funding_curve.axis"))
    return Figure("curve", title, about, draw, table, t("funding_curve.note"))


def _simulated_words(found: Funding) -> str:
    t = found.told.texts
    plans = [plan for budget in found.simulated_budgets if (plan := found.recommended(budget))]
    said = [
        t("funding_curve.about_simulated", budget=million_text(plan["budget_eur_million"]), value=simulated_text(plan))
        for plan in plans
        if plan["replications"]
    ]
    return " ".join(said) or t("funding.nothing_simulated")


def _rules_figure(found: Funding) -> Figure:
    t = found.told.texts
    rows = [
        (found.rule(row["rule"]), row["budget_eur_million"], row["kept_off_t"])
        for row in found.curve
        if row["rule"] in found.drawn_rules
    ]
    budgets = found.budgets
    columns = (
        Column(t("funding.rule"), is_number=False),
        *(Column(million_text(one), _TONNES) for one in budgets),
    )  # fmt: skip
    cells = tuple(
        (found.rule(rule), *(_tonnes(found.plan(rule, one)) for one in budgets)) for rule in found.drawn_rules
    )
    at = found.budget if found.budget is not None else budgets[-1]
    values = "; ".join(f"{found.rule(rule)} {_tonnes(found.plan(rule, at))}" for rule in found.drawn_rules)
    about = t("funding_curve.rules_about", budget=million_text(at), values=values)
    title = f"{t('funding_curve.rules_title')} {found.told.source.supply}"
    draw = lines(rows, t("funding_curve.axis"))
    table = Table(t("funding_curve.rules_title"), columns, cells)
    return Figure("rules", title, about, draw, table, t("funding_curve.rules_note"))


def _tonnes(row: Row | None) -> str:
    return number(row["kept_off_t"]) if row is not None else "-"


def marginal_section(found: Funding) -> Section | None:
    """Return what each further ten million keeps off, and the knee."""
    t, rows = found.told.texts, found.rows("marginal")
    if not rows:
        return None
    made = [
        MarginalStep(
            row["from_eur_million"], row["to_eur_million"], row["t_per_10_million"], row["low_t"], row["high_t"],
            row["is_knee"],
        )
        for row in rows
    ]  # fmt: skip
    columns = (
        Column(t("funding_marginal.step"), "EUR million", is_number=False),
        Column(t("funding_marginal.gain"), _TONNES), Column(t("funding_marginal.left"), "EUR million"),
        Column(t("funding_marginal.knee"), is_number=False),
    )  # fmt: skip
    cells = tuple(
        (
            t("funding_marginal.from_to", low=f"{row['from_eur_million']:g}", high=f"{row['to_eur_million']:g}"),
            marginal_text(row), number(row["left_eur_million"]), t("funding_marginal.knee") if row["is_knee"] else "-",
        )
        for row in rows
    )  # fmt: skip
    knee = next((row["to_eur_million"] for row in rows if row["is_knee"]), None)
    said = t("funding.no_knee") if knee is None else t("funding.knee", budget=million_text(knee))
    figure = Figure(
        "marginal",
        f"{t('funding_marginal.title')} {found.told.source.supply}",
        t("funding_marginal.about", first=marginal_text(rows[0]), last=marginal_text(rows[-1]), knee=said),
        steps(made, t("funding_marginal.axis"), t("funding_marginal.knee")),
        Table(t("funding_marginal.title"), columns, cells),
        t("funding_marginal.note"),
    )
    return Section("marginal", t("funding_marginal.heading"), (t("funding_marginal.intro"), figure, said))


def surrogate_series(found: Funding) -> Series:
    """Return the look and name of what the surrogate says."""
    return surrogate(found.told.texts("funding.series_surrogate"))


def simulated_series(found: Funding) -> Series:
    """Return the look and name of what was simulated."""
    return simulated(found.told.texts("funding.series_simulated"))


def fresh_series(found: Funding) -> Series:
    """Return the look and name of what was simulated on fresh luck."""
    return fresh(found.told.texts("funding.series_fresh"))
