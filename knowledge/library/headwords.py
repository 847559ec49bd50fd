"""Headwords: a heading without its number, its remarks, and the word for its kind."""

from __future__ import annotations

import re

from knowledge.library.cleaning import repaired
from knowledge.library.grams import plain

LONGEST = 15
_NUMBERING = re.compile(
    r"[（(【〔\[].*?[）)】〕\]]|^[\d一二三四五六七八九十百]+[、.．]|第[一二三四五六七八九十百\d]+$|"
    r"[卷][一二三四五六七八九十百上中下之\d]+$|[其之][一二三四五六七八九十]+$|[《》\s·]+"
)
_COUNTED = re.compile("(?<=[^一二三四五六七八九十百第之])[一二三四五六七八九十百]+$")
_PARTS = re.compile("[、，。；：]")
_KIND = re.compile(
    "(?:证治|论治|病论|方论|证候|病候|[方论证症门候病篇法解说]|总论|总说)$|^(?:论|释|辨|治)"
)


def bare(heading: str) -> str:
    """Return a heading in plain characters without its number and its remarks."""
    return _NUMBERING.sub("", repaired(plain(heading)))


def headwords(heading: str) -> set[str]:
    """Return the words that a heading answers to: itself, its parts, each without its kind."""
    whole = bare(heading)
    found = {whole, *_PARTS.split(whole)}
    found |= {_COUNTED.sub("", word) for word in found}
    found |= {_KIND.sub("", word) for word in found}
    return {word for word in found if 0 < len(word) <= LONGEST}
