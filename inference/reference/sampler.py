"""Draws the next byte, in NumPy float64: the reference of the native sampler."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import KernelError
from inference.sampling import SamplingConfig

Weights = NDArray[np.float64]

LONGEST_MATCH: Final = 200
"""Matches count as no longer than this in the `wygpt` penalty: exp(200 / e) is still a float32."""

_MASK64: Final = (1 << 64) - 1


class SplitMix64:
    """The generator of one sequence. Source: Steele et al. 2014, as in Java's SplittableRandom."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK64

    def integer(self) -> int:
        """Return the next 64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK64
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK64
        return z ^ (z >> 31)

    def uniform(self) -> float:
        """Return the next number in [0, 1), of 53 bits."""
        return (self.integer() >> 11) * 2.0**-53


class MatchPenalty:
    """The original's repetition penalty, kept up to date in O(n) a byte.

    For every earlier place k of the whole history of n bytes let m be 1 plus the number of bytes
    on which the text that ends just before k agrees with the text that ends at n, going back.
    Then penalty[s[k]] += (exp(m / e) - 1) / (n - k).
    """

    def __init__(self) -> None:
        self._history = np.empty(0, np.uint8)
        self._match = np.empty(0, np.int64)

    def feed(self, data: bytes) -> None:
        """Append bytes to the history: the prompt, and then each byte drawn."""
        for byte in data:
            longer = np.where(self._history == byte, self._match + 1, 1)
            self._match = np.concatenate((np.ones(1, np.int64), longer))
            self._history = np.append(self._history, np.uint8(byte))

    def values(self) -> Weights:
        """Return (256,) float64, what is taken off each logit."""
        count = len(self._history)
        match = np.minimum(self._match, LONGEST_MATCH)
        parts = np.expm1(match / math.e) / (count - np.arange(count))
        return np.bincount(self._history, weights=parts, minlength=256).astype(np.float64)


class Sampler:
    """Chooses the bytes of one sequence. One number is drawn for each byte, sure or not.

    `nll_bits` is minus log2 of the probability of all picked so far, p being what each had
    before the method left any out.
    """

    def __init__(self, config: SamplingConfig) -> None:
        self._config = config
        self._generator = SplitMix64(config.seed)
        self._penalty = MatchPenalty() if config.method == "wygpt" else None
        self.nll_bits = 0.0

    def feed(self, data: bytes) -> None:
        """Tell the sampler what stands in the text: the prompt, then each byte drawn."""
        if self._penalty is not None:
            self._penalty.feed(data)

    def pick(self, logits: NDArray[Any], allowed: NDArray[np.bool_]) -> int:
        """Choose the next byte.

        Args:
            logits: (256,) of any float type.
            allowed: (256,) bool, at least one of them true.

        Raises:
            KernelError: a logit is not finite.
        """
        penalty = None if self._penalty is None else self._penalty.values()
        weights = candidates(logits, allowed, self._config, penalty)
        byte = draw(weights, self._generator.uniform())
        taken_off = 0.0 if penalty is None else 1.0 / 256.0
        self.nll_bits -= math.log2(min(1.0, float(weights[byte]) + taken_off))
        return byte


def candidates(
    logits: NDArray[Any],
    allowed: NDArray[np.bool_],
    config: SamplingConfig,
    penalty: Weights | None = None,
) -> Weights:
    """Return (256,) float64 weights of the bytes to draw from; the others get 0.

    Args:
        logits: (256,) finite.
        allowed: (256,) bool.
        config: the method and its options.
        penalty: (256,) for `wygpt`, see `MatchPenalty`; None counts as zeros.

    Raises:
        KernelError: a logit is not finite, or no byte is allowed.
    """
    if not np.isfinite(logits).all() or not allowed.any():
        raise KernelError("there is no byte to draw: a logit is not finite, or none is allowed")
    exact = logits.astype(np.float64)
    if config.method == "wygpt":
        taken = np.zeros(256) if penalty is None else penalty
        exact = (exact - taken) * math.sqrt(2)
    p = _softmax(np.where(allowed, exact / config.temperature, -np.inf))
    if config.method == "wygpt":
        return _cut(p)
    return np.where(_ranks(p) < _count(p, config), p, 0.0)


def draw(weights: Weights, u: float) -> int:
    """Walk the candidates in byte order to the first whose running sum passes u of the total."""
    sums = np.cumsum(weights)
    kept = np.flatnonzero(weights)
    passed = np.flatnonzero(sums[kept] > u * sums[-1])
    return int(kept[passed[0] if passed.size else -1])


def _softmax(logits: Weights) -> Weights:
    powers: Weights = np.exp(logits - logits.max())
    shares: Weights = powers / powers.sum()
    return shares


def _ranks(p: Weights) -> NDArray[np.int64]:
    """Return the place of each byte from the most probable down; ties go to the smaller byte."""
    ranks = np.empty(256, np.int64)
    ranks[np.argsort(-p, kind="stable")] = np.arange(256)
    return ranks


def _count(p: Weights, config: SamplingConfig) -> int:
    """Return how many of the most probable bytes stay."""
    possible = int(np.count_nonzero(p))
    if config.method == "top-k":
        return min(config.top_k, possible)
    if config.method == "min-p":
        return int(np.count_nonzero(p[p > 0.0] >= config.min_p * p.max()))
    if config.method == "top-p":
        sums = np.cumsum(-np.sort(-p))
        return min(int(np.searchsorted(sums, config.top_p)) + 1, possible)
    some = p[p > 0.0]
    entropy = float(-(some * np.log(some)).sum())
    wanted = config.top_e * math.exp(entropy)
    if wanted >= possible:
        return possible
    return max(1, math.floor(wanted + 0.5))


def _cut(p: Weights) -> Weights:
    """Take 1/256 off each and clip; where nothing is left, keep the largest."""
    left = np.maximum(p - 1.0 / 256.0, 0.0)
    if not left.any():
        left[int(np.argmax(p))] = 1.0
    return left
