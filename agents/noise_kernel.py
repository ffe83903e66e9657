"""Noise of pairs of an entity and an alternative, compiled: Gumbel rows and pairs of uniforms, each by its address."""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import numpy as np

from sim.compilation import kernel
from sim.philox_kernel import gumbel, uniform4


@kernel
def gumbel_rows(key, entity, alternative):
    """Return the standard Gumbel noise of each (entity, alternative), whoever else asks.

    Args:
        key: key of the stream.
        entity: stable numbers, shape (n,).
        alternative: stable numbers, shape (n, m); -1 where there is none.

    Returns:
        `gumbel` of each pair to the bit, shape (n, m); 0 where there is no alternative (its utility is -inf).
    """
    noise = np.zeros(alternative.shape)
    for i in range(alternative.shape[0]):
        for j in range(alternative.shape[1]):
            if alternative[i, j] >= 0:
                noise[i, j] = gumbel(key, 0, entity[i], alternative[i, j])
    return noise


@kernel
def pair_uniforms(key, entity, alternative):
    """Return two uniforms in (0, 1) of each (entity, alternative); no two pairs share a number.

    Alternative a has the words 2 (a mod 2) and 2 (a mod 2) + 1 of block a // 2, so a stream that is used here must
    not be used for `gumbel_rows`.

    Args:
        key: key of the stream.
        entity: stable numbers, shape (n,).
        alternative: stable numbers, shape (n, m); -1 where there is none.

    Returns:
        uniforms, shape (n, m, 2); 0.5 where there is no alternative.
    """
    uniforms = np.full((alternative.shape[0], alternative.shape[1], 2), 0.5)
    for i in range(alternative.shape[0]):
        for j in range(alternative.shape[1]):
            if alternative[i, j] >= 0:
                four = uniform4(key, 0, entity[i], alternative[i, j] >> 1)
                first = 2 * (alternative[i, j] & 1)
                uniforms[i, j, 0] = four[first]
                uniforms[i, j, 1] = four[first + 1]
    return uniforms
