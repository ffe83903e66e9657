"""waterbed report: a page that people look at, from a results folder."""

from __future__ import annotations

from textwrap import fill

from experiments.report.asked import Asked, parse_asked
from experiments.report.drawing import Kind, drawn_together, finished
from experiments.report.files import write_files
from experiments.report.html import html
from experiments.report.kinds import Told, body
from experiments.report.page import WIDE, Page
from experiments.report.parameters import parameters_section
from experiments.report.provenance import provenance_section
from experiments.report.readable import readable
from experiments.report.reading import good_notices
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import console

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
    folder = path.with_name(f"{path.stem}-figures")
    pictures = exported(page, asked.figures)
    # All or nothing: whoever finds a page finds the figures that go with it.
    write_files({path: html(page, texts).encode(), **{folder / name: picture for name, picture in pictures.items()}})
    out = console()
    out.print(readable(page.question), style="bold")
    for answer in page.answers:
        text = readable(f"{answer.label}: {answer.text}")
        out.print(fill(text, out.width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))
    out.print(readable(f"The page is {path}"), soft_wrap=True)
    if pictures:
        formats = ", ".join(asked.figures)
        out.print(readable(f"Its figures ({formats}) are in {folder}"), soft_wrap=True)


def make_page(asked: Asked) -> tuple[Page, Texts]:
    """Return the page that is asked for, and the words it is written with.

    Raises:
        InputError: a folder that there is no page for.
    """
    texts = Texts(asked.language)
    source, *others = (Source(folder) for folder in asked.folders)
    for each in (source, *others):
        _ = each.facts  # says what is wrong with a folder, also with one that nothing else is read of
    told = Told(source, tuple(others), texts, asked)
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


def exported(page: Page, kinds: tuple[Kind, ...]) -> dict[str, bytes]:
    """Return every figure under its title and note in these formats, by the names of their files."""
    specs = {figure.key: finished(figure, WIDE, has_caption=True) for figure in page.figures()} if kinds else {}
    names = [f"{key}.{kind}" for key in specs for kind in kinds]
    pictures = drawn_together([(spec, kind) for spec in specs.values() for kind in kinds])
    return dict(zip(names, pictures, strict=True))
