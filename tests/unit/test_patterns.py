"""Published patterns and their statistics: numbers worked out by hand from rows, and formulas on tiny records."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from experiments.patterns import statistics as st
from experiments.patterns.catalogue import PATTERNS, catalogue
from experiments.patterns.estimates import ArmEstimate, PublishedEstimate, Row, closeness, published_estimates
from experiments.patterns.figures import ANTWERP, HAMBURG, MARKET, OTHERS, ROTTERDAM, Figure, tonnes, tonnes_from
from experiments.patterns.page import _wrapped
from experiments.patterns.record import (
    LAST_YEAR,
    Published,
    capped_lognormal_cv,
    compound_poisson_cv,
    eu_years,
    largest_cv,
    lognormal_through,
    price_cv,
    published_prices,
    published_record,
)
from experiments.patterns.run_figures import measured_years, run_figures
from experiments.patterns.statistics import Statistic
from experiments.patterns.words import fit_in_words, reading, with_range
from scenarios.assumptions import load_sampling_errors
from scenarios.build_world import build_world
from scenarios.errors import InputError
from sim.supply import capped_lognormal_mean
from tests.model_cases import small_case, small_run

RECORD = published_record()
VALUES = {figure: published.value for figure, published in RECORD.items()}
BY_NAME = {statistic.name: statistic for statistic in catalogue(RECORD)}


def published(name: str) -> float:
    """Return a statistic of the record as it is shown."""
    return BY_NAME[name].natural(BY_NAME[name].value(VALUES))


# ---- the record ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("Rotterdam 2022 / 2021", 46.789 / 70.571),  # a fall of 34 %
        ("Antwerp 2022 / 2021", 109.9 / 89.45),  # + 23 %
        ("Vlissingen 2023 / 2021", 11.5 / 2.1),
        ("Hamburg 2023 / 2022", (33 + 2) / 13),  # with Bremerhaven in both years
        ("Gioia Tauro 2023 / 2022", 4.8 / 16.11),
        ("Share of both ports 2020", 100 * (65.6 + 40.641) / 214.6),  # 49.5
        ("Share of both ports 2021", 100 * (89.45 + 70.571) / 303),  # 52.8
        ("Share of both ports 2022", 100 * (109.9 + 46.789) / 323),  # 48.5
        ("Share of both ports 2023", 100 * (116 + 45.506) / 419),  # 38.5; 39.7 with the 121 t that hold Zeebrugge
        ("Change 2021 to 2023", 100 * ((116 + 45.506) / 419 - (89.45 + 70.571) / 303)),
        ("Mean find of Rotterdam 2020", 269),
        ("Mean find of Rotterdam 2020 / 2017", 269 / 64),
        ("Small finds, Rotterdam 2022 / 2021", 89 / 69),
        ("Small finds, Rotterdam 2023", 100 * 81 / 170),
        ("Largest find, Rotterdam", 100 * 2.814 / 46.789),  # the middle one of 5.9, 6.0 and 17.8 %
        ("West Africa at Antwerp 2023", 19.8),
        ("West Africa at Antwerp 2020-2022", 1.0),
        ("Changes of the lead, 4 years", 2),  # Colombia, Brazil, Ecuador, Ecuador
        ("Leading country at Antwerp 2023", 38.8),
        ("Seized in the EU 2019 / 2017", 213 / 140.4),
        ("Seized in the EU 2023 / 2019", 419 / 213),
        ("Caught extracting 2021 / 2020", 400 / 152),
        ("Caught extracting 2022 / 2021", 251 / 400),
        ("Caught extracting 2023 / 2022", 452 / 251),
        ("Rank of rip-on 2021", 1),
        ("Rank of cooling units 2023", 1),
        ("Wholesale price 2017", 25_000),
        ("Wholesale price 2019", 32_000),
        ("Wholesale price 2023", 30_000),
    ],
)
def test_published_numbers_are_those_of_the_rows(name: str, by_hand: float) -> None:
    assert published(name) == pytest.approx(by_hand, rel=1e-9)


def test_half_of_ten_ports_fell_in_2023() -> None:
    """Rotterdam, Amsterdam, Le Havre, Valencia and Gioia Tauro; Antwerp and four more rose."""
    assert set(st.ports_in(RECORD, 2022, 2023)) == {
        "BEANR", "NLRTM", "NLVLI", "NLAMS", HAMBURG, "FRLEH", "ESVLC", "ESALG", "ESBCN", "ITGIT",
    }  # fmt: skip
    assert published("Ports of 10 that fall in 2023") == 5


def test_every_pattern_has_statistics_and_names_are_unique() -> None:
    statistics = catalogue(RECORD)
    assert {statistic.pattern for statistic in statistics} == set(PATTERNS) == set(range(1, 9))
    assert len(BY_NAME) == len(statistics)


def test_nothing_of_2024_or_later_is_used() -> None:
    assert max(figure.year for figure in RECORD) == LAST_YEAR == 2023
    assert max(eu_years()) == 2023


def test_parts_of_the_union_sum_to_the_union() -> None:
    for year, mass_t in eu_years().items():
        assert st.eu_tonnes(VALUES, year) == pytest.approx(mass_t)


# ---- sampling errors -------------------------------------------------------------------------------------------------


def test_compound_poisson_error_by_hand() -> None:
    """Equal finds leave the Poisson error alone; a cv of 1 makes it sqrt(2) times that."""
    assert compound_poisson_cv(100, 0) == pytest.approx(0.1)
    assert compound_poisson_cv(100, 1) == pytest.approx(0.1 * math.sqrt(2))


def test_the_lognormal_goes_through_both_shares() -> None:
    """With half below 100 kg the median is 100; 15.87 % lie more than one sd above it."""
    median, log_sd = lognormal_through(100, 0.5, 1000, 0.15865525393145707)
    assert median == pytest.approx(100)
    assert log_sd == pytest.approx(math.log(10))


def test_a_far_cap_leaves_the_lognormal_as_it_is() -> None:
    assert capped_lognormal_cv(100, 0.5, 1e9) == pytest.approx(math.sqrt(math.exp(0.25) - 1))


def test_a_cap_cuts_the_moments() -> None:
    """Against numerical integration over the quantiles."""
    z = (np.arange(200_000) + 0.5) / 200_000
    from scipy.special import ndtri

    x = np.minimum(2000, 110 * np.exp(1.5 * ndtri(z)))
    assert capped_lognormal_mean(110, 1.5, 2000) == pytest.approx(x.mean(), rel=1e-4)
    assert capped_lognormal_cv(110, 1.5, 2000) == pytest.approx(x.std() / x.mean(), rel=1e-4)


def test_the_largest_of_more_finds_is_better_known() -> None:
    assert largest_cv(100, 1.0) == pytest.approx(math.pi / math.sqrt(6) / math.sqrt(2 * math.log(100)))
    assert largest_cv(1000, 1.0) < largest_cv(100, 1.0)


def test_prices_of_one_year_lie_apart() -> None:
    """2016: Belgium 27,000 and Spain 34,369; 2019: 32,000 and 25,000; 2023: 30,000, 25,500 and 34,000."""
    groups = [np.log(x) for x in ([27_000, 34_369], [32_000, 25_000], [30_000, 25_500, 34_000])]
    by_hand = math.sqrt(sum(((g - g.mean()) ** 2).sum() for g in groups) / 4)
    assert price_cv(published_prices()) == pytest.approx(by_hand)


def test_errors_of_a_ratio_are_those_of_its_parts() -> None:
    """The log of a ratio of lognormals is normal: its sd is known, the bootstrap's own error 1 / sqrt(2 * 1000)."""
    ratio = Statistic(1, "ratio", "times", st.change("tonnes", ROTTERDAM, (1, 2)), "", is_factor=True)
    record = {tonnes(ROTTERDAM, 1): Published(50, 0.18), tonnes(ROTTERDAM, 2): Published(40, 0.375)}
    (estimate,) = published_estimates([ratio], record)
    exact = math.sqrt(math.log1p(0.18**2) + math.log1p(0.375**2))
    assert estimate.value == pytest.approx(math.log(0.8))
    assert estimate.error == pytest.approx(exact, rel=5 / math.sqrt(2000))


def test_what_is_said_in_words_has_no_error() -> None:
    estimates = published_estimates(tuple(BY_NAME.values()), RECORD)
    found = dict(zip(BY_NAME, estimates, strict=True))
    assert found["Rank of rip-on 2021"].value == 1
    assert math.isnan(found["Rank of rip-on 2021"].error)
    assert math.isnan(found["Other ports that jump from near 0"].value)
    others = [e for name, e in found.items() if "Rank" not in name and "jump from" not in name]
    assert all(e.error > 0 for e in others)


def test_a_stated_error_outside_its_own_range_is_refused(tmp_path: Path) -> None:
    head = "name,value,unit,low,high,source,about\n"
    (tmp_path / "patterns.csv").write_text(f"{head}cv_port_year,0.5,1,0.35,0.4,x,y\n")
    with pytest.raises(InputError, match=r"patterns.csv, cv_port_year: 0.5 is not allowed; allowed: 0.35 to 0.4"):
        load_sampling_errors(tmp_path)
    (tmp_path / "patterns.csv").write_text(f"{head}cv_port_year,-1,1,0.35,0.4,x,y\n")
    with pytest.raises(InputError, match="column value"):
        load_sampling_errors(tmp_path)


# ---- formulas ------------------------------------------------------------------------------------------------------


def of_tonnes(**by_place: tuple[float, ...]) -> dict[Figure, float]:
    return {tonnes(place, 1 + i): value for place, values in by_place.items() for i, value in enumerate(values)}


def test_jumps() -> None:
    assert st.jump(2, 6) == st.jump(6, 2) == 3
    assert st.jump(0, 0) == 1
    assert st.jump(0, 5) == math.inf
    figures = of_tonnes(A=(1, 2), B=(1, 0.25), C=(0, 9), D=(3, 3), E=(7, 0.7))
    pairs = [(place, (1, 2)) for place in "ABCDE"]
    assert st.typical_jump(pairs)(figures) == pytest.approx(4)  # of 1, 2, 4, 10 and infinity


def test_ports_that_jump_from_near_zero() -> None:
    figures = of_tonnes(AAAAA=(0.05, 0.5), BBBBB=(0.2, 9.0), CCCCC=(0.0, 0.4), DDDDD=(0.09, 0.3, 0.6), EEEEE=(0, 1))
    assert st.jumping_ports({"EEEEE"})(figures) == 25  # A alone: D needs two years for it, E is known


def test_ports_that_fall() -> None:
    assert st.fallen(["A", "B", "C"], (1, 2))(of_tonnes(A=(2, 1), B=(1, 1), C=(0, 1))) == 1


def test_leading_countries_change() -> None:
    figures = {
        tonnes_from(origin, ANTWERP, year): mass
        for year, masses in {1: (5, 3, 9), 2: (2, 3, 9), 3: (2, 3, 0), 4: (4, 3, 0)}.items()
        for origin, mass in zip(("BR", "CO", "WAF"), masses, strict=True)
    }
    assert [st.leader(figures, year) for year in (1, 2, 3, 4)] == ["BR", "CO", "CO", "BR"]
    assert st.leader_changes((1, 2, 3, 4))(figures) == 2


def test_the_largest_find_of_the_middle_port_year() -> None:
    figures = {}
    for year, (largest, other) in enumerate([(1.0, 3.0), (2.0, 2.0), (9.0, 1.0)]):
        figures |= {Figure("largest t", "P", year): largest, Figure("other t", "P", year): other}
    assert st.largest_share([("P", 0), ("P", 1), ("P", 2)])(figures) == 50


def test_what_is_missing_or_never_seized_is_undefined() -> None:
    statistic = BY_NAME["Rotterdam 2022 / 2021"]
    assert math.isnan(statistic.value({}))
    assert math.isnan(statistic.value({tonnes(ROTTERDAM, 2021): 0.0, tonnes(ROTTERDAM, 2022): 1.0}))
    assert math.isnan(statistic.value({tonnes(ROTTERDAM, 2021): 1.0, tonnes(ROTTERDAM, 2022): 0.0}))


# ---- figures of a run ----------------------------------------------------------------------------------------------


def consignments(*rows: tuple[str, str, str, float, int, int, str], hub: str = "") -> dict[str, pa.Table]:
    """Return tables of place, departure, method, kg, day of dispatch, day of closing and fate; all pass one hub."""
    names = ("place", "departure", "method", "kg", "dispatch_day", "closed", "fate")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    table = {name: columns[name] for name in ("place", "departure", "method", "dispatch_day", "fate")}
    places = zip(columns["place"], columns["fate"], strict=True)
    table["record_place"] = [hub if fate == "seized_hub" else place for place, fate in places]
    table["mass_g"] = [round(1000 * kg) for kg in columns["kg"]]
    table["closed_min"] = [day * 1440 + 7 for day in columns["closed"]]
    months = {"month": [202212, 202301, 202302], "price_eur_per_kg": [1.0, 20_000.0, 40_000.0]}
    return {"consignments": pa.table(table), "market_month": pa.table(months)}


CASE = small_case("burn_in_start=2022-01-01", "start='2023-01-01'")
WORLD = build_world(CASE.world, CASE.parameters, CASE.good)


def test_a_find_counts_where_and_when_it_was_made() -> None:
    tables = consignments(
        ("NLRTM", "ECGYE", "rip_on", 40, 360, 366, "seized_extraction"),
        ("NLRTM", "ECGYE", "cooling_unit", 160, 360, 364, "seized_entry"),  # still in 2022
        ("NLRTM", "BRSSZ", "rip_on", 300, 400, 420, "seized_entry"),
        ("NLRTM", "BRSSZ", "in_cargo", 5000, 400, 420, "delivered"),
        ("BEANR", "SLFNA", "in_cargo", 600, 400, 420, "found_downstream"),
        ("BEANR", "BRSSZ", "in_cargo", 200, 400, 420, "seized_entry"),
        ("BEANR", "BRSSZ", "in_cargo", 900, 400, 405, "seized_departure"),
        ("BEANR", "BRSSZ", "in_cargo", 900, 400, -1, "in_transit"),
    )
    figures = run_figures(tables, CASE, WORLD)
    recorded, flow = figures.recorded, figures.flow
    assert measured_years(CASE) == range(2023, 2024)
    assert recorded[tonnes(ROTTERDAM, 2023)] == pytest.approx(0.34)
    assert recorded[Figure("mean kg", ROTTERDAM, 2023)] == pytest.approx(170)
    assert recorded[Figure("finds under 100 kg", ROTTERDAM, 2023)] == 1
    assert recorded[Figure("finds from 100 kg", ROTTERDAM, 2023)] == 1
    assert recorded[Figure("largest t", ROTTERDAM, 2023)] == pytest.approx(0.3)
    assert recorded[Figure("other t", ROTTERDAM, 2023)] == pytest.approx(0.04)
    assert recorded[Figure("arrests", ROTTERDAM, 2023)] == 1
    assert recorded[Figure("rank of rip_on", ROTTERDAM, 2023)] == 1
    assert recorded[Figure("rank of cooling_unit", ROTTERDAM, 2023)] == 2
    assert recorded[tonnes(ANTWERP, 2023)] == pytest.approx(0.8)
    assert st.origin_share("WAF", [2023])(recorded) == pytest.approx(75)
    assert st.leader(recorded, 2023) == "SL"
    assert recorded[Figure("price", MARKET, 2023)] == 30_000
    assert flow[tonnes(ROTTERDAM, 2023)] == pytest.approx(5.3), "by day of dispatch, caught or not"
    assert flow[tonnes(ANTWERP, 2023)] == pytest.approx(2.6)
    assert not any(figure.quantity == "arrests" for figure in flow)


def test_a_find_at_a_hub_counts_in_the_record_of_the_hub() -> None:
    """And its flow where it was bound: nothing that Antwerp found of what was sent to Rotterdam is Rotterdam's."""
    rows = (
        ("NLRTM", "ECGYE", "in_cargo", 700, 400, 410, "seized_hub"),
        ("NLRTM", "BRSSZ", "in_cargo", 300, 400, 420, "seized_entry"),
    )
    figures = run_figures(consignments(*rows, hub="BEANR"), CASE, WORLD)
    assert figures.recorded[tonnes(ROTTERDAM, 2023)] == pytest.approx(0.3)
    assert figures.recorded[tonnes(ANTWERP, 2023)] == pytest.approx(0.7)
    assert figures.recorded[tonnes_from("EC", ANTWERP, 2023)] == pytest.approx(0.7)
    assert figures.recorded[Figure("finds from 100 kg", ROTTERDAM, 2023)] == 1
    assert figures.flow[tonnes(ROTTERDAM, 2023)] == pytest.approx(1.0)
    assert figures.flow[tonnes(ANTWERP, 2023)] == 0
    outside = run_figures(consignments(*rows, hub="MAPTM"), CASE, WORLD).recorded
    assert outside[tonnes(ROTTERDAM, 2023)] == pytest.approx(0.3), "a hub outside the world is nobody's record in it"
    assert outside[tonnes(ANTWERP, 2023)] == 0


def test_a_port_that_is_not_in_the_world_has_no_figures() -> None:
    recorded = run_figures(
        small_run(), small_case(), build_world(small_case().world, small_case().parameters, small_case().good)
    ).recorded
    places = {figure.place for figure in recorded}
    assert places == {"BEANR", "NLRTM", "DEHAM", MARKET}, "no Vlissingen, no Hamburg with Bremerhaven, no Union"
    assert tonnes(OTHERS, 2024) not in recorded


@pytest.mark.parametrize("words", [(), ("world=north_range", "parameters.control.hub_share=1")])
def test_figures_agree_with_the_monthly_table(words: tuple[str, ...]) -> None:
    """The same seizures, counted by the model month by month; also where hubs control what they tranship."""
    tables = small_run(*words)
    case = small_case(*words)
    recorded = run_figures(tables, case, build_world(case.world, case.parameters, case.good)).recorded
    months = tables["port_month"].to_pylist()
    for port in ("BEANR", "NLRTM", "DEHAM"):
        by_month = sum(row["seized_g"] for row in months if row["place"] == port and row["month"] // 100 == 2024)
        assert by_month > 0
        assert recorded[tonnes(port, 2024)] == pytest.approx(by_month / 1e6)


def test_measured_years_have_a_year_of_run_in() -> None:
    for begin, start, first in (
        ("2016-01-01", "2018-01-01", 2017), ("2016-01-02", "2018-01-01", 2018), ("2017-12-01", "2018-01-01", 2018),
    ):  # fmt: skip
        case = small_case(f"burn_in_start={begin}", f"start='{start}'")
        assert measured_years(case) == range(first, 2019)


# ---- distances -----------------------------------------------------------------------------------------------------


def row_of(published_value: float, error: float, unit: str = "points", **arms: list[float]) -> Row:
    statistic = Statistic(1, "Some change", unit, lambda figures: 0.0, "file", "why")
    estimates = {name: ArmEstimate(np.array(values, float), math.nan) for name, values in arms.items()}
    return Row(statistic, PublishedEstimate(published_value, error), estimates)


def test_distance_by_hand() -> None:
    """Mean 4, sd 2; record 10 with error 3: -6 / sqrt(13)."""
    row = row_of(10, 3, model=[2, 4, 6], twin=[9, math.nan, 11])
    assert row.distance("model") == pytest.approx(-6 / math.sqrt(13))
    assert row.distance("twin") == pytest.approx(0 / 1)
    assert (row.arms["twin"].defined.size, row.arms["twin"].low, row.arms["twin"].high) == (2, 9, 11)
    assert math.isnan(row_of(10, math.nan, model=[1, 2]).distance("model"))
    assert math.isnan(row_of(10, 1, model=[5]).distance("model")), "one history has no spread"


@pytest.mark.parametrize(
    ("model", "twin", "word"),
    [
        ([1, 2, 3], [4, 5, 6], "yes"),
        ([1, 2, 3, 4], [2, 3.1, 4, 5.1], "weakly"),  # always one more, within each other's ranges
        ([1, 2, 3, 4], [2, 1, 4, 3], "no"),
        ([1, 2, 3], [1, 2, 3], "no"),
        ([math.nan, 2], [1, 2], "-"),
    ],
)
def test_what_tells_two_arms_apart(model: list[float], twin: list[float], word: str) -> None:
    assert row_of(0, 1, model=model, twin=twin).apart("model", "twin") == word


def test_readings() -> None:
    assert reading(row_of(10, 1, model=[2, 3, 4], twin=[8, 9, 10])) == (
        "Not met: the model is too low. The record is nearer to the twin. Why."
    )
    assert reading(row_of(0.5, 1, model=[0, 1], twin=[0, 1])) == (
        "Within error. Chance alone may have made the change in the record. Why."
    )
    assert fit_in_words(row_of(1, 1, model=[math.nan], twin=[1])) == "Not measured in this case"
    assert fit_in_words(row_of(math.nan, math.nan, model=[1, 2])) == "No published series to compare with"


def test_numbers_in_text() -> None:
    share = Statistic(1, "share", "%", lambda figures: 0.0, "")
    factor = Statistic(1, "a 2 / 1", "times", lambda figures: 0.0, "", is_factor=True)
    price = Statistic(1, "price", "EUR/kg", lambda figures: 0.0, "", is_factor=True)
    assert with_range(share, 38.5, -4, 104) == "38 [0.0, 100]"
    assert with_range(factor, math.log(0.663), math.log(0.4), math.log(12)) == "0.66 [0.40, 12]"
    assert with_range(price, math.log(32_000), math.nan, math.nan) == "32,000"
    assert with_range(share, math.nan, 1, 2) == "-"


def test_closeness_by_hand() -> None:
    """Two patterns of one and two statistics: the mean over patterns, not over statistics."""
    first = row_of(0, 1, a=[1, 1, 1], b=[2, 2, 2])
    others = [row_of(0, 1, a=[value] * 3, b=[value] * 3) for value in (3, 5)]
    second = [Row(Statistic(2, "x", "points", r.statistic.formula, ""), r.published, r.arms) for r in others]
    rows = [first, *second]
    found = closeness(rows, "b", "a")
    assert found.by_pattern == {1: pytest.approx(2), 2: pytest.approx(4)}
    assert found.overall == pytest.approx(3)
    assert found.difference == pytest.approx(0.5)
    assert found.half_width == pytest.approx(0, abs=1e-12), "replications that are all the same leave no luck"


def test_paragraphs_and_lists_are_wrapped_apart() -> None:
    text = "# A heading\n\n" + "word " * 40 + "\n\n- " + "item " * 40 + "\n- two"
    wrapped = _wrapped(text).splitlines()
    assert max(len(line) for line in wrapped) <= 120
    assert wrapped[0] == "# A heading"
    assert [line[:2] for line in wrapped if line.startswith(("- ", "  "))] == ["- ", "  ", "- "]
