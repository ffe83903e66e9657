"""Who cooperates with whom: a graph with its degree, the same for all who ask, from its own luck alone."""

from __future__ import annotations

import numpy as np
import pytest

from agents.cooperation import NOBODY, cooperation
from sim.streams import Bools, Ints, Stream, Streams

KINDS = ("small_world", "scale_free", "random")


def graph(kind: str, organisations: int = 100, degree: int = 4, rewiring: float = 0.2, seed: int = 1) -> Ints:
    return cooperation(kind, organisations, degree, rewiring, Streams(seed, 0).key(Stream.COOPERATION))


def are_tied(neighbours: Ints) -> Bools:
    """Return the matrix of ties."""
    n = neighbours.shape[0]
    tied = np.zeros((n, n), np.bool_)
    row, column = np.nonzero(neighbours != NOBODY)
    tied[row, neighbours[row, column]] = True
    return tied


@pytest.mark.parametrize("kind", KINDS)
def test_ties_are_mutual_and_listed_once(kind: str, seed: int) -> None:
    """Law: who hears of another is heard of by it; nobody is tied to itself, and nobody is named twice."""
    neighbours = graph(kind, seed=seed)
    tied = are_tied(neighbours)
    assert np.array_equal(tied, tied.T)
    assert not tied.diagonal().any()
    assert tied.sum() == (neighbours != NOBODY).sum()
    assert ((neighbours >= NOBODY) & (neighbours < 100)).all()
    # Rows are filled from the left: nobody comes last.
    assert (np.diff((neighbours == NOBODY).astype(int), axis=1) >= 0).all()
    assert neighbours.shape[1] == tied.sum(axis=1).max()


@pytest.mark.parametrize("organisations", [50, 300])
def test_degree_is_what_was_asked_for(organisations: int, seed: int) -> None:
    """Exact in the small world; in the scale-free graph m (n - m) ties; in the random one within 5 errors."""
    for degree in (2, 4, 8):
        assert (graph("small_world", organisations, degree, seed=seed) != NOBODY).sum() == organisations * degree
        ties = (graph("scale_free", organisations, degree, seed=seed) != NOBODY).sum() / 2
        assert ties == degree / 2 * (organisations - degree / 2)
        pairs, p = organisations * (organisations - 1) / 2, degree / (organisations - 1)
        ties = (graph("random", organisations, degree, seed=seed) != NOBODY).sum() / 2
        assert abs(ties - pairs * p) < 5 * np.sqrt(pairs * p * (1 - p))


def test_kinds_have_their_marks(seed: int) -> None:
    """No rewiring is the ring of neighbours; only the scale-free graph has hubs of many times the mean degree."""
    ring = are_tied(graph("small_world", 100, 4, rewiring=0.0, seed=seed))
    apart = np.abs(np.arange(100)[:, None] - np.arange(100))
    assert np.array_equal(ring, np.isin(apart, [1, 2, 98, 99]))
    rewired = are_tied(graph("small_world", 100, 4, rewiring=0.2, seed=seed))
    share = (rewired & ~ring).sum() / ring.sum()
    assert abs(share - 0.2) < 5 * np.sqrt(0.2 * 0.8 / 200)
    most = {kind: are_tied(graph(kind, 400, 4, seed=seed)).sum(axis=1).max() for kind in KINDS}
    assert most["scale_free"] > 25 > most["random"] > most["small_world"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_luck_gives_the_same_graph(kind: str) -> None:
    """Law: asked twice it is the same; another replication has another."""
    first = graph(kind)
    assert np.array_equal(graph(kind), first)
    others = [are_tied(graph(kind, seed=seed)) for seed in range(2, 8)]
    assert all(not np.array_equal(are_tied(first), other) for other in others)


def test_none_and_nobody_to_cooperate_with() -> None:
    """Without ties there are no columns, whatever the kind; two organisations can have one tie."""
    assert graph("none").shape == (100, 0)
    for kind in KINDS:
        assert graph(kind, degree=0).shape == (100, 0)
        assert graph(kind, organisations=1).shape == (1, 0)
        for few in (2, 3, 5):
            neighbours = graph(kind, organisations=few, degree=20)
            assert neighbours.shape[0] == few
            assert neighbours.shape[1] < few
    assert (are_tied(graph("random", organisations=5, degree=20)) == ~np.eye(5, dtype=bool)).all()
