"""A library of books, opened: find passages, the oldest place of a saying, facts with citation."""

from __future__ import annotations

import queue
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from knowledge.library.errors import LibraryError
from knowledge.library.finding import Shelf, find_oldest, find_passages, find_views
from knowledge.library.grams import plain
from knowledge.library.questions import understand
from knowledge.library.quoting import Guard
from knowledge.library.reader import Reader, Row, check_header, check_seal
from knowledge.library.records import RELATIONS, Fact, Passage, Relation

# What SQLite and zlib say of damaged pages, and what Python says of values of another type there.
_DAMAGED = (sqlite3.Error, zlib.error, UnicodeError, TypeError, LookupError, OverflowError)
_DEGREES = "大微小极"


class Library:
    """A library's file, read-only, mapped into memory and shared with other processes.

    Several threads may ask at once. A process that forks opens it after the fork.
    """

    def __init__(self, file: Path, poisons: Collection[str] | None = None) -> None:
        """Open a file.

        Args:
            file: what `build` has made.
            poisons: names of which nothing may say 无毒; None: nothing that says so is shown.

        Raises:
            LibraryError: it is missing, damaged, cut off, or of another kind or version.
        """
        check_header(file)
        check_seal(file)
        self.file = file
        self._guard = Guard(poisons)
        self._idle: queue.LifoQueue[Reader] = queue.LifoQueue()
        self._closed = False
        with self._reading() as reader:
            self._books = reader.books()
            self._names = reader.names()
            meta = reader.meta()
            numbers = {key: value for key, value in meta.items() if key != "dictionary"}
            self._counts = {key: int(value) for key, value in numbers.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what is being read in other threads ends first or fails clearly."""
        self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of books, passages, headings, facts and characters."""
        return dict(self._counts)

    def check(self) -> None:
        """Read the whole file.

        Raises:
            LibraryError: something in it is damaged.
        """
        with self._reading() as reader:
            reader.check()

    def find(self, question: str, limit: int = 3, also: Sequence[str] = ()) -> list[Passage]:
        """Return the passages that answer a question best, one a book unless books are named.

        Args:
            question: a question, or words.
            limit: how many passages at most.
            also: other words for what is asked, as old books say it (不寐 for 失眠), or aliases.

        Raises:
            LibraryError: the file is damaged.
        """
        asked = understand(question, self._names, also)
        with self._reading() as reader:
            found = find_passages(self._shelf(reader), asked, limit)
            return [self._passage(row, text, score) for row, text, score in found]

    def oldest(self, saying: str) -> Passage | None:
        """Return the oldest passage that holds a saying, or nearly; None where there is none.

        Args:
            saying: the words, or a question for their origin (治未病出自哪里).

        Raises:
            LibraryError: the file is damaged.
        """
        with self._reading() as reader:
            found = find_oldest(self._shelf(reader), saying)
            return self._passage(*found) if found else None

    def views(self, heading: str, limit: int = 3) -> list[Passage]:
        """Return what several books say under one heading, one passage a book, oldest first.

        Raises:
            LibraryError: the file is damaged.
        """
        with self._reading() as reader:
            found = find_views(self._shelf(reader), plain(heading), limit)
            return [self._passage(*one) for one in found]

    def passages(self, numbers: Iterable[int]) -> list[Passage]:
        """Return the passages of these numbers that may be shown, in order.

        Raises:
            LibraryError: the file is damaged.
        """
        with self._reading() as reader:
            rows = sorted(reader.rows(numbers), key=lambda row: row.number)
            texts = [(row, reader.text(row.start, row.size)) for row in rows]
            shown = [(row, text) for row, text in texts if self._guard.allows(row, text)]
            return [self._passage(row, text, 0.0) for row, text in shown]

    def facts(self, *names: str) -> list[Fact]:
        """Return what books say of a medicine, given by all its names; oldest book first.

        Raises:
            LibraryError: the file is damaged.
        """
        with self._reading() as reader:
            plains = dict.fromkeys(map(plain, names))
            found = [(name, *fact) for name in plains for fact in reader.facts(name)]
            rows = {row.number: row for row in reader.rows({number for *_, number in found})}
            facts = [
                self._fact(reader, rows[number], name, RELATIONS[relation], value)
                for name, relation, value, number in found
            ]
        known = [fact for fact in facts if fact is not None]
        return sorted(known, key=lambda fact: fact.passage.number)

    def differences(self, relation: Relation, *names: str) -> dict[str, list[Fact]]:
        """Return the facts of one kind by value where books differ; {} where they agree.

        The degree of a nature (微寒, 大寒) makes no difference, nor the order of tastes. The value
        that most books give comes first.

        Raises:
            LibraryError: the file is damaged.
        """
        found: dict[str, list[Fact]] = {}
        for fact in self.facts(*names):
            if fact.relation == relation:
                found.setdefault(_comparable(fact), []).append(fact)
        if len(found) < 2:
            return {}
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    def _fact(
        self, reader: Reader, row: Row, name: str, relation: Relation, value: str
    ) -> Fact | None:
        text = reader.text(row.start, row.size)
        harmless = value == "无毒" and not self._guard.allows_harmless(name)
        if harmless or not self._guard.allows(row, text):
            return None
        return Fact(name, relation, value, self._passage(row, text, 0.0))

    def _shelf(self, reader: Reader) -> Shelf:
        return Shelf(reader, self._books, self._counts["passages"], self._guard.allows)

    def _passage(self, row: Row, text: str, score: float) -> Passage:
        book = self._books[row.book].book
        place = (row.chapter, row.section, row.start, row.size)
        return Passage(row.number, book, *place, text, score)

    @contextmanager
    def _reading(self) -> Iterator[Reader]:
        """Lend a reader to this thread; damage becomes a `LibraryError`."""
        if self._closed:
            raise LibraryError(f"{self.file}: is closed")
        reader: Reader | None = None
        try:
            try:
                reader = self._idle.get_nowait()
            except queue.Empty:
                reader = Reader(self.file)
            yield reader
        except LibraryError as error:
            raise LibraryError(f"{self.file}: is damaged, build it again: {error}") from error
        except _DAMAGED as error:
            raise LibraryError(f"{self.file}: is damaged, build it again: {error}") from error
        finally:
            if reader is not None:
                self._give_back(reader)

    def _give_back(self, reader: Reader) -> None:
        if self._closed:
            reader.close()
        else:
            self._idle.put(reader)


def _comparable(fact: Fact) -> str:
    if fact.relation == "nature":
        return fact.value.lstrip(_DEGREES)
    return "、".join(sorted(fact.value.split("、")))
