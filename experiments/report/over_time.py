"""Landed, seized and price by month, over replications."""

from __future__ import annotations

import numpy as np

from experiments.report.compared import Compared, Sums
from experiments.report.fans import LEAST_FOR_BANDS, Series, fan
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number
from sim.streams import Floats


def time_section(compared: Compared) -> Section:
    """Return the fan charts of the shown arms."""
    texts = compared.texts
    blocks: list[Block] = []
    few = len(compared.replications) < LEAST_FOR_BANDS
    blocks.append(texts("time.lines" if few else "time.bands", replications=len(compared.replications)))
    if compared.has("port_month"):
        sums = compared.sums_of("port_month", ["month"], ("landed_g", "seized_g"))
        months = _months(compared, sums["landed_g"])
        width = moving_width(len(months))
        for key in ("landed", "seized"):
            by_month = {m: v / 1e6 for m, v in _filled(compared, sums[f"{key}_g"], months).items()}
            blocks.append(_figure(compared, key, months[width - 1 :], moving_sum(by_month, width), width, 1))
    else:
        blocks.append(Notice(texts("missing.table", table="port_month")))
    if compared.has("market_month"):
        price = compared.sums("market_month", ["month"], "price_eur_per_kg")
        months = _months(compared, price)
        values = np.array(list(_filled(compared, price, months).values()))
        blocks.append(_figure(compared, "price", months, values.transpose(1, 2, 0), 1, 0))
    else:
        blocks.append(Notice(texts("missing.table", table="market_month")))
    return Section("time", texts("time.heading"), tuple(blocks))


def moving_width(months: int) -> int:
    """Return over how many months to sum, so that loads of single lots do not drown the course of things."""
    return 12 if months >= 36 else 3 if months >= 9 else 1


def moving_sum(by_month: dict[int, Floats], width: int) -> Floats:
    """Return sums over this and the months before it, shape (arms, replications, months - width + 1)."""
    values = np.array(list(by_month.values())).transpose(1, 2, 0)
    whole = np.concatenate([np.zeros((*values.shape[:2], 1)), values.cumsum(axis=2)], axis=2)
    sums: Floats = whole[:, :, width:] - whole[:, :, :-width]
    return sums


def _months(compared: Compared, sums: Sums) -> list[int]:
    """Return the months from the first up to the end of the window; what closes later is of no whole month."""
    first, last = min((int(month) for (month,) in sums), default=compared.months[0]), compared.months[1]
    return [100 * year + month for year in range(first // 100, last // 100 + 1) for month in range(1, 13)
            if first <= 100 * year + month <= last]  # fmt: skip


def _filled(compared: Compared, sums: Sums, months: list[int]) -> dict[int, Floats]:
    none = np.zeros((len(compared.shown), len(compared.replications)))
    return {month: sums.get((month,), none) for month in months}


def _figure(compared: Compared, key: str, months: list[int], values: Floats, width: int, digits: int) -> Figure:
    texts = compared.texts
    dates = [f"{month // 100}-{month % 100:02d}-01" for month in months]
    series = [Series(name, dates, of) for name, of in zip(compared.labels, values, strict=True)]
    unit = "EUR/kg" if key == "price" else "t"
    axis = texts(f"time.{key}_axis") if width == 1 else texts(f"time.{key}_axis_{width}")
    start = compared.case.start.isoformat()
    ends = ", ".join(
        texts("time.end", arm=one.name, value=number(float(np.median(one.values[:, -1])), digits), unit=unit)
        for one in series
    )
    return Figure(
        f"{key}-over-time", compared.titled(texts(f"time.{key}_title")),
        texts(f"time.{key}_about", ends=ends), fan(series, axis, start, texts("time.start")),
        _table(compared, key, months, series, unit, digits), texts(f"time.{key}_note"),
    )  # fmt: skip


def _table(compared: Compared, key: str, months: list[int], series: list[Series], unit: str, digits: int) -> Table:
    """Return the last month of each quarter: the whole of it is in the tables of the results."""
    texts = compared.texts
    quantiles = [one.quantiles for one in series]
    rows = []
    for i, month in enumerate(months):
        if month % 100 % 3 and len(months) > 12:
            continue
        cells = []
        for q in quantiles:
            cells += [number(float(q[2, i]), digits)]
            if len(series[0].values) >= LEAST_FOR_BANDS:
                cells += [f"{number(float(q[0, i]), digits)} – {number(float(q[4, i]), digits)}"]
        rows.append((f"{month // 100}-{month % 100:02d}", *cells))
    columns = [Column(texts("time.month"), is_number=False)]
    for one in series:
        columns.append(Column(texts("time.median", arm=one.name), unit))
        if len(series[0].values) >= LEAST_FOR_BANDS:
            columns.append(Column(texts("time.most", arm=one.name), unit))
    return Table(compared.titled(texts(f"time.{key}_title")), tuple(columns), tuple(rows), texts("time.quarters"))
