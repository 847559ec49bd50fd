"""The library of books: built once into one file, asked by every worker, quoted to the byte."""

from __future__ import annotations

from knowledge.library.build import Report, build
from knowledge.library.errors import LibraryError
from knowledge.library.library import Library
from knowledge.library.quoting import quote
from knowledge.library.records import Book, Fact, Passage, Relation

__all__ = [
    "Book",
    "Fact",
    "Library",
    "LibraryError",
    "Passage",
    "Relation",
    "Report",
    "build",
    "quote",
]
