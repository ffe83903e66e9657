"""A results folder as a report reads it: its facts, its cases, its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from experiments.screen import supply_label
from experiments.store import FACTS, read_facts, read_table
from experiments.sweep.layout import QUESTION, SweepFolder
from scenarios.case import Case
from scenarios.errors import InputError
from sim.tables import ALL_TABLES


@dataclass(frozen=True)
class Source:
    """A results folder; nothing is read before it is asked for."""

    folder: Path

    @cached_property
    def is_sweep(self) -> bool:
        """Whether it is the folder of a sweep, which keeps each table in chunks."""
        return (self.folder / QUESTION).is_file()

    def has(self, name: str) -> bool:
        """Return whether there is a table of this name (not in a sweep: its tables are folders)."""
        return (self.folder / f"{name}.parquet").is_file()

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Return a table, or some of its columns.

        Raises:
            InputError: it is not there, or is damaged.
        """
        table = read_table(self.folder, name, columns)
        declared = ALL_TABLES[name].names if columns is None else columns
        if missing := [column for column in declared if column not in table.column_names]:
            raise InputError(f"{self.folder}: its table {name} has no {', '.join(missing)}: run it again.")
        return table

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What made it: command, seed, commit, libraries and so on, structures as Python values.

        Raises:
            InputError: no folder of results.
        """
        if self.is_sweep:
            facts: Any = SweepFolder(self.folder, ()).read_json(QUESTION)
            if not isinstance(facts, dict) or not facts.keys() >= FACTS:
                raise InputError(f"{self.folder}: its {QUESTION} was not written by waterbed.")
            return facts
        held = next((name for name in ALL_TABLES if self.has(name)), None)
        if held is None:
            raise InputError(f"{self.folder}: no results here; allowed: a folder that waterbed has written.")
        texts: dict[str, Any] = dict(read_facts(self.table(held, []), self.folder))
        for name in ("cases", "settings", "libraries", "case_digests"):
            if name in texts:
                texts[name] = json.loads(texts[name])
        return texts

    @cached_property
    def cases(self) -> dict[str, Case]:
        """The complete case of each arm; of a sweep the one that its points vary.

        Raises:
            InputError: results of a version whose cases this one cannot read.
        """
        try:
            return {arm: Case.from_dict(plain) for arm, plain in self.facts["cases"].items()}
        except (ValidationError, InputError):
            made = f"made by waterbed {self.facts['version']}, commit {self.facts['commit']}"
            raise InputError(f"{self.folder}: {made}, whose cases differ from this version's: run it again.") from None

    @property
    def case(self) -> Case:
        """The case of the first arm."""
        return next(iter(self.cases.values()))

    @property
    def years(self) -> int:
        """Whole years of the analysis window."""
        return self.case.horizon_years

    @property
    def supply(self) -> str:
        """What ends every title: the supply scenario, without which no number means anything."""
        return supply_label(self.case.scenario.name, self.case.good)
