"""The control line of a port: boxes are retrieved, scanned, read and searched by finite resources.

`queue` is one stage alone, to hold against queueing theory; `make_line` builds the whole line of all ports. Both have
two engines with identical results: ``"simpy"`` is the definition (each box a process), ``"compiled"`` is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim.control_line.progress import Completed, ControlLine, Engine, Progress, Secured
from sim.control_line.roster import READ, RETRIEVE, SCAN, SEARCH, STAGES, Ints, Roster

if TYPE_CHECKING:
    from sim.control_line.line import make_line
    from sim.control_line.single import queue

__all__ = [
    "READ",
    "RETRIEVE",
    "SCAN",
    "SEARCH",
    "STAGES",
    "Completed",
    "ControlLine",
    "Engine",
    "Ints",
    "Progress",
    "Roster",
    "Secured",
    "make_line",
    "queue",
]

_LAZY = {"make_line": "sim.control_line.line", "queue": "sim.control_line.single"}


def __getattr__(name: str) -> Any:
    """Import the engines (SimPy and Numba, half a second) only when one of them is asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value
