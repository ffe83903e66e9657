"""The state of controls: variables that levers write, each by one lever alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from scenarios.parameters import Parameters
from sim.codes import CONTAINER_METHODS
from sim.standards import Standards, usual_standards
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
    shared_tip_share: Floats
    """By authority, the share of its own tips that others learn of at once."""
    received_tip_share: Floats
    """By authority, the share of the tips of other states that it learns of at once."""
    added_tip_share: Floats
    """By authority, tips from companies and partner countries, relative to its own."""
    port_priority: Floats
    """By port, the factor on threat by which units are placed."""
    lane_priority: Floats
    """By lane, log odds added to what is believed of it."""
    departure_probability: Floats
    """By lane, the probability that a box is seized before departure."""
    standards: Standards
    """What protects staff of terminals against corruption, by port."""
    terminal_level: Floats
    """By port, levels of terminal security above what the scenario has."""
    practice_floor: Floats
    """By port, the practice in using criteria below which it does not work."""
    surge: Floats
    """By port, the day's staff hours against drugs, relative to the usual ones."""
    capacity_factor: Floats
    """By port, a factor on drug-tasked capacity that no shipped lever writes: for one of your own."""
    kit_detection: Floats
    """By port and method, the share of what an image did not show that a second look does."""
    kit_false_alarm: Floats
    """By port, the share of drug-tasked clean boxes without an alarm that a second look has searched."""
    arrests: list[Arrest] = field(default_factory=list)
    """What cases lead to tomorrow."""


def controls_of_states_alone(parameters: Parameters, authorities: int, ports: int, log_odds: Floats) -> Controls:
    """Return the controls at the beginning: every state by itself."""
    return Controls(
        separation=np.full(authorities, parameters.control.separation),
        pools_finds=np.zeros(authorities, np.bool_),
        log_odds=log_odds,
        shared_tip_share=np.zeros(authorities),
        received_tip_share=np.zeros(authorities),
        added_tip_share=np.zeros(authorities),
        port_priority=np.ones(ports),
        lane_priority=np.zeros(log_odds.size),
        departure_probability=np.full(log_odds.size, parameters.departure.seizure_probability),
        standards=usual_standards(parameters.insiders, ports),
        terminal_level=np.zeros(ports),
        practice_floor=np.zeros(ports),
        surge=np.ones(ports),
        capacity_factor=np.ones(ports),
        kit_detection=np.zeros((ports, CONTAINER_METHODS)),
        kit_false_alarm=np.zeros(ports),
    )
