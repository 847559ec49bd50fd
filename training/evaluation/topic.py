"""Check that a reply is about what was asked: the word asked for, or another name of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.data import read_text
from training.errors import DataError

SYNONYMS = Path(__file__).parent / "synonyms.txt"


@dataclass(frozen=True, slots=True)
class Subject:
    """Subject of a question: words that ask for it, and others that answer to it."""

    asked: tuple[str, ...]
    other: tuple[str, ...]


@cache
def known_subjects() -> tuple[Subject, ...]:
    """Return the built-in subjects."""
    return read_subjects(SYNONYMS)


def read_subjects(path: Path) -> tuple[Subject, ...]:
    """Read subjects, one a line: "asked asked: other other"; `#` begins a remark.

    Raises:
        DataError: a line has no word before its colon, or there is no subject.
    """
    subjects = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        asked, _, other = line.partition("#")[0].partition(":")
        if asked.split():
            subjects.append(Subject(tuple(asked.split()), tuple(other.split())))
        elif other.split():
            raise DataError(f"{path}, line {number}: no word before the colon; write one")
    if not subjects:
        raise DataError(f"{path} holds no subject; write one a line")
    return tuple(subjects)


def words_about(question: str, subjects: Sequence[Subject]) -> tuple[str, ...]:
    """Return the words of which a reply must name one to be about the question.

    Of words that lie inside one another in the question the longest counts: a question about
    桂枝汤 is none about 桂枝. () when no known subject is asked for.
    """
    asked = [word for subject in subjects for word in subject.asked if word in question]
    outer = {w for w in asked if not any(w != longer and w in longer for longer in asked)}
    found = [
        word
        for subject in subjects
        if outer & set(subject.asked)
        for word in (*subject.asked, *subject.other)
    ]
    return tuple(dict.fromkeys(found))


def is_on_topic(reply: str, words: Sequence[str]) -> bool:
    """Return whether one of the words stands in the reply."""
    return any(word in reply for word in words)
