"""The surrogate under other parameters: what was simulated and observed stays, what is believed of it changes.

Seizures are observed, so that another interception share means other flows: less flow where more of it is found. The
fitted factors stay or are drawn; equipment checks, sees and is staffed as the parameters say. Prices, lives and
deliveries are what the catalogue says: they are known when a plan is decided.
"""

from __future__ import annotations

import dataclasses as dc

import numpy as np

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.question import Offer, Question
from experiments.funding.surrogate import Baseline, Fitted, Surrogate, make_surrogate
from scenarios.equipment import UnitTerms, unit_terms
from scenarios.parameters import Parameters
from scenarios.world import Floats


def remade(
    surrogate: Surrogate, parameters: Parameters, fitted: Fitted | None = None, supply: float = 1.0, looks: float = 1.0
) -> Surrogate:
    """Return the surrogate under other parameters.

    Args:
        surrogate: with its question.
        parameters: of the other case.
        fitted: other factors; None for those of the surrogate.
        supply: factor on all flows, beside what follows from the interception share; demand has grown with them.
        looks: factor on what second looks see.
    """
    question, before = surrogate.question, surrogate.question.base.parameters
    case = dc.replace(question.base, parameters=parameters)
    other = dc.replace(question, base=case, offers=_that_see(offers_under(question, parameters), looks))
    odds = _odds(parameters.tips.anchor_interception) / _odds(before.tips.anchor_interception)
    outside, usual = (one.methods.outside_loss_probability for one in (parameters, before))
    baseline = reanchored(surrogate.baseline, odds, supply, _odds(outside) / _odds(usual))
    return make_surrogate(other, baseline, surrogate.fitted if fitted is None else fitted)


def _odds(share: float) -> float:
    return share / (1 - share)


def _that_see(offers: tuple[Offer, ...], factor: float) -> tuple[Offer, ...]:
    """Return offers of which second looks see so many times as much, at most all."""
    if factor == 1:
        return offers
    return tuple(
        dc.replace(offer, terms=_seeing(offer.terms, factor)) if offer.terms.kind == SECOND_LOOK else offer
        for offer in offers
    )


def _seeing(terms: UnitTerms, factor: float) -> UnitTerms:
    rip_on, in_cargo, in_structure, cooling_unit = (min(factor * seen, 1.0) for seen in terms.detection)
    return dc.replace(terms, detection=(rip_on, in_cargo, in_structure, cooling_unit))


def reanchored(baseline: Baseline, odds: float, supply: float = 1.0, coast_odds: float = 1.0) -> Baseline:
    """Return the baseline if the odds of a loss are other ones everywhere and seizures are what they were.

    Flow where nothing is lost goes with what lands elsewhere.

    Args:
        baseline: as simulated.
        odds: factor on the odds of a loss at ports and coasts.
        supply: factor on flow besides.
        coast_odds: factor on the odds of a loss at coasts besides.
    """
    if odds == 1 and supply == 1 and coast_odds == 1:
        return baseline
    flows = []
    for arriving, loss, factor in (
        (baseline.arriving_t, baseline.loss, odds),
        (baseline.coast_arriving_t, baseline.coast_loss, odds * coast_odds),
    ):
        then = loss * factor / (1 - loss + loss * factor)
        ratio = np.divide(loss, then, out=np.full(loss.size, 1 / factor), where=then > 0)
        flows.append((arriving * ratio * supply, then))
    (arriving_t, loss), (coast_arriving_t, coast_loss) = flows
    return dc.replace(
        baseline, arriving_t=arriving_t, loss=loss, coast_arriving_t=coast_arriving_t, coast_loss=coast_loss
    )


def offers_under(question: Question, parameters: Parameters) -> tuple[Offer, ...]:
    """Return the offers as they check, see and are staffed under other parameters.

    What the catalogue of the question has otherwise than the shipped one moves in proportion.
    """
    now, then = unit_terms(question.base.parameters), unit_terms(parameters)
    return tuple(
        dc.replace(offer, terms=_moved(offer.terms, now[name], then[name])) if name in now else offer
        for offer, name in ((offer, offer.terms.name) for offer in question.offers)
    )


def _moved(given: UnitTerms, now: UnitTerms, then: UnitTerms) -> UnitTerms:
    seen = np.array(given.detection) * _ratio(np.array(then.detection), np.array(now.detection))
    posts = round(given.posts * then.posts / now.posts) if now.posts else given.posts
    return dc.replace(
        given,
        checks_per_year=given.checks_per_year * then.checks_per_year / now.checks_per_year,
        posts=posts,
        detection=tuple(np.minimum(seen, 1.0).tolist()),
        false_alarm=given.false_alarm,
    )


def _ratio(then: Floats, now: Floats) -> Floats:
    ratio: Floats = np.divide(then, now, out=np.ones_like(now), where=now > 0)
    return ratio
