"""Routes and footholds: what contacts tell, what is explored and forgotten, what is built and lost."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest

from agents.choice_kernel import ranked_routes
from agents.knowledge import NO_ROUTE, Knowledge
from sim.codes import NEVER
from sim.streams import Floats, Ints, Stream, Streams
from tests.model_cases import small_case

KNOWN, ROUTES = 5, 40
ROUTE_ID = np.arange(ROUTES) * 8 + 3
SIZES = np.array([0.5, 0.3, 0.15, 0.05, 0.0])
PORT_ID = np.array([2, 3, 5, 8, 13])
BUILT = 183
"""Days of six months."""
NOBODY = np.zeros(0, np.int64)


def knowledge(
    organisations: int = 4, seed: int = 1, known: int = KNOWN, ports: tuple[Ints, Floats] = (PORT_ID, SIZES),
    **values: float,
) -> Knowledge:  # fmt: skip
    """Return the knowledge of organisations of which none has begun."""
    given = {
        "explored_routes_per_month": 2.0, "footholds": 2, "foothold_months": 6.0, "foothold_idle_days": 100.0,
        **values,
    }  # fmt: skip
    parameters = dc.replace(small_case().parameters.knowledge, **given)
    port_id, sizes = ports
    log_size = np.log(sizes, where=sizes > 0, out=np.full(sizes.size, -np.inf))
    return Knowledge(parameters, known, ROUTE_ID, Streams(seed, 0), organisations, port_id, log_size)


def attraction(organisations: int, routes: int = ROUTES) -> Floats:
    """Return the same log weights for all; routes beyond ``routes`` cannot be known."""
    weights = np.linspace(-2, 1, ROUTES)
    weights[routes:] = -np.inf
    return np.tile(weights, (organisations, 1))


def begun(organisations: int = 4, day: int = 0, routes: int = ROUTES, **given: object) -> Knowledge:
    """Return the knowledge of organisations that have all begun."""
    k = knowledge(organisations, **given)  # type: ignore[arg-type]
    k.begin(np.arange(organisations), attraction(organisations, routes), day)
    return k


def lists(k: Knowledge, routes: int = ROUTES) -> Ints:
    """Return the lists of routes of all organisations, twice as long as what they know."""
    key = k.streams.key(Stream.KNOWN_ROUTES)
    n = k.organisations
    listed: Ints = ranked_routes(
        attraction(n, routes), ROUTE_ID, np.arange(n), 2 * k.known_routes, k.known_routes, key
    )[0]
    return listed


def ship(k: Knowledge, organisation: int, route: int, day: int, port: int = -1, needs_foothold: int = 0) -> list[int]:
    """Let one organisation use a route."""
    columns = (np.array([number]) for number in (organisation, route, port, needs_foothold))
    builders: list[int] = k.use(*columns, day).tolist()
    return builders


# ---- routes --------------------------------------------------------------------------------------------------------


def test_contacts_tell_the_first_routes_of_the_list(seed: int) -> None:
    """Who begins knows the first of its list, each with its inclusion probability; who has not begun knows nothing."""
    k = knowledge(seed=seed)
    assert (k.routes == NO_ROUTE).all()
    k.begin(np.array([0, 2, 3]), attraction(3), 0)
    listed = lists(k)
    assert np.array_equal(k.routes[[0, 2, 3]], listed[[0, 2, 3], :KNOWN])
    assert (k.routes[1] == NO_ROUTE).all()
    key = k.streams.key(Stream.KNOWN_ROUTES)
    log_inclusion = ranked_routes(attraction(4), ROUTE_ID, np.arange(4), 2 * KNOWN, KNOWN, key)[1]
    assert np.array_equal(k.log_inclusion[[0, 2, 3]], log_inclusion[[0, 2, 3], :KNOWN])
    k.begin(np.array([1]), attraction(1), 50)
    assert np.array_equal(k.routes, listed[:, :KNOWN])


def test_the_next_routes_are_explored_and_the_least_recently_used_forgotten() -> None:
    """Two a month, in the order of the list; of what was never used the least attractive goes first."""
    k = begun()
    listed = lists(k)[1]
    explored, _ = k.end_month(np.array([1]), 30)
    assert explored.tolist() == [2]
    assert k.routes[1].tolist() == [*listed[:3], listed[6], listed[5]]
    assert np.array_equal(k.routes[[0, 2, 3]], lists(k)[[0, 2, 3], :KNOWN]), "only who is active explores"
    # The first and the third are used, so the second is forgotten, and then what was explored and never used.
    ship(k, 1, listed[0], 40)
    ship(k, 1, listed[2], 50)
    k.end_month(np.array([1]), 61)
    assert set(k.routes[1].tolist()) == {listed[0], listed[2], *listed[5:9]} - {listed[6]}
    assert k.routes[1, 3] == listed[8]


def test_a_route_keeps_its_inclusion_probability_when_it_is_explored() -> None:
    """What choice divides by belongs to the route, in whichever column it is."""
    k = begun()
    key = k.streams.key(Stream.KNOWN_ROUTES)
    listed, log_inclusion = ranked_routes(attraction(4), ROUTE_ID, np.arange(4), 2 * KNOWN, KNOWN, key)
    for month in range(1, 8):
        k.end_month(np.arange(4), 30 * month)
        for o in range(4):
            known = {int(route): value for route, value in zip(listed[o], log_inclusion[o], strict=True)}
            assert [known[int(route)] for route in k.routes[o]] == k.log_inclusion[o].tolist()
            assert np.unique(k.routes[o]).size == KNOWN


def test_what_was_used_today_is_not_forgotten() -> None:
    """Law: as long as anything else is left to forget, over a year of months in which two routes are in use."""
    k = begun()
    for day in range(30, 390, 30):
        used = k.routes[:, [0, 4]].copy()
        for o in range(4):
            for route in used[o]:
                ship(k, o, route, day)
        k.end_month(np.arange(4), day)
        assert all(np.isin(used[o], k.routes[o]).all() for o in range(4))


def test_what_is_explored_was_not_known_before() -> None:
    """Law: what is paid for is new: each month as many routes as explored are known that were not known before."""
    k = begun(explored_routes_per_month=2.0)
    found = 0
    for month in range(1, 13):
        before = k.routes.copy()
        if month % 2:
            ship(k, 0, before[0, 1], 30 * month - 1)
        explored, _ = k.end_month(np.arange(4), 30 * month)
        assert (explored <= 2).all()
        assert [int((~np.isin(k.routes[o], before[o])).sum()) for o in range(4)] == explored.tolist()
        found += int(explored.sum())
    assert found > 4 * 12, "most of what is looked at is new"


def test_the_list_is_gone_through_in_order_and_begins_again() -> None:
    """One route a month, at its place of the list whatever is known: what is known already is not found again."""
    k = begun(explored_routes_per_month=1.0)
    listed = lists(k)[0]
    for month in range(1, 16):
        known = set(k.routes[0].tolist())
        place = listed[(KNOWN + month - 1) % listed.size]
        explored, _ = k.end_month(np.array([0]), 30 * month)
        assert explored[0] == (place not in known)
        assert place in k.routes[0]


def test_losses_make_an_organisation_look_for_more() -> None:
    """Two more looks for each loss of the month, once, and up to half of what is known; what follows is the same."""
    k, calm = begun(known=12), begun(known=12)
    k.losses_of_month[:] = [0, 1, 3, 0]
    first, usual = (each.end_month(np.arange(4), 30)[0] for each in (k, calm))
    assert usual.tolist() == [2, 2, 2, 2]
    assert first[[0, 3]].tolist() == [2, 2]
    assert 2 <= first[1] <= 4
    assert 2 <= first[2] <= 6
    assert first[1] + first[2] > 4
    assert k.end_month(np.arange(4), 60)[0].max() <= 2


def test_fractions_of_routes_are_carried_over() -> None:
    """A rate of .75 explores three routes in four months."""
    k = begun(explored_routes_per_month=0.75)
    assert [int(k.end_month(np.array([0]), 30 * month)[0][0]) for month in range(1, 9)] == [0, 1, 1, 1] * 2


def test_nothing_is_explored_beyond_the_list() -> None:
    """With few routes in reach fewer are explored and counted; with none to find, none; and none at rate zero."""
    few = begun(routes=KNOWN + 1)
    assert few.end_month(np.arange(4), 30)[0].tolist() == [1] * 4
    all_known = begun(routes=KNOWN)
    before = all_known.routes.copy()
    assert all_known.end_month(np.arange(4), 30)[0].tolist() == [0] * 4
    fewest = begun(routes=3)
    assert (fewest.routes == NO_ROUTE).sum() == 4 * (KNOWN - 3)
    assert fewest.end_month(np.arange(4), 30)[0].tolist() == [0] * 4
    assert np.array_equal(all_known.routes, before)
    assert begun(explored_routes_per_month=0.0).end_month(np.arange(4), 30)[0].tolist() == [0] * 4
    assert begun().end_month(NOBODY, 30)[0].size == 0


def test_using_a_route_that_is_not_known_is_harmless() -> None:
    """A reference route that a switch imposes need not be known."""
    k = begun()
    unknown = int(lists(k)[0, -1])
    before = k.routes.copy()
    assert ship(k, 0, unknown, 20) == []
    k.end_month(NOBODY, 30)
    assert np.array_equal(k.routes, before)


# ---- footholds -----------------------------------------------------------------------------------------------------


def test_first_footholds_are_in_proportion_to_size(seed: int) -> None:
    """The first one is at a port as often as its share of boxes, within 5 standard errors; never where unknown."""
    n = 4_000
    k = begun(n, seed=seed, footholds=1)
    share = (k.foothold_day == 0).mean(axis=0)
    assert ((k.foothold_day == 0).sum(axis=1) == 1).all()
    assert (np.abs(share - SIZES) <= 5 * np.sqrt(SIZES * (1 - SIZES) / n)).all()
    every = begun(20, seed=seed, footholds=9)
    assert (every.foothold_day[:, :4] == 0).all()
    assert (every.foothold_day[:, 4] == NEVER).all()
    assert (begun(20, footholds=0).foothold_day == NEVER).all()


def test_more_footholds_are_the_same_and_more(seed: int) -> None:
    """Law: wanting more changes none of the first."""
    held = [begun(200, seed=seed, footholds=n).foothold_day == 0 for n in (1, 2, 3)]
    assert not (held[0] & ~held[1]).any()
    assert not (held[1] & ~held[2]).any()
    assert [h.sum(axis=1).tolist() for h in held] == [[n] * 200 for n in (1, 2, 3)]


def test_a_foothold_is_built_by_use_and_acts_only_when_it_is_built() -> None:
    """Using a port with a team begins to build at once, six months long, once; without a team nothing is built."""
    k = begun(footholds=0)
    assert ship(k, 2, 0, 10, port=1, needs_foothold=1) == [2]
    assert k.foothold_day[2].tolist() == [NEVER, 10 + BUILT, NEVER, NEVER, NEVER]
    assert ship(k, 2, 0, 11, port=1, needs_foothold=1) == [], "it is paid for once"
    assert k.foothold_day[2, 1] == 10 + BUILT
    assert ship(k, 2, 0, 12, port=2, needs_foothold=0) == []
    assert ship(k, 2, 0, 12, port=-1, needs_foothold=0) == []
    assert (k.foothold_day[[0, 1, 3]] == NEVER).all()
    two = np.array([3, 3, 3, 0]), np.array([0, 0, 0, 0]), np.array([0, 1, 0, 1]), np.ones(4, np.int64)
    assert sorted(k.use(*two, 20).tolist()) == [0, 3, 3], "one builds at two ports, each counted once"


def test_an_arrest_takes_the_foothold_and_the_next_one_is_elsewhere() -> None:
    """Lost at once; at the end of the month the next port of the list is begun, built after six months."""
    k = begun(1, footholds=1)
    order = [int(port) for port in k._ports[0]]
    assert k.foothold_day[0, order[0]] == 0
    k.lose_footholds(np.array([0]), np.array([order[0]]))
    assert (k.foothold_day == NEVER).all()
    _, builders = k.end_month(np.array([0]), 30)
    assert builders.tolist() == [0]
    assert k.foothold_day[0, order[1]] == 30 + BUILT
    assert (k.foothold_day[0] != NEVER).sum() == 1
    assert k.end_month(np.array([0]), 60)[1].tolist() == [], "what is being built counts as one"


def test_an_arrest_elsewhere_takes_nothing() -> None:
    """Only the port of the arrest and only the organisation concerned."""
    k = begun()
    before = k.foothold_day.copy()
    where = int(np.flatnonzero(before[1] == NEVER)[0])
    k.lose_footholds(np.array([1]), np.array([where]))
    assert np.array_equal(k.foothold_day, before)
    k.lose_footholds(NOBODY, NOBODY)
    assert np.array_equal(k.foothold_day, before)


@pytest.mark.parametrize("last_use", [0, 57])
def test_a_foothold_out_of_use_is_lost_and_the_next_one_is_elsewhere(last_use: int) -> None:
    """It is kept to the last day of grace; then the organisation builds at another port, not at the one it let go."""
    k = begun(1, footholds=1, explored_routes_per_month=0.0)
    first, second = (int(port) for port in k._ports[0, :2])
    ship(k, 0, 0, last_use, port=first, needs_foothold=1)
    assert k.end_month(np.array([0]), last_use + 100)[1].size == 0
    assert k.foothold_day[0, first] == 0
    assert k.end_month(np.array([0]), last_use + 101)[1].tolist() == [0]
    assert k.foothold_day[0, first] == NEVER
    assert k.foothold_day[0, second] == last_use + 101 + BUILT


def test_a_foothold_that_is_being_built_is_not_idle() -> None:
    """Idleness begins when it stands: a foothold of six months' work with 100 days of grace is not lost before."""
    k = begun(1, footholds=1)
    first, second = (int(port) for port in k._ports[0, :2])
    k.lose_footholds(np.array([0]), np.array([first]))
    k.end_month(np.array([0]), 30)
    for day in (120, 30 + BUILT, 30 + BUILT + 100):
        k.end_month(np.array([0]), day)
        assert k.foothold_day[0, second] == 30 + BUILT, day
    k.end_month(np.array([0]), 30 + BUILT + 101)
    assert k.foothold_day[0, second] == NEVER


def test_who_has_enough_footholds_or_nowhere_to_build_builds_none() -> None:
    """Nor does who is not active."""
    assert begun().end_month(np.arange(4), 30)[1].size == 0
    everywhere = begun(footholds=9)
    assert everywhere.end_month(np.arange(4), 30)[1].size == 0
    k = begun(footholds=1)
    k.lose_footholds(np.arange(4), np.argmax(k.foothold_day == 0, axis=1))
    assert k.end_month(np.array([2]), 30)[1].tolist() == [2]
    assert (k.foothold_day[[0, 1, 3]] == NEVER).all()


# ---- company -------------------------------------------------------------------------------------------------------


def states(k: Knowledge, organisations: int) -> list[list[list[int]]]:
    return [array[:organisations].tolist() for array in (k.routes, k.foothold_day[:, :4])]


def test_organisations_added_later_change_nobody_else(seed: int) -> None:
    """Law: with more of them, begun on another day, the others' routes and footholds are the same to the bit."""
    few, many = begun(4, seed=seed, footholds=1), knowledge(9, seed=seed, footholds=1)
    many.begin(np.arange(4), attraction(4), 0)
    for month in range(1, 7):
        if month == 3:
            many.begin(np.arange(4, 9), attraction(5), 30 * month)
            assert (many.foothold_day[4:] != NEVER).sum(axis=1).tolist() == [1] * 5
            assert set(many.foothold_day[4:].ravel().tolist()) == {90, NEVER}
        for k in (few, many):
            ship(k, 1, k.routes[1, 3], 30 * month - 2, port=1, needs_foothold=1)
            k.losses_of_month[0] += 1
        few.end_month(np.arange(4), 30 * month)
        many.end_month(np.arange(4 if month < 3 else 9), 30 * month)
        assert states(few, 4) == states(many, 4)


def test_a_port_that_nobody_knows_changes_nobody(seed: int) -> None:
    """Law: with one more port in the world, unknown to all, footholds elsewhere are the same."""
    with_port = begun(50, seed=seed, footholds=2)
    without = begun(50, seed=seed, footholds=2, ports=(PORT_ID[:4], SIZES[:4]))
    assert np.array_equal(with_port.foothold_day[:, :4], without.foothold_day)
