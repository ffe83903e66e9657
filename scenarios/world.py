"""The world: ports, coasts, lanes, strings and markets as arrays; what every run of a case shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EntryPorts:
    """Entry ports, one element a port; ``global_id`` is the row in the gazetteer and names the port in all worlds."""

    code: tuple[str, ...]
    name: tuple[str, ...]
    country: tuple[str, ...]
    port_range: tuple[str, ...]
    global_id: Ints
    latitude: Floats
    longitude: Floats
    is_eu: Bools
    throughput_teu: Floats
    throughput_is_imputed: Bools
    transhipment_share: Floats
    transhipment_is_imputed: Bools
    gateway_laden_boxes: Floats
    """Laden gateway import boxes a year."""
    import_boxes: Floats
    """All boxes discharged a year: laden and empty, gateway and transhipped."""
    scans_per_year: Floats
    """Achieved scan capacity at the end of 2023."""
    scans_are_imputed: Bools
    fixed_units: Ints
    mobile_units: Ints
    has_scanner: Bools


@dataclass(frozen=True, slots=True)
class Coasts:
    """Places of entry outside the container terminals: one coast for each port range of the world."""

    name: tuple[str, ...]
    global_id: Ints
    """100 + the row of the port range."""
    latitude: Floats
    longitude: Floats


@dataclass(frozen=True, slots=True)
class DeparturePorts:
    """Departure ports, one element a port."""

    code: tuple[str, ...]
    name: tuple[str, ...]
    country: tuple[str, ...]
    region: tuple[str, ...]
    """Of cocaine one of ECSA, WCSA, NCSA, CAM, CAR, ANT, WAF; another good has its own."""
    global_id: Ints
    latitude: Floats
    longitude: Floats
    export_teu: Floats
    export_is_imputed: Bools


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes, one element a (departure port, entry port) pair with at least one loaded box a week."""

    departure: Ints
    """Row of the departure port."""
    entry: Ints
    """Row of the entry port."""
    boxes_per_year: Floats
    transit_min: Ints
    """Sailing time in minutes."""
    string: Ints
    """Row of the ship string that serves the lane."""
    is_via_hub: Bools
    """True where neither port lists the other's country as served directly."""
    hub: Ints
    """Row of the entry port where boxes via a hub change ships; -1 for direct lanes and hubs outside the world."""
    hub_min: Ints
    """Minutes from departure to the hub; 0 for direct lanes."""


@dataclass(frozen=True, slots=True)
class Strings:
    """Weekly ship strings: one for each (departure region, entry port) with a lane; lanes are sorted by string."""

    region: tuple[str, ...]
    entry: Ints
    global_id: Ints
    """entry global id * 16 + row of the region: the same in all worlds."""
    first_lane: Ints
    """Shape (strings + 1): lanes first_lane[s] to first_lane[s + 1] - 1 belong to string s."""


@dataclass(frozen=True, slots=True)
class Markets:
    """Destination countries, weighted by population times prevalence."""

    country: tuple[str, ...]
    weight: Floats
    haul_km: Floats
    """Shape (entry places, markets), great circle; entry places are the ports, then the coasts."""


@dataclass(frozen=True, slots=True)
class HomeRegions:
    """Where supply comes from: producing regions with their share of supply."""

    name: tuple[str, ...]
    weight: Floats
    haul_km: Floats
    """Shape (regions, departure ports), great circle."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Equipment ordered before 2024, the same in every arm."""

    date: str
    entry: int
    units: int
    source: str


@dataclass(frozen=True, slots=True)
class World:
    """Everything about the network that does not change during a run."""

    name: str
    entry: EntryPorts
    coasts: Coasts
    departure: DeparturePorts
    lanes: Lanes
    strings: Strings
    markets: Markets
    home: HomeRegions
    pipeline: tuple[Delivery, ...]
    sea_km: Floats
    """Shape (departure ports, entry places); a coast has the mean of the ports of its range."""
    reference_boxes: float
    """At-risk boxes a year of the whole network, the same in all worlds."""
    supply_share: float
    eu_traffic_share: float
    """Laden gateway boxes of the EU ports of this world over those of all EU ports: their part of EU budgets."""
    assumed_totals: tuple[tuple[str, float, str], ...]
    """Row and column totals that are assumed or imputed: (what, boxes a year, why)."""
    data_hash: str
    regions: tuple[str, ...]
    """All departure regions of the good, in their fixed order."""

    @property
    def at_risk_boxes(self) -> Floats:
        """Return the at-risk boxes a year of each entry port."""
        boxes = np.bincount(self.lanes.entry, self.lanes.boxes_per_year, minlength=len(self.entry.code))
        return boxes.astype(np.float64)

    @property
    def place_code(self) -> tuple[str, ...]:
        """Return the names of the entry places: port codes, then coasts."""
        return self.entry.code + tuple(f"coast:{name}" for name in self.coasts.name)
