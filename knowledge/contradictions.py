"""Contradictions between an account's notes, tables and fixed texts, named at publishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from knowledge.check import Checker
from knowledge.entities import spelt
from knowledge.notes import Knowledge, Note, Row, Table
from xinglin.normal import compact, normal_form


def find_contradictions(knowledge: Knowledge, fixed: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for each contradiction, with both places.

    Args:
        knowledge: of the account.
        fixed: texts that are sent as they are, by their name.
    """
    checker = Checker(knowledge)
    texts = [(str(note.place), text) for note in knowledge.notes for text in note.answers]
    texts += (fixed or {}).items()
    against = (
        f"{place}: {reason.words!r} contradicts {reason.against}"
        for place, text in texts
        for reason in checker.contradictions(text)
    )
    return [*_questions(knowledge), *_names(knowledge), *against]


def _questions(knowledge: Knowledge) -> Iterator[str]:
    """Yield questions that two notes answer in different words; later turns may say more."""
    seen: dict[str, Note] = {}
    for note in knowledge.notes:
        for question in () if note.subject else note.questions:
            key = compact(normal_form(question))
            other = seen.setdefault(key, note) if key else note
            if other is not note and set(other.answers) != set(note.answers):
                yield f"{note.place}: {question!r} is answered otherwise in {other.place}"


def _names(knowledge: Knowledge) -> Iterator[str]:
    """Yield names that stand twice in a table, and facts that two tables tell differently."""
    facts: dict[tuple[str, str], tuple[Row, str]] = {}
    for table in knowledge.tables:
        owners: dict[str, Row] = {}
        for row in table.rows:
            for name in row.names:
                other = owners.setdefault(spelt(name), row)
                if other is not row:
                    yield f"{row.place}: the name {name!r} stands also in {other.place}"
            yield from _differing(table, row, facts)


def _differing(
    table: Table, row: Row, facts: dict[tuple[str, str], tuple[Row, str]]
) -> Iterator[str]:
    for column, cell in row.cells.items():
        other, said = facts.setdefault((spelt(row.name), column), (row, cell))
        if said != cell and not any(other is one for one in table.rows):
            yield f"{row.place}: {row.name} {column} is {said!r} in {other.place}, here {cell!r}"
