"""What every lever says about itself."""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol

Scope = Literal["off", "national", "alliance"]


class Lever(Protocol):
    """A measure that can be off, national or common."""

    name: ClassVar[str]
    writes: ClassVar[tuple[str, ...]]
    """State variables that this lever, and no other, may write."""
    grade: ClassVar[str]
    """Evidence of its effect: B measured with comparison, C without, D assumed."""
    feasible_now: ClassVar[str]
    """yes, needs agreement, or needs legislation."""

    @property
    def scope(self) -> Scope:
        """Return whether the lever is off, national or common."""
