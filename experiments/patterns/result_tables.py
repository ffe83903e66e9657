"""The Parquet tables of waterbed patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.patterns.hindcast import TWIN
from experiments.patterns.page import Findings
from experiments.patterns.prices import dutch_price
from sim.recorder import make_table
from sim.tables import HINDCAST_PRICES, PATTERNS

_APART = ("yes", "weakly", "no", "-")


def pattern_tables(findings: Findings, arms: Sequence[str]) -> dict[str, pa.Table]:
    """Return the tables of statistics and of prices.

    Args:
        findings: what was found.
        arms: names of the arms, in their order.
    """
    return {"patterns": _statistics(findings, tuple(arms)), "hindcast_prices": _prices(findings, tuple(arms))}


def _statistics(findings: Findings, arms: tuple[str, ...]) -> pa.Table:
    units = tuple(sorted({row.statistic.unit for row in findings.rows}))
    names = tuple(row.statistic.name for row in findings.rows)
    lines: list[dict[str, Any]] = []
    for i, row in enumerate(findings.rows):
        statistic, published = row.statistic, row.published
        for j, arm in enumerate(arms):
            estimate = row.arms[arm]
            values = {
                "published": published.value, "published_low": published.low, "published_high": published.high,
                "mean": estimate.mean, "low": estimate.low, "high": estimate.high, "flow": estimate.flow,
            }  # fmt: skip
            lines.append({
                "pattern": statistic.pattern, "statistic": i, "unit": units.index(statistic.unit),
                "is_factor": statistic.is_factor, "arm": j, "replications": estimate.defined.size,
                **{name: statistic.natural(value) for name, value in values.items()},
                "distance": row.distance(arm),
                "apart": _APART.index("-" if arm == TWIN else row.apart(arm, TWIN)),
            })  # fmt: skip
    return _table(PATTERNS, lines, {"statistic": names, "unit": units, "arm": arms, "apart": _APART})


def _prices(findings: Findings, arms: tuple[str, ...]) -> pa.Table:
    lines: list[dict[str, Any]] = [
        {
            "year": price.year, "arm": arms.index(price.arm), "published": dutch_price(findings.record, price.year),
            "mean": float(np.mean(price.values)), "low": float(price.values.min()), "high": float(price.values.max()),
        }
        for price in findings.prices
    ]  # fmt: skip
    return _table(HINDCAST_PRICES, lines, {"arm": arms})


def _table(schema: pa.Schema, lines: list[dict[str, Any]], names: dict[str, tuple[str, ...]]) -> pa.Table:
    return make_table(schema, {name: [line[name] for line in lines] for name in schema.names}, names)
