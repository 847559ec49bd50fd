"""Texts as 64-bit keys in sorted arrays: a map from text to number that needs no Python objects.

Processes map such arrays from one file and share them; a dict of 80,000 strings would cost each
process ten megabytes and a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from xinglin.normal import compact, syllables

Keys = NDArray[np.uint64]
_BITS = 21
LONGEST_PACKED = 3
_HEARD, _HEARD_LETTERS, _MIXED = 4, 2, 5


def packed(piece: str) -> int:
    """Return a number that stands for a piece of one to three characters and for no other."""
    number = 0
    for character in piece:
        number = number << _BITS | ord(character)
    return number


def hashed(text: str) -> int:
    """Return eight bytes of BLAKE2b of a text of any length."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def loose_keys(text: str) -> Iterator[str]:
    """Yield what a normal text sounds like, and its characters in no order.

    Nothing of a text that is too short to be known by these alone.
    """
    plain = compact(text)
    heard = syllables(plain)
    if len(heard) >= (_HEARD_LETTERS if plain.isascii() else _HEARD):
        yield " ".join(heard)
    if len(plain) >= _MIXED:
        yield f"={''.join(sorted(plain))}"


def places(keys: Keys, wanted: Iterable[int]) -> NDArray[np.int64]:
    """Return the place of each number that is among sorted keys; the others are left out."""
    numbers = np.fromiter(wanted, np.uint64)
    if not len(keys) or not len(numbers):
        return np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(keys, numbers), len(keys) - 1)
    return np.asarray(at[keys[at] == numbers], np.int64)


def place(keys: Keys, wanted: int) -> int:
    """Return the place of one number among sorted keys, -1 where it is not."""
    number = np.uint64(wanted)
    at = int(np.searchsorted(keys, number))
    return at if at < len(keys) and keys[at] == number else -1


def ordered(numbers: Sequence[int]) -> tuple[Keys, NDArray[np.int64]]:
    """Return sorted keys, and which of the numbers given each of them was."""
    keys = np.array(numbers, np.uint64)
    order = np.argsort(keys, kind="stable")
    return keys[order], order


class PairSet:
    """A set of pieces of one to three characters."""

    def __init__(self, keys: Keys) -> None:
        """Take sorted keys."""
        self.keys = keys

    @classmethod
    def of(cls, pieces: Iterable[str]) -> PairSet:
        """Collect pieces."""
        return cls(np.unique(np.fromiter(map(packed, pieces), np.uint64)))

    def __contains__(self, piece: object) -> bool:
        known = isinstance(piece, str) and 0 < len(piece) <= LONGEST_PACKED
        return known and place(self.keys, packed(str(piece))) >= 0
