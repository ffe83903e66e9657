"""waterbed sweep: many runs of many cases, resumable, to a folder of Parquet files."""

from __future__ import annotations

import dataclasses as dc
import importlib
import json
import math
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console

from experiments.execute import Processes, Serial
from experiments.kept_tables import kept_on_interrupt
from experiments.screen import console, print_good
from experiments.settings import Settings, load
from experiments.sweep.asked import asked_design
from experiments.sweep.chunk import ChunkReport, Executor
from experiments.sweep.driver import (
    Found,
    begin,
    chunk_size,
    find,
    is_begun,
    program_facts,
    remove_empty_log,
    run_all,
)
from experiments.sweep.forecast import print_forecast, rate_of
from experiments.sweep.layout import DAMAGED, DOUBLED, FAILED, RUNS, SweepFolder
from experiments.sweep.lock import locked
from experiments.sweep.memory import share_mb
from experiments.sweep.plan import HowToRun, Plan
from experiments.sweep.status import Status, duration, show, status_bar
from scenarios.build_world import build_world
from scenarios.errors import InputError, unknown_name
from sim.tables import RUN_TABLES

_SHOWN = 5
"""Failed runs whose message is printed."""


def sweep_command(overrides: list[str], *, is_quiet: bool, is_dry: bool, is_retry: bool) -> bool:
    """Run what is missing of a sweep; return whether all of its runs ended well.

    Args:
        overrides: settings, as on the command line.
        is_quiet: whether to show no progress.
        is_dry: print what would be done, and write nothing.
        is_retry: run failed runs again.

    Raises:
        InputError: a setting that is not allowed, or a folder that is held, of another sweep, or cannot be written.
    """
    from experiments.commands import announce_compilation

    plan, settings = make_plan(overrides)
    out = console()
    print_good(plan.base.good, out)
    folder = SweepFolder(settings.results / plan.name, plan.tables)
    if is_dry:
        is_begun(folder, plan, program_facts())
        announce_compilation(is_quiet=is_quiet)
        _print_plan(plan, settings, folder, out, is_retry=is_retry)
        return True
    folder.make()
    with locked(folder.path, lambda text: print(text, file=sys.stderr)) as token:
        facts = program_facts()
        begin(folder, plan, facts | _asked(plan, settings, shlex.join(["waterbed", "sweep", *overrides])))
        if is_retry and (again := folder.set_failures_aside()):
            out.print(f"Runs that failed and are run again: {again:,}.")
        found = find(folder, plan)
        if found.missing.size:
            announce_compilation(is_quiet=is_quiet)
            found = _run(plan, settings, folder, found, facts, token, out, is_quiet=is_quiet)
        else:
            out.print("All runs of this sweep are there.")
        return _conclude(plan, folder, found, out)


def make_plan(overrides: list[str]) -> tuple[Plan, Settings]:
    """Return the sweep that the overrides describe, and the settings.

    Raises:
        InputError: an unknown name or a value that is not allowed.
    """
    case, settings = load(overrides)
    for name in settings.tables:
        if name not in RUN_TABLES or name == RUNS or settings.tables.count(name) > 1:
            raise unknown_name("tables", name, [name for name in RUN_TABLES if name != RUNS], most=len(RUN_TABLES))
    design, cases = asked_design(
        case,
        overrides,
        settings.design,
        vary=settings.vary,
        n=settings.n,
        seed=settings.seed,
        table=Path(settings.table) if settings.table else None,
        arms=settings.arms,
    )
    build_world(case.world, case.parameters, case.good)
    plan = Plan(case, cases, design, settings.replications, settings.seed, settings.tables)
    if plan.runs > 2**31:
        raise InputError(f"n: {plan.runs:,} runs are not allowed; allowed: up to {2**31:,}.")
    return plan, settings


def make_executor(settings: Settings) -> Executor:
    """Return who runs the chunks."""
    if settings.executor == "serial":
        return Serial()
    if settings.executor == "processes":
        return Processes(settings.worker_count())
    executor: Executor = importlib.import_module("experiments.sweep.dask_executor").dask_executor(settings)
    return executor


def _print_plan(plan: Plan, settings: Settings, folder: SweepFolder, out: Console, *, is_retry: bool) -> None:
    found = find(folder, plan, is_only_looked_at=True)
    if is_retry:
        found = found.without_failed()
    # None of them is started.
    workers = 1 if settings.executor == "serial" else settings.worker_count()
    who = {"serial": "this process", "dask": f"Dask and {workers} workers"}.get(settings.executor)
    print_forecast(
        plan, found, rate_of(plan, found), workers, who or f"{workers} worker processes", settings.chunk_seconds, out
    )
    out.print("Nothing was written.")


def _run(
    plan: Plan, settings: Settings, folder: SweepFolder, found: Found, facts: dict[str, Any], token: str,
    out: Console, *, is_quiet: bool,
) -> Found:  # fmt: skip
    """Run what is missing; return what is there then."""
    with make_executor(settings) as executor:
        missing = found.missing
        size = 1
        if missing.size > 4 * executor.workers:
            rate = rate_of(plan, found)
            size = chunk_size(missing.size, executor.workers, rate.seconds, settings.chunk_seconds)
        memory = settings.worker_memory_mb
        if settings.executor == "processes":
            memory = memory or share_mb(executor.workers)
        how = HowToRun(
            str(folder.path.resolve()),
            settings.run_seconds,
            memory if settings.executor != "serial" else 0,
            {"waterbed.sweep": plan.name, **{f"waterbed.{name}": facts[name] for name in ("version", "commit")}},
            token,
        )
        chunks = -(-missing.size // size)
        out.print(
            f"{missing.size:,} of {plan.runs:,} runs to do in {chunks:,} chunk{'s' if chunks > 1 else ''} by "
            f"{executor.about}, to {folder.path}",
            soft_wrap=True,
        )
        status = Status(folder, plan.runs, found.ended_well, found.failed, executor.workers, executor.about)
        status.write(is_last=True)
        with kept_on_interrupt("chunks"), status_bar(status, is_quiet=is_quiet) as bar:

            def ended(report: ChunkReport) -> None:
                status.add(report)
                status.write()
                show(status, bar)

            try:
                found = run_all(plan, folder, how, found, size, executor, ended)
                status.done, status.failed = found.ended_well, found.failed
                status.state = "complete"
            finally:
                remove_empty_log(folder)
                if status.state == "running":
                    status.state = "interrupted"
                status.write(is_last=True)
    _print_work(status, out)
    return found


def _print_work(status: Status, out: Console) -> None:
    peaks = [peak for peak in status.peak_mb.values() if math.isfinite(peak)]
    took = duration(status.seconds)
    memory = f", at most {max(peaks):,.0f} MB a worker" if peaks else ""
    out.print(f"{status.ended:,} runs in {took}{memory}.")


def _conclude(plan: Plan, folder: SweepFolder, found: Found, out: Console) -> bool:
    """Say what is there now and what failed; return whether nothing did."""
    damaged = len(list((folder.path / RUNS).glob(f"*{DAMAGED}")))
    if damaged:
        out.print(f"Chunks that were damaged, stepped aside and were done again: {damaged:,}.")
    doubled = len(list((folder.path / RUNS).glob(f"*{DOUBLED}")))
    if doubled:
        out.print(f"Chunks with runs of other chunks, which stepped aside: {doubled:,}.")
    kinds: Counter[str] = Counter()
    shown: list[dict[str, Any]] = []
    for path in sorted((folder.path / FAILED).glob("[!.]*.parquet")):
        rows = pq.read_table(path, columns=["point", "replication", "kind", "message"]).to_pylist()
        kinds.update(row["kind"] for row in rows)
        shown += rows[: _SHOWN - len(shown)]
    failed = found.failed
    out.print(f"Complete: {found.ended_well:,} of {plan.runs:,} runs. The tables are in", soft_wrap=True)
    out.print(str(folder.path), soft_wrap=True)
    if failed:
        of_kinds = ", ".join(f"{kind}: {count:,}" for kind, count in sorted(kinds.items()))
        out.print(f"Runs that failed: {failed:,} ({of_kinds}).", style="bold")
        for row in shown:
            said = " ".join(str(row["message"]).split())[:160]
            out.print(f"  point {row['point']}, replication {row['replication']}: {said}")
        out.print("Cases and tracebacks: the table failures. To run them again: --retry-failed.")
    return not failed


def _asked(plan: Plan, settings: Settings, command: str) -> dict[str, Any]:
    """Return what is worth knowing of the question, for whoever finds the folder."""
    return {
        "command": command,
        "seed": plan.seed,
        "replications": plan.replications,
        "points": plan.points,
        "runs": plan.runs,
        "tables": list(plan.tables),
        "settings": json.loads(json.dumps(dc.asdict(settings), default=str)),
        "cases": {plan.base.regime.name: plan.base.as_dict()},
        "case_digests": {plan.base.regime.name: plan.base.digest()},
    }
