"""What a ledger prints: the identities first, then the coupled ledger beside its placebo, then the measures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.console import Console

from experiments.cohort import COAST
from experiments.contrasts import Contrast, paired_contrast
from experiments.displacement import sign_disagreement
from experiments.ledger import LATER_DAYS, Direction, Moved
from experiments.ledger_runs import LedgerResult
from experiments.ledger_shares import FATE_COLUMNS, Line, Lines, Pick
from experiments.measures import QUOTIENT, RECORD_QUOTIENT, Measure
from experiments.printing import identity_rows
from experiments.screen import ABOUT_SEEDS, number, print_table, significant, supply_label, with_interval
from experiments.summary import NON_EU, UNSHIPPED
from experiments.treated import ILLUSTRATIVE
from experiments.views import VIEWS

_NOISE = "~"
_ABOUT_LEDGER = (
    "Gross amounts are a convention, for the luck of these runs: of each lot as much as possible did the same in both "
    "arms. 'Most' bounds what another way of joining the arms within their lots could put there; another coupling of "
    "luck would give other gross amounts, and on average the same identities. The placebo is the baseline with its "
    f"first seizure flipped; {_NOISE} marks what is less than twice the placebo: it cannot be told from noise."
)
_ABOUT_REGIMES = (
    "The arms differ in more than the treated place: other places are treated too, and what left or reached them for "
    "that reason is in these tables as well."
)
_ABOUT_MEASURES = (
    "Quotients below 0 mean displacement, above 0 diffusion of benefits, -1 all displaced. Both arms are the same "
    "weeks, so the control of WDQ is constant; 'before/after' is what an evaluation without a second arm gets "
    "(buffer: ports of the same range, control: all other ports). Seizures are those at places in the EU. The analyst "
    "takes finds as proportional to controls per at-risk box. HHI, effective ports and mean shift are changes; JSD is "
    "about methods, Wasserstein about days: neither is ever negative, so the placebo stands in place of an interval. "
    "From means over replications [95 %]; - where undefined or not resolved."
)


def print_ledger(
    result: LedgerResult, measures: Sequence[Measure], finds_noise: float, by_port: bool, out: Console,
    *, has_one_treatment: bool,
) -> None:  # fmt: skip
    """Print identities, ledger, placebo and measures.

    Args:
        result: the runs and their ledgers.
        measures: of displacement.
        finds_noise: Poisson standard error of the weighted displacement difference of finds.
        by_port: whether flows are shown by named port.
        out: where to.
        has_one_treatment: whether the arms differ at the treated place only.
    """
    _print_identities(result, out)
    lines = Lines([r.ledger for r in result.replications], [r.placebo for r in result.replications])
    if lines.whole_g.sum():
        _print_out(result, lines, by_port, out)
        _print_into(result, lines, out)
    else:
        out.print(f"\nThe baseline sends nothing to {result.treated.label}: there is no ledger of what left it.")
    _print_coupled(result, out)
    if not has_one_treatment:
        out.print(_ABOUT_REGIMES)
    _print_measures(measures, finds_noise, out)


def _title(result: LedgerResult, text: str) -> str:
    return f"{text} {supply_label(result.case.scenario.name, result.case.good)}"


def _kept_off(result: LedgerResult) -> str:
    """Return the headline: net kept off the market, and what pairing was worth."""
    landed = result.comparison.contrast(result.treated_arm, result.baseline, "landed")
    text = f"Net kept off the market: {_per_year(landed, result.case.horizon_years, -1)} t/yr."
    if len(result.replications) > 2:
        pairs = f"{number(landed.variance_ratio)} x seeds, correlation {number(landed.correlation, 2)}"
        text += f" Pairs: {pairs}. {ABOUT_SEEDS}"
    return text


def _per_year(c: Contrast, years: int, sign: int) -> str:
    low, high = sorted((sign * c.low / years, sign * c.high / years))
    return with_interval(sign * c.difference / years, low, high)


def _print_identities(result: LedgerResult, out: Console) -> None:
    treated, baseline = result.treated_arm, result.baseline
    out.print(_kept_off(result))
    for which, title in (
        ("I1", "I1, how net kilograms were kept off: change of fate, t"),
        ("I2", "I2, where the flow went: change of dispatch, t"),
    ):
        cells = result.comparison.identity(treated, baseline, which)
        label = result.treated.label
        ordered = {name: cells[name] for name in sorted(cells, key=lambda name: (name != label, name))}
        print_table(out, _title(result, title), ["", "t [95 %]"], identity_rows(ordered, which))
    out.print(_reading(result))


def _reading(result: LedgerResult) -> str:
    """Return the sentence that reads I2: as shares only where flow to the treated place falls, and resolved."""
    cells = result.comparison.identity(result.treated_arm, result.baseline, "I2")
    left = cells.pop(result.treated.label)
    change = f"{with_interval(left.difference, left.low, left.high, 1)} t"
    if left.difference >= 0 or not left.is_resolved:
        why = "it grows" if left.difference > 0 and left.is_resolved else "it is not resolved"
        return f"Not read as shares: dispatch to {result.treated.label} changes by {change}, and {why}."
    groups: dict[str, float] = {}
    for name, c in cells.items():
        terminals = "elsewhere in the terminals" if result.treated.kind in {"lane", "method"} else "to other ports"
        group = "outside the terminals" if name.startswith(COAST) else terminals
        group = name if name in (NON_EU, UNSHIPPED) else group
        groups[group] = groups.get(group, 0.0) + c.difference
    shares = ", ".join(f"{number(-100 * t / left.difference, 0)} % {name}" for name, t in sorted(groups.items()))
    return f"Of the {number(-left.difference)} t that left {result.treated.label} ({change}), net: {shares}."


_OUT_ORDER = (
    Moved.SAME, Moved.OTHER_DEPARTURE, Moved.OTHER_METHOD, Moved.OTHER_PORT, Moved.OUTSIDE, Moved.OTHER_REGION,
    Moved.NOT_SHIPPED,
)  # fmt: skip
_FLAGS = (
    (f"dispatched more than {LATER_DAYS} days later", "later_g"),
    ("in a consignment of at most half the mass", "smaller_g"),
    ("by another organisation", "other_holder_g"),
)


def _print_out(result: LedgerResult, lines: Lines, by_port: bool, out: Console) -> None:
    fates: dict[str, frozenset[str]] = {}
    # What of a named port lands or is seized is its interception: shown only on request.
    if by_port or not result.treated.is_one_port:
        fates = FATE_COLUMNS
    rows = []
    for moved in _OUT_ORDER:
        rows.append(lines.line(moved.value, Pick(Direction.OUT, moved), (*fates.values(),)))
        if moved in (Moved.OTHER_PORT, Moved.OTHER_REGION):
            goals = lines.goals(moved, result.treated, by_port=by_port)
            rows += [lines.line(f" {label}", pick, (*fates.values(),)) for label, pick in goals]
    columns = [*_COLUMNS, *fates]
    title = f"Ledger: flow to {result.treated.label} in the baseline, in the other arm, %"
    print_table(out, _title(result, title), columns, [_cells(row) for row in rows], gap=1)
    if fates:
        rest = ", ".join(f"{number(100 * share)} % {name}" for name, share in lines.rest().items())
        out.print(f"Landed, seized and rest: fates in the other arm. Rest, of all of it: {rest}.")
    every = Pick(Direction.OUT)
    flags = [
        f"{number(100 * lines.share(lines.ledgers, every, what).difference)} % {name} "
        f"(placebo {number(100 * lines.share(lines.placebos, every, what).difference)})"
        for name, what in _FLAGS
    ]
    out.print(f"Of all of it, each on its own: {'; '.join(flags)}.")
    out.print(_ABOUT_LEDGER)
    if by_port or result.treated.is_one_port:
        out.print(f"Figures of a named port are {ILLUSTRATIVE}.")


_COLUMNS = ["", "% ", "[95 %]", "placebo", "most"]


def _cells(line: Line) -> list[str]:
    share = line.share
    return [
        line.label,
        f"{number(100 * share.difference)}{_NOISE if line.is_noise else ' '}",
        f"[{number(100 * share.low)}, {number(100 * share.high)}]" if math.isfinite(share.low) else "",
        *(number(100 * value) for value in (line.placebo, line.bound, *line.by_fate)),
    ]


def _print_into(result: LedgerResult, lines: Lines, out: Console) -> None:
    rows = [
        lines.line(f"from {moved.value}" if moved != Moved.NOT_SHIPPED else moved.value, Pick(Direction.INTO, moved))
        for moved in _OUT_ORDER[1:]
    ]
    rows.append(lines.line("in all", Pick(Direction.INTO)))
    title = f"What came into {result.treated.label}, % of its flow in the baseline"
    print_table(out, _title(result, title), _COLUMNS, [_cells(row) for row in rows], gap=1)


def _print_coupled(result: LedgerResult, out: Console) -> None:
    """Say what else rests on the coupling: what was kept off of the treated grams, and what was reshuffled."""
    landed = [np.array([r.ledger.treated_landed_g[side] for r in result.replications]) / 1e6 for side in (0, 1)]
    kept_off = _per_year(paired_contrast(*landed), result.case.horizon_years, 1)
    moved, placebo = (
        float(np.mean([getattr(r, kind).reshuffled_g for r in result.replications])) / 1e6
        for kind in ("ledger", "placebo")
    )
    out.print(
        f"By the same coupling, kept off of the kilograms that used it in the baseline: {kept_off} t/yr. Between "
        f"other cells moved {number(moved)} t (placebo {number(placebo)} t): reshuffling, not displacement."
    )


# ---- the measures --------------------------------------------------------------------------------------------------


def _print_measures(measures: Sequence[Measure], finds_noise: float, out: Console) -> None:
    by_name: dict[str, dict[str, Measure]] = {}
    for measure in measures:
        by_name.setdefault(measure.name, {})[measure.view] = measure
    rows = []
    for name, views in by_name.items():
        unit = next(iter(views.values())).unit
        rows.append(
            [
                f"{name}{'' if unit == '1' else f', {unit}'}",
                *(significant(views[view].estimate) if view in views else "" for view in VIEWS),
            ]
        )
        rows.append(["", *(_interval(views.get(view)) for view in VIEWS)])
    print_table(out, "Measures of displacement, in three views", ["", *VIEWS], rows, gap=1)
    out.print(_ABOUT_MEASURES)
    if math.isfinite(finds_noise):
        out.print(f"One record alone gives the WDD a standard error of {number(finds_noise)} finds a year (Poisson).")
    out.print(_agreement(by_name))
    for name in (QUOTIENT, RECORD_QUOTIENT):
        for measure in by_name[name].values():
            if measure.reason:
                out.print(f"{name}, {measure.view}: {measure.reason.partition(':')[0].rstrip('.')}.")


def _agreement(by_name: dict[str, dict[str, Measure]]) -> str:
    """Return the line that says on which measures the views disagree in sign."""
    apart = [
        f"{name} ({', '.join(f'{view} {significant(m.estimate, sign=True)}' for view, m in views.items())})"
        for name, views in by_name.items()
        if len({m.low > 0 for m in views.values() if m.low > 0 or m.high < 0}) > 1
    ]
    quotients = by_name[QUOTIENT]
    sentence = sign_disagreement(*(quotients[view].estimate for view in VIEWS))
    lines = [
        f"{QUOTIENT}: {sentence}" if sentence else "",
        f"Views disagree in sign on {'; '.join(apart)}." if apart else "",
    ]
    return " ".join(filter(None, lines)) or "On no measure do two views resolve opposite signs."


def _interval(measure: Measure | None) -> str:
    if measure is not None and math.isfinite(measure.placebo):
        return f"placebo {significant(measure.placebo, 2)}"
    if measure is None or math.isnan(measure.low):
        return ""
    return f"[{significant(measure.low, 2)}, {significant(measure.high, 2)}]"
