"""An index of violence around a port, from what happened there; an indicator only, nothing in the model reads it.

No published count of incidents by port was found to fit it to: read its direction and timing, not its level.
"""

from __future__ import annotations

import numpy as np

from sim.clock import YEAR_DAYS
from sim.streams import Floats, Ints

MONTH_DAYS = YEAR_DAYS / 12


def contest_by_month(
    month: Ints, place: Ints, organisation: Ints, shape: tuple[int, ...], half_life_days: float
) -> Floats:
    """Return how contested each port is: 1 - HHI of the organisations that were active there lately.

    Args:
        month, place, organisation: of each consignment that came; months beyond the shape are left out.
        shape: months and ports.
        half_life_days: of the weight of a consignment.

    Returns:
        shape (months, ports), 0 where one organisation is alone or none has come, towards 1 with many equal ones.
    """
    months, ports = shape
    fade = 0.5 ** (MONTH_DAYS / half_life_days)
    counts = np.zeros((ports, int(organisation.max(initial=0)) + 1))
    contest = np.zeros((months, ports))
    for row in range(months):
        counts *= fade
        now = month == row
        np.add.at(counts, (place[now], organisation[now]), 1.0)
        total = counts.sum(axis=1)
        is_used = total > 0
        contest[row, is_used] = 1 - (counts[is_used] ** 2).sum(axis=1) / total[is_used] ** 2
    return contest


def violence_index(
    seized_g: Ints, landed_g: Ints, threats_per_year: Floats, jobs_per_year: Floats, contest: Floats,
    half_life_days: float,
) -> Floats:  # fmt: skip
    """Return the index, 0 to 100: the fading mean of three pressures with equal weights (assumption).

    The pressures are the share of mass lost at the port, threats to staff per extraction job, and contest.

    Args:
        seized_g, landed_g: by month and port.
        threats_per_year: approaches to staff by threat, at the month's pace.
        jobs_per_year: extraction jobs.
        contest: from `contest_by_month`.
        half_life_days: of the index.
    """
    settled = seized_g + landed_g
    lost = np.divide(seized_g, settled, out=np.zeros(settled.shape), where=settled > 0)
    threatened = np.divide(threats_per_year, jobs_per_year, out=np.zeros(settled.shape), where=jobs_per_year > 0)
    pressure = 100 * (lost + np.minimum(threatened, 1.0) + contest) / 3
    fade = 0.5 ** (MONTH_DAYS / half_life_days)
    index: Floats = np.zeros(pressure.shape)
    before = pressure[0] if len(pressure) else 0.0
    for row in range(len(pressure)):
        before = index[row] = fade * before + (1 - fade) * pressure[row]
    return index
