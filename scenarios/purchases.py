"""Equipment that grants bring: what a purchase of a case means, and which purchases are allowed."""

from __future__ import annotations

import dataclasses as dc
import math
from collections.abc import Sequence

from scenarios.case import Case, Purchase
from scenarios.equipment import UnitTerms, unit_terms
from scenarios.errors import InputError, unknown_name
from scenarios.parameters import Parameters

_OWN = ("delivery_months", "life_years", "availability", "detection", "false_alarm")
_OF_SECOND_LOOKS = ("availability", "detection", "false_alarm")


def purchased_terms(purchase: Purchase, parameters: Parameters) -> UnitTerms:
    """Return the terms of the units of a purchase: those of the catalogue, with what the purchase has of its own."""
    own = {name: getattr(purchase, name) for name in _OWN if getattr(purchase, name) is not None}
    return dc.replace(unit_terms(parameters)[purchase.equipment], checks_per_year=purchase.checks_per_year, **own)


def check_purchases(case: Case, ports: Sequence[str]) -> None:
    """Check what a case buys.

    Args:
        case: with its purchases.
        ports: codes of the entry ports that may have any.

    Raises:
        InputError: purchases in a regime that buys equipment itself, an unknown port or type, or a value that is not
            allowed.
    """
    if case.purchases and case.regime.scope("equipment") != "off":
        raise InputError(
            f"purchases: regime {case.regime.name} buys equipment itself, and the same money would be spent twice; "
            "allowed: regimes without the lever equipment."
        )
    types = unit_terms(case.parameters) if case.purchases else {}
    for place, purchase in ((f"purchases.{i}", purchase) for i, purchase in enumerate(case.purchases)):
        if purchase.port not in ports:
            raise unknown_name(f"{place}.port", purchase.port, ports)
        if purchase.equipment not in types:
            raise unknown_name(f"{place}.equipment", purchase.equipment, types)
        if purchase.ordered < case.start:
            raise InputError(f"{place}.ordered: {purchase.ordered} is not allowed; allowed: {case.start} or later.")
        _check_numbers(place, purchase, types[purchase.equipment].kind == "second_look")


def _check_numbers(place: str, purchase: Purchase, is_second_look: bool) -> None:
    if purchase.units < 1:
        raise InputError(f"{place}.units: {purchase.units} is not allowed; allowed: 1 or more.")
    numbers = {
        "checks_per_year": (purchase.checks_per_year, math.inf),
        "delivery_months": (purchase.delivery_months, 120.0),
        "availability": (purchase.availability, 1.0),
        "false_alarm": (purchase.false_alarm, 1.0),
        **{f"detection.{i}": (share, 1.0) for i, share in enumerate(purchase.detection or ())},
    }
    for name, (number, most) in numbers.items():
        if number is not None and (not 0 <= number <= most or math.isinf(number)):
            upto = "" if math.isinf(most) else f" to {most:g}"
            raise InputError(f"{place}.{name}: {number:g} is not allowed; allowed: 0{upto or ' or more'}.")
    if purchase.life_years is not None and not 0 < purchase.life_years <= 40:
        raise InputError(f"{place}.life_years: {purchase.life_years:g} is not allowed; allowed: above 0, at most 40.")
    for name in _OF_SECOND_LOOKS:
        if getattr(purchase, name) is not None and not is_second_look:
            raise InputError(
                f"{place}.{name}: {purchase.equipment} has none of its own; allowed: none, for what images show and "
                "how often scanners break down are parameters."
            )
