"""How much of a joint result each player adds: Shapley values, and the interaction of two players."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from sim.streams import Floats, Ints

Players = frozenset[str]
NOBODY: Players = frozenset()


def coalitions(players: Sequence[str]) -> Iterator[Players]:
    """Yield every set of some players, nobody first and all of them last."""
    for size in range(len(players) + 1):
        yield from map(frozenset, combinations(players, size))


def shapley_parts(values: Mapping[Players, Ints], players: Sequence[str]) -> dict[str, Ints]:
    """Return n! times the Shapley value of each of n players, in whole numbers and so without rounding.

    A player's value is what it adds to those who came before it, averaged over all n! orders in which they may come:
    the sum over sets S without it of |S|! (n - |S| - 1)! (v(S with it) - v(S)) / n! (Shapley 1953, Contributions to
    the Theory of Games II, 307-317, doi:10.1515/9781400881970-018).

    Args:
        values: of every coalition, the empty one among them; elements are games of their own, such as replications.
        players: names.
    """
    parts = {}
    for player in players:
        others = [other for other in players if other != player]
        parts[player] = sum(
            (
                _orders(len(before), len(players)) * (values[before | {player}] - values[before])
                for before in coalitions(others)
            ),
            np.zeros_like(values[NOBODY]),
        )
    return parts


def _orders(before: int, players: int) -> int:
    """Return in how many orders a player comes right after so many given others."""
    return factorial(before) * factorial(players - before - 1)


def shapley(values: Mapping[Players, Ints], players: Sequence[str]) -> dict[str, Floats]:
    """Return the Shapley value of each player; they sum to what all players add to nobody (``shapley_parts``)."""
    return {player: parts / factorial(len(players)) for player, parts in shapley_parts(values, players).items()}


def interaction(values: Mapping[Players, Ints], one: str, other: str) -> Ints:
    """Return how much more two players add together than each alone: v(12) - v(1) - v(2) + v(0).

    Above zero they complement each other, below they stand in for each other (the second difference of Grabisch and
    Roubens 1999, doi:10.1007/s001820050125, where nobody else plays).

    Args:
        values: of nobody, of each of the two, and of both.
        one, other: the players.
    """
    both = values[frozenset({one, other})] - values[frozenset({one})]
    return both - values[frozenset({other})] + values[NOBODY]
