"""What an insider and the security of the terminal do to an extraction team: its time, and its risk."""

from __future__ import annotations

import math

import numpy as np

from scenarios.parameters import Parameters
from sim.clock import HOUR_MIN
from sim.streams import Floats


def relative_times(ratio: float, share: float) -> tuple[float, float]:
    """Return factors on the time of teams without and with an insider, whose log mean over all teams is zero.

    Args:
        ratio: time with an insider over time without.
        share: of teams with one.
    """
    without = ratio**-share
    return without, ratio * without


def log_sd_within(log_sd: float, ratio: float, share: float) -> float:
    """Return the log sd of the time within each kind of team, so that over both kinds it is ``log_sd``.

    The variance between the two kinds, share (1 - share) ln(ratio)^2, is taken out; zero where it is more than all.
    """
    between = share * (1 - share) * math.log(ratio) ** 2
    return math.sqrt(max(0.0, log_sd**2 - between))


def relative_risks(ratio: float, share: float) -> tuple[float, float]:
    """Return factors on the risk of teams without and with an insider, whose mean over all teams is one."""
    without = 1 / (share * ratio + 1 - share)
    return without, ratio * without


def security_factors(factor: float, level: Floats, bypass: float) -> Floats:
    """Return the factor of terminal security on teams without and with an insider, shape (ports, 2).

    An insider bypasses a share of it: factor^level and factor^(level x (1 - bypass)). Assumption in the direction of
    Roks, Bisschop and Staring 2020 doi:10.1007/s12117-020-09394-8; no measured size is known.
    """
    felt = np.array([1.0, 1.0 - bypass])
    factors: Floats = factor ** (level[:, None] * felt)
    return factors


class Race:
    """Clock and risk of extraction teams at each port, for the security of the day."""

    def __init__(self, parameters: Parameters, ports: int) -> None:
        """Start with the usual security everywhere."""
        insiders, extraction = parameters.insiders, parameters.extraction
        share = insiders.coverage_reference * insiders.foothold_share
        self._insiders = insiders
        self._time = extraction.median_h * HOUR_MIN * np.array(relative_times(insiders.time_ratio, share))
        self._risk = extraction.caught_probability * np.array(relative_risks(insiders.caught_ratio, share))
        self.log_sd = log_sd_within(extraction.log_sd, insiders.time_ratio, share)
        self._security: Floats = np.full(ports, np.nan)
        self.secure(np.zeros(ports))

    def secure(self, security: Floats) -> None:
        """Take in the level of security of each port."""
        if np.array_equal(security, self._security):
            return
        p = self._insiders
        self._security = security.copy()
        self.median_min: Floats = self._time * security_factors(p.security_time_factor, security, p.bypass)
        """Median time of a team without and with an insider, shape (ports, 2)."""
        risk = self._risk * security_factors(p.security_caught_factor, security, p.bypass)
        in_a_hurry = risk[:, 1] * p.hurried_caught_factor
        self.caught_probability: Floats = np.minimum(np.column_stack([risk, in_a_hurry]), 1.0)
        """Without an insider, with one, and of a warned team that comes early, shape (ports, 3)."""
