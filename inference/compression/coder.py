"""The coder in Python: the definition that the native one equals byte by byte."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.compression.frequencies import TOTAL_BITS, frequencies, power_table
from inference.compression.range_coder import RangeDecoder, RangeEncoder


class Predictor(Protocol):
    """Reads a text byte by byte and says what may come next."""

    def next(self) -> NDArray[np.float32]:
        """Return (256,) logits of the next byte; all 0 before the first."""

    def read(self, byte: int) -> None:
        """Take the next byte."""


class PlainCoder:
    """Codes each byte by its probability; see `backends.base.Coder`."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._powers = power_table()
        self._encoder = RangeEncoder()
        self._decoder = RangeDecoder(b"")

    def encode(self, data: bytes) -> bytes:
        """Append to the frame; returns the code that is ready."""
        for byte in data:
            share = self._shares()
            self._encoder.encode(int(share[:byte].sum()), int(share[byte]), TOTAL_BITS)
            self._predictor.read(byte)
        return self._encoder.take()

    def finish(self) -> bytes:
        """End the frame; returns the rest of its code."""
        self._encoder.finish()
        return self._encoder.take()

    def load(self, code: bytes) -> None:
        """Begin a frame whose whole code this is."""
        self._decoder = RangeDecoder(code)

    def decode(self, count: int) -> bytes:
        """Return the frame's next `count` bytes."""
        found = bytearray()
        for _ in range(count):
            share = self._shares()
            ends = share.cumsum()
            byte = int(ends.searchsorted(self._decoder.find(TOTAL_BITS), "right"))
            self._decoder.take(int(ends[byte] - share[byte]), int(share[byte]))
            self._predictor.read(byte)
            found.append(byte)
        return bytes(found)

    def _shares(self) -> NDArray[np.int64]:
        return frequencies(self._predictor.next(), self._powers).astype(np.int64)
