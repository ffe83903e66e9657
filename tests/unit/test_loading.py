"""Loads: grams are partitioned, small lots ride only where they may, and order does not matter."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.loading import Load, boxes_needed, boxes_paid, can_ride, load

KG = 1_000


def loaded(
    grams: list[int], *, group: list[int] | None = None, route: list[int] | None = None, count: list[int] | None = None,
    lot: list[int] | None = None, below_g: int = 100 * KG, most_g: int | list[int] = 10**9,
    may_ride: Callable[[int, int], bool] = lambda rider, carrier: True,
) -> Load:  # fmt: skip
    n = len(grams)
    columns = (lot or list(range(n)), grams, group or [0] * n, route or list(range(n)), count or [1] * n)
    most = np.broadcast_to(np.array(most_g), n)
    return load(*(np.array(column, np.int64) for column in columns), below_g, most, may_ride)


def parcels(of: Load) -> set[tuple[int, int, int]]:
    """Return (lot, consignment, grams) of every parcel."""
    columns = (of.parcel_lot, of.parcel_consignment, of.parcel_g)
    return set(zip(*(column.tolist() for column in columns), strict=True))


def check(of: Load, lot: list[int], grams: list[int]) -> None:
    """Check that grams are partitioned both ways, and that every consignment has its own address."""
    assert (of.parcel_g >= 0).all()
    by_lot = {n: int(of.parcel_g[of.parcel_lot == n].sum()) for n in lot}
    assert by_lot == dict(zip(lot, grams, strict=True))
    by_consignment = np.bincount(of.parcel_consignment, of.parcel_g, minlength=of.mass_g.size)
    assert by_consignment.astype(np.int64).tolist() == of.mass_g.tolist()
    address = list(zip(of.lead_lot.tolist(), of.ordinal.tolist(), strict=True))
    assert len(set(address)) == len(address)


def test_boxes_and_their_fixed_cost() -> None:
    """A kilogram over the limit needs another box; a small lot rides and pays its share of one box."""
    mass = np.array([0.001, 100.0, 100.001, 450.0])
    assert boxes_needed(mass, np.full(4, 100.0)).tolist() == [1, 1, 2, 5]
    small = np.array([25.0, 75.0, 100.0, 251.0])
    rides = np.array([True, False, False, False])
    assert boxes_paid(small, np.full(4, 250.0), 100.0, rides).tolist() == [0.25, 1.0, 1.0, 2.0]
    assert boxes_paid(small, np.full(4, 250.0), 0.0, rides & False).tolist() == [1, 1, 1, 2]


def test_only_light_lots_with_a_heavier_one_of_their_group_ride() -> None:
    """Of 20 and 300 kg of one group the first; a lone one of 20 kg, and two equal ones, do not."""
    mass, group = np.array([20.0, 300.0, 20.0, 50.0, 50.0]), np.array([1, 1, 2, 3, 3])
    assert can_ride(mass, group, 100.0).tolist() == [True, False, False, False, False]
    assert not can_ride(mass, group, 0.0).any()


def test_a_lot_is_divided_into_equal_whole_grams() -> None:
    """Ten grams in three: 4, 3, 3, with ordinals from 0, all on one route and led by the lot."""
    of = loaded([10], lot=[7], route=[5], count=[3], below_g=0)
    assert of.mass_g.tolist() == [4, 3, 3]
    assert of.ordinal.tolist() == [0, 1, 2]
    assert of.lead_lot.tolist() == [7, 7, 7]
    assert of.route.tolist() == [5, 5, 5]
    assert parcels(of) == {(7, 0, 4), (7, 1, 3), (7, 2, 3)}


def test_a_small_lot_rides_with_the_largest_of_its_group() -> None:
    """It goes into the first consignment of the largest, on that one's route; it leads none."""
    of = loaded([40 * KG, 500 * KG, 300 * KG], lot=[11, 12, 13], route=[1, 2, 3], count=[1, 2, 1])
    assert of.lead_lot.tolist() == [12, 12, 13]
    assert of.route.tolist() == [2, 2, 3]
    assert of.mass_g.tolist() == [290 * KG, 250 * KG, 300 * KG]
    assert (11, 0, 40 * KG) in parcels(of)


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("another group", {"group": [0, 1]}),
        ("as large as the threshold", {"below_g": 40 * KG}),
        ("nobody may merge", {"below_g": 0}),
        ("no room", {"most_g": [10**9, 539 * KG]}),
        ("not allowed", {"may_ride": lambda rider, carrier: (rider, carrier) != (0, 1)}),
    ],
)
def test_a_lot_that_cannot_ride_goes_alone(why: str, change: dict[str, object]) -> None:
    """Each condition alone stops it; without any of them it rides."""
    assert loaded([40 * KG, 500 * KG]).lead_lot.tolist() == [1]
    alone = loaded([40 * KG, 500 * KG], **change)  # type: ignore[arg-type]
    assert sorted(alone.lead_lot.tolist()) == [0, 1], why
    assert sorted(alone.mass_g.tolist()) == [40 * KG, 500 * KG], why


def test_riders_fill_the_room_and_no_more() -> None:
    """The limit is of the carrier's route, exact to the gram, and riders count against it one by one, largest first."""
    grams = [500 * KG, 60 * KG, 50 * KG, 40 * KG]
    exact = loaded(grams, most_g=[600 * KG, 1, 1, 1])
    # 60 and 40 fill it; 50 in between finds no room.
    assert parcels(exact) == {(0, 0, 500 * KG), (1, 0, 60 * KG), (3, 0, 40 * KG), (2, 1, 50 * KG)}
    everything = loaded(grams, most_g=[650 * KG, 1, 1, 1])
    assert everything.mass_g.tolist() == [650 * KG]


def test_small_lots_ride_with_the_largest_of_them() -> None:
    """Where all are small the largest leads; of equal ones the first row does."""
    of = loaded([30 * KG, 50 * KG, 50 * KG], lot=[5, 9, 8])
    assert of.lead_lot.tolist() == [8]
    assert of.mass_g.tolist() == [130 * KG]


def test_the_order_of_lots_does_not_matter() -> None:
    """Law: the same consignments (by lead lot and ordinal) with the same parcels, in any order of the lots."""
    grams, group = [40 * KG, 500 * KG, 90 * KG, 90 * KG, 700 * KG], [0, 0, 1, 1, 1]
    found = []
    for order in permutations(range(5)):
        of = loaded(
            [grams[i] for i in order], group=[group[i] for i in order], lot=list(order), route=list(order),
            count=[1 + i % 2 for i in order], most_g=600 * KG,
        )  # fmt: skip
        address = list(zip(of.lead_lot.tolist(), of.ordinal.tolist(), of.route.tolist(), strict=True))
        found.append((sorted(address), sorted((lot, address[at], g) for lot, at, g in parcels(of))))
    assert all(other == found[0] for other in found)


def test_other_groups_change_nothing() -> None:
    """Law: a group's consignments are the same with and without the others."""
    both = loaded([40 * KG, 500 * KG, 30 * KG, 900 * KG], group=[3, 3, 1, 1])
    alone = loaded([40 * KG, 500 * KG], group=[3, 3])
    mine = np.isin(both.lead_lot, [0, 1])
    assert both.lead_lot[mine].tolist() == alone.lead_lot.tolist()
    assert both.mass_g[mine].tolist() == alone.mass_g.tolist()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(1, 800 * KG), st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=12
    ),
    st.integers(0, 300 * KG),
    st.integers(1, 900 * KG),
)  # fmt: skip
def test_grams_are_partitioned_whatever_is_asked(
    lots: list[tuple[int, int, int]], below_g: int, most_g: int
) -> None:  # fmt: skip
    """Law: no gram is lost or counted twice, no rider overfills, and only small lots of the group ride."""
    grams, group, count = (list(column) for column in zip(*lots, strict=True))
    lot = [3 * n + 1 for n in range(len(lots))]
    of = loaded(grams, group=group, count=count, lot=lot, below_g=below_g, most_g=most_g)
    check(of, lot, grams)
    lead = of.lead_lot[of.parcel_consignment]
    rides = of.parcel_lot != lead
    position = {row: n for n, row in enumerate(lot)}
    for rider, carrier in zip(of.parcel_lot[rides].tolist(), lead[rides].tolist(), strict=True):
        assert group[position[rider]] == group[position[carrier]]
        assert grams[position[rider]] < below_g
        assert grams[position[rider]] <= grams[position[carrier]]
    taken = np.isin(np.arange(of.mass_g.size), of.parcel_consignment[rides])
    assert (of.mass_g[taken] <= most_g).all()
    for row in set(lot) - set(of.parcel_lot[rides].tolist()):
        assert (of.lead_lot == row).sum() == count[position[row]]
