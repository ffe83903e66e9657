"""Words in lines, where a figure has little room: Vega cuts names instead."""

from __future__ import annotations

import textwrap

LINES = "split(datum.label, '\\n')"
"""Vega expression that makes the lines of a label with line breaks; it is the same for all, and holds no name."""
MIDDLE = {"condition": {"test": "indexof(datum.label, '\\n') >= 0", "value": -6}, "value": 0}
"""Offset of labels that brings a name of two lines to the middle of its row."""
LETTER_PX = 7.0
"""Of letters of 12 pixels in the widest of the fonts that may be there; they take 6.4 on average."""
_FEWEST_LETTERS = 8


def wrapped(text: str, letters: int) -> list[str]:
    """Return a text in lines of at most so many letters, longer words whole; a hard space keeps words together."""
    return textwrap.wrap(text, letters, break_long_words=False) or [text]


def wrapped_within(text: str, width_px: float) -> list[str]:
    """Return a text in lines that are no wider than this in letters of 12 pixels."""
    return wrapped(text, max(_FEWEST_LETTERS, int(width_px / LETTER_PX)))
