"""What the control of clean boxes costs to trade: delay beyond the planned dwell, handling, demurrage.

These costs are borne by trade: they are results, and never part of a budget of the authorities.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from scenarios.parameters import TradeParameters
from sim.clock import DAY_MIN
from sim.streams import Floats, Ints


class TradeCost(NamedTuple):
    """Costs in EUR, each of the shape of what was counted."""

    delay_eur: Floats
    handling_eur: Floats
    demurrage_eur: Floats

    def total_eur(self) -> float:
        """Return the sum of all costs, the same in whatever order they are added."""
        return math.fsum(np.concatenate([part.ravel() for part in self]))


def delay_cost_eur(delay_min: Ints, goods_value_eur: Floats, share_per_day: float) -> Floats:
    """Return what delay costs: days x value x share of the value that a day is worth.

    Args:
        delay_min: minutes beyond the planned dwell.
        goods_value_eur: value of the goods in a box (EUR).
        share_per_day: .006 to .021 (Hummels and Schaur 2013, doi:10.1257/aer.103.7.2935).
    """
    cost: Floats = np.asarray(delay_min) / DAY_MIN * goods_value_eur * share_per_day
    return cost


def trade_costs(searched_boxes: Ints, delay_min: Ints, demurrage_days: Ints, trade: TradeParameters) -> TradeCost:
    """Return the costs by goods.

    Args:
        searched_boxes, delay_min, demurrage_days: counts, the last axis by goods (dry, reefer); days of demurrage are
            those that the planned dwell would not have brought.
        trade: values and prices.
    """
    value = np.array([trade.goods_value_dry_eur, trade.goods_value_reefer_eur])
    demurrage = np.array([trade.demurrage_dry_eur_per_day, trade.demurrage_reefer_eur_per_day])
    handling_eur: Floats = searched_boxes * np.float64(trade.search_handling_eur)
    delay_eur = delay_cost_eur(delay_min, value, trade.delay_cost_share_per_day)
    return TradeCost(delay_eur, handling_eur, demurrage_days * demurrage)
