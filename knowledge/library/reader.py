"""One connection to a library's file: rows, hits of the index, and the text behind a range.

A reader serves one thread at a time; `Library` lends them out.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.library import schema
from knowledge.library.errors import LibraryError
from knowledge.library.frequencies import read_frequency
from knowledge.library.records import Book
from knowledge.library.textfile import read_block

_KEPT_BLOCKS = 64
_MOST_HEADINGS = 400
_KEPT_FREQUENCIES = 4096
_HEADER = 100
_READ_BYTES = 1 << 20
SEAL_BYTES = 32
_ROWS = (
    "select p.id, p.heading, p.start, p.size, p.marks, h.book, c.title, h.section"
    " from passages p join headings h on h.id = p.heading"
    " join chapters c on c.id = h.chapter where p.id in ({})"
)
_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A book on the shelf: its citation, its rank, and its passages from `first` to `last`."""

    book: Book
    age: int
    standing: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Row:
    """A passage as the tables hold it, without its text."""

    number: int
    heading: int
    start: int
    size: int
    marks: int
    book: int
    chapter: str
    section: str


def check_header(file: Path) -> None:
    """Refuse what is no whole library of this version, before anything is mapped.

    Raises:
        LibraryError: the file is missing, unreadable, of another kind or version, or cut off.
    """
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEADER)
        size = file.stat().st_size
    except OSError as error:
        raise LibraryError(f"{file}: cannot be read: {error.strerror or error}") from error
    if not head.startswith(_MAGIC) or int.from_bytes(head[68:72], "big") != schema.APPLICATION:
        raise LibraryError(f"{file}: is no library; make one with `xinglin library build`")
    if (version := int.from_bytes(head[60:64], "big")) != schema.VERSION:
        raise LibraryError(
            f"{file}: is a library of version {version}, this program reads version"
            f" {schema.VERSION}; build it again with `xinglin library build`"
        )
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    expected = page * pages + SEAL_BYTES
    if page != schema.PAGE_BYTES or size != expected:
        raise LibraryError(
            f"{file}: is cut off or damaged ({size} bytes, {expected} expected); copy or build it"
            " again"
        )


def seal(file: Path) -> None:
    """Append the digest of a file to it; the database reads its own pages only."""
    with file.open("rb+") as stream:
        digest = hashlib.file_digest(stream, "sha256").digest()
        stream.seek(0, os.SEEK_END)
        stream.write(digest)


def check_seal(file: Path) -> None:
    """Read the whole file once: a byte that changed could move a quotation.

    Raises:
        LibraryError: the digest at its end is another one.
    """
    try:
        digest = hashlib.sha256()
        with file.open("rb", buffering=0) as stream:
            left = file.stat().st_size - SEAL_BYTES
            while left > 0 and (data := stream.read(min(left, _READ_BYTES))):
                digest.update(data)
                left -= len(data)
            same = stream.read(SEAL_BYTES) == digest.digest()
    except OSError as error:
        raise LibraryError(f"{file}: cannot be read: {error.strerror or error}") from error
    if not same:
        raise LibraryError(f"{file}: is damaged; copy or build it again")


class Reader:
    """Read a library's file, read-only and mapped into memory."""

    def __init__(self, file: Path) -> None:
        # `immutable`: the file is replaced as a whole and never written, so no lock is needed.
        uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
        self._database = sqlite3.connect(
            uri, uri=True, check_same_thread=False, isolation_level=None
        )
        self._database.execute(f"pragma mmap_size={file.stat().st_size}")
        self._database.execute("pragma query_only=1")
        self._dictionary: bytes = self.meta()["dictionary"]
        self._block = lru_cache(_KEPT_BLOCKS)(self._read_block)
        self.frequency = lru_cache(_KEPT_FREQUENCIES)(self._read_frequency)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def meta(self) -> dict[str, bytes]:
        """Return what the builder wrote about the file: the dictionary, and numbers."""
        return dict(self._database.execute("select key, value from meta"))

    def check(self) -> None:
        """Read every page and every block.

        Raises:
            LibraryError, sqlite3.Error, zlib.error: something is damaged.
        """
        (verdict,) = self._database.execute("pragma quick_check(1)").fetchone()
        if verdict != "ok":
            raise LibraryError(str(verdict))
        for place, size in self._database.execute("select place, size from blocks"):
            read_block(self._database, place, size, self._dictionary).decode(schema.ENCODING)

    def books(self) -> dict[int, Shelved]:
        """Return the books by number, oldest first."""
        rows = self._database.execute(
            "select id, title, author, dynasty, age, standing, first, last from books order by id"
        )
        return {row[0]: Shelved(Book(*row[1:4]), *row[4:]) for row in rows}

    def names(self) -> dict[str, list[int]]:
        """Return the books of each title, short title and author's name."""
        found: dict[str, list[int]] = {}
        for name, book in self._database.execute("select name, book from names"):
            found.setdefault(name, []).append(book)
        return found

    def hits(
        self, terms: Iterable[str], limit: int, within: tuple[int, int] | None = None
    ) -> list[int]:
        """Return passages that hold all terms, oldest first; of numbers `within` only."""
        match = " AND ".join(f'"{term}"' for term in terms)
        first, last = within or (0, 1 << 40)
        rows = self._database.execute(
            "select rowid from words where words match ? and rowid between ? and ?"
            " order by rowid limit ?",
            (match, first, last, limit),
        )
        return [row[0] for row in rows]

    def headed(self, word: str) -> list[tuple[int, int, int, int]]:
        """Return (heading, book, first passage, last passage) of headings that answer to a word."""
        rows = self._database.execute(
            "select headings.id, book, first, last from headwords"
            " join headings on headings.id = heading where word = ? order by heading limit ?",
            (word, _MOST_HEADINGS),
        )
        return list(rows)

    def rows(self, numbers: Iterable[int]) -> list[Row]:
        """Return the passages of these numbers, without their text."""
        asked = list(numbers)
        marks = ",".join("?" * len(asked))  # nothing but question marks goes into the statement
        rows = self._database.execute(_ROWS.format(marks), asked)
        return [Row(*row) for row in rows]

    def facts(self, name: str) -> list[tuple[int, str, int]]:
        """Return (relation, value, passage) of the facts about a medicine, oldest book first."""
        rows = self._database.execute(
            "select relation, value, passage from facts where name = ? order by passage", (name,)
        )
        return list(rows)

    def text(self, start: int, size: int) -> str:
        """Return `size` bytes of the library's text from `start`, decoded.

        Raises:
            LibraryError: the range leaves its block.
            zlib.error, UnicodeDecodeError: the file is damaged.
        """
        row = self._database.execute(
            "select start, place, size from blocks where start <= ? order by start desc limit 1",
            (start,),
        ).fetchone()
        data = self._block(row[1], row[2])[start - row[0] :][:size] if row else b""
        if not size or len(data) != size:
            raise LibraryError("a passage leaves its block")
        return data.decode(schema.ENCODING)

    def _read_block(self, place: int, size: int) -> bytes:
        return read_block(self._database, place, size, self._dictionary)

    def _read_frequency(self, term: str) -> float:
        return read_frequency(self._database, term)
