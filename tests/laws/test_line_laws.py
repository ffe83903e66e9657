"""Laws of the whole line: one result from both engines, however the time is cut, and no box is lost."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sim.control_line import SCAN, STAGES, Roster, make_line, queue

DAY = 1440


def draws(*key):
    return np.random.Generator(np.random.Philox(list(key)))


def make_roster(rng, ports, days, breaks=True, round_the_clock=False):
    """Draw a roster: shifts of all lengths, weekends, stages without servers, breakdowns on round and odd minutes."""
    most = 3
    shape = (ports, STAGES)
    start, end, first = [], [], [0]
    for _ in range(ports * most):
        step = rng.choice([1, 10])
        minutes = np.unique(rng.integers(0, days * DAY // step, 2 * rng.integers(0, 12 * breaks + 1)) * step)
        minutes = minutes[: minutes.size // 2 * 2].tolist()
        start += minutes[::2]
        end += minutes[1::2]
        if minutes and rng.random() < 0.5:  # the next breakdown at the very end of the last
            start.append(end[-1])
            end.append(end[-1] + 7)
        first.append(len(start))
    return Roster(
        servers=np.where(rng.random(shape) < 0.05, 0, rng.integers(1, most + 1, shape)),
        open_min=np.zeros(shape, np.int64) if round_the_clock else rng.choice([0, 360, 480], shape),
        close_min=np.full(shape, DAY) if round_the_clock else rng.choice([840, 1080, DAY], shape),
        weekdays=np.full(shape, 127) if round_the_clock else rng.choice([127, 31, 62, 85], shape),
        first_weekday=int(rng.integers(7)),
        breakdown_start=np.array(start, np.int64),
        breakdown_end=np.array(end, np.int64),
        breakdown_first=np.array(first, np.int64),
        max_scanners=most,
    )


def make_boxes(rng, ports, days, per_day, step=1):
    """Draw boxes; with a step of ten minutes nearly every box has a tie at every stage."""
    boxes = rng.poisson(ports * days * per_day)
    minutes = np.round(rng.lognormal([2.0, 2.3, 2.0, 3.0], 0.8, (boxes, STAGES))).astype(np.int64)
    return {
        "port": rng.integers(0, ports, boxes),
        "klass": (rng.random(boxes) > 0.2).astype(np.int64),
        "route": rng.choice([15, 15, 7, 7, 7, 8, 8, 9, 1, 6], boxes),
        "arrival_min": rng.integers(0, days * DAY // step, boxes) * step,
        "service_min": minutes // step * step,  # some of no length
        "tag": rng.permutation(boxes) - boxes // 3,  # a third are background
    }


def some(boxes, rows):
    return {name: values[rows] for name, values in boxes.items()}


def run(roster, boxes, engine, cut, until, changes=None):
    """Run to the end and return all that was reported: secured, completed, waiting after each cut.

    Boxes are added at the start of the piece of time in which they arrive; `changes` is a seed for changes of servers.
    """
    line = make_line(roster, engine)
    rng = None if changes is None else draws(changes)
    secured, completed, waiting = [], [], []
    for begin in range(0, until, cut):
        end = min(until, begin + cut)
        if rng is not None:
            line.set_servers(int(rng.integers(roster.ports)), int(rng.integers(STAGES)), int(rng.integers(0, 4)))
        line.add(**some(boxes, (boxes["arrival_min"] >= begin) & (boxes["arrival_min"] < end)))
        progress = line.advance(end)
        for report in (progress.secured[::-1], (progress.completed.finish_min, progress.completed.tag)):
            np.testing.assert_array_equal(np.lexsort(report[::-1]), np.arange(report[0].size))  # in the order promised
        secured.append(np.array(progress.secured))
        completed.append(np.array(progress.completed))
        waiting.append([line.waiting(stage) for stage in range(STAGES)])
    return np.hstack(secured), np.hstack(completed), np.array(waiting)


def by_tag(report):
    return report[:, np.argsort(report[0])]


def assert_same(one, other):
    for values, same in zip(one, other, strict=True):
        np.testing.assert_array_equal(values, same)


@pytest.mark.parametrize("changes", [None, 1])
@pytest.mark.parametrize("step", [1, 10])
@pytest.mark.parametrize(("ports", "per_day"), [(1, 30), (2, 90), (3, 250)])  # 250 a day are too many for most
def test_engines_are_identical(seed, ports, per_day, step, changes):
    rng = draws(seed, ports, per_day, step)
    roster, boxes = make_roster(rng, ports, 12), make_boxes(rng, ports, 8, per_day, step)
    for cut in (DAY, 137):
        compiled = run(roster, boxes, "compiled", cut, 12 * DAY, changes)
        assert_same(compiled, run(roster, boxes, "simpy", cut, 12 * DAY, changes))
    assert compiled[0].size
    if per_day > 200:
        assert compiled[2].max() > 100, "the case should be overloaded"


def test_engines_are_identical_through_breakdowns_in_service(seed):
    rng = draws(seed, 1)
    roster = make_roster(rng, 2, 20, round_the_clock=True)
    boxes = make_boxes(rng, 2, 20, 60)
    boxes["service_min"][:, SCAN] *= 3
    boxes["route"][:] = 1 << SCAN
    compiled = run(roster, boxes, "compiled", DAY, 40 * DAY)
    assert_same(compiled, run(roster, boxes, "simpy", DAY, 40 * DAY))
    tag, start, finish = by_tag(compiled[1])
    service = boxes["service_min"][np.argsort(boxes["tag"]), SCAN][np.isin(np.sort(boxes["tag"]), tag)]
    assert (finish - start >= service).all()
    assert (finish - start > service).any(), "some services should be interrupted"


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_the_cut_of_time_does_not_matter(seed, engine):
    rng = draws(seed, 2)
    roster, boxes = make_roster(rng, 3, 12), make_boxes(rng, 3, 8, 120, 10)
    secured, completed, _ = run(roster, boxes, engine, 40 * DAY, 40 * DAY)
    for cut in (DAY, 137, 1441):
        pieces = run(roster, boxes, engine, cut, 40 * DAY)
        assert_same(map(by_tag, (secured, completed)), map(by_tag, pieces[:2]))


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_the_order_of_add_does_not_matter(seed, engine):
    rng = draws(seed, 3)
    roster, boxes = make_roster(rng, 3, 12), make_boxes(rng, 3, 8, 120, 10)
    shuffled = some(boxes, rng.permutation(boxes["tag"].size))
    assert_same(run(roster, boxes, engine, DAY, 20 * DAY), run(roster, shuffled, engine, DAY, 20 * DAY))
    # All at once, or one by one in any order, long before they arrive.
    line = make_line(roster, engine)
    for row in range(boxes["tag"].size):
        line.add(**some(shuffled, slice(row, row + 1)))
    progress = line.advance(20 * DAY)
    once = run(roster, boxes, engine, 20 * DAY, 20 * DAY)
    assert_same(once[:2], map(np.array, progress))


def test_no_box_is_lost_when_the_buffers_grow(seed):
    """Boxes far beyond the first size of the buffers, added in the middle of days on which others are in hand."""
    rng = draws(seed, 4)
    roster = make_roster(rng, 2, 3, breaks=False, round_the_clock=True)
    roster.servers[:] = np.maximum(roster.servers, 1)
    boxes = make_boxes(rng, 2, 3, 3000)
    assert boxes["tag"].size > 10_000
    compiled = run(roster, boxes, "compiled", 100, 400 * DAY)
    np.testing.assert_array_equal(np.sort(compiled[1][0]), np.sort(boxes["tag"]))
    np.testing.assert_array_equal(np.sort(compiled[0][0]), np.sort(boxes["tag"][boxes["tag"] >= 0]))
    once = run(roster, boxes, "compiled", 400 * DAY, 400 * DAY)
    assert_same(map(by_tag, compiled[:2]), map(by_tag, once[:2]))


def test_boxes_are_completed_waiting_or_between(seed):
    """Arrived = secured + waiting at the first stage, at every cut; completed are among the secured."""
    rng = draws(seed, 5)
    roster, boxes = make_roster(rng, 3, 12), make_boxes(rng, 3, 8, 200)
    boxes["tag"] -= boxes["tag"].min()  # no background: all are reported as secured
    line = make_line(roster, "compiled")
    secured, completed = 0, 0
    for begin in range(0, 12 * DAY, 500):
        line.add(**some(boxes, (boxes["arrival_min"] >= begin) & (boxes["arrival_min"] < begin + 500)))
        progress = line.advance(begin + 500)
        secured += progress.secured.tag.size
        completed += progress.completed.tag.size
        waiting = sum(line.waiting(stage).sum() for stage in range(STAGES))
        assert (boxes["arrival_min"] < begin + 500).sum() == secured + waiting
        assert completed <= secured


def test_starts_are_on_shift_and_up(seed):
    rng = draws(seed, 6)
    roster, boxes = make_roster(rng, 3, 30), make_boxes(rng, 3, 20, 60)
    _, completed, _ = run(roster, boxes, "compiled", DAY, 60 * DAY)
    rows = np.argsort(boxes["tag"])[np.searchsorted(np.sort(boxes["tag"]), completed[0])]
    first_stage = np.array([(int(route) & -int(route)).bit_length() - 1 for route in boxes["route"][rows]])
    for row, stage, start in zip(rows, first_stage, completed[1], strict=True):
        port = int(boxes["port"][row])
        assert roster.on_shift(port, int(stage), int(start))
        assert start >= boxes["arrival_min"][row]
        if stage == SCAN:
            scanners = range(roster.servers[port, SCAN])
            assert any(not any(d <= start < u for d, u in roster.breakdowns(port, k)) for k in scanners)


def test_one_stage_round_the_clock_is_the_queue(seed):
    rng = draws(seed, 7)
    roster = make_roster(rng, 1, 10, breaks=False, round_the_clock=True)
    roster.servers[:] = 3
    boxes = make_boxes(rng, 1, 10, 150)
    boxes["route"][:] = 1 << SCAN
    boxes = some(boxes, np.argsort(boxes["tag"]))  # in order of tag, as the queue takes ties in order of position
    start, finish = queue(boxes["arrival_min"], boxes["service_min"][:, SCAN], 3, priority=boxes["klass"])
    completed = by_tag(run(roster, boxes, "compiled", DAY, 100 * DAY)[1])
    assert_same(completed, (boxes["tag"], start, finish))


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_ports_do_not_touch_each_other(seed, engine):
    rng = draws(seed, 8)
    roster, boxes = make_roster(rng, 3, 12), make_boxes(rng, 3, 8, 60)
    together = by_tag(run(roster, boxes, engine, DAY, 15 * DAY)[1])
    alone = by_tag(run(roster, some(boxes, boxes["port"] == 1), engine, DAY, 15 * DAY)[1])
    assert_same(alone, together[:, np.isin(together[0], boxes["tag"][boxes["port"] == 1])])


def test_more_servers_never_lengthen_a_wait(seed):
    """For one class at one stage and the same numbers (with classes or several stages there is no such law)."""
    rng = draws(seed, 9)
    arrivals, services = rng.integers(0, 20_000, 10_000), rng.integers(0, 9, 10_000)
    starts = [queue(arrivals, services, servers)[0] for servers in range(1, 8)]
    for fewer, more in pairwise(starts):
        assert (more <= fewer).all()


@pytest.mark.slow
def test_engines_are_identical_for_a_quarter_with_sixty_ports(seed):
    rng = draws(seed, 10)
    roster, boxes = make_roster(rng, 60, 90), make_boxes(rng, 60, 90, 16)
    assert_same(
        run(roster, boxes, "compiled", DAY, 95 * DAY, changes=seed),
        run(roster, boxes, "simpy", DAY, 95 * DAY, changes=seed),
    )
