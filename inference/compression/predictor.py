"""The float model along a text of any length, a byte at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.reference.wygpt import Wygpt


class ReferencePredictor:
    """Reads begin anew from half a context whenever it is full (`sliding_scorer.py`).

    Encoder and decoder both read single bytes: of matrices of other shapes NumPy may add up the
    products in another order, and the last bits would differ.
    """

    def __init__(self, model: Wygpt) -> None:
        self._model = model
        self._ring = model.new_ring()
        self._text = bytearray()
        self._logits = np.zeros(256, np.float32)

    def next(self) -> NDArray[np.float32]:
        """Return (256,) logits of the next byte; all 0 before the first."""
        if len(self._text) == self._model.card.context_bytes:
            self._renew()
        return self._logits

    def read(self, byte: int) -> None:
        """Take the next byte."""
        self.next()
        self._text.append(byte)
        self._logits = self._model.prefill(self._ring, bytes((byte,)))

    def _renew(self) -> None:
        del self._text[: len(self._text) - self._model.card.renewed_bytes]
        self._ring = self._model.new_ring()
        self._logits = np.zeros(256, np.float32)
        if self._text:
            self._logits = self._model.prefill(self._ring, bytes(self._text))
