"""Determinism: a run is a function of case, seed and replication, wherever and however it is run."""

from __future__ import annotations

import dataclasses as dc
import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import experiments.run as run_module
from agents.model import WaterbedModel
from experiments.compare import compare, replicate, replications_in_order
from experiments.run import run
from experiments.settings import Settings, case_with, load
from experiments.store import ResultWriter
from tests.model_cases import ROOT, assert_same, digest, small_case, small_run

PROGRAMME = """
from tests.model_cases import digest, small_run
print(digest(small_run("regime=alliance_rule", replication=3)))
"""


def test_another_process_with_another_hash_seed_gives_the_same_tables() -> None:
    """Law: tables depend on nothing but case, seed and replication."""
    here = digest(small_run("regime=alliance_rule", replication=3))
    for hash_seed in ("1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAMME], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.split()[-1] == here
    assert digest(small_run("regime=alliance_rule", replication=4)) != here


def test_a_run_leaves_nothing_behind_that_changes_the_next() -> None:
    """Law: the same run twice in one process, with others between, gives the same tables."""
    first = small_run(replication=5)
    run(small_case("regime=none"), 7, 5)
    assert_same(first, run(small_case(), 1, 5))


def test_replications_and_seeds_differ() -> None:
    """Law: replication and seed are both part of every address, and they are not added up."""
    digests = {
        digest({"lots": run(small_case(), seed, replication)["lots"].drop(["replication"])})
        for seed, replication in ((1, 0), (1, 1), (2, 0), (0, 1), (0, 2))
    }
    assert len(digests) == 5


def settings_for(folder: Path, workers: int) -> Settings:
    words = ["replications=2", "most_replications=2", "precision=1e-9", f"workers={workers}", f"results={folder}"]
    return load(["arms=[frozen,alliance_rule]", "contrasts=[[alliance_rule,frozen]]", *words])[1]


def test_serial_and_parallel_comparisons_write_the_same_tables(tmp_path: Path) -> None:
    """Law: the number of workers changes no row and no order of rows in any file."""
    arms = {regime: case_with(small_case(), regime) for regime in ("frozen", "alliance_rule")}
    for workers in (1, 2):
        with ResultWriter(tmp_path, str(workers), {}) as writer:
            compare(arms, settings_for(tmp_path, workers), writer)
    names = sorted(path.name for path in (tmp_path / "1").glob("*.parquet"))
    assert names == sorted(path.name for path in (tmp_path / "2").glob("*.parquet"))
    assert "contrasts.parquet" in names
    for name in names:
        serial, parallel = (pq.read_table(tmp_path / folder / name) for folder in ("1", "2"))
        # As text: what does not vary has a correlation that is not a number, which equals nothing.
    assert repr(serial.to_pylist()) == repr(parallel.to_pylist()), name


def test_chunks_of_replications_change_nothing() -> None:
    """Law: replications in one batch, in chunks, or alone and backwards are the same."""
    arms = {regime: case_with(small_case(), regime) for regime in ("frozen", "national_rule")}
    whole = list(replications_in_order(arms, 1, range(3), 1))
    chunks = [*replications_in_order(arms, 1, range(1), 1), *replications_in_order(arms, 1, range(1, 3), 1)]
    alone = [replicate(arms, 1, number) for number in (2, 1, 0)][::-1]
    for one, chunk, single in zip(whole, chunks, alone, strict=True):
        assert_same(one[0], chunk[0])
        assert_same(one[0], single[0])
        assert one[1] == chunk[1] == single[1]


@pytest.mark.slow
def test_both_engines_give_the_same_run() -> None:
    """Law: the compiled line is the SimPy line, to the minute, through a whole run with feedback."""
    case = small_case("regime=alliance_rule")
    assert_same(run(dc.replace(case, engine="simpy"), 1, 0), run(case, 1, 0))


def test_both_engines_give_the_same_months() -> None:
    """Law: the same over the first six weeks, where finds, delays and beliefs are compared."""
    compiled, simpy = (WaterbedModel(dc.replace(small_case(), engine=engine), 1, 0) for engine in ("compiled", "simpy"))
    for _ in range(42):
        compiled.step()
        simpy.step()
    assert compiled.physical.consignments.tobytes() == simpy.physical.consignments.tobytes()
    assert compiled.physical.control_totals.tolist() == simpy.physical.control_totals.tolist()
    assert compiled.enforcement.posture.log_odds.tobytes() == simpy.enforcement.posture.log_odds.tobytes()
    assert compiled.physical.control_totals.sum() > 0


def test_the_model_is_freed_after_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: nothing holds on to a model once its tables are made, so memory stays flat."""
    references = []

    class Watched(WaterbedModel):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            references.append(weakref.ref(self))

    monkeypatch.setattr(run_module, "WaterbedModel", Watched)
    assert run(small_case(), 1, 0)["runs"].num_rows == 1
    gc.collect()
    assert [reference() for reference in references] == [None]
