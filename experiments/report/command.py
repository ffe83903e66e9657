"""waterbed report: a page that people look at, from a results folder."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from experiments.report.asked import Asked, parse_asked
from experiments.report.drawing import Kind, drawn, finished
from experiments.report.html import html
from experiments.report.kinds import Told, body
from experiments.report.page import WIDE, Figure, Page
from experiments.report.parameters import parameters_section
from experiments.report.provenance import provenance_section
from experiments.report.reading import good_notices
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import console
from experiments.store import explain_write

PAGE = "report.html"


def report_command(words: list[str]) -> None:
    """Write the page of a results folder, and its figures if they are asked for.

    Args:
        words: folders, and settings.

    Raises:
        InputError: a setting, a folder or a file that is not allowed, or a place that cannot be written.
    """
    asked = parse_asked(words)
    page, texts = make_page(asked)
    path = asked.out or asked.folders[0] / PAGE
    _write(path, html(page, texts).encode())
    out = console()
    out.print(f"{page.question}", style="bold")
    for answer in page.answers:
        out.print(f"  {answer.label}: {answer.text}")
    out.print(f"The page is {path}", soft_wrap=True)
    if asked.figures:
        folder = path.with_name(f"{path.stem}-figures")
        export(page, asked.figures, folder)
        out.print(f"Its {len(page.figures())} figures ({', '.join(asked.figures)}) are in {folder}", soft_wrap=True)


def make_page(asked: Asked) -> tuple[Page, Texts]:
    """Return the page that is asked for, and the words it is written with.

    Raises:
        InputError: a folder that there is no page for.
    """
    texts = Texts(asked.language)
    source = Source(asked.folders[0])
    told = Told(source, tuple(Source(folder) for folder in asked.folders[1:]), texts, asked)
    made = body(told)
    case = source.case
    span = f"{case.start} to {case.start.year + case.horizon_years}-01-01"
    return Page(
        language=asked.language,
        title=f"Waterbed: {made.question}",
        subtitle=texts(
            "page.subtitle", world=case.world.name, good=case.good.label, span=span, supply=case.scenario.about
        ),
        question=made.question,
        notices=(*good_notices(source, texts), *made.notices),
        answers=made.answers,
        sections=(*made.sections, parameters_section(source, texts), provenance_section(source, texts)),
    ), texts


def export(page: Page, kinds: tuple[Kind, ...], folder: Path) -> list[Path]:
    """Write every figure in these formats and return the files.

    Raises:
        InputError: the folder cannot be written.
    """

    def write(figure: Figure) -> list[Path]:
        spec = finished(figure, WIDE)
        paths = [folder / f"{figure.key}.{kind}" for kind in kinds]
        for path, kind in zip(paths, kinds, strict=True):
            _write(path, drawn(spec, kind))
        return paths

    with ThreadPoolExecutor(2) as pool:
        return [path for paths in pool.map(write, page.figures()) for path in paths]


def _write(path: Path, content: bytes) -> None:
    # Aside first: a page that was there stays whole until the new one is.
    aside = path.with_name(f".partial-{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        raise explain_write(error, path.parent) from None
    finally:
        aside.unlink(missing_ok=True)
