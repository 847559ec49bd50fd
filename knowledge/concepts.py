"""Everyday words that mean the same to an owner: `打烊` and `关门`, `wifi` and `无线网`.

A concept counts as one more piece of a text, so that a note is found in other words than its own.
Its piece is a character for private use, which no text in the normal form holds.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "synonyms.txt"
_FIRST = 0xF0000


def concepts(text: str) -> list[str]:
    """Return the concepts of a lower-case normal text, each as often as its words stand there."""
    pattern, owners = _table()
    return [concept for word in pattern.findall(text) for concept in owners[word]]


@cache
def _table() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    owners: dict[str, list[str]] = {}
    for number, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines()):
        for word in line.split():
            owners.setdefault(word, []).append(chr(_FIRST + number))
    words = sorted(owners, key=lambda one: (-len(one), one))
    pattern = re.compile("|".join(map(re.escape, words)))
    return pattern, {word: tuple(found) for word, found in owners.items()}
