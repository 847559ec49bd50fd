"""Which of many passages answers best: headings first, then what of the question stands there.

The weights were set by reading the first three passages of forty questions (docs/library.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from knowledge.library.cleaning import repaired
from knowledge.library.grams import bigrams, plain
from knowledge.library.headwords import bare, headwords
from knowledge.library.passages import Mark
from knowledge.library.questions import Question
from knowledge.library.reader import Row, Shelved

_ALSO = 0.5
_HEADING_IS, _HEADING_BEGINS, _HEADING_HOLDS, _CHAPTER_HOLDS = 8.0, 4.0, 3.0, 2.0
_FIRST = 2.0
_NAMED = 14.0
_WHOLE = 1.2
_PENALTIES = ((Mark.LIST, 7.0), (Mark.UNPRINTED, 5.0), (Mark.LOST, 4.0), (Mark.CUT, 3.0))
_AGE_BONUS = ((35, 2.0), (65, 1.5), (95, 1.0))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part of a question is worth.

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


def rank_row(row: Row, shelved: Shelved, question: Question) -> float:
    """Return what a passage is worth before its text is read."""
    score = float(shelved.standing)
    score += next((bonus for age, bonus in _AGE_BONUS if shelved.age <= age), 0.0)
    score += _NAMED * (row.book in question.books) + _FIRST * bool(row.marks & Mark.FIRST)
    score -= sum(penalty for mark, penalty in _PENALTIES if row.marks & mark)
    score -= 5.0 * (row.size < 60) + 2.0 * (row.size < 120)  # two bytes a character
    return score + _heading_score(row, question)


def rank_text(row: Row, text: str, question: Question, weights: Weights) -> tuple[float, float]:
    """Return (what the text is worth, the share of the question's own words that stand in it)."""
    body = repaired(plain(f"{row.chapter}\n{row.section}\n{text}"))
    held = {term: weight for term, weight in weights.terms.items() if term in body}
    score = sum(held.values())
    score += sum(w for word, w in weights.words.items() if len(word) > 2 and word in body)
    own = {term for word in question.words for term in bigrams(word)}
    covered = sum(weight for term, weight in held.items() if term in own)
    return score, covered / weights.total if weights.total else 1.0


def heading_is(row: Row, words: Iterable[str]) -> bool:
    """Tell whether a passage stands under a heading that answers to one of some words."""
    found = headwords(row.section or row.chapter)
    return any(word in found for word in words)


def _heading_score(row: Row, question: Question) -> float:
    section, chapter = bare(row.section or row.chapter), bare(row.chapter)
    answers = headwords(row.section or row.chapter)
    best = 0.0
    forms = [form for form in question.headings if form not in question.words + question.also]
    for words, share in ((question.words, 1.0), (question.also, 0.8), (forms, 0.7)):
        for word in words:
            if len(word) < 2:
                continue
            if word in answers:
                best = max(best, share * (_HEADING_IS + 2.0 * (word == section)))
            elif section.startswith(word):
                best = max(best, share * _HEADING_BEGINS)
            elif word in section:
                best = max(best, share * _HEADING_HOLDS)
            elif word in chapter:
                best = max(best, share * _CHAPTER_HOLDS)
    return best
