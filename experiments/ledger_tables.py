"""A ledger as tables: every cell of every replication, and the measures of displacement."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from experiments.compare import Tables, comparison_tables
from experiments.ledger import Ledger
from experiments.ledger_runs import LedgerResult
from experiments.measures import Measure
from sim.recorder import make_table
from sim.tables import DISPLACEMENT, LEDGER

TREATMENT, PLACEBO = "treatment", "placebo"


def ledger_tables(result: LedgerResult, measures: Sequence[Measure]) -> Tables:
    """Return contrasts, identities, ledger and measures of a result."""
    contrast = f"{result.treated_arm} - {result.baseline}"
    rows = [
        row
        for number, replication in enumerate(result.replications)
        for kind, ledger in ((TREATMENT, replication.ledger), (PLACEBO, replication.placebo))
        for row in _rows(ledger, contrast, kind, number)
    ]
    found = [
        (contrast, result.treated.name, m.name, m.unit, m.view, len(result.replications), m.estimate, m.low, m.high,
         m.placebo, m.reason)
        for m in measures
    ]  # fmt: skip
    return {
        **comparison_tables(result.comparison),
        "ledger": _table(LEDGER, rows),
        "displacement": _table(DISPLACEMENT, found),
    }


def _rows(ledger: Ledger, contrast: str, kind: str, number: int) -> list[tuple[object, ...]]:
    return [
        (contrast, kind, number, cell.direction.value, cell.moved.value, cell.place, cell.port_range, cell.fate,
         a.mass_g, a.bound_g, a.later_g, a.smaller_g, a.other_holder_g)
        for cell, a in sorted(ledger.lines.items())
    ]  # fmt: skip


def _table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    return make_table(schema, {name: [row[i] for row in rows] for i, name in enumerate(schema.names)}, {})
