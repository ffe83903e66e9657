"""At the terminal: discharge, tips, and the race between the extraction team, customs and release."""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import math

import numpy as np

from sim.codes import NEEDS_EXTRACTION, NEVER, Control, Fate, Luck, Method, Step, Trigger
from sim.compilation import kernel
from sim.normal_kernel import normal_quantile

_NEVER = NEVER
_UNSELECTED, _SELECTED, _CLEARED = int(Control.UNSELECTED), int(Control.SELECTED), int(Control.CLEARED)
_TRANSIT, _AWAITING, _DELIVERED = int(Fate.IN_TRANSIT), int(Fate.AWAITING_EXTRACTION), int(Fate.DELIVERED)
_AT_SEA, _AT_ENTRY = int(Fate.SEIZED_SEA), int(Fate.SEIZED_ENTRY)
_AT_EXTRACTION, _DOWNSTREAM = int(Fate.SEIZED_EXTRACTION), int(Fate.FOUND_DOWNSTREAM)
_CHANCE, _TARGETED = int(Trigger.CHANCE), int(Trigger.TARGETED)
_SEARCH, _ARREST, _IMPORTER = int(Step.SEARCH), int(Step.ARREST), int(Step.IMPORTER)
_OUTSIDE = int(Method.OUTSIDE)
_U_OUTSIDE, _U_TIP, _U_LEAD = int(Luck.OUTSIDE), int(Luck.TIP), int(Luck.TIP_LEAD)
_U_EXTRACTION, _U_CAUGHT = int(Luck.EXTRACTION_TIME), int(Luck.CAUGHT)
_U_DOWNSTREAM, _U_DWELL, _U_UNLOAD = int(Luck.DOWNSTREAM), int(Luck.DWELL), int(Luck.UNLOAD)
_DAY = 1440
_DWELL_DRY, _DWELL_REEFER = 4, 5


@kernel
def time_at(times, row, u):
    """Return the time of a quantile from the table of sim.times."""
    return times[row, int(u * times.shape[1])]


@kernel
def discharge(
    consignments, luck, at_sea, call_min, call_string, lane_string, is_controlled, tips, terminal, times, reefer
):
    """Bring consignments at sea ashore on the calls of a window.

    Args:
        consignments, luck: the table and its luck rows.
        at_sea: rows under way; those outside the container terminals are passed over.
        call_min, call_string: the calls of the window, ordered by minute.
        lane_string: string of each lane.
        is_controlled: by place, whether tips reach its customs at all.
        tips: own probability, foreign probability, mean lead (days), delay of foreign tips (days).
        terminal: longest unloading (min), extraction median (min), its log sd.
        times: table of dwell minutes by quantile (sim.times).
        reefer: by method, whether the box is refrigerated for certain; others are dry here.

    Returns:
        by row of ``at_sea``, whether it was discharged.
    """
    landed = np.zeros(at_sea.size, np.bool_)
    for position in range(at_sea.size):
        i = at_sea[position]
        c = consignments[i]
        if c.lane < 0:
            continue
        for call in range(call_min.size):
            if call_string[call] != lane_string[c.lane] or call_min[call] < c.ready_min:
                continue
            landed[position] = True
            minute = call_min[call] + int(luck[i, _U_UNLOAD] * terminal[0])
            c.discharge_min = minute
            dwell_row = _DWELL_REEFER if reefer[c.method] else _DWELL_DRY
            c.release_min = minute + time_at(times, dwell_row, luck[i, _U_DWELL])
            team_min = terminal[1] * math.exp(terminal[2] * normal_quantile(luck[i, _U_EXTRACTION]))
            c.extraction_min = minute + max(1, int(round(team_min))) if NEEDS_EXTRACTION[c.method] else _NEVER
            c.fate = _AWAITING
            c.tip_min = _NEVER
            if is_controlled[c.place]:
                known = minute - int(round(-math.log(luck[i, _U_LEAD]) * tips[2] * _DAY))
                if luck[i, _U_TIP] < tips[0]:
                    c.tip_min = known
                elif luck[i, _U_TIP] < tips[0] + tips[1]:
                    c.tip_min = known + int(round(tips[3] * _DAY))
            break
    return landed


@kernel
def close(c, fate, minute, trigger, step):
    """Close a consignment."""
    c.fate, c.closed_min, c.trigger, c.step = fate, minute, trigger, step


@kernel
def resolve(consignments, luck, ashore, now, caught_probability, downstream_probability):
    """Let the three clocks run up to ``now`` for consignments at terminals.

    A selected box is not released before customs are done; the team may still be quicker than the retrieval.
    """
    for i in ashore:
        c = consignments[i]
        needs_team = NEEDS_EXTRACTION[c.method]
        if c.control == _SELECTED:
            if c.secured_min >= 0 and (not needs_team or c.secured_min <= c.extraction_min):
                if c.finish_min < 0 or c.finish_min >= now:
                    continue
                if c.is_found_if_controlled == 1:
                    close(c, _AT_ENTRY, c.finish_min, c.trigger, _SEARCH)
                    continue
                c.control = _CLEARED
                c.extraction_min = max(c.extraction_min, c.finish_min)
                c.release_min = max(c.release_min, c.finish_min)
            elif not needs_team or c.extraction_min >= now:
                continue
        is_blocked = c.control == _SELECTED
        if needs_team and (is_blocked or c.extraction_min <= c.release_min):
            if c.extraction_min < now:
                if luck[i, _U_CAUGHT] < caught_probability:
                    close(c, _AT_EXTRACTION, c.extraction_min, _CHANCE, _ARREST)
                else:
                    close(c, _DELIVERED, c.extraction_min, 0, 0)
        elif c.release_min < now:
            if needs_team and luck[i, _U_DOWNSTREAM] < downstream_probability:
                close(c, _DOWNSTREAM, c.release_min, _CHANCE, _IMPORTER)
            else:
                close(c, _DELIVERED, c.release_min, 0, 0)


@kernel
def land_outside(consignments, luck, at_sea, now, loss_probability):
    """Land or lose the consignments outside the container terminals that arrive before ``now``."""
    for i in at_sea:
        c = consignments[i]
        if c.method == _OUTSIDE and c.ready_min < now:
            if luck[i, _U_OUTSIDE] < loss_probability:
                close(c, _AT_SEA, c.ready_min, _TARGETED, _ARREST)
            else:
                close(c, _DELIVERED, c.ready_min, 0, 0)
