"""The displacement ledger on five lots written down by hand, with every cell worked out."""

from __future__ import annotations

import dataclasses as dc

import pytest

from experiments.cohort import CohortParcels, cohort_parcels
from experiments.ledger import Amount, Cell, Direction, Ledger, Moved, make_ledger
from experiments.treated import find_treated
from scenarios.build_world import build_world
from scenarios.errors import InputError
from tests.ledger_cases import Booking, hand_tables
from tests.model_cases import small_case

CASE = small_case("world=north_range")
WORLD = build_world(CASE.world, CASE.parameters, CASE.good)
RANGES = dict(zip(WORLD.place_code, (*WORLD.entry.port_range, *WORLD.coasts.name), strict=True))
COAST = "coast:north_range"
KG = 1000
# 1 is split in three; 2 rides with 3 in the second arm; another organisation takes 3 over, and takes its time; 4 is
# offered in the second arm only; 5 is still on its way in the second arm.
LOTS = {1: 900 * KG, 2: 50 * KG, 3: 2000 * KG, 4: 400 * KG, 5: 700 * KG}
BASELINE = [
    Booking({1: 900 * KG}, "ECGYE", "NLRTM", "in_cargo", "delivered"),
    Booking({2: 50 * KG}, "ECGYE", "NLRTM", "rip_on", "seized_entry"),
    Booking({3: 2000 * KG}, "ECGYE", "BEANR", "in_cargo", "delivered", day=10, organisation=7),
    Booking({5: 700 * KG}, "BRSSZ", "NLRTM", "in_cargo", "delivered"),
]
TREATED = [
    Booking({1: 300 * KG}, "ECGYE", "NLRTM", "in_cargo", "seized_entry"),
    Booking({1: 300 * KG}, "ECGYE", "BEANR", "in_cargo", "delivered", ordinal=1),
    Booking({1: 300 * KG}, "ECGYE", "NLRTM", "rip_on", "delivered", ordinal=2),
    Booking({3: 2000 * KG, 2: 50 * KG}, "ECGYE", "BEANR", "in_cargo", "seized_extraction", day=30, organisation=9),
    Booking({4: 400 * KG}, "BRSSZ", "NLRTM", "in_structure", "delivered"),
    Booking({5: 700 * KG}, "ECGYE", "NLRTM", "in_cargo", "in_transit", day=24),
]
OUT, INTO, ELSEWHERE = Direction.OUT, Direction.INTO, Direction.ELSEWHERE
NR = "north_range"


def cohort(bookings: list[Booking], lots: dict[int, int] | None = None) -> CohortParcels:
    return cohort_parcels(hand_tables(lots or LOTS, bookings, RANGES))


def ledger(first: list[Booking], second: list[Booking], treated: str = "NLRTM") -> Ledger:
    return make_ledger(cohort(first), cohort(second), find_treated(treated, WORLD), WORLD)


def test_every_cell_of_five_lots() -> None:
    kg300, kg50, kg700 = 300 * KG, 50 * KG, 700 * KG
    assert ledger(BASELINE, TREATED).lines == {
        # Lot 1: the same route first (seized), then the same entry (other method), the rest to the other port.
        Cell(OUT, Moved.SAME, "NLRTM", NR, "seized_entry"): Amount(kg300, kg300, smaller_g=kg300),
        Cell(OUT, Moved.OTHER_METHOD, "NLRTM", NR, "delivered"): Amount(kg300, kg300, smaller_g=kg300),
        Cell(OUT, Moved.OTHER_PORT, "BEANR", NR, "delivered"): Amount(kg300, kg300, smaller_g=kg300),
        # Lot 2: rides with lot 3 to the other port, twenty days later, with another holder.
        Cell(OUT, Moved.OTHER_PORT, "BEANR", NR, "seized_extraction"): Amount(
            kg50, kg50, later_g=kg50, other_holder_g=kg50
        ),
        # Lot 3: the same route outside the treated port, later, with another holder, now caught.
        Cell(ELSEWHERE, Moved.SAME, "BEANR", NR, "seized_extraction"): Amount(
            2000 * KG, 2000 * KG, later_g=2000 * KG, other_holder_g=2000 * KG
        ),
        # Lot 4: comes into the treated port from not being shipped.
        Cell(INTO, Moved.NOT_SHIPPED, "", "", "delivered"): Amount(400 * KG, 400 * KG),
        # Lot 5: leaves from another region, fourteen days later, which is not yet later than 14 days; still open.
        Cell(OUT, Moved.OTHER_REGION, "NLRTM", NR, "in_transit"): Amount(kg700, kg700),
    }


def test_the_lines_sum_to_flow_and_supply() -> None:
    """Law: out of treated is F0(X), into treated and what stayed is F1(X), all lines are the supply."""
    lines = ledger(BASELINE, TREATED)
    assert lines.sum_g(OUT) == (900 + 50 + 700) * KG
    assert sum(lines.sum_g(direction) for direction in Direction) == sum(LOTS.values())
    assert lines.treated_landed_g == ((900 + 700) * KG, 600 * KG)
    assert lines.reshuffled_g == 0


def test_movement_between_untreated_cells_is_reshuffling() -> None:
    """The same two arms, followed from a port that nobody used: everything that moved is reshuffling."""
    lines = ledger(BASELINE, TREATED, "DEHAM")
    # Lot 1 300 kg by another method and 300 kg to another port, lot 2 to another port, lot 5 from another region.
    assert lines.reshuffled_g == (300 + 300 + 50 + 700) * KG
    assert {cell.direction for cell in lines.lines} == {ELSEWHERE}
    assert lines.sum_g(ELSEWHERE, Moved.NEWLY_SHIPPED) == 400 * KG


def test_outside_the_terminals_and_upper_bounds() -> None:
    """A gross cell is a convention; its bound counts all that either arm has within reach of it."""
    first = [
        Booking({1: 600 * KG}, "ECGYE", "NLRTM", "in_cargo", "delivered"),
        Booking({1: 300 * KG}, "ECGYE", "NLRTM", "rip_on", "delivered", ordinal=1),
    ]
    second = [
        Booking({1: 500 * KG}, "ECGYE", "NLRTM", "in_cargo", "delivered"),
        Booking({1: 400 * KG}, "ECGYE", COAST, "outside", "seized_sea", ordinal=1),
    ]
    lots = {1: 900 * KG}
    arms = (cohort(first, lots), cohort(second, lots))
    lines = make_ledger(*arms, find_treated("NLRTM", WORLD), WORLD).lines
    assert {cell: (a.mass_g // KG, a.bound_g // KG) for cell, a in lines.items()} == {
        Cell(OUT, Moved.SAME, "NLRTM", NR, "delivered"): (500, 500),
        Cell(OUT, Moved.OUTSIDE, COAST, NR, "seized_sea"): (400, 400),
        # Nothing is here by convention, but up to the 300 kg in the other method could be.
        Cell(OUT, Moved.OTHER_METHOD, "NLRTM", NR, "delivered"): (0, 300),
    }


def test_a_ledger_of_equal_arms_is_empty_of_movement() -> None:
    """Law: two identical arms leave every gram where it was, without a flag."""
    lines = ledger(TREATED, TREATED).lines
    assert {cell.moved for cell, amount in lines.items() if amount.mass_g} == {Moved.SAME}
    assert all((a.later_g, a.smaller_g, a.other_holder_g) == (0, 0, 0) for a in lines.values())


@pytest.mark.parametrize(
    ("lots", "words"),
    [({**LOTS, 6: 100 * KG}, "1 lots are in one arm only"), ({**LOTS, 5: 700 * KG + 1}, "1 lots have another mass")],
)
def test_arms_with_different_supply_are_refused(lots: dict[int, int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_ledger(cohort(BASELINE), cohort(TREATED, lots), find_treated("NLRTM", WORLD), WORLD)


def test_the_flags_have_their_thresholds() -> None:
    """Later means more than 14 days, smaller at most half: one gram or one day decides."""
    base = [Booking({1: 100}, "ECGYE", "NLRTM", "rip_on", "delivered", day=10)]
    for day, grams, later, smaller in ((24, 51, 0, 0), (25, 50, 1, 1)):
        two = [
            Booking({1: grams}, "ECGYE", "NLRTM", "rip_on", "delivered", day=day),
            Booking({1: 100 - grams}, "BRSSZ", "BEANR", "rip_on", "delivered", day=10, ordinal=1),
        ]
        arms = cohort(base, {1: 100}), cohort(two, {1: 100})
        lines = make_ledger(*arms, find_treated("NLRTM", WORLD), WORLD).lines
        amount = lines[Cell(OUT, Moved.SAME, "NLRTM", NR, "delivered")]
        assert dc.astuple(amount)[:4] == (grams, grams, later * grams, smaller * grams)
