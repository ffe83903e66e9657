"""Priors: how uncertain each parameter is, as the column ``prior`` of data/parameters.csv says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenarios.errors import InputError, unknown_name
from scenarios.parameter_row import ParameterRow
from scenarios.parameter_table import field_types, parameter_rows
from scenarios.parameters import Parameters
from scenarios.world import Floats

_NUMBER = r"\s*([-+.\deE]+)\s*"
_UNIFORM = re.compile(rf"uniform\({_NUMBER},{_NUMBER}\)")
_TRIANGULAR = re.compile(rf"triangular\({_NUMBER},{_NUMBER},{_NUMBER}\)")
_SPIKE = re.compile(rf"spike\(0, (0\.\d+), uniform\({_NUMBER},{_NUMBER}\)\)")


@dataclass(frozen=True, slots=True)
class Prior:
    """A uniform distribution, a triangular one if it has a mode, either with a share of its mass exactly at zero.

    A fixed value has equal ends.
    """

    low: float
    high: float
    mode: float | None = None
    share_at_zero: float = 0.0

    @property
    def support(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can occur."""
        return (0.0 if self.share_at_zero else self.low), self.high

    @property
    def mean(self) -> float:
        """Return the mean."""
        return (1 - self.share_at_zero) * self._mean_beside_zero()

    @property
    def sd(self) -> float:
        """Return the standard deviation: E[X²] of the mixture less its squared mean, in a form that cannot cancel."""
        share, middle = self.share_at_zero, self._mean_beside_zero()
        return math.sqrt((1 - share) * self._variance_beside_zero() + share * (1 - share) * middle**2)

    def quantile(self, uniforms: Floats) -> Floats:
        """Return the values that the distribution leaves these shares below (inverse distribution function).

        Args:
            uniforms: in (0, 1), any shape; the result rises with them.
        """
        u = np.asarray(uniforms, np.float64)
        beside = np.clip((u - self.share_at_zero) / (1 - self.share_at_zero), 0.0, 1.0)
        width = self.high - self.low
        if self.mode is None:
            values = self.low + width * beside
        else:
            up, down = self.mode - self.low, self.high - self.mode
            rising = self.low + np.sqrt(beside * width * up)
            falling = self.high - np.sqrt((1 - beside) * width * down)
            values = np.where(beside * width < up, rising, falling)
        drawn: Floats = np.where(u < self.share_at_zero, 0.0, values)
        return drawn

    def _mean_beside_zero(self) -> float:
        if self.mode is None:
            return (self.low + self.high) / 2
        return (self.low + self.mode + self.high) / 3

    def _variance_beside_zero(self) -> float:
        # Standard results: (b - a)² / 12, and ((m - a)² + (b - m)² + (b - a)²) / 36 for the triangular one.
        if self.mode is None:
            return (self.high - self.low) ** 2 / 12
        sides = (self.mode - self.low, self.high - self.mode, self.high - self.low)
        return sum(side**2 for side in sides) / 36


def parse_prior(text: str, default: float) -> Prior:
    """Return the prior that a cell of the table describes.

    Args:
        text: ``fixed``, ``uniform(a, b)``, ``triangular(low, mode, high)`` or ``spike(0, p, uniform(a, b))``.
        default: the value of a fixed parameter.

    Raises:
        InputError: another text, or ends that are not in order.
    """
    if text == "fixed":
        return Prior(default, default)
    try:
        prior = _parsed(text)
    except ValueError:
        prior = None
    if prior is None:
        raise InputError(
            f"prior '{text}' is not known; allowed: fixed, uniform(a, b), triangular(low, mode, high) or "
            "spike(0, p, uniform(a, b))."
        )
    is_ordered = prior.low < prior.high and (prior.mode is None or prior.low <= prior.mode <= prior.high)
    if not is_ordered or (prior.share_at_zero and prior.low < 0):
        raise InputError(f"prior '{text}' is not in order; allowed: low < high, the mode between, no spike inside.")
    return prior


def _parsed(text: str) -> Prior | None:
    if found := _UNIFORM.fullmatch(text):
        return Prior(*map(float, found.groups()))
    if found := _TRIANGULAR.fullmatch(text):
        low, mode, high = map(float, found.groups())
        return Prior(low, high, mode)
    if found := _SPIKE.fullmatch(text):
        share, low, high = map(float, found.groups())
        return Prior(low, high, share_at_zero=share)
    return None


@lru_cache(maxsize=1)
def uncertain_parameters() -> dict[str, Prior]:
    """Return the prior of every parameter that has one, by dotted name, in the order of the table.

    Raises:
        InputError: a prior that reaches beyond the bounds of its parameter.
    """
    priors = {}
    for name, row in parameter_rows().items():
        prior = parse_prior(row.prior, row.default)
        if row.kind == "fixed" or prior.sd == 0:
            continue
        low, high = prior.support
        if low < row.low or high > row.high:
            raise InputError(
                f"{name}: prior {row.prior} reaches beyond the bounds; allowed: {row.low:g} to {row.high:g}."
            )
        priors[name] = prior
    return priors


def parameter_value(name: str, value: float, rows: Mapping[str, ParameterRow] | None = None) -> float:
    """Return the value as the parameter can have it: whole if it is a number of things, within its bounds.

    Args:
        name: dotted name.
        value: any.
        rows: bounds; None for those of the table.
    """
    row = (parameter_rows() if rows is None else rows)[name]
    whole = float(round(value)) if name in _whole_numbers() else float(value)
    return min(max(whole, row.low), row.high)


@lru_cache(maxsize=1)
def _whole_numbers() -> frozenset[str]:
    return frozenset(name for name, kind in field_types().items() if kind is int)


def draw_parameters(uniforms: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return a draw of each parameter from its prior.

    Args:
        uniforms: by dotted name, shape (draws,).
    """
    priors = uncertain_parameters()
    return {
        name: np.array([parameter_value(name, value) for value in priors[name].quantile(u).tolist()])
        for name, u in uniforms.items()
    }


def with_values(
    parameters: Parameters, values: Mapping[str, float], rows: Mapping[str, ParameterRow] | None = None
) -> Parameters:
    """Return the parameters with other values.

    Args:
        parameters: all of them.
        values: by dotted name.
        rows: bounds; None for those of the table.

    Raises:
        InputError: an unknown name, or a value that the parameter cannot have.
    """
    rows = parameter_rows() if rows is None else rows
    changed: dict[str, dict[str, float]] = {}
    for name, value in values.items():
        if name not in rows:
            raise unknown_name("parameters", name, rows)
        if parameter_value(name, value, rows) != value:
            kind = "whole numbers from " if name in _whole_numbers() else ""
            row = rows[name]
            raise InputError(
                f"{name}: {value:g} is not allowed; allowed: {kind}{row.low:g} to {row.high:g} {row.unit}."
            )
        block, _, field = name.partition(".")
        changed.setdefault(block, {})[field] = int(value) if name in _whole_numbers() else float(value)
    return parameters.changed(changed)


def value_of(parameters: Parameters, name: str) -> float:
    """Return the value of a parameter by dotted name."""
    block, _, field = name.partition(".")
    return parameters.value(block, field)
