"""T14: two layers that share the quality of the concealment find less than two independent ones."""

from __future__ import annotations

import numpy as np
import pytest

from sim.border_kernel import add_contaminated
from sim.codes import LUCK_WIDTH, Control, Fate, Luck, Trigger
from sim.consignment import CONSIGNMENT
from sim.hub_kernel import pass_hubs
from sim.streams import Stream, Streams
from sim.times import time_table
from tests.model_cases import small_case

LOADS = 40_000
DETECTION = np.array([0.75, 0.55, 0.45, 0.35, 0.0, 0.9])


@pytest.mark.parametrize("method", range(4))
@pytest.mark.parametrize(("at_hub", "at_entry"), [(0.3, 0.4), (0.9, 0.9)])
def test_t14_shared_concealment_lowers_what_two_layers_find(method: int, at_hub: float, at_entry: float) -> None:
    """The kernels find P = (1 - (1 - h) (1 - q)) T, below 1 - (1 - h T) (1 - q T), as Jensen's inequality has it.

    h and q select at the hub and at entry, independently; T = image x search is one draw for both. A load that was
    controlled in vain at the hub is never found at entry.
    """
    luck = Streams(14, 0).uniforms(Stream.LUCK, np.arange(LOADS), LUCK_WIDTH)
    rows = np.zeros(LOADS, CONSIGNMENT)
    rows["method"], rows["mass_g"], rows["boxes"], rows["closed_min"] = method, 100_000, 1, -1
    rows["fate"] = Fate.IN_TRANSIT
    every, hub, one = np.arange(LOADS), np.zeros(1, np.int64), np.ones(1)
    pass_hubs(rows, luck, every, hub, hub + 100, at_hub * one, one > 0, DETECTION[None, :])
    found_at_hub = rows["fate"] == Fate.SEIZED_HUB
    # Selection at entry has a column of its own; its score stands for it here.
    selected = np.flatnonzero(~found_at_hub & (luck[:, Luck.SCORE] < at_entry))
    rows["control"][selected], rows["trigger"][selected] = Control.SELECTED, Trigger.TARGETED
    integers = [np.zeros(1, np.int64) for _ in range(4)]
    out = (integers[0], integers[1], integers[2], integers[3], np.zeros((1, 4), np.int64), np.zeros(1, np.int64))
    times = time_table(small_case().parameters)
    for i in selected.tolist():
        add_contaminated(out, 0, rows, luck, i, True, times, np.stack([0 * DETECTION, DETECTION]))
    found = found_at_hub | (rows["is_found_if_controlled"] == 1)
    in_vain = (luck[:, Luck.HUB] < at_hub) & ~found_at_hub
    assert in_vain.any()
    assert not found[in_vain].any()
    detection = DETECTION[method] * DETECTION[5]
    together = (1 - (1 - at_hub) * (1 - at_entry)) * detection
    apart = 1 - (1 - at_hub * detection) * (1 - at_entry * detection)
    error = np.sqrt(together * (1 - together) / LOADS)
    assert found.mean() == pytest.approx(together, abs=4 * error)
    assert found.mean() < apart - 4 * error
