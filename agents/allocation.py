"""Where to put what there is to place: against flows that stay, here, and against followers, by the two games.

Pure functions. Effort against flows that stay where they are can be divided or comes in whole units.
"""

from __future__ import annotations

import numpy as np

from agents.quantal_follower import quantal_response
from agents.security_game import Commitment, check_amount, checked, stackelberg
from sim.streams import Floats, Ints

__all__ = ["Commitment", "greedy_units", "quantal_response", "stackelberg", "water_filling"]


def water_filling(weights: Floats, rates: Floats, budget: float) -> Floats:
    """Return the effort x that maximises sum w (1 - exp(-a x)) with sum x = budget.

    x = max(0, ln(w a / lambda)) / a: wherever effort goes, more of it would gain the same. Taking places in order of
    w a, ln lambda follows from the budget without a search. Koopman 1953, doi:10.1287/opre.1.2.52; Charnes and Cooper
    1958, doi:10.1287/mnsc.5.1.44.

    Args:
        weights: w, what there is to gain at each place, 0 or more.
        rates: a, the share of it that effort gains at first, by unit of effort, 0 or more.
        budget: effort to divide, 0 or more.

    Returns:
        effort at each place; all 0 if there is nothing to gain anywhere.

    Raises:
        ValueError: something is negative, not finite or of the wrong shape.
    """
    weights, rates = checked(0.0, weights=weights, rates=rates)
    check_amount("budget", budget)
    effort = np.zeros(weights.size)
    places = np.flatnonzero((weights > 0) & (rates > 0))
    if not places.size or budget == 0:
        return effort
    log_slope = np.log(weights[places]) + np.log(rates[places])
    order = np.argsort(-log_slope, kind="stable")
    log_slope, a = log_slope[order] - log_slope[order[0]], rates[places[order]]
    # What ln lambda is if the first k places are used: sum (ln(w a) - ln lambda) / a = budget.
    log_lambda = (np.cumsum(log_slope / a) - budget) / np.cumsum(1 / a)
    used = max(1, int(np.count_nonzero(log_slope > log_lambda)))
    effort[places[order[:used]]] = (log_slope[:used] - log_lambda[used - 1]) / a[:used]
    return effort


def greedy_units(weights: Floats, rates: Floats, units: int) -> Ints:
    """Return the whole numbers n that maximise sum w (1 - exp(-a n)) with sum n = units.

    One unit after the other goes where it gains most, which is optimal because each place gains less by the next unit:
    Fox 1966, doi:10.1287/mnsc.13.3.210. Of equal places the first comes first.

    Args:
        weights: w, what there is to gain at each place, 0 or more.
        rates: a, by unit, 0 or more: a unit gains the share 1 - exp(-a) of what is left.
        units: to place, 0 or more.

    Returns:
        units at each place; those that would gain nothing anywhere are not placed.

    Raises:
        ValueError: something is negative, not finite or of the wrong shape.
    """
    weights, rates = checked(0.0, weights=weights, rates=rates)
    check_amount("units", units)
    if units != int(units):
        raise ValueError(f"units is {units}; allowed: a whole number")
    placed = np.zeros(weights.size, np.int64)
    first = weights * -np.expm1(-rates)
    gain = first.copy()
    for _ in range(int(units)):
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        placed[best] += 1
        gain[best] = first[best] * np.exp(-rates[best] * placed[best])
    return placed
