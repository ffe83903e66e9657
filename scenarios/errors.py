"""The one error that users see: a sentence with the place, the value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something that the user gave is wrong; the message says where, what, and what is allowed."""


def unknown_name(what: str, value: str, allowed: Iterable[str], *, most: int = 12) -> InputError:
    """Build the error for a name that does not exist, with the nearest allowed names first."""
    names = sorted(allowed)
    near = difflib.get_close_matches(value, names, n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    listed = ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
    return InputError(
        f"{what}: '{value}' is not known{hint} Allowed: {listed}.".replace("known Allowed", "known. Allowed")
    )
