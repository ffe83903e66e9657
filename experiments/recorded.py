"""Runs read back from results folders: their cases, seeds and tables, checked for being comparable."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from experiments.cohort import cohort_parcels
from experiments.store import read_facts, read_table
from scenarios.case import Case
from scenarios.errors import InputError
from sim.tables import ALL_TABLES

_TABLES = ("runs", "lots", "parcels", "consignments", "port_month", "line_month")


@dataclass(frozen=True, slots=True)
class RecordedArm:
    """All runs of an arm in a results folder."""

    folder: Path
    name: str
    case: Case
    seed: int
    replications: tuple[int, ...]
    tables: dict[str, pa.Table]

    def run(self, replication: int) -> dict[str, pa.Table]:
        """Return the tables of one run.

        Raises:
            InputError: they contradict each other, so a file is damaged or not of these runs.
        """
        tables = {name: t.filter(pc.equal(t["replication"], replication)) for name, t in self.tables.items()}
        if not _is_consistent(tables):
            raise InputError(
                f"{self.folder}: the tables of {self.name}, replication {replication}, contradict each other; "
                "allowed: the files of one folder as they were written."
            )
        return tables


def recorded_pair(
    folders: list[Path], contrasts: tuple[tuple[str, str], ...] | None
) -> tuple[RecordedArm, RecordedArm]:
    """Return baseline and treated arm: of one folder its headline contrast, of two folders the arm that each holds.

    Args:
        folders: one or two results folders.
        contrasts: which contrast of the folder; None for its headline.

    Raises:
        InputError: no such folder, a damaged or foreign one, no such arms, or arms that cannot be compared.
    """
    arms = [_arms(folder) for folder in folders]
    if len(folders) > 1:
        for folder, held in zip(folders, arms, strict=True):
            if len(held) > 1:
                raise InputError(
                    f"{folder}: holds the arms {', '.join(held)}; allowed: one arm in each of two folders."
                )
        baseline, treated = (next(iter(held.values())) for held in arms)
    else:
        baseline, treated = _contrast(folders[0], arms[0], contrasts)
    _check_comparable(baseline, treated)
    return baseline, treated


def _arms(folder: Path) -> dict[str, RecordedArm]:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such results folder; allowed: a folder that run or compare has written.")
    tables = {name: read_table(folder, name) for name in _TABLES}
    facts = read_facts(tables["runs"], folder)
    for name, table in tables.items():
        declared = {field.name: field.type for field in ALL_TABLES[name]}
        if {field.name: field.type for field in table.schema} != declared:
            raise _other_version(folder, f"the columns of {name}.parquet", facts)
    try:
        cases = {name: Case.from_dict(plain) for name, plain in json.loads(facts["cases"]).items()}
        seed = int(facts["seed"])
    except (ValueError, TypeError, AttributeError):
        raise _other_version(folder, "its cases", facts) from None
    arms = {}
    for name, case in cases.items():
        own = {key: t.filter(pc.equal(pc.cast(t["arm"], pa.string()), name)) for key, t in tables.items()}
        numbers = tuple(own["runs"]["replication"].to_pylist())
        arms[name] = RecordedArm(folder, name, case, seed, numbers, own)
    if not arms or not all(arm.replications for arm in arms.values()):
        raise InputError(f"{folder}: holds no runs of {', '.join(arms) or 'any arm'}; allowed: one run or more.")
    return arms


def _other_version(folder: Path, what: str, facts: dict[str, str]) -> InputError:
    return InputError(
        f"{folder}: {what} are not those of this version (it was written by {facts['version']}, commit "
        f"{facts['commit']}); allowed: results of this version."
    )


def _is_consistent(tables: dict[str, pa.Table]) -> bool:
    """Return whether parcels have their consignments and sum to what the table of runs says."""
    if tables["runs"].num_rows != 1 or not tables["line_month"].num_rows:
        return False
    shipped = tables["parcels"].filter(pc.greater_equal(tables["parcels"]["consignment"], 0))
    ids = tables["consignments"]["consignment"].combine_chunks()
    if not pc.all(pc.is_in(shipped["consignment"], value_set=ids), min_count=0).as_py():
        return False
    cohort, row = cohort_parcels(tables), tables["runs"].to_pylist()[0]
    counted = {
        "supply_g": cohort.mass_g.sum(),
        "dispatched_g": cohort.mass_g[cohort.is_shipped].sum(),
        "landed_g": cohort.mass_g[cohort.is_landed].sum(),
        "seized_entry_g": cohort.mass_g[cohort.is_seized_at_entry].sum(),
    }
    return all(int(grams) == row[name] for name, grams in counted.items())


def _contrast(
    folder: Path, arms: dict[str, RecordedArm], contrasts: tuple[tuple[str, str], ...] | None
) -> tuple[RecordedArm, RecordedArm]:
    if len(arms) == 1:
        raise InputError(f"{folder}: holds the arm {next(iter(arms))} only; allowed: two arms, or a second folder.")
    facts = read_facts(next(iter(arms.values())).tables["runs"], folder)
    wanted = contrasts or tuple(map(tuple, json.loads(facts["settings"])["contrasts"]))
    both = [(treated, baseline) for treated, baseline in wanted if treated in arms and baseline in arms]
    if contrasts and not both:
        pair = " - ".join(contrasts[0])
        raise InputError(f"contrasts: {pair} is not in {folder}; allowed: two of {', '.join(arms)}.")
    names = list(arms)
    treated, baseline = both[0] if both else (names[1], names[0])
    return arms[baseline], arms[treated]


def _check_comparable(baseline: RecordedArm, treated: RecordedArm) -> None:
    for what, first, second in (
        ("seeds", baseline.seed, treated.seed),
        ("replications", len(baseline.replications), len(treated.replications)),
        ("numbers of the replications", baseline.replications, treated.replications),
        ("worlds", baseline.case.world, treated.case.world),
        ("goods", baseline.case.good, treated.case.good),
        ("windows", _window(baseline.case), _window(treated.case)),
    ):
        if first != second:
            how = f" ({baseline.name} {first}, {treated.name} {second})" if what not in ("worlds", "goods") else ""
            raise InputError(
                f"arms: their {what} differ{how}; allowed: arms with the same supply, seed and replications."
            )


def _window(case: Case) -> str:
    return f"{case.burn_in_start}, {case.start}, {case.horizon_years} years, closing {case.closing_days} days"
