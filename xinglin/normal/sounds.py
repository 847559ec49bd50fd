"""Sounds of a text: a syllable for each Chinese character, and for pinyin as it is typed."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from xinglin.normal.tables import sounds

_LONGEST_SYLLABLE = 6
_LONGEST_WORD = 60
_PARTS = re.compile("[a-z]+|[\u4e00-\u9fff]")
_MARKS = re.compile("[\u0300-\u036f]")
# Readings of one letter or of interjections would cut English words to pieces.
_NO_SYLLABLE = frozenset({"m", "n", "ng", "hm", "hng", "ei", "eng", "o", "ê"})


def syllable(character: str) -> str:
    """Return the commonest syllable of a Chinese character without its tone, or the character."""
    return sounds().get(character, character)


def syllables(text: str) -> list[str]:
    """Return the syllables of a written text, and Latin words that are no pinyin whole."""
    found: list[str] = []
    for part in _PARTS.findall(plain_letters(text)):
        if part[0].isascii():
            found += split_pinyin(part) or (part,)
        else:
            found.append(syllable(part))
    return found


def plain_letters(text: str) -> str:
    """Return a text in lower case without tone marks (`shā` is `sha`, `lǘ` is `lv`)."""
    text = text.lower()
    if text.isascii():
        return text
    for letter in "üǖǘǚǜ":
        text = text.replace(letter, "v")
    return _MARKS.sub("", unicodedata.normalize("NFD", text))


@cache
def known_syllables() -> frozenset[str]:
    """Return the syllables of pinyin without tones."""
    return frozenset(set(sounds().values()) - _NO_SYLLABLE)


def split_pinyin(word: str) -> tuple[str, ...]:
    """Cut a Latin word into as few syllables as possible; () where it is no pinyin."""
    if len(word) > _LONGEST_WORD:
        return ()
    known, size = known_syllables(), len(word)
    fewest: list[int | None] = [0, *[None] * size]
    back = [0] * (size + 1)
    for end in range(1, size + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, best = fewest[start], fewest[end]
            if (
                before is not None
                and word[start:end] in known
                and (best is None or before < best - 1)
            ):
                fewest[end], back[end] = before + 1, start
    if fewest[size] is None:
        return ()
    parts: list[str] = []
    while size:
        parts.append(word[back[size] : size])
        size = back[size]
    return tuple(reversed(parts))
