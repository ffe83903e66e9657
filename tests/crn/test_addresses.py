"""Randomness is addressed: who else asks, in which order and how much, changes no number."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Philox

from sim.philox_kernel import gumbel, philox, uniform4, uniform_rows
from sim.streams import Stream, Streams

IDS = np.array([0, 1, 7, 65536, 300 * 65536 + 12, (59 << 32) | 4095], np.int64)


def test_a_row_does_not_depend_on_who_else_asks() -> None:
    """Law: row i belongs to ids[i], alone, in company, in any order, asked twice."""
    streams = Streams(1, 2)
    rows = streams.uniforms(Stream.LUCK, IDS, 20, epoch=3)
    order = np.array([4, 0, 5, 2, 1, 3])
    assert np.array_equal(streams.uniforms(Stream.LUCK, IDS[order], 20, epoch=3), rows[order])
    for i, entity in enumerate(IDS):
        alone = Streams(1, 2).uniforms(Stream.LUCK, np.array([entity]), 20, epoch=3)
        assert np.array_equal(alone[0], rows[i])
    assert np.array_equal(streams.uniforms(Stream.LUCK, np.repeat(IDS, 2), 20, epoch=3)[::2], rows)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 19])
def test_a_row_begins_the_same_whatever_its_width(width: int) -> None:
    """Law: asking for fewer numbers gives the first of them."""
    streams = Streams(1, 2)
    assert np.array_equal(
        streams.uniforms(Stream.LUCK, IDS, width, epoch=3), streams.uniforms(Stream.LUCK, IDS, 20, epoch=3)[:, :width]
    )


def test_every_part_of_the_address_counts() -> None:
    """Law: seed, replication, stream, epoch and entity each change all numbers; they are mixed, never added."""
    base = Streams(1, 2).uniforms(Stream.LUCK, IDS, 8, epoch=3)
    others = [
        Streams(2, 2).uniforms(Stream.LUCK, IDS, 8, epoch=3),
        Streams(1, 3).uniforms(Stream.LUCK, IDS, 8, epoch=3),
        Streams(2, 1).uniforms(Stream.LUCK, IDS, 8, epoch=3),
        Streams(12, 0).uniforms(Stream.LUCK, IDS, 8, epoch=3),
        Streams(1, 20).uniforms(Stream.LUCK, IDS, 8, epoch=3),
        Streams(1, 2).uniforms(Stream.LOT, IDS, 8, epoch=3),
        Streams(1, 2).uniforms(Stream.LUCK, IDS, 8, epoch=4),
        Streams(1, 2).uniforms(Stream.LUCK, IDS + 1, 8, epoch=3),
    ]
    everything = np.concatenate([base, *others]).ravel()
    # (ids 0 and 1, shifted by one, meet once: entity 1.)
    assert np.unique(everything).size == everything.size - 8
    assert ((everything > 0) & (everything < 1)).all()


def test_keys_of_all_streams_and_many_replications_differ() -> None:
    """Law: no two streams share a key."""
    keys = {
        tuple(Streams(seed, replication).key(stream).tolist())
        for stream in Stream
        for seed in range(12)
        for replication in range(12)
    }
    assert len(keys) == len(Stream) * 144
    assert len({stream.value for stream in Stream}) == len(Stream)


@pytest.mark.parametrize(
    ("counter", "key"),
    [((1, 0, 0, 0), (0, 0)), ((5, 77, 1 << 40, 0), (2**63 + 11, 2**64 - 1)), ((2**63, 3, 2, 1), (1, 2))],
)
def test_philox_is_numpys_to_the_bit(counter: tuple[int, ...], key: tuple[int, ...]) -> None:
    """Law: block c here is NumPy's block c - 1 (it counts before use), for two key words."""
    numpys = Philox(key=np.array(key, np.uint64), counter=np.array((counter[0] - 1, *counter[1:]), np.uint64))
    ours = philox(*(np.uint64(word) for word in (*counter, *key)))
    assert [int(word) for word in ours] == numpys.random_raw(4).tolist()


def test_a_row_of_uniforms_is_numpys_doubles_in_the_middle_of_their_cells(seed: int) -> None:
    """Law: a uniform is NumPy's double of the same word plus half a cell, so that it is never 0."""
    key = Streams(seed, 0).key(Stream.LOT)
    row = uniform_rows(key, np.array([9]), np.array([1234567]), 12)[0]
    for block in range(1, 3):
        numpys = Philox(key=key, counter=np.array([block - 1, 1234567, 9, 0], np.uint64))
        doubles = (numpys.random_raw(4) >> np.uint64(11)) * 2.0**-53
        assert np.array_equal(row[4 * block : 4 * block + 4], doubles + 2.0**-54)
    assert row[:4].tolist() == list(uniform4(key, 9, 1234567, 0))


def test_uniforms_are_uniform_and_independent_of_their_neighbours(seed: int) -> None:
    """Law: mean, variance and the correlation of neighbouring entities, columns, epochs, within 5 errors."""
    n = 200_000
    streams = Streams(seed, 1)
    rows = streams.uniforms(Stream.LUCK, np.arange(n), 2, epoch=1)
    later = streams.uniforms(Stream.LUCK, np.arange(n), 1, epoch=2)[:, 0]
    u, standard = rows[:, 0], (rows[:, 0] - 0.5) * np.sqrt(12)
    assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / n)
    assert abs(u.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / n)
    for other in (np.roll(u, 1), rows[:, 1], later):
        assert abs((standard * (other - 0.5) * np.sqrt(12)).mean()) < 5 / np.sqrt(n)


def test_gumbel_has_its_mean_and_variance(seed: int) -> None:
    """Law: noise is standard Gumbel: mean .5772, variance pi^2 / 6, within 5 standard errors."""
    n = 40_000
    key = Streams(seed, 0).key(Stream.ROUTE_CHOICE)
    noise = np.array([gumbel(key, 0, lot, route) for lot in range(n // 8) for route in range(8)])
    variance = np.pi**2 / 6
    assert abs(noise.mean() - np.euler_gamma) < 5 * np.sqrt(variance / n)
    # The kurtosis of the Gumbel distribution is 5.4.
    assert abs(noise.var() - variance) < 5 * variance * np.sqrt(4.4 / n)
    assert gumbel(key, 0, 5, 3) == noise[5 * 8 + 3]
