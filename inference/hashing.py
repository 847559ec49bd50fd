"""The parameterless byte embedding of the `wygpt` family."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SECRET = 0xA0761D6478BD642F
_MASK32 = 0xFFFFFFFF


def _swap_halves(x: int) -> int:
    return (x >> 32) | ((x & _MASK32) << 32)


def _mix(a: int, b: int) -> tuple[int, int]:
    high_a, low_a, high_b, low_b = a >> 32, a & _MASK32, b >> 32, b & _MASK32
    return (
        _swap_halves(high_a * low_b) ^ (high_a * high_b),
        _swap_halves(low_a * high_b) ^ (low_a * low_b),
    )


def hash_pair(a: int, b: int) -> int:
    """Return the 64-bit hash of two 64-bit numbers. Source: wyhash's 32-bit variant, wyGPT."""
    a, b = _mix(a ^ _SECRET, b ^ _SECRET)
    a, b = _mix(a ^ _SECRET, b ^ _SECRET)
    return a ^ b


def byte_embedding(width: int) -> NDArray[np.float32]:
    """Return the fixed (256, width) float32 embedding: +1 or -1 by the hash's lowest bit."""
    return np.array(
        [[2 * (hash_pair(t, j) & 1) - 1 for j in range(width)] for t in range(256)],
        dtype=np.float32,
    )
