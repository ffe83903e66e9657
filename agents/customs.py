"""National customs and the Alliance's coordinator: what they own, and the areas in which they act together."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from agents.accounts import Accounts
from agents.fleet import MobileUnit
from scenarios.case import EVERYONE, LeverSpec, RegimeSpec
from sim.streams import Ints

if TYPE_CHECKING:
    from agents.model import WaterbedModel


class CustomsAuthority(mesa.Agent):
    """Customs of one country: ports, mobile units, accounts."""

    def __init__(self, model: WaterbedModel, index: int, country: str, ports: Ints, is_eu: bool) -> None:
        """Take charge of the ports of a country."""
        super().__init__(model)
        self.index = index
        self.country = country
        self.ports = ports
        self.is_eu = is_eu
        self.units: list[MobileUnit] = []
        self.accounts = Accounts()
        self.posts = 0
        """New posts since the start of the analysis."""
        self.units_bought = 0
        self.programme_cents_per_year = 0
        """Yearly programme appropriation, less what coordination and the prices of levers take of it."""
        self.running_cents_per_year = 0
        """Yearly running cost of all equipment bought, also of what is on order."""
        self.posts_held: dict[str, int] = {}
        """New posts that do not serve a mobile unit, by purpose: coordination, a lever, or other equipment by type."""

    def free_posts(self, posts_per_unit: int) -> int:
        """Return new posts that neither serve a bought unit nor any other purpose."""
        return self.posts - self.units_bought * posts_per_unit - sum(self.posts_held.values())


@dataclass(frozen=True, slots=True)
class Area:
    """Authorities that act as one for a lever: a single state, or all participants of the Alliance."""

    members: tuple[CustomsAuthority, ...]

    @property
    def ports(self) -> list[int]:
        """Return the ports of all members, in order."""
        return sorted(int(p) for member in self.members for p in member.ports)

    @property
    def units(self) -> list[MobileUnit]:
        """Return the mobile units of all members."""
        return [unit for member in self.members for unit in member.units]


class AllianceCoordinator(mesa.Agent):
    """The Alliance: EU states with a port; it knows who acts together, and from when."""

    def __init__(self, model: WaterbedModel, authorities: list[CustomsAuthority]) -> None:
        """Take the EU authorities as those that may take part."""
        super().__init__(model)
        self.states = tuple(a for a in authorities if a.is_eu)

    def members(self, regime: RegimeSpec, spec: LeverSpec, date: datetime.date) -> tuple[CustomsAuthority, ...]:
        """Return the states that have joined in a lever by a day; none if it is not common, or one would be alone."""
        if spec.scope != "alliance":
            return ()
        named = spec.participants or regime.participants
        joined = tuple(
            state for state in self.states
            if (named == EVERYONE or state.country in named) and regime.joins.get(state.country, date) <= date
        )  # fmt: skip
        return joined if len(joined) > 1 else ()

    def areas(self, members: tuple[CustomsAuthority, ...]) -> list[Area]:
        """Return the areas in which a lever acts: the members together, if there are any, and each other state."""
        alone = [Area((state,)) for state in self.states if state not in members]
        return [Area(members), *alone] if members else alone
