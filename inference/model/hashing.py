"""The parameterless byte embedding of the `wygpt` family."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SECRET = np.uint64(0xA0761D6478BD642F)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)

Words = NDArray[np.uint64]


def _swap_halves(x: Words) -> Words:
    return (x >> _HALF) | (x << _HALF)


def _mix(a: Words, b: Words) -> tuple[Words, Words]:
    high_a, low_a, high_b, low_b = a >> _HALF, a & _LOW, b >> _HALF, b & _LOW
    return (
        _swap_halves(high_a * low_b) ^ (high_a * high_b),
        _swap_halves(low_a * high_b) ^ (low_a * low_b),
    )


def hash_pairs(a: Words, b: Words) -> Words:
    """Return the 64-bit hashes of pairs of numbers; the shapes of `a` and `b` are broadcast.

    Source: wyhash's 32-bit variant, wyGPT.
    """
    a, b = _mix(a ^ _SECRET, b ^ _SECRET)
    a, b = _mix(a ^ _SECRET, b ^ _SECRET)
    return a ^ b


def byte_embedding(width: int, rows: int = 256) -> NDArray[np.float32]:
    """Return the fixed (rows, width) float32 embedding: +1 or -1 by the hash's lowest bit."""
    byte, column = np.arange(rows, dtype=np.uint64), np.arange(width, dtype=np.uint64)
    lowest = hash_pairs(byte[:, None], column) & np.uint64(1)
    return 2 * lowest.astype(np.float32) - 1


def pair_embedding(width: int) -> NDArray[np.float64]:
    """Return the fixed (512, width) embedding of a pair's bytes, +-1/sqrt(2).

    Row t is of the first byte t, row 256 + t of the second.
    """
    scaled: NDArray[np.float64] = byte_embedding(width, 512) / np.sqrt(2.0)
    return scaled
