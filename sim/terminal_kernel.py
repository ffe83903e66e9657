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
_ABANDONED = int(Fate.ABANDONED)
_AT_EXTRACTION, _DOWNSTREAM = int(Fate.SEIZED_EXTRACTION), int(Fate.FOUND_DOWNSTREAM)
_CHANCE, _TARGETED = int(Trigger.CHANCE), int(Trigger.TARGETED)
_SEARCH, _ARREST, _IMPORTER = int(Step.SEARCH), int(Step.ARREST), int(Step.IMPORTER)
_OUTSIDE = int(Method.OUTSIDE)
_U_OUTSIDE, _U_TIP, _U_LEAD = int(Luck.OUTSIDE), int(Luck.TIP), int(Luck.TIP_LEAD)
_U_EXTRACTION, _U_CAUGHT = int(Luck.EXTRACTION_TIME), int(Luck.CAUGHT)
_U_INSIDER, _U_LEAK = int(Luck.INSIDER), int(Luck.LEAK)
_U_DOWNSTREAM, _U_DWELL, _U_UNLOAD = int(Luck.DOWNSTREAM), int(Luck.DWELL), int(Luck.UNLOAD)
_DAY = 1440
_DWELL_DRY, _DWELL_REEFER = 4, 5
_HURRIED = 2


@kernel
def time_at(times, row, u):
    """Return the time of a quantile from the table of sim.times."""
    return times[row, int(u * times.shape[1])]


@kernel
def discharge(
    consignments,
    luck,
    at_sea,
    call_min,
    call_string,
    lane_string,
    is_controlled,
    tips,
    exchange,
    terminal,
    times,
    reefer,
    access,
):
    """Bring consignments at sea ashore on the calls of a window.

    Args:
        consignments, luck: the table and its luck rows.
        at_sea: rows under way; those outside the container terminals are passed over.
        call_min, call_string: the calls of the window, ordered by minute.
        lane_string: string of each lane.
        is_controlled: by place, whether tips reach its customs at all.
        tips: own probability, foreign probability, mean lead (days), delay of a foreign tip (days) with the
            exchange and without it.
        exchange: by place, the share of own tips that other states learn of at once, that of theirs that this one
            does, and tips from others than states, relative to own ones.
        terminal: longest unloading (min), log sd of the extraction clock.
        times: table of dwell minutes by quantile (sim.times).
        reefer: by method, whether the box is refrigerated for certain; others are dry here.
        access: coverage by insiders of each port, and the median of the extraction clock (min) without and with one,
            shape (ports, 2).

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
            c.extraction_min = _NEVER
            if NEEDS_EXTRACTION[c.method]:
                c.has_insider = int(c.has_foothold == 1 and luck[i, _U_INSIDER] < access[0][c.place])
                spread = math.exp(terminal[1] * normal_quantile(luck[i, _U_EXTRACTION]))
                c.extraction_min = minute + max(1, int(round(access[1][c.place, c.has_insider] * spread)))
            c.fate = _AWAITING
            c.tip_min = _NEVER
            if is_controlled[c.place]:
                # Intervals of one uniform, those of the exchange nested in those without it.
                known = minute - int(round(-math.log(luck[i, _U_LEAD]) * tips[2] * _DAY))
                u, received = luck[i, _U_TIP], exchange[1][c.place]
                if u < tips[0]:
                    c.tip_min = known
                    c.has_shared_tip = int(u < exchange[0][c.place] * tips[0])
                elif u < tips[0] + received * tips[1]:
                    c.tip_min = known + int(round(tips[3] * _DAY))
                    c.has_shared_tip = 1
                elif u < tips[0] + tips[1]:
                    c.tip_min = known + int(round(tips[4] * _DAY))
                elif u < tips[0] + tips[1] + exchange[2][c.place] * tips[0]:
                    c.tip_min = known
            break
    return landed


@kernel
def close(c, fate, minute, trigger, step):
    """Close a consignment."""
    c.fate, c.closed_min, c.trigger, c.step = fate, minute, trigger, step


@kernel
def warn_teams(consignments, luck, rows, known_min, leak_probability, earliest_min):
    """Let insiders tell their teams that the box has been selected.

    A warned team goes early, if it can then be at the box before customs fetch it (`resolve` sees to that); it needs
    ``earliest_min`` from the discharge or the warning, whichever is later.

    Args:
        consignments, luck: the table and its luck rows.
        rows: those selected just now.
        known_min: minute of each selection.
        leak_probability: that the team of a covered job learns of it, and what a tip that states have exchanged adds.
        earliest_min: time that it then needs at least.
    """
    for position in range(rows.size):
        i = rows[position]
        c = consignments[i]
        is_exchanged = c.has_shared_tip == 1 and c.tip_min <= known_min[position]
        likely = leak_probability[0] + (leak_probability[1] if is_exchanged else 0.0)
        if c.control == _SELECTED and c.has_insider == 1 and luck[i, _U_LEAK] < likely:
            c.has_leaked = 1
            earliest = max(known_min[position], c.discharge_min) + earliest_min
            if earliest < c.extraction_min:
                c.extraction_min, c.is_hurried = earliest, 1


@kernel
def resolve(consignments, luck, ashore, now, caught_probability, downstream_probability):
    """Let the three clocks run up to ``now`` for consignments at terminals.

    A selected box is not released before customs are done; the team may still be quicker than the retrieval. A warned
    team that is not quicker stays away: what customs find is a find like any other, but nobody is caught; what they
    do not find is abandoned, lost to everybody, for nobody asks for it again (assumption).

    Args:
        consignments, luck: the table and its luck rows.
        ashore: rows at terminals.
        now: end of the time that has passed.
        caught_probability: by port, of a team without an insider, with one, and of one in a hurry, shape (ports, 3).
        downstream_probability: that the importer reports what the team did not get.
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
                if c.has_leaked == 1:
                    close(c, _ABANDONED, c.finish_min, 0, 0)
                    continue
                c.control = _CLEARED
                c.extraction_min = max(c.extraction_min, c.finish_min)
                c.release_min = max(c.release_min, c.finish_min)
            elif not needs_team or c.extraction_min >= now:
                continue
        is_blocked = c.control == _SELECTED
        if needs_team and (is_blocked or c.extraction_min <= c.release_min):
            if c.extraction_min < now:
                kind = _HURRIED if c.is_hurried == 1 else c.has_insider
                if luck[i, _U_CAUGHT] < caught_probability[c.place, kind]:
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
