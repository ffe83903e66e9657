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
        return Section(
            "ports", texts("ports.heading"), (Notice(texts("missing.table", table="line_month, trade_month")),)
        )
    blocks += _tables(compared)
    if not compared.told.asked.shows_ports:
        blocks.append(texts("ports.not_shown"))
    elif compared.has("port_month"):
        blocks += [Notice(texts("ports.illustrative", words=ILLUSTRATIVE)), _flow(compared)]
    return Section("ports", texts("ports.heading"), tuple(blocks))


def _of_place(sums: Sums) -> Sums:
    return regrouped(sums, lambda key: key[:1])


def _codes(compared: Compared) -> list[str]:
    return sorted(compared.world.entry.code)


def _tables(compared: Compared) -> tuple[Table, Table]:
    """Return controls and trade effects of ports, two tables, so that neither is wider than a page."""
    texts, years = compared.texts, compared.years
    lines = {name: _of_place(sums) for name, sums in compared.lines.items()}
    last = compared.months[1]
    capacity = compared.sums("line_month", ["place"], "scans_per_year", (last, last))
    cost = _of_place(cost_eur(compared))
    none = np.zeros((len(compared.shown), len(compared.replications)))
    controls, effects = [], []
    for code in _codes(compared):
        key, name = (code,), f"{compared.port_names[code]} ({code})"
        boxes = lines["controlled_boxes"].get(key, none)
        hours = lines["delay_min"].get(key, none) / HOUR_MIN
        controls.append((
            name,
            *_each(capacity.get(key, none) / 1000, 1),
            *_each(boxes / 1000 / years, 1),
            *_each(lines["searched_boxes"].get(key, none) / years, 0),
        ))  # fmt: skip
        effects.append((
            name,
            *ratio_cells(hours, boxes, 2)[: len(none)],
            *_each(cost.get(key, none) / 1e6 / years, 2),
        ))  # fmt: skip
    thousand = texts("ports.thousand_per_year")
    first = _heads(compared, (("capacity", thousand), ("controlled", thousand), ("searched", "1/yr")))
    second = _heads(compared, (("delay", "h"), ("cost", "EUR m/yr")))
    titles = (compared.titled(texts(f"ports.{name}_title")) for name in ("controls", "trade"))
    return (
        Table(next(titles), first, tuple(controls), texts("ports.controls_note")),
        Table(next(titles), second, tuple(effects), texts("ports.trade_note")),
    )


def _heads(compared: Compared, quantities: tuple[tuple[str, str], ...]) -> tuple[Column, ...]:
    columns = [Column(compared.texts("ports.port"), is_number=False)]
    for key, unit in quantities:
        name = compared.texts(f"ports.{key}")
        columns += [Column(f"{name}, {arm}" if compared.has_contrast else name, unit) for arm in compared.labels]
    return tuple(columns)


def _each(values: Floats, digits: int) -> tuple[str, ...]:
    return tuple(spread(row, digits) for row in values)


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
    columns = _heads(compared, (("flow", "t/yr"), ("interception", "%")))
    title = f"{texts('ports.flow_title')}: {ILLUSTRATIVE}"
    return Table(compared.titled(title), columns, tuple(rows), texts("ports.flow_note"))
