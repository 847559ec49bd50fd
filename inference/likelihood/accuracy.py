"""A share of right answers, and how far it can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_Z = 1.959964  # two-sided 95 % of the normal distribution


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`right` of `n` answers, n at least 1."""

    right: int
    n: int

    @classmethod
    def of(cls, hits: Iterable[bool]) -> Accuracy:
        """Count."""
        found = list(hits)
        return cls(sum(found), len(found))

    @property
    def share(self) -> float:
        """The share that was right."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson (1927), which stays inside 0..1 for every n."""
        z2 = _Z * _Z / self.n
        middle = (self.share + z2 / 2) / (1 + z2)
        half = _Z * math.sqrt(self.share * (1 - self.share) / self.n + z2 / (4 * self.n)) / (1 + z2)
        # Rounding must not put 0 of n or n of n outside.
        return max(0.0, min(self.share, middle - half)), min(1.0, max(self.share, middle + half))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.1%} ({low:.1%} to {high:.1%}, n = {self.n})"
