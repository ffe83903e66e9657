"""Sweeps: what the machinery takes beside the runs, what two workers gain, and memory of the process that hands out.

Aims: overhead under 2 % of the time of a run of ``three_ports``; two workers 1.8 times as fast as one on chunks of
``eu``; memory flat in the number of runs.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from experiments.execute import Processes, Serial
from experiments.run import run
from experiments.sweep.plan import Plan
from scenarios.case import Case
from scenarios.load_case import load_case
from tests.model_cases import ROOT
from tests.sweep_cases import plan_of, swept

RUNS = int(os.environ.get("WATERBED_BENCH_RUNS", "10000"))
VARIED = "choice.temperature_eur_per_kg"
EU = ("world=eu", "horizon_years=1", "burn_in_start=2023-10-01", "closing_days=60")

# Memory of a process of its own that hands out runs which take no time and does them itself, in chunks of 20.
DRIVER = """
import json, sys
from pathlib import Path
from experiments.execute import Serial
from experiments.sweep.memory import peak_mb
from tests.sweep_cases import quick_plan, swept
n = int(sys.argv[1])
folder, status = swept(quick_plan(n=n, replications=4, tables=()), Path(sys.argv[2]), Serial(), size=20)
print(json.dumps([status.done, peak_mb()]))
"""


@functools.lru_cache(maxsize=1)
def recorded() -> tuple[Case, dict[str, pa.Table], float]:
    """Return a real small run and the time that it took in a warm process."""
    case = load_case(["world=three_ports", "horizon_years=1"])
    run(case, 1, 0)
    begun = time.perf_counter()
    tables = run(case, 1, 0)
    return case, tables, time.perf_counter() - begun


def replayed(case: Case, seed: int, replication: int, progress: Callable[[int, int], None]) -> dict[str, pa.Table]:
    """Return the tables of the recorded run at once, as those of this replication."""
    return {
        name: table.set_column(1, table.schema.field(1), pa.array([replication] * table.num_rows, pa.int32()))
        for name, table in ((name, recorded()[1][name]) for name in ("runs", "port_month"))
    }


@pytest.mark.bench
@pytest.mark.benchmark(group="sweep")
@pytest.mark.parametrize("tables", [(), ("port_month",)], ids=["runs", "runs and port_month"])
def test_overhead(benchmark: Any, tmp_path: Path, tables: tuple[str, ...]) -> None:
    """All that a sweep of many runs takes beside the runs themselves, as a share of the time of a real one."""
    _, _, real = recorded()
    plan = plan_of(("world=three_ports", "horizon_years=1"), RUNS // 2, 2, tables, replayed)
    _, status = benchmark.pedantic(swept, (plan, tmp_path, Serial()), {"size": 30}, rounds=1)
    assert (status.done, status.ended) == (RUNS, RUNS)
    each = benchmark.stats["min"] / RUNS
    begun = time.perf_counter()
    _, status = swept(plan, tmp_path, Serial())
    assert (status.done, status.ended) == (RUNS, 0)
    again = time.perf_counter() - begun
    benchmark.extra_info |= {
        "overhead_ms_per_run": round(1000 * each, 3),
        "share_of_a_run": round(each / real, 5),
        "seconds_to_verify_what_is_there": round(again, 2),
    }
    print(f"\n{RUNS} runs: {benchmark.extra_info}, a real run takes {real:.2f} s")
    assert each < 0.02 * real


@pytest.mark.bench
@pytest.mark.benchmark(group="sweep")
def test_two_workers(benchmark: Any, tmp_path: Path) -> None:
    """Chunks of `eu` by one worker and by two, both warm."""
    seconds = {}
    for workers in (1, 2):
        with Processes(workers) as executor:
            # All workers begin, load and compile.
            swept(eu_plan(workers, 7), tmp_path / f"warm-{workers}", executor, size=1)
            begun = time.perf_counter()
            swept(eu_plan(8, 1), tmp_path / str(workers), executor, size=2)
            seconds[workers] = time.perf_counter() - begun
    benchmark.pedantic(lambda: None, rounds=1)
    benchmark.extra_info |= {f"seconds_{workers}": round(value, 1) for workers, value in seconds.items()}
    benchmark.extra_info["speed_up"] = round(seconds[1] / seconds[2], 2)
    print(f"\ntwo workers over one: {benchmark.extra_info}")
    assert seconds[2] < seconds[1]


def eu_plan(points: int, seed: int) -> Plan:
    return plan_of(EU, points, 2, (), run, seed=seed)


@pytest.mark.bench
@pytest.mark.benchmark(group="sweep")
def test_memory_is_flat_in_the_number_of_runs(benchmark: Any, tmp_path: Path) -> None:
    """Ten times the runs need no more memory: beyond the design itself, less than 1 kB a run."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def peak(points: int) -> float:
        command = [sys.executable, "-c", DRIVER, str(points), str(tmp_path / str(points))]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        count, used = json.loads(done.stdout.splitlines()[-1])
        assert count == 4 * points
        return float(used)

    few, many = RUNS // 40, RUNS // 4
    used = benchmark.pedantic(lambda: (peak(few), peak(many)), rounds=1)
    benchmark.extra_info |= {f"peak_mb_of_{4 * n}": round(mb) for n, mb in zip((few, many), used, strict=True)}
    print(f"\ndriver: {benchmark.extra_info}")
    assert (used[1] - used[0]) * 1e6 < 1000 * 4 * (many - few)
