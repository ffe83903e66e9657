"""A folder of results: one Parquet file a table, written aside and renamed when complete."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.errors import InputError
from sim.tables import ALL_TABLES

PREFIX = b"waterbed."
FACTS = {"cases", "seed", "settings", "version", "commit", "command", "data_hash", "python", "libraries"}
"""What the metadata of every file says, each under the prefix."""


def content_name(kind: str, world: str, content: object) -> str:
    """Return the name of a folder, made from what was asked and not from the clock.

    Args:
        kind: of experiment.
        world: name of the world.
        content: everything that makes it another question, as JSON can hold it.
    """
    digest = hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=4).hexdigest()
    return f"{kind}-{world}-{digest}"


class ResultWriter:
    """Writes the tables of one experiment; the folder appears whole under its name, or not at all.

    Use as a context manager; leaving it by an exception (an interrupt among them) removes what was written.
    """

    def __init__(self, root: Path, name: str, metadata: dict[str, str]) -> None:
        """Make the private folder beside the final one.

        Raises:
            InputError: the results folder cannot be written.
        """
        self.path = root / name
        self._private = root / f".partial-{name}-{os.getpid()}"
        self._metadata = metadata
        self._writers: dict[str, pq.ParquetWriter] = {}
        try:
            self._private.mkdir(parents=True)
        except OSError as error:
            raise explain_write(error, root) from None

    def write(self, name: str, table: pa.Table) -> None:
        """Append rows to a declared table.

        Raises:
            InputError: the disk is full or the folder has become unwritable.
        """
        try:
            if name not in self._writers:
                schema = ALL_TABLES[name]
                schema = schema.with_metadata({**(schema.metadata or {}), **self._metadata})
                target = self._private / f"{name}.parquet"
                self._writers[name] = pq.ParquetWriter(target, schema, compression="zstd")
            self._writers[name].write_table(table.unify_dictionaries())
        except OSError as error:
            raise explain_write(error, self.path.parent) from None

    def write_text(self, name: str, text: str) -> None:
        """Put a text file beside the tables.

        Raises:
            InputError: the disk is full or the folder has become unwritable.
        """
        self.write_bytes(name, text.encode())

    def write_bytes(self, name: str, content: bytes) -> None:
        """Put a file beside the tables.

        Raises:
            InputError: the disk is full or the folder has become unwritable.
        """
        try:
            (self._private / name).write_bytes(content)
        except OSError as error:
            raise explain_write(error, self.path.parent) from None

    def __enter__(self) -> ResultWriter:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files and give the folder its name, or remove it."""
        try:
            if kind is None:
                for writer in self._writers.values():
                    writer.close()
                self._publish()
        except OSError as problem:
            raise explain_write(problem, self.path.parent) from None
        finally:
            self._abandon()

    def _publish(self) -> None:
        # A folder cannot replace a full one in one step: the old one steps aside first.
        aside = self._private.with_name(f".old-{self.path.name}-{os.getpid()}")
        if self.path.exists():
            os.replace(self.path, aside)
        try:
            os.replace(self._private, self.path)
        except OSError:
            if aside.exists():
                os.replace(aside, self.path)
            raise
        shutil.rmtree(aside, ignore_errors=True)

    def _abandon(self) -> None:
        """Remove what is left of the private folder: nothing, if it was published."""
        for writer in self._writers.values():
            with suppress(OSError):
                writer.close()
            # A writer that could not close would try again, and complain, when Python drops it.
            writer.is_open = False
        shutil.rmtree(self._private, ignore_errors=True)


def explain_write(error: OSError, place: Path, *, setting: str = "results", what: str = "FOLDER") -> InputError:
    """Return why a place cannot be written, as a sentence for the user.

    Args:
        error: that the system gave.
        place: a folder or a file.
        setting: that says where to write.
        what: it takes.
    """
    if error.errno == errno.ENOSPC:
        return InputError(
            f"{setting}: the disk of {place} is full; free some space or choose {setting}={what} elsewhere."
        )
    reason = os.strerror(error.errno) if error.errno else error
    advice = f"choose a {what.lower()} with {setting}={what}"
    return InputError(f"{setting}: {place} cannot be written ({reason}); {advice}.")


def read_table(folder: Path, name: str, columns: list[str] | None = None) -> pa.Table:
    """Return a table of a results folder, or some of its columns.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    path = folder / f"{name}.parquet"
    try:
        return pq.read_table(path, columns=columns)
    except FileNotFoundError:
        raise InputError(f"{folder}: no results here ({name}.parquet is missing).") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]}).") from None


def read_facts(table: pa.Table, folder: Path) -> dict[str, str]:
    """Return what is needed to reproduce a table, as ``experiments.provenance`` wrote it into the file.

    Raises:
        InputError: the file does not have it, so it was not written by waterbed.
    """
    metadata = table.schema.metadata or {}
    facts = {k.removeprefix(PREFIX).decode(): v.decode() for k, v in metadata.items() if k.startswith(PREFIX)}
    if not facts.keys() >= FACTS:
        raise InputError(f"{folder}: its tables were not written by waterbed (their metadata has no case).")
    return facts
