"""What every lever is: a scope, a parameter block, the variables that it writes, and when it acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from scenarios.case import LeverSpec

if TYPE_CHECKING:
    from agents.desk import Desk

CENTS = 100
LEAST_STRENGTH = 0.01
"""Below it a lever leaves undone what cannot be done by degrees (assumption)."""


class Lever:
    """A measure that each state takes alone, or participants take together.

    A lever exists only where it is used: one that is off, or has no strength, is not there. It decides from what the
    desk shows of observations, and writes only what it names in ``writes``.
    """

    name: ClassVar[str]
    writes: ClassVar[tuple[str, ...]]
    """State variables that this lever, and no other, may write: fields of `Controls`, or of units and orders."""

    def __init__(self, spec: LeverSpec, values: Mapping[str, float]) -> None:
        """Take the scope and the parameter block."""
        self.spec = spec
        self.values = values

    @property
    def strength(self) -> float:
        """Return the factor on the effect."""
        return self.values["strength"]

    def begin(self, desk: Desk) -> None:
        """Take effect; called once."""

    def allot(self, desk: Desk) -> None:
        """Spend from the year's appropriations; called on the first of January, and when the lever begins."""

    def act(self, desk: Desk) -> None:
        """Act for tomorrow; called every evening."""

    def assess(self, desk: Desk) -> None:
        """Draw conclusions from the evidence; called every week, after it has aged, and when the lever begins."""
