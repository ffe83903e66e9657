"""What a page is made of: an opening, and sections of paragraphs, tables and figures. Nothing here knows HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Spec = dict[str, Any]
"""A Vega-Lite specification."""
Draw = Callable[["Format"], Spec]
_KEY = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Format:
    """The width that a figure is drawn for."""

    width_px: int
    is_narrow: bool
    """Whether it is for a telephone: fewer labels, things below instead of beside each other."""


WIDE = Format(680, is_narrow=False)
NARROW = Format(320, is_narrow=True)


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a column."""

    name: str
    unit: str = ""
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text, each with as many digits as can be shown; the first column names the row."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    is_folded: bool = False
    """Whether it is so long that it opens only when it is asked for."""

    def __post_init__(self) -> None:
        """Refuse rows that are longer or shorter than the heading."""
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.title}: a row has not {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it says in words, and the table of its numbers."""

    key: str
    """Its name in the page and of the exported files: small letters, digits and hyphens."""
    title: str
    about: str
    """Text alternative: what is drawn, and what is to be seen in it."""
    draw: Draw
    table: Table
    note: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the reader has to know before reading on: what is missing, illustrative or assumed."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A command."""

    text: str


Block = str | Table | Figure | Notice | Code
"""A str is a paragraph."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under its heading."""

    key: str
    title: str
    blocks: tuple[Block, ...]

    def figures(self) -> list[Figure]:
        """Return the figures in their order."""
        return [block for block in self.blocks if isinstance(block, Figure)]


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the opening: what is asked, the answer, and what it rests on or how to get it."""

    label: str
    text: str
    note: str = ""
    state: Literal["known", "missing"] = "known"


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that a reader sees."""

    language: str
    title: str
    subtitle: str
    """World, good, span, supply scenario."""
    question: str
    notices: tuple[Notice, ...]
    answers: tuple[Answer, ...]
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        """Refuse two sections or two figures of one name: links and files would lead to the first."""
        for what, keys in (("section", [s.key for s in self.sections]), ("figure", [f.key for f in self.figures()])):
            if bad := [key for key in keys if keys.count(key) > 1 or not _KEY.fullmatch(key)]:
                raise ValueError(f"name of a {what}: {bad[0]!r} is there twice, or is no name")

    def figures(self) -> list[Figure]:
        """Return all figures in the order of the page."""
        return [figure for section in self.sections for figure in section.figures()]
