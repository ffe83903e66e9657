"""PRIM: a known box is found, nothing is found in noise, and every number of a box is the one that counting gives."""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np
import pytest

from experiments.prim import Box, Limits, find_box, peeling_trajectory, selection_shares
from sim.streams import Bools, Floats, Stream, Streams

ROWS, INPUTS = 3000, 10
INSIDE, OUTSIDE = 0.9, 0.03  # chance of a case of interest inside and outside of the true box
TRUE_LOW, TRUE_HIGH = {0: 0.6, 2: 0.2}, {1: 0.35, 2: 0.8}
TRUE_MASS = 0.4 * 0.35 * 0.6
PEEL = 0.05


class Known(NamedTuple):
    inputs: Floats
    is_case: Bools
    is_inside: Bools


def uniforms(seed: int, rows: int, columns: int) -> Floats:
    """Return uniforms, a row for each case."""
    return Streams(seed, 0).uniforms(Stream.LUCK, np.arange(rows), columns)


def known(seed: int) -> Known:
    """Return rows whose cases of interest are dense in one box of three of the ten inputs."""
    drawn = uniforms(seed, ROWS, INPUTS + 1)
    inputs = drawn[:, :INPUTS]
    is_inside = (inputs[:, 0] > 0.6) & (inputs[:, 1] < 0.35) & (inputs[:, 2] > 0.2) & (inputs[:, 2] < 0.8)
    return Known(inputs, drawn[:, INPUTS] < np.where(is_inside, INSIDE, OUTSIDE), is_inside)


def with_categories(seed: int) -> tuple[Floats, Bools, Bools]:
    """Return rows of which those with input 0 above 0.5 and input 3 in {1, 3} of {0, 1, 2, 3, 4} are of interest."""
    drawn = uniforms(seed, 2000, 5)
    inputs = np.column_stack([drawn[:, :3], np.floor(5 * drawn[:, 3])])
    is_inside = (inputs[:, 0] > 0.5) & np.isin(inputs[:, 3], [1, 3])
    return inputs, drawn[:, 4] < np.where(is_inside, 0.85, 0.05), np.array([False, False, False, True])


def found(inputs: Floats, is_case: Bools, is_categorical: Bools | None = None) -> Box:
    """Return the box of rows that have one."""
    box = find_box(inputs, is_case, is_categorical=is_categorical)
    assert box is not None
    return box


def check_counts(box: Box, inputs: Floats, is_case: Bools) -> None:
    """Check coverage, density and mass against counting the rows that the box contains."""
    is_inside = box.contains(inputs)
    cases = np.count_nonzero(is_inside & is_case)
    assert box.coverage == cases / np.count_nonzero(is_case)
    assert box.density == cases / np.count_nonzero(is_inside)
    assert box.mass == np.count_nonzero(is_inside) / len(inputs)


def test_the_known_box_is_found(seed: int) -> None:
    """Exactly the three inputs that matter are restricted, on the sides that matter, within two peels of the truth.

    A peel takes 5 % of what is left of an input, so a limit is one peel off by construction, and scatter adds to it.
    """
    inputs, is_case, _ = known(seed)
    box = found(inputs, is_case)
    assert set(np.flatnonzero(np.isfinite(box.low)).tolist()) == set(TRUE_LOW)
    assert set(np.flatnonzero(np.isfinite(box.high)).tolist()) == set(TRUE_HIGH)
    widths = {0: 0.4, 1: 0.35, 2: 0.6}
    for limits, truth in ((box.low, TRUE_LOW), (box.high, TRUE_HIGH)):
        for column, value in truth.items():
            assert abs(limits[column] - value) < 2 * PEEL * widths[column]


def test_the_known_box_has_the_quality_of_the_true_one(seed: int) -> None:
    """Five binomial standard errors, and one peel of rows that are all inside or all outside of the true box."""
    inputs, is_case, _ = known(seed)
    box = found(inputs, is_case)
    check_counts(box, inputs, is_case)
    cases = TRUE_MASS * INSIDE + (1 - TRUE_MASS) * OUTSIDE
    coverage = TRUE_MASS * INSIDE / cases

    def tolerance(share: float, rows: float, peel: float) -> float:
        return 5 * math.sqrt(share * (1 - share) / rows) + peel

    assert abs(box.mass - TRUE_MASS) < tolerance(TRUE_MASS, ROWS, PEEL * TRUE_MASS)
    assert abs(box.density - INSIDE) < tolerance(INSIDE, ROWS * TRUE_MASS, PEEL * (INSIDE - OUTSIDE))
    assert abs(box.coverage - coverage) < tolerance(coverage, ROWS * cases, PEEL * coverage)


@pytest.mark.slow
def test_the_known_box_is_found_every_time() -> None:
    """The inputs are the right ones for thirty seeds in thirty."""
    for seed in range(100, 130):
        inputs, is_case, _ = known(seed)
        assert np.flatnonzero(found(inputs, is_case).is_restricted).tolist() == [0, 1, 2]


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_noise_restricts_few_inputs(share: float) -> None:
    """Of ten inputs that say nothing, no more than 5 % remain restricted (and 5 binomial standard errors)."""
    seeds = 30
    restricted = 0
    for seed in range(seeds):
        drawn = uniforms(seed, 1000, INPUTS + 1)
        restricted += int(found(drawn[:, :INPUTS], drawn[:, INPUTS] < share).is_restricted.sum())
    tests = seeds * INPUTS
    assert restricted / tests < 0.05 + 5 * math.sqrt(0.05 * 0.95 / tests)


def test_what_remains_restricted_is_unlikely_by_chance(seed: int) -> None:
    """No reported restriction has a quasi-p-value above 0.05, though the boxes of the trajectory do."""
    inputs, is_case, _ = known(seed)
    assert (peeling_trajectory(inputs, is_case)[-1].quasi_p > 0.05).sum() > (INPUTS - 3) // 2
    box = found(inputs, is_case)
    assert (box.quasi_p[box.is_restricted] <= 0.05).all()
    assert (box.quasi_p[~box.is_restricted] == 1).all()


def test_categories_are_found(seed: int) -> None:
    """The two of five categories that matter remain, with the one numeric input that matters."""
    inputs, is_case, is_categorical = with_categories(seed)
    box = found(inputs, is_case, is_categorical)
    assert box.categories == {3: frozenset({1, 3})}
    assert box.is_restricted.tolist() == [True, False, False, True]
    assert abs(box.low[0] - 0.5) < 2 * PEEL * 0.5
    assert math.isinf(box.high[0])
    check_counts(box, inputs, is_case)


def test_a_box_contains_what_its_limits_allow() -> None:
    low, high = np.array([0.0, -np.inf, -np.inf]), np.array([1.0, np.inf, 5.0])
    box = Limits(low, high, {1: frozenset({2, 7})})
    rows = np.array([[0, 2, 5], [1, 7, -9], [-0.1, 2, 0], [0.5, 3, 0], [0.5, 7, 5.1]], float)
    assert box.contains(rows).tolist() == [True, True, False, False, False]
    assert box.is_restricted.tolist() == [True, True, True]
    assert box.restricted(1).contains(rows).tolist() == [True, True, False, True, False]
    assert box.restricted(1).is_restricted.tolist() == [True, False, True]


@pytest.mark.parametrize("levels", [0, 2, 4])
def test_density_rises_along_the_trajectory(seed: int, levels: int) -> None:
    """Each peel raises density as mass falls, each paste raises both; ties do not matter."""
    inputs, is_case, _ = known(seed)
    inputs = np.round(inputs[:1000] * levels) if levels else inputs[:1000]
    trajectory = peeling_trajectory(inputs, is_case[:1000])
    density, mass = np.array([(box.density, box.mass) for box in trajectory]).T
    assert mass[0] == 1
    assert (np.diff(density) > 0).all()
    turn = int(mass.argmin())
    assert turn > 0
    assert (np.diff(mass[: turn + 1]) < 0).all()
    assert (np.diff(mass[turn:]) > 0).all()
    assert mass.min() >= 0.05
    for box in trajectory:
        check_counts(box, inputs, is_case[:1000])


def test_a_peel_takes_the_share_and_what_is_tied() -> None:
    """Of 20 values, 5 % are one and the limit is halfway to the next; tied values go together, the last never."""
    values = np.arange(20.0)[:, None]
    assert peeling_trajectory(values, values[:, 0] > 3)[1].low[0] == 0.5
    assert peeling_trajectory(-values, values[:, 0] > 3)[1].high[0] == -0.5
    tied = np.maximum(values, 2)
    assert peeling_trajectory(tied, values[:, 0] > 3)[1].low[0] == 2.5
    two = np.minimum(np.arange(40.0), 1)[:, None]
    assert [box.low[0] for box in peeling_trajectory(two, two[:, 0] > 0)] == [-np.inf, 0.5]
    assert peeling_trajectory(values, values[:, 0] > 18)[-1].mass == 0.05


def test_ties_go_to_the_fewest_restricted_inputs() -> None:
    """Two tied rows go first; of two further peels with the same gain, that of the same input is taken."""
    other = np.array([1, 2, 3, 4, 5, 0, 0, 19, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 10])
    inputs = np.column_stack([np.arange(20.0), other])
    boxes = peeling_trajectory(inputs, ~np.isin(np.arange(20), [5, 6, 7, 19]))
    assert [(box.low[1], box.high[1], box.high[0]) for box in boxes] == [
        (-np.inf, np.inf, np.inf),
        (0.5, np.inf, np.inf),
        (0.5, 18, np.inf),
        (0.5, 18, 18.5),
    ]


def test_neighbouring_floats_are_told_apart() -> None:
    """Where halfway is not a number of its own, the limit still leaves the outer value out."""
    for value in (1.0, np.nextafter(1.0, 2.0)):
        inputs = np.repeat([value, np.nextafter(value, 2.0)], 50)[:, None]
        for sign in (1, -1):
            box = found(sign * inputs, np.arange(100) >= 50)
            assert (box.coverage, box.density, box.mass) == (1, 1, 0.5)


def test_a_category_is_weighed_by_its_rows() -> None:
    """Gain for each row that goes: half the rows with one case in ten go before a twentieth with none.

    Dropping r of n rows with mean m from density d gains r (d - m) / (n - r), or (d - m) / (n - r) for each row.
    """
    inputs = np.column_stack([np.arange(200.0), np.arange(200) % 2])
    is_case = (inputs[:, 1] == 1) | (np.arange(200) % 20 == 18)
    is_case[:10] = False
    density = is_case.mean()
    scores = {}
    for name, keeps in {"slice": inputs[:, 0] >= 10, "category": inputs[:, 1] == 1}.items():
        scores[name] = (is_case[keeps].mean() - density) / (~keeps).sum()
    assert scores["category"] > scores["slice"]
    first = peeling_trajectory(inputs, is_case, is_categorical=np.array([False, True]))[1]
    assert first.categories == {1: frozenset({1})}


def test_pasting_recovers_what_was_peeled_too_far() -> None:
    """A peel of 45 % goes 15 rows too far; pastes of 3 rows find the way back to the row."""
    row = np.arange(100)
    is_case = ((row >= 30) & (row < 45)) | ((row >= 45) & (row % 2 == 0))
    trajectory = peeling_trajectory(row[:, None].astype(float), is_case, peel_share=0.45, least_mass=0.5)
    lows = [box.low[0] for box in trajectory]
    assert lows == [-np.inf, 44.5, 41.5, 38.5, 35.5, 32.5, 29.5]
    assert trajectory[-1].coverage == 1
    mirrored = peeling_trajectory(-row[:, None].astype(float), is_case, peel_share=0.45, least_mass=0.5)
    assert [-box.high[0] for box in mirrored] == lows


def test_the_reported_box_is_pasted_too() -> None:
    """The box that is chosen is not the last that peeling finds; its own slice too far comes back."""
    row = np.arange(100)
    is_case = ((row >= 30) & (row < 45)) | ((row >= 45) & (row % 2 == 0)) | (row >= 80)
    inputs = row[:, None].astype(float)
    assert [box.low[0] for box in peeling_trajectory(inputs, is_case, peel_share=0.45)] == [-np.inf, 44.5, 69.5, 83.5]
    box = find_box(inputs, is_case, peel_share=0.45)
    assert box is not None
    assert (box.low[0], box.coverage) == (29.5, 1)


def test_pasting_recovers_a_category() -> None:
    """A category that is poor in all rows, and so goes first, is rich in the box and comes back."""
    row = np.arange(2000)
    place, category = row // 2 / 1000, row % 2
    phase = row // 2 % 10
    is_rich = place >= 0.8
    is_case = np.where(category == 0, is_rich, phase < np.where(is_rich, 8, 5))
    inputs = np.column_stack([place, category])
    trajectory = peeling_trajectory(inputs, is_case, is_categorical=np.array([False, True]))
    assert trajectory[1].categories == {1: frozenset({1})}
    assert trajectory[-1].categories == {}
    assert trajectory[-2].categories == {1: frozenset({1})}
    assert trajectory[-1].density > trajectory[-2].density
    assert trajectory[-1].coverage > 1.9 * trajectory[-2].coverage


def test_quasi_p_is_the_binomial_tail() -> None:
    """By hand: the box has all 10 cases in 50 of 100 rows, without its restriction their share is 0.1."""
    inputs = np.repeat([0.0, 1.0], 50)[:, None]
    is_case = np.arange(100) >= 90
    box = peeling_trajectory(inputs, is_case)[-1]
    assert (box.mass, box.density) == (0.5, 0.2)
    tail = sum(math.comb(50, cases) * 0.1**cases * 0.9 ** (50 - cases) for cases in range(10, 51))
    assert box.quasi_p[0] == pytest.approx(tail, rel=1e-12)


def test_a_box_covers_enough() -> None:
    """The denser of two regions is not reported alone where that covers too little."""
    row = np.arange(1000)
    is_case = (row >= 900) | ((row >= 400) & (row % 5 == 0))
    narrow, wide = (find_box(row[:, None].astype(float), is_case, least_coverage=least) for least in (0.25, 0.9))
    assert narrow is not None
    assert wide is not None
    assert narrow.coverage == 0.5 < 0.9 <= wide.coverage
    assert abs(narrow.low[0] - 899.5) < PEEL * 100
    assert wide.low[0] < 500


def test_without_contrast_there_is_no_box() -> None:
    inputs = uniforms(1, 50, 3)
    assert find_box(inputs, np.zeros(50, bool)) is None
    assert find_box(inputs, np.ones(50, bool)) is None
    assert find_box(inputs[:1], np.ones(1, bool)) is None
    assert find_box(inputs[:1], np.zeros(1, bool)) is None
    for is_case in (np.zeros(50, bool), np.ones(50, bool)):
        (box,) = peeling_trajectory(inputs, is_case)
        assert (box.mass, box.density) == (1, is_case[0])
        assert math.isnan(box.coverage) == (not is_case[0])


def test_a_constant_input_is_never_restricted(seed: int) -> None:
    inputs, is_case, _ = known(seed)
    inputs = np.column_stack([inputs[:500], np.full(500, 7.0), np.full(500, 2.0)])
    is_categorical = np.arange(INPUTS + 2) == INPUTS + 1
    for box in peeling_trajectory(inputs, is_case[:500], is_categorical=is_categorical):
        assert not box.is_restricted[INPUTS:].any()


def test_repeated_rows_end() -> None:
    """Two hundred copies of each of two rows leave nothing to peel but one of them."""
    inputs = np.repeat([[0.0, 5.0], [1.0, 5.0]], 200, axis=0)
    box = found(inputs, np.arange(400) % 8 < 1 + 6 * (inputs[:, 0] == 1))
    assert box.low.tolist() == [0.5, -np.inf]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": np.array([[0.1], [np.nan]])}, "inputs have a nan, must be finite"),
        ({"inputs": np.array([[0.1], [-np.inf]])}, "inputs have a -inf, must be finite"),
        ({"inputs": np.array([0.1, 0.2])}, r"inputs have shape \(2,\)"),
        ({"inputs": np.zeros((0, 3))}, r"inputs have shape \(0, 3\)"),
        ({"is_case": np.array([True])}, r"is_case has shape \(1,\)"),
        ({"is_case": np.array([1.0, np.nan])}, "is_case has .* float64, must be"),
        ({"is_categorical": np.array([True, False])}, r"is_categorical has shape \(2,\)"),
        ({"is_categorical": np.array([True])}, "fraction"),
        ({"peel_share": 1.0}, "shares are .* less than 1"),
        ({"least_mass": -0.1}, "shares are .* at least 0"),
        ({"least_coverage": math.nan}, "shares are"),
    ],
)
def test_what_is_no_sample_is_refused(change: dict[str, Floats], message: str) -> None:
    arguments = {"inputs": np.array([[0.1], [0.2]]), "is_case": np.array([True, False])} | change
    with pytest.raises(ValueError, match=message):
        find_box(**arguments)


def test_resamples_choose_the_inputs_that_matter() -> None:
    """All resamples restrict the three true inputs; the others come and go."""
    inputs, is_case, _ = known(1)
    shares = selection_shares(inputs, is_case, 8, 1)
    assert shares[:3].tolist() == [1, 1, 1]
    assert (shares[3:] <= 0.5).all()


def test_resamples_are_addressed() -> None:
    """Resample i draws as many rows as there are, by its own uniforms; more resamples include those of fewer."""
    seed = 1
    inputs, is_case = known(seed).inputs[:150], known(seed).is_case[:150]
    inputs[:, INPUTS - 1] = np.floor(3 * inputs[:, INPUTS - 1])
    is_categorical = np.arange(INPUTS) == INPUTS - 1
    restricted = []
    for resample in range(5):
        drawn = Streams(seed, 0).uniforms(Stream.BOOTSTRAP, np.array([resample]), 150)[0]
        rows = np.floor(150 * drawn).astype(int)
        restricted.append(found(inputs[rows], is_case[rows], is_categorical).is_restricted)
    assert np.ptp(np.array(restricted).astype(int), axis=0).any(), "the resamples must differ"
    for count in (1, 5):
        shares = selection_shares(inputs, is_case, count, seed, is_categorical=is_categorical)
        assert shares.tolist() == (np.sum(restricted[:count], axis=0) / count).tolist()


def test_resamples_without_contrast_choose_nothing() -> None:
    assert selection_shares(uniforms(1, 20, 2), np.zeros(20, bool), 3, 1).tolist() == [0, 0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_mixed", [False, True])
def test_peels_are_those_of_the_ema_workbench(seed: int, is_mixed: bool) -> None:
    """An independent implementation peels the same boxes, to the last digit, with the same quasi-p-values.

    It pastes slices of what lies outside the box, not of what lies inside, so the pasted boxes are not compared. Nor
    are quasi-p-values of inputs restricted on both sides: it has one for each side.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ema = pytest.importorskip("ema_workbench.analysis.prim")
        pandas = pytest.importorskip("pandas")
    inputs, is_case, is_categorical = with_categories(seed) if is_mixed else (*known(seed)[:2], np.zeros(INPUTS, bool))
    frame = pandas.DataFrame({str(column): values for column, values in enumerate(inputs.T)})
    for column in np.flatnonzero(is_categorical):
        frame[str(column)] = frame[str(column)].astype(int).astype(object)
    theirs = ema.Prim(frame, is_case.astype(int), threshold=0.1, peel_alpha=PEEL, mass_min=0.05).find_box()
    ours = peeling_trajectory(inputs, is_case, is_categorical=is_categorical)
    peels = int(np.argmin([box.mass for box in ours])) + 1
    quality = theirs.peeling_trajectory[["coverage", "density", "mass"]].to_numpy(float)
    assert int(quality[:, 2].argmin()) + 1 == peels > 20
    for i, box in enumerate(ours[:peels]):
        assert (box.coverage, box.density, box.mass) == pytest.approx(tuple(quality[i]), rel=1e-12)
        for column in np.flatnonzero(box.is_restricted).tolist():
            limits, quasi_p = theirs.box_lims[i][str(column)].tolist(), theirs.qp[i][str(column)]
            if is_categorical[column]:
                assert box.categories[column] == limits[0]
            sides = [(limits[0], box.low[column]), (limits[1], box.high[column])]
            for limit, own in [] if is_categorical[column] else sides:
                assert math.isinf(own) or own == pytest.approx(limit, rel=1e-12)
            if -1 in quasi_p:
                assert box.quasi_p[column] == pytest.approx(max(quasi_p), rel=1e-9)
