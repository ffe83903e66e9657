"""Outcomes of a sweep by point and replication, or their paired contrast, beside the inputs of the points."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from experiments.analysis.asked import Asked, Best
from experiments.analysis.indices import saltelli_block
from experiments.sweep.reading import FactorColumn, SweepReader
from scenarios.errors import InputError, unknown_name
from sim.streams import Bools, Floats, Ints
from sim.tables import RUNS

_NOT_OUTCOMES = ("arm", "replication", "seed", "case_digest", "days")
_PER_GRAM, _PER_EURO = 1e-6, 1e-6
_UNITS = {
    "_eur_per_kg": ("EUR/kg", 1.0, False), "_g": ("t", _PER_GRAM, True), "_eur": ("EUR million", _PER_EURO, True),
    "_days": ("d", 1.0, True),
}  # fmt: skip
"""By the end of a column's name: unit, scale, and whether it is a sum over the window."""
_BEST: dict[str, Best] = {"landed_g": "lowest", "trade_delay_days": "lowest", "trade_cost_eur": "lowest"}
"""What authorities want of an outcome; of a seizure or a price they may want either."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A column of runs in the unit that is shown."""

    name: str
    column: str
    unit: str
    scale: float
    best: Best | None
    """Which value is best; None if that is not known."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What an analysis looks at, one row a point; of a contrast one row a pair of points alike in all else."""

    name: str
    unit: str
    kind: str
    factors: tuple[FactorColumn, ...]
    inputs: Floats
    """Shape (points, factors); of factors with levels the number of the level."""
    steps: Floats | None
    """Coordinates in the unit cube, of a design of Morris."""
    values: Floats
    """Shape (points, replications), NaN where a run is missing or has failed."""
    made_with: Ints
    """Number by point: those with the same one were made from each other, as a step of Saltelli's design is."""
    is_independent: Bools
    """Which points were drawn by themselves; of each step of Saltelli's design the first and the last."""

    @property
    def is_complete(self) -> Bools:
        """Return which points have all their replications."""
        found: Bools = np.all(np.isfinite(self.values), axis=1)
        return found

    @property
    def means(self) -> Floats:
        """Return the mean over replications by point, NaN where one is not there."""
        found: Floats = self.values.mean(axis=1)
        return found

    @property
    def is_categorical(self) -> Bools:
        """Return which factors have levels."""
        return np.array([bool(factor.levels) for factor in self.factors], np.bool_)

    def rows(self, chosen: Bools | Ints) -> Sample:
        """Return some of the points."""
        steps = None if self.steps is None else self.steps[chosen]
        return dc.replace(
            self, inputs=self.inputs[chosen], steps=steps, values=self.values[chosen],
            made_with=self.made_with[chosen], is_independent=self.is_independent[chosen],
        )  # fmt: skip

    def without(self, factor: int) -> Sample:
        """Return the same without a factor."""
        steps = None if self.steps is None else np.delete(self.steps, factor, axis=1)
        factors = self.factors[:factor] + self.factors[factor + 1 :]
        return dc.replace(self, factors=factors, inputs=np.delete(self.inputs, factor, axis=1), steps=steps)


def outcomes(years: int | None) -> dict[str, Outcome]:
    """Return what can be asked for by its name, with and without the unit.

    Args:
        years: of the window, by which sums are divided; None if it is not the same in all runs.
    """
    found = {}
    for column in RUNS.names:
        if column in _NOT_OUTCOMES:
            continue
        end, (unit, scale, is_sum) = next(
            ((end, of) for end, of in _UNITS.items() if column.endswith(end)), ("", (_unit(column), 1.0, True))
        )
        if is_sum and years:
            unit, scale = f"{unit}/yr", scale / years
        name = column.removesuffix(end)
        found[name] = found[column] = Outcome(name, column, unit, scale, _BEST.get(column))
    return found


def _unit(column: str) -> str:
    return str(RUNS.field(column).metadata[b"unit"].decode())


def find_outcome(reader: SweepReader, name: str) -> Outcome:
    """Return the outcome of this name.

    Raises:
        InputError: there is none.
    """
    allowed = outcomes(window_years(reader))
    if name not in allowed:
        raise unknown_name("outcome", name, {outcome.name for outcome in allowed.values()}, most=len(allowed))
    return allowed[name]


def window_years(reader: SweepReader) -> int | None:
    """Return the years of the window, None if they vary or the files do not say."""
    base = reader.base
    if not base or any(factor.name == "horizon_years" for factor in reader.factors):
        return None
    return int(base["horizon_years"])


def read_sample(reader: SweepReader, asked: Asked) -> Sample:
    """Return the outcome at all points of a sweep, or at those with the levels that are asked for.

    Raises:
        InputError: no such outcome, factor or level, a value that is not finite, or points that are not those of
            their design.
    """
    outcome = find_outcome(reader, asked.outcome)
    inputs = np.column_stack([_codes(reader.design, factor) for factor in reader.factors])
    steps = None
    if all(f"u_{factor.name}" in reader.design.column_names for factor in reader.factors):
        steps = np.column_stack([reader.design[f"u_{factor.name}"].to_numpy() for factor in reader.factors])
    values = reader.outcome(outcome.column) * outcome.scale
    # Before any point is left out: after that nobody can tell which were made from each other.
    made_with, is_independent = origins(reader.kind, inputs)
    sample = Sample(outcome.name, outcome.unit, reader.kind, reader.factors, inputs, steps, values, made_with,
                    is_independent)  # fmt: skip
    for name, level in asked.only.items():
        factor = find_factor(sample, name)
        sample = sample.rows(sample.inputs[:, factor] == _code(sample.factors[factor], level)).without(factor)
    return sample


def origins(kind: str, inputs: Floats) -> tuple[Ints, Bools]:
    """Return which points of a whole design were made from each other, and which were drawn by themselves.

    Args:
        kind: of the design.
        inputs: all its points in their order, shape (points, factors).

    Raises:
        InputError: a design of Saltelli or Morris whose points are not those of one.
    """
    points, factors = inputs.shape
    number = np.arange(points)
    if kind not in ("saltelli", "morris"):
        return number, np.ones(points, np.bool_)
    block = saltelli_block(inputs) if kind == "saltelli" else factors + 1
    if not block or points % block:
        raise InputError(
            f"design: the points of this sweep are not those of design={kind}, as it says; allowed: all its points in "
            "their order."
        )
    place = number % block
    is_independent = (place == 0) | (place == block - 1) if kind == "saltelli" else np.zeros(points, np.bool_)
    return number // block, np.asarray(is_independent, np.bool_)


def contrast_of(samples: dict[str, Sample], pair: Sequence[str], setting: str = "") -> Sample:
    """Return the outcome of the first level less that of the second, run by run with the same luck.

    Args:
        samples: by level, row by row at the same values of all other factors.
        pair: the two levels.
        setting: whose levels they are, if they do not say so themselves.

    Raises:
        InputError: a level that is not there.
    """
    for level in pair:
        if level not in samples:
            raise unknown_name("contrast", level, samples)
    first, second = (samples[level] for level in pair)
    name = f"{first.name}, {f'{setting} ' if setting else ''}{pair[0]} - {pair[1]}"
    return dc.replace(first, name=name, values=first.values - second.values)


def by_level(sample: Sample, name: str) -> dict[str, Sample]:
    """Return the points of each level of a factor, row by row at the same values of all other factors.

    Raises:
        InputError: no such factor, or levels that were not run at the same points.
    """
    factor = find_factor(sample, name)
    parts = {
        level: sample.rows(sample.inputs[:, factor] == code).without(factor)
        for code, level in enumerate(sample.factors[factor].levels)
    }
    first = next(iter(parts.values()))
    for level, part in parts.items():
        if part.inputs.shape != first.inputs.shape:
            raise _unpaired(name)
        if not np.array_equal(part.inputs, first.inputs):
            order, wanted = np.lexsort(part.inputs.T[::-1]), np.lexsort(first.inputs.T[::-1])
            if not np.array_equal(part.inputs[order], first.inputs[wanted]):
                raise _unpaired(name)
            moved = np.empty_like(order)
            moved[wanted] = order
            parts[level] = part.rows(moved)
    return parts


def _unpaired(name: str) -> InputError:
    return InputError(
        f"{name}: its levels were not run at the same points, so they cannot be compared point by point; allowed: "
        f"design=grid or a table with every level at each point, or a sweep of the same design for each {name}, all of "
        "whose folders are given."
    )


def with_levels(sample: Sample, level_pair: Sequence[str]) -> str:
    """Return the name of the factor that has these levels.

    Raises:
        InputError: none has.
    """
    for factor in sample.factors:
        if set(level_pair) <= set(factor.levels):
            return factor.name
    known = [f"{factor.name} ({', '.join(factor.levels)})" for factor in sample.factors if factor.levels]
    raise InputError(
        f"contrast: {' and '.join(level_pair)} are not levels of one factor of this sweep; allowed: "
        f"{'; '.join(known) or 'none, as no factor has levels; give the folders of two sweeps of the same design'}."
    )


def find_factor(sample: Sample, name: str) -> int:
    """Return the column of a factor with levels.

    Raises:
        InputError: there is none of this name.
    """
    names = [factor.name for factor in sample.factors if factor.levels]
    if name not in names:
        have = f"factors with levels ({', '.join(names)})" if names else "settings; no factor of it has levels"
        raise InputError(f"{name}: not a factor with levels of this sweep; allowed: {have}.")
    return [factor.name for factor in sample.factors].index(name)


def _codes(design: pa.Table, factor: FactorColumn) -> Floats:
    column = design[factor.name].combine_chunks()
    if not factor.levels:
        return np.asarray(column.to_numpy(), np.float64)
    rank = {level: i for i, level in enumerate(factor.levels)}
    return np.array([rank[level] for level in column.cast(pa.string()).to_pylist()], np.float64)


def _code(factor: FactorColumn, level: str) -> int:
    if level not in factor.levels:
        raise unknown_name(factor.name, level, factor.levels)
    return factor.levels.index(level)
