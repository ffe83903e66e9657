"""Priors: exact moments and quantiles, held against scipy and against numerical integration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scenarios.errors import InputError
from scenarios.parameter_table import make_parameters, parameter_rows
from scenarios.priors import (
    Prior,
    draw_parameters,
    parameter_value,
    parse_prior,
    uncertain_parameters,
    value_of,
    with_values,
)

U = np.array([0.001, 0.1, 1 / 3, 0.4857142857142857, 0.5, 0.77, 0.999])
REFERENCES = {
    "uniform(-1.2, -0.4)": stats.uniform(-1.2, 0.8),
    "uniform(20000, 150000)": stats.uniform(20000, 130000),
    "triangular(0.25, 0.42, 0.60)": stats.triang((0.42 - 0.25) / 0.35, 0.25, 0.35),
    "triangular(0, 0, 2)": stats.triang(0, 0, 2),
    "triangular(0, 2, 2)": stats.triang(1, 0, 2),
}


@pytest.mark.parametrize(("text", "reference"), REFERENCES.items())
def test_uniform_and_triangular_are_those_of_scipy(text: str, reference: stats.rv_continuous) -> None:
    prior = parse_prior(text, 0.0)
    assert prior.quantile(U) == pytest.approx(reference.ppf(U), rel=1e-12, abs=1e-12)
    assert prior.mean == pytest.approx(reference.mean(), rel=1e-12)
    assert prior.sd == pytest.approx(reference.std(), rel=1e-12)
    assert prior.support == pytest.approx(reference.support())


def integral_of_quantile(prior: Prior, power: int) -> float:
    """Return E[X^power] = integral of Q(u)^power, by the midpoint rule with an edge at the spike."""
    edges = np.union1d(np.linspace(0, 1, 200_001), [prior.share_at_zero])
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    return float((prior.quantile(middle) ** power * width).sum())


@pytest.mark.parametrize("text", [*REFERENCES, "spike(0, 0.3333, uniform(0, 1))", "spike(0, 0.25, uniform(2, 5))"])
def test_moments_are_the_integrals_of_the_quantile(text: str) -> None:
    prior = parse_prior(text, 0.0)
    mean, square = (integral_of_quantile(prior, power) for power in (1, 2))
    assert prior.mean == pytest.approx(mean, rel=1e-6)
    assert prior.sd == pytest.approx(np.sqrt(square - mean**2), rel=1e-4)


def test_a_spike_has_its_share_at_zero_and_the_rest_beside() -> None:
    prior = parse_prior("spike(0, 0.25, uniform(2, 6))", 0.0)
    assert prior.quantile(np.array([0.1, 0.2499, 0.25, 0.625, 1.0])).tolist() == [0.0, 0.0, 2.0, 4.0, 6.0]
    assert prior.mean == 3.0
    # E[X²] = 3/4 (16 + 16/12) = 13
    assert prior.sd == pytest.approx(2.0)
    assert prior.support == (0.0, 6.0)


def test_a_fixed_prior_is_its_default() -> None:
    prior = parse_prior("fixed", 3.5)
    assert (prior.mean, prior.sd, prior.support) == (3.5, 0.0, (3.5, 3.5))
    assert prior.quantile(U).tolist() == [3.5] * U.size


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("normal(0, 1)", "not known"),
        ("uniform(0, one)", "not known"),
        ("uniform(0, 1-)", "not known"),
        ("uniform(2, 1)", "not in order"),
        ("uniform(1, 1)", "not in order"),
        ("triangular(0, 3, 2)", "not in order"),
        ("spike(0, 0.3, uniform(-1, 1))", "not in order"),
    ],
)
def test_a_wrong_prior_is_explained(text: str, words: str) -> None:
    with pytest.raises(InputError, match=rf"prior .* is {words}; allowed: "):
        parse_prior(text, 0.0)


@given(st.sampled_from([*REFERENCES, "spike(0, 0.3333, uniform(0, 0.5))"]), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_rise_and_stay_in_the_support(text: str, u: float, v: float) -> None:
    prior = parse_prior(text, 0.0)
    low, high = prior.quantile(np.array([min(u, v), max(u, v)]))
    assert prior.support[0] <= low <= high <= prior.support[1]


def test_every_prior_of_the_table_fits_its_bounds_and_its_default() -> None:
    priors, rows = uncertain_parameters(), parameter_rows()
    assert {name for name, row in rows.items() if row.prior != "fixed"} == set(priors)
    for name, prior in priors.items():
        row = rows[name]
        assert row.kind in ("free", "prior"), name
        assert row.low <= prior.support[0] <= row.default <= prior.support[1] <= row.high, name
        assert prior.sd > 0, name


def test_values_are_whole_where_things_are_counted_and_within_bounds() -> None:
    assert parameter_value("organisations.count", 99.6) == 100.0
    assert parameter_value("organisations.count", 5.0) == 10.0
    assert parameter_value("control.separation", 1.234) == 1.234
    assert parameter_value("control.separation", 9.0) == 2.3


def test_draws_take_the_quantile_of_each_parameter() -> None:
    drawn = draw_parameters({"organisations.count": U, "control.separation": U})
    assert drawn["organisations.count"].tolist() == [round(40 + 260 * u) for u in U]
    assert drawn["control.separation"] == pytest.approx(0.3 + 1.7 * U)


def test_changed_values_are_those_of_the_table_maker() -> None:
    values = {"organisations.count": 77.0, "control.separation": 0.9, "control.search_min": 200.0}
    nested = {"organisations": {"count": 77}, "control": {"separation": 0.9, "search_min": 200.0}}
    changed = with_values(make_parameters(), values)
    assert changed == make_parameters(nested)
    assert isinstance(changed.organisations.count, int)
    assert {name: value_of(changed, name) for name in values} == values


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"control.separation": 2.4}, r"control.separation: 2.4 is not allowed; allowed: 0.05 to 2.3"),
        ({"control.separation": float("nan")}, "control.separation: nan is not allowed"),
        ({"organisations.count": 50.5}, "allowed: whole numbers from 10 to 1000"),
        ({"control.seperation": 1.0}, "did you mean control.separation"),
    ],
)
def test_a_value_that_cannot_be_is_refused(values: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        with_values(make_parameters(), values)
