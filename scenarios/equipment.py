"""The catalogue of equipment: what a unit of each type costs, how much it checks, and what it sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar

from scenarios.errors import InputError
from scenarios.parameters import Parameters
from scenarios.records import Amount, Limits, Share, Text, Words, read_records
from scenarios.reference import DATA
from scenarios.reference_tables import load_equipment, load_instrument, load_port_capacity

MOBILE, FIXED = "mobile_xray", "fixed_xray"
KINDS = ("mobile_scanner", "fixed_scanner", "second_look", "terminal_security")
BUYERS = ("states", "terminals", "none")
_ROW = re.compile(r"\b(?:EQ|PC|CC)\d{3}\b")
_GROUPS = {
    "price": ("price_eur", "price_low_eur", "price_high_eur"),
    "works": ("works_eur",),
    "delivery": ("delivery_months",),
    "checks": ("checks_per_year",),
    "availability": ("availability",),
    "life": ("life_years",),
    "running": ("running_share_per_year",),
    "posts": ("posts_per_unit",),
    "detection": ("rip_on_detection", "in_cargo_detection", "in_structure_detection", "cooling_unit_detection"),
    "false_alarm": ("false_alarm",),
}
"""Numbers by what they are about; each group has a column that says where it is from."""

_Detection = Annotated[float, Limits(0.0, 1.0)]


@dataclass(frozen=True, slots=True)
class EquipmentType:
    """A row of the catalogue; a number that is nowhere published and not needed is missing."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)
    name: Text
    label: Text
    kind: Annotated[str, Words(KINDS)]
    """What it does: scans at several ports, or at one; looks again at scanned boxes; guards a terminal."""
    buyer: Annotated[str, Words(BUYERS)]
    """Who buys it in the model: states (lever equipment), terminals (another lever), or nobody."""
    price_eur: Amount | None
    price_low_eur: Amount | None
    price_high_eur: Amount | None
    price_source: str
    works_eur: Amount | None
    works_source: str
    delivery_months: Annotated[float, Limits(0.0, 120.0)] | None
    delivery_source: str
    checks_per_year: Annotated[float, Limits(1.0, 300_000.0)] | None
    """Achieved, not nominal: scans, or boxes looked at again."""
    checks_source: str
    availability: Share | None
    availability_source: str
    life_years: Annotated[float, Limits(1.0, 40.0)] | None
    life_source: str
    running_share_per_year: Share | None
    running_source: str
    posts_per_unit: Annotated[int, Limits(0, 100)] | None
    posts_source: str
    rip_on_detection: _Detection | None
    in_cargo_detection: _Detection | None
    in_structure_detection: _Detection | None
    cooling_unit_detection: _Detection | None
    detection_source: str
    false_alarm: Share | None
    """Share of clean boxes looked at that it indicates."""
    false_alarm_source: str
    note: str

    def sources(self) -> dict[str, str]:
        """Return where the numbers of each group are from."""
        return {group: getattr(self, f"{group}_source") for group in _GROUPS}

    def numbers(self, group: str) -> list[float | None]:
        """Return the numbers of a group; a price is followed by its bounds, detection goes by method."""
        return [getattr(self, column) for column in _GROUPS[group]]


@dataclass(frozen=True, slots=True)
class UnitTerms:
    """What buying a unit of a type means: every number is there."""

    name: str
    kind: str
    price_eur: float
    works_eur: float
    delivery_months: float
    checks_per_year: float
    availability: float
    life_years: float
    running_eur_per_year: float
    posts: int
    detection: tuple[float, float, float, float]
    """By concealment method in containers, in the order of sim.codes.Method."""
    false_alarm: float

    @property
    def capital_eur(self) -> float:
        """Return price and works."""
        return self.price_eur + self.works_eur

    def eur_per_year(self, rate: float, post_eur: float) -> float:
        """Return capital as an annuity over the life of the unit, running cost and staff, in a year.

        Args:
            rate: interest a year.
            post_eur: cost of a post in a year.
        """
        annuity = self.capital_eur * capital_recovery_factor(rate, self.life_years)
        return annuity + self.running_eur_per_year + self.posts * post_eur


def capital_recovery_factor(rate: float, years: float) -> float:
    """Return the yearly payment per euro of capital: r / (1 - (1 + r)^-n), and 1 / n without interest.

    Args:
        rate: interest a year, at least zero.
        years: life, more than zero.
    """
    if rate == 0:
        return 1 / years
    factor: float = rate / (1 - (1 + rate) ** -years)
    return factor


@lru_cache(maxsize=4)
def load_equipment_types(data: Path = DATA) -> dict[str, EquipmentType]:
    """Return the catalogue by name.

    Raises:
        InputError: a value is not allowed, a price is not between its bounds, a number has no source, a source names
            a row that is not there, or a type that states buy lacks a number.
    """
    path = data / "equipment_types.csv"
    known = {row.row_id for row in load_equipment(data)}
    known |= {row.row_id for row in load_port_capacity(data)} | {row.row_id for row in load_instrument(data)}
    types = {one.name: one for one in read_records(path, EquipmentType)}
    for one in types.values():
        _check(f"{path}, {one.name}", one, known)
    for name, kind in ((MOBILE, "mobile_scanner"), (FIXED, "fixed_scanner")):
        if name not in types or types[name].kind != kind or types[name].buyer != "states":
            raise InputError(f"{path}: no {name} of kind {kind} that states buy; allowed: one row of it.")
    return types


def _check(place: str, one: EquipmentType, known: set[str]) -> None:
    """Check that every number has a source and what states buy has every number."""
    for group, source in one.sources().items():
        numbers = {column: getattr(one, column) for column in _GROUPS[group]}
        missing = [column for column, number in numbers.items() if number is None]
        if missing and (one.buyer != "terminals" or len(missing) < len(numbers)):
            raise InputError(f"{place}, column {missing[0]}: empty; allowed: a number, unless terminals buy it.")
        rows = set(_ROW.findall(source))
        for row in sorted(rows - known):
            raise InputError(f"{place}, column {group}_source: no row '{row}'; allowed: rows of data/customs.")
        if not missing and not rows and "assumption" not in source:
            raise InputError(f"{place}, column {group}_source: '{source}'; allowed: a row, or the word assumption.")
    low, price, high = one.price_low_eur, one.price_eur, one.price_high_eur
    if low is not None and price is not None and high is not None and not low <= price <= high:
        raise InputError(f"{place}, column price_eur: '{price:g}' is out of range; allowed: {low:g} to {high:g}.")


def unit_terms(parameters: Parameters, data: Path = DATA) -> dict[str, UnitTerms]:
    """Return the terms of every type that states buy, by name.

    Parameters say what mobile X-ray units cost and achieve, how much a fixed one scans, and what images show; the
    catalogue has their defaults, and says the rest.
    """
    finance, control, methods = parameters.finance, parameters.control, parameters.methods
    image = (
        methods.rip_on_image_detection, methods.in_cargo_image_detection,
        methods.in_structure_image_detection, methods.cooling_unit_image_detection,
    )  # fmt: skip
    terms = {}
    for name, one in load_equipment_types(data).items():
        if one.buyer != "states":
            continue
        is_scanner, is_mobile = one.kind != "second_look", name == MOBILE
        price = finance.unit_price_eur if is_mobile else _given(one.price_eur)
        share = finance.running_share_per_year if is_mobile else _given(one.running_share_per_year)
        checks = {MOBILE: control.mobile_scans_per_year, FIXED: control.fixed_scans_per_year}
        own = (
            _given(one.rip_on_detection), _given(one.in_cargo_detection),
            _given(one.in_structure_detection), _given(one.cooling_unit_detection),
        )  # fmt: skip
        terms[name] = UnitTerms(
            name=name,
            kind=one.kind,
            price_eur=price,
            works_eur=_given(one.works_eur),
            delivery_months=finance.delivery_months if is_mobile else _given(one.delivery_months),
            checks_per_year=checks.get(name, _given(one.checks_per_year)),
            availability=_given(one.availability),
            life_years=_given(one.life_years),
            running_eur_per_year=price * share,
            posts=finance.posts_per_unit if is_mobile else int(_given(one.posts_per_unit)),
            detection=image if is_scanner else own,
            false_alarm=control.image_false_alarm if is_scanner else _given(one.false_alarm),
        )
    return terms


def _given(number: float | None) -> float:
    assert number is not None, "the loader saw to it that the number is there"
    return number
