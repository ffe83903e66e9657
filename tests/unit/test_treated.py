"""Names of treated places: what they mean, and how a wrong one is refused."""

from __future__ import annotations

import pytest

from experiments.cohort import cohort_parcels
from experiments.treated import find_treated
from scenarios.build_world import build_world
from scenarios.errors import InputError
from tests.ledger_cases import Booking, hand_tables
from tests.model_cases import small_case

CASE = small_case("world=eu")
WORLD = build_world(CASE.world, CASE.parameters, CASE.good)
RANGES = {"NLRTM": "north_range", "NLVLI": "north_range", "ESVLC": "west_med", "coast:north_range": "north_range"}
BOOKINGS = [
    Booking({1: 1}, "ECGYE", "NLRTM", "rip_on", "delivered"),
    Booking({2: 1}, "BRSSZ", "NLRTM", "in_cargo", "delivered"),
    Booking({3: 1}, "ECGYE", "NLVLI", "rip_on", "delivered"),
    Booking({4: 1}, "ECGYE", "ESVLC", "in_cargo", "delivered"),
    Booking({5: 1}, "ECGYE", "coast:north_range", "outside", "delivered"),
]
# Lot 6 is not offered: it is nowhere.
PARCELS = cohort_parcels(hand_tables(dict.fromkeys(range(1, 7), 1), BOOKINGS, RANGES))


@pytest.mark.parametrize(
    ("text", "kind", "label", "lots", "ports"),
    [
        ("NLRTM", "port", "port NLRTM", {1, 2}, 1),
        ("nlrtm", "port", "port NLRTM", {1, 2}, 1),
        ("NL", "country", "country NL", {1, 2, 3}, 4),
        ("north_range", "port range", "port range north range", {1, 2, 3}, 11),
        ("north range", "port range", "port range north range", {1, 2, 3}, 11),
        ("coast:north_range", "coast", "coast north range", {5}, 0),
        ("ECGYE-NLRTM", "lane", "lane ECGYE-NLRTM", {1}, 1),
        ("in_cargo", "method", "method in cargo", {2, 4}, 53),
        ("outside", "method", "method outside", {5}, 53),
    ],
)
def test_what_names_mean(text: str, kind: str, label: str, lots: set[int], ports: int) -> None:
    treated = find_treated(text, WORLD)
    assert (treated.kind, treated.label, len(treated.ports)) == (kind, label, ports)
    assert set(PARCELS.lot[treated.contains(PARCELS)].tolist()) == lots
    assert treated.is_one_port == (kind in {"port", "lane"})


def test_a_range_means_its_ports_in_the_union() -> None:
    """Ports outside the Union are in a range by position, but not under its controls."""
    treated = find_treated("british_isles", WORLD)
    inside = {c for c, r in zip(WORLD.entry.code, WORLD.entry.port_range, strict=True) if r == "british_isles"}
    assert treated.places < inside
    assert set(treated.ports) == treated.places


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["treated: missing", "treated=", "such as"]),
        ("NLRTN", ["'NLRTN'", "NLRTM"]),
        ("norht_range", ["'norht_range'", "north_range"]),
        ("ECGYE-XXXXX", ["'ECGYE-XXXXX'", "ECGYE-"]),
        ("XX", ["'XX'", "Allowed"]),
        ("coast:baltic", ["'coast:baltic'", "coast:baltic_nordic"]),
    ],
)
def test_an_unknown_name_is_refused(text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        find_treated(text, WORLD)
    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_a_port_of_another_world_is_refused() -> None:
    small = build_world(small_case().world, small_case().parameters, small_case().good)
    with pytest.raises(InputError, match="'ESVLC' is not known"):
        find_treated("ESVLC", small)
