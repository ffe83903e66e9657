"""The commands that find what results leave open, for the very cases that these results are of."""

from __future__ import annotations

import dataclasses as dc
import shlex

from experiments.report.source import Source
from experiments.settings import Settings

_OTHER = frozenset(field.name for field in dc.fields(Settings)) - {"seed"} | {"lever"}
"""What a command is told beside its case, and must not be handed on; the seed is, for the same luck."""
_REGIMES = ("regime", "arms")
"""Arms say which regimes are compared."""


def stress_text(source: Source, treated: str, baseline: str) -> str:
    """Return the command that finds what parameters leave open of a contrast, and what would turn it around."""
    return shlex.join(["waterbed", "stress", *case_words(source), f"contrasts=[[{treated},{baseline}]]"])


def dose_text(source: Source, treated: str, baseline: str, lever: str) -> str:
    """Return the command that finds the break-even strength of a lever of the treated arm."""
    return shlex.join(["waterbed", "dose", *case_words(source), f"arms=[{baseline},{treated}]", f"lever={lever}"])


def spillover_text(source: Source, treated: str, factor: float) -> str:
    """Return the command that finds what parameters leave open of one treatment of a place."""
    regime = f"regime={source.case.regime.name}"
    words = [*case_words(source), regime, f"treated={treated}", f"capacity_factor={factor:g}"]
    return shlex.join(["waterbed", "spillover", *words])


def case_words(source: Source) -> list[str]:
    """Return what the command of these results was told of their case: its overrides without those of the command."""
    try:
        words = shlex.split(source.facts["command"])[2:]
    except ValueError:
        return []
    return [word for word in words if _is_of_case(word)]


def _is_of_case(word: str) -> bool:
    name, is_setting, _ = word.lstrip("+~").partition("=")
    is_override = bool(is_setting) or word.startswith("~")
    return is_override and name.partition(".")[0] not in _OTHER and not name.startswith(_REGIMES)


def knows_case(source: Source) -> bool:
    """Return whether the command says what the case was, and not which earlier results it was taken from."""
    try:
        words = shlex.split(source.facts["command"])[2:]
    except ValueError:
        return False
    return all("=" in word or word.startswith(("-", "~")) for word in words)
