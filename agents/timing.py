"""When a lot is held: what waiting is expected to bring, against what it costs (temporal displacement)."""

from __future__ import annotations

import numpy as np

from scenarios.parameters import TimingParameters
from sim.clock import YEAR_DAYS
from sim.streams import Bools, Floats, Ints

_MONTH_DAYS = YEAR_DAYS / 12


def worth_of_waiting(shortfall: Floats, wait_days: float, timing: TimingParameters, tied_up: float) -> Floats:
    """Return what holding a lot for some days is expected to bring (EUR/kg), costs deducted.

    Proceeds of a kilogram that are below the usual are expected to return to it with a half-life; waiting costs
    storage, risk and capital (assumption: adaptive expectations, as in Nerlove 1958 doi:10.2307/1880597).

    Args:
        shortfall: of each lot, how much less a kilogram brings today than usually (EUR/kg).
        wait_days: time to the next look.
        timing: its parameters.
        tied_up: what a held kilogram ties up (EUR/kg).
    """
    recovered = 1 - 0.5 ** (wait_days / timing.shock_half_life_days)
    cost = timing.holding_eur_per_kg_month * wait_days / _MONTH_DAYS
    cost += timing.capital_cost_per_year * tied_up * wait_days / YEAR_DAYS
    worth: Floats = shortfall * recovered - cost
    return worth


def are_held(worth: Floats, held_days: Ints, luck: Floats, timing: TimingParameters) -> Bools:
    """Return which lots are held until the next look.

    Args:
        worth: of waiting (EUR/kg), by lot.
        held_days: since the lot's arrival.
        luck: a uniform of each lot, the same at every look: what holding is worth besides, logistic.
        timing: its parameters.
    """
    besides = timing.scale_eur_per_kg * np.log(luck / (1 - luck))
    held: Bools = (worth + besides > 0) & (held_days < timing.most_held_days)
    return held
