"""Cuts of a stream, and the part of it that the model reads as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""


def pieces(stream: Readable, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield a stream in pieces of at most `size` >= 4 bytes, each with whether it is the last.

    Text in UTF-8 is cut between characters. Of an empty stream there is one piece, empty and last.
    """
    block = stream.read(size)
    while True:
        cut = len(block) if len(block) < size else _boundary(block)
        ahead = block[cut:]
        if len(block) == size:
            ahead += stream.read(size - len(ahead))
        yield block[:cut], not ahead
        if not ahead:
            return
        block = ahead


def _boundary(block: bytes) -> int:
    """Return where the last character ends, were it UTF-8."""
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte & 0xC0 != 0x80:
            length = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(block) - back if length > back else len(block)
    return len(block)


def to_codec(data: bytes, codec: str) -> bytes | None:
    """Return UTF-8 in another codec; None when it is none, or would not come back byte by byte."""
    try:
        coded = data.decode("utf-8").encode(codec)
        return coded if from_codec(coded, codec) == data else None
    except UnicodeError:
        return None


def from_codec(coded: bytes, codec: str) -> bytes:
    """Return the UTF-8 of a text in `codec`.

    Raises:
        UnicodeError: it is none.
    """
    return coded.decode(codec).encode("utf-8")
