"""Commands run in this process: what they print, and how they refuse."""

from __future__ import annotations

Printed = tuple[int, str, str]
"""Exit status, output and errors."""


def refusal(printed: Printed) -> str:
    """Return the one sentence of a refused command."""
    status, out, err = printed
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("waterbed: ")
    assert line.endswith(".")
    return line
