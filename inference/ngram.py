"""Hashed n-gram embeddings: which row of each table the last bytes pick.

Family `wygpt-ngram` adds learned vectors to the fixed byte embedding. For each order n there is
a table; the hash of the last n bytes picks one of its rows, and the rows of all orders, side by
side, make one vector. They hold parameters and cost no arithmetic. Sources: hash embeddings
(Svenstrup et al. 2017, arXiv:1709.03933); of byte n-grams: Pagnoni et al. 2024, arXiv:2412.09871.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PRIME = 0x01000193
"""Multiplier of the running hash, FNV's 32-bit prime."""

FINISH = ((16, 0x85EBCA6B), (13, 0xC2B2AE35))
"""Shifts and multipliers that spread the hash at the end: the finisher of MurmurHash3, public
domain, by Austin Appleby; one more shift by 16 follows."""


def pick_rows(before: bytes, data: bytes, orders: Sequence[int], rows: int) -> NDArray[np.intp]:
    """Return the row that the last n bytes pick, for each order and each byte of `data`.

    The hash takes the newest byte first, each as its value plus one; a byte before the beginning
    of the text counts as zero.

    Args:
        before: the bytes before `data`; of fewer than the largest order less one, the text began
            there.
        data: N bytes.
        orders: numbers of bytes, ascending.
        rows: of each table, at most 2^31 - 1.

    Returns:
        (len(orders), N) indices.
    """
    reach = orders[-1]
    numbers = np.zeros(reach - 1 + len(data), np.uint32)
    known = (before[-(reach - 1) :] if reach > 1 else b"") + data
    numbers[len(numbers) - len(known) :] = np.frombuffer(known, np.uint8).astype(np.uint32) + 1
    found = np.empty((len(orders), len(data)), np.intp)
    running = np.zeros(len(data), np.uint32)
    for back in range(reach):
        first = reach - 1 - back
        running = running * np.uint32(PRIME) ^ numbers[first : first + len(data)]
        if back + 1 in orders:
            found[orders.index(back + 1)] = _spread(running) % np.uint32(rows)
    return found


def _spread(value: NDArray[np.uint32]) -> NDArray[np.uint32]:
    for shift, multiplier in FINISH:
        value = (value ^ (value >> np.uint32(shift))) * np.uint32(multiplier)
    return value ^ (value >> np.uint32(16))
