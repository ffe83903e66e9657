"""How kinds of values look in the figures of a funding answer, the same in all."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.report.drawing import BLUE, GREEN, ORANGE, PURPLE, RED


@dataclass(frozen=True, slots=True)
class Series:
    """How one kind of value looks."""

    name: str
    shape: str
    colour: str
    is_filled: bool = True
    dash: tuple[int, ...] = (1, 0)


def simulated(name: str) -> Series:
    """Return the look of what was simulated, on which plans were compared."""
    return Series(name, "circle", BLUE)


def fresh(name: str) -> Series:
    """Return the look of what was simulated on fresh luck."""
    return Series(name, "square", GREEN)


def surrogate(name: str) -> Series:
    """Return the look of what the surrogate says."""
    return Series(name, "diamond", RED, is_filled=False, dash=(4, 3))


def second(name: str) -> Series:
    """Return the look of a second simulated outcome."""
    return Series(name, "triangle-up", ORANGE)


def third(name: str) -> Series:
    """Return the look of a third simulated outcome."""
    return Series(name, "square", PURPLE)


def low_end(name: str) -> Series:
    """Return the look of the low end of a parameter."""
    return Series(name, "triangle-down", BLUE)


def high_end(name: str) -> Series:
    """Return the look of the high end of a parameter."""
    return Series(name, "triangle-up", ORANGE)
