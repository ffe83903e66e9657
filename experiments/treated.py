"""The treated place: whose flow a ledger follows (a port, country, port range, coast, lane or method)."""

from __future__ import annotations

import dataclasses as dc
from dataclasses import dataclass

import numpy as np

from experiments.cohort import COAST, CohortParcels
from experiments.screen import magnitude
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name
from scenarios.world import World
from sim.codes import Method
from sim.streams import Bools

ILLUSTRATIVE = "illustrative, not an estimate of this port"
_METHODS = tuple(method.name.lower() for method in Method)


@dataclass(frozen=True, slots=True)
class Treated:
    """Cells of flow: those of some places, of one method, or of one departure port."""

    name: str
    kind: str
    places: frozenset[str]
    """Places of entry; empty for all."""
    ports: tuple[str, ...]
    """Ports of the Union among them, whose controls a treatment can change."""
    departure: str | None = None
    method: str | None = None

    def contains(self, parcels: CohortParcels) -> Bools:
        """Return which parcels are treated; what was not shipped is nowhere."""
        inside = parcels.is_shipped
        if self.places:
            inside = inside & np.isin(parcels.place.astype(str), sorted(self.places))
        if self.departure is not None:
            inside = inside & (parcels.departure == self.departure)
        if self.method is not None:
            inside = inside & (parcels.method == self.method)
        return inside

    @property
    def is_one_port(self) -> bool:
        """Return whether results are those of a single named port."""
        return len(self.places) == 1 and not next(iter(self.places)).startswith(COAST)

    @property
    def label(self) -> str:
        """Return the name with its kind."""
        return f"{self.kind} {self.name.removeprefix(COAST).replace('_', ' ')}"


def find_treated(text: str, world: World) -> Treated:
    """Return what a name means in a world.

    A port is named by its UN/LOCODE, a country by its ISO 3166 code, a lane as ``departure-entry``; a port range means
    its ports in the Union, and ``coast:range`` what comes in there outside the container terminals.

    Raises:
        InputError: nothing in the world has this name.
    """
    entry, name = world.entry, text.strip().replace(" ", "_")
    is_eu = dict(zip(entry.code, entry.is_eu.tolist(), strict=True))
    upper, lower = name.upper(), name.lower()
    of_country = [code for code, country in zip(entry.code, entry.country, strict=True) if country == upper]
    of_range = [c for c, r in zip(entry.code, entry.port_range, strict=True) if r == lower and is_eu[c]]
    if upper in entry.code:
        return _treated(upper, "port", [upper], is_eu)
    if of_country:
        return _treated(upper, "country", of_country, is_eu)
    if of_range:
        return _treated(lower, "port range", of_range, is_eu)
    if lower.startswith(COAST) and lower.removeprefix(COAST) in world.coasts.name:
        return Treated(lower, "coast", frozenset([lower]), ())
    if lower in _METHODS:
        return Treated(lower, "method", frozenset(), tuple(c for c in entry.code if is_eu[c]), method=lower)
    lanes = {
        f"{world.departure.code[d]}-{entry.code[e]}"
        for d, e in zip(world.lanes.departure.tolist(), world.lanes.entry.tolist(), strict=True)
    }
    if upper in lanes:
        departure, _, port = upper.partition("-")
        return _treated(upper, "lane", [port], is_eu, departure)
    ranges = sorted({r for c, r in zip(entry.code, entry.port_range, strict=True) if is_eu[c]})
    coasts = [f"{COAST}{coast}" for coast in world.coasts.name]
    lane = sorted(lanes)[:1]
    if not name:
        raise InputError(
            f"treated: missing; allowed: a port, country, port range, coast, lane or method of world {world.name}, "
            f"such as treated={', treated='.join([entry.code[0], *ranges[:1], *lane, _METHODS[0]])}."
        )
    raise unknown_name("treated", text, [*entry.code, *sorted(set(entry.country)), *ranges, *coasts, *_METHODS, *lanes])


def with_scaled_capacity(case: Case, treated: Treated, factor: float) -> tuple[str, Case]:
    """Return name and case of the arm in which the drug-tasked capacity of the treated ports is scaled."""
    scale = dict(case.scenario.capacity_scale)
    scale |= {port: scale.get(port, 1.0) * factor for port in treated.ports}
    scaled = dc.replace(case, scenario=dc.replace(case.scenario, capacity_scale=scale))
    return f"{case.regime.name}+{treated.name}", scaled


def scaling_in_words(case: Case, treated: Treated, factor: float) -> str:
    """Return what ``with_scaled_capacity`` changes."""
    where = treated.ports[0] if len(treated.ports) == 1 else f"the {len(treated.ports)} ports of {treated.label}"
    return f"drug-tasked capacity x {magnitude(factor)} in {where}, under {case.regime.name}"


def _treated(name: str, kind: str, places: list[str], is_eu: dict[str, bool], departure: str | None = None) -> Treated:
    return Treated(name, kind, frozenset(places), tuple(code for code in places if is_eu[code]), departure)
