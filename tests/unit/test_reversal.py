"""The search for a reversal, on functions whose smallest change is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.reversal import Way, ridge_slopes, search_along, way_to, ways_to_look
from sim.streams import Floats

TOLERANCE = 0.05
SLOPES = np.array([0.3, -1.2, 0.0, 0.4, -0.05])
NAMES = ("a", "b", "c", "d", "e")
WIDE = np.full(5, 10.0)


def allowance(distance: float) -> float:
    """Return by how much a distance may be too long."""
    return TOLERANCE * max(1.0, distance + TOLERANCE * distance / (1 - TOLERANCE))


class Counted:
    """A function that counts how often it is asked."""

    def __init__(self, function: object) -> None:
        self.function, self.points = function, []

    def __call__(self, z: Floats) -> float:
        self.points.append(z.copy())
        return float(self.function(z))


def linear(z: Floats) -> float:
    """Return a gain of 2 at the start, gone at 2 / |slopes| at the nearest."""
    return float(2 + SLOPES @ z)


def test_all_inputs_together_find_the_smallest_change_of_a_linear_function() -> None:
    way = ways_to_look(SLOPES, -WIDE, WIDE, NAMES)[-1]
    found = search_along(linear, way, tolerance=TOLERANCE)
    nearest = 2 / np.linalg.norm(SLOPES)
    assert found.is_reversed
    assert nearest <= found.distance <= nearest + allowance(nearest)
    assert linear(found.point) < 0
    assert linear(way.point(found.t - allowance(nearest))) >= 0


@given(st.lists(st.integers(-300, 300), min_size=2, max_size=6), st.floats(0.01, 5))
def test_the_search_never_beats_the_truth_and_misses_it_by_the_tolerance(percents: list[int], gain: float) -> None:
    w = np.array(percents) / 100
    limit = np.full(w.size, 50.0)
    truth = gain / np.linalg.norm(w) if w.any() else np.inf
    for way in ways_to_look(w, -limit, limit, tuple(map(str, range(w.size)))):
        found = search_along(lambda z: gain + float(w @ z), way, tolerance=TOLERANCE)
        if found.is_reversed:
            assert found.distance >= truth * (1 - 1e-9)
        if way.name.endswith("together") and truth < 45:
            assert found.is_reversed
            assert found.distance <= truth + allowance(truth) + 1e-9


def test_single_inputs_reverse_where_they_do_and_stop_where_their_prior_ends() -> None:
    low, high = np.array([-3.0, -3, -3, -6, -3]), np.array([3.0, 3, 3, 6, 3])
    ways = {way.name: way for way in ways_to_look(SLOPES, low, high, NAMES)}
    found = {name: search_along(linear, way, tolerance=TOLERANCE) for name, way in ways.items()}
    assert set(ways) == {"a", "b", "d", "e", "these 4 together"}
    assert found["b"].is_reversed
    assert 2 / 1.2 <= found["b"].distance <= 2 / 1.2 + allowance(2 / 1.2)
    assert found["b"].point.tolist() == [0, found["b"].t, 0, 0, 0]
    assert found["d"].is_reversed
    assert -5 - allowance(5) <= found["d"].point[3] <= -5
    assert not found["a"].is_reversed
    assert found["a"].point.tolist() == [-3, 0, 0, 0, 0]
    assert not found["e"].is_reversed
    assert found["e"].distance == 3


def test_the_strongest_inputs_are_moved_alone_in_their_order() -> None:
    slopes = np.array([1.0, -5, 2, 0, 3, -4, 0.5, 0.1])
    ways = ways_to_look(slopes, -np.ones(8), np.ones(8), tuple("abcdefgh"), strongest=3)
    assert [way.name for way in ways] == ["b", "f", "e", "these 3 together", "all inputs together"]
    assert ways[0].direction.tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert ways[2].direction.tolist() == [0, 0, 0, 0, -1, 0, 0, 0]
    assert np.count_nonzero(ways[3].direction) == 3
    for way in ways:
        assert np.linalg.norm(way.direction) == pytest.approx(1)
        assert slopes @ way.direction < 0


def test_an_input_at_the_end_of_its_prior_does_not_move_further() -> None:
    low, high = np.array([0.0, -1.0]), np.array([2.0, 1.0])
    ways = ways_to_look(np.array([9.0, 1.0]), low, high, ("stuck", "free"))
    assert [way.name for way in ways] == ["free"]


def test_no_slopes_give_no_ways() -> None:
    assert ways_to_look(np.zeros(3), -np.ones(3), np.ones(3), ("a", "b", "c")) == []


def test_coordinates_stay_at_their_limits_while_others_go_on() -> None:
    way = Way("both", np.array([0.6, 0.8]), np.array([-1.0, -4.0]), np.array([1.0, 4.0]))
    assert way.point(5.0).tolist() == [1.0, 4.0]
    assert way.point(2.5).tolist() == [1.0, 2.0]
    assert way.distance(2.5) == pytest.approx(np.sqrt(5))
    assert way.end(lambda z: True) == pytest.approx(5.0)
    # 2 - z1 - z2 / 2 is gone at (1, 2): |(1, 2)| = 2.236, although the way goes there with a bend.
    found = search_along(lambda z: float(2 - z[0] - z[1] / 2), way, tolerance=TOLERANCE)
    assert np.sqrt(5) <= found.distance <= np.sqrt(5) + allowance(np.sqrt(5))


def test_a_quadratic_function_reverses_on_its_sphere() -> None:
    found = search_along(lambda z: 4 - float(z @ z), way_to("there", np.array([3.0, 4.0])), tolerance=TOLERANCE)
    assert 2 <= found.distance <= 2 + allowance(2)
    assert found.way.end(lambda z: True) == pytest.approx(5)


def test_the_nearest_of_several_reversals_is_found_when_inputs_move_together() -> None:
    """The gain is gone between .8 and 1.5 and again from 7 on: the way to the end alone would find the far one."""
    way = Way("both", np.array([0.6, 0.8]), -WIDE[:2], WIDE[:2])

    def gain(z: Floats) -> float:
        distance = float(np.linalg.norm(z))
        return -1.0 if 0.8 < distance < 1.5 or distance > 7 else 1.0

    found = search_along(gain, way, tolerance=TOLERANCE)
    assert 0.8 <= found.distance <= 0.8 + TOLERANCE


def test_a_single_input_that_holds_at_the_end_costs_one_run() -> None:
    value = Counted(lambda z: 1.0)
    found = search_along(value, Way("a", np.array([0.0, -1.0]), -WIDE[:2], WIDE[:2]))
    assert not found.is_reversed
    assert [point.tolist() for point in value.points] == [[0.0, -10.0]]


def test_bisection_halves() -> None:
    value = Counted(lambda z: 1.0 - z[0])
    found = search_along(value, Way("a", np.array([1.0]), -WIDE[:1], WIDE[:1]), tolerance=TOLERANCE)
    # 10 / 2^8 < .05 but 10 / 2^7 > .05: the end, and eight halvings
    assert len(value.points) == 9
    assert 1 <= found.distance <= 1 + allowance(1)


def test_points_that_are_not_allowed_are_never_asked() -> None:
    value = Counted(lambda z: 3 - z[0])
    way = Way("a", np.array([1.0]), -WIDE[:1], WIDE[:1])
    found = search_along(value, way, lambda z: bool(z[0] <= 2), tolerance=TOLERANCE)
    assert not found.is_reversed
    assert found.distance == pytest.approx(2)
    assert max(point[0] for point in value.points) <= 2
    inside = search_along(value, way, lambda z: bool(z[0] <= 5), tolerance=TOLERANCE)
    assert inside.is_reversed
    assert 3 <= inside.distance <= 3 + allowance(3)


def test_a_start_with_nowhere_to_go_is_not_run() -> None:
    value = Counted(lambda z: 1.0)
    found = search_along(value, Way("a", np.array([1.0]), -WIDE[:1], WIDE[:1]), lambda z: not z.any())
    assert not found.is_reversed
    assert found.distance == pytest.approx(0, abs=1e-9)


def test_a_search_looks_no_further_than_it_is_told() -> None:
    way = Way("both", np.array([0.6, 0.8]), -WIDE[:2], WIDE[:2])
    found = search_along(lambda z: 3 - float(np.linalg.norm(z)), way, until=2.5)
    assert not found.is_reversed
    assert found.t == 2.5


def test_slopes_of_an_exact_line_come_back() -> None:
    inputs = np.random.default_rng(1).normal(size=(60, 4))
    w = np.array([3.0, -1.0, 0.0, 0.5])
    assert ridge_slopes(inputs, 7 + inputs @ w) == pytest.approx(w, abs=0.01)


def test_slopes_in_noise_are_within_their_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(400, 8))
    w = np.array([2.0, -1.5, 1.0, -0.5, 0.0, 0.0, 0.0, 0.0])
    slopes = ridge_slopes(inputs, inputs @ w + rng.normal(scale=2.0, size=400))
    # least squares has an error of 2 / sqrt(400) = .1 for each; the penalty shrinks the largest by less than that
    assert slopes == pytest.approx(w, abs=0.6)


def test_slopes_with_fewer_rows_than_inputs_point_the_right_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(40, 60))
    w = np.where(np.arange(60) == 7, 5.0, 0.0)
    slopes = ridge_slopes(inputs, inputs @ w + rng.normal(scale=0.5, size=40))
    assert np.isfinite(slopes).all()
    assert np.abs(slopes).argmax() == 7
    assert slopes[7] > 0


def test_an_outcome_that_does_not_vary_has_no_slopes() -> None:
    inputs = np.random.default_rng(1).normal(size=(12, 3))
    assert ridge_slopes(inputs, np.full(12, 4.0)).tolist() == pytest.approx([0, 0, 0])
