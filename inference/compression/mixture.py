"""Mixes the model's probabilities with what the text itself has shown so far.

A byte is coded bit by bit, the highest first. For each bit the model, and counts under the last 1,
2, 3, 4 and 6 bytes, give odds; the logarithms of these are summed with weights that learn from what
came. The native coder does the same (`csrc/coder/mixture.cpp`), bit by bit.
Source: Mahoney 2005, "Adaptive weighing of context models for lossless data compression".
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.compression.logarithm import BIT_BITS, BIT_TOTAL, Logarithm

_BYTES: Final = (1, 2, 3, 4, 6)
_LINES: Final = 1 << 18
_AGES: Final = 16
_MODEL_SETS: Final = 8 * (len(_BYTES) + 1)
_ONE: Final = 1 << 16
_SOME: Final = 16000
_MOST_WEIGHT: Final = 64 * _ONE
_RATE: Final = 200
_RATE_BITS: Final = 32
_MOST_SEEN: Final = 127
_WORD: Final = (1 << 64) - 1

Weight = tuple[int, int, int]
"""Set, input, age."""


class _Line:
    """Counts of one context and half a byte, by the bits before with a 1 in front."""

    def __init__(self, check: int) -> None:
        self.check = check
        self.probability = [BIT_TOTAL // 2] * 16
        self.seen = [0] * 16

    def count(self, slot: int, bit: int) -> None:
        """Move the probability toward the bit: far at first, less the more was seen."""
        p, parts = self.probability[slot], 2 * self.seen[slot] + 3
        step = (BIT_TOTAL - 1 - p) * 2 // parts if bit else -(p * 2 // parts)
        self.probability[slot] = p + step
        self.seen[slot] = min(self.seen[slot] + 1, _MOST_SEEN)


class Mixture:
    """Predicts bits; the numbers are those of the native coder."""

    def __init__(self, powers: NDArray[np.uint64]) -> None:
        self._logarithm = Logarithm(powers)
        self._tables: list[dict[int, _Line]] = [{} for _ in _BYTES]
        self._lines: list[_Line] = []
        self._weights: dict[Weight, int] = {}
        self._chosen: list[list[Weight]] = []
        self._odds: list[int] = []
        self._sums: list[int] = []
        self._history = 0
        self._node = 1
        self._p = 0

    def begin(self, share: NDArray[np.integer[Any]]) -> None:
        """Begin a byte of which the model expects this: (256,) whole frequencies."""
        level = share.astype(np.int64)
        levels = [level]
        while len(level) > 1:
            level = level[0::2] + level[1::2]
            levels.append(level)
        self._sums = [0, *(int(n) for level in reversed(levels) for n in level)]
        self._node = 1
        self._find_lines()

    def predict(self) -> int:
        """Return the probability that the next bit is 1, in units of 2^-22."""
        slot, node, odds = self._slot(), self._node, self._logarithm.odds
        model = odds(self._sums[2 * node + 1], self._sums[2 * node])
        chances = [line.probability[slot] for line in self._lines]
        seen = [line.seen[slot] for line in self._lines]
        longest = max((i + 1 for i, count in enumerate(seen) if count), default=0)
        sets = (longest * 8 + min(abs(model) >> 12, 7), _MODEL_SETS + node)
        self._odds = [model, *(odds(max(p, 1), BIT_TOTAL - p) for p in chances)]
        ages = [0, *map(_age, seen)]
        self._chosen = [[(s, i, age) for s in sets] for i, age in enumerate(ages)]
        total = sum(
            odds * self._weight(weight)
            for odds, weights in zip(self._odds, self._chosen, strict=True)
            for weight in weights
        )
        self._p = self._logarithm.probability(total >> 17)
        return self._p

    def update(self, bit: int) -> None:
        """Learn the bit that came."""
        error = (bit << BIT_BITS) - self._p
        for odds, weights in zip(self._odds, self._chosen, strict=True):
            step = odds * error * _RATE >> _RATE_BITS
            for weight in weights:
                moved = self._weight(weight) + step
                self._weights[weight] = max(-_MOST_WEIGHT, min(_MOST_WEIGHT, moved))
        slot = self._slot()
        for line in self._lines:
            line.count(slot, bit)
        self._node = 2 * self._node + bit
        if self._node >= 256:
            self._history = (self._history << 8 | self._node & 255) & _WORD
        if 16 <= self._node < 32:
            self._find_lines()

    def _weight(self, weight: Weight) -> int:
        return self._weights.get(weight, _SOME if weight[1] else _ONE)

    def _find_lines(self) -> None:
        """One line of each order for this half of the byte; whose check differs, is emptied."""
        self._lines = []
        for count, table in zip(_BYTES, self._tables, strict=True):
            key = (self._history & ((1 << 8 * count) - 1)) + (count << 56)
            key = key * 0x9E3779B97F4A7C15 & _WORD
            key = ((key ^ key >> 32) + self._node) * 0xD6E8FEB86659FD93 & _WORD
            key ^= key >> 29
            line, check = table.get(key % _LINES), key >> 32 | 1
            if line is None or line.check != check:
                line = table[key % _LINES] = _Line(check)
            self._lines.append(line)

    def _slot(self) -> int:
        if self._node < 16:
            return self._node
        first = 1 << self._node.bit_length() - 5
        return first | self._node & (first - 1)


def _age(seen: int) -> int:
    """Return the class of how often a context was seen."""
    if seen < 8:
        return seen
    high = seen.bit_length() - 1
    return min(2 * high + 2 + (seen >> (high - 1) & 1), _AGES - 1)
