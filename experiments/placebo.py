"""The placebo of a ledger: the baseline again, with one seizure of the first week flipped, and nothing else."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from experiments.run import run
from scenarios.case import Case
from sim.clock import DAY_MIN, Clock
from sim.codes import SEIZED_AT_ENTRY

PLACEBO = "placebo"
_SEIZED = [fate.name.lower() for fate in SEIZED_AT_ENTRY]


def first_seizure(tables: dict[str, pa.Table], case: Case) -> int | None:
    """Return the id of the first consignment seized at entry from the start of the analysis on, None without any.

    In all but very small worlds it falls into the first week.

    Args:
        tables: of a run of the case; ``consignments`` is read.
        case: for its start.
    """
    consignments = tables["consignments"]
    start_min = Clock(case.burn_in_start).day(case.start) * DAY_MIN
    is_seized = pc.is_in(pc.cast(consignments["fate"], pa.string()), value_set=pa.array(_SEIZED))
    found = consignments.filter(pc.and_(is_seized, pc.greater_equal(consignments["closed_min"], start_min)))
    if found.num_rows == 0:
        return None
    return int(found.sort_by([("closed_min", "ascending"), ("consignment", "ascending")])["consignment"][0].as_py())


def placebo_run(tables: dict[str, pa.Table], case: Case, seed: int, replication: int) -> dict[str, pa.Table]:
    """Return the tables of the case with its first seizure flipped; without a seizure, the same tables.

    Args:
        tables: of the run of the case itself.
        case: the case.
        seed: of that run.
        replication: of that run.
    """
    spared = first_seizure(tables, case)
    return tables if spared is None else run(case, seed, replication, PLACEBO, spared)
