"""Succession: a slot is always somebody's, newcomers come only from the reserve, and no slot touches another's luck."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.succession import Succession
from sim.streams import Streams
from tests.model_cases import small_case, with_parameters

STARTERS, RESERVE, SLOTS = 10, 4, 60
LOW, HIGH = -1e6, 1e6
"""Profits at which nobody, and everybody, enters."""
LOG_WEIGHT = np.linspace(-1, 1, STARTERS + RESERVE)
HOLDER = np.arange(SLOTS) % STARTERS


def succession(seed: int = 1, *, reserve: int = RESERVE, idle: int = 0) -> Succession:
    case = with_parameters(small_case(), "capital", entry_profit_eur_per_kg=0.0, entry_scale_eur_per_kg=1_000.0)
    log_weight = np.concatenate([LOG_WEIGHT[: STARTERS + reserve], np.zeros(idle)])
    return Succession(case, Streams(seed, 0), log_weight, STARTERS, reserve, HOLDER)


def test_all_start_with_their_own_slots() -> None:
    """Starters are active, the reserve is not; the first holders are not the array of the current ones."""
    s = succession()
    assert np.array_equal(s.holder, HOLDER)
    assert s.is_active.tolist() == [True] * STARTERS + [False] * RESERVE
    s.replace([0], LOW)
    assert np.array_equal(HOLDER, np.arange(SLOTS) % STARTERS)


def test_who_fails_hands_over_every_slot_and_nobody_else_any(seed: int) -> None:
    """Law: all slots of the failed go to those who are active; all others stay; the failed never come back."""
    s = succession(seed)
    assert s.replace([2, 7], LOW) == []
    was_theirs = np.isin(HOLDER, [2, 7])
    assert np.array_equal(s.holder[~was_theirs], HOLDER[~was_theirs])
    assert not np.isin(s.holder, [2, 7]).any()
    assert not s.is_active[[2, 7]].any()
    assert s.is_active.sum() == STARTERS - 2
    for failed in (0, 1, 3, 4):
        s.replace([failed], LOW)
        assert s.is_active[s.holder].all()
    assert not np.isin(s.holder, [2, 7, 0, 1, 3, 4]).any()


def test_nobody_failed_changes_nothing() -> None:
    """Nor does the failure of who holds no slot, but that one is no candidate any more."""
    s = succession()
    assert s.replace([], LOW) == []
    assert np.array_equal(s.holder, HOLDER)
    s.replace([4], LOW)
    before = s.holder.copy()
    assert s.replace([4], LOW) == []
    assert np.array_equal(s.holder, before)


def test_newcomers_enter_up_to_the_reserve(seed: int) -> None:
    """At a high profit each slot goes to another newcomer, until there are none; each replaces the one that failed."""
    s = succession(seed)
    newcomers = s.replace([3], HIGH)
    assert sorted(newcomers) == [(STARTERS + n, 3) for n in range(RESERVE)]
    assert s.holder[HOLDER == 3][:RESERVE].tolist() == [organisation for organisation, _ in newcomers]
    rest = s.holder[HOLDER == 3][RESERVE:]
    assert (rest < STARTERS).all()
    assert s.is_active[STARTERS:].all()
    assert s.replace([5], HIGH) == [], "the reserve is used up"
    assert s.is_active[s.holder].all()


def test_without_reserve_or_profit_nobody_enters(seed: int) -> None:
    """The same slots go to the same others, whether none could or none would enter."""
    would_not, could_not = succession(seed), succession(seed, reserve=0)
    assert would_not.replace([3, 6], LOW) == could_not.replace([3, 6], HIGH) == []
    assert np.array_equal(would_not.holder, could_not.holder)


def test_entry_happens_as_often_as_it_is_probable(seed: int) -> None:
    """At a profit of one scale: e / (1 + e) of slots, within 5 errors; and raising profit only adds entrants."""
    case = with_parameters(small_case(), "capital", entry_profit_eur_per_kg=0.0, entry_scale_eur_per_kg=1_000.0)
    slots = 3_000
    found = []
    for profit in (-1_000.0, 1_000.0, 2_000.0):
        holder = np.zeros(slots, np.int64)
        s = Succession(case, Streams(seed, 0), np.zeros(5 + slots), 5, slots, holder)
        s.replace([0], profit)
        found.append(s.holder >= 5)
    p = math.e / (1 + math.e)
    assert abs(found[1].mean() - p) < 5 * np.sqrt(p * (1 - p) / slots)
    assert not (found[0] & ~found[1]).any()
    assert not (found[1] & ~found[2]).any()


def test_what_happens_to_one_slot_changes_no_others_successor(seed: int) -> None:
    """Law: with one more failure, slots go to the same successors, but for those that would have gone to it."""
    one, both = succession(seed), succession(seed)
    one.replace([3], LOW)
    both.replace([3, 8], LOW)
    of_three = HOLDER == 3
    same = one.holder[of_three] == both.holder[of_three]
    assert (one.holder[of_three][~same] == 8).all()
    assert same.any()
    # Nor does it matter whether they fail together or one after the other, for slots that change hands once.
    after = succession(seed)
    after.replace([8], LOW)
    after.replace([3], LOW)
    assert np.array_equal(after.holder[of_three], both.holder[of_three])


def test_how_many_fail_does_not_change_which_slots_newcomers_take(seed: int) -> None:
    """Law: that a slot goes to a newcomer is its own luck, while the reserve lasts."""
    case = with_parameters(small_case(), "capital", entry_profit_eur_per_kg=0.0, entry_scale_eur_per_kg=1_000.0)
    slots, entered = 1_000, []
    holder = np.arange(slots) % STARTERS
    for failed in ([3], [3, 8], [0, 3, 8]):
        s = Succession(case, Streams(seed, 0), np.zeros(STARTERS + slots), STARTERS, slots, holder)
        s.replace(failed, 0.0)
        entered.append((s.holder >= STARTERS)[holder == 3])
    assert all(np.array_equal(entered[0], other) for other in entered)
    assert 0 < entered[0].sum() < entered[0].size


def test_organisations_without_a_slot_change_nothing(seed: int) -> None:
    """Law: those that only stand by are neither candidates nor newcomers."""
    few, many = succession(seed), succession(seed, idle=5)
    for s in (few, many):
        s.replace([0, 1], 0.0)
        s.replace([2], 0.0)
    assert np.array_equal(few.holder, many.holder)
    assert np.array_equal(few.is_active, many.is_active)


def test_a_slot_has_other_luck_each_time_it_changes_hands(seed: int) -> None:
    """The second change of the same slots among the same candidates is another draw."""
    s = succession(seed, reserve=0)
    s.replace([0, 1, 2], LOW)
    first = s.holder.copy()
    s.holder[:] = HOLDER
    s.replace([0, 1, 2], LOW)
    assert not np.array_equal(s.holder, first)


def test_where_nobody_is_left_slots_stay(seed: int) -> None:
    """Law: a slot is never without a holder; and a newcomer can still enter."""
    s = succession(seed, reserve=0)
    assert s.replace(list(range(STARTERS)), HIGH) == []
    assert np.array_equal(s.holder, HOLDER)
    assert not s.is_active.any()
    with_reserve = succession(seed, reserve=1)
    assert with_reserve.replace(list(range(STARTERS)), HIGH) == [(STARTERS, 0)]
    assert with_reserve.holder[0] == STARTERS
    assert with_reserve.is_active.tolist() == [False] * STARTERS + [True]


def test_what_lots_are_taken_to_bring() -> None:
    """The first mean, then a twentieth of each later one."""
    s = succession()
    assert math.isnan(s.netback)
    s.note(np.array([1_000.0, 3_000.0]))
    assert s.netback == 2_000
    s.note(np.array([6_000.0]))
    assert s.netback == pytest.approx(2_200)
