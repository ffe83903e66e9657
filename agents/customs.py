"""National customs and the Alliance's coordinator: what they own, and the areas in which they act together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from agents.accounts import Accounts
from sim.streams import Ints

if TYPE_CHECKING:
    from agents.model import WaterbedModel


@dataclass(slots=True, eq=False)
class MobileUnit:
    """A mobile scanner with its staff."""

    owner: int
    """Authority that owns it."""
    port: int
    scans_per_year: float


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
        """Yearly programme appropriation, less what coordination takes of it."""
        self.coordination_posts = 0

    def free_posts(self, posts_per_unit: int) -> int:
        """Return new posts that neither serve a bought unit nor coordinate."""
        return self.posts - self.units_bought * posts_per_unit - self.coordination_posts


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
    """The Alliance: EU states with a port; it forms the areas of levers and charges the cost of coordination."""

    def __init__(self, model: WaterbedModel, authorities: list[CustomsAuthority]) -> None:
        """Take the EU authorities as participants."""
        super().__init__(model)
        self.participants = tuple(a for a in authorities if a.is_eu)

    def areas(self, scope: str) -> list[Area]:
        """Return the areas in which a lever of this scope acts: none, each state, or all together."""
        if scope == "alliance":
            return [Area(self.participants)] if self.participants else []
        return [Area((authority,)) for authority in self.participants] if scope == "national" else []
