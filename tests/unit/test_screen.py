"""Tables on a terminal of 80 columns: nothing of a number is ever cut off."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from experiments.screen import WIDTH, print_table, with_interval

CELL = with_interval(2251.4, 2070.2, 2432.8)


def printed(names: int, numbers: int) -> list[str]:
    """Return the lines below the title: a row with a name and cells with their intervals."""
    text = io.StringIO()
    out = Console(file=text, width=WIDTH, highlight=False, markup=False)
    heads = ["", *(f"column {i}" for i in range(numbers))]
    print_table(out, "Title", heads, [["n" * names, *[CELL] * numbers]])
    return text.getvalue().splitlines()[2:]


@pytest.mark.parametrize("numbers", [3, 4, 5])
def test_a_table_that_is_too_wide_is_wrapped_and_loses_nothing(numbers: int) -> None:
    lines = printed(20, numbers)
    words = " ".join(lines).split()
    assert max(map(len, lines)) <= WIDTH
    for word in CELL.split():
        assert words.count(word) == numbers, "every number whole, none cut"


def test_a_table_that_fits_has_a_line_for_each_row() -> None:
    lines = printed(20, 2)
    assert len(lines) == 2, "heads and the row"
    assert lines[1].count(CELL) == 2
