"""Contrasts, identities and how they are printed, on runs made up for the purpose."""

from __future__ import annotations

import dataclasses
import math
import re
from io import StringIO

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console
from scipy import stats

from experiments.compare import Comparison, comparison_tables
from experiments.contrasts import (
    half_width,
    holm,
    linearised_ratio,
    paired_contrast,
    rank,
    ratio_contrast,
    spread_over_draws,
    variance_ratio,
)
from experiments.identities import flow_change, kept_off_by_fate
from experiments.printing import account_rows, print_comparison, reading_of_flow, treated_flow
from experiments.screen import WIDTH, number, with_interval, with_spread
from experiments.settings import case_with
from experiments.summary import NON_EU, OUTCOMES, UNSHIPPED, Summary, summarise
from scenarios.load_case import load_case
from sim.recorder import make_table
from sim.streams import Floats
from sim.tables import ACCOUNTS
from tests.model_cases import small_run

TREATED, BASELINE = "alliance_rule_frozen_stock", "national_rule_frozen_stock"
ROUNDS = 6


def made_up(size: int, rows: int) -> Floats:
    """Return standard normal numbers, the same whenever asked."""
    return np.random.Generator(np.random.Philox(size)).normal(size=(rows, size))


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


@pytest.mark.parametrize("pairs", [2, 5, 9, 10, 40])
def test_the_t_interval_and_the_p_value_are_those_of_the_paired_t_test(pairs: int) -> None:
    """Exact against SciPy; with fewer than 10 pairs there is no other interval."""
    treated, baseline = made_up(pairs, 2)
    contrast = paired_contrast(treated, baseline)
    test = stats.ttest_rel(treated, baseline)
    expected = test.confidence_interval(0.95)
    assert contrast.t_low == pytest.approx(expected.low, rel=1e-9)
    assert contrast.t_high == pytest.approx(expected.high, rel=1e-9)
    assert contrast.p_value == pytest.approx(test.pvalue, rel=1e-9)
    assert contrast.correlation == pytest.approx(stats.pearsonr(treated, baseline).statistic, rel=1e-9)
    assert ((contrast.low, contrast.high) == (contrast.t_low, contrast.t_high)) == (pairs < 10)


def test_the_bootstrap_interval_follows_the_skew_of_the_differences() -> None:
    """Wider towards the long tail, where the t interval lies evenly; the same data give the same interval."""
    skewed = np.exp(made_up(40, 1)[0])
    contrast = paired_contrast(skewed, np.zeros(40))
    assert contrast.high - contrast.difference > 1.2 * (contrast.difference - contrast.low)
    assert contrast.t_high - contrast.difference == pytest.approx(contrast.difference - contrast.t_low)
    assert contrast.half_width == pytest.approx((contrast.high - contrast.low) / 2)
    again = paired_contrast(skewed, np.zeros(40))
    assert (again.low, again.high) == (contrast.low, contrast.high)
    mirrored = paired_contrast(-skewed, np.zeros(40))
    assert mirrored.difference - mirrored.low > 1.2 * (mirrored.high - mirrored.difference)


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [10, 20])
def test_the_bootstrap_interval_of_few_pairs_covers_as_often_as_it_says(pairs: int) -> None:
    """For normal data, within 5 binomial errors and half a point of bias; without expansion 90 % at 10 pairs."""
    sets = 5_000
    values = np.random.Generator(np.random.Philox(pairs)).normal(size=(sets, pairs))
    contrasts = [paired_contrast(row, np.zeros(pairs)) for row in values]
    covered = np.mean([c.low <= 0 <= c.high for c in contrasts])
    assert abs(covered - 0.95) < 0.005 + 5 * math.sqrt(0.95 * 0.05 / sets)


def test_resolved_needs_both_intervals() -> None:
    """One interval that includes zero is enough to leave a contrast open."""
    clear = paired_contrast(made_up(40, 1)[0] + 5, np.zeros(40))
    assert clear.is_resolved
    assert paired_contrast(-made_up(40, 1)[0] - 5, np.zeros(40)).is_resolved
    for field in ("low", "t_low"):
        assert not dataclasses.replace(clear, **{field: -0.1}).is_resolved


def test_the_same_difference_in_all_pairs_has_an_interval_of_no_width() -> None:
    """No resampling, no warning: the interval is the difference, and independent seeds would never get there."""
    baseline = made_up(20, 1)[0]
    for shift, p in ((1.0, 0.0), (0.0, 1.0)):
        contrast = paired_contrast(baseline + shift, baseline)
        assert contrast.low == pytest.approx(shift, abs=1e-12)
        assert contrast.high == pytest.approx(shift, abs=1e-12)
        assert contrast.p_value == pytest.approx(p, abs=1e-100)
        assert contrast.is_resolved == (shift > 0)
        assert math.isinf(contrast.variance_ratio)
    still = paired_contrast(np.ones(20), np.ones(20))
    assert math.isnan(still.variance_ratio)
    assert (still.low, still.high, still.p_value) == (0, 0, 1)


def test_the_variance_ratio_is_what_independent_seeds_would_cost() -> None:
    """By hand, and against its value in the population within 10 %, some ten standard errors."""
    treated, baseline = np.array([1.0, 3.0, 8.0]), np.array([1.0, 2.0, 6.0])
    # Variances 13 and 7, of the differences 0, 1, 2: 1.
    assert variance_ratio(treated, baseline) == pytest.approx(20)
    assert math.isnan(variance_ratio(treated[:1], baseline[:1]))
    common, own, other = made_up(20_000, 3)
    treated, baseline = 3 * common + own, 3 * common + other
    # (10 + 10) / 2.
    assert variance_ratio(treated, baseline) == pytest.approx(10, rel=0.1)


def test_outcomes_of_a_run_sum_to_its_supply() -> None:
    """To the gram: what became of it, and where nothing is open what was dispatched and what was not."""
    tables = small_run()
    (row,) = tables["runs"].to_pylist()
    assert row["abandoned_g"] > 0
    assert row["open_g"] == 0
    # As if part of what was not offered had been held before.
    changed = {**row, "diverted_g": 7_000_001, "not_offered_g": row["not_offered_g"] + row["diverted_g"] - 7_000_001}
    tables = {**tables, "runs": pa.Table.from_pylist([changed], tables["runs"].schema)}
    outcomes = summarise(tables, frozenset(), (202401, 202412)).outcomes
    grams = {name: round(1e6 * outcomes[name]) for name, unit in OUTCOMES if unit == "t"}
    unsent = grams["not offered or diverted"]
    ends = ("landed", "seized at entry", "seized at departure", "abandoned", "open")
    assert unsent + sum(grams[name] for name in ends) == row["supply_g"]
    assert unsent + grams["dispatched"] == row["supply_g"]


def test_a_ratio_is_that_of_the_sums() -> None:
    """By hand: (1 + 9) / (10 + 10) less (2 + 2) / (10 + 40), where the means of ratios differ by 0.375."""
    treated, baseline = (np.array([1.0, 9.0]), np.array([10.0, 10.0])), (np.array([2.0, 2.0]), np.array([10.0, 40.0]))
    assert ratio_contrast(*treated, *baseline).difference == pytest.approx(0.5 - 0.08)
    assert linearised_ratio(*baseline).mean() == pytest.approx(0.08)


def test_a_ratio_with_a_constant_denominator_is_a_paired_contrast() -> None:
    """Exact: dividing by a constant changes the unit alone, in both intervals."""
    treated, baseline = made_up(25, 2)
    ratio = ratio_contrast(treated, np.full(25, 4.0), baseline, np.full(25, 4.0))
    paired = paired_contrast(treated / 4, baseline / 4)
    for field in dataclasses.fields(paired):
        assert getattr(ratio, field.name) == pytest.approx(getattr(paired, field.name), rel=1e-9), field.name


def test_the_linearised_ratio_has_the_spread_of_the_ratio() -> None:
    """Over 4,000 samples of 50 the variance of the ratio is that of the linearised mean, within 5 errors and 5 %."""
    common, own = made_up(200_000, 2).reshape(2, 4_000, 50)
    denominator = np.exp(0.3 * common)
    numerator = denominator * (0.4 + 0.1 * own)
    ratios = numerator.sum(axis=1) / denominator.sum(axis=1)
    linear = [linearised_ratio(y, x).var(ddof=1) / 50 for y, x in zip(numerator, denominator, strict=True)]
    assert np.mean(linear) == pytest.approx(ratios.var(ddof=1), rel=0.05 + 5 * math.sqrt(2 / 4_000))


def test_a_ratio_without_denominator_is_no_number() -> None:
    """Nothing seized and nothing landed: no share, no verdict, no warning."""
    contrast = ratio_contrast(np.zeros(20), np.zeros(20), np.ones(20), np.ones(20))
    assert math.isnan(contrast.difference)
    assert math.isnan(contrast.low)
    assert not contrast.is_resolved
    rare = np.eye(1, 20)[0]
    assert math.isfinite(ratio_contrast(rare, rare, np.ones(20), np.full(20, 2.0)).high)


def test_holm_by_hand() -> None:
    """Step-down: the smallest times 4, the next times 3, never below the one before; a NaN stays and counts."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == [1, 1]
    assert holm([0.02, math.nan]) == pytest.approx([0.04, math.nan], nan_ok=True)
    assert holm([]) == []


def test_few_finds_are_never_ranked() -> None:
    """The others follow in their given order, however large."""
    rows, values, finds = ["a", "b", "c", "d", "e"], [1.0, 9.0, 2.0, 3.0, 8.0], [30, 29.9, 100, math.nan, 5]
    assert rank(rows, values, finds) == (["c", "a"], ["b", "d", "e"])
    assert rank(rows, values, finds, least_finds=5) == (["b", "e", "c", "a"], ["d"])


@pytest.mark.parametrize(("parameter_sd", "noise_sd"), [(1.0, 3.0), (2.0, 0.5), (0.0, 1.0)])
def test_the_spread_of_draws_leaves_out_the_luck_of_replications(parameter_sd: float, noise_sd: float) -> None:
    """Known components are recovered within 5 standard errors, and the range is that of the parameters alone."""
    draws, replications = 4_000, 3
    effect = parameter_sd * made_up(draws, 1)[0][:, None]
    values = 10 + effect + noise_sd * made_up(draws * replications, 2)[1].reshape(draws, replications)
    spread = spread_over_draws(values)
    variance_of_means = parameter_sd**2 + noise_sd**2 / replications
    error = variance_of_means * math.sqrt(2 / draws)
    assert abs(spread.parameter_sd**2 - parameter_sd**2) < 5 * error
    assert spread.noise_sd**2 == pytest.approx(noise_sd**2, rel=5 * math.sqrt(2 / draws / (replications - 1)))
    # The standard error of a 97.5 % quantile of a normal sample is 2.67 sd / sqrt(n).
    tolerance = 5 * 2.67 * spread.parameter_sd / math.sqrt(draws)
    assert abs(spread.low - values.mean() + 1.96 * spread.parameter_sd) <= tolerance
    assert abs(spread.high - values.mean() - 1.96 * spread.parameter_sd) <= tolerance
    assert spread.high - spread.low < np.quantile(values.mean(axis=1), 0.975) - np.quantile(values.mean(axis=1), 0.025)


def test_luck_that_draws_share_is_not_subtracted_twice() -> None:
    """Replications in common move all draws alike: taken for noise of each they would hide the parameters."""
    draws, replications = 500, 4
    effect, luck = made_up(draws, 1)[0][:, None], 5 * made_up(replications, 1)[0]
    own = 0.5 * made_up(draws * replications, 2)[1].reshape(draws, replications)
    values = effect + luck + own
    shared, apart = spread_over_draws(values, luck_is_shared=True), spread_over_draws(values)
    assert abs(shared.parameter_sd**2 - effect.var(ddof=1)) < 5 * (1 + 0.25 / 4) * math.sqrt(2 / draws)
    assert apart.parameter_sd < 0.5 * shared.parameter_sd
    assert shared.noise_sd == apart.noise_sd > 3


def test_one_replication_does_not_tell_parameters_from_luck() -> None:
    """No number is better than a wrong one."""
    for shape in ((10, 1), (1, 10)):
        assert all(math.isnan(value) for value in dataclasses.astuple(spread_over_draws(np.ones(shape))))
    still = spread_over_draws(np.ones((4, 3)))
    assert dataclasses.astuple(still) == (1, 1, 0, 0)


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


def test_the_interception_share_is_seized_over_seized_and_landed_of_all_runs() -> None:
    """The share of an arm and the contrast of two are ratios of sums, not means of shares."""
    result = comparison(fall_t=40, noise_t=4)
    shares = {}
    for arm in (TREATED, BASELINE):
        seized, landed = (result.outcome(arm, name).sum() for name in ("seized at entry", "landed"))
        shares[arm] = seized / (seized + landed)
        assert result.outcome(arm, "interception share").mean() == pytest.approx(shares[arm])
    contrast = result.contrast(TREATED, BASELINE, "interception share")
    assert contrast.difference == pytest.approx(shares[TREATED] - shares[BASELINE])


def test_several_contrasts_are_judged_together() -> None:
    """Two contrasts at p = 0.037 are each resolved alone; adjusted for being two, at 0.074, neither is."""
    alone = comparison(fall_t=40, noise_t=4)
    for by_arm, change in zip(alone.summaries, (-0.5, 3.5, 2.0, 0.4, 3.0, 2.2), strict=True):
        by_arm[TREATED].outcomes["landed"] = by_arm[BASELINE].outcomes["landed"] - change
    ((contrast, p_alone, is_resolved),) = alone.family("landed")
    assert 0.025 < contrast.p_value == p_alone < 0.05
    assert contrast.is_resolved
    assert is_resolved
    both = Comparison(alone.arms, [*alone.contrasts, *alone.contrasts], alone.summaries)
    assert [(p, verdict) for _, p, verdict in both.family("landed")] == [(2 * p_alone, False)] * 2
    table = [row for row in comparison_tables(both)["contrasts"].to_pylist() if row["outcome"] == "landed"]
    assert [(row["p_holm"], row["is_resolved"]) for row in table] == [(2 * p_alone, False)] * 2
    assert (table[0]["low"], table[0]["high"], table[0]["t_low"]) == (contrast.low, contrast.high, contrast.t_low)
    assert table[0]["variance_ratio"] == contrast.variance_ratio
    # The sentence below the table has the words too.
    assert [printed(result).count("not resolved") for result in (alone, both)] == [1, 3]


@pytest.mark.parametrize("finds", [29.9, 30.0])
def test_ranges_are_ordered_by_flow_and_those_of_few_finds_come_last(finds: float) -> None:
    """The coast has the larger flow; with too few finds in a run it is below the line all the same."""
    result = comparison(fall_t=40, noise_t=4)
    for by_arm in result.summaries:
        for one in by_arm.values():
            one.places["north_range"] = (1e4, 5e3, 4e3, 500.0, 1e6, 1e5)
            one.places["coast:baltic_nordic"] = (2e4, 5e3, 4e3, finds, 1e6, 1e5)
    names = ("north range ", "baltic nordic, outside terminals", "fewer than 30 finds: not ranked")
    section = printed(result).partition("By port range")[2].partition("Calendar months")[0]
    at = [section.find(f"\n{name}") for name in names]
    assert (at[0] < at[2] < at[1]) if finds < 30 else (at[1] < at[0] and at[2] < 0)


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
    assert with_interval(value, value, value) == "0.0 [0.0, 0.0]"


def test_numbers_read_well() -> None:
    assert number(-1234.56) == "-1,234.6"
    assert number(12.3, sign=True) == "+12.3"
    assert number(math.nan) == number(math.inf) == "-"
    assert with_spread(3.0, math.inf) == "3.0"
    assert with_interval(59.8, -1.4, 121.0) == "+60 [-1, +121]"
    assert with_interval(2.0, -1.44, 9.0) == "+2.0 [-1.4, +9.0]"
    assert with_interval(2.0, -math.inf, math.inf) == with_interval(2.0, math.nan, math.nan) == "+2.0 (no interval)"
