"""Times as whole minutes by quantile: drawing a time is one look into a table."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from scenarios.parameters import Parameters
from sim.clock import DAY_MIN
from sim.streams import Ints

QUANTILES = 4096
RETRIEVE_TIME, SCAN_TIME, READ_TIME, SEARCH_TIME, DWELL_DRY, DWELL_REEFER = range(6)
"""Rows of the table; the first four are the stages of the line."""


def lognormal_minutes(mean_min: float, log_sd: float) -> Ints:
    """Return the lognormal times of a mean at the mid-points of equal quantiles, at least a minute each.

    4,096 equally likely times: their mean is within .2 % of the continuous one for a log sd up to .5, and times are
    rounded to minutes in any case.
    """
    middle = (np.arange(QUANTILES) + 0.5) / QUANTILES
    times = mean_min * np.exp(log_sd * ndtri(middle) - log_sd**2 / 2)
    whole: Ints = np.maximum(1, np.rint(times)).astype(np.int64)
    return whole


def time_table(parameters: Parameters) -> Ints:
    """Return the table of all times, shape (6, quantiles)."""
    control, terminal = parameters.control, parameters.terminal
    stages = (control.retrieval_min, control.scan_min, control.read_min, control.search_min)
    dwells = (terminal.dwell_dry_days * DAY_MIN, terminal.dwell_reefer_days * DAY_MIN)
    rows = [lognormal_minutes(mean, control.service_log_sd) for mean in stages]
    rows += [lognormal_minutes(mean, terminal.dwell_log_sd) for mean in dwells]
    return np.array(rows)
