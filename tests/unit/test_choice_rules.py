"""Rules of choice against values worked out by hand, and noise that is found by its address."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from agents.choice import (
    RUIN_SHARE,
    age_weighted,
    best_number_of_consignments,
    certainty_equivalent,
    ewa_step,
    log_positive_stable,
    logit_shares,
    loss_moments,
    lost_distribution,
    nested_logit_shares,
    nested_noise,
    perceived_risk,
    salience_value,
    size_weight,
    thompson_loss,
)
from agents.noise_kernel import gumbel_rows, pair_uniforms
from sim.philox_kernel import gumbel, uniform4
from sim.streams import Floats, Stream, Streams

# ---- shares --------------------------------------------------------------------------------------------------------


def test_logit_by_hand_and_without_what_is_not_available():
    """Weights 1, 2 and 4; -inf has no share; a row of -inf has none at all; huge utilities do not overflow."""
    utility = np.log([[1.0, 2.0, 4.0], [1.0, 1.0, 4.0]])
    utility[1, 1] = -np.inf
    np.testing.assert_allclose(logit_shares(utility), [[1 / 7, 2 / 7, 4 / 7], [0.2, 0, 0.8]], rtol=1e-14)
    np.testing.assert_allclose(logit_shares(utility + 5_000), logit_shares(utility), rtol=1e-12)
    assert (logit_shares(np.full((2, 3), -np.inf)) == 0).all()
    assert logit_shares(np.zeros((0, 3))).shape == (0, 3)


def nested_by_hand(utility: Floats, nest: list[int], mu: float) -> list[float]:
    """Return the probabilities of the nested logit, one alternative at a time."""
    inclusive = {m: math.log(sum(math.exp(u / mu) for u, n in zip(utility, nest, strict=True) if n == m)) for m in nest}
    whole = sum(math.exp(mu * value) for value in inclusive.values())
    return [
        math.exp(mu * inclusive[m]) / whole * math.exp(u / mu - inclusive[m])
        for u, m in zip(utility, nest, strict=True)
    ]


@pytest.mark.parametrize("mu", [0.1, 0.5, 0.93, 1.0])
def test_nested_logit_by_hand(mu):
    """Against the formula written out; the order of alternatives and the names of nests do not matter."""
    utility, nest = np.array([0.3, -1.0, 0.7, 0.0, 2.0, -0.4]), [2, 0, 2, 1, 0, 2]
    expected = nested_by_hand(utility, nest, mu)
    shares = nested_logit_shares(np.stack([utility, utility + 900]), np.array(nest), mu)
    np.testing.assert_allclose(shares, [expected, expected], rtol=1e-11)
    order = np.array([3, 5, 0, 1, 4, 2])
    renamed = np.array([7, 5, 1])[nest]
    np.testing.assert_allclose(nested_logit_shares(utility[order], renamed[order], mu), np.array(expected)[order])


def test_nested_logit_with_nests_by_lot_and_what_is_not_available():
    """Each lot has its own nests; unavailable alternatives (nest -1) and empty nests have no share."""
    utility = np.array([[0.3, -np.inf, 0.7, 1.0], [-np.inf, -np.inf, 0.2, 0.1], [-np.inf] * 4])
    nest = np.array([[0, -1, 1, 1], [0, 0, 4, 2], [-1, -1, -1, -1]])
    shares = nested_logit_shares(utility, nest, 0.4)
    np.testing.assert_allclose(shares[0, [0, 2, 3]], nested_by_hand(utility[0, [0, 2, 3]], [0, 1, 1], 0.4))
    np.testing.assert_allclose(shares[1, 2:], logit_shares(np.array([0.2, 0.1])))
    assert (shares[2] == 0).all()
    assert (shares[[0, 1, 1], [1, 0, 1]] == 0).all()


def test_a_nest_far_below_keeps_its_shares_within():
    """Shares within a nest stay exact where exp(U / mu) of the whole row would vanish."""
    shares = nested_logit_shares(np.array([0.0, -90.0, -90.1]), np.array([0, 1, 1]), 0.1)
    assert 0 < shares[1] < 1e-38
    assert shares[1] / shares[2] == pytest.approx(math.e, rel=1e-10)


# ---- noise ---------------------------------------------------------------------------------------------------------


def test_positive_stable_is_the_published_formula():
    """Against the formula as a product, where that is accurate."""
    u = Streams(1, 0).uniforms(Stream.ROUTE_NEST, np.arange(2_000), 2)
    for mu in (0.3, 0.5, 0.8):
        t, e = np.pi * u[:, 0], -np.log(u[:, 1])
        s = np.sin(mu * t) / np.sin(t) ** (1 / mu) * (np.sin((1 - mu) * t) / e) ** ((1 - mu) / mu)
        np.testing.assert_allclose(log_positive_stable(u, mu), np.log(s), rtol=1e-9, atol=1e-9)


def test_positive_stable_is_one_at_one_and_finite_everywhere():
    """At mu = 1 it is exactly 1 in logs 0; the ends of the unit interval do no harm; shapes and mixed mu work."""
    end = np.array([2.0**-54, 0.25, 0.5, 0.75, 1 - 2.0**-53, 1.0])
    u = np.stack(np.meshgrid(end, end), axis=-1)
    assert u.shape == (6, 6, 2)
    assert (log_positive_stable(u, 1.0) == 0).all()
    for mu in (0.01, 0.3, 0.999, 1 - 1e-12):
        assert np.isfinite(log_positive_stable(u, mu)).all()
    each = np.array([0.3, 0.5, 1.0, 0.7, 0.9, 1.0])
    mixed = log_positive_stable(u, each)
    for j, mu in enumerate(each):
        assert np.array_equal(mixed[:, j], log_positive_stable(u[:, j], mu))
    middle = u[1:4, 1:4]
    assert np.abs(log_positive_stable(middle, 1 - 1e-9)).max() < 1e-7


def test_nested_noise_is_gumbel_at_one():
    """Noise is mu (ln S + G), so without nests it is the Gumbel noise itself."""
    g, s = np.array([[0.3, -1.0]]), np.array([[2.0, 0.5]])
    np.testing.assert_allclose(nested_noise(g, s, 0.5), [[1.15, -0.25]])
    assert np.array_equal(nested_noise(g, np.zeros_like(g), 1.0), g)


LOTS = np.array([0, 65536, (59 << 32) | 4095], np.int64)
ROUTES = np.array([[0, 8, 17, -1], [8, 1_000_003, -1, 5], [3, 2, 1, 0]], np.int64)


def test_gumbel_rows_are_gumbels_to_the_bit():
    """Every pair has the number that its address has alone; where there is no alternative, 0."""
    key = Streams(3, 1).key(Stream.ROUTE_CHOICE)
    rows = gumbel_rows(key, LOTS, ROUTES)
    expected = [[gumbel(key, 0, i, a) if a >= 0 else 0.0 for a in row] for i, row in zip(LOTS, ROUTES, strict=True)]
    assert rows.tolist() == expected
    assert gumbel_rows(key, LOTS[1:2], ROUTES[1:2, 3:]).tolist() == [[expected[1][3]]]
    assert gumbel_rows(key, LOTS[:0], ROUTES[:0]).shape == (0, 4)


def test_pair_uniforms_are_found_by_their_address_and_never_shared():
    """Half a block for each pair, whoever else asks; different pairs, different numbers; .5 where there is none."""
    key = Streams(3, 1).key(Stream.ROUTE_NEST)
    rows = pair_uniforms(key, LOTS, ROUTES)
    assert rows.shape == (3, 4, 2)
    for i, a in product(range(3), range(4)):
        number = int(ROUTES[i, a])
        expected = (0.5, 0.5) if number < 0 else uniform4(key, 0, LOTS[i], number // 2)[2 * (number % 2) :][:2]
        assert rows[i, a].tolist() == list(expected)
    assert np.array_equal(pair_uniforms(key, LOTS[2:], ROUTES[2:, ::-1]), rows[2:, ::-1])
    many = pair_uniforms(key, np.arange(300), np.tile(np.arange(20), (300, 1)))
    assert np.unique(many).size == many.size
    assert ((many > 0) & (many < 1)).all()


def test_streams_of_nests_and_of_beliefs_have_their_names():
    """Names are addresses: another name would change every run."""
    assert Stream.ROUTE_NEST == "organisation.route.nest"
    assert Stream.THOMPSON == "organisation.belief.thompson"


# ---- sizes and risk ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mu", [0.05, 0.4, 1.0])
def test_with_equal_values_shares_are_proportional_to_size(mu):
    """Exponent 1 gives M_j / sum M whatever the nests; exponent 0 ignores size."""
    size, nest = np.array([10.0, 500.0, 3.0, 80.0, 80.0, 1.0]), np.array([0, 0, 1, 1, 1, 2])
    log_nest = np.log(np.bincount(nest, size))[nest]
    shares = nested_logit_shares(size_weight(np.log(size), log_nest, mu, 1.0), nest, mu)
    np.testing.assert_allclose(shares, size / size.sum(), rtol=1e-11)
    assert (size_weight(np.log(size), log_nest, mu, 0.0) == 0).all()


def test_perceived_risk_of_thirteen_months():
    """No seizure in 13 months .129032, and .0645161 more for each (a = 2, b = .5)."""
    losses = np.arange(14.0)
    risk = perceived_risk(losses, 13.0, 2.0, 0.5)
    np.testing.assert_allclose(risk, 0.129032 + 0.0645161 * losses, atol=1.5e-6)
    assert risk[13] == pytest.approx(15 / 15.5)


def test_the_newest_seizure_counts_most():
    """At factor .9 one seizure gives .3013 if it is new and .2292 if it is thirteen months old, by hand."""
    ages = np.eye(13)
    losses, months = age_weighted(ages, 0.9), age_weighted(np.ones(13), 0.9)
    risk = perceived_risk(losses, months, 2.0, 0.5)
    assert (np.diff(risk) < 0).all()
    assert risk[0] == pytest.approx(0.3013, abs=5e-5)
    assert risk[12] == pytest.approx(0.2292, abs=5e-5)
    assert age_weighted(np.array([[1.0, 2.0, 4.0]]), 0.5) == pytest.approx(3.0)
    assert age_weighted(np.array([1.0, 2.0, 4.0]), 1.0) == 7.0


def test_thompson_is_a_quantile_of_the_belief():
    """Uniform belief: the uniform itself. Beta(2, 1) has the distribution function x^2. Never outside [0, 1]."""
    u = np.array([0.01, 0.3, 0.99])
    none = np.zeros(3)
    np.testing.assert_allclose(thompson_loss(u, none, none, 0.5, 2.0), u, rtol=1e-12)
    np.testing.assert_allclose(thompson_loss(u, none + 1, none + 1, 0.5, 2.0), np.sqrt(u), rtol=1e-12)
    np.testing.assert_allclose(thompson_loss(u, none, none + 1, 0.5, 2.0), 1 - np.sqrt(1 - u), rtol=1e-12)
    # More losses than observations, as when traffic is underestimated, count as nothing that passed.
    np.testing.assert_array_equal(
        thompson_loss(u, none + 3, none + 1, 0.35, 5.0), thompson_loss(u, none + 3, none + 3, 0.35, 5.0)
    )
    assert (np.diff(thompson_loss(np.full(9, 0.4), np.arange(9.0), np.full(9, 9.0), 0.35, 5.0)) > 0).all()


def test_thompson_has_the_mean_of_the_belief():
    """Over an even grid of uniforms the mean is (strength x prior + losses) / (strength + observations)."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    draws = thompson_loss(grid, np.full(grid.size, 2.5), np.full(grid.size, 9.0), 0.35, 5.0)
    assert draws.mean() == pytest.approx((5 * 0.35 + 2.5) / 14, abs=1e-6)


# ---- salience ------------------------------------------------------------------------------------------------------

COST, PRICE, MASS = np.array([100.0, 200.0, 400.0]), np.array([1000.0, 1500.0, 3000.0]), 10.0
LOSS = np.array([0.129032258, 0.25, 0.5])
SALIENT = [
    (1.0, (7709.677, 9250.0, 11000.0), 2),
    (0.5, (6714.286, 10857.143, 6000.0), 1),
    (0.35, (6026.022, 11432.836, 3777.778), 1),
]


@pytest.mark.parametrize(("delta", "values", "best"), SALIENT)
def test_salience_of_three_routes(delta, values, best):
    """Published case: attention to what stands out moves the choice from the third route to the second."""
    value = salience_value((PRICE - COST) * MASS, -COST * MASS, LOSS, delta)
    np.testing.assert_allclose(value, values, atol=6e-4)
    assert np.argmax(value) == best


def test_salience_sees_only_what_is_available():
    """For several lots with routes of their own: the same values, and -inf for what is not available."""
    gain, loss, probability = np.full((2, 5), 4e9), np.full((2, 5), -7e9), np.full((2, 5), 0.9)
    available = np.array([[True, False, True, False, True], [False, True, True, True, False]])
    for lot in range(2):
        gain[lot, available[lot]], loss[lot, available[lot]] = (PRICE - COST) * MASS, -COST * MASS
        probability[lot, available[lot]] = LOSS
    delta = np.array([[0.5], [0.35]])
    value = salience_value(gain, loss, probability, delta, available=available)
    for lot in range(2):
        np.testing.assert_allclose(value[lot, available[lot]], SALIENT[lot + 1][1], atol=6e-4)
    assert (value[~available] == -np.inf).all()


def test_a_single_route_and_equal_salience_give_the_expected_value():
    """A route without others, routes that are all alike, and delta 1: expected payoff, whatever delta is."""
    gain, loss, p = (PRICE - COST) * MASS, -COST * MASS, LOSS
    expected = (1 - p) * gain + p * loss
    np.testing.assert_allclose(salience_value(gain, loss, p, 1.0), expected, rtol=1e-14)
    only = np.array([False, True, False])
    assert salience_value(gain, loss, p, 0.2, available=only)[1] == pytest.approx(expected[1], rel=1e-14)
    # A hundred and fifty equal routes: sums in floating point must not make one state stand out.
    alike = salience_value(np.full(150, 0.1), np.full(150, -0.7), np.full(150, 0.3), 0.2)
    np.testing.assert_allclose(alike, 0.7 * 0.1 - 0.3 * 0.7, rtol=1e-12)
    assert (salience_value(gain, loss, p, 0.2, available=np.zeros(3, bool)) == -np.inf).all()


# ---- experience-weighted attraction --------------------------------------------------------------------------------


def test_one_step_of_experience_weighted_attraction():
    """Published step; the cell chosen is the first, which is position 0."""
    a, n = ewa_step(
        np.array([[1.0, 2.0, 0.0]]), np.array([1.0]), np.array([[3.0, 1.0, 4.0]]), np.array([0]), 0.9, 0.5, 0.9
    )
    np.testing.assert_allclose(n, [1.9], rtol=1e-15)
    np.testing.assert_allclose(a, [[2.052632, 1.210526, 1.052632]], atol=5e-7)
    np.testing.assert_allclose(logit_shares(0.7 * a), [[0.487518, 0.270387, 0.242095]], atol=5e-7)


def test_organisations_learn_apart_and_one_may_choose_nothing():
    """Rows do not mix; with -1 every payoff is a foregone one; the arguments stay as they were."""
    a0, n0 = np.array([[1.0, 2.0], [0.5, -1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 2.0])
    payoff, chosen = np.array([[3.0, 1.0], [2.0, 4.0], [3.0, 1.0]]), np.array([1, 0, -1])
    before = a0.copy()
    a, n = ewa_step(a0, n0, payoff, chosen, 0.8, 0.25, 0.5)
    assert np.array_equal(a0, before)
    for i in range(3):
        alone, count = ewa_step(a0[i : i + 1], n0[i : i + 1], payoff[i : i + 1], chosen[i : i + 1], 0.8, 0.25, 0.5)
        assert np.array_equal(alone[0], a[i])
        assert count[0] == n[i]
    np.testing.assert_allclose(a[2], (0.8 * 2 * a0[2] + 0.25 * payoff[2]) / 2.0)


# ---- splitting -----------------------------------------------------------------------------------------------------

NUMBERS = np.array([1, 2, 4, 8])


def test_a_tonne_in_one_to_eight_consignments():
    """Published case: always 200 kg lost on average, with a spread that halves when the number grows fourfold."""
    mean, deviation = loss_moments(1000.0, 0.2, NUMBERS)
    np.testing.assert_allclose(mean, 200.0, rtol=1e-15)
    np.testing.assert_allclose(deviation, [400, 282.843, 200, 141.421], atol=5e-4)
    probability = lost_distribution(0.2, NUMBERS)
    np.testing.assert_allclose(probability[:, 0], [0.8, 0.64, 0.4096, 0.16777], atol=5e-6)
    share = np.arange(9) / NUMBERS[:, None]
    np.testing.assert_allclose((probability * share).sum(1) * 1000, mean, rtol=1e-13)
    np.testing.assert_allclose(np.sqrt((probability * (1000 * share - 200) ** 2).sum(1)), deviation, rtol=1e-13)


def test_numbers_lost_sum_to_one_and_may_share_a_fate():
    """Two consignments with one fate in a quarter of cases, by hand; certain loss and certain passage."""
    half = lost_distribution(0.2, np.array([2]), 0.25)[0]
    np.testing.assert_allclose(half, [0.75 * 0.64 + 0.25 * 0.8, 0.75 * 0.32, 0.75 * 0.04 + 0.25 * 0.2])
    for p, correlation in product((0.0, 0.3, 1.0), (0.0, 0.4, 1.0)):
        probability = lost_distribution(p, np.arange(1, 9), correlation)
        np.testing.assert_allclose(probability.sum(1), 1.0, rtol=1e-14)
        assert (probability[np.arange(9) > np.arange(1, 9)[:, None]] == 0).all()
    assert lost_distribution(1.0, np.array([3]))[0].tolist() == [0, 0, 0, 1]


def utility(wealth: float, gamma: float) -> float:
    return math.log(wealth) if gamma == 1 else wealth ** (1 - gamma) / (1 - gamma)


def equivalent_by_enumeration(k, value, cost, wealth, p, fixed, gamma, correlation):
    """Return the certainty equivalent over every outcome of every consignment, one at a time."""
    expected = 0.0
    for fates in product([0, 1], repeat=k):
        alone = math.prod(p if is_lost else 1 - p for is_lost in fates)
        together = (p if fates[0] else 1 - p) if len(set(fates)) == 1 else 0.0
        final = wealth + (1 - sum(fates) / k) * value - cost - k * fixed
        probability = (1 - correlation) * alone + correlation * together
        expected += probability * utility(max(final, RUIN_SHARE * wealth), gamma)
    return (math.exp(expected) if gamma == 1 else ((1 - gamma) * expected) ** (1 / (1 - gamma))) - wealth


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 1.0 + 1e-7, 2.0, 6.0])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 1.0])
def test_certainty_equivalent_is_that_of_all_outcomes(gamma, correlation):
    """Against enumeration, with and without ruin, for one to six consignments."""
    value, cost = np.array([3.0, 9.0, 30.0]), np.array([1.0, 4.0, 12.0])
    wealth, p = np.array([20.0, 5.0, 8.0]), np.array([0.2, 0.35, 0.6])
    k = np.arange(1, 7)
    worth = certainty_equivalent(
        k, value[:, None], cost[:, None], wealth[:, None], p[:, None], 0.11, gamma, correlation
    )
    for i, j in product(range(3), range(6)):
        by_hand = equivalent_by_enumeration(int(k[j]), value[i], cost[i], wealth[i], p[i], 0.11, gamma, correlation)
        # Taking the power 1 / (1 - gamma) of a number close to 1 costs the enumeration digits near gamma = 1.
        assert worth[i, j] == pytest.approx(by_hand, rel=1e-6 if gamma == 1.0 + 1e-7 else 1e-10, abs=1e-9)


def test_certainty_equivalent_of_a_sure_thing_and_at_the_edge_of_numbers():
    """Without risk it is the profit at any risk aversion; absurd risk aversion stays finite."""
    for gamma in (0.0, 1.0, 30.0, 400.0):
        sure = certainty_equivalent(np.array([1, 4]), 7.0, 2.0, 10.0, 0.0, 0.25, gamma, 0.0)
        np.testing.assert_allclose(sure, [4.75, 4.0], rtol=1e-12)
        risky = certainty_equivalent(np.array([1, 4]), 1e9, 2.0, 10.0, 0.5, 0.25, gamma, 0.2)
        assert np.isfinite(risky).all()
        assert (risky > -10).all()


def best(gamma: float, fixed: float = 0.0, **changes: float) -> int:
    """Return the number of consignments of one lot, a tonne's worth of .8 of the wealth."""
    p = {"value": 0.8, "cost": 0.3, "loss": 0.2, "correlation": 0.0, "least": 1, "most": 8} | changes
    one = np.ones(1)
    return int(
        best_number_of_consignments(
            one * p["value"], one * p["cost"], one, one * p["loss"], fixed, one * gamma, p["correlation"],
            np.array([p["least"]], np.int64), int(p["most"]),
        )[0]
    )  # fmt: skip


def test_who_is_indifferent_does_not_split_and_who_fears_risk_does():
    """Risk neutral: the least; risk averse: as many as allowed, or, with a fixed cost, a number in between."""
    assert best(0.0) == 1
    assert best(0.0, least=3) == 3
    assert best(2.0) == 8
    assert best(2.0, most=5) == 5
    assert best(2.0, correlation=1.0) == 1
    assert best(0.0, fixed=0.002) == 1
    assert 1 < best(2.0, fixed=0.004) < 8
    assert best(2.0, loss=0.0) == 1
    assert best(2.0, least=12, most=8) == 12


def test_the_best_number_is_that_of_the_enumeration():
    """Five lots at once, each with its own limits, against the highest of the enumerated values."""
    value, cost = np.array([0.8, 0.2, 1.5, 0.8, 3.0]), np.array([0.3, 0.05, 0.4, 0.3, 0.9])
    wealth, p = np.array([1.0, 2.0, 1.0, 1.0, 4.0]), np.array([0.2, 0.35, 0.1, 0.2, 0.3])
    gamma, fixed = np.array([2.0, 1.0, 4.0, 0.0, 1.5]), np.array([0.004, 0.001, 0.006, 0.0, 0.02])
    least, most = np.array([1, 1, 2, 1, 3]), np.array([8, 6, 7, 8, 3])
    found = best_number_of_consignments(value, cost, wealth, p, fixed, gamma, 0.1, least, most)
    for i in range(5):
        numbers = range(least[i], most[i] + 1)
        worth = [
            equivalent_by_enumeration(k, value[i], cost[i], wealth[i], p[i], fixed[i], gamma[i], 0.1) for k in numbers
        ]
        if gamma[i] > 0:
            assert found[i] == numbers[int(np.argmax(worth))]
        else:
            assert found[i] == 1
    none = np.zeros(0)
    whole = np.zeros(0, np.int64)
    assert best_number_of_consignments(none, none, none, none, none, none, 0.1, whole, whole).size == 0
