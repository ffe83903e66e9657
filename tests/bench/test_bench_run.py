"""Time and memory of whole runs: a year of the world, growth with years, organisations, ports and replications.

Targets on one quiet core: 0.5 s and 300 MB for a simulated year of the world ``eu`` in a warm process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.model import WaterbedModel
from experiments.run import run
from scenarios.case import Case
from scenarios.load_case import load_case
from tests.model_cases import ROOT

EU_YEAR = ("world=eu", "horizon_years=1", "burn_in_start=2023-12-01", "closing_days=0")
RUNS_IN_A_PROCESS = 25

# Not getrusage: its peak of a child process begins with that of the parent.
PEAK = """
import json, sys
from experiments.run import run
from scenarios.load_case import load_case
case = load_case(json.loads(sys.argv[1]))
used = []
for replication in range(int(sys.argv[2])):
    run(case, 1, replication)
    with open("/proc/self/status") as status:
        kb = {line.split(":")[0]: line.split()[1] for line in status if line.startswith(("VmHWM", "VmRSS"))}
    used += [int(kb["VmHWM"]) / 1024, int(kb["VmRSS"]) / 1024]
print(json.dumps(used))
"""


def memory_mb(overrides: list[str], runs: int) -> list[tuple[float, float]]:
    """Return peak and resident memory after each run in a fresh process (MB)."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PEAK, json.dumps(overrides), str(runs)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    used = json.loads(done.stdout.splitlines()[-1])
    return list(zip(used[::2], used[1::2], strict=True))


def built(case: Case, days: int = 31) -> WaterbedModel:
    """Return a model that has run for some days, so that all is compiled and under way."""
    model = WaterbedModel(case, 1, 0)
    for _ in range(days):
        model.step()
    return model


@pytest.mark.bench
@pytest.mark.benchmark(group="a year of the world")
def test_a_year_of_the_world(benchmark: Any) -> None:
    """365 days of a built model, one month under way; peak memory is that of a fresh process."""
    case = load_case(list(EU_YEAR))
    models = []

    def build() -> tuple[tuple[WaterbedModel], dict[str, Any]]:
        models.append(built(case))
        return (models[-1],), {}

    def a_year(model: WaterbedModel) -> None:
        for _ in range(365):
            model.step()

    benchmark.pedantic(a_year, setup=build, rounds=5, warmup_rounds=1)
    phases = models[-1].phase_seconds
    benchmark.extra_info["seconds_by_phase"] = {name: round(seconds, 4) for name, seconds in phases.items()}
    if sys.platform == "linux":
        benchmark.extra_info["peak_mb_fresh_process"] = round(memory_mb(list(EU_YEAR), 1)[0][0])
    print(f"\none year of eu: {benchmark.extra_info}")
    assert models[-1].physical.consignments.size > 1000


@pytest.mark.bench
@pytest.mark.benchmark(group="a year of the world")
def test_a_year_of_the_world_with_building_and_tables(benchmark: Any) -> None:
    """The whole run of thirteen months, from the case to its tables."""
    case = load_case(list(EU_YEAR))
    tables = benchmark.pedantic(run, (case, 1, 0), rounds=5, warmup_rounds=1)
    assert tables["runs"].num_rows == 1


def seconds(function: Callable[[], object], rounds: int = 3) -> float:
    """Return the best time of some rounds, the first one not counted."""
    function()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        function()
        times.append(time.perf_counter() - begun)
    return min(times)


def exponent(sizes: list[float], times: list[float]) -> float:
    """Return the slope of log time over log size: 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def run_case(*overrides: str) -> Callable[[], object]:
    case = load_case([*overrides, "closing_days=0"])
    return lambda: run(case, 1, 0)


def some_replications(count: int) -> Callable[[], object]:
    case = load_case(["world=three_ports", "horizon_years=1", "burn_in_start=2023-12-01"])
    return lambda: [run(case, 1, number) for number in range(count)]


SMALL_YEAR = ("horizon_years=1", "burn_in_start=2023-12-01")
SCALING: dict[str, tuple[list[float], list[Callable[[], object]]]] = {
    "years": (
        [13 / 12, 25 / 12, 49 / 12, 97 / 12],
        [run_case("world=north_range", f"horizon_years={years}", "burn_in_start=2023-12-01") for years in (1, 2, 4, 8)],
    ),
    "organisations": (
        [100, 300, 1000],
        [run_case("world=north_range", *SMALL_YEAR, f"parameters.organisations.count={count}")
         for count in (100, 300, 1000)],
    ),
    "ports": ([3, 11, 60], [run_case(f"world={name}", *SMALL_YEAR) for name in ("three_ports", "north_range", "eu")]),
    "replications": ([1, 2, 4, 8], [some_replications(count) for count in (1, 2, 4, 8)]),
}  # fmt: skip


@pytest.mark.bench
@pytest.mark.benchmark(group="growth")
@pytest.mark.parametrize("what", SCALING)
def test_growth(benchmark: Any, what: str) -> None:
    """The exponent of time over years, organisations, ports and replications; at most linear, within noise."""
    sizes, functions = SCALING[what]
    times = [seconds(function) for function in functions]
    benchmark.extra_info["sizes"] = [round(size, 2) for size in sizes]
    benchmark.extra_info["seconds"] = [round(value, 4) for value in times]
    benchmark.extra_info["exponent"] = round(exponent(sizes, times), 3)
    benchmark.extra_info["exponent_of_the_last_step"] = round(exponent(sizes[-2:], times[-2:]), 3)
    benchmark.pedantic(functions[-1], rounds=1)
    print(f"\ngrowth with {what}: {benchmark.extra_info}")
    assert benchmark.extra_info["exponent"] < 1.3


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads resident memory from /proc")
def test_memory_is_flat_over_many_runs() -> None:
    """Law: 25 runs in one process need no more memory than the first few: growth below 5 %."""
    case = ["world=north_range", "horizon_years=1", "burn_in_start=2023-11-01", "closing_days=60"]
    used = memory_mb(case, RUNS_IN_A_PROCESS)
    early = max(resident for _, resident in used[2:5])
    late = max(resident for _, resident in used[-3:])
    print(f"\nresident memory, {RUNS_IN_A_PROCESS} runs: {early:.0f}, then {late:.0f} MB, peak {used[-1][0]:.0f} MB")
    assert late < 1.05 * early
