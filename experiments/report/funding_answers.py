"""The opening of the funding page: the answer in a few lines, each with what it rests on."""

from __future__ import annotations

import math

from experiments.funding.answers import COORDINATION, POOLING, times_wider
from experiments.report.funding_change import change_answer
from experiments.report.funding_data import Funding, Row, million_text, surrogate_text
from experiments.report.funding_headline import euros_answer, everywhere_answer, kept_answer
from experiments.report.funding_terms import facts_text
from experiments.report.page import Answer, Notice
from experiments.screen import number, with_interval
from scenarios.levers import lever_terms


def answers(found: Funding) -> tuple[Answer, ...]:
    """Return the lines of the opening, at the middle simulated budget."""
    t = found.told.texts
    budget = found.budget
    plan = None if budget is None else found.recommended(budget)
    if budget is None or plan is None:
        return (Answer(t("funding_answer.kept"), t("funding_answer.no_plan"), state="missing"), *_law(found))
    return (
        kept_answer(found, plan), *everywhere_answer(found, plan), _left_open(found, plan),
        euros_answer(found, plan), _further(found), _where(found, plan),
        *(_step(found, what, budget) for what in (COORDINATION, POOLING)),
        _promised(found, plan), _evidence(found), change_answer(found, budget), *_law(found),
    )  # fmt: skip


def notices(found: Funding) -> tuple[Notice, ...]:
    """Return what has to be known before reading: a quick answer, nothing simulated, not all delivered."""
    t = found.told.texts
    made = [Notice(t("funding.what_is_what"))]
    budgets = found.simulated_budgets
    if not budgets:
        return (*made, Notice(t("funding.nothing_simulated")))
    if found.settings.get("quick"):
        full, rules = found.options, {row["rule"] for row in found.curve if row["replications"]}
        times = times_wider(found.replications, full.replications) if found.replications > 1 else math.nan
        made.append(
            Notice(
                t(
                    "funding.quick", replications=found.replications, whole=full.replications, times=number(times),
                    rules=len(rules), budgets=len(budgets), draws=found.assumptions.get("draws of parameters", "-"),
                    whole_draws=full.draws,
                )
            )
        )  # fmt: skip
    return tuple(made)


def _left_open(found: Funding, plan: Row) -> Answer:
    t, draws = found.told.texts, found.assumptions.get("draws of parameters", "-")
    return Answer(
        t("funding_answer.open"),
        t("funding_answer.open_value", value=surrogate_text(plan)),
        t("funding_answer.open_note", draws=draws),
    )


def _further(found: Funding) -> Answer:
    t, rows = found.told.texts, found.rows("marginal")
    label = t("funding_answer.further")
    if not rows:
        return Answer(label, t("funding_answer.further_missing"), state="missing")
    first, last = (marginal_text(rows[i]) for i in (0, -1))
    low, high = rows[0], rows[-1]
    text = t(
        "funding_answer.further_value", first=first, to=f"{low['to_eur_million']:g}", last=last,
        start=f"{high['from_eur_million']:g}", end=f"{high['to_eur_million']:g}",
    )  # fmt: skip
    knee = next((row["to_eur_million"] for row in rows if row["is_knee"]), None)
    said = t("funding.no_knee") if knee is None else t("funding.knee", budget=million_text(knee))
    return Answer(label, f"{text} {said}", t("funding_answer.further_note"))


def marginal_text(row: Row) -> str:
    """Return what a further ten million keeps off, as the terminal prints it."""
    return with_interval(row["t_per_10_million"], row["low_t"], row["high_t"], 2)


def _where(found: Funding, plan: Row) -> Answer:
    t = found.told.texts
    label = t("funding_answer.where", budget=million_text(plan["budget_eur_million"]))
    if not plan["units"]:
        return Answer(label, t("funding.buys_nothing"))
    states: dict[str, int] = {}
    types: dict[str, int] = {}
    for row in found.states_of(plan):
        states[row["country"]] = states.get(row["country"], 0) + row["units"]
        types[row["equipment"]] = types.get(row["equipment"], 0) + row["units"]
    text = t(
        "funding_answer.where_value", units=plan["units"],
        types=", ".join(f"{found.equipment(name)} {units}" for name, units in types.items()),
        states=", ".join(f"{name} {units}" for name, units in sorted(states.items())),
    )  # fmt: skip
    tied = _tied(found, plan)
    if tied:
        text = f"{text} {tied}"
    note = t("funding_answer.where_note", rule=found.rule(plan["rule"]), posts=number(plan["posts"], 0))
    return Answer(label, text, note)


def _tied(found: Funding, plan: Row) -> str:
    """Return the simulated plans that are not told apart from the best, with what each costs; nothing if none is."""
    t = found.told.texts
    here = [row for row in found.curve if row["budget_eur_million"] == plan["budget_eur_million"]]
    alike = [row for row in here if row["selection"] in ("best", "tied")]
    if len(alike) < 2:
        return ""
    plans = "; ".join(
        t("funding_answer.where_plan", rule=found.rule(row["rule"]), cost=number(row["yearly_cost_eur_million"]))
        for row in alike
    )
    return t("funding_answer.where_tied", plans=plans)


def _step(found: Funding, what: str, budget: float) -> Answer:
    t = found.told.texts
    label = t(f"funding_answer.{_KEYS[what]}")
    row = next((r for r in found.rows("coordination") if (r["what"], r["budget_eur_million"]) == (what, budget)), None)
    if row is None:
        return Answer(label, t("funding_answer.step_missing"), state="missing")
    surrogate = with_interval(row["surrogate_t"], row["low_t"], row["high_t"])
    if not row["replications"]:
        return Answer(label, t("funding_answer.step_surrogate", value=surrogate), t("funding_answer.step_no_runs"))
    value = with_interval(row["simulated_t"], row["simulated_low_t"], row["simulated_high_t"])
    key = "funding_answer.step_resolved" if row["is_resolved"] else "funding_answer.step_unresolved"
    cost = row.get("yearly_cost_eur_million", math.nan)
    note = t("funding_answer.step_note", surrogate=surrogate, cost=number(cost, sign=True))
    return Answer(label, t(key, value=value), note)


_KEYS = {COORDINATION: "coordination", POOLING: "pooling"}


def _promised(found: Funding, plan: Row) -> Answer:
    t = found.told.texts
    fresh = found.fresh(plan["budget_eur_million"], plan["rule"])
    if fresh is None:
        return Answer(t("funding_answer.promised"), t("funding_answer.promised_missing"), state="missing")
    gap, low, high = (fresh[f"gap_promised_{end}"] for end in ("t", "low_t", "high_t"))
    has_interval = math.isfinite(low) and math.isfinite(high)
    verdict = "no_interval" if not has_interval else "resolved" if low > 0 or high < 0 else "unresolved"
    text = t(
        f"funding_answer.promised_{verdict}", promised=number(fresh["promised_t"]), fresh=number(fresh["fresh_t"]),
        gap=with_interval(gap, low, high),
    )  # fmt: skip
    return Answer(t("funding_answer.promised"), text, t("funding_answer.promised_note"))


def _evidence(found: Funding) -> Answer:
    t, lever = found.told.texts, lever_terms()["equipment"]
    key = "funding_answer.evidence_looks" if found.has_second_looks() else "funding_answer.evidence_scanners"
    return Answer(
        t("funding_answer.evidence"), t(key, grade=lever.grade), t("funding_answer.evidence_note", why=lever.evidence)
    )


def _law(found: Funding) -> tuple[Answer, ...]:
    t, rows = found.told.texts, found.rows("facts")
    label = t("funding_answer.law")
    if not rows:
        return (Answer(label, t("funding_answer.law_missing"), state="missing"),)
    return (Answer(label, facts_text(rows)),)
