"""From settings and a spreadsheet to the question, and which options are left of what was asked."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.funding.funding_options import MOST_PLANS, MOST_SIMULATED_BUDGETS, FundingOptions, quick
from experiments.funding.inputs import Inputs, WorldPorts, with_equipment
from experiments.funding.make_question import MILLION_CENTS, default_offers, make_question
from experiments.funding.question import Offer, Question
from experiments.settings import Settings, load
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name
from scenarios.world import World

DEFAULTS = ("horizon_years=10",)
"""Long enough that all that is ordered in four years has come and followers have answered."""
_NOT_HERE = ("arms", "contrasts", "replications", "most_replications", "precision", "replication", "draws")
_MOST_BUDGETS = 50
_NOTHING_FILLED_IN = Inputs(None, None, None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What `waterbed size` is asked."""

    question: Question
    settings: Settings
    options: FundingOptions
    """As `quick` and the budgets leave them."""
    inputs: Inputs
    """What was filled in by hand."""


def asked(overrides: list[str], rules: Collection[str]) -> Asked:
    """Return what is asked.

    Args:
        overrides: settings, as on the command line.
        rules: whose plans can be simulated.

    Raises:
        InputError: a setting that is not allowed, or a spreadsheet that cannot be taken as it is.
    """
    for override in overrides:
        name = override.lstrip("+~").partition("=")[0]
        if name in _NOT_HERE:
            raise InputError(
                f"override '{override}': not used here; the regime is regime=NAME, and how much is run is said by "
                "funding.replications=N, funding.draws=N and quick=true."
            )
    case, settings = load([*DEFAULTS, *overrides])
    world = build_world(case.world, case.parameters, case.good)
    inputs = filled_in(settings.catalogue, world)
    given = inputs.budgets_eur_million
    if given is not None and any(override.startswith("budget=") for override in overrides):
        raise InputError(f"budget: given here and in {settings.catalogue}; allowed: one of the two.")
    budgets = _budgets(settings.budget if given is None else given)
    options = quick(settings.funding) if settings.quick else settings.funding
    options = dc.replace(options, simulated_budgets=_simulated(options, budgets))
    _check_plans(options, rules)
    return Asked(_question(case, world, budgets, options, inputs), settings, options, inputs)


def filled_in(catalogue: str, world: World) -> Inputs:
    """Return what a spreadsheet or folder of CSV files has; nothing without one.

    Args:
        catalogue: file or folder; empty for none.
        world: the only one whose ports may get equipment.

    Raises:
        InputError: it cannot be read, or cells are wrong.
    """
    if not catalogue:
        return _NOTHING_FILLED_IN
    from experiments.funding.workbook_in import read_inputs  # loads libraries that only spreadsheets need

    codes = tuple(code for code, is_eu in zip(world.entry.code, world.entry.is_eu.tolist(), strict=True) if is_eu)
    return read_inputs(Path(catalogue), here=WorldPorts(world.name, codes))


def million(cents: int) -> float:
    """Return cents in EUR million."""
    return cents / MILLION_CENTS


def _question(
    case: Case, world: World, budgets: Sequence[float], options: FundingOptions, inputs: Inputs
) -> Question:  # fmt: skip
    offers = _on_offer(default_offers(case, world, options.most_per_port), options.types, inputs)
    ports = None if inputs.ports is None else [code for code, one in inputs.ports.items() if one.may_get]
    return make_question(
        case,
        budgets_eur_million=budgets,
        cofinancing_share=options.cofinancing_share,
        phasing=options.phasing,
        staffing=options.staffing,
        discount_rate=options.discount_rate,
        post_eur_per_year=options.post_eur_per_year,
        worth_eur_per_kg=options.worth_eur_per_kg,
        caps=options.caps,
        floors=options.floors,
        ports=ports,
        offers=offers,
    )


def _on_offer(offers: tuple[Offer, ...], types: Sequence[str], inputs: Inputs) -> tuple[Offer, ...]:
    """Return what can be bought: what was filled in, or else the types that are named, or all."""
    if inputs.equipment is not None:
        return with_equipment(offers, inputs.equipment)
    names = [offer.terms.name for offer in offers]
    for name in types:
        if name not in names:
            raise unknown_name("funding.types", name, names, most=len(names))
    return tuple(offer for offer in offers if not types or offer.terms.name in types)


def _budgets(given: Sequence[float]) -> list[float]:
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
            f"funding.plans: {len(plans)} plans are not allowed; allowed: 1 to {MOST_PLANS}, each once: the best of "
            "many simulated plans is found by luck."
        )
    if options.first_replications > options.replications:
        raise InputError(
            f"funding.first_replications: {options.first_replications} is not allowed; allowed: 2 to "
            f"funding.replications ({options.replications})."
        )
