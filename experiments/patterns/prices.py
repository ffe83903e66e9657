"""The price of the hindcast by year and arm, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.patterns.figures import MARKET, Figure
from experiments.patterns.record import Record, is_dutch, published_prices
from experiments.patterns.run_figures import RunFigures
from sim.streams import Floats


@dataclass(frozen=True, slots=True)
class YearPrice:
    """Yearly mean prices of an arm (EUR/kg), one element a replication."""

    year: int
    arm: str
    values: Floats


def yearly_prices(runs: Mapping[str, Sequence[RunFigures]]) -> list[YearPrice]:
    """Return the price of every year that was measured, year by year, all arms of a year together."""
    everything = (figure for figures in runs.values() for run in figures for figure in run.recorded)
    known = {figure.year for figure in everything if figure.quantity == "price"}
    return [
        YearPrice(year, arm, np.array([run.recorded[Figure("price", MARKET, year)] for run in figures]))
        for year in sorted(known)
        for arm, figures in runs.items()
    ]


def dutch_price(record: Record, year: int) -> float:
    """Return the published price in the Netherlands, NaN where there is none."""
    figure = record.get(Figure("price", MARKET, year))
    return figure.value if figure is not None else float("nan")


def elsewhere(year: int) -> str:
    """Return the prices published for other places in a year, as text."""
    rows = [row for row in published_prices() if int(row.period) == year and not is_dutch(row)]
    return "; ".join(
        f"{row.place} {row.value_low:,.0f}" + (f" to {row.value_high:,.0f}" if row.value_high > row.value_low else "")
        for row in rows
    )
