"""Worker processes: results in order, and nobody left behind when the user interrupts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from joblib import Parallel, delayed

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def in_order(function: Callable[..., _Result], calls: Sequence[tuple[object, ...]], workers: int) -> Iterator[_Result]:
    """Yield the results of the calls in order; leaving early ends the workers at once.

    Args:
        function: what to call; for more than one worker it must be importable by name.
        calls: the arguments of each call.
        workers: processes; 1 stays in this one.
    """
    if workers == 1:
        yield from (function(*arguments) for arguments in calls)
        return
    tasks = [delayed(_undisturbed)(function, arguments) for arguments in calls]
    with _interrupts_ignored():
        results = Parallel(n_jobs=workers, return_as="generator", pre_dispatch="all", batch_size=1)(tasks)
    # Closing the inner generator, which `yield from` does on any way out, kills the workers.
    yield from results


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Start processes that ignore Ctrl-C, which a terminal sends to all: the parent alone answers, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _undisturbed(function: Callable[..., _Result], arguments: tuple[object, ...]) -> _Result:
    # A worker that joblib started later, in place of one that had grown too large, has not inherited it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return function(*arguments)
