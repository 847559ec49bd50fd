"""Values that come out of a library: books, passages, facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Relation = Literal["taste", "nature", "toxicity", "channels"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)

UNKNOWN_AUTHOR = "佚名"


@dataclass(frozen=True, slots=True)
class Book:
    """Citation of a book.

    Attributes:
        title: without 《》.
        author: "" where none is given.
        dynasty: as the book's header says; "" where none is given.
    """

    title: str
    author: str = ""
    dynasty: str = ""

    @property
    def citation(self) -> str:
        """Return `《title》（author·dynasty）`; an unknown author is left out."""
        known = "" if self.author == UNKNOWN_AUTHOR else self.author
        whose = "·".join(part for part in (known, self.dynasty) if part)
        return f"《{self.title}》（{whose}）" if whose else f"《{self.title}》"


@dataclass(frozen=True, slots=True)
class Passage:
    """Some whole sentences of a book, as they stand in the library's file.

    Attributes:
        number: the passage's number in the library; older books come first.
        book: where it stands.
        chapter, section: the headings it stands under; "" where there is none.
        start: first byte within the library's text.
        size: bytes of it there.
        text: those bytes, decoded.
        score: how well it fits the question; 0 where nothing was asked.
    """

    number: int
    book: Book
    chapter: str
    section: str
    start: int
    size: int
    text: str
    score: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a book says of a medicine in the closed words of its kind.

    Attributes:
        name: the heading of its entry.
        relation: the kind of fact.
        value: `甘、苦`, `微寒`, `有毒`, `肺、脾`.
        passage: where it says so.
    """

    name: str
    relation: Relation
    value: str
    passage: Passage
