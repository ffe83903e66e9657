"""Rotation by the lever, held against fixed placement of the same units: it pays against those who learn (T27)."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from joblib import Parallel, delayed

from agents.fleet import MobileUnit
from agents.model import WaterbedModel
from scenarios.load_case import load_case
from sim.streams import Floats
from tests.theory.test_soar import NOTHING_LEARNT
from tests.theory_cases import SEED, alike, dispatched_t, half_width, landed_t, lower, said

PORTS = 3
UNITS = 2
UNIT_SCANS = 27_500.0
"""About 3.5 times what the ports have, so that a unit is worth avoiding."""
PAIRS = 6
FREE_DRIVES = tuple(f"parameters.rotation.{name}" for name in ("transfer_days=0", "km_per_day=1000000", "eur_per_km=0"))
PLACEMENTS = tuple(combinations(range(PORTS), UNITS))


def played(settings: tuple[str, ...], bases: tuple[int, ...], replication: int) -> Floats:
    """Return tonnes landed, boxes selected against drugs, and tonnes dispatched to each port.

    From the start on every port has its own capacity in fixed scanners, and two units stand at ``bases`` besides.
    """
    model = WaterbedModel(load_case([*alike(PORTS), *FREE_DRIVES, *settings]), SEED, replication)
    while model.day < model.start_day:
        model.step()
    enforcement, capacity = model.enforcement, model.world.entry.scans_per_year
    fleet, (spain,) = enforcement.fleet, [a for a in enforcement.authorities if a.ports.size == PORTS]
    fleet.fixed_scans, fleet.fixed_units[:] = capacity.copy(), 1
    spain.units[:] = [MobileUnit(spain.index, base, UNIT_SCANS) for base in bases]
    # A threat by which each port is due the same share of the units, as it has over all fixed placements.
    enforcement.desk.threat = lambda: capacity + UNITS * UNIT_SCANS / PORTS  # type: ignore[method-assign]
    model.run_to_end()
    boxes = model.physical.control_totals[:, 0].sum()
    return np.array([landed_t(model, 0), boxes, *dispatched_t(model, 0)])


def fixed_and_rotating(*more: str) -> tuple[Floats, Floats]:
    """Return what ``played`` does for each fixed placement, shape (pairs, placements, values), and for rotation."""
    jobs = [
        job
        for number in range(PAIRS)
        for job in (
            *((more, bases, number) for bases in PLACEMENTS),
            ((*more, "regime.levers.rotation=national"), PLACEMENTS[number % len(PLACEMENTS)], number),
        )
    ]
    values = np.array(Parallel(n_jobs=2)(delayed(played)(*job) for job in jobs)).reshape(PAIRS, len(PLACEMENTS) + 1, -1)
    return values[:, :-1], values[:, -1]


@pytest.mark.slow
def test_rotating_units_beat_fixed_ones_against_those_who_learn(capsys: pytest.CaptureFixture[str]) -> None:
    """T27 by the lever: two units draw two of three ports each week; the mean over all fixed placements is the same.

    What organisations see at the end of a month is where the units stand that day, and they see it 90 days later.
    """
    fixed, rotating = fixed_and_rotating()
    blind_fixed, blind_rotating = fixed_and_rotating(*NOTHING_LEARNT)
    gap = fixed[:, :, 0].mean(axis=1) - rotating[:, 0]
    no_gap = blind_fixed[:, :, 0].mean(axis=1) - blind_rotating[:, 0]
    with capsys.disabled():
        print(
            f"\nTonnes less that land as the lever rotates two units over three ports: {said(gap)} of "
            f"{fixed[:, :, 0].mean():.0f} with learning, {said(no_gap)} without"
        )
    assert lower(gap) > 0
    assert lower(gap - no_gap) > 0
    # Who learns nothing goes where he would have gone, to the gram.
    assert (blind_fixed[:, :, 2:] == blind_rotating[:, None, 2:]).all()
    assert abs(no_gap.mean()) + half_width(no_gap) < gap.mean()
    effort = blind_rotating[:, 1].mean() / blind_fixed[:, :, 1].mean()
    assert effort == pytest.approx(1, abs=0.03)
