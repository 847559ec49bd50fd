"""One piece of the original to a frame, and back."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from inference.backends.base import Coder
from inference.compression.format import Frame, Kind
from inference.compression.text import from_codec, to_codec
from inference.errors import CompressionError

_STEP: Final = 1 << 10
"""Bytes that are coded between two calls of `tick`."""
_TRIED: Final = 1 << 13
"""Bytes after which a piece that grows is given up."""
_WORTH: Final = 64
"""A piece is coded when that saves so many bytes: more than it costs to name the model."""

Tick = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Work:
    """Needs of coding a frame.

    Attributes:
        new_coder: makes one that has read nothing.
        codec: the model's.
        tick: called with the share of the frame that is done, from 0 to 1; may raise to stop.
    """

    new_coder: Callable[[], Coder]
    codec: str
    tick: Tick


def encode_frame(
    piece: bytes, last: bool, before: Coder | None, work: Work
) -> tuple[Frame, Coder | None]:
    """Code a piece, or store it where coding does not pay.

    Args:
        piece: original bytes.
        last: no piece follows.
        before: the coder of the piece before, or None to begin anew.
        work: what else it needs.

    Returns:
        The frame, and the coder for the next piece.
    """
    coder = before or work.new_coder()
    kind, coded = _for_model(piece, work.codec)
    code = _encode(coder, coded, work.tick)
    if code is None or len(code) + _WORTH > len(piece):
        work.tick(1.0)
        return Frame("stored", before is None, last, len(piece), payload=piece), None
    checksum = zlib.crc32(piece)
    return Frame(kind, before is None, last, len(piece), len(coded), checksum, code), coder


def decode_frame(frame: Frame, before: Coder | None, work: Work) -> tuple[bytes, Coder | None]:
    """Return the original of a frame, and the coder for the next.

    Raises:
        CompressionError: it does not come out as what was compressed.
    """
    if frame.kind == "stored":
        work.tick(1.0)
        return frame.payload, None
    coder = work.new_coder() if frame.fresh else before
    if coder is None:
        raise CompressionError("the file is damaged: a frame goes on from nothing")
    coder.load(frame.payload)
    coded = b"".join([coder.decode(end - begin) for begin, end in _steps(frame.coded, work.tick)])
    piece = _original(frame.kind, coded, work.codec)
    if piece is None or len(piece) != frame.length or zlib.crc32(piece) != frame.checksum:
        raise CompressionError(
            "the data does not come out as it was: this machine or this version of the program "
            "computes other probabilities than the one that compressed it; decompress it there"
        )
    return piece, coder


def _for_model(piece: bytes, codec: str) -> tuple[Kind, bytes]:
    coded = None if codec == "utf-8" else to_codec(piece, codec)
    return ("raw", piece) if coded is None else ("text", coded)


def _original(kind: Kind, coded: bytes, codec: str) -> bytes | None:
    if kind == "raw":
        return coded
    try:
        return from_codec(coded, codec)
    except UnicodeError:
        return None


def _encode(coder: Coder, coded: bytes, tick: Tick) -> bytes | None:
    """Return the code; None when the beginning shows that it would not be shorter."""
    code = bytearray()
    for begin, end in _steps(len(coded), tick):
        code += coder.encode(coded[begin:end])
        if end == _TRIED and len(code) > _TRIED:
            return None
    return bytes(code + coder.finish())


def _steps(count: int, tick: Tick) -> Iterator[tuple[int, int]]:
    for begin in range(0, count, _STEP):
        tick(begin / count)
        yield begin, min(count, begin + _STEP)
    tick(1.0)
