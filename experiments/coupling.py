"""The maximal coupling of what became of a lot in two arms: as much as possible of it did the same in both."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

Keys = tuple[Hashable, ...]


class Part(NamedTuple):
    """Grams of a lot with their place among its parcels in the first and in the second arm."""

    first: int
    second: int
    mass_g: int


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total in proportion to weights, in whole units by largest remainder (ties to the earlier).

    With ``total`` at most the sum of the weights no part exceeds its weight.

    Args:
        total: non-negative.
        weights: non-negative, with a positive sum.
    """
    whole = sum(weights)
    parts, remainders = zip(*(divmod(total * weight, whole) for weight in weights), strict=True)
    missing = total - sum(parts)
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    raised = set(order[:missing])
    return [part + (i in raised) for i, part in enumerate(parts)]


def couple(masses0: Sequence[int], keys0: Sequence[Keys], masses1: Sequence[int], keys1: Sequence[Keys]) -> list[Part]:
    """Join two ways in which the same grams were divided.

    Level by level, parcels of both arms with equal keys are matched as far as their grams go; within a key grams are
    matched in proportion, by largest remainder; what no key joins is matched in proportion at the end.

    Args:
        masses0, masses1: grams of each parcel in the first and in the second arm, with equal sums.
        keys0, keys1: for each parcel its keys, from the finest level to the coarsest.

    Raises:
        ArithmeticError: the sums differ, so a gram was lost or counted twice.
    """
    if sum(masses0) != sum(masses1):
        raise ArithmeticError(f"the same lot has {sum(masses0)} g in one arm and {sum(masses1)} g in the other")
    left0, left1 = list(masses0), list(masses1)
    parts: dict[tuple[int, int], int] = {}
    for level in range(len(keys0[0]) + 1):
        for rows, columns in _groups(keys0, left0, keys1, left1, level):
            for i, j, grams in _match(rows, left0, columns, left1):
                parts[i, j] = parts.get((i, j), 0) + grams
    return [Part(i, j, grams) for (i, j), grams in sorted(parts.items())]


def _groups(
    keys0: Sequence[Keys], left0: list[int], keys1: Sequence[Keys], left1: list[int], level: int
) -> list[tuple[list[int], list[int]]]:
    """Return the parcels that share a key of a level and have grams left; one past the last level, all of them."""
    first: dict[Hashable, list[int]] = {}
    second: dict[Hashable, list[int]] = {}
    for keys, left, members in ((keys0, left0, first), (keys1, left1, second)):
        for i, levels in enumerate(keys):
            if left[i]:
                members.setdefault(levels[level] if level < len(levels) else None, []).append(i)
    return [(rows, second[key]) for key, rows in first.items() if key in second]


def _match(rows: list[int], left0: list[int], columns: list[int], left1: list[int]) -> list[Part]:
    """Match the grams left in some parcels, in proportion on both sides, and take them off."""
    total0, total1 = sum(left0[i] for i in rows), sum(left1[j] for j in columns)
    matched = min(total0, total1)
    from_rows = apportion(matched, [left0[i] for i in rows])
    to_columns = apportion(matched, [left1[j] for j in columns])
    parts = []
    for i, grams in zip(rows, from_rows, strict=True):
        # In proportion to what the columns can still take: that keeps the proportions and every total.
        for position, share in enumerate(apportion(grams, to_columns) if grams else ()):
            if share:
                to_columns[position] -= share
                left0[i] -= share
                left1[columns[position]] -= share
                parts.append(Part(i, columns[position], share))
    return parts
