"""What controls cost to trade: hours, euros, and euros a controlled box, by class of goods and by port range."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.report.cells import arm_cells, arm_columns, ratio_cells
from experiments.report.compared import TRADE_COSTS, Compared, Key, Sums, regrouped, total
from experiments.report.page import Figure, Notice, Section, Table
from experiments.report.paired_bars import Bars, paired_bars
from experiments.report.place_names import place_name
from experiments.screen import number
from experiments.summary import NON_EU
from scenarios.assumptions import PORT_RANGES
from sim.clock import HOUR_MIN
from sim.streams import Floats


def trade_section(compared: Compared) -> Section:
    """Return delay and cost of both arms, by class of goods and by port range."""
    texts = compared.texts
    if not compared.has("trade_month"):
        return Section("trade", texts("trade.heading"), (Notice(texts("missing.table", table="trade_month")),))
    goods = _table(compared, "trade.goods_title", "trade.goods", lambda key: (key[2],), _goods_names(compared))
    ranges = _table(compared, "trade.ranges_title", "trade.place", lambda key: (_cell(compared, key),),
                    {name: place_name(texts, name) for name in (*PORT_RANGES, NON_EU)})  # fmt: skip
    return Section("trade", texts("trade.heading"), (texts("trade.intro"), goods, _figure(compared, ranges)))


def _goods_names(compared: Compared) -> dict[str, str]:
    named = {str(key[2]): str(key[2]) for key in compared.trade["delay_min"]}
    known = {name: compared.texts(f"trade.{name}") for name in ("dry", "reefer")}
    return {name: known.get(name, name) for name in sorted(named)}


def _cell(compared: Compared, key: Key) -> str:
    return str(key[1]) if key[0] in compared.eu_ports else NON_EU


def cost_eur(compared: Compared) -> Sums:
    """Return what controls cost to trade in the window, by port, range and class of goods."""
    parts = [compared.trade[name] for name in TRADE_COSTS]
    return {key: np.sum([part[key] for part in parts], axis=0) for key in parts[0]}


def _table(compared: Compared, title: str, column: str, key_of: Callable[[Key], Key], names: dict[str, str]) -> Table:
    texts, years = compared.texts, compared.years
    hours = {k: v / HOUR_MIN for k, v in regrouped(compared.trade["delay_min"], key_of).items()}
    boxes = regrouped(compared.trade["controlled_boxes"], key_of)
    cost = regrouped(cost_eur(compared), key_of)
    rows: list[tuple[str, ...]] = []
    for key, name in {**names, "": texts("trade.together")}.items():
        h, b, c = (total(part) if key == "" else part.get((key,)) for part in (hours, boxes, cost))
        if h is None or b is None or c is None or (key == "" and len(rows) <= 4):
            continue
        rows += [
            (texts("trade.hours", name=name), *arm_cells(h / 1000 / years, 1)),
            (texts("trade.cost", name=name), *arm_cells(c / 1e6 / years, 2)),
            (texts("trade.hours_per_box", name=name), *ratio_cells(h, b, 3)),
            (texts("trade.cost_per_box", name=name), *ratio_cells(c, b, 2)),
        ]
    return Table(compared.titled(texts(title)), arm_columns(compared, texts(column)), tuple(rows))


def _figure(compared: Compared, table: Table) -> Figure:
    texts = compared.texts
    cost = regrouped(cost_eur(compared), lambda key: (_cell(compared, key),))
    values = {name: cost[name,] / 1e6 / compared.years for name in (*PORT_RANGES, NON_EU) if (name,) in cost}
    named = {place_name(texts, name): of for name, of in values.items()}
    everything: Floats = total(cost) / 1e6 / compared.years
    told = ", ".join(f"{arm} {number(float(row.mean()))}" for arm, row in zip(compared.labels, everything, strict=True))
    return Figure(
        "trade-cost", compared.titled(texts("trade.figure_title")), texts("trade.about", told=told),
        paired_bars([Bars(texts("trade.axis"), named, 2)], compared.labels), table, texts("trade.note"),
    )  # fmt: skip
