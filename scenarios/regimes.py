"""Regimes by name: those of conf/regime, and each of them with one lever no longer common."""

from __future__ import annotations

import dataclasses as dc
import datetime

from scenarios.assumptions import load_assumptions
from scenarios.case import EVERYONE, LeverSpec, RegimeSpec
from scenarios.errors import InputError, unknown_name
from scenarios.levers import lever_terms
from scenarios.plain_conf import group_names, load_plain, validated

MINUS = "_minus_"
"""alliance_rule_minus_criteria is alliance_rule with criteria national."""


def regime_names() -> list[str]:
    """Return the names of the regimes of conf/regime."""
    return group_names("regime")


def is_regime(name: str) -> bool:
    """Return whether a regime of this name can be loaded."""
    return name in regime_names() or _is_derived(name)


def load_regime(name: str) -> RegimeSpec:
    """Return a regime by name: of conf/regime, or one of these with a lever national (alliance_rule_minus_criteria).

    Raises:
        InputError: no such regime.
    """
    base, minus, lever = name.partition(MINUS)
    regime: RegimeSpec = validated(RegimeSpec, load_plain("regime", base if _is_derived(name) else name))
    if minus and _is_derived(name):
        regime = dc.replace(
            regime, name=name, about=_about_minus(base, lever),
            levers={**regime.levers, lever: LeverSpec("national")},
        )  # fmt: skip
    check_regime(regime)
    return regime


def derived_regime(name: str) -> tuple[str, list[str]] | None:
    """Return a derived regime as the regime that it comes from and the overrides that make it; None for any other."""
    base, _, lever = name.partition(MINUS)
    if not _is_derived(name):
        return None
    changes = [f"regime.levers.{lever}=national", f"regime.name={name}", f"regime.about='{_about_minus(base, lever)}'"]
    return base, changes


def _is_derived(name: str) -> bool:
    base, minus, lever = name.partition(MINUS)
    return bool(minus) and base in regime_names() and lever in lever_terms()


def _about_minus(base: str, lever: str) -> str:
    return f"{base} with the lever {lever} used by each state alone"


def check_regime(regime: RegimeSpec) -> None:
    """Check what a regime names.

    Raises:
        InputError: an unknown lever, or a country that is not in the EU or has no port.
    """
    countries = sorted({code[:2] for code, row in load_assumptions().ranges.items() if row.is_eu})
    for lever, spec in regime.levers.items():
        if lever not in lever_terms():
            raise unknown_name("regime.levers", lever, lever_terms())
        _check_countries(f"regime.levers.{lever}.participants", spec.participants, countries)
        if spec.start is not None:
            _check_first_of_january(f"regime.levers.{lever}.start", spec.start, "its price")
    _check_countries("regime.participants", regime.participants, countries)
    for country in regime.joins:
        if country not in countries:
            raise unknown_name("regime.joins", country, countries, most=len(countries))
        _check_first_of_january(f"regime.joins.{country}", regime.joins[country], "coordination")


def _check_first_of_january(place: str, date: datetime.date, what: str) -> None:
    if (date.month, date.day) != (1, 1):
        allowed = f"a first of January, when {what} is paid for the year"
        raise InputError(f"{place}: {date} is not allowed; allowed: {allowed}.")


def _check_countries(place: str, named: tuple[str, ...] | None, countries: list[str]) -> None:
    if named in (None, EVERYONE):
        return
    for country in named or ():
        if country not in countries:
            raise unknown_name(place, country, [*countries, *EVERYONE], most=len(countries) + 1)
    if named == ():
        raise InputError(f"{place}: nobody is not allowed; allowed: all, or a list of countries.")
