"""From the settings of a sweep to its design and its cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.design import KINDS, Design, make_design
from experiments.sweep.factors import Factor
from experiments.sweep.point_table import read_points
from experiments.sweep.points import Cases
from experiments.sweep.settings_of_cases import GROUPS
from experiments.sweep.vary import parse_factors, tied_by_anchor
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name

TIED = "tied"
"""Fact of a design: its factors that the interception anchor would move together and a sweep moves alone."""


def asked_design(
    case: Case,
    overrides: Sequence[str],
    kind: str,
    *,
    vary: Sequence[str] = (),
    n: int = 1,
    seed: int = 1,
    table: Path | None = None,
    arms: Sequence[str] = (),
) -> tuple[Design, Cases]:
    """Return the design that is asked for and what makes the case of each of its points, every setting checked.

    Args:
        case: what the overrides say.
        overrides: of the command line.
        kind: of design.
        vary: elements of the setting.
        n: see `make_design`.
        seed: seed of the experiment.
        table: the file of points, for a design of the kind `table`.
        arms: levels of `regime` where it is named alone; the points of a design of the kind `cases`.

    Raises:
        InputError: something that does not exist, is not allowed, or does not go together.
    """
    if kind not in KINDS:
        raise unknown_name("design", kind, KINDS)
    if (table is not None) != (kind == "table"):
        raise InputError("table: a file of points and design=table go together; one of them is missing.")
    points = None
    if table is not None:
        factors, points = read_points(table, case, vary)
    elif kind == "cases" and not vary:
        factors = parse_factors(["regime"], case, arms)
    else:
        factors = parse_factors(vary, case, arms)
    _refuse_set_and_varied(factors, overrides)
    design = make_design(kind, factors, n, seed, points)
    tied = tied_by_anchor([factor.name for factor in factors])
    if tied:
        design.facts[TIED] = ", ".join(tied)
    cases = Cases(tuple(overrides), factors, case)
    cases.prepare(design.values)
    return design, cases


def _refuse_set_and_varied(factors: Sequence[Factor], overrides: Sequence[str]) -> None:
    """Refuse what two settings would say something about."""
    names = {override.partition("=")[0].lstrip("+~").removeprefix("parameters.") for override in overrides}
    for factor in factors:
        if factor.name in names:
            raise InputError(f"vary: '{factor.name}' is also set on the command line; allowed: one of the two.")
        for other in factors if factor.name not in GROUPS else ():
            if other.name.startswith(f"{factor.name}."):
                raise InputError(f"vary: '{other.name}' is a part of '{factor.name}'; allowed: one of the two.")
