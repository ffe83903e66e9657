"""The state of controls: variables that levers write, each by one lever alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.codes import CONTAINER_METHODS
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
    kit_detection: Floats
    """By port and method, the share of what an image did not show that a second look does."""
    kit_false_alarm: Floats
    """By port, the share of drug-tasked clean boxes without an alarm that a second look has searched."""


def controls_of_states_alone(
    separation: float, authorities: int, ports: int, log_odds: Floats, tip_delay_days: float
) -> Controls:
    """Return the controls at the beginning: every state by itself."""
    return Controls(
        separation=np.full(authorities, separation),
        pools_finds=np.zeros(authorities, np.bool_),
        log_odds=log_odds,
        foreign_tip_delay_days=np.full(authorities, tip_delay_days),
        kit_detection=np.zeros((ports, CONTAINER_METHODS)),
        kit_false_alarm=np.zeros(ports),
    )
