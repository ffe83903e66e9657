"""The folder of a sweep: one Parquet file a chunk and table, each written aside and renamed when complete.

    design.parquet  sweep.json  status.json  lock
    runs/CHUNK.parquet  failures/CHUNK.parquet  port_month/CHUNK.parquet ...

A chunk writes ``runs`` last, be it empty: where that file is, the others are complete. Every page of a file has a
checksum; a chunk with a damaged file steps aside as a whole, to be done again. So does one whose files were not
written together, or that has a run of another chunk: workers that outlive their command may write late.
"""

from __future__ import annotations

import json
import os
import platform
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.store import explain_write
from scenarios.errors import InputError
from sim.streams import Ints
from sim.sweep_tables import FAILURES, in_sweep
from sim.tables import RUN_TABLES

RUNS, FAILED = "runs", "failures"
DESIGN, QUESTION, STATUS, LOCK, STUCK = "design.parquet", "sweep.json", "status.json", "lock", "stuck.log"
DAMAGED, DOUBLED = ".damaged", ".doubled"
"""Endings of files that have stepped aside."""
_KEYS = ("point", "replication")
_WRITTEN = "waterbed.written"
"""Metadata that the files of a chunk share which were written together."""


class MixedFilesError(Exception):
    """The files of a chunk are of two writers."""


def schema_of(name: str) -> pa.Schema:
    """Return the schema of a table of a sweep."""
    return FAILURES if name == FAILED else in_sweep(RUN_TABLES[name], has_seconds=name == RUNS)


@dataclass(frozen=True, slots=True)
class Kept:
    """A chunk that is there and verifies: its runs that ended well, and those that failed."""

    name: str
    done: tuple[Ints, Ints]
    """Points and replications."""
    failed: tuple[Ints, Ints]
    seconds: float
    """That its runs took together."""


@dataclass(frozen=True, slots=True)
class SweepFolder:
    """A folder, and the tables kept in it beside runs and failures."""

    path: Path
    tables: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return all tables in the order in which a chunk writes them."""
        return (*self.tables, FAILED, RUNS)

    def file(self, name: str, chunk: str) -> Path:
        """Return the place of a table of a chunk."""
        return self.path / name / f"{chunk}.parquet"

    def make(self) -> None:
        """Make the folder and those of its tables.

        Raises:
            InputError: it cannot be written.
        """
        try:
            for name in self.names:
                (self.path / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain_write(error, self.path.parent) from None

    def write_chunk(
        self, chunk: str, tables: Mapping[str, pa.Table], facts: Mapping[str, str], command: str = ""
    ) -> bool:
        """Write the tables of a chunk, ``failures`` only if there are any; return whether all are written.

        Args:
            chunk: its name.
            tables: all tables of the folder.
            facts: metadata of the files.
            command: token of the command that asked for it; once that command holds the folder no more, nothing of
                the chunk is written any more. Empty if none holds it.

        Raises:
            InputError: the disk is full, or the folder has become unwritable.
        """
        stamp = {**facts, "waterbed.chunk": chunk, _WRITTEN: uuid.uuid4().hex}
        for name in self.names:
            if command and self.holder() != command:
                return False
            path = self.file(name, chunk)
            if name == FAILED and not tables[name].num_rows:
                # One of an earlier time would be counted although its runs ended well now.
                _remove(path)
                continue
            schema = schema_of(name)
            schema = schema.with_metadata({**(schema.metadata or {}), **stamp})
            write_table(path, tables[name].cast(schema).unify_dictionaries())
        return True

    def holder(self) -> str:
        """Return the token of the command that holds the folder, empty if none does."""
        try:
            return str(json.loads((self.path / LOCK).read_text("utf-8"))["token"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def write_json(self, name: str, content: Any) -> None:
        """Write a file of facts.

        Raises:
            InputError: the disk is full, or the folder has become unwritable.
        """
        path = self.path / name
        with _aside(path) as aside:
            aside.write_text(json.dumps(content, indent=1) + "\n", "utf-8")

    def read_json(self, name: str) -> Any:
        """Return a file of facts, None if there is none.

        Raises:
            InputError: it is damaged.
        """
        try:
            return json.loads((self.path / name).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path / name}: cannot be read ({error}); choose another results=FOLDER.") from None

    def chunks(self) -> list[str]:
        """Return the names of the chunks that have ended, in order of their first run."""
        return sorted(path.stem for path in (self.path / RUNS).glob("[!.]*.parquet"))

    def kept(self, *, is_only_looked_at: bool = False) -> Iterator[Kept]:
        """Yield the chunks that are there, each file of them read and verified; the others step aside.

        Files of chunks that never ended are removed.

        Args:
            is_only_looked_at: change nothing in the folder.

        Raises:
            InputError: the folder cannot be written.
        """
        ended = self.chunks()
        if not is_only_looked_at:
            self._remove_unended(set(ended))
        for chunk in ended:
            try:
                yield self._verified(chunk)
            except (OSError, pa.ArrowException, KeyError, MixedFilesError) as error:
                if not is_only_looked_at:
                    self.set_aside(chunk, DAMAGED, _first_line(error))

    def set_failures_aside(self) -> int:
        """Have the failed runs count as never run, and return how many there were; their files stay as ``*.retried``.

        Raises:
            InputError: the folder cannot be written.
        """
        count = 0
        for path in sorted((self.path / FAILED).glob("[!.]*.parquet")):
            runs = self.file(RUNS, path.stem)
            try:
                count += verified_table(path).num_rows
            except (OSError, pa.ArrowException):
                continue  # damaged: its chunk steps aside as a whole when it is read
            try:
                os.replace(path, path.with_suffix(".retried"))
                # A chunk of nothing but failures has not ended any more: the same chunk will be done again.
                if runs.exists() and not pq.read_metadata(runs).num_rows:
                    runs.unlink()
            except OSError as error:
                raise explain_write(error, self.path.parent) from None
        return count

    def table(self, name: str) -> pa.Table:
        """Return a whole table in canonical order, for sweeps that fit into memory.

        Raises:
            InputError: a file is damaged.
        """
        parts = []
        for chunk in self.chunks():
            path = self.file(name, chunk)
            try:
                if name != FAILED or path.exists():
                    parts.append(verified_table(path).replace_schema_metadata(None))
            except (OSError, pa.ArrowException) as error:
                raise InputError(f"{path}: cannot be read ({_first_line(error)}); do the sweep again.") from None
        whole = pa.concat_tables(parts) if parts else schema_of(name).empty_table()
        return whole.unify_dictionaries().sort_by([(key, "ascending") for key in _KEYS])

    def _verified(self, chunk: str) -> Kept:
        tables = {name: self.file(name, chunk) for name in self.names}
        keys = {}
        seconds = 0.0
        stamps = set()
        for name, path in tables.items():
            if name == FAILED and not path.exists():
                keys[name] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
                continue
            table = verified_table(path)
            stamps.add((table.schema.metadata or {}).get(_WRITTEN.encode()))
            if name in (RUNS, FAILED):
                point, replication = (table[key].to_numpy().astype(np.int64) for key in _KEYS)
                keys[name] = point, replication
                seconds += float(np.nansum(table["seconds"].to_numpy()))
        if len(stamps) > 1:
            raise MixedFilesError("its files were not written together")
        return Kept(chunk, keys[RUNS], keys[FAILED], seconds)

    def set_aside(self, chunk: str, ending: str, why: str) -> None:
        """Have a chunk step aside as a whole, to be done again.

        Args:
            chunk: its name.
            ending: of the files from now on.
            why: kept beside them.

        Raises:
            InputError: the folder cannot be written.
        """
        try:
            for name in self.names[::-1]:
                path = self.file(name, chunk)
                with suppress(FileNotFoundError):
                    os.replace(path, path.with_suffix(ending))
            (self.path / RUNS / f"{chunk}.why").write_text(f"{why}\n", "utf-8")
        except OSError as error:
            raise explain_write(error, self.path) from None

    def _remove_unended(self, ended: set[str]) -> None:
        for name in self.names:
            for path in (self.path / name).iterdir():
                is_unended = path.suffix == ".parquet" and path.stem not in ended
                if is_unended or path.name.startswith("."):
                    _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise explain_write(error, path.parent) from None


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table with checksums, aside first.

    Raises:
        InputError: the disk is full, or the folder cannot be written.
    """
    with _aside(path) as aside:
        pq.write_table(table, aside, compression="zstd", write_page_checksum=True)


def verified_table(path: Path) -> pa.Table:
    """Return the table of a file, every page of it held against its checksum.

    Raises:
        OSError: it does not verify, or there is none.
        ArrowException: it is no such file, or ends too early.
    """
    return pq.read_table(path, page_checksum_verification=True, partitioning=None)


class _aside:  # noqa: N801 - used like a function
    """A private name beside a file, which becomes the file if the block ends well and is removed if it does not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # On a shared disk the workers of two machines may have the same number.
        self._private = path.with_name(f".{path.name}-{platform.node()}-{uuid.uuid4().hex}")

    def __enter__(self) -> Path:
        return self._private

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if kind is None:
                os.replace(self._private, self._path)
            elif isinstance(error, OSError):
                raise error
        except OSError as problem:
            raise explain_write(problem, self._path.parent) from None
        finally:
            self._private.unlink(missing_ok=True)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
