"""Streams: shapes, ranges, keys."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest

from sim.streams import Stream, Streams


def test_key_is_the_digest_of_seed_replication_and_name() -> None:
    """The key is blake2b of the address as text, two little-endian words."""
    expected = blake2b(b"7|3|consignment.luck", digest_size=16).digest()
    assert Streams(7, 3).key(Stream.LUCK).tobytes() == expected


@pytest.mark.parametrize("width", [0, 1, 4, 7])
def test_shape_and_range(width: int) -> None:
    """Rows by entity, columns as asked, all strictly between 0 and 1."""
    rows = Streams(1, 0).uniforms(Stream.LOT, np.arange(10_000), width)
    assert rows.shape == (10_000, width)
    assert ((rows > 0) & (rows < 1)).all()


def test_no_entities_give_no_rows() -> None:
    """An empty question has an empty answer."""
    assert Streams(1, 0).uniforms(Stream.LOT, np.zeros(0, np.int64), 3).shape == (0, 3)


def test_epochs_may_be_one_for_all_or_one_each() -> None:
    """One epoch for all is the same as that epoch for each."""
    streams, ids = Streams(1, 0), np.arange(5)
    each = streams.uniforms(Stream.LOT, ids, 3, epoch=np.array([4, 4, 9, 4, 4]))
    assert np.array_equal(each[[0, 1, 3, 4]], streams.uniforms(Stream.LOT, ids, 3, epoch=4)[[0, 1, 3, 4]])
    assert np.array_equal(each[2], streams.uniforms(Stream.LOT, ids, 3, epoch=9)[2])
