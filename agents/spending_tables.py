"""The tables accounts and control_month: what each state was given, and who spent what on what."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.budget import COORDINATION
from agents.levers import lever_classes

if TYPE_CHECKING:
    from agents.model import WaterbedModel

ACCOUNT_NAMES = ("capital", "staff", "programme")


def account_columns(model: WaterbedModel) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """Return the columns of the table accounts, and the names behind its codes."""
    states = model.enforcement.coordinator.states
    accounts = [getattr(state.accounts, name) for state in states for name in ACCOUNT_NAMES]
    return {
        "country": np.repeat(np.arange(len(states)), len(ACCOUNT_NAMES)),
        "account": np.tile(np.arange(len(ACCOUNT_NAMES)), len(states)),
        "appropriated": np.array([a.appropriated for a in accounts], np.int64),
        "committed": np.array([a.committed for a in accounts], np.int64),
        "unspent": np.array([a.unspent for a in accounts], np.int64),
    }, {"country": tuple(state.country for state in states), "account": ACCOUNT_NAMES}


def spending_columns(
    model: WaterbedModel, month_of_day: npt.NDArray[np.int32]
) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """Return the columns of the table control_month, and the names behind its codes.

    Args:
        model: at its end.
        month_of_day: yyyymm of each day.
    """
    states = model.enforcement.coordinator.states
    spent: Counter[tuple[int, int, str, int]] = Counter()
    for row, state in enumerate(states):
        for entry in state.accounts.entries:
            month = int(month_of_day[min(entry.day, month_of_day.size - 1)])
            spent[month, row, entry.purpose, ACCOUNT_NAMES.index(entry.account)] += entry.amount
    purposes = tuple(sorted({COORDINATION, *lever_classes()}))
    keys = sorted(spent)
    return {
        "month": np.array([key[0] for key in keys], np.int32),
        "country": np.array([key[1] for key in keys], np.int64),
        "purpose": np.array([purposes.index(key[2]) for key in keys], np.int64),
        "account": np.array([key[3] for key in keys], np.int64),
        "committed": np.array([spent[key] for key in keys], np.int64),
    }, {"country": tuple(state.country for state in states), "purpose": purposes, "account": ACCOUNT_NAMES}
