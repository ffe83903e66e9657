"""Runs of three lines that stand in for those of `waterbed size`."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from experiments.funding.simulated import (
    ARRIVING,
    FACTS,
    LANDED,
    LANDED_ANYWHERE,
    LANDED_WINDOW,
    METHOD,
    METHODS,
    PRICE,
    SECONDS,
    Window,
)
from experiments.kept_tables import with_failure
from scenarios.case import Case

SMALL = (
    "world=three_ports",
    "horizon_years=1",
    "burn_in_start=2023-11-01",
    "closing_days=60",
    "workers=1",
    "funding.types=[]",
)
FEW = (
    "budget=[0,10,30]", "funding.simulated_budgets=[10,30]", "funding.trials=4", "funding.trial_replications=2",
    "funding.first_replications=2", "funding.replications=4", "funding.fresh_replications=3", "funding.draws=16",
)  # fmt: skip
ARRIVES_T = {"BEANR": 200.0, "NLRTM": 115.0, "DEHAM": 65.0, "coast:north_range": 60.0}
LOST = 0.4
KEPT_OFF_T = {"mobile_xray": 1.5, "fixed_xray": 2.0, "density_meter": 0.1, "trace_detector": 0.1, "dog_team": 0.3}
"""By a unit, the more the fewer there are: half of all could be kept off."""


def kept_off_share(case: Case) -> float:
    """Return which share of what landed a case keeps off, without luck."""
    tonnes = sum(bought.units * KEPT_OFF_T[bought.equipment] for bought in case.purchases)
    return 0.5 * tonnes / (tonnes + 50) + (0.01 if "rotation" in case.regime.levers else 0.0)


def fake_table(counter: list[str], stop_after: int = 10**9) -> Callable[..., pa.Table]:
    """Return a stand-in for `run_table`: luck that all cases share, and a little that is a plan's own."""

    def table(case: Case, window: Window, seed: int, replication: int) -> pa.Table:
        counter.append(f"{case.digest()}-{replication}")
        if len(counter) > stop_after:
            raise KeyboardInterrupt
        share = kept_off_share(case)
        luck = 1 + 0.01 * ((replication * 7919) % 13 - 6)
        own = 1 + 0.002 * ((replication * 31 + round(1e6 * share)) % 17 - 8) * (share > 0)
        rows: list[tuple[str, str, float]] = []
        for place, tonnes in ARRIVES_T.items():
            landed = tonnes * luck * own * (1 - LOST) * (1 - share)
            rows += [(ARRIVING, place, tonnes * luck), (LANDED, place, landed)]
        total = sum(value for quantity, _, value in rows if quantity == LANDED)
        rows += [(METHOD, method, 10.0) for method in METHODS]
        facts = dict.fromkeys(FACTS, 1000 * luck) | dict.fromkeys((LANDED, LANDED_WINDOW, LANDED_ANYWHERE), total)
        facts[PRICE] = 30_000 * luck
        rows += [(name, "", value) for name, value in facts.items()] + [(SECONDS, "", 2.0)]
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        return with_failure(pa.table(columns, names=["quantity", "place", "value"]), "")

    return table
