"""Tables of finished calls, kept in a folder, so that an interrupted experiment goes on where it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.workers import in_order
from scenarios.case import Case
from scenarios.errors import InputError

_PACKAGES = ("scenarios", "sim", "agents", "experiments")
_ROOT = Path(__file__).resolve().parent.parent
_LONGEST_MESSAGE = 500
_FAILURE = b"failure"
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class KeptTables:
    """A folder of tables by name, each written aside and renamed when complete."""

    folder: Path

    def missing(self, names: Sequence[str]) -> list[int]:
        """Return which of the tables are not there yet."""
        return [i for i, name in enumerate(names) if not self._path(name).exists()]

    def fill(
        self,
        names: Sequence[str],
        function: Callable[..., pa.Table],
        calls: Sequence[tuple[object, ...]],
        workers: int,
        done: Callable[[int], None],
    ) -> list[pa.Table]:
        """Return the table of each call: those that are here already are read, the others made and kept.

        Args:
            names: of the tables.
            function: makes a table; for more than one worker it must be importable by name.
            calls: its arguments, one tuple a name.
            workers: processes, a call each.
            done: called with the number of tables that are there.
        """
        missing = self.missing(names)
        done(len(names) - len(missing))
        made = in_order(function, [calls[i] for i in missing], workers) if missing else iter(())
        for count, (i, table) in enumerate(zip(missing, made, strict=True), 1):
            self.keep(names[i], table)
            done(len(names) - len(missing) + count)
        return [self.read(name) for name in names]

    def keep(self, name: str, table: pa.Table) -> None:
        """Write a table.

        Raises:
            InputError: the folder cannot be written.
        """
        path = self._path(name)
        aside = path.with_name(f".{path.name}-{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, aside)
            os.replace(aside, path)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise InputError(
                f"results: {self.folder.parent} cannot be written ({reason}); choose a folder with results=FOLDER."
            ) from None

    def read(self, name: str) -> pa.Table:
        """Return a table.

        Raises:
            InputError: the file is damaged.
        """
        path = self._path(name)
        try:
            table = pq.read_table(path)
            failure_of(table)
            return table
        except (OSError, KeyError, pa.ArrowInvalid) as error:
            said = str(error).splitlines()[0]
            raise InputError(f"{path}: cannot be read ({said}); remove it and ask again.") from None

    def discard(self) -> None:
        """Remove what is kept: the results have their own folder now."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"


def with_failure(table: pa.Table, failure: str) -> pa.Table:
    """Return a table that says how the call that should have filled it failed; empty for a call that did not."""
    return table.replace_schema_metadata({_FAILURE: failure})


def failure_of(table: pa.Table) -> str:
    """Return what ``with_failure`` wrote."""
    failure: bytes = (table.schema.metadata or {})[_FAILURE]
    return failure.decode()


def attempt(work: Callable[[], _Result]) -> tuple[_Result | None, str]:
    """Return what the work returns, or None and what it raised.

    Whatever that is: a point that cannot be run is reported, never left out in silence.
    """
    try:
        return work(), ""
    except SystemError:  # what compiled code makes of an interrupt; never a fault of the point
        raise
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]


def pair_name(treated: Case, baseline: Case, seed: int, replications: int, version: str) -> str:
    """Return the name of what two arms gave; the version is that of the program, which is not to take another's."""
    return f"{treated.digest()}-{baseline.digest()}-{seed}-{replications}-{version}"


def code_digest() -> str:
    """Return a digest of the program's own text."""
    digest = hashlib.blake2b(digest_size=8)
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def kept_on_interrupt(what: str) -> Iterator[None]:
    """Say to whoever interrupts that what has finished is kept."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"\nThe {what} that have finished are kept: the same command goes on from there.", file=sys.stderr)
        raise
