"""A page as one HTML file: no script, nothing fetched, every text escaped."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jinja2

from experiments.report.drawing import drawn, finished
from experiments.report.page import NARROW, WIDE, Column, Figure, Format, Page
from experiments.report.texts import Texts

_FOLDER = Path(__file__).resolve().parent / "data"


def html(page: Page, texts: Texts) -> str:
    """Return the page as HTML.

    Pictures are images, so that nothing in a name can become script, and readers find the numbers in the table below.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    pictures = _pictures(page)
    environment.filters["picture"] = lambda figure, format_: pictures[figure.key, format_.width_px]
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["heading"] = _heading
    template = environment.get_template("page.html.j2")
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    return template.render(page=page, texts=texts, style=style, wide=WIDE, narrow=NARROW)


def _heading(column: Column) -> str:
    return f"{column.name} [{column.unit}]" if column.unit else column.name


def _pictures(page: Page) -> dict[tuple[str, int], str]:
    """Return every picture by the key of its figure and its width; two are drawn at a time."""
    wanted = [(figure, format_) for figure in page.figures() for format_ in (WIDE, NARROW)]
    with ThreadPoolExecutor(2) as pool:
        drawn_ones = list(pool.map(lambda one: _picture(*one), wanted))
    return {(figure.key, format_.width_px): one for (figure, format_), one in zip(wanted, drawn_ones, strict=True)}


def _picture(figure: Figure, format_: Format) -> str:
    picture = drawn(finished(figure, format_), "svg")
    return f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}"
