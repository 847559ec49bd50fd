"""Notes and tables as JSON, as an index keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.notes import Column, Forms, Note, Place, Row, Table

_KEPT = 256


class NoteShelf(Sequence[Note]):
    """Notes that are read when they are asked for, the last few hundred kept."""

    def __init__(self, content: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        """Take what `pack_notes` returns."""
        self._content, self._ends = content, ends
        self._read = lru_cache(_KEPT)(self._decoded)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._read(one) for one in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._read(at % len(self))

    def __iter__(self) -> Iterator[Note]:
        return map(self._decoded, range(len(self)))

    def _decoded(self, at: int) -> Note:
        start, end = int(self._ends[at]), int(self._ends[at + 1])
        return _note(json.loads(self._content[start:end].tobytes()))


def pack_notes(notes: Iterable[Note]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the notes' JSON one after the other, (B,) uint8, and where each ends, (N + 1,)."""
    rows = [_json(_note_fields(note)) for note in notes]
    ends = np.cumsum([0, *map(len, rows)])
    return np.frombuffer(b"".join(rows), np.uint8), ends


def pack_json(record: Any) -> NDArray[np.uint8]:
    """Return a record's JSON, (B,) uint8."""
    return np.frombuffer(_json(record), np.uint8)


def table_fields(table: Table) -> list[Any]:
    """Return a table as JSON holds it."""
    return [
        table.id,
        [[one.name, one.synonyms] for one in table.columns],
        [[one.name, one.aliases, one.cells, _place_fields(one.place)] for one in table.rows],
        [form_fields(one) for one in table.forms],
        table.card,
        table.not_before,
    ]


def table_of(fields: Sequence[Any]) -> Table:
    """Return a table from its JSON."""
    table_id, columns, rows, forms, card, not_before = fields
    return Table(
        table_id,
        tuple(Column(name, tuple(others)) for name, others in columns),
        tuple(Row(name, tuple(also), cells, Place(*at)) for name, also, cells, at in rows),
        tuple(map(forms_of, forms)),
        card,
        tuple(not_before),
    )


def form_fields(one: Forms) -> list[Any]:
    """Return ways of asking as JSON holds them."""
    return [one.relation, one.columns, one.questions, one.says, _place_fields(one.place)]


def forms_of(fields: Sequence[Any]) -> Forms:
    """Return ways of asking from their JSON."""
    relation, columns, questions, says, at = fields
    return Forms(relation, tuple(columns), tuple(questions), says, Place(*at))


def _note_fields(one: Note) -> list[Any]:
    return [
        one.id, one.topic, one.questions, one.answers, _place_fields(one.place),
        one.source, one.old, one.subject,
    ]  # fmt: skip


def _note(fields: Sequence[Any]) -> Note:
    note_id, topic, questions, answers, at, source, old, subject = fields
    asked, told = tuple(questions), tuple(answers)
    return Note(note_id, topic, asked, told, Place(*at), source, tuple(old), subject)


def _place_fields(place: Place) -> list[Any]:
    return [place.file, place.line]


def _json(record: Any) -> bytes:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
