"""Reviewed files of assumptions: ranges, regions, trade shares, anchors, capacity, deliveries, positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar

from scenarios.errors import InputError, unknown_name
from scenarios.records import (
    Amount,
    Count,
    Country,
    Date,
    DepartureCode,
    EntryCode,
    Flag,
    Latitude,
    Longitude,
    Share,
    Text,
    Unlocode,
    Words,
    read_records,
)
from scenarios.reference import DATA, Reference, load_reference

PORT_RANGES = (
    "north_range", "atlantic", "west_med", "central_med", "east_med", "black_sea", "baltic_nordic", "british_isles",
)  # fmt: skip
"""Port ranges; the row names a coast in all worlds, so new ranges go to the end."""

REGIONS = ("ECSA", "WCSA", "NCSA", "CAM", "CAR", "ANT", "WAF")
"""Departure regions: South America's east, west and north coasts, Central America, Caribbean, Antilles, West Africa."""

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class RangeRow:
    """The range of an entry port and whether customs there answer to the Union."""

    KEY: ClassVar[tuple[str, ...]] = ("unlocode",)
    unlocode: EntryCode
    port_range: Annotated[str, Words(PORT_RANGES)]
    is_eu: Flag
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class RegionRow:
    """The region of a departure port."""

    KEY: ClassVar[tuple[str, ...]] = ("unlocode",)
    unlocode: DepartureCode
    region: Annotated[str, Words(REGIONS)]
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class MarginRow:
    """A share or constant of the lane arithmetic, for a port, a region or everywhere (``*``)."""

    KEY: ClassVar[tuple[str, ...]] = ("quantity", "key")
    quantity: Text
    key: Text
    value: Amount
    unit: Text
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class DerivedTeuRow:
    """Throughput worked out from published figures that are no full-year figure of this port alone."""

    KEY: ClassVar[tuple[str, ...]] = ("unlocode",)
    unlocode: Unlocode
    teu: Amount
    year: Count
    derivation: Text
    source: Text


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """A published volume between groups of ports; ``use`` says whether it is fitted or only compared."""

    KEY: ClassVar[tuple[str, ...]] = ("anchor",)
    anchor: Text
    use: Annotated[str, Words(("fitted", "row_total", "about", "at_least"))]
    departure: Text
    entry: Text
    value: Amount
    value_high: Amount | None
    unit: Annotated[str, Words(("boxes/yr", "TEU/yr", "TEU in 40ft boxes/week", "40ft boxes/week", "t of bananas/yr"))]
    year: Text
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """Published (or directly derived) achieved scans a year at the end of 2023."""

    KEY: ClassVar[tuple[str, ...]] = ("unlocode",)
    unlocode: EntryCode
    scans_per_year: Amount
    year: Text
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """Equipment ordered before 2024."""

    KEY: ClassVar[tuple[str, ...]] = ("date", "unlocode")
    date: Date
    unlocode: EntryCode
    units: Count
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class HomeRow:
    """A producing region: position and share of supply."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)
    name: Text
    lat: Latitude
    lon: Longitude
    weight: Share
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class CountryRow:
    """Where the market of a country is."""

    KEY: ClassVar[tuple[str, ...]] = ("country_iso2",)
    country_iso2: Country
    country: Text
    lat: Latitude
    lon: Longitude
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class TransitRow:
    """A published transit time between two ports."""

    KEY: ClassVar[tuple[str, ...]] = ("departure", "entry")
    departure: DepartureCode
    entry: EntryCode
    published_days: Amount
    source: Text
    note: str


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything assumed about the network, row by row with its source."""

    ranges: Mapping[str, RangeRow]
    regions: Mapping[str, RegionRow]
    margins: Mapping[tuple[str, str], MarginRow]
    derived_teu: Mapping[str, DerivedTeuRow]
    anchors: tuple[AnchorRow, ...]
    capacity: Mapping[str, CapacityRow]
    pipeline: tuple[PipelineRow, ...]
    home: tuple[HomeRow, ...]
    countries: tuple[CountryRow, ...]
    transits: tuple[TransitRow, ...]
    path: Path
    region_order: tuple[str, ...] = REGIONS
    """All departure regions; the row names the region in all worlds of a good."""
    market_shares: Mapping[str, float] | None = None
    """Share of consumption by country, where the good has its own; else population times prevalence."""

    def margin(self, quantity: str, key: str = EVERYWHERE) -> MarginRow:
        """Return the row of a quantity for a port or region, or the row for everywhere.

        Raises:
            InputError: the file has neither row.
        """
        row = self.margins.get((quantity, key)) or self.margins.get((quantity, EVERYWHERE))
        if row is None:
            raise InputError(
                f"{self.path / 'lane_margins.csv'}: no row {quantity}, {key}; allowed: one such row or '*'."
            )
        return row


@lru_cache(maxsize=4)
def load_assumptions(data: Path = DATA) -> Assumptions:
    """Load and check the files of assumptions under a data directory.

    Raises:
        InputError: a file is missing or damaged, or a value or a group of ports is not allowed.
    """
    reference = load_reference(data)
    codes = reference.codes
    assumptions = Assumptions(
        {row.unlocode: row for row in read_records(data / "port_ranges.csv", RangeRow, codes)},
        {row.unlocode: row for row in read_records(data / "departure_regions.csv", RegionRow, codes)},
        {(row.quantity, row.key): row for row in read_records(data / "lane_margins.csv", MarginRow)},
        {row.unlocode: row for row in read_records(data / "teu_derived.csv", DerivedTeuRow)},
        read_records(data / "lane_anchors.csv", AnchorRow),
        {row.unlocode: row for row in read_records(data / "baseline_capacity.csv", CapacityRow, codes)},
        read_records(data / "pipeline.csv", PipelineRow, codes),
        read_records(data / "home_regions.csv", HomeRow),
        read_records(data / "country_positions.csv", CountryRow),
        read_records(data / "transit_checks.csv", TransitRow, codes),
        data,
    )
    _check_complete(assumptions, reference)
    return assumptions


def _check_complete(assumptions: Assumptions, reference: Reference) -> None:
    data, codes = assumptions.path, reference.codes
    for name, have, wanted in (
        ("port_ranges.csv", assumptions.ranges, codes["entry ports"]),
        ("departure_regions.csv", assumptions.regions, codes["departure ports"]),
    ):
        missing = sorted(wanted - set(have))
        if missing:
            raise InputError(
                f"{data / name}, column unlocode: no row for {', '.join(missing)}; allowed: one row a port."
            )
    ports = codes["entry ports"] | codes["departure ports"]
    for code in assumptions.derived_teu:
        if code not in ports:
            raise unknown_name(f"{data / 'teu_derived.csv'}, column unlocode", code, ports)
    for (quantity, key), row in assumptions.margins.items():
        if key not in ports and key not in REGIONS and key != EVERYWHERE:
            raise unknown_name(f"{data / 'lane_margins.csv'}, {quantity}, column key", key, ports | set(REGIONS))
        if quantity.endswith("_share") and row.value > 1.0:
            raise InputError(
                f"{data / 'lane_margins.csv'}, {quantity} {key}, column value: '{row.value:g}' is out of range;"
                " allowed: 0 to 1."
            )
    check_shares(data / "home_regions.csv", [row.weight for row in assumptions.home])


def check_shares(path: Path, weights: Sequence[float]) -> None:
    """Refuse weights that do not sum to 1."""
    total = sum(weights)
    # Weights are written with two digits; a sum further from 1 is a slip of the pen.
    if abs(total - 1.0) > 1e-9:
        raise InputError(f"{path}, column weight: the sum is {total:g}; allowed: 1.")


@dataclass(frozen=True, slots=True)
class SamplingError:
    """The error that chance alone gives a published figure, where it cannot be counted from finds."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)
    name: Text
    value: Amount
    unit: Text
    low: Amount
    high: Amount
    source: Text
    about: Text


def load_sampling_errors(data: Path = DATA) -> tuple[SamplingError, ...]:
    """Load and check the stated sampling errors (docs/patterns.md); worlds do not need them.

    Raises:
        InputError: the file is damaged, or a value lies outside its own range.
    """
    path = data / "patterns.csv"
    rows = read_records(path, SamplingError)
    for row in rows:
        if not row.low <= row.value <= row.high:
            raise InputError(f"{path}, {row.name}: {row.value:g} is not allowed; allowed: {row.low:g} to {row.high:g}.")
    return rows
