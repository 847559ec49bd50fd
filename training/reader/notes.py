"""Examples from an account's notes: answers in plainer words, follow-ups, and small talk."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from knowledge.check import Checker
from knowledge.drafts import REFUSAL, judge
from knowledge.notes import Knowledge, Note
from training.reader.example import Example, company, is_held_out, shuffled
from training.reader.plain import tell_plainly
from training.reader.restate import restate

TALK = "talk"
"""Name of the file of small talk, whose questions need no evidence."""

_COPIED = 0.12
_RESTATED = 0.5
_NEAR = 0.5
_TRIES = 3
_THANKS_AFTER = 0.25
_UNLIKE = 0.2


class Notes:
    """The notes that may be trained on, or those that are held out."""

    def __init__(self, knowledge: Knowledge, *, held_out: bool) -> None:
        """Take the notes of nine tenths of the topics, or of the other tenth."""
        chosen = [one for one in knowledge.notes if is_held_out(name_of(one)) is held_out]
        self.talk = [one for one in chosen if is_talk(one)]
        self.told = [one for one in chosen if not is_talk(one)]
        self._checker = Checker(knowledge)
        self._first = _first_turns(knowledge)
        self._near = _by_pairs(self.told)

    def example(self, rng: random.Random) -> Example:
        """Return a question about a note, with the note among the evidence."""
        note = rng.choice(self.told)
        question, before = self._asked(rng, note)
        text = rng.choice(note.answers)
        evidence = shuffled(rng, [text], self._others(rng, note, company(rng)))
        answer = self._plain(rng, note, question, text, evidence)
        return Example(evidence, question, answer, before)

    def unanswered(self, rng: random.Random) -> Example:
        """Return a question with evidence that does not answer it, or with none."""
        note = rng.choice(self.told)
        question, before = self._asked(rng, note)
        others = self._others(rng, note, rng.choice((0, 1, 1, 1, 2, 3)))
        return Example(shuffled(rng, (), others), question, REFUSAL, before)

    def small_talk(self, rng: random.Random) -> Example:
        """Return small talk: mostly without evidence, and then nothing of medicine in it."""
        note = rng.choice(self.talk)
        question = _worded(rng, note)
        before: tuple[tuple[str, str], ...] = ()
        if rng.random() < _THANKS_AFTER and self.told:
            earlier = rng.choice(self.told)
            before = ((_worded(rng, earlier), rng.choice(earlier.answers)),)
        safe = [one for one in note.answers if self._checker.check_talk(one).passes]
        if safe and rng.random() < 0.6:
            return Example((), question, rng.choice(safe), before)
        text = rng.choice(note.answers)
        others = self._others(rng, note, company(rng))
        return Example(shuffled(rng, [text], others), question, text, before)

    def _asked(self, rng: random.Random, note: Note) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return a wording of a question, and the turn before where it needs one."""
        question = _worded(rng, note)
        if not note.subject:
            return question, ()
        first = self._first.get(note.subject)
        if not first or rng.random() < 0.15:
            return f"{note.subject}，{question}", ()
        return question, (rng.choice(first),)

    def _plain(
        self, rng: random.Random, note: Note, question: str, text: str, evidence: Sequence[str]
    ) -> str:
        if rng.random() < _COPIED:
            return text
        for _ in range(_TRIES):
            told = tell_plainly(rng, question, note.subject or note.topic, text)
            if judge(self._checker, told, evidence, question).passes:
                return told
        return text

    def _others(self, rng: random.Random, note: Note, count: int) -> list[str]:
        """Return answers of other notes that do not say the same; half of them about alike."""
        found: list[str] = []
        for _ in range(4 * count):
            if len(found) == count:
                break
            near = [at for pair in _pairs(note.topic) for at in self._near.get(pair, ())]
            at = rng.choice(near) if near and rng.random() < _NEAR else None
            other = rng.choice(self.told) if at is None else self.told[at]
            text = rng.choice(other.answers)
            if other.topic != note.topic and _likeness(text, note.answers) < _UNLIKE:
                found.append(text)
        return found


def is_talk(note: Note) -> bool:
    """Return whether a note is small talk."""
    return PurePosixPath(note.place.file).stem == TALK


def name_of(note: Note) -> str:
    """Return the name by which a note is held out, or not."""
    return note.subject or note.topic


def _worded(rng: random.Random, note: Note) -> str:
    question = rng.choice(note.questions)
    if rng.random() >= _RESTATED:
        return question
    return restate(question, str(rng.random()), opened=not is_talk(note))


def _first_turns(knowledge: Knowledge) -> dict[str, list[tuple[str, str]]]:
    """Return what may have been said before a note that needs a subject, by subject."""
    found: dict[str, list[tuple[str, str]]] = {}
    for note in knowledge.notes:
        if not note.subject:
            pairs = [(one, note.answers[0]) for one in note.questions[:4]]
            found.setdefault(note.topic, []).extend(pairs)
    return found


def _by_pairs(notes: Iterable[Note]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, note in enumerate(notes):
        for pair in _pairs(note.topic):
            found.setdefault(pair, []).append(at)
    return found


def _likeness(text: str, answers: Iterable[str]) -> float:
    """Return the greatest share of a text's pairs that stands in one of the answers."""
    pairs = _pairs(text)
    return max(len(pairs & _pairs(one)) for one in answers) / max(1, len(pairs))


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"\W+", "", text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
