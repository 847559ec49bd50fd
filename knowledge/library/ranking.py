"""Ranking of passages: headings first, then what of the question stands there.

The weights were set by reading the first three passages of forty questions (docs/library.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from knowledge.library.cleaning import repaired
from knowledge.library.grams import bigrams, plain
from knowledge.library.passages import Mark
from knowledge.library.questions import Question
from knowledge.library.reader import Row, Shelved

_ALSO = 0.5
_HEADING_IS, _HEADING_BEGINS, _HEADING_HOLDS, _CHAPTER_HOLDS = 9.0, 4.0, 3.0, 2.0
_FIRST = 2.0
_NAMED = 14.0
_WHOLE = 1.2
_MOST_TIMES = 3
# As plain integers: the operators of a flag are slow, and this is done for every hit.
_IS_FIRST = int(Mark.FIRST)
_PENALTIES = (
    (int(Mark.LIST), 7.0), (int(Mark.UNPRINTED), 5.0), (int(Mark.LOST), 4.0), (int(Mark.CUT), 3.0),
)  # fmt: skip
_AGE_BONUS = ((35, 2.0), (65, 1.5), (95, 1.0))


@dataclass(frozen=True, slots=True)
class Weights:
    """Worth of each part of a question.

    Attributes:
        terms: inverse document frequency of each pair of characters, in nats; other words' half.
        words: the same of the rarest pair of each word.
        total: the sum of the terms of the question's own words.
    """

    terms: dict[str, float]
    words: dict[str, float]
    total: float

    @classmethod
    def of(cls, question: Question, passages: int, frequency: Callable[[str], float]) -> Weights:
        """Weigh the words of a question in a library of so many passages."""

        def idf(term: str) -> float:
            return math.log((passages + 1) / max(1.0, frequency(term)))

        own = {term: idf(term) for word in question.words for term in bigrams(word)}
        more = {term: _ALSO * idf(term) for word in question.also for term in bigrams(word)}
        words = {
            word: (_WHOLE if word in question.words else _ALSO) * max(map(idf, bigrams(word)))
            for word in (*question.words, *question.also)
            if 1 < len(word) < 12
        }
        return cls(more | own, words, sum(own.values()))


def rank_row(row: Row, shelved: Shelved, question: Question, heading: float) -> float:
    """Return what a passage is worth before its text is read.

    `heading`: from 0 to 1, how well its heading answers to the question.
    """
    score = (
        shelved.standing + _NAMED * (row.book in question.books) + _FIRST * (row.marks & _IS_FIRST)
    )
    score += next((bonus for age, bonus in _AGE_BONUS if shelved.age <= age), 0.0)
    score -= sum(penalty for mark, penalty in _PENALTIES if row.marks & mark)
    score -= 5.0 * (row.size < 60) + 2.0 * (row.size < 120)  # two bytes a character
    return score + max(_HEADING_IS * heading, _near_heading(row, question))


def rank_text(row: Row, text: str, question: Question, weights: Weights) -> tuple[float, float]:
    """Return (what the text is worth, the share of the question's own words that stand in it)."""
    body = repaired(plain(f"{row.chapter}\n{row.section}\n{text}"))
    held = {term: weight for term, weight in weights.terms.items() if term in body}
    score = sum(held.values())
    score += sum(w for word, w in weights.words.items() if len(word) > 2 and word in body)
    score += max((min(_MOST_TIMES, body.count(word)) for word in question.words), default=0)
    own = {term for word in question.words for term in bigrams(word)}
    covered = sum(weight for term, weight in held.items() if term in own)
    return score, covered / weights.total if weights.total else 1.0


def _near_heading(row: Row, question: Question) -> float:
    """Return what a heading is worth that only begins with a word, or holds it."""
    best = 0.0
    for word in (*question.words, *question.also):
        if len(word) < 2:
            continue
        if row.section.startswith(word):
            best = max(best, _HEADING_BEGINS)
        elif word in row.section:
            best = max(best, _HEADING_HOLDS)
        elif word in row.chapter:
            best = max(best, _CHAPTER_HOLDS)
    return best
