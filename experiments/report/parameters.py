"""The section of every page on parameters: what was assumed, what was published, and what differs from the defaults."""

from __future__ import annotations

from experiments.report.page import Column, Section, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import arm_label, magnitude
from scenarios.case import Case
from scenarios.parameter_row import ParameterRow
from scenarios.parameter_table import as_overrides, rows_of_good

_ASSUMED = "assumption"


def parameters_section(source: Source, texts: Texts) -> Section:
    """Return the parameters of the first arm with bounds and sources, and those that other arms have differently."""
    rows = list(rows_of_good(source.case.good).values())
    values = {arm: _values(case) for arm, case in source.cases.items()}
    first = next(iter(values.values()))
    changed = [row for row in rows if any(arm[row.name] != row.default for arm in values.values())]
    assumed = sum(row.source.startswith(_ASSUMED) for row in rows)
    words = texts("parameters.about", count=len(rows), assumed=assumed, changed=len(changed))
    whole = Table(
        texts("parameters.all"),
        _columns(texts, texts("parameters.value")),
        tuple(_cells(row, (first[row.name],)) for row in rows),
        is_folded=True,
    )
    if not changed:
        return Section("parameters", texts("parameters.title"), (words, whole))
    differing = Table(
        texts("parameters.changed"),
        _columns(texts, *(arm_label(arm) for arm in values)),
        tuple(_cells(row, tuple(arm[row.name] for arm in values.values())) for row in changed),
    )
    return Section("parameters", texts("parameters.title"), (words, differing, whole))


def _values(case: Case) -> dict[str, float]:
    blocks = as_overrides(case.parameters)
    return {f"{block}.{name}": value for block, entries in blocks.items() for name, value in entries.items()}


def _columns(texts: Texts, *values: str) -> tuple[Column, ...]:
    words = (texts(f"parameters.{name}") for name in ("unit", "bounds", "meaning", "source"))
    return (
        Column(texts("parameters.name"), is_number=False),
        *(Column(value) for value in values),
        *(Column(word, is_number=False) for word in words),
    )


def _cells(row: ParameterRow, values: tuple[float, ...]) -> tuple[str, ...]:
    bounds = f"{magnitude(row.low)} to {magnitude(row.high)}"
    return (row.name, *(magnitude(value) for value in values), row.unit, bounds, row.about, row.source)
