"""Designs of experiments: which points of the space of factors a sweep runs.

Uniforms become values by the inverse distribution function of each factor, or its levels in equal parts. A design is
the same whenever its kind, factors, n and seed are; the seed of the library that draws it is derived from ours.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from experiments.sweep.factors import Factor, factors_to_text
from scenarios.errors import InputError, unknown_name

MOST_POINTS = 10_000_000
KINDS = ("grid", "cases", "lhs", "sobol", "saltelli", "morris", "table")
Column = list[float] | list[str]


@dataclass(frozen=True, slots=True)
class Design:
    """The points of a sweep and how they were chosen."""

    kind: str
    factors: tuple[Factor, ...]
    values: pa.Table
    """One row a point: `point` (0, 1, ...), a column for each factor (float64, or string), for `cases` and where a
    table has it `name`, and for `morris` the coordinates in the unit cube, `u_FACTOR`."""
    facts: dict[str, str]
    """kind, n, seed and factors (JSON); levels for morris; second_order for saltelli."""


def make_design(
    kind: str, factors: Sequence[Factor], n: int = 1, seed: int = 1, table: pa.Table | None = None
) -> Design:
    """Return the points of a design.

    Args:
        kind: one of `KINDS`.
        factors: what varies.
        n: levels of a distribution (grid), points (lhs, sobol), base points (saltelli) or trajectories (morris).
        seed: seed of the experiment.
        table: the points, for a design of the kind `table`.

    Raises:
        InputError: a kind, factors or an n that do not go together, or a table that does not fit the factors.
    """
    if kind not in KINDS:
        raise unknown_name("design", kind, KINDS)
    _check_factors(kind, factors)
    columns, more = _MAKERS[kind](factors, n)
    return _design(kind, tuple(factors), columns, {"n": str(n), "seed": str(seed), **more})


def _design(kind: str, factors: tuple[Factor, ...], columns: dict[str, Column], facts: dict[str, str]) -> Design:
    count = len(next(iter(columns.values())))
    values = {"point": pa.array(range(count), pa.int64())}
    for name, column in columns.items():
        values[name] = pa.array(column, pa.string() if isinstance(column[0], str) else pa.float64())
    return Design(kind, factors, pa.table(values), {"kind": kind, **facts, "factors": factors_to_text(factors)})


def _check_factors(kind: str, factors: Sequence[Factor]) -> None:
    if not factors:
        raise InputError(f"vary: nothing is not allowed with design={kind}; allowed: one factor or more.")
    names = [factor.name for factor in factors]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"vary: '{name}' is there {names.count(name)} times; allowed: each factor once.")


def _grid(factors: Sequence[Factor], n: int) -> tuple[dict[str, Column], dict[str, str]]:
    levels = [factor.grid(n) for factor in factors]
    count = math.prod(map(len, levels))
    if count > MOST_POINTS:
        raise InputError(f"design=grid: {count:,} points are not allowed; allowed: up to {MOST_POINTS:,}.")
    rows = zip(*itertools.product(*levels), strict=True)
    return {factor.name: list(column) for factor, column in zip(factors, rows, strict=True)}, {}


def _cases(factors: Sequence[Factor], n: int) -> tuple[dict[str, Column], dict[str, str]]:
    if [factor.name for factor in factors] != ["regime"]:
        raise InputError("design=cases varies the regime alone (arms=[...]); design=grid combines it with others.")
    levels = list(factors[0].levels)
    return {"name": levels, "regime": levels}, {}


_MAKERS: dict[str, Callable[[Sequence[Factor], int], tuple[dict[str, Column], dict[str, str]]]] = {
    "grid": _grid,
    "cases": _cases,
}
