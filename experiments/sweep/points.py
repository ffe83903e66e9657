"""From a row of a design to a case."""

from __future__ import annotations

import copy
import dataclasses as dc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from experiments.sweep.factors import Factor
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.load_case import compose, make_case
from scenarios.parameter_row import ParameterRow
from scenarios.parameter_table import rows_of_good
from scenarios.priors import with_values

_FIRST = ("world", "scenario", "regime", "good")
"""Choices of files come before settings within them."""
Value = float | str


@dataclass(frozen=True, slots=True)
class Base:
    """What every point of a sweep starts from: the settings of the command line, composed."""

    overrides: tuple[str, ...]
    config: Mapping[str, Any]
    case: Case

    @staticmethod
    def of(overrides: Sequence[str]) -> Base:
        """Return the base of these overrides.

        Raises:
            InputError: an unknown name or a value that is not allowed.
        """
        config = compose(list(overrides))
        return Base(tuple(overrides), config, make_case(config))

    @property
    def rows(self) -> dict[str, ParameterRow]:
        """Return the parameters of the good by dotted name."""
        return rows_of_good(self.case.good)


@dataclass(slots=True)
class Cases:
    """Makes the case of each point; settings are composed once for each distinct combination of their levels.

    It is plain data once it is prepared, and can be sent to another process or machine, which then composes nothing.
    """

    base: Base
    factors: tuple[Factor, ...]
    composed: dict[tuple[str, ...], tuple[dict[str, Any], Case]] = field(default_factory=dict)
    """Configuration and case by the levels of the chosen settings."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the settings that are composed: those with levels, choices of files first."""
        names = [f.name for f in self.factors if f.levels and f.name not in self.base.rows]
        return tuple(sorted(names, key=lambda name: name not in _FIRST))

    def prepare(self, values: pa.Table) -> None:
        """Compose every combination of settings that occurs in these points.

        Raises:
            InputError: a value that a setting cannot have.
        """
        if not self.chosen:
            self._composed(())
            return
        for row in values.select(list(self.chosen)).group_by(list(self.chosen)).aggregate([]).to_pylist():
            self._composed(tuple(_text(row[name]) for name in self.chosen))

    def case(self, row: Mapping[str, Value]) -> Case:
        """Return the case of a point, given the value of every factor by name.

        Raises:
            InputError: a value that is not allowed.
        """
        config, case = self._composed(tuple(_text(row[name]) for name in self.chosen))
        rows = self.base.rows
        numbers = [f.name for f in self.factors if not f.levels and f.name not in rows]
        if numbers:
            case = _with_numbers(config, {name: float(row[name]) for name in numbers})
        parameters = {f.name: float(row[f.name]) for f in self.factors if f.name in rows}
        return dc.replace(case, parameters=with_values(case.parameters, parameters)) if parameters else case

    def cases(self, values: pa.Table) -> Iterator[Case]:
        """Yield the case of each row of a design, in order."""
        for row in values.select([factor.name for factor in self.factors]).to_pylist():
            yield self.case(row)

    def only(self, values: pa.Table) -> Cases:
        """Return what these rows need and no more: to be sent with them."""
        part = Cases(self.base, self.factors, {})
        wanted = values.select(list(self.chosen)).to_pylist() if self.chosen else [{}]
        keys = {tuple(_text(row[name]) for name in self.chosen) for row in wanted}
        part.composed.update({key: self._composed(key) for key in sorted(keys)})
        return part

    def _composed(self, levels: tuple[str, ...]) -> tuple[dict[str, Any], Case]:
        if levels not in self.composed:
            more = [f"{name}={level}" for name, level in zip(self.chosen, levels, strict=True)]
            config = compose([*self.base.overrides, *more])
            self.composed[levels] = (config, make_case(config))
        return self.composed[levels]


def _with_numbers(config: Mapping[str, Any], numbers: Mapping[str, float]) -> Case:
    """Return the case of a configuration with numbers in place of settings that are numbers."""
    changed = copy.deepcopy(dict(config))
    for name, value in numbers.items():
        *way, last = name.split(".")
        node = changed
        for step in way:
            node = node[step]
        is_whole = isinstance(node.get(last), int)
        node[last] = int(value) if is_whole and value == int(value) else value
    return make_case(changed)


def _text(value: object) -> str:
    """Return a level as the command line has it: whole numbers without a point."""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    if not isinstance(value, str):
        raise InputError(f"'{value}' is not allowed as a level; allowed: text or a number.")
    return value
