"""The encoder's features of a text: characters, pairs, syllables and their pairs, by number."""

from __future__ import annotations

import re
import zlib
from itertools import pairwise

from xinglin.normal import split_pinyin, syllables
from xinglin.normal.sounds import plain_letters

BUCKETS = 1 << 16
MOST = 120
"""Pieces of each kind; a longer text is cut."""

_NOT_WORD = re.compile(r"[\W_]+")
_LATIN = re.compile("[a-z]+")
_FARTHEST = 240


def written_pieces(text: str) -> list[int]:
    """Return the numbers of a normal text's characters and pairs; pinyin is left to the sounds."""
    text = _LATIN.sub(_no_pinyin, plain_letters(text[:_FARTHEST]))
    text = f"^{_NOT_WORD.sub('', text)}$"
    text = text[: MOST // 2]
    if len(text) == 2:
        return []
    found = [*text.strip("^$"), *(text[at : at + 2] for at in range(len(text) - 1))]
    return [_number(piece) for piece in found]


def sound_pieces(text: str) -> list[int]:
    """Return the numbers of a normal text's toneless syllables and pairs of them."""
    heard = ["^", *syllables(text[:_FARTHEST]), "$"][: MOST // 2]
    if len(heard) == 2:
        return []
    pairs = (f"~{a} {b}" for a, b in pairwise(heard))
    singles = (f"~{one}" for one in heard if one not in {"^", "$"})
    return [_number(piece) for piece in (*singles, *pairs)]


def _number(piece: str) -> int:
    return 1 + zlib.crc32(piece.encode("utf-8", "replace")) % (BUCKETS - 1)


def _no_pinyin(word: re.Match[str]) -> str:
    return "" if split_pinyin(word[0]) else word[0]
