"""Names at axes, in lines that are short enough for the width that is drawn for."""

from __future__ import annotations

import textwrap

LINES = "split(datum.label, '\\n')"
"""Vega expression that makes the lines of a wrapped name; it is the same for all, and no name is ever part of it."""


MIDDLE = {"condition": {"test": "indexof(datum.label, '\\n') >= 0", "value": -6}, "value": 0}
"""Offset of labels that brings a name of two lines to the middle of its row."""


def wrapped(name: str, px: int) -> str:
    """Return a name with line breaks.

    Args:
        name: as it is printed.
        px: room for it; a letter of 12 points takes 6.4 on average, and more in the letters of some readers.
    """
    return "\n".join(textwrap.wrap(name, max(8, int(px / 6.9)), break_long_words=False)) or name


def lines_of(names: list[str], px: int) -> int:
    """Return how many lines the longest of the names takes."""
    return max((wrapped(name, px).count("\n") + 1 for name in names), default=1)
