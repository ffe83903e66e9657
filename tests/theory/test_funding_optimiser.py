"""The optimiser of equipment funding against exhaustive search, published allocations, and what must hold exactly."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest

from agents.allocation import greedy_units
from experiments.funding import rules
from experiments.funding.choice_of_ways import Ways, best_choice, efficient
from experiments.funding.direct import direct_gain, efficient_ways
from experiments.funding.limits import Limits
from experiments.funding.optimise import Search, Task, optimise
from experiments.funding.rules import RULES, adaptive, joint_own, make_plans, national, nothing, threat
from experiments.funding.surrogate import Fitted, objective
from sim.streams import Stream, Streams
from tests.funding_cases import all_portfolios, most, toy, with_limits

WEIGHTS, RATES = np.array([50.0, 30.0, 15.0, 5.0]), np.array([0.10, 0.15, 0.20, 0.25])
NO_STAKE = Fitted(stake=0.0)


def plain_limits(budget: int, sites: int, units: int, grant: int = 1) -> Limits:
    """Return limits of one type in one country."""
    return Limits(
        np.array([grant]), np.full((sites, 1), units), np.zeros(sites, np.int64), budget, np.array([budget]),
        np.array([0]),
    )  # fmt: skip


def test_exact_choice_of_four_places_and_thirty_units() -> None:
    """T33 in whole units: 15, 9, 5, 1 gain 71.654089, by the mixed-integer program too."""
    count = np.tile(np.arange(31), 4)
    site = np.repeat(np.arange(4), 31)
    ways = Ways(site, count[:, None], WEIGHTS[site] * (1 - np.exp(-RATES[site] * count)))
    units = best_choice(ways, plain_limits(30, 4, 30))
    assert units[:, 0].tolist() == [15, 9, 5, 1]
    assert units[:, 0].tolist() == greedy_units(WEIGHTS, RATES, 30).tolist()
    assert (WEIGHTS * (1 - np.exp(-RATES * units[:, 0]))).sum() == pytest.approx(71.654089, abs=5e-7)


def test_greed_by_euro_fails_where_the_program_does_not() -> None:
    """A knapsack of 10: by gain per euro one takes 6 for 30 and is left with 4; two of 5 for 24 each are better."""
    ways = Ways(
        np.array([0, 0, 1, 1, 2, 2]), np.array([[0], [6], [0], [5], [0], [5]]), np.array([0, 30, 0, 24, 0, 24.0])
    )
    assert best_choice(ways, plain_limits(10, 3, 9)).ravel().tolist() == [0, 5, 5]


def test_efficient_ways_by_hand() -> None:
    """Dearer without more gain is out; as dear with less is out; the first of nothing stays."""
    kept = efficient(np.array([0, 3, 2, 3, 5]), np.array([0.0, 4.0, 4.0, 6.0, 5.0]))
    assert kept.tolist() == [0, 2, 3]


@pytest.mark.parametrize("staffing", ["matching", "fixed"])
def test_optimiser_is_exhaustive_search(seed: int, staffing: str) -> None:
    """Three types at three ports, up to 5,800 portfolios, and at two: the best of all is found every time."""
    for case in range(3):
        ports = 3 if case == 0 and staffing == "matching" else 2
        t = toy(seed, case, ports=ports, most=(2, 1, 2), staffing=staffing)  # type: ignore[arg-type]
        budget = t.question.budgets_cents[1 + (case + seed) % 3]
        everything = all_portfolios(Limits.of(t.question, budget))
        best = most(objective(t.surrogate, t.question, everything))
        units = adaptive(t.question, t.surrogate, budget)
        assert Limits.of(t.question, budget).is_affordable(units)
        assert float(objective(t.surrogate, t.question, units)) == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_optimiser_is_exhaustive_search_within_caps_and_floors(seed: int) -> None:
    """The same with half of the money at most for one country and a fifth kept for the other."""
    cases = [(case, ports) for case in range(8) for ports in (3, 2)]
    of_two = [(case, ports) for case, ports in cases if len(toy(seed, case, ports=ports).question.countries) == 2]
    chosen = [next(one for one in of_two if one[1] == ports) for ports in (3, 2)]
    for case, ports in chosen:
        t = toy(seed, case, ports=ports, most=(2, 1, 2))
        first, last = t.question.countries
        t = with_limits(t, caps={first: 0.5}, floors={last: 0.2})
        budget = t.question.budgets_cents[2 + (case + seed) % 2]
        limits = Limits.of(t.question, budget)
        everything = all_portfolios(limits)
        best = most(objective(t.surrogate, t.question, everything))
        units = adaptive(t.question, t.surrogate, budget)
        assert limits.is_affordable(units)
        assert float(objective(t.surrogate, t.question, units)) == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_local_search_alone_is_exhaustive_search_where_steps_are_single_units(seed: int) -> None:
    """Two ports, more ways than are listed (4 x 3 x 7 = 84): steps and pairs of steps find the best nearly always.

    From nothing, without the program; of the gain of the best no more than 1 % is missed in sum.
    """
    missed, gained = 0.0, 0.0
    for case in range(10):
        t = toy(seed, case, ports=2, most=(3, 2, 6))
        budget = t.question.budgets_cents[-1]
        limits = Limits.of(t.question, budget)
        task = Task.of(t.question, t.surrogate, limits)
        best = most(objective(t.surrogate, t.question, all_portfolios(limits)))
        found = float(objective(t.surrogate, t.question, optimise(task, [nothing(t.question)])))
        assert found <= best + 1e-9
        missed, gained = missed + best - found, gained + best
    assert missed <= 0.01 * gained


@pytest.mark.parametrize("staffing", ["matching", "fixed"])
def test_threat_is_exhaustive_search_while_flows_stay(seed: int, staffing: str) -> None:
    """The direct effect is what the surrogate says without followers, and its best portfolio is found exactly."""
    for case in range(8):
        t = toy(seed, case, ports=3, most=(2, 1, 2), staffing=staffing)  # type: ignore[arg-type]
        still = t.surrogate.without_followers()
        for budget in t.question.budgets_cents[1:]:
            everything = all_portfolios(Limits.of(t.question, budget))
            best = most(objective(still, t.question, everything))
            units = threat(t.question, t.surrogate, budget)
            assert float(objective(still, t.question, units)) == pytest.approx(best, rel=1e-7, abs=1e-7)
            by_site = direct_gain(t.surrogate, np.arange(3), units).sum()
            assert float(objective(still, t.question, units)) == pytest.approx(by_site, rel=1e-9, abs=1e-9)


def test_ways_left_out_are_never_better(seed: int) -> None:
    """Every way to equip a port is matched by one that is kept, at most as dear and gaining as much."""
    for case in range(6):
        t = toy(seed, case, ports=2, most=(3, 2, 4))
        kept, limits = efficient_ways(t.surrogate), Limits.of(t.question, 10**12)
        ways = np.stack(np.meshgrid(*(np.arange(n + 1) for n in (3, 2, 4)), indexing="ij"), axis=-1).reshape(-1, 3)
        for site in range(2):
            own = kept.rows(np.flatnonzero(kept.site == site))
            for way, gain in zip(ways, direct_gain(t.surrogate, np.full(len(ways), site), ways), strict=True):
                is_cheaper = own.units @ limits.grant_cents <= way @ limits.grant_cents
                assert own.gain[is_cheaper].max() >= gain - 1e-9


def test_without_a_stake_adaptive_is_threat(seed: int) -> None:
    """Displacement absent: who sees it does what who does not see it does, and they gain the same."""
    for case in range(6):
        t = toy(seed, case, ports=5, most=(3, 2, 3), fitted=NO_STAKE)
        budget = t.question.budgets_cents[-1]
        of_both = [
            float(objective(t.surrogate, t.question, rule(t.question, t.surrogate, budget)))
            for rule in (adaptive, threat)
        ]
        assert of_both[0] == pytest.approx(of_both[1], rel=1e-9)
        still = t.surrogate.without_followers()
        units = threat(t.question, t.surrogate, budget)
        assert t.surrogate.kept_off_t(units) == pytest.approx(float(still.kept_off_t(units)), rel=1e-12)


def test_seeing_displacement_is_worth_something(seed: int) -> None:
    """With a stake it is never worse, and in some case better."""
    gains = []
    for case in range(6):
        t = toy(seed, case, ports=5, most=(3, 1, 3), fitted=Fitted(stake=2.0))
        budget = t.question.budgets_cents[-1]
        values = [
            float(objective(t.surrogate, t.question, rule(t.question, t.surrogate, budget)))
            for rule in (adaptive, threat)
        ]
        gains.append(values[0] - values[1])
    assert min(gains) >= -1e-9
    assert max(gains) > 1e-3


def test_more_money_never_lowers_the_objective(seed: int) -> None:
    """Exactly, at many budgets, for the rules that optimise; and every plan of every rule keeps to its budget."""
    t = toy(seed, ports=4, most=(4, 2, 4))
    budgets = [int(share * 2 * t.question.budgets_cents[1]) for share in np.arange(0, 5, 1.3)]
    plans = make_plans(t.question, t.surrogate, budgets)
    for plan in plans:
        assert Limits.of(t.question, plan.budget_cents).is_affordable(plan.units), plan.rule
    for rule in ("adaptive", "joint_own", "equipment_only"):
        staffing = "fixed" if rule == "equipment_only" else "matching"
        asked = dc.replace(t.question, staffing=staffing)
        of_rule = np.array([plan.units for plan in plans if plan.rule == rule])
        values = objective(t.surrogate, asked, of_rule)
        assert (np.diff(values) >= 0).all(), (rule, values)


def test_who_may_do_more_is_never_worse(seed: int) -> None:
    """Pooled envelopes at least as good as own ones, and these at least as good as states by themselves."""
    for case in range(2):
        t = toy(seed, case, ports=4, most=(4, 2, 4))
        plans = make_plans(t.question, t.surrogate, t.question.budgets_cents[1:], RULES)
        value = {
            (plan.rule, plan.budget_cents): float(objective(t.surrogate, t.question, plan.units)) for plan in plans
        }
        for budget in t.question.budgets_cents[1:]:
            assert value["adaptive", budget] >= value["joint_own", budget] >= value["national", budget]
            assert value["rotating", budget] == value["adaptive", budget]
            for rule in ("threat", "traffic", "seizures", "nothing"):
                assert value["adaptive", budget] >= value[rule, budget] - 1e-9


def test_no_state_gains_by_one_step_at_the_fixed_point(seed: int) -> None:
    """National plans are answers to each other: no change at one port serves the state that owns it."""
    for case in range(4):
        t = toy(seed, case, ports=5, most=(2, 1, 2))
        budget = t.question.budgets_cents[-1]
        units = national(t.question, t.surrogate, budget).units
        limits = Limits.of(t.question, budget, t.question.envelopes)
        assert limits.is_affordable(units)
        for row, country in enumerate(t.question.countries):
            own = np.array([1.0 if one == country else 0.0 for one in t.baseline.country])
            goal = t.surrogate.goal._replace(ports=own, coasts=np.zeros(2))
            task = Task.of(t.question, t.surrogate, limits, goal, np.flatnonzero(limits.country == row))
            improved = Search(task, units)
            before = improved.value
            improved.improve()
            assert improved.value <= before + 2 * task.least_gain


def test_who_came_to_rest_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """At rest one more round changes nothing; after a single round that bought something nobody knows."""
    t = toy(1, 2, ports=3, most=(2, 1, 1))
    budget = t.question.budgets_cents[-1]
    plan = national(t.question, t.surrogate, budget)
    assert plan.is_settled
    assert plan.units.any()
    monkeypatch.setattr(rules, "MOST_ROUNDS", 1)
    again = national(t.question, t.surrogate, budget, [plan.units])
    assert again.is_settled
    assert (again.units == plan.units).all()
    assert not national(t.question, t.surrogate, budget).is_settled


def test_a_state_alone_does_what_all_do_together() -> None:
    """With a single country that also counts the coasts, own envelopes are pooled envelopes."""
    t = toy(4, 1, ports=2, most=(2, 1, 1))
    sites = tuple(dc.replace(site, country="BE") for site in t.question.sites)
    question = dc.replace(t.question, sites=sites, envelopes={"BE": 1.0})
    surrogate = t.surrogate.asked(question)
    budget = question.budgets_cents[-1]
    assert (joint_own(question, surrogate, budget) == adaptive(question, surrogate, budget)).all()


@pytest.mark.parametrize("rule", RULES)
def test_zero_budget_buys_nothing(rule: str) -> None:
    """No unit by any rule, and nothing kept off: the baseline itself."""
    t = toy(6, 2, ports=5)
    (plan,) = make_plans(t.question, t.surrogate, [0], [rule])
    assert not plan.units.any()
    assert float(t.surrogate.kept_off_t(plan.units)) == 0.0
    assert float(t.surrogate.landed_t(plan.units)) == pytest.approx(t.baseline.landed_t, rel=1e-12)


def test_what_costs_more_than_it_keeps_off_is_not_bought() -> None:
    """If a kilogram kept off is worth next to nothing, matching staff is never paid for."""
    t = toy(6, 2, ports=5)
    question = dc.replace(t.question, worth_eur_per_kg=0.01)
    for rule in (adaptive, threat, joint_own):
        assert not rule(question, t.surrogate.asked(question), question.budgets_cents[-1]).any()


def test_gains_of_steps_are_what_the_objective_says(seed: int) -> None:
    """Increments over ranges give what whole portfolios do, for single changes and for pairs."""
    t = toy(seed, 3, ports=5, most=(3, 1, 3))
    task = Task.of(t.question, t.surrogate, Limits.of(t.question, 10**12))
    start = Streams(seed, 1).generator(Stream.PRIOR_DRAW).integers(0, 2, t.question.shape)
    search = Search(task, start)
    changes = task.neighbours.of(task.free, start)
    after = np.repeat(start[None], changes.site.size, axis=0)
    after[np.arange(changes.site.size), changes.site] = changes.units
    np.testing.assert_allclose(search.gains(changes), task.value(after) - task.value(start), rtol=0, atol=1e-9)
    first, second = np.triu_indices(changes.site.size, 1)
    is_pair = changes.site[first] != changes.site[second]
    first, second = first[is_pair][::7], second[is_pair][::7]
    both = after[first].copy()
    both[np.arange(first.size), changes.site[second]] = changes.units[second]
    gains = search.pair_gains(changes.rows(first), changes.rows(second))
    np.testing.assert_allclose(gains, task.value(both) - task.value(start), rtol=0, atol=1e-9)
