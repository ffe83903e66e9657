"""Route choice: nested-logit shares, noise that belongs to a pair, the list of routes, and what switches allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.choice import nested_logit_shares
from agents.choice_kernel import ranked_routes
from agents.choosing import Choice, Chosen, Reference
from agents.routes import Routes
from agents.valuation import Options
from scenarios.case import Switches
from sim.codes import Method
from sim.philox_kernel import gumbel
from sim.streams import Stream, Streams
from tests.model_cases import small_case, with_parameters

LOTS, ROUTES = 20_000, 6
TEMPERATURE, MU = 3_500.0, 0.6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEST = np.array([0, 0, 1, 1, 2, 1])
LOG_SIZE = np.array([-2.0, -3.0, -1.5, -2.5, -4.0, -3.5])
VALUE = np.array([9_000.0, 14_000.0, 6_000.0, 12_000.0, 15_000.0, 8_000.0])


def routes(**columns: Any) -> Routes:
    """Return six routes in three nests, the last of them outside the container terminals."""
    nest = columns.pop("nest", NEST)
    log_size = columns.pop("log_size", LOG_SIZE)
    zeros = np.zeros(nest.size, np.int64)
    method = zeros.copy()
    method[-1] = Method.OUTSIDE
    nest_size = np.bincount(nest, np.exp(log_size))
    given = {
        "departure": zeros, "place": np.arange(nest.size), "method": method, "lane": zeros, "log_size": log_size,
        "log_nest_size": np.log(nest_size[nest]), "nest": nest, "cell_id": zeros, "id": np.arange(nest.size) * 8,
    }  # fmt: skip
    return Routes(**{**given, **columns})


def options(route: Ints, proceeds: Floats, *, sunk: float = 0.0, usual: float = 0.0) -> Options:
    """Return options with such proceeds; a route of -1 is not open."""
    is_open = route >= 0
    amount = np.broadcast_to(proceeds, route.shape)
    zeros = np.zeros(route.shape)
    return Options(
        np.where(is_open, route, 0), is_open, zeros, amount - sunk, zeros + sunk, amount.copy(), zeros + usual
    )


def choose(
    seed: int, value: Floats, *, mu: float = MU, of: Routes | None = None, known: Ints | None = None,
    log_inclusion: Floats | None = None, lots: int = LOTS, lane_exponent: float = 1.0,
) -> Chosen:  # fmt: skip
    """Let lots choose among known routes (all by default) that are worth ``value``."""
    case = with_parameters(
        small_case(), "choice", nest_dissimilarity=mu, temperature_eur_per_kg=TEMPERATURE, lane_exponent=lane_exponent
    )
    choice = Choice(case, of or routes(), Streams(seed, 0))
    route = np.tile(np.arange(value.size) if known is None else known, (lots, 1))
    given = options(route, value)
    inclusion = np.zeros(route.shape) if log_inclusion is None else np.tile(log_inclusion, (lots, 1))
    return choice.choose(np.arange(lots) * 65536, given, given.netback, inclusion)


def within(shares: Floats, expected: Floats, n: int, errors: float = 5.0) -> bool:
    """Return whether all shares are within standard errors of what is expected."""
    return bool((np.abs(shares - expected) < errors * np.sqrt(expected * (1 - expected) / n)).all())


def utility(value: Floats, mu: float, lane_exponent: float = 1.0) -> Floats:
    """Return value / temperature + exponent (mu ln M + (1 - mu) ln M of the nest), by hand."""
    of_nest = np.array([np.log(np.exp(LOG_SIZE[m == NEST]).sum()) for m in NEST])
    return value / TEMPERATURE + lane_exponent * (mu * LOG_SIZE + (1 - mu) * of_nest)


@pytest.mark.parametrize("mu", [0.3, 0.6, 1.0])
def test_shares_are_nested_logit(mu: float, seed: int) -> None:
    """Frequencies are the nested logit's within 5 standard errors, and the mean of netbacks is over its shares."""
    chosen = choose(seed, VALUE, mu=mu, lane_exponent=0.8)
    expected = nested_logit_shares(utility(VALUE, mu, 0.8), NEST, mu)
    assert within(np.bincount(chosen.route, minlength=ROUTES) / LOTS, expected, LOTS)
    np.testing.assert_allclose(chosen.netback, (expected * VALUE).sum(), rtol=1e-12)
    np.testing.assert_allclose(chosen.advantage, (expected * VALUE).sum(), rtol=1e-12)
    other = nested_logit_shares(utility(VALUE, 1.3 - mu, 0.8), NEST, 1.3 - mu)
    assert not within(np.bincount(chosen.route, minlength=ROUTES) / LOTS, other, LOTS), "the test could not tell"


@pytest.mark.parametrize("ports", [2, 5, 12])
def test_one_of_n_equal_ports_with_a_disutility(ports: int, seed: int) -> None:
    """Closed form: share e^-b / (n - 1 + e^-b) for a loss that costs b temperatures, the rest equal."""
    b = 1.5
    value = np.full(ports, 10_000.0)
    value[0] -= b * TEMPERATURE
    of = routes(nest=np.arange(ports) % 7, log_size=np.zeros(ports))
    shares = np.bincount(choose(seed, value, mu=1.0, of=of).route, minlength=ports) / LOTS
    treated = np.exp(-b) / (ports - 1 + np.exp(-b))
    expected = np.full(ports, (1 - treated) / (ports - 1))
    expected[0] = treated
    assert within(shares, expected, LOTS)


def test_sizes_alone_give_shares_in_proportion_to_size(seed: int) -> None:
    """With equal values shares are those of at-risk boxes, whatever the nests."""
    size = np.exp(LOG_SIZE)
    shares = np.bincount(choose(seed, np.full(ROUTES, 5_000.0)).route, minlength=ROUTES) / LOTS
    assert within(shares, size / size.sum(), LOTS)


def test_a_change_at_one_port_moves_only_lots_that_gain_or_lose_by_it(seed: int) -> None:
    """Noise belongs to (lot, route) and (lot, range): worse terms move lots away from a port, and no other lot."""
    before = choose(seed, VALUE).route
    for port in range(ROUTES):
        step = np.zeros(ROUTES)
        step[port] = 3_000.0
        worse, better = choose(seed, VALUE - step).route, choose(seed, VALUE + step).route
        assert (before[worse != before] == port).all()
        assert (better[better != before] == port).all()
        assert (worse != before).any()
        assert (better != before).any()


def test_position_of_a_route_does_not_matter(seed: int) -> None:
    """Routes in another order, with one more that is hopeless, give every lot the same route."""
    ids = np.array([80, 8, 160, 24, 1_000_008, 48])
    table = routes(id=ids)
    chosen = ids[choose(seed, VALUE, of=table).route]
    order = np.array([3, 1, 5, 0, 2, 4])
    columns = {name: np.append(getattr(table, name)[order], 0) for name in ("nest", "log_size", "log_nest_size")}
    more = routes(**columns, id=np.append(ids[order], 992))
    again = choose(seed, np.append(VALUE[order], -5e6), of=more)
    assert np.array_equal(more.id[again.route], chosen)
    # Nor does the order of the columns, nor what cannot be chosen.
    shuffled = np.array([2, -1, 5, 0, 4, 1, -1, 3])
    worth = np.where(shuffled >= 0, VALUE[shuffled], 1e9)
    in_columns = choose(seed, worth, of=table, known=shuffled)
    assert np.array_equal(ids[in_columns.route], chosen)
    assert np.array_equal(shuffled[in_columns.column], in_columns.route)


def test_a_lot_chooses_the_same_whoever_else_chooses(seed: int) -> None:
    """Law: noise is addressed by the lot, so company changes nothing."""
    everybody = choose(seed, VALUE, lots=50).route
    choice, table = Choice(small_case(), routes(), Streams(seed, 0)), np.arange(ROUTES)[None]
    alone = options(table, VALUE)
    together = options(np.tile(table, (50, 1)), VALUE)
    first = choice.choose(np.arange(50) * 65536, together, together.netback, np.zeros((50, ROUTES)))
    assert np.unique(first.route).size > 1
    for lot in (0, 17, 49):
        own = choice.choose(np.array([lot * 65536]), alone, alone.netback, np.zeros((1, ROUTES)))
        assert own.route[0] == first.route[lot] == everybody[lot]
        assert own.netback[0] == first.netback[lot]


def test_unknown_routes_are_not_chosen(seed: int) -> None:
    """Only what is known is chosen; who knows nothing chooses nothing and expects nothing."""
    known = np.array([3, -1, 1, -1])
    chosen = choose(seed, np.array([5_000.0, 1e9, 6_000.0, 1e9]), known=known, lots=500)
    assert set(chosen.route.tolist()) == {1, 3}
    assert (chosen.netback < 6_000).all()
    nothing = choose(seed, np.full(3, 5_000.0), known=np.full(3, -1), lots=5)
    assert (nothing.route == -1).all()
    assert (nothing.netback == 0).all()
    assert (nothing.advantage == 0).all()


def test_what_is_weighed_against_good_times_is_the_same_mean() -> None:
    """Netback is what proceeds leave after what is sunk, advantage what they bring beyond the yardstick."""
    choice = Choice(small_case(), routes(), Streams(1, 0))
    given = options(np.arange(ROUTES)[None], VALUE, sunk=2_500.0, usual=4_000.0)
    chosen = choice.choose(np.array([7]), given, given.netback, np.zeros((1, ROUTES)))
    np.testing.assert_allclose(chosen.netback + 2_500, chosen.advantage + 4_000, rtol=1e-12)


def test_the_best_container_route_is_what_would_be_chosen_without_outside_routes(seed: int) -> None:
    """It is never outside the terminals, -1 if there is none, and else the choice among the others."""
    choice, lots = Choice(small_case(), routes(), Streams(seed, 0)), np.arange(400) * 65536
    given = options(np.tile(np.arange(ROUTES), (400, 1)), np.append(VALUE[:-1], 30_000.0))
    without = options(np.tile(np.append(np.arange(ROUTES - 1), -1), (400, 1)), VALUE)
    nothing = np.zeros((400, ROUTES))
    best = choice.best_container_route(lots, given, given.netback, nothing)
    assert np.array_equal(best, choice.choose(lots, without, without.netback, nothing).route)
    assert (choice.choose(lots, given, given.netback, nothing).route == ROUTES - 1).any()
    only_outside = options(np.full((3, 2), ROUTES - 1), np.zeros(2))
    assert (choice.best_container_route(lots[:3], only_outside, only_outside.netback, np.zeros((3, 2))) == -1).all()


# ---- the list of routes --------------------------------------------------------------------------------------------


def test_the_list_is_of_the_highest_keys_and_does_not_move_with_company(seed: int) -> None:
    """Organisations and routes that come or go change nobody else's key; routes out of reach are never listed."""
    key = Streams(seed, 0).key(Stream.KNOWN_ROUTES)
    ids, attraction = np.arange(40) * 8, np.tile(np.linspace(-3, 1, 40), (5, 1))
    attraction[:, 7] = -np.inf
    listed, log_inclusion = ranked_routes(attraction, ids, np.arange(5), 20, 10, key)
    keys = attraction + [[gumbel(key, 0, o, route) for route in ids] for o in range(5)]
    assert np.array_equal(listed, np.argsort(-keys, axis=1)[:, :20])
    alone, log_alone = ranked_routes(attraction[3:4], ids, np.array([3]), 20, 10, key)
    assert np.array_equal(alone[0], listed[3])
    assert np.array_equal(log_alone[0], log_inclusion[3])
    assert not (listed == 7).any()
    assert ((log_inclusion < 0) & (log_inclusion > -50)).all()


def test_a_shorter_list_is_the_beginning_of_a_longer_one(seed: int) -> None:
    """What is known, and how likely that was, does not depend on how much more is listed; unlisted is -1."""
    key = Streams(seed, 0).key(Stream.KNOWN_ROUTES)
    ids, attraction = np.arange(40) * 8, np.tile(np.linspace(-3, 1, 40), (5, 1))
    listed, log_inclusion = ranked_routes(attraction, ids, np.arange(5), 40, 10, key)
    assert (np.sort(listed, axis=1) == np.arange(40)).all()
    for length in (11, 20, 39):
        shorter, log_shorter = ranked_routes(attraction, ids, np.arange(5), length, 10, key)
        assert np.array_equal(shorter, listed[:, :length])
        assert np.array_equal(log_shorter, log_inclusion[:, :length])
    fewer, log_fewer = ranked_routes(attraction, ids, np.arange(5), 20, 6, key)
    assert np.array_equal(fewer, listed[:, :20])
    assert (log_fewer < log_inclusion[:, :20]).all(), "who knows fewer routes is less likely to know each of them"
    everything, log_all = ranked_routes(attraction[:, :6], ids[:6], np.arange(5), 20, 10, key)
    assert (np.sort(everything, axis=1)[:, -6:] == np.arange(6)).all()
    assert (everything[:, 6:] == -1).all()
    assert (log_all == 0).all()


def test_the_probability_of_being_known_by_hand(seed: int) -> None:
    """1 - exp(-exp(attraction - kappa)), kappa the first key that is not known, for all that is listed."""
    key = Streams(seed, 0).key(Stream.KNOWN_ROUTES)
    ids, attraction = np.arange(15) * 8, np.linspace(-2, 2, 15)[None]
    listed, log_inclusion = ranked_routes(attraction, ids, np.array([9]), 12, 4, key)
    keys = attraction[0] + np.array([gumbel(key, 0, 9, route) for route in ids])
    kappa = keys[listed[0, 4]]
    assert (keys[listed[0, :4]] > kappa).all()
    by_hand = 1 - np.exp(-np.exp(attraction[0, listed[0]] - kappa))
    np.testing.assert_allclose(np.exp(log_inclusion[0]), by_hand, rtol=1e-12)


def test_sums_over_known_routes_are_unbiased(seed: int) -> None:
    """Divided by inclusion probabilities, weights of sampled routes sum, in expectation, to those of all routes.

    The sum of w / inclusion over the known routes is an unbiased estimate of the sum over any set (Kool et al. 2019).
    """
    organisations, size, most = 4_000, 30, 8
    rng = np.random.Generator(np.random.Philox(seed))
    attraction = np.tile(rng.normal(0, 1.5, size), (organisations, 1))
    key = Streams(seed, 0).key(Stream.KNOWN_ROUTES)
    listed, log_inclusion = ranked_routes(
        attraction, np.arange(size) * 8, np.arange(organisations), 2 * most, most, key
    )
    known, weight = listed[:, :most], np.exp(attraction[0])
    estimate = np.zeros((organisations, size))
    np.put_along_axis(estimate, known, weight[known] / np.exp(log_inclusion[:, :most]), axis=1)
    error = estimate.std(axis=0, ddof=1) / np.sqrt(organisations)
    assert (np.abs(estimate.mean(axis=0) - weight) < 5 * error).all()


@pytest.mark.parametrize("mu", [0.5, 1.0])
def test_choice_divides_the_weight_of_a_route_by_the_probability_that_it_is_known(mu: float, seed: int) -> None:
    """Within a range, exp(U / mu) / inclusion, by hand: what makes sums over known routes unbiased."""
    of = routes(nest=np.zeros(ROUTES, np.int64), log_size=LOG_SIZE)
    log_inclusion = np.log([0.9, 0.2, 0.5, 0.05, 0.7, 0.3])
    shares = np.bincount(choose(seed, VALUE, mu=mu, of=of, log_inclusion=log_inclusion).route, minlength=ROUTES) / LOTS
    weight = np.exp((VALUE / TEMPERATURE + mu * LOG_SIZE) / mu) / np.exp(log_inclusion)
    assert within(shares, weight / weight.sum(), LOTS)


# ---- what is switched off ------------------------------------------------------------------------------------------

DEPARTURE = np.array([0, 0, 1, 1, 0, 1])
PLACE = np.array([5, 6, 5, 6, 5, 9])
METHOD = np.array([0, 0, 0, 0, 2, Method.OUTSIDE])
ALLOWED = {
    # The lot of the first row would take route 0 (departure 0, place 5), rip-on in a container; the second one route 5
    # (departure 1, place 9, outside), and in a container method 2.
    "upstream": ([0, 1, 4], [2, 3, 5]),
    "spatial": ([0, 2, 4], [5]),
    "tactical": ([0, 1, 2, 3, 5], [4, 5]),
}


@pytest.mark.parametrize("switch", ALLOWED)
def test_what_is_switched_off_stays_as_in_the_reference(switch: str) -> None:
    """Routes of the same departure, place or method, by hand; outside is its own place and no other method."""
    of = routes(departure=DEPARTURE, place=PLACE, method=METHOD)
    reference = Reference(np.array([0, 5]), np.array([0, 2]), np.ones(2, np.int64), np.zeros(2))
    allowed = reference.allows(Switches(**{switch: False}), of, np.tile(np.arange(ROUTES), (2, 1)))
    assert tuple(np.flatnonzero(row).tolist() for row in allowed) == ALLOWED[switch]


@pytest.mark.parametrize("switch", ["temporal", "size", "perpetrator", "beliefs", "price_feedback", "elastic_supply"])
def test_other_switches_leave_all_routes(switch: str) -> None:
    """They hold fixed something other than the route."""
    of = routes(departure=DEPARTURE, place=PLACE, method=METHOD)
    reference = Reference(np.array([0]), np.array([0]), np.ones(1, np.int64), np.zeros(1))
    assert reference.allows(Switches(**{switch: False}), of, np.arange(ROUTES)[None]).all()


def test_with_all_off_only_the_reference_is_left() -> None:
    """The three together allow the cell of the reference route, and so does a route given as one column."""
    of = routes(departure=DEPARTURE, place=PLACE, method=METHOD)
    reference = Reference(np.array([0, 5]), np.array([0, 2]), np.ones(2, np.int64), np.zeros(2))
    off = Switches(upstream=False, spatial=False, tactical=False)
    allowed = reference.allows(off, of, np.tile(np.arange(ROUTES), (2, 1)))
    assert [np.flatnonzero(row).tolist() for row in allowed] == [[0], [5]]
    assert reference.allows(off, of, np.array([0, 5])).all()
    assert not reference.allows(off, of, np.array([4, 2])).any()
