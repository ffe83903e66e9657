"""What each regime does: outcomes of every arm, and every contrast with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.contrasts import half_width, linearised_ratio
from experiments.report.cells import spread
from experiments.report.compared import Compared
from experiments.report.contrast_dots import Dot, dots
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import UPPER_BOUND, arm_label, contrast_label, number, with_interval
from sim.streams import Floats

_COLUMNS = ("landed_g", "seized_entry_g", "dispatched_g", "trade_delay_days", "days_at_price_bound")


def regimes_section(compared: Compared) -> Section:
    """Return outcomes by arm and, if there are contrasts, what each keeps off the market."""
    texts = compared.texts
    runs = _runs(compared)
    blocks: list[Block] = [texts("regimes.intro"), _outcomes(compared, runs)]
    at_bound = {arm_label(arm): int(days) for arm, values in runs.items() if (days := values[:, 4].max()) > 0}
    if at_bound:
        blocks.append(Notice(texts("regimes.bound", arms=", ".join(f"{a}: {d:,}" for a, d in at_bound.items()))))
    if any(arm_label(arm) != arm for arm in compared.arms):
        blocks.append(texts("regimes.frozen_stock"))
    if UPPER_BOUND in compared.arms:
        blocks.append(Notice(texts("regimes.upper_bound", arm=UPPER_BOUND)))
    blocks.append(_contrasts(compared) if compared.has_contrast else texts("regimes.no_contrast"))
    return Section("regimes", texts("regimes.heading"), tuple(blocks))


def _runs(compared: Compared) -> dict[str, Floats]:
    """Return the sums of every run by arm, shape (replications, columns)."""
    rows: dict[str, list[list[float]]] = {arm: [] for arm in compared.arms}
    for row in compared.source.table("runs", ["arm", "replication", *_COLUMNS]).to_pylist():
        rows[row["arm"]].append([row[column] for column in _COLUMNS])
    return {arm: np.array(values) for arm, values in rows.items() if values}


def _outcomes(compared: Compared, runs: dict[str, Floats]) -> Table:
    texts, years = compared.texts, compared.years
    rows = []
    for arm, values in runs.items():
        landed, seized, dispatched, delay, _ = values.T
        share = 100 * linearised_ratio(seized, seized + landed)
        tonnes = (spread(grams / 1e6 / years, 0) for grams in (landed, seized, dispatched))
        rows.append((arm_label(arm), *tonnes, spread(share, 1), spread(delay / years, 0)))
    columns = (
        Column(texts("regimes.regime"), is_number=False), Column(texts("regimes.landed"), "t/yr"),
        Column(texts("regimes.seized"), "t/yr"), Column(texts("regimes.dispatched"), "t/yr"),
        Column(texts("regimes.intercepted"), "%"), Column(texts("regimes.delay"), "days/yr"),
    )  # fmt: skip
    has_interval = np.isfinite(half_width(next(iter(runs.values()))[:, 0]))
    note = texts("regimes.note") if has_interval else texts("regimes.note_single")
    return Table(compared.titled(texts("regimes.title")), columns, tuple(rows), note)


def _contrasts(compared: Compared) -> Figure:
    texts = compared.texts
    rows = [row for row in compared.source.table("contrasts").to_pylist() if row["outcome"] == "landed"]
    kept_off = [_kept_off(row, compared.years) for row in rows]
    told = [(with_interval(d.value, d.low, d.high), texts(_state(d))) for d in kept_off]
    cells = tuple(
        (dot.name, value, number(row["variance_ratio"]), state)
        for row, dot, (value, state) in zip(rows, kept_off, told, strict=True)
    )
    columns = (
        Column(texts("regimes.contrast"), is_number=False), Column(texts("regimes.kept_off"), "t/yr"),
        Column(texts("regimes.seeds"), "times"), Column(texts("regimes.state"), is_number=False),
    )  # fmt: skip
    about = "; ".join(
        texts("regimes.one", contrast=dot.name, value=v, state=s) for dot, (v, s) in zip(kept_off, told, strict=True)
    )
    return Figure(
        "contrasts",
        compared.titled(texts("regimes.contrasts_title")),
        texts("regimes.contrasts_about", contrasts=about),
        dots(kept_off, texts("regimes.axis"), [f"{v}, {s}" for v, s in told]),
        Table(compared.titled(texts("regimes.contrasts_title")), columns, cells, texts("regimes.seeds_note")),
        texts("regimes.contrasts_note"),
    )


def _state(dot: Dot) -> str:
    return "regimes.resolved" if dot.is_resolved else "regimes.unresolved"


def _kept_off(row: dict[str, Any], years: int) -> Dot:
    value, low, high = (-row[end] / years for end in ("difference", "high", "low"))
    return Dot(contrast_label(*row["contrast"].split(" - ")), value, low, high, bool(row["is_resolved"]))
