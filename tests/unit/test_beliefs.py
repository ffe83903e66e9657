"""Beliefs of organisations: bounded, monotone in effort, late, and never irreversible."""

from __future__ import annotations

import numpy as np
import pytest

from agents.beliefs import Beliefs, beta_mean, mixed_loss, posture_loss
from scenarios.case import Case
from tests.model_cases import small_case, with_parameters

ORGANISATIONS, PORTS, PLACES, METHODS, DEPARTURES = 3, 2, 3, 5, 4
ONE = np.ones(1, np.int64)


def beliefs(case: Case | None = None, traffic_error: float = 1.0) -> Beliefs:
    return Beliefs(
        case or small_case(),
        traffic_error=np.full((ORGANISATIONS, PLACES), traffic_error),
        posture_noise=np.zeros((ORGANISATIONS, PORTS)),
        departures=DEPARTURES,
        methods=METHODS,
    )


def only_own() -> Case:
    return with_parameters(small_case(), "beliefs", signal_weight=0.0)


def only_news() -> Case:
    return with_parameters(small_case(), "beliefs", signal_weight=1.0, posture_elasticity=0.0)


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
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE)
    loss = b.entry_loss(10)
    assert loss[1, 0, 2] == pytest.approx((5 * 0.35 + 1) / 6)
    loss[1, 0, 2] = 0.35
    assert loss == pytest.approx(np.full((ORGANISATIONS, PLACES, METHODS), 0.35))


def test_news_come_after_their_lag_and_over_the_traffic_believed_in() -> None:
    """Others learn of a find 14 days later, each dividing it by its own idea of the traffic."""
    b = beliefs(only_news(), traffic_error=2.0)
    b.observe_outcomes(10, ONE, ONE * 0, ONE * 2, ONE)
    b.publish(23)
    prior = (0.35 + 0.35) / 2
    assert b.entry_loss(23)[0, 0, 2] == pytest.approx(prior)
    b.publish(24)
    assert b.entry_loss(24)[0, 0, 2] == pytest.approx(0.5 * (5 * 0.35 + 1) / 7 + 0.5 * 0.35)


def test_posture_is_seen_after_its_lag() -> None:
    """Effort that was noted 90 days ago is what is seen; the first note is what is usual."""
    case = with_parameters(small_case(), "beliefs", signal_weight=1.0)
    b = beliefs(case)
    b.observe_effort(0, np.array([0.1, 0.1]), np.array([1.0, 3.0]))
    b.observe_effort(30, np.array([0.2, 0.1]), np.array([1.0, 3.0]))
    before, after = b.entry_loss(119), b.entry_loss(120)
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


def test_no_belief_is_irreversible() -> None:
    """After any evidence, silence brings every belief back to the prior: at 20 half-lives to within 1e-4."""
    b = beliefs()
    for day in range(300):
        b.observe_outcomes(day, ONE, ONE * 0, ONE * 2, ONE)
        b.observe_departures(ONE, ONE, ONE)
    b.publish(10_000)
    assert b.entry_loss(300)[1, 0, 2] > 0.5
    assert b.departure_loss()[1, 1] > 0.9
    b.fade(round(20 * b.case.parameters.beliefs.half_life_days))
    assert b.entry_loss(10_000) == pytest.approx(np.full((ORGANISATIONS, PLACES, METHODS), 0.35), abs=1e-4)
    assert b.departure_loss() == pytest.approx(np.full((ORGANISATIONS, DEPARTURES), 0.13), abs=1e-4)


def test_evidence_halves_in_a_half_life() -> None:
    """Fading in weeks or at once is the same."""
    b = beliefs(with_parameters(small_case(), "beliefs", half_life_days=70.0))
    b.observe_outcomes(0, ONE, ONE, ONE, ONE)
    for _ in range(10):
        b.fade(7)
    assert b.own_losses[1, 1, 1] == pytest.approx(0.5)
    assert b.own_outcomes[1, 1, 1] == pytest.approx(0.5)


def test_switched_off_beliefs_are_the_prior_whatever_happened() -> None:
    """Without beliefs everyone believes the prior for ever."""
    b = beliefs(small_case("switches.beliefs=false"))
    b.observe_outcomes(0, ONE, ONE, ONE, ONE)
    b.observe_departures(ONE, ONE, ONE)
    b.observe_effort(0, np.array([0.1, 9.0]), np.ones(2))
    b.publish(100)
    assert (b.entry_loss(500) == 0.35).all()
    assert (b.departure_loss() == b.case.parameters.departure.seizure_probability).all()
