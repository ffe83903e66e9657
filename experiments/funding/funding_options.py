"""What `waterbed size` is asked beside budgets and ports (setting ``funding``)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field

from experiments.funding.question import Staffing

_Share = Annotated[float, Field(ge=0, le=1)]
_Million = Annotated[float, Field(ge=0, le=100_000)]

MOST_PLANS = 8
MOST_SIMULATED_BUDGETS = 3


@dataclass(frozen=True, slots=True)
class FundingOptions:
    """How equipment is paid, staffed and bought, and how much is simulated."""

    staffing: Staffing = "matching"
    """fixed: the posts that are there; matching: every unit comes with its posts, whose cost counts."""
    cofinancing_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Of price and works that the EU pays."""
    types: tuple[str, ...] = ("mobile_xray", "fixed_xray")
    """Of the catalogue, what can be bought; none for all that states buy. What second looks see is assumed."""
    phasing: tuple[_Share, ...] = (0.25, 0.25, 0.25, 0.25)
    """Share of the budget that comes free on 1 January of each year from the start on."""
    discount_rate: Annotated[float, Field(ge=0, le=0.5)] | None = None
    """A year; None for that of the lever equipment (3 %)."""
    post_eur_per_year: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    """Cost of a post; None for that of the lever equipment (75,000 EUR)."""
    worth_eur_per_kg: Annotated[float, Field(gt=0)] | None = None
    """What keeping a kilogram off is worth at most, against staff and running cost; None for the wholesale price."""
    most_per_port: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Units of a type at a port; None for as many as the rules of placement put there."""
    caps: dict[str, _Share] = field(default_factory=dict)
    """By country, the most of a budget that it gets."""
    floors: dict[str, _Share] = field(default_factory=dict)
    """By country, the least of a budget that is kept for it."""
    simulated_budgets: tuple[_Million, ...] = (100.0, 200.0, 400.0)
    plans: tuple[str, ...] = (
        "national", "traffic", "seizures", "threat", "adaptive", "joint_own", "rotating", "equipment_only"
    )  # fmt: skip
    """Rules whose plans are simulated."""
    trials: Annotated[int, Field(ge=4, le=200)] = 24
    """Portfolios that the surrogate is fitted to."""
    trial_replications: Annotated[int, Field(ge=2, le=1000)] = 6
    refinements: Annotated[int, Field(ge=0, le=20)] = 2
    """Times that the best plans by the fit are simulated too, and the fit is made again: there it is relied on."""
    first_replications: Annotated[int, Field(ge=2, le=1000)] = 10
    """After which plans that cannot be the best are left."""
    replications: Annotated[int, Field(ge=2, le=1000)] = 30
    fresh_replications: Annotated[int, Field(ge=2, le=1000)] = 30
    """On other luck, for the winner at each simulated budget."""
    draws: Annotated[int, Field(ge=8, le=100_000)] = 200
    """From the priors, on the surrogate."""


QUICK_PLANS = ("national", "traffic", "adaptive", "joint_own")
_QUICK_BUDGET = 200.0


def quick(options: FundingOptions) -> FundingOptions:
    """Return the options of a first answer: one simulated budget, four rules, few replications and draws.

    What is asked to be less than that stays so.
    """
    s = options.simulated_budgets
    rules = tuple(rule for rule in options.plans if rule in QUICK_PLANS) or options.plans[:4]
    return replace(
        options,
        simulated_budgets=(min(s, key=lambda budget: abs(budget - _QUICK_BUDGET)),) if s else (),
        plans=rules,
        trials=min(options.trials, 5),
        trial_replications=min(options.trial_replications, 2),
        refinements=min(options.refinements, 1),
        first_replications=min(options.first_replications, 5),
        replications=min(options.replications, 5),
        fresh_replications=min(options.fresh_replications, 5),
        draws=min(options.draws, 24),
    )
