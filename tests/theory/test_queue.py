"""`queue` against queueing theory: M/M/c, M/D/c, priorities, overload, and identities that hold for every run.

Waits of successive boxes are correlated, so the standard error of a mean comes from independent replications. The
tolerance is the t quantile for a false alarm in a million; each test also demands that the standard error is small,
because a wide tolerance would pass anything.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.control_line import queue

REPLICATIONS = 40
T_39 = 5.79
"""Two-sided quantile of Student's t with 39 degrees of freedom at 1e-6."""
LARGEST_ERROR = 0.02
"""Largest standard error of a mean wait, relative to its value."""


def draws(seed, replication, stream):
    return np.random.Generator(np.random.Philox([seed, replication, stream]))


def assert_mean(means, value, largest_error=LARGEST_ERROR):
    """Assert that independent means agree with a value, and that they could have told."""
    means = np.asarray(means)
    error = means.std(ddof=1) / np.sqrt(means.size)
    assert error < largest_error * value, f"standard error {error:.5f} is too large to test {value}"
    assert abs(means.mean() - value) < T_39 * error, f"{means.mean():.5f} +- {error:.5f}, theory {value}"


def erlang_c(offered, servers):
    """Return the probability of waiting in M/M/c, by the recursion for Erlang B."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = offered * blocked / (k + offered * blocked)
    return servers * blocked / (servers - offered * (1 - blocked))


MARKOVIAN = [  # arrivals and services per unit of time, servers, mean wait, probability of waiting
    (2, 3, 1, 0.666667, 0.666667),
    (10, 4, 3, 0.351124, 0.702247),
    (18, 5, 4, 0.393877, 0.787753),
    (50, 6, 10, 0.048761, 0.487611),
    (20, 7, 3, 0.911369, 0.911369),
    (55, 20, 3, 0.169338, 0.846692),
]


@pytest.mark.parametrize(("rate", "service_rate", "servers", "wait", "probability"), MARKOVIAN)
def test_published_values_are_erlang_c(rate, service_rate, servers, wait, probability):
    waits = erlang_c(rate / service_rate, servers)
    assert waits == pytest.approx(probability, abs=1e-6)
    assert waits / (servers * service_rate - rate) == pytest.approx(wait, abs=1e-6)


@pytest.mark.parametrize(("rate", "service_rate", "servers", "wait", "probability"), MARKOVIAN)
def test_markovian(seed, rate, service_rate, servers, wait, probability):
    # The spread of a mean wait grows as 1 / (1 - utilisation).
    boxes, warm_up = 300_000 if rate > 0.94 * servers * service_rate else 100_000, 10_000
    waits, waited = [], []
    for replication in range(REPLICATIONS):
        rng = draws(seed, replication, servers)
        arrivals = np.cumsum(rng.exponential(1 / rate, boxes))
        start, _ = queue(arrivals, rng.exponential(1 / service_rate, boxes), servers)
        delay = (start - arrivals)[warm_up:]
        waits.append(delay.mean())
        waited.append((delay > 0).mean())
    assert_mean(waits, wait)
    assert_mean(waited, probability)


@pytest.mark.parametrize(
    ("rate", "service", "servers", "wait"),
    [
        (0.8, 1, 1, 2.0),
        (2.7, 1, 3, 1.377912),
        (8, 1, 10, 0.109828),
        (9.5, 1, 10, 0.837083),
        (4.5, 1, 5, 0.776695),
    ],
)
def test_constant_services(seed, rate, service, servers, wait):
    boxes, warm_up = 100_000, 10_000
    waits = []
    for replication in range(REPLICATIONS):
        arrivals = np.cumsum(draws(seed, replication, servers).exponential(1 / rate, boxes))
        start, _ = queue(arrivals, np.full(boxes, float(service)), servers)
        waits.append((start - arrivals)[warm_up:].mean())
    assert_mean(waits, wait)


@pytest.mark.parametrize(
    ("rates", "waits"),
    [
        ((0.3, 0.5), (1.142857, 5.714286)),
        ((0.2, 0.6), (1.0, 5.0)),  # Ciw's own test: sojourns 2 and 6, of which 1 is service
    ],
)
def test_priorities(seed, rates, waits):
    boxes, warm_up = 100_000, 10_000
    means = [[], []]
    for replication in range(REPLICATIONS):
        rng = draws(seed, replication, 2)
        arrivals = np.cumsum(rng.exponential(1 / sum(rates), boxes))
        priority = (rng.random(boxes) * sum(rates) >= rates[0]).astype(np.int64)
        start, _ = queue(arrivals, rng.exponential(1.0, boxes), 1, priority=priority)
        for klass in (0, 1):
            means[klass].append((start - arrivals)[warm_up:][priority[warm_up:] == klass].mean())
    for klass in (0, 1):
        assert_mean(means[klass], waits[klass])


def test_overload_grows_at_the_fluid_rate(seed):
    servers, rate, service_rate = 4, 60.0, 5.0  # a minute: 60 come, 20 can be served
    horizon = 30 * 1440
    rng = draws(seed, 0, 10)
    arrivals = np.cumsum(rng.exponential(1 / rate, int(1.01 * rate * horizon)))
    _, finish = queue(arrivals, rng.exponential(1 / service_rate, arrivals.size), servers)
    assert arrivals[-1] > horizon
    backlog = (arrivals <= horizon).sum() - (finish <= horizon).sum()
    # Five standard deviations of the backlog are 0.6 % of it: 1 % is a fair demand.
    assert 5 * np.sqrt((rate + servers * service_rate) * horizon) < 0.01 * (rate - servers * service_rate) * horizon
    assert backlog / horizon == pytest.approx(rate - servers * service_rate, rel=0.01)


CASES = pytest.mark.parametrize(
    ("servers", "classes", "capacity", "load"),
    [(1, 1, None, 0.8), (3, 1, None, 0.97), (4, 3, None, 1.3), (10, 2, 14, 1.1), (3, 3, 3, 0.9), (20, 1, None, 0.95)],
)


def run(seed, servers, classes, capacity, load, whole=False):
    """Return arrival, start and finish of boxes that were not refused."""
    boxes = 20_000
    rng = draws(seed, servers, classes)
    arrivals, services = np.cumsum(rng.exponential(1.0, boxes)), rng.exponential(servers * load, boxes)
    if whole:
        arrivals, services = arrivals.astype(np.int64), services.astype(np.int64)
    start, finish = queue(arrivals, services, servers, rng.integers(0, classes, boxes), capacity)
    entered = ~np.isnan(start)
    np.testing.assert_allclose((finish - start)[entered], services[entered], rtol=0, atol=1e-9 * arrivals[-1])
    return arrivals[entered], start[entered], finish[entered]


def numbers(up, down):
    """Return the instants at which anything happens, and the number of boxes between `up` and `down` after each."""
    times = np.unique(np.concatenate([up, down]))
    return times, np.searchsorted(np.sort(up), times, "right") - np.searchsorted(np.sort(down), times, "right")


@CASES
def test_little(seed, servers, classes, capacity, load):
    arrivals, start, finish = run(seed, servers, classes, capacity, load)
    for up, down in ((arrivals, start), (start, finish), (arrivals, finish)):
        times, inside = numbers(up, down)
        area = (inside[:-1] * np.diff(times)).sum()  # time average of the number x horizon
        assert area == pytest.approx((down - up).sum(), rel=1e-9)  # arrival rate x mean time x horizon


@CASES
@pytest.mark.parametrize("whole", [False, True])
def test_work_is_conserved(seed, servers, classes, capacity, load, whole):
    arrivals, start, finish = run(seed, servers, classes, capacity, load, whole)
    times = np.unique(np.concatenate([arrivals, start, finish]))
    come, started, gone = (np.searchsorted(np.sort(at), times, "right") for at in (arrivals, start, finish))
    # After every instant: no box waits beside an idle server, and no server has two boxes.
    np.testing.assert_array_equal(started - gone, np.minimum(come - gone, servers))
    assert (start >= arrivals).all()
    if capacity is not None:
        assert (come - gone).max() <= capacity


@CASES
def test_busy_time_is_the_work_brought(seed, servers, classes, capacity, load):
    _, start, finish = run(seed, servers, classes, capacity, load)
    times, busy = numbers(start, finish)
    assert (busy[:-1] * np.diff(times)).sum() == pytest.approx((finish - start).sum(), rel=1e-9)


def test_order_of_service_does_not_change_the_work_done(seed):
    """With one server the instants at which the system is empty do not depend on the order of service."""
    rng = draws(seed, 0, 11)
    arrivals, services = np.cumsum(rng.integers(0, 10, 20_000)), rng.integers(0, 9, 20_000)
    ends = [
        np.unique(times[inside == 0])
        for priority in (None, rng.integers(0, 3, 20_000))
        for times, inside in [numbers(arrivals, queue(arrivals, services, 1, priority)[1])]
    ]
    np.testing.assert_array_equal(*ends)


def test_ciw_agrees_on_every_start():
    """The same arrivals and services in an independent simulator."""
    ciw = pytest.importorskip("ciw")
    ciw.seed(1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(1.0)],
        service_distributions=[ciw.dists.Exponential(1 / 3.6)],
        number_of_servers=[4],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(5000)
    records = sorted(simulation.get_all_records(), key=lambda record: record.arrival_date)
    arrivals, services, expected = (
        np.array([getattr(record, name) for record in records])
        for name in ("arrival_date", "service_time", "service_start_date")
    )
    start, _ = queue(arrivals, services, 4)
    compared = slice(0, arrivals.size - 200)  # Ciw keeps no record of boxes still in service at the end
    np.testing.assert_allclose(start[compared], expected[compared], rtol=1e-12)
    assert (start > arrivals)[compared].mean() > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "service_rate", "servers", "wait", "probability"), MARKOVIAN)
def test_markovian_in_long_runs(seed, rate, service_rate, servers, wait, probability):
    boxes, warm_up = 2_000_000, 50_000
    waits = []
    for replication in range(REPLICATIONS):
        rng = draws(seed, replication, 100 + servers)
        arrivals = np.cumsum(rng.exponential(1 / rate, boxes))
        start, _ = queue(arrivals, rng.exponential(1 / service_rate, boxes), servers)
        waits.append((start - arrivals)[warm_up:].mean())
    assert_mean(waits, wait, largest_error=0.01)
