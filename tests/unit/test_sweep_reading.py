"""Sweeps are read where they lie: factors joined, what is missing or damaged said, nothing that is not finite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.sweep.reading import FactorColumn, SweepReader
from scenarios.errors import InputError
from tests.analysis_cases import fabricate, runs_table

LANDED = np.array([[1.0, 2.0], [3.0, 5.0], [7.0, 11.0]])
FACTORS = {"market.elasticity": [0.5, 0.1, 0.9], "regime": ["b", "a", "b"]}


def test_runs_carry_their_factors(tmp_path: Path) -> None:
    folder = fabricate(tmp_path / "it's", "table", FACTORS, LANDED, chunk=4)
    with SweepReader(folder) as reader:
        rows = reader.query(
            'select point, replication, landed_g, regime, "market.elasticity" as e from runs order by 1, 2'
        )
        assert rows["landed_g"].to_pylist() == (LANDED.ravel() * 1e6).tolist()
        assert rows["regime"].to_pylist() == ["b", "b", "a", "a", "b", "b"]
        assert rows["e"].to_pylist() == [0.5, 0.5, 0.1, 0.1, 0.9, 0.9]
        assert reader.factors == (FactorColumn("market.elasticity"), FactorColumn("regime", ("a", "b")))
        assert np.array_equal(reader.outcome("landed_g"), LANDED * 1e6)
        assert reader.progress().is_complete
        assert reader.base["horizon_years"] == 2


def test_further_tables_are_views_of_chunks_that_ended(tmp_path: Path) -> None:
    """A chunk writes its runs last: a file of another table without them is of a chunk that never ended."""
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED, chunk=3)
    (folder / "port_month").mkdir()
    for name, point in (("00000000", 0), ("00000003", 1), ("unended", 2)):
        table = pa.table({"point": pa.array([point], pa.int64()), "place": ["NLRTM"], "found": [point * 10]})
        pq.write_table(table, folder / "port_month" / f"{name}.parquet")
    with SweepReader(folder) as reader:
        rows = reader.query("select regime, found from port_month order by found")
    assert rows.to_pydict() == {"regime": ["b", "a"], "found": [0, 10]}


def test_what_is_missing_and_failed_is_counted(tmp_path: Path) -> None:
    """A failure that was made good by a later run counts no more."""
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED, leave_out=[(0, 1)], failed=[(2, 0), (2, 1)])
    with SweepReader(folder) as reader:
        progress = reader.progress()
        assert (progress.done, progress.failed, progress.missing) == (3, 2, 1)
        assert reader.failure_counts() == [("error", 2, "no\nmore")]
        values = reader.outcome("landed_g")
    assert np.array_equal(np.isnan(values), [[False, True], [False, False], [True, True]])
    pq.write_table(runs_table([(2, 0)], np.array([7.0])), folder / "runs" / "again.parquet")
    with SweepReader(folder) as reader:
        progress = reader.progress()
    assert (progress.done, progress.failed, progress.missing) == (4, 1, 1)


def test_files_set_aside_or_being_written_are_not_read(tmp_path: Path) -> None:
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED)
    (folder / "runs" / ".00000000.parquet-7").write_bytes(b"half")
    (folder / "runs" / ".half.parquet").write_bytes(b"half")
    (folder / "runs" / "00000009.damaged").write_bytes(b"half")
    with SweepReader(folder) as reader:
        assert reader.progress().done == 6


def test_a_value_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    landed = LANDED.copy()
    folder = fabricate(tmp_path / "s", "table", FACTORS, landed)
    path = folder / "runs" / "00000000.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("price_eur_per_kg")
    prices = pa.array([1.0, np.nan, 1.0, np.inf, 1.0, 1.0])
    pq.write_table(table.set_column(place, "price_eur_per_kg", prices), path)
    with SweepReader(folder) as reader:
        assert np.array_equal(reader.outcome("landed_g"), LANDED * 1e6)
        with pytest.raises(InputError, match="price_eur_per_kg: nan at point 0, replication 1, and in 1 other runs"):
            reader.outcome("price_eur_per_kg")


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED, chunk=2)
    path = folder / "runs" / "00000002.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"00000002.parquet: cannot be read .* again\s+sets it aside"):
        SweepReader(folder)


def test_runs_that_are_there_twice_or_not_of_the_design_are_refused(tmp_path: Path) -> None:
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED)
    more = folder / "runs" / "more.parquet"
    pq.write_table(runs_table([(1, 1)], np.array([1.0])), more)
    with pytest.raises(InputError, match="1 of its runs are there twice"):
        SweepReader(folder)
    pq.write_table(runs_table([(3, 0)], np.array([1.0])), more)
    with pytest.raises(InputError, match="go up to point 3"):
        SweepReader(folder)


def test_files_of_two_sweeps_are_refused(tmp_path: Path) -> None:
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED, leave_out=[(2, 1)])
    pq.write_table(runs_table([(2, 1)], np.array([1.0]), digest="other"), folder / "runs" / "more.parquet")
    with pytest.raises(InputError, match="its files are of 2 sweeps"):
        SweepReader(folder)


def test_what_is_no_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no sweep here \(sweep.json is missing\)"):
        SweepReader(tmp_path)
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED, leave_out=[(p, r) for p in range(3) for r in range(2)])
    with pytest.raises(InputError, match="no run of this sweep is done"):
        SweepReader(folder)
    (folder / "sweep.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"sweep.json: cannot be read"):
        SweepReader(folder)


def test_memory_is_limited_and_what_does_not_fit_goes_to_files(tmp_path: Path) -> None:
    """A table of 160 MB is sorted and counted with 64 MB; nothing is left behind."""
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED)
    (folder / "port_month").mkdir()
    rows = 2_000_000
    table = pa.table({
        "point": pa.array(np.arange(rows) % 3, pa.int64()), "a": pa.array(np.arange(rows) * 7919 % rows, pa.int64()),
    })  # fmt: skip
    for name in ("00000000",):
        pq.write_table(pa.concat_tables([table] * 5), folder / "port_month" / f"{name}.parquet")
    with SweepReader(folder, memory_mb=64) as reader:
        (limit,) = reader.query("select current_setting('memory_limit') as m")["m"].to_pylist()
        assert limit.startswith("61.0 MiB")
        got = reader.query(
            "select regime, count(*) as n, sum(a)::bigint as a from port_month group by regime order by 1"
        )
        assert got["n"].to_pylist() == [5 * 666_667, 5 * 1_333_333]
        assert sum(got["a"].to_pylist()) == 5 * rows * (rows - 1) // 2
        spill = Path(reader._spill.name)
        assert spill.is_dir()
    assert not spill.exists()


def test_a_flipped_bit_is_refused_or_changes_no_number(tmp_path: Path) -> None:
    """DuckDB reads it as another number; held against the checksums of its pages, the file is named instead."""
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED, chunk=2)
    path = folder / "runs" / "00000002.parquet"
    whole = path.read_bytes()
    column = next(
        chunk for i in range(pq.read_metadata(path).num_columns)
        if (chunk := pq.read_metadata(path).row_group(0).column(i)).path_in_schema == "landed_g"
    )  # fmt: skip
    first = column.dictionary_page_offset or column.data_page_offset
    places = [first + column.total_compressed_size - 1, *range(4, len(whole) - 8, 97)]
    refused = []
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        try:
            with SweepReader(folder) as reader:
                assert np.array_equal(reader.outcome("landed_g"), LANDED * 1e6), place
        except InputError as problem:
            refused.append(place)
            assert folder.name in str(problem)
    assert places[0] in refused
    assert len(refused) > len(places) / 10


def test_damage_in_a_further_table_is_refused_when_it_is_asked_for(tmp_path: Path) -> None:
    folder = fabricate(tmp_path / "s", "table", FACTORS, LANDED, chunk=6)
    (folder / "port_month").mkdir()
    path = folder / "port_month" / "00000000.parquet"
    found = np.arange(3) * 1_000_003
    table = pa.table({"point": pa.array(range(3), pa.int64()), "found": found})
    pq.write_table(table, path, write_page_checksum=True, use_dictionary=False, compression="none")
    stored = found.astype("<i8").tobytes()
    written = path.read_bytes()
    place = written.index(stored)
    path.write_bytes(written[:place] + bytes([stored[0] ^ 1]) + written[place + 1 :])
    with SweepReader(folder) as reader:
        assert reader.progress().is_complete
        with pytest.raises(InputError, match=r"port_month.00000000.parquet: cannot be read"):
            reader.query("select found from port_month")
