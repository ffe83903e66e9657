"""A shared burn-in: an arm that branched off is the run of that arm, to the bit."""

from __future__ import annotations

import dataclasses as dc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from agents.model import WaterbedModel
from experiments.execute import Serial
from experiments.run import run
from experiments.settings import case_with
from experiments.sweep.asked import asked_design
from experiments.sweep.branching import (
    BranchError,
    SharedBurnIn,
    branch_key,
    can_branch,
    run_branched,
    shared_burn_in,
)
from experiments.sweep.plan import ChunkTasks, HowToRun, Plan, burn_in_groups
from scenarios.case import Case, Purchase
from tests.model_cases import SMALL, assert_same, small_case, with_parameters
from tests.sweep_cases import content, swept

FEW = ("frozen", "alliance_rule", "national_best", "alliance_best_pooled")
OTHERS = ("none", "national_rule", "alliance_best", "oracle", "late_joiners", "alliance_rule_minus_criteria")
Elsewhere = Callable[..., None]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """Return a function that calls another in a process without threads: those of other tests stay for ever."""
    if sys.platform != "linux":
        pytest.skip("only on Linux are processes forked")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


def compare(cases: list[Case], replication: int) -> None:
    """Fail unless each case, branched off, is the run that had a burn-in of its own, to the bit."""
    assert can_branch()
    for case, tables in zip(cases, run_branched(cases, 1, replication), strict=True):
        whole = run(case, 1, replication)
        assert_same(whole, tables)
        for name, table in whole.items():
            assert tables[name].schema.equals(table.schema, check_metadata=True)
        assert tables["runs"]["case_digest"].equals(whole["runs"]["case_digest"])


def arms(*names: str, **overrides: str) -> list[Case]:
    """Return the small case under some regimes."""
    case = small_case(*(f"{name}={value}" for name, value in overrides.items()))
    return [case_with(case, name) for name in names]


def test_a_branch_is_the_whole_run(elsewhere: Elsewhere) -> None:
    """By rule, by best response, with pooled money: all tables, their types and the digest of the case."""
    elsewhere(compare, arms(*FEW), 0)


@pytest.mark.slow
def test_a_branch_is_the_whole_run_in_every_regime(elsewhere: Elsewhere) -> None:
    """Also with true flows, late joiners and a lever less."""
    elsewhere(compare, arms(*OTHERS), 3)


@pytest.mark.slow
def test_a_branch_is_the_whole_run_of_the_engine_of_processes(elsewhere: Elsewhere) -> None:
    """The engine whose boxes are processes holds generators, which cannot be copied: they branch too."""
    elsewhere(compare, arms("national_rule", "alliance_best", engine="simpy"), 2)


def test_what_a_scenario_does_to_ports_branches(elsewhere: Elsewhere) -> None:
    """Capacity and terminal security begin with the analysis: such scenarios share the burn-in."""
    base = small_case("regime=alliance_best")
    first = dc.replace(base, scenario=dc.replace(base.scenario, name="a", capacity_scale={"NLRTM": 2.0}))
    second = dc.replace(base, scenario=dc.replace(base.scenario, name="b", terminal_security={"BEANR": 1.0}))
    elsewhere(compare, [first, second], 0)


def test_runs_with_and_without_purchases_share_a_burn_in(elsewhere: Elsewhere) -> None:
    """What grants bring comes after the start: portfolios branch as regimes do."""
    base, start = small_case("regime=frozen"), date(2024, 1, 1)
    fixed = Purchase("BEANR", "fixed_xray", 3, start, 10_000.0, 2.0)
    dogs, mobile = (
        Purchase("BEANR", "dog_team", 9, start, 10_000.0, 2.0),
        Purchase("BEANR", "mobile_xray", 2, start, 10_000.0, 2.0),
    )
    cases = [base, *(dc.replace(base, purchases=bought) for bought in ((fixed,), (dogs, mobile)))]
    assert len({branch_key(case) for case in cases}) == 1
    elsewhere(compare, cases, 0)
    none, bought = (run(case, 1, 0)["runs"].drop(["case_digest"]) for case in cases[::2])
    assert not none.equals(bought)


def test_arms_differ_in_results() -> None:
    """What is compared above is not the same run several times."""
    frozen, best = (run(case, 1, 0)["runs"].drop(["arm", "case_digest"]) for case in arms("none", "alliance_best"))
    assert not frozen.equals(best)


def test_only_what_begins_with_the_analysis_may_differ() -> None:
    """Anything else that is asked makes a burn-in of its own."""
    case = small_case()
    same = [case_with(case, "alliance_best"), dc.replace(case, scenario=dc.replace(case.scenario, name="other"))]
    assert {branch_key(other) for other in same} == {branch_key(case)}
    other = [
        with_parameters(case, "choice", temperature_eur_per_kg=900.0),
        small_case("parameters.criteria.strength=0.5"),
        small_case("scenario.supply_growth_per_year=0.1"),
        small_case("horizon_years=2"),
        small_case("engine=simpy"),
        dc.replace(case, burn_in_start=date(2023, 10, 1)),
    ]
    assert branch_key(case) not in {branch_key(changed) for changed in other}
    with pytest.raises(ValueError, match="different burn-ins"):
        next(run_branched([case, other[0]], 1, 0))


class TooLongError(Exception):
    """What a time limit raises."""


def raise_in_branch() -> None:
    """Fail unless what a branch raises arrives with its lines, and the burn-in is as good as before."""

    def watch(done: int, planned: int) -> None:
        raise TooLongError(f"stopped after {done} of {planned} days")

    case = small_case()
    with shared_burn_in(case, 1, 0) as burn_in:
        with pytest.raises(TooLongError, match="stopped after 61 of") as caught:
            burn_in.finish(case, progress=watch)
        assert "run_to_end" in "".join(caught.value.__notes__)
        assert_same(run(case, 1, 0), burn_in.finish(case))


def test_what_a_branch_raises_is_raised_here(elsewhere: Elsewhere) -> None:
    """A time limit among it."""
    elsewhere(raise_in_branch)


def kill_branch() -> None:
    """Fail unless a killed branch is told, and the next one is complete."""

    def die(done: int, planned: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    case = small_case()
    with shared_burn_in(case, 1, 0) as burn_in:
        with pytest.raises(BranchError, match="status -9"):
            burn_in.finish(case, progress=die)
        assert_same(run(case, 1, 0), burn_in.finish(case))


def test_a_killed_branch_harms_no_other(elsewhere: Elsewhere) -> None:
    """One arm that needs too much memory ends alone."""
    elsewhere(kill_branch)


def crossed(replications: int) -> Plan:
    """Return a sweep of two parameters by two regimes, and one replication more than is needed to see the order."""
    words = ("control.separation:1.2|1.6", "regime:frozen|alliance_rule")
    case = small_case()
    design, cases = asked_design(case, SMALL, "grid", vary=words, n=2, seed=1)
    return Plan(case, cases, design, replications, 1, ("port_month",))


def test_runs_that_share_a_burn_in_are_side_by_side() -> None:
    """Of points that differ in the regime alone, replication by replication; with other factors each has its own."""
    plan = crossed(2)
    assert burn_in_groups(plan.design).tolist() == [0, 0, 1, 1]
    (task,) = ChunkTasks(plan, HowToRun("", 60.0, 0, {}), np.arange(8), 8)
    assert task.burn_ins.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert task.replications.tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    assert task.points.tolist() == [0, 1, 0, 1, 2, 3, 2, 3]
    design, _ = asked_design(small_case(), SMALL, "grid", vary=("control.separation",), n=3, seed=1)
    assert burn_in_groups(design).size == 0
    drawn, _ = asked_design(
        small_case(), SMALL, "lhs", vary=("control.separation", "regime:frozen|alliance_rule"), n=4, seed=1
    )
    assert burn_in_groups(drawn).size == 0


def sweep_with_shared_burn_ins(root: Path) -> None:
    """Fail unless a chunk runs one burn-in for two regimes, and writes what whole runs are."""
    begun: list[str] = []
    usual = SharedBurnIn.__init__

    def counted(self: SharedBurnIn, case: Case, seed: int, replication: int, *more: Any) -> None:
        begun.append(f"{case.parameters.control.separation:g}, {replication}")
        usual(self, case, seed, replication, *more)

    plan = crossed(2)
    with patch.object(SharedBurnIn, "__init__", counted):
        branched, _ = swept(plan, root / "branched", Serial(), size=8)
    assert begun == ["1.2, 0", "1.2, 1", "1.6, 0", "1.6, 1"]
    with patch("experiments.sweep.branching.can_branch", lambda: False):
        whole, _ = swept(plan, root / "whole", Serial(), size=3)
    assert content(branched) == content(whole)
    assert len(content(whole)["runs"]) == 8


def test_a_sweep_with_shared_burn_ins_is_that_of_whole_runs(elsewhere: Elsewhere, tmp_path: Path) -> None:
    """Bit for bit, whatever the chunks."""
    elsewhere(sweep_with_shared_burn_ins, tmp_path)


def limit_days(root: Path) -> None:
    """Fail unless a limit that each arm keeps without the burn-in is kept, and one that the burn-in breaks is not.

    A simulated day takes a second of this clock.
    """
    clock = 0
    step = WaterbedModel.step

    def step_a_second(self: WaterbedModel) -> None:
        nonlocal clock
        step(self)
        clock += 1

    case = small_case()
    burn_in_days = (case.start - case.burn_in_start).days
    design, cases = asked_design(case, SMALL, "grid", vary=("regime:frozen|alliance_rule|none",), n=1, seed=1)
    plan = Plan(case, cases, design, 1, 1, ())
    timer = SimpleNamespace(monotonic=lambda: clock, perf_counter=lambda: clock)
    with patch.object(WaterbedModel, "step", step_a_second), patch("experiments.execute.time", timer):
        days = []
        for arm in arms("frozen", "alliance_rule", "none"):
            clock = 0
            run(arm, 1, 0)
            days.append(clock)
        enough = max(days) - burn_in_days + 5
        assert days[0] > enough, "or the first would end in time with the burn-in as well"
        for limit, kinds in ((enough, []), (burn_in_days - 5, ["too long"] * 3)):
            clock = 0
            folder, status = swept(plan, root / str(limit), Serial(), size=3, run_seconds=limit)
            failures = folder.table("failures").to_pylist()
            assert [row["kind"] for row in failures] == kinds
            assert status.done == 3 - len(kinds)
        assert all(f"stopped after {burn_in_days - 4} of " in row["message"] for row in failures)
    assert clock == 3 * (burn_in_days - 4)


def test_no_arm_is_too_long_for_the_burn_in_of_all(elsewhere: Elsewhere, tmp_path: Path) -> None:
    """The limit of a run counts from the end of the burn-in for the first arm as for the others."""
    elsewhere(limit_days, tmp_path)


def test_a_process_with_threads_is_not_forked() -> None:
    """Its locks could be held for ever in the branch; runs are then whole, and the same."""
    leave = threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()
    try:
        assert not can_branch()
        case = small_case()
        for tables in run_branched([case, case], 1, 0):
            assert_same(run(case, 1, 0), tables)
    finally:
        leave.set()
        thread.join()
