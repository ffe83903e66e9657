"""Choose the engine of the control line."""

from __future__ import annotations

from typing import get_args

from sim.control_line.line_compiled import CompiledLine
from sim.control_line.line_simpy import SimpyLine
from sim.control_line.progress import ControlLine, Engine
from sim.control_line.roster import Roster


def make_line(roster: Roster, engine: Engine = "compiled") -> ControlLine:
    """Build the control lines of all ports, at minute 0 and empty.

    Args:
        roster: Servers, shifts and breakdowns.
        engine: ``"compiled"``, or ``"simpy"``: the definition, a process for each box, with identical results.

    Raises:
        ValueError: If there is no such engine.
    """
    if engine == "compiled":
        return CompiledLine(roster)
    if engine == "simpy":
        return SimpyLine(roster)
    raise ValueError(f"engine is {engine!r}, must be one of {', '.join(get_args(Engine))}")
