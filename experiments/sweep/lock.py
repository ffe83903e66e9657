"""One sweep in a folder at a time: a lock that says who holds it and that no crash leaves behind."""

from __future__ import annotations

import datetime
import errno
import fcntl
import json
import os
import platform
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.store import explain_write
from experiments.sweep.layout import LOCK
from scenarios.errors import InputError


@contextmanager
def locked(folder: Path, say: Callable[[str], None]) -> Iterator[str]:
    """Hold the folder for this process while the block runs; give a token that only this block ever has.

    Workers that outlive their command see by the token in the file that the folder is another's, or nobody's.

    The lock is one of the operating system on an open file, which ends with its holder, however that ends. Where a
    shared disk has no such locks, and between machines, what the file says decides.

    Args:
        folder: of the sweep.
        say: is told when the lock of a sweep that ended without a word is taken over.

    Raises:
        InputError: another sweep holds it, or the folder cannot be written.
    """
    path = folder / LOCK
    handle = _open(path)
    try:
        is_sure = _take(handle, path)
        holder = _read(handle)
        if holder and not _is_gone(holder, is_sure):
            raise _held(path, holder)
        if holder:
            say(f"Taking over from process {holder['pid']}, which ended without a word (started {holder['started']}).")
        token = uuid.uuid4().hex
        _write(handle, path, token)
        try:
            yield token
        finally:
            # While it is still held: whoever waits for this file sees that it is no longer the one of that name.
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise explain_write(error, path.parent) from None


def _take(handle: int, path: Path) -> bool:
    """Return whether the lock was had; False where the disk has no locks.

    Raises:
        InputError: another process has it.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise _held(path, _read(handle)) from None
        return False
    try:
        is_same = os.stat(path).st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        is_same = False
    if not is_same:
        raise InputError(f"{path.parent}: another sweep has just ended in this folder; ask again.")
    return True


def _is_gone(holder: dict[str, str], is_sure: bool) -> bool:
    """Return whether the process that wrote the file has ended, as far as this machine can know."""
    if holder["host"] != platform.node():
        return False
    if is_sure:
        return True
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _held(path: Path, holder: dict[str, str]) -> InputError:
    if not holder:
        return InputError(f"{path.parent}: another sweep has just begun in this folder; wait for its end.")
    return InputError(
        f"{path.parent}: process {holder['pid']} on {holder['host']} has been sweeping into this folder since "
        f"{holder['started']}; wait for its end, or remove {path} if that process is no more."
    )


def _read(handle: int) -> dict[str, str]:
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        holder = json.loads(os.read(handle, 4096))
        return {name: str(holder[name]) for name in ("pid", "host", "started")}
    except (ValueError, KeyError, TypeError):
        return {}


def _write(handle: int, path: Path, token: str) -> None:
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    text = json.dumps({"pid": os.getpid(), "host": platform.node(), "started": started, "token": token})
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
        os.fsync(handle)
    except OSError as error:
        raise explain_write(error, path.parent) from None
