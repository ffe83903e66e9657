"""Runs of three lines that stand in for those of waterbed decompose and waterbed dose."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from experiments.decompose.runs import ACCOUNTS
from experiments.kept_tables import with_failure
from scenarios.case import Case

TONNE = 1_000_000
WORTH = {"criteria": 7 * TONNE, "intelligence": 2 * TONNE, "placement": 4 * TONNE}
"""What a common lever keeps off at its usual strength; equipment alone is worth nothing."""
TOGETHER = 3 * TONNE
"""What criteria and equipment add to each other."""


def gain_g(case: Case) -> int:
    """Return what the common levers of a case keep off, without luck."""
    strength = {
        name: case.parameters.levers[name]["strength"]
        for name, spec in case.regime.levers.items()
        if spec.scope == "alliance"
    }
    alone = sum(round(WORTH.get(name, 0) * by) for name, by in strength.items())
    return alone + TOGETHER * ({"criteria", "equipment"} <= strength.keys())


def fake_table(counter: list[str], stop_after: int = 10**9, noise: int = 1000) -> Callable[..., pa.Table]:
    """Return a stand-in for `run_table`: luck that all cases share, and a little that hangs on the gain."""

    def table(case: Case, seed: int, replication: int) -> pa.Table:
        counter.append(case.regime.name)
        if len(counter) > stop_after:
            raise KeyboardInterrupt
        gain, luck = gain_g(case), (replication * 7919) % 13
        own = noise * ((replication * 31 + gain // 1000) % 17 - 8)
        landed = 500 * TONNE + 10 * TONNE * luck - gain + own
        columns: dict[str, list[float]] = {"landed_g": [landed], "seized_entry_g": [100 * TONNE + gain // 2]}
        for account in ACCOUNTS:
            columns |= {f"appropriated_{account}": [600], f"committed_{account}": [gain // TONNE]}
        return with_failure(pa.table({**columns, "seconds": [2.0]}), "")

    return table
