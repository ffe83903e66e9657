"""The page of a report as a file: nothing fetched, nothing run, the same bytes again, every text in its place."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import altair as alt
import pytest

from experiments.report import html as html_module
from experiments.report.asked import parse_asked
from experiments.report.command import exported, make_page
from experiments.report.drawing import chart_of, drawn, drawn_together, finished, land, land_chart, spec_of
from experiments.report.html import html
from experiments.report.page import WIDE, Column, Figure, Format, Page, Section, Spec, Table
from experiments.report.readable import all_readable, readable
from tests.page_cases import RESULTS, ROOMS, Reader, marks, nonsense, words_of

DATA = Path(html_module.__file__).parent / "data"
LARGEST_PAGE, LARGEST_PICTURE = 4_000_000, 300_000
CSS_COLOURS = {"black": "#000", "white": "#fff"}
Results = Callable[[str], Path]


def page_of(folder: Path, *words: str) -> str:
    """Return the HTML of a results folder."""
    return html(*make_page(parse_asked([str(folder), *words])))


@pytest.fixture(scope="module", params=RESULTS)
def reader(request: pytest.FixtureRequest, small_results: Results) -> Reader:
    """Return the page of each kind of results."""
    return Reader(page_of(small_results(request.param)))


def test_nothing_is_fetched_and_nothing_runs(reader: Reader) -> None:
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"script", "iframe", "object", "embed", "form", "link", "base", "svg"}
    for _, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in {"src", "srcset", "href"} & attributes.keys():
            assert attributes[name].startswith(("data:image/svg+xml;base64,", "#"))
    policy = next(meta["content"] for meta in reader.all("meta") if "http-equiv" in meta)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert all(re.findall(r"(?:href|url\()[^ ]*", svg) == re.findall(r"url\(#[^ ]*", svg) for svg in reader.pictures)


def test_every_picture_has_marks_and_a_text_alternative(reader: Reader) -> None:
    assert len(reader.pictures) == 2 * len(reader.all("figure"))
    for svg in reader.pictures:
        assert len(svg) < LARGEST_PICTURE
        assert marks(svg) > 0
        assert nonsense(words_of(svg)) == []
        assert "NaN" not in re.sub(r">[^<]*<", "><", svg)
    assert all(len(image["alt"].strip()) > 20 for image in reader.all("img"))


def test_every_link_leads_to_one_place(reader: Reader) -> None:
    names = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert sorted(names) == sorted(set(names))
    assert {link["href"] for link in reader.all("a")} <= {f"#{name}" for name in names}
    labels = [attributes["aria-labelledby"] for _, attributes in reader.elements if "aria-labelledby" in attributes]
    assert set(labels) <= set(names)


def test_headings_are_in_order(reader: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))


def test_tables_say_what_their_cells_are(reader: Reader) -> None:
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("caption") == tags.count("table") > 0
    assert {cell["scope"] for cell in reader.all("th")} == {"col", "row"}


def test_no_text_is_empty_or_nonsense(reader: Reader) -> None:
    style = max(range(len(reader.texts)), key=lambda i: "--ink" in reader.texts[i])
    texts = [text for i, text in enumerate(reader.texts) if i != style]
    assert nonsense(texts) == []
    assert re.findall(r"[{}]", " ".join(texts)) == []


@pytest.mark.parametrize("kind", ROOMS)
def test_the_page_is_small_and_the_same_again(kind: str, small_results: Results) -> None:
    first, second = (page_of(small_results(kind)) for _ in range(2))
    assert first == second
    assert len(first.encode()) < LARGEST_PAGE


@pytest.mark.parametrize("kind", ROOMS)
def test_figures_are_exported_as_they_are_asked_for(kind: str, small_results: Results) -> None:
    page, _ = make_page(parse_asked([str(small_results(kind))]))
    pictures = exported(page, ("svg", "png", "pdf"))
    assert list(pictures) == [f"{figure.key}.{kind}" for figure in page.figures() for kind in ("svg", "png", "pdf")]
    heads = {"svg": b"<svg", "png": b"\x89PNG\r\n", "pdf": b"%PDF-"}
    for name, picture in pictures.items():
        assert picture.startswith(heads[name.rpartition(".")[2]])
        assert len(picture) > 1000
    # The library writes the parts of a PDF in another order each time.
    same = {name: picture for name, picture in pictures.items() if not name.endswith(".pdf")}
    assert same == exported(page, ("svg", "png"))
    assert exported(page, ()) == {}
    for figure in page.figures():
        said = "".join("".join(words_of(pictures[f"{figure.key}.svg"].decode())).split())
        assert "".join(figure.title.split()) in said
        assert "".join(figure.note.split()) in said


def test_words_in_pictures_can_be_read(reader: Reader) -> None:
    """Large enough, and dark on white or white on dark."""
    for svg in reader.pictures:
        letters = [text for text in re.findall(r"<text([^>]*)>", svg) if ' opacity="0"' not in text]
        assert min(float(size) for text in letters for size in re.findall(r'font-size="([\d.]+)px"', text)) >= 10
        fills = {fill for text in letters for fill in re.findall(r'fill="([^"]+)"', text)}
        assert [fill for fill in fills if 1.1 < contrast(CSS_COLOURS.get(fill, fill), "#fff") < 4.5] == []


def test_nonsense_is_seen() -> None:
    bad = ["NaN", "a nan b", "undefined", "-Infinity t", "None", "null %", "[object Object]", "inf", "x is undefined"]
    assert nonsense(bad) == bad
    assert nonsense(["None of the units", "undefined, or not resolved", "Finance", "information"]) == []


def figure_of(draw: Callable[[Format], Spec], key: str = "one") -> Figure:
    """Return a figure that is drawn so."""
    return Figure(key, "Title", "What is drawn.", draw, Table("Numbers", (Column("a", is_number=False),), (("b",),)))


def bars(name: str) -> Callable[[Format], Spec]:
    """Return how to draw one bar of this name."""

    def draw(_: Format) -> Spec:
        return spec_of(chart_of([{"name": name, "value": 1}]).mark_bar().encode(x="value:Q", y="name:N"))

    return draw


@pytest.mark.parametrize("shape", ["unit", "titled", "layers", "column", "facets"])
def test_a_caption_goes_over_a_picture_of_any_shape(shape: str) -> None:
    """Title and note are above everything, in order, and what was drawn is there as it was."""
    chart = chart_of([{"name": name, "value": 1} for name in ("a", "b")]).mark_bar().encode(x="value:Q", y="name:N")
    shapes: dict[str, alt.TopLevelMixin] = {
        "unit": chart, "titled": chart.properties(title="Its own"), "layers": alt.layer(chart, chart.mark_point()),
        "column": alt.vconcat(chart.properties(title="Its own"), chart), "facets": chart.facet("name:N"),
    }  # fmt: skip
    long = "W" * 300
    figure = replace(
        figure_of(lambda _: spec_of(shapes[shape])), title="The title <b> {0}", note=f"A note {long} of it"
    )
    plain, titled = (drawn(finished(figure, WIDE, has_caption=each), "svg").decode() for each in (False, True))
    assert marks(titled) == marks(plain) >= 2
    letters = [text for text in ElementTree.fromstring(titled).itertext() if text.strip()]
    first = letters.index("The title <b> {0}")
    assert letters[first + 1] == "A note"
    assert letters[first + 3] == "of it"
    assert ("Its own" in letters) == (shape in ("titled", "column"))
    widths = [float(ElementTree.fromstring(svg).attrib["width"]) for svg in (plain, titled)]
    assert widths[1] <= max(widths[0], 820), "a long word is cut"
    assert drawn(finished(figure, WIDE, has_caption=True), "pdf").startswith(b"%PDF-")


def test_a_map_is_the_same_whatever_was_drawn_before() -> None:
    def draw(format_: Format) -> Spec:
        return spec_of(land_chart(format_, height_px=200, scale=300, center=(0, 45)))

    spec = finished(figure_of(draw), WIDE)
    pictures = drawn_together([(spec, "svg")] * 4)
    assert len(set(pictures)) == 1
    assert b"url(#part1)" in pictures[0]
    assert marks(pictures[0].decode()) > 10


def test_marks_are_counted_without_axes() -> None:
    empty, one = (
        drawn_together([(finished(figure_of(draw), WIDE), "svg")])[0].decode()
        for draw in (
            lambda _: spec_of(chart_of([]).mark_bar().encode(x="value:Q", y="name:N")),
            bars("a"),
        )
    )
    assert marks(empty) == 0
    assert marks(one) == 1


@pytest.mark.parametrize("odd", ["\x00", "\x0b", "\x1b[31m", "\x7f", "\x85", "\ud800", "\ufffe", "\u202e", "\u2066"])
def test_no_character_ends_the_drawing(odd: str) -> None:
    (picture,) = drawn_together([(finished(figure_of(bars(f"left{odd}right")), WIDE), "svg")])
    assert readable(f"left{odd}right") in " ".join(words_of(picture.decode()))


def test_what_can_be_read_stays() -> None:
    kept = "Größe, <b>'\"&\n\tمرفأ 港 🚢 é́"
    assert readable(kept) == kept
    assert readable("a\x07b\u202ec\u2069") == "a\ufffdbc"
    assert all_readable({"a\x00": [1, None, ("\x01", True)]}) == {"a\ufffd": [1, None, ["\ufffd", True]]}


def test_names_are_there_once_and_fit_for_files() -> None:
    def page(*sections: Section) -> Page:
        return Page("en", "t", "s", "q", (), (), sections)

    figure = figure_of(bars("a"))
    for bad in (
        (Section("same", "A", ()), Section("same", "B", ())),
        (Section("one", "A", (figure,)), Section("two", "B", (figure,))),
        (Section("one", "A", (figure_of(bars("a"), "../up"),)),),
        (Section("Out of Order", "A", ()),),
    ):
        with pytest.raises(ValueError, match="is there twice, or is no name"):
            page(*bad)
    assert page(Section("one", "A", (figure,))).figures() == [figure]


def channels(colour: str) -> list[float]:
    """Return red, green and blue from 0 to 1."""
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    return [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

    def luminance(colour: str) -> float:
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_from_its_ground() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.005)
    style = (DATA / "page.css").read_text("utf-8")
    colours = dict(re.findall(r"(--\w+): (#\w+)", style))

    def values(name: str) -> set[str]:
        found = re.findall(rf"(?<![\w-]){name}: ([^;}}]+)", style)
        return {colours.get(value.removeprefix("var(").rstrip(")"), value) for value in found} - {"inherit"}

    inks, grounds = values("color"), values("background")
    assert len(inks) >= 3
    assert len(grounds) >= 3
    assert all(re.fullmatch("#[0-9a-f]{3,6}", colour, re.IGNORECASE) for colour in inks | grounds)
    assert {(ink, ground) for ink in inks for ground in grounds if contrast(ink, ground) < 4.5} == set()


def test_coastlines_are_as_their_readme_says() -> None:
    """Closed rings within the clip; clockwise outside, or the sea would be drawn as land."""
    assert len(land()) > 50
    for feature in land():
        parts = feature["geometry"]["coordinates"]
        assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")
        for polygon in parts if feature["geometry"]["type"] == "MultiPolygon" else [parts]:
            for i, ring in enumerate(polygon):
                assert ring[0] == ring[-1]
                assert all(-110 <= x <= 62 and -58 <= y <= 72 for x, y in ring)
                area = sum(x * v - u * y for (x, y), (u, v) in pairwise(ring))
                assert (area < 0) == (i == 0)
    assert "Permission to use, copy, modify" in (DATA / "LICENSE-world-atlas").read_text("utf-8")
