"""What waterbed decompose prints: the gain by group, lever by lever, interactions, and what both arms were given."""

from __future__ import annotations

from rich.console import Console

from experiments.contrasts import Contrast
from experiments.decompose.players import Question
from experiments.decompose.runs import ACCOUNTS, CaseRuns
from experiments.decompose.study import (
    ALL,
    ALONE,
    GROUP,
    INTERACTION,
    KEPT_OFF,
    LEVER,
    OUTCOMES,
    REMOVED,
    SEIZED,
    SHAPLEY,
    TOTAL,
    Decomposition,
    Part,
)
from experiments.screen import number, print_good, print_table, supply_label, with_interval
from scenarios.case import Case
from scenarios.levers import lever_terms

ABOUT_MARK = (
    "?: not resolved, which means that an interval holds 0, or that the p-value adjusted for all rows of its kind "
    "(Holm) is .05 or more; what is not resolved is not ranked. Intervals are over replications; what the parameters "
    "leave open is wider and not in them."
)
NO_DIFFERENCE = "none at all"
"""The same to the gram in every replication."""
_ABOUT_SHAPLEY = (
    "Shapley values: what a group adds to those before it, averaged over all orders; in every replication they sum to "
    "all together. Whoever acts together in any lever pays for coordination, once."
)
_UNITS = {"capital": ("EUR million", 1e8), "programme": ("EUR million", 1e8), "staff": ("1,000 h", 6e4)}
"""Of accounts that are kept in cents and minutes."""


def print_decomposition(result: Decomposition, out: Console) -> None:
    """Print question, Shapley values, levers one at a time, interactions, money and evidence.

    Args:
        result: what was found.
        out: where to.
    """
    question = result.question
    case, before, after = question.baseline, question.baseline.regime.name, question.treated.regime.name
    supply = supply_label(case.scenario.name, case.good)
    print_question(case, result.replications, out)
    out.print(f"Gain of {after} over {before}, by the {len(question.levers)} levers that differ.")
    if question.without_strength:
        out.print(f"Left out, without strength: {', '.join(question.without_strength)}.")
    rows = [
        [label(question, p), *_cells(result, p)] for p in result.parts if (p.kind, p.outcome) == (SHAPLEY, KEPT_OFF)
    ]
    total = result.part(ALL, TOTAL, KEPT_OFF)
    rows.append(["= all together", *_cells(result, total)])
    print_table(out, f"Gain by group of levers, t/yr [95 %] {supply}", ["", KEPT_OFF, SEIZED], rows)
    out.print(_ABOUT_SHAPLEY)
    for outcome in OUTCOMES:
        _print_one_at_a_time(result, outcome, f"One at a time: {outcome}, t/yr [95 %] {supply}", out)
    out.print(f"Alone: added to {before}. Removed: what {after} loses without it.")
    pairs = [p for p in result.parts if (p.kind, p.outcome) == (INTERACTION, KEPT_OFF)]
    if pairs:
        rows = [[p.name, *_cells(result, p)] for p in pairs]
        print_table(out, f"Interaction of two levers, t/yr [95 %] {supply}", ["", KEPT_OFF, SEIZED], rows)
        out.print(f"Both added to {before}, less each alone: above 0 they complement each other.")
    out.print(ABOUT_MARK)
    _print_money(result, supply, out)
    print_evidence(question.levers, out)


def print_question(case: Case, replications: int, out: Console) -> None:
    """Print world, good, window, replications and supply scenario."""
    end = f"{case.start.year + case.horizon_years}-01-01"
    runs = f"{replications} replications"
    out.print(f"\nWorld {case.world.name}, {case.good.label}, {case.start} to {end}, {runs}", style="bold")
    print_good(case.good, out)
    out.print(f"Supply scenario {case.scenario.name}: {case.scenario.about}.")


def label(question: Question, part: Part) -> str:
    """Return the name of a group in words, with its lever if it has but one, or of a lever, set in below its group."""
    if part.level == GROUP:
        levers = question.groups[part.name]
        return part.name.replace("_", " ") + (f" ({levers[0]})" if len(levers) == 1 else "")
    return f"  {part.name}" if part.level == LEVER else part.name


def marked(contrast: Contrast, is_resolved: bool) -> str:
    """Return a contrast with its interval, and a question mark where it is not resolved."""
    if contrast.difference == 0 and contrast.half_width == 0:
        return f"{NO_DIFFERENCE}  "
    return with_interval(contrast.difference, contrast.low, contrast.high) + ("  " if is_resolved else " ?")


def _cells(result: Decomposition, part: Part) -> list[str]:
    """Return a part in all outcomes."""
    parts = [result.part(part.name, part.kind, outcome) for outcome in OUTCOMES]
    return [marked(p.contrast, p.is_resolved) for p in parts]


def _print_one_at_a_time(result: Decomposition, outcome: str, title: str, out: Console) -> None:
    rows = []
    for group, levers in result.question.groups.items():
        names = [(GROUP, group), *((LEVER, lever) for lever in levers)] if len(levers) > 1 else [(LEVER, levers[0])]
        for level, name in names:
            of_name = {p.kind: p for p in result.parts if (p.level, p.name, p.outcome) == (level, name, outcome)}
            cells = [marked(of_name[kind].contrast, of_name[kind].is_resolved) for kind in (ALONE, REMOVED)]
            rows.append([label(result.question, of_name[ALONE]), *cells])
    print_table(out, title, ["", ALONE, REMOVED], rows)


def _print_money(result: Decomposition, supply: str, out: Console) -> None:
    question = result.question
    first, last = result.runs[frozenset()], result.runs[frozenset(question.levers)]
    rows = [
        [f"{account}, {_UNITS[account][0]}", *_amounts(first, last, i, _UNITS[account][1])]
        for i, account in enumerate(ACCOUNTS)
    ]
    names = [question.baseline.regime.name, question.treated.regime.name]
    columns = ["", *(f"{name}\n{what}" for name in names for what in ("appropriated", "committed"))]
    print_table(out, f"Money and hours of all states {supply}", columns, rows, gap=1)
    if result.has_equal_money:
        out.print(
            f"Equal money: all {len(result.runs)} sets of levers had the same appropriations in every replication."
        )
    else:
        out.print("NOT EQUAL MONEY: appropriations differ between sets of levers, so their gains do too.")


def _amounts(first: CaseRuns, last: CaseRuns, account: int, scale: float) -> list[str]:
    return [
        number(float(amounts[:, account].mean()) / scale)
        for runs in (first, last)
        for amounts in (runs.appropriated, runs.committed)
    ]


def print_evidence(levers: tuple[str, ...], out: Console) -> None:
    """Say which levers have an effect that nobody has measured."""
    assumed = [lever for lever in levers if "D" in lever_terms()[lever].grade]
    if assumed:
        out.print(f"Conditional on assumed effects (grade D): {', '.join(assumed)}.")
