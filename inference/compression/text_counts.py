"""Counts of the text so far: how often each bit came after the last 1, 2, 3, 4 and 6 bytes.

The native coder has the same numbers (`csrc/coder/text_counts.cpp`).
"""

from __future__ import annotations

from typing import Final

from inference.compression.logarithm import BIT_TOTAL, Logarithm

BYTES: Final = (1, 2, 3, 4, 6)
_LINES: Final = 1 << 18
_AGES: Final = 16
_MOST_SEEN: Final = 127
_WORD: Final = (1 << 64) - 1


class Chance:
    """An adaptive probability that a bit is 1, in units of 2^-22."""

    __slots__ = ("probability", "seen")

    def __init__(self, probability: int = BIT_TOTAL // 2, seen: int = 0) -> None:
        self.probability, self.seen = probability, seen

    def odds(self, logarithm: Logarithm) -> int:
        """Return log2 of the odds in steps."""
        return logarithm.odds(max(self.probability, 1), BIT_TOTAL - self.probability)

    def learn(self, bit: int, most: int) -> None:
        """Move toward the bit: far at first, less the more was seen, up to `most`."""
        p, parts = self.probability, 2 * self.seen + 3
        step = (BIT_TOTAL - 1 - p) * 2 // parts if bit else -(p * 2 // parts)
        self.probability = p + step
        self.seen = min(self.seen + 1, most)


class _Line:
    """Counts of one context and half a byte, by the bits before with a 1 in front."""

    def __init__(self, check: int) -> None:
        self.check = check
        self.slots = [Chance() for _ in range(16)]


class TextCounts:
    """Prediction of the next bit by the text so far.

    Attributes:
        node: the bits of this byte so far with a 1 in front.
        history: the last eight bytes, the last one lowest.
    """

    def __init__(self) -> None:
        self._tables: list[dict[int, _Line]] = [{} for _ in BYTES]
        self._lines: list[_Line] = []
        self.history = 0
        self.node = 1

    def begin(self) -> None:
        """Begin a byte."""
        self.node = 1
        self._find_lines()

    def chances(self) -> list[Chance]:
        """Return what each context says of the next bit."""
        slot = self._slot()
        return [line.slots[slot] for line in self._lines]

    def update(self, bit: int) -> None:
        """Count the bit that came."""
        for chance in self.chances():
            chance.learn(bit, _MOST_SEEN)
        self.node = 2 * self.node + bit
        if self.node >= 256:
            self.history = (self.history << 8 | self.node & 255) & _WORD
        if 16 <= self.node < 32:
            self._find_lines()

    def _find_lines(self) -> None:
        """One line of each order for this half of the byte; whose check differs, is emptied."""
        self._lines = []
        for count, table in zip(BYTES, self._tables, strict=True):
            key = (self.history & ((1 << 8 * count) - 1)) + (count << 56)
            key = key * 0x9E3779B97F4A7C15 & _WORD
            key = ((key ^ key >> 32) + self.node) * 0xD6E8FEB86659FD93 & _WORD
            key ^= key >> 29
            line, check = table.get(key % _LINES), key >> 32 | 1
            if line is None or line.check != check:
                line = table[key % _LINES] = _Line(check)
            self._lines.append(line)

    def _slot(self) -> int:
        if self.node < 16:
            return self.node
        first = 1 << self.node.bit_length() - 5
        return first | self.node & (first - 1)


def age(seen: int) -> int:
    """Return the class of how often a context was seen."""
    if seen < 8:
        return seen
    high = seen.bit_length() - 1
    return min(2 * high + 2 + (seen >> (high - 1) & 1), _AGES - 1)


def bit_sums(share: list[int]) -> list[int]:
    """Return (512,) sums of 256 frequencies, by the bits before with a 1 in front."""
    sums = [0] * 256 + share
    for node in range(255, 0, -1):
        sums[node] = sums[2 * node] + sums[2 * node + 1]
    return sums
