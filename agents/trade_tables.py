"""The table of what controls cost to trade, by month, port and goods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.codes import Goods
from sim.streams import Ints
from sim.trade_cost import TradeCost, trade_costs

if TYPE_CHECKING:
    from agents.run_tables import RunTables

_GOODS = tuple(goods.name.lower() for goods in Goods)


def trade_columns(run: RunTables) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """Return the columns of the table ``trade_month`` and the names of its places and goods."""
    counts = np.array(run.model.monthly.trade)
    by_place = run.by_place(counts.shape[1])
    boxes, searched, delay_min, demurrage_days = counts.reshape(-1, 4).T
    costs = _costs(run, counts)
    return {name: np.repeat(column, len(Goods)) for name, column in by_place.items()} | {
        "goods": np.tile(np.arange(len(Goods)), counts.shape[0] * counts.shape[1]),
        "controlled_boxes": boxes,
        "searched_boxes": searched,
        "delay_min": delay_min,
        "demurrage_days": demurrage_days,
        "delay_eur": costs.delay_eur.ravel(),
        "handling_eur": costs.handling_eur.ravel(),
        "demurrage_eur": costs.demurrage_eur.ravel(),
    }, {"place": run.model.world.place_code, "port_range": run.ranges, "goods": _GOODS}


def trade_cost_eur(run: RunTables, months: Ints) -> float:
    """Return the sum of all costs of the table over some months, given by their rows."""
    return _costs(run, np.array(run.model.monthly.trade)[months]).total_eur()


def _costs(run: RunTables, counts: Ints) -> TradeCost:
    return trade_costs(counts[..., 1], counts[..., 2], counts[..., 3], run.model.case.parameters.trade)
