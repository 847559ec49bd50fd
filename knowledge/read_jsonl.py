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
from knowledge.errors import wrong
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
    """Contents of the files' lines.

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
        raise wrong(
            place, f"no JSON ({error}); one record a line", "不是 JSON；请一行写一条记录"
        ) from error
    if not isinstance(record, dict):
        raise wrong(
            place,
            "no record; write {...} with topic, questions and answers",
            "不是记录；请写成 {…}，里面有 topic、questions、answers",
        )
    kind = next((k for k in ("turns", "lacking", "relation", "card") if k in record), "topic")
    if strange := sorted(set(record) - _KEYS[kind]):
        known = sorted(_KEYS[kind])
        raise wrong(
            place,
            f"unknown key {strange[0]!r}; known: {', '.join(known)}",
            f"没有 {strange[0]} 这个键；可用的有：{'、'.join(known)}",
        )
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
        raise wrong(
            place,
            "'turns' is a list of records with questions and answers",
            "turns 要写成一个列表，每项有 questions 和 answers",
        )
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
            raise wrong(
                place,
                f"{question!r} needs {{}} once, for the name",
                f"“{question}”里要有一个 {{}}，代表名称",
            )
    if not columns and not says:
        raise wrong(place, "a relation without columns needs 'says'", "没有 columns 时要写 says")
    return Forms(relation, columns, questions, says, place)


def _without_signs(question: str) -> str:
    return question.replace("{}", "").replace("{other}", "")


def _text(record: Mapping[str, Any], key: str, place: Place, *, needed: bool = True) -> str:
    value = record.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()):
        raise wrong(
            place,
            f"{key!r} is a text" + (" and not empty" if needed else ""),
            f"{key} 要写成一段文字" + ("，不能为空" if needed else ""),
        )
    return checked(value, place, key)


def _texts(
    record: Mapping[str, Any], key: str, place: Place, *, needed: bool = True
) -> tuple[str, ...]:
    value = record.get(key, [])
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(place, f"{key!r} is a list of texts", f"{key} 要写成文字的列表")
    texts = tuple(dict.fromkeys(checked(one, place, key) for one in value if one.strip()))
    if needed and not texts:
        raise wrong(place, f"{key!r} is empty; fill it in", f"{key} 是空的；请填上")
    return texts
