"""A report in a real browser: at a desk, on a telephone, on paper, by keyboard, and without a network."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from experiments.cli import main
from tests.browser.opening import DESK, PAPER_PX, SMALL_TELEPHONE, TELEPHONE, opened
from tests.page_cases import RESULTS, Reader

Results = Callable[[str], Path]
WIDTHS = (DESK, TELEPHONE, SMALL_TELEPHONE)


@pytest.fixture(scope="module", params=RESULTS)
def report(request: pytest.FixtureRequest, small_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that the command writes for each kind of results."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    assert main(["report", str(small_results(request.param)), f"out={path}"]) == 0
    return path


@pytest.mark.parametrize("width_px", WIDTHS)
@pytest.mark.parametrize("is_offline", [False, True], ids=["with a network", "without"])
def test_it_opens_without_a_word_and_fetches_nothing(
    browser: Browser, report: Path, width_px: int, is_offline: bool
) -> None:
    with opened(browser, report, width_px, is_offline=is_offline) as seen:
        assert seen.ask("() => [...document.images].map(i => i.complete && i.naturalWidth > 0)").count(False) == 0
        assert seen.ask("() => document.images.length") == len(Reader(report.read_text("utf-8")).all("figure"))
        assert seen.complaints == []
        assert seen.fetched == []


@pytest.mark.parametrize("width_px", WIDTHS)
def test_nothing_is_wider_than_the_screen(browser: Browser, report: Path, width_px: int) -> None:
    with opened(browser, report, width_px) as seen:
        seen.ask("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert seen.ask("() => document.documentElement.scrollWidth") <= width_px
        narrow = seen.ask("() => [...document.images].map(i => i.currentSrc === i.src)")
        assert set(narrow) <= {width_px == DESK}


@pytest.mark.parametrize("width_px", [DESK, TELEPHONE])
def test_every_word_of_a_picture_is_within_it(browser: Browser, report: Path, width_px: int) -> None:
    """Words that begin or end outside are cut; measured with the letters of this machine."""
    outside = """(svg) => {
        const holder = document.body.appendChild(document.createElement('div'));
        holder.innerHTML = svg;
        const picture = holder.querySelector('svg'), frame = picture.getBoundingClientRect();
        return [frame.width, ...[...picture.querySelectorAll('text')].filter(text => {
            const box = text.getBoundingClientRect();
            return text.textContent.trim() && (box.left < frame.left - 1 || box.right > frame.right + 1
                || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
        }).map(text => text.textContent)];
    }"""
    pictures = Reader(report.read_text("utf-8")).pictures
    with browser.new_context(viewport={"width": 1200, "height": 900}, offline=True) as context:
        page = context.new_page()
        for i, svg in enumerate(pictures):
            is_narrow = i % 2 == 0
            if is_narrow == (width_px != DESK):
                picture_px, *cut = page.evaluate(outside, svg)
                assert cut == []
                # Drawn wider than it was made for, letters would be made smaller to fit.
                assert picture_px <= (380 if is_narrow else 760)


def test_a_word_outside_is_seen(browser: Browser, tmp_path: Path) -> None:
    """The check of the telephone's width can fail."""
    wide = tmp_path / "wide.html"
    wide.write_text("<meta name=viewport content='width=device-width'><pre>" + "x" * 200, "utf-8")
    with opened(browser, wide, TELEPHONE) as seen:
        assert seen.ask("() => document.documentElement.scrollWidth") > TELEPHONE


def marked_places(pdf: bytes) -> dict[str, tuple[str, float]]:
    """Return the sheet and the height on it of each place of a printed page that something links to."""
    texts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            texts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    pattern = rb"/([A-Za-z0-9_-]+)\s*\[(\d+) 0 R\s*/XYZ\s+[-\d.]+\s+([-\d.]+)"
    return {
        name.decode(): (sheet.decode(), float(height))
        for text in texts
        for name, sheet, height in re.findall(pattern, text)
    }


# Each picture gets a place at its upper and its lower edge, which a link leads to: PDF says where these are.
_MARK_EDGES = """() => [...document.images].map((picture, i) => {
    const frame = picture.parentElement;
    frame.style.display = 'block';
    frame.style.position = 'relative';
    for (const [name, place] of [['upper', 'top'], ['lower', 'bottom']]) {
        const mark = frame.appendChild(document.createElement('span'));
        mark.id = `${name}-${i}`;
        mark.style = `position: absolute; ${place}: 1px; left: 0; width: 1px; height: 1px`;
        mark.textContent = '.';
        const link = document.querySelector('footer').appendChild(document.createElement('a'));
        link.href = `#${mark.id}`;
        link.textContent = '.';
    }
    return i;
})"""


def is_whole(places: dict[str, tuple[str, float]], picture: int) -> bool:
    """Return whether a picture is on one sheet; heights are points from its lower edge, below which is the next."""
    (sheet, upper), (other_sheet, lower) = places[f"upper-{picture}"], places[f"lower-{picture}"]
    return sheet == other_sheet and 0 < lower < upper <= PAPER_PX[0] * 72 / 96


def test_no_picture_is_cut_on_paper(browser: Browser, report: Path) -> None:
    with opened(browser, report) as seen:
        seen.page.emulate_media(media="print")
        seen.page.set_viewport_size({"width": 680, "height": 1000})
        figures = seen.ask(_MARK_EDGES)
        places = marked_places(seen.page.pdf(prefer_css_page_size=True))
        heights = seen.ask("() => [...document.images].map(i => i.getBoundingClientRect().height)")
    for i in figures:
        assert is_whole(places, i)
        # Points on paper, pixels on the screen.
        assert (places[f"upper-{i}"][1] - places[f"lower-{i}"][1]) * 96 / 72 == pytest.approx(heights[i], rel=0.15)


def test_a_picture_that_is_cut_is_seen(browser: Browser, tmp_path: Path) -> None:
    """The check of paper can fail."""
    svg = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    page = tmp_path / "cut.html"
    pictures = "".join(
        f'<div><img src="{svg}" style="display: block; height: {px}px"></div>' for px in (700, 700, 1400)
    )
    page.write_text(f"<!DOCTYPE html><body>{pictures}<footer></footer>", "utf-8")
    with opened(browser, page) as seen:
        seen.ask(_MARK_EDGES)
        places = marked_places(seen.page.pdf(format="A4"))
    assert [is_whole(places, i) for i in range(3)] == [True, False, False]


def test_paper_has_every_column_and_no_menu(browser: Browser, report: Path) -> None:
    height_px, width_px = PAPER_PX
    margins_px = 2 * 14 * 96 / 25.4
    with opened(browser, report, int(width_px - margins_px)) as seen:
        seen.page.emulate_media(media="print")
        seen.ask("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert not seen.page.locator("nav").is_visible()
        widths = seen.ask("() => [...document.querySelectorAll('table, pre, img')].map(t => t.scrollWidth)")
        assert max(widths) <= width_px - margins_px
        assert seen.ask(
            "() => [...document.querySelectorAll('figure')].every(f => getComputedStyle(f).breakInside === 'avoid')"
        )
        assert max(seen.ask("() => [...document.images].map(i => i.getBoundingClientRect().height)")) < height_px - 121


def test_the_keyboard_reaches_everything_in_order(browser: Browser, report: Path) -> None:
    where = """() => {
        const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
        const all = [...document.querySelectorAll('*')];
        return [at.tagName, all.indexOf(at), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
            || at.className === 'skip' && box.left >= 0];
    }"""
    expected = """() => [...document.querySelectorAll('a[href], summary, [tabindex]')].filter(e => {
        const folded = e.closest('details');
        return e.tagName === 'SUMMARY' || !folded || folded.open;
    }).map(e => [e.tagName, [...document.querySelectorAll('*')].indexOf(e)])"""
    with opened(browser, report) as seen:
        wanted = seen.ask(expected)
        assert {"A", "SUMMARY"} <= {name for name, _ in wanted}
        reached = []
        for _ in wanted:
            seen.page.keyboard.press("Tab")
            name, place, is_visible = seen.ask(where)
            assert is_visible, name
            reached.append([name, place])
        assert reached == wanted


def test_a_summary_opens_by_keyboard_and_its_table_scrolls(browser: Browser, report: Path) -> None:
    with opened(browser, report, SMALL_TELEPHONE) as seen:
        first = seen.page.locator("details").first
        first.locator("summary").focus()
        seen.page.keyboard.press("Enter")
        assert first.get_attribute("open") is not None
        assert first.locator("table").is_visible()
        seen.page.keyboard.press("Tab")
        assert seen.ask("() => document.activeElement.getAttribute('role')") == "region"


def test_the_browser_finds_names_for_everything(browser: Browser, report: Path) -> None:
    """What a screen reader is told: figures by their text, tables by their captions, the language of the words."""
    with opened(browser, report) as seen:
        assert seen.ask("() => document.documentElement.lang") == "en"
        seen.ask("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
        tree = seen.page.locator("body").aria_snapshot()
        figures = seen.ask("() => document.images.length")
        assert len(re.findall(r"\bimg \"", tree)) == figures
        assert len(re.findall(r"\btable \"", tree)) == seen.ask("() => document.querySelectorAll('table').length")
        assert "heading" in tree
        assert re.search(r"- img:?\s*$", tree, re.MULTILINE) is None
