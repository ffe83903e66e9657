"""What waterbed size prints: the curve, what is recommended, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from agents.levers.equipment import SECOND_LOOK
from experiments.contrasts import Contrast
from experiments.decompose.printing import print_question
from experiments.funding.answers import (
    COORDINATION,
    POOLING,
    ROTATED_GRANT,
    Compared,
    EurPerKg,
    rotated_grant,
    times_wider,
)
from experiments.funding.asked import million
from experiments.funding.funding_options import FundingOptions
from experiments.funding.planned import ADAPTIVE, EQUIPMENT_ONLY, ROTATING, question_of
from experiments.funding.portfolio import achieved, grant_cents, is_at_most, yearly_costs
from experiments.funding.question import Plan
from experiments.funding.rules import MOST_ROUNDS
from experiments.funding.simulated import DELAY, LANDED_ANYWHERE, PRICE, SEIZED, TRADE_COST
from experiments.funding.study import Answer, budgets_of
from experiments.funding.tables import (
    coordination_rows,
    facts,
    marginal_rows,
    outcome_contrast,
    state_rows,
)
from experiments.funding.uncertainty import chosen_share_at
from experiments.screen import number, print_table, significant, supply_label, with_interval
from experiments.stress_tables import Row

PORT_WORDS = "illustrative, not an estimate of this port"
_SHOWN_INFORMATION = 5
_RULES = {
    "nothing": "nothing bought",
    "national": "each state for its own ports, own envelope",
    "traffic": "in proportion to at-risk boxes",
    "seizures": "in proportion to past seizures",
    "threat": "best if flows stayed where they are",
    "adaptive": "best if flows answer, one envelope for all",
    "joint_own": "best for all if flows answer, own envelopes",
    "rotating": "units of adaptive, mobile ones rotate",
    "equipment_only": "best without any new post",
}


def print_answer(found: Answer, out: Console) -> None:
    """Print the answer, 80 columns wide.

    Args:
        found: the answer.
        out: where to.
    """
    question, case = found.question, found.question.base
    supply = supply_label(case.scenario.name, case.good)
    print_question(case, found.asked.options.replications, out)
    staff = "with the posts that are there" if question.staffing == "fixed" else "each unit with its posts"
    out.print(
        f"Grants for {question.cofinancing_share:.0%} of price and works; staff: {staff}. Base regime "
        f"{case.regime.name}. Tonnes are landed in the EU less than without a grant, a year, from "
        f"{found.window.first} to {found.window.end}."
    )
    if not found.window.is_whole:
        out.print("WARNING: in these years not all has come, or something has reached the end of its life.")
    _print_curve(found, supply, out)
    _print_simulated(found, supply, out)
    _print_outcomes_by_rule(found, supply, out)
    _print_other_outcomes(found, supply, out)
    _print_marginal(found, supply, out)
    for compared in _shown(found):
        print_recommendation(found, compared, supply, out)
    _print_coordination(found, supply, out)
    _print_curse(found, supply, out)
    _print_uncertainty(found, supply, out)
    _print_error(found, out)


def _print_curve(found: Answer, supply: str, out: Console) -> None:
    cents = budgets_of(found.question)
    rules = [rule for rule in dict.fromkeys(rule for rule, _ in found.plans) if rule not in (ROTATING, "nothing")]
    columns = ["EU money, EUR million", *(f"{million(one):g}" for one in cents)]
    rows = [[rule, *(_tonnes(found.kept_off_t(rule, one)) for one in cents)] for rule in rules]
    print_table(out, f"Kept off by budget and rule, t/yr, surrogate {supply}", columns, rows, gap=1)
    rows = []
    for one in cents:
        plan = found.plans[ADAPTIVE, one]
        spent = million(grant_cents(found.question, plan.units))
        interval = found.uncertainty.kept_off(plan)
        kept = with_interval(found.kept_off_t(ADAPTIVE, one), interval.low, interval.high)
        yearly = sum(yearly_costs(found.question, plan.units)) / 1e6
        rows.append([f"{million(one):g}", number(spent), str(int(plan.units.sum())), number(yearly), kept])
    heads = ["budget", "spent", "units", "EUR m a year", "kept off, t/yr [95 % of draws]"]
    print_table(out, f"Adaptive rule, EUR million, surrogate {supply}", heads, rows)
    out.print(
        "EUR m a year: capital over its life, running cost and posts. Intervals: what parameters leave open; what is "
        "not spent is not worth its yearly cost."
    )
    print_table(out, "Rules", ["", ""], [[rule, _RULES.get(rule, "")] for rule in [*rules, ROTATING]], text=2)
    unsettled = [plan for plan in found.plans.values() if not plan.is_settled]
    if unsettled:
        listed = ", ".join(f"{million(plan.budget_cents):g}" for plan in unsettled)
        out.print(
            f"WARNING: at EUR {listed} million the states of the rule national did not come to rest within "
            f"{MOST_ROUNDS} rounds; that plan, and coordination, are those of the last round."
        )
    has_looks = any(offer.terms.kind == SECOND_LOOK for offer in found.question.offers)
    if has_looks and (found.question.staffing == "fixed" or EQUIPMENT_ONLY in rules):
        out.print(
            "Without new posts second looks are excluded by rule: the posts that are there work scanners, and none is "
            "left for them. Moving posts from scanners to second looks may find more; that is not looked for."
        )


def _tonnes(value: float) -> str:
    return number(value, 1)


def _print_simulated(found: Answer, supply: str, out: Console) -> None:
    if not found.compared:
        return
    for compared in found.compared:
        rows = []
        for one in compared.plans:
            c = one.kept_off
            kept = with_interval(c.difference, c.low, c.high)
            rows.append([one.planned.rule, kept, euros_per_kg(one.eur_per_kg), compared.standing(one)])
        title = f"EUR {million(compared.budget_cents):g} million, simulated {supply}"
        heads = ["", "kept off, t/yr [95 %]", "EUR per kg [95 %]", ""]
        print_table(out, title, heads, rows)
    if found.rotating_alone is not None:
        c = found.rotating_alone.kept_off
        kept = with_interval(c.difference, c.low, c.high)
        out.print(f"Rotating the units that are there, without a grant, keeps off {kept} t/yr by itself.")
    out.print(
        "Intervals here are over replications. Best: of those with the staff that is asked about, by what is kept off "
        "less staff and running cost; tied: not told apart from it; left early: behind after the first replications."
    )


def euros_per_kg(cost: EurPerKg) -> str:
    """Return the cost of a kilogram with its interval, or that there is none."""
    if not cost.is_resolved:
        return "not resolved"
    return f"{_thousand(cost.mean)} [{_thousand(cost.low)}, {_thousand(cost.high)}]"


def _thousand(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.0f}"


UNRESOLVED = "?: not resolved: the bootstrap interval or Student's holds 0."
_OTHER_OUTCOMES = {
    LANDED_ANYWHERE: ("landed anywhere, t/yr", 1.0),
    SEIZED: ("seized, t/yr", 1.0), PRICE: ("price, EUR/kg", 1.0), DELAY: ("delay of boxes, 1,000 h/yr", 1e-3),
    TRADE_COST: ("cost to trade, EUR m/yr", 1e-6),
}  # fmt: skip


def _print_outcomes_by_rule(found: Answer, supply: str, out: Console) -> None:
    labels = (label.replace(", ", ",\n").replace(" any", "\nany") for label, _ in _OTHER_OUTCOMES.values())
    heads = ["EUR million", *labels]
    rows = []
    for compared in found.compared:
        for one in compared.plans:
            cells = []
            for name, (_, factor) in _OTHER_OUTCOMES.items():
                c = outcome_contrast(one, name)
                cells.append(f"{number(c.difference * factor, sign=True)}{'' if c.is_resolved else ' ?'}")
            rows.append([f"{million(compared.budget_cents):g} {one.planned.rule}", *cells])
    if rows:
        print_table(out, f"Change by rule, simulated {supply}", heads, rows)
        out.print(f"{UNRESOLVED} Intervals are in the table funding_outcomes.")


def _print_other_outcomes(found: Answer, supply: str, out: Console) -> None:
    plans = [compared.recommended for compared in found.compared if compared.selection is not None]
    if not plans:
        return
    rows = [
        [label, f"{million(one.planned.plan.budget_cents):g}", _scaled(outcome_contrast(one, name), factor)]
        for name, (label, factor) in _OTHER_OUTCOMES.items()
        for one in plans
    ]
    heads = ["", "EUR million", "change [95 %]"]
    print_table(out, f"What else changes with the plan recommended, simulated {supply}", heads, rows)
    out.print(
        "Landed anywhere: in the EU and at ports outside it. What is kept off the EU and not from there lands outside "
        "the EU instead. More seized is not less landed, and the two are never added. Below 0, trade is spared delay."
    )


def _scaled(c: Contrast, factor: float) -> str:
    low, high = c.low * factor, c.high * factor
    digits = 0 if math.isfinite(high - low) and high - low >= 5 else 1
    return with_interval(c.difference * factor, low, high, digits)


def _print_marginal(found: Answer, supply: str, out: Console) -> None:
    rows = []
    at_knee = ""
    for row in marginal_rows(found):
        low, high, gain, first, last, left, is_knee = (*row,)
        assert isinstance(gain, float) and isinstance(first, float) and isinstance(last, float)
        rows.append([
            f"{low:g} to {high:g}", with_interval(gain, first, last, 2), number(float(str(left))),
            "knee" if is_knee else "",
        ])  # fmt: skip
        at_knee = f"{high:g}" if is_knee else at_knee
    if not rows:
        return
    heads = ["EUR million", "t/yr for each 10 million [95 % of draws]", "left over", ""]
    print_table(out, f"What each further ten million keeps off, adaptive rule, surrogate {supply}", heads, rows)
    said = f"EUR {at_knee} million" if at_knee else "none: the curve lies nowhere above a straight line"
    out.print(f"Knee (where the curve is furthest above the line from its first to its last point): {said}.")


def _shown(found: Answer) -> Sequence[Compared]:
    return [one for one in found.compared if one.selection is not None]


def print_recommendation(found: Answer, compared: Compared, supply: str, out: Console) -> None:
    """Print what a budget should buy: by state, and by port only if that is asked for."""
    one = compared.recommended
    plan = one.planned.plan
    budget = f"EUR {million(plan.budget_cents):g} million"
    by_state: dict[str, list[Row]] = {}
    for row in state_rows(found, plan):
        by_state.setdefault(str(row[2]), []).append(row)
    names = [offer.terms.name for offer in found.question.offers]
    rows = [[state, *_state_cells(here, names)] for state, here in by_state.items()]
    heads = ["", *(name.replace("_", "\n") for name in names), "EU,\nEUR m", "state,\nEUR m", "posts", "in\ndraws"]
    print_table(out, f"Recommended for {budget} ({plan.rule}): units by state {supply}", heads, rows, gap=1)
    if not rows:
        out.print("Nothing: no unit keeps off more than its yearly cost is worth.")
    works = achieved(question_of(found.question, plan.rule), plan.units)
    if works.idle.any():
        out.print(f"Idle for lack of staff: {int(works.idle.sum())} of {int(plan.units.sum())} units.")
    _print_at_most(found, plan, out)
    out.print("In draws: share of draws of parameters in which these units are chosen, mean over units.")
    rest = compared.of(ADAPTIVE)
    if rest is not one and rest is not None:
        out.print(f"By simulation {plan.rule} is better than adaptive; both intervals are in the table above.")
    rotated = rotated_grant(compared, found.rotating_alone) if plan.rule == ROTATING else None
    if rotated is not None:
        c = rotated.kept_off
        kept = with_interval(c.difference, c.low, c.high)
        out.print(f"Units can rotate without a grant: the grant itself adds {kept} t/yr to that.")
    tied = [other.planned.rule for other in compared.competing if compared.standing(other) == "tied"]
    if tied:
        out.print(f"Not told apart from the best ({compared.best.planned.rule}): {', '.join(tied)}.")
    if found.asked.settings.show == "ports":
        _print_ports(found, plan, out)
    out.print(f"Holds of it: {' '.join(text for _, text, _ in facts())}")


def _print_at_most(found: Answer, plan: Plan, out: Console) -> None:
    """Say where an assumption about numbers shapes the plan."""
    ports = is_at_most(found.question, plan.units).sum(axis=0).tolist()
    full = [
        f"{offer.terms.name} at {count} port{'s' * (count > 1)} ({offer.most_per_port} each)"
        for offer, count in zip(found.question.offers, ports, strict=True)
        if count
    ]
    if full:
        out.print(
            f"At the limit of units a port: {', '.join(full)}. The limit is an assumption; without it the plan may "
            "be another one."
        )


def _state_cells(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Return units by type, what the EU and the state pay, posts, and the share of draws, of a state."""
    units = {str(row[3]): int(str(row[4])) for row in rows}
    grant, national, posts = (sum(_float(row[i]) for row in rows) for i in (5, 6, 8))
    share = sum(_float(row[9]) * units[str(row[3])] for row in rows) / sum(units.values())
    counts = [str(units[name]) if name in units else "-" for name in names]
    return [*counts, number(grant), number(national), number(posts, 0), _percent(share)]


def _percent(share: float) -> str:
    return f"{share:.0%}" if math.isfinite(share) else "-"


def _print_ports(found: Answer, plan: Plan, out: Console) -> None:
    question = question_of(found.question, plan.rule)
    works, share = achieved(question, plan.units), chosen_share_at(found.uncertainty, plan)
    at_most, rows = is_at_most(question, plan.units), []
    for i, k in zip(*(axis.tolist() for axis in plan.units.nonzero()), strict=True):
        rows.append([
            question.sites[i].code, question.offers[k].terms.name, f"{plan.units[i, k]}{'*' * int(at_most[i, k])}",
            str(int(works.idle[i, k])), number(float(works.checks[i, k]), 0), _percent(float(share[i, k])),
        ])  # fmt: skip
    heads = ["", "", "units", "idle", "checks/yr", "in draws"]
    print_table(out, f"By port: {PORT_WORDS}", heads, rows, text=2)
    if at_most.any():
        out.print("*: as many as a port may get.")


def _print_coordination(found: Answer, supply: str, out: Console) -> None:
    rows = []
    for row in coordination_rows(found):
        what, budget, gain, low, high, kept, mean, first, last, simulated_kept, _, _, cost, count, is_resolved = (*row,)
        if not budget:
            continue
        simulated = with_interval(_float(mean), _float(first), _float(last)) if count else "-"
        mark = "" if is_resolved or not count else " ?"
        interval = "-" if what == ROTATED_GRANT else with_interval(_float(gain), _float(low), _float(high))
        kept_off = number(_float(simulated_kept if count else kept), sign=True)
        name = str(what).replace(" ", "\n", 1)
        rows.append([name, f"{budget:g}", interval, f"{simulated}{mark}", kept_off, number(_float(cost), sign=True)])
    if not rows:
        return
    heads = ["", "budget", "surrogate\n[95 % of draws]", "simulated\n[95 %]", "kept\noff", "EUR m\na year"]
    print_table(out, f"Value of acting together, t/yr {supply}", heads, rows, gap=1)
    out.print(
        f"{COORDINATION.capitalize()}: best for all with own envelopes, less each state for itself. "
        f"{POOLING.capitalize()}: one envelope, less own ones. Value is what plans are made for: kept off, less what "
        "staff and running cost are worth. Beside it what is kept off more, simulated where that is done, and what it "
        f"costs more, with capital. {UNRESOLVED}"
    )
    if any(row[0] == ROTATED_GRANT.replace(" ", "\n", 1) for row in rows):
        out.print(
            f"{ROTATED_GRANT.capitalize()}: rotating with the grant, less rotating alone; drives and coordination are "
            "in its cost, as the runs spent them."
        )


def _float(value: object) -> float:
    assert isinstance(value, float)
    return value


def _print_curse(found: Answer, supply: str, out: Console) -> None:
    rows, gaps = [], []
    for cents, curse in found.curses:
        name, fresh = f"{million(cents):g} {curse.first.planned.rule}", curse.fresh.kept_off
        first = curse.first.kept_off.difference
        rows.append([
            name, number(curse.promised_t), number(first), with_interval(fresh.difference, fresh.low, fresh.high),
        ])  # fmt: skip
        gaps.append([name, *(with_interval(g.mean, g.low, g.high) for g in (curse.gap_first, curse.gap_promised))])
    if not rows:
        return
    title = f"What the best plans promised and gave, t/yr {supply}"
    print_table(out, title, ["EUR million", "promised", "first", "fresh [95 %]"], rows)
    heads = ["EUR million", "first - fresh [95 %]", "promised - fresh [95 %]"]
    print_table(out, f"Gap of the optimiser's curse, t/yr {supply}", heads, gaps)
    out.print("Promised: surrogate. First: runs in which it was chosen. Fresh: on other luck, and the one to quote.")


def _print_uncertainty(found: Answer, supply: str, out: Console) -> None:
    u = found.uncertainty
    budgets = sorted({float(str(row[0])) for row in u.regret})
    for budget in budgets:
        here = [row for row in u.regret if row[0] == budget]
        rules = list(dict.fromkeys(str(row[3]) for row in here))
        rows = []
        for scenario in dict.fromkeys(str(row[1]) for row in here):
            by_rule = {str(row[3]): _float(row[6]) for row in here if row[1] == scenario}
            rows.append([scenario, *(number(by_rule[rule]) for rule in rules)])
        title = f"Regret for EUR {budget:g} million, t/yr, surrogate {supply}"
        print_table(out, title, ["if", *(rule.replace("_", "\n") for rule in rules)], rows, gap=1)
        abouts = dict.fromkeys(f"{row[1]}: {row[2]}" for row in here)
        out.print(
            f"{'; '.join(abouts)}. Slow procurement is left out: plans are made for when all has come. Not simulated."
        )
    for budget in sorted({float(str(row[0])) for row in u.information}):
        here = [row for row in u.information if row[0] == budget]
        top = sorted((row for row in here if row[1] != "all"), key=lambda row: -_float(row[2]))[:_SHOWN_INFORMATION]
        rows = [[str(row[1]), significant(_float(row[2]))] for row in [*(r for r in here if r[1] == "all"), *top]]
        title = f"Worth of knowing before buying, EUR {budget:g} million, surrogate {supply}"
        print_table(out, title, ["", "t/yr"], rows)
        out.print("All: expected value of perfect information (EVPI). Not simulated.")
    for budget in sorted({float(str(row[0])) for row in u.sensitivity}):
        rows = [
            [
                str(row[1]), _plain(row[3]), number(_float(row[4])), number(_float(row[5])), f"{row[6]} of {row[7]}",
            ]
            for row in u.sensitivity
            if row[0] == budget
        ]  # fmt: skip
        title = f"Most uncertain parameters, adaptive plan, EUR {budget:g} million, surrogate {supply}"
        print_table(out, title, ["", "value", "kept off", "lost", "units changed"], rows)
    if u.sensitivity:
        out.print(
            "Value: 5 and 95 % of draws. Kept off, and lost by keeping to the plan where another is best: t/yr. "
            "Not simulated."
        )
    rows = [
        [f"EUR {_float(row[0]):g} m: {row[1]}", _plain(row[2]), _plain(row[3]), _plain(row[4])] for row in u.detection
    ]
    if rows:
        title = f"Detection at which another plan than the adaptive one is best, surrogate {supply}"
        print_table(out, title, ["", "usual", "changes\nat", "looked\nto"], rows)
        out.print(
            "Best: by more than 1 %. Of images, mean over methods; of second looks, a factor on what they see. -: "
            "nowhere up to where it was looked for. Not simulated."
        )


def _plain(value: object) -> str:
    return significant(_float(value))


def _print_error(found: Answer, out: Console) -> None:
    e = found.fit.error
    out.print(
        f"\nSurrogate: fitted to {e.trials} simulated portfolios; on those left out it is off by {number(e.rmse_t)} "
        f"t/yr (root mean square; {number(e.noise_t)} of it is luck of the simulations), bias "
        f"{number(e.bias_t, sign=True)}, correlation {number(e.correlation, 2)}."
    )
    if found.asked.settings.quick:
        full = FundingOptions()
        times = times_wider(found.asked.options.replications, full.replications)
        out.print(
            f"QUICK: {found.asked.options.replications} replications instead of {full.replications}: intervals over "
            f"replications are about {number(times)} times as wide as those of the full answer, "
            f"{len(found.asked.options.plans)} rules and {len(found.asked.options.simulated_budgets)} budget are "
            f"simulated, and {found.asked.options.draws} draws made instead of {full.draws}."
        )
