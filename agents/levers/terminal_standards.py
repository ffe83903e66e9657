"""Terminal standards of the public-private partnership: access control, vetting, release codes and hotlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.levers.base import Lever
from sim.standards import Standards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.desk import Desk
    from scenarios.parameters import InsidersParameters
    from sim.streams import Bools, Floats


def terminal_size(boxes: Floats, large_port_boxes: float, exponent: float) -> Floats:
    """Return what a standard costs at each port relative to a large one: the smaller, the dearer a box."""
    size: Floats = (boxes / large_port_boxes) ** exponent
    return size


def large_ports(ports: list[int], boxes: Floats, threshold_boxes: float) -> list[int]:
    """Return those ports that are large enough for a national standard, and the largest in any case."""
    largest = max(ports, key=lambda port: (boxes[port], -port))
    return [port for port in ports if boxes[port] >= threshold_boxes or port == largest]


def paid_levels(paid: float, ports: list[int], is_first: Bools, size: Floats) -> Floats:
    """Return how much of the full standard each of the ports has, for what is paid for all of them.

    Those that come first share what is paid up to the full standard, then the others do; what is left goes to all
    alike. Paid = sum of level x size over the ports / sum of all sizes.

    Args:
        paid: share of the price of the full standard at all ports of all states.
        ports: rows of those that have the standard.
        is_first: by port of ``ports``, whether it comes first.
        size: cost of the full standard at each port of all states, in any unit; zero where nobody could pay for it.
    """
    money, cost = paid * float(size.sum()), size[ports]
    level = np.zeros(len(ports))
    for of_turn in (is_first, ~is_first):
        price = float(cost[of_turn].sum())
        if price > 0:
            level[of_turn] = min(money / price, 1.0)
            money = max(money - price, 0.0)
    return level + money / float(cost.sum())


def standards_at(level: Floats, values: Mapping[str, float], p: InsidersParameters) -> Standards:
    """Return the standards for staff where this much of the full standard is paid for.

    Codes cannot be safer than safe, and a campaign does not do more than the one that was counted; vetting follows what
    is paid, beyond the full standard too.
    """
    campaign = np.minimum(level, 1.0)
    return Standards(
        vetting_per_year=p.vetting_per_year + values["vetting_per_year"] * level,
        awareness=p.awareness * (1 + values["awareness_gain"] * campaign),
        trust=p.trust * (1 + values["trust_gain"] * campaign),
        closed_share=values["code_fraud_share"] * campaign,
    )


class TerminalStandards(Lever):
    """National: a state's own standard, at its large sea ports first. Alliance: one for all ports of participants.

    Both pay the same. Alone, a state pays for its own ports, and for small ones with what the large ones leave;
    together, participants pay jointly for the same standard everywhere, so that less is left for the large ones.
    """

    name: ClassVar[str] = "terminal_standards"
    writes: ClassVar[tuple[str, ...]] = ("terminal_level", "standards")

    def allot(self, desk: Desk) -> None:
        """Follow what has been paid for the year."""
        self.assess(desk)

    def assess(self, desk: Desk) -> None:
        """Set the standard of each port."""
        level = self.level(desk)
        desk.controls.terminal_level = self.values["security_levels"] * level
        desk.controls.standards = standards_at(level, self.values, desk.case.parameters.insiders)

    def level(self, desk: Desk) -> Floats:
        """Return how much of the full standard each port has."""
        boxes, values = desk.world.entry.gateway_laden_boxes, self.values
        size = terminal_size(boxes, values["large_port_boxes"], values["size_exponent"])
        size = np.where(desk.world.entry.is_eu, size, 0.0)
        weight = np.array([boxes[state.ports].sum() if state.is_eu else 0.0 for state in desk.authorities])
        paid = desk.strength(self) * weight / weight.sum()
        level, is_common = np.zeros(boxes.size), desk.is_common(self)
        for area in desk.areas(self):
            together = is_common[area.members[0].index]
            first = area.ports if together else large_ports(area.ports, boxes, values["small_port_boxes"])
            money = sum(paid[member.index] for member in area.members)
            level[area.ports] = paid_levels(money, area.ports, np.isin(area.ports, first), size)
        return level
