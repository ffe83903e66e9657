"""What the recommended plan keeps off, in the EU and everywhere, and what a kilogram of it costs."""

from __future__ import annotations

import math

from experiments.funding.answers import NOT_RESOLVED, EurPerKg
from experiments.funding.printing import euros_per_kg
from experiments.report.funding_data import (
    LANDED_ALL_YEARS,
    LANDED_ANYWHERE,
    Funding,
    Row,
    is_simulated,
    kept_off,
    million_text,
    simulated_text,
)
from experiments.report.page import Answer
from experiments.screen import number, with_interval


def kept_answer(found: Funding, plan: Row) -> Answer:
    """Return what a plan keeps from landing in the EU, in which years, and over all years."""
    t, budget = found.told.texts, plan["budget_eur_million"]
    label = t("funding_answer.kept_at", budget=million_text(budget), years=found.years)
    if not is_simulated(plan):
        return Answer(label, t("funding_answer.not_simulated"), t("funding_answer.not_simulated_note"), "missing")
    rule, first = found.rule(plan["rule"]), simulated_text(plan)
    window = " ".join(_window(found, plan))
    fresh = found.fresh(budget, plan["rule"])
    if fresh is None:
        note = t("funding_answer.kept_first_note", rule=rule, replications=plan["replications"])
        return Answer(label, t("funding_answer.kept_value", value=first), f"{note} {window}")
    value = with_interval(fresh["fresh_t"], fresh["fresh_low_t"], fresh["fresh_high_t"])
    note = t("funding_answer.kept_note", rule=rule, replications=fresh["fresh_replications"], first=first)
    return Answer(label, t("funding_answer.kept_value", value=value), f"{note} {window}")


def _window(found: Funding, plan: Row) -> list[str]:
    """Return which years are compared, and what is kept off over all years; the latter not of older results."""
    t = found.told.texts
    said = [t("funding_answer.kept_window", years=found.years)]
    row = found.outcome(plan, LANDED_ALL_YEARS)
    if row is not None:
        said.append(t("funding_answer.kept_all_years", value=with_interval(*kept_off(row))))
    return said


def everywhere_answer(found: Funding, plan: Row) -> tuple[Answer, ...]:
    """Return what is kept off once what lands outside the EU instead is counted; nothing of older results."""
    t = found.told.texts
    row = found.outcome(plan, LANDED_ANYWHERE)
    if row is None:
        return ()
    text = t("funding_answer.kept_value", value=with_interval(*kept_off(row)))
    label = t("funding_answer.everywhere", years=found.years)
    return (Answer(label, text, t("funding_answer.everywhere_note")),)


def euros_answer(found: Funding, plan: Row) -> Answer:
    """Return what a kilogram less landed costs, in the EU and everywhere."""
    t = found.told.texts
    label = t("funding_answer.euros", years=found.years)
    if not is_simulated(plan):
        return Answer(label, t("funding_answer.not_simulated"), state="missing")
    is_resolved = math.isfinite(plan["eur_per_kg"])
    text = (
        t("funding_answer.euros_value", value=euros_text(plan)) if is_resolved else t("funding_answer.euros_unresolved")
    )
    note = t("funding_answer.euros_note", cost=number(plan["yearly_cost_eur_million"]))
    row = found.outcome(plan, LANDED_ANYWHERE)
    if row is not None:
        anywhere = euros_anywhere(plan["yearly_cost_eur_million"], row)
        is_resolved &= anywhere.is_resolved
        value = euros_per_kg(anywhere)
        text += " " + (
            t("funding_answer.euros_anywhere", value=value)
            if anywhere.is_resolved
            else t("funding_answer.euros_anywhere_unresolved")
        )
    if not is_resolved:
        note += " " + t("funding_answer.euros_unresolved_note")
    return Answer(label, text, note)


def euros_anywhere(cost_eur_million: float, landed: Row) -> EurPerKg:
    """Return what a kilogram less landed anywhere costs: a known cost over the ends of the interval, as in the EU.

    Args:
        cost_eur_million: a year.
        landed: the outcome with the plan less without it, t/yr.
    """
    kept_t, low_t, high_t = kept_off(landed)
    if not landed["is_resolved"] or not low_t > 0 or cost_eur_million <= 0:
        return NOT_RESOLVED
    # EUR million over tonnes is thousands of EUR over kilograms.
    mean, low, high = (1000 * cost_eur_million / tonnes for tonnes in (kept_t, high_t, low_t))
    return EurPerKg(mean, low, high)


def euros_text(row: Row) -> str:
    """Return EUR per kg of a row of the curve, as the terminal prints it."""
    return euros_per_kg(EurPerKg(row["eur_per_kg"], row["eur_per_kg_low"], row["eur_per_kg_high"]))
