"""Reading sweeps: 100,000 rows of runs in 100 files summarised by regime, and a folder larger than its memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.sweep.reading import SweepReader
from tests.analysis_cases import cube, fabricate

POINTS, REPLICATIONS, FILES = 50_000, 2, 100
BY_REGIME = "select regime, count(*) as runs, avg(landed_g) as g, stddev(landed_g) as sd from runs group by regime"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sweep of 100,000 runs."""
    arms = ["frozen", "national_rule", "alliance_rule", "alliance_best"]
    landed = 100 + cube(POINTS * REPLICATIONS, 1).reshape(POINTS, REPLICATIONS)
    factors = {"choice.temperature_eur_per_kg": cube(POINTS, 1)[:, 0].tolist(), "regime": arms * (POINTS // 4)}
    place = tmp_path_factory.mktemp("sweep") / "s"
    return fabricate(place, "grid", factors, landed, chunk=POINTS * REPLICATIONS // FILES)


@pytest.mark.bench
@pytest.mark.benchmark(group="reading a sweep")
def test_a_summary_by_regime(benchmark: Any, folder: Path) -> None:
    """Opening the folder, checking its runs, and the summary; the aim is one second."""
    assert len(list((folder / "runs").glob("*.parquet"))) == FILES

    def summarise() -> pa.Table:
        with SweepReader(folder) as reader:
            return reader.query(BY_REGIME)

    table = benchmark.pedantic(summarise, rounds=5, warmup_rounds=1)
    assert table["runs"].to_pylist() == [25_000] * 4
    print(f"\n100,000 rows in {FILES} files by regime: {benchmark.stats.stats.median:.3f} s")


@pytest.mark.bench
@pytest.mark.benchmark(group="reading a sweep")
def test_an_outcome_as_an_array(benchmark: Any, folder: Path) -> None:
    """One column of all runs, by point and replication."""
    with SweepReader(folder) as reader:
        values = benchmark.pedantic(reader.outcome, ("landed_g",), rounds=5, warmup_rounds=1)
    assert np.isfinite(values).all()


@pytest.mark.bench
@pytest.mark.benchmark(group="reading a sweep")
def test_a_table_larger_than_memory(benchmark: Any, folder: Path) -> None:
    """480 MB of a further table are grouped by 128 MB of memory."""
    made = folder / "port_month"
    made.mkdir(exist_ok=True)
    rows = 1_000_000
    for i, path in enumerate(sorted((folder / "runs").glob("*.parquet"))[:20]):
        points = (np.arange(rows) * 48_271 + i) % POINTS
        table = pa.table({"point": points, "replication": points % 2, "flow_g": np.arange(rows) * 104_729 % 1_000_003})
        pq.write_table(table, made / path.name, compression="none", use_dictionary=False)
    size_mb = sum(path.stat().st_size for path in made.iterdir()) / 1e6
    with SweepReader(folder, memory_mb=128) as reader:
        sql = "select point, replication, sum(flow_g)::bigint as g from port_month group by all"
        table = benchmark.pedantic(reader.query, (sql,), rounds=1)
    print(f"\n{size_mb:.0f} MB grouped by point with 128 MB")
    assert size_mb > 400
    assert table.num_rows == POINTS
