"""The schema of what a sweep adds to the tables of runs: the point of its design, and runs that failed."""

from __future__ import annotations

import pyarrow as pa

from sim.recorder import Column, table_schema

POINT = Column("point", pa.int64(), "", "row of the design (design.parquet) that the run is at")
SECONDS = Column(
    "seconds", pa.float64(), "s", "time that the run took; the one column that differs when it is run again"
)
FAILURES = table_schema(
    (
        POINT,
        Column("replication", pa.int32(), "", "replication"),
        Column("kind", pa.string(), "", "error, not finite, too long or worker died"),
        Column("message", pa.string(), "", "what the run raised, or what is wrong with it"),
        Column("traceback", pa.string(), "", "where it was raised; empty where nothing was"),
        Column(
            "case", pa.string(), "", "the complete case as JSON, or the row of the design if no case can be made of it"
        ),
        SECONDS,
    ),
    "one row a run of a sweep that failed; `waterbed sweep ... --retry-failed` runs them again",
)


def in_sweep(schema: pa.Schema, *, has_seconds: bool = False) -> pa.Schema:
    """Return the schema of a table of runs as a sweep holds it: after the point.

    Args:
        schema: of the table as a run returns it.
        has_seconds: whether each row says how long its run took.
    """
    point, seconds = (pa.field(c.name, c.type, nullable=False, metadata={"unit": c.unit, "about": c.about})
                      for c in (POINT, SECONDS))  # fmt: skip
    return pa.schema([point, *schema, *([seconds] if has_seconds else [])], metadata=schema.metadata)
