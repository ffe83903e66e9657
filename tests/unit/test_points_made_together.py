"""Points that a design makes from each other are never taken for independent ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.analysis.asked import parse_asked
from experiments.analysis.discover import regrets
from experiments.analysis.outcome import Sample, origins, read_sample
from experiments.analysis.sensitivity import crossed_groups, sensitivity
from experiments.prim import selection_shares
from experiments.sweep.reading import SweepReader
from scenarios.errors import InputError
from sim.streams import Floats
from tests.analysis_cases import cube, fabricate, noise, saltelli, trajectories

FACTORS = 10
"""The last one is the regime."""


def sample_of(folder: Path, *words: str) -> Sample:
    with SweepReader(folder) as reader:
        return read_sample(reader, parse_asked([str(folder), *words]))


def saltelli_sweep(folder: Path, landed: Floats, points: Floats) -> Path:
    factors = {f"x{i}": column.tolist() for i, column in enumerate(points.T[:-1])}
    return fabricate(folder, "saltelli", {**factors, "regime": ["ab"[int(u >= 0.5)] for u in points[:, -1]]}, landed)


def test_points_of_one_regime_of_a_saltelli_design_are_its_independent_ones(tmp_path: Path) -> None:
    """Of each step the first and last with that regime: no two of them share a value, as all others do."""
    points = saltelli(64, FACTORS)
    folder = saltelli_sweep(tmp_path / "s", noise(len(points), 1), points)
    sample = sample_of(folder, "regime=a")
    step = FACTORS + 2
    drawn = np.sort(np.concatenate([np.arange(0, len(points), step), np.arange(step - 1, len(points), step)]))
    expected = points[drawn][points[drawn, -1] < 0.5][:, :-1]
    found = sensitivity(sample, "given").sample
    assert np.array_equal(found.inputs, expected)
    assert np.unique(found.inputs[:, 0]).size == len(expected)
    groups = crossed_groups(sample)
    expected_groups = np.unique(np.flatnonzero(points[:, -1] < 0.5) // step, return_inverse=True)[1]
    assert np.array_equal(groups, expected_groups)


def test_factors_without_effect_stay_unresolved_in_one_regime(tmp_path: Path) -> None:
    """Nine factors of ten designs, of which one in twenty would be resolved without Holm; it was every other."""
    times = 0
    for seed in range(4):
        points = saltelli(64, FACTORS)
        base = 10 * points[:, 0] + np.sin(60 * points[:, 1] + seed)
        sample = sample_of(saltelli_sweep(tmp_path / str(seed), base[:, None], points), "regime=a")
        found = sensitivity(sample, "given")
        times += sum(
            ok for index, ok in zip(found.indices, found.is_resolved, strict=True) if index.factor not in ("x0", "x1")
        )
    assert times <= 2


def test_a_design_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    points = cube(120, FACTORS)
    folder = saltelli_sweep(tmp_path / "s", noise(120, 1), points)
    with pytest.raises(InputError, match="the points of this sweep are not those of design=saltelli"):
        sample_of(folder)


def test_trajectories_belong_together() -> None:
    made_with, is_independent = origins("morris", trajectories(5))
    assert made_with.tolist() == np.repeat(np.arange(5), 4).tolist()
    assert not is_independent.any()
    assert origins("lhs", cube(7, 3))[0].tolist() == list(range(7))


def test_resamples_of_boxes_draw_groups() -> None:
    """Twenty copies of each of thirty rows say no more than the thirty: a limit that is chance is found less often."""
    rows, is_case = cube(30, 6), noise(30, 1)[:, 0] > 0.3
    many, are_cases, groups = np.repeat(rows, 20, axis=0), np.repeat(is_case, 20), np.repeat(np.arange(30), 20)
    together = selection_shares(many, are_cases, 20, 0, groups=groups)
    alone = selection_shares(many, are_cases, 20, 0)
    assert (np.abs(together - 0.5) < np.abs(alone - 0.5)).all()
    # Copies that are drawn together are rows with a weight: which of them come first does not matter.
    order = np.argsort(cube(600, 1)[:, 0])
    assert np.array_equal(selection_shares(many[order], are_cases[order], 20, 0, groups=groups[order]), together)


def test_the_spread_of_regret_is_that_of_groups() -> None:
    """Of copies sqrt(copies) as wide as if they were independent, but for the error of 1,000 resamples (3 %)."""
    copies, points = 25, 60
    values = {name: np.repeat(noise(points, 1, seed=i)[:, 0], copies) for i, name in enumerate("ab", 1)}
    groups = np.repeat(np.arange(points), copies)
    (wide, _), (narrow, _) = regrets(values, "lowest", groups=groups), regrets(values, "lowest")
    ratio = (wide.mean.high - wide.mean.low) / (narrow.mean.high - narrow.mean.low)
    assert ratio == pytest.approx(np.sqrt(copies), rel=0.2)
