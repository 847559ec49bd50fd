"""Examples from an account's tables: a cell, a card that is told whole, two entities."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.drafts import REFUSAL
from knowledge.faithful import strays
from knowledge.notes import Forms, Knowledge, Row, Table
from knowledge.sentences import tell_card, tell_fact
from training.reader.example import Example, company, is_held_out, shuffled
from training.reader.restate import restate

_PLAIN_QUESTIONS = (
    "{}的{r}",
    "{}的{r}是什么",
    "{}{r}",
    "{}的{r}呢",
    "说说{}的{r}",
    "{}，{r}是什么",
)
_PLAIN_ANSWERS = ("{name}的{r}是{v}。", "{name}的{r}：{v}。", "{r}是{v}。")
# Sentences that tell the same in other words, for tables whose columns have these names.
_TOLD = {
    ("味", "性", "归经"): ("{name}性{性}，味{味}，归{归经}经。",),
    ("功效",): ("{name}能{功效}。", "它能{功效}。"),
    ("组成",): ("它由{组成}组成。", "{name}的组成：{组成}。"),
    ("功效", "主治"): ("{name}主治{主治}，能{功效}。", "{name}主治{主治}。"),
    ("出处", "类别"): ("{name}出自{出处}。", "它出自{出处}。"),
}
_COPIED, _CARD, _TWO = 0.2, 0.2, 0.1


@dataclass(frozen=True, slots=True)
class _Told:
    """A relation of a table: how it is asked for and told."""

    table: Table
    forms: Forms
    rows: tuple[Row, ...]


class Facts:
    """The rows that may be trained on, or those that are held out."""

    def __init__(self, knowledge: Knowledge, *, held_out: bool) -> None:
        """Take nine tenths of the rows of every table, or the other tenth."""
        self._told = [
            _Told(table, forms, rows)
            for table in knowledge.tables
            for forms in _relations(table)
            if (rows := tuple(_telling(table, forms, held_out=held_out)))
        ]

    def __bool__(self) -> bool:
        """True if there is any row."""
        return bool(self._told)

    def example(self, rng: random.Random) -> Example:
        """Return a question about a cell that its evidence tells."""
        told = rng.choice(self._told)
        row = rng.choice(told.rows)
        fact = tell_fact(row, told.forms)
        if rng.random() < _TWO and len(told.rows) > 1:
            return self._of_two(rng, told, row)
        question = _question(rng, told.forms, row.name)
        whole = rng.random() < _CARD and bool(told.forms.columns)
        text = tell_card(told.table, row) if whole else fact
        evidence = shuffled(rng, [text], self._others(rng, row, company(rng)))
        answer = text if whole else _answer(rng, told.forms, row, fact)
        return Example(evidence, question, answer, must=_cells_in(answer, told.forms, row))

    def unanswered(self, rng: random.Random) -> Example:
        """Return a question whose evidence tells another fact, or of another entity."""
        told = rng.choice(self._told)
        row = rng.choice(told.rows)
        others = self._others(rng, row, rng.choice((0, 1, 1, 2, 3)))
        other = rng.choice(self._told)
        apart = not set(other.forms.columns) & set(told.forms.columns)
        if apart and other.table is told.table and other.forms.columns and told.forms.columns:
            others = [tell_fact(row, other.forms), *others]
        evidence = shuffled(rng, (), filter(None, others))
        return Example(evidence, _question(rng, told.forms, row.name), REFUSAL)

    def _of_two(self, rng: random.Random, told: _Told, row: Row) -> Example:
        other = rng.choice([one for one in told.rows if one is not row])
        facts = [tell_fact(one, told.forms) for one in (row, other)]
        question = _question(rng, told.forms, f"{row.name}和{other.name}")
        answer = f"{_answer(rng, told.forms, row, facts[0])}{facts[1]}"
        must = tuple(cell for one in (row, other) for cell in _cells_in(answer, told.forms, one))
        return Example(shuffled(rng, facts, ()), question, answer, must=must)

    def _others(self, rng: random.Random, row: Row, count: int) -> list[str]:
        found = []
        for _ in range(count):
            told = rng.choice(self._told)
            other = rng.choice(told.rows)
            if other.name != row.name and row.name not in (fact := tell_fact(other, told.forms)):
                found.append(fact)
        return [one for one in found if one]


def _telling(table: Table, forms: Forms, *, held_out: bool) -> Iterator[Row]:
    """Yield the rows of one side that have the cells of a relation."""
    for row in table.rows:
        if is_held_out(row.name) is held_out and tell_fact(row, forms):
            yield row


def _relations(table: Table) -> Iterator[Forms]:
    """Yield the owner's forms that tell something, and the plain one of each column."""
    named = {forms.relation for forms in table.forms}
    yield from (forms for forms in table.forms if forms.questions)
    for column in table.columns:
        if column.name not in named:
            asked = tuple(
                wording.replace("{r}", word)
                for word in (column.name, *column.synonyms)
                for wording in _PLAIN_QUESTIONS
            )
            place = table.rows[0].place
            yield Forms(column.name, (column.name,), asked, "", place)


def _cells_in(answer: str, forms: Forms, row: Row) -> tuple[str, ...]:
    """Return the cells that an answer tells, without the mark at their end."""
    cells = (row.cells.get(one, "").rstrip("。") for one in forms.columns)
    return tuple(cell for cell in cells if cell and cell in answer)


def _question(rng: random.Random, forms: Forms, name: str) -> str:
    fitting = [one for one in forms.questions if "{other}" not in one] or list(forms.questions)
    asked = rng.choice(fitting).replace("{other}", "").replace("{}", name)
    return restate(asked, str(rng.random())) if rng.random() < 0.5 else asked


def _answer(rng: random.Random, forms: Forms, row: Row, fact: str) -> str:
    """Return a sentence with the same facts in it; of poison always the owner's own."""
    if not forms.columns or "毒性" in forms.columns or rng.random() < _COPIED:
        return fact
    own = _TOLD.get(forms.columns, ())
    if not own:
        return _plainly(rng, forms.columns, row, fact)
    told = rng.choice(own).format_map({"name": row.name, **row.cells})
    return fact if strays(told, [fact]) else told


def _plainly(rng: random.Random, columns: Sequence[str], row: Row, fact: str) -> str:
    if len(columns) != 1:
        return fact
    told = rng.choice(_PLAIN_ANSWERS)
    told = told.format(name=row.name, r=columns[0], v=row.cells[columns[0]].rstrip("。"))
    return fact if strays(told, [fact]) else told
