"""Intelligence exchange: how soon another state's tips and finds are known, and tips that others than states give."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Lever

if TYPE_CHECKING:
    from agents.desk import Desk
    from sim.streams import Floats


def received_share(shared: Floats, weights: Floats) -> Floats:
    """Return the share of the tips of all other states that each state learns of at once.

    Two states exchange as much as the one that does less. Tips arise in proportion to weights (assumption).

    Args:
        shared: share of its tips that each state gives, 0 where it takes no part.
        weights: of each state, 0 where it has no tips to give; shape of ``shared``.
    """
    given = np.minimum.outer(shared, shared) * weights
    others = weights.sum() - weights
    share: Floats = (given.sum(axis=1) - np.diagonal(given)) / np.maximum(others, 1e-300)
    return np.minimum(share, 1.0)


class Intelligence(Lever):
    """National: tips of others come in weeks, their finds by press. Alliance: a share of both in hours or days.

    Members learn what members know; what other states know comes as late as ever.

    What states exchange may leak (sim.terminal_kernel.warn_teams). Tips from companies and partner countries come in
    either scope, from the day on which the lever takes effect; before it there are none.
    """

    name: ClassVar[str] = "intelligence"
    writes: ClassVar[tuple[str, ...]] = ("shared_tip_share", "received_tip_share", "added_tip_share", "log_odds")

    _has_begun = False

    def begin(self, desk: Desk) -> None:
        """Ask others than states for tips from now on."""
        self._has_begun = True

    def assess(self, desk: Desk) -> None:
        """Set the share of tips that is exchanged, and what every authority believes of lanes from finds that it sees.

        Beliefs follow finds and press whatever is exchanged; so they do up to the start.
        """
        strength = desk.strength(self)
        shared = np.where(desk.is_common(self), strength, 0.0)
        desk.controls.shared_tip_share = shared
        desk.controls.received_tip_share = received_share(shared, desk.budget.parts())
        desk.controls.log_odds = desk.evidence.log_odds(desk.day, shared)
        if self._has_begun:
            added = self.values["private_tip_share"] + self.values["partner_tip_share"]
            is_using = [authority.is_eu for authority in desk.authorities]
            desk.controls.added_tip_share = np.where(is_using, added * strength, 0.0)
