"""Ranks and names of books: their age, the standing of the best known, other names.

`canon.tsv` holds title, standing (1 to 6), the age of the text where the header gives that of an
editor, and short titles; `authors.tsv` an author as headers give him and his other names.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from knowledge.library.records import UNKNOWN_AUTHOR, Book

_FOLDER = Path(__file__).parent
_AGES = (
    ("先秦|战国|春秋|秦|周", 10), ("南北朝|南齐|梁|陈|刘宋|北魏|北周|北齐", 40), ("汉", 20),
    ("三国|魏|蜀|吴|晋", 30), ("隋", 50), ("唐", 60), ("五代|后", 70), ("宋", 80), ("辽|金", 85),
    ("元", 90), ("明", 100), ("清", 110), ("民国|近代|现代|当代", 130),
)  # fmt: skip
_LATE = 120  # a country, or nothing, instead of a dynasty
_AUTHORS = re.compile("[、，,/ ]|等$")


@cache
def _canon() -> dict[str, tuple[int, str, tuple[str, ...]]]:
    rows = (row.split("\t") for row in _rows("canon.tsv"))
    return {
        title: (int(standing), age, tuple(short.split())) for title, standing, age, short in rows
    }


@cache
def _authors() -> dict[str, tuple[str, ...]]:
    rows = (row.split("\t") for row in _rows("authors.tsv"))
    return {author: tuple(others.split()) for author, others in rows}


def _rows(name: str) -> list[str]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def age(book: Book) -> int:
    """Return where the age of a book's text stands in the order of dynasties; less is older."""
    _, known, _ = _canon().get(book.title, (0, "", ()))
    dynasty = known or book.dynasty
    return next((rank for names, rank in _AGES if re.search(names, dynasty)), _LATE)


def standing(book: Book) -> int:
    """Return 1 to 6 for the books that everyone quotes, else 0."""
    return _canon().get(book.title, (0, "", ()))[0]


def names(book: Book) -> set[str]:
    """Return what a question may call a book by: titles, its author's names."""
    _, _, short = _canon().get(book.title, (0, "", ()))
    found = {book.title, *short}
    for author in _AUTHORS.split(book.author):
        if len(author) > 1 and author != UNKNOWN_AUTHOR:
            found |= {author, *_authors().get(author, ())}
    return {name for name in found if len(name) > 1}
