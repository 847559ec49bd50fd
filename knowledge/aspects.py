"""Aspects that things are asked for, whatever an account is about: `data/aspects.txt`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "aspects.txt"


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that is asked of things.

    Attributes:
        headers: words that a column for it may have.
        phrases: what people say instead, behind the name of the thing.
    """

    headers: tuple[str, ...]
    phrases: tuple[str, ...]

    def is_of(self, words: Iterable[str]) -> bool:
        """Return whether a column of these words tells it."""
        return any(word in self.headers or word in self.phrases for word in words)


@cache
def aspects() -> tuple[Aspect, ...]:
    """Return the lines of the file, in order."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple(Aspect(*(tuple(cell.split("|")) for cell in row)) for row in rows)


def phrases_of_header(word: str) -> tuple[str, ...]:
    """Return what people say instead of a header's word."""
    return tuple(phrase for one in aspects() if word in one.headers for phrase in one.phrases)


def missing(words: Iterable[str]) -> list[Aspect]:
    """Return the aspects of which no column of a table tells.

    Args:
        words: of all its headers. A header of several words, such as 首次开放时间, has whatever
            its end names.
    """
    known = tuple(words)
    return [
        one
        for one in aspects()
        if not one.is_of(known) and not any(word.endswith(one.headers) for word in known)
    ]
