"""Sensitivity indices and the share of luck against functions whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from SALib.analyze import morris, pawn

from experiments.analysis.indices import (
    Index,
    analysis_seed,
    given_indices,
    morris_effects,
    saltelli_block,
    slice_distance,
    slice_share,
    slices_of,
    sobol_indices,
)
from experiments.analysis.luck import luck_of
from experiments.analysis.sensitivity import resolved
from sim.streams import Floats
from tests.analysis_cases import cube, ishigami, noise, problem, saltelli, trajectories

# Sobol' and Levitan 1999, doi:10.1016/S0010-4655(98)00156-8, from a = 7, b = 0.1 in closed form.
ISHIGAMI_S1 = (0.313905, 0.442411, 0.0)
ISHIGAMI_ST = (0.557589, 0.442411, 0.243684)
NAMES = ("a", "b", "c")


def by_name(indices: list[Index], name: str) -> list[Index]:
    """Return the indices of one kind in the order of the factors."""
    return [index for index in indices if index.name == name]


@pytest.mark.parametrize("is_second_order", [False, True])
def test_ishigami_from_a_saltelli_design(is_second_order: bool) -> None:
    """T36: within 2 % of the closed form, and within 0.02 where it is zero."""
    points = saltelli(2**13, is_second_order=is_second_order)
    block = saltelli_block(points)
    assert block == (8 if is_second_order else 5)
    found = sobol_indices(NAMES, ishigami(points), block=block)
    for name, truth in (("S1", ISHIGAMI_S1), ("ST", ISHIGAMI_ST)):
        for index, value in zip(by_name(found, name), truth, strict=True):
            assert index.value == pytest.approx(value, rel=0.02, abs=0.02 if value == 0 else 0)
            assert index.low <= value <= index.high
    assert [index.is_resolved for index in by_name(found, "S1")] == [True, True, False]


def test_intervals_are_those_of_the_data() -> None:
    points = saltelli(64)
    first, second = (sobol_indices(NAMES, ishigami(points), block=5) for _ in range(2))
    assert first == second
    assert 1 <= analysis_seed() < 2**31


def test_luck_in_means_raises_what_a_factor_has_to_show() -> None:
    """Noise in the outcome makes every total index as large as its share; only what is larger is resolved."""
    points = saltelli(1024)
    outcome = points[:, 0] + 0.2 * noise(len(points), 1)[:, 0]
    share = 0.04 / (0.04 + 1 / 12)
    found = by_name(sobol_indices(NAMES, outcome, block=5, noise_share=share), "ST")
    assert found[1].value == pytest.approx(share, abs=0.05)
    assert found[1].low > 0
    assert [index.is_resolved for index in found] == [True, False, False]


def test_order_of_a_design_is_checked() -> None:
    points = saltelli(16)
    assert saltelli_block(points) == 5
    assert saltelli_block(points[::-1].copy()) == 0
    assert saltelli_block(points[:-1]) == 0
    assert saltelli_block(np.roll(points, 1, axis=0)) == 0
    assert saltelli_block(cube(80, 3)) == 0


def test_morris_effects_of_a_plane_and_a_product() -> None:
    """A plane has mu* of its slopes and no sigma; a product of two centred factors has mu near 0 and sigma."""
    steps = trajectories(40)
    plane = 2 * steps[:, 0] - steps[:, 1]
    found = morris_effects(NAMES, steps, plane, noise_sd=0.01)
    assert [i.value for i in by_name(found, "mu_star")] == pytest.approx([2, 1, 0], abs=1e-12)
    assert [i.value for i in by_name(found, "mu")] == pytest.approx([2, -1, 0], abs=1e-12)
    assert [i.value for i in by_name(found, "sigma")] == pytest.approx([0, 0, 0], abs=1e-12)
    assert [i.is_resolved for i in by_name(found, "mu_star")] == [True, True, False]
    product = (steps[:, 0] - 0.5) * (steps[:, 1] - 0.5)
    found = morris_effects(NAMES, steps, product)
    # On levels 0, 1/3, 2/3, 1 an effect is the other factor less a half: its size is 1/2 or 1/6.
    for index in by_name(found, "mu_star")[:2]:
        assert 1 / 6 <= index.value <= 1 / 2
        assert index.low < 1 / 3 < index.high
    assert all(abs(index.value) < index_sigma.value for index, index_sigma in
               zip(by_name(found, "mu")[:2], by_name(found, "sigma")[:2], strict=True))  # fmt: skip


def test_morris_effects_are_those_of_salib_where_steps_are_equally_long() -> None:
    """Intervals are of other resamples: each width of 200 has an error of 5 %, four of a difference are 28 %."""
    steps = trajectories(200)
    outcome = ishigami(steps)
    theirs = morris.analyze(problem(3), steps, outcome, num_levels=4, num_resamples=200, seed=1)
    found = morris_effects(NAMES, steps, outcome)
    for name in ("mu_star", "mu", "sigma"):
        assert [index.value for index in by_name(found, name)] == pytest.approx(theirs[name].tolist())
    widths = [index.high - index.value for index in by_name(found, "mu_star")]
    assert widths == pytest.approx(theirs["mu_star_conf"].tolist(), rel=0.28)


def test_morris_effects_of_steps_that_differ() -> None:
    """Steps of 3/4 and of 1 along a line of slope 4: every effect is 4, and luck counts by the length of the step."""
    steps = np.array([[0, 0], [0.75, 0], [0.75, 2 / 3], [0, 1], [0, 1 / 3], [1, 1 / 3]])
    found = morris_effects(NAMES[:2], steps, 4 * steps[:, 0], noise_sd=1.0)
    assert [i.value for i in by_name(found, "mu_star")] == pytest.approx([4, 0])
    assert [i.value for i in by_name(found, "sigma")] == pytest.approx([0, 0])
    luck = np.sqrt(2 / np.pi) * np.sqrt(2) * (4 / 3 + 1) / 2
    assert by_name(found, "mu_star")[0].by_luck == pytest.approx(luck)


def test_luck_alone_has_the_morris_effect_that_is_said() -> None:
    """With noise of 1 and no effect, mu* is what by_luck says within four standard errors."""
    steps = trajectories(400)
    found = by_name(morris_effects(NAMES, steps, noise(len(steps), 1)[:, 0], noise_sd=1.0), "mu_star")
    error = found[0].by_luck * np.sqrt(np.pi / 2 - 1) / np.sqrt(400)
    for index in found:
        assert index.value == pytest.approx(index.by_luck, abs=4 * error)
        assert not index.is_resolved or index.low - index.by_luck < error


def test_given_data_of_ishigami() -> None:
    """S1 of any sample is near the closed form; PAWN finds the factor that acts by its interaction alone."""
    points = cube(4000, 3)
    found = given_indices(NAMES, points, ishigami(points), [False] * 3)
    # Four standard errors of a share from 4000 points; 40 slices miss 1 % of what varies fastest.
    assert [i.value for i in by_name(found, "S1")] == pytest.approx(ISHIGAMI_S1, abs=0.06)
    assert [i.is_resolved for i in by_name(found, "pawn")] == [True, True, True]
    assert [i.is_resolved for i in by_name(found, "S1")] == [True, True, False]


def test_pawn_is_that_of_salib() -> None:
    """Theirs leaves the largest value of a factor out of the last slice: a difference of one point."""
    points = cube(2000, 3)
    outcome = ishigami(points)
    theirs = pawn.analyze(problem(3), points, outcome, S=10)
    for column, mean in zip(points.T, theirs["mean"], strict=True):
        assert slice_distance(slices_of(column, is_categorical=False), outcome) == pytest.approx(mean, abs=2e-3)


def test_given_data_by_hand() -> None:
    """Two levels, 0 and 1 in one and 2 and 3 in the other: distances 1/2; squares between 4, in all 5."""
    slices, outcome = np.array([0, 0, 1, 1]), np.array([0.0, 1.0, 2.0, 3.0])
    assert slice_distance(slices, outcome) == 0.5
    assert slice_share(slices, outcome) == pytest.approx(0.8)
    assert slice_distance(np.zeros(4, np.int64), outcome) == 0
    assert slice_share(slices, np.ones(4)) == 0


def test_equal_values_share_a_slice_and_levels_are_slices() -> None:
    column = np.repeat([1.0, 2.0, 3.0], [150, 30, 20])
    assert np.array_equal(slices_of(column, is_categorical=True), np.repeat([0, 1, 2], [150, 30, 20]))
    spiked = np.concatenate([np.zeros(100), cube(100, 1)[:, 0]])
    slices = slices_of(spiked, is_categorical=False)
    assert np.unique(slices[:100]).size == 1
    assert np.unique(slices).size == 6
    assert np.unique(slices_of(cube(60, 1)[:, 0], is_categorical=False)).size == 3


def test_a_factor_without_effect_is_rarely_resolved() -> None:
    """Of 40 useless factors at 95 %, adjusted for all of them, none is resolved; one that matters is."""
    points = cube(400, 41)
    outcome = 3 * points[:, 0] + noise(400, 1)[:, 0]
    found = given_indices([f"x{i}" for i in range(41)], points, outcome, [False] * 41)
    is_resolved = dict(zip([(i.factor, i.name) for i in found], resolved(found), strict=True))
    assert is_resolved["x0", "S1"] and is_resolved["x0", "pawn"]
    assert sum(is_resolved.values()) <= 3


def test_points_that_were_drawn_together_are_not_taken_for_many() -> None:
    """Three regimes at each point: a factor without effect would else look as if three times as many points had it."""
    points = np.repeat(cube(100, 11), 3, axis=0)
    inputs = np.column_stack([points, np.tile([0.0, 1.0, 2.0], 100)])
    outcome = 5 * points[:, 0] + 0.3 * inputs[:, 11] + 0.01 * noise(300, 1)[:, 0]
    names, groups = [f"x{i}" for i in range(12)], np.repeat(np.arange(100), 3)
    is_level = [False] * 11 + [True]
    together = given_indices(names, inputs, outcome, is_level, groups)
    apart = given_indices(names, inputs, outcome, is_level)
    useless = [f"x{i}" for i in range(1, 11)]
    s1 = [np.mean([i.value for i in found if i.factor in useless and i.name == "S1"]) for found in (together, apart)]
    assert s1[0] == pytest.approx(0, abs=0.06)
    assert s1[1] > 0.15
    is_resolved = dict(zip([(i.factor, i.name) for i in together], resolved(together), strict=True))
    assert is_resolved["x0", "S1"] and is_resolved["x0", "pawn"] and is_resolved["x11", "S1"]
    assert sum(is_resolved[name, "pawn"] for name in useless) <= 1


def two_way(points: int, replications: int, sds: tuple[float, float, float], seed: int) -> Floats:
    """Return values with these standard deviations of points, shared luck and luck of their own."""
    of_points, shared, own = sds
    return (
        of_points * noise(points, 1, seed) + shared * noise(replications, 1, seed + 1).T
        + own * noise(points, replications, seed + 2)
    )  # fmt: skip


def test_luck_is_split_as_it_was_made() -> None:
    """Means over 60 data sets are the shares that the variances say, and 95 % intervals hold them nearly that often."""
    sds = 3.0, 0.7, 1.0
    total = 9 + 0.49 + 1
    truth = {"total": 1.49 / total, "shared": 0.49 / total, "in_means": 0.25 / 9.25}
    found = [luck_of(two_way(200, 4, sds, 10 * k)) for k in range(60)]
    for name, value in truth.items():
        shares = [getattr(luck, name) for luck in found]
        values = np.array([share.value for share in shares])
        assert values.mean() == pytest.approx(value, abs=4.5 * values.std(ddof=1) / np.sqrt(60) + 0.005)
        # 49 of 60 or fewer at a true 95 % happens once in a hundred thousand times.
        assert sum(share.low <= value <= share.high for share in shares) >= 50
    noise_sds = np.array([luck.noise_sd for luck in found])
    assert noise_sds.mean() == pytest.approx(0.5, abs=0.01)


def test_luck_of_extremes() -> None:
    nothing = luck_of(np.repeat(noise(50, 1), 3, axis=1))
    assert nothing.total.value == pytest.approx(0, abs=1e-12)
    only_shared = luck_of(np.repeat(noise(3, 1).T, 50, axis=0))
    assert only_shared.shared.value == pytest.approx(1)
    single = luck_of(noise(50, 1))
    assert np.isnan([single.total.value, single.total.low, single.in_means.high, single.noise_sd]).all()


def test_points_of_a_step_are_resampled_together() -> None:
    """Were the points of a step taken for independent ones, the interval would be too narrow."""
    values = np.repeat(noise(100, 1), 10, axis=0) + noise(1000, 3, seed=5)
    apart, together = luck_of(values).total, luck_of(values, np.arange(1000) // 10).total
    assert apart.value == pytest.approx(together.value)
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
