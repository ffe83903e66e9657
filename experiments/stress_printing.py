"""What waterbed stress prints: the ranking, what luck and what parameters leave open, and what would reverse it."""

from __future__ import annotations

import math

import numpy as np
from rich.console import Console

from experiments.interception_anchor import INTERCEPTION, SUPPLY, Practitioner, anchor_priors, input_unit
from experiments.screen import (
    FROZEN_STOCK_NOTE,
    arm_label,
    number,
    print_good,
    print_table,
    shown,
    supply_label,
    with_interval,
)
from experiments.stress import LEAST_CASES, RESAMPLES, Region, Reversal, Stress, closest
from experiments.stress_tables import moved
from scenarios.case import Case
from scenarios.priors import value_of
from sim.streams import Floats

_LEAST_SHOWN_SDS = 0.05
_MOST_SHOWN = 4
_FAR = 1.0
"""A reversal within one prior standard deviation is near."""


def print_stress(result: Stress, case: Case, arms: tuple[str, str], out: Console) -> None:
    """Print question, ranking, intervals, share of the prior mass, reversals, region, anchor and failures.

    Args:
        result: what was found.
        case: of the question.
        arms: treated, baseline.
        out: where to.
    """
    treated, baseline = (arm_label(arm) for arm in arms)
    end = f"{case.start.year + case.horizon_years}-01-01"
    draws = f"{len(result.runs)} draws"
    out.print(f"\nWorld {case.world.name}, {case.good.label}, {case.start} to {end}, {draws}", style="bold")
    print_good(case.good, out)
    out.print(f"Supply scenario {case.scenario.name}: {case.scenario.about}.")
    _print_ranking(result, case, (treated, baseline), out)
    _print_reversals(result, case, out)
    _print_region(result, case, out)
    _print_anchor(result, out)
    for where, message in result.failures:
        out.print(f"Not run, {where}: {message}")


def _print_ranking(result: Stress, case: Case, arms: tuple[str, str], out: Console) -> None:
    years, default, spread = case.horizon_years, result.at_default, result.spread
    title = f"Does {arms[0]} land less than {arms[1]}? {supply_label(case.scenario.name, case.good)}"
    at_default = with_interval(-default.difference / years, -default.high / years, -default.low / years)
    digits = 0 if spread.high - spread.low >= 20 * years else 1
    low, high = (number(-end / years, digits, sign=True) for end in (spread.high, spread.low))
    rows = [
        [f"at the defaults, {default.replications} replications [95 %]", at_default],
        [f"over the priors, 95 % of {result.share.draws} draws", f"{low} to {high}"],
    ]
    print_table(out, title, ["kept off by the first, t/yr", ""], rows)
    out.print(
        "The first interval is what luck leaves open, the second what parameters leave open, the luck of "
        "replications taken out. They answer different questions and are never added."
    )
    if any(arm.endswith("*") for arm in arms):
        out.print(FROZEN_STOCK_NOTE)
    out.print(ranking_in_words(result, arms))
    out.print(share_in_words(result))


def ranking_in_words(result: Stress, arms: tuple[str, str]) -> str:
    """Return the ranking at the defaults, or that there is none."""
    if not result.at_default.is_resolved:
        return (
            f"At the defaults the two are not ranked: {result.at_default.replications} replications do not tell "
            "them apart. More (replications=...) may; without a ranking there is nothing to reverse."
        )
    less, more = arms if result.sign < 0 else arms[::-1]
    return f"At the defaults {less} lands less than {more}."


def share_in_words(result: Stress) -> str:
    """Return how many draws lie on the other side, with the exact interval and the corrected count."""
    share = result.share
    percent = f"{100 * share.reversed_draws / share.draws:.0f} %"
    low, high = (f"{100 * end:.0f}" for end in (share.low, share.high))
    verb = "reverses" if share.reversed_draws == 1 else "reverse"
    side = f"{verb} it" if result.at_default.is_resolved else "lie on the other side of zero"
    corrected = f"{share.corrected_draws} ({100 * share.corrected_draws / share.draws:.0f} %)"
    failed = len(result.runs) - share.draws
    lost = f" {failed} more could not be run." if failed else ""
    return (
        f"{share.reversed_draws} of {share.draws} draws ({percent}, 95 % {low} to {high} %) {side}; {corrected} once "
        f"the luck of replications is taken out of the draws.{lost}"
    )


def _print_reversals(result: Stress, case: Case, out: Console) -> None:
    ran = [reversal.contrast.replications for reversal in result.reversals if reversal.contrast is not None]
    if not ran:
        return
    order = sorted(result.reversals, key=lambda reversal: reversal.distance)
    columns = ["moved against the ranking", "from", "to", "prior sd", "kept off, t/yr"]
    at = f"{ran[0]} replications a point {supply_label(case.scenario.name, case.good)}"
    for is_reversed, title in ((True, f"What reverses it, {at}"), (False, f"What does not, moved to the end, {at}")):
        chosen = [reversal for reversal in order if reversal.search.is_reversed == is_reversed]
        rows = [_reversal_row(result, reversal, case.horizon_years) for reversal in chosen]
        if rows:
            print_table(out, title, columns, rows, gap=1)
    out.print("Kept off is positive while the ranking holds; where its interval holds 0, the ranking is not resolved.")
    out.print(closest_in_words(result))
    if any(_is_anchored(result, reversal) for reversal in order):
        out.print("Supply, lots, landed mass, d' and image detection follow from the anchor; table reversals has them.")
    out.print(
        "A distance is an upper bound of the smallest one: the search looks along these ways and nowhere else. "
        "Regression on the draws chose them and says no more than that."
    )


def _is_anchored(result: Stress, reversal: Reversal) -> bool:
    return any(math.isnan(sds) for *_, sds in moved(result.space, reversal))


def _reversal_row(result: Stress, reversal: Reversal, years: int) -> list[str]:
    c, way = reversal.contrast, reversal.search.way
    there = "a run failed"
    if c is not None:
        gain, low, high = gain_with_ends(c.difference, c.low, c.high, result.sign)
        there = with_interval(gain / years, low / years, high / years)
    steps = [step for step in moved(result.space, reversal) if not math.isnan(step[4])]
    from_to = [shown(steps[0][2]), shown(steps[0][3])] if way.is_single and steps else ["", ""]
    return [way.name, *from_to, f"{reversal.distance:.1f}", there]


def gain_with_ends(difference: float, low: float, high: float, sign: int) -> tuple[float, float, float]:
    """Return the gain with the ends of its interval in order; the gain is the difference in the ranking's favour."""
    return (difference, low, high) if sign > 0 else (-difference, -high, -low)


def closest_in_words(result: Stress) -> str:
    """Return the nearest reversal in prior standard deviations and natural units, and what stops being resolved."""
    found = closest(result.reversals)
    if found is None:
        words = "No reversal was found along these ways, within one prior sd or further."
    else:
        within = "A reversal lies" if found.distance <= _FAR else "No reversal was found"
        words = (
            f"Closest found: {found.distance:.1f} prior sd: {_changes(result, found)}. {within} within one prior sd; "
            f"on the way to this one the ranking stops being resolved at {result.unresolved_from:.1f} prior sd."
        )
    unresolved = [
        reversal
        for reversal in result.reversals
        if not reversal.search.is_reversed and reversal.contrast is not None and not reversal.contrast.is_resolved
    ]
    if unresolved:
        nearest = min(unresolved, key=lambda reversal: reversal.distance)
        words += f" Not reversed but no longer resolved, {nearest.distance:.1f} prior sd: {_changes(result, nearest)}."
    return words


def _changes(result: Stress, reversal: Reversal) -> str:
    """Return what moved, the largest moves first, in natural units."""
    steps = sorted((s for s in moved(result.space, reversal) if not math.isnan(s[4])), key=lambda step: -abs(step[4]))
    changes = [
        f"{name} from {shown(before)} to {shown(after)}{_unit_in_brackets(unit)}"
        for name, unit, before, after, by in steps
        if abs(by) >= _LEAST_SHOWN_SDS or len(steps) == 1
    ]
    more = f", and {len(changes) - _MOST_SHOWN} smaller moves" if len(changes) > _MOST_SHOWN else ""
    return ", ".join(changes[:_MOST_SHOWN]) + more


def _unit_in_brackets(unit: str) -> str:
    return "" if unit == "1" else f" ({unit})"


def _print_region(result: Stress, case: Case, out: Console) -> None:
    region, box = result.region, result.region.box
    where = f"Where it {'reverses' if region.is_of_reversals else 'is weakest'}"
    title = f"{where} {supply_label(case.scenario.name, case.good)}"
    cases = "draws that reverse it" if region.is_of_reversals else "the weakest quarter of the draws"
    if box is not None and box.is_restricted.any():
        rows = [_limit_row(result, region, i) for i in np.flatnonzero(box.is_restricted).tolist()]
        print_table(out, title, ["input", "limits", "quasi-p", "in resamples"], rows, text=2)
        out.print(
            f"{100 * box.coverage:.0f} % of {cases} lie in this region, which holds {100 * box.mass:.0f} % of all "
            f"draws; {100 * box.density:.0f} % of the draws in it are such."
        )
        out.print(
            "Quasi-p: chance of such a density if the limit did not matter; but the limit was searched for, and a "
            f"limit that few of {RESAMPLES} resamples of the draws find is chance."
        )
    else:
        out.print(f"\n{title}", style="bold")
        out.print(f"No limits on the inputs set {cases} apart from the others.")
    if not region.is_of_reversals:
        count = result.share.reversed_draws
        few = "few" if count < LEAST_CASES else "many"
        out.print(
            f"{count} draws that reverse it are too {few} to be described; the quarter that gains least is, instead."
        )


def _limit_row(result: Stress, region: Region, i: int) -> list[str]:
    assert region.box is not None
    name, (low, high) = result.space.names[i], (float(region.box.low[i]), float(region.box.high[i]))
    if math.isfinite(low) and math.isfinite(high):
        limits = f"{shown(low)} to {shown(high)}"
    else:
        limits = f"above {shown(low)}" if math.isfinite(low) else f"below {shown(high)}"
    selected = f"{100 * region.selected[i]:.0f} %"
    return [name, limits + _unit_in_brackets(input_unit(name)), number(float(region.box.quasi_p[i]), 3), selected]


def _print_anchor(result: Stress, out: Console) -> None:
    draws, space = result.draws, result.space
    out.print("\nInterception anchor", style="bold")
    drawn = draws.values[:, space.names.index(INTERCEPTION)]
    prior = anchor_priors()[INTERCEPTION]
    interception = np.array([run.interception.mean() for run in result.runs if not run.failure])
    supply = np.array([value_of(p, SUPPLY) for p in draws.parameters])
    out.print(
        "Interception, tips, image and search detection and the drug-tasked share are drawn together, from "
        f"r* triangular on {prior.low:g}, {prior.mode:g}, {prior.high:g}; supply, lots, landed mass and d' follow "
        "(docs/consistency.md)."
    )
    reasons = "; ".join(f"{count} {why}" for why, count in sorted(draws.refused.items(), key=lambda item: -item[1]))
    out.print(
        f"{100 * draws.acceptance:.0f} % of these draws were accepted" + (f" (refused: {reasons})." if reasons else ".")
    )
    out.print(
        f"Accepted: r* {_range(drawn)}, supply {_range(supply)} t/yr. What the model then intercepts, by mass: "
        f"{_range(interception)}."
    )
    out.print(practitioner_in_words(result.practitioner))


def _range(values: Floats) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{shown(low)} to {shown(high)}"


def practitioner_in_words(practitioner: Practitioner) -> str:
    """Return what the opinion of practitioners implies, and why it is or is not run."""
    p = practitioner
    return (
        f"Practitioner (r* {p.interception:g}, an opinion that is part of no prior) implies {p.supply_t:,.0f} t of "
        f"supply, {p.landed_t:,.0f} t landed, {p.contaminated:,.0f} contaminated consignments a year instead of "
        f"{p.usual_contaminated:,.0f}, and d' {p.separation:.2f}. Not run, so nothing is said about the ranking there: "
        f"{p.refusal}."
    )
