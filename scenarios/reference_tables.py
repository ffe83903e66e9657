"""Reference data on seizures and customs: figures that calibration and reports read, checked on loading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from scenarios.records import Amount, Country, Flag, Number, Text, read_records
from scenarios.reference import DATA


@dataclass(frozen=True, slots=True)
class PortSeizure:
    """Cocaine seized in a port in a year (t); ``preferred`` = 1 marks one consistent full-year value."""

    KEY: ClassVar[tuple[str, ...]] = ()
    port_name: Text
    country_iso2: Country
    unlocode: str
    year: Number | None
    cocaine_seized_t: Amount
    period: Text
    value_type: Text
    preferred: Flag
    source_title: Text
    source_url: str
    note: str
    confidence: Text
    overlaps: str


@dataclass(frozen=True, slots=True)
class CountrySeizure:
    """Cocaine seized in a country or the Union in a year (t)."""

    KEY: ClassVar[tuple[str, ...]] = ()
    country_iso2: Country
    year: Number
    cocaine_seized_t: Amount
    scope: Text
    period: Text
    value_type: Text
    preferred: Flag
    source_title: Text
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class ConsignmentSize:
    """Numbers and sizes of finds; some values are text."""

    KEY: ClassVar[tuple[str, ...]] = ()
    place: Text
    period: Text
    metric: Text
    value: Text
    unit: Text
    value_type: Text
    source_title: Text
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class ModusOperandi:
    """Concealment methods, mostly ranks and text."""

    KEY: ClassVar[tuple[str, ...]] = ()
    place: Text
    period: str
    modus_operandi: Text
    value: Text
    unit: Text
    source_title: Text
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class OriginShare:
    """Departure countries of what was seized."""

    KEY: ClassVar[tuple[str, ...]] = ()
    destination: Text
    origin: Text
    origin_iso2: str
    period: Text
    share_pct: Amount | None
    tonnes: Amount | None
    value_type: Text
    n_seizures: Amount | None
    source_title: Text
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class PriceFigure:
    """Prices, purity, fees, production and estimates of interception."""

    KEY: ClassVar[tuple[str, ...]] = ()
    category: Text
    place: Text
    period: Text
    value_low: Amount
    value_high: Amount
    unit: Text
    source_title: Text
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class EquipmentFigure:
    """Price, throughput, availability, life and detection of control equipment."""

    KEY: ClassVar[tuple[str, ...]] = ("row_id",)
    row_id: Text
    equipment_type: Text
    parameter: Text
    value: Amount | None
    value_low: Amount | None
    value_high: Amount | None
    unit: Text
    year: Number | None
    geography: str
    basis: str
    source: Text
    source_title: str
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class CapacityFigure:
    """Scanners, scans, staff and plans of a port or country."""

    KEY: ClassVar[tuple[str, ...]] = ("row_id",)
    row_id: Text
    port_or_country: Text
    indicator: Text
    value: Amount | None
    value_low: Amount | None
    value_high: Amount | None
    unit: Text
    year: Number | None
    source: Text
    source_title: str
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class InstrumentFigure:
    """Budget of the Customs Control Equipment Instrument; some values are text."""

    KEY: ClassVar[tuple[str, ...]] = ("row_id",)
    row_id: Text
    item: Text
    member_state_or_scope: Text
    value: str
    unit: str
    year: str
    source: Text
    source_title: str
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class TargetingFigure:
    """Shares selected, hit rates, notice periods, systems and joint operations; some values are text."""

    KEY: ClassVar[tuple[str, ...]] = ("row_id",)
    row_id: Text
    topic: Text
    indicator: Text
    value: str
    value_low: Amount | None
    value_high: Amount | None
    unit: str
    year: Number | None
    geography: Text
    source: Text
    source_title: str
    source_url: str
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class InsiderFigure:
    """Extractors, fees, vetting, hotlines; some values are text."""

    KEY: ClassVar[tuple[str, ...]] = ("row_id",)
    row_id: Text
    topic: Text
    port_or_country: Text
    indicator: Text
    value: str
    value_low: Amount | None
    value_high: Amount | None
    unit: Text
    year: Number
    source: Text
    source_title: Text
    source_url: Text
    note: str
    confidence: Text


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """A dated event of policy; the date may be a year, a month or a day."""

    KEY: ClassVar[tuple[str, ...]] = ("row_id",)
    row_id: Text
    date: Text
    milestone: Text
    category: Text
    figure_or_kpi: str
    source: Text
    source_title: Text
    source_url: str
    note: str
    confidence: Text


def load_port_seizures(data: Path = DATA) -> tuple[PortSeizure, ...]:
    """Load and check the seizures by port and year."""
    return read_records(data / "seizures" / "seizures_port_year.csv", PortSeizure)


def load_country_seizures(data: Path = DATA) -> tuple[CountrySeizure, ...]:
    """Load and check the seizures by country and year."""
    return read_records(data / "seizures" / "seizures_country_year.csv", CountrySeizure)


def load_consignment_sizes(data: Path = DATA) -> tuple[ConsignmentSize, ...]:
    """Load and check the numbers and sizes of finds."""
    return read_records(data / "seizures" / "consignment_sizes.csv", ConsignmentSize)


def load_modus_operandi(data: Path = DATA) -> tuple[ModusOperandi, ...]:
    """Load and check the concealment methods."""
    return read_records(data / "seizures" / "modus_operandi.csv", ModusOperandi)


def load_origin_shares(data: Path = DATA) -> tuple[OriginShare, ...]:
    """Load and check the departure countries of what was seized."""
    return read_records(data / "seizures" / "origin_shares.csv", OriginShare)


def load_prices(data: Path = DATA) -> tuple[PriceFigure, ...]:
    """Load and check prices, purity and production."""
    return read_records(data / "seizures" / "prices_purity.csv", PriceFigure)


def load_equipment(data: Path = DATA) -> tuple[EquipmentFigure, ...]:
    """Load and check the equipment catalogue."""
    return read_records(data / "customs" / "equipment.csv", EquipmentFigure)


def load_port_capacity(data: Path = DATA) -> tuple[CapacityFigure, ...]:
    """Load and check published control capacity."""
    return read_records(data / "customs" / "port_capacity.csv", CapacityFigure)


def load_instrument(data: Path = DATA) -> tuple[InstrumentFigure, ...]:
    """Load and check the figures of the Customs Control Equipment Instrument."""
    return read_records(data / "customs" / "ccei.csv", InstrumentFigure)


def load_targeting(data: Path = DATA) -> tuple[TargetingFigure, ...]:
    """Load and check the figures on risk targeting."""
    return read_records(data / "customs" / "risk_targeting.csv", TargetingFigure)


def load_insiders(data: Path = DATA) -> tuple[InsiderFigure, ...]:
    """Load and check the figures on insiders."""
    return read_records(data / "customs" / "insiders.csv", InsiderFigure)


def load_timeline(data: Path = DATA) -> tuple[TimelineEvent, ...]:
    """Load and check the dated policy events."""
    return read_records(data / "customs" / "alliance_timeline.csv", TimelineEvent)
