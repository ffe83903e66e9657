"""Names of factors for people: what varies in a sweep, with its unit, and what it means."""

from __future__ import annotations

import re

from scenarios.parameter_table import parameter_rows


def factor_unit(name: str) -> str:
    """Return the unit of a factor; empty if it has none."""
    row = parameter_rows().get(name)
    return row.unit if row is not None and row.unit != "1" else ""


def factor_label(name: str) -> str:
    """Return the name of a factor in words: without the unit at its end, and what it belongs to in brackets."""
    *groups, last = name.split(".")
    unit = re.sub(r"[^a-z0-9]+", "_", factor_unit(name).lower().replace("/", "_per_")).strip("_")
    if unit:
        last = re.sub(rf"_{unit}$", "", last)
    words = last.replace("_", " ")
    return f"{words} ({', '.join(group.replace('_', ' ') for group in groups)})" if groups else words


def factor_about(name: str) -> str:
    """Return what a factor is, in a sentence; a dash if it is no parameter."""
    row = parameter_rows().get(name)
    return row.about if row is not None else "-"
