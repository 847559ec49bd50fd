"""Logarithms of odds in whole steps of 1/4096 of log2, and the way back: integers alone.

The native coder has the same tables (`csrc/coder/logarithm.cpp`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

BIT_BITS: Final = 22
BIT_TOTAL: Final = 1 << BIT_BITS
"""Probabilities of one bit are in units of 2^-22."""

STEP_BITS: Final = 12
_STEPS: Final = 1 << STEP_BITS
FURTHEST_ODDS: Final = 21 * _STEPS


class Logarithm:
    """log2 and its inverse."""

    def __init__(self, powers: NDArray[np.uint64]) -> None:
        """Make the table: the largest s with 2^(s/4096) <= 1 + i/4096, for each i.

        Args:
            powers: `frequencies.power_table()`.
        """
        self._powers: list[int] = powers.tolist()
        rising = 2 * powers[:0:-1]  # 2^(s/4096) for s from 1, in units of 2^-31
        numbers = np.arange(_STEPS, 2 * _STEPS, dtype=np.uint64) << np.uint64(19)
        self._fraction: list[int] = rising.searchsorted(numbers, "right").tolist()

    def log2(self, number: int) -> int:
        """Return log2 of a number >= 1 in steps, rounded down to about one."""
        high = number.bit_length() - 1
        fraction = (number << STEP_BITS >> high) - _STEPS
        return high * _STEPS + self._fraction[fraction]

    def odds(self, one: int, zero: int) -> int:
        """Return log2 of the odds one : zero, both at least 1."""
        return self.log2(one) - self.log2(zero)

    def probability(self, odds: int) -> int:
        """Return the probability of such odds in units of 2^-22, neither 0 nor all."""
        far = min(abs(odds), FURTHEST_ODDS)
        power = self._powers[far & (_STEPS - 1)] >> (far >> STEP_BITS)
        likely = (1 << 31 + BIT_BITS) // ((1 << 31) + power)
        return BIT_TOTAL - likely if odds < 0 else likely
