"""A packed bit vector in which ones can be counted; see `csrc/coder/packed_bits.h`."""

from __future__ import annotations

import math
import struct
from typing import Final

BLOCK_BITS: Final = 63
GROUP_BLOCKS: Final = 30
GROUP_BITS: Final = BLOCK_BITS * GROUP_BLOCKS
GROUP_BYTES: Final = 32

_WIDTH: Final = [(math.comb(BLOCK_BITS, ones) - 1).bit_length() for ones in range(64)]
_GROUP: Final = struct.Struct("<IIQQQ")


def group_count(bits: int) -> int:
    """Return how many groups so many bits have."""
    return bits // GROUP_BITS + 1


class PackedBits:
    """Reads the bits of a file."""

    def __init__(self, data: memoryview, groups: int, payload: int) -> None:
        """Take over a file.

        Args:
            data: the whole file.
            groups: where the groups begin.
            payload: where the blocks' numbers begin.
        """
        self._data, self._groups, self._payload = data, groups, payload

    def ones_before(self, i: int) -> int:
        """Return how many of the first i bits are 1."""
        place = self._groups + GROUP_BYTES * (i // GROUP_BITS)
        ones, at, *words = _GROUP.unpack_from(self._data, place)
        block = i % GROUP_BITS // BLOCK_BITS
        classes = [words[k // 10] >> 6 * (k % 10) & 63 for k in range(block + 1)]
        ones += sum(classes[:block])
        at += sum(_WIDTH[k] for k in classes[:block])
        if not i % BLOCK_BITS:
            return int(ones)
        number = self._number(at, _WIDTH[classes[block]])
        return int(ones) + _ones_of_block(classes[block], number, i % BLOCK_BITS)

    def _number(self, bit: int, width: int) -> int:
        begin = self._payload + (bit >> 3)
        found = int.from_bytes(self._data[begin : begin + 9], "little") >> (bit & 7)
        return found & ((1 << width) - 1)


def _ones_of_block(ones: int, number: int, count: int) -> int:
    """Return the ones among the first `count` bits of the block with this class and number."""
    left = ones
    for i in range(count):
        without = math.comb(BLOCK_BITS - 1 - i, left)
        if left and number >= without:
            number -= without
            left -= 1
    return ones - left
