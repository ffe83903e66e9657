"""Reference data on ports, lanes and inland markets: published figures, checked on loading."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from scenarios.records import (
    Amount,
    Country,
    DepartureCode,
    EntryCode,
    Flag,
    Latitude,
    Longitude,
    Text,
    Unlocode,
    read_records,
)

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Port:
    """A row of a gazetteer: position and container-ship calls a year (where known)."""

    KEY: ClassVar[tuple[str, ...]] = ("unlocode",)
    unlocode: Unlocode
    port_name: Text
    country_iso2: Country
    lat: Latitude
    lon: Longitude
    coord_source: Text
    container_calls_per_year: Amount | None


@dataclass(frozen=True, slots=True)
class EntryPortFigure:
    """One published figure of an entry port."""

    KEY: ClassVar[tuple[str, ...]] = ()
    port_name: Text
    unlocode: EntryCode
    country_iso2: Country
    lat: Latitude
    lon: Longitude
    metric: Text
    year: str
    value: Amount
    unit: Text
    source_title: Text
    source_url: Text
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class DeparturePortFigure:
    """One published figure of a departure port."""

    KEY: ClassVar[tuple[str, ...]] = ()
    port_name: Text
    unlocode: DepartureCode
    country_iso2: Country
    lat: Latitude
    lon: Longitude
    metric: Text
    year: str
    value: Amount
    unit: Text
    source_title: Text
    source_url: Text
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class SeaDistance:
    """The sea way from a departure port to an entry port."""

    KEY: ClassVar[tuple[str, ...]] = ("origin_unlocode", "dest_unlocode")
    origin_unlocode: DepartureCode
    dest_unlocode: EntryCode
    sea_nm: Amount
    sea_km: Amount
    great_circle_nm: Amount
    passages: str
    sailing_days_at_16kn: Amount
    sailing_days_at_20kn: Amount


@dataclass(frozen=True, slots=True)
class LinerLink:
    """Whether a port lists the country of the other as served; a pair without a row is listed by neither."""

    KEY: ClassVar[tuple[str, ...]] = ("origin_unlocode", "dest_unlocode")
    origin_unlocode: DepartureCode
    dest_unlocode: EntryCode
    origin_lists_dest_country: Flag
    dest_lists_origin_country: Flag
    both: Flag
    source_title: Text
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class TradeLaneFigure:
    """One published figure on lanes, dwell, cost or inspection."""

    KEY: ClassVar[tuple[str, ...]] = ()
    category: Text
    metric: Text
    origin: str
    destination: Text
    value: Amount
    value_high: Amount | None
    unit: Text
    year: Text
    source_title: Text
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class InlandFigure:
    """Population, prevalence or wastewater load of a country or city."""

    KEY: ClassVar[tuple[str, ...]] = ("country_iso2", "city", "metric", "year")
    country_iso2: Country
    country: Text
    city: str
    metric: Text
    year: Text
    value: Amount
    unit: Text
    source_title: Text
    source_url: Text
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference data that a world is built from."""

    entry_ports: tuple[Port, ...]
    departure_ports: tuple[Port, ...]
    entry_figures: tuple[EntryPortFigure, ...]
    departure_figures: tuple[DeparturePortFigure, ...]
    distances: tuple[SeaDistance, ...]
    links: tuple[LinerLink, ...]
    inland: tuple[InlandFigure, ...]

    @property
    def codes(self) -> dict[str, frozenset[str]]:
        """Return the known port codes, by the names that ``Code`` columns use."""
        return {
            "entry ports": frozenset(port.unlocode for port in self.entry_ports),
            "departure ports": frozenset(port.unlocode for port in self.departure_ports),
        }


@lru_cache(maxsize=4)
def load_reference(data: Path = DATA) -> Reference:
    """Load and check the reference data under a data directory.

    Raises:
        InputError: a file is missing or damaged, or a value is not allowed.
    """
    ports = data / "ports"
    entry = read_records(ports / "eu_ports_gazetteer.csv", Port)
    departure = read_records(ports / "origin_ports_gazetteer.csv", Port)
    codes = {
        "entry ports": {port.unlocode for port in entry},
        "departure ports": {port.unlocode for port in departure},
    }
    return Reference(
        entry,
        departure,
        read_records(ports / "eu_ports.csv", EntryPortFigure, codes),
        read_records(ports / "origin_ports.csv", DeparturePortFigure, codes),
        read_records(ports / "sea_distances.csv", SeaDistance, codes),
        read_records(ports / "liner_links.csv", LinerLink, codes),
        read_records(ports / "inland.csv", InlandFigure, codes),
    )


def load_trade_lanes(data: Path = DATA) -> tuple[TradeLaneFigure, ...]:
    """Load and check the published figures on lanes (worlds use them through lane_anchors.csv)."""
    return read_records(data / "ports" / "trade_lanes.csv", TradeLaneFigure)


@lru_cache(maxsize=4)
def data_hash(data: Path = DATA) -> str:
    """Return 32 hex digits that name the content of every file under a data directory."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(data.rglob("*"), key=lambda one: one.relative_to(data).as_posix()):
        if path.is_file():
            content = path.read_bytes()
            # Name and length go first, so that moving bytes between files changes the hash.
            digest.update(f"{path.relative_to(data).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def entry_port_codes() -> tuple[str, ...]:
    """Return the UN/LOCODEs of all entry ports."""
    return tuple(port.unlocode for port in load_reference(DATA).entry_ports)
