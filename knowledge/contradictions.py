"""Contradictions between an account's notes, tables and fixed texts, named at publishing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from knowledge.check import Checker
from knowledge.entities import spelt
from knowledge.errors import Sentence
from knowledge.notes import Knowledge, Note, Place, Row, Table
from xinglin.normal import compact, normal_form

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SHORT_CELL = 12
"""Characters; a longer cell without numbers may be told in other words altogether."""

_Facts = dict[tuple[str, str], tuple[Row, str]]


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
    return [*map(str, find_conflicts(knowledge)), *against]


def find_conflicts(knowledge: Knowledge) -> list[Sentence]:
    """Return what an owner wrote twice and differently; no sentence is judged by its meaning.

    That is: a question with two answers, a name that stands twice in a table, a fact that two
    tables tell differently, and a note that is asked for a cell and tells something else.
    """
    return [*_questions(knowledge), *_names(knowledge), *_cells(knowledge)]


def _questions(knowledge: Knowledge) -> Iterator[Sentence]:
    """Yield questions that two notes answer in different words; later turns may say more."""
    seen: dict[str, Note] = {}
    for note in knowledge.notes:
        for question in () if note.subject else note.questions:
            key = _key(question)
            other = seen.setdefault(key, note) if key else note
            if other is not note and set(other.answers) != set(note.answers):
                yield _at(
                    note.place,
                    f"{question!r} is answered otherwise in {other.place}; keep one of the two",
                    f"“{question}”在 {other.place.zh} 有不同的回答；请只留一条",
                )


def _names(knowledge: Knowledge) -> Iterator[Sentence]:
    """Yield names that stand twice in a table, and facts that two tables tell differently."""
    facts: _Facts = {}
    for table in knowledge.tables:
        owners: dict[str, Row] = {}
        for row in table.rows:
            for name in row.names:
                other = owners.setdefault(spelt(name), row)
                if other is not row:
                    yield _at(
                        row.place,
                        f"the name {name!r} stands also in {other.place}; who asks by it is told of"
                        " both",
                        f"名称“{name}”在 {other.place.zh} 也有；用它来问，两行都会答",
                    )
            yield from _differing(table, row, facts)


def _differing(table: Table, row: Row, facts: _Facts) -> Iterator[Sentence]:
    for column, cell in row.cells.items():
        other, said = facts.setdefault((spelt(row.name), column), (row, cell))
        if said != cell and not any(other is one for one in table.rows):
            yield _at(
                row.place,
                f"{row.name} {column} is {said!r} in {other.place}, here {cell!r}",
                f"{row.name}的{column}在 {other.place.zh} 是“{said}”，这里是“{cell}”",
            )


def _cells(knowledge: Knowledge) -> Iterator[Sentence]:
    """Yield notes that are asked for a cell in its own words, and answer without what it holds."""
    asked = {
        f"{name}{of}{word}": (row, column.name)
        for table, row in knowledge.rows()
        for column in table.columns
        if column.name in row.cells
        for name in map(_key, row.names)
        for of in ("", "的")
        for word in map(_key, (column.name, *column.synonyms))
    }
    for note in knowledge.notes if asked else ():
        for question in () if note.subject else note.questions:
            row, column = asked.get(_plainly(question), (None, ""))
            if row is None or all(_holds(answer, row.cells[column]) for answer in note.answers):
                continue
            yield _at(
                note.place,
                f"{question!r} is answered without {row.cells[column]!r}, the {column} of"
                f" {row.name} in {row.place}; the note is told, so make them agree",
                f"“{question}”的回答与 {row.place.zh} 不同：{row.name}的{column}是"
                f"“{row.cells[column]}”；会照这条回答，请改成一致",
            )


_AROUND = re.compile(
    "^(?:请问|你们|你家|这里)?的?|(?:是什么|是多少|是哪里|怎么样|呢|啊|呀|吗|嘛)+$"
)


def _plainly(question: str) -> str:
    return _AROUND.sub("", _key(question))


@lru_cache(maxsize=1 << 16)
def _key(words: str) -> str:
    """Return words in the form in which they are compared; most are met several times."""
    return compact(normal_form(words))


def _holds(answer: str, cell: str) -> bool:
    """Return whether an answer tells a cell, or says it in words that cannot be held against it."""
    answer, cell = normal_form(answer), normal_form(cell)
    if numbers := set(_NUMBER.findall(cell)):
        return numbers <= set(_NUMBER.findall(answer))
    cell, answer = compact(cell), compact(answer)
    shared = (cell[at : at + 2] in answer for at in range(max(1, len(cell) - 1)))
    return len(cell) > _SHORT_CELL or any(shared)


def _at(place: Place, english: str, chinese: str) -> Sentence:
    return Sentence(f"{place}: {english}", f"{place.zh}：{chinese}")
