"""The answer to a funding question, step by step: runs, fit, plans, shortlist, fresh runs, uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from experiments.funding.answers import Compared, Curse, Simulated, compare_plans, goes_on
from experiments.funding.asked import Asked
from experiments.funding.baseline import make_baseline, make_trial
from experiments.funding.fit import Fit, fit
from experiments.funding.funding_options import FundingOptions
from experiments.funding.make_question import MILLION_CENTS
from experiments.funding.planned import EQUIPMENT_ONLY, ROTATING, Planned, make_planned, question_of, trial_case
from experiments.funding.planning_time import planning_seconds
from experiments.funding.question import Plan, Question
from experiments.funding.rules import adaptive, make_plans
from experiments.funding.simulated import FRESH, Outcomes, Simulations, Window
from experiments.funding.trial_design import fit_design
from experiments.funding.trials import Trial
from experiments.funding.uncertainty import Uncertainty, uncertainty
from scenarios.build_world import build_world
from scenarios.world import Ints

_BASELINE, _ROTATING_ALONE = 1, 1


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Everything that was found."""

    asked: Asked
    window: Window
    baseline: Outcomes
    trials: tuple[Trial, ...]
    trial_runs: tuple[Outcomes, ...]
    fit: Fit
    plans: dict[tuple[str, int], Plan]
    """By rule and budget in cents."""
    compared: tuple[Compared, ...]
    """A simulated budget each."""
    rotating_alone: Simulated | None
    """Nothing bought, and the units that are there rotate."""
    fresh_baseline: Outcomes
    curses: tuple[tuple[int, Curse], ...]
    """Budget in cents, and the best plan there; the one recommended too, if it is another one."""
    uncertainty: Uncertainty

    @property
    def question(self) -> Question:
        """Return the question."""
        return self.asked.question

    def compared_at(self, budget_cents: int) -> Compared | None:
        """Return the simulated plans of a budget, if it was simulated."""
        return next((one for one in self.compared if one.budget_cents == budget_cents), None)

    def simulated(self, rule: str, budget_cents: int) -> Simulated | None:
        """Return the runs of a plan, if there are any."""
        if budget_cents == 0 and rule == ROTATING:
            return self.rotating_alone
        compared = self.compared_at(budget_cents)
        return None if compared is None else compared.of(rule)

    def kept_off_t(self, rule: str, budget_cents: int) -> float:
        """Return what a plan keeps off by the surrogate; of rotation it knows nothing."""
        return surrogate_t(self.question, self.fit, self.plans[rule, budget_cents])


def surrogate_t(question: Question, fitted: Fit, plan: Plan) -> float:
    """Return tonnes a year that a plan keeps off by the surrogate."""
    return float(fitted.surrogate.asked(question_of(question, plan.rule)).kept_off_t(plan.units))


def most_runs(asked: Asked) -> int:
    """Return how many runs an answer takes at most."""
    o = asked.options
    budgets, rotates = len(o.simulated_budgets), ROTATING in o.plans
    first = o.replications * (_BASELINE + budgets * len(o.plans) + rotates * _ROTATING_ALONE)
    fresh = o.fresh_replications * (_BASELINE + 2 * budgets)
    return _most_trials(o) * o.trial_replications + max(0, o.trial_replications - o.replications) + first + fresh


def _most_trials(options: FundingOptions) -> int:
    """Return how many portfolios are simulated for the fit at most."""
    return options.trials + options.refinements * len(options.simulated_budgets)


def answer(asked: Asked, window: Window, simulations: Simulations, note: Callable[[int, int], None]) -> Answer:
    """Return the answer to a question.

    Args:
        asked: the question, and how much is run.
        window: over which plans are compared.
        simulations: run what is asked, or read it.
        note: called with searches done and planned, after the runs.
    """
    question, options = asked.question, asked.options
    simulations.begin(question.base, lambda found: planning_seconds(asked, found))
    trials, trial_runs, fitted = _fitted(asked, simulations)
    plans = {
        (plan.rule, plan.budget_cents): plan
        for plan in make_plans(question, fitted.surrogate)
        if plan.rule != EQUIPMENT_ONLY or question.staffing != "fixed"
    }
    compared, rotating_alone, whole = _shortlist(asked, fitted, plans, simulations)
    fresh_baseline, curses = _fresh(asked, fitted, compared, simulations)
    simulations.finish()
    recommended = {one.budget_cents: one.recommended.planned.plan for one in compared if one.selection is not None}
    return Answer(
        asked, window, whole, tuple(trials), tuple(trial_runs), fitted, plans, compared, rotating_alone, fresh_baseline,
        curses,
        uncertainty(fitted, plans, recommended, options.draws, asked.settings.seed, note),
    )  # fmt: skip


def _fitted(asked: Asked, simulations: Simulations) -> tuple[list[Trial], list[Outcomes], Fit]:
    """Run portfolios and fit to them; run the best plans by that fit, where it is relied on, and fit again."""
    question, options = asked.question, asked.options
    world = build_world(question.base.world, question.base.parameters, question.base.good)
    numbers = range(options.trial_replications)
    trials: list[Trial] = []
    runs: list[Outcomes] = []
    units_of = fit_design(question, options.trials, asked.settings.seed)
    for turns_left in range(options.refinements, -1, -1):
        baseline, *found = simulations.runs(
            [question.base, *(trial_case(question, units) for units in units_of)], numbers
        )
        runs += found
        trials += [make_trial(world, units, one, baseline) for units, one in zip(units_of, found, strict=True)]
        fitted = fit(question, make_baseline(question, baseline), trials)
        units_of = _best_plans(asked, fitted, trials) if turns_left else []
        if not units_of:
            break
    simulations.leave((_most_trials(options) - len(trials)) * options.trial_replications)
    return trials, runs, fitted


def _best_plans(asked: Asked, fitted: Fit, trials: Sequence[Trial]) -> list[Ints]:
    """Return the adaptive plans of the simulated budgets that have not been simulated."""
    known = {trial.units.tobytes() for trial in trials}
    plans = [
        adaptive(asked.question, fitted.surrogate, round(budget * MILLION_CENTS))
        for budget in asked.options.simulated_budgets
    ]
    return [units for units in plans if units.any() and units.tobytes() not in known]


def _shortlist(
    asked: Asked, fitted: Fit, plans: dict[tuple[str, int], Plan], simulations: Simulations
) -> tuple[tuple[Compared, ...], Simulated | None, Outcomes]:
    question, options = asked.question, asked.options
    first, whole = options.first_replications, options.replications
    budgets = [round(budget * MILLION_CENTS) for budget in options.simulated_budgets]
    rules = [rule for rule in options.plans if (rule != EQUIPMENT_ONLY or question.staffing != "fixed")]
    simulations.leave((len(options.plans) - len(rules)) * len(budgets) * whole)
    planned = [make_planned(question, fitted.surrogate, plans[rule, cents]) for cents in budgets for rule in rules]
    early = _simulated(question, planned, simulations, range(first))
    going = [
        stays
        for cents in budgets
        for stays in goes_on([one for one in early if one.planned.plan.budget_cents == cents]).tolist()
    ]
    simulations.leave((len(going) - sum(going)) * (whole - first))
    alone = [make_planned(question, fitted.surrogate, plans[ROTATING, 0])] if ROTATING in rules else []
    later = _simulated(
        question, [*(p for p, stays in zip(planned, going, strict=True) if stays), *alone], simulations, range(whole)
    )
    (baseline,) = simulations.runs([question.base], range(whole))
    rotating_alone = later.pop() if alone else None
    rest = iter(later)
    found = [next(rest) if stays else one for one, stays in zip(early, going, strict=True)]
    compared = tuple(
        compare_plans(cents, [one for one in found if one.planned.plan.budget_cents == cents], first, whole)
        for cents in budgets
    )
    return compared, rotating_alone, baseline


def _fresh(
    asked: Asked, fitted: Fit, compared: Sequence[Compared], simulations: Simulations
) -> tuple[Outcomes, tuple[tuple[int, Curse], ...]]:
    """Run the best plans, and those recommended, with luck on which nothing was chosen."""
    question, options = asked.question, asked.options
    winners = [
        (one.budget_cents, winner)
        for one in compared
        if one.selection is not None
        for winner in ([one.best] if one.best is one.recommended else [one.best, one.recommended])
    ]
    simulations.leave((2 * len(options.simulated_budgets) - len(winners)) * options.fresh_replications)
    numbers = range(FRESH, FRESH + options.fresh_replications)
    runs = _simulated(question, [winner.planned for _, winner in winners], simulations, numbers)
    (baseline,) = simulations.runs([question.base], numbers)
    return baseline, tuple(
        (cents, Curse(winner, surrogate_t(question, fitted, winner.planned.plan), fresh))
        for (cents, winner), fresh in zip(winners, runs, strict=True)
    )


def _simulated(
    question: Question, planned: Sequence[Planned], simulations: Simulations, numbers: range
) -> list[Simulated]:
    """Return plans with their runs, and the baseline with the same luck."""
    baseline, *runs = simulations.runs([question.base, *(one.case for one in planned)], numbers)
    return [Simulated(one, found, baseline) for one, found in zip(planned, runs, strict=True)]


def budgets_of(question: Question) -> list[int]:
    """Return the budgets in cents, rising."""
    return sorted(question.budgets_cents)
