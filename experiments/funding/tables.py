"""The tables of `waterbed size`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from experiments.contrasts import Contrast, paired_contrast
from experiments.funding.answers import (
    NOT_RESOLVED,
    ROTATED_GRANT,
    STEPS,
    Simulated,
    Step,
    knee,
    marginal_t,
    rotated_grant,
    step,
)
from experiments.funding.asked import million
from experiments.funding.baseline import landed_by_range
from experiments.funding.planned import ADAPTIVE, Planned, question_of
from experiments.funding.portfolio import achieved, capital_cents, grant_cents, is_at_most, phased, yearly_cost_eur
from experiments.funding.question import Plan, Question
from experiments.funding.simulated import (
    DELAY,
    FACTS,
    FRESH,
    LANDED,
    LANDED_ANYWHERE,
    LANDED_WINDOW,
    LEVER_COST,
    LEVER_POSTS,
    PRICE,
    SEIZED,
    TRADE_COST,
    Outcomes,
)
from experiments.funding.study import Answer, budgets_of
from experiments.funding.surrogate import objective
from experiments.funding.uncertainty import chosen_share_at
from experiments.stress_tables import Row, table_of_rows
from scenarios.build_world import build_world
from scenarios.levers import lever_terms
from sim import funding_tables as schemas

_MILLION = 1e6
_CENTS = 100
UNITS = {LANDED: "t/yr", LANDED_WINDOW: "t/yr", LANDED_ANYWHERE: "t/yr", SEIZED: "t/yr", PRICE: "EUR/kg",
         DELAY: "h/yr", TRADE_COST: "EUR/yr", LEVER_COST: "EUR/yr", LEVER_POSTS: "posts"}  # fmt: skip
OUTCOME_NAMES = {
    LANDED: "landed in the EU", LANDED_WINDOW: "landed in the EU, all years", LANDED_ANYWHERE: "landed anywhere",
    SEIZED: "seized at entry in the EU", PRICE: "wholesale price", DELAY: "delay of clean boxes",
    TRADE_COST: "cost to trade", LEVER_COST: "money of states for levers and coordination",
    LEVER_POSTS: "posts of states for levers and coordination",
}  # fmt: skip


def funding_tables(found: Answer) -> dict[str, pa.Table]:
    """Return the tables of an answer by name."""
    rows: dict[str, Iterator[Row]] = {
        "funding_curve": _curve(found),
        "funding_outcomes": _outcomes(found),
        "funding_marginal": marginal_rows(found),
        "funding_states": _states(found),
        "funding_units": _units(found),
        "funding_phases": _phases(found),
        "funding_coordination": coordination_rows(found),
        "funding_curse": _curse(found),
        "funding_regret": iter(found.uncertainty.regret),
        "funding_information": iter(found.uncertainty.information),
        "funding_sensitivity": iter(found.uncertainty.sensitivity),
        "funding_detection": iter(found.uncertainty.detection),
        "funding_ranges": _ranges(found),
        "funding_fit": _fit(found),
        "funding_trials": _trials(found),
        "funding_runs": _runs(found),
        "funding_facts": iter(facts()),
        "funding_assumptions": iter(assumptions(found)),
    }
    return {name: table_of_rows(schemas.FUNDING_TABLES[name], each) for name, each in rows.items()}


def _curve(found: Answer) -> Iterator[Row]:
    for plan in found.plans.values():
        question, one = question_of(found.question, plan.rule), found.simulated(plan.rule, plan.budget_cents)
        works, interval = achieved(question, plan.units), found.uncertainty.kept_off(plan)
        new_posts = float(works.posts.sum() - sum(site.posts for site in question.sites))
        c = one.kept_off if one is not None else None
        cost = one.eur_per_kg if one is not None else NOT_RESOLVED
        compared = found.compared_at(plan.budget_cents)
        standing = compared.standing(one) if compared is not None and one is not None else "not simulated"
        yield (
            plan.rule, million(plan.budget_cents), million(grant_cents(question, plan.units)),
            million(capital_cents(question, plan.units)), int(plan.units.sum()), int(works.idle.sum()), new_posts,
            (yearly_cost_eur(question, plan.units) if one is None else one.yearly_cost_eur) / _MILLION,
            found.kept_off_t(plan.rule, plan.budget_cents),
            interval.low, interval.high,
            float(objective(found.fit.surrogate, question, plan.units)), *_interval(c),
            c.replications if c is not None else 0, cost.mean, cost.low, cost.high, standing, plan.is_settled,
        )  # fmt: skip


def _interval(c: Contrast | None) -> tuple[float, float, float]:
    return (c.difference, c.low, c.high) if c is not None else (math.nan, math.nan, math.nan)


def simulated_plans(found: Answer) -> list[Simulated]:
    """Return all plans that were simulated, by budget; first rotation without a grant, if it was."""
    alone = [found.rotating_alone] if found.rotating_alone is not None else []
    return [*alone, *(one for compared in found.compared for one in compared.plans)]


def outcome_contrast(one: Simulated, name: str) -> Contrast:
    """Return an outcome with a plan less without a grant."""
    return paired_contrast(one.found.facts[name], one.baseline.facts[name])


def _outcomes(found: Answer) -> Iterator[Row]:
    for one in simulated_plans(found):
        for name in FACTS:
            c = outcome_contrast(one, name)
            yield (
                one.planned.rule, million(one.planned.plan.budget_cents), OUTCOME_NAMES[name], UNITS[name],
                c.replications, float(one.baseline.facts[name].mean()), c.difference, c.low, c.high, c.is_resolved,
            )  # fmt: skip


def marginal_rows(found: Answer) -> Iterator[Row]:
    """Yield the steps of the curve of the adaptive plans."""
    cents = budgets_of(found.question)
    budgets = [million(one) for one in cents]
    kept = [found.kept_off_t(ADAPTIVE, one) for one in cents]
    at = knee(budgets, kept)
    for i, gain in enumerate(marginal_t(budgets, kept), start=1):
        interval = found.uncertainty.marginal(cents[i - 1], cents[i])
        left = budgets[i] - million(grant_cents(found.question, found.plans[ADAPTIVE, cents[i]].units))
        yield budgets[i - 1], budgets[i], gain, interval.low, interval.high, left, i == at


def _states(found: Answer) -> Iterator[Row]:
    for plan in found.plans.values():
        yield from state_rows(found, plan)


def state_rows(found: Answer, plan: Plan) -> Iterator[Row]:
    """Yield the rows of a plan by state and type of equipment."""
    question = question_of(found.question, plan.rule)
    share = chosen_share_at(found.uncertainty, plan)
    for country in question.countries:
        here = [i for i, site in enumerate(question.sites) if site.country == country]
        for k, offer in enumerate(question.offers):
            units = plan.units[here, k]
            count = int(units.sum())
            if not count:
                continue
            grant = count * offer.grant_cents(question.cofinancing_share)
            posts = count * offer.terms.posts if question.staffing == "matching" else 0
            mean_share = float((share[here, k] * units)[units > 0].sum()) / count
            yield (
                plan.rule, million(plan.budget_cents), country, offer.terms.name, count, million(grant),
                million(count * offer.capital_cents - grant), count * offer.running_cents_per_year / _CENTS / _MILLION,
                float(posts), mean_share,
            )  # fmt: skip


def _units(found: Answer) -> Iterator[Row]:
    for plan in found.plans.values():
        question = question_of(found.question, plan.rule)
        works, share = achieved(question, plan.units), chosen_share_at(found.uncertainty, plan)
        at_most = is_at_most(question, plan.units)
        for i, k in zip(*(axis.tolist() for axis in plan.units.nonzero()), strict=True):
            site = question.sites[i]
            yield (
                plan.rule, million(plan.budget_cents), site.country, site.code, question.offers[k].terms.name,
                int(plan.units[i, k]), bool(at_most[i, k]), int(works.idle[i, k]), float(works.checks[i, k]),
                float(share[i, k]),
            )  # fmt: skip


def _phases(found: Answer) -> Iterator[Row]:
    for compared in found.compared:
        for one in compared.plans:
            planned: Planned = one.planned
            for year, i, k, units in phased(planned.question, planned.plan, planned.order):
                site, name = planned.question.sites[i], planned.question.offers[k].terms.name
                yield planned.rule, million(planned.plan.budget_cents), year, site.country, site.code, name, units


def coordination_rows(found: Answer) -> Iterator[Row]:
    """Yield what coordination and pooled envelopes add at every budget, and a grant where units rotate anyway."""
    surrogate = found.fit.surrogate
    for what, rules in STEPS.items():
        for cents in budgets_of(found.question):
            if not all((rule, cents) in found.plans for rule in rules):
                continue
            more, less = (found.plans[rule, cents] for rule in rules)
            kept = found.kept_off_t(more.rule, cents) - found.kept_off_t(less.rule, cents)
            gain = float(np.diff([objective(surrogate, found.question, one.units) for one in (less, more)])[0])
            cost_eur = float(np.diff([yearly_cost_eur(found.question, one.units) for one in (less, more)])[0])
            compared = found.compared_at(cents)
            simulated = None if compared is None else step(compared, what)
            interval = found.uncertainty.step(more, less)
            yield what, million(cents), gain, *interval, kept, *_step_cells(simulated, cost_eur)
    for compared in found.compared:
        rotated = rotated_grant(compared, found.rotating_alone)
        if rotated is not None:
            cells = _step_cells(rotated, rotated.cost_eur)
            yield ROTATED_GRANT, million(compared.budget_cents), *(math.nan,) * 4, *cells


def _step_cells(simulated: Step | None, cost_eur: float) -> tuple[float | int | bool, ...]:
    """Return value and kept off with their intervals, cost in EUR million, replications, whether it is resolved."""
    if simulated is None:
        return (*(math.nan,) * 6, cost_eur / _MILLION, 0, False)
    value, kept = simulated.value, simulated.kept_off
    cost = simulated.cost_eur / _MILLION
    return (*_interval(value), *_interval(kept), cost, value.replications, value.is_resolved)


def _curse(found: Answer) -> Iterator[Row]:
    for cents, curse in found.curses:
        first, fresh = curse.first.kept_off, curse.fresh.kept_off
        gaps = [value for gap in (curse.gap_first, curse.gap_promised) for value in (gap.mean, gap.low, gap.high)]
        yield (
            million(cents), curse.first.planned.rule, curse.promised_t, *_interval(first), *_interval(fresh),
            fresh.replications, *gaps,
        )  # fmt: skip


def _ranges(found: Answer) -> Iterator[Row]:
    base = found.question.base
    world = build_world(base.world, base.parameters, base.good)
    for one in simulated_plans(found):
        with_plan, without = (landed_by_range(world, runs) for runs in (one.found, one.baseline))
        for k, name in enumerate(world.coasts.name):
            c = paired_contrast(without[:, k], with_plan[:, k])
            yield one.planned.rule, million(one.planned.plan.budget_cents), name, c.difference, c.low, c.high


_FACTORS = {
    "scans": "fitted factor on the probability that selection finds a load",
    "looks": "fitted factor on what second looks show of what images did not",
    "stake": "fitted factor on what a loss weighs in the choice of places",
    "dissimilarity": "fitted exponent of the dissimilarity of ports within a range",
    "supply": "fitted factor on how supply answers",
    "seen": "fitted share of a change of loss that shippers know of",
}
_ERRORS = (
    ("rmse_t", "t/yr", "root mean square error on portfolios that were not fitted (leave one out)"),
    ("noise_t", "t/yr", "root mean square of the standard errors of their simulated means, which is part of it"),
    ("bias_t", "t/yr", "mean of surrogate less simulation: above 0 it promises too much"),
    ("correlation", "1", "between surrogate and simulation, over portfolios"),
    ("discrepancy_t", "t/yr", "standard deviation that the surrogate itself adds to that noise"),
    ("discrepancy_share", "1", "the same over the root mean square of what the portfolios keep off"),
    ("loss_rmse", "1", "root mean square error of the change of the share lost at a port, ports by their flow"),
    ("arriving_rmse_t", "t/yr", "root mean square error of the change of flow to the ports or the coast of a range"),
)


def _fit(found: Answer) -> Iterator[Row]:
    for name, about in _FACTORS.items():
        yield name, "1", float(getattr(found.fit.surrogate.fitted, name)), about
    for name, unit, about in _ERRORS:
        yield name, unit, float(getattr(found.fit.error, name)), about


def _trials(found: Answer) -> Iterator[Row]:
    for i, trial in enumerate(found.trials):
        grant = million(grant_cents(found.question, trial.units))
        yield i, int(trial.units.sum()), grant, trial.kept_off_t, trial.error_t, float(found.fit.left_out_t[i])


def _runs(found: Answer) -> Iterator[Row]:
    yield from _run_rows("first", "baseline", 0.0, found.baseline, 0)
    for i, runs in enumerate(found.trial_runs):
        grant = million(grant_cents(found.question, found.trials[i].units))
        yield from _run_rows("trial", f"trial {i}", grant, runs, 0)
    for one in simulated_plans(found):
        yield from _run_rows("first", one.planned.rule, million(one.planned.plan.budget_cents), one.found, 0)
    yield from _run_rows("fresh", "baseline", 0.0, found.fresh_baseline, FRESH)
    for cents, curse in found.curses:
        yield from _run_rows("fresh", curse.fresh.planned.rule, million(cents), curse.fresh.found, FRESH)


def _run_rows(stage: str, plan: str, budget: float, runs: Outcomes, first: int) -> Iterator[Row]:
    for number in range(runs.replications):
        yield stage, plan, budget, first + number, *(float(runs.facts[name][number]) for name in FACTS)


def facts() -> list[tuple[str, str, str]]:
    """Return what holds of every recommendation by law, and whether it can be done now: fact, words, source."""
    levers = lever_terms()
    return [
        ("grants", "Grants go to national customs authorities.", "ccei.csv CC003, CC004"),
        ("ownership", "Member States own the equipment.", "ccei.csv CC003"),
        ("co-financing", "The EU pays up to 80 % of the cost of a project.", "ccei.csv CC009"),
        ("not new money", "The envelope for ports is part of the CCEI, not new money.", "ccei.csv CC024"),
        ("no staff cost", "Equipment is eligible, staff are not: states pay posts.", "ccei.csv CC003 to CC005"),
        ("feasible now", f"Feasible now: {levers['equipment'].feasible_now}.", "conf/lever/equipment.yaml"),
        ("rotating units", f"Rotating units: {levers['rotation'].feasible_now}.", "conf/lever/rotation.yaml"),
    ]


def assumptions(found: Answer) -> list[tuple[str, str, str, str]]:
    """Return what an answer rests on: name, value, unit, source."""
    question: Question = found.question
    case, options = question.base, found.asked.options
    rows = [
        ("world", case.world.name, "", "setting"),
        ("supply scenario", case.scenario.name, "", f"setting: {case.scenario.about}"),
        ("base regime", case.regime.name, "", f"setting: {case.regime.about}"),
        ("analysis", f"{case.start} to {case.start.year + case.horizon_years}-01-01", "", "setting"),
        ("plans compared over", f"{found.window.first} to {found.window.end}", "", "all has come, nothing has ended"),
        ("staffing", question.staffing, "", "setting: fixed, or matching"),
        ("co-financing share", f"{question.cofinancing_share:g}", "of price and works", "ccei.csv CC009; setting"),
        ("phasing", ", ".join(f"{share:g}" for share in question.phasing), "of the budget", "assumption; setting"),
        ("discount rate", f"{question.discount_rate:g}", "1/yr", "conf/lever/equipment.yaml; setting"),
        ("cost of a post", f"{question.post_eur_per_year:g}", "EUR/yr", "conf/lever/equipment.yaml; setting"),
        ("worth of a kilogram kept off", f"{question.worth_eur_per_kg:g}", "EUR/kg", "assumption: wholesale price"),
        ("caps by country", _shares(question.caps), "of a budget", "setting"),
        ("floors by country", _shares(question.floors), "of a budget", "setting"),
        ("own envelopes", _shares(question.envelopes), "of a budget", "assumption: laden gateway imports"),
        ("replications", f"{options.replications}", "", f"setting; quick: {found.asked.settings.quick}"),
        ("draws of parameters", f"{options.draws}", "", "setting; surrogate only"),
        ("ports that may get equipment", ", ".join(site.code for site in question.sites), "", "world and spreadsheet"),
        ("spreadsheet", found.asked.settings.catalogue or "none", "", "setting"),
    ]
    for offer in question.offers:
        one = offer.terms
        numbers = (
            f"price {one.price_eur:g} EUR, works {one.works_eur:g} EUR, delivery {one.delivery_months:g} months, "
            f"checks {one.checks_per_year:g} a year, life {one.life_years:g} years, running "
            f"{one.running_eur_per_year:g} EUR a year, {one.posts} posts, at most {offer.most_per_port} a port"
        )
        rows.append((one.name, numbers, "", "equipment_types.csv, parameters, or the spreadsheet"))
    return rows


def _shares(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.3f}" for name, share in sorted(shares.items())) or "none"
