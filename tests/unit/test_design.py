"""Designs: what is exact about the points of each kind, the same points for the same question, clear refusals."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from SALib.analyze import sobol as sobol_analysis

from experiments.design import KINDS, Design, make_design
from experiments.sweep.factors import Factor
from scenarios.errors import InputError
from scenarios.priors import Prior
from sim.streams import Floats

ROOT = Path(__file__).resolve().parents[2]
PLAIN = Factor("a.plain", Prior(10.0, 30.0))
TRIANGULAR = Factor("a.triangular", Prior(0.0, 4.0, mode=1.0))
SPIKED = Factor("a.spiked", Prior(0.2, 1.0, share_at_zero=0.3))
WHOLE = Factor("a.whole", Prior(2.0, 6.0), is_whole=True)
WORDS = Factor("regime", levels=("frozen", "national_rule", "alliance_rule", "none"))
NUMBERS = Factor("horizon_years", levels=("1", "3"))
ALL = (PLAIN, TRIANGULAR, SPIKED, WHOLE, WORDS, NUMBERS)
RANGES = (PLAIN, TRIANGULAR, SPIKED, WHOLE)
"""Those that trajectories can step over."""
RANDOM = ("lhs", "sobol", "saltelli", "morris")
ISHIGAMI = tuple(Factor(f"x{i}", Prior(-math.pi, math.pi)) for i in (1, 2, 3))


def numbers(design: Design, factor: Factor) -> Floats:
    """Return a column of numbers."""
    return design.values[factor.name].to_numpy()


def strata(values: Floats, low: float, high: float) -> list[int]:
    """Return in which of as many equal parts as there are values each lies, in order."""
    return sorted(np.floor((values - low) / (high - low) * values.size).astype(int).tolist())


def factors_for(kind: str) -> tuple[Factor, ...]:
    """Return all kinds of factors that a design can have."""
    return RANGES if kind == "morris" else ALL


@pytest.mark.parametrize("kind", RANDOM)
def test_the_same_question_has_the_same_points(kind: str) -> None:
    """And another seed has others."""
    first, again, other = (make_design(kind, factors_for(kind), 16, seed) for seed in (1, 1, 2))
    assert first.values.equals(again.values)
    assert first.facts == again.facts
    assert not first.values.equals(other.values)


@pytest.mark.parametrize("kind", [*RANDOM, "grid"])
def test_columns_are_points_then_factors(kind: str) -> None:
    """Numbers are float64, also levels that are numbers; words are text; points count from zero."""
    factors = factors_for(kind)
    values = make_design(kind, factors, 4).values
    types = [pa.int64()] + [pa.float64()] * 4 + [pa.string(), pa.float64()]
    columns = len(factors) + 1
    assert values.column_names[:columns] == ["point", *(factor.name for factor in factors)]
    assert values.schema.types[:columns] == types[:columns]
    assert values["point"].to_pylist() == list(range(values.num_rows))


@pytest.mark.parametrize("kind", ["lhs", "sobol"])
def test_every_stratum_of_every_factor_has_one_point(kind: str, seed: int) -> None:
    """Exact for a Latin hypercube, and for a Sobol net of a power of two."""
    design = make_design(kind, [PLAIN, *ISHIGAMI], 256, seed)
    assert strata(numbers(design, PLAIN), 10, 30) == list(range(256))
    for factor in ISHIGAMI:
        assert strata(numbers(design, factor), -math.pi, math.pi) == list(range(256))


def test_a_sobol_net_is_even_in_two_dimensions(seed: int) -> None:
    """Its first two coordinates are a (0, m, 2)-net: one point in each of 16 x 16 boxes, and of 4 x 64."""
    design = make_design("sobol", ISHIGAMI, 256, seed)
    u, v = ((numbers(design, factor) / math.pi + 1) / 2 for factor in ISHIGAMI[:2])
    for rows, columns in ((16, 16), (4, 64)):
        boxes = np.floor(u * rows) * columns + np.floor(v * columns)
        assert sorted(boxes.tolist()) == list(range(256))


@pytest.mark.parametrize("kind", ["lhs", "sobol"])
def test_distributions_are_those_of_the_factors(kind: str, seed: int) -> None:
    """With one uniform in each stratum, counts are exact but for the stratum that a boundary cuts."""
    n = 512
    design = make_design(kind, ALL, n, seed)
    assert numbers(design, SPIKED).min() == 0
    assert int((numbers(design, SPIKED) == 0).sum()) in (math.floor(0.3 * n), math.ceil(0.3 * n))
    beside = numbers(design, SPIKED)[numbers(design, SPIKED) > 0]
    assert 0.2 <= beside.min() < beside.max() <= 1.0
    # Below the mode lies (mode - low) / (high - low) of a triangle.
    assert int((numbers(design, TRIANGULAR) < 1).sum()) == n / 4
    # Rounding gives the inner whole numbers a quarter each, the ends an eighth.
    counts = np.unique(numbers(design, WHOLE), return_counts=True)
    assert counts[0].tolist() == [2, 3, 4, 5, 6]
    assert counts[1].tolist() == [n / 8, n / 4, n / 4, n / 4, n / 8]
    words = design.values["regime"].to_pylist()
    assert [words.count(level) for level in WORDS.levels] == [n / 4] * 4
    assert np.unique(numbers(design, NUMBERS), return_counts=True)[1].tolist() == [n / 2, n / 2]


def test_saltelli_points_are_a_then_each_coordinate_of_b_then_b(seed: int) -> None:
    """N (D + 2) points in the order that the analysis of SALib without second order expects."""
    design = make_design("saltelli", ISHIGAMI, 64, seed)
    points = np.column_stack([numbers(design, factor) for factor in ISHIGAMI]).reshape(64, 5, 3)
    a, b = points[:, 0], points[:, 4]
    for i in range(3):
        mixed = a.copy()
        mixed[:, i] = b[:, i]
        assert (points[:, 1 + i] == mixed).all()
    for i in range(3):
        assert strata(a[:, i], -math.pi, math.pi) == strata(b[:, i], -math.pi, math.pi) == list(range(64))
    assert design.facts["second_order"] == "false"


def test_saltelli_points_give_the_indices_of_the_ishigami_function() -> None:
    """S1 .313905 .442411 0 and ST .557589 .442411 .243684 (doi:10.1109/ISUMA.1990.151285, a 7, b .1), within 2 %."""
    design = make_design("saltelli", ISHIGAMI, 2**14)
    x1, x2, x3 = (numbers(design, factor) for factor in ISHIGAMI)
    outcome = np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)
    problem = {"num_vars": 3, "names": [factor.name for factor in ISHIGAMI], "bounds": [[0.0, 1.0]] * 3}
    found = sobol_analysis.analyze(problem, outcome, calc_second_order=False, num_resamples=2, seed=1)
    assert found["S1"] == pytest.approx([0.313905, 0.442411, 0], rel=0.02, abs=0.002)
    assert found["ST"] == pytest.approx([0.557589, 0.442411, 0.243684], rel=0.02)


def test_morris_trajectories_move_one_factor_at_a_time(seed: int) -> None:
    """Each factor once in each trajectory, by 2/3 of the unit cube, on the levels 0, 1/3, 2/3 and 1."""
    factors = (PLAIN, TRIANGULAR, SPIKED)
    design = make_design("morris", factors, 20, seed)
    u = design.unit_points
    assert u.shape == (20 * 4, 3)
    assert set(np.round(u * 3, 12).ravel()) == {0, 1, 2, 3}
    steps = np.abs(np.diff(u.reshape(20, 4, 3), axis=1))
    assert steps.max(axis=2) == pytest.approx(np.full((20, 3), 2 / 3))
    for trajectory in steps:
        assert sorted(trajectory.argmax(axis=1).tolist()) == list(range(3))
        assert ((trajectory > 1e-9).sum(axis=1) == 1).all()
    assert design.facts["levels"] == "4"
    for factor, coordinates in zip(factors, u.T, strict=True):
        assert design.values[factor.name].to_pylist() == factor.column(coordinates).to_pylist()


def test_steps_of_whole_numbers_are_those_that_are_run(seed: int) -> None:
    """On 2, 3, 5 and 6, of a range of 4, each step is 3: not two thirds of the range but three quarters."""
    design = make_design("morris", (PLAIN, WHOLE), 20, seed)
    u = design.unit_points[:, 1]
    assert (u == (numbers(design, WHOLE) - 2) / 4).all()
    assert set(u) == {0, 0.25, 0.75, 1}
    assert set(np.abs(np.diff(u.reshape(20, 3), axis=1)).ravel()) == {0, 0.75}


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.4), (0.0, 0.6)])
def test_whole_numbers_that_a_step_does_not_move_are_refused(low: float, high: float) -> None:
    """All values are 0, or only the last is 1."""
    with pytest.raises(InputError, match=r"a\.whole: rounded to whole numbers, 0 to [01], not every step"):
        make_design("morris", (PLAIN, Factor("a.whole", Prior(low, high), is_whole=True)), 4)


def test_a_grid_has_every_combination_once() -> None:
    """The last factor changes fastest; distributions are at the medians of equal parts, doubles left out."""
    design = make_design("grid", (PLAIN, SPIKED, NUMBERS), 4)
    plain, spiked = [12.5, 17.5, 22.5, 27.5], [0.0, *SPIKED.prior.quantile(np.array([0.375, 0.625, 0.875]))]
    expected = [(a, b, c) for a in plain for b in spiked for c in (1.0, 3.0)]
    columns = [numbers(design, factor).tolist() for factor in (PLAIN, SPIKED, NUMBERS)]
    assert list(zip(*columns, strict=True)) == expected
    assert make_design("grid", (WHOLE,), 100).values["a.whole"].to_pylist() == [2, 3, 4, 5, 6]
    assert make_design("grid", (Factor("a.spiked", Prior(0.2, 1, share_at_zero=0.6)),), 3).values.num_rows == 2


def test_cases_are_the_arms_by_name() -> None:
    design = make_design("cases", (WORDS,))
    assert design.values.column_names == ["point", "name", "regime"]
    assert design.values["name"].to_pylist() == design.values["regime"].to_pylist() == list(WORDS.levels)


def test_a_table_is_taken_as_it_is() -> None:
    table = pa.table({"a.plain": [3.0, 1.0], "name": ["x", "y"], "beside": [0, 0]})
    design = make_design("table", (Factor("a.plain"),), table=table)
    assert design.values.to_pydict() == {"point": [0, 1], "name": ["x", "y"], "a.plain": [3.0, 1.0]}


@pytest.mark.parametrize("kind", [*RANDOM, "grid"])
def test_a_design_can_be_had_back_from_its_facts(kind: str) -> None:
    design = make_design(kind, factors_for(kind), 2, 5)
    assert Design.of(design.values, design.facts) == design
    assert (design.facts["kind"], design.facts["n"], design.facts["seed"]) == (kind, "2", "5")


@pytest.mark.parametrize("kind", ["lhs", "sobol", "saltelli", "morris"])
@pytest.mark.parametrize("prior", [Prior(0.08, 0.22), Prior(0.1, 0.7, mode=0.3), Prior(-1.7, -0.1)])
def test_no_point_lies_outside_its_range(kind: str, prior: Prior) -> None:
    """Rounding included: .08 + (.22 - .08) is more than .22."""
    values = make_design(kind, (Factor("a", prior), PLAIN), 32).values["a"].to_numpy()
    assert prior.low <= values.min() <= values.max() <= prior.high


@pytest.mark.parametrize(
    ("kind", "factors", "n", "message"),
    [
        ("sobl", ALL, 8, "design: 'sobl' is not known; did you mean sobol?"),
        ("sobol", ALL, 1000, "n: 1000 is not allowed with design=sobol.*such as 512 or 1024"),
        ("saltelli", ALL, 3, "such as 2 or 4"),
        ("saltelli", ALL, 0, "n: 0 is not allowed with design=saltelli; allowed: 2 or more"),
        ("lhs", ALL, 1, "n: 1 is not allowed with design=lhs; allowed: 2 or more"),
        ("morris", RANGES, 1, "allowed: 2 or more"),
        ("morris", (PLAIN, WORDS), 2, "regime has levels, which have no distance .*regime=frozen.*the same points"),
        ("morris", (PLAIN, NUMBERS), 2, "horizon_years has levels"),
        ("grid", ALL, 0, "n: 0 is not allowed with design=grid; allowed: 1 or more"),
        ("grid", (PLAIN,), 10_000_001, "design=grid would have 10,000,001 points"),
        ("grid", (PLAIN, TRIANGULAR), 10_000, "design=grid would have 100,000,000 points; allowed: up to 10,000,000"),
        ("saltelli", ALL, 2**22, "design=saltelli would have 33,554,432 points"),
        ("lhs", (), 8, "vary: nothing is not allowed with design=lhs"),
        ("lhs", (PLAIN, PLAIN), 8, "vary: 'a.plain' is there 2 times"),
        ("lhs", (Factor("a.empty"),), 8, "vary: a.empty says nothing to vary over"),
        ("cases", (WORDS, PLAIN), 8, "design=cases varies the regime alone"),
        ("cases", (PLAIN,), 8, "design=cases varies the regime alone"),
        ("table", (PLAIN,), 8, "table: no points"),
    ],
)
def test_what_does_not_go_together_is_refused(kind: str, factors: tuple[Factor, ...], n: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_design(kind, factors, n)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"other": [1.0]}), "table: column 'a.plain' is missing; it has other."),
        (pa.table({"a.plain": pa.array([], pa.float64())}), "table: no points"),
    ],
)
def test_a_table_without_the_factors_is_refused(table: pa.Table, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_design("table", (PLAIN,), table=table)


def test_every_kind_is_tested_here() -> None:
    assert {*RANDOM, "grid", "cases", "table"} == set(KINDS)


def test_libraries_are_loaded_only_by_the_designs_that_need_them() -> None:
    """SALib brings pandas and matplotlib, Hydra is slow too: a command that asks for none of this does not wait."""
    slow = "{'SALib', 'pandas', 'matplotlib', 'hydra', 'scipy.stats'}"
    code = f"import sys, experiments.sweep.asked, experiments.cli; print({slow} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert found.stdout.strip() == "set()"
