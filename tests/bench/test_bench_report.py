"""Pages of reports: the time from a results folder to a file, and its size; the aim is ten seconds and 4 MB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report.asked import parse_asked
from experiments.report.command import exported, make_page
from experiments.report.html import html
from tests.page_cases import RESULTS


@pytest.mark.bench
@pytest.mark.benchmark(group="pages of reports")
@pytest.mark.parametrize("kind", RESULTS)
def test_a_page(benchmark: Any, small_results: Callable[[str], Path], kind: str) -> None:
    """Reading the tables, drawing every figure twice, and filling the page."""
    asked = parse_asked([str(small_results(kind))])
    page = benchmark.pedantic(lambda: html(*make_page(asked)), rounds=3, warmup_rounds=1)
    print(f"\npage of {kind}: {len(page.encode()) / 1e6:.2f} MB, {benchmark.stats.stats.median:.2f} s")


@pytest.mark.bench
@pytest.mark.benchmark(group="pages of reports")
def test_its_figures_in_three_formats(benchmark: Any, small_results: Callable[[str], Path]) -> None:
    """Drawing them alone; PNG takes most of it."""
    page, _ = make_page(parse_asked([str(small_results("comparison"))]))
    pictures = benchmark.pedantic(exported, (page, ("svg", "png", "pdf")), rounds=3, warmup_rounds=1)
    assert len(pictures) == 3 * len(page.figures())
