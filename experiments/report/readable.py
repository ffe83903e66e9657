"""Text that may have come from anywhere, as the page and its pictures can show it."""

from __future__ import annotations

import re
from typing import Any

# Not characters of XML (https://www.w3.org/TR/xml/#charsets): a picture with one is not drawn, and ends the process.
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# They turn the reading direction of what follows, in sentences that are not theirs.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def readable(text: str) -> str:
    """Return the text without marks of direction, and with a sign in place of what is no character."""
    return _NO_CHARACTER.sub("\ufffd", _TURNS.sub("", text))


def all_readable(value: Any) -> Any:
    """Return lists and dictionaries with every text in them readable."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {readable(name): all_readable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [all_readable(part) for part in value]
    return value
