"""Follows a text through a memory: what came next, by context and bit.

The native coder has the same numbers (`csrc/coder/memory_walk.cpp`).
"""

from __future__ import annotations

from typing import Final

from inference.compression.memory_index import MemoryIndex, Node, character_bytes

LONGEST: Final = 12
"""Characters of the longest context."""

Range = tuple[int, int]
Counts = tuple[int, int]
"""Counts of a 0 and of a 1 as the next bit."""


class MemoryWalk:
    """Prediction of the next bit by a memory.

    Attributes:
        counts: after the last 0 to LONGEST characters; 0 where the memory has not seen them.
        depth: bits of this character so far.
    """

    def __init__(self, index: MemoryIndex) -> None:
        self._index = index
        self._contexts: list[Range] = [(0, index.before[-1])]
        self._ranges: list[Range] = []
        self._ones: list[Range] = []
        self._place = self._code = self.depth = 0
        self.counts: list[Counts] = []
        self._begin_character()

    @property
    def longest(self) -> int:
        """Characters of context that the memory has seen before the bits of this one so far.

        -1 when it has not even seen such a character.
        """
        return len(self._ranges) - 1

    def look(self) -> None:
        """Count the next bit under each context; before every `take`."""
        bit = self._forced() if self._ranges else 0
        if bit is None:
            node = self._index.nodes[self._place]
            self._ones = [self._ones_of(node, begin, end) for begin, end in self._ranges]
            found = [
                (end - begin - (high - low), high - low)
                for (begin, end), (low, high) in zip(self._ranges, self._ones, strict=True)
            ]
        else:
            rows = [end - begin for begin, end in self._ranges]
            found = [(0, n) if bit else (n, 0) for n in rows]
        self.counts = found + [(0, 0)] * (LONGEST + 1 - len(found))

    def take(self, bit: int) -> None:
        """Go on by one bit."""
        if self._ranges:
            expected = self._forced()
            if expected is None:
                self._descend(bit)
            elif expected != bit:
                self._ranges = []
        self._code = self._code << 1 | bit
        self.depth += 1
        if self.depth % 8 == 0:
            begin = self._code.to_bytes(self.depth // 8, "big")
            if 8 * character_bytes(self._index.codec, begin) == self.depth:
                self._end_character()

    def _begin_character(self) -> None:
        self._ranges = list(self._contexts)
        self._place = self._index.root
        self._code = self.depth = 0

    def _forced(self) -> int | None:
        """Return the next bit where all characters that are left have the same."""
        symbol = -1 - self._place
        if self._place >= 0:
            node = self._index.nodes[self._place]
            if node.depth == self.depth:
                return None
            symbol = node.first
        return self._index.codes[symbol] >> (31 - self.depth) & 1

    def _ones_of(self, node: Node, begin: int, end: int) -> Range:
        return self._index.ones(node, begin), self._index.ones(node, end)

    def _descend(self, bit: int) -> None:
        left = []
        for (begin, end), (low, high) in zip(self._ranges, self._ones, strict=True):
            found = (low, high) if bit else (begin - low, end - high)
            if found[0] == found[1]:
                break
            left.append(found)
        self._ranges = left
        self._place = self._index.nodes[self._place].child[bit]

    def _end_character(self) -> None:
        """The rows in which a character is next are those of the contexts that end with it."""
        longer: list[Range] = []
        if self._ranges and self._place < 0:
            first = self._index.before[-1 - self._place]
            longer = [(first + begin, first + end) for begin, end in self._ranges[:LONGEST]]
        self._contexts = [(0, self._index.before[-1]), *longer]
        self._begin_character()
