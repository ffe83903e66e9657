"""What is asked of a sweep: settings of waterbed sensitivity and waterbed discover, name=value."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from experiments.sweep.reading import MEMORY_MB
from scenarios.errors import InputError, unknown_name

Method = Literal["auto", "sobol", "morris", "given"]
Best = Literal["lowest", "highest"]
MOST_BOXES = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings of an analysis."""

    folders: tuple[Path, ...]
    """Of sweeps; several are of the same design, each under another regime."""
    outcome: str = "landed"
    contrast: tuple[str, ...] = ()
    """Two levels of a factor, or two folders: the outcome is that of the first less that of the second."""
    method: Method = "auto"
    above: str = ""
    """Points with more than this are of interest: a number, or a quantile such as q75."""
    below: str = ""
    boxes: int = 2
    over: str = "regime"
    """Factor of whose levels the regret is asked."""
    best: Best | None = None
    """Which outcome is best; None for what the outcome is known for."""
    memory_mb: int = MEMORY_MB
    results: Path | None = None
    """Where the tables go; beside the sweep unless told."""
    only: dict[str, str] = field(default_factory=dict)
    """Level of a factor that the points must have."""


def parse_asked(words: list[str]) -> Asked:
    """Return the settings that these words describe: folders, and name=value.

    A name that is no setting is a factor of the sweep with levels, and chooses one of them (regime=alliance_rule).

    Raises:
        InputError: no folder, or a value that is not allowed.
    """
    folders = tuple(Path(word) for word in words if "=" not in word)
    if not folders:
        raise InputError("RESULT: missing; allowed: a folder of `waterbed sweep`, or several of the same design.")
    known = {f.name for f in fields(Asked)} - {"folders", "only"}
    given: dict[str, str] = {}
    for word in words:
        name, is_setting, value = word.partition("=")
        if is_setting:
            if not value or name in given:
                raise InputError(f"{name}: '{word}' is not allowed; allowed: one value.")
            given[name] = value
    if given.keys() >= {"above", "below"}:
        raise InputError("above, below: both are not allowed; allowed: one of them.")
    only = {name: value for name, value in given.items() if name not in known}
    return Asked(
        folders,
        outcome=given.get("outcome", "landed"),
        contrast=_pair(given.get("contrast", "")),
        method=_one_of("method", given.get("method", "auto"), get_args(Method)),
        above=given.get("above", ""),
        below=given.get("below", ""),
        boxes=_whole("boxes", given.get("boxes", "2"), 1, MOST_BOXES),
        over=given.get("over", "regime"),
        best=_one_of("best", given["best"], get_args(Best)) if "best" in given else None,
        memory_mb=_whole("memory_mb", given.get("memory_mb", str(MEMORY_MB)), 64, 2**30),
        results=Path(given["results"]) if "results" in given else None,
        only=only,
    )


def _pair(text: str) -> tuple[str, ...]:
    levels = tuple(level.strip() for level in text.strip("[]").split(",") if level.strip())
    if text and (len(levels) != 2 or levels[0] == levels[1]):
        raise InputError(
            f"contrast: '{text}' is not allowed; allowed: two levels, such as [alliance_rule,national_rule]."
        )
    return levels


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise unknown_name(name, value, allowed)
    return value


def _whole(name: str, value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
        raise InputError(f"{name}: {value} is not allowed; allowed: whole numbers from {least} to {most}.")
    return int(value)
