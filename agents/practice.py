"""How well customs of each port use the criteria that they have, and what following best practice does to it."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from sim.streams import Floats, Ints, Stream, Streams


def practice_of_ports(streams: Streams, port_id: Ints, log_sd: float) -> Floats:
    """Return the factor of practice on d' of each port: lognormal with mean one, exactly one without spread.

    Assumption: nobody has published how well ports use the criteria that they have.

    Args:
        streams: of the replication.
        port_id: global id of each port, by which its practice is addressed.
        log_sd: standard deviation of the logarithm.
    """
    normal = ndtri(streams.uniforms(Stream.PRACTICE, port_id, 1)[:, 0])
    practice: Floats = np.exp(log_sd * normal - log_sd**2 / 2)
    return practice


def floor_towards(practice: Floats, best: float, closed_share: Floats) -> Floats:
    """Return the floor under each port: its own practice, and a share of the gap to the best where it is below.

    Args:
        practice: of each port, as evaluators see it.
        best: practice that is held up as the best.
        closed_share: share of the gap that has been closed at each port.
    """
    floor: Floats = practice + closed_share * np.maximum(0.0, best - practice)
    return floor
