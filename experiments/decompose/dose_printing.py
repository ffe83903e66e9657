"""What waterbed dose prints: the response to the strength of a lever, and the strength that breaks even."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from experiments.decompose.dose import LEAST_GAIN, BreakEven, DoseCurve, not_shown_after
from experiments.decompose.printing import ABOUT_MARK, marked, print_evidence, print_question
from experiments.decompose.study import KEPT_OFF, OUTCOMES, SEIZED
from experiments.screen import magnitude, number, print_table, supply_label
from scenarios.case import Case


def print_dose(curve: DoseCurve, baseline: Case, treated: Case, out: Console) -> None:
    """Print question, curve and break-even strength.

    Args:
        curve: what was found.
        baseline, treated: the two arms.
        out: where to.
    """
    replications = curve.baseline.landed_g.size
    before, after = baseline.regime.name, treated.regime.name
    print_question(baseline, replications, out)
    here = magnitude(treated.parameters.levers[curve.lever]["strength"])
    stays = f"against {before}, where it stays {here}; at 0 it is paid for all the same."
    out.print(f"Strength of {curve.lever} in {after}, {stays}")
    rows = []
    for dose in curve.doses:
        landed = float(dose.runs.landed_g.mean()) / 1e6 / baseline.horizon_years
        cells = [marked(*dose.contrasts[outcome]) for outcome in OUTCOMES]
        rows.append([magnitude(round(dose.strength, 4)), number(landed), *cells, "yes" if dose.is_enough else "no"])
    supply = supply_label(baseline.scenario.name, baseline.good)
    columns = ["strength", "landed", KEPT_OFF, SEIZED, f"over {100 * LEAST_GAIN:g} %"]
    print_table(out, f"{after} less {before}, t/yr [95 %] {supply}", columns, rows)
    out.print(
        f"Over {100 * LEAST_GAIN:g} %: whether more than that share of what lands in {before} "
        f"({number(float(curve.baseline.landed_g.mean()) / 1e6 / baseline.horizon_years)} t/yr) is kept off, with 95 % "
        "confidence at this strength alone."
    )
    out.print(ABOUT_MARK)
    not_shown = not_shown_after(curve.break_even, [(dose.strength, dose.is_enough) for dose in curve.doses])
    found = break_even_in_words(curve.break_even, not_shown)
    out.print(f"\nBreak-even strength of {curve.lever}: {found}", style="bold")
    print_evidence((curve.lever,), out)


def break_even_in_words(found: BreakEven, not_shown: Sequence[float] = ()) -> str:
    """Return the break-even strength with what it rests on.

    Args:
        found: the break-even strength.
        not_shown: larger strengths that were run and are not shown to be enough.
    """
    if math.isnan(found.strength):
        return "none in range."
    upto, above = (magnitude(round(value, 4)) for value in (found.upto, found.above))
    if math.isnan(found.above):
        words = f"{upto}: the smallest strength that was run is enough."
    elif found.is_interpolated:
        between = f"between {above} (not shown to be enough) and {upto} (enough)"
        words = f"{number(found.strength, 2)}, on a straight line {between}."
    else:
        words = f"{upto}; {above} is not shown to be enough, and the rise between the two is not resolved."
    if not found.is_lost_again:
        return words
    where = ", ".join(magnitude(round(strength, 4)) for strength in not_shown) or "a larger strength"
    return f"{words} Not shown to be enough at {where}: the interval reaches below {100 * LEAST_GAIN:g} %."
