"""What routes are worth: netback and outcome by hand, and the rules that look at the same routes differently."""

from __future__ import annotations

import dataclasses as dc
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.beliefs import Beliefs
from agents.choice import salience_value
from agents.routes import Routes, make_routes
from agents.valuation import METHODS, Options, Situation, Valuation
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.world import World
from sim.codes import Method
from sim.consignment import CONSIGNMENT
from sim.streams import Streams
from tests.model_cases import small_case, with_parameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRICE = 30_000.0
COSTS = {
    "freight_eur_per_kg": 2_500.0, "origin_haul_eur_per_kg_1000km": 400.0, "extraction_fee_share": 0.1,
    "front_firm_share": 0.07, "outside_fee_share": 0.2, "fixed_eur_per_box": 60_000.0,
    "inland_haul_eur_per_kg_1000km": 700.0, "extraction_fee_without_foothold": 0.3,
}  # fmt: skip


@lru_cache
def small_world() -> World:
    case = small_case()
    return build_world(case.world, case.parameters, case.good)


@lru_cache
def all_routes() -> Routes:
    return make_routes(small_world(), small_case().parameters.methods)


def small_costs(rule: str = "logit") -> Case:
    case = small_case(f"behaviour.choice_rule={rule}")
    case = with_parameters(case, "costs", **COSTS)
    case = with_parameters(case, "methods", rip_on_limit_kg=1_000.0, cooling_unit_limit_kg=100.0, outside_limit_kg=5e3)
    case = with_parameters(case, "market", price_eur_per_kg=PRICE)
    case = with_parameters(case, "organisations", merge_below_kg=100.0)
    case = with_parameters(case, "beliefs", prior_mean=0.35)
    return with_parameters(case, "departure", seizure_probability=0.1)


def valuation(case: Case | None = None, seed: int = 1) -> Valuation:
    return Valuation(case or small_costs(), small_world(), all_routes(), Streams(seed, 0))


def route_by(method: Method, departure: int | None = None, place: int | None = None) -> int:
    """Return a route of a method, from and to given places."""
    routes = all_routes()
    found = routes.method == method
    for column, number in ((routes.departure, departure), (routes.place, place)):
        found &= True if number is None else column == number
    return int(np.flatnonzero(found)[0])


def situation(entry: float = 0.3, departure: float = 0.1, *, rows: int = 1, **given: Any) -> Situation:
    """Return what ``rows`` organisations believe and hold: the same losses, footholds everywhere, market 1."""
    world = small_world()
    places = len(world.place_code)
    plain = {
        "row": np.zeros(1, np.int64),
        "entry_loss": np.full((rows, places, METHODS), entry),
        "departure_loss": np.full((rows, len(world.departure.code)), departure),
        "has_foothold": np.ones((rows, places), np.bool_),
        "market": np.ones(rows, np.int64),
        "price": PRICE,
        "insider_eur": np.zeros(len(world.entry.code)),
    }
    return Situation(**{**plain, **given})


def no_bill() -> Floats:
    """Return a bill for insiders that is the usual one at every port."""
    return np.zeros(len(small_world().entry.code))


def worth(route: int, kg: float = 300.0, case: Case | None = None, **given: Any) -> Options:
    """Return what one route is worth for one lot of home region 0."""
    lot = np.array([round(kg * 1000)]), np.array([0]), np.array([kg < 100.0])
    return valuation(case).options(lot, np.array([[route]]), np.ones((1, 1), np.bool_), situation(**given))


def netback_by_hand(route: int, fee: float, boxes: float, kg: float = 300.0, insider_eur: float = 0.0) -> float:
    """Return (1 - loss) (price (1 - fee) - inland haul) - freight - origin haul - fixed cost a kg."""
    world, routes = small_world(), all_routes()
    inland = world.markets.haul_km[routes.place[route], 1] * 0.7
    origin = world.home.haul_km[0, routes.departure[route]] * 0.4
    arrives = (1 - 0.1) * (1 - 0.3)
    return float(arrives * (PRICE * (1 - fee) - inland) - 2_500 - origin - (60_000 + insider_eur) * boxes / kg)


def test_netback_by_hand() -> None:
    """For each method its fee and its boxes: 300 kg need three cooling units and one of anything else."""
    for method, fee, boxes in (
        (Method.RIP_ON, 0.1, 1), (Method.IN_CARGO, 0.07, 1), (Method.COOLING_UNIT, 0.1, 3), (Method.OUTSIDE, 0.2, 1),
    ):  # fmt: skip
        route = route_by(method)
        o = worth(route)
        assert o.netback[0, 0] == pytest.approx(netback_by_hand(route, fee, boxes), rel=1e-12), method
        assert o.loss[0, 0] == pytest.approx(1 - 0.9 * 0.7)
        assert (1 - o.loss) * (o.gain + o.sunk) == pytest.approx(o.proceeds)
        assert o.gain * (1 - o.loss) - o.sunk * o.loss == pytest.approx(o.netback)


def test_a_small_lot_pays_its_share_of_a_box() -> None:
    """25 kg of a box that rides from 100 kg on: a quarter of the fixed cost."""
    route = route_by(Method.RIP_ON)
    assert worth(route, 25.0).netback[0, 0] == pytest.approx(netback_by_hand(route, 0.1, 0.25, kg=25.0), rel=1e-12)


def test_without_a_foothold_the_fee_is_higher_where_a_team_is_needed() -> None:
    """Rip-on pays 30 % instead of 10 % there; a load in the cargo, and one outside, pay the same as ever."""
    places = len(small_world().place_code)
    none = np.zeros((1, places), np.bool_)
    for method, fee in ((Method.RIP_ON, 0.3), (Method.IN_STRUCTURE, 0.3), (Method.IN_CARGO, 0.07)):
        route = route_by(method)
        boxes = 2 if method == Method.IN_STRUCTURE else 1
        o = worth(route, has_foothold=none)
        assert o.netback[0, 0] == pytest.approx(netback_by_hand(route, fee, boxes), rel=1e-12), method
    elsewhere = none.copy()
    route = route_by(Method.RIP_ON)
    elsewhere[0, np.arange(places) != all_routes().place[route]] = True
    assert worth(route, has_foothold=elsewhere).netback[0, 0] == worth(route, has_foothold=none).netback[0, 0]


def test_the_price_of_insiders_raises_the_cost_of_a_box_where_a_team_is_needed() -> None:
    """At the place of the route and nowhere else; a load in the cargo needs no team."""
    route, cargo = route_by(Method.RIP_ON), route_by(Method.IN_CARGO)
    dear = np.zeros(len(small_world().entry.code))
    dear[all_routes().place[route]] = 9_000.0
    assert worth(route, insider_eur=dear).netback[0, 0] == pytest.approx(
        netback_by_hand(route, 0.1, 1, insider_eur=9_000.0), rel=1e-12
    )
    assert all_routes().place[cargo] == all_routes().place[route]
    assert worth(cargo, insider_eur=dear).netback[0, 0] == worth(cargo).netback[0, 0]
    elsewhere = np.where(dear > 0, 0.0, 9_000.0)
    assert worth(route, insider_eur=elsewhere).netback[0, 0] == worth(route).netback[0, 0]


def test_the_yardstick_is_blind_to_beliefs_and_price() -> None:
    """Reference proceeds are those at prior losses and the first price; footholds and fees count in both."""
    route = route_by(Method.RIP_ON)
    usual = worth(route, entry=0.35, departure=0.1)
    assert usual.proceeds == pytest.approx(usual.reference_proceeds, rel=1e-12)
    changed = worth(route, entry=0.9, departure=0.5, price=12_345.0)
    assert changed.reference_proceeds == pytest.approx(usual.reference_proceeds, rel=1e-12)
    assert changed.proceeds < usual.proceeds
    none = np.zeros((1, len(small_world().place_code)), np.bool_)
    assert worth(route, entry=0.35, has_foothold=none).reference_proceeds < usual.reference_proceeds


def test_each_lot_is_valued_by_its_own_organisation() -> None:
    """Law: rows point at organisations; a lot is worth the same alone and in company."""
    rows, lots = 3, np.array([2, 0, 0, 1])
    world, routes = small_world(), all_routes()
    luck = np.random.Generator(np.random.Philox(5))
    beliefs = luck.random((rows, len(world.place_code), METHODS))
    departure = luck.random((rows, len(world.departure.code)))
    footholds = luck.random((rows, len(world.place_code))) < 0.5
    market = np.array([0, 1, 2])
    given = {"entry_loss": beliefs, "departure_loss": departure, "has_foothold": footholds, "market": market}
    route = np.tile(np.arange(0, routes.place.size, 7), (4, 1))
    mass, home = np.array([90_000, 300_000, 4_000_000, 5]), np.array([0, 1, 0, 1])
    together = valuation().options(
        (mass, home, mass < 0), route, np.ones(route.shape, np.bool_), situation(row=lots, **given)
    )
    for n, organisation in enumerate(lots):
        own = {name: of[organisation : organisation + 1] for name, of in given.items()}
        lot = mass[n : n + 1], home[n : n + 1], mass[n : n + 1] < 0
        alone = valuation().options(lot, route[:1], np.ones((1, route.shape[1]), np.bool_), situation(**own))
        assert np.array_equal(alone.netback[0], together.netback[n])


# ---- rules ---------------------------------------------------------------------------------------------------------


def several(case: Case) -> tuple[Valuation, Options]:
    routes = all_routes()
    route = np.array([[0, 5, 9, routes.place.size - 1, 0]])
    is_open = np.array([[True, True, True, True, False]])
    entry = np.linspace(0.05, 0.8, len(small_world().place_code) * METHODS).reshape(1, -1, METHODS)
    v = valuation(case)
    return v, v.options(
        (np.array([300_000]), np.array([0]), np.array([False])), route, is_open, situation(entry_loss=entry)
    )


def test_values_by_each_rule() -> None:
    """The rule logit is netback, salience its formula on what stands out, ewa the attraction less what is sunk."""
    v, o = several(small_costs())
    assert np.array_equal(v.values(o), o.netback)
    v, o = several(with_parameters(small_costs("salience"), "choice", salience_delta=0.4))
    expected = salience_value(o.gain, -o.sunk, o.loss, 0.4, available=o.is_open)
    assert np.array_equal(v.values(o), expected)
    assert v.values(o)[0, 4] == -np.inf
    assert not np.allclose(v.values(o)[0, :4], o.netback[0, :4]), "salience made no difference"
    v, o = several(with_parameters(small_costs("salience"), "choice", salience_delta=1.0))
    np.testing.assert_allclose(v.values(o)[0, :4], o.netback[0, :4], rtol=1e-12)
    v, o = several(small_costs("ewa"))
    attraction = np.linspace(9_000, 15_000, 5)[None]
    assert np.array_equal(v.values(o, attraction), attraction - o.sunk)
    assert np.array_equal(v.values(o), o.netback)
    v, o = several(small_costs("thompson"))
    assert np.array_equal(v.values(o), o.netback)


def some_beliefs(case: Case) -> Beliefs:
    """Return beliefs of two organisations after a few outcomes, heard of and public."""
    world = small_world()
    places = len(world.place_code)
    b = Beliefs(
        case, traffic_error=np.full((2, places), 1.2), posture_noise=np.zeros((2, len(world.entry.code))),
        departures=len(world.departure.code), methods=METHODS, neighbours=np.array([[1], [0]]),
    )  # fmt: skip
    one = np.ones(1, np.int64)
    for place, method, is_lost in ((0, 0, 1), (0, 0, 1), (1, 1, 0), (1, 1, 0), (2, 2, 1)):
        b.observe_outcomes(0, one * (place % 2), one * place, one * method, one * is_lost, one * is_lost)
    b.observe_departures(one, one * 0, one)
    b.publish(100)
    b.observe_effort(0, np.linspace(0.01, 0.05, len(world.entry.code)), np.ones(len(world.entry.code)))
    return b


def drawn(case: Case, lots: Ints, row: Ints, route: Ints, seed: int) -> tuple[Options, Options]:
    """Return options by belief and by draw, of lots of two organisations."""
    b, rows, v = some_beliefs(case), np.arange(2), valuation(case, seed)
    places = len(small_world().place_code)
    at = Situation(
        row, b.entry_loss(200, rows), b.departure_loss(rows), np.ones((2, places), np.bool_), np.ones(2, np.int64),
        PRICE, np.ones(places),
    )  # fmt: skip
    n = lots.size
    table = np.tile(route, (n, 1))
    by_belief = v.options(
        (np.full(n, 300_000), np.zeros(n, np.int64), np.zeros(n, np.bool_)), np.maximum(table, 0), table >= 0, at
    )  # fmt: skip
    return by_belief, v.with_drawn_losses(lots, by_belief, b.opinion(200, rows), b.departure_loss(rows), row)


def test_thompson_draws_have_the_mean_of_the_belief(seed: int) -> None:
    """Over lots the mean of drawn losses, and of proceeds, is what is believed, within 5 standard errors."""
    n = 4_000
    route = np.array([route_by(Method.RIP_ON), route_by(Method.IN_CARGO), route_by(Method.OUTSIDE), 40, 77])
    lots = np.arange(n) * 65536
    by_belief, by_draw = drawn(small_costs("thompson"), lots, np.arange(n) % 2, route, seed)
    for organisation in (0, 1):
        mine = np.arange(n) % 2 == organisation
        for name in ("loss", "proceeds"):
            believed, draws = getattr(by_belief, name)[mine], getattr(by_draw, name)[mine]
            error = draws.std(axis=0, ddof=1) / np.sqrt(mine.sum())
            assert (error > 0).all()
            assert (np.abs(draws.mean(axis=0) - believed[0]) < 5 * error).all(), name
    assert np.array_equal(by_draw.gain, by_belief.gain)
    assert np.array_equal(by_draw.sunk, by_belief.sunk)
    assert np.array_equal(by_draw.reference_proceeds, by_belief.reference_proceeds)
    np.testing.assert_allclose((1 - by_draw.loss) * (by_draw.gain + by_draw.sunk), by_draw.proceeds, rtol=1e-12)


def test_a_draw_belongs_to_the_lot_and_the_cell(seed: int) -> None:
    """Law: the same in company, in other columns, and from every departure port, but for what departure costs."""
    routes, case = all_routes(), small_costs("thompson")
    first = route_by(Method.RIP_ON, place=0)
    same_cell = np.flatnonzero((routes.place == 0) & (routes.method == Method.RIP_ON))
    other = next(int(r) for r in same_cell if routes.departure[r] != routes.departure[first])
    lots = np.arange(30) * 65536
    _, many = drawn(case, lots, np.arange(30) % 2, np.array([first, 50, other]), seed)
    _, alone = drawn(case, lots[7:8], np.array([1]), np.array([-1, other, -1, first]), seed)
    assert np.array_equal(alone.loss[0, [3, 1]], many.loss[7, [0, 2]])
    b = some_beliefs(case)
    passes = 1 - b.departure_loss(np.array([1]))[0, routes.departure[[first, other]]]
    entry = 1 - (1 - many.loss[7, [0, 2]]) / passes
    assert entry[0] == pytest.approx(entry[1], rel=1e-9)
    assert np.unique(many.loss[::2, 0]).size == 15, "every lot has its own"


# ---- what came of it -----------------------------------------------------------------------------------------------


def test_outcome_by_hand() -> None:
    """Two boxes of 150 kg each: what a delivered kilogram brings, and freight, haul and boxes sunk in it."""
    world = small_world()
    rows = np.zeros(2, CONSIGNMENT)
    rows["place"], rows["method"], rows["departure"] = [0, 2], [Method.RIP_ON, Method.IN_CARGO], [1, 3]
    rows["mass_g"], rows["boxes"], rows["has_foothold"] = [300_000, 900_000], [2, 1], [1, 0]
    delivered, sunk = valuation().outcome(rows, np.array([1, 0]), np.array([2, 1]), 28_000.0, no_bill())
    haul_in = world.markets.haul_km[[0, 2], [2, 1]] * 0.7
    haul_out = world.home.haul_km[[1, 0], [1, 3]] * 0.4
    assert delivered == pytest.approx([28_000 * 0.9 - haul_in[0], 28_000 * 0.93 - haul_in[1]], rel=1e-12)
    assert sunk == pytest.approx(
        [2_500 + haul_out[0] + 60_000 * 2 / 300, 2_500 + haul_out[1] + 60_000 / 900], rel=1e-12
    )


def test_outcome_is_what_was_expected_of_a_whole_lot_with_a_foothold() -> None:
    """Law: for one consignment of a lot, gain and sunk costs of the choice are those of the books."""
    for method in (Method.RIP_ON, Method.IN_CARGO, Method.COOLING_UNIT, Method.OUTSIDE):
        route = route_by(method)
        o = worth(route)
        row = np.zeros(1, CONSIGNMENT)
        routes = all_routes()
        row["place"], row["method"], row["departure"] = routes.place[route], method, routes.departure[route]
        row["has_foothold"] = 1
        row["mass_g"], row["boxes"] = 300_000, 3 if method == Method.COOLING_UNIT else 1
        delivered, sunk = valuation().outcome(row, np.array([0]), np.array([1]), PRICE, no_bill())
        assert sunk == pytest.approx(o.sunk[0], rel=1e-12)
        assert delivered - sunk == pytest.approx(o.gain[0], rel=1e-12)


def test_mean_delivered_is_the_mean_over_markets() -> None:
    """For one place and method, by the weights of the markets."""
    world, v = small_world(), valuation()
    weight = world.markets.weight / world.markets.weight.sum()
    mean = v.mean_delivered(25_000.0)
    assert mean.shape == (len(world.place_code), METHODS)
    expected = 25_000 * (1 - 0.07) - 0.7 * (world.markets.haul_km[1] * weight).sum()
    assert mean[1, Method.IN_CARGO] == pytest.approx(expected, rel=1e-12)


def test_options_are_not_changed_by_drawing() -> None:
    """The options by belief are still there after a draw: netback and advantage are reported by belief."""
    by_belief, by_draw = drawn(small_costs("thompson"), np.arange(4), np.zeros(4, np.int64), np.array([0, 9]), 1)
    again, _ = drawn(small_costs("thompson"), np.arange(4), np.zeros(4, np.int64), np.array([0, 9]), 1)
    for field in dc.fields(Options):
        assert np.array_equal(getattr(by_belief, field.name), getattr(again, field.name)), field.name
    assert not np.array_equal(by_belief.loss, by_draw.loss)
