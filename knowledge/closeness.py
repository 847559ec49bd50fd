"""Numbers that say how near the nearest note is to a question; the bands are fitted on them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.concepts import concepts
from knowledge.found import Piece
from knowledge.moves import content_pieces, lacks_aspect
from knowledge.notes import Note
from xinglin.normal import compact

COUNT = 8
_LATIN = re.compile("[a-z]")
_ENOUGH = 0.5


def closeness(text: str, pieces: Sequence[Piece], note: Note) -> tuple[float, ...]:
    """Return the numbers of a question and the notes found for it, the nearest first.

    Args:
        text: in the normal form.
        pieces: one or more.
        note: of the first one.

    Returns:
        score; its lead over the next note; its lead over the next one of another family (泡脚 and
        艾叶泡脚 are of one); whether the topic stands in the question; the share of the question's
        words that stand in the note; whether the note lacks the aspect that is asked for (when,
        who, how much); the share of the question that is typed in letters; the share of its
        everyday concepts that the note has.
    """
    first = pieces[0]
    plain, topic = compact(text), compact(first.topic)
    others = [one for one in pieces[1:] if not _are_family(topic, compact(one.topic))]
    told = "\n".join((note.topic, *note.questions, *note.answers))
    words = content_pieces(text)
    letters = len(_LATIN.findall(plain)) / max(1, len(plain))
    known = sum(one in told for one in words) / len(words) if words else _ENOUGH
    meant, had = set(concepts(text)), set(concepts(told))
    return (
        first.score,
        first.score - (pieces[1].score if len(pieces) > 1 else 0.0),
        first.score - (others[0].score if others else 0.0),
        float(len(topic) > 1 and topic in plain),
        known if letters < _ENOUGH else _ENOUGH,
        float(letters < _ENOUGH and lacks_aspect(told, text)),
        letters,
        len(meant & had) / len(meant) if meant else _ENOUGH,
    )


def _are_family(one: str, other: str) -> bool:
    return len(one) > 1 and len(other) > 1 and (one in other or other in one)
