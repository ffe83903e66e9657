"""Results folders written by hand, for tests of the report."""

from __future__ import annotations

import shlex
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from experiments.provenance import provenance
from experiments.report.asked import parse_asked
from experiments.report.kinds import Told
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.settings import load, make_arms
from experiments.store import ResultWriter
from experiments.stress_tables import table_of_rows
from sim.tables import ALL_TABLES

SMALL = ("world=three_ports", "horizon_years=1", "burn_in_start=2023-11-01", "closing_days=60")
NATIONAL, ALLIANCE = "national_rule", "alliance_rule"
CONTRAST = f"{ALLIANCE} - {NATIONAL}"


def written(root: Path, name: str, tables: dict[str, list[tuple[Any, ...]]], *words: str) -> Path:
    """Write these rows as a results folder of two arms, as a command would, and return the folder.

    Args:
        root: folder of the results.
        name: of the folder.
        tables: rows by table, columns in the order of the schema.
        words: further settings of the case.
    """
    with ResultWriter(root, name, facts_of(words)) as writer:
        for table, rows in tables.items():
            writer.write(table, table_of_rows(ALL_TABLES[table], iter(rows)))
    return root / name


@lru_cache(maxsize=8)
def facts_of(words: tuple[str, ...]) -> dict[str, str]:
    """Return what the files of such a comparison say of themselves."""
    case, settings = load([*SMALL, f"arms=[{NATIONAL},{ALLIANCE}]", *words])
    command = shlex.join(["waterbed", "compare", *SMALL, "replications=12", "results=somewhere", *words])
    return provenance(make_arms(case, settings), settings, command)


def told(*folders: Path, language: str = "en") -> Told:
    """Return what a room is told of these folders."""
    asked = parse_asked([str(folder) for folder in folders])
    return Told(Source(folders[0]), tuple(Source(folder) for folder in folders[1:]), Texts(language), asked)


def landed_row(
    difference_t: float, half_width_t: float, *, is_resolved: bool, replications: int = 12
) -> tuple[Any, ...]:
    """Return the row of ``contrasts`` for what landed, in tonnes over the window."""
    ends = (difference_t - half_width_t, difference_t + half_width_t)
    return (CONTRAST, "landed", "t", replications, difference_t, *ends, *ends, 0.01, 0.02, 0.9, 4.0, is_resolved)


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
