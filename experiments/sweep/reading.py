"""A sweep read back: views in DuckDB over its files, which stay on disk, and outcomes by point and replication."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.store import PREFIX
from experiments.sweep.layout import verified_table
from scenarios.errors import InputError
from sim.streams import Floats
from sim.tables import RUN_TABLES

if TYPE_CHECKING:
    import duckdb

DESIGN = "design.parquet"
ASKED = "sweep.json"
FAILURES = "failures"
KEYS = ("point", "replication")
MEMORY_MB = 1024
"""For DuckDB; what needs more goes to the folder for temporary files."""
_NO_FACTORS = ("point", "name")
_DAMAGED = (OSError, ValueError, KeyError, pa.ArrowException)


@dataclass(frozen=True, slots=True)
class FactorColumn:
    """A column of the design: numeric, or with levels as text, in the order in which they first occur."""

    name: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a sweep there is."""

    points: int
    replications: int
    done: int
    failed: int

    @property
    def missing(self) -> int:
        """Return the number of runs that are neither done nor failed."""
        return self.points * self.replications - self.done - self.failed

    @property
    def is_complete(self) -> bool:
        """Return whether every run of the plan is there."""
        return self.done == self.points * self.replications


class SweepReader:
    """Views over the files of a sweep; use as a context manager.

    ``connection`` has the views ``design``, ``runs``, ``failures`` (of runs that are still not done) and one for each
    further table. Rows of runs carry point, replication and the factors of the design. Files are read as a query
    needs them: a folder may be larger than memory. As DuckDB does not look at checksums, every page of a table is held
    against its own before the first query of that table, one file after the other.
    """

    def __init__(self, folder: Path, *, memory_mb: int = MEMORY_MB) -> None:
        """Open the folder of a sweep.

        Args:
            folder: what ``waterbed sweep`` has written, complete or not.
            memory_mb: that DuckDB may take.

        Raises:
            InputError: no sweep there, a damaged file, or files that are not of one sweep.
        """
        import duckdb

        self.folder = folder
        self.asked = _asked(folder)
        self._errors = duckdb.Error
        self._verified: set[str] = set()
        design = _design(folder)
        self.facts = {
            key.removeprefix(PREFIX).decode(): value.decode()
            for key, value in (design.schema.metadata or {}).items()
            if key.startswith(PREFIX)
        }
        self.kind = self.facts.get("design.kind", "table")
        self.replications = int(self.asked["question"]["replications"])
        self.seed = int(self.asked["question"]["seed"])
        self.factors = tuple(_factors(design, self.facts))
        self.design = design
        self._spill = tempfile.TemporaryDirectory(prefix="waterbed-")
        settings: dict[str, Any] = {
            "memory_limit": f"{memory_mb}MB", "temp_directory": self._spill.name, "preserve_insertion_order": False,
        }  # fmt: skip
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=settings)
        try:
            self._make_views()
            self._check_rows()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SweepReader:
        """Return the reader."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connection and remove what it put aside."""
        self.connection.close()
        self._spill.cleanup()

    @property
    def points(self) -> int:
        """Return the number of points of the design."""
        return int(self.design.num_rows)

    @property
    def base(self) -> dict[str, Any]:
        """Return the case that every point starts from, as plain data; empty if the files do not say."""
        found: dict[str, Any] = next(iter(json.loads(self.facts.get("cases", "{}")).values()), {})
        return found

    def query(self, sql: str) -> pa.Table:
        """Return what a query answers, for which it must fit into memory.

        Raises:
            InputError: a file is damaged, or the query is not one.
        """
        for name in RUN_TABLES:
            if name in sql:
                self._verify(name)
        try:
            return self.connection.sql(sql).to_arrow_table()
        except self._errors as error:
            raise self._explain(error) from None

    def progress(self) -> Progress:
        """Return how many runs are done and how many failed."""
        done, failed = (
            self.query(f"select count(*) as n from {table}")["n"][0].as_py() for table in ("runs_files", FAILURES)
        )
        return Progress(self.points, self.replications, done, failed)

    def outcome(self, column: str) -> Floats:
        """Return a column of the runs, shape (points, replications), NaN where a run is not there.

        Raises:
            InputError: a run has a value that is not finite, or a file is damaged.
        """
        values = np.full((self.points, self.replications), np.nan)
        sql = f"select point, replication, {_quoted(column)}::double as value from runs_files"
        try:
            is_finite = True
            batches: pa.RecordBatchReader = self.connection.sql(sql).to_arrow_reader()
            for batch in batches:
                at = tuple(batch[key].to_numpy(zero_copy_only=False) for key in KEYS)
                read = batch["value"].to_numpy(zero_copy_only=False)
                is_finite = is_finite and bool(np.isfinite(read).all())
                values[at] = read
        except self._errors as error:
            raise self._explain(error) from None
        if not is_finite:
            raise self._not_finite(column)
        return values

    def failure_counts(self) -> list[tuple[str, int, str]]:
        """Return kind, number and one message of the runs that failed, the most frequent kind first."""
        what = "kind, count(*)::bigint as runs, min(message) as message"
        sql = f"select {what} from {FAILURES} group by kind order by 2 desc, 1"
        return [(row["kind"], row["runs"], row["message"]) for row in self.query(sql).to_pylist()]

    def _verify(self, name: str) -> None:
        """Hold every page of a table against its checksum, once."""
        if name not in self._verified:
            for path in _files(self.folder / name):
                try:
                    verify(path)
                except _DAMAGED as problem:
                    raise _damaged(path, problem) from None
            self._verified.add(name)

    def _make_views(self) -> None:
        for name in ("runs", FAILURES):
            self._verify(name)
        self.connection.execute(f"create view design as from {_parquet([self.folder / DESIGN])}")
        factors = "".join(f", design.{_quoted(factor.name)}" for factor in self.factors)
        ended = {path.name for path in _files(self.folder / "runs")}
        for name in RUN_TABLES:
            # A chunk writes its runs last: further tables without them are of one that never ended.
            if files := [path for path in _files(self.folder / name) if path.name in ended]:
                self._view(f"{name}_files", files)
                self.connection.execute(
                    f"create view {name} as select {name}_files.*{factors} from {name}_files join design using (point)"
                )
        if not ended:
            raise InputError(f"{self.folder}: no run of this sweep is done; allowed: a sweep that has begun.")
        if files := _files(self.folder / FAILURES):
            self._view("failures_files", files)
            self.connection.execute(
                f"create view {FAILURES} as from failures_files anti join runs_files using (point, replication)"
            )
        else:
            none = "0::bigint as point, 0 as replication, '' as kind, '' as message"
            self.connection.execute(f"create view {FAILURES} as select {none} limit 0")

    def _view(self, name: str, files: list[Path]) -> None:
        try:
            self.connection.execute(f"create view {name} as from {_parquet(files)}")
        except self._errors as error:
            raise self._explain(error) from None

    def _check_rows(self) -> None:
        row = self.query(
            "select count(*) as rows, count(distinct (point, replication)) as runs, min(point) as first, max(point) as "
            "last, max(replication) as replication from runs_files"
        ).to_pylist()[0]
        if row["rows"] != row["runs"]:
            raise InputError(
                f"{self.folder}: {row['rows'] - row['runs']} of its runs are there twice; allowed: the files of one "
                "sweep as they were written."
            )
        if row["rows"] and (row["first"] < 0 or row["last"] >= self.points or row["replication"] >= self.replications):
            raise InputError(
                f"{self.folder}: its runs go up to point {row['last']}, replication {row['replication']}; allowed: "
                f"{self.points} points and {self.replications} replications, as its design says."
            )
        digests = {self.facts["sweep"]} if "sweep" in self.facts else set()
        files = ", ".join(_text(path) for path in _files(self.folder / "runs"))
        digests |= {
            bytes(found["value"]).decode()
            for found in self.query(
                f"select distinct value from parquet_kv_metadata([{files}]) where key = 'waterbed.sweep'::blob"
            ).to_pylist()
        }
        if len(digests) > 1:
            raise InputError(f"{self.folder}: its files are of {len(digests)} sweeps; allowed: those of one.")

    def _not_finite(self, column: str) -> InputError:
        name = _quoted(column)
        where = f"runs_files where {name} is null or not isfinite({name}::double)"
        rows = self.query(f"select point, replication, {name}::double as value from {where} order by 1, 2").to_pylist()
        first = rows[0]
        return InputError(
            f"{column}: {first['value']} at point {first['point']}, replication {first['replication']}, and in "
            f"{len(rows) - 1} other runs of {self.folder}; allowed: finite values."
        )

    def _explain(self, error: Exception) -> InputError:
        for name in (*RUN_TABLES, FAILURES):
            for path in _files(self.folder / name):
                try:
                    verify(path)
                except _DAMAGED as problem:
                    return _damaged(path, problem)
        return InputError(f"{self.folder}: {str(error).splitlines()[0]}.")


def verify(path: Path) -> None:
    """Hold every page of a file against its checksum, some rows at a time.

    Raises:
        OSError: a page does not verify, or there is no such file.
        ArrowException: it is not a Parquet file, or ends too early.
    """
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for _ in file.iter_batches():
            pass


def _damaged(path: Path, problem: Exception) -> InputError:
    return InputError(
        f"{path}: cannot be read ({(str(problem).splitlines() or ['no reason given'])[0]}); the same `waterbed sweep` "
        "again sets it aside and does its runs anew."
    )


def _asked(folder: Path) -> dict[str, Any]:
    try:
        asked = json.loads((folder / ASKED).read_text("utf-8"))
        return {**asked, "question": {"seed": 0, **asked["question"]}}
    except FileNotFoundError:
        raise InputError(
            f"{folder}: no sweep here ({ASKED} is missing); allowed: a folder of `waterbed sweep`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / ASKED}: cannot be read ({error!r}).") from None


def _design(folder: Path) -> pa.Table:
    path = folder / DESIGN
    try:
        design = verified_table(path)
    except FileNotFoundError:
        raise InputError(f"{folder}: no sweep here ({DESIGN} is missing).") from None
    except _DAMAGED as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]}).") from None
    numbers = design["point"].to_numpy() if "point" in design.column_names else np.empty(0)
    if not numbers.size or (numbers != np.arange(numbers.size)).any():
        raise InputError(f"{path}: its points are not numbered from 0 on; allowed: the design of a sweep.")
    return design


def _factors(design: pa.Table, facts: Mapping[str, str]) -> Iterator[FactorColumn]:
    """Yield what varies: what the design says, or else every column but those that number and name the points."""
    said = {factor["name"]: tuple(factor["levels"]) for factor in json.loads(facts.get("design.factors", "[]"))}
    for field in design.schema:
        if (said and field.name not in said) or field.name in _NO_FACTORS:
            continue
        if pa.types.is_floating(field.type) or pa.types.is_integer(field.type):
            yield FactorColumn(field.name)
        else:
            found = design[field.name].cast(pa.string()).unique().to_pylist()
            yield FactorColumn(
                field.name, tuple(level for level in said.get(field.name, ()) if level in found) or _ordered(found)
            )


def _ordered(levels: list[str]) -> tuple[str, ...]:
    """Return levels in the order of their first point, numbers in that of their size."""
    with suppress(ValueError):
        return tuple(sorted(levels, key=float))
    return tuple(levels)


def _files(folder: Path) -> list[Path]:
    """Return the finished files of a table, none that is being written or was set aside."""
    return sorted(path for path in folder.glob("*.parquet") if not path.name.startswith("."))


def _parquet(files: list[Path]) -> str:
    return f"read_parquet([{', '.join(map(_text, files))}])"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
