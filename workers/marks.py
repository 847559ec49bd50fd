"""Marks of a turn: what the conversation is about, kept for the next look-up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.answer import Answer
from knowledge.find import Finder
from knowledge.found import Before, Subject
from knowledge.turns import Turns, last_full
from xinglin.normal import normal_form
from xinglin.store import Turn

_MOST_TOLD = 6
LACKING = "lacking:"
"""Begins the subject of a question about a name of which nothing stands here."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of a turn for the next look-up.

    Attributes:
        subject: id of the last subject; "" for none.
        told: ids of the notes told last, the newest last.
    """

    subject: str = ""
    told: tuple[str, ...] = ()

    def after(self, answer: Answer) -> Marks:
        """Return the marks after one more turn."""
        found = answer.found
        notes = (one for one in answer.told if one.startswith("note:"))
        told = tuple(dict.fromkeys((*self.told, *notes)))[-_MOST_TOLD:]
        if not answer.subject and found.lacking:
            return Marks(LACKING + found.lacking[0], told)
        return Marks(answer.subject or self.subject, told)

    def written(self) -> str:
        """Return them as a turn keeps them."""
        return json.dumps([self.subject, *self.told], ensure_ascii=False)


def read_marks(kept: str) -> Marks | None:
    """Return the marks that a turn keeps; None where nobody noted any, or not as we do."""
    try:
        found = json.loads(kept)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        return None
    return Marks(found[0], tuple(found[1:]))


def recall(finder: Finder, history: Sequence[Turn]) -> Marks:
    """Return the marks of a conversation; turns without any are looked up again.

    Such turns were written by version 0.1.0, which may share one Redis with this one.
    """
    unmarked: list[Turn] = []
    marks = Marks()
    for turn in reversed(history):
        if (found := read_marks(turn.about)) is not None:
            marks = found
            break
        unmarked.append(turn)
    for turn in reversed(unmarked):
        before = Before(last_subject(finder, marks))
        found_again = Turns(finder).understand(normal_form(turn.user), before)
        if found_again.subject is not None:
            marks = Marks(found_again.subject.id, marks.told)
    return marks


def last_subject(finder: Finder, marks: Marks) -> Subject | None:
    """Return the subject that a question may go on from."""
    if marks.subject.startswith(LACKING):
        name = marks.subject.removeprefix(LACKING)
        return Subject(marks.subject, name)
    return finder.subject(marks.subject)


def before_turn(finder: Finder, history: Sequence[Turn], marks: Marks) -> Before:
    """Return what the next question may go on from."""
    asked = last_full([turn.user for turn in history])
    said = "\n".join(turn.assistant for turn in history)
    return Before(last_subject(finder, marks), marks.told, asked, said)
