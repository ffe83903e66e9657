"""What a sweep varies: a parameter of the table, or any other setting of a case."""

from __future__ import annotations

import dataclasses as dc
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from scenarios.priors import Prior
from sim.streams import Floats

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that a sweep varies: over a distribution, over levels, or, with neither, as a table has it."""

    name: str
    """A parameter by dotted name (choice.temperature_eur_per_kg), or a setting (regime, behaviour.choice_rule)."""
    prior: Prior | None = None
    levels: tuple[str, ...] = ()
    """As on the command line."""
    is_whole: bool = False
    """Whether it counts things: values of the distribution are rounded, as draws of parameters are."""

    @property
    def is_number(self) -> bool:
        """Return whether its values are numbers; they are text otherwise."""
        return all(is_number(level) for level in self.levels)

    def column(self, uniforms: Floats) -> pa.Array:
        """Return the values at these uniforms: by inverse distribution function, or the levels in equal parts.

        Args:
            uniforms: in [0, 1], shape (points,); the result rises with them, and 1 gives the last level.

        Returns:
            Numbers (float64), or text.

        Raises:
            ValueError: a factor without distribution and levels.
        """
        u = np.asarray(uniforms, np.float64)
        if self.levels:
            places = np.minimum((u * len(self.levels)).astype(np.int64), len(self.levels) - 1)
            return self.level_column().take(pa.array(places))
        if self.prior is None:
            raise ValueError(f"{self.name} has neither a distribution nor levels")
        # Rounding may carry the value at 1 beyond the end of the range.
        values = np.clip(self.prior.quantile(u), *self.prior.support)
        return pa.array(np.round(values) if self.is_whole else values, pa.float64())

    def level_column(self) -> pa.Array:
        """Return the levels, as numbers (float64) if all are."""
        return pa.array(list(map(float, self.levels))) if self.is_number else pa.array(self.levels, pa.string())

    def grid(self, n: int) -> pa.Array:
        """Return its levels, or else the medians of n equal parts of its distribution, each value once."""
        return self.level_column() if self.levels else self.column((np.arange(n) + 0.5) / n).unique()


def is_number(text: str) -> bool:
    """Return whether a text is a finite number."""
    return bool(NUMBER.fullmatch(text)) and math.isfinite(float(text))


def factors_to_text(factors: Sequence[Factor]) -> str:
    """Return factors as JSON, for the metadata of a file."""
    return json.dumps([dc.asdict(factor) for factor in factors])


def factors_from_text(text: str) -> tuple[Factor, ...]:
    """Return the factors that `factors_to_text` wrote."""
    return tuple(_factor(plain) for plain in json.loads(text))


def _factor(plain: Mapping[str, Any]) -> Factor:
    prior = Prior(**plain["prior"]) if plain["prior"] is not None else None
    return Factor(plain["name"], prior, tuple(plain["levels"]), plain["is_whole"])
