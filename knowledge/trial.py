"""An owner's own list of questions: how many are answered as expected, and which are not.

A line is `{"question": "...", "expect": ["..."]}`; `"turns": ["...", "..."]` instead of a question
is a conversation, of which the last turn is judged; `"refuse": true` wants no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.answer import Answer, answer
from knowledge.errors import ReadError
from knowledge.find import Finder
from knowledge.found import Band, Before
from knowledge.notes import Place
from knowledge.turns import last_full

_KEYS = {"question", "turns", "expect", "refuse"}


@dataclass(frozen=True, slots=True)
class Trial:
    """A conversation and what its last reply must hold.

    Attributes:
        turns: what the follower writes.
        expect: words that all stand in the reply.
        refuse: whether nothing may be answered; an offer of topics is no answer.
        place: of the line.
    """

    turns: tuple[str, ...]
    expect: tuple[str, ...]
    refuse: bool
    place: Place


def read_trials(text: str, file: str) -> list[Trial]:
    """Read the lines of a list.

    Raises:
        ReadError: a line is none, or the list is empty.
    """
    found = [
        _trial(line, Place(file, number))
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]
    if not found:
        raise ReadError(f"{file}: no line; write records with 'question' and 'expect'")
    return found


def _trial(line: str, place: Place) -> Trial:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{place}: no JSON ({error})") from error
    if not isinstance(record, dict) or set(record) - _KEYS:
        raise ReadError(f"{place}: a record with {', '.join(sorted(_KEYS))} is expected")
    turns = record.get("turns", [record["question"]] if "question" in record else [])
    expect = record.get("expect", [])
    expect = [expect] if isinstance(expect, str) else expect
    for name, value in (("question or turns", turns), ("expect", expect)):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ReadError(f"{place}: {name} holds texts")
    refuse = record.get("refuse", False)
    if not turns or not isinstance(refuse, bool) or (not expect and not refuse):
        raise ReadError(f"{place}: 'question' or 'turns', and 'expect' or 'refuse', are needed")
    return Trial(tuple(turns), tuple(expect), refuse, place)


def converse(finder: Finder, turns: Sequence[str]) -> Answer:
    """Return the reply to the last of some turns, each seen with those before it."""
    last, told, said = None, set[str](), ""
    for at, turn in enumerate(turns):
        reply = answer(finder, turn, Before(last, told, last_full(turns[:at]), said))
        last = finder.subject(reply.subject) or last
        told.update(reply.told)
        said += reply.text
    return reply


def is_right(trial: Trial, reply: Answer) -> bool:
    """Return whether a reply is as expected."""
    if trial.refuse:
        return reply.found.band != Band.ANSWER
    return reply.found.band == Band.ANSWER and all(word in reply.text for word in trial.expect)


def run_trials(finder: Finder, trials: Sequence[Trial]) -> Iterator[tuple[Trial, Answer, bool]]:
    """Yield each trial with its reply and whether it is right."""
    for one in trials:
        reply = converse(finder, one.turns)
        yield one, reply, is_right(one, reply)
