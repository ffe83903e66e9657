"""Designs of experiments: which points of the space of factors a sweep runs.

Uniforms become values by the inverse distribution function of each factor, or its levels in equal parts. A design is
the same whenever its kind, factors, n and seed are; the seed of the library that draws it is derived from ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from experiments.sweep.factors import Factor, factors_from_text, factors_to_text
from scenarios.errors import InputError, unknown_name
from sim.streams import Floats, Stream, Streams

KINDS = ("grid", "cases", "lhs", "sobol", "saltelli", "morris", "table")
POINT, NAME = "point", "name"
UNIT = "u_"
"""Before the name of a factor: its coordinate in the unit cube, of whole numbers that of the value as it is run."""
MORRIS_LEVELS = 4
"""Of each factor in the unit cube: 0, 1/3, 2/3 and 1, with steps of 2/3 (doi:10.1080/00401706.1991.10484804)."""
MOST_POINTS = 10_000_000
_LEAST = {"lhs": 2, "sobol": 2, "saltelli": 2, "morris": 2}
Sample = tuple[Floats, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Design:
    """The points of a sweep and how they were chosen."""

    kind: str
    factors: tuple[Factor, ...]
    values: pa.Table
    """One row a point: `point` (int64: 0, 1, ...), `name` for named points, a column for each factor (float64, or
    text), and for `morris` the coordinates in the unit cube, `u_FACTOR`."""
    facts: dict[str, str]
    """kind, n, seed, factors (as JSON), and levels of morris, second_order of saltelli.

    Of saltelli an analysis needs the order of the points, which is that of SALib without second order: for each of the
    n base points A, then A with one coordinate of B for each factor, then B.
    """

    @staticmethod
    def of(values: pa.Table, facts: dict[str, str]) -> Design:
        """Return the design with these values and facts, as a file has them."""
        return Design(facts["kind"], factors_from_text(facts["factors"]), values, facts)

    @property
    def unit_points(self) -> Floats:
        """Return the coordinates of a morris design in the unit cube, shape (points, factors)."""
        return np.column_stack([self.values[UNIT + factor.name].to_numpy() for factor in self.factors])


def make_design(
    kind: str, factors: Sequence[Factor], n: int = 1, seed: int = 1, table: pa.Table | None = None
) -> Design:
    """Return the points of a design.

    Args:
        kind: one of `KINDS`.
        factors: what varies.
        n: values of each distribution (grid), points (lhs, sobol), base points (saltelli) or trajectories (morris).
        seed: seed of the experiment.
        table: the points, for the kind `table`: a column for each factor, and names if it has some.

    Raises:
        InputError: a kind, factors or an n that do not go together, or a table that does not fit the factors.
    """
    if kind not in KINDS:
        raise unknown_name("design", kind, KINDS)
    _check_factors(kind, factors)
    facts = {"kind": kind, "n": str(n), "seed": str(seed), "factors": factors_to_text(factors)}
    if kind == "table":
        columns = _columns_of(table, factors)
    elif kind == "cases":
        columns = _named_levels(factors)
    elif kind == "grid":
        columns = _full_factorial(factors, n)
    else:
        _check_n(kind, n, len(factors))
        uniforms, more = _SAMPLES[kind](len(factors), n, _library_seed(seed))
        columns = {factor.name: factor.column(uniforms[:, i]) for i, factor in enumerate(factors)}
        if kind == "morris":
            columns |= {UNIT + factor.name: _stepped(factor, uniforms[:, i]) for i, factor in enumerate(factors)}
        facts |= more
    count = len(next(iter(columns.values())))
    values = pa.table({POINT: pa.array(np.arange(count, dtype=np.int64)), **columns})
    return Design(kind, tuple(factors), values, facts)


def _check_factors(kind: str, factors: Sequence[Factor]) -> None:
    if not factors:
        raise InputError(f"vary: nothing is not allowed with design={kind}; allowed: one factor or more.")
    names = [factor.name for factor in factors]
    for factor in factors:
        if names.count(factor.name) > 1:
            times = names.count(factor.name)
            raise InputError(f"vary: '{factor.name}' is there {times} times; allowed: each factor once.")
        if kind != "table" and not factor.levels and factor.prior is None:
            raise InputError(f"vary: {factor.name} says nothing to vary over; allowed: low..high or a|b|c.")
        if kind == "morris" and factor.levels:
            raise InputError(
                f"vary: {factor.name} has levels, which have no distance that design=morris could step over; allowed: "
                f"numbers over a range, or a sweep for each level ({factor.name}={factor.levels[0]}), all with the "
                "same points."
            )


def _check_n(kind: str, n: int, factors: int) -> None:
    least = _LEAST[kind]
    if n < least:
        raise InputError(f"n: {n} is not allowed with design={kind}; allowed: {least} or more.")
    if kind in ("sobol", "saltelli") and n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        raise InputError(
            f"n: {n} is not allowed with design={kind}, whose points are balanced only in powers of two; "
            f"allowed: such as {below} or {2 * below}."
        )
    _check_count(kind, n * {"saltelli": factors + 2, "morris": factors + 1}.get(kind, 1))


def _check_count(kind: str, points: int) -> None:
    if points > MOST_POINTS:
        raise InputError(f"n: design={kind} would have {points:,} points; allowed: up to {MOST_POINTS:,}.")


def _named_levels(factors: Sequence[Factor]) -> dict[str, pa.Array]:
    """Return one point for each regime, named by it."""
    (regime, *others) = factors
    if others or regime.name != "regime" or not regime.levels:
        raise InputError("vary: design=cases varies the regime alone, over the arms; design=grid varies more.")
    return {NAME: regime.level_column(), regime.name: regime.level_column()}


def _full_factorial(factors: Sequence[Factor], n: int) -> dict[str, pa.Array]:
    """Return every combination of the values of the factors; those of the last one change fastest."""
    if n < 1:
        raise InputError(f"n: {n} is not allowed with design=grid; allowed: 1 or more.")
    _check_count("grid", max(len(factor.levels) or n for factor in factors))
    levels = [factor.grid(n) for factor in factors]
    count = math.prod(map(len, levels))
    _check_count("grid", count)
    places = np.unravel_index(np.arange(count), tuple(map(len, levels)))
    pairs = zip(factors, levels, places, strict=True)
    return {factor.name: column.take(pa.array(place)) for factor, column, place in pairs}


def _columns_of(table: pa.Table | None, factors: Sequence[Factor]) -> dict[str, pa.Array]:
    if table is None or not table.num_rows:
        raise InputError("table: no points; allowed: one row or more.")
    wanted = [factor.name for factor in factors]
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise InputError(f"table: column '{missing[0]}' is missing; it has {', '.join(table.column_names)}.")
    names = [NAME] if NAME in table.column_names else []
    return {name: table[name].combine_chunks() for name in (*names, *wanted)}


def _library_seed(seed: int) -> int:
    """Return the seed of a library that takes integers only."""
    return int(Streams(seed, 0).key(Stream.DESIGN)[0] >> np.uint64(32))


def _latin_hypercube(factors: int, n: int, seed: int) -> Sample:
    from scipy.stats import qmc

    return qmc.LatinHypercube(factors, rng=seed).random(n), {}


def _sobol_sequence(factors: int, n: int, seed: int) -> Sample:
    from scipy.stats import qmc

    return qmc.Sobol(factors, scramble=True, rng=seed).random_base2(n.bit_length() - 1), {}


def _saltelli(factors: int, n: int, seed: int) -> Sample:
    # SALib loads pandas, which takes a second.
    from SALib.sample import sobol

    return sobol.sample(_problem(factors), n, calc_second_order=False, seed=seed), {"second_order": "false"}


def _morris(factors: int, n: int, seed: int) -> Sample:
    from SALib.sample import morris

    uniforms = morris.sample(_problem(factors), n, num_levels=MORRIS_LEVELS, seed=seed)
    return uniforms, {"levels": str(MORRIS_LEVELS)}


def _stepped(factor: Factor, uniforms: Floats) -> pa.Array:
    """Return coordinates in the unit interval whose steps are as long as those that are run.

    Rounding makes steps of a whole number longer or shorter than those of the design, so its coordinate is the share of
    its range that lies below the rounded value.
    """
    if not factor.is_whole:
        return pa.array(uniforms)
    at = factor.column(np.linspace(0, 1, MORRIS_LEVELS)).to_numpy()
    if (at[MORRIS_LEVELS // 2 :] == at[: MORRIS_LEVELS // 2]).any():
        raise InputError(
            f"vary: {factor.name}: rounded to whole numbers, {at[0]:g} to {at[-1]:g}, not every step of design=morris "
            "moves it; allowed: a wider range, or another design."
        )
    return pa.array((factor.column(uniforms).to_numpy() - at[0]) / (at[-1] - at[0]))


def _problem(factors: int) -> dict[str, object]:
    """Return the unit cube as SALib describes a problem."""
    return {"num_vars": factors, "names": [f"x{i}" for i in range(factors)], "bounds": [[0.0, 1.0]] * factors}


_SAMPLES: dict[str, Callable[[int, int, int], Sample]] = {
    "lhs": _latin_hypercube,
    "sobol": _sobol_sequence,
    "saltelli": _saltelli,
    "morris": _morris,
}
