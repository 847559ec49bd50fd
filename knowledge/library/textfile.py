"""The books' text within the file: deflated blocks, from which a range of bytes is copied."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable

from knowledge.library.schema import BLOCK_BYTES, ENCODING, SHEET_BYTES

_DICTIONARY_BYTES = 32 << 10
_LEVEL = 9


def sample_dictionary(samples: Iterable[str]) -> bytes:
    """Return what the compressor may refer to before it has seen anything of a block."""
    return "\n".join(samples).encode(ENCODING)[-_DICTIONARY_BYTES:]


def inflate(data: bytes, dictionary: bytes) -> bytes:
    """Return the text of a block.

    Raises:
        zlib.error: it is damaged.
    """
    stream = zlib.decompressobj(zdict=dictionary)
    text = stream.decompress(data)
    if not stream.eof:
        raise zlib.error("the block ends too early")
    return text


class BlockWriter:
    """Write the text of one book after the other; a block is closed only between passages."""

    def __init__(self, database: sqlite3.Connection, dictionary: bytes) -> None:
        self._database = database
        self._dictionary = dictionary
        self._start = 0  # of the open block, in the text
        self._block = bytearray()
        self._place = 0  # of the open block, in the deflated run
        self._sheet = bytearray()  # what of that run is not written yet
        self._sheets = 0
        self._at = 0  # characters of the book that are taken

    def write(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Write a book up to the end of a passage; returns the first byte and the size of it."""
        self.skip_to(text, start)
        if len(self._block) >= BLOCK_BYTES:
            self._close_block()
        first = self._start + len(self._block)
        self._take(text, end)
        return first, self._start + len(self._block) - first

    def skip_to(self, text: str, place: int) -> None:
        """Write the characters of a book before `place` that belong to no passage."""
        while self._at < place:
            self._take(text, min(place, self._at + BLOCK_BYTES))
            if len(self._block) >= 2 * BLOCK_BYTES:
                self._close_block()

    def end_book(self) -> None:
        """Begin another book."""
        self._at = 0

    def finish(self) -> None:
        """Write what is left."""
        self._close_block()
        self._write_sheets(1)

    def _take(self, text: str, place: int) -> None:
        self._block += text[self._at : place].encode(ENCODING)
        self._at = place

    def _close_block(self) -> None:
        if not self._block:
            return
        stream = zlib.compressobj(_LEVEL, zdict=self._dictionary)
        data = stream.compress(self._block) + stream.flush()
        row = (self._start, self._place, len(data))
        self._database.execute("insert into blocks values(?, ?, ?)", row)
        self._start += len(self._block)
        self._place += len(data)
        self._block.clear()
        self._sheet += data
        self._write_sheets(SHEET_BYTES)

    def _write_sheets(self, least: int) -> None:
        while len(self._sheet) >= least:
            row = (self._sheets, bytes(self._sheet[:SHEET_BYTES]))
            self._database.execute("insert into sheets values(?, ?)", row)
            del self._sheet[:SHEET_BYTES]
            self._sheets += 1


def read_block(database: sqlite3.Connection, place: int, size: int, dictionary: bytes) -> bytes:
    """Return the text of the block whose deflated bytes stand at `place`.

    Raises:
        zlib.error: the block is damaged.
    """
    first, last = place // SHEET_BYTES, (place + size - 1) // SHEET_BYTES
    rows = database.execute(
        "select data from sheets where id between ? and ? order by id", (first, last)
    )
    data = b"".join(row[0] for row in rows)
    begin = place - first * SHEET_BYTES
    return inflate(data[begin : begin + size], dictionary)
