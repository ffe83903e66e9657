"""The page docs/patterns.md, in Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.patterns.catalogue import PATTERNS, Pattern
from experiments.patterns.estimates import Closeness, Row
from experiments.patterns.hindcast import MODEL, NO_INDEX, TWIN
from experiments.patterns.prices import YearPrice, dutch_price, elsewhere
from experiments.patterns.record import Record, world_production
from experiments.patterns.run_figures import measured_years
from experiments.patterns.words import arm_in_text, is_met, label, published_in_text, reading, value_in_text
from experiments.screen import number
from scenarios.case import Case
from sim.supply import supply_index

_MADE = "<!-- Made by `{command}`; changes go into experiments/patterns/. -->"

_INTRO = """# Patterns

What moved up to the end of 2023, as published, and what the model makes of it: {case}. Beside the model stands its
**twin, in which organisations do not react**: they learn nothing, and none of the six kinds of displacement is open
to them. A pattern that the twin shows as well carries no information about reactions, however well the model meets
it. There are no pass marks: not met is a result.

## How to read the tables

- **published**: computed from rows of `scenarios/data/`, with the 95 % interval that chance alone leaves. Seizures
  are a compound Poisson sum of few finds with a heavy tail. Where finds are counted (Rotterdam) the error follows
  from their number and spread, elsewhere from `scenarios/data/patterns.csv`.
- **model**, **twin**: the same formula on *recorded seizures* of the runs: mean, and in brackets the least and the
  greatest of {replications} replications. Factors have geometric means.
- **true flow**: the same formula on everything that the model dispatched, caught or not. Nobody records it.
- **off by**: (run mean − published) / √(sampling variance + variance over replications). Both variances hold the luck
  of finding, so it is rather too small. Up to 2 is called within error, more not met.
- **apart**: whether the statistic tells model and twin apart, that is, carries information about reactions. *yes*:
  their ranges do not overlap; *weakly*: only their means differ (95 %), so that a single history cannot tell; *no*.
- A dash: not published, not defined, or a port or year that is not in the case.

## What the hindcast leaves out

- **The controls of the end of 2023 stand in every year.** Dated events are not in it: decrypted phones (2021), the
  law on extractors and new release codes (2022), new services of ships. What these brought, windfalls above all,
  cannot be reproduced.
- **Supply is an input**, in percent of 2023: {supply}. World production grew {growth} times from 2019 to 2023
  (`prices_purity.csv`).
- **Parameters stand at their defaults**, set on figures of 2023 ([consistency.md](consistency.md)) and not fitted to
  these patterns: levels of 2023 agree in part by construction, changes do not."""

_PRICES = (
    "Wholesale price (EUR/kg), mean of the year over {replications} replications with the least and the greatest. "
    "*Without the demand index* demand stays at its level of mid-{year} while supply grows. Published prices of the "
    "same year lie {spread:.0f} % apart between places (standard deviation)."
)

_RULES = (
    "Mean absolute distance of the statistics of each pattern, 1 to 8 (smaller is closer), and the mean over patterns. "
    "The last column is the difference from {reference} with its 95 % interval over replications, the same luck in all "
    "rules; where it holds 0, luck decides. Parameters are the same under all rules and fitted to none. Where the twin "
    "comes as close, a pattern cannot choose between rules."
)


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the page and the screen show."""

    case: Case
    replications: int
    command: str
    record: Record
    rows: Sequence[Row]
    prices: Sequence[YearPrice]
    rules: Mapping[str, Closeness]
    """By choice rule, the twin last; empty if none was asked."""
    price_spread: float
    """Coefficient of variation between places."""


def page(findings: Findings) -> str:
    """Return the page."""
    case = findings.case
    years = measured_years(case)
    index = ", ".join(f"{year} {100 * supply_index(case, year):.0f}" for year in years)
    made = world_production()
    growth = f"{made[2023] / made[2019]:.2f}"
    intro = _INTRO.format(case=case_in_words(case), replications=findings.replications, supply=index, growth=growth)
    parts = [f"{_MADE.format(command=findings.command)}\n", f"{_wrapped(intro)}\n", _summary(findings.rows)]
    for key, pattern in PATTERNS.items():
        parts.append(_section(key, pattern, [row for row in findings.rows if row.statistic.pattern == key]))
    parts += [_price_section(findings), *([_rule_section(findings)] if findings.rules else [])]
    return "\n".join(parts)


def case_in_words(case: Case) -> str:
    """Return which runs are shown."""
    last = case.start.year + case.horizon_years - 1
    return (
        f"world `{case.world.name}`, {case.start.year} to {last} after a run-in from {case.burn_in_start.year}, regime "
        f"`{case.regime.name}`, choice rule `{case.behaviour.choice_rule}`"
    )


def _summary(rows: Sequence[Row]) -> str:
    return f"## In short\n\n{_wrapped(summary_in_words(rows))}\n"


def summary_in_words(rows: Sequence[Row]) -> str:
    """Return how many statistics are met, and which of them carry information."""
    judged = [row for row in rows if np.isfinite(row.distance(MODEL))]
    met = {arm: sum(is_met(row, arm) for row in judged) for arm in (MODEL, TWIN)}
    named = {word: [row for row in rows if row.apart(MODEL, TWIN) == word] for word in ("yes", "weakly", "no")}
    apart = ", ".join(row.statistic.name for row in named["yes"]) or "none"
    return (
        f"Of {len(judged)} statistics that have an error the model is within two errors of {met[MODEL]}, the twin of "
        f"{met[TWIN]}. Statistics that tell model and twin apart by a single history: {len(named['yes'])} ({apart}). "
        f"In {len(named['weakly'])} more only the averages differ (by luck, one in twenty would); in "
        f"{len(named['no'])} the twin shows the same."
    )


def _section(number_of: int, pattern: Pattern, rows: Sequence[Row]) -> str:
    head = ["", "published [95 %]", "model [range]", "twin [range]", "true flow", "off by: model; twin", "apart",
            "what it says"]  # fmt: skip
    lines = []
    for row in rows:
        distances = f"{number(row.distance(MODEL), 1, sign=True)}; {number(row.distance(TWIN), 1, sign=True)}"
        lines.append([
            label(row.statistic), published_in_text(row), arm_in_text(row, MODEL), arm_in_text(row, TWIN),
            value_in_text(row.statistic, row.arms[MODEL].flow), distances, row.apart(MODEL, TWIN), reading(row),
        ])  # fmt: skip
    sources = ", ".join(f"`{name}.csv`" for name in dict.fromkeys(row.statistic.source for row in rows))
    note = _wrapped(f"{pattern.note} From {sources}.")
    return f"## {number_of}. {pattern.title}\n\n{note}\n\n{_markdown(head, lines)}\n"


def _price_section(findings: Findings) -> str:
    arms = (MODEL, NO_INDEX, TWIN)
    prices = {(price.year, price.arm): price for price in findings.prices}
    lines = []
    for year in dict.fromkeys(price.year for price in findings.prices):
        dutch = dutch_price(findings.record, year)
        shown = [price_in_text(prices[year, arm]) for arm in arms]
        lines.append([str(year), number(dutch, 0), elsewhere(year) or "-", *shown])
    head = ["year", "Netherlands, published", "elsewhere, published", "model", "without the demand index", "twin"]
    intro = _PRICES.format(
        replications=findings.replications, year=findings.case.start.year, spread=100 * findings.price_spread
    )
    title = "The hindcast price with and without the demand index"
    return f"## {title}\n\n{_wrapped(intro)}\n\n{_markdown(head, lines)}\n"


def price_in_text(price: YearPrice) -> str:
    """Return a price with its range, in full hundreds."""
    mean, low, high = (number(round(float(x), -2), 0) for x in (price.values.mean(), *_ends(price)))
    return f"{mean} [{low}, {high}]"


def _ends(price: YearPrice) -> tuple[float, float]:
    return float(price.values.min()), float(price.values.max())


def _rule_section(findings: Findings) -> str:
    head = ["rule", *(str(pattern) for pattern in PATTERNS), "mean", "difference [95 %]"]
    lines = [[name, *rule_cells(closeness)] for name, closeness in findings.rules.items()]
    intro = _wrapped(_RULES.format(reference=next(iter(findings.rules))))
    return f"## Which choice rule explains the patterns best\n\n{intro}\n\n{_markdown(head, lines)}\n"


def rule_cells(closeness: Closeness) -> list[str]:
    """Return the distances of a rule by pattern, their mean and the difference."""
    by_pattern = [number(closeness.by_pattern.get(pattern, np.nan), 1) for pattern in PATTERNS]
    return [*by_pattern, number(closeness.overall, 2), difference_in_text(closeness)]


def difference_in_text(closeness: Closeness) -> str:
    """Return the difference from the first rule with its interval."""
    mean, width = closeness.difference, closeness.half_width
    if not np.isfinite(width):
        return number(mean, 2, sign=True)
    ends = (number(end, 2, sign=True) for end in (mean - width, mean + width))
    return f"{number(mean, 2, sign=True)} [{', '.join(ends)}]"


def _wrapped(text: str) -> str:
    """Return a heading as it is, and paragraphs and the items of lists in lines of at most 120 characters."""
    blocks = []
    for block in text.split("\n\n"):
        items = re.split(r"\n(?=- )", block)
        indents = ["  " if item.startswith("- ") else "" for item in items]
        blocks.append("\n".join(_filled(item, indent) for item, indent in zip(items, indents, strict=True)))
    return "\n\n".join(blocks)


def _filled(text: str, indent: str) -> str:
    return textwrap.fill(
        " ".join(text.split()), 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in line] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)
