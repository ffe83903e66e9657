"""From a row of a design to a case."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from experiments.sweep.factors import Factor
from experiments.sweep.settings_of_cases import GROUPS, is_plain
from scenarios.case import Case, GoodSpec
from scenarios.errors import InputError
from scenarios.load_case import load_case, make_case
from scenarios.parameter_row import ParameterRow
from scenarios.parameter_table import as_overrides, rows_of_good
from scenarios.priors import with_values

Levels = tuple[str, ...]
_MOST_MADE = 1000
_ROWS_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Cases:
    """Makes the case of each point.

    Hydra composes once for each combination of settings that needs it (a world, a date); numbers, switches and levers
    go straight into the case. What `only` returns is plain data for another process or machine, which then composes
    nothing.
    """

    overrides: tuple[str, ...]
    """Of the command line: where every point starts from."""
    factors: tuple[Factor, ...]
    base: Case
    """What the overrides say."""
    composed: dict[Levels, Case] = field(default_factory=dict)
    """By the levels of `chosen`."""
    chosen: Levels = field(init=False)
    """Settings that Hydra composes, choices of files before settings within them."""
    plain: Levels = field(init=False)
    """Settings that stand in a case as they are."""
    parameters: Levels = field(init=False)
    made: dict[Levels, Case] = field(default_factory=dict, repr=False, compare=False)
    """The last cases with other levels, by these and those of `chosen`."""

    @staticmethod
    def of(overrides: Sequence[str], factors: Sequence[Factor]) -> Cases:
        """Return the cases around what these overrides say.

        Raises:
            InputError: an unknown name or a value that is not allowed.
        """
        return Cases(tuple(overrides), tuple(factors), load_case(list(overrides)))

    def __post_init__(self) -> None:
        """Sort the factors by what they take."""
        rows = good_rows(self.base.good)
        settings = [factor.name for factor in self.factors if factor.name not in rows]
        composed = sorted((s for s in settings if not is_plain(s)), key=lambda name: name not in GROUPS)
        for name, names in (
            ("chosen", composed),
            ("plain", [setting for setting in settings if is_plain(setting)]),
            ("parameters", [factor.name for factor in self.factors if factor.name in rows]),
        ):
            object.__setattr__(self, name, tuple(names))

    def prepare(self, values: pa.Table) -> None:
        """Compose every combination of settings that occurs in these points, so that a wrong one is known at once.

        Args:
            values: rows of a design.

        Raises:
            InputError: a value that a setting cannot have.
        """
        for levels in self._combinations(values):
            self._check_bounds(self._composed(levels).good, values)

    def case(self, row: Mapping[str, Any]) -> Case:
        """Return the case of a point, given the value of every factor by name.

        Raises:
            InputError: a value that is not allowed.
        """
        case = self._with_plain_settings(self._composed(tuple(level_text(row[name]) for name in self.chosen)), row)
        if not self.parameters:
            return case
        values = {name: float(row[name]) for name in self.parameters}
        return dc.replace(case, parameters=with_values(case.parameters, values, good_rows(case.good)))

    def cases(self, values: pa.Table) -> Iterator[Case]:
        """Yield the case of each row of a design, in order."""
        for some in values.select([factor.name for factor in self.factors]).to_batches(max_chunksize=_ROWS_AT_A_TIME):
            yield from map(self.case, some.to_pylist())

    def digests(self, values: pa.Table) -> dict[str, str]:
        """Return by settings the digest of each case that Hydra composes for these rows.

        What else makes the case of a point is in the rows themselves and in the program.

        Args:
            values: rows of a design.

        Raises:
            InputError: a value that a setting cannot have.
        """
        return {
            ", ".join(f"{name}={level}" for name, level in zip(self.chosen, levels, strict=True)): self._composed(
                levels
            ).digest()
            for levels in self._combinations(values)
        }

    def only(self, values: pa.Table) -> Cases:
        """Return what these rows need and no more, to be sent with them.

        Raises:
            InputError: a value that a setting cannot have.
        """
        needed = {levels: self._composed(levels) for levels in self._combinations(values)}
        return dc.replace(self, composed=needed, made={})

    def _check_bounds(self, good: GoodSpec, values: pa.Table) -> None:
        """Check parameters against the bounds of a good other than that of the base, for which they were made."""
        for name in self.parameters if good != self.base.good else ():
            row = good_rows(good)[name]
            for end in pc.min_max(values[name]).as_py().values():
                if not row.low <= end <= row.high:
                    allowed = f"{row.low:g} to {row.high:g} {row.unit}"
                    raise InputError(f"vary: {name}: {end:g} is not allowed for {good.name}; allowed: {allowed}.")

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

    def _with_plain_settings(self, case: Case, row: Mapping[str, Any]) -> Case:
        if not self.plain:
            return case
        plain = {name: level_text(row[name]) for name in self.plain}
        key = (*(level_text(row[name]) for name in self.chosen), *plain.values())
        if key not in self.made:
            if len(self.made) >= _MOST_MADE:
                self.made.clear()
            self.made[key] = with_settings(case, plain)
        return self.made[key]


@lru_cache(maxsize=8)
def good_rows(good: GoodSpec) -> dict[str, ParameterRow]:
    """Return the parameters by dotted name, with the bounds that hold for a good."""
    return rows_of_good(good)


def with_settings(case: Case, values: Mapping[str, str]) -> Case:
    """Return a case with other values in settings that Hydra need not compose, checked as ever.

    Args:
        case: where the others come from.
        values: by dotted name, as on the command line.

    Raises:
        InputError: a value that is not allowed.
    """
    config = case.as_dict() | {"parameters": as_overrides(case.parameters)}
    for name, value in values.items():
        *way, last = name.split(".")
        node = config
        for step in way:
            node = node.setdefault(step, {})
        node[last] = value
    return make_case(config)


def level_text(value: Any) -> str:
    """Return a level as the command line has it: whole numbers without a point."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else repr(value)
    return str(value)
