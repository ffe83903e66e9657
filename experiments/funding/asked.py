"""From settings to the question: which ports may get which equipment, on which terms, out of which budgets."""

from __future__ import annotations

import dataclasses as dc
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.funding.funding_options import MOST_PLANS, MOST_SIMULATED_BUDGETS, FundingOptions, quick
from experiments.funding.question import CENTS, Offer, Question, Site
from experiments.settings import Settings, load
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.equipment import MOBILE, UnitTerms, unit_terms
from scenarios.errors import InputError, unknown_name
from scenarios.reference import DATA
from scenarios.reference_tables import load_port_seizures
from scenarios.world import World

DEFAULTS = ("horizon_years=10",)
"""Long enough that all that is ordered in four years has come and followers have answered."""
MILLION_CENTS = 100_000_000
RECORD_YEARS = (2019, 2023)
"""Years whose mean is the record of a port; what comes later is reserved for validation."""
_NOT_HERE = ("arms", "contrasts", "replications", "most_replications", "precision", "replication")
_MOST_BUDGETS = 50
_MOST_MILLION = 100_000
_KG = 1000.0


def asked(
    overrides: list[str], rules: Collection[str]
) -> tuple[Question, Settings, FundingOptions]:
    """Return the question, the settings, and the options as `quick` and the budgets leave them.

    Args:
        overrides: settings, as on the command line.
        rules: whose plans can be simulated.

    Raises:
        InputError: a setting that is not allowed.
    """
    for override in overrides:
        if override.lstrip("+~").partition("=")[0] in _NOT_HERE:
            raise InputError(
                f"override '{override}': not used here; the regime is regime=NAME, and replications are "
                "funding.replications=N."
            )
    case, settings = load([*DEFAULTS, *overrides])
    if case.regime.scope("equipment") != "off":
        raise InputError(
            f"regime: {case.regime.name} buys equipment from its own appropriations, which would count the same money "
            "twice; allowed: a regime without the lever equipment, such as regime=frozen."
        )
    options = quick(settings.funding) if settings.quick else settings.funding
    budgets = _budgets(settings.budget)
    options = dc.replace(options, simulated_budgets=_simulated(options, budgets))
    _check_plans(options, rules)
    world = build_world(case.world, case.parameters, case.good)
    sites = make_sites(case, world)
    countries = sorted({site.country for site in sites})
    _check_shares(options, countries)
    question = Question(
        base=case,
        offers=make_offers(case, options),
        sites=sites,
        budgets_cents=tuple(cents(budget) for budget in budgets),
        cofinancing_share=options.cofinancing_share,
        phasing=options.phasing,
        staffing=options.staffing,
        discount_rate=options.discount_rate,
        post_eur_per_year=options.post_eur_per_year,
        worth_eur_per_kg=options.worth_eur_per_kg or case.parameters.market.price_eur_per_kg,
        caps=dict(options.caps),
        floors=dict(options.floors),
        envelopes=envelopes(sites),
    )
    return question, settings, options


def cents(million: float) -> int:
    """Return EUR million in cents."""
    return round(million * MILLION_CENTS)


def make_offers(case: Case, options: FundingOptions) -> tuple[Offer, ...]:
    """Return what can be bought: every type that states buy."""
    most = options.most_per_port
    if most is None:
        most = case.parameters.control.most_mobile_units_per_port
    return tuple(Offer(terms, most) for terms in unit_terms(case.parameters).values())


def make_sites(case: Case, world: World, data: Path = DATA) -> tuple[Site, ...]:
    """Return the EU ports of a world as they stand, with what was ordered before the analysis."""
    control, entry = case.parameters.control, world.entry
    posts_per_scan = mobile_terms(case).posts / control.mobile_scans_per_year
    scans, traffic = entry.scans_per_year.copy(), world.at_risk_boxes
    for delivery in world.pipeline:
        scans[delivery.entry] += delivery.units * control.mobile_scans_per_year
    record = recorded_kg(data)
    return tuple(
        Site(
            entry=port,
            code=entry.code[port],
            name=entry.name[port],
            country=entry.country[port],
            port_range=entry.port_range[port],
            scans_per_year=float(scans[port]),
            posts=float(scans[port]) * posts_per_scan,
            traffic=float(traffic[port]),
            seizures_kg=record.get(entry.code[port], 0.0),
        )
        for port in np.flatnonzero(entry.is_eu).tolist()
    )


def mobile_terms(case: Case) -> UnitTerms:
    """Return what a mobile X-ray unit means."""
    return unit_terms(case.parameters)[MOBILE]


def recorded_kg(data: Path = DATA) -> dict[str, float]:
    """Return by port the mean of its published yearly seizures, over those of the last five years that are there."""
    years: dict[str, dict[int, float]] = {}
    for row in load_port_seizures(data):
        is_of_year = row.preferred and row.period == "year" and row.year is not None
        if is_of_year and row.unlocode and "(departure)" not in row.port_name and row.year is not None:
            if RECORD_YEARS[0] <= row.year <= RECORD_YEARS[1]:
                years.setdefault(row.unlocode, {})[int(row.year)] = row.cocaine_seized_t * _KG
    return {code: math.fsum(mass.values()) / len(mass) for code, mass in years.items()}


def envelopes(sites: Sequence[Site]) -> dict[str, float]:
    """Return the share of a budget of each country where envelopes are not pooled: its share of at-risk boxes."""
    total = math.fsum(site.traffic for site in sites)
    countries = sorted({site.country for site in sites})
    return {c: math.fsum(site.traffic for site in sites if site.country == c) / total for c in countries}


def _budgets(given: Sequence[float]) -> list[float]:
    wrong = next((budget for budget in given if not 0 <= budget <= _MOST_MILLION), None)
    if wrong is not None:
        raise InputError(f"budget: {wrong:g} is not allowed; allowed: 0 to {_MOST_MILLION:,} (EUR million).")
    if not given or len(given) > _MOST_BUDGETS or len(set(given)) < len(given):
        listed = ", ".join(f"{budget:g}" for budget in given) or "none"
        raise InputError(f"budget: {listed} is not allowed; allowed: 1 to {_MOST_BUDGETS} budgets, each once.")
    return sorted({0.0, *given})


def _simulated(options: FundingOptions, budgets: Sequence[float]) -> tuple[float, ...]:
    """Return which budgets are simulated: those named that are asked for, or else the largest."""
    if len(options.simulated_budgets) > MOST_SIMULATED_BUDGETS:
        raise InputError(
            f"funding.simulated_budgets: {len(options.simulated_budgets)} are not allowed; allowed: at most "
            f"{MOST_SIMULATED_BUDGETS}."
        )
    named = sorted({budget for budget in options.simulated_budgets if budget > 0})
    return tuple(budget for budget in named if budget in budgets) or tuple(b for b in budgets[-1:] if b > 0)


def _check_plans(options: FundingOptions, rules: Collection[str]) -> None:
    plans = options.plans
    for plan in plans:
        if plan not in rules:
            raise unknown_name("funding.plans", plan, sorted(rules), most=len(rules))
    if not plans or len(plans) > MOST_PLANS or len(set(plans)) < len(plans):
        raise InputError(
            f"funding.plans: {len(plans)} plans are not allowed; allowed: 1 to {MOST_PLANS}, each once, since the best "
            "of many simulated plans is found by luck."
        )
    if options.first_replications > options.replications:
        raise InputError(
            f"funding.first_replications: {options.first_replications} is not allowed; allowed: 2 to "
            f"funding.replications ({options.replications})."
        )


def _check_shares(options: FundingOptions, countries: Sequence[str]) -> None:
    if not options.phasing or abs(math.fsum(options.phasing) - 1) > 1e-9:
        listed = ", ".join(f"{share:g}" for share in options.phasing)
        raise InputError(f"funding.phasing: [{listed}] is not allowed; allowed: shares that sum to 1.")
    shares: Mapping[str, Mapping[str, float]] = {"caps": options.caps, "floors": options.floors}
    for name, by_country in shares.items():
        for country in by_country:
            if country not in countries:
                raise unknown_name(f"funding.{name}", country, countries, most=len(countries))
    if math.fsum(options.floors.values()) > 1 + 1e-9:
        raise InputError(
            f"funding.floors: they sum to {math.fsum(options.floors.values()):g}, which is not allowed; allowed: at "
            "most 1."
        )
    for country, floor in options.floors.items():
        if floor > options.caps.get(country, 1.0):
            raise InputError(
                f"funding.floors.{country}: {floor:g} is not allowed; allowed: at most its cap "
                f"({options.caps[country]:g})."
            )


def million(amount_cents: int) -> float:
    """Return cents in EUR million."""
    return amount_cents / MILLION_CENTS


assert MILLION_CENTS == CENTS * 1_000_000
