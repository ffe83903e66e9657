"""The two identities that need no coupling of luck: how net kilograms were kept off, and where the flow went."""

from __future__ import annotations

from experiments.cohort import LANDED_FATES
from experiments.summary import UNSHIPPED, Summary


def kept_off_by_fate(treated: Summary, baseline: Summary) -> dict[str, int]:
    """Return the change of every other fate in grams; they sum to landed of the baseline less landed (I1).

    Raises:
        ArithmeticError: the identity fails, so a gram was lost or counted twice.
    """
    fates = sorted((set(treated.fates_g) | set(baseline.fates_g)) - set(LANDED_FATES))
    change = {fate: treated.fates_g.get(fate, 0) - baseline.fates_g.get(fate, 0) for fate in fates}
    kept_off = sum(baseline.fates_g.get(fate, 0) - treated.fates_g.get(fate, 0) for fate in LANDED_FATES)
    if sum(change.values()) != kept_off:
        raise ArithmeticError(f"I1 fails: fates change by {sum(change.values())} g, landed by {-kept_off} g")
    return change


def flow_change(treated: Summary, baseline: Summary) -> dict[str, int]:
    """Return the change of flow of every cell in grams, what was not shipped among them; they sum to zero (I2).

    Raises:
        ArithmeticError: the identity fails.
    """
    cells = sorted((set(treated.flow_g) | set(baseline.flow_g)) - {UNSHIPPED})
    change = {cell: treated.flow_g.get(cell, 0) - baseline.flow_g.get(cell, 0) for cell in [*cells, UNSHIPPED]}
    if sum(change.values()) != 0:
        raise ArithmeticError(f"I2 fails: the changes of flow sum to {sum(change.values())} g")
    return change
