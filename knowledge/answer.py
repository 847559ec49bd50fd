"""From a question to the reply that needs no model: the evidence's own sentence.

It is what a follower gets when no draft of the model passes the check, so it is always right: a
copy of what stands in the notes, or up to three topics to tap, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.find import Finder
from knowledge.found import Band, Before, Found, Kind, Piece
from knowledge.talk import is_talk
from knowledge.turns import Turns

OFFER = "您想问的是不是下面这些？"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer that a follower may be told.

    Attributes:
        text: the reply; "" where nothing was found, and the caller says so in the account's words.
        offers: (topic, question to send) of each tap.
        found: evidence, scores and band.
        told: ids of the pieces that the text tells, for the turn.
        subject: id of the subject, for the turn; "" where there is none.
    """

    text: str
    offers: tuple[tuple[str, str], ...]
    found: Found
    told: tuple[str, ...]
    subject: str


def answer(finder: Finder, question: str, before: Before | None = None) -> Answer:
    """Find for a question, and copy the answer.

    Args:
        finder: of the account.
        question: as the follower wrote it.
        before: what it may go on from.
    """
    found = Turns(finder).understand(question, before or Before())
    subject = "" if found.subject is None or _is_talk(finder, found) else found.subject.id
    if found.band == Band.ANSWER:
        pieces = told_pieces(found)
        text = "\n".join(one.text for one in pieces)
        return Answer(text, (), found, tuple(one.id for one in pieces), subject)
    if found.band == Band.OFFER:
        offers = tuple((one.topic, one.ask) for one in found.pieces)
        text = "\n".join((OFFER, *(f"· {topic}" for topic, _ in offers)))
        return Answer(text, offers, found, (), subject if found.kind == Kind.LACKS else "")
    return Answer("", (), found, (), "")


def told_pieces(found: Found) -> tuple[Piece, ...]:
    """Return the pieces that the copied reply tells: of notes the best one only."""
    return found.pieces if found.kind in {Kind.CELL, Kind.CARD} else found.pieces[:1]


def _is_talk(finder: Finder, found: Found) -> bool:
    """Return whether small talk was told: what was spoken of before it is the subject still."""
    return bool(found.pieces) and is_talk(finder.note(found.pieces[0].id))
