"""A draft held against its evidence: what a reply may say.

Facts of the closed vocabulary and names must stand in the evidence, or in the table for the name
that the sentence is about; numbers and books in the evidence. The other words must be covered to a
share that was calibrated on notes with two answers. Whatever contradicts a table or the evidence is
fatal: no share makes up for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge.entities import Dictionary, Mention, spelt
from knowledge.index import Index
from knowledge.notes import Knowledge, Row, Table
from knowledge.phrases import phrases_in, phrases_of
from knowledge.vocabulary import CHANNEL, NAME, NATURE, NUMBER, POISON, TASTE, Fact, facts_in
from xinglin.normal import written

COVERED = 0.5
"""Share of a draft's pairs of content characters that stand in evidence or question.

Of notes, shortened and opened politely, 99 % have more; of answers to other notes, 99.9 % less.
"""

_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*")
_CLAUSE = re.compile(r"[^。！？!?\n，,；;：:]+")
_NOT_WORD = re.compile(r"[\W_]+")
_FUNCTION = re.compile(
    "[的了是在和与也就都很会能着过吗呢吧啊呀它他她这那您你我们有为以及而或其之被把对于从到要可以还又再才将则所请让给用]"
)
_MODAL = re.compile("没有|并非|[不宜能可要会是得应该忌禁慎勿别没莫]")
_NEGATION = re.compile("不宜|不能|不可|不要|不会|不是|不得|不应|忌|禁|慎|勿|别|没有|并非|不")
_MEDICAL = re.compile(
    "古人|中医(?:认为|讲|说)|气血|阴阳|五行|脏腑|[肝肾脾肺胆胃]|心火|上火|湿气|寒气|经络|经脉|穴|针灸|艾灸|按摩|食疗|进补|补[气血阴阳]|"
    "调理|养生|治|疗|药|病|症|痛|痒|发烧|咳|痰|便秘|失眠|孕|胎|毒|剂|方子|清淡|温热|辛辣|忌口|炎|癌|瘤|拨打"
)
_COMPOSED = re.compile("组成|配成|含有|包含|包括|里有|用了|共[一二两三四五六七八九十]+味")
_PART = re.compile(
    "[的之]?(?:皮|心|叶|根|花|子|芽|壳|茎|汁|油|水|粥|茶|酒|片|粉|炭|霜|糕|汤)(?![脏肺经])"
)
_CHANGED = re.compile("[减去加少]|不用|不含|没有|没放")
_SIDES = {"寒": -1, "凉": -1, "平": 0, "温": 1, "热": 1}
_BEFORE = re.compile("[，,；;：:、。]")
_LINKS = re.compile(
    "[它其此该药方本身也又则还且而是为属的，请放心没任何根不并可说完全绝对有]|据说|大家|都说|古人|认为|其实|一般|通常|本品|本草|书"
)
_GOES_ON = ("它", "此药", "该药", "此方", "本方")
_ALIKE = 0.75
_SAME_CLAUSE = 1


class Fault(StrEnum):
    """Fault of a draft."""

    CONTRADICTS_TABLE = "contradicts a table"
    CONTRADICTS_EVIDENCE = "contradicts the evidence"
    NOT_IN_EVIDENCE = "stands neither in evidence nor in a table"
    NOT_COVERED = "too little of it stands in the evidence"
    CLAIMS_MEDICINE = "claims something about medicine without evidence"
    EMPTY = "says nothing"
    STRAYS = "is not told from one piece of the evidence"


@dataclass(frozen=True, slots=True)
class Reason:
    """A fault with what it is about.

    Attributes:
        fault: what is wrong.
        words: the words of the draft.
        against: the fact and its place that it contradicts, or "".
    """

    fault: Fault
    words: str
    against: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict on a draft.

    Attributes:
        reasons: faults; () where it may.
        coverage: share of its content that stands in evidence or question.
    """

    reasons: tuple[Reason, ...]
    coverage: float

    @property
    def passes(self) -> bool:
        """True when it may be shown."""
        return not self.reasons

    @property
    def fatal(self) -> bool:
        """True when it says the opposite of what stands written."""
        wrong = (Fault.CONTRADICTS_TABLE, Fault.CONTRADICTS_EVIDENCE)
        return any(one.fault in wrong for one in self.reasons)


class Checker:
    """Holds texts against evidence and tables; nothing in it changes."""

    def __init__(self, knowledge: Knowledge | Index, covered: float = COVERED) -> None:
        """Take the tables; `covered` as in COVERED."""
        self._covered = covered
        if isinstance(knowledge, Index):
            self._dictionary, self._phrases = knowledge.all_names, knowledge.phrases
        else:
            self._dictionary = Dictionary.of(knowledge.tables, knowledge.lacking)
            self._phrases = phrases_of(knowledge)

    def check(self, draft: str, evidence: Sequence[str], question: str = "") -> Verdict:
        """Hold a draft against the pieces of evidence that it was written from."""
        draft, asked = written(draft), written(question)
        shown = [written(one) for one in evidence]
        coverage = _coverage(draft, [*shown, asked])
        if not _NOT_WORD.sub("", draft):
            return Verdict((Reason(Fault.EMPTY, ""),), 0.0)
        reasons = [*self._against_tables(draft), *_flipped(draft, shown)]
        reasons += self._unfounded(draft, shown, asked)
        if coverage < self._covered:
            reasons.append(Reason(Fault.NOT_COVERED, f"{coverage:.2f}"))
        return Verdict(tuple(dict.fromkeys(reasons)), coverage)

    def check_talk(self, draft: str) -> Verdict:
        """Hold a reply without evidence: small talk may claim nothing about medicine."""
        draft = written(draft)
        claims = [one for one in facts_in(draft) if one.kind not in {NUMBER, NAME}]
        words = [_words(draft, one) for one in claims]
        words += [one.name for one in self._dictionary.find(draft)]
        words += _medical(draft)
        return Verdict(tuple(Reason(Fault.CLAIMS_MEDICINE, one) for one in words), 1.0)

    def contradictions(self, text: str) -> list[Reason]:
        """Return what a fixed text or a note says against a table."""
        return self._against_tables(written(text))

    # --- tables ------------------------------------------------------------------------------

    def _against_tables(self, draft: str) -> list[Reason]:
        found: list[Reason] = []
        for sentence, mentions in self._sentences(draft):
            owners = _subject_of(sentence, mentions)
            if owners is None:
                continue
            table, row, alone = owners
            found += _nature_faults(sentence, row, alone=alone)
            found += _part_faults(sentence, mentions, table, row)
        return found

    def _sentences(self, draft: str) -> Iterator[tuple[str, list[Mention]]]:
        """Yield sentences with their names; one that begins with 它 is about the last name."""
        last: list[Mention] = []
        for match in _SENTENCE.finditer(draft):
            mentions = self._dictionary.find(match[0])
            if last and match[0].lstrip("，, ").startswith(_GOES_ON):
                yield match[0], last
            elif any(one.owners for one in mentions):
                yield match[0], mentions
                last = [one for one in mentions if one.owners][:1]

    # --- evidence ----------------------------------------------------------------------------

    def _unfounded(self, draft: str, evidence: Sequence[str], asked: str) -> Iterator[Reason]:
        text = "\n".join(evidence)
        known = {(one.kind, one.value) for one in facts_in(text)}
        for fact in facts_in(draft):
            if (fact.kind, fact.value) in known or (fact.kind == NAME and fact.value in text):
                continue
            if fact.kind == NAME and fact.value in asked:
                continue
            if fact.kind not in {NUMBER, NAME} and self._in_table(draft, fact):
                continue
            yield Reason(Fault.NOT_IN_EVIDENCE, _words(draft, fact))
        for phrase in phrases_in(draft, self._phrases):
            if phrase not in text and phrase not in asked:
                yield Reason(Fault.NOT_IN_EVIDENCE, phrase)
        said = spelt(f"{text}\n{asked}")
        for one in self._dictionary.find(draft):
            names = {one.name, *(spelt(n) for _, row in one.owners for n in row.names)}
            if not any(name in said for name in names):
                yield Reason(Fault.NOT_IN_EVIDENCE, one.name)

    def _in_table(self, draft: str, fact: Fact) -> bool:
        for match in _SENTENCE.finditer(draft):
            if match.start() <= fact.start < match.end():
                mentions = self._dictionary.find(match[0]) or self._dictionary.find(draft)
                return any(
                    fact.value in _told(row, fact.kind) for m in mentions for _, row in m.owners
                )
        return False


def _medical(draft: str) -> Iterator[str]:
    """Yield words of medicine; a clause that says what one cannot do claims nothing."""
    for clause in _CLAUSE.findall(draft):
        found = _MEDICAL.search(clause)
        if found and not ("我" in clause and _NEGATION.search(clause)):
            yield found[0]


def words_from(draft: str, evidence: Sequence[str], shortest: int = 2) -> list[tuple[str, int]]:
    """Cut a draft into runs, each with the number of the piece that it stands in, or -1.

    For showing which words came from where.
    """
    runs: list[tuple[str, int]] = []
    at = 0
    while at < len(draft):
        size, piece = max(
            ((_longest(draft, at, one), -number) for number, one in enumerate(evidence)),
            default=(0, 0),
        )
        text, source = (draft[at : at + size], -piece) if size >= shortest else (draft[at], -1)
        if runs and runs[-1][1] == source:
            runs[-1] = (runs[-1][0] + text, source)
        else:
            runs.append((text, source))
        at += len(text)
    return runs


def _longest(draft: str, at: int, piece: str) -> int:
    size = 0
    while at + size < len(draft) and draft[at : at + size + 1] in piece:
        size += 1
    return size


def _subject_of(sentence: str, mentions: Sequence[Mention]) -> tuple[Table, Row, bool] | None:
    """Return the first entity of a sentence, and whether no other one stands in it."""
    owned = [one for one in mentions if one.owners]
    if not owned or mentions[0] is not owned[0] or _PART.match(sentence, owned[0].end):
        return None
    table, row = owned[0].owners[0]
    rows = {id(one.owners[0][1]) if one.owners else one.name for one in mentions}
    return table, row, len(rows) == 1


def _nature_faults(sentence: str, row: Row, *, alone: bool) -> Iterator[Reason]:
    """Yield what a sentence about one entity says of its nature against the table."""
    facts = [one for one in facts_in(sentence) if _is_said_of(sentence, one, row)]
    tastes = [one for one in facts if one.kind == TASTE]
    if alone and tastes and not any(one.value in row.cells.get("味", one.value) for one in tastes):
        yield Reason(Fault.CONTRADICTS_TABLE, _words(sentence, tastes[0]), _cell(row, "味"))
    for fact in facts:
        if fact.kind == POISON:
            says_yes = _is_poison(row)
            if says_yes is not None and alone and fact.value == ("no" if says_yes else ""):
                yield Reason(Fault.CONTRADICTS_TABLE, _words(sentence, fact), _cell(row, "毒性"))
        elif fact.kind == NATURE and alone and "性" in row.cells:
            here, there = _SIDES[fact.value[-1]], _SIDES.get(row.cells["性"][-1], 0)
            if here * there < 0:
                yield Reason(Fault.CONTRADICTS_TABLE, _words(sentence, fact), _cell(row, "性"))
        elif fact.kind == CHANNEL and alone and fact.value not in row.cells.get("归经", fact.value):
            yield Reason(Fault.CONTRADICTS_TABLE, _words(sentence, fact), _cell(row, "归经"))


def _is_said_of(sentence: str, fact: Fact, row: Row) -> bool:
    """Return whether no other noun stands between the last comma and a fact: 姜皮性凉."""
    before = _BEFORE.split(sentence[: fact.start])[-1]
    rest = _LINKS.sub("", before)
    return not rest or any(name in before for name in row.names)


def _part_faults(
    sentence: str, mentions: Sequence[Mention], table: Table, row: Row
) -> Iterator[Reason]:
    """Yield names that a sentence puts into an entity whose parts, by the table, are others."""
    composed = _COMPOSED.search(sentence)
    parts = row.cells.get("组成", "")
    if not composed or not parts or _CHANGED.search(_between(sentence, mentions)):
        return
    for one in mentions[1:]:
        owners = [owner for owner in one.owners if owner[0] is not table]
        if not owners or _NEGATION.search(sentence[max(0, one.start - 6) : one.start]):
            continue
        names = {one.name, *(name for _, other in owners for name in other.names)}
        if not any(name in parts or _within(name, parts) for name in names):
            yield Reason(Fault.CONTRADICTS_TABLE, one.name, _cell(row, "组成"))


def _between(sentence: str, mentions: Sequence[Mention]) -> str:
    """Return a sentence without the names in it: 少腹逐瘀汤 says nothing of less."""
    starts = [0, *(one.end for one in mentions)]
    ends = [*(one.start for one in mentions), len(sentence)]
    return "，".join(sentence[start:end] for start, end in zip(starts, ends, strict=True))


def _within(name: str, parts: str) -> bool:
    """Return whether a part is written shorter or longer: 地黄 and 熟地黄, 炙甘草 and 甘草."""
    return any(part in name or name in part for part in parts.split("、") if len(part) > 1)


def _is_poison(row: Row) -> bool | None:
    cell = row.cells.get("毒性")
    return None if cell is None else "一般不列为有毒" not in cell and "无毒" not in cell


def _told(row: Row, kind: str) -> str:
    column = {TASTE: "味", NATURE: "性", CHANNEL: "归经"}.get(kind)
    if kind == POISON:
        return "yes" if row.cells.get("毒性", "").startswith("有毒") else ""
    return row.cells.get(column or "", "")


def _cell(row: Row, column: str) -> str:
    return f"{row.name} {column}：{row.cells[column]} ({row.place})"


def _words(text: str, fact: Fact) -> str:
    return text[fact.start : fact.start + 12].split("，", maxsplit=1)[0].split("。", maxsplit=1)[0]


def _flipped(draft: str, evidence: Iterable[str]) -> Iterator[Reason]:
    """Yield clauses that say of the same words the opposite of a clause of the evidence."""
    clauses = [clause for piece in evidence for clause in _CLAUSE.findall(piece)]
    known = {_NOT_WORD.sub("", clause) for clause in clauses}
    for clause in _CLAUSE.findall(draft):
        bare = _pairs(_MODAL.sub("", clause))
        if len(bare) < _SAME_CLAUSE or _NOT_WORD.sub("", clause) in known:
            continue
        negated = bool(_NEGATION.search(clause))
        alike = [
            other for other in clauses if _share(bare, _pairs(_MODAL.sub("", other))) >= _ALIKE
        ]
        if alike and all(bool(_NEGATION.search(other)) != negated for other in alike):
            yield Reason(Fault.CONTRADICTS_EVIDENCE, clause, alike[0])


def _share(first: set[str], second: set[str]) -> float:
    return len(first & second) / max(1, len(first | second))


def _pairs(text: str) -> set[str]:
    plain = _FUNCTION.sub("", _NOT_WORD.sub("", text.lower()))
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def _coverage(draft: str, known: Sequence[str]) -> float:
    pairs = _pairs(draft)
    if not pairs:
        return 1.0
    have: set[str] = set().union(*map(_pairs, known)) if known else set()
    return len(pairs & have) / len(pairs)
