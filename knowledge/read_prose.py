"""`*.md` and `*.txt`: a heading or a blank line begins a note; `问：` and `答：` make pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.decode import checked
from knowledge.notes import Note, Place

_HEADING = re.compile(r"^(#{1,6})(.*)$")
_UNDERLINE = re.compile(r"^(=+|-+)$")
_ASKED = re.compile(r"^(?:问题?|[Qq])\s*(?:\d+\s*)?[：:.、]\s*(.+)$")
_ANSWERED = re.compile(r"^(?:答案?|[Aa])\s*(?:\d+\s*)?[：:.、]\s*(.*)$")
_BULLET = re.compile(r"^(?:[-*+•·]\s+|>\s*)")
_MARKS = re.compile(r"\*\*|__|`")
# None of them passes a place where another could begin: a line takes time linear in its length.
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^)\[\]]*\)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CLAUSE = re.compile(r"[，。！？；：,!?;:\n]")
_LONGEST_TOPIC = 24
_LONGEST_SECTION = 300


@dataclass(slots=True)
class _Part:
    """Lines that belong together, under their headings."""

    headings: tuple[str, ...]
    line: int
    lines: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def read_prose(text: str, file: str) -> list[Note]:
    """Read the notes of a file.

    Raises:
        ReadError: a note is too long or holds control characters.
    """
    notes: list[Note] = []
    for part in _joined(_parts(text)):
        place = Place(file, part.line)
        answer = checked("\n".join(part.lines), place, "a note")
        heading = " ".join(part.headings)
        if not answer:
            continue
        questions = [checked(one, place, "a question") for one in part.questions]
        topic = (questions[0] if questions else heading) or _first_words(answer)
        note_id = f"{file}:{part.line}:{topic[:_LONGEST_TOPIC]}"
        questions = questions or [topic]
        if heading and topic != heading:
            questions += [f"{heading}，{one}" for one in questions]
        notes.append(Note(note_id, topic, tuple(dict.fromkeys(questions)), (answer,), place))
    return notes


def _parts(text: str) -> Iterator[_Part]:
    headings: list[tuple[int, str]] = []
    part = _Part((), 1)
    for number, raw in enumerate(_without_comments(text).split("\n"), 1):
        line = _plain(raw.strip())
        heading = _HEADING.match(line)
        if heading or not line:
            yield part
            if heading and (name := heading[2].rstrip("#").strip()):
                level = len(heading[1])
                headings = [one for one in headings if one[0] < level] + [(level, name)]
            part = _Part(tuple(name for _, name in headings), number + 1)
        elif asked := _ASKED.match(line):
            if part.lines:
                yield part
                part = _Part(part.headings, number)
            if not part.questions:
                part.line = number
            part.questions.append(asked[1])
        elif answered := _ANSWERED.match(line):
            part.lines.append(answered[1])
        elif part.lines and _UNDERLINE.match(line) and len(part.lines) == 1:
            headings = [(1, part.lines[0])]
            part = _Part((part.lines[0],), number + 1)
        else:
            part.lines.append(line)
    yield part


def _without_comments(text: str) -> str:
    """Return a text with empty lines for its comments; one that nothing closes is text."""
    closed = text.rfind("-->") + len("-->")
    kept = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text[:closed])
    return kept + text[closed:]


def _joined(parts: Iterator[_Part]) -> Iterator[_Part]:
    """Join the paragraphs of a short section, and a question with an answer after a blank line."""
    last: _Part | None = None
    for part in parts:
        if last is None:
            last = part
        elif _continues(last, part):
            last.lines += part.lines
        else:
            yield last
            last = part
    if last is not None:
        yield last


def _continues(last: _Part, part: _Part) -> bool:
    if part.questions or last.headings != part.headings:
        return False
    if last.questions:
        return not last.lines
    size = sum(map(len, last.lines)) + sum(map(len, part.lines))
    return bool(part.headings) and size <= _LONGEST_SECTION


def _plain(line: str) -> str:
    return _BULLET.sub("", _LINK.sub(r"\1", _MARKS.sub("", line)))


def _first_words(answer: str) -> str:
    return _CLAUSE.split(answer, maxsplit=1)[0][:_LONGEST_TOPIC]
