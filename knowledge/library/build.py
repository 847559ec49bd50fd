"""Make a library's file from books: `build(out, files)`.

Two passes: the books are cleaned into a spool, then written oldest first. One book is in memory at
a time; the file appears whole under its name, or not at all.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from knowledge.library import canon, schema
from knowledge.library.cleaning import clean, repaired
from knowledge.library.errors import LibraryError
from knowledge.library.facts import medicine_of, read_facts
from knowledge.library.frequencies import write_frequencies
from knowledge.library.grams import bigrams, plain
from knowledge.library.headwords import headwords
from knowledge.library.passages import Mark, Section, cut, sections
from knowledge.library.reader import seal
from knowledge.library.records import RELATIONS, Book
from knowledge.library.sources import book_files, read_documents
from knowledge.library.textfile import BlockWriter, sample_dictionary

_SETTINGS = f"""
pragma page_size={schema.PAGE_BYTES};
pragma journal_mode=off;
pragma synchronous=off;
pragma cache_size=-65536;
pragma application_id={schema.APPLICATION};
pragma user_version={schema.VERSION};
"""
_INDEX_MEMORY = 32 << 20
_SAMPLES = 200  # texts of which the dictionary of the compressor is made
_SAMPLE_CHARACTERS = 80
_LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class Report:
    """Sizes of what a build took in and made.

    Attributes:
        books, passages, headings, facts: how many there are.
        characters: of the books' text.
        size: bytes of the file.
        seconds: wall-clock time.
        left_out: books that were not taken, each with the reason.
    """

    books: int
    passages: int
    headings: int
    facts: int
    characters: int
    size: int
    seconds: float
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Spooled:
    """A cleaned book that waits in the spool, at `start` for `size` bytes."""

    book: Book
    start: int
    size: int


def build(out: Path, paths: Iterable[Path], clock: Callable[[], float] = time.monotonic) -> Report:
    """Build the library `out` from books; an older library of that name is replaced.

    Raises:
        LibraryError: nothing can be read, a file is no book, or `out` cannot be written or is
            something else than a library.
    """
    began = clock()
    files = book_files(paths)
    _refuse_to_overwrite(out, files)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder,
            tempfile.TemporaryFile(dir=folder) as spool,
        ):
            books, left_out = _spool(files, spool)
            if not books:
                reasons = f": {'; '.join(left_out[:3])}" if left_out else ""
                raise LibraryError(f"no book to build {out} from{reasons}")
            made = Path(folder) / "library"
            with _database(Path(folder) / "work") as database:
                counts = _Builder(database).write(books, spool)
                database.execute("vacuum into ?", (str(made),))
            seal(made)
            _put_in_place(made, out)
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(f"{out}: cannot be built: {error}") from error
    return Report(
        *counts, size=out.stat().st_size, seconds=clock() - began, left_out=tuple(left_out)
    )


def _refuse_to_overwrite(out: Path, files: Sequence[Path]) -> None:
    if not out.parent.is_dir():
        raise LibraryError(f"{out}: the folder {out.parent} does not exist")
    if out.is_dir():
        raise LibraryError(f"{out}: is a folder; name a file")
    if out.exists():
        if out.resolve() in {file.resolve() for file in files}:
            raise LibraryError(f"{out}: is one of the books; name another file to write")
        with out.open("rb") as file:
            head = file.read(72)
        if head and int.from_bytes(head[68:72], "big") != schema.APPLICATION:
            raise LibraryError(f"{out}: exists and is no library; remove it or name another file")


def _spool(files: Sequence[Path], spool: BinaryIO) -> tuple[list[_Spooled], list[str]]:
    """Clean all books into the spool; returns them oldest first, and those left out."""
    books: list[_Spooled] = []
    left_out: list[str] = []
    seen: set[bytes] = set()
    for file in files:
        for document in read_documents(file):
            cleaned = clean(document)
            data = cleaned.text.encode()
            digest = hashlib.sha256(data).digest()
            reason = cleaned.refusal or ("the same text twice" if digest in seen else "")
            if not reason and not cleaned.text.strip():
                reason = "no text"
            if reason:
                left_out.append(f"《{cleaned.book.title}》 ({file.name}): {reason}")
                continue
            seen.add(digest)
            books.append(_Spooled(cleaned.book, spool.tell(), len(data)))
            spool.write(data)
    books.sort(key=lambda one: (canon.age(one.book), -canon.standing(one.book)))
    return books, left_out


@contextmanager
def _database(file: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(file, isolation_level=None)
    try:
        database.executescript(_SETTINGS + schema.TABLES)
        database.execute("insert into words(words, rank) values('hashsize', ?)", (_INDEX_MEMORY,))
        yield database
    finally:
        database.close()


def _put_in_place(made: Path, out: Path) -> None:
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    made.chmod(0o644)
    made.replace(out)
    folder = os.open(out.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Builder:
    """Write books into the tables of an empty library."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._chapters: dict[str, int] = {}
        self._passages = self._headings = self._facts = self._characters = 0

    def write(self, books: Sequence[_Spooled], spool: BinaryIO) -> tuple[int, int, int, int, int]:
        """Write all books; returns the numbers of books, passages, headings, facts, characters."""
        execute = self._database.execute
        dictionary = sample_dictionary(_samples(books, spool))
        execute("begin")
        execute("insert into meta values('dictionary', ?)", (dictionary,))
        self._text = BlockWriter(self._database, dictionary)
        for number, one in enumerate(books, 1):
            self._write_book(number, one.book, _spooled_text(one, spool))
        self._text.finish()
        execute("insert into words(words) values('optimize')")
        counts = (len(books), self._passages, self._headings, self._facts, self._characters)
        names = ("books", "passages", "headings", "facts", "characters")
        self._database.executemany("insert into meta values(?, ?)", zip(names, counts, strict=True))
        write_frequencies(self._database)
        execute("commit")
        return counts

    def _write_book(self, number: int, book: Book, text: str) -> None:
        self._characters += len(text)
        first = self._passages + 1
        for section in sections(text):
            self._write_section(number, section, text)
        self._text.skip_to(text, len(text))
        self._text.end_book()
        row = (number, book.title, book.author, book.dynasty, canon.age(book), canon.standing(book))
        self._database.execute(
            "insert into books values(?, ?, ?, ?, ?, ?, ?, ?)", (*row, first, self._passages)
        )
        self._database.executemany(
            "insert or ignore into names values(?, ?)",
            ((plain(name), number) for name in canon.names(book)),
        )

    def _write_section(self, book: int, section: Section, text: str) -> None:
        heading = self._headings + 1
        about = repaired(plain(f"{section.chapter}\n{section.section}"[:_LONGEST_HEADING]))
        first = self._passages + 1
        passages, terms = [], []
        for piece in cut(section, text):
            self._passages += 1
            words = text[piece.start : piece.end]
            start, size = self._text.write(text, piece.start, piece.end)
            passages.append((self._passages, heading, start, size, piece.marks))
            indexed = bigrams(f"{about}\n{repaired(plain(words))}")
            terms.append((self._passages, " ".join(indexed)))
            if piece.marks & Mark.FIRST:
                self._write_facts(section.section, words)
        if not passages:
            return
        self._headings = heading
        insert = self._database.executemany
        insert("insert into passages values(?, ?, ?, ?, ?)", passages)
        insert("insert into words(rowid, text) values(?, ?)", terms)
        insert(
            "insert or ignore into headwords values(?, ?)",
            ((word, heading) for word in headwords(section.section or section.chapter)),
        )
        chapter = self._chapter(section.chapter[:_LONGEST_HEADING])
        row = (heading, book, chapter, section.section[:_LONGEST_HEADING], first, self._passages)
        self._database.execute("insert into headings values(?, ?, ?, ?, ?, ?)", row)

    def _write_facts(self, heading: str, words: str) -> None:
        name = medicine_of(heading)
        facts = read_facts(words) if name else {}
        rows = [
            (name, RELATIONS.index(relation), self._passages, value)
            for relation, value in facts.items()
        ]
        self._database.executemany("insert or ignore into facts values(?, ?, ?, ?)", rows)
        self._facts += len(rows)

    def _chapter(self, title: str) -> int:
        if title not in self._chapters:
            self._chapters[title] = len(self._chapters) + 1
            row = (self._chapters[title], title)
            self._database.execute("insert into chapters values(?, ?)", row)
        return self._chapters[title]


def _spooled_text(one: _Spooled, spool: BinaryIO) -> str:
    spool.seek(one.start)
    return spool.read(one.size).decode()


def _samples(books: Sequence[_Spooled], spool: BinaryIO) -> Iterator[str]:
    """Yield short texts from all over the books, for the compressor."""
    total = sum(one.size for one in books)
    step = max(1, total // _SAMPLES)
    for at in range(0, total, step):
        spool.seek(at)
        yield spool.read(4 * _SAMPLE_CHARACTERS).decode(errors="ignore")[:_SAMPLE_CHARACTERS]
