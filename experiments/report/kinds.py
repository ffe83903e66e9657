"""Which page is made of which results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from experiments.report.asked import Asked
from experiments.report.page import Answer, Notice, Section
from experiments.report.source import Source
from experiments.report.texts import Texts
from scenarios.errors import InputError


@dataclass(frozen=True, slots=True)
class Body:
    """What a room says of its kind of results; the rest of the page is the same for all."""

    question: str
    answers: tuple[Answer, ...]
    sections: tuple[Section, ...]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a room makes its part of the page of."""

    source: Source
    others: tuple[Source, ...]
    """Further folders: of stress, dose and the like, for what the first one leaves open."""
    texts: Texts
    asked: Asked

    def other(self, table: str) -> Source | None:
        """Return the first further folder with a table of this name."""
        return next((source for source in self.others if source.has(table)), None)


_ROOMS = (
    ("ledger", "experiments.report.of_ledger"),
    ("decomposition", "experiments.report.of_decomposition"),
    ("doses", "experiments.report.of_doses"),
    ("funding_curve", "experiments.report.of_funding"),
    ("identities", "experiments.report.of_comparison"),
)
"""A table that only these results have, and the room with their page; the first that applies."""
_SWEEP = "experiments.report.of_sweep"


def body(told: Told) -> Body:
    """Return what the page says of these results.

    Raises:
        InputError: results that there is no page for.
    """
    source = told.source
    module = _SWEEP if source.is_sweep else next((room for table, room in _ROOMS if source.has(table)), None)
    if module is None:
        _ = source.facts  # says what is wrong with a folder of something else
        allowed = "a folder of compare, ledger, decompose, dose, size or sweep; others (stress, discover, ...) after it"
        raise InputError(f"{source.folder}: no page is made of these results alone; allowed: {allowed}.")
    make: Callable[[Told], Body] = import_module(module).body
    return make(told)
