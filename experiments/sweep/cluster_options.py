"""Where Dask gets workers from, if it is not told the address of a scheduler (setting ``cluster``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """A cluster for one command, which ends with it."""

    kind: Literal["local", "slurm"] = "local"
    """Processes of this machine, or jobs of Slurm."""
    queue: str = ""
    """Partition of Slurm; none for the usual one."""
    account: str = ""
    walltime: str = "12:00:00"
    """Of a job; one that ends is replaced by another."""
    cores: Annotated[int, Field(ge=1, le=1024)] = 1
    """Of a job, with a worker on each."""
    memory_mb: Annotated[int, Field(ge=500)] = 3000
    """Of a worker, which is ended beyond it and begun again."""
    interface: str = ""
    """Network interface by which workers reach the command, such as ib0; none for the usual one."""
    directives: tuple[str, ...] = ()
    """Further lines for Slurm, such as --constraint=avx512."""
    prologue: tuple[str, ...] = ()
    """Lines of shell before workers begin, such as module load gcc."""
    dashboard: str = ":8787"
    """Port of Dask's dashboard; another one is taken if it is not free."""
