"""Appropriations: the same for every arm, split over states, year by year, to the cent and the minute."""

from __future__ import annotations

import numpy as np

from agents.accounts import largest_remainder
from agents.customs import AllianceCoordinator
from agents.levers.equipment import CENTS
from scenarios.case import Case
from scenarios.world import World

APPROPRIATION_YEARS = 4
"""Years in which capital and new posts are appropriated (assumption: more than EUR 200 million from 2024 on)."""


class Budget:
    """Gives the states their appropriations and charges what coordination costs."""

    def __init__(self, case: Case, world: World, coordinator: AllianceCoordinator) -> None:
        """Split by gateway traffic: a state's share is its laden gateway imports over those of all EU states."""
        self.finance = case.parameters.finance
        self.participants = coordinator.participants
        boxes = world.entry.gateway_laden_boxes
        self._weights = np.array([boxes[a.ports].sum() for a in self.participants], np.float64)
        self.move_cents = round(self.finance.move_eur * CENTS)

    def appropriate(self, first_year: int, year: int) -> None:
        """Add a year's appropriations to the accounts."""
        f = self.finance
        if year - first_year < APPROPRIATION_YEARS:
            for authority, cents, posts in zip(
                self.participants,
                largest_remainder(round(f.capital_eur_per_year * CENTS), self._weights).tolist(),
                largest_remainder(round(f.new_posts_per_year), self._weights).tolist(),
                strict=True,
            ):
                authority.accounts.capital.appropriated += cents
                authority.posts += posts
        programme = largest_remainder(round(f.programme_eur_per_year * CENTS), self._weights).tolist()
        for authority, cents in zip(self.participants, programme, strict=True):
            authority.accounts.programme.appropriated += cents
            authority.programme_cents_per_year = cents
            authority.accounts.staff.appropriated += authority.posts * f.post_min_per_year

    def charge_coordination(self) -> None:
        """Charge the participants what coordination costs this year, before anything is bought.

        Each gives its share of the programme account and a post a port, or as many new posts as it has free.
        """
        f = self.finance
        yearly = round(f.programme_eur_per_year * f.coordination_share * CENTS)
        for authority, cents in zip(self.participants, largest_remainder(yearly, self._weights).tolist(), strict=True):
            authority.accounts.programme.commit(cents)
            authority.programme_cents_per_year -= cents
            asked = f.coordination_posts_per_port * authority.ports.size - authority.coordination_posts
            authority.coordination_posts += max(0, min(asked, authority.free_posts(f.posts_per_unit)))
            authority.accounts.staff.commit(authority.coordination_posts * f.post_min_per_year)
