"""The maximal coupling: every gram once, equal before different, the rest in proportion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.coupling import Keys, apportion, couple


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (7, [3, 1], [5, 2]),
        (0, [5, 2], [0, 0]),
        (1, [1, 1, 1, 1], [1, 0, 0, 0]),
        (5, [0, 5], [0, 5]),
    ],
)
def test_apportion_by_largest_remainder(total: int, weights: list[int], parts: list[int]) -> None:
    assert apportion(total, weights) == parts


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any), st.floats(0, 1))
def test_apportioned_parts_sum_up_and_stay_below_their_weights(weights: list[int], share: float) -> None:
    total = int(share * sum(weights))
    parts = apportion(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
    assert all(abs(part - total * w / sum(weights)) < 1 for part, w in zip(parts, weights, strict=True))


def test_equal_comes_before_different() -> None:
    """The finest level takes first; what is left over goes on to the next."""
    parts = couple([6, 4], [("x", "p"), ("y", "p")], [3, 7], [("y", "p"), ("z", "q")])
    # y to y 3; p joins nothing more; the rest, 6 of x and 1 of y, goes to z.
    assert [tuple(part) for part in parts] == [(0, 1, 6), (1, 0, 3), (1, 1, 1)]


def test_within_a_key_grams_are_matched_in_proportion() -> None:
    parts = couple([60, 40], [("a",), ("a",)], [50, 50], [("a",), ("a",)])
    assert [tuple(part) for part in parts] == [(0, 0, 30), (0, 1, 30), (1, 0, 20), (1, 1, 20)]


def test_a_lost_gram_is_noticed() -> None:
    with pytest.raises(ArithmeticError, match="10 g in one arm and 9 g"):
        couple([10], [("a",)], [9], [("a",)])


SIDE = st.lists(
    st.tuples(st.integers(1, 10**7), st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1))),
    min_size=1, max_size=6,
)  # fmt: skip


@given(SIDE, SIDE)
def test_margins_are_exact_and_the_finest_match_is_maximal(
    first: list[tuple[int, Keys]], second: list[tuple[int, Keys]]
) -> None:
    """Law: both margins are met to the gram; on the finest level as much is matched as any coupling could."""
    short = sum(g for g, _ in first) - sum(g for g, _ in second)
    # The side that has less gets the rest as one more parcel with keys of its own.
    (second if short > 0 else first).append((abs(short) + 1, (9, 9, 9)))
    (first if short > 0 else second).append((1, (8, 8, 8)))
    masses0, keys0 = zip(*first, strict=True)
    masses1, keys1 = zip(*second, strict=True)
    parts = couple(masses0, keys0, masses1, keys1)
    for side, masses in ((0, masses0), (1, masses1)):
        for i, mass in enumerate(masses):
            assert sum(part.mass_g for part in parts if part[side] == i) == mass
    for key in {k[0] for k in (*keys0, *keys1)}:
        held = [
            sum(m for m, k in zip(ms, ks, strict=True) if k[0] == key)
            for ms, ks in ((masses0, keys0), (masses1, keys1))
        ]
        matched = sum(p.mass_g for p in parts if keys0[p.first][0] == keys1[p.second][0] == key)
        assert matched == min(held)
