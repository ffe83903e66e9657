"""The state of controls: variables that levers write, each by one lever alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sim.streams import Bools, Floats


class Arrest(NamedTuple):
    """What a case ends with: members of an organisation arrested, and money of it seized."""

    organisation: int
    """Pseudonym of its file."""
    arrested_share: float
    seized_share: float
    """Share of its working capital."""


@dataclass(slots=True)
class Controls:
    """What levers have set; the posture of the physical world follows from it.

    A lever names in ``writes`` the fields that it, and no other, may change; without it they stay as they are here.
    """

    separation: Floats
    """d' by authority."""
    pools_finds: Bools
    """By authority, whether its image readers see what the others that pool them have found."""
    log_odds: Floats
    """Believed log odds of contamination by lane."""
    foreign_tip_delay_days: Floats
    """By authority, the delay of a tip that another state holds."""
    arrests: list[Arrest] = field(default_factory=list)
    """What cases lead to tomorrow."""


def controls_of_states_alone(separation: float, authorities: int, log_odds: Floats, tip_delay_days: float) -> Controls:
    """Return the controls at the beginning: every state by itself."""
    return Controls(
        separation=np.full(authorities, separation),
        pools_finds=np.zeros(authorities, np.bool_),
        log_odds=log_odds,
        foreign_tip_delay_days=np.full(authorities, tip_delay_days),
    )
