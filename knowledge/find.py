"""The finder: exact wording; name and relation; the nearest note by encoder and BM25.

    finder = Finder(read_folder(folder))
    found = finder.look_up("黄芪有什么功效")

A question that may go on from a turn before: `knowledge/turns.py`.
At most 1 ms (p95) over 5,000 notes. Nothing in it changes after it is made, so threads share it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knowledge.bands import Bands, shipped_bands
from knowledge.cells import MOST_PIECES, OTHER, Cells, Hit
from knowledge.closeness import closeness
from knowledge.encoder import Encoder, shipped_encoder
from knowledge.entities import Mention, spelt
from knowledge.found import Band, Found, Kind, Piece, Subject
from knowledge.index import Index
from knowledge.moves import compares, has_no_word_of_it, is_beside_the_matter
from knowledge.notes import Knowledge, Note
from knowledge.relations import CARD
from knowledge.sentences import tell_group
from knowledge.talk import is_beside, is_talk
from knowledge.whole_table import over_tables
from xinglin.normal import compact, mend_names, normal_form, spell_names

CERTAIN, _HEARD = 9.0, 5.0
_LONGEST = 300
_SURELY_OTHER = 0.97
_LIKELY, _STRONG_NOTE = 0.85, 0.5
_NEAREST = 24
_PLAIN = 2.5
_RUN = re.compile("([\u4e00-\u9fff])\\1+")
_MARKS = re.compile("[，。；！？,;!?]+")
_SHORTEST_PART = 3
_PARTICLES = re.compile("[呀啊哦嘛哈啦呢]+$")


class Finder:
    """Finds what stands about a question."""

    def __init__(
        self,
        knowledge: Knowledge | Index,
        encoder: Encoder | None = None,
        bands: Bands | None = None,
    ) -> None:
        """Take an index, or make one; that takes seconds for the largest account.

        Args:
            knowledge: notes and tables, or what was compiled of them.
            encoder: learned rows to compile with; None: those that come with the package.
            bands: fitted numbers; None: those that come with the package.
        """
        if not isinstance(knowledge, Index):
            knowledge = Index.of(knowledge, encoder or shipped_encoder())
        self.index, self.bands = knowledge, bands or shipped_bands()
        self.cells = Cells(knowledge)

    def look_up(self, question: str, told: Collection[str] = ()) -> Found:
        """Find for a question by itself, leaving out what was told."""
        return self._look_up(normal_form(question), told)

    def _look_up(self, text: str, told: Collection[str]) -> Found:
        """Find for a question in its normal form."""
        text = self._without_slips(_bounded(text).lower())
        if found := self._exactly(text, told):
            return found
        if found := self._by_sound(text, told):
            return found
        mended = mend_names(spell_names(text, self.index.lexicon), self.index.lexicon)
        if mended != text and (found := self._exactly(mended, told)):
            return found
        mentions = self.index.names.find(mended)
        hit = self.cells.hit(mended, mentions)
        if mended != text and not (hit and hit.is_sure):
            mended, mentions = text, self.index.names.find(text)  # the slip was none
            hit = self.cells.hit(mended, mentions)
        lacking = tuple(one.name for one in mentions if not one.owners)
        hit = None if lacking else hit
        found = self._of_table(hit, mended) if hit is not None and hit.is_sure else None
        if found is None and not mentions:
            found = over_tables(self.index.tables, mended) or self._group(mended)
        if found is None:
            found = self._unsure(mended, mentions, hit, told)
        if found.band != Band.ANSWER and not mentions:
            found = self._of_a_part(mended, told) or found
        names = tuple(dict.fromkeys(row.name for one in mentions for _, row in one.owners))
        return replace(found, names=names, lacking=lacking)

    def _of_a_part(self, text: str, told: Collection[str]) -> Found | None:
        """Find for the first part that a note surely answers: 睡不着 of 老睡不着，很累."""
        parts = [part for part in _MARKS.split(text) if len(part) >= _SHORTEST_PART]
        for part in parts if len(parts) > 1 else ():
            pieces, certainty = self.nearest(part, told)
            answers = self.bands.band(certainty) == Band.ANSWER
            if answers and not is_talk(self.note(pieces[0].id)):
                return self._made(Kind.NOTE, Band.ANSWER, pieces, certainty, text)
        return None

    def _without_slips(self, text: str) -> str:
        """Return a text in which no character stands twice that stands so in no note."""

        def once(run: re.Match[str]) -> str:
            pair, ends = run[1] * 2, run.start() + 1
            named = any(one.end == ends for one in self.index.names.find(text))  # 当归归哪一类
            return pair if named or pair in self.index.lexicon.pairs else run[1]

        return _RUN.sub(once, text)

    def subject(self, subject_id: str) -> Subject | None:
        """Return the subject that a turn stored, None where it stands here no longer."""
        kind, _, rest = subject_id.partition(":")
        if kind == "note" and (at := self.index.at(rest)) is not None:
            return Subject(subject_id, self.index.note(at).topic)
        return self.cells.subject(subject_id) if kind == "row" else None

    def note(self, note_id: str) -> Note | None:
        """Return a note by its id."""
        at = self.index.at(note_id.removeprefix("note:"))
        return None if at is None else self.index.note(at)

    # --- notes -------------------------------------------------------------------------------

    def _exactly(self, text: str, told: Collection[str]) -> Found | None:
        key = compact(text)
        at = self.index.exactly(key)
        if at is None and (plain := _PARTICLES.sub("", key)) != key:
            at = self.index.exactly(plain)
        if at is None or f"note:{self.index.note(at).id}" in told:
            return None
        piece = self._piece(at, text, CERTAIN)
        return self._made(Kind.EXACT, Band.ANSWER, [piece], CERTAIN, text)

    def exactly(self, text: str) -> Found | None:
        """Find a known wording; None where it is none."""
        return self._exactly(text, ())

    def told(self, note: Note, text: str) -> Found:
        """Return what a note tells on a question in the normal form."""
        at = self.index.at(note.id)
        if at is None:
            raise KeyError(note.id)
        return self._made(Kind.NOTE, Band.ANSWER, [self._piece(at, text, 1.0)], 0.0, text)

    def _by_sound(self, text: str, told: Collection[str]) -> Found | None:
        """Find a known wording that sounds the same: with a homophone in it, or in pinyin."""
        at = self.index.heard(text)
        if at is None or f"note:{self.index.note(at).id}" in told:
            return None
        return self._made(Kind.EXACT, Band.ANSWER, [self._piece(at, text, _HEARD)], _HEARD, text)

    def scores(self, text: str) -> NDArray[np.float64]:
        """Return the score of each note for a normal text, (N,)."""
        scores = self.index.similarity.scores(text)
        for subject, places in self.index.later.items():
            if subject not in text:
                scores[places] = -1.0
        return scores

    def nearest(self, text: str, told: Collection[str] = ()) -> tuple[list[Piece], float]:
        """Return the nearest notes of different topics, and the log odds of the first."""
        if not len(self.index.notes):
            return [], -CERTAIN
        scores = self.scores(text)
        most = min(_NEAREST, len(scores))
        order = np.argpartition(-scores, most - 1)[:most]
        pieces: list[Piece] = []
        for at in order[np.argsort(-scores[order], kind="stable")]:
            note = self.index.note(int(at))
            if f"note:{note.id}" in told or any(one.topic == note.topic for one in pieces):
                continue
            if self.index.similarity.fresh and is_beside(note, text):
                continue
            pieces.append(self._piece(int(at), text, float(scores[at])))
            if len(pieces) == MOST_PIECES:
                break
        if not pieces:
            return [], -CERTAIN
        first = self.note(pieces[0].id)
        if first is None:
            raise KeyError(pieces[0].id)
        numbers = closeness(text, pieces, first)
        certainty = self.bands.certainty(numbers, learned=not self.index.similarity.fresh)
        whole = "\n".join((first.topic, *first.questions, *first.answers))
        names = (first.topic, *(one.name for one in self.index.names.find(text)))
        silent = certainty < _PLAIN and has_no_word_of_it(whole, text, names)
        if silent or is_beside_the_matter(whole, text):
            certainty = min(certainty, self.bands.answer - 0.01)
        return pieces, certainty

    def _unsure(
        self, text: str, mentions: Sequence[Mention], hit: Hit | None, told: Collection[str]
    ) -> Found:
        """Find the nearest note; where that is not sure, show what a name stands for."""
        pieces, certainty = self.nearest(text, told)
        band = self.bands.band(certainty)
        if pieces and not self._tells_of(pieces[0], mentions):
            band = Band.PASS if any(not one.owners for one in mentions) else Band.OFFER
            certainty = min(certainty, self.bands.answer - 0.01)
        least = OTHER if hit is not None and hit.relation == CARD else _SURELY_OTHER
        likely = hit is not None and hit.sure >= _LIKELY and hit.other < least
        if hit is not None and likely and (band != Band.ANSWER or certainty < _STRONG_NOTE):
            fact = self._of_table(hit, text)
            if fact is not None:
                return fact
        if band == Band.ANSWER and not self._compares_others(hit, pieces[0], text):
            return self._made(Kind.NOTE, band, pieces, certainty, text)
        if hit is not None:
            return self._of_name(hit, text, pieces if band == Band.OFFER else [], certainty)
        if band == Band.OFFER:
            return self._made(Kind.NOTE, band, pieces, certainty, text)
        return Found(Kind.NONE, Band.PASS, (), certainty, text)

    def _of_table(self, hit: Hit, text: str) -> Found | None:
        """Return the facts that are asked for; None where the question is of another matter."""
        found = self.cells.answer(hit, text)
        if found is None or found.band != Band.ANSWER:
            return found
        told = "".join(one.text for one in found.pieces)
        return None if is_beside_the_matter(told, text) else found

    def _of_name(self, hit: Hit, text: str, pieces: Sequence[Piece], certainty: float) -> Found:
        """Return what is told of a name where it is not clear what is asked of it.

        Its card holds the answer if it is a matter of the table, and is beside it if not.
        """
        if len(hit.rows) == 2 and compares(text) and not hit.personal:
            return self.cells.cards(hit, text)
        cards = self.cells.cards(hit, text)
        card = "".join(one.text for one in cards.pieces)
        fits = hit.other < OTHER or (hit.named and not hit.personal)
        if fits and not is_beside_the_matter(card, text):
            return cards
        near = [one for one in pieces if any(row.name in one.topic for row, _ in hit.rows)]
        lacks = self.cells.lacks(hit, text, certainty)
        return replace(lacks, pieces=(*near, *lacks.pieces)[:MOST_PIECES])

    def _compares_others(self, hit: Hit | None, piece: Piece, text: str) -> bool:
        """Return whether two names are to be compared, and the note is asked about other ones."""
        note = self.note(piece.id)
        if hit is None or note is None or len(hit.rows) != 2 or not compares(text):
            return False
        asked = spelt("\n".join((note.topic, *note.questions)))
        return not all(any(spelt(one) in asked for one in row.names) for row, _ in hit.rows)

    def _tells_of(self, piece: Piece, mentions: Sequence[Mention]) -> bool:
        """Return whether a note speaks of the entities in the question, by any name."""
        note = self.note(piece.id)
        if note is None:
            return False
        said = spelt(" ".join((note.topic, *note.questions, *note.answers)))
        for one in mentions:
            names = {one.name, *(spelt(n) for _, row in one.owners for n in row.names)}
            if not any(name in said for name in names):
                return False
        return True

    def _piece(self, at: int, text: str, score: float) -> Piece:
        note = self.index.note(at)
        answer = note.answers[sum(map(ord, text)) % len(note.answers)]
        source = note.source or str(note.place)
        ask = note.questions[0]
        if note.subject and note.subject not in ask:
            ask = f"{note.subject}，{ask}"
        return Piece(f"note:{note.id}", answer, note.topic, ask, source, score, note.old)

    def _group(self, text: str) -> Found | None:
        hit = self.index.groups.find(text)
        if hit is None:
            return None
        value, table, column, names = hit
        told = tell_group(value, names)
        piece = Piece(f"group:{table}/{column}/{value}", told, value, text, table, 1.0)
        return self._made(Kind.GROUP, Band.ANSWER, [piece], CERTAIN, text)

    def _made(
        self, kind: Kind, band: Band, pieces: Sequence[Piece], certainty: float, text: str
    ) -> Found:
        return Found(kind, band, tuple(pieces), certainty, text, self.subject(pieces[0].id))


def _bounded(text: str) -> str:
    """Return a text of bounded length: of a long one its beginning and its end."""
    return text if len(text) <= _LONGEST else text[: _LONGEST // 2] + text[-_LONGEST // 2 :]
