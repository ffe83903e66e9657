"""`queue` by hand, against its definition in SimPy, and given wrong values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.control_line import queue

ENGINES = ("compiled", "simpy")


def draws(seed):
    return np.random.Generator(np.random.Philox(seed))


def assert_identical(one, other):
    for times, same in zip(one, other, strict=True):
        assert times.dtype == same.dtype
        np.testing.assert_array_equal(times, same)


@pytest.mark.parametrize("engine", ENGINES)
class TestByHand:
    def test_one_server(self, engine):
        start, finish = queue([0, 1, 10], [3, 4, 2], 1, engine=engine)
        assert start.tolist() == [0, 3, 10]
        assert finish.tolist() == [3, 7, 12]
        assert start.dtype == finish.dtype == np.int64

    def test_two_servers_and_arrivals_out_of_order(self, engine):
        start, finish = queue([2.0, 0.0, 1.0], [1.0, 5.0, 5.0], 2, engine=engine)
        assert start.tolist() == [5.0, 0.0, 1.0]
        assert finish.tolist() == [6.0, 5.0, 6.0]

    def test_whole_and_floating_times_mix_to_floats(self, engine):
        start, _ = queue([0, 1], [1.5, 1.0], 1, engine=engine)
        assert start.tolist() == [0.0, 1.5]

    def test_tip_arriving_with_the_end_of_a_service_is_served_first(self, engine):
        start, _ = queue([0, 1, 5], [5, 5, 5], 1, priority=[1, 1, 0], engine=engine)
        assert start.tolist() == [0, 10, 5]

    def test_tip_does_not_stop_a_box_in_service(self, engine):
        start, _ = queue([0, 1], [5, 5], 1, priority=[1, 0], engine=engine)
        assert start.tolist() == [0, 5]

    def test_of_boxes_arriving_together_the_tip_starts_first(self, engine):
        start, _ = queue([0, 0, 0], [5, 5, 5], 1, priority=[2, 1, 1], engine=engine)
        assert start.tolist() == [10, 0, 5]

    def test_capacity_counts_the_box_in_service(self, engine):
        start, finish = queue([0, 1, 2], [5, 5, 5], 1, capacity=2, engine=engine)
        np.testing.assert_array_equal(start, [0.0, 5.0, np.nan])
        np.testing.assert_array_equal(finish, [5.0, 10.0, np.nan])

    def test_completion_makes_room_for_an_arrival_of_the_same_instant(self, engine):
        start, _ = queue([0, 5, 5], [5, 5, 5], 1, capacity=1, engine=engine)
        np.testing.assert_array_equal(start, [0.0, 5.0, np.nan])

    def test_room_goes_by_position_and_service_by_class(self, engine):
        start, _ = queue([0, 0, 0], [5, 5, 5], 1, priority=[1, 1, 0], capacity=2, engine=engine)
        np.testing.assert_array_equal(start, [0.0, 5.0, np.nan])

    def test_capacity_that_refuses_nobody_keeps_whole_numbers(self, engine):
        start, _ = queue([0, 1], [5, 5], 1, capacity=2, engine=engine)
        assert start.dtype == np.int64

    def test_no_boxes(self, engine):
        start, finish = queue([], [], 3, engine=engine)
        assert start.shape == finish.shape == (0,)

    def test_negative_times_and_services_of_no_length(self, engine):
        start, finish = queue([-5, -5, -5], [0, 0, 2], 1, engine=engine)
        assert start.tolist() == [-5, -5, -5]
        assert finish.tolist() == [-5, -5, -3]

    def test_inputs_stay_as_they_are(self, engine):
        arrivals, services = np.array([3, 1, 2]), np.array([1, 1, 1])
        arrivals.setflags(write=False)
        queue(arrivals, services, 1, priority=[1, 0, 0], capacity=1, engine=engine)
        assert arrivals.tolist() == [3, 1, 2]
        assert services.tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", ["floating", "whole"])
@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("more_room", [None, 0, 5])
@pytest.mark.parametrize("servers", [1, 3, 10])
def test_engines_are_identical(servers, more_room, classes, kind):
    rng = draws([servers, classes, len(kind)])
    boxes = 800
    arrivals, services = rng.random(boxes) * boxes, rng.exponential(0.98 * servers, boxes)
    if kind == "whole":  # about 270 different arrivals for 800 boxes: ties everywhere
        arrivals, services = (np.round(times / 3).astype(np.int64) for times in (arrivals, services))
        assert np.unique(arrivals).size < boxes / 2
    priority = None if classes == 1 else rng.integers(0, classes, boxes)
    capacity = None if more_room is None else servers + more_room
    compiled = queue(arrivals, services, servers, priority, capacity)
    assert_identical(compiled, queue(arrivals, services, servers, priority, capacity, engine="simpy"))
    if capacity is not None:
        assert np.isnan(compiled[0]).any(), "the case should refuse some boxes"


@pytest.mark.parametrize("servers", [2, 4, 5, 17, 80])
@pytest.mark.parametrize("classes", [None, 3, 1000])
def test_engines_are_identical_for_every_recursion(servers, classes):
    rng = draws(servers)
    arrivals, services = rng.integers(0, 500, 1500), rng.integers(0, servers, 1500)
    priority = None if classes is None else rng.integers(0, classes, 1500)
    assert_identical(
        queue(arrivals, services, servers, priority), queue(arrivals, services, servers, priority, None, "simpy")
    )


boxes = st.lists(st.tuples(st.integers(-3, 20), st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=25)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(boxes, st.integers(1, 5), st.one_of(st.none(), st.integers(1, 6)), st.booleans(), st.sampled_from([int, float]))
def test_engines_are_identical_on_small_cases(boxes, servers, capacity, has_classes, kind):
    arrivals, services, priority = (np.array(column) for column in zip(*boxes, strict=True))
    case = arrivals.astype(kind), services.astype(kind), servers, priority if has_classes else None, capacity
    assert_identical(queue(*case), queue(*case, engine="simpy"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"servers": 0}, "servers is 0, must be at least 1"),
        ({"capacity": 0}, "capacity is 0, must be at least 1"),
        ({"engine": "fast"}, "engine is 'fast', must be one of compiled, simpy"),
        ({"services": [1.0]}, r"shapes \(2,\) and \(1,\)"),
        ({"arrivals": [[1.0], [2.0]]}, r"shapes \(2, 1\) and \(2,\)"),
        ({"arrivals": [1.0, np.nan]}, "arrival of box 1 is nan, must be finite"),
        ({"arrivals": [np.inf, 1.0]}, "arrival of box 0 is inf, must be finite"),
        ({"services": [1.0, -2.0]}, r"service of box 1 is -2\.0, must be finite and at least 0"),
        ({"services": [np.nan, 1.0]}, "service of box 0 is nan"),
        ({"services": ["a", "b"]}, "services has dtype <U1"),
        ({"priority": [0, -1]}, "priority has -1, must be at least 0"),
        ({"priority": [0]}, r"priority has shape \(1,\), must be \(2,\)"),
        ({"priority": [0.0, 1.0]}, "priority has dtype float64, must be whole numbers"),
    ],
)
def test_wrong_values_are_named(change, message):
    arguments = {"arrivals": [0.0, 1.0], "services": [1.0, 1.0], "servers": 1} | change
    with pytest.raises(ValueError, match=message):
        queue(**arguments)
