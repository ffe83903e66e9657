"""The tables of waterbed stress: draws, their contrasts, reversals, and runs that failed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pyarrow as pa

from experiments.input_space import Draws, InputSpace
from experiments.interception_anchor import FOLLOWING, input_unit
from experiments.stress import Reversal, Stress
from scenarios.parameters import Parameters
from scenarios.priors import value_of
from sim.recorder import make_table
from sim.tables import REVERSALS, STRESS_CONTRASTS, STRESS_DRAWS, STRESS_FAILURES

Row = tuple[object, ...]


def stress_tables(result: Stress, treated: str, baseline: str) -> dict[str, pa.Table]:
    """Return the tables of a result by name.

    Args:
        result: what was found.
        treated, baseline: names of the two arms.
    """
    contrast = f"{treated} - {baseline}"
    return {
        "stress_draws": table_of_rows(STRESS_DRAWS, draw_rows(result.space, result.draws)),
        "stress_contrasts": table_of_rows(STRESS_CONTRASTS, _contrasts(result, contrast)),
        "reversals": table_of_rows(REVERSALS, _reversals(result, contrast)),
        "stress_failures": table_of_rows(STRESS_FAILURES, iter(result.failures)),
    }


def draw_rows(space: InputSpace, draws: Draws) -> Iterator[Row]:
    """Yield the inputs of every draw, and what follows from the interception anchor."""
    standardised = space.standardised(draws.values)
    for draw, parameters in enumerate(draws.parameters):
        for i, name in enumerate(space.names):
            yield draw, name, input_unit(name), float(draws.values[draw, i]), float(standardised[draw, i])
        for name in FOLLOWING:
            yield draw, name, input_unit(name), value_of(parameters, name), math.nan


def _contrasts(result: Stress, contrast: str) -> Iterator[Row]:
    for draw, runs in enumerate(result.runs):
        columns = (runs.treated_t, runs.baseline_t, runs.difference_t, runs.interception)
        for replication, numbers in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
            yield contrast, draw, replication, *numbers


def _reversals(result: Stress, contrast: str) -> Iterator[Row]:
    for reversal in result.reversals:
        c = reversal.contrast
        numbers = (c.difference, c.low, c.high) if c is not None else (math.nan,) * 3
        for name, unit, default, value, sds in moved(result.space, reversal):
            way = reversal.search.way.name
            yield (
                contrast,
                way,
                reversal.search.is_reversed,
                reversal.distance,
                name,
                unit,
                default,
                value,
                sds,
                *numbers,
            )


def moved(space: InputSpace, reversal: Reversal) -> Iterator[tuple[str, str, float, float, float]]:
    """Yield what moved: name, unit, value of the case, value there, prior standard deviations (NaN: it followed).

    Args:
        space: the inputs.
        reversal: where a search ended.
    """
    z = reversal.search.point
    before, after = space.values_at(0 * z), space.values_at(z)
    for name, by in zip(space.names, z.tolist(), strict=True):
        if by:
            yield name, input_unit(name), before[name], after[name], by
    there: Parameters = space.parameters_at(z)
    for name in FOLLOWING:
        values = value_of(space.parameters, name), value_of(there, name)
        if values[0] != values[1]:
            yield name, input_unit(name), *values, math.nan


def table_of_rows(schema: pa.Schema, rows: Iterator[Row]) -> pa.Table:
    """Return the rows as a table; columns of names are turned into indices."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema]
    values, names = {}, {}
    for field, column in zip(schema, columns, strict=True):
        values[field.name] = column
        if pa.types.is_dictionary(field.type):
            names[field.name] = tuple(dict.fromkeys(column))
            rank = {name: i for i, name in enumerate(names[field.name])}
            values[field.name] = [rank[name] for name in column]
    return make_table(schema, values, names)
