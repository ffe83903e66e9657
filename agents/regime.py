"""A regime is nothing but a set of levers with scopes."""

from __future__ import annotations

from dataclasses import dataclass

from agents.levers import lever_classes
from agents.levers.base import Lever
from scenarios.case import LeverSpec, RegimeSpec
from scenarios.parameters import Parameters

BURN_IN = RegimeSpec(
    "burn_in", "Posture up to the start of the analysis",
    levers={"criteria": LeverSpec("national"), "intelligence": LeverSpec("national")},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Regime:
    """The levers in use, in order of their names; one without strength is not in use."""

    spec: RegimeSpec
    levers: tuple[Lever, ...]

    def uses(self, name: str) -> bool:
        """Return whether a lever is in use."""
        return any(lever.name == name for lever in self.levers)


def burn_in_regime(parameters: Parameters) -> Regime:
    """Return the levers up to the start of the analysis, which are what they are whatever is asked about."""
    given = {name: {**parameters.levers[name], "strength": 1.0} for name in BURN_IN.levers}
    return make_regime(BURN_IN, parameters.changed(given))


def make_regime(spec: RegimeSpec, parameters: Parameters) -> Regime:
    """Return the levers that a specification asks for."""
    levers = []
    for name, lever in lever_classes().items():
        is_there = parameters.levers[name]["strength"] > 0
        if spec.scope(name) != "off" and is_there:
            levers.append(lever(spec.levers[name], parameters.levers[name]))
    return Regime(spec, tuple(levers))
