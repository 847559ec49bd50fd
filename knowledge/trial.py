"""An owner's own list of questions: how many are answered as expected, and which are not.

A line is `{"question": "...", "expect": ["..."]}`: words that all stand in the reply, `甲|乙` for
either. `"turns": ["...", "..."]` instead of a question is a conversation, of which the last turn is
judged; `"refuse": true` wants no answer; `"topics": ["..."]` wants a piece on one of these. A line
that is no record is a question that nothing is expected of, ` | ` between the turns of several.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from knowledge.answer import Answer, answer
from knowledge.errors import wrong
from knowledge.find import Finder
from knowledge.found import Band, Before
from knowledge.notes import Place
from knowledge.turns import last_full

_KEYS = {"question", "turns", "expect", "refuse", "topics"}
_BETWEEN_TURNS = " | "


class Verdict(StrEnum):
    """Verdict on a reply."""

    RIGHT = "right"
    WRONG = "wrong"
    OPEN = "open"
    """Nothing was expected: whoever reads it judges."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A conversation and what its last reply must hold.

    Attributes:
        turns: what the follower writes.
        expect: words that all stand in the reply; `|` between words of which one does.
        topics: of which the told piece has one; () for any.
        refuse: whether nothing may be answered; an offer of topics is no answer.
        place: of the line.
    """

    turns: tuple[str, ...]
    expect: tuple[str, ...]
    topics: tuple[str, ...]
    refuse: bool
    place: Place

    @property
    def wanted(self) -> str:
        """Expectation, in a phrase."""
        if self.refuse:
            return "no answer"
        return "、".join((*self.expect, *(f"[{topic}]" for topic in self.topics)))


def read_trials(text: str, file: str) -> list[Trial]:
    """Read the lines of a list.

    Raises:
        ReadError: a line is none, or the list is empty.
    """
    found = [
        _trial(line.strip(), Place(file, number))
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]
    if not found:
        raise wrong(
            file,
            "no line; write a question a line, or records with 'question' and 'expect'",
            "是空的；每行写一个问题，或带 'question' 和 'expect' 的记录",
        )
    return found


def _trial(line: str, place: Place) -> Trial:
    if not line.startswith(("{", "[")):
        return Trial(tuple(line.split(_BETWEEN_TURNS)), (), (), False, place)
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise wrong(place, f"no JSON ({error})", f"不是 JSON（{error}）") from error
    if not isinstance(record, dict) or set(record) - _KEYS:
        keys = ", ".join(sorted(_KEYS))
        raise wrong(place, f"a record with {keys} is expected", f"须是带 {keys} 的记录")
    turns = record.get("turns", [record["question"]] if "question" in record else [])
    lists = {"question or turns": turns}
    lists |= {name: _as_list(record.get(name, [])) for name in ("expect", "topics")}
    for name, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise wrong(place, f"{name} holds texts", f"{name} 里须是文字")
    refuse = record.get("refuse", False)
    if not turns or not isinstance(refuse, bool):
        raise wrong(
            place,
            "'question' or 'turns' is needed, and 'refuse' is true or false",
            "须有 'question' 或 'turns'，'refuse' 须是 true 或 false",
        )
    return Trial(tuple(turns), tuple(lists["expect"]), tuple(lists["topics"]), refuse, place)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def converse(finder: Finder, turns: Sequence[str]) -> Answer:
    """Return the reply to the last of some turns, each seen with those before it."""
    last, told, said = None, set[str](), ""
    for at, turn in enumerate(turns):
        reply = answer(finder, turn, Before(last, told, last_full(turns[:at]), said))
        last = finder.subject(reply.subject) or last
        told.update(reply.told)
        said += reply.text
    return reply


def judge(trial: Trial, text: str, topic: str, *, answers: bool) -> Verdict:
    """Return whether a reply is as expected.

    Args:
        trial: what is expected.
        text: of the reply.
        topic: of the piece that it tells.
        answers: whether it answers, and is no offer and no fixed text.
    """
    if trial.refuse:
        return Verdict.WRONG if answers else Verdict.RIGHT
    if not trial.expect and not trial.topics:
        return Verdict.OPEN
    holds = all(any(one in text for one in word.split("|")) for word in trial.expect)
    fits = not trial.topics or topic in trial.topics
    return Verdict.RIGHT if answers and holds and fits else Verdict.WRONG


def run_trials(finder: Finder, trials: Sequence[Trial]) -> Iterator[tuple[Trial, Answer, bool]]:
    """Yield each trial with what the finder alone replies, and whether that is right."""
    for one in trials:
        reply = converse(finder, one.turns)
        answers = reply.found.band == Band.ANSWER
        topic = reply.found.pieces[0].topic if answers else ""
        verdict = judge(one, reply.text, topic, answers=answers)
        yield one, reply, verdict == Verdict.RIGHT
