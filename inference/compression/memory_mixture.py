"""Mixes the model, what the text has shown so far, and what a memory has read before.

The native coder does the same (`csrc/coder/memory_mixture.cpp`, where it is explained), bit by bit.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.compression.logarithm import BIT_BITS, BIT_TOTAL, FURTHEST_ODDS, Logarithm
from inference.compression.memory_index import MemoryIndex
from inference.compression.memory_walk import Counts, MemoryWalk
from inference.compression.text_counts import Chance, TextCounts, age, bit_sums

CHARACTERS: Final = (0, 1, 2, 3, 4, 5, 6, 8, 12)
"""Characters of context whose counts are mixed."""

_MIXERS: Final = 5
_ONE: Final = 1 << 16
_MODEL_WEIGHT: Final = _ONE // 2
_COUNT_WEIGHT: Final = 8000
_MOST_WEIGHT: Final = 64 * _ONE
_RATE: Final = 256
_LAST_RATE: Final = 20
_RATE_BITS: Final = 32
_MOST_SEEN: Final = 255
_SEEN_BEFORE: Final = 6
_FURTHEST_REFINED: Final = 12 * 4096 - 1
_REFINE_RATE: Final = 32
_WORD: Final = (1 << 64) - 1

Weight = tuple[int, int, int, int]
"""Mixer, set, input, age."""


class Outcomes:
    """Outcomes of each pair of counts, in classes."""

    def __init__(self) -> None:
        self._slots: dict[tuple[int, int, int], Chance] = {}

    def chance(self, order: int, counts: Counts) -> Chance:
        """Return the chance of a 1 under counts that are not both 0."""
        zero, one = counts
        key = (order, _count_class(zero), _count_class(one))
        if key not in self._slots:
            p = (one * 10 + 4 << BIT_BITS) // ((zero + one) * 10 + 8)
            self._slots[key] = Chance(p, _SEEN_BEFORE)
        return self._slots[key]


class Correction:
    """Corrects a probability by what came of it before."""

    def __init__(self, logarithm: Logarithm) -> None:
        self._fresh = [logarithm.probability((i - 16) * 3072) >> 6 for i in range(33)]
        self._rows: dict[int, list[int]] = {}
        self._row, self._nearest = self._fresh, 0

    def refine(self, odds: int, p: int, history: int, node: int) -> int:
        """Return the probability, in units of 2^-22, under the last bytes and the bits so far."""
        key = ((history & 0xFFFF) << 8 | node) * 0x9E3779B97F4A7C15 & _WORD
        self._row = row = self._rows.setdefault(key >> 48, list(self._fresh))
        at = (_clamp(odds, _FURTHEST_REFINED) + 12 * 4096) * 4 // 3
        step, share = at >> 12, at & 4095
        self._nearest = step + (share >= 2048)
        learnt = row[step] * (4096 - share) + row[step + 1] * share >> 12
        return max(1, min(BIT_TOTAL - 1, p + (learnt << 6) >> 1))

    def update(self, bit: int) -> None:
        """Learn the bit that came."""
        p = self._row[self._nearest]
        step = (65535 - p) // _REFINE_RATE if bit else -(p // _REFINE_RATE)
        self._row[self._nearest] = p + step


class MemoryMixture:
    """Predicts bits; the numbers are those of the native coder."""

    def __init__(self, powers: NDArray[np.uint64], memory: MemoryIndex) -> None:
        self._logarithm = Logarithm(powers)
        self._counts = TextCounts()
        self._walk = MemoryWalk(memory)
        self._outcomes = Outcomes()
        self._correction = Correction(self._logarithm)
        self._weights: dict[Weight, int] = {}
        self._last_weights: dict[tuple[int, int], int] = {}
        self._sums: list[int] = []
        self._odds: list[int] = []
        self._chances: list[Chance | None] = []
        self._chosen: list[list[Weight]] = []
        self._mixed: list[int] = []
        self._place = self._p = 0

    def begin(self, share: NDArray[np.integer[Any]]) -> None:
        """Begin a byte of which the model expects this: (256,) whole frequencies."""
        self._sums = bit_sums(share.tolist())
        self._counts.begin()

    def predict(self) -> int:
        """Return the probability that the next bit is 1, in units of 2^-22."""
        self._walk.look()
        ages = self._hear()
        self._chosen = [
            [(mixer, chosen, i, years) for i, years in enumerate(ages)]
            for mixer, chosen in enumerate(self._choose_sets())
        ]
        self._mixed = [_clamp(self._sum(weights) >> 16, FURTHEST_ODDS) for weights in self._chosen]
        total = sum(odds * self._last_weight(mixer) for mixer, odds in enumerate(self._mixed))
        self._p = self._logarithm.probability(total >> 16)
        counts = self._counts
        return self._correction.refine(total >> 16, self._p, counts.history, counts.node)

    def update(self, bit: int) -> None:
        """Learn the bit that came."""
        target = bit << BIT_BITS
        for mixer, (odds, weights) in enumerate(zip(self._mixed, self._chosen, strict=True)):
            moved = self._last_weight(mixer) + _step(odds, target - self._p, _LAST_RATE)
            self._last_weights[self._place, mixer] = _clamp(moved, _MOST_WEIGHT)
            error = target - self._logarithm.probability(odds)
            for value, weight in zip(self._odds, weights, strict=True):
                moved = self._weight(weight) + _step(value, error, _RATE)
                self._weights[weight] = _clamp(moved, _MOST_WEIGHT)
        self._correction.update(bit)
        for chance in self._chances:
            if chance is not None:
                chance.learn(bit, _MOST_SEEN)
        self._counts.update(bit)
        self._walk.take(bit)

    def _hear(self) -> list[int]:
        """Take the odds of all inputs; returns the age of each."""
        node, counts = self._counts.node, self._walk.counts
        self._place = self._walk.depth // 8 % 2 * 256 + node
        text = self._counts.chances()
        self._chances = [
            self._outcomes.chance(i, counts[n]) if any(counts[n]) else None
            for i, n in enumerate(CHARACTERS)
        ]
        self._odds = [
            self._logarithm.odds(self._sums[2 * node + 1], self._sums[2 * node]),
            *(chance.odds(self._logarithm) for chance in text),
            *(chance.odds(self._logarithm) if chance else 0 for chance in self._chances),
        ]
        rows = (_row_class(sum(counts[n])) for n in CHARACTERS)
        return [0, *(age(chance.seen) for chance in text), *rows]

    def _choose_sets(self) -> tuple[int, ...]:
        walk, counts = self._walk, self._walk.counts
        rows = [_row_class(sum(counts[n])) for n in range(4)]
        longest = max(walk.longest, 0)
        agreed = longest > 0 and _verdict(counts[longest]) < 2
        verdicts = 0
        for n in range(1, 6):
            verdicts = 4 * verdicts + _verdict(counts[n])
        seen = [chance.seen for chance in self._counts.chances()]
        in_text = max((i + 1 for i, count in enumerate(seen) if count), default=0)
        return (
            (longest * 8 + min(abs(self._odds[0]) >> 12, 7)) * 2 + agreed,
            512 * min(in_text // 2, 3) + self._place,
            rows[2] * 32 + rows[3],
            verdicts,
            (walk.depth if walk.longest >= 0 else 0) * 32 + rows[1],
        )

    def _sum(self, weights: list[Weight]) -> int:
        return sum(
            odds * self._weight(weight) for odds, weight in zip(self._odds, weights, strict=True)
        )

    def _weight(self, weight: Weight) -> int:
        return self._weights.get(weight, _COUNT_WEIGHT if weight[2] else _MODEL_WEIGHT)

    def _last_weight(self, mixer: int) -> int:
        return self._last_weights.get((self._place, mixer), _ONE // _MIXERS)


def _clamp(value: int, most: int) -> int:
    return max(-most, min(most, value))


def _step(odds: int, error: int, rate: int) -> int:
    return odds * error * rate >> _RATE_BITS


def _count_class(n: int) -> int:
    """Return n up to 7, then two classes an octave."""
    if n < 8:
        return n
    high = n.bit_length() - 1
    return min(2 * high + 2 + (n >> (high - 1) & 1), 63)


def _row_class(n: int) -> int:
    """Return the class of how many rows a context has, below 32."""
    if n < 4:
        return n
    high = n.bit_length() - 1
    return min(2 * high + (n >> (high - 1) & 1), 31)


def _verdict(counts: Counts) -> int:
    """Return 0 or 1 when only that bit has come, 2 when both have, 3 when none has."""
    zero, one = counts
    return 3 if not (zero or one) else 0 if not zero else 1 if not one else 2
