"""Philox4x64-10, compiled and bit-identical to numpy.random.Philox: uniforms addressed by (key; counter).

Source: Salmon et al. 2011, doi:10.1145/2063384.2063405. NumPy increments the counter before use, so the block of
counter c here is NumPy's block of counter c - 1.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sim.compilation import kernel

_M0 = np.uint64(0xD2E7470EE14C6C93)
_M1 = np.uint64(0xCA5A826395121157)
_W0 = np.uint64(0x9E3779B97F4A7C15)
_W1 = np.uint64(0xBB67AE8584CAA73B)
_SHIFT = np.uint64(11)
_SCALE = 1.0 / 9007199254740992.0
_HALF = 0.5 / 9007199254740992.0


@intrinsic
def _multiply_high_low(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the high and low halves of a 64 x 64 bit product (one machine instruction)."""
    signature = types.UniTuple(types.uint64, 2)(types.uint64, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word)
        return context.make_tuple(builder, signature.return_type, [high, builder.trunc(product, word)])

    return signature, generate


@kernel
def philox(c0, c1, c2, c3, k0, k1):
    """Return the four 64-bit words of one block."""
    for _ in range(10):
        h0, l0 = _multiply_high_low(_M0, c0)
        h1, l1 = _multiply_high_low(_M1, c2)
        c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
        k0 = k0 + _W0
        k1 = k1 + _W1
    return c0, c1, c2, c3


@kernel
def uniform4(key, epoch, entity, block):
    """Return four uniforms in (0, 1) of one address."""
    a, b, c, d = philox(np.uint64(block), np.uint64(entity), np.uint64(epoch), np.uint64(0), key[0], key[1])
    return (
        (a >> _SHIFT) * _SCALE + _HALF,
        (b >> _SHIFT) * _SCALE + _HALF,
        (c >> _SHIFT) * _SCALE + _HALF,
        (d >> _SHIFT) * _SCALE + _HALF,
    )


@kernel
def uniform_rows(key, epochs, ids, width):
    """Return uniforms of shape (ids, width); row i belongs to (epochs[i], ids[i]) whoever else asks."""
    rows = np.empty((ids.size, width))
    for i in range(ids.size):
        for block in range((width + 3) // 4):
            four = uniform4(key, epochs[i], ids[i], block)
            for j in range(4):
                if 4 * block + j < width:
                    rows[i, 4 * block + j] = four[j]
    return rows


@kernel
def gumbel(key, epoch, entity, alternative):
    """Return the standard Gumbel noise of one (entity, alternative)."""
    four = uniform4(key, epoch, entity, alternative >> 2)
    return -np.log(-np.log(four[alternative & 3]))
