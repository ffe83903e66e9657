"""Runs read back from results folders: their cases, seeds and tables, checked for being comparable."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from experiments.store import read_facts, read_table
from scenarios.case import Case
from scenarios.errors import InputError

_TABLES = ("runs", "lots", "parcels", "consignments", "port_month", "control_month")


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
        """Return the tables of one run."""
        return {name: t.filter(pc.equal(t["replication"], replication)) for name, t in self.tables.items()}


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
    cases: dict[str, Any] = json.loads(facts["cases"])
    arms = {}
    for name, plain in cases.items():
        try:
            case = Case.from_dict(plain)
        except ValidationError:
            raise InputError(
                f"{folder}: its cases are not those of this version (it was written by {facts['version']}, commit "
                f"{facts['commit']}); allowed: results of this version."
            ) from None
        own = {key: t.filter(pc.equal(pc.cast(t["arm"], pa.string()), name)) for key, t in tables.items()}
        numbers = tuple(own["runs"]["replication"].to_pylist())
        arms[name] = RecordedArm(folder, name, case, int(facts["seed"]), numbers, own)
    return arms


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
        ("worlds", baseline.case.world.name, treated.case.world.name),
        ("windows", _window(baseline.case), _window(treated.case)),
    ):
        if first != second:
            raise InputError(
                f"arms: their {what} differ ({baseline.name} {first}, {treated.name} {second}); "
                "allowed: arms with the same supply, seed and replications."
            )


def _window(case: Case) -> str:
    return f"{case.burn_in_start}, {case.start}, {case.horizon_years} years"
