"""Route choice: logit shares, known routes and their correction, and the noise that belongs to a pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.choice_kernel import boxes_needed, boxes_paid, choose_routes, known_routes
from sim.streams import Stream, Streams

LOTS = 20_000
PRICE, TEMPERATURE, FREIGHT, FIXED, RIDES_BELOW = 30_000.0, 3_500.0, 2_500.0, 60_000.0, 100.0
LIMITS = np.array([1_000.0, 12_000.0, 250.0, 100.0, 5_000.0])

Floats = NDArray[np.float64]


def choose(
    loss: Floats, log_weight: Floats, seed: int, *, lots: int = LOTS, kg: float = 300.0, route_id: Any = None,
    known: Any = None, method: int = 0,
) -> tuple[Any, Floats]:  # fmt: skip
    """Let one organisation choose among places that differ in loss and log weight."""
    places = loss.size
    belief = np.full((1, places, 5), 0.0)
    belief[0, :, :] = loss[:, None]
    ids = np.arange(places) * 8 if route_id is None else np.asarray(route_id, np.int64)
    zeros = np.zeros(places, np.int64)
    route = (zeros, np.arange(places), np.full(places, method, np.int64), ids)
    terms = (np.zeros((1, 1)), np.zeros((1, places)), np.full(5, 0.1), LIMITS, FREIGHT, FIXED, RIDES_BELOW, TEMPERATURE)
    here = np.arange(places)[None] if known is None else known
    weight = log_weight[None] if known is None else log_weight[known]
    return choose_routes(
        np.full(lots, round(kg * 1000)), np.zeros(lots, np.int64), np.zeros(lots, np.int64), np.arange(lots) * 65536,
        here, weight, route, (belief, np.zeros((1, 1))), PRICE, terms, Streams(seed, 0).key(Stream.ROUTE_CHOICE),
    )  # fmt: skip


def netback(loss: Floats, kg: float = 300.0, limit_kg: float = 1_000.0) -> Floats:
    """Return the netback by hand: (1 - p)(P - fee) - freight - fixed cost a kg."""
    return (1 - loss) * PRICE * 0.9 - FREIGHT - FIXED * np.ceil(kg / limit_kg) / kg


def within(shares: Floats, expected: Floats, n: int, errors: float = 5.0) -> bool:
    """Return whether all shares are within standard errors of what is expected."""
    return bool((np.abs(shares - expected) < errors * np.sqrt(expected * (1 - expected) / n)).all())


def test_shares_are_logit(seed: int) -> None:
    """Each share is exp(u) / sum exp(u) within 5 standard errors."""
    loss, weight = np.array([0.1, 0.3, 0.35, 0.5, 0.9]), np.array([0.0, -1.0, 0.5, 1.5, 0.3])
    chosen, expected = choose(loss, weight, seed)
    u = netback(loss) / TEMPERATURE + weight
    p = np.exp(u - u.max()) / np.exp(u - u.max()).sum()
    assert within(np.bincount(chosen, minlength=5) / LOTS, p, LOTS)
    np.testing.assert_allclose(expected, (p * netback(loss)).sum(), rtol=1e-12)


@pytest.mark.parametrize("ports", [2, 5, 12])
def test_one_of_n_equal_ports_with_a_disutility(ports: int, seed: int) -> None:
    """Closed form: share e^-b / (n - 1 + e^-b) for a loss that costs b temperatures, the rest equal."""
    loss = np.full(ports, 0.3)
    b = 1.5
    loss[0] += b * TEMPERATURE / (PRICE * 0.9)
    shares = np.bincount(choose(loss, np.zeros(ports), seed)[0], minlength=ports) / LOTS
    treated = np.exp(-b) / (ports - 1 + np.exp(-b))
    expected = np.full(ports, (1 - treated) / (ports - 1))
    expected[0] = treated
    assert within(shares, expected, LOTS)


def test_a_change_at_one_port_moves_only_lots_that_gain_or_lose_by_it(seed: int) -> None:
    """Noise belongs to (lot, route): worse terms at one port move lots away from it, and no other lot."""
    loss = np.full(6, 0.3)
    before = choose(loss, np.zeros(6), seed)[0]
    loss[2] = 0.5
    after = choose(loss, np.zeros(6), seed)[0]
    moved = before != after
    assert moved.any()
    assert (before[moved] == 2).all()
    assert np.isin(after[moved], [0, 1, 3, 4, 5]).all()


def test_position_of_a_route_does_not_matter(seed: int) -> None:
    """Routes in another order, with one more that is hopeless, give every lot the same route."""
    loss, ids = np.array([0.2, 0.3, 0.4, 0.25]), np.array([80, 8, 160, 24])
    chosen = ids[choose(loss, np.zeros(4), seed, route_id=ids)[0]]
    order = np.array([3, 1, 0, 2])
    more_ids, more_loss = np.append(ids[order], 999), np.append(loss[order], 0.2)
    weight = np.zeros(5)
    weight[4] = -500.0
    assert np.array_equal(more_ids[choose(more_loss, weight, seed, route_id=more_ids)[0]], chosen)


def test_unknown_routes_are_not_chosen(seed: int) -> None:
    """Only what is known is chosen; who knows nothing chooses nothing."""
    known = np.array([[3, -1, 1, -1]])
    chosen, _ = choose(np.full(4, 0.3), np.zeros(4), seed, lots=500, known=known)
    assert set(chosen.tolist()) == {1, 3}
    nothing, expected = choose(np.full(4, 0.3), np.zeros(4), seed, lots=5, known=np.full((1, 3), -1))
    assert (nothing == -1).all()
    assert (expected == 0).all()


def test_boxes_and_their_fixed_cost() -> None:
    """A kilogram over the limit needs another box, and each box costs."""
    assert [boxes_needed(kg, 100.0) for kg in (0.001, 100.0, 100.001, 450.0)] == [1, 1, 2, 5]
    # A small lot rides with another and pays its share of one box.
    assert [boxes_paid(kg, 250.0, RIDES_BELOW) for kg in (25.0, 75.0, 100.0, 251.0)] == [0.25, 0.75, 1.0, 2.0]
    _, expected = choose(np.array([0.3]), np.zeros(1), 1, lots=1, kg=450.0, method=3)
    np.testing.assert_allclose(expected, netback(np.array([0.3]), 450.0, 100.0))


def test_known_routes_are_the_highest_keys_and_do_not_move_with_company(seed: int) -> None:
    """Organisations and routes that come or go change nobody else's key; routes out of reach are never known."""
    key = Streams(seed, 0).key(Stream.KNOWN_ROUTES)
    ids, attraction = np.arange(40) * 8, np.tile(np.linspace(-3, 1, 40), (5, 1))
    attraction[:, 7] = -np.inf
    known, log_inclusion = known_routes(attraction, ids, np.arange(5), 10, key)
    alone, _ = known_routes(attraction[3:4], ids, np.array([3]), 10, key)
    assert np.array_equal(alone[0], known[3])
    assert not (known == 7).any()
    assert ((log_inclusion <= 0) & (log_inclusion > -50)).all()
    fewer, _ = known_routes(attraction, ids, np.arange(5), 6, key)
    assert np.array_equal(fewer, known[:, :6])
    everything, log_all = known_routes(attraction[:, :6], ids[:6], np.arange(5), 10, key)
    assert (np.sort(everything)[:, 4:] == np.arange(6)).all()
    assert (log_all == 0).all()


def test_choice_among_known_routes_follows_the_full_logit(seed: int) -> None:
    """Divided by inclusion probabilities, weights of sampled routes sum, in expectation, to those of all routes.

    The sum of w / inclusion over the known routes is an unbiased estimate of the sum over any set (Kool et al. 2019).
    """
    organisations, routes = 4_000, 30
    rng = np.random.Generator(np.random.Philox(seed))
    attraction = np.tile(rng.normal(0, 1.5, routes), (organisations, 1))
    known, log_inclusion = known_routes(
        attraction, np.arange(routes) * 8, np.arange(organisations), 8, Streams(seed, 0).key(Stream.KNOWN_ROUTES)
    )
    weight = np.exp(attraction[0])
    estimate = np.zeros((organisations, routes))
    np.put_along_axis(estimate, known, weight[known] / np.exp(log_inclusion), axis=1)
    error = estimate.std(axis=0, ddof=1) / np.sqrt(organisations)
    assert (np.abs(estimate.mean(axis=0) - weight) < 5 * error).all()
