"""Results of a look-up: pieces of evidence, how sure it is, and the subject for the next turn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Way in which it was found."""

    EXACT = "exact"
    """The question stands so in a note."""
    CELL = "cell"
    """A name and a relation: a fact of a table."""
    CARD = "card"
    """A name alone, or a relation that is not clear: all facts of it."""
    GROUP = "group"
    """Names that have a fact in common."""
    NOTE = "note"
    """The nearest note."""
    LACKS = "lacks"
    """Nothing on what was asked of a known subject."""
    ALL = "all"
    """Nothing more on the last subject than what was told."""
    UNCLEAR = "unclear"
    """A question about "it", and nothing that could be it."""
    NONE = "none"
    """Nothing."""


class Band(StrEnum):
    """Use that may be made of it."""

    ANSWER = "answer"
    OFFER = "offer"
    """Not sure enough to say: up to three topics to tap."""
    PASS = "pass"
    """Nothing here fits; the library may know, else the bot says that it has nothing on this."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Subject of a turn, for the next one.

    Attributes:
        id: `row:TABLE/NAME/RELATION` or `note:ID`; stored in the turn.
        name: as it is said.
        relation: what was asked of it; "" where nothing certain was.
    """

    id: str
    name: str
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """Turn that a question may go on from.

    Attributes:
        subject: of the last turn; None where there is none.
        told: ids of pieces that were told in this conversation. Who asks the same in full words
            gets the same; what goes on from the last turn gets something new.
        asked: the last question that was asked in full words, in the normal form.
        said: the replies so far.
    """

    subject: Subject | None = None
    told: Collection[str] = ()
    asked: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence.

    Attributes:
        id: of the note or fact; turns remember it, so that it is not told twice.
        text: sentences as they stand there.
        topic: what it is about.
        ask: a question that finds it exactly, for a tap.
        source: where it stands.
        score: of the finder; comparable within one kind.
        old: headings under which the classics treat of it.
    """

    id: str
    text: str
    topic: str
    ask: str
    source: str
    score: float
    old: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a look-up.

    Attributes:
        kind: how it was found.
        band: what may be made of it.
        pieces: evidence, the best first, at most three; with OFFER what could be meant.
        certainty: log odds that the first piece answers.
        question: what was looked up, in the normal form, names mended.
        subject: for the next turn; None where nothing was found.
        names: entities that the question names.
        lacking: names of it that nothing here tells of.
        about: name of the subject, where nothing stands on what was asked of it.
    """

    kind: Kind
    band: Band
    pieces: tuple[Piece, ...]
    certainty: float
    question: str
    subject: Subject | None = None
    names: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    about: str = ""
