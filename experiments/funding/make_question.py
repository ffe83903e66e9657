"""The default question of a case: all ports of the Union in its world, everything in the catalogue that states buy."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.funding.question import CENTS, Offer, Question, Site, Staffing
from experiments.patterns.record import port_years
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.equipment import MOBILE, unit_terms
from scenarios.errors import InputError, unknown_name
from scenarios.reference import DATA
from scenarios.world import World

BUDGETS_EUR_MILLION = (0.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0)
PHASING = (0.25, 0.25, 0.25, 0.25)
"""A quarter of a budget each first of January of four years: as the appropriations of the states are (assumption)."""
MILLION_CENTS = 1_000_000 * CENTS
MOST_FIXED, MOST_SECOND_LOOKS = 4, 20
"""Halls, and sets of a type for second looks, that a port gets at most (assumptions: ground; and 17 density meters
look again at all that Antwerp, the port with the most scans, will scan for drugs)."""
FIRST_YEAR, LAST_YEAR = 2019, 2023
"""Years of the published record whose mean is taken; later ones are reserved for validation."""
_SAME_PORT = {"FRMRS": "FRFOS"}
"""Marseille-Fos is published under Marseille, and its containers are handled in Fos."""
_KG_PER_T = 1000.0


def make_question(
    case: Case,
    *,
    budgets_eur_million: Sequence[float] = BUDGETS_EUR_MILLION,
    cofinancing_share: float = 0.8,
    phasing: Sequence[float] = PHASING,
    staffing: Staffing = "matching",
    discount_rate: float | None = None,
    post_eur_per_year: float | None = None,
    worth_eur_per_kg: float | None = None,
    caps: Mapping[str, float] | None = None,
    floors: Mapping[str, float] | None = None,
    ports: Collection[str] | None = None,
    offers: Sequence[Offer] | None = None,
    most_per_port: int | None = None,
) -> Question:
    """Return the question that a case and options ask.

    Args:
        case: base, whose regime must not buy equipment itself; its good and world say which ports there are.
        budgets_eur_million: EU money for capital, also in a world of a few ports: it is not scaled down to them.
        cofinancing_share: share of capital that the EU pays.
        phasing: share of a budget that becomes available each first of January, from the start on.
        staffing: see `Question`.
        discount_rate: interest a year; None for that of the lever equipment (3 %).
        post_eur_per_year: cost of a post; None for that of the lever equipment (75,000 EUR).
        worth_eur_per_kg: what a kilogram kept off the market is worth; None for the wholesale price of the model
            (assumption: nobody pays more to keep a kilogram off than it sells for).
        caps, floors: shares of a budget by country.
        ports: codes of the ports that may get equipment; None for all of the Union.
        offers: what can be bought; None for `default_offers`.
        most_per_port: units of a type at a port, in place of those of `default_offers`.

    Raises:
        InputError: a regime that buys equipment itself, or an option that is not allowed.
    """
    if case.regime.scope("equipment") != "off":
        raise InputError(
            f"regime: {case.regime.name} buys equipment itself, and the same money would be spent twice; "
            "allowed: regimes without the lever equipment, such as frozen."
        )
    if case.purchases:
        raise InputError("purchases: the base case has some already; allowed: a case without any.")
    world, values = build_world(case.world, case.parameters, case.good), case.parameters.levers["equipment"]
    sites = _chosen(default_sites(case, world), ports)
    question = Question(
        base=case,
        offers=tuple(offers) if offers is not None else default_offers(case, world, most_per_port),
        sites=sites,
        budgets_cents=_cents(budgets_eur_million),
        cofinancing_share=cofinancing_share,
        phasing=tuple(phasing),
        staffing=staffing,
        discount_rate=values["discount_rate_per_year"] if discount_rate is None else discount_rate,
        post_eur_per_year=values["post_eur_per_year"] if post_eur_per_year is None else post_eur_per_year,
        worth_eur_per_kg=case.parameters.market.price_eur_per_kg if worth_eur_per_kg is None else worth_eur_per_kg,
        caps=dict(caps or {}),
        floors=dict(floors or {}),
        envelopes=_envelopes(sites, world),
    )
    _check(question)
    return question


def default_sites(case: Case, world: World, data: Path = DATA) -> tuple[Site, ...]:
    """Return the ports of the Union as they stand, with what was ordered before the analysis.

    Posts are those that mobile units need for the scans of the port. Seizures are the mean of the full years from
    2019 to 2023 that are published of a port (seizures_port_year.csv, preferred rows); a port without any has 0, and
    finds that are published one by one do not count: this is the record that an authority can apply with.

    Args:
        case: its parameters.
        world: of the case.
        data: reference data.
    """
    entry, mobile = world.entry, unit_terms(case.parameters)[MOBILE]
    scans, traffic, record = entry.scans_per_year.copy(), world.at_risk_boxes, seizures_kg(data)
    for delivery in world.pipeline:
        scans[delivery.entry] += delivery.units * mobile.checks_per_year
    return tuple(
        Site(
            entry=port,
            code=entry.code[port],
            name=entry.name[port],
            country=entry.country[port],
            port_range=entry.port_range[port],
            scans_per_year=float(scans[port]),
            posts=float(scans[port] * mobile.posts / mobile.checks_per_year),
            traffic=float(traffic[port]),
            seizures_kg=record.get(entry.code[port], 0.0),
        )
        for port in np.flatnonzero(entry.is_eu).tolist()
    )


def seizures_kg(data: Path = DATA) -> dict[str, float]:
    """Return mean kilograms a year by port, over the published full years from 2019 to 2023."""
    years: dict[str, list[float]] = {}
    for (place, year), mass_t in port_years(data).items():
        if FIRST_YEAR <= year <= LAST_YEAR and "+" not in place:
            years.setdefault(_SAME_PORT.get(place, place), []).append(mass_t * _KG_PER_T)
    return {place: math.fsum(masses) / len(masses) for place, masses in years.items()}


def default_offers(case: Case, world: World, most_per_port: int | None = None) -> tuple[Offer, ...]:
    """Return every type that states buy, on the terms of the catalogue and the parameters.

    Mobile units go as far as the yard of the port that has the most of them (control.most_mobile_units_per_port,
    with those that stand there and those ordered before the analysis).

    Args:
        case: its parameters.
        world: of the case.
        most_per_port: units of any type at a port; None for the limit of each type.
    """
    standing = world.entry.mobile_units.copy()
    for delivery in world.pipeline:
        standing[delivery.entry] += delivery.units
    room = max(1, case.parameters.control.most_mobile_units_per_port - int(standing[world.entry.is_eu].max(initial=0)))
    most = {"mobile_scanner": room, "fixed_scanner": MOST_FIXED, "second_look": MOST_SECOND_LOOKS}
    return tuple(
        Offer(terms, most[terms.kind] if most_per_port is None else most_per_port)
        for terms in unit_terms(case.parameters).values()
    )


def _chosen(sites: tuple[Site, ...], ports: Collection[str] | None) -> tuple[Site, ...]:
    codes = [site.code for site in sites]
    for port in ports if ports is not None else ():
        if port not in codes:
            raise unknown_name("ports", port, codes, most=len(codes))
    chosen = tuple(site for site in sites if ports is None or site.code in ports)
    if not chosen:
        raise InputError("ports: none is not allowed; allowed: one port of the Union in this world, or more.")
    return chosen


def _envelopes(sites: tuple[Site, ...], world: World) -> dict[str, float]:
    """Return the shares of countries in the laden gateway imports of the sites, as appropriations are split."""
    boxes = world.entry.gateway_laden_boxes
    total = math.fsum(boxes[site.entry] for site in sites)
    return {
        country: math.fsum(boxes[site.entry] for site in sites if site.country == country) / total
        for country in sorted({site.country for site in sites})
    }


def _cents(budgets_eur_million: Sequence[float]) -> tuple[int, ...]:
    for budget in budgets_eur_million:
        if not 0 <= budget <= 100_000:
            raise InputError(f"budget: {budget:g} is not allowed; allowed: 0 to 100000 (EUR million).")
    if not budgets_eur_million:
        raise InputError("budget: none is not allowed; allowed: a list such as [0,100,200].")
    return tuple(sorted({round(budget * MILLION_CENTS) for budget in budgets_eur_million}))


def _check(question: Question) -> None:
    """Check what is not a type's own business.

    Raises:
        InputError: the first option that is not allowed.
    """
    for name, value, low, high in (
        ("cofinancing_share", question.cofinancing_share, 0.0, 1.0),
        ("discount_rate", question.discount_rate, 0.0, 1.0),
        ("post_eur_per_year", question.post_eur_per_year, 0.0, 1e6),
    ):
        if not low <= value <= high:
            raise InputError(f"{name}: {value:g} is not allowed; allowed: {low:g} to {high:g}.")
    if not 0 < question.worth_eur_per_kg < math.inf:
        raise InputError(f"worth_eur_per_kg: {question.worth_eur_per_kg:g} is not allowed; allowed: above 0.")
    if question.staffing not in ("fixed", "matching"):
        raise InputError(f"staffing: '{question.staffing}' is not allowed; allowed: fixed, matching.")
    phasing = question.phasing
    if not phasing or min(phasing) < 0 or abs(math.fsum(phasing) - 1) > 1e-9:
        listed = ", ".join(f"{share:g}" for share in phasing)
        raise InputError(f"phasing: [{listed}] is not allowed; allowed: shares of 0 or more that sum to 1.")
    names = [offer.terms.name for offer in question.offers]
    if not names or len(set(names)) < len(names):
        raise InputError(f"offers: [{', '.join(names)}] is not allowed; allowed: one type or more, each once.")
    if min(offer.most_per_port for offer in question.offers) < 0:
        raise InputError("most_per_port: a negative number is not allowed; allowed: 0 or more.")
    _check_countries(question)


def _check_countries(question: Question) -> None:
    countries = question.countries
    for name, shares in (("caps", question.caps), ("floors", question.floors)):
        for country, share in shares.items():
            if country not in countries:
                raise unknown_name(name, country, countries, most=len(countries))
            if not 0 <= share <= 1:
                raise InputError(f"{name}.{country}: {share:g} is not allowed; allowed: 0 to 1.")
    for country, floor in question.floors.items():
        if floor > question.caps.get(country, 1.0):
            raise InputError(f"floors.{country}: {floor:g} is not allowed; allowed: at most its cap.")
    if math.fsum(question.floors.values()) > 1 + 1e-9:
        raise InputError("floors: more than 1 in sum is not allowed; allowed: at most 1.")
