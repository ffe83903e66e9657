"""Imputation, capacity, markets and the summary rows of a world."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scenarios.assumptions import REGIONS
from scenarios.build_world import build_world
from scenarios.capacity import units_for, usual_scans
from scenarios.case import WorldSpec
from scenarios.imputation import impute_teu, log_log_line, nearest_year
from scenarios.load_case import load_good
from scenarios.parameter_table import make_parameters
from scenarios.reference import Port, load_reference
from scenarios.world_summary import anchor_rows, market_rows, region_rows, transit_rows, world_rows

PARAMETERS = make_parameters()
COCAINE = load_good("cocaine")
CONTROL = PARAMETERS.control


def figure(year: str, value: float, metric: str = "teu", unlocode: str = "BEANR") -> SimpleNamespace:
    return SimpleNamespace(unlocode=unlocode, metric=metric, year=year, value=value)


def port(unlocode: str, calls: float | None) -> Port:
    return Port(unlocode, unlocode, unlocode[:2], 0.0, 0.0, "test", calls)


@pytest.mark.parametrize(
    ("years", "chosen"),
    [
        (["2018", "2021", "2025"], "2021"),  # a tie goes to the earlier year
        (["2025", "2021"], "2021"),
        (["2015", "2024"], "2024"),
        (["2018", "c.2020"], "c.2020"),
        (["", "2010"], "2010"),
    ],
)
def test_year_nearest_2023(years: list[str], chosen: str) -> None:
    figures = [figure(year, float(row)) for row, year in enumerate(years)]
    assert nearest_year([*figures, figure("2023", 9.0, "teu_partial")], "teu")["BEANR"][0] == years.index(chosen)


def test_first_row_of_a_year_counts() -> None:
    assert nearest_year([figure("2021", 1.0), figure("2021", 2.0)], "teu")["BEANR"] == (1.0, 2021)


def test_log_log_line_of_a_power_law() -> None:
    size = np.array([10.0, 100.0, 250.0, 4000.0])
    assert log_log_line(size, 5.0 * size**1.3) == pytest.approx((np.log(5.0), 1.3))


def test_line_of_entry_ports() -> None:
    # An independent trial found slope 1.31 over the 42 entry ports with a published figure.
    reference = load_reference()
    teu = nearest_year(reference.entry_figures, "teu")
    calls = {one.unlocode: one.container_calls_per_year for one in reference.entry_ports}
    assert len(teu) == 42
    line = log_log_line(np.array([calls[code] for code in teu]), np.array([value for value, _ in teu.values()]))
    assert line[1] == pytest.approx(1.31, abs=0.005)


def test_throughput_rules_and_marks() -> None:
    ports = [port("AAAAA", 100), port("BBBBB", 200), port("CCCCC", 400), port("DDDDD", 50), port("EEEEE", None)]
    published = {"AAAAA": (1000.0, 2023), "BBBBB": (2000.0, 2020), "CCCCC": (9999.0, 2023)}
    filled = impute_teu(ports, published, {"CCCCC": 4000.0}, 0.0)
    assert filled.teu == pytest.approx(np.array([1000.0, 2000.0, 4000.0, 500.0, 500.0]))
    assert list(filled.is_imputed) == [False, False, True, True, True]
    assert "2020" in filled.origin[1]
    assert "quantile" in filled.origin[4]


def test_usual_scans_by_hand() -> None:
    scans = usual_scans(np.array([1_000_000.0, 1_000_000.0]), np.array([0.0, 0.5]), CONTROL)
    assert scans == pytest.approx(np.array([3900.0, 500 * 3.9 + 500 * 0.8]))


@pytest.mark.parametrize(
    ("scans", "fixed", "mobile", "has_scanner"),
    [
        (57_000, 2, 1, True),
        (66_000, 2, 2, True),
        (22_900, 1, 0, True),  # one tunnel in Hamburg
        (8_750, 0, 1, True),
        (2_160, 0, 1, True),  # at least one unit
        (1_000, 0, 1, True),
        (999, 0, 0, False),
    ],
)
def test_units(scans: float, fixed: int, mobile: int, has_scanner: bool) -> None:
    units = units_for(np.array([float(scans)]), CONTROL)
    assert (units.fixed[0], units.mobile[0], units.has_scanner[0]) == (fixed, mobile, has_scanner)


def test_published_capacity_is_used() -> None:
    entry = build_world(WorldSpec("eu"), PARAMETERS, COCAINE).entry
    scans = dict(zip(entry.code, entry.scans_per_year, strict=True))
    published = {
        "BEANR": 57_000, "BEZEE": 9_211, "NLRTM": 66_000, "NLVLI": 4_000,
        "DEHAM": 22_900, "FRLEH": 8_750, "ESVLC": 10_000, "ITLIV": 2_160,
    }  # fmt: skip
    assert {code: scans[code] for code in published} == published
    assert {
        code for code, is_imputed in zip(entry.code, entry.scans_are_imputed, strict=True) if not is_imputed
    } == set(published)
    assert np.array_equal(entry.fixed_units + entry.mobile_units > 0, entry.has_scanner)


def test_summary_rows() -> None:
    world = build_world(WorldSpec("eu"), PARAMETERS, COCAINE)
    rows = world_rows(world)
    assert [row.code for row in rows[:3]] == ["BEANR", "NLRTM", "DEHAM"]
    assert sum(row.at_risk_boxes for row in rows) == pytest.approx(world.reference_boxes)
    regions = region_rows(world)
    assert tuple(row.region for row in regions) == REGIONS
    assert sum(row.lanes for row in regions) == len(world.lanes.entry)
    assert sum(row.boxes_per_year for row in regions) == pytest.approx(world.reference_boxes)


def test_anchors_against_published() -> None:
    for row in anchor_rows(PARAMETERS, COCAINE):
        if row.use in {"fitted", "row_total"}:
            assert row.fitted_boxes == pytest.approx(row.published_boxes, rel=1e-6), row
        elif row.use == "at_least":
            assert row.fitted_boxes >= row.published_boxes, row
        else:
            assert 2 / 3 < row.fitted_boxes / row.published_boxes < 3 / 2, row


def test_transit_and_market_rows() -> None:
    assert {row.departure for row in transit_rows(PARAMETERS, COCAINE)} == {"ECGYE", "CRMOB", "COTRB", "ARBUE", "CLSAI"}
    markets = {row.country: row for row in market_rows(PARAMETERS, COCAINE)}
    assert len(markets) == 31
    assert not markets["GB"].prevalence_is_imputed
    # Belgium's only figure is of 2004 and of low confidence.
    assert markets["BE"].prevalence_is_imputed
    known = [row.prevalence_pct for row in markets.values() if not row.prevalence_is_imputed]
    assert markets["BE"].prevalence_pct == pytest.approx(np.median(known))
    assert next(iter(markets)) == "GB"
