"""Text in lines, where a figure has little room: Vega cuts names instead."""

from __future__ import annotations


def wrapped(text: str, letters: int) -> tuple[str, ...]:
    """Return a text in lines of at most so many letters, longer words whole; a hard space keeps words together."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > letters and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)
