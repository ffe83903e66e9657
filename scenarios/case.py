"""A case: one fully specified question, frozen and hashable in content."""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from scenarios.parameters import Parameters

_strict = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
EVERYONE = ("all",)


@checked(frozen=True, config=_strict)
class WorldSpec:
    """Which part of the real network is simulated.

    ``entry_ports`` and ``departure_ports`` are UN/LOCODEs or the single word ``all``; ``supply_share`` is the share
    of the supply bound for this part, or None for its share of the at-risk boxes.
    """

    name: str
    entry_ports: tuple[str, ...] = ("all",)
    departure_ports: tuple[str, ...] = ("all",)
    has_outside_routes: bool = True
    supply_share: float | None = None


@checked(frozen=True, config=_strict)
class ScenarioSpec:
    """What happens outside the authorities' reach after 2023, and which changes to ports are asked about.

    ``capacity_scale`` multiplies the drug-tasked capacity of a port from the start of the analysis on;
    ``terminal_security`` is the level of access control at the terminals of a port from then on, 0 the usual one;
    ``unknown_ports`` are entry ports that no organisation knows.
    """

    name: str
    about: str
    supply_growth_per_year: float = 0.0
    demand_growth_per_year: float = 0.0
    capacity_scale: dict[str, float] = field(default_factory=dict)
    unknown_ports: tuple[str, ...] = ()
    terminal_security: dict[str, float] = field(default_factory=dict)


@checked(frozen=True, config=_strict)
class Switches:
    """Mechanisms that can be switched off, to see what they do.

    Of the six kinds of displacement, one that is off follows what each lot would do in its reference state, the same
    in every arm, so that it cannot differ between them.
    """

    beliefs: bool = True
    price_feedback: bool = True
    elastic_supply: bool = True
    spatial: bool = True
    """Other entry places."""
    tactical: bool = True
    """Other concealment methods; how well a method is known to customs follows its use."""
    temporal: bool = True
    """Lots are held for better times."""
    size: bool = True
    """Lots are split and merged."""
    perpetrator: bool = True
    """Organisations fail, others take over their slots or enter."""
    upstream: bool = True
    """Other departure ports."""


@checked(frozen=True, config=_strict)
class Behaviour:
    """How organisations value routes, and who tells whom."""

    choice_rule: Literal["logit", "salience", "ewa", "thompson"] = "logit"
    cooperation: Literal["none", "small_world", "scale_free", "random"] = "small_world"
    """Structure of the graph along which organisations tell each other of losses."""


@checked(frozen=True, config=_strict)
class GoodSpec:
    """What is trafficked: where it comes from, by which ports, at which prices and risks.

    Each file is named by its path below scenarios/data. Without one of its own, a good leaves from the shipped
    gazetteer, is sold where the shipped markets are, and has the parameters of the table.
    """

    name: str
    about: str
    is_illustrative: bool
    """Its values are made up to show that the model carries another good: nothing printed is an estimate."""
    home_regions: str
    """Producing regions: name, position, share of supply."""
    departure_ports: str | None = None
    """Departure ports with boxes a year and the sea way to a gateway."""
    sea_ways: str | None = None
    """Sea ways on from the gateways, to each port range; given with departure ports, and only with them."""
    markets: str | None = None
    """Share of consumption by country."""
    parameters: str | None = None
    """Values, bounds and sources in place of those of the table."""

    @property
    def files(self) -> dict[str, str]:
        """Return the files that it names, by field."""
        names = ("home_regions", "departure_ports", "sea_ways", "markets", "parameters")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @property
    def has_own_parameters(self) -> bool:
        """Return whether the priors of the table, and ranges published for its good, say nothing about this one."""
        return self.parameters is not None

    @property
    def label(self) -> str:
        """Return the name, and in a word that it is illustrative, if it is."""
        return f"illustrative {self.name}" if self.is_illustrative else self.name


Scope = Literal["off", "national", "alliance"]
Decides = Literal["rule", "best", "oracle"]
Objective = Literal["own_finds", "own_landed", "eu_landed"]


@checked(frozen=True, config=_strict)
class LeverSpec:
    """How a lever is used: by each state alone or by participants together, by whom, and from when.

    ``participants`` are countries, in place of those of the regime; ``start`` is a day, or None for the start of the
    analysis. Its strength, delay and price are parameters (conf/lever).
    """

    scope: Scope = "off"
    participants: tuple[str, ...] | None = None
    start: datetime.date | None = None


def _from_scope(given: object) -> object:
    """Let a scope alone stand for a lever."""
    return {"scope": given} if isinstance(given, str) else given


@checked(frozen=True, config=_strict)
class RegimeSpec:
    """A regime: a set of levers, each national or alliance, or off if it is not named.

    ``participants`` are the countries that act together, or the single word ``all``; ``joins`` has the day from which
    a country does, where that is not the start. The others have the national version of every lever.

    ``decides`` says how units are placed: by a rule of thumb, by the best response on the authorities' own surrogate
    (agents/surrogate.py), or, as an upper bound, by one that knows true flows. Who responds best makes what its
    ``objective`` names best: finds at, or what lands through, the ports of those who decide, or what lands in the EU;
    states outside the alliance of a regime that has one look at their own landed alone. ``pooled_envelopes`` lets
    participants buy units from what is left of all their appropriations together.
    """

    name: str
    about: str
    has_controls: bool = True
    participants: tuple[str, ...] = EVERYONE
    joins: dict[str, datetime.date] = field(default_factory=dict)
    levers: dict[str, Annotated[LeverSpec, BeforeValidator(_from_scope)]] = field(default_factory=dict)
    decides: Decides = "rule"
    objective: Objective = "own_landed"
    pooled_envelopes: bool = False

    def scope(self, lever: str) -> Scope:
        """Return the scope of a lever."""
        return self.levers[lever].scope if lever in self.levers else "off"

    @property
    def has_alliance(self) -> bool:
        """Return whether any lever is common."""
        return any(lever.scope == "alliance" for lever in self.levers.values())


@checked(frozen=True, config=_strict)
class Purchase:
    """Equipment bought for a port by a grant, outside the accounts of the states; none of it is replaced.

    What is None is as in the catalogue (docs/levers.md): months of delivery, years of life, and of sets for second
    looks the share of time in use and what they indicate. What images show is the same for all scanners, a parameter.
    """

    port: str
    equipment: str
    """Name in the catalogue, of a type that states buy."""
    units: int
    ordered: datetime.date
    checks_per_year: float
    """Checks a year that each unit adds where it is staffed: scans, or boxes looked at again."""
    delivery_months: float | None = None
    life_years: float | None = None
    availability: float | None = None
    detection: tuple[float, float, float, float] | None = None
    """By concealment method in containers, in the order of sim.codes.Method."""
    false_alarm: float | None = None


@checked(frozen=True, config=_strict)
class Case:
    """One fully specified model input: what happens, where, for how long."""

    world: WorldSpec
    scenario: ScenarioSpec
    regime: RegimeSpec
    switches: Switches
    behaviour: Behaviour
    good: GoodSpec
    parameters: Parameters
    burn_in_start: datetime.date
    start: datetime.date
    horizon_years: int
    closing_days: int
    engine: Literal["compiled", "simpy"] = "compiled"
    purchases: tuple[Purchase, ...] = ()
    """What grants bring; no setting of the command line, `waterbed size` makes them."""

    def as_dict(self) -> dict[str, Any]:
        """Return the case as plain JSON-ready values."""
        plain: dict[str, Any] = TypeAdapter(Case).dump_python(self, mode="json")
        return plain

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> Case:
        """Return the case of such plain values, as results files carry them."""
        return TypeAdapter(Case).validate_python(plain)

    def digest(self) -> str:
        """Return twelve hex digits that name the content of the case."""
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
