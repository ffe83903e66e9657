"""A run is a pure function of its case, seed and replication; it knows no files."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable

import mesa
import pyarrow as pa

from agents.model import WaterbedModel
from agents.run_tables import RunTables
from scenarios.case import Case


def run(
    case: Case,
    seed: int,
    replication: int,
    arm: str | None = None,
    spared: int | None = None,
    progress: Callable[[int, int], None] = lambda done, planned: None,
) -> dict[str, pa.Table]:
    """Return the tables of one run.

    Args:
        case: what is asked.
        seed: seed shared by all replications.
        replication: the same number gives the same luck in every case.
        arm: name in the ``arm`` column; None for the name of the regime.
        spared: id of a consignment that is never seized: a placebo is a run that differs in this alone.
        progress: called with days done and planned.
    """
    model = WaterbedModel(case, seed, replication, spared=spared)
    try:
        model.run_to_end(progress)
        return RunTables(model, arm if arm is not None else case.regime.name).tables()
    finally:
        # Mesa 3.3 keeps every model in a dictionary of the Agent class; later versions have no such entry.
        getattr(mesa.Agent, "_ids", {}).pop(model, None)
        del model
        gc.collect()
        _set_apart()


@functools.cache
def _set_apart() -> None:
    """Keep what the first run has loaded (modules, kernels, worlds) out of the collections after further ones.

    Going over it after every run took a fifth of a simulated year.
    """
    gc.freeze()
