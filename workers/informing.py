"""From what stands written to what a follower is told: copied, written by the model, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from knowledge.answer import Answer, answer, told_pieces
from knowledge.check import Fault, Reason, Verdict
from knowledge.concepts import concepts
from knowledge.drafts import judge, refuses
from knowledge.faithful import mended
from knowledge.found import Band, Kind
from knowledge.library import LibraryError, Passage, quote
from knowledge.moves import content_pieces
from knowledge.notes import Note
from knowledge.ranker import Ranker
from workers.choosing import surest
from workers.drafting import Draft, Drafter, DraftRound, Task, likeliest
from workers.knowledge_holder import Known
from workers.marks import Marks, before_turn, recall
from workers.model_holder import LoadedModel
from workers.said_of_self import asked_of_self, in_view, introduces, remembered
from workers.small_talk import is_small_talk, stays_on_topic
from xinglin.account import Texts
from xinglin.account.markup import fill
from xinglin.clock import SYSTEM, Clock
from xinglin.policy import clean_copy, mend_end
from xinglin.safety.rules import judge as judge_danger
from xinglin.safety.said import facts_in
from xinglin.safety.veto import without_harmless_claims
from xinglin.store import Turn
from xinglin.store.records import Claim
from xinglin.wechat.replies import tap_link

_LONGEST_TAP = 30
"""Characters of a question behind a link: each takes nine bytes there, and three fit one bubble."""

_SOURCES = frozenset({"出处", "原文"})
_SAID_OF_A_SUBJECT = frozenset({Kind.LACKS, Kind.ALL, Kind.UNCLEAR})
_GUESSED = -1.4
_KINDS = {Kind.EXACT: "note", Kind.NOTE: "note"}


@dataclass(frozen=True, slots=True)
class Told:
    """Answer to a follower, without warnings and label.

    Attributes:
        text: as it is remembered; "" where nothing may be shown.
        by: "cell", "card", "group", "note", "library", "source", "talk", "offered", "lacks",
            "all", "unclear", "said" or "nothing".
        wording: "copied" from what stands written, "written" by the model, or "fixed".
        shown: with links; "" for the text as it is.
        answer: what was found; None where nothing was looked up.
        find_s: time of the look-up.
        marks: for the next look-up.
        rounds: drafts that were made.
        ranker: version that chose among them; 0 for the rule.
        reranked: the rule would have chosen another.
    """

    text: str
    by: str
    wording: str
    shown: str = ""
    answer: Answer | None = None
    find_s: float = 0.0
    marks: Marks | None = None
    rounds: tuple[DraftRound, ...] = ()
    ranker: int = 0
    reranked: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """A question under way.

    Attributes:
        served: the model.
        known: what may be looked up.
        claim: the question, in its normal form.
        history: the conversation, oldest turn first.
        began: when the turn began, on the monotonic clock.
        texts: of the account.
        medical: whether it is about medicine.
        ranker: chooses among drafts that passed; None: the rule does.
    """

    served: LoadedModel
    known: Known
    claim: Claim
    history: Sequence[Turn]
    began: float
    texts: Texts
    medical: bool = True
    ranker: Ranker | None = None


class Informer:
    """Finds, lets the model write where it may, checks, and copies where it must."""

    def __init__(
        self, drafter: Drafter, blocked: Callable[[str, str], bool] | None, clock: Clock = SYSTEM
    ) -> None:
        """Prepare; arguments as in `Drafter`."""
        self._drafter, self._blocked, self._clock = drafter, blocked, clock

    def tell(self, asking: Asking) -> Told:
        """Return what a follower is told.

        Raises:
            EngineError: the engine failed.
            ResultTimeout: it hangs.
        """
        finder, claim = asking.known.finder, asking.claim
        started = self._clock.monotonic()
        marks = recall(finder, asking.history)
        if told := _of_self(asking, marks) or self._sourced(asking, marks):
            return told
        found = answer(finder, claim.text, before_turn(finder, asking.history, marks))
        find_s = self._clock.monotonic() - started
        if found.found.band == Band.ANSWER:
            told = self._answered(asking, found)
        else:
            told = self._unknown(asking, found)
            if told.shown and self._may_not(told.shown, claim):
                told = Told(asking.texts.not_found, "nothing", "fixed", rounds=told.rounds)
        return replace(told, answer=found, find_s=find_s, marks=marks.after(found))

    # --- 出处 and 原文 -------------------------------------------------------------------------

    def _sourced(self, asking: Asking, marks: Marks) -> Told | None:
        """Return where the last answer is from, if a command asks for that and there was one."""
        word = asking.claim.text.strip("。？?！! ")
        subject = asking.known.finder.subject(marks.subject) if word in _SOURCES else None
        if subject is None:
            return None
        note = asking.known.finder.note(subject.id)
        if word == "原文" and (told := self._original(asking, subject.name, note)):
            return Told(told, "library", "copied", marks=marks)
        if note is None:  # a table may have a column of that name: it is asked as ever
            return None
        values = {"topic": subject.name, "source": note.source or asking.texts.own_notes}
        return Told(fill(asking.texts.source, values), "source", "fixed", marks=marks)

    def _original(self, asking: Asking, name: str, note: Note | None) -> str:
        """Return what the books say under the last subject's headings."""
        old = note.old if note is not None else ()
        quotation = self._quotation(asking, name, old)
        return fill(asking.texts.quoted, {"quotation": quotation}) if quotation else ""

    # --- evidence ----------------------------------------------------------------------------

    def _answered(self, asking: Asking, found: Answer) -> Told:
        by = _KINDS.get(found.found.kind, found.found.kind.value)
        # A table's own sentence is the answer; a model has nothing to add to it.
        may_read = by == "note" and asking.served.engine.checkpoint.config.evidence
        reads = may_read and not _is_on_health(asking)
        rounds = (self._read(asking, found),) if reads else ()
        if rounds and (text := rounds[-1].shown):
            told = Told(text, by, "written", rounds=rounds)
            return _ranked(told, asking) if asking.ranker is not None else told
        return Told(self._copied(asking, found), by, "copied", rounds=rounds)

    def _read(self, asking: Asking, found: Answer) -> DraftRound:
        """Let the model write from the evidence; what the check refuses is not shown."""
        claim, pieces = asking.claim, told_pieces(found.found)
        evidence = tuple(piece.text for piece in pieces)

        def check(draft: str) -> Verdict:
            if refuses(draft):
                return Verdict((Reason(Fault.NOT_COVERED, draft),), 0.0)
            return judge(asking.known.checker, draft, evidence, claim.text)

        def mend(draft: str) -> str:
            return mended(draft, evidence, claim.text)

        def choose(drafts: Sequence[Draft]) -> int:
            return surest(claim.text, drafts, asking.ranker)

        topics = [piece.topic for piece in pieces]
        before = asking.history[-1:]
        task = Task(claim, before, topics, choose, asking.began, check, evidence, mend)
        return self._drafter.write(asking.served, task)

    def _copied(self, asking: Asking, found: Answer) -> str:
        """Return the evidence's own sentence; "" where it may not be shown."""
        claim = asking.claim
        topics = [piece.topic for piece in found.found.pieces]
        text = clean_copy(found.text, medical=asking.medical)
        harmless = without_harmless_claims(text, claim.text, *topics)
        text = text if harmless == text else mend_end(harmless)
        return "" if self._may_not(text, claim) else text

    def _may_not(self, text: str, claim: Claim) -> bool:
        return self._blocked is not None and self._blocked(text, claim.user)

    # --- nothing in the notes ----------------------------------------------------------------

    def _unknown(self, asking: Asking, found: Answer) -> Told:
        claim = asking.claim
        if found.found.kind in _SAID_OF_A_SUBJECT:
            return _said_of_a_subject(asking.texts, found)
        on_notes_only = _is_on_health(asking)
        offers = _sharing(found.offers, claim.text)
        if not offers and not on_notes_only and is_small_talk(claim.text, found.found):
            return self._talked(asking, found)
        # Of an account that was not learned a topic without a word of the question is a guess.
        guessed = found.found.certainty < _GUESSED and asking.known.finder.index.similarity.fresh
        topics = offers if guessed else found.offers
        if topics:
            return _offered(asking.texts, topics)
        if not on_notes_only and (told := self._quoted(asking, found)):
            return told
        nothing = asking.texts.not_found
        shown = _suggesting(asking.texts, nothing, _near(asking.known, claim.text))
        return Told(nothing, "nothing", "fixed", shown=shown)

    def _quoted(self, asking: Asking, found: Answer) -> Told | None:
        """Return what the library says on a question; None where that is nothing."""
        pieces, _ = asking.known.finder.nearest(found.found.question)
        old = pieces[0].old if pieces else ()
        quotation = self._quotation(asking, asking.claim.text, old)
        if not quotation:
            return None
        return Told(fill(asking.texts.quoted, {"quotation": quotation}), "library", "copied")

    def _talked(self, asking: Asking, found: Answer) -> Told:
        # Of an owner's world a model that never read of it says what makes no sense.
        strange = asking.known.finder.index.similarity.fresh
        rounds = () if strange else (self._talk(asking),)
        if rounds and (text := rounds[-1].shown):
            return Told(text, "talk", "written", rounds=rounds)
        listening = asking.texts.listening
        shown = _suggesting(asking.texts, listening, found.offers)
        return Told(listening, "talk", "fixed", shown=shown, rounds=rounds)

    def _talk(self, asking: Asking) -> DraftRound:
        """Let the model talk; it may claim nothing about medicine."""
        before = [turn.assistant for turn in asking.history[-1:]]

        def check(draft: str) -> Verdict:
            verdict = asking.known.checker.check_talk(draft)
            if not verdict.passes or stays_on_topic(asking.claim.text, draft):
                return verdict
            return Verdict((Reason(Fault.NOT_COVERED, draft),), 0.0)

        seen = in_view(asking.history)
        task = Task(asking.claim, seen, before, likeliest, asking.began, check)
        return self._drafter.write(asking.served, task)

    def _quotation(self, asking: Asking, question: str, old: Sequence[str]) -> str:
        """Return what the books say on a question, "" where they say nothing that may be shown."""
        library = asking.known.library
        if library is None:
            return ""
        try:
            passages = library.find(question, limit=1, also=old)
        except LibraryError:  # damaged while it was open; the holder says so when it opens it anew
            return ""
        shown = [one for one in passages if self._may_quote(one, asking.claim)]
        return quote(shown[0]) if shown else ""

    def _may_quote(self, passage: Passage, claim: Claim) -> bool:
        """Return whether a passage may be shown as it stands; a quotation is never changed."""
        context = (claim.text, passage.section)
        harmless = without_harmless_claims(passage.text, *context) == passage.text
        return harmless and not self._may_not(passage.text, claim)


def _ranked(told: Told, asking: Asking) -> Told:
    """Return a reply that a ranker chose, with what the rule would have done."""
    made, number = told.rounds[-1], asking.ranker.number if asking.ranker is not None else 0
    by_rule = surest(asking.claim.text, made.drafts)
    return replace(told, ranker=number, reranked=by_rule != made.chosen)


def _is_on_health(asking: Asking) -> bool:
    """Return whether a question is one that an account about medicine answers by a fixed text.

    It comes here where the account is about something else: a dose, or whether tea goes with a
    medicine. What the owner wrote may answer it; neither the model nor old books may.
    """
    said = facts_in("\n".join(turn.user for turn in asking.history))
    return judge_danger(asking.claim.text, said) is not None


def _of_self(asking: Asking, marks: Marks) -> Told | None:
    """Return what a follower said of himself where he asks for it, or that it was heard."""
    text, texts = asking.claim.text, asking.texts
    if said := introduces(text):
        return Told(fill(texts.heard, {"said": said.text}), "said", "fixed", marks=marks)
    asked = asked_of_self(text, asking.history)
    if asked is None:
        return None
    said = remembered(asking.history, *asked)
    told = fill(texts.said, {"said": said.text}) if said is not None else texts.not_said
    return Told(told, "said", "fixed", marks=marks)


def _offered(texts: Texts, topics: Sequence[tuple[str, str]]) -> Told:
    links = "\n".join(f"· {_link(topic, ask)}" for topic, ask in topics)
    named = "、".join(topic for topic, _ in topics)
    shown = f"{texts.offered}\n{links}"
    return Told(f"{texts.offered}{named}。", "offered", "fixed", shown=shown)


def _said_of_a_subject(texts: Texts, found: Answer) -> Told:
    """Return that nothing more stands on a subject, or that it is not clear which is meant."""
    text = getattr(texts, found.found.kind.value)
    text = fill(text, {"topic": found.found.about}) if found.found.about else text
    shown = _suggesting(texts, text, found.offers)
    return Told(text, found.found.kind.value, "fixed", shown=shown)


def _near(known: Known, question: str) -> list[tuple[str, str]]:
    """Return topics that share words with a question, with the question that finds each."""
    found, _ = known.finder.nearest(question)
    return _sharing([(one.topic, one.ask) for one in found], question)


def _sharing(topics: Iterable[tuple[str, str]], question: str) -> list[tuple[str, str]]:
    """Return the topics that share words with a question, or everyday concepts."""
    said, meant = content_pieces(question), set(concepts(question))
    return [
        (topic, ask)
        for topic, ask in topics
        if any(one in topic + ask for one in said) or meant & set(concepts(topic + ask))
    ]


def _suggesting(texts: Texts, text: str, topics: Iterable[tuple[str, str]]) -> str:
    """Return a text with links to topics, unless it has links of its own."""
    links = "、".join(_link(topic, ask) for topic, ask in topics)
    if not links or not texts.suggested or "<a " in text:
        return text
    return f"{text}\n{fill(texts.suggested, {'links': links})}"


def _link(topic: str, ask: str) -> str:
    """Return a link that asks for a topic; one whose question is too long asks by the topic."""
    topic = topic if len(topic) <= _LONGEST_TAP else f"{topic[: _LONGEST_TAP - 1]}…"
    return tap_link(topic, ask if len(ask) <= _LONGEST_TAP else topic)
