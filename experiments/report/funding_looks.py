"""How kinds of values look in the figures of a funding answer, the same in all, and how words are broken into lines."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from experiments.report.drawing import BLUE, GREEN, ORANGE, PURPLE, RED

LETTER_PX = 7.0
"""Of letters of 12 pixels in the widest of the fonts that may be there."""


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


def lines(text: str, width_px: float) -> str:
    """Return words broken into lines that are no wider than this."""
    return "\n".join(lines_of(text, width_px)) or text


def lines_of(text: str, width_px: float) -> list[str]:
    """Return words as lines that are no wider than this."""
    return textwrap.wrap(text, max(8, int(width_px / LETTER_PX)), break_long_words=False) or [text]
