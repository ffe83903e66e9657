"""Shapley values and interactions: games worked out by hand or published, and the laws that define them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import permutations
from math import factorial

import numpy as np
import pytest

from experiments.decompose.game import NOBODY, Players, coalitions, interaction, shapley, shapley_parts
from sim.streams import Ints

Game = dict[Players, Ints]


def game(players: str, value: Callable[[Players], int]) -> Game:
    return {some: np.array([value(some)], np.int64) for some in coalitions(list(players))}


def random_game(players: str, seed: int, replications: int = 5) -> Game:
    """Return a game of masses in grams, as large as those of a run."""
    draw = np.random.default_rng(seed)
    return {some: draw.integers(0, 4_000_000_000, replications) for some in coalitions(list(players))}


def fractions(values: Game, players: str) -> list[Fraction]:
    parts = shapley_parts(values, list(players))
    return [Fraction(int(parts[player][0]), factorial(len(players))) for player in players]


def test_coalitions_are_all_sets_once() -> None:
    found = list(coalitions(list("abcde")))
    assert (len(found), len(set(found))) == (32, 32)
    assert (found[0], found[-1]) == (NOBODY, frozenset("abcde"))


def test_the_airport_game() -> None:
    """Each class of aircraft pays its share of each stretch of runway it needs (Littlechild and Owen 1973)."""
    cost = {"a": 12, "b": 28, "c": 30}
    values = game("abc", lambda some: max((cost[player] for player in some), default=0))
    assert fractions(values, "abc") == [4, 12, 14]


def test_the_estate_of_ibn_ezra() -> None:
    """Claims of 120, 60, 40 and 30 on an estate of 120: 80 5/6, 20 5/6, 10 5/6 and 7 1/2 (Aumann 2010)."""
    claim = {"a": 120, "b": 60, "c": 40, "d": 30}
    values = game("abcd", lambda some: max((claim[player] for player in some), default=0))
    assert fractions(values, "abcd") == [Fraction(485, 6), Fraction(125, 6), Fraction(65, 6), Fraction(15, 2)]


def test_the_glove_game() -> None:
    """One left glove and two right ones: 2/3, 1/6, 1/6."""
    values = game("lrs", lambda some: int("l" in some and bool(some & {"r", "s"})))
    assert fractions(values, "lrs") == [Fraction(2, 3), Fraction(1, 6), Fraction(1, 6)]


def test_a_weighted_vote() -> None:
    """Votes of 40, 30, 20 and 10, where more than half decides: 5/12, 3/12, 3/12, 1/12 (Shapley and Shubik 1954)."""
    votes = dict(zip("abcd", (40, 30, 20, 10), strict=True))
    values = game("abcd", lambda some: int(sum(votes[player] for player in some) > 50))
    assert fractions(values, "abcd") == [Fraction(n, 12) for n in (5, 3, 3, 1)]


def test_values_sum_exactly_to_what_all_add_to_nobody(seed: int) -> None:
    players = list("abcde")
    values = random_game("abcde", seed)
    whole = values[frozenset(players)] - values[NOBODY]
    total = sum(shapley_parts(values, players).values())
    assert np.array_equal(total, factorial(5) * whole)
    assert sum(shapley(values, players).values()) == pytest.approx(whole, rel=1e-12)


def test_values_are_the_mean_over_all_orders(seed: int) -> None:
    players = list("abcd")
    values = random_game("abcd", seed)
    expected = {player: np.zeros(5, np.int64) for player in players}
    for order in permutations(players):
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            expected[player] += values[before | {player}] - values[before]
    parts = shapley_parts(values, players)
    assert all(np.array_equal(parts[player], expected[player]) for player in players)


def test_players_that_add_the_same_get_the_same(seed: int) -> None:
    base = random_game("abcd", seed)
    swap = str.maketrans("ab", "ba")
    values = {some: base[some] + base[frozenset(p.translate(swap) for p in some)] for some in base}
    parts = shapley_parts(values, list("abcd"))
    assert np.array_equal(parts["a"], parts["b"])
    assert not np.array_equal(parts["a"], parts["c"])


def test_a_player_that_adds_nothing_gets_nothing_and_changes_nobody(seed: int) -> None:
    base = random_game("abc", seed)
    values = {some: base[some - {"x"}] for some in coalitions(list("abcx"))}
    parts = shapley_parts(values, list("abcx"))
    assert not parts["x"].any()
    alone = shapley_parts(base, list("abc"))
    assert all(np.array_equal(parts[player], 4 * alone[player]) for player in "abc")


def test_the_value_of_a_sum_of_games_is_the_sum_of_values(seed: int) -> None:
    """So the mean of values over replications is the value of the mean game."""
    values = random_game("abcd", seed)
    mean = {some: grams.sum(keepdims=True) for some, grams in values.items()}
    parts, of_mean = (shapley_parts(each, list("abcd")) for each in (values, mean))
    assert all(parts[player].sum() == of_mean[player][0] for player in "abcd")


def test_one_player_gets_everything() -> None:
    assert fractions(game("a", lambda some: 5 + 2 * len(some)), "a") == [2]


def test_interaction() -> None:
    worth = {NOBODY: 10, frozenset("a"): 13, frozenset("b"): 14, frozenset("ab"): 22}
    values = {some: np.array([grams, 2 * grams]) for some, grams in worth.items()}
    assert interaction(values, "a", "b").tolist() == [5, 10]
    assert interaction(values, "b", "a").tolist() == [5, 10]
    additive = game("ab", lambda some: sum({"a": 3, "b": 4}[player] for player in some))
    assert interaction(additive, "a", "b").tolist() == [0]
