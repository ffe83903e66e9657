"""Fill what is not published, by stated rules; every filled value is marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scenarios.reference import Port
from scenarios.world import Bools, Floats

REFERENCE_YEAR = 2023
"""The world is that of the end of 2023."""

_YEAR = re.compile(r"(19|20)\d\d")


class Figure(Protocol):
    """A published figure of a port."""

    @property
    def unlocode(self) -> str:
        """The port."""

    @property
    def metric(self) -> str:
        """What is measured."""

    @property
    def year(self) -> str:
        """The year, perhaps with words around it."""

    @property
    def value(self) -> float:
        """The value."""


def nearest_year(figures: Iterable[Figure], metric: str) -> dict[str, tuple[float, int]]:
    """Return value and year of a metric by port: the year nearest 2023, on a tie the earlier, then the first row."""
    best: dict[str, tuple[float, int]] = {}
    for figure in figures:
        found = _YEAR.search(figure.year)
        if figure.metric != metric or found is None:
            continue
        year = int(found[0])
        known = best.get(figure.unlocode)
        if known is None or _distance(year) < _distance(known[1]):
            best[figure.unlocode] = (figure.value, year)
    return best


def _distance(year: int) -> tuple[int, int]:
    return abs(year - REFERENCE_YEAR), year


def log_log_line(size: Floats, value: Floats) -> tuple[float, float]:
    """Return (intercept, slope) of the least-squares line of ln value on ln size, both of shape (ports,)."""
    x, y = np.log(size), np.log(value)
    slope = float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))
    return float(y.mean() - slope * x.mean()), slope


@dataclass(frozen=True, slots=True)
class Throughput:
    """Throughput of each port: TEU a year, whether it is imputed, and where it comes from."""

    teu: Floats
    is_imputed: Bools
    origin: tuple[str, ...]


def impute_teu(
    ports: Sequence[Port],
    published: Mapping[str, tuple[float, int]],
    derived: Mapping[str, float],
    no_figure_quantile: float,
) -> Throughput:
    """Return throughput by port: derived, else published, else from vessel calls, else a low quantile of the others.

    Args:
        ports: gazetteer rows.
        published: TEU and year by port.
        derived: TEU by port, worked out by hand because the published row covers another area or part of a year.
        no_figure_quantile: quantile of the other ports, for a port with neither TEU nor vessel calls.
    """
    calls = {port.unlocode: port.container_calls_per_year for port in ports}
    pairs = [
        (calls_a_year, published[code][0])
        for code, calls_a_year in calls.items()
        if calls_a_year and code in published and code not in derived
    ]
    intercept, slope = log_log_line(np.array([x for x, _ in pairs]), np.array([y for _, y in pairs]))
    teu = np.full(len(ports), np.nan)
    origin: list[str] = []
    for row, (code, calls_a_year) in enumerate(calls.items()):
        if code in derived:
            teu[row], words = derived[code], "TEU derived (teu_derived.csv)"
        elif code in published:
            teu[row], words = published[code][0], f"TEU published for {published[code][1]}"
        elif calls_a_year:
            teu[row], words = np.exp(intercept + slope * np.log(calls_a_year)), "TEU imputed from vessel calls"
        else:
            words = "TEU imputed as a low quantile of the other ports"
        origin.append(words)
    teu[np.isnan(teu)] = np.nanquantile(teu, no_figure_quantile)
    is_imputed = np.array([not words.startswith("TEU published") for words in origin])
    return Throughput(teu, is_imputed, tuple(origin))
