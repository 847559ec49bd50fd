"""Ask the index and put its hits in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from knowledge.library.cleaning import repaired
from knowledge.library.grams import bigrams, letters, plain
from knowledge.library.questions import Question, content
from knowledge.library.ranking import Weights, heading_is, rank_row, rank_text
from knowledge.library.reader import Reader, Row, Shelved

Allows = Callable[[Row, str], bool]
Found = tuple[Row, str, float]

_RAREST = 4  # terms that are asked for together, at most
_ENOUGH = 60  # hits, after which no term is given up
_MOST = 120  # hits of one query: the oldest
_HEADINGS = 24  # headings of one word
_READ = 28  # passages whose text is read
_LEAST_COVERED = 0.6  # of the question's own words, where no heading is one
_A_BOOK = 3  # passages of a book that was named
_SAME = 14  # letters after which two passages are taken to be the same

_SAYING_TERMS = 8
_SAYING_HITS = 60
_NEARLY = 0.75  # of a saying's pairs of characters
_SENTENCE = "。；！？;!?"


def find_passages(
    reader: Reader,
    books: Mapping[int, Shelved],
    question: Question,
    passages: int,
    allows: Allows,
    limit: int,
) -> list[Found]:
    """Return the best passages for a question with their scores, best first."""
    if not question.words and not question.also:
        return _beginnings(reader, books, question, allows, limit)
    weights = Weights.of(question, passages, reader.frequency)
    hits = _hits(reader, books, question, weights)
    rows = reader.rows(hits)
    ranked = [(hits[row.number] + rank_row(row, books[row.book], question), row) for row in rows]
    ranked.sort(key=lambda one: (-one[0], one[1].number))
    found: list[Found] = []
    for before, row in ranked[:_READ]:
        text = reader.text(row.start, row.size)
        worth, covered = rank_text(row, text, question, weights)
        known = covered >= _LEAST_COVERED or heading_is(row, question.headings)
        if known and allows(row, text):
            found.append((row, text, before - hits[row.number] + worth))
    found.sort(key=lambda one: (-one[2], one[0].number))
    return _varied(found, question, limit)


def find_oldest(reader: Reader, saying: str, allows: Allows) -> Found | None:
    """Return the oldest passage that holds a saying, or most of it."""
    text = repaired(plain(saying))
    sentences = [_spoken(part) for part in _split(text)]
    whole = "".join(sentences)
    for words in dict.fromkeys((whole, *sorted(sentences, key=len, reverse=True))):
        if len(words) >= 2 and (found := _oldest(reader, words, allows)):
            return found
    return None


def find_views(reader: Reader, heading: str, allows: Allows, limit: int) -> list[Found]:
    """Return the first passage under a heading in each of several books, oldest first."""
    firsts = [first for _, first, _ in reader.headed([heading], 10 * _HEADINGS)]
    found: list[Found] = []
    for row in sorted(reader.rows(firsts), key=lambda row: row.number):
        if len(found) == limit:
            break
        if any(row.book == other.book for other, _, _ in found):
            continue
        text = reader.text(row.start, row.size)
        if allows(row, text) and not any(_same(text, other) for _, other, _ in found):
            found.append((row, text, 0.0))
    return found


def _hits(
    reader: Reader, books: Mapping[int, Shelved], question: Question, weights: Weights
) -> dict[int, float]:
    """Return passages to rank, each with what the terms that found it are worth."""
    hits: dict[int, float] = {}

    def add(numbers: Sequence[int], worth: float) -> None:
        for number in numbers:
            hits[number] = max(worth, hits.get(number, 0.0))

    def ask(terms: set[str], within: tuple[int, int] | None = None) -> None:
        known = sorted(term for term in terms if reader.frequency(term))
        rarest = sorted(known, key=lambda term: -weights.terms[term])[:_RAREST]
        count = 0
        for size in range(len(rarest), 0, -1):
            numbers = reader.hits(rarest[:size], _MOST, within)
            add(numbers, sum(weights.terms[term] for term in rarest[:size]))
            count += len(numbers)
            if count >= _ENOUGH:
                break

    own = set().union(*map(bigrams, question.words))
    if own:
        ask(own)
        for number in question.books:
            ask(own, (books[number].first, books[number].last))
    for word in question.also:
        ask(bigrams(word))
    for word, first, last in reader.headed(question.headings, _HEADINGS):
        worth = weights.words.get(word, 1.0)
        add(range(first, min(first + 1, last) + 1), worth)
    return hits


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


def _beginnings(
    reader: Reader,
    books: Mapping[int, Shelved],
    question: Question,
    allows: Allows,
    limit: int,
) -> list[Found]:
    """Return how the named books begin, where nothing else was asked."""
    found: list[Found] = []
    for number in sorted(question.books):
        shelved = books[number]
        for row in reader.rows(range(shelved.first, min(shelved.first + 1, shelved.last) + 1)):
            text = reader.text(row.start, row.size)
            if allows(row, text):
                found.append((row, text, 0.0))
    return _varied(found, question, limit)


def _split(text: str) -> list[str]:
    for sign in _SENTENCE:
        text = text.replace(sign, "\n")
    return [part for part in text.split("\n") if part.strip()]


def _spoken(sentence: str) -> str:
    """Return the letters of a saying without the words that ask for its origin."""
    quoted = sentence[sentence.find("“") + 1 : sentence.rfind("”")] if "”" in sentence else sentence
    return letters("".join(content(letters(quoted))))


def _oldest(reader: Reader, words: str, allows: Allows) -> Found | None:
    terms = bigrams(words)
    known = sorted((t for t in terms if reader.frequency(t)), key=lambda t: (reader.frequency(t), t))
    if len(known) < _NEARLY * len(terms):
        return None
    for size in (_SAYING_TERMS, _RAREST, 2):
        near: Found | None = None
        numbers = reader.hits(known[:size], _SAYING_HITS) if known else []
        for row in sorted(reader.rows(numbers), key=lambda row: row.number):
            text = reader.text(row.start, row.size)
            body = letters(repaired(text))
            if words in body and allows(row, text):
                return row, text, 1.0
            share = sum(term in body for term in terms) / len(terms)
            if near is None and share >= _NEARLY and allows(row, text):
                near = row, text, share
        if near:
            return near
    return None
