"""Ask the index and put its hits in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.library.cleaning import repaired
from knowledge.library.grams import bigrams, clauses, letters, plain
from knowledge.library.questions import Question, saying_of
from knowledge.library.ranking import Weights, rank_row, rank_text
from knowledge.library.reader import Reader, Row, Shelved

Found = tuple[Row, str, float]

_RAREST = 4  # terms that are asked for together, at most
_ENOUGH = 40  # hits, after which no term is given up
_MOST = 80  # hits of one query: the oldest
_HEADINGS = 16  # headings of one word
_READ = 18  # passages whose text is read
_LEAST_COVERED = 0.6  # of the question's own words, where no heading is one
_A_BOOK = 3  # passages of a book that was named
_SAME = 14  # letters after which two passages are taken to be the same

_SAYING_TERMS = 8
_SAYING_HITS = 24
_MOST_PARTS = 4
_NEARLY = 0.75  # of a saying's pairs of characters
_SENTENCE = "。；！？;!?"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Query: a reader, its books by number, how many passages, and which may be shown."""

    reader: Reader
    books: Mapping[int, Shelved]
    passages: int
    allows: Callable[[Row, str], bool]


def find_passages(shelf: Shelf, question: Question, limit: int) -> list[Found]:
    """Return the best passages for a question with their scores, best first."""
    if not question.words and not question.also:
        return _beginnings(shelf, question, limit)
    weights = Weights.of(question, shelf.passages, shelf.reader.frequency)
    headings, hits = _headed(shelf, question, weights)
    _add_hits(hits, shelf, question, weights)
    ranked = []
    for row in shelf.reader.rows(hits):
        heading = headings.get(row.heading, 0.0)
        before = rank_row(row, shelf.books[row.book], question, heading)
        ranked.append((hits[row.number] + before, before, heading, row))
    ranked.sort(key=lambda one: (-one[0], one[3].number))
    found: list[Found] = []
    for _, before, heading, row in ranked[:_READ]:
        text = shelf.reader.text(row.start, row.size)
        worth, covered = rank_text(row, text, question, weights)
        known = covered >= _LEAST_COVERED or heading or any(word in text for word in question.also)
        if known and shelf.allows(row, text):
            found.append((row, text, before + worth))
    found.sort(key=lambda one: (-one[2], one[0].number))
    return _varied(found, question, limit)


def find_oldest(shelf: Shelf, saying: str) -> Found | None:
    """Return the oldest passage that holds a saying, or most of it."""
    text = saying_of(repaired(plain(saying)))
    parts = sorted(_split(text), key=len, reverse=True)
    for words in dict.fromkeys((text, *parts[:_MOST_PARTS])):
        if len(letters(words)) >= 2 and (found := _oldest(shelf, words)):
            return found
    return None


def find_views(shelf: Shelf, heading: str, limit: int) -> list[Found]:
    """Return the first passage under a heading in each of several books, oldest first."""
    firsts = [first for _, _, first, _ in shelf.reader.headed(heading)]
    found: list[Found] = []
    for row in sorted(shelf.reader.rows(firsts), key=lambda row: row.number):
        if len(found) == limit:
            break
        if any(row.book == other.book for other, _, _ in found):
            continue
        text = shelf.reader.text(row.start, row.size)
        if shelf.allows(row, text) and not any(_same(text, other) for _, other, _ in found):
            found.append((row, text, 0.0))
    return found


def _headed(
    shelf: Shelf, question: Question, weights: Weights
) -> tuple[dict[int, float], dict[int, float]]:
    """Return headings that answer to the question by worth, and the passages they begin with."""
    headings: dict[int, float] = {}
    passages: dict[int, float] = {}
    for word, worth in question.headings().items():
        found = shelf.reader.headed(word)
        held = sum(weights.terms.get(term, 0.0) for term in bigrams(word))
        for heading, _, _, _ in found:
            headings[heading] = max(worth, headings.get(heading, 0.0))
        found.sort(key=lambda one: (one[1] not in question.books, -shelf.books[one[1]].standing))
        for _, _, first, last in found[:_HEADINGS]:
            passages |= dict.fromkeys(range(first, min(first + 1, last) + 1), held)
    return headings, passages


def _add_hits(hits: dict[int, float], shelf: Shelf, question: Question, weights: Weights) -> None:
    """Add passages that the index finds, each with what the terms that found it are worth."""

    def ask(terms: set[str], within: tuple[int, int] | None = None) -> None:
        known = sorted(term for term in terms if shelf.reader.frequency(term))
        rarest = sorted(known, key=lambda term: -weights.terms[term])[:_RAREST]
        count = 0
        for size in range(len(rarest), 0, -1):
            numbers = shelf.reader.hits(rarest[:size], _MOST, within)
            worth = sum(weights.terms[term] for term in rarest[:size])
            for number in numbers:
                hits[number] = max(worth, hits.get(number, 0.0))
            count += len(numbers)
            if count >= _ENOUGH:
                break

    own: set[str] = set().union(*map(bigrams, question.words))
    if own:
        ask(own)
        for number in question.books:
            ask(own, (shelf.books[number].first, shelf.books[number].last))
    for word in question.also:
        ask(bigrams(word))


def _varied(found: Sequence[Found], question: Question, limit: int) -> list[Found]:
    """Return the first of them without repetitions: of another book one, of a named one three."""
    chosen: list[Found] = []
    for row, text, score in found:
        if len(chosen) == limit:
            break
        most = _A_BOOK if row.book in question.books else 1
        if sum(row.book == other.book for other, _, _ in chosen) < most and not any(
            _same(text, other) for _, other, _ in chosen
        ):
            chosen.append((row, text, score))
    return chosen


def _same(text: str, other: str) -> bool:
    return letters(text)[:_SAME] == letters(other)[:_SAME]


def _beginnings(shelf: Shelf, question: Question, limit: int) -> list[Found]:
    """Return how the named books begin, where nothing else was asked."""
    found: list[Found] = []
    for number in sorted(question.books):
        shelved = shelf.books[number]
        for row in shelf.reader.rows(
            range(shelved.first, min(shelved.first + 1, shelved.last) + 1)
        ):
            text = shelf.reader.text(row.start, row.size)
            if shelf.allows(row, text):
                found.append((row, text, 0.0))
    return _varied(found, question, limit)


def _split(text: str) -> list[str]:
    for sign in _SENTENCE:
        text = text.replace(sign, "\n")
    return [part for part in text.split("\n") if part.strip()]


def _oldest(shelf: Shelf, saying: str) -> Found | None:
    words, terms = letters(saying), bigrams(saying)
    numbers: set[int] = set()
    for some in _term_sets(saying, shelf.reader):
        numbers.update(shelf.reader.hits(some, _SAYING_HITS))
    near: Found | None = None
    for row in sorted(shelf.reader.rows(numbers), key=lambda row: row.number):
        text = shelf.reader.text(row.start, row.size)
        body = letters(repaired(text))
        if words in body and shelf.allows(row, text):
            return row, text, 1.0
        share = sum(term in body for term in terms) / len(terms)
        if near is None and share >= _NEARLY and shelf.allows(row, text):
            near = row, text, share
    return near


def _term_sets(saying: str, reader: Reader) -> list[list[str]]:
    """Return terms to ask for together: the rarest of a saying, and those of each half.

    A follower may leave the comma out, and then a pair stands across it that no passage has; he
    may have a word wrong. One half is right more often than not.
    """
    clause = clauses(saying)
    pairs = [term for part in clause for term in sorted(bigrams(part), key=part.find)]
    if sum(reader.frequency(term) > 0 for term in pairs) < _NEARLY * len(pairs):
        return []
    half = len(pairs) // 2
    halves = (pairs, pairs[: half or 1], pairs[half + 1 :]) if half else (pairs,)
    sets = []
    for some in halves:
        known = [term for term in dict.fromkeys(some) if reader.frequency(term)]
        sets.append(sorted(known, key=lambda term: (reader.frequency(term), term))[:_SAYING_TERMS])
    return [some for some in sets if some]
