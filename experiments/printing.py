"""What a comparison prints: tables of at most 80 columns, each number with its interval."""

from __future__ import annotations

import math

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.regime import make_regime
from experiments.compare import Comparison
from experiments.contrasts import Contrast, half_width
from scenarios.case import Case

WIDTH = 80
_TONNES = "t"


def console() -> Console:
    """Return a console no wider than 80 columns, so that output reads the same everywhere."""
    terminal = Console(highlight=False)
    return Console(highlight=False, width=min(WIDTH, terminal.width) if terminal.is_terminal else WIDTH)


def plain_table(title: str, columns: list[str], rows: list[list[str]]) -> Table:
    """Return a table with its first column left and the others right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1))
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def number(value: float, digits: int = 1) -> str:
    """Return a number with thousands separated, or a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:,.{digits}f}"


def interval(contrast: Contrast, digits: int = 1) -> str:
    """Return a difference with its 95 % interval."""
    if math.isinf(contrast.half_width):
        return f"{contrast.difference:+,.{digits}f} (no interval)"
    return f"{contrast.difference:+,.{digits}f} [{contrast.low:+,.{digits}f}, {contrast.high:+,.{digits}f}]"


def print_comparison(result: Comparison, out: Console) -> None:
    """Print question, outcomes by arm, contrasts, identities, port ranges and evidence."""
    first = next(iter(result.arms.values()))
    _print_question(first, result.replications, out)
    _print_outcomes(result, out)
    _print_contrasts(result, out)
    if result.contrasts:
        _print_identities(result, out)
        _print_ranges(result, out)
    _print_evidence(result, out)


def _print_question(case: Case, replications: int, out: Console) -> None:
    until = case.start.year + case.horizon_years
    out.print(f"\n[bold]World {case.world.name}, {case.start} to {until}-01-01, {replications} replications[/bold]")
    out.print(f"Supply after 2023: {case.scenario.about}.")
    out.print("Tonnes are those of the cohort: lots that arrive in the window, followed to their fate.\n")


def _print_outcomes(result: Comparison, out: Console) -> None:
    years = next(iter(result.arms.values())).horizon_years
    columns = ["per year, mean +- 95 %", "landed t", "seized t", "dispatched t", "intercepted", "trade delay d"]
    rows = []
    for arm in result.arms:
        cells = [_abbreviated(arm)]
        for outcome, scale, digits in (
            ("landed", years, 0), ("seized at entry", years, 0), ("dispatched", years, 0),
            ("interception share", 1, 3), ("trade delay", years, 0),
        ):  # fmt: skip
            values = result.outcome(arm, outcome) / scale
            width = half_width(values)
            spread = "" if math.isinf(width) else f" +-{number(width, digits)}"
            cells.append(f"{number(float(values.mean()), digits)}{spread}")
        rows.append(cells)
    out.print(plain_table("Each regime (seized: what places of entry, EU and not, count)", columns, rows))


def _abbreviated(arm: str) -> str:
    return arm.replace("_frozen_stock", " fs")


def _print_contrasts(result: Comparison, out: Console) -> None:
    years = next(iter(result.arms.values())).horizon_years
    rows = []
    for treated, baseline in result.contrasts:
        c = result.contrast(treated, baseline, "landed")
        landed = float(result.outcome(baseline, "landed").mean())
        scaled = Contrast(c.replications, -c.difference / years, c.half_width / years, c.correlation)
        share = c.half_width / landed if landed else math.nan
        verdict = "resolved" if c.is_resolved else "not resolved"
        rows.append([
            f"{_abbreviated(treated)} against {_abbreviated(baseline)}",
            interval(scaled), f"{100 * share:.2f} %", number(c.correlation, 2), verdict,
        ])  # fmt: skip
    columns = ["net kept off the market, t a year", "[95 % over replications]", "half-width", "corr.", ""]
    out.print()
    out.print(plain_table("Paired contrasts of landed mass (fs: frozen stock, nothing bought or moved)", columns, rows))
    if rows:
        out.print("An unresolved contrast is not ranked. Half-width is relative to landed in the baseline arm.")
        out.print("Intervals are over replications; what parameters leave open is wider and not in them.")


def _print_identities(result: Comparison, out: Console) -> None:
    treated, baseline = result.contrasts[0]
    for which, title in (
        ("I1", "I1: how net kilograms were kept off (change of fate, t over the window; sums exactly)"),
        ("I2", "I2: where the flow went (change of dispatch, t over the window; sums to zero exactly)"),
    ):
        cells = result.identity(treated, baseline, which)
        rows = [[name.replace("_", " "), interval(c)] for name, c in cells.items() if c.difference or c.half_width]
        total = sum(c.difference for c in cells.values())
        rows.append(["= net kept off" if which == "I1" else "= sum", f"{total:+,.1f}"])
        out.print()
        out.print(plain_table(f"{title}\n{treated} less {baseline}", ["", "t [95 %]"], rows))


def _print_ranges(result: Comparison, out: Console) -> None:
    treated, baseline = result.contrasts[0]
    years = next(iter(result.arms.values())).horizon_years
    rows = []
    for key in sorted({k for by_arm in result.summaries for s in by_arm.values() for k in s.places}):
        for arm in (baseline, treated):
            values = np.array([by_arm[arm].places.get(key, (0.0,) * 6) for by_arm in result.summaries]).mean(axis=0)
            flow, seized, landed, _, controls, delay = values
            share = seized / (seized + landed) if seized + landed else math.nan
            rows.append([
                f"{key} {'N' if arm == baseline else 'A'}",
                number(flow / years), number(seized / years), number(landed / years), number(share, 2),
                number(24 * delay / controls, 1) if controls else "-",
            ])  # fmt: skip
    columns = ["port range or coast", "flow", "seized", "landed", "intercepted", "delay h/box"]
    title = f"By port range, t a year (N {baseline}, A {treated}); true flow, never seizures, is the first column"
    out.print()
    out.print(plain_table(title, columns, rows))


def _print_evidence(result: Comparison, out: Console) -> None:
    levers = {
        lever.name: (lever.grade, lever.feasible_now)
        for case in result.arms.values()
        for lever in make_regime(case.regime).levers
        if lever.scope == "alliance"
    }
    if not levers:
        return
    rows = [[name, grade, feasible] for name, (grade, feasible) in levers.items()]
    out.print()
    title = "Evidence of the common levers (B measured with comparison, C without, D assumed)"
    out.print(plain_table(title, ["lever", "grade", "feasible now"], rows))
    if any("D" in grade for grade, _ in levers.values()):
        out.print("Totals with a grade-D lever are conditional on assumed effects.")
