"""Scoring a text that is longer than the context.

Models are trained on windows that begin empty. A ring that has forgotten its first bytes is
something they have never seen, and they predict badly in it (Xiao et al. 2023, "Efficient Streaming
Language Models with Attention Sinks", arXiv:2309.17453). So when the context is full, reading
begins anew from its last half: every byte is predicted from at least half a context.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inference.backends.base import Scorer


class SlidingScorer:
    """Reads a text part by part, beginning anew from half a context whenever it is full."""

    def __init__(self, begin: Callable[[], Scorer], context: int, step_bytes: int = 1) -> None:
        """Start at the empty context.

        Args:
            begin: makes a scorer with an empty context.
            context: steps that the model attends to.
            step_bytes: bytes that a step reads.
        """
        self._begin, self._context = begin, step_bytes * context
        self._half = step_bytes * (context // 2)
        self._scorer = begin()
        self._kept = b""
        self._read = 0

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Return (N,) log2 probability of each byte; the first byte of all gets -8."""
        parts: list[NDArray[np.float32]] = []
        at = 0
        while at < len(data):
            if self._read == self._context:
                self._renew()
            piece = data[at : at + self._context - self._read]
            parts.append(self._scorer.feed(piece))
            self._kept = (self._kept + piece)[-max(1, self._half) :]
            self._read += len(piece)
            at += len(piece)
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def close(self) -> None:
        """Give the slot back; a second call does nothing."""
        self._scorer.close()

    def _renew(self) -> None:
        self._scorer.close()
        self._scorer = self._begin()
        kept = self._kept[-self._half :] if self._half else b""
        if kept:
            self._scorer.feed(kept)
        self._read = len(kept)
