"""Players, their sets and regimes, and the parts of a gain."""

from __future__ import annotations

import dataclasses as dc
import datetime

import numpy as np
import pytest

from agents.regime import make_regime
from experiments.decompose.game import NOBODY, Players
from experiments.decompose.players import Question, ask
from experiments.decompose.runs import CaseRuns, Duration, case_runs, run_table
from experiments.decompose.study import (
    ALL,
    ALONE,
    INTERACTION,
    KEPT_OFF,
    REMOVED,
    SEIZED,
    SHAPLEY,
    TOTAL,
    Decomposition,
    decompose,
    value_g,
)
from experiments.run import run
from experiments.settings import case_with, load
from scenarios.build_world import build_world
from scenarios.case import Case, LeverSpec
from scenarios.errors import InputError
from scenarios.levers import lever_terms
from tests.decompose_cases import TOGETHER, TONNE, WORTH, fake_table
from tests.model_cases import assert_same, small_case, with_parameters

GROUPS = {"knowing": ("criteria", "intelligence", "unheard_of"), "having": ("placement", "equipment"), "void": ()}
PAIRS = (("criteria", "equipment"),)
ALL_FOUR = frozenset({"criteria", "intelligence", "placement", "equipment"})


def four(regime: str) -> Case:
    """Return the small case under a regime of which only four levers are left."""
    case = case_with(small_case(), regime)
    levers = {name: spec for name, spec in case.regime.levers.items() if name in ALL_FOUR}
    return dc.replace(case, regime=dc.replace(case.regime, levers=levers))


ARMS = four("national_rule"), four("alliance_rule")


def question(groups: dict[str, tuple[str, ...]] = GROUPS) -> Question:
    return ask(*ARMS, groups, PAIRS)


def fake_runs(asked: Question, replications: int = 4, noise: int = 1000) -> dict[Players, CaseRuns]:
    table = fake_table([], noise=noise)
    return {s: case_runs([table(asked.case(s), 1, number) for number in range(replications)]) for s in asked.sets()}


def test_players_are_the_levers_that_differ_and_groups_without_one_vanish() -> None:
    asked = question()
    assert asked.groups == {"knowing": ("criteria", "intelligence"), "having": ("placement", "equipment")}
    baseline, treated = ARMS
    same = dc.replace(treated.regime.levers["criteria"], scope="national")
    fewer = dc.replace(treated, regime=dc.replace(treated.regime, levers=treated.regime.levers | {"criteria": same}))
    assert ask(baseline, fewer, GROUPS, PAIRS).groups["knowing"] == ("intelligence",)
    assert ask(baseline, fewer, GROUPS, PAIRS).pairs == ()


def test_a_lever_that_is_off_in_one_arm_or_starts_later_is_a_player() -> None:
    baseline, treated = ARMS
    frozen = case_with(baseline, "frozen")
    assert set(ask(frozen, treated, GROUPS, ()).levers) == ALL_FOUR
    later = {"criteria": LeverSpec("national", start=datetime.date(2024, 6, 1))}
    moved = dc.replace(baseline, regime=dc.replace(baseline.regime, levers=baseline.regime.levers | later))
    assert ask(baseline, moved, GROUPS, ()).levers == ("criteria",)


def test_a_lever_without_strength_is_left_out_and_named() -> None:
    weak = [with_parameters(arm, "criteria", strength=0) for arm in ARMS]
    asked = ask(*weak, GROUPS, PAIRS)
    assert asked.groups["knowing"] == ("intelligence",)
    assert asked.without_strength == ("criteria",)


def test_sets_are_all_sets_of_groups_each_lever_alone_and_left_out_and_the_pairs() -> None:
    sets = question().sets()
    assert len(sets) == len(set(sets)) == 4 + 4 + 4 + 1
    assert sets[0] == NOBODY
    assert {ALL_FOUR, ALL_FOUR - {"criteria"}, frozenset({"placement"}), frozenset(PAIRS[0])} <= set(sets)
    five = {str(i): (f"a{i}", f"b{i}") for i in range(5)}
    assert len(Question(*ARMS, five, ()).sets()) == 32 + 10 + 10
    assert len(Question(*ARMS, {name: levers[:1] for name, levers in five.items()}, ()).sets()) == 32


def test_the_regime_of_a_set() -> None:
    asked, (baseline, treated) = question(), ARMS
    assert asked.case(NOBODY) is baseline
    assert asked.case(ALL_FOUR) is treated
    case = asked.case(frozenset({"placement", "criteria"}))
    assert case.regime.name == "national_rule_with_criteria_and_placement"
    assert {name: spec.scope for name, spec in case.regime.levers.items()} == {
        "criteria": "alliance", "placement": "alliance", "intelligence": "national", "equipment": "national"
    }  # fmt: skip
    assert case.parameters == treated.parameters
    assert len({asked.case(levers).digest() for levers in asked.sets()}) == len(asked.sets())


def test_all_but_one_lever_is_the_derived_regime() -> None:
    """The same run as alliance_rule_minus_criteria, which comes from another place."""
    asked = question()
    derived = four("alliance_rule_minus_criteria")
    of_set = asked.case(ALL_FOUR - {"criteria"})
    assert make_regime(of_set.regime, of_set.parameters).spec.levers == derived.regime.levers
    assert_same(run(derived, 1, 0), run(of_set, 1, 0), "arm")


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ({"a": ("criteria",)}, "lever_groups: equipment is in no group"),
        ({**GROUPS, "b": ("criteria",)}, "lever_groups: criteria is in knowing and in b"),
    ],
)
def test_groups_that_are_no_partition_are_refused(groups: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        question(groups)


def test_more_than_five_groups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.decompose.players.MOST_GROUPS", 3)
    with pytest.raises(InputError, match="4 groups with levers that differ are not allowed; allowed: at most 3"):
        question({lever: (lever,) for lever in sorted(ALL_FOUR)})


def test_regimes_that_differ_in_something_else_or_in_nothing_are_refused() -> None:
    baseline, treated = ARMS
    with pytest.raises(InputError, match="two with different levers"):
        ask(baseline, baseline, GROUPS, ())
    with pytest.raises(InputError, match="one of them has no controls"):
        ask(case_with(baseline, "none"), treated, GROUPS, ())
    half = dc.replace(treated, regime=dc.replace(treated.regime, participants=("BE", "NL")))
    with pytest.raises(InputError, match="others take part"):
        ask(half, treated, GROUPS, ())
    assert set(ask(baseline, half, GROUPS, ()).case(frozenset({"criteria"})).regime.participants) == {"BE", "NL"}


def test_every_lever_has_one_group_by_default() -> None:
    groups = load([])[1].lever_groups
    assert len(groups) <= 5
    for lever in lever_terms():
        assert sum(lever in levers for levers in groups.values()) == 1, lever


def test_the_parts_of_a_known_gain() -> None:
    """Criteria 7, intelligence 2, placement 4, and 3 that criteria and equipment add to each other."""
    asked = question()
    result = decompose(asked, fake_runs(asked, noise=0))
    expected = {
        (ALL, TOTAL): 16.0, ("knowing", SHAPLEY): 10.5, ("having", SHAPLEY): 5.5, ("knowing", ALONE): 9.0,
        ("knowing", REMOVED): 12.0, ("criteria", ALONE): 7.0, ("criteria", REMOVED): 10.0, ("equipment", ALONE): 0.0,
        ("equipment", REMOVED): 3.0, ("placement", ALONE): 4.0, ("criteria x equipment", INTERACTION): 3.0,
    }  # fmt: skip
    assert (WORTH["criteria"], TOGETHER) == (7 * TONNE, 3 * TONNE)
    for (name, kind), tonnes in expected.items():
        assert result.part(name, kind, KEPT_OFF).contrast.difference == pytest.approx(tonnes, abs=1e-9)
        assert result.part(name, kind, SEIZED).contrast.difference == pytest.approx(tonnes / 2, abs=1e-9)
    assert len(result.parts) == 2 * (1 + 2 + 2 * 2 + 2 * 4 + 1)


def values_of(result: Decomposition, outcome: str) -> tuple[float, float]:
    parts = [p.contrast.difference for p in result.parts if (p.kind, p.outcome) == (SHAPLEY, outcome)]
    return sum(parts), result.part(ALL, TOTAL, outcome).contrast.difference


def test_shapley_values_sum_to_the_gain() -> None:
    asked = question()
    result = decompose(asked, fake_runs(asked, noise=400_000))
    for outcome in (KEPT_OFF, SEIZED):
        summed, total = values_of(result, outcome)
        assert summed == pytest.approx(total, rel=1e-12)


def test_what_luck_may_have_made_is_not_resolved() -> None:
    asked = question()
    result = decompose(asked, fake_runs(asked, noise=1_500_000))
    assert not result.part("equipment", ALONE, KEPT_OFF).is_resolved
    assert result.part("criteria", ALONE, KEPT_OFF).contrast.replications == 4
    quiet = decompose(asked, fake_runs(asked, noise=1000))
    assert quiet.part("criteria", ALONE, KEPT_OFF).is_resolved
    assert not quiet.part("equipment", ALONE, KEPT_OFF).is_resolved, "exactly nothing is no effect"


def test_money_is_compared_over_all_sets() -> None:
    asked = question()
    runs = fake_runs(asked)
    assert decompose(asked, runs).has_equal_money
    other = frozenset({"criteria"})
    more = dc.replace(runs[other], appropriated=runs[other].appropriated + np.array([0, 0, 1]))
    assert not decompose(asked, {**runs, other: more}).has_equal_money


def test_a_run_gives_its_masses_and_accounts() -> None:
    case = ARMS[0]
    table = run_table(case, 1, 0)
    runs, row = case_runs([table, table]), run(case, 1, 0)["runs"].to_pylist()[0]
    assert runs.landed_g.tolist() == [row["landed_g"]] * 2
    assert value_g(runs, KEPT_OFF).tolist() == [-row["landed_g"]] * 2
    assert value_g(runs, SEIZED).tolist() == [row["seized_entry_g"]] * 2
    finance, here = case.parameters.finance, build_world(case.world, case.parameters, case.good).eu_traffic_share
    assert runs.appropriated[0, 0] == round(100 * here * finance.capital_eur_per_year)
    assert runs.appropriated[0, 1] == round(100 * here * finance.programme_eur_per_year)
    assert (runs.committed <= runs.appropriated).all()
    assert table["seconds"][0].as_py() > 0


def test_both_arms_are_given_the_same_and_the_sets_between_them_too() -> None:
    asked = question()
    some = [NOBODY, frozenset({"placement"}), ALL_FOUR]
    given = [case_runs([run_table(asked.case(levers), 1, 0)]).appropriated.tolist() for levers in some]
    assert given[0] == given[1] == given[2]


def test_how_long_it_takes_is_said_in_words() -> None:
    duration = Duration(runs=208, left=200, seconds_a_run=6.0)
    assert duration.in_words(2) == (
        "208 runs, 8 of them done; one takes 6.0 s: about 20 min with 1 worker, 10 min with 2 workers. Here: 2."
    )
    assert "about 20 s with 1 worker, 10 s with 2 workers, 4 s with 8 workers" in Duration(10, 10, 2.0).in_words(8)
    assert "5.6 h with 1 worker" in Duration(2000, 2000, 10.0).in_words(1)
