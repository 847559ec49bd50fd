"""Hashed n-gram embeddings: which row of each table the last bytes pick.

Family `wygpt-ngram` adds learned vectors to the fixed byte embedding. For each order n there is
a table; the hash of the last n bytes picks one of its rows, and the rows of all orders, side by
side, make one vector. Family `wygpt-pair` does the same with pairs of bytes. The tables hold
parameters and cost no arithmetic. Sources: hash embeddings (Svenstrup et al. 2017,
arXiv:1709.03933); of byte n-grams: Pagnoni et al. 2024, arXiv:2412.09871.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PRIME = 0x01000193
"""Multiplier of the running hash, FNV's 32-bit prime."""

FINISH = ((16, 0x85EBCA6B), (13, 0xC2B2AE35))
"""Shifts and multipliers that spread the hash at the end: the finisher of MurmurHash3, public
domain, by Austin Appleby; one more shift by 16 follows."""


def pick_rows(
    before: bytes, data: bytes, orders: Sequence[int], rows: int | Sequence[int]
) -> NDArray[np.intp]:
    """Return the row that the last n bytes pick, for each order and each byte of `data`.

    The hash takes the newest byte first, each as its value plus one; a byte before the beginning
    of the text counts as zero.

    Args:
        before: the bytes before `data`; of fewer than the largest order less one, the text began
            there.
        data: N bytes.
        orders: numbers of bytes, ascending.
        rows: of all tables or of each, at most 2^31 - 1.

    Returns:
        (len(orders), N) indices.
    """
    reach = orders[-1]
    known = (before[-(reach - 1) :] if reach > 1 else b"") + data
    return _pick(np.frombuffer(known, np.uint8), len(data), orders, rows)


def pick_pair_rows(
    before: bytes, data: bytes, orders: Sequence[int], rows: Sequence[int]
) -> NDArray[np.intp]:
    """Return the row that the last n pairs of bytes pick, for each order and pair of `data`.

    As `pick_rows`; a pair's number is 256 times its first byte plus its second.

    Args:
        before: whole pairs.
        data: N whole pairs.
        orders: numbers of pairs, ascending.
        rows: of each table.

    Returns:
        (len(orders), N) indices.
    """
    reach = orders[-1]
    known = (before[-2 * (reach - 1) :] if reach > 1 else b"") + data
    return _pick(np.frombuffer(known, ">u2"), len(data) // 2, orders, rows)


def _pick(
    known: NDArray[Any], count: int, orders: Sequence[int], rows: int | Sequence[int]
) -> NDArray[np.intp]:
    """Return the rows that the last `count` of `known` units pick, each with those before it."""
    reach = orders[-1]
    counts = [rows] * len(orders) if isinstance(rows, int) else rows
    numbers = np.zeros(reach - 1 + count, np.uint32)
    numbers[len(numbers) - len(known) :] = known.astype(np.uint32) + 1
    found = np.empty((len(orders), count), np.intp)
    running = np.zeros(count, np.uint32)
    for back in range(reach):
        first = reach - 1 - back
        running = running * np.uint32(PRIME) ^ numbers[first : first + count]
        if back + 1 in orders:
            at = orders.index(back + 1)
            found[at] = _spread(running) % np.uint32(counts[at])
    return found


def _spread(value: NDArray[np.uint32]) -> NDArray[np.uint32]:
    for shift, multiplier in FINISH:
        value = (value ^ (value >> np.uint32(shift))) * np.uint32(multiplier)
    return value ^ (value >> np.uint32(16))
