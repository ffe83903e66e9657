"""Named ports with controls and trade effects only; true flow and interception only when asked, as illustrative."""

from __future__ import annotations

import numpy as np

from experiments.report.cells import ratio_cells, spread
from experiments.report.compared import Compared, Sums, regrouped
from experiments.report.page import Block, Column, Notice, Section, Table
from experiments.report.trade_section import cost_eur
from sim.clock import HOUR_MIN
from sim.streams import Floats

ILLUSTRATIVE = "illustrative, not an estimate of this port"


def ports_section(compared: Compared) -> Section:
    """Return the table of named ports, in the order of their codes, which is that of countries."""
    texts = compared.texts
    blocks: list[Block] = [texts("ports.intro")]
    if not compared.has("line_month", "trade_month"):
        return Section("ports", texts("ports.heading"), (Notice(texts("missing.table", table="line_month, trade_month")),))
    blocks.append(_controls(compared))
    if not compared.told.asked.shows_ports:
        blocks.append(texts("ports.not_shown"))
    elif compared.has("port_month"):
        blocks += [Notice(texts("ports.illustrative", words=ILLUSTRATIVE)), _flow(compared)]
    return Section("ports", texts("ports.heading"), tuple(blocks))


def _of_place(sums: Sums) -> Sums:
    return regrouped(sums, lambda key: key[:1])


def _codes(compared: Compared) -> list[str]:
    return sorted(compared.world.entry.code)


def _controls(compared: Compared) -> Table:
    texts, years = compared.texts, compared.years
    lines = {name: _of_place(sums) for name, sums in compared.lines.items()}
    last = compared.months[1]
    capacity = compared.sums("line_month", ["place"], "scans_per_year", (last, last))
    cost = _of_place(cost_eur(compared))
    none = np.zeros((len(compared.shown), len(compared.replications)))
    rows = []
    for code in _codes(compared):
        key = (code,)
        boxes = lines["controlled_boxes"].get(key, none)
        cells: list[tuple[str, ...]] = [
            _each(capacity.get(key, none) / 1000, 1),
            _each(lines["drug_tasked_boxes"].get(key, none) / 1000 / years, 1),
            _each(boxes / 1000 / years, 1),
            _each(lines["searched_boxes"].get(key, none) / years, 0),
            ratio_cells(lines["delay_min"].get(key, none) / HOUR_MIN, boxes, 2)[: len(none)],
            _each(cost.get(key, none) / 1e6 / years, 2),
        ]
        rows.append((f"{compared.port_names[code]} ({code})", *_by_arm(cells)))
    heads = [(texts(f"ports.{name}"), unit) for name, unit in (
        ("capacity", texts("ports.thousand_per_year")), ("drug_tasked", texts("ports.thousand_per_year")),
        ("controlled", texts("ports.thousand_per_year")), ("searched", "1/yr"), ("delay", "h"), ("cost", "EUR m/yr"),
    )]  # fmt: skip
    columns = [Column(texts("ports.port"), is_number=False)]
    for name, unit in heads:
        columns += [Column(f"{name}, {arm}" if compared.has_contrast else name, unit) for arm in compared.labels]
    return Table(compared.titled(texts("ports.title")), tuple(columns), tuple(rows), texts("ports.note"))


def _each(values: Floats, digits: int) -> tuple[str, ...]:
    return tuple(spread(row, digits) for row in values)


def _by_arm(cells: list[tuple[str, ...]]) -> list[str]:
    """Return the cells of a port: of each quantity both arms beside each other."""
    return [cell for quantity in cells for cell in quantity]


def _flow(compared: Compared) -> Table:
    texts, years = compared.texts, compared.years
    flow, seized, landed = (_of_place(compared.flows[f"{name}_g"]) for name in ("dispatched", "seized", "landed"))
    rows = []
    for code in _codes(compared):
        values = flow.get((code,))
        if values is None:
            continue
        tonnes = _each(values / 1e6 / years, 1)
        caught = seized[code,]
        share = ratio_cells(caught, caught + landed[code,], 0, 100)[: len(values)]
        rows.append((f"{compared.port_names[code]} ({code})", *tonnes, *share))
    columns = [Column(texts("ports.port"), is_number=False)]
    for name, unit in ((texts("ports.flow"), "t/yr"), (texts("ports.interception"), "%")):
        columns += [Column(f"{name}, {arm}", unit) for arm in compared.labels]
    title = f"{texts('ports.flow_title')}: {ILLUSTRATIVE}"
    return Table(compared.titled(title), tuple(columns), tuple(rows), texts("ports.flow_note"))
