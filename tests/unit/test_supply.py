"""Supply: masses, yearly sums, and lots that belong to the case alone."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from scenarios.build_world import build_world
from scenarios.case import Case
from sim.clock import Clock
from sim.consignment import Records
from sim.streams import Streams
from sim.supply import capped_lognormal_mean, make_lots, supply_index
from tests.model_cases import small_case, small_run, with_parameters

YEAR = Clock(datetime.date(2023, 1, 1))


def lots_of(case: Case, replication: int = 0, seed: int = 1, days: int = 365) -> Records:
    return make_lots(case, build_world(case.world, case.parameters), Streams(seed, replication), YEAR, days)


@pytest.mark.parametrize(("median", "log_sd", "cap"), [(300, 1.4, 16_000), (150, 1.1, 5_000), (600, 1.7, 700)])
def test_capped_mean_against_numeric_integration(median: float, log_sd: float, cap: float) -> None:
    """The closed form is the integral of min(x, cap) over the lognormal density."""
    bound = (np.log(cap) - np.log(median)) / log_sd
    below, _ = quad(lambda z: median * np.exp(log_sd * z) * norm.pdf(z), -12, bound, epsabs=1e-10, limit=200)
    assert capped_lognormal_mean(median, log_sd, cap) == pytest.approx(below + cap * norm.sf(bound), rel=1e-9)


def test_yearly_sum_is_the_years_supply(seed: int) -> None:
    """Over replications the mass of a year's lots is the year's supply, within 4 standard errors."""
    case = small_case("switches.elastic_supply=false")
    world = build_world(case.world, case.parameters)
    tonnes = np.array([lots_of(case, number, seed)["mass_g"].sum() / 1e6 for number in range(150)])
    expected = case.parameters.supply.mass_2023_t * world.supply_share * 365 / 365.25
    assert abs(tonnes.mean() - expected) < 4 * tonnes.std(ddof=1) / np.sqrt(tonnes.size)


def test_number_of_lots_is_poisson(seed: int) -> None:
    """Over replications the number of lots has its mean and, as a Poisson count, the same variance (5 errors)."""
    case = small_case("switches.elastic_supply=false")
    world = build_world(case.world, case.parameters)
    count = np.array([lots_of(case, number, seed).size for number in range(200)])
    expected = case.parameters.supply.lots_2023 * world.supply_share * 365 / 365.25
    assert abs(count.mean() - expected) < 5 * np.sqrt(expected / count.size)
    assert abs(count.var(ddof=1) / expected - 1) < 5 * np.sqrt(2 / count.size)


def test_envelope_adds_lots_and_keeps_mean_mass() -> None:
    """With elastic supply there are 1.3 times as many lots; masses are drawn alike."""
    sizes = {}
    for switch in ("true", "false"):
        lots = [lots_of(small_case(f"switches.elastic_supply={switch}"), number) for number in range(60)]
        sizes[switch] = sum(rows.size for rows in lots)
    ratio = sizes["true"] / sizes["false"]
    assert abs(ratio - 1.3) < 5 * 1.3 * np.sqrt(1 / sizes["true"] + 1 / sizes["false"])


def test_lots_do_not_depend_on_organisations() -> None:
    """Law: supply is a property of the case: who ships it, and how many there are, changes no lot."""
    base = lots_of(small_case())
    for count in (10, 40, 1000):
        other = lots_of(with_parameters(small_case(), "organisations", count=count))
        assert other.tobytes() == base.tobytes()
    few = small_run("parameters.organisations.count=10")["lots"].to_pylist()
    last = min(len(few), small_run()["lots"].num_rows)
    assert few[:last] == small_run()["lots"].to_pylist()[:last]


def test_lots_are_in_order_and_named_once() -> None:
    """Ordered by day, then id; identities are slot and ordinal; each has grams and an undecided fate."""
    lots = lots_of(small_case())
    assert (np.diff(lots["arrival_day"]) >= 0).all()
    assert ((lots["arrival_day"] >= 0) & (lots["arrival_day"] < 365)).all()
    assert np.unique(lots["id"]).size == lots.size
    assert (lots["id"] // 65536 == lots["slot"]).all()
    assert (lots["mass_g"] > 0).all()


def test_a_longer_run_begins_with_the_same_lots() -> None:
    """The horizon changes no lot of the days that both runs have."""
    short, long = lots_of(small_case(), days=200), lots_of(small_case(), days=365)
    assert np.array_equal(long[long["arrival_day"] < 200], short)


def test_supply_index_by_year() -> None:
    """Known years from the table, before them the first, after them the scenario's growth."""
    case = small_case("scenario.supply_growth_per_year=0.1")
    known = case.parameters.supply
    assert [supply_index(case, year) for year in (2010, 2019, 2022, 2023)] == [
        known.index_2019, known.index_2019, known.index_2022, 1.0
    ]  # fmt: skip
    assert supply_index(case, 2025) == pytest.approx(1.21)
