"""A page opened in a browser, with everything that the browser had to say about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

DESK, TELEPHONE, SMALL_TELEPHONE = 1100, 390, 320
_MM_PX = 96 / 25.4
PAPER_PX = (297 * _MM_PX, 210 * _MM_PX)
"""Height and width of A4."""


@dataclass
class Opened:
    """A page, and what came of opening it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def ask(self, script: str) -> Any:
        """Return what a function of JavaScript returns in the page."""
        return self.page.evaluate(script)


@contextmanager
def opened(browser: Browser, path: Path, width_px: int = DESK, *, is_offline: bool = True) -> Iterator[Opened]:
    """Open a file and wait until it and its pictures are there."""
    # Tests look into the page by scripts, which its own policy forbids to the page and to whoever wrote into it.
    context = browser.new_context(
        viewport={"width": width_px, "height": 900}, offline=is_offline, device_scale_factor=1, bypass_csp=False
    )
    try:
        seen = Opened(context.new_page())

        def said(message: ConsoleMessage) -> None:
            seen.complaints.append(f"{message.type}: {message.text}")

        def fetched(request: Request) -> None:
            if not request.url.startswith(("file:", "data:")):
                seen.fetched.append(request.url)

        seen.page.on("console", said)
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("dialog", lambda dialog: (seen.complaints.append(dialog.message), dialog.dismiss()))
        seen.page.on("request", fetched)
        seen.page.goto(path.resolve().as_uri(), wait_until="load")
        yield seen
    finally:
        context.close()
