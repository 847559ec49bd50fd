"""The coder in Python: the definition that the native one equals byte by byte."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.compression.frequencies import TOTAL_BITS, frequencies, power_table
from inference.compression.logarithm import BIT_BITS, BIT_TOTAL
from inference.compression.mixture import Mixture
from inference.compression.range_coder import RangeDecoder, RangeEncoder


class Predictor(Protocol):
    """Reads a text byte by byte and says what may come next."""

    def next(self) -> NDArray[np.float32]:
        """Return (256,) logits of the next byte; all 0 before the first."""

    def read(self, byte: int) -> None:
        """Take the next byte."""


class PlainCoder:
    """Codes each byte by its probability; see `backends.base.Coder`."""

    def __init__(self, predictor: Predictor, *, mixed: bool, step_bytes: int = 1) -> None:
        """Begin with nothing read.

        Args:
            predictor: a fresh one.
            mixed: whether to mix in what the text has shown.
            step_bytes: bytes that a step of the model reads. A frame that ends in the middle of a
                step is filled up with zeros, so that the next one begins with a whole step.
        """
        self._predictor = predictor
        self._step_bytes, self._seen = step_bytes, 0
        self._powers = power_table()
        self._mixture = Mixture(self._powers) if mixed else None
        self._encoder = RangeEncoder()
        self._decoder = RangeDecoder(b"")

    def encode(self, data: bytes) -> bytes:
        """Append to the frame; returns the code that is ready."""
        for byte in data:
            self._encode_byte(byte, self._shares())
            self._read(byte)
        return self._encoder.take()

    def finish(self) -> bytes:
        """End the frame; returns the rest of its code."""
        self._align()
        self._encoder.finish()
        return self._encoder.take()

    def load(self, code: bytes) -> None:
        """Begin a frame whose whole code this is."""
        self._align()
        self._decoder = RangeDecoder(code)

    def decode(self, count: int) -> bytes:
        """Return the frame's next `count` bytes."""
        found = bytearray()
        for _ in range(count):
            byte = self._decode_byte(self._shares())
            self._read(byte)
            found.append(byte)
        return bytes(found)

    def _read(self, byte: int) -> None:
        self._predictor.read(byte)
        self._seen += 1

    def _align(self) -> None:
        while self._seen % self._step_bytes:
            self._read(0)

    def _encode_byte(self, byte: int, share: NDArray[np.int64]) -> None:
        if self._mixture is None:
            self._encoder.encode(int(share[:byte].sum()), int(share[byte]), TOTAL_BITS)
            return
        self._mixture.begin(share)
        for place in range(7, -1, -1):
            bit, one = byte >> place & 1, self._mixture.predict()
            self._encoder.encode(*_part(bit, one), BIT_BITS)
            self._mixture.update(bit)

    def _decode_byte(self, share: NDArray[np.int64]) -> int:
        if self._mixture is None:
            ends = share.cumsum()
            byte = int(ends.searchsorted(self._decoder.find(TOTAL_BITS), "right"))
            self._decoder.take(int(ends[byte] - share[byte]), int(share[byte]))
            return byte
        self._mixture.begin(share)
        byte = 0
        for _ in range(8):
            one = self._mixture.predict()
            bit = int(self._decoder.find(BIT_BITS) < one)
            self._decoder.take(*_part(bit, one))
            self._mixture.update(bit)
            byte = 2 * byte + bit
        return byte

    def _shares(self) -> NDArray[np.int64]:
        return frequencies(self._predictor.next(), self._powers).astype(np.int64)


def _part(bit: int, one: int) -> tuple[int, int]:
    """Return start and size of a bit's part: the ones lie first."""
    return (0, one) if bit else (one, BIT_TOTAL - one)
