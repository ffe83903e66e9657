"""The words of the page: one folder a language, one file a room, so that they can be translated without programming."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from scenarios.errors import unknown_name

FOLDER = Path(__file__).resolve().parent / "texts"
COMPLETE = "en"


class Texts:
    """Words of a language; those that are not translated are English.

    ``texts("flow.title")`` is the entry ``title`` of the table ``[flow]``; placeholders in braces are filled in.
    """

    def __init__(self, language: str) -> None:
        """Read the words.

        Raises:
            InputError: a language that there is no folder of.
        """
        if language not in languages():
            raise unknown_name("language", language, languages())
        self.language = language
        self._words = {**entries(COMPLETE), **entries(language)}

    def __call__(self, key: str, **values: object) -> str:
        """Return the words of a key.

        Args:
            key: table and entry, with a dot between them.
            values: what goes into the placeholders, as text.
        """
        return self._words[key].format(**values)

    def has(self, key: str) -> bool:
        """Return whether there are words of this key."""
        return key in self._words


def languages() -> list[str]:
    """Return the languages that there are words in."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@lru_cache(maxsize=8)
def entries(language: str) -> dict[str, str]:
    """Return the words that are written in a language, by table and entry with a dot between them."""
    words: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        for table, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for name, text in entries.items():
                key = f"{table}.{name}"
                if key in words:
                    raise ValueError(f"{path}: {key} is there already")
                words[key] = " ".join(text.split())
    return words
