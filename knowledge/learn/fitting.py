"""Bands and the choice of a follow-up, fitted on what was held out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.bands import BUCKETS, Bands, carry_numbers, carry_pieces
from knowledge.closeness import COUNT, closeness
from knowledge.encoder import Encoder
from knowledge.find import Finder
from knowledge.found import Subject
from knowledge.learn.fit import Floats, auc, logistic
from knowledge.learn.heldout import Split
from knowledge.notes import Knowledge, Note, Place
from knowledge.turns import Turns
from xinglin.normal import normal_form, syllable

ELSEWHERE = Path(__file__).parent / "elsewhere.txt"
ACCOUNTS = Path(__file__).parent / "accounts"
ANSWER, OFFER = -0.8, -2.0
_ONE_IN = 4
_FRESH_RIDGE, _BOLDER = 1.0, 0.25
"""Of a small account three quarters of the right notes are told then, and one in eight others."""
_SCORE = (1.0, *(0.0,) * COUNT)
_PLAIN = Bands(_SCORE, _SCORE, ANSWER, OFFER, (0.0,) * (12 + BUCKETS), 0.0)
Row = tuple[tuple[float, ...], bool]


def fit_bands(held: Split, encoder: Encoder) -> Bands:
    """Fit all numbers, and print what they do."""
    finder = Finder(held.kept, encoder, _PLAIN)
    learned = _fit_learned(finder, held)
    fresh = _fit_fresh(encoder)
    bands = replace(_PLAIN, learned=learned, fresh=fresh)
    finder = Finder(held.kept, encoder, bands)
    weights, bias = _fit_carry(finder, held)
    return replace(bands, carry=weights, carry_bias=bias)


def elsewhere() -> list[str]:
    """Return questions that no account of this kind answers."""
    return ELSEWHERE.read_text(encoding="utf-8").splitlines()


def _fit_learned(finder: Finder, held: Split) -> tuple[float, ...]:
    known = [(q, note) for q, note in held.asked if not note.subject]
    slips = [
        (slip(question), note)
        for at, slip in enumerate((_in_letters, _half_in_letters, _swapped))
        for question, note in known[at::_ONE_IN]
    ]
    good = [_first(finder, question, note) for question, note in (*known, *slips)]
    topics = [
        _first(finder, q, None) for one in held.unknown if not one.subject for q in one.questions
    ]
    others = [_first(finder, question, None) for question in elsewhere()]
    return _fitted("learned notes", [*good, *topics, *others * 5], len(good))


def _fit_fresh(encoder: Encoder) -> tuple[float, ...]:
    """Fit for accounts that were not learned: three of other trades, and topics held out."""
    good: list[Row] = []
    away: list[Row] = []
    for path in sorted(ACCOUNTS.glob("*.jsonl")):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        told = [one for one in records if "topic" in one]
        notes = [_note(one) for one in told]
        finder = Finder(Knowledge(tuple(notes)), encoder, _PLAIN)
        asked = [(q, note) for one, note in zip(told, notes, strict=True) for q in one["asked"]]
        good += [_first(finder, question, note) for question, note in asked]
        others = [q for one in records for q in one.get("away", ())]
        away += [_first(finder, question, None) for question in (*others, *elsewhere()[::4])]
    print(f"other trades: {len(good)} questions, {np.mean([row[1] for row in good]):.1%} first")
    *weights, bias = _fitted("fresh notes", [*good, *away], len(good), _FRESH_RIDGE)
    return (*weights, bias + _BOLDER)


def _note(record: Mapping[str, Any]) -> Note:
    topic = record["topic"]
    return Note(topic, topic, tuple(record["questions"]), tuple(record["answers"]), Place("", 1))


def _first(finder: Finder, question: str, note: Note | None) -> Row:
    """Return the numbers of the nearest note, and whether it is the right one."""
    text = normal_form(question).lower()
    pieces, _ = finder.nearest(text)
    found = finder.note(pieces[0].id)
    if found is None:
        raise KeyError(pieces[0].id)
    right = note is not None and pieces[0].topic == note.topic
    return closeness(text, pieces, found), right


def _in_letters(text: str) -> str:
    """Return a question as it is typed in pinyin."""
    return " ".join(syllable(one) for one in text)


def _half_in_letters(text: str) -> str:
    """Return a question of which the middle is typed in pinyin."""
    third = max(1, len(text) // 3)
    return text[:third] + "".join(map(syllable, text[third:-third])) + text[-third:]


def _swapped(text: str) -> str:
    """Return a question in which two characters changed places."""
    at = zlib.crc32(text.encode()) % max(1, len(text) - 1)
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _fitted(name: str, rows: Sequence[Row], asked: int, ridge: float = 0.1) -> tuple[float, ...]:
    numbers = np.array([row[0] for row in rows], np.float64)
    right = np.array([row[1] for row in rows], np.bool_)
    weights, bias = logistic(numbers, right, ridge)
    odds = numbers @ weights + bias
    mine, away = odds[:asked], odds[asked:]
    print(
        f"{name}: {asked} wordings, {right[:asked].mean():.1%} first; weights {weights.round(2)},"
        f" bias {bias:.2f}; AUC right/other {auc(odds[right], away):.3f}"
    )
    for cut in (-2.0, -1.4, -0.8, -0.4, 0.0):
        told = mine >= cut
        print(
            f"  from {cut:+.1f}: {told.mean():.1%} told, {right[:asked][told].mean():.1%} of them"
            f" strictly right; of others {(away >= cut).mean():.1%} told"
        )
    return (*(float(one) for one in weights), bias)


def _fit_carry(finder: Finder, held: Split) -> tuple[tuple[float, ...], float]:
    rows, pieces, labels, turns = [], [], [], Turns(finder)
    for question, last, told, goes_on in _turns(finder, held):
        alone, carried = turns.both(question, last, told)
        rows.append(carry_numbers(alone.question, alone, carried))
        pieces.append(carry_pieces(alone.question))
        labels.append(goes_on)
    hashed = np.zeros((len(rows), BUCKETS))
    for at, one in enumerate(pieces):
        hashed[at, one] = 1
    numbers: Floats = np.hstack([np.array(rows), hashed])
    right: NDArray[np.bool_] = np.array(labels, np.bool_)
    side = np.arange(len(rows)) % 2 == 0
    odds = np.zeros(len(rows))
    for one in (side, ~side):
        weights, bias = logistic(numbers[~one], right[~one], ridge=2.0)
        odds[one] = numbers[one] @ weights + bias
    print(
        f"follow-ups: {right.sum()} go on, {(~right).sum()} do not; carried"
        f" {(odds[right] > 0).mean():.1%} and {(odds[~right] > 0).mean():.1%};"
        f" AUC {auc(odds[right], odds[~right]):.3f}"
    )
    weights, bias = logistic(numbers, right, ridge=2.0)
    return tuple(float(one) for one in weights), bias


def _turns(finder: Finder, held: Split) -> Iterator[tuple[str, Subject, set[str], bool]]:
    """Yield questions after a turn: those that go on from it, and those that do not."""
    later = [(q, note) for q, note in held.asked if note.subject]
    new = [(q, note) for q, note in held.asked if not note.subject]
    for question, note in later:
        yield question, _subject_of(finder, note.subject, note.id), set(), True
    rows = list(finder.index.rows())
    for at, (table, row) in enumerate(rows):
        for forms in table.forms:
            then = [one.removeprefix("{}，") for one in forms.questions if one.startswith("{}，")]
            if then and at % 3 == 0:
                question = then[zlib.crc32(row.name.encode()) % len(then)]
                where = f"row:{table.id}/{row.name}"
                yield question, Subject(where, row.name), set(), True
    notes = [one for one in held.kept.notes if not one.subject]
    for at, (question, note) in enumerate(new[:: max(1, len(new) // 1500)]):
        other = notes[(at * 37 + 11) % len(notes)]
        if other.topic != note.topic:
            yield question, Subject(f"note:{other.id}", other.topic), set(), False
    for at, (table, row) in enumerate(rows):
        if table.forms:
            one = table.forms[at % len(table.forms)]
            question = one.questions[at % len(one.questions)].format(row.name, other="它")
            _, other_row = rows[(at * 7 + 3) % len(rows)]
            where = f"row:{table.id}/{other_row.name}"
            yield question, Subject(where, other_row.name), set(), False
    for at, question in enumerate(elsewhere()):
        yield question, Subject("note:", notes[at * 13 % len(notes)].topic), set(), False


def _subject_of(finder: Finder, name: str, note_id: str) -> Subject:
    for table, row in finder.index.rows():
        if name in row.names:
            return Subject(f"row:{table.id}/{row.name}", row.name)
    return Subject(f"note:{note_id}", name)
