"""Allocation against theory, published examples and exhaustive search."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import brentq, linprog, minimize
from scipy.special import softmax

from agents.allocation import greedy_units, quantal_response, stackelberg, water_filling
from sim.streams import Floats, Stream, Streams

# ---- flows that stay -----------------------------------------------------------------------------------------------

# Test T33: four places, thirty units.
WEIGHTS, RATES, BUDGET = np.array([50.0, 30.0, 15.0, 5.0]), np.array([0.10, 0.15, 0.20, 0.25]), 30


def found(effort: Floats, weights: Floats = WEIGHTS, rates: Floats = RATES) -> float:
    """Return what effort gains."""
    return float((weights * (1 - np.exp(-rates * effort))).sum())


def test_water_filling_of_four_places():
    """T33: the optimum, its value and its price, each to its last digit."""
    effort = water_filling(WEIGHTS, RATES, BUDGET)
    np.testing.assert_allclose(effort, [15.117549, 9.375963, 5.004646, 0.501842], rtol=0, atol=5e-7)
    assert effort.sum() == pytest.approx(BUDGET, rel=1e-14)
    assert found(effort) == pytest.approx(71.699594, abs=5e-7)
    np.testing.assert_allclose(WEIGHTS * RATES * np.exp(-RATES * effort), 1.10261322, rtol=0, atol=5e-9)


def test_other_ways_to_divide_are_worse():
    """T33: whole units one by one, in proportion to weight, equally."""
    units = greedy_units(WEIGHTS, RATES, BUDGET)
    assert units.tolist() == [15, 9, 5, 1]
    assert found(units) == pytest.approx(71.654089, abs=5e-7)
    assert found(BUDGET * WEIGHTS / WEIGHTS.sum()) == pytest.approx(71.531293, abs=5e-7)
    assert found(np.full(4, BUDGET / 4)) == pytest.approx(62.528371, abs=5e-7)


@pytest.mark.parametrize("budget", [1e-9, 0.3, 7.0, 500.0])
def test_effort_gains_the_same_wherever_it_goes(seed, budget):
    """The conditions of Kuhn and Tucker, which suffice because each gain is concave."""
    draw = Streams(seed, 0).generator(Stream.PRIOR_DRAW)
    weights, rates = np.exp(draw.normal(0, 3, 40)), np.exp(draw.normal(-2, 2, 40))
    effort = water_filling(weights, rates, budget)
    slope = weights * rates * np.exp(-rates * effort)
    used = effort > 0
    assert used.any()
    assert (effort >= 0).all()
    assert effort.sum() == pytest.approx(budget, rel=1e-12)
    np.testing.assert_allclose(slope[used], slope[used][0], rtol=1e-10)
    assert (slope[~used] <= slope[used][0] * (1 + 1e-10)).all()


def test_places_without_gain_get_nothing():
    """No weight or no rate, no effort; nothing to gain, no effort at all; no budget, neither."""
    effort = water_filling(np.array([0.0, 2.0, 3.0]), np.array([1.0, 0.5, 0.0]), 4.0)
    assert effort.tolist() == [0.0, 4.0, 0.0]
    assert water_filling(np.array([0.0, 1.0]), np.array([1.0, 0.0]), 4.0).tolist() == [0.0, 0.0]
    assert water_filling(WEIGHTS, RATES, 0.0).tolist() == [0.0] * 4
    assert greedy_units(np.array([0.0, 1.0]), np.array([1.0, 0.0]), 4).tolist() == [0, 0]
    assert greedy_units(WEIGHTS, RATES, 0).tolist() == [0] * 4


def test_equal_places_get_equal_effort():
    """And whole units one each, the first place first."""
    assert water_filling(np.ones(4), np.ones(4), 6.0).tolist() == [1.5] * 4
    assert greedy_units(np.ones(4), np.ones(4), 6).tolist() == [2, 2, 1, 1]


def test_greedy_units_are_the_best_of_all_ways(seed):
    """All ways to place six units at four places, none better; and none as good as effort that can be divided."""
    draw = Streams(seed, 0).generator(Stream.PRIOR_DRAW)
    ways = np.array([way for way in itertools.product(range(7), repeat=4) if sum(way) == 6])
    for _ in range(20):
        weights, rates = draw.uniform(0, 10, 4), draw.uniform(0, 1.5, 4)
        best = max(found(way, weights, rates) for way in ways)
        units = greedy_units(weights, rates, 6)
        assert units.sum() == 6
        assert found(units, weights, rates) == pytest.approx(best, rel=1e-14)
        assert found(water_filling(weights, rates, 6), weights, rates) >= best


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (water_filling, ([1, -2], [1, 1], 1), "weights has -2; allowed: finite numbers, 0 or more"),
        (water_filling, ([1, 2], [1, np.nan], 1), "rates has nan; allowed: finite numbers, 0 or more"),
        (water_filling, ([1, 2], [1, 1, 1], 1), r"rates has shape \(3,\); allowed: one row, .* as long as weights"),
        (water_filling, ([], [], 1), r"weights has shape \(0,\); allowed: one row, not empty"),
        (water_filling, ([1, 2], [1, 1], -1), "budget is -1; allowed: a finite number, 0 or more"),
        (greedy_units, ([1, 2], [1, 1], 1.5), "units is 1.5; allowed: a whole number"),
        (greedy_units, ([1, 2], [1, 1], -1), "units is -1; allowed: a finite number, 0 or more"),
        (stackelberg, ([1, 2], [1, 1], [0, 0], [1, 1], np.inf), "resources is inf; allowed: a finite number, 0"),
        (stackelberg, ([1, 2], [1, 1], [0, 0, 0], [1, 1], 1), r"attacker_covered has shape \(3,\); allowed: one row"),
        (stackelberg, ([1, 2], [1, np.inf], [0, 0], [1, 1], 1), "defender_uncovered has inf; allowed: finite"),
        (quantal_response, ([1, 2], [1, 1], [0, 0], [1, 1], 1, -1), "rationality is -1; allowed: a finite number"),
        (quantal_response, ([1, 2], [1, 3], [0, 0], [1, 1], 1, 1), "harms the defender .*; allowed: defender_covered"),
        (quantal_response, ([1, 2], [1, 1], [0, 2], [1, 1], 1, 1), "helps the follower .*; allowed: defender_covered"),
        (quantal_response, ([1, 2], [1, 1], [0, 0], [1, 1], 1, 1, [1, -1]), "attraction has -1; allowed: finite"),
        (quantal_response, ([1, 2], [1, 1], [0, 0], [1, 1], 1, 1, [0, 0]), "attraction is 0 at all targets; allowed"),
        (quantal_response, ([1, 2], [1, 1], [0, 0], [1, 1], 1, 1, [1]), r"attraction has shape \(1,\); allowed"),
    ],
)
def test_bad_input_is_refused(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


# ---- games ---------------------------------------------------------------------------------------------------------


class Game(NamedTuple):
    """What both sides get at each target."""

    defender_covered: Floats
    defender_uncovered: Floats
    attacker_covered: Floats
    attacker_uncovered: Floats

    def defender(self, coverage: Floats) -> Floats:
        return coverage * self.defender_covered + (1 - coverage) * self.defender_uncovered

    def attacker(self, coverage: Floats) -> Floats:
        return coverage * self.attacker_covered + (1 - coverage) * self.attacker_uncovered


def games(seed: int, targets: int, count: int, least_gain: float = 0.0) -> list[Game]:
    """Return games: 1 to utility of the follower, up to 10 to the defender, deterrence at least 0.3."""
    draw = Streams(seed, targets).generator(Stream.PRIOR_DRAW)
    made = []
    for _ in range(count):
        uncovered, without = draw.uniform(-10, 0, targets), draw.uniform(0, 1, targets)
        covered, with_cover = (
            uncovered + draw.uniform(least_gain, 10, targets),
            without - draw.uniform(0.3, 1.3, targets),
        )
        made.append(Game(covered, uncovered, with_cover, without))
    return made


def grid(targets: int, resources: float, steps: int) -> Floats:
    """Return all coverage in so many steps that resources allow, shape (points, targets)."""
    axes = np.meshgrid(*[np.linspace(0, 1, steps + 1)] * targets, indexing="ij")
    points = np.stack(axes, axis=-1).reshape(-1, targets)
    return points[points.sum(axis=1) <= resources + 1e-12]


def best_response_value(game: Game, coverage: Floats, tie: float = 1e-12) -> Floats:
    """Return what the defender gets if the follower answers at his best, and of equals as suits the defender."""
    attacker = game.attacker(coverage)
    is_best = attacker >= attacker.max(axis=-1, keepdims=True) - tie
    return np.where(is_best, game.defender(coverage), -np.inf).max(axis=-1)


def quantal_value(game: Game, coverage: Floats, rationality: float, attraction: Floats | float = 1.0) -> Floats:
    """Return what the defender gets if the follower errs."""
    probability = softmax(np.log(attraction) + rationality * game.attacker(coverage), axis=-1)
    return (probability * game.defender(coverage)).sum(axis=-1)


def assert_allowed(coverage: Floats, resources: float) -> None:
    assert ((coverage >= 0) & (coverage <= 1)).all()
    assert coverage.sum() <= resources * (1 + 1e-14)


# ---- a follower who answers at his best ----------------------------------------------------------------------------


def test_published_example_of_commitment():
    """Conitzer and Sandholm 2006, section 1: leader (2, 4; 1, 3), follower (1, 0; 0, 1), commitment (.5, .5) is 3.5.

    The first row is to cover the right column, the second the left one: then the follower gets 0 where he is covered
    and 1 where he is not.
    """
    commitment = stackelberg(np.array([1.0, 4.0]), np.array([2.0, 3.0]), np.zeros(2), np.ones(2), 1.0)
    np.testing.assert_allclose(commitment.coverage, [0.5, 0.5], rtol=0, atol=1e-7)
    assert commitment.defender_value == pytest.approx(3.5, abs=1e-7)


def test_published_example_of_two_terminals():
    """Kukreja, Halfond and Tambe 2013, doi:10.1109/ASE.2013.6693122 (slides): 60 % at terminal 1, 40 % at terminal 2.

    Payoffs (defender, adversary): 5, -3 and -1, 1 if terminal 1 is covered; -5, 5 and 2, -1 if terminal 2 is. The
    adversary then gets 0.2 at either, and of these the defender prefers the first: 1 instead of 0.2.
    """
    commitment = stackelberg(np.array([5.0, 2]), np.array([-5.0, -1]), np.array([-3.0, -1]), np.array([5.0, 1]), 1)
    np.testing.assert_allclose(commitment.coverage, [0.6, 0.4], rtol=0, atol=1e-7)
    assert commitment.defender_value == pytest.approx(1.0, abs=1e-7)


def test_of_equals_the_follower_picks_what_suits_the_defender():
    """Without resources and with the same to gain everywhere: the least loss."""
    commitment = stackelberg(np.zeros(3), np.array([-3.0, -1.0, -2.0]), np.zeros(3), np.ones(3), 0.0)
    assert commitment.coverage.tolist() == [0, 0, 0]
    assert commitment.defender_value == -1


def test_a_target_may_be_left_open_as_a_lure():
    """The defender would rather be attacked at the first, where the follower gets 0.2: 0.8 at the second is enough."""
    commitment = stackelberg(np.array([5.0, 1]), np.array([4.0, 0]), np.array([0.2, 0]), np.array([1.0, 1]), 2)
    np.testing.assert_allclose(commitment.coverage, [1.0, 0.8], rtol=0, atol=1e-7)
    assert commitment.defender_value == pytest.approx(5, abs=1e-7)


def test_coverage_that_does_not_deter_still_gains():
    """The follower goes to the first target whatever is done there; all resources go with him."""
    commitment = stackelberg(np.array([1.0, 0]), np.array([-1.0, -5]), np.array([1.0, 0]), np.array([1.0, 0.5]), 0.7)
    np.testing.assert_allclose(commitment.coverage, [0.7, 0.0], rtol=0, atol=1e-7)
    assert commitment.defender_value == pytest.approx(0.4, abs=1e-7)


@pytest.mark.parametrize(("targets", "steps"), [(2, 500), (3, 60)])
@pytest.mark.parametrize("least_gain", [0.0, -5.0])
def test_no_coverage_on_a_grid_is_better(seed, targets, steps, least_gain):
    """The value is had by the coverage returned, and by no other is more to be had."""
    for number, game in enumerate(games(seed, targets, 10, least_gain)):
        resources = (0.3, 0.8, 1.5)[number % 3]
        commitment = stackelberg(*game, resources)
        assert_allowed(commitment.coverage, resources)
        had = best_response_value(game, commitment.coverage, tie=1e-8)
        assert had == pytest.approx(commitment.defender_value, abs=1e-7)
        searched = best_response_value(game, grid(targets, resources, steps)).max()
        assert searched <= commitment.defender_value + 1e-7
        # The search comes near, so that it could have found something better.
        assert searched > commitment.defender_value - 100 / steps


def test_against_an_opponent_in_everything_it_is_the_minimax(seed):
    """In a zero-sum game the follower is held down to the least maximum, which one linear programme gives."""
    for game in games(seed, 12, 10):
        opposed = Game(-game.attacker_covered, -game.attacker_uncovered, *game[2:])
        slope = np.diag(game.attacker_covered - game.attacker_uncovered)
        least = linprog(
            np.append(np.zeros(12), 1.0),
            A_ub=np.vstack([np.column_stack([slope, -np.ones(12)]), np.append(np.ones(12), 0.0)]),
            b_ub=np.append(-game.attacker_uncovered, 3.0),
            bounds=[(0, 1)] * 12 + [(None, None)],
        )
        commitment = stackelberg(*opposed, 3.0)
        assert commitment.defender_value == pytest.approx(-least.fun, abs=1e-7)
        assert game.attacker(commitment.coverage).max() == pytest.approx(least.fun, abs=1e-7)


def test_all_covered_targets_give_the_follower_the_same(seed):
    """ORIGAMI (Kiekintveld et al. 2009) holds the follower down to v where coverage sums to the resources: the same."""
    for game in games(seed, 15, 10, least_gain=0.5):
        deterrence = game.attacker_uncovered - game.attacker_covered

        def needed(v, game=game, deterrence=deterrence):
            return np.clip((game.attacker_uncovered - v) / deterrence, 0, 1)

        # With more he would be at what covered targets give him, and then it is not resources that bind.
        lowest = game.attacker_covered.max()
        resources = 0.6 * needed(lowest).sum()
        v = brentq(lambda v, f=needed, r=resources: f(v).sum() - r, lowest, 1.0, xtol=1e-14)
        commitment = stackelberg(*game, resources)
        attacker = game.attacker(commitment.coverage)
        covered = commitment.coverage > 0
        assert 1 < covered.sum() < 15
        np.testing.assert_allclose(attacker[covered], v, rtol=0, atol=1e-7)
        assert (attacker[~covered] <= v + 1e-7).all()
        np.testing.assert_allclose(commitment.coverage, needed(v), rtol=0, atol=1e-6)
        attacked = game.attacker_uncovered >= v
        assert commitment.defender_value == pytest.approx(game.defender(commitment.coverage)[attacked].max(), abs=1e-6)


def test_more_resources_are_never_worse(seed):
    for game in games(seed, 8, 4, least_gain=-2.0):
        values = [stackelberg(*game, resources).defender_value for resources in np.linspace(0, 8, 9)]
        assert (np.diff(values) >= -1e-7).all()
        assert values[-1] > values[0]


def test_resources_for_all_targets_cover_all_where_that_is_good():
    """The follower gets the same at all covered targets, the defender gains by each: nothing is left open."""
    commitment = stackelberg(np.array([3.0, 2, 1]), np.array([0.0, 1, 0]), np.zeros(3), np.array([1.0, 2, 3]), 5)
    np.testing.assert_allclose(commitment.coverage, 1, rtol=0, atol=1e-7)
    assert commitment.defender_value == pytest.approx(3, abs=1e-7)


def test_units_of_account_do_not_matter(seed):
    """Euros or thousands of millions of them, from whatever zero."""
    for game in games(seed, 6, 3):
        in_euros = Game(*(np.array(payoffs) * 1e9 + 5e9 for payoffs in game))
        one, other = stackelberg(*game, 2.0), stackelberg(*in_euros, 2.0)
        np.testing.assert_allclose(one.coverage, other.coverage, rtol=0, atol=1e-7)
        assert (other.defender_value - 5e9) / 1e9 == pytest.approx(one.defender_value, abs=1e-7)
        one, other = quantal_response(*game, 2.0, 3.0), quantal_response(*in_euros, 2.0, 3e-9)
        assert (other.defender_value - 5e9) / 1e9 == pytest.approx(one.defender_value, abs=1e-7)


# ---- a follower who errs -------------------------------------------------------------------------------------------

ATTRACTION = np.array([0.2, 5.0, 1.0])
PRECISE = 2e-8
"""Twenty times the tolerance of 1e-9 of a range of defender's payoffs that is below 20, for values near 1."""


def test_who_does_not_care_is_met_where_coverage_gains_most(seed):
    """Lambda 0: the order of attraction times gain, the last target in part."""
    for game in games(seed, 7, 5):
        attraction = Streams(seed, 1).generator(Stream.PRIOR_DRAW).uniform(0.1, 2, 7)
        share = attraction / attraction.sum()
        gain = share * (game.defender_covered - game.defender_uncovered)
        coverage = np.zeros(7)
        coverage[np.argsort(-gain)[:4]] = [1, 1, 1, 0.25]
        commitment = quantal_response(*game, 3.25, 0.0, attraction)
        np.testing.assert_allclose(commitment.coverage, coverage, rtol=0, atol=1e-9)
        assert commitment.defender_value == pytest.approx(share @ game.defender(coverage), abs=1e-12)


@pytest.mark.parametrize("rationality", [0.3, 3.0, 30.0])
@pytest.mark.parametrize(("targets", "steps"), [(2, 500), (3, 60)])
def test_no_coverage_on_a_grid_is_better_against_error(seed, targets, steps, rationality):
    """The value is had by the coverage returned, and by no other is more to be had."""
    for number, game in enumerate(games(seed, targets, 8)):
        resources, attraction = (0.3, 0.8, 1.5)[number % 3], ATTRACTION[:targets]
        commitment = quantal_response(*game, resources, rationality, attraction)
        assert_allowed(commitment.coverage, resources)
        had = quantal_value(game, commitment.coverage, rationality, attraction)
        assert had == pytest.approx(commitment.defender_value, abs=1e-12)
        searched = quantal_value(game, grid(targets, resources, steps), rationality, attraction).max()
        assert searched <= commitment.defender_value + PRECISE
        assert searched > commitment.defender_value - 100 / steps


@pytest.mark.parametrize("rationality", [1.0, 8.0])
def test_no_local_search_finds_better(seed, rationality):
    """Sequential quadratic programming from many starts, eight targets: as good at best, and once as good."""
    for game in games(seed, 8, 2):
        commitment = quantal_response(*game, 2.5, rationality)
        draw, best = Streams(seed, 2).generator(Stream.PRIOR_DRAW), -np.inf
        for _ in range(12):
            search = minimize(
                lambda coverage, game=game: -quantal_value(game, coverage, rationality),
                draw.dirichlet(np.ones(8)),
                method="SLSQP",
                bounds=[(0, 1)] * 8,
                constraints={"type": "ineq", "fun": lambda coverage: 2.5 - coverage.sum()},
                options={"ftol": 1e-12, "maxiter": 300},
            )
            # What breaks a constraint by rounding is brought back.
            coverage = np.clip(search.x, 0, 1)
            coverage *= min(1.0, 2.5 / coverage.sum())
            best = max(best, float(quantal_value(game, coverage, rationality)))
        assert best <= commitment.defender_value + PRECISE
        assert best == pytest.approx(commitment.defender_value, abs=1e-4)


def test_who_hardly_errs_is_met_as_who_does_not(seed):
    """The difference from the best-responding follower falls as ln(lambda) / lambda.

    Gain over deterrence is at most 10 / 0.3: so much by unit of what the follower gives up to error.
    """
    for game in games(seed, 10, 4):
        limit = stackelberg(*game, 2.0).defender_value
        lambdas = np.array([1e2, 1e3, 1e4, 1e5])
        missed = np.array([abs(quantal_response(*game, 2.0, x).defender_value - limit) for x in lambdas])
        assert (missed <= 10 / 0.3 * np.log(20 * 10 * lambdas) / lambdas).all()
        assert missed[-1] < 0.02 * missed[0]


@pytest.mark.parametrize("rationality", [0.0, 2.0, 50.0])
def test_more_resources_are_never_worse_against_error(seed, rationality):
    for game in games(seed, 9, 3):
        values = [quantal_response(*game, amount, rationality).defender_value for amount in np.linspace(0, 9, 19)]
        assert (np.diff(values) >= -PRECISE).all()
        assert values[0] == pytest.approx(quantal_value(game, np.zeros(9), rationality), abs=1e-12)
        assert values[-1] > values[0]


def test_resources_stay_idle_where_they_would_only_drive_the_follower_to_a_worse_place():
    """At the first target little is lost; covering it gains 0.1 and sends him to the second, where all is lost.

    With c at the first only, the value is -(1 - 0.1 c) q - 10 (1 - q), q = 1 / (1 + exp(5 c - 5)), which falls in c.
    """
    covered, uncovered = np.array([-0.9, -10.0]), np.array([-1.0, -10.0])
    commitment = quantal_response(covered, uncovered, np.zeros(2), np.array([1.0, 1.0]), 2.0, 5.0)
    np.testing.assert_allclose(commitment.coverage, [0, 1], rtol=0, atol=1e-9)
    away = 1 / (1 + np.exp(5.0))
    assert commitment.defender_value == pytest.approx(-(1 - away) - 10 * away, abs=1e-12)


def test_only_what_the_follower_gets_more_or_less_counts(seed):
    """A constant on all he gets, or a factor on all attraction, changes nothing; nor does a target nobody goes to."""
    for game in games(seed, 5, 4):
        value = quantal_response(*game, 1.5, 4.0, np.arange(1.0, 6.0)).defender_value
        raised = Game(*game[:2], game.attacker_covered + 300, game.attacker_uncovered + 300)
        assert quantal_response(*raised, 1.5, 4.0, np.arange(1.0, 6.0) / 7e3).defender_value == pytest.approx(
            value, abs=PRECISE
        )
        with_dead_end = Game(*(np.append(payoffs, extra) for payoffs, extra in zip(game, (50, -50, 0, 9), strict=True)))
        beside = quantal_response(*with_dead_end, 1.5, 4.0, np.append(np.arange(1.0, 6.0), 0.0))
        assert beside.coverage[-1] == 0
        # The tolerance is a share of the range, which the dead end widens to 100.
        assert beside.defender_value == pytest.approx(value, abs=2e-7)


def test_one_target_takes_all_the_resources():
    """Where else he cannot go, all that coverage does is to gain."""
    one = np.array([-1.0]), np.array([-3.0]), np.array([0.0]), np.array([1.0])
    assert quantal_response(*one, 0.5, 7.0).defender_value == pytest.approx(-2, abs=1e-8)
    assert stackelberg(*one, 0.5).defender_value == pytest.approx(-2, abs=1e-8)


def test_coverage_that_does_not_deter_and_that_gains_nothing():
    """Targets with gain alone, deterrence alone, both, and neither: no point of a grid is better."""
    game = Game(
        np.array([-1.0, -6.0, -2.0, -3.0]), np.array([-4.0, -6.0, -5.0, -3.0]),
        np.array([1.0, 0.2, 0.3, 0.8]), np.array([1.0, 1.1, 0.9, 0.8]),
    )  # fmt: skip
    for resources, rationality in itertools.product((0.4, 1.1, 2.0), (0.5, 4.0, 40.0)):
        commitment = quantal_response(*game, resources, rationality)
        assert_allowed(commitment.coverage, resources)
        assert quantal_value(game, commitment.coverage, rationality) == pytest.approx(commitment.defender_value)
        searched = quantal_value(game, grid(4, resources, 20), rationality).max()
        assert commitment.defender_value - 0.6 < searched <= commitment.defender_value + PRECISE
