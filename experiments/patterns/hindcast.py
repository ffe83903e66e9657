"""The hindcast: the case of the years of the record, its twin without reactions, and the other arms."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable, Sequence
from typing import Any, cast, get_args, get_type_hints

from experiments.patterns.run_figures import RunFigures, run_figures
from experiments.run import run
from experiments.workers import in_order
from scenarios.build_world import build_world
from scenarios.case import Behaviour, Case, Switches
from scenarios.errors import InputError, unknown_name
from sim.market import demand_index

OVERRIDES = (
    "burn_in_start='2016-01-01'", "start='2018-01-01'", "horizon_years=6", "regime=frozen", "scenario=flat",
)  # fmt: skip
"""What the hindcast asks, before the settings of the user."""
MODEL, TWIN, NO_INDEX = "model", "twin", "no demand index"
_END_OF_RECORD = 2024


def hindcast_arms(case: Case, rules: Sequence[str]) -> dict[str, Case]:
    """Return the case of each arm: the model, its twin, the model without demand index, and other choice rules.

    Args:
        case: of the model.
        rules: choice rules to hold against each other; that of the model is the model itself.

    Raises:
        InputError: a window that leaves the record, or a rule that does not exist.
    """
    if case.start.year + case.horizon_years > _END_OF_RECORD:
        raise InputError(
            f"horizon_years: {case.horizon_years} from {case.start} is not allowed; allowed: an end at "
            f"{_END_OF_RECORD}-01-01 at the latest, for the record from then on is kept for validation."
        )
    known = choice_rules()
    for rule in rules:
        if rule not in known:
            raise unknown_name("rules", rule, known)
    if len(set(rules)) < len(rules):
        raise InputError(f"rules: {', '.join(rules)} is not allowed; allowed: each rule once.")
    arms = {MODEL: case, TWIN: without_reactions(case), NO_INDEX: without_demand_index(case)}
    others = (rule for rule in rules if rule != case.behaviour.choice_rule)
    return arms | {rule_arm(rule): with_rule(case, rule) for rule in others}


def choice_rules() -> tuple[str, ...]:
    """Return the names of all choice rules."""
    return get_args(get_type_hints(Behaviour)["choice_rule"])


def rule_arm(rule: str) -> str:
    """Return the name of the arm of another choice rule."""
    return f"rule {rule}"


def with_rule(case: Case, rule: str) -> Case:
    """Return the case under another choice rule."""
    return dc.replace(case, behaviour=dc.replace(case.behaviour, choice_rule=cast("Any", rule)))


def without_reactions(case: Case) -> Case:
    """Return the case in which organisations do not react: nothing is learnt, and none of the six kinds moves."""
    off: dict[str, bool] = dict.fromkeys(
        ("beliefs", "spatial", "tactical", "temporal", "size", "perpetrator", "upstream"), False
    )
    switches: Switches = dc.replace(case.switches, **off)
    return dc.replace(case, switches=switches)


def without_demand_index(case: Case) -> Case:
    """Return the case in which demand stays where it is in the middle of the first year of the window."""
    market = case.parameters.market
    at_start = market.landed_2023_t * demand_index(case, case.start.year + 0.5)
    still = dc.replace(market, landed_2023_t=at_start, demand_growth_per_year=0.0)
    return dc.replace(case, parameters=dc.replace(case.parameters, market=still))


def one_run(case: Case, seed: int, replication: int) -> RunFigures:
    """Return the figures of one run; the tables stay where they were made."""
    return run_figures(run(case, seed, replication), case, build_world(case.world, case.parameters, case.good))


def run_arms(
    arms: dict[str, Case], seed: int, replications: int, workers: int, progress: Callable[[int, int], None]
) -> dict[str, list[RunFigures]]:
    """Return the figures of every arm, one element a replication.

    Args:
        arms: the cases.
        seed: shared by all.
        replications: of each arm; the same number has the same luck in all of them.
        workers: processes.
        progress: called with runs done and planned.
    """
    calls = [(case, seed, number) for number in range(replications) for case in arms.values()]
    found: dict[str, list[RunFigures]] = {arm: [] for arm in arms}
    names = list(arms)
    for i, figures in enumerate(in_order(one_run, calls, workers)):
        found[names[i % len(names)]].append(figures)
        progress(i + 1, len(calls))
    return found
