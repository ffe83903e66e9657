"""The state of controls: variables that levers write, each by one lever alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.streams import Bools, Floats


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
    surge: Floats
    """By port, the day's staff hours against drugs, relative to the usual ones."""


def controls_of_states_alone(
    separation: float, authorities: int, ports: int, log_odds: Floats, tip_delay_days: float
) -> Controls:
    """Return the controls at the beginning: every state by itself."""
    return Controls(
        separation=np.full(authorities, separation),
        pools_finds=np.zeros(authorities, np.bool_),
        log_odds=log_odds,
        foreign_tip_delay_days=np.full(authorities, tip_delay_days),
        surge=np.ones(ports),
    )
