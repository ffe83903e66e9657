"""What workers of a test do: importable by name, and small."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import NamedTuple


class Work(NamedTuple):
    """A task: a number, and a folder in which a worker leaves who it is."""

    number: int
    folder: Path


def square(work: Work) -> tuple[int, int]:
    """Return the square of the number and the process that worked it out."""
    time.sleep(0.02)
    return work.number**2, os.getpid()


def square_and_name(work: Work) -> int:
    """Return the square; the process leaves its number in the folder before it begins."""
    (work.folder / f"{work.number}-{os.getpid()}").touch()
    time.sleep(0.1)
    return work.number**2


def die_at_seven(work: Work) -> int:
    """Return the square, except that seven kills the process, whichever it is."""
    if work.number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return work.number**2


def raise_at_seven(work: Work) -> int:
    """Return the square, except that seven raises."""
    if work.number == 7:
        raise LookupError("seven is not to be had")
    return work.number**2


def start_long(work: Work) -> int:
    """Return the number of the first task; any other takes longer than a test waits."""
    if work.number:
        (work.folder / str(os.getpid())).touch()
        time.sleep(600)
    return work.number


def environment(work: Work) -> dict[str, str]:
    """Return what the process was told about threads."""
    return {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")}
