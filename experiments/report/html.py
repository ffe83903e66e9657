"""A page as one HTML file: no script, nothing fetched, every text escaped."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import jinja2

from experiments.report.drawing import drawn_together, finished
from experiments.report.page import NARROW, WIDE, Column, Figure, Format, Page
from experiments.report.readable import readable
from experiments.report.texts import Texts

_FOLDER = Path(__file__).resolve().parent / "data"


def html(page: Page, texts: Texts) -> str:
    """Return the page as HTML.

    Pictures are images, so that nothing in a name can become script, and readers find the numbers in the table below.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    pictures = _pictures(page)
    environment.filters["picture"] = lambda figure, format_: pictures[figure.key, format_]
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["heading"] = _heading
    template = environment.get_template("page.html.j2")
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    return template.render(page=page, texts=texts, style=style, wide=WIDE, narrow=NARROW)


def _shown(value: Any) -> Any:
    return readable(value) if type(value) is str else value


def _heading(column: Column) -> str:
    return f"{column.name} [{column.unit}]" if column.unit else column.name


def _pictures(page: Page) -> dict[tuple[str, Format], str]:
    """Return the address of each picture of each figure: the picture itself."""
    wanted: list[tuple[Figure, Format]] = [(figure, width) for figure in page.figures() for width in (WIDE, NARROW)]
    drawings = drawn_together([(finished(figure, width), "svg") for figure, width in wanted])
    return {
        (figure.key, width): f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"
        for (figure, width), drawing in zip(wanted, drawings, strict=True)
    }
