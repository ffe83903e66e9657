"""Sweeps of runs that take no time, and of runs that go wrong; workers import them by name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.sweep.asked import asked_design
from experiments.sweep.chunk import Executor, RunFunction
from experiments.sweep.driver import program_facts, sweep
from experiments.sweep.layout import SweepFolder
from experiments.sweep.plan import HowToRun, Plan
from experiments.sweep.status import Status
from scenarios.case import Case
from scenarios.load_case import load_case
from sim.recorder import make_table
from sim.tables import RUN_TABLES
from tests.model_cases import SMALL

VARIED = "choice.temperature_eur_per_kg"
MONTHS = 3


def quick_run(case: Case, seed: int, replication: int, progress: Callable[[int, int], None]) -> dict[str, pa.Table]:
    """Return tables of the right kind, whose numbers are a function of what a run is a function of."""
    progress(1, 1)
    value = case.parameters.choice.temperature_eur_per_kg * 1000 + replication + seed
    return {"runs": rows("runs", 1, value, replication), "port_month": rows("port_month", MONTHS, value, replication)}


def rows(name: str, count: int, value: float, replication: int) -> pa.Table:
    """Return rows of a declared table, the number in every column of numbers."""
    columns: dict[str, Any] = {}
    names = {}
    for field in RUN_TABLES[name]:
        if pa.types.is_dictionary(field.type):
            columns[field.name], names[field.name] = np.zeros(count, np.int32), (f"{field.name} {int(value) % 3}",)
        elif pa.types.is_string(field.type):
            columns[field.name] = [f"{value:g}"] * count
        elif field.name == "replication":
            columns[field.name] = np.full(count, replication)
        elif pa.types.is_floating(field.type):
            columns[field.name] = value + np.arange(count) / 7
        else:
            columns[field.name] = int(value) + np.arange(count)
    return make_table(RUN_TABLES[name], columns, names)


class Faulty:
    """A quick run in which some replications go wrong, until a file says that all is mended."""

    def __init__(self, mended: Path, **faults: int) -> None:
        """Say which replication has which fault: raises, is_nan, hangs, sleeps, dies, hoards."""
        self.mended, self.faults = mended, faults

    def __call__(
        self, case: Case, seed: int, replication: int, progress: Callable[[int, int], None]
    ) -> dict[str, pa.Table]:
        """Return the tables of the run, or go wrong."""
        tables = quick_run(case, seed, replication, progress)
        fault = next((name for name, at in self.faults.items() if at == replication), "")
        return tables if not fault or self.mended.exists() else getattr(self, f"_{fault}")(tables, progress)

    def _raises(self, tables: dict[str, pa.Table], progress: Any) -> dict[str, pa.Table]:
        raise ZeroDivisionError("no such number")

    def _is_nan(self, tables: dict[str, pa.Table], progress: Any) -> dict[str, pa.Table]:
        runs = tables["runs"]
        place = runs.schema.get_field_index("trade_cost_eur")
        nan = pa.array([float("nan")])
        return tables | {"runs": runs.set_column(place, runs.schema.field(place), nan)}

    def _hangs(self, tables: dict[str, pa.Table], progress: Callable[[int, int], None]) -> dict[str, pa.Table]:
        for day in range(10**9):
            time.sleep(0.01)
            progress(day, 10**9)
        return tables

    def _sleeps(self, tables: dict[str, pa.Table], progress: Any) -> dict[str, pa.Table]:
        time.sleep(600)
        return tables

    def _hoards(self, tables: dict[str, pa.Table], progress: Any) -> dict[str, pa.Table]:
        np.ones(2**30)  # 8 GB
        return tables

    def _dies(self, tables: dict[str, pa.Table], progress: Any) -> dict[str, pa.Table]:
        os.kill(os.getpid(), signal.SIGKILL)
        return tables


class DiesOnce(Faulty):
    """Dies in a replication, but only the first time."""

    def _dies(self, tables: dict[str, pa.Table], progress: Any) -> dict[str, pa.Table]:
        self.mended.write_text("")
        return super()._dies(tables, progress)


class FailsAbove(Faulty):
    """Raises in much of the range of the parameter."""

    def __call__(
        self, case: Case, seed: int, replication: int, progress: Callable[[int, int], None]
    ) -> dict[str, pa.Table]:
        """Return the tables of the run, or raise."""
        is_above = case.parameters.choice.temperature_eur_per_kg > 4000
        if is_above and not self.mended.exists():
            raise ZeroDivisionError("no such number")
        return quick_run(case, seed, replication, progress)


def quick_plan(
    run: RunFunction = quick_run, *, n: int = 5, replications: int = 4, tables: tuple[str, ...] = ("port_month",)
) -> Plan:
    """Return a sweep over one parameter."""
    return plan_of(SMALL, n, replications, tables, run)


def plan_of(
    overrides: tuple[str, ...],
    points: int,
    replications: int,
    tables: tuple[str, ...],
    run: RunFunction,
    seed: int = 1,
) -> Plan:
    """Return a sweep over one parameter."""
    case = load_case(list(overrides))
    design, cases = asked_design(case, overrides, "grid", vary=[VARIED], n=points, seed=seed)
    return Plan(case, cases, design, replications, seed, tables, run)


def swept(
    plan: Plan, root: Path, executor: Executor, *, size: int = 3, run_seconds: float = 60.0, memory_mb: int = 0
) -> tuple[SweepFolder, Status]:
    """Do a sweep; return its folder and where it ended."""
    folder = SweepFolder(root / plan.name, plan.tables)
    how = HowToRun(str(folder.path), run_seconds, memory_mb, {"waterbed.sweep": plan.name})
    return folder, sweep(plan, folder, how, executor, size=size, facts=program_facts())


def content(folder: SweepFolder) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables but for times."""
    tables = {name: folder.table(name) for name in folder.names}
    return {
        name: table.select([n for n in table.column_names if n not in ("seconds", "traceback")]).to_pylist()
        for name, table in tables.items()
    }
