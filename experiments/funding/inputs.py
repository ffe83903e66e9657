"""What a user fills in by hand about a funding question, and how it changes the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from experiments.funding.question import Offer
from scenarios.errors import InputError

DETECTION_FIELDS = ("rip_on_detection", "in_cargo_detection", "in_structure_detection", "cooling_unit_detection")
"""Fields of what second looks show, in the order of UnitTerms.detection."""


@dataclass(frozen=True, slots=True)
class PortInput:
    """What was filled in about a port."""

    may_get: bool


@dataclass(frozen=True, slots=True)
class WorldPorts:
    """The ports of the Union in the world that is asked about."""

    world: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was filled in; None where a sheet was not given, so that defaults hold."""

    budgets_eur_million: tuple[float, ...] | None
    ports: dict[str, PortInput] | None
    """By UN/LOCODE; a port that is not listed gets nothing."""
    equipment: dict[str, dict[str, float]] | None
    """Field and value of each type that may be bought, by name; a type that is not listed is not bought."""


def with_equipment(offers: tuple[Offer, ...], equipment: Mapping[str, Mapping[str, float]]) -> tuple[Offer, ...]:
    """Return the offers that may be bought, in their order, on the terms that were filled in.

    Args:
        offers: defaults.
        equipment: field and value, by name of the type, as in ``Inputs.equipment``.

    Raises:
        InputError: none of the offers is among them.
    """
    kept = tuple(_with_terms(offer, equipment[offer.terms.name]) for offer in offers if offer.terms.name in equipment)
    if not kept:
        known = ", ".join(offer.terms.name for offer in offers)
        raise InputError(f"equipment: none of the types that may be bought is on offer; allowed: {known}.")
    return kept


def _with_terms(offer: Offer, values: Mapping[str, float]) -> Offer:
    """Return an offer with the values of its sheet; what the sheet does not have stays as it is."""
    terms = offer.terms
    shown = zip(DETECTION_FIELDS, terms.detection, strict=True)
    rip_on, in_cargo, in_structure, cooling_unit = (values.get(field, default) for field, default in shown)
    return Offer(
        terms=replace(
            terms,
            price_eur=values.get("price_eur", terms.price_eur),
            works_eur=values.get("works_eur", terms.works_eur),
            delivery_months=values.get("delivery_months", terms.delivery_months),
            checks_per_year=values.get("checks_per_year", terms.checks_per_year),
            availability=values.get("availability", terms.availability),
            life_years=values.get("life_years", terms.life_years),
            running_eur_per_year=values.get("running_eur_per_year", terms.running_eur_per_year),
            posts=round(values.get("posts", terms.posts)),
            detection=(rip_on, in_cargo, in_structure, cooling_unit),
            false_alarm=values.get("false_alarm", terms.false_alarm),
        ),
        most_per_port=round(values.get("most_per_port", offer.most_per_port)),
    )
