"""The relation that a question about an entity asks for, learned from the ways of asking.

A logistic model over pairs of characters of the question, the entity being one sign. It is learnt
when a table is loaded (a second for the largest one), from the headers' words, the owner's own
forms, and questions of notes that name an entity but ask for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.aspects import missing, phrases_of_header
from knowledge.entities import LACKING, OTHER, OWN
from knowledge.keys import Keys, ordered, packed, places
from knowledge.moves import content_pieces
from knowledge.notes import Forms, Table
from knowledge.wordings import ABOUT, ELSEWHERE, FACT, plainer, restated

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

CARD, ELSE = "card", "else"
_NOT_WORD = re.compile(r"[\W_]+")
_SIGNS = re.compile(f"[{OWN}{OTHER}{LACKING}]")
_STRANGE = 0.97
_ROUNDS = 120
_RATE, _DECAY = 0.25, 2e-4
_ORDERS = (1, 2, 3)
_FORMS_OF_MISSING = (
    *("{0}{1}", "{0}的{1}", "{0}的{1}是什么", "{0}是什么{1}"),
    *("{0}有什么{1}", "{0}的{1}呢", "{0}{1}吗"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Relation that a question asks of an entity.

    Attributes:
        relation: the likeliest one, or CARD.
        sure: its probability, if the question asks for something of the table.
        other: the probability that it asks for something else.
    """

    relation: str
    sure: float
    other: float


class RelationModel:
    """Says for a masked question which relation of one table it asks for."""

    def __init__(self, forms: Sequence[Forms], keys: Keys, weights: Floats) -> None:
        """Take what was learned.

        Args:
            forms: of each relation, in the order of the classes; CARD and ELSE follow them.
            keys: (P,) uint64, sorted, of the known pieces.
            weights: (P + 1, classes) float32, the last row being the bias.
        """
        self.relations = {one.relation: one for one in forms}
        self._classes = [*self.relations, CARD, ELSE]
        self.keys, self.weights = keys, weights

    def ask(self, question: str) -> Asked:
        """Return what a masked question asks for; of one without a known piece nothing is sure."""
        ids = places(self.keys, map(packed, set(pieces(question))))
        if not len(ids):
            return Asked(CARD, 0.0, 0.0)
        scores = self.weights[ids].sum(0) / np.sqrt(len(ids)) + self.weights[-1]
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        other = float(chances[-1])
        best = int(chances[:-1].argmax())
        sure = float(chances[best]) / max(1 - other, 1e-6)
        strange = self._classes[best] != CARD and self._is_strange(question, best)
        return Asked(self._classes[best], sure, max(other, _STRANGE) if strange else other)

    def _is_strange(self, question: str, best: int) -> bool:
        """Return whether no word of a question speaks for a relation: 肥料 of Ｅ用什么肥料."""
        plain = plainer(_NOT_WORD.sub("", _SIGNS.sub("", question.lower())))
        own = set("".join(content_pieces(plain)))
        words = {one for one in pieces(question) if own & set(one)}
        weights = self.weights[places(self.keys, map(packed, words))]
        return bool(own) and not bool((weights[:, best] > weights[:, -1]).any())


def learn_relations(table: Table, elsewhere: Sequence[str]) -> RelationModel:
    """Learn the model of a table.

    Args:
        table: with its columns and forms.
        elsewhere: masked questions that name an entity and are answered by a note.
    """
    forms = {one.relation: one for one in _all_forms(table)}
    examples = dict.fromkeys(_examples(table, forms.values(), elsewhere))
    classes, ids = [*forms, CARD, ELSE], dict[str, int]()
    rows = [
        [ids.setdefault(one, len(ids)) for one in sorted(set(pieces(text)))] for text, _ in examples
    ]
    labels = np.array([classes.index(label) for _, label in examples], np.int64)
    weights = _fit(rows, labels, len(ids), len(classes))
    keys, order = ordered([packed(piece) for piece in ids])
    return RelationModel(tuple(forms.values()), keys, weights[[*order, len(ids)]])


def pieces(question: str) -> list[str]:
    """Return the characters, pairs and triples of a masked question."""
    text = f"^{plainer(_NOT_WORD.sub('', question.lower()))}$"
    return [text[at : at + n] for n in _ORDERS for at in range(len(text) - n + 1)]


def _all_forms(table: Table) -> Iterable[Forms]:
    """Yield the owner's forms, and plain ones of each column that has none of its own."""
    yield from table.forms
    asked = {one.relation for one in table.forms}
    told = {column for one in table.forms if one.says for column in one.columns}
    for column in table.columns:
        if column.name not in asked and column.name not in told:
            yield Forms(column.name, (column.name,), (), "", table.rows[0].place)


def _examples(
    table: Table, forms: Iterable[Forms], elsewhere: Sequence[str]
) -> Iterable[tuple[str, str]]:
    """Yield masked questions with what they ask for; the first label of a question holds."""
    seen: set[str] = set()
    for one in forms:
        words = _words(table, one)
        asked = [form.format(OWN, other=OTHER) for form in one.questions]
        asked += [form.format(OWN, word) for word in words for form in FACT]
        asked += [f"{OWN}{form}" for word in words for form in phrases_of_header(word)]
        asked += [form.format(OWN) if "{}" in form else OWN + form for form in words]
        for text in asked:
            for wording in restated(text):
                if wording not in seen:
                    seen.add(wording)
                    yield wording, one.relation
    for text in (form.format(OWN) for form in ABOUT):
        if text not in seen:
            yield text, CARD
    others = [form.format(OWN, other=OTHER) for form in ELSEWHERE]
    for text in (*others, *_missing(table), *elsewhere):
        if text not in seen:
            yield text, ELSE


def _missing(table: Table) -> Iterable[str]:
    """Yield questions for what no column tells."""
    words = [word for column in table.columns for word in (column.name, *column.synonyms)]
    words += [one.relation for one in table.forms]
    for aspect in missing(words):
        for phrase in aspect.phrases:
            yield from restated(f"{OWN}{phrase}")
        for header in aspect.headers:
            yield from (form.format(OWN, header) for form in _FORMS_OF_MISSING)


def _words(table: Table, forms: Forms) -> list[str]:
    """Return the header's words of the columns that no other forms are nearer to."""
    owners: dict[str, str] = {}
    for one in table.forms:
        for name in one.columns:
            owners.setdefault(name, one.relation)
    owners |= {one.relation: one.relation for one in table.forms}
    found = []
    for column in table.columns:
        if owners.get(column.name, column.name) == forms.relation:
            found += [column.name, *column.synonyms]
    return found


def _fit(rows: Sequence[Sequence[int]], labels: Ints, pieces_count: int, classes: int) -> Floats:
    """Return weights (pieces + 1, classes), the last row being the bias, by full-batch AdamW."""
    flat = np.array([one for row in rows for one in row], np.int64)
    sizes = np.array([len(row) for row in rows], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owners = np.repeat(np.arange(len(rows)), sizes)
    order = np.argsort(flat, kind="stable")
    columns = np.flatnonzero(np.diff(flat[order], prepend=-1))
    scale = (1 / np.sqrt(sizes)).astype(np.float32)[:, None]
    share = np.bincount(labels, minlength=classes)
    rarity = (len(labels) / np.maximum(share, 1) / classes) ** 0.5
    cost = (rarity[labels] / len(labels)).astype(np.float32)[:, None]
    wanted = np.eye(classes, dtype=np.float32)[labels]
    weights = np.zeros((pieces_count + 1, classes), np.float32)
    mean: Floats = np.zeros_like(weights)
    square: Floats = np.zeros_like(weights)
    for step in range(1, _ROUNDS + 1):
        scores = np.add.reduceat(weights[flat], starts) * scale + weights[-1]
        chances = np.exp(scores - scores.max(1, keepdims=True))
        error = (chances / chances.sum(1, keepdims=True) - wanted) * cost
        slope = np.empty_like(weights)
        slope[:-1] = np.add.reduceat((error * scale)[owners[order]], columns)
        slope[-1] = error.sum(0)
        mean = np.asarray(0.9 * mean + 0.1 * slope, np.float32)
        square = np.asarray(0.99 * square + 0.01 * slope * slope, np.float32)
        rate = _RATE * (1 - step / (_ROUNDS + 1))
        moved = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        weights -= (rate * (moved + _DECAY * weights)).astype(np.float32)
    return weights
