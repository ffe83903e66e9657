"""Draws of what is uncertain, the surrogate re-made for each, and the best portfolio of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.fit import FACTORS, Fit
from experiments.funding.question import Question
from experiments.funding.remade import remade
from experiments.funding.rules import adaptive
from experiments.funding.surrogate import Surrogate, objective
from experiments.input_space import InputSpace, draw_inputs, latin_hypercube
from experiments.interception_anchor import DRUG_TASKED, IMAGE, INTERCEPTION, SEARCH, TIP_SHARE
from scenarios.priors import Prior
from scenarios.world import Floats, Ints
from sim.streams import Streams

INPUTS = (
    INTERCEPTION, TIP_SHARE, DRUG_TASKED, SEARCH, IMAGE, "choice.temperature_eur_per_kg", "choice.nest_dissimilarity",
    "costs.extraction_fee_share", "supply.reservation_scale_eur_per_kg", "control.mobile_scans_per_year",
    "control.fixed_scans_per_year", "finance.posts_per_unit", "market.elasticity", "supply.outside_netback_eur_per_kg",
    "methods.outside_loss_probability",
)  # fmt: skip
"""Uncertain inputs that the surrogate knows."""
SECOND_LOOKS = "offers.second_looks_see"
"""Factor on what second looks of every type see; drawn where they are on offer."""
SECOND_LOOKS_PRIOR = Prior(0.0, 1.3)
"""Assumption: nobody has published what they find in containers that images showed as clean."""
_DISCREPANCY = "fit.discrepancy"
FITTED = tuple(f"fitted.{factor}" for factor in FACTORS)
"""And its fitted factors, which simulation left uncertain."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws and what the surrogate is under each."""

    names: tuple[str, ...]
    values: Floats
    """Shape (draws, names), in natural units."""
    surrogates: tuple[Surrogate, ...]
    off: Floats
    """Factor on what any plan keeps off, by which the surrogate itself may be off in each draw; shape (draws,)."""

    def column(self, name: str) -> Floats:
        """Return the draws of one input."""
        column: Floats = self.values[:, self.names.index(name)]
        return column


def draw_surrogates(fitted: Fit, draws: int, seed: int) -> Drawn:
    """Draw inputs from their priors, through the interception anchor, and factors from the fit.

    Args:
        fitted: the surrogate with its question, and how sure its factors are.
        draws: how many.
        seed: seed of the experiment.
    """
    space = InputSpace.of(fitted.surrogate.question.base)
    inputs = draw_inputs(space, draws, seed)
    uniforms = latin_hypercube(Streams(seed, 0), FITTED, draws)
    normals = ndtri(np.column_stack([uniforms[name] for name in FITTED]))
    factors = [fitted.drawn(row) for row in normals]
    names: tuple[str, ...] = INPUTS
    looks = np.ones(draws)
    known = inputs.values[:, [space.names.index(name) for name in INPUTS]]
    if has_second_looks(fitted.surrogate.question):
        luck = latin_hypercube(Streams(seed, 0), (SECOND_LOOKS,), draws)
        names, looks = (*INPUTS, SECOND_LOOKS), SECOND_LOOKS_PRIOR.quantile(luck[SECOND_LOOKS])
        known = np.column_stack([known, looks])
    surrogates = tuple(
        remade(fitted.surrogate, parameters, factor, looks=see)
        for parameters, factor, see in zip(inputs.parameters, factors, looks.tolist(), strict=True)
    )
    own = np.array([[getattr(factor, name) for name in FACTORS] for factor in factors])
    return Drawn(names + FITTED, np.hstack([known, own]), surrogates, _off(fitted, draws, seed))


def has_second_looks(question: Question) -> bool:
    """Return whether sets for second looks are on offer."""
    return any(offer.terms.kind == SECOND_LOOK for offer in question.offers)


def _off(fitted: Fit, draws: int, seed: int) -> Floats:
    """Return the factor by which the surrogate is off in each draw: one for all plans, in proportion to its error.

    With plans of a draw off by the same share, differences between plans are as sure as plans (assumption).
    """
    luck = latin_hypercube(Streams(seed, 0), (_DISCREPANCY,), draws)[_DISCREPANCY]
    off: Floats = 1 + fitted.error.discrepancy_share * ndtri(luck)
    return off


def values_of(surrogates: Sequence[Surrogate], plans: Ints) -> Floats:
    """Return the objective of portfolios under each surrogate and its own question, shape (surrogates, plans).

    Args:
        surrogates: of draws or scenarios.
        plans: shape (plans, sites, offers).
    """
    return np.array([objective(one, one.question, plans) for one in surrogates])


def reoptimised(
    surrogates: Sequence[Surrogate], budget_cents: int, start: Ints, note: Callable[[int], None] | None = None
) -> Ints:  # fmt: skip
    """Return the best portfolio under each surrogate, shape (surrogates, sites, offers).

    Args:
        surrogates: of draws, each with its question.
        budget_cents: EU money.
        start: the recommended portfolio, from which, and from nothing, the search starts.
        note: told after each draw how many are done.
    """
    found = []
    for done, one in enumerate(surrogates, 1):
        found.append(adaptive(one.question, one, budget_cents, [start], quick=True))
        if note is not None:
            note(done)
    return np.array(found)


def share_chosen(chosen: Ints, plan: Ints) -> Floats:
    """Return, of each type at each site of a plan, in which share of the draws its units are chosen; shape as plan.

    Of several units the mean: the first may be in nearly every draw, the last in few. Not a number where the plan has
    none.

    Args:
        chosen: portfolios of draws, shape (draws, sites, offers).
        plan: shape (sites, offers).
    """
    both = np.minimum(chosen, plan).mean(axis=0)
    share: Floats = np.divide(both, plan, out=np.full(plan.shape, np.nan), where=plan > 0)
    return share
