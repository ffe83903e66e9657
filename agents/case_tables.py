"""The table of cases of a finished run: what investigations came to, with the truth that no authority sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agents.cases import NOT_YET, Investigation
from agents.disruption import Blow

if TYPE_CHECKING:
    from agents.model import WaterbedModel
    from agents.run_tables import RunTables

OUTCOMES = ("pending", "none", "arrests", "recovered", "dismantled", "gone")
"""Gone: the organisation had come to an end before, so that nobody of it was arrested and nothing seized."""


def case_columns(run: RunTables) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """Return the columns of the table ``cases`` and the names of its states and outcomes."""
    model, files = run.model, run.model.enforcement.cases
    cases = sorted([*files.concluded, *files.pending], key=lambda case: (case.opened_day, case.lead, case.file))
    # Arrests are made in the order in which cases were concluded; those of the last evening are not made any more.
    with_arrests = [case for case in files.concluded if case.has_arrests]
    blows = dict(zip(map(id, with_arrests), model.traffickers.disruption.blows, strict=False))
    struck = [blows.get(id(case)) for case in cases]
    came_to = [OUTCOMES.index(outcome(case, blow, model.day)) for case, blow in zip(cases, struck, strict=True)]
    recovery = [np.nan if blow is None or blow.is_dismantled or blow.is_gone else blow.idle_days for blow in struck]
    return {
        "country": np.array([case.lead for case in cases], np.int64),
        "is_joint": np.array([case.is_joint for case in cases], np.bool_),
        "organisation": np.array([case.file for case in cases], np.int32),
        "opened": _months(model, [case.opened_day for case in cases]),
        "evidence": np.array([case.evidence_opened for case in cases], np.float64),
        "begun": _months(model, [case.begun_day for case in cases]),
        "concluded": _months(model, [case.concluded_day for case in cases]),
        "outcome": np.array(came_to, np.int64),
        "arrested_share": np.array([0.0 if blow is None else blow.arrested_share for blow in struck], np.float64),
        "seized_eur": np.array([0.0 if blow is None else blow.seized_eur for blow in struck], np.float64),
        "recovery_days": np.array(recovery, np.float64),
    }, {"country": tuple(a.country for a in model.enforcement.authorities), "outcome": OUTCOMES}


def outcome(case: Investigation, blow: Blow | None, day: int) -> str:
    """Return what a case has come to by a day.

    Args:
        case: of which.
        blow: what its arrests did, None before they are made.
        day: the day.
    """
    if case.concluded_day == NOT_YET:
        return "pending"
    if not case.has_arrests:
        return "none"
    if blow is None:
        return "arrests"
    if blow.is_gone:
        return "gone"
    if blow.is_dismantled:
        return "dismantled"
    return "recovered" if blow.day + blow.idle_days <= day else "arrests"


def _months(model: WaterbedModel, days: list[int]) -> Any:
    dates = [None if day == NOT_YET else model.clock.date(day) for day in days]
    return np.array([0 if date is None else date.year * 100 + date.month for date in dates], np.int32)
