"""Faithfulness: a draft is told from one piece of evidence, clause by clause.

The check (`check.py`) sees false facts; it does not see a word that is none (`风寒` written
`风塞`), a list that never ends, or a sentence made of parts of two. A model that reads is to say
what stands there in plainer words, so each clause must be cut from a piece, but for words that say
the same (`plain.txt`) and for words of the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from knowledge.moves import content_pieces
from knowledge.plain import denying_signs, one_wording

_CLAUSE = re.compile(r"[^。！？!?\n，,；;：:]+")
_SENTENCE = re.compile(r"[^。！？!?\n]+")
_NOT_WORD = re.compile(r"[\W_]")
_MARKS = frozenset("，。；：、！？ \n")
_TWICE = re.compile(r"(.)\1")
_FIGURE = re.compile("[0-9a-zA-Z]")
_MOST_CUTS = 3
_SHORTEST = 2
_TOLD, _ENOUGH = 0.8, 60
_ALIKE = 0.7
# What may stand before, between or behind, and says nothing.
_EMPTY = re.compile("书里说|原话是|[的是它就也都呢了里]")
_DENIES = "不别勿忌禁慎未无非没少莫"
# Of each of these, if the piece has it, the reply has it.
_DANGERS = (
    re.compile("120|急诊|急救|马上|立刻|立即|尽快|赶紧|赶快"),
    re.compile("医生|医师|医院|就医|120|急诊"),
    re.compile("有[小大剧]?毒|[小大剧]毒|中毒"),
    re.compile("孕妇|怀孕|孕期"),
)


def strays(draft: str, evidence: Sequence[str], question: str = "") -> list[str]:
    """Return what keeps a draft from being told from its evidence; [] where nothing does.

    Each sentence is told from one piece. Of a piece that is told, what it says of danger is told
    too, and of one that is short nearly everything: what is left out may be what was asked.

    Args:
        draft: to be shown.
        evidence: pieces that it was written from.
        question: whose words may be repeated.
    """
    pieces = [_Piece.of(text) for text in evidence if text.strip()]
    asked = _plain(one_wording(question))
    sentences = [one for one in _SENTENCE.findall(one_wording(draft)) if _plain(one)]
    if not pieces or all(_plain(one) in asked for one in sentences):
        return [draft]  # the question said again is no answer
    found, told = [], dict[int, list[str]]()
    for sentence in sentences:
        faults = [_strays_from(sentence, piece, asked) for piece in pieces]
        best = min(range(len(pieces)), key=lambda at: len(faults[at]))
        found += faults[best]
        told.setdefault(best, []).append(sentence)
    found += _said_again(_CLAUSE.findall(one_wording(draft)), "，".join(p.known for p in pieces))
    for at, some in told.items():
        found += _unsaid("".join(some), draft, pieces[at])
    found += _asked_and_unsaid(question, draft, "".join(pieces[at].text for at in told))
    strange = set(_NOT_WORD.findall(draft)) - set("".join(evidence)) - set(question) - _MARKS
    return [*found, *sorted(strange)]


def first_stray(draft: str, evidence: Sequence[str], question: str = "") -> int | None:
    """Return the number of the first character with which a clause leaves every piece; or None.

    Args:
        draft: of which some clause may be told from no piece.
        evidence: pieces that it was written from.
        question: whose words may be repeated.
    """
    pieces = [_Piece.of(text) for text in evidence if text.strip()]
    asked = _plain(one_wording(question))

    def told(clause: str) -> bool:
        plain = _plain(one_wording(clause))
        return any(_is_cut_from(plain, piece.known, asked) for piece in pieces)

    for match in _CLAUSE.finditer(draft):
        if not told(match[0]):
            begun = [told(match[0][:size]) for size in range(1, len(match[0]) + 1)]
            at = match.start() + max((n for n, fits in enumerate(begun, 1) if fits), default=0)
            # One character alone is no cut: it may be right, and the next one wrong.
            goes_on = any(draft[max(0, at - 1) : at + 1] in text for text in evidence)
            return at + 1 if at and goes_on and at + 1 < match.end() else at
    return None


def mended(draft: str, evidence: Sequence[str], question: str = "") -> str:
    """Return a draft whose slips of copying are set right from its evidence.

    A clause that is told from no piece, but is much like one of its clauses, becomes that clause:
    `好比未雨绸缭` becomes `好比未雨绸缪`.
    """
    pieces = [_Piece.of(text) for text in evidence]
    asked = _plain(one_wording(question))
    clauses = [clause for text in evidence for clause in _CLAUSE.findall(text)]

    def mend(match: re.Match[str]) -> str:
        plain = _plain(one_wording(match[0]))
        if any(_is_cut_from(plain, piece.known, asked) for piece in pieces):
            return match[0]
        alike = ((_likeness(plain, _plain(one_wording(one))), one) for one in clauses)
        likeness, best = max(alike, default=(0.0, ""), key=lambda one: one[0])
        return best if likeness >= _ALIKE else match[0]

    return _CLAUSE.sub(mend, draft)


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of evidence: as it stands, and its clauses in one wording with `，` between them."""

    text: str
    known: str

    @classmethod
    def of(cls, text: str) -> _Piece:
        return cls(text, "，".join(map(_plain, _CLAUSE.findall(one_wording(text)))))


def _strays_from(sentence: str, piece: _Piece, asked: str) -> list[str]:
    clauses = _CLAUSE.findall(sentence)
    return [one for one in clauses if not _is_cut_from(_plain(one), piece.known, asked)]


def _unsaid(told: str, draft: str, piece: _Piece) -> Iterator[str]:
    """Yield what a piece says of danger, and the draft does not; the piece, if much is left out."""
    for danger in _DANGERS:
        if (warning := danger.search(piece.text)) and not danger.search(draft):
            yield warning[0]
    whole = len(piece.known.replace("，", ""))
    if len(_plain(told)) < min(_TOLD * whole, _ENOUGH):
        yield piece.text


def _asked_and_unsaid(question: str, draft: str, told: str) -> Iterator[str]:
    """Yield the words of a question that stand in what is told, and not in the draft: 年卡."""
    said, known = one_wording(draft), one_wording(told)
    for word in content_pieces(one_wording(question)):
        if len(word) > 1 and word in known and word not in said:
            yield word


def _is_cut_from(clause: str, known: str, asked: str) -> bool:
    """Return whether a clause is at most two cuts of a piece, in order, and words of the question.

    Between two cuts of one clause something may be left out (`古人多用它治头痛`: `多用治头痛`), and
    clauses between a name and a later clause, but no denial and no figure.
    """
    at = cuts = behind = 0
    while at < len(clause):
        size = _longest(clause, at, known)
        if size >= _SHORTEST or size == len(clause):
            start = _place(clause[at : at + size], known, behind, follows=cuts > 0)
            if start < 0:
                return False
            at, cuts, behind = at + size, cuts + 1, start + size
        elif (size := _longest(clause, at, asked)) >= _SHORTEST:
            at += size
        elif empty := _EMPTY.match(clause, at):
            at = empty.end()
        else:
            return False
    return cuts <= _MOST_CUTS


def _place(cut: str, known: str, behind: int, *, follows: bool) -> int:
    """Return where a cut stands without a denial lost before it; -1 where it does nowhere."""
    denials = _DENIES + denying_signs()
    start = known.find(cut, behind)
    while start >= 0:
        lost = known[behind:start] if follows else known[max(0, start - 1) : start]
        apart = "，" in lost and not lost.endswith("，")
        holds = follows and (apart or _FIGURE.search(lost))
        if not holds and not any(one in denials for one in lost):
            return start
        start = -1 if follows else known.find(cut, start + 1)
    return -1


def _said_again(clauses: Sequence[str], known: str) -> Iterator[str]:
    """Yield what is said more often than in the piece: clauses, items of a list, words in a row."""
    told = ""
    for clause in clauses:
        plain = _plain(clause)
        if len(plain) >= _SHORTEST and told.count(plain) >= max(1, known.count(plain)):
            yield clause
        told += f"{plain}，"
        if (again := re.search(r"(.{2,20})\1\1", plain)) and again[0] not in known:
            yield again[1]
        yield from (one[0] for one in _TWICE.finditer(plain) if one[0] not in known)
        items = clause.split("、")
        yield from (one for one in set(items) if items.count(one) > max(1, known.count(one)))


def _plain(text: str) -> str:
    return _NOT_WORD.sub("", text)


def _longest(text: str, at: int, known: str) -> int:
    size = 0
    while at + size < len(text) and text[at : at + size + 1] in known:
        size += 1
    return size
