"""Results: a folder appears whole under its name or not at all, and three libraries read it in one line."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from experiments.provenance import provenance
from experiments.run import run
from experiments.settings import load
from experiments.store import ResultWriter, read_table
from scenarios.case import Case
from scenarios.errors import InputError
from sim.recorder import make_table
from sim.tables import MARKET_MONTH

MASSES = np.array([3, 5, 7]) * 10**12


def market(arm: str = "frozen", replication: int = 0) -> pa.Table:
    """Return three months of the market of one run."""
    rows = MASSES.size
    columns = {
        "arm": np.zeros(rows, np.int32),
        "replication": np.full(rows, replication),
        "month": 202401 + np.arange(rows),
        "price_eur_per_kg": np.full(rows, 3e4),
        "landed_g": MASSES,
        "consumed_g": MASSES // 2,
        "reexported_g": MASSES // 4,
        "seized_inland_g": np.zeros(rows, np.int64),
        "stock_g": MASSES - MASSES // 2 - MASSES // 4,
    }
    return make_table(MARKET_MONTH, columns, {"arm": (arm,)})


def hidden(root: Path) -> list[Path]:
    """Return what was left behind."""
    return [path for path in root.iterdir() if path.name.startswith(".")]


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    with ResultWriter(tmp_path, "whole", {}) as writer:
        writer.write("market_month", market("frozen"))
        writer.write("market_month", market("none", 1))
        assert not writer.path.exists()
    table = read_table(tmp_path / "whole", "market_month")
    assert table["arm"].to_pylist() == ["frozen"] * 3 + ["none"] * 3
    assert table.schema.field("landed_g").metadata[b"unit"] == b"g"
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("problem", [RuntimeError("a bug"), KeyboardInterrupt()])
def test_nothing_is_left_of_what_failed(tmp_path: Path, problem: BaseException) -> None:
    with pytest.raises(type(problem)), ResultWriter(tmp_path, "half", {}) as writer:
        writer.write("market_month", market())
        raise problem
    assert list(tmp_path.iterdir()) == []


def test_a_new_result_replaces_the_old_one(tmp_path: Path) -> None:
    for arm in ("frozen", "none"):
        with ResultWriter(tmp_path, "same", {}) as writer:
            writer.write("market_month", market(arm))
    assert set(read_table(tmp_path / "same", "market_month")["arm"].to_pylist()) == {"none"}
    assert [path.name for path in tmp_path.iterdir()] == ["same"]


def test_a_failure_keeps_the_old_one(tmp_path: Path) -> None:
    with ResultWriter(tmp_path, "same", {}) as writer:
        writer.write("market_month", market("frozen"))
    with pytest.raises(RuntimeError), ResultWriter(tmp_path, "same", {}) as writer:
        writer.write("market_month", market("none"))
        raise RuntimeError
    assert set(read_table(tmp_path / "same", "market_month")["arm"].to_pylist()) == {"frozen"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(InputError, match=r"file/results cannot be written .*results=FOLDER"):
        ResultWriter(tmp_path / "file" / "results", "any", {})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "is full"), (errno.EROFS, "cannot be written")])
@pytest.mark.parametrize("step", ["write_table", "close"])
def test_a_full_disk_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, words: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, "no more")

    monkeypatch.setattr(pq.ParquetWriter, step, fail)
    with pytest.raises(InputError, match=words) as caught, ResultWriter(tmp_path, "any", {}) as writer:
        writer.write("market_month", market())
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no results here \(runs.parquet is missing\)"):
        read_table(tmp_path, "runs")
    (tmp_path / "runs.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match=r"runs\.parquet: cannot be read"):
        read_table(tmp_path, "runs")


def test_three_libraries_read_it_in_one_line(tmp_path: Path) -> None:
    with ResultWriter(tmp_path, "read", {}) as writer:
        writer.write("market_month", market())
    path = str(writer.path / "market_month.parquet")
    expected = int(MASSES.sum())
    assert duckdb.sql(f"select sum(landed_g)::bigint from '{path}' where arm = 'frozen'").fetchall() == [(expected,)]
    assert pl.read_parquet(path)["landed_g"].sum() == expected
    assert pd.read_parquet(path)["landed_g"].sum() == expected


def test_a_file_says_where_it_comes_from(tmp_path: Path) -> None:
    case, settings = load(["world=three_ports", "seed=7"])
    facts = provenance({"frozen": case}, settings, "waterbed run world=three_ports seed=7")
    with ResultWriter(tmp_path, "told", facts) as writer:
        writer.write("market_month", market())
    metadata = {
        key.decode(): value.decode() for key, value in read_table(writer.path, "market_month").schema.metadata.items()
    }
    assert facts.items() <= metadata.items()
    assert json.loads(metadata["waterbed.cases"])["frozen"] == json.loads(json.dumps(case.as_dict()))
    assert json.loads(metadata["waterbed.case_digests"])["frozen"] == case.digest()
    assert metadata["waterbed.seed"] == "7"
    assert {"mesa", "numba", "pyarrow"} <= set(json.loads(metadata["waterbed.libraries"]))
    assert len(metadata["waterbed.data_hash"]) == 32


def test_a_row_can_be_reproduced_from_the_file_alone(tmp_path: Path) -> None:
    """The case in a file's metadata, its seed and replication give the same row again."""
    settings = ["world=three_ports", "world.entry_ports=[BEANR]", "horizon_years=1", "burn_in_start='2023-12-01'"]
    assert main(["run", *settings, "replication=3", f"results={tmp_path}"]) == 0
    (folder,) = tmp_path.iterdir()
    stored = pq.read_table(folder / "runs.parquet")
    cases = json.loads(stored.schema.metadata[b"waterbed.cases"])
    row = stored.to_pylist()[0]
    again = run(Case.from_dict(cases[row["arm"]]), row["seed"], row["replication"], row["arm"])
    assert again["runs"].to_pylist() == [row]
