"""Reference data: every file loads, and every kind of damage is one sentence that says where and what is allowed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios import reference_tables
from scenarios.assumptions import load_assumptions, load_sampling_errors
from scenarios.equipment import load_equipment_types
from scenarios.errors import InputError
from scenarios.goods import load_good_data
from scenarios.load_case import group_names, load_good
from scenarios.reference import DATA, data_hash, load_reference, load_trade_lanes


@pytest.fixture
def data(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    return copy


def cut(old: str, new: str) -> Callable[[bytes], bytes]:
    def edit(content: bytes) -> bytes:
        assert old.encode() in content, old
        return content.replace(old.encode(), new.encode(), 1)

    return edit


def repeat_line(number: int) -> Callable[[bytes], bytes]:
    return lambda content: content + content.splitlines(keepends=True)[number]


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "columns": (
        "ports/sea_distances.csv",
        cut("sea_km", "sea_miles"),
        r"line 1: columns are .*sea_miles.*; allowed: .*sea_km",
    ),
    "truncated row": (
        "ports/sea_distances.csv",
        lambda content: content[: content.rindex(b",")],
        r"line 3301: 7 values, allowed: 8 \(origin_unlocode",
    ),
    "not a number": (
        "ports/sea_distances.csv",
        cut("5672.2,10505.0", "5672.2,far"),
        r"line 2, column sea_km: 'far' is not a number; allowed: at least 0",
    ),
    "not a whole number": (
        "ports/liner_links.csv",
        cut("ECGYE,BEANR,1,1,1", "ECGYE,BEANR,1.5,1,1"),
        r"line 2, column origin_lists_dest_country: '1.5' is not a whole number; allowed: 0 to 1",
    ),
    "negative": (
        "ports/sea_distances.csv",
        cut("5672.2,10505.0", "5672.2,-10505.0"),
        r"line 2, column sea_km: '-10505.0' is out of range; allowed: at least 0",
    ),
    "not finite": (
        "ports/sea_distances.csv",
        cut("5672.2,10505.0", "nan,10505.0"),
        r"line 2, column sea_nm: 'nan' is out of range",
    ),
    "latitude": (
        "ports/eu_ports_gazetteer.csv",
        cut("51.27935", "151.27935"),
        r"line 2, column lat: '151.27935' is out of range; allowed: -90 to 90",
    ),
    "code form": (
        "ports/eu_ports_gazetteer.csv",
        cut("BEANR", "Antwerp"),
        r"line 2, column unlocode: 'Antwerp' is not allowed; allowed: a UN/LOCODE",
    ),
    "unknown code": (
        "ports/sea_distances.csv",
        cut("ECGYE,BEANR", "ECGYE,BEANX"),
        r"line 2, column dest_unlocode: 'BEANX' is not known; did you mean BEANR",
    ),
    "duplicate": (
        "ports/eu_ports_gazetteer.csv",
        repeat_line(1),
        r"line 62, column unlocode: 'BEANR' occurs twice; allowed: once",
    ),
    "not text": (
        "ports/inland.csv",
        lambda content: content.replace(b"Belgium", b"Belg\xefum", 1),
        r"line 3: byte 0xef is not UTF-8",
    ),
    "open quote": ("ports/inland.csv", lambda content: content + b'BE,"Bel', r"line \d+: not readable as CSV"),
    "empty": ("ports/inland.csv", lambda _: b"", r"line 1: columns are none; allowed: country_iso2"),
    "no rows": ("ports/inland.csv", lambda content: content.splitlines()[0] + b"\n", r"line 2: no rows"),
    "share": (
        "home_regions.csv",
        cut(",0.63,", ",1.63,"),
        r"line 2, column weight: '1.63' is out of range; allowed: 0 to 1",
    ),
    "sum of shares": ("home_regions.csv", cut(",0.63,", ",0.62,"), r"column weight: the sum is 0.99; allowed: 1"),
    "margin share": (
        "lane_margins.csv",
        cut("laden_import_share,*,0.85", "laden_import_share,*,8.5"),
        r"laden_import_share \*, column value: '8.5' is out of range; allowed: 0 to 1",
    ),
    "word": (
        "port_ranges.csv",
        cut("BEANR,north_range", "BEANR,north_rang"),
        r"line 2, column port_range: 'north_rang' is not known; did you mean north_range",
    ),
    "missing port": (
        "port_ranges.csv",
        lambda content: b"\n".join(content.splitlines()[:-1]) + b"\n",
        r"column unlocode: no row for MAPTM; allowed: one row a port",
    ),
    "date": (
        "pipeline.csv",
        cut("2024-07-01", "July 2024"),
        r"column date: 'July 2024' is not allowed; allowed: a date",
    ),
    "empty source": (
        "baseline_capacity.csv",
        cut("2023,port_capacity.csv PC027", "2023,"),
        r"line 3, column source: '' is not allowed; allowed: a text that is not empty",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_one_sentence(data: Path, kind: str) -> None:
    name, edit, words = DAMAGE[kind]
    path = data / name
    path.write_bytes(edit(path.read_bytes()))
    with pytest.raises(InputError) as caught:
        load_assumptions(data)
    message = str(caught.value)
    assert str(path) in message
    assert re.search(words, message), message
    assert "\n" not in message
    assert message.endswith(".")


def test_missing_file(data: Path) -> None:
    (data / "ports" / "liner_links.csv").unlink()
    with pytest.raises(InputError, match=r"liner_links\.csv: cannot be read \(No such file"):
        load_reference(data)


LOADERS = [getattr(reference_tables, name) for name in dir(reference_tables) if re.match("load_(?!reference)", name)]


def load_goods(data: Path) -> None:
    """Load what every good of conf/good names."""
    for name in group_names("good"):
        load_good_data(load_good(name), data)


@pytest.mark.parametrize("load", [*LOADERS, load_trade_lanes], ids=lambda load: load.__name__)
def test_every_table_loads(load: Callable[[], tuple[object, ...]]) -> None:
    assert len(load()) > 20


def test_every_csv_has_a_loader(data: Path) -> None:
    # A file that no loader opens could be damaged without anyone noticing; parameter_table checks its own.
    unread = {"parameters.csv"}
    for path in sorted(data.rglob("*.csv")):
        name = path.relative_to(data).as_posix()
        content = path.read_bytes()
        path.write_bytes(b"broken\n")
        load_reference.cache_clear()
        load_assumptions.cache_clear()
        load_good_data.cache_clear()
        load_equipment_types.cache_clear()
        caught = 0
        loaders = (load_assumptions, load_goods, load_sampling_errors, load_trade_lanes, load_equipment_types)
        for load in (*loaders, *LOADERS):
            try:
                load(data)
            except InputError:
                caught += 1
        assert (caught == 0) == (name in unread), name
        path.write_bytes(content)


def test_no_outcome_of_2024_or_later() -> None:
    assert max(row.year for row in reference_tables.load_port_seizures() if row.year) <= 2023
    assert max(row.year for row in reference_tables.load_country_seizures()) <= 2023


def test_size_of_the_network() -> None:
    reference = load_reference()
    assert (len(reference.entry_ports), len(reference.departure_ports)) == (60, 55)
    assert len(reference.distances) == 60 * 55


def test_hash_names_content_and_place(data: Path) -> None:
    before = data_hash(data)
    assert before == data_hash(DATA)
    (data / "ports" / "inland.csv").rename(data / "ports" / "inland2.csv")
    data_hash.cache_clear()
    renamed = data_hash(data)
    (data / "ports" / "inland2.csv").rename(data / "ports" / "inland.csv")
    path = data / "home_regions.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    data_hash.cache_clear()
    assert len({before, renamed, data_hash(data)}) == 3
