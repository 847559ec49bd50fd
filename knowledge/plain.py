"""Words that say the same, bookish and plain: `plain.txt`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "plain.txt"
# Letters of a script extension that no note of ours uses: they count as word characters.
_FIRST_SIGN = 0x2A700
_DENIES = re.compile("[不勿忌]")


@dataclass(frozen=True, slots=True)
class Same:
    """Words that say the same.

    Attributes:
        bookish: pattern of the words that notes use.
        plain: words to say instead.
        any: pattern of all of them, the longest first.
        sign: one character that stands for any of them.
        denies: whether they say that something is not, or must not be.
    """

    bookish: re.Pattern[str]
    plain: tuple[str, ...]
    any: re.Pattern[str]
    sign: str
    denies: bool


@cache
def same_words() -> tuple[Same, ...]:
    """Return the lines of the file, in order."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(_same(number, *row) for number, row in enumerate(rows))


def _same(number: int, bookish: str, plain: str) -> Same:
    words = tuple(plain.split("|"))
    longest = sorted(map(re.escape, words), key=len, reverse=True)
    either = re.compile("|".join((*longest, bookish)))
    sign = chr(_FIRST_SIGN + number)
    return Same(re.compile(bookish), words, either, sign, bool(_DENIES.search(bookish)))


def one_wording(text: str) -> str:
    """Return a text in which words that say the same are the same sign; not for reading."""
    for same in same_words():
        text = same.any.sub(same.sign, text)
    return text


@cache
def denying_signs() -> str:
    """Return the signs of `one_wording` that deny."""
    return "".join(same.sign for same in same_words() if same.denies)
