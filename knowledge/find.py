"""The finder: exact wording; name and relation; the nearest note by encoder and BM25.

    finder = Finder(read_folder(folder))
    found = finder.look_up("黄芪有什么功效")             one question by itself
    found = finder.understand("有毒吗", last=subject)   one that may go on from the turn before

At most 1 ms (p95) over 5,000 notes. Nothing in it changes after it is made, so threads share it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.bands import Bands, shipped_bands
from knowledge.encoder import Encoder, shipped_encoder
from knowledge.entities import Mention, masked, spelt
from knowledge.found import Band, Found, Kind, Piece, Subject
from knowledge.going_on import are_rivals, beside, heads, shares_words
from knowledge.index import Index
from knowledge.notes import Knowledge, Note, Row, Table
from knowledge.relations import CARD
from knowledge.sentences import tell_card, tell_fact, tell_group
from knowledge.talk import is_beside
from xinglin.normal import compact, mend_names, normal_form, spell_names

CERTAIN = 9.0
MOST_PIECES = 3
_LONGEST = 300
_SURE, _SURE_OF_SEVERAL = 0.5, 0.6
_OTHER, _SURELY_OTHER = 0.5, 0.97
_LIKELY, _STRONG_NOTE = 0.85, 0.5
_NEAREST = 24
_PARTICLES = re.compile("[呀啊哦嘛哈啦呢]+$")
_THEN = re.compile("(?:那么?|还有|换成|要是|如果是)?(?:呢|怎么样|如何)?[？?。]?")
# What a fact does not answer: a note may, or the rules of safety.
_PERSONAL = re.compile("孕|怀|哺乳|小孩|孩子|宝宝|婴|老人|老年|癌|肿瘤|糖尿|血压|心脏病|过敏|手术")


@dataclass(frozen=True, slots=True)
class _Hit:
    """A question that a table may answer.

    Attributes:
        table: where the names stand.
        rows: entities, with the names that the question gives them.
        relation: what is asked for.
        sure: its probability, if something of the table is asked for.
        other: the probability that something else is.
        personal: whether it is about somebody's body, of which a fact says nothing.
    """

    table: Table
    rows: tuple[tuple[Row, str], ...]
    relation: str
    sure: float
    other: float
    personal: bool


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
        self.index, self._bands = knowledge, bands or shipped_bands()
        self._rows = {f"{table.id}/{row.name}": (table, row) for table, row in knowledge.rows()}

    def understand(
        self, question: str, last: Subject | None = None, told: Collection[str] = ()
    ) -> Found:
        """Find for a question as it stands, or with what the last turn was about before it.

        Args:
            question: as the follower wrote it.
            last: the subject of the last turn.
            told: ids of pieces that were told in this conversation. Who asks the same in full words
                gets the same; what goes on from the last turn gets something new.
        """
        alone = self.look_up(question)
        if last is None:
            return replace(alone, band=Band.OFFER) if self._has_rivals(alone) else alone
        if alone.kind == Kind.CELL:
            return alone
        if alone.kind == Kind.EXACT and not self._asks_the_same(alone.question, last):
            return alone
        carried = self._carried(alone.question, last, told)
        if carried.kind == Kind.NONE:
            return self._kept_to(last, alone, carried, alone)
        if alone.kind == Kind.EXACT:
            return carried if carried.kind == Kind.CELL else alone
        goes_on = self._bands.carries(alone.question, alone, carried) > 0
        return self._kept_to(last, alone, carried, carried if goes_on else alone)

    def both(self, question: str, last: Subject, told: Collection[str] = ()) -> tuple[Found, Found]:
        """Return what is found for a question alone, and with the last subject."""
        alone = self.look_up(question)
        return alone, self._carried(alone.question, last, told)

    def look_up(self, question: str, told: Collection[str] = ()) -> Found:
        """Find for a question by itself, leaving out what was told."""
        return self._look_up(normal_form(question), told)

    def _look_up(self, text: str, told: Collection[str]) -> Found:
        """Find for a question in its normal form."""
        text = _bounded(text).lower()
        if found := self._exactly(text, told):
            return found
        mended = mend_names(spell_names(text, self.index.lexicon), self.index.lexicon)
        if mended != text and (found := self._exactly(mended, told)):
            return found
        mentions = self.index.names.find(mended)
        hit = self._hit(mended, mentions)
        if mended != text and not (hit and hit.sure >= _SURE and hit.other < _OTHER):
            mended, mentions = text, self.index.names.find(text)  # the slip was none
            hit = self._hit(mended, mentions)
        lacking = tuple(one.name for one in mentions if not one.owners)
        hit = None if lacking else hit
        sure = hit is not None and hit.sure >= _SURE and hit.other < _OTHER
        found = self._of_table(hit, mended) if hit is not None and sure else None
        if found is None and not mentions:
            found = self._group(mended)
        if found is None:
            found = self._unsure(mended, mentions, hit, told)
        names = tuple(dict.fromkeys(row.name for one in mentions for _, row in one.owners))
        return replace(found, names=names, lacking=lacking)

    def subject(self, subject_id: str) -> Subject | None:
        """Return the subject that a turn stored, None where it stands here no longer."""
        kind, _, rest = subject_id.partition(":")
        if kind == "note" and (at := self.index.at(rest)) is not None:
            return Subject(subject_id, self.index.note(at).topic)
        if kind == "row" and rest in self._rows:
            return Subject(subject_id, self._rows[rest][1].name)
        place, _, relation = rest.rpartition("/")
        if kind == "row" and place in self._rows:
            return Subject(subject_id, self._rows[place][1].name, relation)
        return None

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
        lead = pieces[0].score - (pieces[1].score if len(pieces) > 1 else 0.0)
        return pieces, self._bands.certainty(
            pieces[0].score, lead, learned=not self.index.similarity.fresh
        )

    def _unsure(
        self, text: str, mentions: Sequence[Mention], hit: _Hit | None, told: Collection[str]
    ) -> Found:
        """Find the nearest note; where that is not sure, show what a name stands for."""
        pieces, certainty = self.nearest(text, told)
        band = self._bands.band(certainty)
        if pieces and not self._tells_of(pieces[0], mentions):
            band = Band.PASS if any(not one.owners for one in mentions) else Band.OFFER
            certainty = min(certainty, self._bands.answer - 0.01)
        likely = hit is not None and hit.sure >= _LIKELY and hit.other < _SURELY_OTHER
        if hit is not None and likely and (band != Band.ANSWER or certainty < _STRONG_NOTE):
            fact = self._of_table(hit, text)
            if fact is not None:
                return fact
        if band == Band.ANSWER:
            return self._made(Kind.NOTE, band, pieces, certainty, text)
        if hit is not None:
            cards = [self._card(hit.table, row, name) for row, name in hit.rows[:MOST_PIECES]]
            if hit.other >= _SURELY_OTHER and (hit.sure < _SURE or hit.personal):
                both = [*cards, *pieces][:MOST_PIECES]
                return self._made(Kind.CARD, Band.OFFER, both, certainty, text)
            return self._made(Kind.CARD, Band.ANSWER, cards, hit.sure, text)
        if band == Band.OFFER:
            return self._made(Kind.NOTE, band, pieces, certainty, text)
        return Found(Kind.NONE, Band.PASS, (), certainty, text)

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

    # --- tables ------------------------------------------------------------------------------

    def _hit(self, text: str, mentions: Sequence[Mention]) -> _Hit | None:
        """Return the likeliest reading of a question that names entities."""
        hits = []
        for table in {id(t): t for one in mentions for t, _ in one.owners}.values():
            rows = {
                id(row): (row, one.name)
                for one in mentions
                for owner, row in one.owners
                if owner is table
            }
            asked = self.index.models[table.id].ask(masked(text, mentions, table))
            personal = asked.relation != CARD and _PERSONAL.search(text) is not None
            other = 1.0 if personal else asked.other
            found = tuple(rows.values())
            hits.append(_Hit(table, found, asked.relation, asked.sure, other, personal))
        return max(hits, key=lambda one: (1 - one.other) * one.sure, default=None)

    def _of_table(self, hit: _Hit, text: str) -> Found | None:
        if len(hit.rows) > MOST_PIECES:
            return None
        if len(hit.rows) > 1 and hit.sure < _SURE_OF_SEVERAL:
            return None
        if hit.relation == CARD:
            cards = [self._card(hit.table, row, name) for row, name in hit.rows]
            return self._made(Kind.CARD, Band.ANSWER, cards, _odds(hit.sure), text)
        facts = [self._fact(hit, row, name) for row, name in hit.rows]
        told = [one for one in facts if one is not None]
        if not told:  # the cell is empty: nothing is known of this
            cards = [self._card(hit.table, row, name) for row, name in hit.rows]
            return self._made(Kind.CARD, Band.OFFER, cards, -_odds(hit.sure), text)
        return self._made(Kind.CELL, Band.ANSWER, told, _odds(hit.sure), text)

    def _fact(self, hit: _Hit, row: Row, name: str) -> Piece | None:
        forms = self.index.models[hit.table.id].relations[hit.relation]
        text = tell_fact(row, forms, _alias(row, name))
        if not text:
            return None
        where = f"row:{hit.table.id}/{row.name}/{hit.relation}"
        ask = f"{row.name}的{hit.relation}"
        return Piece(where, text, f"{row.name} {hit.relation}", ask, str(row.place), hit.sure)

    def _card(self, table: Table, row: Row, name: str) -> Piece:
        text = tell_card(table, row, _alias(row, name))
        where = f"row:{table.id}/{row.name}"
        return Piece(where, text, row.name, row.name, str(row.place), 1.0)

    def _group(self, text: str) -> Found | None:
        hit = self.index.groups.find(text)
        if hit is None:
            return None
        value, table, column, names = hit
        told = tell_group(value, names)
        piece = Piece(f"group:{table}/{column}/{value}", told, value, text, table, 1.0)
        return self._made(Kind.GROUP, Band.ANSWER, [piece], CERTAIN, text)

    # --- turns -------------------------------------------------------------------------------

    def _asks_the_same(self, text: str, last: Subject) -> bool:
        """Return whether a text is hardly more than another name than the last subject."""
        names = [one for one in self.index.names.find(text) if one.owners]
        if len(names) != 1 or not last.relation:
            return False
        return _THEN.fullmatch(text[: names[0].start] + text[names[0].end :]) is not None

    def _carried(self, text: str, last: Subject, told: Collection[str]) -> Found:
        """Find with the last subject before the question."""
        if self._asks_the_same(text, last):  # 那当归呢
            names = [one for one in self.index.names.find(text) if one.owners]
            return self._look_up(f"{names[0].name}的{last.relation}", told)
        if last.name and spelt(last.name) in text:
            return self._look_up(text, told)
        found = self._look_up(f"{last.name}，{text}", told)
        names = self.index.names.find(spelt(last.name)) if last.id.startswith("note:") else []
        if found.kind in {Kind.CELL, Kind.EXACT} or len(names) != 1:
            return found
        cell = self._look_up(f"{names[0].name}，{text}", told)
        return cell if cell.kind == Kind.CELL else found

    def _kept_to(self, last: Subject, alone: Found, carried: Found, chosen: Found) -> Found:
        """Return what was chosen, but tell nothing of another thing than the last subject."""
        named = alone.names or alone.lacking
        if named or chosen.band != Band.ANSWER or not self._is_elsewhere(chosen, alone, last):
            return chosen
        other = alone if chosen is carried else carried
        answers = other.band == Band.ANSWER and other.kind in {Kind.EXACT, Kind.CELL, Kind.NOTE}
        note = self.note(other.pieces[0].id) if answers and other.kind == Kind.NOTE else None
        if note is not None and not shares_words((note.topic, *note.questions), alone.question):
            answers = False
        if answers and not self._is_elsewhere(other, alone, last):
            return other
        return replace(carried if carried.band == Band.OFFER else alone, band=Band.OFFER)

    def _is_elsewhere(self, found: Found, alone: Found, last: Subject) -> bool:
        """Return whether the note that was found speaks of a name that is not the subject's."""
        note = self.note(found.pieces[0].id) if found.kind == Kind.NOTE else None
        if note is None or found.pieces[0].id == last.id:
            return False
        wordings, own = (note.topic, *note.questions), self._own(last)
        mentions = [self.index.names.find(spelt(one)) for one in wordings]
        if all(mentions):
            return not any(one.name in own for found in mentions for one in found)
        named = heads(wordings, alone.question)
        if named and not any(spelt(one) in own for one in named):
            return True
        return self._has_rivals(found) or all(beside(one, last.name) for one in wordings)

    def _own(self, last: Subject) -> str:
        """Return all that stands of a subject: its names, its facts, its note."""
        note = self.note(last.id)
        texts = [last.name, *((*note.questions, *note.answers) if note else ())]
        rows = [self._rows.get(last.id.removeprefix("row:").removesuffix(f"/{last.relation}"))]
        if note is not None:
            found = self.index.names.find(spelt(last.name))
            rows += [owner for one in found for owner in one.owners]
        for table, row in filter(None, rows):
            texts += [table.id, *row.names, *row.cells.values()]
        return spelt("\n".join(texts))

    def _has_rivals(self, found: Found) -> bool:
        """Return whether a question that names nothing was answered for one name of several."""
        if found.kind != Kind.NOTE or found.band != Band.ANSWER or found.names:
            return False
        notes = [note for one in found.pieces if (note := self.note(one.id)) is not None]
        return are_rivals([(one.topic, *one.questions) for one in notes], found.question)

    def _made(
        self, kind: Kind, band: Band, pieces: Sequence[Piece], certainty: float, text: str
    ) -> Found:
        return Found(kind, band, tuple(pieces), certainty, text, self.subject(pieces[0].id))


def _alias(row: Row, name: str) -> str:
    return next((one for one in row.aliases if spelt(one) == name), "")


def _odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return float(np.log(chance / (1 - chance)))


def _bounded(text: str) -> str:
    """Return a text of bounded length: of a long one its beginning and its end."""
    return text if len(text) <= _LONGEST else text[: _LONGEST // 2] + text[-_LONGEST // 2 :]
