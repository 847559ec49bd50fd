"""A memory in Python: the definition of what the native one reads; see `csrc/coder/memory_index.h`.

The file's layout is in `docs/compression.md`.
"""

from __future__ import annotations

import bisect
import itertools
import struct
from dataclasses import dataclass
from typing import Final

from inference.compression.packed_bits import GROUP_BYTES, PackedBits, group_count

HEAD: Final = struct.Struct("<4sBBHIIQQ")
"""Signature, version, codec, zero, symbols, characters, bits, bytes of the payload."""


@dataclass(slots=True)
class Node:
    """A set of characters whose codes differ at one bit first.

    Attributes:
        first: symbols [first, split) have a 0 there.
        split: symbols [split, end) have a 1.
        end: behind the last.
        depth: of that bit; 0 is the highest of the first byte.
        at: where its bits begin.
        ones: how many lie before.
        child: of a 0 and a 1: a node, or -1 - symbol.
    """

    first: int
    split: int
    end: int
    depth: int
    at: int
    ones: int = 0
    child: tuple[int, int] = (0, 0)


class MemoryIndex:
    """Index of the characters that followed every context of a training text.

    Attributes:
        codec: name of the codec.
        codes: of each symbol, its bytes in the highest of 32 bits; ascending.
        before: (symbols + 1,) rows of all symbols before each.
        nodes: of the tree.
        root: the first node, or -1 - symbol.
    """

    def __init__(self, data: memoryview, codec: str) -> None:
        """Read a file that is known to be whole."""
        _, _, _, _, symbols, _, bits, _ = HEAD.unpack_from(data)
        words = struct.unpack_from(f"<{2 * symbols}I", data, HEAD.size)
        self.codec = codec
        self.codes: list[int] = list(words[:symbols])
        self.before = [0, *itertools.accumulate(words[symbols:])]
        self.nodes: list[Node] = []
        self._size = 0
        self.root = self._grow(0, symbols)
        groups = HEAD.size + 8 * symbols
        self._bits = PackedBits(data, groups, groups + GROUP_BYTES * group_count(bits))
        for node in self.nodes:
            node.ones = self._bits.ones_before(node.at)

    def ones(self, node: Node, i: int) -> int:
        """Return how many of the first i bits of the node are 1."""
        return self._bits.ones_before(node.at + i) - node.ones

    def _grow(self, first: int, end: int) -> int:
        if end - first == 1:
            return -1 - first
        last = self.codes[end - 1]
        depth = 32 - (self.codes[first] ^ last).bit_length()
        pivot = last >> (31 - depth) << (31 - depth)
        split = bisect.bisect_left(self.codes, pivot, first, end)
        place, node = len(self.nodes), Node(first, split, end, depth, self._size)
        self.nodes.append(node)
        self._size += self.before[end] - self.before[first]
        node.child = (self._grow(first, split), self._grow(split, end))
        return place


def character_bytes(codec: str, begin: bytes) -> int:
    """Return the bytes of the character that begins so; 0 when more have to be seen."""
    lead = begin[0]
    if codec == "utf-8":
        return 1 if lead < 0xC0 or lead >= 0xF8 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if codec == "gb18030" and (lead < 0x81 or lead == 0xFF):
        return 1
    if codec == "utf-16-be":
        return 4 if lead & 0xFC == 0xD8 else 2
    if len(begin) < 2:
        return 0
    if codec == "gb18030":
        return 4 if 0x30 <= begin[1] <= 0x39 else 2
    return 4 if begin[1] & 0xFC == 0xD8 else 2
