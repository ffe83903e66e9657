"""Daily selection at one time for all ports: tips first, a random share, then the highest posterior log-odds.

The clean boxes of a lane are represented by the descending order statistics of their scores, drawn one at a time as
slots are filled: exact, at the cost of the boxes selected, and nested (more slots keep the boxes of fewer slots).
"""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import math

import numpy as np

from sim.codes import Control, Luck, Trigger
from sim.compilation import kernel
from sim.normal_kernel import normal_cdf, normal_quantile
from sim.philox_kernel import uniform4

_UNSELECTED = int(Control.UNSELECTED)
_SELECTED = int(Control.SELECTED)
_TIP, _TARGETED, _RANDOM, _OTHER = (
    int(t) for t in (Trigger.TIP, Trigger.TARGETED, Trigger.RANDOM, Trigger.OTHER_PURPOSE)
)
_SCORE, _RANDOM_SLOT, _OTHER_PURPOSE = int(Luck.SCORE), int(Luck.RANDOM_SLOT), int(Luck.OTHER_PURPOSE)
_NOTHING = -1e300


@kernel
def next_clean_score(key, sailing, lane_id, taken, boxes, tail):
    """Return (upper tail probability, score) of the next highest of ``boxes`` normal scores.

    Given the k-th smallest of n uniforms V_k, 1 - (1 - V_k) u^(1 / (n - k)) is the next one (Renyi 1953,
    doi:10.1007/BF02127580); the score is minus the normal quantile of V.
    """
    four = uniform4(key, sailing, lane_id, taken >> 2)
    u = four[taken & 3]
    tail = 1.0 - (1.0 - tail) * math.exp(math.log(u) / (boxes - taken))
    tail = min(max(tail, 1e-300), 1.0 - 1e-16)
    return tail, -normal_quantile(tail)


@kernel
def select_port(
    consignments,
    luck,
    arriving,
    call_of,
    lanes,
    lane_boxes,
    log_odds,
    separation,
    slots,
    random_slots,
    lane_cap_share,
    other_share,
    known_by_min,
    clean_key,
    sailings,
    clean_count,
    exposure,
):
    """Select boxes at one port among those of one window; mark consignments, count clean boxes by lane call.

    Args:
        consignments, luck: the consignment table and its luck rows.
        arriving: rows of consignments in the window, in order of their id.
        call_of: by element of ``arriving``, its lane call.
        lanes, lane_boxes: global id and boxes of each lane call.
        log_odds: logit of the believed contamination rate of each lane call.
        separation: d' of the port's criteria.
        slots: boxes that may be selected (tips may exceed it).
        random_slots: how many of them are drawn at random.
        lane_cap_share: largest share of the slots for one lane.
        other_share: probability that a box is controlled for another purpose.
        known_by_min: a tip counts as known if it came by this minute.
        clean_key, sailings: address of the scores of clean boxes, with the sailing of each lane call.
        clean_count: out, clean boxes selected by lane call (targeted, then one more element: at random).
        exposure: out, by lane call: boxes times the probability that a contaminated one would have been selected.
    """
    calls = lanes.size
    boxes = 0
    first_of = np.empty(calls, np.int64)
    for j in range(calls):
        boxes += lane_boxes[j]
        clean_count[j] = 0
        # Calls of one lane share its cap: the first stands for all.
        first_of[j] = j
        for k in range(j):
            if lanes[k] == lanes[j]:
                first_of[j] = k
                break
    free = slots
    for i in arriving:
        if consignments[i].tip_min <= known_by_min:
            consignments[i].control = _SELECTED
            consignments[i].trigger = _TIP
            free -= 1
    at_random = min(random_slots, max(free, 0))
    random_probability = at_random / boxes if boxes > 0 else 0.0
    random_probability = min(random_probability, 1.0)
    drawn = 0
    for i in arriving:
        if consignments[i].control == _UNSELECTED and luck[i, _RANDOM_SLOT] < random_probability:
            consignments[i].control = _SELECTED
            consignments[i].trigger = _RANDOM
            drawn += 1
    clean_count[calls] = max(at_random - drawn, 0)
    free -= max(at_random, drawn)

    # Merge of the lanes' descending scores and the contaminated boxes until the slots are full.
    cap = max(1, int(lane_cap_share * slots))
    tail = np.zeros(calls)
    best = np.empty(calls)
    used = np.zeros(calls, np.int64)
    half = 0.5 * separation * separation
    for j in range(calls):
        best[j] = _NOTHING
        if lane_boxes[j] > 0 and free > 0:
            tail[j], score = next_clean_score(clean_key, sailings[j], lanes[j], 0, lane_boxes[j], 0.0)
            best[j] = log_odds[j] + separation * score - half
    threshold = np.full(calls, _NOTHING)
    last = _NOTHING
    is_full = free <= 0
    while free > 0:
        top, choice = _NOTHING, -1
        for j in range(calls):
            if used[first_of[j]] < cap and best[j] > top:
                top, choice = best[j], j
        contaminated = -1
        for i_at in range(arriving.size):
            i = arriving[i_at]
            if consignments[i].control != _UNSELECTED:
                continue
            j = call_of[i_at]
            if used[first_of[j]] >= cap:
                continue
            value = log_odds[j] + separation * (separation + normal_quantile(luck[i, _SCORE])) - half
            if value > top:
                top, choice, contaminated = value, j, i
        if choice < 0:
            break
        free -= 1
        used[first_of[choice]] += 1
        last = top
        if used[first_of[choice]] == cap:
            threshold[first_of[choice]] = top
        if contaminated >= 0:
            consignments[contaminated].control = _SELECTED
            consignments[contaminated].trigger = _TARGETED
            continue
        clean_count[choice] += 1
        if clean_count[choice] < lane_boxes[choice]:
            tail[choice], score = next_clean_score(
                clean_key, sailings[choice], lanes[choice], clean_count[choice], lane_boxes[choice], tail[choice]
            )
            best[choice] = log_odds[choice] + separation * score - half
        else:
            best[choice] = _NOTHING
    if free == 0 and slots > 0:
        is_full = True

    for i in arriving:
        if consignments[i].control == _UNSELECTED and luck[i, _OTHER_PURPOSE] < other_share:
            consignments[i].control = _SELECTED
            consignments[i].trigger = _OTHER
    for j in range(calls):
        bar = max(threshold[first_of[j]], last) if is_full else threshold[first_of[j]]
        targeted = 1.0
        if is_full and last == _NOTHING:
            targeted = 0.0
        elif bar > _NOTHING and separation > 0.0:
            targeted = normal_cdf(separation - (bar - log_odds[j] + half) / separation)
        chance = random_probability + (1.0 - random_probability) * targeted
        exposure[j] = lane_boxes[j] * (chance + (1.0 - chance) * other_share)
