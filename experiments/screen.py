"""What every command prints with: a console of 80 columns, plain tables under their titles, and numbers as text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from scenarios.case import GoodSpec

WIDTH = 80
_DASH = "-"
_NEGLIGIBLE = 1e-7
"""Smaller than any digit that is shown: rounding noise."""
LONGEST_NAME = 34
"""A first column of names up to this long is never wrapped."""


def console() -> Console:
    """Return a console no wider than 80 columns, so that output reads the same everywhere."""
    terminal = Console(highlight=False, markup=False)
    width = min(WIDTH, terminal.width) if terminal.is_terminal else WIDTH
    return Console(highlight=False, markup=False, width=width)


def print_table(
    out: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, text: int = 1, gap: int = 2
) -> None:
    """Print a blank line, the title over the whole width, and the table below it.

    Args:
        out: where to.
        title: may be longer than the table is wide; none if it goes on with the one above.
        columns: headings.
        rows: cells as text.
        text: so many first columns hold words (left), the others numbers (right, not wrapped if they fit).
        gap: spaces between columns.
    """
    rows = list(rows)
    lines = [[line for cell in cells for line in cell.split("\n")] for cells in zip(columns, *rows, strict=True)]
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), show_header=any(columns), header_style="")
    longest_name = max((len(row[0]) for row in rows), default=0)
    is_whole = [i >= text or (i == 0 and longest_name <= LONGEST_NAME) for i in range(len(columns))]
    parts = [some if whole else " ".join(some).split() for some, whole in zip(lines, is_whole, strict=True)]
    least = [max(map(len, part), default=0) for part in parts]
    if sum(least) + gap * (len(columns) - 1) > out.width:
        # Rich cuts what may not be wrapped, and a number without its last digits is another number.
        is_whole = [False] * len(columns)
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i < text else "right", overflow="fold", no_wrap=is_whole[i])
    for row in rows:
        table.add_row(*row)
    out.print()
    if title:
        out.print(title, style="bold")
    out.print(table)


def number(value: float, digits: int = 1, *, sign: bool = False) -> str:
    """Return a number with thousands separated, a dash where there is none, and never a minus before zero."""
    if not math.isfinite(value):
        return _DASH
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    return text if text.strip("+-0.,") else text.lstrip("+-")


def significant(value: float, digits: int = 3, *, sign: bool = False) -> str:
    """Return a number rounded to some significant digits, never in powers of ten, a dash where there is none."""
    if not math.isfinite(value) or abs(value) < _NEGLIGIBLE:
        return number(value, 0)
    return number(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))), sign=sign)


def tonnes(grams: float, digits: int = 1) -> str:
    """Return a mass in tonnes."""
    return number(grams / 1e6, digits)


def with_spread(mean: float, half_width: float, digits: int = 1) -> str:
    """Return a mean with the half-width of its interval, alone where there is none (a single replication)."""
    spread = f" +-{number(half_width, digits)}" if math.isfinite(half_width) else ""
    return f"{number(mean, digits)}{spread}"


def with_interval(difference: float, low: float, high: float, digits: int | None = None) -> str:
    """Return a difference with the two ends of its interval; digits that the interval drowns are left out."""
    has_interval = math.isfinite(low) and math.isfinite(high)
    if digits is None:
        digits = 0 if has_interval and high - low >= 20 else 1
    mean = number(difference, digits, sign=True)
    if not has_interval:
        return f"{mean} (no interval)"
    return f"{mean} [{number(low, digits, sign=True)}, {number(high, digits, sign=True)}]"


def magnitude(value: float) -> str:
    """Return a bound or a default in its shortest form, large whole numbers with thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 1e3 and value == int(value) else f"{value:g}"


def shown(value: float) -> str:
    """Return a value with three digits, large ones whole."""
    return magnitude(float(f"{value:.3g}") if abs(value) < 1e3 else round(value))


def supply_label(scenario: str, good: GoodSpec) -> str:
    """Return what ends every title: the supply scenario, without which no number means anything.

    A good other than that of the table of parameters is named too, and in words if it is illustrative.
    """
    named = f"{good.label}, " if good.is_illustrative or good.has_own_parameters else ""
    return f"[{named}supply: {scenario}]"


def print_good(good: GoodSpec, out: Console) -> None:
    """Say what an illustrative good is, and that nothing about it is an estimate; of others say nothing."""
    if good.is_illustrative:
        out.print(f"ILLUSTRATIVE good {good.name}: {good.about}. Its values are made up; no number is an estimate.")


def arm_label(arm: str) -> str:
    """Return the name of an arm, its frozen-stock twin marked by an asterisk."""
    return arm.replace("_frozen_stock", "*")


def contrast_label(treated: str, baseline: str) -> str:
    """Return the name of a contrast."""
    return f"{arm_label(treated)} - {arm_label(baseline)}"


ABOUT_SEEDS = "x seeds: how many times more replications independent seeds would need for the same precision."
FROZEN_STOCK_NOTE = "* frozen stock: nothing bought or moved, nothing paid but coordination."
UPPER_BOUND = "oracle"
UPPER_BOUND_NOTE = "oracle is an UPPER BOUND and no policy: it knows true flows and responses."


def print_price_warning(days_by_arm: Mapping[str, Iterable[int]], out: Console) -> None:
    """Say in which arms the wholesale price was at its floor or cap in a run; nothing where it never was.

    Args:
        days_by_arm: days at a bound in the window, of each run of an arm.
        out: where to.
    """
    most = {arm: days for arm, each in days_by_arm.items() if (days := max(each, default=0)) > 0}
    if most:
        arms = ", ".join(f"{arm_label(arm)} {days:,}" for arm, days in most.items())
        out.print(f"Warning: price at its floor or cap, most days of a run: {arms}.")


def place_label(key: str) -> str:
    """Return the name of a port range, a coast or another cell of flow."""
    name = key.removeprefix("coast:").replace("_", " ")
    return f"{name}, outside terminals" if key.startswith("coast:") else name
