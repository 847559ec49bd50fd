"""Wordings and topics held out, always the same ones, to fit and to measure by."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from knowledge.notes import Knowledge, Note
from xinglin.normal import normal_form

ONE_WORDING_IN, ONE_TOPIC_IN = 5, 10


@dataclass(frozen=True, slots=True)
class Split:
    """An account with some of it held out.

    Attributes:
        kept: notes without the wordings held out; tables and names whole.
        asked: (wording held out, id of its note); later turns without their subject.
        unknown: notes of topics held out, whole.
    """

    kept: Knowledge
    asked: tuple[tuple[str, Note], ...]
    unknown: tuple[Note, ...]


def split(knowledge: Knowledge) -> Split:
    """Hold out a fifth of the wordings of each note, and a tenth of the topics."""
    kept: list[Note] = []
    asked: list[tuple[str, Note]] = []
    unknown: list[Note] = []
    for note in knowledge.notes:
        if _draw(note.topic, "topic") % ONE_TOPIC_IN == 0:
            unknown.append(note)
            continue
        known, held = hold(note)
        kept.append(known)
        asked += [(one, known) for one in held]
    return Split(replace(knowledge, notes=tuple(kept)), tuple(asked), tuple(unknown))


def hold(note: Note) -> tuple[Note, list[str]]:
    """Return a note without some of its wordings, and those."""
    forms = {normal_form(one).lower(): one for one in note.questions}
    order = sorted(forms, key=lambda one: _draw(one, note.id))
    count = max(1, round(len(order) / ONE_WORDING_IN)) if len(order) >= 3 else 0
    held = set(order[:count])
    known = tuple(one for form, one in forms.items() if form not in held)
    return replace(note, questions=known), [forms[one] for one in order[:count]]


def _draw(text: str, salt: str) -> int:
    return zlib.crc32(f"{salt}/{text}".encode())
