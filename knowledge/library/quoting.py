"""A passage as it is shown: 「…」——《书》（作者·朝代）, and what may never be shown."""

from __future__ import annotations

import re
from collections.abc import Collection

from knowledge.library.grams import plain
from knowledge.library.passages import Mark
from knowledge.library.reader import Row
from knowledge.library.records import Passage


def quote(passage: Passage) -> str:
    """Return a passage between 「」 with its citation; the words are those of the file."""
    return f"「{passage.text}」——{passage.book.citation}"


class Guard:
    """Refuse passages that call a poison harmless.

    With names of poisons, a passage that says 无毒 is refused if it or its heading names one of
    them; without, every passage that says so is refused.
    """

    def __init__(self, poisons: Collection[str] | None) -> None:
        names = sorted({plain(name) for name in poisons or () if name}, key=len, reverse=True)
        self._named = re.compile("|".join(map(re.escape, names))) if poisons is not None else None
        self._none = poisons is not None and not names

    def allows(self, row: Row, text: str) -> bool:
        """Tell whether a passage may be shown."""
        if not row.marks & Mark.HARMLESS or self._none:
            return True
        return self._named is not None and not self._named.search(plain(f"{row.section}\n{text}"))

    def allows_harmless(self, name: str) -> bool:
        """Tell whether a medicine may be called harmless."""
        if self._none:
            return True
        return self._named is not None and not self._named.search(plain(name))
