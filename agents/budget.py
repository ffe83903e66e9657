"""Appropriations: the same for every arm, split over states, year by year, to the cent and the minute."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np

from agents.accounts import largest_remainder
from agents.levers.base import CENTS, Lever
from agents.pooling import Transfer
from agents.regime import Regime
from scenarios.case import Case, RegimeSpec
from scenarios.world import World
from sim.streams import Floats

if TYPE_CHECKING:
    from agents.customs import AllianceCoordinator, CustomsAuthority

APPROPRIATION_YEARS = 4
"""Years in which capital and new posts are appropriated (assumption: more than EUR 200 million from 2024 on)."""
COORDINATION = "coordination"


class Budget:
    """Gives the states their appropriations, and charges what coordination and each lever cost."""

    def __init__(
        self, case: Case, world: World, coordinator: AllianceCoordinator, authorities: list[CustomsAuthority]
    ) -> None:
        """Split by gateway traffic: a state's share is its laden gateway imports over those of all EU states.

        A world without some EU ports has only its part of the EU's money and posts, and pays its part of prices.
        """
        self._finance, self._values = case.parameters.finance, case.parameters.levers
        self._coordinator, self._authorities = coordinator, authorities
        self.states = coordinator.states
        boxes = world.entry.gateway_laden_boxes
        self._weights = np.array([boxes[a.ports].sum() for a in self.states], np.float64)
        self._part = world.eu_traffic_share
        self._paid: dict[str, Floats] = {}
        self._kept_back: Floats = np.zeros(len(authorities))
        self.transfers: list[Transfer] = []
        """What states gave each other from their appropriations, where envelopes are pooled."""

    def paid_share(self, lever: str) -> Floats:
        """Return which share of the price and the staff of a lever each authority has paid for this year."""
        return self._paid.get(lever, np.ones(len(self._authorities)))

    def parts(self) -> Floats:
        """Return which part of a price for all EU states falls to each authority; they sum to that of the world."""
        parts = np.zeros(len(self._authorities))
        parts[[state.index for state in self.states]] = self._part * self._weights / self._weights.sum()
        return parts

    def appropriate(self, first_year: int, year: int) -> None:
        """Add a year's appropriations to the accounts."""
        f = self._finance
        if year - first_year < APPROPRIATION_YEARS:
            for authority, cents, posts in zip(
                self.states,
                self._split_cents(f.capital_eur_per_year),
                self._split(f.new_posts_per_year),
                strict=True,
            ):
                authority.accounts.capital.appropriated += cents
                authority.posts += posts
        for authority, cents in zip(self.states, self._split_cents(f.programme_eur_per_year), strict=True):
            authority.accounts.programme.appropriated += cents
            authority.programme_cents_per_year = cents
            authority.accounts.staff.appropriated += authority.posts * f.post_min_per_year

    def _split_cents(self, eur: float) -> list[int]:
        """Return what falls to each state of an amount for the whole EU, in cents."""
        return self._split(eur * CENTS)

    def _split(self, amount: float) -> list[int]:
        parts: list[int] = largest_remainder(round(amount * self._part), self._weights).tolist()
        return parts

    def charge(self, regime: Regime, day: int, date: datetime.date) -> None:
        """Charge coordination, then the price and staff of each lever in use, before anything is bought."""
        self._kept_back = self._to_keep_back(regime, date)
        begun = [lever for lever in regime.levers if lever.spec.start is None or lever.spec.start <= date]
        self._charge_coordination(regime.spec, begun, day, date)
        for lever in begun:
            self._charge_lever(lever, day)

    def _to_keep_back(self, regime: Regime, date: datetime.date) -> Floats:
        """Return what each authority keeps for the running cost of equipment bought before, in cents.

        Where envelopes are pooled, participants bear the cost of all their units together.
        """
        kept = np.array([authority.running_cents_per_year for authority in self._authorities], np.float64)
        for lever in regime.levers:
            if lever.name == "equipment" and regime.spec.pooled_envelopes:
                joined = date - datetime.timedelta(days=round(lever.values["delay_days"]))
                members = [state.index for state in self._coordinator.members(regime.spec, lever.spec, joined)]
                money = np.array([self._authorities[member].programme_cents_per_year for member in members], np.float64)
                kept[members] = largest_remainder(round(kept[members].sum()), money)
        return kept

    def _charge_coordination(self, regime: RegimeSpec, begun: list[Lever], day: int, date: datetime.date) -> None:
        """Charge those who act together in any lever: a share of the programme account, and a post a port."""
        f = self._finance
        together = {member.index for lever in begun for member in self._coordinator.members(regime, lever.spec, date)}
        yearly = self._split_cents(f.programme_eur_per_year * f.coordination_share)
        for authority, cents in zip(self.states, yearly, strict=True):
            if authority.index in together:
                self._pay(authority, COORDINATION, cents, f.coordination_posts_per_port, day)

    def _charge_lever(self, lever: Lever, day: int) -> None:
        """Charge a state its part of the price of a lever, the same whether it acts alone or together."""
        values = self._values[lever.name]
        shares = np.ones(len(self._authorities))
        for authority, cents in zip(self.states, self._split_cents(values["programme_eur_per_year"]), strict=True):
            shares[authority.index] = self._pay(authority, lever.name, cents, values["posts_per_port"], day)
        self._paid[lever.name] = shares

    def _pay(self, authority: CustomsAuthority, purpose: str, cents: int, posts_per_port: float, day: int) -> float:
        """Commit price and working time as far as this year's money and free posts go; return the share paid.

        What equipment bought before costs to run is kept back.
        Posts once given to a purpose stay with it; the rest follows as new posts come.
        """
        f = self._finance
        paid = max(0, min(cents, authority.programme_cents_per_year - round(self._kept_back[authority.index])))
        authority.accounts.spend(day, purpose, "programme", paid)
        authority.programme_cents_per_year -= paid
        wanted, held = round(posts_per_port * authority.ports.size), authority.posts_held.get(purpose, 0)
        held += max(0, min(wanted - held, authority.free_posts(f.posts_per_unit)))
        authority.posts_held[purpose] = held
        authority.accounts.spend(day, purpose, "staff", held * f.post_min_per_year)
        return min(paid / cents if cents else 1.0, held / wanted if wanted else 1.0)
