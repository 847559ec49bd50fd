"""The short facts of all tables: 补气升阳 is said of what has it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from knowledge.notes import Knowledge
from xinglin.normal import written

_BETWEEN = re.compile("[、，,；;]")
_SHORTEST, _LONGEST = 3, 8


def phrases_of(knowledge: Knowledge) -> frozenset[str]:
    """Return the parts of all cells that are three to eight characters long."""
    cells = (cell for _, row in knowledge.rows() for cell in row.cells.values())
    parts = (written(part.strip()) for cell in cells for part in _BETWEEN.split(cell))
    return frozenset(part for part in parts if _SHORTEST <= len(part) <= _LONGEST)


def phrases_in(text: str, phrases: Set[str]) -> Iterator[str]:
    """Yield the phrases in a text, the longest at each place."""
    at = 0
    while at < len(text):
        for size in range(_LONGEST, _SHORTEST - 1, -1):
            if text[at : at + size] in phrases:
                yield text[at : at + size]
                at += size
                break
        else:
            at += 1
