"""What protects staff of terminals against corruption, port by port: vetting, hotlines and release codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.parameters import InsidersParameters
from sim.streams import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Standards:
    """Standards at the terminals of each port, shape (ports,) each."""

    vetting_per_year: Floats
    """Rate at which vetting removes insiders."""
    awareness: Floats
    """Reports per approach relative to usual, as far as staff know what to report and where."""
    trust: Floats
    """Trust of staff in the hotline, relative to usual."""
    closed_share: Floats
    """Share of jobs for which an insider is no use any more, because release codes cannot be stolen."""


def usual_standards(p: InsidersParameters, ports: int) -> Standards:
    """Return the standards of the end of 2023, the same at every port."""
    return Standards(
        np.full(ports, p.vetting_per_year), np.full(ports, p.awareness), np.full(ports, p.trust), np.zeros(ports)
    )
