"""Supply: masses, yearly sums, and lots that belong to the case alone."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow.compute as pc
import pytest
from scipy.integrate import quad
from scipy.stats import f as f_distribution
from scipy.stats import norm

from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.reference_tables import load_prices
from sim.clock import Clock
from sim.consignment import Records
from sim.streams import Streams
from sim.supply import STRATA, capped_lognormal_mean, make_lots, stratified, supply_index
from tests.model_cases import small_case, small_run, sums, with_parameters

YEAR = Clock(datetime.date(2023, 1, 1))


def lots_of(case: Case, replication: int = 0, seed: int = 1, days: int = 365) -> Records:
    return make_lots(case, build_world(case.world, case.parameters, case.good), Streams(seed, replication), YEAR, days)


@pytest.mark.parametrize(("median", "log_sd", "cap"), [(300, 1.4, 16_000), (150, 1.1, 5_000), (600, 1.7, 700)])
def test_capped_mean_against_numeric_integration(median: float, log_sd: float, cap: float) -> None:
    """The closed form is the integral of min(x, cap) over the lognormal density."""
    bound = (np.log(cap) - np.log(median)) / log_sd
    below, _ = quad(lambda z: median * np.exp(log_sd * z) * norm.pdf(z), -12, bound, epsabs=1e-10, limit=200)
    assert capped_lognormal_mean(median, log_sd, cap) == pytest.approx(below + cap * norm.sf(bound), rel=1e-9)


def test_yearly_sum_is_the_years_supply(seed: int) -> None:
    """Over replications the mass of a year's lots is the year's supply, within 4 standard errors."""
    case = small_case("switches.elastic_supply=false")
    world = build_world(case.world, case.parameters, case.good)
    tonnes = np.array([lots_of(case, number, seed)["mass_g"].sum() / 1e6 for number in range(150)])
    expected = case.parameters.supply.mass_2023_t * world.supply_share * 365 / 365.25
    assert abs(tonnes.mean() - expected) < 4 * tonnes.std(ddof=1) / np.sqrt(tonnes.size)


def test_number_of_lots_is_poisson(seed: int) -> None:
    """Over replications the number of lots has its mean and, as a Poisson count, the same variance (5 errors)."""
    case = small_case("switches.elastic_supply=false")
    world = build_world(case.world, case.parameters, case.good)
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


@pytest.mark.parametrize("block", [0, 3])
def test_in_a_block_each_place_in_the_order_has_every_band_once(block: int, seed: int) -> None:
    """Exact: over 20 replications the k-th lot has one mass from each twentieth, in an order of its own."""
    order = np.arange(500)
    middle, first = np.full(500, 0.5), block * STRATA
    bands = np.array([np.floor(STRATA * stratified(Streams(seed, first + r), order, middle)) for r in range(STRATA)])
    assert np.array_equal(np.sort(bands, axis=0), np.tile(np.arange(STRATA)[:, None], 500))
    # Of 500 orders out of 20! no two are the same, nor is one that of the next block.
    assert np.unique(bands, axis=1).shape[1] == 500
    other = np.floor(STRATA * stratified(Streams(seed, first + STRATA), order, middle))
    assert (other != bands[0]).mean() > 0.8


def test_masses_of_one_replication_are_those_of_the_distribution(seed: int) -> None:
    """Mean, quantiles and independence of neighbours, within 5 standard errors, for any place in the block."""
    case = small_case("switches.elastic_supply=false")
    supply = case.parameters.supply
    world = build_world(case.world, case.parameters, case.good)
    runs = [make_lots(case, world, Streams(1000 * seed + i, 7), YEAR, 365)["mass_g"] / 1000 for i in range(40)]
    kg = np.concatenate(runs)
    mean = supply.mass_2023_t * 1000 / supply.lots_2023
    assert abs(kg.mean() - mean) < 5 * kg.std(ddof=1) / np.sqrt(kg.size)
    scale = mean / capped_lognormal_mean(supply.lot_median_kg, supply.lot_log_sd, supply.lot_cap_kg)
    for share in (0.02, 0.05, 0.5, 0.93, 0.99):
        bound = scale * supply.lot_median_kg * np.exp(supply.lot_log_sd * norm.ppf(share))
        assert abs((kg < bound).mean() - share) < 5 * np.sqrt(share * (1 - share) / kg.size)
    is_large = np.concatenate([run[1:] > np.median(kg) for run in runs])
    after_large = np.concatenate([run[:-1] > np.median(kg) for run in runs])
    assert abs(np.corrcoef(is_large, after_large)[0, 1]) < 5 / np.sqrt(is_large.size)


@pytest.mark.slow
def test_stratified_masses_make_the_mean_supply_of_a_block_more_exact() -> None:
    """The variance of the mean of 20 replications is below 0.47 of independent ones (F distribution, 1e-6).

    A Poisson sum of masses with squared coefficient of variation c has variance proportional to 1 + c, and stratified
    to 1 + c w with w the part of it within bands: 0.41 of it here, and a little more for lots at the end of the year,
    which some replications have and others have not.
    """
    case = small_case("switches.elastic_supply=false")
    world = build_world(case.world, case.parameters, case.good)
    blocks = 330  # so many that the bound lies between the two at 1e-6

    def supplied(seed: int, replication: int) -> float:
        return float(make_lots(case, world, Streams(seed, replication), YEAR, 365)["mass_g"].sum())

    tonnes = np.array([[supplied(block, r) for r in range(STRATA)] for block in range(blocks)]) / 1e6
    alone = np.array([supplied(number, 0) for number in range(blocks * STRATA)]).reshape(blocks, STRATA) / 1e6
    of_a_run = alone.var(ddof=1)
    largest = 0.47 * f_distribution.ppf(1 - 1e-6, blocks - 1, blocks * STRATA - 1)
    assert tonnes.mean(axis=1).var(ddof=1) / (of_a_run / STRATA) < largest
    # The same bound tells independent replications apart, so that it could have failed.
    assert alone.mean(axis=1).var(ddof=1) / (of_a_run / STRATA) > largest
    # Within a block replications vary as much as ever: their intervals are too wide, never too narrow.
    assert tonnes.var(axis=1, ddof=1).mean() > of_a_run * (1 - 5 * np.sqrt(2 / tonnes.size + 2 / alone.size))


def test_bands_touch_masses_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: without them a replication has the same lots on the same days, only of other mass."""
    with_bands = lots_of(small_case(), 5)
    monkeypatch.setattr("sim.supply.stratified", lambda streams, order, uniforms: uniforms)
    without = lots_of(small_case(), 5)
    for name in with_bands.dtype.names:
        assert np.array_equal(with_bands[name], without[name]) == (name != "mass_g"), name


@pytest.mark.parametrize("change", ["switches.elastic_supply=false", "scenario.supply_growth_per_year=0.3"])
def test_a_rate_of_arrival_changes_no_mass(change: str) -> None:
    """Law: more or fewer lots a year come sooner or later, in the same order and each with its mass."""
    clock = Clock(datetime.date(2024, 1, 1))
    masses = []
    for case in (small_case(), small_case(change)):
        lots = make_lots(case, build_world(case.world, case.parameters, case.good), Streams(1, 4), clock, 365)
        masses.append(dict(zip(lots["id"].tolist(), lots["mass_g"].tolist(), strict=True)))
    both = masses[0].keys() & masses[1].keys()
    assert len(both) == min(map(len, masses)) < max(map(len, masses))
    assert all(masses[0][lot] == masses[1][lot] for lot in both)


def test_supply_index_by_year() -> None:
    """Known years from the table, log-linear between 2016 and 2019, flat before, the scenario's growth after."""
    case = small_case("scenario.supply_growth_per_year=0.1")
    known = case.parameters.supply
    assert [supply_index(case, year) for year in (2010, 2016, 2019, 2020, 2021, 2022, 2023)] == [
        0.22, 0.22, 0.48, 0.53, 0.62, 0.73, 1.0
    ]  # fmt: skip
    assert known.index_2016 == 0.22
    ratio = (0.48 / 0.22) ** (1 / 3)
    assert supply_index(case, 2017) == pytest.approx(0.22 * ratio)
    assert supply_index(case, 2018) == pytest.approx(0.22 * ratio**2)
    assert supply_index(case, 2025) == pytest.approx(1.21)


def test_known_indices_are_world_production_relative_to_2023() -> None:
    """The published production rows give them, rounded to two digits; in 2015 it was within 1 % of that of 2010."""
    figures = {
        int(row.period): row.value_low
        for row in load_prices()
        if row.category == "world_production_t" and row.place == "World"
    }
    for year in (2019, 2020, 2021, 2022):
        assert supply_index(small_case(), year) == round(figures[year] / figures[2023], 2)
    assert figures[2015] == pytest.approx(figures[2010], rel=0.01)


def test_elastic_supply_stays_inside_the_envelope() -> None:
    """Law: all that is dispatched are lots of the envelope, whose expected mass is 1.3 x expected supply."""
    case = small_case("scenario=growth")
    share, supply = build_world(case.world, case.parameters, case.good).supply_share, case.parameters.supply
    masses = np.array([lots_of(case, replication, days=365)["mass_g"].sum() for replication in range(STRATA)])
    expected = supply.envelope * supply.mass_2023_t * 1e6 * share * 365 / 365.25
    assert supply.envelope == 1.3
    assert masses.mean() == pytest.approx(expected, abs=4 * masses.std(ddof=1) / np.sqrt(STRATA))
    tables = small_run()
    lots = dict(zip(*(tables["lots"][c].to_pylist() for c in ("lot", "mass_g")), strict=True))
    shipped = sums(tables["parcels"].filter(pc.greater_equal(tables["parcels"]["consignment"], 0)), "lot", "mass_g")
    assert shipped.keys() < lots.keys(), "some lots are not offered"
    assert all(grams == lots[lot] for lot, grams in shipped.items())
