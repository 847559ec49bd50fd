"""Questions, cloze items and propositions made from text by rule; the same seed, the same items."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from inference.likelihood.contrast import Terms, changed

Item = TypeVar("Item")

TERMS: Final = Terms.read(Path(__file__).parents[2] / "accounts/tcm/contrasts.json")
_MARKS: Final = "，。；：？！、"
_CLAUSES = re.compile(f"[^{_MARKS}]+[{_MARKS}]*")
_HAN = re.compile("[\u4e00-\u9fff]+")
_PROPERTIES = re.compile("味?[甘苦辛酸咸]，(?:微|大)?[寒热温凉平]")


@dataclass(frozen=True, slots=True)
class Choosing:
    """A question with four choices; the first is right. `asked` is its form in a chat."""

    question: str
    asked: str
    choices: tuple[str, ...]
    answer: int = 0


@dataclass(frozen=True, slots=True)
class Cloze:
    """A text with the blank `_`, and words for it with their counts in the book; the first fits."""

    left: str
    right: str
    words: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A proposition from a book, and the same with one term swapped."""

    true: str
    false: str


class Book:
    """One document: its paragraphs, sentences, clauses, and the two-character words it repeats."""

    def __init__(self, text: str) -> None:
        lines = [line for line in text.split("\n")[1:] if not line.startswith("#")]
        self.paragraphs = [line for line in lines if len(line) > 60]
        self.sentences = [part for line in lines for part in line.split("。")]
        self.clauses = sorted({c for line in lines for c, _ in clauses_of(line)})
        self.words = _words(text)


def books_of(file: Path) -> list[Book]:
    """Return the documents of a text of the corpora."""
    return [Book(text.lstrip("\n")) for text in file.read_text("utf-8").split("\n\x1c\n")]


def clauses_of(line: str) -> Iterator[tuple[str, int]]:
    """Yield each clause without its marks, and where it begins."""
    for found in _CLAUSES.finditer(line):
        yield found[0].rstrip(_MARKS), found.start()


def gathered(
    books: list[Book], n: int, make: Callable[[Book, random.Random], Item | None], seed: int
) -> list[Item]:
    """Return at least n items, equally many from each book; what `make` refuses is tried again."""
    found: list[Item] = []
    for number, book in enumerate(books):
        rng = random.Random(f"{seed}/{number}")
        mine: list[Item] = []
        for _ in range(200 * n):
            if len(mine) * len(books) >= n:
                break
            item = make(book, rng)
            if item is not None and item not in mine:
                mine.append(item)
        found += mine
    return found


def next_clause(book: Book, rng: random.Random) -> Choosing | None:
    """Ask for the clause that follows; three others of the book, as long to one character."""
    line = rng.choice(book.paragraphs)
    true, start = rng.choice(list(clauses_of(line)))
    if not 4 <= len(true) <= 12 or start < 30:
        return None
    others = [c for c in book.clauses if abs(len(c) - len(true)) <= 1 and c != true]
    before = line[max(0, start - 40) : start]
    return Choosing(before, before, (true, *rng.sample(others, 3)))


def blanked_word(book: Book, rng: random.Random) -> Cloze | None:
    """Blank one of the book's words; three other words of the book are candidates too."""
    line = rng.choice(book.paragraphs)
    places = [i for i in range(20, len(line) - 11) if line[i : i + 2] in book.words]
    if not places:
        return None
    at = rng.choice(places)
    true = line[at : at + 2]
    words = (true, *rng.sample(sorted(set(book.words) - {true}), 3))
    counts = tuple(book.words[word] for word in words)
    return Cloze(line[max(0, at - 30) : at], line[at + 2 : at + 17], words, counts)


def changed_term(book: Book, rng: random.Random) -> Pair | None:
    """Change a term of a sentence for another of its group."""
    true = rng.choice(book.sentences)
    if not 10 <= len(true) <= 40 or not (falsehoods := changed(true, TERMS)):
        return None
    return Pair(true, rng.choice(falsehoods))


def changed_word(book: Book, rng: random.Random) -> Pair | None:
    """Change a word of a sentence for another of the book's words."""
    true = rng.choice(book.sentences)
    places = [i for i in range(len(true) - 1) if true[i : i + 2] in book.words]
    if not 10 <= len(true) <= 40 or not places:
        return None
    at = rng.choice(places)
    word = rng.choice(sorted(set(book.words) - {true[at : at + 2]}))
    return Pair(true, true[:at] + word + true[at + 2 :])


def herb_items(file: Path, n: int, seed: int) -> tuple[list[Choosing], list[Pair]]:
    """Ask for the taste and nature of herbs: as choices, and as pairs with one of them changed."""
    herbs = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    known = {
        herb["name"]: found[0] if found[0].startswith("味") else "味" + found[0]
        for herb in herbs
        if len(herb["name"]) > 1 and (found := _PROPERTIES.match(herb["text"]))
    }
    rng = random.Random(f"{seed}/herbs")
    choosings, pairs = [], []
    for name in rng.sample(sorted(known), min(n, len(known))):
        true = known[name]
        # As common as the right ones, so that being common is no sign of being right.
        others = _differing(true, list(known.values()), rng)
        choosings.append(Choosing(f"{name}，", f"{name}的性味是什么？", (true, *others)))
        pairs.append(Pair(f"{name}，{true}", f"{name}，{rng.choice(changed(true, TERMS))}"))
    return choosings, pairs


def _differing(true: str, pool: list[str], rng: random.Random) -> list[str]:
    """Return three of a pool that differ from `true` and from each other."""
    found: list[str] = []
    while len(found) < 3:
        if (one := rng.choice(pool)) != true and one not in found:
            found.append(one)
    return found


def exam_items(file: Path) -> list[Choosing]:
    """Read exam questions: lines of {question, choices, answer}."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [
        Choosing(
            row["question"], row["question"], tuple(row["choices"]), ord(row["answer"]) - ord("A")
        )
        for row in rows
    ]


def _words(text: str) -> dict[str, int]:
    """Return pairs of characters that stand together 8 times or more, 16 times as often as chance.

    Without a dictionary; most are words, some are parts of longer ones.
    """
    single: Counter[str] = Counter()
    double: Counter[str] = Counter()
    for run in _HAN.findall(text):
        single.update(run)
        double.update(run[i : i + 2] for i in range(len(run) - 1))
    total = single.total()
    return {
        pair: count
        for pair, count in double.items()
        if count >= 8 and math.log2(count * total / (single[pair[0]] * single[pair[1]])) >= 4
    }
