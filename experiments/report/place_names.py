"""Names of port ranges, regions of departure and fates in the words of the page."""

from __future__ import annotations

from experiments.cohort import COAST
from experiments.report.texts import Texts
from experiments.screen import place_label
from experiments.summary import NON_EU, UNSHIPPED

_CELLS = {NON_EU: "place.outside_eu", UNSHIPPED: "place.unshipped"}


def place_name(texts: Texts, key: str) -> str:
    """Return the name of a port range, of what comes in outside its terminals, or of another cell of flow."""
    if key in _CELLS:
        return texts(_CELLS[key])
    if key.startswith(COAST):
        return texts("place.outside", place=place_name(texts, key.removeprefix(COAST)))
    return texts(f"place.{key}") if texts.has(f"place.{key}") else place_label(key)


def region_name(texts: Texts, region: str) -> str:
    """Return the name of a region of departure; of goods with regions of their own the code."""
    return texts(f"region.{region}") if texts.has(f"region.{region}") else region


def fate_name(texts: Texts, fate: str) -> str:
    """Return what became of a kilogram, in plain words."""
    return texts(f"fate.{fate}") if texts.has(f"fate.{fate}") else place_label(fate)
