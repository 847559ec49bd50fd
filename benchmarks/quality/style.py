"""How far generated text is from held-out text, with what chance alone would make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.measures import count_grams, grams, repeated_share

Floats = NDArray[np.float64]
ORDERS = (1, 2, 3)
_RESAMPLES = 300


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out text, as the shares of its n-grams for n = 1, 2, 3."""

    shares: dict[int, dict[str, float]]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Held:
        """Count the n-grams of some texts."""
        shares = {}
        for n in ORDERS:
            counts = count_grams(texts, n)
            total = counts.total()
            shares[n] = {gram: count / total for gram, count in counts.items()}
        return cls(shares)


class Style:
    """Texts against held-out text; every measure can be taken again on resampled texts."""

    def __init__(self, texts: Sequence[str], bits: Sequence[float], held: Held) -> None:
        """Count once.

        Args:
            texts: at least one, each of three characters or more.
            bits: what each costs under the model.
            held: text that is compared with.
        """
        self._lengths = np.array([len(text) for text in texts], np.float64)
        self._bits = np.array(bits, np.float64)
        self._repeated = np.array([repeated_share(text) for text in texts])
        self._counts = {n: _Counted(texts, n, held.shares[n]) for n in ORDERS}
        self._count = len(texts)

    def measure(self, weights: Floats | None = None) -> dict[str, float]:
        """Return every measure; `weights` (texts,) says how often each text counts."""
        weights = np.ones(self._count) if weights is None else weights
        divergences = {f"js_{n}": self._counts[n].divergence(weights) for n in ORDERS}
        return {
            "surprise": float(self._bits @ weights / (self._lengths @ weights)),
            **divergences,
            "distance": sum(divergences.values()) / len(ORDERS),
            "precision": self._counts[3].precision(weights),
            "recall": self._counts[2].recall(weights),
            "distinct_2": self._counts[2].distinct(weights),
            "repeated": float(self._repeated @ weights / weights.sum()),
            "characters": float(self._lengths @ weights / weights.sum()),
        }

    def intervals(self, seed: int = 1) -> dict[str, tuple[float, float]]:
        """Return 95 % intervals by drawing the texts again (bootstrap of their differences)."""
        rng = np.random.default_rng(seed)
        even = np.full(self._count, 1 / self._count)
        draws = [self.measure(rng.multinomial(self._count, even)) for _ in range(_RESAMPLES)]
        whole, found = self.measure(), {}
        for name, value in whole.items():
            low, high = np.quantile([draw[name] for draw in draws], [0.025, 0.975])
            # Text drawn twice is less varied than new text: the spread counts, not the middle.
            shift = value - float(np.mean([draw[name] for draw in draws]))
            found[name] = (min(value, float(low) + shift), max(value, float(high) + shift))
        return found


class _Counted:
    """The n-grams of some texts as numbers: which gram, in which text."""

    def __init__(self, texts: Sequence[str], n: int, held: dict[str, float]) -> None:
        ids: dict[str, int] = {}
        pairs = [
            (ids.setdefault(gram, len(ids)), i)
            for i, text in enumerate(texts)
            for gram in grams(text, n)
        ]
        self._gram, self._text = np.array(pairs, np.int64).reshape(-1, 2).T
        self._held = np.array([held.get(gram, 0.0) for gram in ids])

    def _counted(self, weights: Floats) -> Floats:
        counts: Floats = np.bincount(
            self._gram, weights=weights[self._text], minlength=len(self._held)
        )
        return counts

    def divergence(self, weights: Floats) -> float:
        """Return the Jensen-Shannon divergence in bits: 0 the same, 1 nothing shared.

        A gram that the texts lack adds half its share of the held-out text.
        """
        counts = self._counted(weights)
        p, q = counts / counts.sum(), self._held
        middle = (p + q) / 2
        parts = 0.0
        for x in (p, q):
            ratio = np.divide(x, middle, where=x > 0, out=np.ones_like(x))
            parts += (x * np.log2(ratio)).sum() / 2
        return float(parts + (1 - q.sum()) / 2)

    def precision(self, weights: Floats) -> float:
        """Return the share of the texts' grams that stand in the held-out text."""
        counts = self._counted(weights)
        return float(counts[self._held > 0].sum() / counts.sum())

    def recall(self, weights: Floats) -> float:
        """Return the share of the held-out text's grams that stand in the texts."""
        return float(self._held[self._counted(weights) > 0].sum())

    def distinct(self, weights: Floats) -> float:
        """Return distinct grams over all grams."""
        counts = self._counted(weights)
        return float(np.count_nonzero(counts) / counts.sum())
