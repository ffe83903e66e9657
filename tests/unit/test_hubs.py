"""Hubs: which one, how much of its selection it spends on them, and what passes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from agents.beliefs import Beliefs
from scenarios.build_world import build_world
from scenarios.case import WorldSpec
from scenarios.geography import great_circle_km
from scenarios.hubs import feeder_km, least_detour
from scenarios.load_case import load_good
from scenarios.network import fit_network
from scenarios.parameter_table import make_parameters
from sim.clock import DAY_MIN, YEAR_DAYS
from sim.codes import LUCK_WIDTH, Fate, Luck, Method, Step, Trigger
from sim.consignment import CONSIGNMENT
from sim.hub_kernel import pass_hubs
from sim.transhipment import HubControl, make_hub_control, recall
from tests.model_cases import model_at, small_case, small_run

PARAMETERS = make_parameters()
COCAINE = load_good("cocaine")
FULL = build_world(WorldSpec("eu"), PARAMETERS, COCAINE)


def test_least_detour_by_hand() -> None:
    """Two departure ports, three entry ports, the last two hubs; no port is its own hub."""
    sea = np.array([[10.0, 6.0, 9.0], [10.0, 8.0, 3.0]])
    feeder = np.array([[0.0, 5.0, 3.0], [5.0, 0.0, 4.0], [3.0, 4.0, 0.0]])
    hub, share = least_detour(sea, feeder, np.array([False, True, True]))
    # By row: 6 + 5 against 9 + 3; then to the hubs themselves, by way of the other.
    assert hub.tolist() == [[1, 2, 1], [2, 2, 1]]
    assert share == pytest.approx(np.array([[6 / 11, 9 / 13, 6 / 10], [3 / 6, 3 / 7, 8 / 12]]))


def test_ways_into_the_mediterranean_lead_through_the_strait() -> None:
    """Bremerhaven to Piraeus is more than twice the great circle; inside one sea it is the great circle."""
    latitude, longitude = np.array([53.55, 37.94, 40.0]), np.array([8.55, 23.62, 28.0])
    km = feeder_km(latitude, longitude, np.array([False, True, True]))
    direct = great_circle_km(latitude, longitude, latitude, longitude)
    strait = great_circle_km(latitude, longitude, np.array([35.95]), np.array([-5.6]))[:, 0]
    assert km[0, 1] == km[1, 0] == pytest.approx(strait[0] + strait[1])
    assert km[0, 1] > 2 * direct[0, 1]
    assert km[1, 2] == direct[1, 2]


def test_hubs_of_the_world() -> None:
    """Lanes via a hub have one that tranships half or more, is not their port of entry, and lies on the way in time."""
    lanes, entry = FULL.lanes, FULL.entry
    via = lanes.is_via_hub
    assert (lanes.hub[~via] == -1).all()
    assert (lanes.hub_min[~via] == 0).all()
    assert via.any()
    assert (lanes.hub[via] >= 0).all()
    assert (entry.transhipment_share[lanes.hub[via]] >= 0.5).all()
    assert (lanes.hub[via] != lanes.entry[via]).all()
    assert (lanes.hub_min[via] >= DAY_MIN).all()
    assert (lanes.hub_min[via] <= lanes.transit_min[via] - DAY_MIN).all()
    port_range = np.array(entry.port_range)
    hub_range, entry_range = port_range[lanes.hub[via]], port_range[lanes.entry[via]]
    inside = ["west_med", "central_med", "east_med", "black_sea"]  # Algeciras and Tanger Med lie at the strait itself
    assert not (np.isin(hub_range, inside[1:]) & ~np.isin(entry_range, inside)).any(), "nothing goes in to come out"
    assert not ((hub_range == "north_range") & np.isin(entry_range, inside)).any(), "nor goes past it to come back"


def test_a_hub_outside_the_chosen_world_does_not_control() -> None:
    """A world has the hubs of the whole network that are in it, at their rows, and no others."""
    network = fit_network(PARAMETERS.shipping.boxes_per_teu, COCAINE)
    hubs = set()
    for ports in (("PTSIE", "BEANR", "NLRTM"), ("BEANR", "NLRTM")):
        world = build_world(WorldSpec("part", ports), PARAMETERS, COCAINE)
        for departure, entry, is_via, hub in zip(
            world.lanes.departure, world.lanes.entry, world.lanes.is_via_hub, world.lanes.hub, strict=True
        ):
            row = network.hub[world.departure.global_id[departure], world.entry.global_id[entry]]
            expected = np.flatnonzero(world.entry.global_id == row) if is_via else []
            assert hub == (expected[0] if len(expected) else -1)
            hubs.add(int(hub))
    assert hubs == {-1, world.entry.code.index("BEANR") + 2}, "Sines, in the first of the two alone"


@pytest.mark.parametrize(("share", "separation"), [(0.01, 1.3), (0.05, 1.3), (0.05, 0.3), (0.5, 2.3)])
def test_recall_closed_form(share: float, separation: float) -> None:
    """1 - Phi(Phi^-1(1 - s) - d'), and the share found among scores drawn evenly."""
    found = recall(np.array([share]), np.array([separation]))[0]
    assert found == pytest.approx(1 - norm.cdf(norm.ppf(1 - share) - separation), rel=1e-12)
    scores = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    assert (scores + separation > np.quantile(scores, 1 - share)).mean() == pytest.approx(found, abs=1e-4)


def test_recall_at_its_ends() -> None:
    """Nothing inspected finds nothing, everything finds all; without separation recall is the share."""
    zero, one, some = np.zeros(1), np.ones(1), np.array([0.07])
    assert (recall(zero, one)[0], recall(one, one)[0]) == (0.0, 1.0)
    assert recall(some, zero)[0] == pytest.approx(0.07)


def test_slots_are_spent_once() -> None:
    """Own boxes and those that pass share the slots in proportion, so that both are controlled at the same share."""
    control, lanes = make_hub_control(FULL, 0.5), FULL.lanes
    sines = FULL.entry.code.index("PTSIE")
    passing = 0.5 * lanes.boxes_per_year[lanes.hub == sines].sum()
    own = FULL.at_risk_boxes[sines]
    assert control.boxes_per_day[sines] * YEAR_DAYS == pytest.approx(passing)
    assert control.own_share[sines] == pytest.approx(own / (own + passing))
    slots = np.full(60, 3.0)
    chance = control.chance(slots * (1 - control.own_share), np.full(60, 1.3))
    share = np.array([3.0 * YEAR_DAYS / (own + passing)])
    assert chance[sines] == pytest.approx(0.5 * recall(share, np.array([1.3]))[0])
    assert (chance[control.boxes_per_day == 0] == 0).all()
    nobody = make_hub_control(FULL, 0.0)
    assert (nobody.own_share == 1).all()
    assert (nobody.chance(slots, np.full(60, 1.3)) == 0).all()


def test_own_and_transhipped_boxes_fill_the_slots_of_a_port() -> None:
    """Law: a hub controls transhipped boxes too, and never more boxes against drugs than it has slots."""
    selected, days = [], []
    for share in (0, 1):
        tables = small_run("world=north_range", f"parameters.control.hub_share={share}")
        controls = tables["line_month"].to_pylist()
        selected.append(sum(row["drug_tasked_boxes"] for row in controls if row["place"] == "DEBRV"))
        days.append(tables["runs"]["days"][0].as_py())
    model = model_at(small_case("world=north_range"), 1)
    slots = model.physical.drug_slots_per_day(model.enforcement.posture)[model.world.entry.code.index("DEBRV")]
    # Transhipped boxes are there every day, ships are not: the days without one leave slots unused.
    assert selected[0] / days[0] < selected[1] / days[1] < slots


DETECTION = np.array([0.75, 0.55, 0.45, 0.35, 0.0, 0.9])
HUB_MIN = 5 * DAY_MIN + 100


def at_sea(u_hub: float = 0.1, u_image: float = 0.5, u_search: float = 0.5, **values: Any) -> tuple[Any, Any]:
    row, luck = np.zeros(1, CONSIGNMENT), np.full((1, LUCK_WIDTH), 0.99)
    usual = {"mass_g": 100_000, "boxes": 1, "dispatch_day": 10, "closed_min": -1, "fate": Fate.IN_TRANSIT,
             "method": Method.RIP_ON, "lane": 1}  # fmt: skip
    for name, value in {**usual, **values}.items():
        row[name] = value
    luck[0, Luck.HUB], luck[0, Luck.IMAGE], luck[0, Luck.SEARCH] = u_hub, u_image, u_search
    return row, luck


def passed(row: Any, luck: Any, chance: float = 0.2, has_scanner: bool = True) -> Fate:
    hub, hub_min = np.array([-1, 0]), np.array([0, HUB_MIN])
    found = np.zeros(1, np.int64)
    pass_hubs(row, luck, found, hub, hub_min, np.array([chance]), np.array([has_scanner]), DETECTION[None, :])
    return Fate(row["fate"][0])


def test_a_find_at_the_hub_by_hand() -> None:
    """Selected, seen and found: closed at the minute of passing."""
    row, luck = at_sea()
    assert passed(row, luck) == Fate.SEIZED_HUB
    closed = (row["closed_min"][0], row["trigger"][0], row["step"][0])
    assert closed == (10 * DAY_MIN + HUB_MIN, Trigger.TARGETED, Step.SEARCH)


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({"u_hub": 0.2}, {}),
        ({"u_image": 0.75}, {}),
        ({"u_search": 0.9}, {}),
        ({"u_search": 0.9}, {"has_scanner": False}),
        ({}, {"chance": 0.0}),
    ],
)
def test_what_is_not_found_goes_on(values: dict[str, Any], asked: dict[str, Any]) -> None:
    """Not selected, not seen, not found, or without controls."""
    row, luck = at_sea(**values)
    before = row.copy()
    assert passed(row, luck, **asked) == Fate.IN_TRANSIT
    assert row.tobytes() == before.tobytes()


def test_a_hub_without_a_scanner_searches() -> None:
    assert passed(*at_sea(u_image=0.99), has_scanner=False) == Fate.SEIZED_HUB


CAUGHT_AT_HUBS = ("world=north_range", "parameters.control.hub_share=1", "parameters.control.separation=2.3")


def test_a_loss_at_the_hub_is_a_loss_on_the_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Organisations learn of it at once, as a loss at the place of entry that the load was bound for."""
    model = model_at(small_case(*CAUGHT_AT_HUBS), 1)
    learned: list[tuple[int, int, int]] = []
    usual = Beliefs.observe_outcomes

    def note(beliefs: Beliefs, day: int, organisation: Any, place: Any, method: Any, is_lost: Any, *more: Any) -> None:
        learned.extend(zip([day] * place.size, place.tolist(), is_lost.tolist(), strict=True))
        usual(beliefs, day, organisation, place, method, is_lost, *more)

    monkeypatch.setattr(Beliefs, "observe_outcomes", note)
    for _ in range(400):
        model.step()
    c = model.physical.consignments
    found = c[c["fate"] == Fate.SEIZED_HUB]
    assert found.size > 0
    hub = model.world.lanes.hub[found["lane"]]
    assert (hub != found["place"]).all()
    assert (found["discharge_min"] == -1).all(), "it never reached its port of entry"
    minutes = model.world.lanes.hub_min[found["lane"]]
    assert np.array_equal(found["closed_min"], found["dispatch_day"] * DAY_MIN + minutes)
    for row in found:
        assert (row["closed_min"] // DAY_MIN, row["place"], 1) in learned


def test_without_controls_no_hub_of_the_union_finds_anything() -> None:
    model = model_at(small_case(*CAUGHT_AT_HUBS, "regime=none"), 400)
    c, start = model.physical.consignments, model.start_day * DAY_MIN
    found = c[c["fate"] == Fate.SEIZED_HUB]
    later = found[found["closed_min"] >= start]
    assert not model.world.entry.is_eu[model.world.lanes.hub[later["lane"]]].any()
    frozen = model_at(small_case(*CAUGHT_AT_HUBS), 400).physical.consignments
    assert ((frozen["fate"] == Fate.SEIZED_HUB) & (frozen["closed_min"] >= start)).any()


def test_hub_control_keeps_its_shape() -> None:
    control = HubControl(np.array([0.0, 2.0]), np.ones(2), 0.5)
    assert control.chance(np.array([1.0, 5.0]), np.ones(2)).tolist() == [0.0, 0.5], "more slots than boxes find all"
