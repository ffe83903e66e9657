"""What authorities believe: shrinkage, what each can see of others' evidence, and criteria."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from sim.targeting import gain_left, lane_log_odds, mix_distance, pooled_separation, shrunk_rate, visible_evidence


def test_shrinkage_by_hand_and_its_limits() -> None:
    """Without exposure the coarser rate; with much, the observed one; in between by weight; ever 0 < rate."""
    assert shrunk_rate(np.array([3.0]), np.array([1000.0]), np.array([0.001]), 2000.0)[0] == pytest.approx(5 / 3000)
    assert shrunk_rate(np.zeros(1), np.zeros(1), np.array([0.004]), 2000.0)[0] == 0.004
    assert shrunk_rate(np.array([5e6]), np.array([1e9]), np.array([0.9]), 2000.0)[0] == pytest.approx(0.005, rel=1e-3)
    searched_in_vain = shrunk_rate(np.zeros(4), np.array([0.0, 1e3, 1e5, 1e9]), np.full(4, 0.001), 2000.0)
    assert (np.diff(searched_in_vain) < 0).all()
    assert (searched_in_vain > 0).all()


NOW = np.array([[4.0, 0.0], [2.0, 6.0], [0.0, 10.0]])
LATE = np.array([[2.0, 0.0], [1.0, 3.0], [0.0, 5.0]])


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        # Own in full, half of what the press knows of the other two.
        ([False, False, False], [[4.5, 4.0], [3.0, 8.5], [1.5, 11.5]]),
        # One who shares with nobody has the same.
        ([True, False, False], [[4.5, 4.0], [3.0, 8.5], [1.5, 11.5]]),
        # Two share with each other, the third is by press.
        ([True, True, False], [[6.0, 8.5], [6.0, 8.5], [1.5, 11.5]]),
        ([True, True, True], [[6.0, 16.0], [6.0, 16.0], [6.0, 16.0]]),
    ],
)
def test_visible_evidence_by_hand(sharing: list[bool], expected: list[list[float]]) -> None:
    """Own evidence and that of partners at once and in full; the rest by press, late and in part."""
    np.testing.assert_allclose(visible_evidence(NOW, LATE, np.array(sharing, np.float64), 0.5), expected)


def test_part_of_the_evidence_is_exchanged() -> None:
    """A quarter at once and the rest by press; towards nothing it is as without the exchange, continuously."""
    quarter = visible_evidence(NOW, LATE, np.array([0.25, 0.25, 0.0]), 0.5)
    # First state, by hand: own 4, a quarter of 2 at once, half of three quarters of 1 and of the third state's 0.
    np.testing.assert_allclose(quarter[0], [4 + 0.5 + 0.375, 1.5 + 0.5 * (0.75 * 3 + 5)])
    alone = visible_evidence(NOW, LATE, np.zeros(3), 0.5)
    np.testing.assert_array_equal(quarter[2], alone[2])
    np.testing.assert_allclose(visible_evidence(NOW, LATE, np.full(3, 1e-9), 0.5), alone, atol=1e-7)


def test_without_press_strangers_are_not_seen() -> None:
    """A press share of zero leaves own evidence."""
    np.testing.assert_array_equal(visible_evidence(NOW, LATE, np.zeros(3), 0.0), NOW)


def odds(
    finds: list[float], exposure: list[float], seen: list[list[float]], seen_exposure: list[list[float]]
) -> list[float]:
    """Return log odds of lanes 0 (authority 0) and 1 (authority 1), both from departure port 0 of 2 in one region."""
    result = lane_log_odds(
        np.array(finds), np.array(exposure), np.array(seen), np.array(seen_exposure),
        np.array([0, 1]), np.array([0, 0]), np.array([0, 0]), 0.001, 2000.0,
    )  # fmt: skip
    return list(result)


def test_lane_log_odds_shrink_from_lane_to_port_to_region_to_prior() -> None:
    """By hand: region (2 + 6) / (2000 + 4000), port from it, lane from that; nothing seen is the prior."""
    none = [[0.0, 0.0], [0.0, 0.0]]
    assert odds([0, 0], [0, 0], none, none) == pytest.approx([logit(0.001)] * 2)
    value = odds([2, 0], [1000, 0], [[2, 4], [0, 0]], [[1000, 3000], [0, 0]])
    region = (2000 * 0.001 + 6) / (2000 + 4000)
    port = (2000 * region + 2) / (2000 + 1000)
    lane = (2000 * port + 2) / (2000 + 1000)
    assert value[0] == pytest.approx(logit(lane))
    assert value[1] == pytest.approx(logit(0.001)), "the other authority saw nothing"


def test_log_odds_stay_finite() -> None:
    """Beliefs are cut at one in a billion and one half."""
    many = [[1e9, 0.0], [0.0, 0.0]]
    value = odds([1e9, 0], [1, 1e300], many, [[1.0, 0.0], [1e300, 0.0]])
    assert value[0] == logit(0.5)
    assert value[1] == pytest.approx(logit(1e-9))


def test_pooled_separation() -> None:
    """Base at zero gain, zero transferability or zero finds of others; by hand otherwise; more finds never hurt."""
    own, other = np.array([5.0, 80.0]), np.array([100.0, 25.0])
    for worth, gain, others in ((0.3, 0.0, other), (0.0, 0.15, other), (0.3, 0.15, 0 * other)):
        assert (pooled_separation(1.3, own, others, np.full(2, worth), gain, 20.0) == 1.3).all()
    pooled = pooled_separation(1.3, own, other, np.full(2, 0.3), 0.15, 20.0)
    assert pooled == pytest.approx([1.3 + 0.15 * np.log(1 + 30 / 25), 1.3 + 0.15 * np.log(1 + 7.5 / 100)])
    more = pooled_separation(1.3, own, 2 * other, np.full(2, 0.3), 0.15, 20.0)
    assert (more > pooled).all()


def test_what_pooled_finds_add_shrinks_with_the_distance_of_mixes() -> None:
    """Half the sum of differences: 0 for the same mix, 1 for none in common; without decay nothing is lost."""
    first = np.array([[0.5, 0.5, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.4, 0.3, 0.2, 0.1]])
    second = np.array([[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.9, 0.1], [0.1, 0.3, 0.2, 0.4]])
    distance = mix_distance(first, second)
    assert distance == pytest.approx([0.0, 1.0, 0.3])
    assert gain_left(distance, 0.0).tolist() == [1.0, 1.0, 1.0]
    assert gain_left(distance, 0.5) == pytest.approx([1.0, 0.5, 0.85])
    assert gain_left(distance, 1.0) == pytest.approx([1.0, 0.0, 0.7])
