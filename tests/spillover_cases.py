"""A market of two lines that stands in for the runs of waterbed spillover."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from experiments.kept_tables import with_failure
from experiments.spillover.measure import COLUMNS
from experiments.treated import Treated
from scenarios.case import Case

TEMPERATURE_TURN = 4000


def fake_table(
    counter: list[float], stop_after: int = 10**9, fails: Callable[[Case], bool] = lambda case: False
) -> Callable[..., pa.Table]:
    """Return a stand-in for `draw_table`: half is displaced below a temperature, half as much is spread above it."""

    def table(treated_arm: Case, baseline: Case, treated: Treated, seed: int, replications: int) -> pa.Table:
        temperature = baseline.parameters.choice.temperature_eur_per_kg
        counter.append(temperature)
        if len(counter) > stop_after:
            raise KeyboardInterrupt
        assert treated_arm.parameters == baseline.parameters
        assert treated_arm.scenario.capacity_scale == dict.fromkeys(treated.ports, 2.0)
        if fails(baseline):
            return with_failure(pa.table({name: np.zeros(0, np.int64) for name in COLUMNS}), "KeyError: on purpose")
        luck = np.arange(replications) - (replications - 1) // 2
        lost = -20_000_000 + 100_000 * luck
        gained = -lost // 2 if temperature < TEMPERATURE_TURN else lost // 4
        columns = (100_000_000 + 0 * luck, lost, gained, -lost - gained, lost // 10, 50_000 * luck, -50_000 * luck)
        return with_failure(pa.table(dict(zip(COLUMNS, columns, strict=True))), "")

    return table
