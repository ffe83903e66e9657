"""The race at the terminal against its closed form."""

from __future__ import annotations

import numpy as np
import pytest

from sim.codes import LUCK_WIDTH, NEVER, Control, Fate, Method, Step, Trigger
from sim.consignment import CONSIGNMENT
from sim.streams import Stream, Streams
from sim.terminal_kernel import resolve

COUNT = 40_000
SCALE_MIN = 10_000_000  # so large that rounding to minutes, and ties, do not matter


@pytest.mark.parametrize("rates", [(1.0, 1.0), (3.0, 1.0), (0.25, 1.0)])
def test_exponential_clocks(rates: tuple[float, float], seed: int) -> None:
    """P(team before customs) = mu_e / (mu_e + mu_c) for exponential clocks, within 4.5 standard errors."""
    uniforms = Streams(seed, 0).uniforms(Stream.LUCK, np.arange(COUNT), 2)
    team, customs = (np.rint(-np.log(uniforms[:, i]) / rates[i] * SCALE_MIN).astype(np.int64) for i in range(2))
    rows = np.zeros(COUNT, CONSIGNMENT)
    rows["method"], rows["fate"], rows["closed_min"], rows["tip_min"] = (
        Method.RIP_ON, Fate.AWAITING_EXTRACTION, -1, NEVER,
    )  # fmt: skip
    rows["control"], rows["trigger"], rows["is_found_if_controlled"] = Control.SELECTED, Trigger.TARGETED, 1
    rows["release_min"], rows["extraction_min"], rows["secured_min"] = NEVER, team, customs
    rows["finish_min"] = customs + 1
    ashore, luck = np.arange(COUNT), np.full((COUNT, LUCK_WIDTH), 0.5)
    resolve(rows, luck, ashore, NEVER, np.zeros((1, 3)), 0.0)
    assert (rows["closed_min"] >= 0).all()
    by_team, by_customs = rows["fate"] == Fate.DELIVERED, rows["fate"] == Fate.SEIZED_ENTRY
    assert (by_team ^ by_customs).all()
    assert (rows["step"][by_customs] == Step.SEARCH).all()
    assert rows["closed_min"][by_team].tolist() == team[by_team].tolist()
    expected = rates[0] / (rates[0] + rates[1])
    assert abs(by_team.mean() - expected) < 4.5 * np.sqrt(expected * (1 - expected) / COUNT)


def test_three_exponential_clocks(seed: int) -> None:
    """An unselected box against its release: P(team first) = mu_e / (mu_e + mu_r), the rest leaves with the box."""
    uniforms = Streams(seed, 1).uniforms(Stream.LUCK, np.arange(COUNT), 2)
    team, release = (np.rint(-np.log(uniforms[:, i]) * (1, 2)[i] * SCALE_MIN).astype(np.int64) for i in range(2))
    rows = np.zeros(COUNT, CONSIGNMENT)
    rows["method"], rows["fate"], rows["closed_min"] = Method.RIP_ON, Fate.AWAITING_EXTRACTION, -1
    rows["extraction_min"], rows["release_min"], rows["secured_min"] = team, release, -1
    resolve(rows, np.full((COUNT, LUCK_WIDTH), 0.5), np.arange(COUNT), NEVER, np.zeros((1, 3)), 1.0)
    left = rows["fate"] == Fate.FOUND_DOWNSTREAM
    assert (rows["closed_min"][left] == release[left]).all()
    assert abs(1 - left.mean() - 2 / 3) < 4.5 * np.sqrt(2 / 9 / COUNT)
