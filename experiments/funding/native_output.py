"""Keep lines of compiled libraries off the terminal that no option of theirs turns off."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDOUT = 1
_only_one = threading.RLock()


@contextmanager
def without_lines(start: bytes) -> Iterator[None]:
    """Keep lines that begin in some way off the standard output; what else is written there comes out at the end.

    That holds for the whole process, threads too: one after the other they are inside. Where there is no standard
    output, or no POSIX, nothing is done.

    Args:
        start: of the lines to leave out.
    """
    with _only_one:
        try:
            if os.name != "posix":
                raise OSError
            terminal = os.dup(_STDOUT)
        except OSError:
            yield
            return
        with tempfile.TemporaryFile() as held:
            _flush()
            os.dup2(held.fileno(), _STDOUT)
            try:
                yield
            finally:
                _flush()
                os.dup2(terminal, _STDOUT)
                held.seek(0)
                rest = b"".join(line for line in held if not line.startswith(start))
                with os.fdopen(terminal, "wb") as out:
                    out.write(rest)


def _flush() -> None:
    """Write out what Python and the C library hold back."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)
