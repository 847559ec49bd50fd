"""Entities of the tables, and names that nothing here tells of, in a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from knowledge.notes import Row, Table
from xinglin.normal import written

OWN, OTHER, LACKING = "Ｅ", "Ｏ", "Ｘ"
_LATIN = re.compile("[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text.

    Attributes:
        name: as it is written there.
        owners: rows that have this name, with their tables; () where nothing tells of it.
        start: place of its first character.
        end: place behind its last one.
    """

    name: str
    owners: tuple[tuple[Table, Row], ...]
    start: int
    end: int


Owners = Mapping[str, tuple[tuple[Table, Row], ...]]


class Dictionary:
    """All names by their writing; the longest name at a place is meant."""

    def __init__(self, owners: Owners, lacking: Set[str] = frozenset()) -> None:
        """Take the names, as `spelt` writes them.

        Args:
            owners: rows of each name, with their tables.
            lacking: names of which nothing tells here.
        """
        self._owners, self._lacking = owners, lacking
        sizes: dict[str, set[int]] = {}
        for name in (*owners, *lacking):
            if name:
                sizes.setdefault(name[0], set()).add(len(name))
        self._sizes = {first: sorted(found, reverse=True) for first, found in sizes.items()}

    @classmethod
    def of(
        cls, tables: Iterable[Table], lacking: Iterable[str] = (), told: Iterable[str] = ()
    ) -> Dictionary:
        """Collect the names.

        Args:
            tables: whose rows are the entities.
            lacking: names of which nothing tells here.
            told: topics of notes: names that are not lacking after all.
        """
        owners = owners_of(tables)
        known = {spelt(topic) for topic in told}
        return cls(owners, {spelt(name) for name in lacking} - owners.keys() - known)

    def find(self, text: str) -> list[Mention]:
        """Return the names in a text, from left to right; none overlaps another.

        A name before an ending that makes another thing of it is lacking: `黄芪注射液`.
        """
        text = text.lower()
        found, at = [], 0
        while at < len(text):
            mention = self._at(text, at)
            if mention is not None:
                found.append(mention)
            at = mention.end if mention is not None else at + 1
        return found

    def _at(self, text: str, at: int) -> Mention | None:
        for size in self._sizes.get(text[at], ()):
            name = text[at : at + size]
            if len(name) < size or not _whole(text, at, at + size):
                continue
            if name in self._owners:
                return self._made(text, at, name)
            if name in self._lacking:
                return Mention(name, (), at, at + size)
        return None

    def _made(self, text: str, at: int, name: str) -> Mention:
        owners, end = self._owners[name], at + len(name)
        for ending in (one for table, _ in owners for one in table.not_before):
            if text.startswith(ending, end):
                return Mention(name + ending, (), at, end + len(ending))
        return Mention(name, owners, at, end)


def owners_of(tables: Iterable[Table]) -> Owners:
    """Return the rows of each name of some tables."""
    found: dict[str, tuple[tuple[Table, Row], ...]] = {}
    for table in tables:
        for row in table.rows:
            for name in dict.fromkeys(map(spelt, row.names)):
                found[name] = (*found.get(name, ()), (table, row))
    return found


def spelt(name: str) -> str:
    """Return a name as the dictionary holds it."""
    return written(name).lower()


def masked(text: str, mentions: Iterable[Mention], table: Table) -> str:
    """Put one sign for each name: of this table, of another, or of none."""
    parts, at = [], 0
    for one in mentions:
        own = any(owner is table for owner, _ in one.owners)
        parts += [text[at : one.start], OWN if own else OTHER if one.owners else LACKING]
        at = one.end
    return "".join((*parts, text[at:]))


def _whole(text: str, start: int, end: int) -> bool:
    """Return whether no Latin word is cut."""
    before = start > 0 and _LATIN.match(text[start]) and _LATIN.match(text[start - 1])
    after = end < len(text) and _LATIN.match(text[end - 1]) and _LATIN.match(text[end])
    return not before and not after
