"""The displacement ledger: lot by lot, what the grams of one arm did in the other, by where and by fate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from experiments.cohort import COAST, CohortParcels
from experiments.coupling import Keys, Part, couple
from experiments.treated import Treated
from scenarios.errors import InputError
from scenarios.world import World
from sim.streams import Ints

LATER_DAYS = 14
SMALLER_SHARE = 0.5


class Direction(StrEnum):
    """Which grams a line of the ledger is about."""

    OUT = "out of treated"
    INTO = "into treated"
    ELSEWHERE = "elsewhere"


class Moved(StrEnum):
    """Axis A, where the grams went: the first that applies."""

    NOT_SHIPPED = "not shipped"
    OTHER_REGION = "other departure region"
    OUTSIDE = "outside the terminals"
    OTHER_PORT = "other entry port"
    OTHER_METHOD = "same port, other method"
    OTHER_DEPARTURE = "other departure port"
    SAME = "same"
    NEWLY_SHIPPED = "newly shipped"


RESHUFFLED = (Moved.OTHER_REGION, Moved.OUTSIDE, Moved.OTHER_PORT, Moved.OTHER_METHOD, Moved.OTHER_DEPARTURE)


class Cell(NamedTuple):
    """A line of the ledger. Place and range are where the grams went, or, for what came into treated, came from."""

    direction: Direction
    moved: Moved
    place: str
    port_range: str
    fate: str
    """Axis B: the fate in the treated arm."""


@dataclass(slots=True)
class Amount:
    """Grams of a line; flags are shares of it of their own, never added."""

    mass_g: int = 0
    bound_g: int = 0
    """Most that any way of joining the two arms within their lots could put here, with the luck that they had."""
    later_g: int = 0
    smaller_g: int = 0
    other_holder_g: int = 0


@dataclass(slots=True)
class Ledger:
    """The ledger of a pair of runs; the lines out of treated sum to what the first arm sent to the treated place."""

    lines: dict[Cell, Amount] = field(default_factory=dict)
    treated_landed_g: tuple[int, int] = (0, 0)
    """Of the grams that used the treated place in the first arm: landed in the first, in the second."""

    def sum_g(self, direction: Direction, *moved: Moved) -> int:
        """Return the grams of a direction, of some ways to move or of all."""
        wanted = moved or tuple(Moved)
        return sum(a.mass_g for c, a in self.lines.items() if c.direction == direction and c.moved in wanted)

    @property
    def reshuffled_g(self) -> int:
        """Return the grams that moved between untreated cells, which is reshuffling and not displacement."""
        return self.sum_g(Direction.ELSEWHERE, *RESHUFFLED)


@dataclass(frozen=True, slots=True)
class Joined:
    """Coupled grams: rows of the parcels of the first and of the second arm, one element a part."""

    first: Ints
    second: Ints
    mass_g: Ints
    lot_start: Ints
    """Where the parts of each lot begin, one more at the end."""


def check_same_supply(first: CohortParcels, second: CohortParcels) -> None:
    """Check that two arms were supplied with the same lots.

    Raises:
        InputError: a lot is missing in one arm, or has another mass.
    """
    lots, others = np.unique(first.lot), np.unique(second.lot)
    if not np.array_equal(lots, others):
        only = np.setxor1d(lots, others).size
        raise InputError(
            f"arms: their supply differs ({only:,} lots are in one arm only); "
            "allowed: arms with the same supply, seed and replications."
        )
    masses = [np.add.reduceat(p.mass_g, np.searchsorted(p.lot, lots)) for p in (first, second) if lots.size]
    other = int(np.count_nonzero(masses[0] != masses[1])) if masses else 0
    if other:
        raise InputError(
            f"arms: their supply differs ({other:,} lots have another mass); "
            "allowed: arms with the same supply, seed and replications."
        )


def join(first: CohortParcels, second: CohortParcels) -> Joined:
    """Couple the parcels of two arms, lot by lot; ``first`` and ``second`` are ordered by lot."""
    check_same_supply(first, second)
    bounds = [np.append(np.unique(p.lot, return_index=True)[1], p.lot.size) for p in (first, second)]
    keys = [_keys(parcels) for parcels in (first, second)]
    parts: list[Part] = []
    starts = [0]
    for lot in range(bounds[0].size - 1):
        (a, b), (c, d) = ((int(b[lot]), int(b[lot + 1])) for b in bounds)
        if b - a == 1 and d - c == 1:
            parts.append(Part(a, c, int(first.mass_g[a])))
        else:
            coupled = couple(first.mass_g[a:b].tolist(), keys[0][a:b], second.mass_g[c:d].tolist(), keys[1][c:d])
            parts += [Part(a + i, c + j, grams) for i, j, grams in coupled]
        starts.append(len(parts))
    columns = np.array(parts, np.int64).reshape(-1, 3)
    return Joined(columns[:, 0], columns[:, 1], columns[:, 2], np.array(starts, np.int64))


def _keys(parcels: CohortParcels) -> list[Keys]:
    """Return the keys of every parcel: all equal, then cell and fate, then route, then entry, then departure."""
    columns = (parcels.departure, parcels.place, parcels.method, parcels.fate)
    details = (parcels.dispatch_day, parcels.consignment_mass_g, parcels.organisation)
    return [
        ((d, p, m, f, *rest), (d, p, m, f), (d, p, m), p, d)
        for d, p, m, f, *rest in zip(*(c.tolist() for c in (*columns, *details)), strict=True)
    ]


def make_ledger(baseline: CohortParcels, treated_arm: CohortParcels, treated: Treated, world: World) -> Ledger:
    """Return the ledger of two arms with the same supply, exact to the gram.

    Args:
        baseline: cohort of the arm that the treated place is left alone in.
        treated_arm: cohort of the other arm.
        treated: whose flow is followed.
        world: for the region of each departure port.
    """
    joined = join(baseline, treated_arm)
    region = dict(zip(world.departure.code, world.departure.region, strict=True))
    first, second = joined.first, joined.second
    was_inside, is_inside = treated.contains(baseline)[first], treated.contains(treated_arm)[second]
    ledger = Ledger()
    landed = [
        int(joined.mass_g[was_inside & parcels.is_landed[rows]].sum())
        for parcels, rows in ((baseline, first), (treated_arm, second))
    ]
    ledger.treated_landed_g = (landed[0], landed[1])
    is_later = treated_arm.dispatch_day[second] - baseline.dispatch_day[first] > LATER_DAYS
    is_smaller = treated_arm.consignment_mass_g[second] <= SMALLER_SHARE * baseline.consignment_mass_g[first]
    has_other_holder = treated_arm.organisation[second] != baseline.organisation[first]
    is_shipped = baseline.is_shipped[first] & treated_arm.is_shipped[second]
    cells = [
        _cell((baseline, i), (treated_arm, j), bool(was), bool(now), region)
        for i, j, was, now in zip(first.tolist(), second.tolist(), was_inside, is_inside, strict=True)
    ]
    for k, cell in enumerate(cells):
        amount, grams = ledger.lines.setdefault(cell, Amount()), int(joined.mass_g[k])
        amount.mass_g += grams
        if is_shipped[k]:
            amount.later_g += grams * int(is_later[k])
            amount.smaller_g += grams * int(is_smaller[k])
            amount.other_holder_g += grams * int(has_other_holder[k])
    for cell, bound in _bounds(joined, cells, (baseline, treated_arm), treated, region):
        ledger.lines.setdefault(cell, Amount()).bound_g += bound
    return ledger


def moved(origin: tuple[CohortParcels, int], goal: tuple[CohortParcels, int], region: dict[str, str]) -> Moved:
    """Return the way from one parcel to the other: the first of the ways that applies."""
    (a, i), (b, j) = origin, goal
    if not b.is_shipped[j]:
        return Moved.NOT_SHIPPED if a.is_shipped[i] else Moved.SAME
    if not a.is_shipped[i]:
        return Moved.NEWLY_SHIPPED
    if region[a.departure[i]] != region[b.departure[j]]:
        return Moved.OTHER_REGION
    if a.place[i] != b.place[j]:
        return Moved.OUTSIDE if b.place[j].startswith(COAST) else Moved.OTHER_PORT
    if a.method[i] != b.method[j]:
        return Moved.OTHER_METHOD
    return Moved.OTHER_DEPARTURE if a.departure[i] != b.departure[j] else Moved.SAME


def _cell(
    before: tuple[CohortParcels, int], after: tuple[CohortParcels, int], was: bool, now: bool, region: dict[str, str]
) -> Cell:
    direction = Direction.OUT if was else Direction.INTO if now else Direction.ELSEWHERE
    origin, goal = (after, before) if direction == Direction.INTO else (before, after)
    parcels, row = goal
    fate = after[0].fate[after[1]]
    return Cell(direction, moved(origin, goal, region), parcels.place[row], parcels.port_range[row], fate)


def _bounds(
    joined: Joined, cells: list[Cell], arms: tuple[CohortParcels, CohortParcels], treated: Treated,
    region: dict[str, str],
) -> Iterator[tuple[Cell, int]]:  # fmt: skip
    """Yield upper bounds on the grams of cells, lot by lot: no coupling can put more there than either arm has.

    In a cell, a lot has at most what the parcels of the first arm hold from which the cell can be reached, and at most
    what those of the second arm hold that lie in it (Fréchet bounds of a joint distribution with given margins).
    """
    inside = [treated.contains(arm) for arm in arms]
    for start, stop in zip(joined.lot_start[:-1].tolist(), joined.lot_start[1:].tolist(), strict=True):
        if stop - start == 1:
            yield cells[start], int(joined.mass_g[start])
            continue
        rows, columns = (sorted({*side[start:stop].tolist()}) for side in (joined.first, joined.second))
        reach: dict[Cell, tuple[set[int], set[int]]] = {}
        for i in rows:
            for j in columns:
                cell = _cell((arms[0], i), (arms[1], j), bool(inside[0][i]), bool(inside[1][j]), region)
                sources, goals = reach.setdefault(cell, (set(), set()))
                sources.add(i)
                goals.add(j)
        for cell, (sources, goals) in reach.items():
            yield cell, min(int(arms[0].mass_g[sorted(sources)].sum()), int(arms[1].mass_g[sorted(goals)].sum()))
