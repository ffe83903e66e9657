"""The whole line by hand: shifts, breakdowns, priorities, ties, and wrong values. Both engines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.control_line import READ, RETRIEVE, SCAN, SEARCH, Roster, line_kernel, make_line
from sim.control_line import roster as roster_module

ENGINES = ("compiled", "simpy")
ALL, SCAN_ONLY, SEARCH_ONLY = 0b1111, 1 << SCAN, 1 << SEARCH


def ints(values):
    return np.array(values, np.int64)


def roster(ports=1, servers=1, breakdowns=(), max_scanners=4, window=(0, 1440), weekdays=127, first_weekday=0):
    """Return a roster with the same servers everywhere; breakdowns are of scanner 0 of port 0."""
    shape = (ports, 4)
    first = np.full(ports * max_scanners + 1, len(breakdowns), np.int64)
    first[0] = 0
    return Roster(
        servers=np.full(shape, servers, np.int64),
        open_min=np.full(shape, window[0], np.int64),
        close_min=np.full(shape, window[1], np.int64),
        weekdays=np.full(shape, weekdays, np.int64),
        first_weekday=first_weekday,
        breakdown_start=ints([down for down, _ in breakdowns]),
        breakdown_end=ints([up for _, up in breakdowns]),
        breakdown_first=first,
        max_scanners=max_scanners,
    )


def add(line, arrivals, minutes=10, route=SCAN_ONLY, klass=1, tags=None, port=0):
    """Add boxes of which each stage takes the same minutes."""
    count = len(arrivals)
    tags = range(count) if tags is None else tags
    service = np.broadcast_to(ints(minutes).reshape(-1, 1), (count, 4)).copy()
    fill = (np.broadcast_to(ints(value), count).copy() for value in (port, klass, route))
    line.add(*fill, ints(arrivals), service, ints(list(tags)))


def times(progress):
    """Return {tag: (start of the first stage, finish)} of completed boxes."""
    done = progress.completed
    return {
        t: (s, f)
        for t, s, f in zip(done.tag.tolist(), done.secured_min.tolist(), done.finish_min.tolist(), strict=True)
    }


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def test_box_passes_all_stages(engine):
    line = make_line(roster(), engine)
    line.add(ints([0]), ints([1]), ints([ALL]), ints([5]), ints([[1, 20, 300, 4000]]), ints([7]))
    assert times(line.advance(1440)) == {7: (5, 4326)}  # the last stage has started, its end is known


def test_route_leaves_stages_out(engine):
    line = make_line(roster(), engine)
    line.add(ints([0]), ints([1]), ints([1 << RETRIEVE | 1 << READ]), ints([5]), ints([[1, 20, 300, -1]]), ints([7]))
    assert times(line.advance(1440)) == {7: (5, 306)}  # minutes of stages not visited are not read


def test_starts_wait_for_the_shift_and_the_weekday(engine):
    # Day 0 is weekday 5; the stage works on weekday 0 only, which is day 2.
    line = make_line(roster(window=(480, 960), weekdays=1, first_weekday=5), engine)
    add(line, [100])
    assert times(line.advance(2 * 1440)) == {}
    assert line.waiting(SCAN).tolist() == [1]
    assert times(line.advance(3 * 1440)) == {0: (2 * 1440 + 480, 2 * 1440 + 490)}


def test_end_of_shift_does_not_stop_a_box_in_hand(engine):
    line = make_line(roster(window=(480, 960)), engine)
    add(line, [959, 960], minutes=100)
    assert times(line.advance(2 * 1440)) == {0: (959, 1059), 1: (1440 + 480, 1440 + 580)}


def test_no_start_at_the_closing_minute(engine):
    line = make_line(roster(window=(480, 960)), engine)
    add(line, [950, 950])
    assert times(line.advance(1440)) == {0: (950, 960)}


def test_breakdown_suspends_and_the_rest_follows(engine):
    line = make_line(roster(breakdowns=[(105, 200), (203, 300), (300, 310)]), engine)
    add(line, [100, 100])
    # 5 minutes, then 3, then 2; the next starts when the first has ended.
    assert times(line.advance(1440)) == {0: (100, 312), 1: (312, 322)}


def test_service_that_ends_with_the_start_of_a_breakdown_is_done(engine):
    line = make_line(roster(breakdowns=[(110, 200)]), engine)
    add(line, [100, 105])
    assert times(line.advance(1440)) == {0: (100, 110), 1: (200, 210)}


def test_only_scanners_break_down(engine):
    line = make_line(roster(breakdowns=[(0, 1000)]), engine)
    add(line, [0], route=SEARCH_ONLY)
    assert times(line.advance(1440)) == {0: (0, 10)}


def test_lowest_server_takes_the_box(engine):
    # Server 0 is down from 5 to 50, server 1 never: who takes the first box shows in its finish.
    line = make_line(roster(servers=2, breakdowns=[(5, 50)]), engine)
    add(line, [0, 0])
    assert times(line.advance(1440)) == {0: (0, 55), 1: (0, 10)}


def test_service_of_no_length_frees_the_server_for_the_next_start(engine):
    line = make_line(roster(servers=2, breakdowns=[(5, 50)]), engine)
    add(line, [0, 0], minutes=[0, 10])
    assert times(line.advance(1440)) == {0: (0, 0), 1: (0, 55)}  # again on server 0


def test_tip_overtakes_but_does_not_stop(engine):
    line = make_line(roster(), engine)
    add(line, [0, 1, 10], klass=[1, 1, 0])
    assert times(line.advance(1440)) == {0: (0, 10), 2: (10, 20), 1: (20, 30)}


def test_ties_go_by_tag_whatever_the_order_of_add(engine):
    line = make_line(roster(), engine)
    add(line, [5], tags=[9])
    add(line, [5, 5], tags=[4, -3])
    assert times(line.advance(1440)) == {-3: (5, 15), 4: (15, 25), 9: (25, 35)}


def test_box_that_arrives_from_a_stage_of_no_length_takes_part_in_the_instant(engine):
    line = make_line(roster(), engine)
    route = 1 << RETRIEVE | 1 << SCAN
    line.add(
        ints([0, 0]), ints([1, 1]), ints([route, SCAN_ONLY]), ints([5, 5]), ints([[0, 10, 0, 0]] * 2), ints([1, 2])
    )
    assert times(line.advance(1440)) == {1: (5, 15), 2: (15, 25)}


def test_background_is_completed_but_never_reported_as_secured(engine):
    line = make_line(roster(), engine)
    add(line, [0, 0], tags=[-1, 3])
    progress = line.advance(1440)
    assert progress.secured.tag.tolist() == [3]
    assert progress.secured.secured_min.tolist() == [10]
    assert progress.completed.tag.tolist() == [-1, 3]
    assert progress.completed.finish_min.tolist() == [10, 20]


def test_secured_is_told_before_completed(engine):
    line = make_line(roster(), engine)
    add(line, [0], route=ALL, minutes=1000)
    progress = line.advance(1440)
    assert (progress.secured.tag.tolist(), progress.secured.secured_min.tolist()) == ([0], [0])
    assert progress.completed.tag.size == 0
    progress = line.advance(4 * 1440)
    assert progress.secured.tag.size == 0
    assert times(progress) == {0: (0, 4000)}


def test_waiting_counts_first_stages_only(engine):
    line = make_line(roster(ports=2), engine)
    add(line, [0, 10, 20, 1440], route=SEARCH_ONLY, minutes=5000, port=1)  # one in service, one not yet there
    add(line, [0, 0], route=1 << SCAN | 1 << SEARCH, tags=[10, 11], port=1)  # wait at the search, secured before
    line.advance(1440)
    assert line.waiting(SEARCH).tolist() == [0, 2]
    assert line.waiting(SCAN).tolist() == [0, 0]


def test_servers_come_and_go(engine):
    line = make_line(roster(servers=2), engine)
    add(line, [1000] * 5, minutes=1000)
    assert times(line.advance(1440)) == {0: (1000, 2000), 1: (1000, 2000)}
    line.set_servers(0, SCAN, 1)  # server 1 finishes its box
    assert times(line.advance(2880)) == {2: (2000, 3000)}
    line.set_servers(0, SCAN, 3)  # new ones start idle
    assert times(line.advance(4320)) == {3: (2880, 3880), 4: (2880, 3880)}
    line.set_servers(0, SCAN, 0)
    add(line, [4320], tags=[9])
    assert times(line.advance(9999)) == {}
    line.set_servers(0, SCAN, 1)
    assert times(line.advance(20000)) == {9: (9999, 10009)}


def test_new_server_in_the_place_of_one_that_still_works_is_idle(engine):
    line = make_line(roster(servers=1), engine)
    add(line, [0, 0], minutes=5000)
    line.advance(1440)
    line.set_servers(0, SCAN, 0)
    line.advance(2880)
    line.set_servers(0, SCAN, 1)
    assert times(line.advance(4320)) == {1: (2880, 7880)}


def test_stage_without_servers_or_days_never_starts(engine):
    for empty in (roster(servers=0), roster(weekdays=0, window=(0, 0))):
        line = make_line(empty, engine)
        add(line, [0])
        assert times(line.advance(10**5)) == {}
        assert line.waiting(SCAN).tolist() == [1]


def test_advance_to_now_is_nothing(engine):
    line = make_line(roster(), engine)
    add(line, [0])
    assert times(line.advance(0)) == {}
    assert line.now == 0
    assert times(line.advance(1)) == {0: (0, 10)}


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        (0, 1, "port of box 1 is 1, must be 0 to 0"),
        (0, -1, "port of box 1 is -1"),
        (1, 2, r"klass of box 1 is 2, must be 0 \(tip\) or 1"),
        (2, 0, "route of box 1 is 0, must be 1 to 15"),
        (2, 16, "route of box 1 is 16"),
        (3, 99, "arrival_min of box 1 is 99, must be at least 100"),
        (4, -1, "service_min of box 1 is -1"),
        (4, 2**31, "service_min of box 1 is"),
    ],
)
def test_wrong_box_is_named_and_none_is_added(engine, argument, value, message):
    line = make_line(roster(), engine)
    line.advance(100)
    boxes = [ints([0, 0]), ints([1, 1]), ints([ALL, ALL]), ints([100, 100]), ints([[1] * 4] * 2), ints([1, 2])]
    boxes[argument][1] = value
    with pytest.raises(ValueError, match=message):
        line.add(*boxes)
    assert times(line.advance(1440)) == {}


def test_wrong_shapes_and_calls_are_named(engine):
    line = make_line(roster(), engine)
    one = ints([0])
    with pytest.raises(ValueError, match=r"service_min has shape \(1, 3\), must be \(1, 4\)"):
        line.add(one, one, one + 1, one, np.zeros((1, 3), np.int64), one)
    with pytest.raises(ValueError, match=r"tag has shape \(2,\), must be \(1,\)"):
        line.add(one, one, one + 1, one, np.zeros((1, 4), np.int64), ints([1, 2]))
    with pytest.raises(ValueError, match="arrival_min has dtype float64, must be whole numbers"):
        line.add(one, one, one + 1, one + 0.5, np.zeros((1, 4), np.int64), one)
    line.advance(10)
    with pytest.raises(ValueError, match="until_min is 9, must be at least 10"):
        line.advance(9)
    with pytest.raises(ValueError, match="stage is 4, must be 0"):
        line.waiting(4)
    with pytest.raises(ValueError, match=r"are 5, must be 0 to 4 \(breakdowns are given for max_scanners\)"):
        line.set_servers(0, SCAN, 5)
    with pytest.raises(ValueError, match="are 513, must be 0 to 512"):
        line.set_servers(0, SEARCH, 513)
    with pytest.raises(ValueError, match="port is 1, must be 0 to 0"):
        line.set_servers(1, SEARCH, 1)


def test_kernel_and_roster_agree_on_the_calendar():
    for name in ("STAGES", "MINUTES_PER_DAY", "DAYS_PER_WEEK"):
        assert getattr(line_kernel, name) == getattr(roster_module, name)


def test_unknown_engine_is_named():
    with pytest.raises(ValueError, match="engine is 'fast', must be one of compiled, simpy"):
        make_line(roster(), "fast")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"servers": np.full((1, 4), 513)}, "are 513, must be 0 to 512"),
        ({"servers": np.full((1, 4), 5)}, "stage 1 are 5, must be 0 to 4"),
        ({"servers": np.full((1, 4), -1)}, "are -1, must be 0 to 512"),
        ({"servers": np.full((1, 3), 1)}, r"servers has shape \(1, 3\), must be \(ports, 4\)"),
        ({"servers": np.full((1, 4), 1.0)}, "servers has dtype float64, must be int64"),
        ({"weekdays": np.full((1, 4), 128)}, "weekdays has 128, must be 0 to 127"),
        ({"close_min": np.full((1, 4), 1441)}, r"shift is \[0, 1441\), must be 0 <= open < close <= 1440"),
        ({"close_min": np.full((1, 4), 0)}, r"shift is \[0, 0\)"),
        ({"first_weekday": 7}, "first_weekday is 7, must be 0 to 6"),
        ({"max_scanners": 3}, r"breakdown_first has shape \(5,\), must be .* \(1 \* 3 \+ 1,\)"),
        ({"breakdown_first": ints([0, 1, 1, 1, 1])}, "breakdown_first must rise from 0 to 2"),
        ({"breakdown_end": ints([20])}, r"have shapes \(2,\) and \(1,\), must agree"),
        ({"breakdown_end": ints([10, 40])}, r"breakdown 0 is \[10, 10\), must be 0 <= start < end"),
        ({"breakdown_end": ints([31, 40])}, r"breakdown 1 starts at 30, before the one before it ends \(31\)"),
    ],
)
def test_wrong_roster_is_named(change, message):
    good = roster(breakdowns=[(10, 20), (30, 40)])
    with pytest.raises(ValueError, match=message):
        replace(good, **change)


def test_breakdowns_of_different_scanners_may_overlap():
    good = roster(breakdowns=[(10, 20), (30, 40)])
    apart = replace(
        good, breakdown_start=ints([30, 10]), breakdown_end=ints([40, 20]), breakdown_first=ints([0, 1, 2, 2, 2])
    )
    assert [apart.breakdowns(0, scanner) for scanner in range(3)] == [[(30, 40)], [(10, 20)], []]
