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


def make_regime(spec: RegimeSpec, parameters: Parameters) -> Regime:
    """Return the levers that a specification asks for; the burn-in has its own whatever strength they have later."""
    levers = []
    for name, lever in lever_classes().items():
        is_there = spec is BURN_IN or parameters.levers[name]["strength"] > 0
        if spec.scope(name) != "off" and is_there:
            levers.append(lever(spec.levers[name], parameters.levers[name]))
    return Regime(spec, tuple(levers))
