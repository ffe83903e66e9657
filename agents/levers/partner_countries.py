"""Partner countries: controls of boxes before they leave, which European states pay for at departure ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.special import expit

from agents.levers.base import Lever

if TYPE_CHECKING:
    from agents.customs import Area
    from agents.desk import Desk
    from sim.streams import Bools, Floats


def coverage(money_eur: Floats, boxes_per_year: Floats, eur_per_box: float) -> Floats:
    """Return the share of boxes that are controlled: 1 - exp(-money / price of all boxes), zero where there are none.

    The first box has the published price and each further share costs more, the last one without end (assumption).
    """
    share: Floats = -np.expm1(-money_eur / np.maximum(boxes_per_year * eur_per_box, 1e-300))
    return np.where(boxes_per_year > 0, share, 0.0)


def split_by_threat(threat: Floats, ports: int, money_eur: float) -> Floats:
    """Return what is spent at each departure port: in proportion to threat, at the most threatened (ties: the first).

    Args:
        threat: believed contaminated boxes a year by departure port, above 0 at as many as are chosen.
        ports: how many are chosen.
        money_eur: a year.
    """
    chosen = np.argsort(-threat, kind="stable")[:ports]
    spent = np.zeros(threat.size)
    spent[chosen] = money_eur * threat[chosen] / threat[chosen].sum()
    return spent


def covered_shares(
    threat: Floats, boxes_per_year: Floats, money_eur: float, presence_eur: float, eur_per_box: float
) -> Floats:
    """Return the share of boxes that are controlled at each departure port.

    A rule of thumb, not an optimum: from the most threatened port down, at as many as promise the most finds after
    each presence is paid, money for boxes in proportion to threat.

    Args:
        threat: believed contaminated boxes a year by departure port.
        boxes_per_year: boxes that would be controlled.
        money_eur: a year.
        presence_eur: yearly price of being present at a port.
        eur_per_box: price of the first box.
    """
    best, most = np.zeros(threat.size), 0.0
    for ports in range(1, int((threat > 0).sum()) + 1):
        left = money_eur - presence_eur * ports
        if left <= 0:
            break
        covered = coverage(split_by_threat(threat, ports, left), boxes_per_year, eur_per_box)
        if (promise := float((threat * covered).sum())) > most:
            best, most = covered, promise
    return best


def seized_before_departure(usual: float, found: Floats) -> Floats:
    """Return the probability of seizure where a share is found of what the usual controls would let pass."""
    probability: Floats = usual + (1 - usual) * found
    return probability


class PartnerCountries(Lever):
    """National: liaison of each state, for boxes to its own ports. Alliance: joint units, for those of all members.

    Both spend the same money. Evidence tells them where: a state its own and what the press says, members that of all
    members. Where they control stays the same until next January.
    """

    name: ClassVar[str] = "partner_countries"
    writes: ClassVar[tuple[str, ...]] = ("departure_probability",)
    _decided_day = -1
    _until_then: Floats
    """What was seized before departure, by lane, until the day of the last decision."""

    def begin(self, desk: Desk) -> None:
        """Control at once with what this year's money allows."""
        self._control(desk)

    def allot(self, desk: Desk) -> None:
        """Choose departure ports anew with the year's money."""
        self._control(desk)

    def _control(self, desk: Desk) -> None:
        """Set what is seized before departure on the lanes of each area."""
        lanes, usual = desk.world.lanes, desk.case.parameters.departure.seizure_probability
        if desk.day != self._decided_day:
            self._decided_day, self._until_then = desk.day, desk.controls.departure_probability
        # What is believed to leave: believed to arrive, and what one's own controls took before.
        arrives = lanes.boxes_per_year * expit(
            desk.evidence.log_odds(desk.day, desk.is_common(self).astype(np.float64))
        )
        leaves = arrives / (1 - np.minimum(self._until_then, 0.99))
        money = self.values["programme_eur_per_year"] * desk.budget.parts() * desk.budget.paid_share(self.name)
        found = np.zeros(leaves.size)
        for area in desk.areas(self):
            is_own = self._lanes_of(area, desk)
            threat = self._by_departure(leaves, is_own, desk)
            own_money = float(money[[member.index for member in area.members]].sum())
            boxes = self._by_departure(lanes.boxes_per_year, is_own, desk)
            prices = (self.values["presence_eur_per_year"], self.values["eur_per_box"])
            covered = covered_shares(threat, boxes, own_money, *prices)
            found[is_own] = covered[lanes.departure[is_own]]
        worth = min(self.strength * self.values["found_share"], 1.0)
        desk.controls.departure_probability = seized_before_departure(usual, worth * found)

    @staticmethod
    def _lanes_of(area: Area, desk: Desk) -> Bools:
        is_own: Bools = np.isin(desk.evidence.lane_authority, [member.index for member in area.members])
        return is_own

    @staticmethod
    def _by_departure(values: Floats, is_own: Bools, desk: Desk) -> Floats:
        departure, ports = desk.world.lanes.departure, len(desk.world.departure.code)
        return np.bincount(departure[is_own], values[is_own], minlength=ports).astype(np.float64)
