"""Memory of a worker: how much it may have, and how much it has had."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

_MB = 2**20
_IS_LINUX = platform.system() == "Linux"
_OF_MACHINE = 0.8
"""The rest is for the system and for the process that hands out the work."""
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@lru_cache(maxsize=1)
def bind_memory(more_mb: int) -> None:
    """Let this process have so much memory beyond what it has mapped now; 0 for no bound, and only on Linux.

    Beyond it an allocation raises MemoryError, so that a run that needs too much fails alone.
    """
    if not more_mb or not _IS_LINUX:
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = _status_kb("VmSize") * 1024 + more_mb * _MB
    resource.setrlimit(resource.RLIMIT_AS, (bound if most == resource.RLIM_INFINITY else min(bound, most), most))


def peak_mb() -> float:
    """Return the most memory that this process has had (MB)."""
    if _IS_LINUX:
        # Not getrusage: its peak of a child process begins with that of the parent.
        return _status_kb("VmHWM") / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (_MB if platform.system() == "Darwin" else 1024)


def share_mb(workers: int) -> int:
    """Return the share of each of some workers in the memory of this machine, or of the part of it that is ours."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # No such file, or the word "max".
    with suppress(OSError, ValueError):
        total = min(total, int(_GROUP_LIMIT.read_text("utf-8")))
    return max(1, int(_OF_MACHINE * total / _MB / workers))


def _status_kb(name: str) -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(f"{name}:"))
