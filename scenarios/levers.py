"""What conf/lever says of each lever: evidence, feasibility, and a row for each of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from scenarios.errors import InputError
from scenarios.parameter_row import ParameterRow, parse_row

LEVERS = Path(__file__).resolve().parent.parent / "conf" / "lever"
COMMON = ("strength", "delay_days", "programme_eur_per_year", "posts_per_port")
"""Parameters that every lever has: a factor on its effect, its delay to effect, its price and its staff."""
_WORDS = ("name", "about", "grade", "evidence", "feasible_now")
_COLUMNS = ("unit", "default", "low", "high", "prior", "source", "about")
_GRADES = ("B", "B/C", "C", "C/D", "D")
_FEASIBLE = ("yes", "needs agreement", "needs legislation")


@dataclass(frozen=True, slots=True)
class LeverTerms:
    """What a lever rests on and what it takes."""

    name: str
    about: str
    grade: str
    """Evidence of its effect: B measured with comparison, C without, D assumed."""
    evidence: str
    feasible_now: str
    rows: tuple[ParameterRow, ...]


@lru_cache(maxsize=4)
def lever_terms(folder: Path = LEVERS) -> dict[str, LeverTerms]:
    """Return the terms of every lever, by name, in order of their names.

    Raises:
        InputError: a file that cannot be read, lacks something, or has a value that is not allowed.
    """
    return {path.stem: _terms(path) for path in sorted(folder.glob("*.yaml"))}


def _terms(path: Path) -> LeverTerms:
    place = f"conf/lever/{path.name}"
    raw = _plain(path, place)
    if set(raw) != {*_WORDS, "parameters"}:
        odd = ", ".join(sorted(str(name) for name in set(raw) ^ {*_WORDS, "parameters"}))
        raise InputError(f"{place}: missing or unknown: {odd}; allowed: {', '.join(_WORDS)}, parameters.")
    words = {name: str(raw[name]) for name in _WORDS}
    for name, value, allowed in (
        ("name", words["name"], (path.stem,)),
        ("grade", words["grade"], _GRADES),
        ("feasible_now", words["feasible_now"], _FEASIBLE),
    ):
        if value not in allowed:
            raise InputError(f"{place}, {name}: '{value}' is not allowed; allowed: {', '.join(allowed)}.")
    rows = raw["parameters"] if isinstance(raw["parameters"], dict) else {}
    for name in COMMON:
        if name not in rows:
            raise InputError(f"{place}, parameters: {name} is missing; every lever has {', '.join(COMMON)}.")
    return LeverTerms(**words, rows=tuple(_row(place, path.stem, str(name), rows[name]) for name in rows))


def _plain(path: Path, place: str) -> dict[Any, Any]:
    # Loaded here: the reader of YAML is not needed where a case is already made.
    from omegaconf import OmegaConf

    try:
        raw = OmegaConf.to_container(OmegaConf.load(path))
    except Exception as error:
        raise InputError(f"{place}: cannot be read as plain YAML ({' '.join(str(error).split())[:120]}).") from None
    return raw if isinstance(raw, dict) else {}


def _row(place: str, lever: str, name: str, cells: object) -> ParameterRow:
    if not isinstance(cells, dict) or set(cells) != set(_COLUMNS):
        raise InputError(f"{place}, {name}: a parameter has {', '.join(_COLUMNS)}, and nothing else.")
    text = {column: str(cells[column]) for column in _COLUMNS}
    text["class"] = "fixed" if text["prior"] == "fixed" else "prior"
    return parse_row(f"{place}, {name}", {**text, "name": f"{lever}.{name}"})
