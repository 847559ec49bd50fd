"""The two tables of characters: traditional to simplified, and how a character sounds.

`simplified.txt` holds OpenCC's (Apache-2.0) characters, `sounds.txt` pypinyin's (MIT) commonest
reading of each character. `python -m xinglin.normal.make_tables` writes both anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
SIMPLIFIED, SOUNDS = FOLDER / "simplified.txt", FOLDER / "sounds.txt"


@cache
def simplified() -> dict[int, str]:
    """Return the simplified character of each traditional or variant one, for `str.translate`."""
    rows = SIMPLIFIED.read_text(encoding="utf-8").splitlines()
    return {ord(row[0]): row[1] for row in rows}


@cache
def sounds() -> dict[str, str]:
    """Return the syllable, without its tone, of each Chinese character."""
    rows = (row.split(" ") for row in SOUNDS.read_text(encoding="utf-8").splitlines())
    return {character: syllable for syllable, characters in rows for character in characters}
