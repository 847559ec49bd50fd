"""A question as a turn of a conversation: by itself, or going on from what was said before.

    turns = Turns(finder)
    found = turns.understand("有毒吗", Before(subject))

A question is looked up alone and with the last subject; a learned choice takes one. Some forms say
themselves how they go on: another thing (那当归呢), more (还有呢), a comparison (和黄芩比呢). Where
nothing is found for what goes on, the last note is told again if it has that, else the reply says
so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from knowledge.entities import spelt
from knowledge.find import Finder
from knowledge.found import Band, Before, Found, Kind, Piece, Subject
from knowledge.going_on import are_rivals, beside, heads, shares_words
from knowledge.moves import (
    another,
    asks_more,
    asks_which,
    compared_with,
    is_generic,
    says_it,
    tells_of_it,
)
from knowledge.notes import Note
from knowledge.talk import is_talk
from xinglin.normal import compact, normal_form

_NOTHING_BEFORE = Before()
_SAID = 0.5
_LEAST_LEANING, _SURELY, _CLEARLY = -2.2, 9.0, 1.0
_MOST_INSTEAD = 3
_CHANGED = range(1, 5)


class Turns:
    """Finds for the turns of conversations; holds nothing of them."""

    def __init__(self, finder: Finder) -> None:
        """Take the finder of an account."""
        self._finder, self._index = finder, finder.index

    def understand(self, question: str, before: Before = _NOTHING_BEFORE) -> Found:
        """Find for a question as it stands, or with what came before it."""
        alone = self._finder.look_up(question)
        last = before.subject
        if last is None:
            return self._without_subject(alone)
        found = self._moved(alone, last, before)
        if found is not None or alone.kind in {Kind.CELL, Kind.GROUP}:
            return found or alone
        if alone.kind == Kind.EXACT:
            return self._exact(alone, last, before)
        return self._either(alone, last, before)

    def _either(self, alone: Found, last: Subject, before: Before) -> Found:
        """Return what is found for a question by itself, or with the subject."""
        carried = self._carried(alone.question, last, before)
        if self._is_unclear(carried, alone, last, before):
            return replace(alone, kind=Kind.UNCLEAR, band=Band.PASS, pieces=(), subject=None)
        leaning = self._leaning(alone, carried)
        found = self._kept_to(last, alone, carried, carried if leaning > 0 else alone)
        named = alone.names or alone.lacking
        if found.band == Band.ANSWER or named or leaning < _LEAST_LEANING:
            return found
        return self._held_to(carried, alone.question, last, before)

    def both(self, question: str, last: Subject, told: Collection[str] = ()) -> tuple[Found, Found]:
        """Return what is found for a question alone, and with the last subject."""
        alone = self._finder.look_up(question)
        return alone, self._carried(alone.question, last, Before(last, told))

    def _without_subject(self, alone: Found) -> Found:
        if self._has_rivals(alone):
            return replace(alone, band=Band.OFFER)
        named = alone.names or alone.lacking or alone.kind == Kind.EXACT
        if not named and says_it(alone.question):
            return replace(alone, kind=Kind.UNCLEAR, band=Band.PASS, pieces=(), subject=None)
        return alone

    # --- forms that say how they go on ----------------------------------------------------------

    def _moved(self, alone: Found, last: Subject, before: Before) -> Found | None:
        """Return what a form of going on finds; None where the text has none."""
        text = alone.question
        if asks_more(text):
            return self._more(text, last, before)
        if last.relation and asks_which(text):
            return self._finder.look_up(f"{last.name}的{last.relation}")
        if other := compared_with(text):
            return self._compared(last, other, before)
        other = another(text)
        if not other:
            return None
        if alone.kind == Kind.EXACT and not is_talk(self._finder.note(alone.pieces[0].id)):
            carried = self._carried(text, last, before)
            return carried if carried.kind == Kind.CELL else self._instead(other, before)
        return self._of_another(alone, other, last, before)

    def _more(self, text: str, last: Subject, before: Before) -> Found:
        note = self._finder.note(last.id)
        if note is not None:
            answers = [one for one in note.answers if _said(one, before.said) < _SAID]
            if answers:
                return self._told(note, answers[0], text)
        card = self._finder.cells.card(last) if last.relation else None
        if card is not None and _said(card.pieces[0].text, before.said) < _SAID:
            return card
        topics = self._topics(last, before)
        return Found(Kind.ALL, Band.OFFER, topics, 0.0, text, last, about=last.name)

    def _compared(self, last: Subject, other: str, before: Before) -> Found | None:
        for name in self._referents(last, before) or [last.name]:
            found = self._finder.look_up(f"{name}和{other}有什么区别")
            both = self._speaks_of(found, other) and self._speaks_of(found, name)
            if found.band == Band.ANSWER and both:
                return found
        return None

    def _of_another(self, alone: Found, other: str, last: Subject, before: Before) -> Found | None:
        names = self._index.names.find(other)
        if len(names) == 1 and names[0].owners and names[0].name == spelt(other):
            asked = self._finder.look_up(f"{other}的{last.relation}") if last.relation else None
            if asked is not None and asked.band == Band.ANSWER:
                return asked
            return self._instead(other, before) or self._finder.look_up(other)
        return None if names else self._of_unknown(alone, other, last, before)

    def _of_unknown(self, alone: Found, other: str, last: Subject, before: Before) -> Found | None:
        """Find for another thing that no table names; it may be a relation (味道呢), or a topic."""
        carried = self._carried(alone.question, last, before)
        if carried.kind in {Kind.CELL, Kind.EXACT} and carried.certainty > _CLEARLY:
            return carried
        found = self._instead(other, before)
        note = self._finder.note(last.id)
        if found is not None or (note and tells_of_it(_text(note), alone.question)):
            return found
        for found in (alone, self._finder.look_up(other)):
            if found.band == Band.ANSWER and self._speaks_of(found, other):
                return found
        return None

    def _instead(self, other: str, before: Before) -> Found | None:
        """Find the last full question with another thing in it: 春天怎么养生 after 冬天怎么养生."""
        asked = before.asked
        if not other or not asked or other in asked:
            return None
        likely = [f"{other}{asked[len(other) :]}", f"{other}{asked}"]
        for text in dict.fromkeys((*likely, *_with_other(asked, other))):
            found = self._finder.exactly(text)
            if found is not None:
                return found
        for text in likely:
            found = self._finder.look_up(text)
            alike = shares_words(self._wordings(found), asked)
            if found.band == Band.ANSWER and alike and self._speaks_of(found, other):
                return found
        return None

    # --- alone, or with the subject ---------------------------------------------------------------

    def _exact(self, alone: Found, last: Subject, before: Before) -> Found:
        """Return a known wording's note, unless the words go on from the subject: 为什么."""
        text = alone.question
        carried = self._carried(text, last, before)
        if compact(carried.question) == compact(last.name):  # 谢谢: nothing of it is a question
            return alone
        general, small = is_generic(text), is_talk(self._finder.note(alone.pieces[0].id))
        asks = general or not small or tells_of_it(self._text_of(carried), text)
        if carried.kind == Kind.CELL or (carried.kind == Kind.EXACT and asks):
            return carried
        return self._held_to(carried, text, last, before) if general and small else alone

    def _leaning(self, alone: Found, carried: Found) -> float:
        """Return log odds that a question goes on from the subject."""
        text = alone.question
        if says_it(text) or is_generic(text):
            return _SURELY
        if carried.kind == Kind.NONE:
            return min(0.0, self._finder.bands.carries(text, alone, carried))
        return self._finder.bands.carries(text, alone, carried)

    def _carried(self, text: str, last: Subject, before: Before) -> Found:
        """Find with the last subject before the question."""
        told = before.told
        if last.name and spelt(last.name) in text:
            return self._finder.look_up(text, told)
        found = self._finder.look_up(f"{last.name}，{text}", told)
        names = self._referents(last, before) if last.id.startswith("note:") else []
        if found.kind == Kind.EXACT or len(names) != 1:
            return found
        cell = self._finder.look_up(f"{names[0]}，{text}", told)
        return cell if cell.kind in {Kind.CELL, Kind.EXACT} else found

    def _referents(self, last: Subject, before: Before) -> list[str]:
        """Return the names of tables that "it" may be: the subject's, else the question's."""
        for text in (spelt(last.name), before.asked):
            names = [one.name for one in self._index.names.find(text) if one.owners]
            if names:
                return list(dict.fromkeys(names))
        return []

    def _held_to(self, carried: Found, text: str, last: Subject, before: Before) -> Found:
        """Return what is said of the subject itself where nothing was found for a follow-up."""
        near = carried.band != Band.PASS and self._speaks_of(carried, last.name)
        if near and carried.band == Band.ANSWER and tells_of_it(self._text_of(carried), text):
            return carried
        note = self._finder.note(last.id)
        if note is not None and tells_of_it(_text(note), text):
            return self._again(note, text, before)
        if near and carried.band == Band.OFFER:
            return carried
        topics = self._topics(last, before)
        return Found(Kind.LACKS, Band.OFFER, topics, carried.certainty, text, last, about=last.name)

    def _is_unclear(self, carried: Found, alone: Found, last: Subject, before: Before) -> bool:
        """Return whether "it" is asked for a fact that the last subject cannot have."""
        text = alone.question
        if not says_it(text) or alone.names or alone.lacking or self._referents(last, before):
            return False
        if last.id.startswith("row:") or carried.kind in {Kind.CELL, Kind.EXACT}:
            return False
        told = tells_of_it(self._text_of(carried), text)
        return not told and self._finder.cells.asks_a_table(text)

    def _again(self, note: Note, text: str, before: Before) -> Found:
        """Tell a note once more, in words that were not used if there are any."""
        return self._told(note, min(note.answers, key=lambda one: _said(one, before.said)), text)

    def _told(self, note: Note, answer: str, text: str) -> Found:
        found = self._finder.told(note, text)
        return replace(found, pieces=(replace(found.pieces[0], text=answer),))

    def _topics(self, last: Subject, before: Before) -> tuple[Piece, ...]:
        """Return what may be asked of a subject."""
        facts = self._finder.cells.facts(last)
        if facts:
            return facts
        told = {*before.told, last.id}
        pieces, _ = self._finder.nearest(last.name, told)
        return tuple(one for one in pieces if shares_words((one.topic,), last.name))

    def _text_of(self, found: Found) -> str:
        note = self._finder.note(found.pieces[0].id) if found.pieces else None
        return _text(note) if note is not None else "\n".join(one.text for one in found.pieces)

    def _wordings(self, found: Found) -> tuple[str, ...]:
        note = self._finder.note(found.pieces[0].id) if found.pieces else None
        return (note.topic, *note.questions) if note is not None else (found.question,)

    def _speaks_of(self, found: Found, name: str) -> bool:
        """Return whether the first piece speaks of a name."""
        if found.kind in {Kind.CELL, Kind.CARD}:
            return spelt(name) in found.question
        note = self._finder.note(found.pieces[0].id) if found.pieces else None
        return note is not None and spelt(name) in spelt(
            "\n".join((note.topic, *note.questions, *note.answers))
        )

    def _kept_to(self, last: Subject, alone: Found, carried: Found, chosen: Found) -> Found:
        """Return what was chosen, but tell nothing of another thing than the last subject."""
        named = alone.names or alone.lacking
        if named or chosen.band != Band.ANSWER:
            return chosen
        sibling = chosen is carried and self._is_sibling(carried, alone, last)
        if not sibling and not self._is_elsewhere(chosen, alone, last):
            return chosen
        other = alone if chosen is carried else carried
        answers = other.band == Band.ANSWER and other.kind in {Kind.EXACT, Kind.CELL, Kind.NOTE}
        is_note = answers and other.kind == Kind.NOTE
        note = self._finder.note(other.pieces[0].id) if is_note else None
        if note is not None and not shares_words((note.topic, *note.questions), alone.question):
            answers = False
        if answers and not self._is_elsewhere(other, alone, last):
            return other
        return replace(carried if carried.band == Band.OFFER else alone, band=Band.OFFER)

    def _is_sibling(self, carried: Found, alone: Found, last: Subject) -> bool:
        """Return whether the subject led to a note that has no word of it: 立秋 after 立春."""
        note = self._finder.note(carried.pieces[0].id) if carried.kind == Kind.NOTE else None
        same = bool(alone.pieces) and alone.pieces[0].id == carried.pieces[0].id
        if note is None or (same and alone.band == Band.ANSWER):
            return False
        return not shares_words((note.topic, _text(note)), last.name)

    def _is_elsewhere(self, found: Found, alone: Found, last: Subject) -> bool:
        """Return whether the note that was found speaks of a name that is not the subject's."""
        note = self._finder.note(found.pieces[0].id) if found.kind == Kind.NOTE else None
        if note is None or found.pieces[0].id == last.id:
            return False
        wordings, own = (note.topic, *note.questions), self._own(last)
        mentions = [self._index.names.find(spelt(one)) for one in wordings]
        if all(mentions):
            return not any(one.name in own for found in mentions for one in found)
        named = heads(wordings, alone.question)
        if named and not any(spelt(one) in own for one in named):
            return True
        return self._has_rivals(found) or all(beside(one, last.name) for one in wordings)

    def _own(self, last: Subject) -> str:
        """Return all that stands of a subject: its names, its facts, its note."""
        note = self._finder.note(last.id)
        texts = [last.name, *((*note.questions, *note.answers) if note else ())]
        rows = [self._finder.cells.row(last)]
        if note is not None:
            found = self._index.names.find(spelt(last.name))
            rows += [owner for one in found for owner in one.owners]
        for table, row in filter(None, rows):
            texts += [table.id, *row.names, *row.cells.values()]
        return spelt("\n".join(texts))

    def _has_rivals(self, found: Found) -> bool:
        """Return whether a question that names nothing was answered for one name of several."""
        if found.kind != Kind.NOTE or found.band != Band.ANSWER or found.names:
            return False
        notes = [note for one in found.pieces if (note := self._finder.note(one.id)) is not None]
        return are_rivals([(one.topic, *one.questions) for one in notes], found.question)


def _text(note: Note) -> str:
    return "\n".join((*note.questions, *note.answers))


def _said(text: str, said: str) -> float:
    """Return the share of a text's pairs of characters that were said before."""
    pairs = {text[at : at + 2] for at in range(len(text) - 1)}
    return sum(pair in said for pair in pairs) / max(1, len(pairs))


def _with_other(asked: str, other: str) -> Iterator[str]:
    """Yield a question with another thing in the place of each short run of its characters."""
    for size in _CHANGED:
        for at in range(len(asked) - size + 1):
            yield asked[:at] + other + asked[at + size :]


def last_full(questions: Sequence[str]) -> str:
    """Return the last question in full words, in the normal form; "" where none is."""
    for question in reversed(questions):
        text = normal_form(question)
        if not (asks_more(text) or another(text) or compared_with(text)):
            return text
    return ""
