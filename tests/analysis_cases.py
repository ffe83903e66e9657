"""Folders of sweeps made without a model: the layout that sweeps have, and outcomes with known answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from sim.recorder import make_table
from sim.streams import Floats, Stream, Streams
from sim.tables import RUNS

YEARS = 2
NAMES = ("choice.temperature_eur_per_kg", "supply.mean_t_per_year", "market.elasticity")
"""Three factors; as parameters some exist and some do not, as in sweeps of other versions."""
BASE = {
    "world": {"name": "three_ports"}, "scenario": {"name": "flat", "about": "supply as it is"},
    "good": {"name": "cocaine", "about": "cocaine", "is_illustrative": False, "home_regions": "home_regions.csv"},
    "regime": {"name": "frozen"}, "start": "2024-01-01", "horizon_years": YEARS,
}  # fmt: skip
FACTS = {
    "version": "0", "commit": "0", "command": "waterbed sweep", "seed": "1", "settings": "{}", "data_hash": "0",
    "python": "3", "libraries": "{}", "case_digests": "{}", "cases": json.dumps({"base": BASE}),
}  # fmt: skip


def noise(rows: int, columns: int, seed: int = 1) -> Floats:
    """Return standard normal numbers."""
    return Streams(seed, 0).generator(Stream.LUCK).normal(size=(rows, columns))


def cube(points: int, factors: int, seed: int = 1) -> Floats:
    """Return uniforms, shape (points, factors)."""
    return Streams(seed, 1).uniforms(Stream.LUCK, np.arange(points), factors)


def problem(factors: int) -> dict[str, Any]:
    """Return a problem of SALib in the unit cube."""
    return {"num_vars": factors, "names": [f"x{i}" for i in range(factors)], "bounds": [[0.0, 1.0]] * factors}


def saltelli(base: int, factors: int = 3, *, is_second_order: bool = False) -> Floats:
    """Return points of a design of Saltelli in the unit cube."""
    points: Floats = sobol_sample.sample(problem(factors), base, calc_second_order=is_second_order, seed=3)
    return points


def trajectories(count: int, factors: int = 3) -> Floats:
    """Return points of a design of Morris in the unit cube, on four levels."""
    points: Floats = morris_sample.sample(problem(factors), count, num_levels=4, seed=3)
    return points


def ishigami(points: Floats) -> Floats:
    """Return sin a + 7 sin² b + 0.1 c⁴ sin a, with a, b, c uniform in (-pi, pi), of points in the unit cube."""
    a, b, c = (np.pi * (2 * points - 1)).T
    outcome: Floats = np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)
    return outcome


def runs_table(keys: Sequence[tuple[int, int]], landed_t: Floats, digest: str = "0") -> pa.Table:
    """Return rows of the table runs of a sweep, whose landed mass is given in tonnes over the window."""
    count = len(keys)
    columns: dict[str, Any] = {}
    for field in RUNS:
        zero: Any = [""] * count if pa.types.is_string(field.type) else np.zeros(count)
        columns[field.name] = zero if pa.types.is_string(field.type) else zero.astype(np.int64)
    columns |= {"replication": [r for _, r in keys], "landed_g": np.round(np.asarray(landed_t) * 1e6).astype(np.int64)}
    columns |= {name: np.zeros(count) for name in RUNS.names if pa.types.is_floating(RUNS.field(name).type)}
    columns["trade_cost_eur"] = np.asarray(landed_t, np.float64)
    table = make_table(RUNS, columns, {"arm": ("frozen",)})
    table = table.add_column(0, "point", pa.array([p for p, _ in keys], pa.int64()))
    facts = {f"waterbed.{name}": value for name, value in FACTS.items()}
    return table.replace_schema_metadata({**facts, "waterbed.sweep": digest})


def fabricate(
    folder: Path, kind: str, factors: Mapping[str, Sequence[float] | Sequence[str]], landed_t: Floats, *,
    chunk: int = 1000, steps: Floats | None = None, leave_out: Sequence[tuple[int, int]] = (),
    failed: Sequence[tuple[int, int]] = (), regime: str = "frozen",
) -> Path:  # fmt: skip
    """Write the folder of a sweep.

    Args:
        folder: where to.
        kind: of design.
        factors: columns of the design by name; text has levels.
        landed_t: shape (points, replications), tonnes over the window.
        chunk: runs in a file.
        steps: coordinates in the unit cube.
        leave_out: runs (point, replication) that were not run.
        failed: runs that failed.
        regime: of the base case.
    """
    points, replications = landed_t.shape
    (folder / "runs").mkdir(parents=True)
    said = [
        {
            "name": name,
            "prior": None,
            "levels": sorted(set(map(str, v))) if isinstance(v[0], str) else [],
            "is_whole": False,
        }
        for name, v in factors.items()
    ]
    columns = {"point": pa.array(range(points), pa.int64()), **{name: pa.array(v) for name, v in factors.items()}}
    for i, name in enumerate(factors):
        if steps is not None:
            columns[f"u_{name}"] = pa.array(steps[:, i])
    facts = {**FACTS, "cases": json.dumps({"base": {**BASE, "regime": {"name": regime}}}), "design.kind": kind,
             "design.factors": json.dumps(said)}  # fmt: skip
    design = pa.table(columns).replace_schema_metadata({f"waterbed.{name}": text for name, text in facts.items()})
    pq.write_table(design, folder / "design.parquet")
    question = {"base": regime, "design": "0", "replications": replications, "seed": 1, "tables": []}
    (folder / "sweep.json").write_text(json.dumps({"question": question, "version": "0"}), "utf-8")
    gone = {*leave_out, *failed}
    keys = [(p, r) for p in range(points) for r in range(replications) if (p, r) not in gone]
    for start in range(0, len(keys), chunk):
        some = keys[start : start + chunk]
        table = runs_table(some, np.array([landed_t[key] for key in some]))
        pq.write_table(table, folder / "runs" / f"{start:08d}.parquet", compression="zstd", write_page_checksum=True)
    if failed:
        (folder / "failures").mkdir()
        rows = {"point": [p for p, _ in failed], "replication": [r for _, r in failed], "kind": ["error"] * len(failed),
                "message": ["no\nmore"] * len(failed)}  # fmt: skip
        pq.write_table(pa.table(rows), folder / "failures" / "0.parquet")
    return folder
