"""Names that try everything, in a real browser: nothing runs, nothing is fetched, and the page keeps its shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from experiments.cli import main
from tests.browser.opening import DESK, SMALL_TELEPHONE, TELEPHONE, opened
from tests.page_cases import EVIL, ROOMS, poisoned


@pytest.fixture(scope="module", params=ROOMS)
def report(
    request: pytest.FixtureRequest, small_results: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the page of results with such names."""
    root = tmp_path_factory.mktemp("names")
    folder = poisoned(small_results(request.param), root / "results")
    assert main(["report", str(folder), f"out={root / 'page.html'}"]) == 0
    return root / "page.html"


@pytest.mark.parametrize("width_px", [DESK, TELEPHONE, SMALL_TELEPHONE])
def test_names_are_only_text(browser: Browser, report: Path, width_px: int) -> None:
    with opened(browser, report, width_px, is_offline=False) as seen:
        seen.ask("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert seen.complaints == []
        assert seen.fetched == []
        assert seen.ask("() => document.querySelectorAll('script, svg, iframe, h1 ~ h1').length") == 0
        assert seen.ask("() => [...document.images].every(i => i.naturalWidth > 0)")
        assert seen.ask("() => document.documentElement.scrollWidth") <= width_px
        text = seen.ask("() => document.body.textContent")
        assert all(evil in text for evil in EVIL[:5])


def test_a_page_that_runs_something_is_seen(browser: Browser, tmp_path: Path) -> None:
    """The check can fail: with a script, a window that opens, a picture from elsewhere, an error."""
    page = tmp_path / "bad.html"
    page.write_text(
        "<!DOCTYPE html><script>alert(1); console.warn('two'); nothing()</script><img src='http://localhost:9/x.png'>",
        "utf-8",
    )
    with opened(browser, page, is_offline=False) as seen:
        assert any("1" in complaint for complaint in seen.complaints)
        assert any("two" in complaint for complaint in seen.complaints)
        assert any("nothing is not defined" in complaint for complaint in seen.complaints)
        assert seen.fetched == ["http://localhost:9/x.png"]
