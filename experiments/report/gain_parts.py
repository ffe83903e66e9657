"""The parts of a gain, as waterbed decompose found them, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.decompose.printing import NO_DIFFERENCE
from experiments.decompose.study import ALL, GROUP, LEVER, TOTAL
from experiments.report.source import Source
from experiments.screen import with_interval

Part = Mapping[str, Any]
MARK = "?"


class Parts:
    """The rows of the table ``decomposition``."""

    def __init__(self, rows: Sequence[Part], groups: Mapping[str, Sequence[str]]) -> None:
        """Take the rows, and the levers of each group as they were asked for."""
        self.rows = list(rows)
        self.levers = self.names(LEVER)
        inside = {group: [lever for lever in levers if lever in self.levers] for group, levers in groups.items()}
        self.groups = {group: inside.get(group, []) for group in self.names(GROUP)}

    def names(self, level: str) -> list[str]:
        """Return the names of a level in the order of the table."""
        return list(dict.fromkeys(row["name"] for row in self.rows if row["level"] == level))

    def part(self, level: str, name: str, kind: str, outcome: str) -> Part | None:
        """Return a part, None if the table has it not."""
        keys = (level, name, kind, outcome)
        return next((r for r in self.rows if (r["level"], r["name"], r["kind"], r["outcome"]) == keys), None)

    def total(self, outcome: str) -> Part | None:
        """Return the gain of all levers together."""
        return self.part(ALL, ALL, TOTAL, outcome)

    def listed(self) -> list[tuple[str, str]]:
        """Return level and name of each group, its levers after it; a group of one lever is that lever."""
        found = []
        for group, levers in self.groups.items():
            if len(levers) != 1:
                found.append((GROUP, group))
            found += [(LEVER, lever) for lever in levers]
        placed = {name for level, name in found if level == LEVER}
        return found + [(LEVER, lever) for lever in self.levers if lever not in placed]


def read_parts(source: Source) -> Parts:
    """Return the parts of a decomposition.

    Raises:
        InputError: the table is missing or damaged.
    """
    return Parts(source.table("decomposition").to_pylist(), source.facts["settings"].get("lever_groups", {}))


def in_words(part: Part | None) -> str:
    """Return a part with its interval, as the terminal prints it."""
    if part is None:
        return "-"
    value, low, high = part["difference"], part["low"], part["high"]
    if value == low == high == 0:
        return NO_DIFFERENCE
    return with_interval(value, low, high) + ("" if part["is_resolved"] else f" {MARK}")


def lever_label(name: str) -> str:
    """Return the name of a lever or group in words."""
    return name.replace("_", " ")
