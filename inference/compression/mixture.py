"""Mixes the model's probabilities with what the text itself has shown so far.

A byte is coded bit by bit, the highest first. For each bit the model, and counts under the last 1,
2, 3, 4 and 6 bytes, give odds; the logarithms of these are summed with weights that learn from what
came. The native coder does the same (`csrc/coder/mixture.cpp`), bit by bit.
Source: Mahoney 2005, "Adaptive weighing of context models for lossless data compression".
"""

from __future__ import annotations

from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.compression.logarithm import BIT_BITS, Logarithm
from inference.compression.text_counts import BYTES, TextCounts, age, bit_sums

_MODEL_SETS: Final = 8 * (len(BYTES) + 1)
_ONE: Final = 1 << 16
_SOME: Final = 16000
_MOST_WEIGHT: Final = 64 * _ONE
_RATE: Final = 200
_RATE_BITS: Final = 32

Weight = tuple[int, int, int]
"""Set, input, age."""


class BitModel(Protocol):
    """The probability of each bit of a byte, learnt from the bits that came before."""

    def begin(self, share: NDArray[np.integer[Any]]) -> None:
        """Begin a byte of which the model expects this: (256,) whole frequencies."""

    def predict(self) -> int:
        """Return the probability that the next bit is 1, in units of 2^-22."""

    def update(self, bit: int) -> None:
        """Learn the bit that came."""


class Mixture:
    """Predicts bits; the numbers are those of the native coder."""

    def __init__(self, powers: NDArray[np.uint64]) -> None:
        self._logarithm = Logarithm(powers)
        self._counts = TextCounts()
        self._weights: dict[Weight, int] = {}
        self._chosen: list[list[Weight]] = []
        self._odds: list[int] = []
        self._sums: list[int] = []
        self._p = 0

    def begin(self, share: NDArray[np.integer[Any]]) -> None:
        """Begin a byte of which the model expects this: (256,) whole frequencies."""
        self._sums = bit_sums(share.tolist())
        self._counts.begin()

    def predict(self) -> int:
        """Return the probability that the next bit is 1, in units of 2^-22."""
        node, chances = self._counts.node, self._counts.chances()
        model = self._logarithm.odds(self._sums[2 * node + 1], self._sums[2 * node])
        longest = max((i + 1 for i, chance in enumerate(chances) if chance.seen), default=0)
        sets = (longest * 8 + min(abs(model) >> 12, 7), _MODEL_SETS + node)
        self._odds = [model, *(chance.odds(self._logarithm) for chance in chances)]
        ages = [0, *(age(chance.seen) for chance in chances)]
        self._chosen = [[(s, i, years) for s in sets] for i, years in enumerate(ages)]
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
        self._counts.update(bit)

    def _weight(self, weight: Weight) -> int:
        return self._weights.get(weight, _SOME if weight[1] else _ONE)
