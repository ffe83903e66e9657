"""A day at all ports: what is discharged in the window, who is selected, and the boxes that go to the control lines."""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import math

import numpy as np

from sim.codes import Control, Luck, Trigger
from sim.compilation import kernel
from sim.detection_kernel import is_seen
from sim.philox_kernel import uniform4
from sim.selection_kernel import select_port
from sim.terminal_kernel import time_at

_SELECTED, _UNSELECTED = int(Control.SELECTED), int(Control.UNSELECTED)
_TIP, _OTHER_PURPOSE = int(Trigger.TIP), int(Trigger.OTHER_PURPOSE)
_IMAGE, _SEARCH = int(Luck.IMAGE), int(Luck.SEARCH)
_FIRST_SERVICE = int(Luck.RETRIEVE_TIME)
_STAGES = 4
_SCANNED, _SEARCHED, _SEARCH_ONLY = 0b0111, 0b1111, 0b1000
_DAY, _SELECTION = 1440, 360
_DWELL_DRY, _DWELL_REEFER = 4, 5
_RANDOM_BOXES = 1 << 30  # beyond all lane ids
_TRANSHIPPED = 1 << 10  # beyond all port ids
_REEFER = 1
MOST_BOXES_A_DAY = 1 << 14
_ORDINAL_BITS, _OFFSET_BITS, _QUANTILE_BITS, _PORT_BITS, _FLAG_BITS = 14, 13, 12, 6, 3
_ARRIVAL_BITS = _OFFSET_BITS + _QUANTILE_BITS + _PORT_BITS + _FLAG_BITS


@kernel
def whole(carry, p, amount):
    """Return the whole part of what has accumulated at p and keep the rest."""
    carry[p] += amount
    n = int(math.floor(carry[p]))
    carry[p] -= n
    return n


@kernel
def pack_tag(day, ordinal, arrival_min, quantile, port, goods, is_searched, is_drug_tasked):
    """Return the negative tag of a clean box: what is needed when it leaves the line, unique by day and ordinal.

    The arrival is kept from the start of the day on. There is room for 16,384 boxes a day and port, 89 years,
    and 5.6 days from the start of the day to the arrival: the longest unloading takes two.
    """
    tag = (((day << _ORDINAL_BITS) | ordinal) << _OFFSET_BITS) | (arrival_min - day * _DAY)
    tag = (((tag << _QUANTILE_BITS) | quantile) << _PORT_BITS) | port
    return -1 - ((tag << _FLAG_BITS) | (goods << 2) | (is_searched << 1) | is_drug_tasked)


@kernel
def unpack_tag(tag):
    """Return (arrival minute, quantile of dwell, port, goods, is searched, is drug-tasked) of a clean box."""
    tag = -1 - tag
    day = tag >> (_ARRIVAL_BITS + _ORDINAL_BITS)
    return (
        day * _DAY + ((tag >> (_ARRIVAL_BITS - _OFFSET_BITS)) & ((1 << _OFFSET_BITS) - 1)),
        (tag >> (_PORT_BITS + _FLAG_BITS)) & ((1 << _QUANTILE_BITS) - 1),
        (tag >> _FLAG_BITS) & ((1 << _PORT_BITS) - 1),
        (tag >> 2) & 1,
        (tag >> 1) & 1,
        tag & 1,
    )


@kernel
def chargeable_days(stay_min, free_days):
    """Return days of demurrage: those begun at the terminal beyond the free ones."""
    return max(0, (stay_min + _DAY - 1) // _DAY - free_days)


@kernel
def calls_of_port(p, calls, strings, boxes_per_call):
    """Return lane row, whole boxes, minute and sailing of every lane call at a port.

    Boxes are whole, and every year brings the lane's volume (cumulated rounding).
    """
    minutes, string, sailing = calls
    entry, first_lane = strings
    count = 0
    for k in range(minutes.size):
        if entry[string[k]] == p:
            count += first_lane[string[k] + 1] - first_lane[string[k]]
    lane = np.empty(count, np.int64)
    boxes = np.empty(count, np.int64)
    minute = np.empty(count, np.int64)
    sailings = np.empty(count, np.int64)
    j = 0
    for k in range(minutes.size):
        if entry[string[k]] != p:
            continue
        for row in range(first_lane[string[k]], first_lane[string[k] + 1]):
            per_call = boxes_per_call[row]
            lane[j] = row
            boxes[j] = int(math.floor((sailing[k] + 1) * per_call) - math.floor(sailing[k] * per_call))
            minute[j], sailings[j] = minutes[k], sailing[k]
            j += 1
    return lane, boxes, minute, sailings


@kernel
def fill_clean(out, start, stop, address, day, port, ordinal, route_kind, times, clean, is_drug_tasked):
    """Fill in clean boxes from start to stop, whose arrival holds the call.

    Luck is keyed by ``address`` (key, epoch, entity) and the rank among the boxes of that address; ``ordinal`` is that
    of the first box among the port's of the day, and only names it.
    """
    ports, klass, route, arrival, service, tag = out
    key, epoch, entity = address
    for n in range(start, stop):
        rank = (entity << 20) | (n - start)
        u0 = uniform4(key, epoch, rank, 0)
        u1 = uniform4(key, epoch, rank, 1)
        minute = arrival[n] + int(u0[0] * clean[0])
        goods = _REEFER if u0[2] < clean[1] else 0
        quantile = int(u0[1] * times.shape[1])
        is_searched = route_kind == _SEARCH_ONLY or u0[3] < clean[2 + is_drug_tasked]
        ports[n], klass[n], arrival[n] = port, 1, minute
        route[n] = route_kind if route_kind == _SEARCH_ONLY else (_SEARCHED if is_searched else _SCANNED)
        for s in range(_STAGES):
            service[n, s] = time_at(times, s, u1[s]) if route[n] >> s & 1 else 0
        tag[n] = pack_tag(day, ordinal + n - start, minute, quantile, port, goods, int(is_searched), is_drug_tasked)


@kernel
def add_contaminated(out, n, consignments, luck, i, has_scanner, times, detection):
    """Write a selected contaminated box to the output and settle whether control finds it.

    As among clean boxes, a second look is for what is controlled against drugs: ``detection`` has two rows, without
    and with it.
    """
    ports, klass, route, arrival, service, tag = out
    c = consignments[i]
    is_tip = c.trigger == _TIP
    of_purpose = detection[0 if c.trigger == _OTHER_PURPOSE else 1]
    is_visible = not has_scanner or is_tip or is_seen(c, luck[i, _IMAGE], of_purpose)
    c.is_found_if_controlled = int(is_visible and luck[i, _SEARCH] < of_purpose[5])
    ports[n], klass[n], arrival[n], tag[n] = c.place, 0 if is_tip else 1, c.discharge_min, i
    route[n] = _SEARCH_ONLY if not has_scanner else (_SEARCHED if is_visible else _SCANNED)
    for s in range(_STAGES):
        is_visited = route[n] >> s & 1
        service[n, s] = time_at(times, s, luck[i, _FIRST_SERVICE + s]) if is_visited else 0


@kernel
def border_day(
    consignments, luck, arriving, day, calls, strings, lanes, ports, plan, carry, times, clean, detection, keys
):
    """Select at every port for the window that opens at 06:00 and make the boxes for the control lines.

    Args:
        consignments, luck: the consignment table and its luck rows.
        arriving: rows discharged in the window, ordered by (port, consignment id).
        day: the day.
        calls: (minute, string, sailing) of the calls of the window.
        strings: (entry port, first lane) of each string.
        lanes: (boxes a call, global id, log odds) of each lane; exposure is added up in the fourth.
        ports: (global id, has scanner, import boxes a day) of each port.
        plan: (drug-tasked slots a day, other controls a day, those spent on transhipped boxes, backlog, d') of each
            port, then the random share and the lane cap.
        carry: fractions carried over, shape (4, ports).
        times: table of service and dwell minutes by quantile (sim.times).
        clean: by port, longest unloading (min), reefer share, and the share of clean boxes that are searched after a
            scan, without and with a second look.
        detection: by port, without and with a second look: image detection by method, its mass scale (kg), search
            detection; shape (ports, 2, 6).
        keys: keys of clean scores, clean boxes and background boxes.

    Returns:
        ports, classes, routes, arrivals, services and tags of the boxes.
    """
    boxes_per_call, lane_id, log_odds, exposure_total = lanes
    port_id, has_scanner, import_per_day = ports
    drug_slots, other_slots, hub_slots, backlog, separation, random_share, lane_cap = plan
    size = arriving.size + 2 * port_id.size
    for p in range(port_id.size):
        size += int(drug_slots[p] + other_slots[p] + hub_slots[p]) + 3
    out = (
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty((size, _STAGES), np.int64),
        np.empty(size, np.int64),
    )
    n = 0
    first = 0
    for p in range(port_id.size):
        stop = first
        while stop < arriving.size and consignments[arriving[stop]].place == p:
            stop += 1
        here = arriving[first:stop]
        first = stop
        slots = max(0, whole(carry[0], p, drug_slots[p]) - backlog[p])
        others = whole(carry[2], p, other_slots[p])
        route_kind = _SCANNED if has_scanner[p] else _SEARCH_ONLY
        for k in range(others):
            out[3][n + k] = day * _DAY + _SELECTION + (k * _DAY) // others
        fill_clean(out, n, n + others, (keys[2], day, port_id[p]), day, p, 0, route_kind, times, clean[p], 0)
        n += others
        begin = n
        transhipped = whole(carry[3], p, hub_slots[p])
        for k in range(transhipped):
            out[3][n + k] = day * _DAY + _SELECTION + (k * _DAY) // transhipped
        address = (keys[2], day, _TRANSHIPPED + port_id[p])
        fill_clean(out, n, n + transhipped, address, day, p, 0, route_kind, times, clean[p], 1)
        n += transhipped
        lane, boxes, minutes, sailings = calls_of_port(p, calls, strings, boxes_per_call)
        if lane.size == 0:
            continue
        call_of = np.zeros(here.size, np.int64)
        for position in range(here.size):
            for j in range(lane.size):
                if lane[j] == consignments[here[position]].lane:
                    call_of[position] = j
        clean_count = np.zeros(lane.size + 1, np.int64)
        exposure = np.zeros(lane.size)
        tips = 0
        for i in here:
            tips += consignments[i].tip_min <= day * _DAY + _SELECTION
        at_random = whole(carry[1], p, random_share * max(slots - tips, 0))
        other_share = min(1.0, others / import_per_day[p]) if import_per_day[p] > 0.0 else 0.0
        select_port(
            consignments,
            luck,
            here,
            call_of,
            lane_id[lane],
            boxes,
            log_odds[lane],
            separation[p],
            slots,
            at_random,
            lane_cap,
            other_share,
            day * _DAY + _SELECTION,
            keys[0],
            sailings,
            clean_count,
            exposure,
        )
        for j in range(lane.size):
            exposure_total[lane[j]] += exposure[j]
        for j in range(lane.size):
            stop_at = n + clean_count[j]
            out[3][n:stop_at] = minutes[j]
            address = (keys[1], sailings[j], lane_id[lane[j]])
            fill_clean(out, n, stop_at, address, day, p, n - begin, route_kind, times, clean[p], 1)
            n = stop_at
        stop_at = n + clean_count[lane.size]
        for k in range(n, stop_at):
            out[3][k] = minutes[(k - n) % lane.size]
        address = (keys[1], day, _RANDOM_BOXES + port_id[p])
        fill_clean(out, n, stop_at, address, day, p, n - begin, route_kind, times, clean[p], 1)
        n = stop_at
        for i in here:
            if consignments[i].control == _SELECTED:
                add_contaminated(out, n, consignments, luck, i, has_scanner[p], times, detection[p])
                n += 1
    return out[0][:n], out[1][:n], out[2][:n], out[3][:n], out[4][:n], out[5][:n]


@kernel
def late_tips(consignments, luck, ashore, opens_min, closes_min, search_detection):
    """Mark consignments whose tip came too late for selection while the box is still there; return those to search.

    Each is due once: on the day, [opens, closes), of its tip or its discharge, whichever is later. A box that is on
    the line for another reason stays in its place, and is searched there because of the tip.
    """
    found = np.empty(ashore.size, np.int64)
    n = 0
    for i in ashore:
        c = consignments[i]
        minute = max(c.tip_min, c.discharge_min)
        if not opens_min <= minute < closes_min or c.trigger == _TIP:
            continue
        is_on_line = c.control == _SELECTED
        if is_on_line or minute < min(c.release_min, c.extraction_min):
            c.control, c.trigger = _SELECTED, _TIP
            c.is_found_if_controlled = int(luck[i, _SEARCH] < search_detection)
            if not is_on_line:
                c.secured_min, c.finish_min = -1, -1
                found[n] = i
                n += 1
    return found[:n]


@kernel
def settle_clean(tags, finish_min, times, free_days, totals, trade):
    """Add up what leaves the lines at each port: controls, searches, and what they delay beyond the planned dwell.

    Args:
        tags, finish_min: boxes that left; tags of clean boxes are negative.
        times: table of dwell minutes by quantile (sim.times).
        free_days: days without demurrage, by goods (dry, reefer).
        totals: out, shape (ports, 4): drug-tasked, all, searched boxes, minutes of delay.
        trade: out, shape (ports, goods, 4): all, searched boxes, minutes of delay, days of demurrage due to control.
    """
    for k in range(tags.size):
        if tags[k] >= 0:
            continue
        arrival, quantile, port, goods, is_searched, is_drug_tasked = unpack_tag(tags[k])
        dwell = times[_DWELL_DRY + goods, quantile]
        delay = max(0, finish_min[k] - arrival - dwell)
        totals[port, 0] += is_drug_tasked
        totals[port, 1] += 1
        totals[port, 2] += is_searched
        totals[port, 3] += delay
        free = free_days[goods]
        trade[port, goods, 0] += 1
        trade[port, goods, 1] += is_searched
        trade[port, goods, 2] += delay
        trade[port, goods, 3] += chargeable_days(dwell + delay, free) - chargeable_days(dwell, free)
