"""What waterbed sensitivity and waterbed discover print: indices, luck, boxes and regret, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from rich.console import Console

from experiments.analysis.discover import BOX_RESAMPLES, Cases, FoundBox, Regrets
from experiments.analysis.estimate import Estimate
from experiments.analysis.indices import Index
from experiments.analysis.outcome import Sample
from experiments.analysis.sensitivity import Sensitivity
from experiments.screen import (
    FROZEN_STOCK_NOTE,
    LONGEST_NAME,
    UPPER_BOUND,
    UPPER_BOUND_NOTE,
    arm_label,
    number,
    print_good,
    print_table,
    significant,
    supply_label,
)
from experiments.sweep.reading import SweepReader
from scenarios.case import GoodSpec
from scenarios.parameter_table import parameter_rows

MOST_ROWS = 20
_GAP = 1
"""Spaces between columns of tables with intervals."""
_VARIED = "varied"
_MAIN = {"sobol": "ST", "morris": "mu_star", "given": "pawn"}
"""The index that factors are ranked by."""
_HEADS = {"S1": "S1 [95 %]", "ST": "ST [95 %]", "mu_star": "mu* [95 %]", "mu": "mu", "sigma": "sigma",
          "pawn": "PAWN [95 %]"}  # fmt: skip
_ABOUT = {
    "sobol": "S1: share of the variance that is due to a factor alone; ST: with all its interactions. Of the mean over "
    "replications.",
    "morris": "mu*: mean size of the change of the outcome per whole range of a factor; sigma: its spread, by "
    "interactions or curvature. Of the mean over replications.",
    "given": "S1: share of the variance between slices of a factor; PAWN: distance of the outcome's distribution in a "
    "slice from that of all points, mean over slices. Of the mean over replications; factors that are correlated in "
    "the design share their effects.",
}
ABOUT_MARK = (
    "?: not resolved: the interval reaches what a factor without effect would show, or the p-value adjusted for all "
    "factors (Holm) is .05 or more; what is not resolved is not ranked."
)


def print_sweeps(readers: Sequence[SweepReader], out: Console) -> None:
    """Print what was swept, and what of it is not there.

    Args:
        readers: of the sweeps that are analysed together.
        out: where to.
    """
    first = readers[0]
    if base := first.base:
        good = GoodSpec(**base["good"])
        end = f"{int(base['start'][:4]) + int(base['horizon_years'])}-01-01"
        out.print(f"\nWorld {base['world']['name']}, {good.label}, {base['start']} to {end}", style="bold")
        print_good(good, out)
        if (scenario := _scenario(readers)) == _VARIED:
            out.print("Supply scenario: varied.")
        else:
            out.print(f"Supply scenario {scenario}: {base['scenario']['about']}.")
    runs = f"{first.points:,} points, {first.replications} replications each"
    many = f"{len(readers)} sweeps of " if len(readers) > 1 else ""
    out.print(f"{many}design {first.kind}: {runs}, {len(first.factors)} factors.")
    for reader in readers:
        progress = reader.progress()
        if not progress.is_complete:
            out.print(
                f"INCOMPLETE, {reader.folder.name}: of {progress.points * progress.replications:,} runs "
                f"{progress.failed:,} failed and {progress.missing:,} were not run."
            )
            for kind, count, message in reader.failure_counts():
                out.print(f"Failed, {kind}, {count:,} runs, such as: {(message.splitlines() or ['-'])[0]}")


def supply_of(readers: Sequence[SweepReader]) -> str:
    """Return what ends a title: the supply scenario of sweeps that are analysed together, or that it varies."""
    base = readers[0].base
    return supply_label(_scenario(readers), GoodSpec(**base["good"])) if base else ""


def _scenario(readers: Sequence[SweepReader]) -> str:
    """Return the name of the supply scenario, unless it is a factor or differs between sweeps."""
    is_factor = any(factor.name.partition(".")[0] == "scenario" for factor in readers[0].factors)
    names = {str(reader.base["scenario"]["name"]) for reader in readers}
    return _VARIED if is_factor or len(names) > 1 else names.pop()


def print_sensitivity(found: Sensitivity, supply: str, out: Console) -> None:
    """Print the indices, ranked where they are resolved, and the share of luck.

    Args:
        found: what was found.
        supply: see `supply_of`.
        out: where to.
    """
    names = list(dict.fromkeys(index.name for index in found.indices if index.name != "mu"))
    factors = _ranked(found)
    pairs = list(zip(found.indices, found.is_resolved, strict=True))
    by = {(pair[0].factor, pair[0].name): pair for pair in pairs}
    rows = [[factor, *(_cell(*by[factor, name]) for name in names)] for factor in factors[:MOST_ROWS]]
    unit = f", {found.sample.unit}" if found.method == "morris" else ""
    how = f"{found.method}, {len(found.sample.values):,} points"
    title = f"Which factors matter for {found.sample.name}{unit} ({how}) {supply}"
    _print_whole(out, title, ["", *(_HEADS[name] for name in names)], rows)
    if len(factors) > MOST_ROWS:
        out.print(f"And {len(factors) - MOST_ROWS} more factors, in the table sensitivity.")
    out.print(_ABOUT[found.method])
    out.print(ABOUT_MARK)
    print_left_out(found.left_out, out)
    if found.constant:
        out.print(f"Not analysed, the same at all points: {', '.join(found.constant)}.")
    _print_luck(found, out)


def print_left_out(left_out: int, out: Console) -> None:
    """Say how many points are not part of an analysis; nothing if all are."""
    if left_out:
        out.print(
            f"LEFT OUT: {left_out:,} points without all their replications. Where runs fail is seldom chance: what "
            "holds there is not in these numbers."
        )


def _ranked(found: Sensitivity) -> list[str]:
    main = _MAIN[found.method]
    of_main = [(index, ok) for index, ok in zip(found.indices, found.is_resolved, strict=True) if index.name == main]
    ranked = sorted((index for index, ok in of_main if ok), key=lambda index: -index.value)
    return [index.factor for index in (*ranked, *(index for index, ok in of_main if not ok))]


def _cell(index: Index, is_resolved: bool) -> str:
    is_share = index.name in ("S1", "ST", "pawn")
    if not is_share and not math.isfinite(index.low):
        return significant(index.value)
    show = partial(number, digits=2) if is_share else significant
    return _with_ends(Estimate(index.value, index.low, index.high), show) + _mark(is_resolved)


def _mark(is_resolved: bool) -> str:
    return "  " if is_resolved else " ?"


def _print_luck(found: Sensitivity, out: Console) -> None:
    out.print("\nThe seed as a factor", style="bold")
    luck, replications = found.luck, found.sample.values.shape[1]
    if not math.isfinite(luck.total.value):
        out.print(
            "With one replication a point, luck cannot be told from what factors do: it is part of every index "
            "(replications=2 or more)."
        )
        return
    out.print(
        f"{_percent(luck.total)} of the variance of single runs is luck (total index of the seed); "
        f"{_percent(luck.shared)} is luck that all points share (its first-order index), which contrasts under the "
        "same luck are free of."
    )
    out.print(
        f"In means over {replications} replications {_percent(luck.in_means)} of the variance between points is luck "
        "that they do not share; it adds to every total index."
    )


def _percent(share: Estimate) -> str:
    return f"{100 * share.value:.1f} % [{100 * share.low:.1f}, {100 * share.high:.1f}]"


def print_boxes(sample: Sample, cases: Cases, boxes: Sequence[FoundBox], supply: str, out: Console) -> None:
    """Print the boxes with coverage and density.

    Args:
        sample: whose points were searched.
        cases: which of them are of interest.
        boxes: that were found.
        supply: see `supply_of`.
        out: where to.
    """
    count, points = int(cases.is_case.sum()), cases.is_case.size
    out.print(f"\nCases of interest: {cases.about} {supply}", style="bold")
    out.print(f"{count:,} of {points:,} points ({100 * count / points:.0f} %).")
    if not boxes:
        out.print("No limits on the factors set them apart from the others.")
    for place, found in enumerate(boxes, 1):
        rows = [_limit_row(sample, found, i) for i in np.flatnonzero(found.box.is_restricted).tolist()]
        title = f"Box {place}" + ("" if place == 1 else ", outside those before it")
        print_table(out, title, ["factor", "limits", "quasi-p", "in resamples"], rows, text=2, gap=_GAP)
        out.print(
            f"Coverage {100 * found.coverage:.0f} % of the cases, density {100 * found.density:.0f} % of the "
            f"{100 * found.mass:.0f} % of all points that lie in it."
        )
    if boxes:
        out.print(
            "?: in less than half of the resamples. Quasi-p: chance of such a density if the limit did not matter; but "
            f"the limit was searched for, and one that few of {BOX_RESAMPLES} resamples of the points find is chance."
        )
        if not sample.is_independent.all():
            out.print(
                f"Points of design={sample.kind} are made from each other: resamples keep them together, and quasi-p, "
                "which does not, is too small."
            )


def _limit_row(sample: Sample, found: FoundBox, i: int) -> list[str]:
    factor, box = sample.factors[i], found.box
    low, high = float(box.low[i]), float(box.high[i])
    if i in box.categories:
        limits = " or ".join(factor.levels[code] for code in sorted(box.categories[i]))
    elif math.isfinite(low) and math.isfinite(high):
        limits = f"{significant(low)} to {significant(high)}"
    else:
        limits = f"above {significant(low)}" if math.isfinite(low) else f"below {significant(high)}"
    unit = parameter_rows()[factor.name].unit if factor.name in parameter_rows() else ""
    selected = float(found.selected[i])
    often = "-" if math.isnan(selected) else f"{100 * selected:.0f} %{_mark(selected >= 0.5)}"
    return [
        factor.name,
        limits + (f" ({unit})" if unit not in ("", "1") else ""),
        number(float(box.quasi_p[i]), 3),
        often,
    ]


def print_regrets(regrets: Regrets, over: str, supply: str, out: Console) -> None:
    """Print the regret of each level, ranked where it is resolved.

    Args:
        regrets: of levels.
        over: what the levels are of.
        supply: see `supply_of`.
        out: where to.
    """
    short = partial(significant, digits=2)
    rows = [
        [
            arm_label(regret.level),
            _with_ends(regret.mean, short) + _mark(regret.is_resolved),
            _with_ends(regret.p90, short),
            significant(regret.largest.value),
            _with_ends(regret.share_best, lambda share: short(100 * share)),
        ]
        for regret in regrets.levels
    ]
    sample = regrets.sample
    title = f"Regret of {over}, {sample.name}, {sample.unit} [95 %], {len(sample.values):,} points {supply}"
    _print_whole(out, title, ["", "mean", "90 % of points", "max", "best at, %"], rows)
    out.print(
        f"Regret: how much worse than the best one at the same point; {regrets.best} is best. ?: its mean is not told "
        "apart from the smallest. The best of means over few replications is partly luck, so regret is a little too "
        "large."
    )
    if any(arm_label(regret.level).endswith("*") for regret in regrets.levels):
        out.print(FROZEN_STOCK_NOTE)
    if any(regret.level == UPPER_BOUND for regret in regrets.levels):
        out.print(UPPER_BOUND_NOTE)


def _print_whole(out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in as many parts, each with the names, as it takes for no cell to be cut."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    name, left = min(widths[0], LONGEST_NAME), list(range(1, len(columns)))
    while left:
        part = [0, left.pop(0)]
        while left and name + sum(widths[i] for i in [*part[1:], left[0]]) + _GAP * len(part) <= out.width - _GAP:
            part.append(left.pop(0))
        print_table(out, title, [columns[i] for i in part], [[row[i] for i in part] for row in rows], gap=_GAP)
        title = ""


def _with_ends(figure: Estimate, show: Callable[[float], str]) -> str:
    return f"{show(figure.value)} [{show(figure.low)}, {show(figure.high)}]"
