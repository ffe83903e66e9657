"""Other states of the world in which a plan may find itself: the rows of the regret table."""

from __future__ import annotations

import dataclasses as dc
from dataclasses import dataclass

import numpy as np

from experiments.funding.draws import SECOND_LOOKS, has_second_looks
from experiments.funding.question import Question
from experiments.funding.remade import remade
from experiments.funding.surrogate import Surrogate, objective
from experiments.input_space import InputSpace
from experiments.interception_anchor import IMAGE, INTERCEPTION, SEPARATION, Anchor, anchor_inputs
from scenarios.errors import InputError
from scenarios.parameters import Parameters
from scenarios.priors import with_values
from scenarios.world import Floats, Ints

SUPPLY_UP = 1.5
"""Factor on supply (assumption: about three years at 15 % a year, as from 2019 to 2022)."""
ANCHORS = (0.25, 0.42, 0.60)
"""Interception shares: the ends and the mode of the prior."""
MISSED_BY_AI = 0.67
"""Factor on what image reading misses if machines read too (assumption)."""
FASTER_BY_AI = 1.25
"""Factor on checks of a scanner if images are read faster (assumption)."""
SECOND_LOOKS_SEE = {"second_looks_see_half": 0.5, "second_looks_see_nothing": 0.0}
"""Factors on what second looks see (assumption): what is hidden well may be hidden from images and dogs alike."""
_BISECTIONS = 12
_FIRST_STATES = 3
"""As modelled, more supply, machines that read."""


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A state of the world, on the surrogate."""

    name: str
    about: str
    surrogate: Surrogate

    def values(self, plans: Ints) -> Floats:
        """Return the objective of portfolios, shape (plans,)."""
        return np.asarray(objective(self.surrogate, self.surrogate.question, plans), np.float64)


def scenarios(surrogate: Surrogate) -> list[Scenario]:
    """Return the scenarios; plans are made for the years in which all has come, so that late deliveries are none.

    Args:
        surrogate: as fitted, with the question.
    """
    parameters = surrogate.question.base.parameters
    made = [
        Scenario("as_modelled", "the parameters of the case", surrogate),
        Scenario("supply_up", f"flows times {SUPPLY_UP:g}", remade(surrogate, parameters, supply=SUPPLY_UP)),
        Scenario(
            "ai_reading",
            f"images miss {MISSED_BY_AI:g} times as much, all scanners check {FASTER_BY_AI:g} times as many",
            _with_ai(surrogate),
        ),
    ]
    if has_second_looks(surrogate.question):
        for name, factor in SECOND_LOOKS_SEE.items():
            about = f"second looks see {factor:g} times what is assumed"
            made.append(Scenario(name, about, remade(surrogate, parameters, looks=factor)))
    for share in ANCHORS:
        parameters_there, refusal = anchored(surrogate, share)
        about = f"interception anchor {share:g}" + (f" (no draw from the priors has it: {refusal})" if refusal else "")
        made.append(Scenario(f"interception_{share:g}", about, remade(surrogate, parameters_there)))
    return made


def scenario_count(question: Question) -> int:
    """Return how many scenarios a question has."""
    return _FIRST_STATES + len(ANCHORS) + (len(SECOND_LOOKS_SEE) if has_second_looks(question) else 0)


def anchored(surrogate: Surrogate, interception: float) -> tuple[Parameters, str]:
    """Return the parameters at another interception share, and why the anchor's bounds refuse it, or nothing.

    Only what the surrogate knows moves: flows follow from seizures (`remade`), separation from the share picked.
    """
    case = surrogate.question.base
    anchor = Anchor.of(case.world, case.parameters, case.good).through(case.parameters)
    implied = anchor.values({**anchor_inputs(case.parameters), INTERCEPTION: interception})
    moved = {name: implied.values[name] for name in (INTERCEPTION, SEPARATION)}
    return with_values(case.parameters, moved), implied.refusal


def with_image_detection(surrogate: Surrogate, mean: float) -> Surrogate:
    """Return the surrogate with another mean image detection, in proportion by method and for all scanners.

    As for every uncertain input seizures stay what they were: who sees less on images must have picked better.

    Raises:
        InputError: the anchor does not fit together there.
    """
    return with_input(surrogate, IMAGE, mean)


def image_range(surrogate: Surrogate, low: float, high: float) -> tuple[float, float]:
    """Return the part of a range of mean image detections around the usual one that the anchor accepts."""
    case = surrogate.question.base
    anchor, inputs = InputSpace.of(case).moved, anchor_inputs(case.parameters)

    def furthest(end: float) -> float:
        accepted, refused = inputs[IMAGE], end
        if not anchor.values({**inputs, IMAGE: end}).refusal:
            return end
        for _ in range(_BISECTIONS):
            middle = (accepted + refused) / 2
            accepted, refused = (
                (accepted, middle) if anchor.values({**inputs, IMAGE: middle}).refusal else (middle, refused)
            )
        return accepted

    return furthest(low), furthest(high)


def with_input(surrogate: Surrogate, name: str, value: float) -> Surrogate:
    """Return the surrogate with another value of one uncertain input; those of the anchor move what follows from them.

    Raises:
        InputError: the anchor does not fit together there, or the input has no such value.
    """
    case = surrogate.question.base
    if name == IMAGE or name in anchor_inputs(case.parameters):
        space = InputSpace.of(case)
        implied = space.moved.values({**anchor_inputs(case.parameters), name: value})
        if implied.refusal:
            raise InputError(f"{name} {value:g}: {implied.refusal}; allowed: what the anchor accepts.")
        return remade(surrogate, with_values(case.parameters, implied.values))
    if name == SECOND_LOOKS:
        return remade(surrogate, case.parameters, looks=value)
    if name.startswith("fitted."):
        factors = dc.replace(surrogate.fitted, **{name.removeprefix("fitted."): value})
        return remade(surrogate, case.parameters, factors)
    return remade(surrogate, with_values(case.parameters, {name: value}))


def _with_ai(surrogate: Surrogate) -> Surrogate:
    question = surrogate.question
    methods = question.base.parameters.methods
    names = [f"{method}_image_detection" for method in ("rip_on", "in_cargo", "in_structure", "cooling_unit")]
    better = {name: 1 - MISSED_BY_AI * (1 - float(getattr(methods, name))) for name in names}
    parameters = question.base.parameters.changed({"methods": better})
    moved = remade(surrogate, parameters)
    offers = tuple(
        dc.replace(offer, terms=dc.replace(offer.terms, checks_per_year=FASTER_BY_AI * offer.terms.checks_per_year))
        if offer.terms.kind.endswith("_scanner")
        else offer
        for offer in moved.question.offers
    )
    sites = tuple(dc.replace(site, scans_per_year=FASTER_BY_AI * site.scans_per_year) for site in moved.question.sites)
    return moved.asked(dc.replace(moved.question, offers=offers, sites=sites))
