"""What a comparison prints: tables of at most 80 columns, each number with its interval."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from experiments.compare import Comparison
from experiments.contrasts import LEAST_FINDS, Contrast, half_width, paired_contrast, rank
from experiments.kpis import print_kpis
from experiments.screen import (
    ABOUT_SEEDS,
    FROZEN_STOCK_NOTE,
    UPPER_BOUND,
    UPPER_BOUND_NOTE,
    arm_label,
    contrast_label,
    number,
    place_label,
    print_good,
    print_price_warning,
    print_table,
    supply_label,
    with_interval,
    with_spread,
)
from experiments.summary import NON_EU, UNSHIPPED
from scenarios.case import Case
from scenarios.levers import lever_terms
from sim.streams import Floats

_ABOUT_CONTRASTS = (
    f"+- is the half-width relative to what landed in the second arm. {ABOUT_SEEDS} Resolved: the bootstrap and the t "
    "interval exclude 0, and the p-value adjusted for all rows (Holm) is below .05; what is not resolved is not "
    "ranked. Intervals are over replications; what the parameters leave open is wider and not in them."
)
_NOT_RANKED = f"fewer than {LEAST_FINDS} finds: not ranked"
_ACCOUNT_UNITS = {"capital": ("EUR million", 1e8), "programme": ("EUR million", 1e8), "staff": ("1,000 h", 6e4)}


def print_comparison(result: Comparison, accounts: pa.Table, out: Console) -> None:
    """Print question, outcomes by arm, contrasts, identities, port ranges, indicators, accounts and evidence.

    Args:
        result: the runs in numbers.
        accounts: the table ``accounts`` of all runs.
        out: where to.
    """
    _print_question(result, out)
    _print_outcomes(result, out)
    if result.contrasts:
        _print_contrasts(result, out)
        _print_identities(result, out)
        _print_ranges(result, out)
        _print_kpis(result, out)
        _print_accounts(result, accounts, out)
    _print_evidence(result, out)


def _case(result: Comparison) -> Case:
    return next(iter(result.arms.values()))


def _title(result: Comparison, text: str) -> str:
    """Return a title that names the supply scenario, without which no number means anything."""
    return f"{text} {supply_label(_case(result).scenario.name, _case(result).good)}"


def _print_question(result: Comparison, out: Console) -> None:
    case = _case(result)
    end = f"{case.start.year + case.horizon_years}-01-01"
    runs = f"{result.replications} replication{'s' * (result.replications != 1)}"
    out.print(f"\nWorld {case.world.name}, {case.good.label}, {case.start} to {end}, {runs}", style="bold")
    print_good(case.good, out)
    out.print(f"Supply scenario {case.scenario.name}: {case.scenario.about}.")
    out.print("Tonnes are those of the cohort: lots that arrive in the window, followed to their fate.")


def _print_outcomes(result: Comparison, out: Console) -> None:
    years = _case(result).horizon_years
    rows = []
    for arm in result.arms:
        cells = [arm_label(arm)]
        for outcome, scale, digits in (
            ("landed", years, 0), ("seized at entry", years, 0), ("dispatched", years, 0),
            ("interception share", 0.01, 1), ("trade delay", years, 0),
        ):  # fmt: skip
            values = result.outcome(arm, outcome) / scale
            cells.append(with_spread(float(values.mean()), half_width(values), digits))
        rows.append(cells)
    columns = ["", "landed\nt/yr", "seized\nt/yr", "dispatched\nt/yr", "intercepted\n%", "trade delay\ndays/yr"]
    print_table(out, _title(result, "Each regime, mean +- 95 % half-width over replications"), columns, rows)
    out.print("Seized: what places of entry count, EU and not. Intercepted: seized / (seized + landed).")
    days = {arm: [by_arm[arm].days_at_price_bound for by_arm in result.summaries] for arm in result.arms}
    print_price_warning(days, out)
    if any(arm_label(arm) != arm for arm in result.arms):
        out.print(FROZEN_STOCK_NOTE)
    if UPPER_BOUND in result.arms:
        out.print(UPPER_BOUND_NOTE)


def _print_contrasts(result: Comparison, out: Console) -> None:
    years = _case(result).horizon_years
    rows = []
    for (treated, baseline), (c, _, is_resolved) in zip(result.contrasts, result.family("landed"), strict=True):
        landed = float(result.outcome(baseline, "landed").mean())
        share = 100 * c.half_width / landed if landed else math.nan
        rows.append([
            contrast_label(treated, baseline), with_interval(-c.difference / years, -c.high / years, -c.low / years),
            f"{number(share, 2 if share < 10 else 1)} %" if math.isfinite(share) else "-",
            number(c.variance_ratio), "resolved" if is_resolved else "not resolved",
        ])  # fmt: skip
    columns = ["", "kept off, t/yr [95 %]", "+-", "x\nseeds", ""]
    print_table(out, _title(result, "Paired contrasts: net kept off the market"), columns, rows, gap=1)
    out.print(_ABOUT_CONTRASTS)


def _print_identities(result: Comparison, out: Console) -> None:
    treated, baseline = result.contrasts[0]
    for which, title in (
        ("I1", "I1, how net kilograms were kept off: change of fate, t"),
        ("I2", "I2, where the flow went: change of dispatch, t"),
    ):
        cells = result.identity(treated, baseline, which)
        name = contrast_label(treated, baseline)
        print_table(out, _title(result, title), [name, "t [95 %]"], identity_rows(cells, which))
    out.print(reading_of_flow(result, treated, baseline))


def identity_rows(cells: dict[str, Contrast], which: str) -> list[list[str]]:
    """Return the lines of an identity, cells without change left out, and its exact total."""
    rows = [
        [place_label(name), with_interval(c.difference, c.low, c.high, 1)]
        for name, c in cells.items()
        if c.difference or c.half_width
    ]
    total = number(sum(c.difference for c in cells.values()), sign=True)
    return [*rows, ["= net kept off, exactly" if which == "I1" else "= sum, exactly", total]]


def treated_flow(result: Comparison, treated: str, baseline: str) -> Contrast:
    """Return F0(X) - F1(X) in tonnes: how much less is dispatched to X, the EU's container ports together."""
    flows = [
        np.array([
            sum(g for cell, g in by_arm[arm].flow_g.items() if _is_eu_port_cell(cell)) for by_arm in result.summaries
        ]) / 1e6
        for arm in (baseline, treated)
    ]  # fmt: skip
    return paired_contrast(flows[0], flows[1])


def _is_eu_port_cell(cell: str) -> bool:
    return not cell.startswith("coast:") and cell not in (NON_EU, UNSHIPPED)


def reading_of_flow(result: Comparison, treated: str, baseline: str) -> str:
    """Return the sentence that reads I2: as shares only where the flow to EU container ports falls, and resolved."""
    x = treated_flow(result, treated, baseline)
    change = with_interval(-x.difference, -x.high, -x.low, 1)
    if not (x.difference > 0 and x.is_resolved):
        unclear = "its interval includes 0" if math.isfinite(x.half_width) else "one replication has no interval"
        why = "it grows" if x.is_resolved else unclear
        return f"Not read as shares: dispatch to EU container ports changes by {change} t, and {why}."
    cells = result.identity(treated, baseline, "I2")
    parts = {
        "outside the container terminals": sum(c.difference for n, c in cells.items() if n.startswith("coast:")),
        "to ports outside the EU": cells[NON_EU].difference if NON_EU in cells else 0.0,
        "not shipped": cells[UNSHIPPED].difference,
    }
    shares = ", ".join(f"{number(100 * part / x.difference, 0)} % {name}" for name, part in parts.items())
    return f"Of the {number(x.difference)} t less to EU container ports ({change} t): {shares}."


def _print_ranges(result: Comparison, out: Console) -> None:
    treated, baseline = result.contrasts[0]
    years = _case(result).horizon_years
    keys = sorted({k for by_arm in result.summaries for s in by_arm.values() for k in s.places})
    means = {arm: {key: _mean_of_place(result, arm, key) for key in keys} for arm in (baseline, treated)}
    flows, finds = ([float(means[baseline][key][column]) for key in keys] for column in (0, 3))
    ranked, others = rank(keys, flows, finds)
    rows = []
    for key in [*ranked, *others]:
        if others and key == others[0]:
            rows.append([_NOT_RANKED, *[""] * 5])
        for arm in (baseline, treated):
            flow, seized, landed, _, controls, delay = means[arm][key]
            share = 100 * seized / (seized + landed) if seized + landed else math.nan
            rows.append([
                place_label(key) if arm == baseline else f"  {arm_label(treated)}",
                number(flow / years), number(seized / years), number(landed / years), number(share, 0),
                number(24 * delay / controls, 1) if controls else "-",
            ])  # fmt: skip
    columns = ["", "flow\nt/yr", "seized\nt/yr", "landed\nt/yr", "intercepted\n%", "delay\nh/box"]
    title = f"By port range, {arm_label(baseline)} above {arm_label(treated)}"
    print_table(out, _title(result, title), columns, rows)
    out.print(
        f"By flow in {arm_label(baseline)}, where one replication has {LEAST_FINDS} finds or more over the window. "
        "Calendar months of the window, all lots. Flow is the true one, which no authority sees; delay is that of "
        "controlled clean boxes."
    )


def _mean_of_place(result: Comparison, arm: str, key: str) -> Floats:
    """Return the numbers of a place (``Summary.places``), mean over replications."""
    rows = np.array([by_arm[arm].places.get(key, (0.0,) * 6) for by_arm in result.summaries])
    mean: Floats = rows.mean(axis=0)
    return mean


def account_rows(accounts: pa.Table, arms: tuple[str, ...], replications: int) -> list[list[str]]:
    """Return the accounts of some arms, summed over states, mean over replications.

    Args:
        accounts: the table ``accounts``.
        arms: which.
        replications: how many each arm has.
    """
    amounts = ("appropriated", "committed", "unspent")
    keys = {name: pc.cast(accounts[name], pa.string()) for name in ("arm", "account")}
    summed = pa.table({**keys, **{name: accounts[name] for name in amounts}})
    totals = {
        (row["arm"], row["account"]): [row[f"{name}_sum"] / replications for name in amounts]
        for row in summed.group_by(["arm", "account"]).aggregate([(name, "sum") for name in amounts]).to_pylist()
    }
    return [
        [arm_label(arm), f"{account}, {unit}", *(number(value / scale) for value in totals[arm, account])]
        for arm in arms
        for account, (unit, scale) in _ACCOUNT_UNITS.items()
        if (arm, account) in totals
    ]


def _print_kpis(result: Comparison, out: Console) -> None:
    treated, baseline = result.contrasts[0]
    before, after = ([by_arm[arm].kpis for by_arm in result.summaries] for arm in (baseline, treated))
    names = (arm_label(baseline), arm_label(treated))
    print_kpis(_title(result, "Beside tonnes, a year"), names, (before, after), _case(result).horizon_years, out)


def _print_accounts(result: Comparison, accounts: pa.Table, out: Console) -> None:
    treated, baseline = result.contrasts[0]
    rows = account_rows(accounts, (baseline, treated), result.replications)
    columns = ["", "account", "appropriated", "committed", "unspent"]
    print_table(out, _title(result, "Accounts of all states, from the start of the analysis"), columns, rows, text=2)
    out.print("Costs to trade are never in here; the table contrasts has them as trade cost.")


def _print_evidence(result: Comparison, out: Console) -> None:
    levers = {
        name: (terms.grade, terms.feasible_now)
        for case in result.arms.values()
        for name, terms in lever_terms().items()
        if case.regime.scope(name) == "alliance"
    }
    if not levers:
        return
    rows = [[name, grade, feasible] for name, (grade, feasible) in levers.items()]
    title = "Evidence of the common levers: B measured with comparison, C without, D assumed"
    print_table(out, title, ["lever", "grade", "feasible now"], rows, text=3)
    if any("D" in grade for grade, _ in levers.values()):
        out.print("Totals with a grade-D lever are conditional on assumed effects.")
