"""`*.jsonl`: one record a line.

{"topic": "睡不着", "questions": ["失眠怎么办"], "answers": ["…"], "old": ["不寐"]}
{"topic": "人参", "turns": [{"questions": [...], "answers": [...]}]}  later turns need it
{"table": "herbs", "relation": "用量", "columns": [], "questions": ["{}吃多少"], "says": "..."}
{"table": "herbs", "card": "{说明}它味{味}。", "not_before": ["注射液"]}
{"lacking": ["赤石脂", ...]}                                names of which nothing stands here
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from knowledge.decode import checked
from knowledge.errors import ReadError
from knowledge.notes import Forms, Note, Place

_KEYS = {
    "topic": {"topic", "questions", "answers", "source", "old"},
    "turns": {"topic", "turns", "source"},
    "relation": {"table", "relation", "columns", "questions", "says"},
    "card": {"table", "card", "not_before"},
    "lacking": {"lacking"},
}


@dataclass(slots=True)
class Records:
    """What the lines of the files hold.

    Attributes:
        notes: topics, and the turns of conversations.
        forms: ways of asking, by the id of their table.
        cards: (sentence of the card, endings, place), by the id of their table.
        lacking: names.
    """

    notes: list[Note] = field(default_factory=list)
    forms: dict[str, list[Forms]] = field(default_factory=dict)
    cards: dict[str, tuple[str, tuple[str, ...], Place]] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)


def read_jsonl(text: str, file: str, into: Records) -> None:
    """Read the lines of a file.

    Raises:
        ReadError: a line is no record.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            _read_line(line, Place(file, number), into)


def _read_line(line: str, place: Place, into: Records) -> None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{place}: no JSON ({error}); one record a line") from error
    if not isinstance(record, dict):
        raise ReadError(f"{place}: no record; write {{...}} with topic, questions and answers")
    kind = next((k for k in ("turns", "lacking", "relation", "card") if k in record), "topic")
    if strange := sorted(set(record) - _KEYS[kind]):
        raise ReadError(f"{place}: unknown key {strange[0]!r}; known: {', '.join(_KEYS[kind])}")
    if kind == "topic":
        into.notes.append(_note(record, place))
    elif kind == "turns":
        into.notes += _turns(record, place)
    elif kind == "lacking":
        into.lacking.update(_texts(record, "lacking", place))
    elif kind == "relation":
        into.forms.setdefault(_text(record, "table", place), []).append(_forms(record, place))
    else:
        endings = _texts(record, "not_before", place, needed=False)
        into.cards[_text(record, "table", place)] = (_text(record, "card", place), endings, place)


def _note(record: Mapping[str, Any], place: Place) -> Note:
    topic = _text(record, "topic", place)
    return Note(
        f"{place.file}:{topic}",
        topic,
        _texts(record, "questions", place, needed=False) or (topic,),
        _texts(record, "answers", place),
        place,
        _text(record, "source", place, needed=False),
        _texts(record, "old", place, needed=False),
    )


def _turns(record: Mapping[str, Any], place: Place) -> list[Note]:
    topic, turns = _text(record, "topic", place), record["turns"]
    if not isinstance(turns, list) or not turns or not all(isinstance(one, dict) for one in turns):
        raise ReadError(f"{place}: 'turns' is a list of records with questions and answers")
    notes = []
    for at, turn in enumerate(turns):
        note = Note(
            f"{place.file}:{place.line}:{at}",
            topic,
            _texts(turn, "questions", place),
            _texts(turn, "answers", place),
            place,
            _text(record, "source", place, needed=False),
            subject=topic if at else "",
        )
        notes.append(note)
    return notes


def _forms(record: Mapping[str, Any], place: Place) -> Forms:
    relation = _text(record, "relation", place)
    given = "columns" in record
    columns = _texts(record, "columns", place, needed=False) if given else (relation,)
    says = _text(record, "says", place, needed=False)
    questions = _texts(record, "questions", place)
    for question in questions:
        if question.count("{}") != 1 or set("{}") & set(_without_signs(question)):
            raise ReadError(f"{place}: {question!r} needs {{}} once, for the name")
    if not columns and not says:
        raise ReadError(f"{place}: a relation without columns needs 'says'")
    return Forms(relation, columns, questions, says, place)


def _without_signs(question: str) -> str:
    return question.replace("{}", "").replace("{other}", "")


def _text(record: Mapping[str, Any], key: str, place: Place, *, needed: bool = True) -> str:
    value = record.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()):
        raise ReadError(f"{place}: {key!r} is a text" + (" and not empty" if needed else ""))
    return checked(value, place, key)


def _texts(
    record: Mapping[str, Any], key: str, place: Place, *, needed: bool = True
) -> tuple[str, ...]:
    value = record.get(key, [])
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ReadError(f"{place}: {key!r} is a list of texts")
    texts = tuple(dict.fromkeys(checked(one, place, key) for one in value if one.strip()))
    if needed and not texts:
        raise ReadError(f"{place}: {key!r} is empty")
    return texts
