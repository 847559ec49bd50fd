"""Cells and cards: what the tables of an account say on a question that names their entities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.entities import OWN, Mention, masked, spelt
from knowledge.found import Band, Found, Kind, Piece, Subject
from knowledge.index import Index
from knowledge.notes import Row, Table
from knowledge.relations import CARD
from knowledge.sentences import tell_card, tell_fact

MOST_PIECES = 3
SURE = 0.5
OTHER = 0.5
_SURE_OF_SEVERAL = 0.6
# What a fact does not answer: a note may, or the rules of safety.
_PERSONAL = re.compile("孕|怀|哺乳|小孩|孩子|宝宝|婴|老人|老年|癌|肿瘤|糖尿|血压|心脏病|过敏|手术")


@dataclass(frozen=True, slots=True)
class Hit:
    """A question that a table may answer.

    Attributes:
        table: where the names stand.
        rows: entities, with the names that the question gives them.
        relation: what is asked for.
        sure: its probability, if something of the table is asked for.
        other: the probability that something else is.
        personal: whether it is about somebody's body, of which a fact says nothing.
        named: whether a word of a header stands in the question.
    """

    table: Table
    rows: tuple[tuple[Row, str], ...]
    relation: str
    sure: float
    other: float
    personal: bool
    named: bool

    @property
    def is_sure(self) -> bool:
        """True if the table is asked, and it is clear for what."""
        return self.sure >= SURE and self.other < OTHER


class Cells:
    """Cells and cards of an account's tables."""

    def __init__(self, index: Index) -> None:
        """Take an account's index."""
        self._index = index
        self._rows = {f"{table.id}/{row.name}": (table, row) for table, row in index.rows()}

    def hit(self, text: str, mentions: Sequence[Mention]) -> Hit | None:
        """Return the likeliest reading of a question that names entities."""
        hits = []
        for table in {id(t): t for one in mentions for t, _ in one.owners}.values():
            rows = {
                id(row): (row, one.name)
                for one in mentions
                for owner, row in one.owners
                if owner is table
            }
            asked = self._index.models[table.id].ask(masked(text, mentions, table))
            personal = asked.relation != CARD and _PERSONAL.search(text) is not None
            other = 1.0 if personal else asked.other
            found = tuple(rows.values())
            named = any(word in text for word in _words(table))
            hits.append(Hit(table, found, asked.relation, asked.sure, other, personal, named))
        return max(hits, key=lambda one: (1 - one.other) * one.sure, default=None)

    def asks_a_table(self, text: str) -> bool:
        """Return whether a question without a name surely asks for a fact of some table."""
        asked = [model.ask(f"{OWN}{text}") for model in self._index.models.values()]
        return any(one.relation != CARD and one.sure >= SURE and one.other < OTHER for one in asked)

    def answer(self, hit: Hit, text: str) -> Found | None:
        """Return the facts that are asked for; None where there are too many names to be sure."""
        if len(hit.rows) > MOST_PIECES:
            return None
        if len(hit.rows) > 1 and hit.sure < _SURE_OF_SEVERAL:
            return None
        if hit.relation == CARD:
            return self.cards(hit, text)
        facts = [self._fact(hit.table, row, hit.relation, name) for row, name in hit.rows]
        told = [one for one in facts if one is not None]
        if not told:  # the cell is empty: nothing is known of this
            return self.lacks(hit, text)
        return self._made(Kind.CELL, Band.ANSWER, told, _odds(hit.sure), text)

    def cards(self, hit: Hit, text: str, band: Band = Band.ANSWER) -> Found:
        """Return all that stands of the entities."""
        cards = [self._card(hit.table, row, name) for row, name in hit.rows[:MOST_PIECES]]
        return self._made(Kind.CARD, band, cards, _odds(hit.sure), text)

    def lacks(self, hit: Hit, text: str, certainty: float = 0.0) -> Found:
        """Return that nothing stands on what is asked, and what stands of the first entity."""
        row = hit.rows[0][0]
        subject = Subject(f"row:{hit.table.id}/{row.name}", row.name)
        pieces, names = self.facts(subject), "、".join(row.name for row, _ in hit.rows)
        return Found(Kind.LACKS, Band.OFFER, pieces, certainty, text, subject, about=names)

    def card(self, subject: Subject) -> Found | None:
        """Return all that stands of a subject; None where it is no entity."""
        owner = self.row(subject)
        if owner is None:
            return None
        return self._made(Kind.CARD, Band.ANSWER, [self._card(*owner, "")], 0.0, subject.name)

    def facts(self, subject: Subject) -> tuple[Piece, ...]:
        """Return facts of a subject that may be asked for next; () where it is no entity."""
        owner = self.row(subject)
        return () if owner is None else tuple(self._facts(*owner, subject.relation))[:MOST_PIECES]

    def row(self, subject: Subject) -> tuple[Table, Row] | None:
        """Return the row of a subject, with its table; None where it is no entity."""
        kind, _, place = subject.id.partition(":")
        place = place.removesuffix(f"/{subject.relation}") if subject.relation else place
        return self._rows.get(place) if kind == "row" else None

    def subject(self, subject_id: str) -> Subject | None:
        """Return the entity that a turn stored, with what was asked of it; None for none."""
        _, _, rest = subject_id.partition(":")
        if rest in self._rows:
            return Subject(subject_id, self._rows[rest][1].name)
        place, _, relation = rest.rpartition("/")
        if place in self._rows:
            return Subject(subject_id, self._rows[place][1].name, relation)
        return None

    def _facts(self, table: Table, row: Row, told: str) -> Iterator[Piece]:
        for column in table.columns:
            if column.name != told and column.name in row.cells:
                where = f"row:{table.id}/{row.name}/{column.name}"
                ask = f"{row.name}的{column.name}"
                yield Piece(where, row.cells[column.name], ask, ask, str(row.place), 0.0)

    def _fact(self, table: Table, row: Row, relation: str, name: str) -> Piece | None:
        forms = self._index.models[table.id].relations[relation]
        text = tell_fact(row, forms, _alias(row, name))
        if not text:
            return None
        where = f"row:{table.id}/{row.name}/{relation}"
        ask = f"{row.name}的{relation}"
        return Piece(where, text, f"{row.name} {relation}", ask, str(row.place), 1.0)

    def _card(self, table: Table, row: Row, name: str) -> Piece:
        text = tell_card(table, row, _alias(row, name))
        where = f"row:{table.id}/{row.name}"
        return Piece(where, text, row.name, row.name, str(row.place), 1.0)

    def _made(
        self, kind: Kind, band: Band, pieces: Sequence[Piece], certainty: float, text: str
    ) -> Found:
        return Found(kind, band, tuple(pieces), certainty, text, self.subject(pieces[0].id))


def _words(table: Table) -> Iterator[str]:
    """Yield the words of a table's headers that are more than one character."""
    for column in table.columns:
        yield from (word for word in (column.name, *column.synonyms) if len(word) > 1)


def _alias(row: Row, name: str) -> str:
    return next((one for one in row.aliases if spelt(one) == name), "")


def _odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return float(np.log(chance / (1 - chance)))
