"""Worker processes: results in order, and nobody left behind when the user interrupts."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from multiprocessing import resource_tracker
from typing import TypeVar

from joblib import Parallel, delayed

_Result = TypeVar("_Result")
_SIGNAL_AT_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_WATCH_SECONDS = 2.0


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
    with ExitStack() as stack:
        with interrupts_held():
            results = Parallel(n_jobs=workers, return_as="generator", pre_dispatch="all", batch_size=1)(tasks)
            stack.enter_context(closing(results))
        # Closing the inner generator kills the workers, whichever way this one is left.
        yield from results


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold back Ctrl-C, which a terminal sends to all processes: those started meanwhile never see it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # A helper of multiprocessing that joblib starts with the first worker, and that lets signals through again.
    resource_tracker.ensure_running()
    held: list[int] = []
    # Another thread may still receive it, and then this one answers: only once all processes have started.
    handler = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if held:
            signal.raise_signal(signal.SIGINT)


def _undisturbed(function: Callable[..., _Result], arguments: tuple[object, ...]) -> _Result:
    # A worker that joblib started later, in place of one that had grown too large, has not inherited the mask.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return function(*arguments)


def end_with_parent(parent: int) -> None:
    """Have this process end when its parent does, however that ends.

    Args:
        parent: number of the process that started this one.
    """
    if platform.system() == "Linux":
        # Not a thread: a process without threads can still be forked.
        ctypes.CDLL(None).prctl(_SIGNAL_AT_PARENTS_DEATH, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        return
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
