"""A regime is nothing but a set of levers with scopes."""

from __future__ import annotations

from dataclasses import dataclass

from agents.levers.base import Lever
from agents.levers.criteria import Criteria
from agents.levers.equipment import Equipment
from agents.levers.intelligence import Intelligence
from agents.levers.placement import Placement
from scenarios.case import RegimeSpec

BURN_IN = RegimeSpec("burn_in", "Posture up to the start of the analysis", criteria="national", intelligence="national")


@dataclass(frozen=True, slots=True)
class Regime:
    """The levers of a regime; one that is off writes nothing."""

    spec: RegimeSpec
    criteria: Criteria
    intelligence: Intelligence
    placement: Placement
    equipment: Equipment

    @property
    def levers(self) -> tuple[Lever, ...]:
        """Return all levers, in the order in which they act."""
        return (self.criteria, self.intelligence, self.placement, self.equipment)

    @property
    def has_alliance(self) -> bool:
        """Return whether any lever is common."""
        return any(lever.scope == "alliance" for lever in self.levers)


def make_regime(spec: RegimeSpec) -> Regime:
    """Return the levers that a specification asks for."""
    return Regime(
        spec,
        Criteria(spec.criteria),
        Intelligence(spec.intelligence),
        Placement(spec.placement),
        Equipment(spec.equipment),
    )
