"""Choice rules against theory: closed forms of displacement, nested-logit shares, learning limits, splitting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erfc

from agents.choice import (
    best_number_of_consignments,
    certainty_equivalent,
    ewa_step,
    log_positive_stable,
    logit_shares,
    nested_logit_shares,
    nested_noise,
)
from agents.noise_kernel import gumbel_rows, pair_uniforms
from sim.streams import Floats, Ints, Stream, Streams

ERRORS = 4.5
"""Standard errors that a frequency may be off: 7 in a million for one, and there are about a hundred."""
LOTS = 100_000
NEST = np.array([0, 0, 0, 1, 1, 2, 1])
UTILITY = np.array([0.4, 0.0, -0.3, 0.2, 0.5, 0.1, -1.0])
DISSIMILARITIES = [0.3, 0.6, 0.9, 1.0]

# ---- displacement in closed form -----------------------------------------------------------------------------------

EQUAL_PORTS = [
    (10, (0.063137, 0.039270, 0.014815)),
    (5, (0.131668, 0.084224, 0.032727)),
    (20, (0.030935, 0.018994, 0.007073)),
]


@pytest.mark.parametrize(("ports", "treated"), EQUAL_PORTS)
def test_one_of_n_equal_ports_loses_and_the_others_gain_equally(ports, treated):
    """Published shares of the treated port at a disutility of .5, 1 and 2; no port gains more than another."""
    for disutility, share in zip((0.5, 1.0, 2.0), treated, strict=True):
        utility = np.zeros(ports)
        utility[0] -= disutility
        for shares in (logit_shares(utility), nested_logit_shares(utility, np.arange(ports) % 3, 1.0)):
            # One unit of the last digit: for 10 ports and 2 the value is .01481448, published as .014815.
            assert shares[0] == pytest.approx(share, abs=1e-6)
            assert shares[0] == pytest.approx(1 / (1 + (ports - 1) * np.exp(disutility)), rel=1e-12)
            np.testing.assert_allclose(shares[1:], (1 - shares[0]) / (ports - 1), rtol=1e-12)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12), st.floats(0, 6))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_logit_share_after_a_disutility(utilities, disutility):
    """s' = s e^-d / (1 - s + s e^-d), and all others grow by one factor."""
    before = logit_shares(np.array(utilities))
    after = logit_shares(np.array([utilities[0] - disutility, *utilities[1:]]))
    factor = np.exp(-disutility)
    s = before[0]
    assert after[0] == pytest.approx(s * factor / (1 - s + s * factor), rel=1e-9)
    np.testing.assert_allclose(after[1:] / before[1:], 1 / (1 - s + s * factor), rtol=1e-9)


@pytest.mark.parametrize("dissimilarity", [0.2, 0.5, 0.8])
def test_nests_send_more_to_ports_of_the_same_range(dissimilarity):
    """Six equal ports in three ranges: the neighbour gains more than the rest, who gain equally; more so at low mu."""
    nest, utility = np.array([0, 0, 1, 1, 2, 2]), np.zeros(6)
    before = nested_logit_shares(utility, nest, dissimilarity)
    utility[0] -= 1.0
    gain = nested_logit_shares(utility, nest, dissimilarity) - before
    np.testing.assert_allclose(before, 1 / 6, rtol=1e-12)
    assert gain.sum() == pytest.approx(0, abs=1e-15)
    assert gain[1] > 1.2 * gain[2] > 0
    np.testing.assert_allclose(gain[2:], gain[2], rtol=1e-12)
    closer = nested_logit_shares(utility, nest, dissimilarity / 2) - before
    assert closer[1] / -closer[0] > gain[1] / -gain[0]


# ---- noise by address ----------------------------------------------------------------------------------------------


def noise(seed: int, lots: int, nest: Ints, dissimilarity: float) -> Floats:
    """Return the addressed noise of (lot, route), nests by (lot, nest)."""
    streams, lot = Streams(seed, 0), np.arange(lots) * 65536
    routes, nests = np.arange(nest.size) * 8, np.arange(nest.max() + 1)
    g = gumbel_rows(streams.key(Stream.ROUTE_CHOICE), lot, np.tile(routes, (lots, 1)))
    u = pair_uniforms(streams.key(Stream.ROUTE_NEST), lot, np.tile(nests, (lots, 1)))
    return nested_noise(g, log_positive_stable(u, dissimilarity)[:, nest], dissimilarity)


@pytest.mark.parametrize("dissimilarity", DISSIMILARITIES)
def test_the_best_by_addressed_noise_has_nested_logit_shares(seed, dissimilarity):
    """Frequencies of argmax(U + noise), and of nests, within known standard errors."""
    chosen = np.argmax(UTILITY + noise(seed, LOTS, NEST, dissimilarity), axis=1)
    shares = nested_logit_shares(UTILITY, NEST, dissimilarity)
    for found, expected in (
        (np.bincount(chosen, minlength=NEST.size) / LOTS, shares),
        (np.bincount(NEST[chosen]) / LOTS, np.bincount(NEST, shares)),
    ):
        assert (np.abs(found - expected) < ERRORS * np.sqrt(expected * (1 - expected) / LOTS)).all()
    # The test could tell: at low mu the shares of the plain logit are far outside.
    plain = logit_shares(UTILITY)
    error = np.sqrt(plain * (1 - plain) / LOTS)
    if dissimilarity <= 0.6:
        assert (np.abs(shares - plain) > 10 * error).any()


@pytest.mark.parametrize("dissimilarity", DISSIMILARITIES)
def test_a_change_moves_only_lots_that_gain_or_lose_by_it(seed, dissimilarity):
    """Worse terms at one route: only lots that had it leave, as many as theory says. Better: lots move only to it."""
    lots = 20_000
    luck = noise(seed, lots, NEST, dissimilarity)
    before = np.argmax(UTILITY + luck, axis=1)
    for route in range(NEST.size):
        step = np.zeros(NEST.size)
        step[route] = 0.7
        worse, better = np.argmax(UTILITY - step + luck, axis=1), np.argmax(UTILITY + step + luck, axis=1)
        left, came = worse != before, better != before
        assert left.any()
        assert (before[left] == route).all()
        assert came.any()
        assert (better[came] == route).all()
        drop = (
            nested_logit_shares(UTILITY, NEST, dissimilarity) - nested_logit_shares(UTILITY - step, NEST, dissimilarity)
        )[route]
        assert abs(left.mean() - drop) < ERRORS * np.sqrt(drop * (1 - drop) / lots)


def test_an_alternative_that_nobody_wants_changes_nothing(seed):
    """One route more, in a new nest or an old one, leaves every choice as it was."""
    luck = noise(seed, 2_000, np.append(NEST, [3, 1]), 0.5)
    assert np.array_equal(luck[:, : NEST.size], noise(seed, 2_000, NEST, 0.5))


@pytest.mark.parametrize("dissimilarity", [0.2, 0.5, 0.8, 0.95])
def test_positive_stable_has_its_laplace_transform(seed, dissimilarity):
    """E exp(-s S) = exp(-s^mu); the variance is exp(-(2s)^mu) - exp(-2 s^mu)."""
    u = pair_uniforms(Streams(seed, 0).key(Stream.ROUTE_NEST), np.arange(LOTS), np.zeros((LOTS, 1), np.int64))
    stable = np.exp(np.minimum(log_positive_stable(u[:, 0], dissimilarity), 700.0))
    for s in (0.05, 0.5, 1.0, 4.0):
        expected = np.exp(-(s**dissimilarity))
        error = np.sqrt((np.exp(-((2 * s) ** dissimilarity)) - expected**2) / LOTS)
        assert abs(np.exp(-s * stable).mean() - expected) < ERRORS * error


def test_positive_stable_of_one_half_is_levy(seed):
    """P(S <= x) = erfc(1 / (2 sqrt x)); the largest deviation of n draws exceeds sqrt(ln(2e6) / 2n) once in a million.

    Dvoretzky, Kiefer and Wolfowitz with the constant of Massart 1990, doi:10.1214/aop/1176990746.
    """
    u = pair_uniforms(Streams(seed, 0).key(Stream.ROUTE_NEST), np.arange(LOTS), np.ones((LOTS, 1), np.int64))
    levels = np.sort(erfc(0.5 * np.exp(-0.5 * log_positive_stable(u[:, 0], 0.5))))
    steps = np.arange(LOTS + 1) / LOTS
    deviation = max(np.abs(levels - steps[1:]).max(), np.abs(levels - steps[:-1]).max())
    assert deviation < np.sqrt(np.log(2e6) / (2 * LOTS))


# ---- limits of experience-weighted attraction ----------------------------------------------------------------------

plays = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=15)
payoffs = st.lists(st.lists(st.floats(-10, 10), min_size=4, max_size=4), min_size=3, max_size=3)


@given(plays, payoffs, st.floats(0, 1))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_without_foregone_payoffs_it_is_cumulative_reinforcement(history, game, phi):
    """delta = 0, rho = 0: the chosen cell's discounted sum of payoffs, and nothing else."""
    table = np.array(game)
    attraction, experience, summed = np.zeros((1, 3)), np.ones(1), np.zeros(3)
    for mine, theirs in history:
        attraction, experience = ewa_step(
            attraction, experience, table[None, :, theirs], np.array([mine]), phi, 0.0, 0.0
        )
        summed *= phi
        summed[mine] += table[mine, theirs]
    assert experience[0] == 1
    np.testing.assert_allclose(attraction[0], summed, rtol=1e-12, atol=1e-12)


@given(plays, payoffs, st.floats(0, 1), st.lists(st.floats(0.1, 3), min_size=4, max_size=4))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_with_foregone_payoffs_it_is_weighted_fictitious_play(history, game, phi, prior):
    """delta = 1, rho = phi: expected payoffs under discounted counts of what the other side did."""
    table, count = np.array(game), np.array(prior)
    attraction, experience = (table @ count / count.sum())[None], np.array([count.sum()])
    for mine, theirs in history:
        attraction, experience = ewa_step(
            attraction, experience, table[None, :, theirs], np.array([mine]), phi, 1.0, phi
        )
        count = phi * count
        count[theirs] += 1
        np.testing.assert_allclose(attraction[0], table @ count / count.sum(), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(experience[0], count.sum(), rtol=1e-12)


# ---- splitting -----------------------------------------------------------------------------------------------------

shares = st.floats(0.02, 0.7)
lots = st.fixed_dictionaries(
    {
        "value": st.floats(0.02, 1.0),
        "cost": st.floats(0.0, 0.4),
        "loss": shares,
        "correlation": st.sampled_from([0.0, 0.2, 0.5]),
        "least": st.integers(1, 3),
    }
)
"""Lots worth at most the wealth, which is 1: the range in which the number is monotone."""


def best(lot: dict[str, float], gammas: Floats, fixed: Floats) -> Ints:
    """Return the best numbers of one lot for each pair of risk aversion and fixed cost."""
    one = np.ones(gammas.size)
    return best_number_of_consignments(
        one * lot["value"], one * lot["cost"], one, one * lot["loss"], fixed, gammas, lot["correlation"],
        np.full(gammas.size, lot["least"], np.int64), 8,
    )  # fmt: skip


@given(lots, st.floats(0.0, 0.02))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_the_risk_averse_split_more(lot, fixed):
    """The number never falls with risk aversion from 0 to 3, and is the least at 0."""
    gammas = np.linspace(0, 3, 25)
    numbers = best(lot, gammas, np.full(25, fixed))
    assert numbers[0] == lot["least"]
    assert (np.diff(numbers) >= 0).all()


@given(lots, st.floats(0.0, 3.0))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_fixed_cost_keeps_lots_together(lot, gamma):
    """The number never rises with the fixed cost of a consignment."""
    numbers = best(lot, np.full(25, gamma), np.linspace(0, 0.02, 25))
    assert (np.diff(numbers) <= 0).all()
    assert (numbers >= lot["least"]).all()


@given(lots, st.floats(0.05, 10.0))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_without_a_fixed_cost_everybody_who_fears_risk_splits(lot, gamma):
    """More consignments are worth more, strictly; who is risk neutral finds them all worth the same."""
    k = np.arange(1, 9)
    terms = lot["value"], lot["cost"], 1.0, lot["loss"], 0.0
    # The smallest gain here, gamma / 2 times the variance that the eighth consignment removes, is about 1e-9.
    assert (np.diff(certainty_equivalent(k, *terms, gamma, lot["correlation"])) > 0).all()
    same = certainty_equivalent(k, *terms, 0.0, lot["correlation"])
    np.testing.assert_allclose(same, (1 - lot["loss"]) * lot["value"] - lot["cost"], rtol=0, atol=1e-13)


def test_monotony_ends_where_the_worst_case_rules():
    """A lot worth twice the wealth, half its risk shared: beyond gamma 2.4 more fear means fewer boxes, not more."""
    lot = {"value": 2.0, "cost": 0.2, "loss": 0.343, "correlation": 0.5, "least": 1}
    numbers = best(lot, np.array([0.0, 1.0, 2.4, 2.9, 5.0]), np.full(5, 0.003))
    assert numbers[0] == 1
    assert numbers[1] > numbers[0]
    assert numbers[4] < numbers[2]
