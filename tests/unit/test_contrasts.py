"""Contrasts, identities and how they are printed, on runs made up for the purpose."""

from __future__ import annotations

import math
import re
from io import StringIO

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console
from scipy import stats

from experiments.compare import Comparison
from experiments.contrasts import half_width, paired_contrast
from experiments.identities import flow_change, kept_off_by_fate
from experiments.printing import account_rows, print_comparison, reading_of_flow, treated_flow
from experiments.screen import WIDTH, number, with_interval, with_spread
from experiments.settings import case_with
from experiments.summary import NON_EU, OUTCOMES, UNSHIPPED, Summary
from scenarios.load_case import load_case
from sim.recorder import make_table
from sim.tables import ACCOUNTS

TREATED, BASELINE = "alliance_rule_frozen_stock", "national_rule_frozen_stock"
ROUNDS = 6


def summary(landed_t: float, range_t: int, coast_t: int, non_eu_t: int, scale: int = 1) -> Summary:
    """Return a run that dispatches 1,000 t, or leaves them unshipped, and lands so many."""
    unshipped = 1000 - range_t - coast_t - non_eu_t
    flow = {"north_range": range_t, "coast:north_range": coast_t, NON_EU: non_eu_t, UNSHIPPED: unshipped}
    fates = {"delivered": landed_t, "seized_entry": 1000 - unshipped - landed_t, "not_offered": unshipped}
    place = (1e4 * scale, 5e3 * scale, 4e3 * scale, 10.0, 1e6, 1e5)
    return Summary(
        {name: landed_t * scale if name == "landed" else 123.4 * scale for name, _ in OUTCOMES},
        {name: int(t * 10**6) * scale for name, t in fates.items()},
        {name: t * 10**6 * scale for name, t in flow.items()},
        {"north_range": place, "coast:baltic_nordic": place},
    )


def comparison(*, fall_t: int, noise_t: int, scale: int = 1) -> Comparison:
    """Return a comparison whose treated arm sends less to the range: half of it outside, a quarter each elsewhere."""
    case = load_case(["world=three_ports", "horizon_years=1"])
    rounds = []
    for i in range(ROUNDS):
        moved = fall_t + noise_t * (-1) ** i
        baseline = summary(400 + i, 500 - i, 200, 100, scale)
        treated = summary(390 + i + i % 2, 500 - i - moved, 200 + moved // 2, 100 + moved // 4, scale)
        rounds.append({BASELINE: baseline, TREATED: treated})
    return Comparison({arm: case_with(case, arm) for arm in (BASELINE, TREATED)}, [(TREATED, BASELINE)], rounds)


def accounts() -> pa.Table:
    """Return the accounts of two states in every run: by state and account, 100 appropriated for each unit spent."""
    arms, kinds, states = (BASELINE, TREATED), ("capital", "staff", "programme"), ("BE", "NL")
    rows = [(a, r, s, k) for a in range(2) for r in range(ROUNDS) for s in range(2) for k in range(3)]
    arm, replication, state, kind = (np.array(column) for column in zip(*rows, strict=True))
    appropriated = np.full(len(rows), 10**10)
    committed = appropriated // 4 * (state + 1)
    columns = {
        "arm": arm, "replication": replication, "country": state, "account": kind,
        "appropriated": appropriated, "committed": committed, "unspent": appropriated - committed,
    }  # fmt: skip
    return make_table(ACCOUNTS, columns, {"arm": arms, "country": states, "account": kinds})


def printed(result: Comparison) -> str:
    """Return what a comparison prints."""
    text = StringIO()
    print_comparison(result, accounts(), Console(file=text, width=WIDTH, highlight=False, markup=False))
    return text.getvalue()


def test_the_interval_is_that_of_the_paired_t_test() -> None:
    treated = np.array([3.0, 4.5, 5.0, 7.5, 6.0])
    baseline = np.array([2.0, 4.0, 4.5, 5.5, 6.5])
    contrast = paired_contrast(treated, baseline)
    expected = stats.ttest_rel(treated, baseline).confidence_interval(0.95)
    assert contrast.low == pytest.approx(expected.low, rel=1e-12)
    assert contrast.high == pytest.approx(expected.high, rel=1e-12)
    assert contrast.correlation == pytest.approx(stats.pearsonr(treated, baseline).statistic, rel=1e-12)
    assert contrast.is_resolved == (expected.low > 0 or expected.high < 0)


def test_pairs_that_move_together_are_told_apart_better() -> None:
    baseline = np.array([10.0, 14.0, 9.0, 13.0, 12.0])
    together, apart = paired_contrast(baseline + 1, baseline), paired_contrast(baseline[::-1] + 1, baseline)
    assert together.half_width < 1e-12 < apart.half_width
    assert (together.difference, together.correlation) == (pytest.approx(1), pytest.approx(1))
    assert together.is_resolved
    assert not apart.is_resolved


def test_one_pair_has_no_interval() -> None:
    contrast = paired_contrast(np.array([2.0]), np.array([1.0]))
    assert math.isinf(contrast.half_width)
    assert math.isnan(contrast.correlation)
    assert not contrast.is_resolved
    assert math.isinf(half_width(np.array([1.0])))


def test_an_arm_that_does_not_vary_has_no_correlation() -> None:
    assert math.isnan(paired_contrast(np.array([1.0, 1.0]), np.array([1.0, 2.0])).correlation)


def test_identities_hold_to_the_gram() -> None:
    baseline, treated = summary(400, 500, 200, 100), summary(350, 450, 220, 110)
    assert sum(kept_off_by_fate(treated, baseline).values()) == 50 * 10**6
    change = flow_change(treated, baseline)
    assert sum(change.values()) == 0
    assert change["north_range"] == -50 * 10**6


def test_a_lost_gram_is_seen() -> None:
    baseline, treated = summary(400, 500, 200, 100), summary(350, 450, 220, 110)
    treated.fates_g["seized_entry"] -= 1
    treated.flow_g["north_range"] -= 1
    with pytest.raises(ArithmeticError, match="I1 fails"):
        kept_off_by_fate(treated, baseline)
    with pytest.raises(ArithmeticError, match="I2 fails"):
        flow_change(treated, baseline)


def test_flow_is_read_as_shares_only_where_it_falls_for_certain() -> None:
    falls = comparison(fall_t=40, noise_t=4)
    contrast = treated_flow(falls, TREATED, BASELINE)
    moved = np.array([40 + 4 * (-1) ** i for i in range(ROUNDS)])
    assert contrast.difference == pytest.approx(moved.mean())
    assert contrast.half_width == pytest.approx(half_width(moved.astype(float)))
    sentence = reading_of_flow(falls, TREATED, BASELINE)
    parts = [moved // 2, moved // 4, moved - moved // 2 - moved // 4]
    for part, name in zip(parts, ("outside the container", "to ports outside the EU", "not shipped"), strict=True):
        assert f"{100 * part.sum() / moved.sum():.0f} % {name}" in sentence
    assert "includes 0" in reading_of_flow(comparison(fall_t=4, noise_t=40), TREATED, BASELINE)
    assert "it grows" in reading_of_flow(comparison(fall_t=-40, noise_t=4), TREATED, BASELINE)


def test_accounts_are_summed_over_states_and_averaged_over_runs() -> None:
    rows = {row[1].partition(",")[0]: row for row in account_rows(accounts(), (BASELINE,), ROUNDS)}
    appropriated, committed = 2 * 10**10, 10**10 // 4 * 3
    for name, scale in (("capital", 1e8), ("programme", 1e8), ("staff", 6e4)):
        expected = [number(value / scale) for value in (appropriated, committed, appropriated - committed)]
        assert rows[name][2:] == expected


@pytest.mark.parametrize("scale", [1, 1000])
def test_a_comparison_prints_within_80_columns(scale: int) -> None:
    result = comparison(fall_t=40, noise_t=4, scale=scale)
    text = printed(result)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "[supply: flat]" in text
    assert "supply and demand stay at their level of 2023" in " ".join(text.split())
    lines = [line for line in text.splitlines() if line.startswith("alliance_rule* - national_rule*")]
    verdict = "resolved" if result.contrast(TREATED, BASELINE, "landed").is_resolved else "not resolved"
    assert lines[0].split("  ")[-1].endswith(verdict)
    assert "conditional on assumed effects" in text
    assert re.search(r"(?<![+\d])-0(?:\.0+)?(?![\d.])", text) is None


def test_a_single_replication_prints_without_intervals() -> None:
    result = comparison(fall_t=40, noise_t=4)
    text = printed(Comparison(result.arms, result.contrasts, result.summaries[:1]))
    assert "1 replication\n" in text
    assert "and one replication has no interval." in " ".join(text.split())
    assert "nan" not in text
    assert "inf" not in text.replace("information", "")


@pytest.mark.parametrize("value", [-0.0, -0.04, 0.04, 0.0, -1e-12])
def test_zero_has_no_sign(value: float) -> None:
    assert number(value) == number(value, sign=True) == "0.0"
    assert with_interval(value, 0.0) == "0.0 [0.0, 0.0]"


def test_numbers_read_well() -> None:
    assert number(-1234.56) == "-1,234.6"
    assert number(12.3, sign=True) == "+12.3"
    assert number(math.nan) == number(math.inf) == "-"
    assert with_spread(3.0, math.inf) == "3.0"
    assert with_interval(59.8, 61.2) == "+60 [-1, +121]"
