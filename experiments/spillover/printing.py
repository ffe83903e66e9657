"""What waterbed spillover prints: shares of draws, what was displaced, field evidence, sensitivities, failures."""

from __future__ import annotations

import numpy as np
from rich.console import Console

from experiments.screen import number, print_table, with_interval
from experiments.spillover.classify import Outcome
from experiments.spillover.sensitivity import Correlation, largest_by_chance
from experiments.spillover.study import Question, Spillover, share_displaced
from experiments.treated import ILLUSTRATIVE

_SHOWN = 10
_ABOUT_RULE = (
    "A change is beyond noise where the 90 % t interval over the replications of its draw leaves out 0; flow to the "
    "treated place must fall beyond noise first. Where nothing changes elsewhere, luck alone puts at most 5 % of all "
    "draws in either of the first two lines. By sign: the same without a threshold; it leans to displacement, since "
    "what leaves one place by luck is found in others. Placebo: the rule on the baseline with one seizure flipped and "
    "nothing strengthened, without the condition: what it finds there is noise. Intervals: exact, over draws."
)
_ABOUT_FIELD = (
    "Field evaluations of other crimes found displacement in 26 % and diffusion of benefits in 27 % of 574 "
    "observations (Guerette and Bowers 2009). Each of those was seen once, and through a record; "
    "the shares above are of draws of what is not known about one intervention. Another kind of statistic: the two are "
    "printed side by side, and neither confirms the other."
)


def print_spillover(result: Spillover, question: Question, what: str, out: Console) -> None:
    """Print question, shares, net share displaced, field evidence, sensitivities and failures.

    Args:
        result: what was found.
        question: what was asked.
        what: the treatment in words.
        out: where to.
    """
    case, treated = question.baseline, question.treated
    end = f"{case.start.year + case.horizon_years}-01-01"
    out.print(
        f"\nWorld {case.world.name}, {case.start} to {end}, {question.draws} draws of {question.replications} "
        "replications",
        style="bold",
    )
    out.print(f"Supply scenario {case.scenario.name}: {case.scenario.about}.")
    out.print(f"Treatment: {what}.")
    note = f" ({ILLUSTRATIVE})" if treated.is_one_port else ""
    out.print(f"Treated: {treated.label}{note}. Flow is the true one, of the cohort of the window.")
    _print_shares(result, question, out)
    _print_sizes(result, case.horizon_years, case.scenario.name, out)
    out.print(_ABOUT_FIELD)
    _print_sensitivities(result, case.scenario.name, out)
    for draw, message in result.failures:
        out.print(f"Not run, draw {draw}: {message}")


def _print_shares(result: Spillover, question: Question, out: Console) -> None:
    rows = []
    for outcome in Outcome:
        share = result.share(outcome)
        percent = number(100 * share.count / share.draws, 0)
        ends = f"[{number(100 * share.low, 0)}, {number(100 * share.high, 0)}]"
        others = [result.share(outcome, column) for column in ("by_sign", "of_placebo")]
        of_sign, of_placebo = (f"{number(100 * other.count / other.draws, 0)} %" for other in others)
        placebo = "-" if outcome == Outcome.NO_DIRECT_EFFECT else of_placebo
        rows.append([outcome.value, str(share.count), f"{percent} % {ends}", of_sign, placebo])
    title = f"Once {question.treated.label} is strengthened, flow elsewhere [supply: {question.baseline.scenario.name}]"
    columns = ["", "draws", "share [95 %]", "by sign", "placebo"]
    print_table(out, title, columns, rows)
    failed = len(result.failures)
    lost = f" {failed} of {len(result.runs)} draws could not be run and are in no share." if failed else ""
    out.print(_ABOUT_RULE + lost)


def _print_sizes(result: Spillover, years: int, supply: str, out: Console) -> None:
    ran = [runs for runs in result.runs if not runs.failure]
    columns = (("treated_change_g", "treated"), ("elsewhere_change_g", "elsewhere"),
               ("not_shipped_change_g", "not shipped"), ("landed_change_g", "landed"),
               ("placebo_elsewhere_change_g", "elsewhere, placebo"))  # fmt: skip
    rows = []
    for column, label in columns:
        values = np.array([getattr(runs, column).mean() / 1e6 / years for runs in ran])
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
        rows.append([label, number(values.mean(), sign=True), *(number(v, sign=True) for v in (low, middle, high))])
    title = f"Change of flow, t/yr: means of the draws over replications [supply: {supply}]"
    print_table(out, title, ["", "mean", "5 %", "median", "95 %"], rows)
    out.print(displaced_in_words(result))


def displaced_in_words(result: Spillover) -> str:
    """Return the net share displaced and its spread over draws, where there is one."""
    draws, mean, spread = share_displaced(result)
    if draws == 0:
        return "No draw has a direct effect beyond noise, so there is no share displaced."
    said = f"{mean:.2f} of what the treated place lost turned up elsewhere"
    if draws == 1:
        return f"In the one draw with a direct effect beyond noise, {said}."
    on_average = f"In the {draws} draws with a direct effect beyond noise, on average {said}"
    if not spread.parameter_sd > 0:
        return f"{on_average}; they differ by no more than the luck of their replications."
    return (
        f"{on_average}; 95 % of them lie between {spread.low:.2f} and {spread.high:.2f}, the luck of replications "
        "taken out. Below 0: diffusion of benefits."
    )


def correlation_in_words(c: Correlation) -> str:
    """Return a correlation with its interval, without zeros before the point: the names beside it are long."""
    return with_interval(c.rho, c.low, c.high, 2).replace("0.", ".")


def _print_sensitivities(result: Spillover, supply: str, out: Console) -> None:
    rows = [
        [one.name, *map(correlation_in_words, (one.elsewhere, one.kept_off))] for one in result.sensitivities[:_SHOWN]
    ]
    title = f"What it hangs on: rank correlation over draws [95 %] [supply: {supply}]"
    print_table(out, title, ["", "flow elsewhere, t", "kept off, t"], rows, gap=1)
    draws, inputs = len(result.ran), len(result.sensitivities)
    chance = largest_by_chance(draws, inputs)
    out.print(
        f"Outside netback and temperature stand first because nobody has measured them; then the others of {inputs} "
        f"inputs, by the larger of the two. With {draws} draws chance alone makes the largest of {inputs} about "
        f"{chance:.2f} in each column: what is not well above it is no finding."
    )
