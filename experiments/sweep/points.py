"""From a row of a design to a case."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa

from experiments.sweep.factors import Factor
from experiments.sweep.settings_of_cases import GROUPS
from scenarios.case import Case, GoodSpec
from scenarios.load_case import load_case, make_case
from scenarios.parameter_row import ParameterRow
from scenarios.parameter_table import as_overrides, rows_of_good
from scenarios.priors import with_values

Levels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """Makes the case of each point; settings are composed once for each combination of their levels.

    Numbers go straight into the composed case. What `prepare` or `only` returns to is plain data, and can be sent to
    another process or machine, which then composes nothing.
    """

    overrides: tuple[str, ...]
    """Of the command line: where every point starts from."""
    factors: tuple[Factor, ...]
    base: Case
    """What the overrides say."""
    composed: dict[Levels, Case] = field(default_factory=dict)
    """By the levels of `chosen`."""

    @staticmethod
    def of(overrides: Sequence[str], factors: Sequence[Factor]) -> Cases:
        """Return the cases around what these overrides say.

        Raises:
            InputError: an unknown name or a value that is not allowed.
        """
        return Cases(tuple(overrides), tuple(factors), load_case(list(overrides)))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the settings that are composed: those with levels, choices of files before settings within them."""
        rows = good_rows(self.base.good)
        names = [factor.name for factor in self.factors if factor.levels and factor.name not in rows]
        return tuple(sorted(names, key=lambda name: name not in GROUPS))

    def prepare(self, values: pa.Table) -> None:
        """Compose every combination of settings that occurs in these points, so that a wrong one is known at once.

        Args:
            values: rows of a design.

        Raises:
            InputError: a value that a setting cannot have.
        """
        for levels in self._combinations(values):
            self._composed(levels)

    def case(self, row: Mapping[str, Any]) -> Case:
        """Return the case of a point, given the value of every factor by name.

        Raises:
            InputError: a value that is not allowed.
        """
        case = self._composed(tuple(level_text(row[name]) for name in self.chosen))
        rows = good_rows(self.base.good)
        settings = {f.name: float(row[f.name]) for f in self.factors if not f.levels and f.name not in rows}
        if settings:
            case = with_numbers(case, settings)
        parameters = {f.name: float(row[f.name]) for f in self.factors if f.name in rows}
        if not parameters:
            return case
        return dc.replace(case, parameters=with_values(case.parameters, parameters, good_rows(case.good)))

    def cases(self, values: pa.Table) -> Iterator[Case]:
        """Yield the case of each row of a design, in order."""
        for row in values.select([factor.name for factor in self.factors]).to_pylist():
            yield self.case(row)

    def only(self, values: pa.Table) -> Cases:
        """Return what these rows need and no more, to be sent with them.

        Raises:
            InputError: a value that a setting cannot have.
        """
        return dc.replace(self, composed={levels: self._composed(levels) for levels in self._combinations(values)})

    def _combinations(self, values: pa.Table) -> list[Levels]:
        names = list(self.chosen)
        if not names:
            return [()]
        found = values.select(names).group_by(names).aggregate([]).to_pylist()
        return sorted(tuple(level_text(row[name]) for name in names) for row in found)

    def _composed(self, levels: Levels) -> Case:
        if levels not in self.composed:
            more = [f"{name}={level}" for name, level in zip(self.chosen, levels, strict=True)]
            self.composed[levels] = load_case([*self.overrides, *more]) if more else self.base
        return self.composed[levels]


@lru_cache(maxsize=8)
def good_rows(good: GoodSpec) -> dict[str, ParameterRow]:
    """Return the parameters by dotted name, with the bounds that hold for a good."""
    return rows_of_good(good)


def with_numbers(case: Case, values: Mapping[str, float]) -> Case:
    """Return a case with other numbers in settings that are no parameters, such as a growth rate, checked as ever.

    Args:
        case: where the others come from.
        values: by dotted name.

    Raises:
        InputError: a number that is not allowed.
    """
    config = case.as_dict() | {"parameters": as_overrides(case.parameters)}
    for name, value in values.items():
        *way, last = name.split(".")
        node = config
        for step in way:
            node = node[step]
        node[last] = value
    return make_case(config)


def level_text(value: Any) -> str:
    """Return a level as the command line has it: whole numbers without a point."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
