"""Boxes per second through one stage and through the whole line, beside SimPy and Ciw.

Targets on one core: 50 million for one class and up to four servers, 15 million with three classes, 2.5 million through
the four stages of 60 ports, called daily.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.control_line import STAGES, Roster, make_line, queue

pytestmark = pytest.mark.bench

DAY = 1440
BOXES = 2_000_000
UTILISATION = 0.9


def draws(*key):
    return np.random.Generator(np.random.Philox(list(key)))


def report(benchmark, boxes):
    """Record the rate of the best round: the machine may be shared."""
    if benchmark.stats is not None:
        benchmark.extra_info["boxes_per_second"] = round(boxes / benchmark.stats.stats.min)


def one_stage(boxes, servers):
    rng = draws(servers)
    return np.cumsum(rng.exponential(1.0, boxes)), rng.exponential(UTILISATION * servers, boxes)


@pytest.mark.benchmark(group="one class")
@pytest.mark.parametrize("servers", [1, 4, 16])
def test_one_class(benchmark, servers):
    arrivals, services = one_stage(BOXES, servers)
    benchmark.pedantic(queue, (arrivals, services, servers), rounds=5, warmup_rounds=1)
    report(benchmark, BOXES)


@pytest.mark.benchmark(group="three classes")
@pytest.mark.parametrize("capacity", [None, 30])
def test_three_classes(benchmark, capacity):
    arrivals, services = one_stage(BOXES, 4)
    priority = draws(9).integers(0, 3, BOXES)
    benchmark.pedantic(queue, (arrivals, services, 4, priority, capacity), rounds=5, warmup_rounds=1)
    report(benchmark, BOXES)


@pytest.mark.benchmark(group="out of order")
def test_out_of_order(benchmark):
    arrivals, services = one_stage(BOXES, 4)
    arrivals = draws(8).permutation(arrivals)
    benchmark.pedantic(queue, (arrivals, services, 4), rounds=3, warmup_rounds=1)
    report(benchmark, BOXES)


@pytest.mark.benchmark(group="one class")
def test_simpy(benchmark):
    boxes = 20_000
    benchmark.pedantic(queue, (*one_stage(boxes, 4), 4), {"engine": "simpy"}, rounds=3)
    report(benchmark, boxes)


@pytest.mark.benchmark(group="three classes")
def test_simpy_three_classes(benchmark):
    boxes = 20_000
    priority = draws(9).integers(0, 3, boxes)
    benchmark.pedantic(queue, (*one_stage(boxes, 4), 4, priority), {"engine": "simpy"}, rounds=3)
    report(benchmark, boxes)


@pytest.mark.benchmark(group="one class")
def test_ciw(benchmark):
    """M/M/4 in Ciw, which draws its own times: drawing is a small part of its work."""
    ciw = pytest.importorskip("ciw")
    horizon = 60_000

    def simulate():
        ciw.seed(1)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(1.0)],
            service_distributions=[ciw.dists.Exponential(1 / (4 * UTILISATION))],
            number_of_servers=[4],
        )
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(horizon)
        return simulation

    simulation = benchmark.pedantic(simulate, rounds=2)
    report(benchmark, len(simulation.get_all_records()))


def year(ports, boxes, days):
    """Return a roster at three quarters of its capacity and the boxes of each day, sizes of ports very unequal."""
    rng = draws(ports)
    share = rng.lognormal(0, 1.2, ports)
    share /= share.sum()
    minutes, part = np.array([8.0, 10.0, 6.0, 90.0]), np.array([1.0, 1.0, 1.0, 0.15])
    opened, length = np.array([360, 360, 420, 420]), np.array([960, 960, 720, 720])
    servers = np.ceil(np.outer(share * boxes / days, minutes * part / length) / 0.75).astype(np.int64)
    most = int(servers[:, 1].max())
    down, up, first = [], [], [0]
    for k in range(ports * most):
        if k % most < servers[k // most, 1]:
            gaps = np.ceil(rng.exponential([20 * DAY, 300], (2 * days // 20 + 5, 2))).astype(np.int64)
            ends = np.cumsum(gaps.ravel())
            down.append(ends[::2])
            up.append(ends[1::2])
        first.append(sum(map(len, down)))
    roster = Roster(
        servers=servers,
        open_min=np.tile(opened, (ports, 1)),
        close_min=np.tile(opened + length, (ports, 1)),
        weekdays=np.full((ports, STAGES), 127),
        first_weekday=0,
        breakdown_start=np.concatenate(down),
        breakdown_end=np.concatenate(up),
        breakdown_first=np.array(first),
        max_scanners=most,
    )
    plan = []
    tag = 0
    for day in range(days):
        today = rng.poisson(boxes / days)
        plan.append(
            {
                "port": rng.choice(ports, today, p=share),
                "klass": (rng.random(today) > 0.1).astype(np.int64),
                "route": np.where(rng.random(today) < part[3], 15, 7),
                "arrival_min": day * DAY + rng.integers(0, DAY, today),
                "service_min": np.ceil(minutes * rng.lognormal(-0.18, 0.6, (today, STAGES))).astype(np.int64),
                "tag": np.arange(tag, tag + today) - boxes // 2,  # half of them background
            }
        )
        tag += today
    return roster, plan, tag


def go(roster, plan, engine):
    """Run all days as the model does: add, advance to midnight, ask for the backlog."""
    line = make_line(roster, engine)
    completed = 0
    for day, boxes in enumerate(plan, start=1):
        line.add(**boxes)
        completed += line.advance(day * DAY).completed.tag.size
        line.waiting(0)
    return completed


@pytest.mark.benchmark(group="line")
def test_line_for_a_year(benchmark):
    roster, plan, boxes = year(60, 350_000, 365)
    completed = benchmark.pedantic(go, (roster, plan, "compiled"), rounds=5, warmup_rounds=1)
    report(benchmark, boxes)
    assert completed > 0.99 * boxes


@pytest.mark.benchmark(group="line")
def test_line_in_simpy(benchmark):
    roster, plan, _ = year(60, 350_000, 365)
    plan = plan[:14]
    benchmark.pedantic(go, (roster, plan, "simpy"), rounds=2)
    report(benchmark, sum(day["tag"].size for day in plan))


@pytest.mark.benchmark(group="fixed cost of a day")
def test_day_with_one_box(benchmark):
    roster, plan, _ = year(60, 350_000, 365)
    plan = [{name: values[:1] for name, values in day.items()} for day in plan]
    benchmark.pedantic(go, (roster, plan, "compiled"), rounds=5, warmup_rounds=1)
    if benchmark.stats is not None:
        benchmark.extra_info["microseconds_a_day"] = round(1e6 * benchmark.stats.stats.min / len(plan), 1)
