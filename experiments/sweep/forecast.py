"""How long a sweep will take and how much space: from the runs that are there, or from one run of the first point."""

from __future__ import annotations

import math
import textwrap
import time
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from experiments.execute import is_interrupt
from experiments.sweep.driver import Found, chunk_size
from experiments.sweep.layout import RUNS, schema_of
from experiments.sweep.plan import Plan
from experiments.sweep.status import duration
from sim.compilation import is_compiled

_WARM_UP_SECONDS = 60.0
"""A first run that took less is timed again: loading compiled code may have been most of it."""

_UNITS = (("kB", 1e3), ("MB", 1e6), ("GB", 1e9))
_NAMED = 8
"""Factors that are named."""
_WIDTH = 80
"""Columns of a terminal."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a run takes."""

    seconds: float
    bytes: float
    """Compressed, all tables that are kept; 0 where it was not measured."""
    source: str
    """What was timed."""


def measured_rate(plan: Plan) -> Rate:
    """Return the time and the space of the first run of a plan, which is run here and kept nowhere."""
    row = plan.design.values.slice(0, 1).to_pylist()[0]
    source = "timed on one run of the first point"
    is_warm = is_compiled()
    for _ in range(2):
        begun = time.perf_counter()
        try:
            tables = plan.run(plan.cases.case(row), plan.seed, 0, progress=lambda done, planned: None)
        except Exception as error:
            if is_interrupt(error):
                raise
            return Rate(time.perf_counter() - begun, 0.0, f"the first run failed: {type(error).__name__}: {error}")
        seconds = time.perf_counter() - begun
        if seconds > _WARM_UP_SECONDS and is_warm:
            break
    return Rate(seconds, sum(_bytes(tables[name]) for name in (*plan.tables, RUNS)), source)


def rate_of(plan: Plan, found: Found) -> Rate:
    """Return what a run takes: the mean of those that are there, or that of a run made for it."""
    if found.is_done.any() and math.isfinite(found.seconds_per_run):
        count = int(found.is_done.sum())
        return Rate(found.seconds_per_run, 0.0, f"the mean of the {count:,} runs that are there")
    return measured_rate(plan)


def print_forecast(
    plan: Plan, found: Found, rate: Rate, workers: int, about: str, chunk_seconds: float, out: Console
) -> None:
    """Say how many runs and chunks there are to do, how long they take and how much space they need.

    Args:
        plan: the sweep.
        found: what is there already.
        rate: what a run takes.
        workers: how many would run them at a time.
        about: who they are.
        chunk_seconds: how long a chunk should take.
        out: where to.
    """
    missing = found.missing.size
    size = chunk_size(missing, workers, rate.seconds, chunk_seconds)
    chunks = -(-missing // size)
    names = [factor.name for factor in plan.design.factors]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    factors = textwrap.fill(
        f"{', '.join(names[:_NAMED])}{more}", _WIDTH, initial_indent="  factors  ", subsequent_indent=" " * 11
    )
    out.print(f"Sweep {plan.name}", style="bold")
    out.print(f"  design   {plan.design.kind}: {plan.points:,} points")
    out.print(factors)
    there = f", {plan.runs - missing:,} of them there" if missing < plan.runs else ""
    out.print(f"  runs     {plan.runs:,} ({plan.points:,} points x {plan.replications} replications){there}")
    out.print(f"  chunks   {chunks:,} of {size:,} run{'s' if size > 1 else ''}")
    whole = missing * rate.seconds / workers
    out.print(f"  time     about {duration(whole)} with {about}")
    out.print(f"           ({rate.seconds:.2g} s a run, {rate.source})")
    if rate.bytes:
        names_kept = (*plan.tables, RUNS)
        whole = missing * rate.bytes + chunks * sum(map(_empty_bytes, names_kept))
        out.print(f"  size     about {_size(whole)} ({', '.join(names_kept)})")


def _bytes(table: pa.Table) -> int:
    """Return the compressed size of the columns of a table."""
    into = pa.BufferOutputStream()
    pq.write_table(table, into, compression="zstd")
    group = pq.read_metadata(pa.BufferReader(into.getvalue()))
    return sum(
        group.row_group(i).column(j).total_compressed_size
        for i in range(group.num_row_groups)
        for j in range(group.num_columns)
    )


def _size(count: float) -> str:
    unit, scale = next(((name, size) for name, size in _UNITS if count < 999.5 * size), _UNITS[-1])
    return f"{count / scale:,.0f} {unit}" if count >= 9.95 * scale else f"{count / scale:.1f} {unit}"


def _empty_bytes(name: str) -> int:
    """Return the size of a file of a table without rows."""
    into = pa.BufferOutputStream()
    pq.write_table(schema_of(name).empty_table(), into, compression="zstd")
    return int(into.getvalue().size)
