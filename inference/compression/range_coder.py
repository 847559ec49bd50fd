"""Range coding: choices with whole frequencies to bytes, and back.

The interval has 56 bits and a carry; a byte leaves when fewer than 48 are open, so that a total of
2^24 still has units of 2^24. The native coder does the same (`csrc/coder/range.h`), byte by byte.
Source: Martin 1979, "Range encoding".
"""

from __future__ import annotations

from typing import Final

_WHOLE: Final = 1 << 56
_NARROW: Final = 1 << 48


class RangeEncoder:
    """Choices in, bytes out."""

    def __init__(self) -> None:
        self._code = bytearray()
        self._low, self._range = 0, _WHOLE
        self._last: int | None = None
        self._waiting = 0

    def encode(self, start: int, size: int, bits: int) -> None:
        """Take the part [start, start + size) of 2^bits; size >= 1."""
        self._range >>= bits
        self._low += start * self._range
        self._range *= size
        while self._range < _NARROW:
            self._shift()
            self._range <<= 8

    def finish(self) -> None:
        """Name a number in the interval in as few bytes as can be, and begin anew.

        Behind them the decoder reads zeros.
        """
        for count in range(8):
            rest = (_WHOLE >> 8 * count) - 1
            number = (self._low + rest) & ~rest
            if number < self._low + self._range:
                break
        self._low = number
        for _ in range(count + 1):
            self._shift()
        self._low, self._range, self._last = 0, _WHOLE, None

    def take(self) -> bytes:
        """Move out what is ready."""
        code = bytes(self._code)
        self._code.clear()
        return code

    def _shift(self) -> None:
        """Move the highest byte out; with every 255 behind it, it waits until no carry comes."""
        carry, byte = self._low >> 56, self._low >> 48 & 255
        if self._last is not None and not carry and byte == 255:
            self._waiting += 1
        else:
            if self._last is not None:
                self._code.append((self._last + carry) & 255)
            self._code += bytes((0 if carry else 255,)) * self._waiting
            self._last, self._waiting = byte, 0
        self._low = (self._low & (_NARROW - 1)) << 8


class RangeDecoder:
    """Bytes in, choices out."""

    def __init__(self, code: bytes) -> None:
        """Begin; behind `code` lie zeros without end."""
        self._code = iter(code)
        self._range = _WHOLE
        self._ahead = 0
        for _ in range(7):
            self._ahead = self._ahead << 8 | next(self._code, 0)

    def find(self, bits: int) -> int:
        """Return where in 2^bits the coded number lies; `take` follows."""
        self._range >>= bits
        return min(self._ahead // self._range, (1 << bits) - 1)

    def take(self, start: int, size: int) -> None:
        """Go into the part [start, start + size), the one that was found."""
        self._ahead -= start * self._range
        self._range *= size
        while self._range < _NARROW:
            self._ahead = self._ahead << 8 | next(self._code, 0)
            self._range <<= 8
