"""Beliefs of organisations: bounded, monotone in effort, late, and never irreversible."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.beliefs import Beliefs, beta_mean, generalised_prior, mixed_loss, posture_loss
from agents.cooperation import NOBODY
from scenarios.case import Case
from tests.model_cases import small_case, with_parameters

ORGANISATIONS, PORTS, PLACES, METHODS, DEPARTURES = 3, 2, 3, 5, 4
ONE = np.ones(1, np.int64)
ALL = np.arange(ORGANISATIONS)
ALONE = np.zeros((ORGANISATIONS, 0), np.int64)


def beliefs(case: Case | None = None, traffic_error: float = 1.0, neighbours: NDArray[np.int64] = ALONE) -> Beliefs:
    return Beliefs(
        case or unshared(),
        traffic_error=np.full((ORGANISATIONS, PLACES), traffic_error),
        posture_noise=np.zeros((ORGANISATIONS, PORTS)),
        departures=DEPARTURES,
        methods=METHODS,
        neighbours=neighbours,
    )


def unshared(**values: float) -> Case:
    """Return the case in which fear is neither told nor generalised, other beliefs as given."""
    return with_parameters(small_case(), "beliefs", **{"generalisation": 0.0, "hearsay_weight": 0.0, **values})


def only_own(**values: float) -> Case:
    return unshared(signal_weight=0.0, **values)


def only_news() -> Case:
    return unshared(signal_weight=1.0, posture_elasticity=0.0)


def test_beta_mean_by_hand() -> None:
    """Prior .35 worth 5 observations and 2 losses in 4: (1.75 + 2) / 9."""
    assert beta_mean(np.array([2.0]), np.array([4.0]), 0.35, 5.0)[0] == pytest.approx(3.75 / 9)
    assert beta_mean(np.zeros(1), np.zeros(1), 0.35, 5.0)[0] == 0.35
    assert beta_mean(np.array([1e9]), np.array([1e9]), 0.35, 5.0)[0] == pytest.approx(1.0)


def test_mixture_by_hand() -> None:
    """Half own, a quarter news, a quarter posture at weight one half."""
    assert mixed_loss(np.array([0.4]), np.array([0.2]), np.array([0.6]), 0.5)[0] == pytest.approx(0.4)
    assert mixed_loss(np.array([0.4]), np.array([0.2]), np.array([0.6]), 0.0)[0] == 0.4


def test_posture_is_bounded_and_monotone() -> None:
    """More visible effort never lowers the believed loss; it stays between 0 and 1; usual effort gives the prior."""
    effort = np.linspace(-30, 30, 301)
    loss = posture_loss(effort, 0.0, np.zeros((1, 301)), 0.35, 0.3)[0]
    assert ((loss > 0) & (loss < 1)).all()
    assert (np.diff(loss) > 0).all()
    assert posture_loss(np.zeros(1), 0.0, np.zeros((1, 1)), 0.35, 0.3)[0, 0] == pytest.approx(0.35)


def test_own_outcomes_count_at_once_and_for_oneself_alone() -> None:
    """A loss raises the belief of who lost, at that place and method, by hand; nobody else's before the news."""
    b = beliefs(only_own())
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE, ONE)
    loss = b.entry_loss(10, ALL)
    assert loss[1, 0, 2] == pytest.approx((5 * 0.35 + 1) / 6)
    loss[1, 0, 2] = 0.35
    assert loss == pytest.approx(np.full((ORGANISATIONS, PLACES, METHODS), 0.35))


def test_news_come_after_their_lag_and_over_the_traffic_believed_in() -> None:
    """Others learn of a find 14 days later, each dividing it by its own idea of the traffic."""
    b = beliefs(only_news(), traffic_error=2.0)
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE, ONE)
    b.publish(23)
    prior = (0.35 + 0.35) / 2
    assert b.entry_loss(23, ALL)[0, 0, 2] == pytest.approx(prior)
    b.publish(24)
    assert b.entry_loss(24, ALL)[0, 0, 2] == pytest.approx(0.5 * (5 * 0.35 + 1) / 7 + 0.5 * 0.35)


def test_posture_is_seen_after_its_lag() -> None:
    """Effort that was noted 90 days ago is what is seen; the first note is what is usual."""
    case = unshared(signal_weight=1.0)
    b = beliefs(case)
    b.observe_effort(0, np.array([0.1, 0.1]), np.array([1.0, 3.0]))
    b.observe_effort(30, np.array([0.2, 0.1]), np.array([1.0, 3.0]))
    before, after = b.entry_loss(119, ALL), b.entry_loss(120, ALL)
    assert before[:, :PORTS] == pytest.approx(np.full((ORGANISATIONS, PORTS, METHODS), 0.35))
    assert (after[:, 0] > before[:, 0]).all()
    assert after[:, 1] == pytest.approx(before[:, 1])
    assert after[:, 2] == pytest.approx(before[:, 2])


def test_ports_without_weight_do_not_move_what_is_usual() -> None:
    """Law: the reference effort is the same to the last bit with ports that nobody knows."""
    rng = np.random.Generator(np.random.Philox(3))
    effort, weight = rng.random(40), rng.random(40)
    few, many = beliefs(), beliefs()
    few.observe_effort(0, effort, weight)
    at = np.sort(rng.permutation(60)[:40])
    wide_effort, wide_weight = rng.random(60), np.zeros(60)
    wide_effort[at], wide_weight[at] = effort, weight
    many.observe_effort(0, wide_effort, wide_weight)
    assert few._reference == many._reference


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_no_belief_is_irreversible(shared: float) -> None:
    """After any evidence, silence brings every belief back to the prior: at 20 half-lives to within 1e-3.

    With hearsay and generalised fear too, whatever their weights.
    """
    b = beliefs(unshared(generalisation=shared, hearsay_weight=shared), neighbours=LINE)
    for day in range(300):
        b.observe_outcomes(day, ONE, ONE * 0, ONE * 2, ONE, ONE)
        b.observe_departures(ONE, ONE, ONE)
    b.publish(10_000)
    raised = b.entry_loss(300, ALL)
    assert raised[1, 0, 2] > 0.5
    # The neighbours' belief and that about other places have been moved if, and only if, anything is shared.
    assert (raised[1, 2, 0] > 0.36) == (shared > 0)
    assert (raised[0, 0, 2] > raised[2, 0, 2]) == (shared > 0)
    assert b.departure_loss(ALL)[1, 1] > 0.9
    b.fade(round(20 * b.case.parameters.beliefs.half_life_days))
    assert b.entry_loss(10_000, ALL) == pytest.approx(np.full((ORGANISATIONS, PLACES, METHODS), 0.35), abs=1e-4)
    assert b.departure_loss(ALL) == pytest.approx(np.full((ORGANISATIONS, DEPARTURES), 0.13), abs=1e-4)


def test_evidence_halves_in_a_half_life() -> None:
    """Fading in weeks or at once is the same."""
    b = beliefs(unshared(half_life_days=70.0))
    b.observe_outcomes(0, ONE, ONE, ONE, ONE, ONE)
    for _ in range(10):
        b.fade(7)
    assert b.own_losses[1, 1, 1] == pytest.approx(0.5)
    assert b.own_outcomes[1, 1, 1] == pytest.approx(0.5)


def test_switched_off_beliefs_are_the_prior_whatever_happened() -> None:
    """Without beliefs everyone believes the prior for ever."""
    b = beliefs(small_case("switches.beliefs=false"))
    b.observe_outcomes(0, ONE, ONE, ONE, ONE, ONE)
    b.observe_departures(ONE, ONE, ONE)
    b.observe_effort(0, np.array([0.1, 9.0]), np.ones(2))
    b.publish(100)
    assert (b.entry_loss(500, ALL) == 0.35).all()
    assert (b.departure_loss(ALL) == b.case.parameters.departure.seizure_probability).all()


# ---- what is shared ------------------------------------------------------------------------------------------------

LINE = np.array([[1, NOBODY], [0, NOBODY], [NOBODY, NOBODY]])
"""Organisations 0 and 1 tell each other; 2 talks to nobody."""


def test_hearsay_by_hand() -> None:
    """A neighbour's two losses in three count as 2 x .25 in 3 x .25; one's own in full; strangers hear nothing."""
    b = beliefs(only_own(hearsay_weight=0.25), neighbours=LINE)
    for is_lost in (1, 1, 0):
        b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE * is_lost, ONE * is_lost)
    b.observe_outcomes(10, ONE * 0, ONE * 0, ONE * 2, ONE, ONE)
    loss = b.entry_loss(10, ALL)
    assert loss[0, 0, 2] == pytest.approx((5 * 0.35 + 1 + 2 * 0.25) / (5 + 1 + 3 * 0.25))
    assert loss[1, 0, 2] == pytest.approx((5 * 0.35 + 2 + 0.25) / (5 + 3 + 0.25))
    loss[:2, 0, 2] = 0.35
    assert loss == pytest.approx(np.full((ORGANISATIONS, PLACES, METHODS), 0.35))


def test_nobody_stands_for_nobody() -> None:
    """The last organisation's losses (row -1) are heard by its own neighbours only, and by each of them once."""
    told = np.array([[1, 2], [0, NOBODY], [0, NOBODY]])
    b = beliefs(only_own(hearsay_weight=1.0), neighbours=told)
    b.observe_outcomes(0, ONE * 2, ONE, ONE, ONE, ONE)
    loss = b.entry_loss(0, ALL)[:, 1, 1]
    assert loss == pytest.approx([(5 * 0.35 + 1) / 6, 0.35, (5 * 0.35 + 1) / 6])
    b.observe_outcomes(0, ONE, ONE, ONE, ONE, ONE)
    assert b.entry_loss(0, ALL)[0, 1, 1] == pytest.approx((5 * 0.35 + 2) / 7)


def test_hearsay_without_weight_or_ties_changes_nothing() -> None:
    """To the bit."""
    told = [beliefs(only_own(hearsay_weight=w), neighbours=n) for w, n in ((0.0, LINE), (0.9, ALONE), (0.0, ALONE))]
    for b in told:
        b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE, ONE)
    first, *others = (b.entry_loss(10, ALL) for b in told)
    assert all(np.array_equal(first, other) for other in others)


def test_hearsay_is_not_passed_on() -> None:
    """Who hears of a loss does not tell it as its own: at three in a row the ends never hear of each other."""
    told = np.array([[1, NOBODY], [0, 2], [1, NOBODY]])
    b = beliefs(only_own(hearsay_weight=1.0), neighbours=told)
    b.observe_outcomes(0, ONE * 0, ONE, ONE, ONE, ONE)
    for day in range(5):
        loss = b.entry_loss(day, ALL)[:, 1, 1]
    assert loss[1] > 0.35
    assert loss[2] == pytest.approx(0.35)


def test_generalised_prior_by_hand() -> None:
    """Three losses in four over all cells: overall (5 x .35 + 3) / 9, of which a quarter."""
    losses, observations = np.zeros((2, 2, 3)), np.zeros((2, 2, 3))
    losses[0, 0, 0], losses[0, 1, 2], observations[0, 0, 0], observations[0, 1, 2] = 1.0, 2.0, 2.0, 2.0
    expected = generalised_prior(losses, observations, 0.35, 5.0, 0.25)
    assert expected == pytest.approx([0.75 * 0.35 + 0.25 * 4.75 / 9, 0.35])
    assert np.array_equal(generalised_prior(losses, observations, 0.35, 5.0, 0.0), [0.35, 0.35])
    assert generalised_prior(losses, observations, 0.35, 5.0, 1.0)[0] == pytest.approx(4.75 / 9)


def test_fear_of_one_place_raises_what_is_expected_elsewhere() -> None:
    """A loss at one cell raises the belief about all others equally, by hand; success lowers it; only one's own."""
    b = beliefs(only_own(generalisation=0.4))
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE, ONE)
    loss = b.entry_loss(10, ALL)
    expected = 0.6 * 0.35 + 0.4 * (5 * 0.35 + 1) / 6
    assert loss[1, 0, 2] == pytest.approx((5 * expected + 1) / 6)
    elsewhere = np.ones((PLACES, METHODS), np.bool_)
    elsewhere[0, 2] = False
    assert loss[1, elsewhere] == pytest.approx(expected)
    assert loss[[0, 2]] == pytest.approx(0.35)
    for _ in range(3):
        b.observe_outcomes(11, ONE * 2, ONE * 0, ONE * 2, ONE * 0, ONE * 0)
    assert (b.entry_loss(11, ALL)[2] < 0.35).all()


def test_generalisation_of_weight_zero_changes_nothing() -> None:
    """To the bit the Beta mean of the cell itself."""
    b = beliefs(only_own())
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE, ONE)
    own = beta_mean(b.own_losses, b.own_outcomes, 0.35, 5.0)
    assert np.array_equal(b.entry_loss(10, ALL), own)


def test_fear_that_was_heard_of_is_generalised_too() -> None:
    """Both on, by hand: the neighbour's loss at half its weight moves what is expected at a third place."""
    b = beliefs(only_own(generalisation=0.5, hearsay_weight=0.5), neighbours=LINE)
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE, ONE)
    loss = b.entry_loss(10, ALL)
    assert loss[0, 2, 4] == pytest.approx(0.5 * 0.35 + 0.5 * (5 * 0.35 + 0.5) / 5.5)
    assert loss[2] == pytest.approx(0.35)


def test_beliefs_stay_probabilities_whatever_was_seen() -> None:
    """Law: between 0 and 1 at any weights, also where the traffic believed in is far below the finds."""
    for shared in (0.0, 0.5, 1.0):
        for weight in (0.0, 0.5, 1.0):
            case = unshared(generalisation=shared, hearsay_weight=shared, signal_weight=weight)
            b = beliefs(case, traffic_error=0.01, neighbours=LINE)
            for _ in range(50):
                b.observe_outcomes(0, ONE, ONE, ONE, ONE, ONE)
                b.observe_outcomes(0, ONE * 0, ONE, ONE * 0, ONE * 0, ONE * 0)
            b.publish(100)
            loss = b.entry_loss(100, ALL)
            assert ((loss > 0) & (loss <= 1)).all()


def test_rows_of_some_are_those_rows_of_all() -> None:
    """Law: what an organisation believes does not depend on who is asked with it, to the bit."""
    b = beliefs(unshared(generalisation=0.3, hearsay_weight=0.4), neighbours=LINE)
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE, ONE)
    b.observe_departures(ONE, ONE, ONE)
    b.publish(30)
    order = np.array([2, 1])
    assert np.array_equal(b.entry_loss(30, order), b.entry_loss(30, ALL)[order])
    assert np.array_equal(b.departure_loss(order), b.departure_loss(ALL)[order])
    assert np.array_equal(b.opinion(30, order).loss(), b.entry_loss(30, order))


def test_public_loss_is_what_news_suggest_to_all() -> None:
    """Two finds in three public outcomes, by hand; nothing before the lag."""
    b = beliefs()
    for is_lost in (1, 1, 0):
        b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE * is_lost, ONE * is_lost)
    b.publish(23)
    assert (b.public_loss(ONE)[0] == 0.35).all()
    b.publish(24)
    assert b.public_loss(ONE)[0][0, 2] == pytest.approx((5 * 0.35 + 2) / 8)
    assert b.public_loss(ONE)[0][0, 1] == 0.35
