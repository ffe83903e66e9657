"""Compiled recursion of the whole line.

The line is feed-forward, so each stage of a port is brought up to the limit before the next one. Within a stage starts
never go back in time, and each depends only on arrivals up to it: no event list is needed. Boxes are rows of one array;
a waiting box is linked into the queue of its stage and class, a free row into the list of free rows, so that memory
grows with the boxes that are in the line, not with those that ever were.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.compilation import kernel

Ints = npt.NDArray[np.int64]

# As in roster.py, which a kernel file does not import; a test holds them together.
STAGES = 4
MINUTES_PER_DAY = 1440
DAYS_PER_WEEK = 7

N_CLASSES = 2

NEVER = 2**62
"""A minute after everything."""
NOT_SECURED = -1
NO_BOX = -1

# Columns of a box. ROUTE holds the stages still to visit, this one included: the lowest bit is where it is.
ARRIVAL, TAG, NEXT, PREVIOUS, ROUTE, KLASS, SECURED, SERVICE = range(8)
BOX_COLUMNS = SERVICE + STAGES

# Columns of a queue (row: stage row * 2 + class).
HEAD, TAIL = range(2)

# Columns of a stage (row: port * 4 + stage). BREAKDOWNS: offset row of its first server, -1 if it never breaks down.
COUNT, OPEN, CLOSE, WEEKDAYS, BREAKDOWNS = range(5)
STAGE_COLUMNS = 5

# Columns of a server: when it gets free; a window [FROM, TO) in which it is on shift and up, valid for every question
# about a minute before TO that is not before an earlier question; the first breakdown that ends after FROM.
FREE, FROM, TO, BREAKDOWN = range(4)
SERVER_COLUMNS = 4

# Entries of the state.
FREE_ROW, LIVE, N_COMPLETED, N_SECURED = range(4)
STATE_ENTRIES = 4


@kernel
def find_bad_box(
    ports: int,
    now: int,
    port: Ints,
    klass: Ints,
    route: Ints,
    arrival: Ints,
    service: Ints,
    max_time: int,
    longest: int,
) -> tuple[int, int, int]:
    """Return what is wrong (0 nothing, 1 port, 2 klass, 3 route, 4 arrival, 5 service), with which box, and the value.

    Checked before anything changes, because a kernel that indexes with a wrong number does not raise.
    """
    for i in range(port.size):
        if port[i] < 0 or port[i] >= ports:
            return 1, i, port[i]
        if klass[i] < 0 or klass[i] >= N_CLASSES:
            return 2, i, klass[i]
        if route[i] < 1 or route[i] >= 1 << STAGES:
            return 3, i, route[i]
        if arrival[i] < now or arrival[i] >= max_time:
            return 4, i, arrival[i]
        for stage in range(STAGES):
            if route[i] >> stage & 1 and (service[i, stage] < 0 or service[i, stage] > longest):
                return 5, i, service[i, stage]
    return 0, 0, 0


@kernel
def free_rows(boxes: Ints, first: int, state: Ints) -> None:
    """Put the rows from `first` on into the list of free rows."""
    for row in range(boxes.shape[0] - 1, first - 1, -1):
        boxes[row, NEXT] = state[FREE_ROW]
        state[FREE_ROW] = row


@kernel
def stage_after(stage: int, route: int) -> int:
    """Return the first stage from `stage` on that is part of a route."""
    while not route >> stage & 1:
        stage += 1
    return stage


@kernel
def line_up(boxes: Ints, queues: Ints, queue: int, box: int) -> None:
    """Insert a box into its queue by (arrival, tag), searching from the end, where it nearly always belongs."""
    arrival = boxes[box, ARRIVAL]
    tag = boxes[box, TAG]
    before = queues[queue, TAIL]
    while before != NO_BOX and (
        boxes[before, ARRIVAL] > arrival or (boxes[before, ARRIVAL] == arrival and boxes[before, TAG] > tag)
    ):
        before = boxes[before, PREVIOUS]
    if before == NO_BOX:
        behind = queues[queue, HEAD]
        queues[queue, HEAD] = box
    else:
        behind = boxes[before, NEXT]
        boxes[before, NEXT] = box
    if behind == NO_BOX:
        queues[queue, TAIL] = box
    else:
        boxes[behind, PREVIOUS] = box
    boxes[box, PREVIOUS] = before
    boxes[box, NEXT] = behind


@kernel
def add_boxes(
    port: Ints,
    klass: Ints,
    route: Ints,
    arrival: Ints,
    service: Ints,
    tag: Ints,
    keys: Ints,
    mask: int,
    boxes: Ints,
    queues: Ints,
    state: Ints,
) -> None:
    """Take boxes into the line, in the order of `keys`, whose bits under `mask` are their positions.

    In order of arrival each goes to the end of its queue; in random order the search would be quadratic.
    """
    for key in keys:
        i = key & mask
        box = state[FREE_ROW]
        state[FREE_ROW] = boxes[box, NEXT]
        boxes[box, ARRIVAL] = arrival[i]
        boxes[box, TAG] = tag[i]
        boxes[box, ROUTE] = route[i]
        boxes[box, KLASS] = klass[i]
        boxes[box, SECURED] = NOT_SECURED
        for stage in range(STAGES):
            boxes[box, SERVICE + stage] = service[i, stage]
        first = stage_after(0, route[i])
        line_up(boxes, queues, (port[i] * STAGES + first) * N_CLASSES + klass[i], box)
    state[LIVE] += keys.size


@kernel
def find_window(
    server: Ints,
    stage: Ints,
    k: int,
    at: int,
    first_weekday: int,
    breakdown_start: Ints,
    breakdown_end: Ints,
    breakdown_first: Ints,
) -> None:
    """Find the next window, from minute `at` on, in which server k is on shift and up."""
    if stage[WEEKDAYS] == 0:
        server[FROM] = NEVER
        server[TO] = NEVER
        return
    breakdown = server[BREAKDOWN]
    last = breakdown
    if stage[BREAKDOWNS] >= 0:
        last = breakdown_first[stage[BREAKDOWNS] + k + 1]
    minute = at
    while True:
        day = minute // MINUTES_PER_DAY
        while (
            not stage[WEEKDAYS] >> (day + first_weekday) % DAYS_PER_WEEK & 1
            or minute >= day * MINUTES_PER_DAY + stage[CLOSE]
        ):
            day += 1
            minute = day * MINUTES_PER_DAY
        minute = max(minute, day * MINUTES_PER_DAY + stage[OPEN])
        while breakdown < last and breakdown_end[breakdown] <= minute:
            breakdown += 1
        if breakdown == last or breakdown_start[breakdown] > minute:
            break
        minute = breakdown_end[breakdown]
    server[BREAKDOWN] = breakdown
    server[FROM] = minute
    server[TO] = day * MINUTES_PER_DAY + stage[CLOSE]
    if breakdown < last:
        server[TO] = min(server[TO], breakdown_start[breakdown])


@kernel
def advance(
    until: int,
    boxes: Ints,
    queues: Ints,
    servers: Ints,
    stages: Ints,
    first_weekday: int,
    breakdown_start: Ints,
    breakdown_end: Ints,
    breakdown_first: Ints,
    state: Ints,
    completed: Ints,
    secured: Ints,
) -> None:
    """Make all starts before `until`.

    Args:
        until: Limit (exclusive), minute since the start of the clock.
        boxes: Shape (rows, BOX_COLUMNS).
        queues: Shape (ports * 4 * 2, 2).
        servers: Shape (ports * 4, most servers, SERVER_COLUMNS).
        stages: Shape (ports * 4, STAGE_COLUMNS).
        first_weekday: Weekday of day 0.
        breakdown_start: As in `Roster`.
        breakdown_end: As in `Roster`.
        breakdown_first: As in `Roster`.
        state: Shape (STATE_ENTRIES,).
        completed: Filled with (finish, tag, secured), in order of starts; shape (at least live boxes, 3).
        secured: Filled with (secured, tag), in order of starts; shape (at least live boxes, 2).
    """
    done = 0
    taken = 0
    for row in range(stages.shape[0]):
        tips = queues[N_CLASSES * row, HEAD]
        others = queues[N_CLASSES * row + 1, HEAD]
        count = stages[row, COUNT]
        stage = row % STAGES
        breaks_down = stages[row, BREAKDOWNS] >= 0
        while tips != NO_BOX or others != NO_BOX:
            tip_arrival = boxes[tips, ARRIVAL] if tips != NO_BOX else NEVER
            arrival = min(tip_arrival, boxes[others, ARRIVAL]) if others != NO_BOX else tip_arrival
            if arrival >= until:  # before any server is asked, because a window must not be sought ahead of time
                break
            start = NEVER
            chosen = -1
            for k in range(count):
                possible = max(servers[row, k, FREE], arrival)
                if possible >= servers[row, k, TO]:
                    find_window(
                        servers[row, k],
                        stages[row],
                        k,
                        possible,
                        first_weekday,
                        breakdown_start,
                        breakdown_end,
                        breakdown_first,
                    )
                possible = max(possible, servers[row, k, FROM])
                if possible < start:
                    start = possible
                    chosen = k
                    if start == arrival:
                        break
            if start >= until:  # a tip may still arrive and overtake
                break

            if tip_arrival <= start:
                box = tips
                queue = N_CLASSES * row
                tips = boxes[box, NEXT]
                head = tips
            else:
                box = others
                queue = N_CLASSES * row + 1
                others = boxes[box, NEXT]
                head = others
            queues[queue, HEAD] = head
            if head == NO_BOX:
                queues[queue, TAIL] = NO_BOX
            else:
                boxes[head, PREVIOUS] = NO_BOX

            finish = start + boxes[box, SERVICE + stage]
            if breaks_down:
                last = breakdown_first[stages[row, BREAKDOWNS] + chosen + 1]
                breakdown = servers[row, chosen, BREAKDOWN]
                while breakdown < last and breakdown_start[breakdown] < finish:
                    finish += breakdown_end[breakdown] - breakdown_start[breakdown]
                    breakdown += 1
            servers[row, chosen, FREE] = finish

            if boxes[box, SECURED] == NOT_SECURED:
                boxes[box, SECURED] = start
                if boxes[box, TAG] >= 0:
                    secured[taken, 0] = start
                    secured[taken, 1] = boxes[box, TAG]
                    taken += 1
            route = boxes[box, ROUTE] & (boxes[box, ROUTE] - 1)  # without the lowest bit
            if route == 0:
                completed[done, 0] = finish
                completed[done, 1] = boxes[box, TAG]
                completed[done, 2] = boxes[box, SECURED]
                done += 1
                boxes[box, NEXT] = state[FREE_ROW]
                state[FREE_ROW] = box
            else:
                boxes[box, ROUTE] = route
                boxes[box, ARRIVAL] = finish
                following = row - stage + stage_after(stage + 1, route)
                line_up(boxes, queues, following * N_CLASSES + boxes[box, KLASS], box)
    state[LIVE] -= done
    state[N_COMPLETED] = done
    state[N_SECURED] = taken


@kernel
def take_in_order(rows: Ints, keys: Ints, mask: int, ordered: Ints) -> None:
    """Write rows in the order of `keys`, whose bits under `mask` are their positions, and ties by the second column.

    Args:
        rows: Time first, tag second; shape (rows, columns).
        keys: Sorted, with time in the high bits; shape (rows,).
        mask: The low bits.
        ordered: Filled, transposed, so that columns are contiguous; shape (columns, rows).
    """
    columns = rows.shape[1]
    for i in range(keys.size):
        row = keys[i] & mask
        place = i
        while place > 0 and ordered[0, place - 1] == rows[row, 0] and ordered[1, place - 1] > rows[row, 1]:
            for column in range(columns):
                ordered[column, place] = ordered[column, place - 1]
            place -= 1
        for column in range(columns):
            ordered[column, place] = rows[row, column]


@kernel
def count_waiting(queues: Ints, boxes: Ints, stage: int, now: int, waiting: Ints) -> None:
    """Count, at each port, boxes that arrived before `now` at `stage` as their first and have not started."""
    for port in range(waiting.size):
        for klass in range(N_CLASSES):
            box = queues[(port * STAGES + stage) * N_CLASSES + klass, HEAD]
            while box != NO_BOX and boxes[box, ARRIVAL] < now:
                if boxes[box, SECURED] == NOT_SECURED:
                    waiting[port] += 1
                box = boxes[box, NEXT]
