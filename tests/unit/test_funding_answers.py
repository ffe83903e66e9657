"""Answers put together: cost of a kilogram, the knee, steps, gaps, shares of draws, and what is run on."""

from __future__ import annotations

import dataclasses as dc
import math

import numpy as np
import pytest
from scipy.stats import ttest_ind

from experiments.contrasts import half_width, paired_contrast
from experiments.funding.answers import (
    COORDINATION,
    POOLING,
    Curse,
    Simulated,
    compare_plans,
    eur_per_kg,
    goes_on,
    knee,
    marginal_t,
    rotated_grant,
    step,
    times_wider,
    welch,
)
from experiments.funding.make_question import make_question
from experiments.funding.planned import Planned, question_of
from experiments.funding.question import Plan, Question
from experiments.funding.simulated import FACTS, LANDED, LEVER_COST, LEVER_POSTS, Outcomes
from scenarios.world import Ints
from sim.streams import Floats, Stream, Streams
from tests.model_cases import small_case

BUDGET = 10_000_000_000


def question() -> Question:
    return make_question(small_case())


def runs(landed_t: Floats) -> Outcomes:
    return Outcomes({name: np.asarray(landed_t, np.float64) if name == LANDED else np.zeros(len(landed_t))
                     for name in FACTS}, {})  # fmt: skip


def plan(rule: str, kept_off_t: Floats, units: Ints | None = None, budget_cents: int = BUDGET) -> Simulated:
    """Return a plan that keeps off so much in each replication, against luck that all share."""
    asked = question()
    luck = 500 + 40 * np.sin(np.arange(len(kept_off_t)) * 7.0)
    bought = np.zeros(asked.shape, np.int64) if units is None else units
    planned = Planned(Plan(rule, budget_cents, bought), question_of(asked, rule), [], asked.base)
    return Simulated(planned, runs(luck - kept_off_t), runs(luck))


def noise(seed: int, number: int, size: int = 30) -> Floats:
    uniforms = Streams(seed, number).uniforms(Stream.BOOTSTRAP, np.arange(size), 2)
    normal: Floats = np.sqrt(-2 * np.log(uniforms[:, 0])) * np.cos(2 * np.pi * uniforms[:, 1])
    return normal


def test_eur_per_kg_is_cost_over_kilograms_with_the_ends_of_its_interval() -> None:
    one = plan("adaptive", 10 + noise(1, 0))
    cost = eur_per_kg(30e6, one.kept_off)
    assert cost.mean == pytest.approx(30e6 / (one.kept_off.difference * 1000))
    assert (cost.low, cost.high) == pytest.approx((30e6 / one.kept_off.high / 1000, 30e6 / one.kept_off.low / 1000))
    assert cost.low < cost.mean < cost.high


@pytest.mark.parametrize("mean", [0.0, -10.0])
def test_a_kilogram_that_is_not_kept_off_for_certain_has_no_cost(mean: float) -> None:
    """An interval that holds 0, and one below it: more would land."""
    values = mean + noise(1, 0) - noise(1, 0).mean()
    cost = eur_per_kg(30e6, paired_contrast(values, np.zeros(30)))
    assert not cost.is_resolved
    assert all(math.isnan(value) for value in (cost.mean, cost.low, cost.high))


def test_knee_is_where_the_curve_is_furthest_above_the_line() -> None:
    # Line from (0, 0) to (400, 8): 2 at 100, 4 at 200, 6 at 300; the curve is 3, 3.5 and 1.5 above it.
    assert knee([0, 100, 200, 300, 400], [0, 5, 7.5, 7.5, 8]) == 2
    assert knee([0, 100, 200], [0, 1, 2]) is None
    assert knee([0, 100, 200], [0, 0.5, 2]) is None
    assert knee([0, 100], [0, 5]) is None
    assert knee([0, 100, 200], [0, 0, 0]) is None


def test_marginal_is_per_ten_million() -> None:
    assert marginal_t([0, 50, 150], [0, 10, 15]) == [2.0, 0.5]


def test_welch_is_that_of_scipy() -> None:
    one, other = 5 + noise(1, 0, 12), 3 + 2 * noise(1, 1, 30)
    gap = welch(one, other)
    interval = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert (gap.mean, gap.low, gap.high) == pytest.approx((one.mean() - other.mean(), interval.low, interval.high))
    same = welch(np.full(3, 2.0), np.full(3, 1.5))
    assert (same.mean, same.low, same.high) == (0.5, 0.5, 0.5)


def test_curse_has_both_gaps() -> None:
    """What was chosen by luck promised 12 and gave 10 at first, and 8 on fresh luck."""
    first, fresh = plan("adaptive", np.full(30, 10.0)), plan("adaptive", 8 + noise(1, 2))
    curse = Curse(first, 12.0, fresh)
    mean = float(fresh.kept_off_t.mean())
    assert curse.gap_first.mean == pytest.approx(10 - mean)
    assert curse.gap_promised.mean == pytest.approx(12 - mean)
    assert curse.gap_promised.high - curse.gap_promised.mean == pytest.approx(half_width(fresh.kept_off_t))
    assert curse.gap_promised.is_resolved


def test_steps_are_paired_differences() -> None:
    plans = [plan(rule, kept + noise(1, i)) for i, (rule, kept) in
             enumerate({"national": 5.0, "joint_own": 7.0, "adaptive": 8.0, "traffic": 1.0}.items())]  # fmt: skip
    compared = compare_plans(BUDGET, plans, 10, 30)
    national, joint, adaptive, _ = (one.kept_off_t for one in plans)
    coordination, pooling = step(compared, COORDINATION), step(compared, POOLING)
    assert coordination is not None
    assert pooling is not None
    assert coordination.value.difference == pytest.approx(float((joint - national).mean()))
    assert pooling.value.difference == pytest.approx(float((adaptive - joint).mean()))
    assert step(compare_plans(BUDGET, plans[:1], 10, 30), COORDINATION) is None


def test_coordination_is_the_difference_of_what_plans_are_made_for() -> None:
    """Half a tonne less is kept off, with ten mobile units less, whose staff and running cost are worth 0.447 t each.

    Capital counts in the cost beside it only: EUR 2.16 million over ten years at 3 %.
    """
    units = np.zeros(question().shape, np.int64)
    units[0, 0] = 10
    yearly = 216_000 + 15 * 75_000
    plans = [plan("national", np.full(30, 6.0), units), plan("joint_own", np.full(30, 5.9))]
    found = step(compare_plans(BUDGET, plans, 10, 30), COORDINATION)
    assert found is not None
    assert found.kept_off.difference == pytest.approx(-0.1)
    assert found.value.difference == pytest.approx(-0.1 + 10 * yearly / 30_000 / 1000)
    assert found.cost_eur == pytest.approx(-10 * (yearly + 2.16e6 * 0.03 / (1 - 1.03**-10)), rel=1e-9)


def test_drives_of_units_that_rotate_count_in_value_and_cost() -> None:
    """EUR 3 million a year and ten posts are EUR 3.75 million: 0.125 t at 30,000 EUR per kg; without posts 0.1 t."""
    one = plan("rotating", 10 + noise(1, 0))
    one.found.facts.update({LEVER_COST: np.full(30, 3.5e6), LEVER_POSTS: np.full(30, 12.0)})
    one.baseline.facts.update({LEVER_COST: np.full(30, 0.5e6), LEVER_POSTS: np.full(30, 2.0)})
    assert one.kept_off_t - one.value_t == pytest.approx(np.full(30, 0.125))
    assert one.yearly_cost_eur == pytest.approx(3.75e6)
    assert one.eur_per_kg.mean == pytest.approx(3.75e6 / (one.kept_off.difference * 1000))
    fixed = dc.replace(one.planned, question=dc.replace(one.planned.question, staffing="fixed"))
    assert Simulated(fixed, one.found, one.baseline).yearly_cost_eur == pytest.approx(3e6)


def test_a_grant_where_units_rotate_is_less_rotating_alone() -> None:
    """Over the replications that both have: a plan may be left early."""
    alone, more = plan("rotating", 4 + noise(1, 0)), plan("rotating", 7 + noise(1, 1, 10))
    compared = compare_plans(BUDGET, [more, plan("adaptive", 9 + noise(1, 2))], 10, 30)
    found = rotated_grant(compared, alone)
    assert found is not None
    assert found.kept_off.difference == pytest.approx(float((more.kept_off_t - alone.kept_off_t[:10]).mean()))
    assert rotated_grant(compared, None) is None


def test_plans_that_are_answers_are_run_on_and_others_left() -> None:
    kept = {"national": 1.0, "traffic": 1.0, "threat": 9.9, "adaptive": 10.0, "joint_own": 2.0, "equipment_only": 0.0}
    plans = [plan(rule, kept_t + 0.1 * noise(1, i, 10)) for i, (rule, kept_t) in enumerate(kept.items())]
    # Traffic is behind for certain; the others are answers, tied, or have other staff.
    assert goes_on(plans).tolist() == [True, False, True, True, True, True]


def test_best_recommended_and_tied() -> None:
    one = plan("adaptive", 10 + noise(1, 0))
    # Better by 0.05 on average, with a standard deviation of the difference of 0.46.
    better = plan("threat", 10 + noise(1, 0) + np.tile([0.5, -0.4], 15))
    left = plan("traffic", noise(1, 2, 10))
    free = plan("equipment_only", 100 + noise(1, 3))
    compared = compare_plans(BUDGET, [left, one, better, free], 10, 30)
    assert compared.best is better
    assert compared.standing(one) == "tied"
    assert compared.recommended is one, "tied with the best: what is optimised is recommended"
    assert compared.standing(left) == "left early"
    assert compared.standing(free) == "other staff"
    for_certain = compare_plans(BUDGET, [one, plan("threat", 20 + noise(1, 1))], 10, 30)
    assert for_certain.recommended.planned.rule == for_certain.best.planned.rule == "threat"
    assert for_certain.standing(one) == "behind", "what is an answer itself is run to the end"


def test_yearly_cost_counts_when_the_best_is_sought() -> None:
    """Ten mobile units with 15 posts and their running cost are worth 447 kg a year at 30,000 EUR."""
    units = np.zeros(question().shape, np.int64)
    units[0, 0] = 10
    one, free = plan("traffic", np.full(30, 5.0), units), plan("adaptive", np.full(30, 4.7))
    assert one.value_t == pytest.approx(np.full(30, 5 - 10 * (216_000 + 15 * 75_000) / 30_000 / 1000))
    assert compare_plans(BUDGET, [one, free], 10, 30).best is free
    assert question_of(question(), "equipment_only").staffing == "fixed"


def test_times_wider() -> None:
    """Six replications instead of thirty: t is 2.571 and 2.045, and the root of five."""
    assert times_wider(6, 30) == pytest.approx(2.5706 / 2.0452 * math.sqrt(5), rel=1e-4)
    assert times_wider(30, 30) == 1
