"""Names of port ranges, regions of departure and fates in the words of the page."""

from __future__ import annotations

from experiments.cohort import COAST
from experiments.report.texts import Texts
from experiments.screen import place_label
from experiments.summary import NON_EU, UNSHIPPED
from scenarios.assumptions import PORT_RANGES

_CELLS = {NON_EU: "place.outside_eu", UNSHIPPED: "place.unshipped"}


def place_name(texts: Texts, key: str) -> str:
    """Return the name of a cell of flow: EU ports of a range, what comes in outside its terminals, or another cell."""
    if key in _CELLS:
        return texts(_CELLS[key])
    if key.startswith(COAST):
        return texts("place.outside", place=texts(f"place.{key.removeprefix(COAST)}"))
    if key not in PORT_RANGES:
        return place_label(key)
    short = f"place.{key}_in_eu"
    return texts("place.eu_ports", place=texts(short if texts.has(short) else f"place.{key}"))


def range_name(texts: Texts, key: str) -> str:
    """Return the name of a range with both its EU ports and what comes in outside terminals, or of what is apart."""
    if key in _CELLS:
        return texts(_CELLS[key])
    whole = f"place.{key}_together"
    return texts(whole if texts.has(whole) else f"place.{key}")


def region_name(texts: Texts, region: str) -> str:
    """Return the name of a region of departure; of goods with regions of their own the code."""
    return texts(f"region.{region}") if texts.has(f"region.{region}") else region


def fate_name(texts: Texts, fate: str) -> str:
    """Return what became of a kilogram, in plain words."""
    return texts(f"fate.{fate}") if texts.has(f"fate.{fate}") else place_label(fate)
