"""Goods are data: cocaine is what it was, another good runs, a third is added without a line of code."""

from __future__ import annotations

import dataclasses as dc
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments.base_rates import base_rates
from experiments.recorded import recorded_pair
from experiments.screen import supply_label
from scenarios.assumptions import PORT_RANGES, REGIONS, load_assumptions
from scenarios.build_world import build_world
from scenarios.case import Case, GoodSpec, WorldSpec
from scenarios.errors import InputError
from scenarios.geography import great_circle_km
from scenarios.goods import (
    departure_port_codes,
    good_assumptions,
    good_reference,
    load_good_data,
    sea_distances,
)
from scenarios.load_case import group_names, load_case, load_good
from scenarios.network import fit_network
from scenarios.parameter_table import make_parameters, parameter_rows, rows_of_good
from scenarios.priors import value_of
from scenarios.reference import DATA, data_hash, load_reference
from tests.command_cases import Printed, refusal
from tests.model_cases import small_case, small_run

ROOT = Path(__file__).resolve().parents[2]
PRECURSORS = load_good("precursors")
COCAINE = load_good("cocaine")
FOLDER = "goods/precursors"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    return copy


def complaint(call: Callable[[], object]) -> str:
    """Return the sentence that a call earns."""
    with pytest.raises(InputError) as caught:
        call()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


# ---- cocaine ---------------------------------------------------------------------------------------------------


def test_cocaine_is_the_default_and_has_the_shipped_tables() -> None:
    """The default good adds nothing and replaces nothing."""
    case = load_case([])
    assert case.good == COCAINE
    assert not case.good.is_illustrative
    assert rows_of_good(COCAINE) == parameter_rows()
    assert case.parameters == make_parameters()
    assert good_reference(COCAINE) is load_reference(DATA)
    assert good_assumptions(COCAINE) == load_assumptions()
    assert len(departure_port_codes(COCAINE)) == 55
    assert build_world(WorldSpec("eu"), make_parameters(), COCAINE).regions == REGIONS


# ---- another good ----------------------------------------------------------------------------------------------


def test_lanes_of_a_good_follow_its_departure_ports() -> None:
    """Rows are what the file says, columns in proportion to traffic, no lane is thinner than a box a week."""
    network = fit_network(0.5882, PRECURSORS)
    stated = [port.boxes_per_year for port in load_good_data(PRECURSORS).ports]
    np.testing.assert_allclose(network.boxes.sum(axis=1), stated, rtol=1e-9)
    assert network.boxes[network.boxes > 0].min() >= 52
    assert np.all(network.boxes.sum(axis=0) <= network.import_boxes)
    inward = network.entry_transhipment
    laden = network.gateway_laden_boxes / (1 - inward)
    half = network.assumptions.margin("transhipped_at_risk_share").value
    traffic = network.gateway_laden_boxes + half * laden * inward
    # No published links and no anchors: every port of entry gets its part of the traffic (the smallest is lifted).
    share = network.column_totals / network.column_totals.sum()
    assert share == pytest.approx(traffic / traffic.sum(), rel=1e-3, abs=1e-6)


def test_ids_of_departure_ports_and_strings_stay_in_their_range() -> None:
    """Routes are numbered departure id * 128 + place, strings entry id * 16 + region; both must be unambiguous."""
    world = build_world(WorldSpec("eu"), make_parameters(), PRECURSORS)
    assert list(world.departure.global_id) == list(range(len(world.departure.code)))
    assert world.regions == ("EAS", "SAS")
    for string, region in enumerate(world.strings.region):
        entry_id = world.entry.global_id[world.strings.entry[string]]
        assert world.strings.global_id[string] == entry_id * 16 + world.regions.index(region)
    part = build_world(WorldSpec("w", ("NLRTM",), ("INMAA", "CNTAO")), make_parameters(), PRECURSORS)
    assert part.departure.code == ("CNTAO", "INMAA")
    assert list(part.departure.global_id) == [2, 6]
    assert part.supply_share < world.supply_share == 1.0


def test_sea_ways_by_hand() -> None:
    """Distance = to the gateway + to the door of the range + detour x great circle; time at 16 knots."""
    loaded = load_good_data(PRECURSORS)
    reference, assumptions = load_reference(), load_assumptions()
    rows = {(way.origin_unlocode, way.dest_unlocode): way for way in good_reference(PRECURSORS).distances}
    assert len(rows) == len(loaded.ports) * 60
    port = next(port for port in reference.entry_ports if port.unlocode == "NLRTM")
    km = great_circle_km(np.array([48.5]), np.array([-5.8]), np.array([port.lat]), np.array([port.lon]))[0, 0]
    way = rows["CNSHA", "NLRTM"]
    assert way.sea_km == pytest.approx(13_400 + 5_300 + 1.1 * km)
    assert way.sea_km > 1.852 * way.great_circle_nm
    assert way.sailing_days_at_16kn == pytest.approx(way.sea_km / 1.852 / 16 / 24)
    # Published tables of sea distances put Shanghai to Rotterdam by Suez between 10,400 and 10,600 nautical miles.
    assert way.sea_nm == pytest.approx(10_500, rel=0.02)
    assert all(one.sea_km > 1.852 * one.great_circle_nm for one in rows.values())
    assert sea_distances(loaded, reference.entry_ports, assumptions) == tuple(rows.values())


def test_markets_and_homes_are_those_of_the_good() -> None:
    world = build_world(WorldSpec("eu"), make_parameters(), PRECURSORS)
    shares = dict(zip(world.markets.country, world.markets.weight.tolist(), strict=True))
    assert shares == {row.country_iso2: row.weight for row in load_good_data(PRECURSORS).markets}
    assert world.home.name == ("East Asia", "South Asia")
    # South Asia is nearer to Mundra than East Asia is.
    mundra = world.departure.code.index("INMUN")
    assert world.home.haul_km[1, mundra] < world.home.haul_km[0, mundra]


def test_values_of_a_good_come_before_the_table_and_after_the_user() -> None:
    """Table, then good, then user; bounds are those of the good where it has a value."""
    case = load_case(["good=precursors"])
    own = {row.name: row.value for row in load_good_data(PRECURSORS).parameters}
    for name, row in parameter_rows().items():
        assert value_of(case.parameters, name) == own.get(name, row.default)
    asked = load_case(
        ["good=precursors", "parameters.market.price_eur_per_kg=700", "parameters.control.search_min=200"]
    )
    assert asked.parameters.market.price_eur_per_kg == 700
    assert asked.parameters.control.search_min == 200
    assert asked.parameters.supply == case.parameters.supply
    # The default of the table is no longer the default, even when the user asks for exactly it.
    back = load_case(
        ["good=precursors", f"parameters.control.separation={parameter_rows()['control.separation'].default}"]
    )
    assert back.parameters.control.separation == 1.3
    for override, allowed in (
        ("parameters.market.price_eur_per_kg=30000", "100 to 5000 EUR/kg"),
        ("parameters.control.search_min=10", "120 to 480 min"),
        ("parameters.market.price_eur_per_kg=null", "100 to 5000 EUR/kg"),
    ):
        assert allowed in complaint(lambda words=override: load_case(["good=precursors", words]))
    assert "25000 to 35000" in complaint(lambda: load_case(["parameters.market.price_eur_per_kg=700"]))


def test_every_value_of_an_illustrative_good_says_so() -> None:
    """No row of it can be taken for a published figure."""
    loaded = load_good_data(PRECURSORS)
    rows = (*loaded.home, *loaded.ports, *loaded.ways, *loaded.markets, *loaded.parameters)
    assert {row.source for row in rows} == {"assumption, illustrative"}
    changed = {row.name for row in loaded.parameters}
    assert {"supply.mass_2023_t", "market.price_eur_per_kg", "methods.in_cargo_image_detection"} <= changed
    assert all(rows_of_good(PRECURSORS)[name].prior == "fixed" for name in changed)


# ---- runs ------------------------------------------------------------------------------------------------------


def test_another_good_leaves_from_its_own_ports_at_its_own_price() -> None:
    """What the files say arrives in the run; that masses add up is a law (tests/laws/test_conservation.py)."""
    tables = small_run("good=precursors")
    departures = set(map(str, tables["consignments"]["departure"].to_pylist()))
    assert len(departures) > 1
    assert departures <= set(departure_port_codes(PRECURSORS))
    assert {str(name) for name in tables["lots"]["home"].to_pylist()} == {"East Asia", "South Asia"}
    prices = tables["market_month"]["price_eur_per_kg"].to_pylist()
    assert 50 < min(prices) <= max(prices) < 5000


def test_a_case_with_a_good_survives_its_file() -> None:
    case = small_case("good=precursors")
    assert Case.from_dict(case.as_dict()) == case
    assert case.digest() != small_case().digest()


@pytest.mark.slow
def test_every_summary_of_an_illustrative_good_says_so(waterbed: Callable[..., Printed], tmp_path: Path) -> None:
    """Run, compare, ledger, worlds and show: in words, and in each title that names the supply."""
    few = ["world=three_ports", "horizon_years=1", "burn_in_start='2023-11-01'", "workers=1"]
    two = ["replications=2", "most_replications=2", f"results={tmp_path}"]
    good = "good=precursors"
    outs = {
        "run": waterbed("run", "-q", good, *few, f"results={tmp_path}"),
        "compare": waterbed("compare", "-q", good, *few, "arms=[frozen,national_rule]", *two),
        "ledger": waterbed("ledger", "-q", good, *few, "treated=NLRTM", *two),
        "worlds": waterbed("worlds", good, *few),
        "show": waterbed("show", "parameters", good),
    }
    outs["folder"] = waterbed("show", str(next(tmp_path.glob("compare-*"))))
    for name, (status, out, _) in outs.items():
        assert status == 0, name
        assert "ILLUSTRATIVE good precursors" in out, name
        text = " ".join(out.split())
        assert "no number is an estimate" in text, name
        titles = re.findall(r"\[[^\[\]]*supply: flat\]", text)
        assert set(titles) <= {"[illustrative precursors, supply: flat]"}, name
        assert titles or name not in ("compare", "ledger", "folder"), name
    assert supply_label("flat", COCAINE) == "[supply: flat]"
    other = tmp_path / "other"
    for of_good in ("good=cocaine", good):
        assert waterbed("run", "-q", of_good, *few, f"results={other}")[0] == 0
    assert "goods differ" in complaint(lambda: recorded_pair(sorted(other.iterdir()), None))


def test_what_is_of_cocaine_alone_is_refused(waterbed: Callable[..., Printed]) -> None:
    """Priors and published ranges are of cocaine: no other good borrows them."""
    sentence = refusal(waterbed("stress", "good=precursors", "world=three_ports"))
    assert "precursors is not allowed in stress" in sentence
    case = load_case(["good=precursors", "start='2023-01-01'", "horizon_years=1"])
    assert "published figures on cocaine" in complaint(lambda: base_rates(case, 1, 1, lambda *_: None))


def test_a_third_good_is_data_alone(tmp_path: Path) -> None:
    """With one YAML file more in conf/ and four CSV files more in the data, the good that they describe runs."""
    for package in ("scenarios", "conf"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    new = tmp_path / "scenarios" / "data" / "goods" / "cheese"
    new.mkdir()
    (new / "homes.csv").write_text("name,lat,lon,weight,source,note\nAtlas,33.0,-6.0,1.0,assumption,\n")
    (new / "departures.csv").write_text(
        "unlocode,port_name,country_iso2,region,lat,lon,boxes_per_year,gateway,km_to_gateway,source,note\n"
        "MACAS,Casablanca,MA,NAF,33.6,-7.6,60000,Casablanca,0,assumption,\n"
    )
    ways = [f"Casablanca,{name},Casablanca,33.6,-7.6,0,1.5,assumption," for name in PORT_RANGES]
    header = "gateway,port_range,door,door_lat,door_lon,km_to_door,detour_factor,source,note"
    (new / "ways.csv").write_text("\n".join([header, *ways]) + "\n")
    (new / "values.csv").write_text(
        "name,unit,value,low,high,source,about\n"
        "costs.freight_eur_per_kg,EUR/kg,1200,10,3000,assumption,Freight\n"
        "supply.lots_2023,lots/yr,900,10,3000,assumption,Lots\n"
    )
    (tmp_path / "conf" / "good" / "cheese.yaml").write_text(
        "name: cheese\nabout: a third good\nis_illustrative: true\nhome_regions: goods/cheese/homes.csv\n"
        "departure_ports: goods/cheese/departures.csv\nsea_ways: goods/cheese/ways.csv\nmarkets: null\n"
        "parameters: goods/cheese/values.csv\n"
    )
    words = ["run", "-q", "good=cheese", "world=three_ports", "horizon_years=1", "results=results"]
    # The copy comes first, the other packages are those of the project.
    done = subprocess.run(
        [sys.executable, "-m", "experiments.cli", *words, "burn_in_start='2023-10-01'"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "ILLUSTRATIVE good cheese: a third good" in done.stdout
    folder = next((tmp_path / "results").glob("run-*"))
    table = pq.read_table(folder / "consignments.parquet")
    assert table.num_rows > 20
    assert set(map(str, table["departure"].to_pylist())) == {"MACAS"}
    assert data_hash(tmp_path / "scenarios" / "data") != data_hash()


# ---- bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["good=cheese"], r"good: 'cheese' is not (allowed|known).*cocaine, precursors"),
        (["good=precursors", "world.departure_ports=[BRSSZ]"], r"departure_ports of precursors: 'BRSSZ' is not known"),
        (["world.departure_ports=[CNSHA]"], r"departure_ports of cocaine: 'CNSHA' is not known"),
        (["good.home_regions=/etc/passwd"], r"good.home_regions: '/etc/passwd' is not allowed; allowed: a path below"),
        (["good.home_regions=../parameters.csv"], r"good.home_regions: '../parameters.csv' is not allowed"),
        (["good.home_regions=goods/none.csv"], r"goods/none.csv: cannot be read"),
        (["good.departure_ports=goods/precursors/departure_ports.csv"], r"good.sea_ways: missing beside"),
        (["good.sea_ways=goods/precursors/sea_ways.csv"], r"good.departure_ports: missing beside"),
        (["good.parameters=goods/precursors/markets.csv"], r"markets.csv line 1: columns are country_iso2"),
        (["good.is_illustrative=maybe"], r"good.is_illustrative: 'maybe' is not allowed"),
        (["+good.surprise=3"], r"good.surprise: no such setting"),
        (["good.name=../x"], r"good.name: '../x' is not allowed"),
        (["++good=3"], r"good"),
    ],
)
def test_a_bad_good_is_explained(overrides: list[str], words: str) -> None:
    assert re.search(words, complaint(lambda: load_case(overrides)))


DAMAGE = {
    "sum of shares": ("home_regions.csv", ",0.6,", ",0.5,", r"home_regions.csv, column weight: the sum is 0.9"),
    "sum of markets": ("markets.csv", "NL,0.3", "NL,0.2", r"markets.csv, column weight: the sum is 0.9"),
    "unknown market": ("markets.csv", "NL,", "XX,", r"column country_iso2: 'XX' is not known"),
    "entry port": ("departure_ports.csv", "CNSHA", "NLRTM", r"column unlocode: 'NLRTM' is an entry port"),
    "gateway": ("departure_ports.csv", "Port Said", "Port Sad", r"'Port Sad' is not known; did you mean Port Said"),
    "no boxes": ("departure_ports.csv", ",400000,", ",0,", r"column boxes_per_year: '0' is out of range"),
    "too many boxes": ("departure_ports.csv", ",400000,", ",40000000,", r"good precursors: .* boxes a year at risk to"),
    "missing way": ("sea_ways.csv", "Port Said,atlantic", "Suez,atlantic", r"no way from Port Said to atlantic"),
    "detour": ("sea_ways.csv", ",1.1,", ",0.9,", r"column detour_factor: '0.9' is out of range; allowed: 1 to 3"),
    "no source": ("sea_ways.csv", '"assumption, illustrative"', '""', r"column source: '' is not allowed"),
    "parameter": ("parameters.csv", "supply.mass_2023_t", "supply.mass", r"'supply.mass' is not known; did you mean"),
    "unit": ("parameters.csv", "mass_2023_t,t/yr", "mass_2023_t,kg/yr", r"column unit: 'kg/yr' .* allowed: t/yr"),
    "bounds": ("parameters.csv", "t/yr,400,40,", "t/yr,400,500,", r"400 is outside its bounds; allowed: 500 to 4000"),
    "whole": ("parameters.csv", "organisations,40,", "organisations,40.5,", r"40.5 is not allowed; allowed: a whole"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_files_of_a_good_are_one_sentence(data: Path, kind: str) -> None:
    name, old, new, words = DAMAGE[kind]
    path = data / FOLDER / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    def load() -> None:
        rows_of_good(PRECURSORS, data)
        build_world(WorldSpec("eu"), make_parameters(), PRECURSORS, data)

    assert re.search(words, complaint(load))


def test_numbers_of_ports_and_regions_are_limited(data: Path) -> None:
    """More than 128 departure ports, or 16 regions, would make two routes or two strings the same."""
    path = data / FOLDER / "departure_ports.csv"
    header, first, *_ = path.read_text().splitlines()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rows = [first.replace("CNSHA", f"CN{a}{b}A") for a in letters for b in letters][:129]
    path.write_text("\n".join([header, *rows]) + "\n")
    assert "129 departure ports, allowed: at most 128" in complaint(lambda: load_good_data(PRECURSORS, data))
    rows = [row.replace(",EAS,", f",R{number},") for number, row in enumerate(rows[:17])]
    path.write_text("\n".join([header, *rows]) + "\n")
    assert "17 regions, allowed: at most 16" in complaint(lambda: load_good_data(PRECURSORS, data))


@pytest.mark.parametrize("name", group_names("good"))
def test_every_good_of_conf_loads_and_names_itself(name: str) -> None:
    good = load_good(name)
    assert good.name == name
    assert load_good_data(good).home
    assert good.about


def test_a_good_may_change_its_markets_only(data: Path) -> None:
    """Each file stands alone: without ports of its own a good leaves from the gazetteer, lane for lane."""
    good = GoodSpec("other", "cocaine for other markets", False, "home_regions.csv", markets=f"{FOLDER}/markets.csv")
    world = build_world(WorldSpec("eu"), make_parameters(), good, data)
    cocaine = build_world(WorldSpec("eu"), make_parameters(), COCAINE)
    assert np.array_equal(world.lanes.boxes_per_year, cocaine.lanes.boxes_per_year)
    assert world.markets.country != cocaine.markets.country
    assert not good.has_own_parameters
    assert dc.replace(good, is_illustrative=True).label == "illustrative other"
